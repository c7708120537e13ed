//! `exec`: a command in a container, on a real terminal and through pipes, over every transport.

use std::process::Command;

use crate::{
    failures::file,
    support::{
        cable::Cable,
        front,
        site::{Running, Said, Site, until},
        sshd::Sshd,
        terminal::Terminal,
    },
};

const TWO: &str = "  web:
    image: busybox
    sh: runs
    net: none
    stop_timeout: 0
    instances:
      web-a-unique: {}
      web-b-unique: {}
";

/// What a shell tells when the terminal hands over whole lines and shows what is typed, as before a session.
const IS_RESTORED: &str = "stty -a | grep -q ' icanon' && stty -a | grep -q ' echo ' && echo restored";

fn shop() -> Site {
    let site = Site::new(&file("", TWO));
    site.succeed("start");
    site
}

/// What a line of a shell says. `maestro` is the program.
fn line(site: &Site, line: &str) -> Said {
    let words = ["-c".to_owned(), site.real(line)];
    Running::begin(site.program("sh", &words), true).end()
}

#[test]
#[ignore = "needs an engine"]
fn a_shell_has_the_users_terminal() {
    let site = shop();
    let typed = format!("tty; maestro exec web-a-unique /bin/busybox sh; echo code $?; {IS_RESTORED}");
    let mut terminal = Terminal::shell(&site, &typed);
    terminal.shows_prompt();
    terminal.types(b"echo size $(/bin/busybox stty size)\r");
    let screen = terminal.shows(&["size 40 100"]);
    let device = screen.iter().find(|line| line.starts_with("/dev/")).unwrap();
    let resized = Command::new("stty").args(["-F", device, "cols", "60", "rows", "20"]).status().unwrap();
    assert!(resized.success());
    until("the new size", || {
        terminal.types(b"echo size $(/bin/busybox stty size)\r");
        terminal.lines().iter().any(|line| line.starts_with("size 20 60")).then_some(())
    });
    // Ctrl-C is the program's, which ends by it; the shell goes on.
    terminal.types(b"/bin/busybox sleep 1000\r");
    terminal.shows(&["# /bin/busybox sleep 1000"]);
    terminal.interrupt();
    terminal.types(b"echo ended by $?\r");
    terminal.shows(&["ended by 130"]);
    terminal.types(b"exit 7\r");
    terminal.shows(&["code 7"]);
    let (screen, code) = terminal.end();
    assert_eq!((screen.last().map(String::as_str), code), (Some("restored"), Some(0)), "{screen:#?}");
}

#[test]
#[ignore = "needs an engine"]
fn keys_and_signals_leave_a_program() {
    let site = shop();
    let run = "maestro exec web-a-unique /bin/busybox sh -c 'echo begun; exec /bin/busybox sleep 1000'";
    let mut terminal = Terminal::shell(&site, &format!("{run}; echo code $?; {IS_RESTORED}"));
    terminal.shows(&["begun"]);
    terminal.types(b"\x10\x11");
    terminal.shows(&["detached: ", "goes on in web-a-"]);
    terminal.shows(&["code 0"]);
    assert_eq!(terminal.end().0.last().map(String::as_str), Some("restored"));
    let inside = site.docker("top web-a-unique -eo pid,args");
    assert!(inside.contains("sleep 1000"), "{inside}");

    let terminal = Terminal::shell(&site, &format!("{run}; echo code $?; {IS_RESTORED}"));
    terminal.shows(&["begun"]);
    let ours = format!("^maestro exec {}", site.real("web-a-unique"));
    let ended = Command::new("pkill").args(["-TERM", "-f", &ours]).status().unwrap();
    assert!(ended.success());
    terminal.shows(&["may still run in web-a-"]);
    terminal.shows(&["code 143"]);
    assert_eq!(terminal.end().0.last().map(String::as_str), Some("restored"));
}

#[test]
#[ignore = "needs an engine"]
fn a_container_that_is_replaced_ends_its_shells() {
    let mut site = shop();
    let run = "maestro exec web-a-unique /bin/busybox sh";
    let terminal = Terminal::shell(&site, &format!("{run}; echo code $?; {IS_RESTORED}"));
    terminal.shows_prompt();
    site.write(&file("", &TWO.replace("net: none", "net: none\n    env: {NEW: x}")));
    site.succeed("apply web-a-unique");
    terminal.shows(&["the container of web-a-", "was stopped or replaced"]);
    terminal.shows(&["code 137"]);
    assert_eq!(terminal.end().0.last().map(String::as_str), Some("restored"));
}

