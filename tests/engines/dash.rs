//! `dash`: the dashboard on a pseudo-terminal, with a real engine.

use crate::support::{IMAGE, site::Site, terminal::Terminal};

fn shop() -> Site {
    Site::new(&file("first"))
}

fn file(version: &str) -> String {
    format!(
        "name: env-unique\nservices:\n  app:\n    image: {IMAGE}\n    stop_timeout: 0\n    \
         command: [/bin/busybox, sh, -c, \"echo hello from here; exec /bin/busybox sleep 1000\"]\n    \
         instances: {{a-unique: {{}}, b-unique: {{env: {{VERSION: {version}}}}}}}\n"
    )
}

/// Says whether the terminal echoes what is typed, and gives lines as they end.
const IS_RESTORED: &str = "stty -a | grep -q ' echo ' && stty -a | grep -q ' icanon ' && echo restored";

#[test]
#[ignore = "needs an engine"]
fn a_container_that_dies_is_shown_and_a_key_restarts_it() {
    let mut site = shop();
    site.succeed("apply");
    let name = site.real("a-unique");
    let mut terminal =
        Terminal::shell(&site, &format!("echo before; maestro dash; echo code $?; {IS_RESTORED}"));
    terminal.shows(&["2 of 2 instances ready"]);
    site.docker("kill a-unique");
    let screen = terminal.shows(&["✗", &name, "down, exit 137"]);
    assert!(screen[0].contains("1 of 2 instances ready"), "{screen:#?}");
    // The cursor is on it: it is first.
    terminal.types(b"l");
    terminal.shows(&["hello from here"]);
    terminal.types(b"qr");
    terminal.shows(&["Restart", &name, "y/n"]);
    terminal.types(b"y");
    terminal.shows(&["1 started in"]);
    terminal.types(b"q");
    terminal.shows(&["2 of 2 instances ready"]);
    // What it has is no shell: the terminal is given away and taken back.
    terminal.types(b"s");
    terminal.shows(&["no `sh`"]);
    site.write(&file("second"));
    apply(&mut terminal);
    assert!(site.docker("inspect -f {{.Config.Env}} b-unique").contains("VERSION=second"));
    terminal.types(b"qq");
    let (screen, code) = terminal.end();
    assert_eq!((screen[0].as_str(), code), ("before", Some(0)), "{screen:#?}");
    assert_eq!(screen[screen.len() - 2..], ["code 0", "restored"], "{screen:#?}");
}

/// Applies the plan. That of a container that has just started may be another one a moment later: then it is looked at again.
fn apply(terminal: &mut Terminal) {
    loop {
        terminal.types(b"p");
        terminal.shows(&["1 to replace"]);
        terminal.types(b"a");
        terminal.shows(&["Apply this plan? y/n"]);
        terminal.types(b"y");
        let screen = terminal.shows(&["maestro apply", "exit code"]);
        if screen.iter().any(|line| line.contains("is as declared: 1 replaced")) {
            return;
        }
        assert!(screen.iter().any(|line| line.contains("something has changed")), "{screen:#?}");
        terminal.types(b"q");
    }
}

#[test]
#[ignore = "needs an engine"]
fn a_signal_gives_the_terminal_back() {
    let site = shop();
    let line = format!("sh -c 'echo $$ >pid; exec maestro dash --read-only'; echo code $?; {IS_RESTORED}");
    let terminal = Terminal::shell(&site, &line);
    let screen = terminal.shows(&["0 of 2 instances ready"]);
    assert!(!screen.last().unwrap().contains("restart"), "{screen:#?}");
    let pid = std::fs::read_to_string(site.path().join("pid")).unwrap();
    std::process::Command::new("kill").arg(pid.trim()).status().unwrap();
    let (screen, _) = terminal.end();
    assert_eq!(screen, ["code 143", "restored"]);
}
