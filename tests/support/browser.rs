//! Chromium without a window, driven through its pipe (`--remote-debugging-pipe`): JSON with a NUL behind each message.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long the browser may take for anything.
const DEADLINE: Duration = Duration::from_secs(60);

/// A browser with one tab.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    number: u64,
    tab: String,
    /// What pages have complained about.
    pub complaints: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts it.
    pub fn new() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let folder = format!("--user-data-dir={}", profile.path().display());
        // The pipe is file descriptors 3 and 4.
        let script = "exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage \
                      --disable-renderer-backgrounding --disable-background-timer-throttling --hide-scrollbars \
                      --remote-debugging-pipe \"$0\" 3<&0 4>&1 0</dev/null 1>/dev/null";
        let mut child = Command::new("sh")
            .args(["-c", script, &folder])
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut browser = Self {
            child,
            to,
            from,
            number: 0,
            tab: String::new(),
            complaints: Vec::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let tab = browser
            .call("Target.attachToTarget", &json!({ "targetId": target["targetId"], "flatten": true }));
        tab["sessionId"].as_str().unwrap().clone_into(&mut browser.tab);
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Calls a method of Chromium's protocol for developers' tools.
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": parameters });
        if !self.tab.is_empty() {
            message["sessionId"] = self.tab.clone().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut bytes = Vec::new();
            self.from.read_until(0, &mut bytes).unwrap();
            bytes.pop();
            let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            assert!(!answer.is_null(), "the browser has ended");
            if answer["id"] == self.number {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            let is_error = match answer["method"].as_str() {
                Some("Runtime.exceptionThrown") => true,
                Some("Log.entryAdded") => answer["params"]["entry"]["level"] == "error",
                Some(_) | None => false,
            };
            let told = answer["params"].to_string();
            // Other tests make networks meanwhile: the page has to bear that.
            if is_error && !told.contains("ERR_NETWORK_CHANGED") {
                self.complaints.push(told);
            }
        }
    }

    /// Opens an address.
    pub fn open(&mut self, address: &str) {
        self.call("Page.navigate", &json!({ "url": address }));
    }

    /// What an expression of the page is.
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", &parameters);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression of the page is true.
    #[track_caller]
    pub fn until(&mut self, expression: &str) {
        let end = Instant::now() + DEADLINE;
        // The page may be between two documents.
        let whole =
            format!("(() => {{ try {{ return Boolean({expression}); }} catch {{ return false; }} }})()");
        while self.value(&whole) != true {
            let text = if Instant::now() < end { Value::Null } else { self.value("document.body.innerText") };
            assert!(text.is_null(), "never: {expression}; the page: {text}; {:?}", self.complaints);
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// What axe-core finds that keeps people from using the page, as it is now.
    pub fn violations(&mut self) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vendor/axe-core");
        let check = ["--check", "--quiet", "SHA256SUMS"];
        let known = Command::new("sha256sum").args(check).current_dir(&folder).status().unwrap();
        assert!(known.success(), "axe-core is another one");
        let script = fs::read_to_string(folder.join("axe.min.js")).unwrap();
        self.value(&format!("{script}; true"));
        let found = self.value(
            "axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.map(one => \
             `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(' ')}`))",
        );
        found.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
    }

    /// Keeps the upper part of the window as a picture (PNG).
    pub fn picture(&mut self, file: &Path, (width, height): (u32, u32)) {
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let shown = self.call("Page.captureScreenshot", &json!({ "format": "png", "clip": clip }));
        let mut child = Command::new("base64")
            .arg("--decode")
            .stdin(Stdio::piped())
            .stdout(fs::File::create(file).unwrap())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(shown["data"].as_str().unwrap().as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Presses a key as a user does.
    pub fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r".to_owned()),
            "Tab" => (9, String::new()),
            "Escape" => (27, String::new()),
            other => (0, other.to_owned()),
        };
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        self.call(
            "Input.dispatchKeyEvent",
            &json!({ "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code }),
        );
        self.call(
            "Input.dispatchKeyEvent",
            &json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code }),
        );
    }

    /// The size of the window.
    pub fn size(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Light or dark.
    pub fn scheme(&mut self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