#[test]
#[ignore = "needs an engine"]
fn a_lost_connection_gives_the_terminal_back() {
    let mut site = shop();
    let cable = Cable::new(site.path(), &site.socket());
    site.set("DOCKER_HOST", &cable.host());
    let run = "maestro exec web-a-unique /bin/busybox sh";
    let terminal = Terminal::shell(&site, &format!("{run}; echo code $?; {IS_RESTORED}"));
    terminal.shows_prompt();
    cable.cut();
    terminal.shows(&["error: the connection to ship local was lost"]);
    terminal.shows(&["may still run in web-a-"]);
    terminal.shows(&["code 4"]);
    assert_eq!(terminal.end().0.last().map(String::as_str), Some("restored"));
}

#[test]
#[ignore = "needs an engine"]
fn pipes_reach_the_command_and_its_exit_code_comes_back() {
    let site = shop();
    let both = "echo out; echo err >&2; exit 42";
    let said = line(&site, &format!("maestro exec web-a-unique /bin/busybox sh -c '{both}' 2>errors"));
    assert_eq!((said.text.as_str(), said.code), ("out\n", Some(42)));
    assert_eq!(std::fs::read_to_string(site.path().join("errors")).unwrap(), "err\n");
    // The command reads to the end of its input, which is more than fits into any buffer.
    let sum = "/bin/busybox head -c 3000000 /dev/zero | maestro exec web-a-unique /bin/busybox wc -c";
    let sum = sum.replacen("/bin/busybox head", "head", 1);
    let said = line(&site, &sum);
    assert_eq!((said.text.trim(), said.code), ("3000000", Some(0)));
    let said = line(
        &site,
        "HERE=mine maestro exec -e A=b -e HERE -e NOWHERE -u 5:6 -w /bin -T web-a-unique \
                     /bin/busybox sh -c 'echo $A $HERE ${NOWHERE-unset} $(/bin/busybox id -u) $PWD' -f x",
    );
    assert_eq!((said.text.trim(), said.code), ("b mine unset 5 /bin", Some(0)));
    let said = line(&site, "maestro exec web-a-unique nowhere");
    assert!(matches!(said.code, Some(126 | 127)), "{:?} {}", said.code, said.text);
    // A reader that takes no more ends the command.
    let said = line(&site, "maestro exec web-a-unique /bin/busybox yes | head -n 1");
    assert_eq!(said.text, "y\n");
}

#[test]
#[ignore = "needs an engine"]
fn one_of_a_service_or_all_of_it_runs_a_command() {
    let site = shop();
    let (a, b) = (site.real("web-a-unique"), site.real("web-b-unique"));
    let said = site.run("exec web /bin/busybox true");
    assert!(said.text.starts_with(&format!("note: running in {a} @local, one of 2")), "{}", said.text);
    let said = site.run("exec --index 2 web /bin/busybox true");
    assert!(said.text.starts_with(&format!("note: running in {b} @local")), "{}", said.text);
    let said = site.run("exec --index 3 web /bin/busybox true");
    assert_eq!(said.code, Some(2), "{}", said.text);
    let all =
        "exec --all web /bin/busybox sh -c 'echo hello; exit $(/bin/busybox hostname | /bin/busybox wc -w)'";
    let said = site.output(all);
    let mut lines: Vec<&str> = said.text.lines().collect();
    lines.sort_unstable();
    assert_eq!((lines, said.code), (vec![&*format!("{a} | hello"), &format!("{b} | hello")], Some(1)));
    let (lines, code) = site.json_lines("exec web-a-unique /bin/busybox sh -c 'echo x >&2; exit 3'");
    assert_eq!(code, Some(3));
    assert_eq!((&lines[0]["line"], &lines[0]["stderr"]), (&"x".into(), &true.into()));
    assert_eq!((&lines[1]["instance"], &lines[1]["exit_code"]), (&"web-a-unique".into(), &3.into()));

    site.succeed("stop web-b-unique");
    let said = site.run("exec --all web /bin/busybox true");
    assert!(said.text.contains("is not running") && said.code == Some(1), "{}", said.text);
    let said = site.run("exec web-b-unique /bin/busybox true");
    assert!(
        said.text.contains(&format!("`maestro start {b}` starts it")) && said.code == Some(1),
        "{}",
        said.text
    );
    let said = site.run("exec web-b-unique");
    assert!(said.text.contains(&format!("`maestro exec {b} sh` opens a shell")), "{}", said.text);
    assert_eq!(said.code, Some(2));
}

