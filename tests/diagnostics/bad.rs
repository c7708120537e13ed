//! Files that cannot be used: what people are told, with which exit code, and that nothing was touched.

use std::{io::ErrorKind, net::TcpListener};

use crate::program::{Engine, commands, each, fixtures, here};

#[test]
fn every_mistake_is_told_with_its_place_and_the_way_out() {
    let engine = Engine::new();
    each("bad", |name| {
        let file = format!("{name}.yaml");
        let message = engine.run(&here().join("bad"), &["-f", &file, "plan"]).refused();
        insta::assert_snapshot!(format!("bad-{name}"), message);
    });
}

#[test]
fn every_message_names_a_place_and_what_to_do() {
    let engine = Engine::new();
    for name in fixtures("bad") {
        let file = format!("{name}.yaml");
        let message = engine.run(&here().join("bad"), &["-f", &file, "plan"]).refused();
        let (problems, summary) = message.trim_end().rsplit_once("\n\n").unwrap();
        for problem in problems.split("\n\n") {
            assert!(problem.contains("--> ") && problem.contains("= help: "), "{name}:\n{problem}");
            // The lines of the file itself may end as they like.
            let stops = |line: &str| line.ends_with('.') && (line.contains('[') || line.contains(" = "));
            assert!(!problem.lines().any(stops), "{name}: a full stop:\n{problem}");
        }
        let (sum, fix) = summary.split_once('\n').map_or((summary, None), |(sum, fix)| (sum, Some(fix)));
        assert!(sum.ends_with(": nothing was contacted"), "{name}: {summary}");
        let call = format!("`maestro -f {file} config --fix` corrects ");
        assert!(fix.is_none_or(|fix| fix.starts_with(&call)), "{name}: {summary}");
        assert!(!message.contains("hunter2"), "{name}: a secret:\n{message}");
    }
}

#[test]
fn every_command_refuses_a_bad_file() {
    /// Commands that read no file of Maestro, or none without a terminal.
    const WITHOUT_A_FILE: [&str; 7] = ["completions", "dash", "guest", "help", "import", "init", "man"];
    /// What commands need behind them.
    const NEEDED: [(&str, &str); 12] = [
        ("scale", "web=1"),
        ("why", "web-1"),
        ("inspect", "web-1"),
        ("wait", "web-1"),
        ("exec", "web-1"),
        ("attach", "web-1"),
        ("run", "web-1"),
        ("unlock", "0123456789abcdef"),
        ("cp", "web-1:/x copied"),
        ("port-forward", "web-1 0:80"),
        ("volume", "ls"),
        ("ship", "drain local"),
    ];
    let engine = Engine::new();
    let commands = commands();
    for known in WITHOUT_A_FILE.iter().chain(NEEDED.iter().map(|(command, _)| command)) {
        assert!(commands.iter().any(|command| command == known), "no command {known}");
    }
    for command in commands.iter().filter(|command| !WITHOUT_A_FILE.contains(&command.as_str())) {
        let needed =
            NEEDED.iter().filter(|(known, _)| known == command).flat_map(|(_, needed)| needed.split(' '));
        let arguments: Vec<&str> =
            ["-f", "misspelt_key.yaml", command.as_str()].into_iter().chain(needed).collect();
        let message = engine.run(&here().join("bad"), &arguments).refused();
        // Not a mistake of the command line.
        assert!(message.contains("misspelt_key.yaml: nothing was contacted"), "{command}: {message}");
    }
}

#[test]
fn a_dashboard_needs_a_terminal_and_says_what_does_not() {
    let message = Engine::new().run(&here().join("good"), &["dash"]).refused();
    assert!(message.contains("`maestro status --watch` shows the state without one"), "{message}");
}

#[test]
fn an_engine_at_a_tcp_port_is_not_contacted_either() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        "name: shop\nships: {{node1: {{ip: 127.0.0.1, docker_port: {port}}}}}\nservices:\n  web:\n    \
         image: nginx\n    instances: {{web-1: {{ship: node1, prots: {{http: 80}}}}}}\n"
    );
    std::fs::write(directory.path().join("maestro.yaml"), text).unwrap();
    Engine::new().run(directory.path(), &["plan"]).refused();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn snapshots_without_a_fixture_are_gone() {
    let known: Vec<String> = ["bad", "good", "warnings"]
        .iter()
        .flat_map(|kind| fixtures(kind).into_iter().map(move |name| format!("{kind}-{name}.snap")))
        .collect();
    for file in std::fs::read_dir(here().join("snapshots")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let of_fixture =
            name.split('-').next().is_some_and(|kind| ["bad", "good", "warnings"].contains(&kind));
        assert!(!of_fixture || known.contains(&name), "{name} has no fixture");
    }
}
