//! A shell on a ship whose engine is killed.

use crate::support::{
    lab::{IMAGE, Lab},
    terminal::Terminal,
};

/// Over TLS, and through an SSH login, the connection ends with the engine; the terminal is as before.
#[test]
#[ignore = "needs a lab"]
fn an_engine_that_is_killed_gives_the_terminal_back() {
    let file = format!(
        "name: env-unique\nSHIPS\nservices:\n  app:\n    image: {IMAGE}\n    \
         command: [/bin/busybox, sh, -c, \"trap 'exit 0' TERM; while true; do /bin/busybox sleep 1; done\"]\n    \
         instances: {{app-unique: {{ship: ship1}}}}\n"
    );
    for transport in ["tls", "ssh"] {
        let lab = Lab::over(transport, &file);
        lab.succeed("start app");
        let line = "maestro exec app-unique /bin/busybox sh; echo code $?; stty -a | grep -q ' icanon' && echo restored";
        let mut terminal = Terminal::shell(&lab, line);
        terminal.shows_prompt();
        terminal.types(b"echo $((40 + 2))\r");
        terminal.shows(&["42"]);
        lab.command("kill ship1");
        terminal.shows(&["the connection to ship ship1 was lost"]);
        terminal.shows(&["code 4"]);
        assert_eq!(terminal.end().0.last().map(String::as_str), Some("restored"), "{transport}");
        lab.command("revive ship1");
        lab.succeed("apply app");
        lab.succeed("stop");
    }
}
