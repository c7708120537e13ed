//! `watch --git`, whose ships need not answer to be told what a repository says.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{PROGRAM, run};

const GOOD: &str = "name: shop
audit: [{type: log, file: PLACE/audit.log}]
services: {web: {image: nginx, instances: {web-1: {}}}}
";

/// A directory with a repository in it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(place.repository()).unwrap();
        place.git(&["init", "--quiet", "--initial-branch=main"]);
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn repository(&self) -> PathBuf {
        self.path().join("shop")
    }

    fn git(&self, words: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]).args(words);
        let done = git.current_dir(self.repository()).output().unwrap();
        assert!(done.status.success(), "{words:?} {done:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// Commits the file with that text, and returns the id of the commit.
    fn commit(&self, text: &str) -> String {
        let text = text.replace("PLACE", &self.path().display().to_string());
        fs::write(self.repository().join("maestro.yaml"), text).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "more"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// How a command ends that does not go on, and what it says.
    fn ends(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let ended = run(PROGRAM, arguments, self.path());
        (ended.status.code(), String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned())
    }
}

/// A `watch` that runs.
struct Watch {
    child: Child,
    lines: Receiver<Value>,
}

impl Watch {
    fn begin(place: &Place, arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["--output", "json", "watch", "--git", "shop", "--checkout", "state"]).args(arguments);
        command.current_dir(place.path()).env("DOCKER_HOST", "unix:///nowhere");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                sender.send(serde_json::from_str(&line).unwrap()).ok();
            }
        });
        Self { child, lines }
    }

    /// The next event of that name.
    fn tells(&self, event: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).expect(event);
            if line["event"] == event {
                return line;
            }
        }
    }

    /// Has the repository asked at once.
    fn asks(&self) {
        self.signal("HUP");
    }

    fn signal(&self, name: &str) {
        let kill = ["-c", r#"kill -s "$0" "$1""#, name, &self.child.id().to_string()];
        assert!(Command::new("sh").args(kill).status().unwrap().success());
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn checked_out(place: &Place) -> String {
    fs::read_to_string(place.path().join("state/shop/maestro.yaml")).unwrap()
}

#[test]
fn commits_are_followed_and_one_that_does_not_load_changes_nothing() {
    let place = Place::new();
    let first = place.commit(GOOD);
    let mut watch = Watch::begin(&place, &["--interval", "1h"]);
    assert_eq!(watch.tells("file-read")["commit"], *first);
    assert_eq!(watch.tells("began")["environment"], "shop");
    let (code, said) = place.ends(&["watch", "--git", "shop", "--checkout", "state"]);
    assert!(code == Some(5) && said.contains("another `maestro watch` uses"), "{code:?} {said}");
    for text in ["imgae", "imige"] {
        let bad = place.commit(&GOOD.replace("image", text));
        watch.asks();
        let broken = watch.tells("file-broken");
        assert_eq!(broken["commit"], *bad);
        assert!(broken["reason"].as_str().unwrap().contains(text), "{broken}");
        assert!(checked_out(&place).contains("image: nginx"));
    }
    let second = place.commit(&GOOD.replace("nginx", "caddy"));
    watch.asks();
    watch.tells("file-fixed");
    assert_eq!(watch.tells("file-read")["commit"], *second);
    watch.tells("began");
    assert!(checked_out(&place).contains("image: caddy"));
    fs::rename(place.repository(), place.path().join("away")).unwrap();
    watch.asks();
    assert!(
        watch.tells("repository-lost")["reason"].as_str().unwrap().contains("does not appear to be a git")
    );
    fs::rename(place.path().join("away"), place.repository()).unwrap();
    watch.asks();
    watch.tells("repository-back");
    watch.signal("TERM");
    assert_eq!(watch.child.wait().unwrap().code(), Some(143));
    let log = fs::read_to_string(place.path().join("audit.log")).unwrap();
    for (words, times) in [
        ("cannot be used, the previous one stays in effect", 1),
        ("the file can be used again", 1),
        ("the repository does not answer", 1),
        ("the repository answers again", 1),
    ] {
        assert_eq!(log.matches(words).count(), times, "{words}: {log}");
    }
}

#[test]
fn the_commit_before_goes_on_at_the_beginning_too() {
    let place = Place::new();
    let first = place.commit(GOOD);
    drop(Watch::begin(&place, &[]).tells("began"));
    let bad = place.commit("name: [");
    {
        let watch = Watch::begin(&place, &["--interval", "1s"]);
        assert_eq!(watch.tells("file-read")["commit"], *first);
        assert_eq!(watch.tells("file-broken")["commit"], *bad);
        // Nobody has to ask.
        let good = place.commit(&GOOD.replace("nginx", "caddy"));
        watch.tells("file-fixed");
        assert_eq!(watch.tells("file-read")["commit"], *good);
    }
    fs::remove_dir_all(place.repository()).unwrap();
    let watch = Watch::begin(&place, &[]);
    watch.tells("file-read");
    watch.tells("repository-lost");
    watch.tells("began");
}

#[test]
fn a_repository_that_cannot_be_followed_is_refused_with_the_reason() {
    let place = Place::new();
    place.commit("name: [");
    fs::create_dir(place.repository().join("deploy")).unwrap();
    fs::write(place.repository().join("deploy/shop.yaml"), GOOD).unwrap();
    place.git(&["add", "--all"]);
    place.git(&["commit", "--quiet", "--message", "more"]);
    let ends = |words: &[&str]| place.ends(&[&["watch", "--checkout", "x"], words].concat());
    let (code, said) = ends(&["--git", "shop"]);
    assert_eq!(code, Some(2), "{said}");
    let (code, said) = ends(&["--git", "shop", "--branch", "none"]);
    assert!(code == Some(4) && said.contains("couldn't find remote ref refs/heads/none"), "{code:?} {said}");
    let (code, said) = ends(&["--git", "https://ann:hunter2@example.org/shop.git"]);
    assert!(code == Some(2) && said.contains("contains credentials"), "{code:?} {said}");
    assert!(!said.contains("hunter2"), "{said}");
    let (code, said) = ends(&["--git", "shop", "-f", "../shop.yaml"]);
    assert!(code == Some(2) && said.contains("is no file of the repository"), "{code:?} {said}");
    let install = ["--git", "shop", "-f", "deploy/shop.yaml", "--install", "--unit", "shop.service"];
    let (code, said) = ends(&install);
    assert_eq!(code, Some(0), "{said}");
    let unit = fs::read_to_string(place.path().join("shop.service")).unwrap();
    assert!(unit.contains(" watch --checkout x --git shop -f deploy/shop.yaml\n"), "{unit}");
}
