//! A ship builds an image, and the others get it from there without a registry.

use std::fs;

use crate::support::{
    lab::{IMAGE, Lab},
    normal,
};

const FILE: &str = "name: env-unique\nSHIPS\nservices:\n  app-unique:\n    build: app\n    ships: [ship1, ship2]\n    \
                    command: [/bin/busybox, sh, -c, \"trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.2; done\"]\n";

/// What the instance of that ship has at the path.
fn shown(lab: &Lab, ship: usize, path: &str) -> String {
    let name = lab.real(&format!("app-unique-{ship}"));
    lab.docker_on(ship, &["exec", &name, "/bin/busybox", "cat", path], "").trim().to_owned()
}

#[test]
#[ignore = "needs a lab"]
fn what_one_ship_builds_is_carried_to_the_others() {
    for transport in ["ssh", "tcp"] {
        let lab = Lab::over(transport, FILE);
        let context = lab.path().join("app");
        fs::create_dir(&context).unwrap();
        let write = |name: &str, text: &str| fs::write(context.join(name), text).unwrap();
        write("Dockerfile", &format!("FROM {IMAGE}\nCOPY large /large\nCOPY page /page\n"));
        // No ship has a layer of an earlier run.
        write("large", &lab.real("app-unique").repeat(400_000));
        write("page", "one");
        let first = lab.succeed("apply");
        assert!(first.contains(" on ship1: built "), "{first}");
        assert!(!first.contains(" on ship2: building"), "{first}");
        assert!(first.contains("from ship1, to ship2, 3.8 MiB of "), "{first}");
        assert_eq!((shown(&lab, 1, "/page"), shown(&lab, 2, "/page")), ("one".into(), "one".into()));

        // One line is edited: its layer is all that is sent.
        write("page", "two");
        let planned = lab.succeed("plan");
        assert!(planned.contains("is built on ship1 first"), "{planned}");
        let second = lab.succeed("apply");
        assert!(normal::unwrapped(&second).contains("less than 10 KiB of "), "{second}");
        let sent = second.lines().find(|line| line.contains(" sent (")).unwrap_or_default();
        assert!(sent.contains(" KiB sent "), "{second}");
        assert_eq!((shown(&lab, 1, "/page"), shown(&lab, 2, "/page")), ("two".into(), "two".into()));
        assert!(lab.succeed("plan").contains("nothing to do"));

        // Who lost the image gets it back, and nothing is built.
        lab.succeed("stop app-unique-2");
        lab.succeed("clean");
        let image = lab.real("env-unique-app-unique");
        lab.docker_on(2, &["image", "rm", &image], "");
        let third = lab.succeed("start");
        assert!(!third.contains("building"), "{third}");
        assert_eq!(shown(&lab, 2, "/page"), "two");

        // A build that fails changes nothing on any ship.
        let dockerfile = fs::read_to_string(context.join("Dockerfile")).unwrap();
        write("Dockerfile", &format!("{dockerfile}RUN [\"/bin/busybox\", \"false\"]\n"));
        let failed = lab.run("apply");
        assert_eq!(failed.code, Some(1), "{}", failed.text);
        write("Dockerfile", &dockerfile);
        let planned = lab.succeed("plan");
        assert!(planned.contains("2 unchanged") && !planned.contains("is built on"), "{planned}");
        lab.succeed("kill");
        lab.succeed("clean");
        for ship in [1, 2] {
            lab.docker_on(ship, &["image", "rm", &image], "");
        }
    }
}

#[test]
#[ignore = "needs a lab"]
fn the_file_says_which_engine_builds() {
    let mut lab = Lab::with(
        &FILE.replace("build: app", "build: {context: app, on: ship2}").replace("[ship1, ship2]", "[ship1]"),
    );
    let context = lab.path().join("app");
    fs::create_dir(&context).unwrap();
    fs::write(context.join("Dockerfile"), format!("FROM {IMAGE}\nCOPY page /page\n")).unwrap();
    fs::write(context.join("page"), "one").unwrap();
    // No instance is on ship2.
    assert!(lab.succeed("plan").contains("is built on ship2 first"));
    let first = lab.succeed("apply");
    assert!(first.contains(" on ship2: built ") && first.contains("carry   from ship2"), "{first}");
    assert_eq!(shown(&lab, 1, "/page"), "one");
    assert!(lab.succeed("plan").contains("nothing to do"));

    // The builder has lost the image: the ship has it, and nothing is built.
    let image = lab.real("env-unique-app-unique");
    lab.docker_on(2, &["image", "rm", &image], "");
    let again = lab.succeed("apply");
    assert!(again.contains("nothing to do"), "{again}");

    // This machine's own engine is none of the ships that are asked.
    let own = lab.engines[1].clone();
    lab.set("DOCKER_HOST", &own);
    let file = fs::read_to_string(lab.path().join("maestro.yaml")).unwrap();
    fs::write(lab.path().join("maestro.yaml"), file.replace("on: ship2", "on: local")).unwrap();
    fs::write(context.join("page"), "two").unwrap();
    let second = lab.succeed("apply");
    assert!(second.contains(" on this machine: built ") && second.contains("from this machine"), "{second}");
    assert_eq!(shown(&lab, 1, "/page"), "two");
    lab.succeed("kill");
    lab.succeed("clean");
    for ship in [1, 2] {
        lab.docker_on(ship, &["image", "rm", &image], "");
    }
}
