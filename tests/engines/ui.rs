//! `ui`: the page that the real program serves, without a browser and in one.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{IMAGE, browser::Browser, site::Site};

fn shop(version: &str) -> String {
    format!(
        "name: env-unique\nservices:\n  app:\n    image: {IMAGE}\n    command: [/bin/busybox, sh, -c, \"trap 'exit 0' TERM; \
         echo ready; while :; do /bin/busybox sleep 0.1; done\"]\n    env: {{VERSION: {version}, DB_PASSWORD: hunter2secret}}\n    \
         instances: {{a-unique: {{}}, b-unique: {{}}}}\n"
    )
}

/// The program, which serves its page until this is dropped.
struct Page {
    child: Child,
    addresses: BufReader<std::process::ChildStdout>,
    host: String,
    cookie: String,
    token: String,
}

impl Page {
    fn new(site: &Site, options: &str) -> Self {
        let mut command = site.command(&format!("ui --output json {options}"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let addresses = BufReader::new(child.stdout.take().unwrap());
        let (host, cookie, token) = (String::new(), String::new(), String::new());
        Self { child, addresses, host, cookie, token }
    }

    /// The next address with a token.
    fn address(&mut self) -> String {
        let mut line = String::new();
        self.addresses.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).expect("an address");
        told["address"].as_str().unwrap().to_owned()
    }

    /// Opens the page without a browser.
    fn enter(&mut self) {
        let address = self.address();
        let rest = address.strip_prefix("http://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        host.clone_into(&mut self.host);
        let (head, _) = self.ask(&format!("GET /{path}"), "");
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
        cookie.split(';').next().unwrap().clone_into(&mut self.cookie);
        let session = self.get("session");
        session["token"].as_str().unwrap_or_default().clone_into(&mut self.token);
    }

    fn send(&self, line: &str, body: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let Self { host, cookie, token, .. } = self;
        // Of this version, an answer has no chunks.
        let request = format!(
            "{line} HTTP/1.0\r\nHost: {host}\r\nCookie: {cookie}\r\nOrigin: http://{host}\r\nX-Maestro-Token: {token}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        BufReader::new(stream)
    }

    fn ask(&self, line: &str, body: &str) -> (String, String) {
        let mut answer = String::new();
        self.send(line, body).read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    fn get(&self, path: &str) -> Value {
        let (head, body) = self.ask(&format!("GET /api/{path}"), "");
        assert!(head.starts_with("HTTP/1.0 200"), "{path}: {head}\n{body}");
        assert!(!body.contains("hunter2secret"), "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    fn post(&self, path: &str, digest: &Value) -> (String, String) {
        let (head, body) = self.ask(&format!("POST /api/{path}"), &json!({ "digest": digest }).to_string());
        (head.split(' ').nth(1).unwrap().to_owned(), body)
    }

    /// What an instance uses, once it was counted. A browser has to look meanwhile.
    fn follow_usage(&self, instance: &str) -> Value {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let used = self.get(&format!("usage/{instance}"));
            if !used["history"].as_array().unwrap().is_empty() {
                return used;
            }
            assert!(Instant::now() < end, "never counted: {used}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn follow(&self, path: &str) -> Followed {
        Followed(self.send(&format!("GET /api/follow/{path}"), ""))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Server-sent events.
struct Followed(BufReader<TcpStream>);

impl Followed {
    /// The next event that passes, and its name.
    #[track_caller]
    fn until(&mut self, passes: impl Fn(&str, &Value) -> bool) -> Value {
        let (mut name, end) = (String::new(), Instant::now() + Duration::from_secs(30));
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0 && Instant::now() < end, "never told");
            assert!(!line.contains("hunter2secret"), "{line}");
            if let Some(event) = line.strip_prefix("event: ") {
                event.trim_end().clone_into(&mut name);
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let data: Value = serde_json::from_str(data).unwrap();
                if passes(&name, &data) {
                    return data;
                }
            }
        }
    }

    /// Waits until an instance is in a state.
    #[track_caller]
    fn until_state(&mut self, instance: &str, state: &str) {
        self.until(|_, data| {
            let instances = [&data["status"]["instances"], &data["instances"]];
            let mut all = instances.into_iter().filter_map(Value::as_array).flatten();
            all.any(|one| one["instance"] == *instance && one["state"] == *state)
        });
    }
}

#[test]
#[ignore = "needs an engine"]
fn the_page_shows_a_container_that_dies_and_applies_the_plan_that_was_shown() {
    let mut site = Site::new(&shop("first"));
    site.succeed("apply");
    let mut page = Page::new(&site, "");
    page.enter();
    let [first, second] = ["a-unique", "b-unique"].map(|name| site.real(name));
    let mut state = page.follow("state");
    state.until_state(&first, "up");
    site.docker("kill a-unique");
    state.until_state(&first, "down");
    site.docker("start a-unique");
    state.until_state(&first, "up");
    let nothing = page.get("plan");
    assert_eq!(nothing["changes_something"], false, "{nothing}");

    site.write(&shop("second"));
    let plan = page.get("plan");
    let differing = plan["differing"].as_array().unwrap();
    assert_eq!(differing.len(), 2, "{plan}");
    assert_eq!(differing[0]["differences"][0]["field"], "env.VERSION");
    assert_eq!(page.get("plan")["digest"], plan["digest"]);
    // A plan that was not shown is not applied, nor one that no longer holds.
    assert_eq!(page.post("apply", &nothing["digest"]).0, "409");
    site.docker("rm -f b-unique");
    assert_eq!(page.post("apply", &plan["digest"]).0, "200");
    let end = page.follow("run").until(|event, _| event == "end");
    assert_eq!(end["exit_code"], 5, "{end}");
    assert!(end.to_string().contains("something has changed since the plan was shown"), "{end}");

    let plan = page.get("plan");
    let mut log = page.follow(&format!("log/{first}"));
    log.until(|event, line| event == "line" && line["line"] == "ready");
    assert_eq!(page.post("apply", &plan["digest"]).0, "200");
    let mut run = page.follow("run");
    run.until(|event, data| event == "event" && data["event"] == "started");
    run.until(|event, data| event == "event" && data["event"] == "step-done" && data["instance"] == *second);
    let end = run.until(|event, _| event == "end");
    assert_eq!(end["exit_code"], 0, "{end}");
    assert!(site.docker("inspect -f {{.Config.Env}} a-unique").contains("VERSION=second"));
    let instance = page.get(&format!("instance/{first}"));
    assert_eq!(instance["diff"]["state"], "same", "{instance}");
    assert_eq!(page.get("history")["generations"].as_array().unwrap().len(), 2);
    let back = page.get("rollback/1");
    assert_eq!(back["command"], "rollback 1");
    assert_eq!(page.post("apply", &back["digest"]).0, "409");
    assert_eq!(page.ask("GET /api/instance/none", "").0.split(' ').nth(1), Some("404"));
}

#[test]
#[ignore = "needs an engine"]
fn an_instance_and_a_service_are_stopped_restarted_and_started_by_the_plan_that_was_shown() {
    let site = Site::new(&shop("first"));
    site.succeed("apply");
    let mut page = Page::new(&site, "");
    page.enter();
    let first = site.real("a-unique");
    let mut state = page.follow("state");
    state.until_state(&first, "up");

    let stop = format!("do/stop/instance/{first}");
    let plan = page.get(&stop);
    assert_eq!((&plan["command"], plan["steps"].as_array().unwrap().len()), (&json!("stop"), 1), "{plan}");
    assert!(plan["typed"].as_str().unwrap().ends_with(&format!("stop {first}")), "{plan}");
    // The digest is that of this plan, and of no other.
    assert_eq!(page.post(&format!("do/stop/instance/{}", site.real("b-unique")), &plan["digest"]).0, "409");
    assert_eq!(page.post("apply", &plan["digest"]).0, "409");
    assert_eq!(page.post(&stop, &plan["digest"]).0, "200");
    assert_eq!(page.follow("run").until(|event, _| event == "end")["exit_code"], 0);
    state.until(|_, data| {
        let instances = [&data["status"]["instances"], &data["instances"]];
        let mut all = instances.into_iter().filter_map(Value::as_array).flatten();
        all.any(|one| {
            one["instance"] == *first && one["state"] == "down" && one["stopped_on_purpose"] == true
        })
    });
    let told = page.get(&format!("instance/{first}"));
    assert_eq!(told["checks"]["checks"], json!([]), "{told}");
    assert_eq!(told["revisions"][0]["generation"], 1, "{told}");
    assert_eq!(page.ask("GET /api/do/stop/instance/none", "").0.split(' ').nth(1), Some("422"));

    // A run is refused while another one goes on.
    let (start, restart) = ("do/start/service/app", "do/restart/service/app");
    let (starting, restarting) = (page.get(start), page.get(restart));
    assert_eq!(page.post(restart, &restarting["digest"]).0, "200");
    let (status, body) = page.post(start, &starting["digest"]);
    assert!(status == "409" && body.contains("restart app` runs already"), "{status} {body}");
    assert_eq!(page.follow("run").until(|event, _| event == "end")["exit_code"], 0);
    assert_eq!(page.get(start)["changes_something"], false);
    let used = page.follow_usage(&first);
    assert!(used["history"][0][2].as_u64() > Some(0), "{used}");
}

#[test]
#[ignore = "needs an engine"]
fn a_file_with_mistakes_is_told_and_the_page_goes_on() {
    let mut site = Site::new(&shop("first"));
    site.succeed("apply");
    let mut page = Page::new(&site, "--read-only");
    page.enter();
    assert!(page.token.is_empty());
    let mut state = page.follow("state");
    state.until_state(&site.real("a-unique"), "up");
    site.write(&shop("first").replace("image:", "imagee:"));
    let told = state.until(|_, data| !data["file"]["problem"].is_null());
    assert!(told["file"].to_string().contains("imagee"), "{told}");
    let (head, body) = page.ask("GET /api/plan", "");
    assert!(head.starts_with("HTTP/1.0 422") && body.contains("imagee"), "{head} {body}");
    site.write(&shop("second"));
    state.until(|_, data| data["file"]["problem"].is_null());
    let plan = page.get("plan");
    assert_eq!(plan["differing"].as_array().unwrap().len(), 2);
    assert_eq!(page.post("apply", &plan["digest"]).0, "403");
}

#[test]
#[ignore = "needs an engine"]
fn a_plan_asks_programs_anew_and_other_files_are_read_again() {
    let file = shop("first").replace("    env: {", "    envfile: app.env\n    configs: [told]\n    env: {")
        + "configs: {told: {command: [/bin/cat, told.txt]}}\n";
    let site = Site::new(&file);
    let write = |name: &str, text: &str| std::fs::write(site.path().join(name), text).unwrap();
    write("told.txt", "one");
    write("app.env", "COLOUR=red\n");
    site.succeed("apply");
    let mut page = Page::new(&site, "");
    page.enter();
    assert_eq!(page.get("plan")["changes_something"], false);
    write("told.txt", "two");
    let plan = page.get("plan");
    assert_eq!(plan["differing"][0]["differences"][0]["field"], "files./told", "{plan}");
    let mut state = page.follow("state");
    let first = site.real("a-unique");
    state.until_state(&first, "up");
    write("told.txt", "one");
    write("app.env", "COLOUR=blue\n");
    let differs =
        |one: &Value| one["instance"] == *first && one["container"]["differing"] == json!(["env.COLOUR"]);
    state.until(|_, data| {
        let instances = [&data["status"]["instances"], &data["instances"]];
        instances.into_iter().filter_map(Value::as_array).flatten().any(differs)
    });
}

/// Fails if something on the page keeps people from using it, in light and dark colours.
#[track_caller]
fn assert_usable(browser: &mut Browser) {
    for scheme in ["dark", "light"] {
        browser.scheme(scheme);
        let found = browser.violations();
        assert!(found.is_empty(), "{scheme}: {found:#?}");
    }
}

/// The text of the page has that.
fn says(text: &str) -> String {
    format!("document.querySelector('main').innerText.includes({text:?})")
}

/// Looks at the picture of what needs what, and comes back.
fn show_the_graph(browser: &mut Browser, site: &Site) {
    browser.press("g");
    browser.press("g");
    browser.until("document.querySelector('.pic img')?.naturalWidth > 100");
    browser.until("document.querySelector('.kv tbody')");
    assert_usable(browser);
    let picture = browser.value("document.querySelector('.pic img').src").as_str().unwrap().to_owned();
    let shown = browser.value(&format!("fetch({picture:?}).then(answer => answer.text())"));
    assert!(shown.as_str().unwrap().contains(&site.real("a-unique")), "{shown}");
    // Another state is another picture.
    site.docker("stop a-unique");
    browser.until(&format!("document.querySelector('.pic img').src !== {picture:?}"));
    site.docker("start a-unique");
    browser.press("g");
    browser.press("o");
    browser.until(&says("2 of 2 instances ready"));
}

/// While another run holds the lease, every page says so, and nothing can be applied.
fn show_the_lease_of_another_run(browser: &mut Browser, site: &Site) {
    let label = |name: &str, value: &str| format!("--label maestro.{name}='{value}'");
    let labels = [
        label("environment", "env-unique"),
        label("lease", "maestro-lease-env-unique"),
        label("lease.nonce", "abc123"),
        label("lease.user", "ann"),
        label("lease.host", "faraway"),
        label("lease.command", "maestro apply"),
    ];
    site.docker(&format!("volume create {} maestro-lease-env-unique", labels.join(" ")));
    let notices = "document.querySelector('#notices').innerText";
    browser.until(&format!("{notices}.includes('ann@faraway is changing')"));
    browser.until(&format!("{notices}.includes('maestro apply, since ')"));
    browser.until(&format!("{notices}.includes('unlock abc123')"));
    assert_usable(browser);
    site.docker("volume rm maestro-lease-env-unique");
    browser.until(&format!("{notices} === ''"));
}

/// Stops the instance that is shown, by keyboard alone.
fn stop_by_keyboard(browser: &mut Browser, site: &Site) {
    let stop = "document.querySelector('a[href^=\"/plan?do=stop\"]')";
    browser.until(stop);
    browser.value(&format!("{stop}.focus()"));
    browser.press("Enter");
    browser.until("document.querySelector('#apply')?.innerText.startsWith('Stop')");
    browser.value("document.querySelector('#apply').focus()");
    browser.press("Enter");
    browser.until("document.querySelector('dialog[open] #go')");
    assert_usable(browser);
    browser.press("Tab");
    browser.press("Enter");
    browser.until("document.querySelector('h1').innerText === 'Done'");
    browser.press("g");
    browser.press("o");
    browser.until(&says("Stopped on purpose:"));
    assert_eq!(browser.value("document.querySelectorAll('.attn li.s-stopped').length"), 1);
    site.succeed("start");
    browser.until(&says("2 of 2 instances ready"));
}

/// Goes back to revision 1, from the list of revisions.
fn roll_back(browser: &mut Browser) {
    browser.value("document.querySelectorAll('.rev')[1].click()");
    browser.until("document.querySelector('a[href=\"/plan?rollback=1\"]')");
    browser.value("document.querySelector('a[href=\"/plan?rollback=1\"]').click()");
    browser.until("document.querySelector('#apply')?.innerText.startsWith('Roll back to 1')");
    browser.value("document.querySelector('#apply').click()");
    browser.value("document.querySelector('#go').click()");
    browser.until("document.querySelector('h1').innerText === 'Done'");
}

/// Looks at pages at a phone's width: nothing is wider than the window.
fn assert_narrow(browser: &mut Browser) {
    browser.size(360, 800);
    for (keys, wanted) in
        [(["g", "o"], "2 of 2 instances ready"), (["g", "e"], "Events"), (["g", "p"], "2 changes on 1 ship")]
    {
        for key in keys {
            browser.press(key);
        }
        browser.until(&says(wanted));
        assert_eq!(browser.value("document.documentElement.scrollWidth <= innerWidth"), true, "{wanted}");
        assert_usable(browser);
    }
}

#[test]
#[ignore = "needs an engine and Chromium"]
fn chromium_shows_the_state_and_applies_a_plan_by_keyboard_alone() {
    let mut site = Site::new(&shop("first"));
    site.succeed("apply");
    let mut page = Page::new(&site, "");
    let address = page.address();
    let mut browser = Browser::new();
    browser.size(1280, 800);
    browser.open(&address);
    browser.until(&says("2 of 2 instances ready"));
    assert!(!browser.value("location.href").as_str().unwrap().contains("token"));
    let first = site.real("a-unique");
    let failed = format!("document.querySelector('.attn li.s-bad')?.innerText.includes({first:?})");
    site.docker("kill a-unique");
    browser.until(&failed);
    browser.until(&says("See the plan: 1 change"));
    browser.until(&says("revision 1, "));
    assert_usable(&mut browser);
    site.docker("start a-unique");
    browser.until(&says("2 of 2 instances ready"));

    show_the_graph(&mut browser, &site);
    show_the_lease_of_another_run(&mut browser, &site);

    // The log of the first row.
    browser.press("j");
    browser.press("Enter");
    browser.until("document.querySelector('.log')?.innerText.includes('ready')");
    browser.until("document.querySelector('.kv')");
    for panel in ["Use", "Checks", "Links", "History", "Container"] {
        browser.until(&says(panel));
    }
    assert_usable(&mut browser);
    stop_by_keyboard(&mut browser, &site);
    site.write(&shop("second"));
    browser.press("g");
    browser.press("p");
    browser.until("document.querySelector('#apply')");
    assert_eq!(browser.value(&says("env.VERSION")), true);
    assert_usable(&mut browser);
    browser.value("document.querySelector('#apply').focus()");
    browser.press("Enter");
    browser.until("document.querySelector('dialog[open] #go')");
    browser.press("Tab");
    browser.press("Enter");
    browser.until("document.querySelector('h1').innerText === 'Done'");
    assert_usable(&mut browser);
    assert!(site.docker("inspect -f {{.Config.Env}} a-unique").contains("VERSION=second"));
    browser.press("g");
    browser.press("r");
    browser.until(&says("Revision 2"));
    assert_usable(&mut browser);
    roll_back(&mut browser);
    assert!(site.docker("inspect -f {{.Config.Env}} a-unique").contains("VERSION=first"));
    assert_narrow(&mut browser);
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
    // Another browser has no cookie, and the token is spent.
    let mut other = Browser::new();
    other.open(&address);
    other.until("document.body.innerText.includes('This page is closed')");
}
