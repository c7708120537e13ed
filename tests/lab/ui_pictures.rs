//! What stands in the pictures of `docs/images/ui-*.png`, in a real browser. `scripts/ui-pictures` renews them: it sets
//! `MAESTRO_UPDATE_PICTURES`, and this test writes what it looks at. Pixels are not compared.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use serde_json::Value;

use crate::support::{
    browser::Browser,
    lab::{self, Lab},
    site::until,
};

/// The image of all services: the lab's, under a name that fits into a row.
const IMAGE: &str = "shop:1";

/// A shop on three ships. The database has a health check, the interface an HTTP check.
fn shop(version: &str, log: &str, workers: &str) -> String {
    let shell = |script: &str| format!("[/bin/busybox, sh, -c, \"trap 'exit 0' TERM; {script}\"]");
    let serve = |port: u16, line: &str| {
        shell(&format!(
            "/bin/busybox mkdir -p /w; echo ok > /w/health; /bin/busybox httpd -p {port} -h /w; echo listening on :{port}; \
             while :; do {line}; /bin/busybox sleep 2 & wait $!; done"
        ))
    };
    let idle = shell("echo serving; while :; do /bin/busybox sleep 1 & wait $!; done");
    let work = shell("i=0; while :; do i=$((i+1)); echo job $i done; /bin/busybox sleep 1 & wait $!; done");
    let (db, cache, api) =
        (serve(5432, "echo checkpoint"), serve(6379, ":"), serve(8080, "echo GET /health 200 0.4 ms"));
    format!(
        "__maestro: {{schema: 3}}\nname: shop\nships:\n  \
         alpha: {{ip: IP-OF-SHIP1, docker_port: 2375, tls: false}}\n  \
         beta: {{ip: IP-OF-SHIP2, docker_port: 2375, tls: false}}\n  \
         gamma: {{ip: IP-OF-SHIP3, docker_port: 2375, tls: false}}\nservices:\n  \
         db:\n    image: {IMAGE}\n    command: {db}\n    env: {{DB_PASSWORD: hunter2secret}}\n    limits: {{memory: 64M}}\n    \
         ports: {{sql: 5432}}\n    \
         healthcheck: {{test: [CMD, /bin/busybox, wget, -q, -O, '-', 'http://127.0.0.1:5432/health'], interval: 2s}}\n    \
         lifecycle: {{running: [{{type: tcp, port: sql, max_wait: 20}}]}}\n    instances: {{db-1: {{ship: alpha}}}}\n  \
         cache:\n    image: {IMAGE}\n    command: {cache}\n    ports: {{redis: 6379}}\n    \
         lifecycle: {{running: [{{type: tcp, port: redis, max_wait: 20}}]}}\n    instances: {{cache-1: {{ship: alpha}}}}\n  \
         api:\n    image: {IMAGE}\n    command: {api}\n    requires: [db, cache]\n    \
         env: {{VERSION: '{version}', LOG: {log}}}\n    ports: {{http: 8080}}\n    \
         lifecycle: {{running: [{{type: http, port: http, path: /health, max_wait: 20}}]}}\n    instances:\n      \
         api-1: {{ship: alpha, links: {{db-1: db, cache-1: cache}}}}\n      \
         api-2: {{ship: beta, links: {{db-1: db, cache-1: cache}}}}\n      \
         api-3: {{ship: gamma, links: {{db-1: db, cache-1: cache}}}}\n  \
         web:\n    image: {IMAGE}\n    command: {idle}\n    requires: [api]\n    instances:\n      \
         web-1: {{ship: alpha, links: {{api-1: api}}}}\n      web-2: {{ship: beta, links: {{api-2: api}}}}\n      \
         web-3: {{ship: gamma, links: {{api-3: api}}}}\n  \
         worker:\n    image: {IMAGE}\n    command: {work}\n    requires: [db]\n    env: {{LOG: {log}}}\n    \
         instances: {{worker-1: {{ship: beta}}{workers}}}\n"
    )
}