/// A command with a pipe, whose end it has to see, and a shell.
fn works(site: &Site, transport: &str) {
    let said = line(site, "echo x | maestro exec web-a-unique /bin/busybox cat 2>/dev/null");
    assert_eq!((said.text.as_str(), said.code), ("x\n", Some(0)), "{transport}");
    let mut terminal = Terminal::begin(site, "exec web-a-unique /bin/busybox sh");
    terminal.shows_prompt();
    terminal.types(b"echo $((40 + 2)); exit 7\r");
    let (screen, code) = terminal.end();
    assert!(screen.iter().any(|line| line == "42"), "{transport}: {screen:#?}");
    assert_eq!(code, Some(7), "{transport}");
}

#[test]
#[ignore = "needs an engine and sshd"]
fn every_transport_carries_a_terminal() {
    let mut site = shop();
    let port = front::plain(&site.socket());
    site.write(&file(&format!("ships:\n  local: {{host: 'tcp://127.0.0.1:{port}'}}\n"), TWO));
    works(&site, "tcp");
    let port = front::tls(&site.socket(), site.path());
    let keys = "tls: true, tls_ca_cert: ca.pem, tls_cert: cert.pem, tls_key: key.pem";
    site.write(&file(&format!("ships:\n  local: {{ip: 127.0.0.1, docker_port: {port}, {keys}}}\n"), TWO));
    works(&site, "tls");
    for configuration in ["", "DisableForwarding yes"] {
        let sshd = Sshd::new(configuration);
        sshd.serve(&mut site);
        let socket = site.socket().display().to_string();
        site.write(&file(&format!("ships:\n  local: {{host: 'ssh://harbour{socket}'}}\n"), TWO));
        works(&site, &format!("ssh {configuration}"));
        sshd.nothing_is_left();
    }
}

#[test]
#[ignore = "needs an engine"]
fn the_program_of_an_instance_can_be_talked_to() {
    let shell = "  shell:
    image: busybox
    command: [/bin/busybox, sh]
    net: none
    stop_timeout: 0
    tty: true
    stdin_open: true
    instances:
      shell-unique: {}
  job:
    image: busybox
    command: [/bin/busybox, sh, -c, \"trap 'echo interrupted; exit 9' INT; while true; do echo tick; /bin/busybox sleep 0.1; done\"]
    net: none
    stop_timeout: 0
    instances:
      job-unique: {}
";
    let site = Site::new(&file("", shell));
    site.succeed("start");
    let attach = "maestro attach shell-unique; echo code $?";
    let mut terminal = Terminal::shell(&site, &format!("{attach}; {IS_RESTORED}"));
    terminal.shows_prompt();
    terminal.types(b"echo $((40 + 2))\r");
    terminal.shows(&["42"]);
    terminal.types(b"\x10\x11");
    terminal.shows(&["detached: its program goes on in shell-"]);
    terminal.shows(&["code 0"]);
    assert_eq!(terminal.end().0.last().map(String::as_str), Some("restored"));
    let mut terminal = Terminal::shell(&site, &format!("{attach}; {IS_RESTORED}"));
    terminal.shows_prompt();
    terminal.types(b"exit 5\r");
    terminal.shows(&["code 5"]);
    assert_eq!(terminal.end().0.last().map(String::as_str), Some("restored"));

    let mut attached = Running::begin(site.command("attach job-unique"), true);
    attached.says("tick");
    attached.signal("INT");
    let said = attached.end();
    assert!(said.text.contains("interrupted") && said.code == Some(9), "{:?} {}", said.code, said.text);
}

/// A service has an instance of its own name beside others: the name alone would be ambiguous, so it is not proposed.
#[test]
#[ignore = "needs an engine"]
fn what_is_proposed_can_be_typed() {
    let twins = "  twin-unique:
    image: busybox
    sh: runs
    net: none
    stop_timeout: 0
    instances: {twin-unique: {}, other-unique: {}}
";
    let site = Site::new(&file("", twins));
    let said = site.run("exec instance/twin-unique /bin/busybox true");
    let proposed = site.real("`maestro start instance/twin-unique` creates and starts it");
    assert!(said.text.contains(&proposed), "{}", said.text);
    site.succeed("start instance/twin-unique");
    site.docker("pause twin-unique");
    let said = site.run("exec instance/twin-unique /bin/busybox true");
    assert!(said.text.contains(&site.real("`maestro unpause instance/twin-unique`")), "{}", said.text);
    site.succeed("unpause instance/twin-unique");
}
