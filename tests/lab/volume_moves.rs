//! `volume move`: an instance goes to another ship with its data, over every transport and through faults.

use crate::support::{
    lab::{IMAGE, Lab},
    normal,
    site::Running,
    terminal::Terminal,
};

fn file(ship: &str, options: &str) -> String {
    format!(
        "__maestro: {{schema: 3}}\nname: env-unique\nSHIPS\nvolumes: {{data-unique: {{{options}}}}}\nservices:\n  app:\n    \
         image: {IMAGE}\n    command: [/bin/busybox, sh, -c, \"trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.2; \
         done\"]\n    volumes: ['data-unique:/data']\n    instances:\n      app-unique:\n        ship: {ship}\n"
    )
}

/// The file has the instance there now.
fn write(lab: &mut Lab, transport: &str, ship: &str, options: &str) {
    let ships = lab.file(transport);
    lab.write(&file(ship, options).replace("SHIPS\n", &ships));
}

fn running(lab: &Lab, ship: usize) -> bool {
    let name = lab.real("app-unique");
    lab.docker_on(ship, &["ps", "--format", "{{.Names}}"], "").lines().any(|line| line == name)
}

fn has_volume(lab: &Lab, ship: usize) -> bool {
    let name = lab.real("data-unique");
    lab.docker_on(ship, &["volume", "ls", "-q"], "").lines().any(|line| line.ends_with(&name))
}

/// What the instance finds in its volume, with owners, modes, links and contents.
fn look(lab: &Lab, ship: usize) -> String {
    let script = "cd /data && find . | sort | while read f; do stat -c '%N %a %u:%g %h %F' \"$f\"; done; md5sum d/big a";
    lab.docker_on(ship, &["exec", &lab.real("app-unique"), "/bin/busybox", "sh", "-c", script], "")
}

fn fill(lab: &Lab, ship: usize) {
    let script = "cd /data && chmod 1770 . && mkdir d && echo one > a && chown 12:34 a && chmod 4640 a && ln -s /nowhere d/link \
                  && ln a d/hard && head -c 3000000 /dev/urandom > d/big && chown 56 d";
    lab.docker_on(ship, &["exec", &lab.real("app-unique"), "/bin/busybox", "sh", "-c", script], "");
}

fn clean(lab: &Lab) {
    lab.succeed("down --volumes --yes");
}

#[test]
#[ignore = "needs a lab"]
fn an_instance_moves_with_its_data_over_every_transport() {
    for transport in ["tcp", "tls", "ssh"] {
        let mut lab = Lab::over(transport, &file("ship1", ""));
        lab.succeed("apply");
        fill(&lab, 1);
        let before = look(&lab, 1);

        let here = lab.run("volume move app-unique");
        assert_eq!(here.code, Some(1), "{}", here.text);
        let text = normal::unwrapped(&here.text);
        assert!(text.contains("change `ship: ship1` to the new ship, maestro.yaml:"), "{text}");

        write(&mut lab, transport, "ship2", "");
        let refused = lab.run("apply");
        let text = normal::unwrapped(&refused.text);
        assert!(
            refused.code == Some(6) && lab.told(&text).contains("`maestro volume move app-unique`"),
            "{text}"
        );
        let shown = lab.succeed("volume move --dry-run --steps app-unique");
        assert!(shown.contains("copy volume") && shown.contains("verify the copy"), "{shown}");
        assert!(running(&lab, 1) && !running(&lab, 2) && !has_volume(&lab, 2));

        let moved = lab.succeed("volume move app-unique");
        assert!(moved.contains("ship1 → ship2") && moved.contains("is kept on ship ship1"), "{moved}");
        assert!(!running(&lab, 1) && running(&lab, 2));
        assert_eq!(look(&lab, 2), before, "{transport}");
        assert!(lab.succeed("plan").contains("nothing to do"));
        assert!(lab.succeed("history").contains("volume move"));

        // The old volume stays until it is removed.
        let listed = lab.succeed("volume ls");
        assert!(
            listed.lines().any(|line| line.contains("ship1") && line.contains("kept by a move")),
            "{listed}"
        );
        lab.succeed("volume rm --yes --ship ship1 data-unique");
        assert!(!has_volume(&lab, 1) && has_volume(&lab, 2));
        let listed = lab.succeed("volume ls");
        assert!(!listed.lines().any(|line| line.contains("_data-") && line.contains("ship1")), "{listed}");
        clean(&lab);
    }
}

#[test]
#[ignore = "needs a lab"]
fn a_move_that_fails_leaves_the_instance_where_it_was() {
    let mut lab = Lab::over("tcp", &file("ship1", ""));
    lab.succeed("apply");
    fill(&lab, 1);
    let grow = "/bin/busybox head -c 300000000 /dev/zero > /data/large";
    lab.docker_on(1, &["exec", &lab.real("app-unique"), "/bin/busybox", "sh", "-c", grow], "");
    let before = look(&lab, 1);
    let is_back = |lab: &Lab, what: &str| {
        assert!(running(lab, 1) && !running(lab, 2) && !has_volume(lab, 2), "{what}");
        assert_eq!(look(lab, 1), before, "{what}");
    };

    // There is no room for it.
    write(&mut lab, "tcp", "ship2", "driver_opts: {type: tmpfs, device: tmpfs, o: size=1m}");
    let full = lab.run("volume move app-unique");
    assert!(full.code == Some(1) && full.text.contains("no space left"), "{:?} {}", full.code, full.text);
    assert!(normal::unwrapped(&full.text).contains("rolled back"), "{}", full.text);
    is_back(&lab, "full");

    // Ctrl-C on a terminal, in the middle.
    write(&mut lab, "tcp", "ship2", "");
    let mut interrupted = Terminal::begin(&lab, "volume move app-unique");
    interrupted.shows(&["copying volume", "MB"]);
    interrupted.interrupt();
    let (screen, code) = interrupted.end();
    assert_eq!(code, Some(130), "{screen:#?}");
    is_back(&lab, "interrupted");

    // The program is killed in the middle, and begins again.
    let mut killed = Running::begin(lab.maestro("volume move app-unique"), true);
    killed.says("copying volume");
    killed.signal("KILL");
    killed.end();
    assert!(!running(&lab, 1) && !running(&lab, 2));
    let refused = lab.run("apply");
    assert_eq!(refused.code, Some(6), "{}", refused.text);
    assert!(normal::unwrapped(&refused.text).contains("incomplete copy"), "{}", refused.text);
    assert!(lab.succeed("volume ls").contains("incomplete"));
    // Again, on a terminal.
    let terminal = Terminal::begin(&lab, "volume move app-unique");
    terminal.shows(&["copying volume", "MB", "░"]);
    let (screen, code) = terminal.end();
    assert_eq!(code, Some(0), "{screen:#?}");
    assert!(!running(&lab, 1) && running(&lab, 2));
    assert!(look(&lab, 2).contains("large"));
    clean(&lab);
}