/// The program, which serves its page until this is dropped.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Serves the page, and says where.
fn serve(lab: &Lab) -> (Serving, String) {
    let mut command = lab.maestro("ui --output json");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).expect("an address");
    (Serving(child), told["address"].as_str().unwrap().to_owned())
}

/// Looks at pages, and keeps pictures of them if it is to.
struct Photographer {
    browser: Browser,
    is_writing: bool,
}

impl Photographer {
    /// Follows a link or presses a button of the page.
    fn click(&mut self, selector: &str) {
        self.browser.until(&format!("document.querySelector({selector:?})"));
        self.browser.value(&format!("document.querySelector({selector:?}).click()"));
    }

    /// Waits until the page says all that.
    #[track_caller]
    fn says(&mut self, texts: &[&str]) {
        for text in texts {
            let told = format!("document.querySelector('main').innerText.includes({text:?})");
            self.browser.until(&told);
        }
    }

    /// How high a picture of that size is: nothing is shown below the end of the page.
    fn height(&mut self, size: (u32, u32)) -> u32 {
        let end =
            self.browser.value("Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)");
        let end = end.as_u64().and_then(|end| u32::try_from(end).ok()).unwrap_or(size.1);
        // At a phone's width the tabs stand at the bottom of the window.
        if size == PHONE { size.1 } else { end.min(size.1) }
    }

    /// The page as it is, at that width: nothing is wider than the window, and everybody can use it.
    #[track_caller]
    fn picture(&mut self, name: &str, size: (u32, u32), scheme: &str) {
        self.browser.size(size.0, size.1);
        self.browser.scheme(scheme);
        self.browser.until("document.documentElement.scrollWidth <= innerWidth");
        let found = self.browser.violations();
        assert!(found.is_empty(), "{name}: {found:#?}");
        if self.is_writing {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/images/ui-{name}.png"));
            let height = self.height(size);
            self.browser.picture(&file, (size.0, height));
        }
    }
}

const WIDE: (u32, u32) = (1440, 900);
const PHONE: (u32, u32) = (390, 844);

/// Brings up the shop, then breaks and changes a part of it.
fn scene() -> Lab {
    let mut lab = Lab::with(&shop("1.4", "info", ", worker-2: {ship: gamma}"));
    "shop".clone_into(&mut lab.environment);
    for ship in 1..=3 {
        lab.docker_on(ship, &["tag", lab::IMAGE, IMAGE], "");
    }
    lab.succeed("apply");
    lab.docker_on(2, &["kill", "api-2"], "");
    lab.write(&shop("1.5", "info", ", worker-2: {ship: gamma}, worker-3: {ship: beta}"));
    lab
}

/// The number of changes that stands beside the plan's link on each page.
fn says_changes(camera: &mut Photographer, number: &str) {
    let told = format!("document.querySelector('#changes').innerText.endsWith({number:?})");
    camera.browser.until(&told);
}

/// A ship that does not answer is one row, and is asked again at once.
fn lost_ship(camera: &mut Photographer, lab: &Lab) {
    lab.command("kill ship3");
    camera.says(&["Unreachable since", "What runs there is not known: api-3, web-3, worker-2."]);
    let found = camera.browser.violations();
    assert!(found.is_empty(), "{found:#?}");
    lab.command("revive ship3");
    camera.click(".attn li.s-unknown button");
    // Its containers ended with its engine.
    camera.says(&["8 of 11 instances ready", "api-3, web-3, worker-2"]);
    camera.browser.until("!document.querySelector('.attn li.s-unknown')");
}

fn overview(camera: &mut Photographer) {
    camera.says(&[
        "9 of 11 instances ready",
        "Down: exit 137",
        "differ from the file: env.VERSION 1.4 → 1.5",
        "maestro.yaml:27",
        "Declared, not created.",
        "See the plan: 4 changes",
        "revision 1, ",
        "maestro.yaml changed ",
    ]);
    says_changes(camera, "4");
    let browser = &mut camera.browser;
    for (state, count) in [("bad", 1), ("diff", 1), ("absent", 1)] {
        let rows = format!("document.querySelectorAll('.attn li.s-{state}').length === {count}");
        browser.until(&rows);
    }
    browser.until("document.querySelectorAll('.ship').length === 3");
    if camera.is_writing {
        // A picture without sparklines would not show what the page shows after a minute.
        let counted = "fetch('/api/stats/history').then(answer => answer.json()).then(told => told.history['db-1']?.length > 5)";
        until("usage is not counted", || (camera.browser.value(counted) == true).then_some(()));
        camera.browser.value("window.isOld = true; location.reload()");
        camera.browser.until("!window.isOld && document.querySelector('.spark')");
    }
    camera.picture("overview", WIDE, "light");
    camera.picture("overview-dark", WIDE, "dark");
    camera.picture("phone", PHONE, "light");
}

fn instance(camera: &mut Photographer) {
    camera.browser.size(WIDE.0, WIDE.1);
    camera.click("a[href=\"/instance/api-1\"]");
    camera.says(&[
        "1 field differs",
        "env.VERSION",
        "GET /health 200",
        "gives status 200",
        "db leads to db-1",
        "reached by web-1",
        "revision 1",
        "Restart…",
    ]);
    camera.browser.until("document.querySelector('.use .v')");
    camera.picture("instance", WIDE, "light");
    camera.picture("instance-phone", PHONE, "dark");
}

fn graph(camera: &mut Photographer) {
    camera.browser.size(WIDE.0, WIDE.1);
    camera.click("a[href=\"/graph\"]");
    camera.browser.until("document.querySelector('.pic img')?.naturalWidth > 100");
    camera.says(&["What needs what", "The same as a list"]);
    camera.picture("graph", WIDE, "light");
}

fn plan_and_run(camera: &mut Photographer) {
    camera.click("a[href=\"/plan\"]");
    camera.says(&[
        "4 changes on 3 ships",
        "env.VERSION",
        "worker-3",
        "create",
        "replace",
        "7 unchanged",
        "The same in a terminal",
    ]);
    camera.picture("plan", WIDE, "light");
    camera.browser.size(PHONE.0, PHONE.1);
    camera.browser.until("document.documentElement.scrollWidth <= innerWidth");
    camera.browser.size(WIDE.0, WIDE.1);
    camera.click("#apply");
    camera.click("#go");
    camera.browser.until("document.querySelector('h1').innerText === 'Done'");
    camera.says(&["exit code 0", "worker-3", "api-2", "done"]);
    camera.browser.until("document.querySelectorAll('.draw .bar').length > 10");
    camera.picture("run", WIDE, "light");
}

#[test]
#[ignore = "needs a lab and Chromium"]
fn chromium_shows_what_stands_in_the_pictures() {
    let lab = scene();
    let (_serving, address) = serve(&lab);
    let is_writing = std::env::var_os("MAESTRO_UPDATE_PICTURES").is_some();
    let mut camera = Photographer { browser: Browser::new(), is_writing };
    camera.browser.size(WIDE.0, WIDE.1);
    camera.browser.open(&address);
    overview(&mut camera);
    instance(&mut camera);
    graph(&mut camera);
    plan_and_run(&mut camera);
    camera.click("a[href=\"/\"]");
    camera.says(&["All instances run as the file declares.", "revision 2, "]);
    says_changes(&mut camera, "");
    lost_ship(&mut camera, &lab);
    assert!(
        !camera.browser.value("document.documentElement.innerHTML").to_string().contains("hunter2secret")
    );
    assert!(camera.browser.complaints.is_empty(), "{:?}", camera.browser.complaints);
}
