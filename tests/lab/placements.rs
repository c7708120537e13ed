//! Services that have a choice of ships: a ship is drained and takes its part back.

use crate::support::{
    lab::{IMAGE, Lab},
    normal,
};

/// Two instances on two ships; with these words at the first of them.
fn file(lab: &Lab, at_first: &str) -> String {
    let ships = lab.file("tcp");
    let ships = ships.replacen("  ship1:\n", &format!("  ship1:\n{at_first}"), 1);
    FILE.replace("SHIPS\n", &ships)
}

const FILE: &str = "name: env-unique\nSHIPS\nservices:\n  app-unique:\n    image: IMAGE\n    \
                    command: [/bin/busybox, sh, -c, \"trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.2; done\"]\n    \
                    ships: [ship1, ship2]\n    replicas: 2\n";

fn running(lab: &Lab, ship: usize) -> Vec<String> {
    let names = lab.docker_on(ship, &["ps", "--format", "{{.Names}}"], "");
    let own = lab.real("app-unique");
    names.lines().filter(|name| name.starts_with(&own)).map(str::to_owned).collect()
}

#[test]
#[ignore = "needs a lab"]
fn a_drained_ship_ends_empty() {
    let mut lab = Lab::over("tcp", &FILE.replace("IMAGE", IMAGE));
    lab.succeed("apply");
    assert_eq!((running(&lab, 1).len(), running(&lab, 2).len()), (1, 1));

    let shown = normal::unwrapped(&lab.succeed("ship drain ship1"));
    assert!(
        shown.contains("ship1 is drained") && shown.contains("add `drain: true` to ship `ship1`"),
        "{shown}"
    );
    assert_eq!((running(&lab, 1).len(), running(&lab, 2).len()), (1, 1));

    let drained = file(&lab, "    drain: true\n").replace("IMAGE", IMAGE);
    lab.write(&drained);
    let plan = normal::unwrapped(&lab.succeed("plan"));
    assert!(plan.contains("ship1 is drained"), "{plan}");
    lab.succeed("apply");
    assert_eq!((running(&lab, 1).len(), running(&lab, 2).len()), (0, 2));
    assert!(lab.succeed("plan").contains("nothing to do"));
    let open = file(&lab, "").replace("IMAGE", IMAGE);
    lab.write(&open);
    let plan = normal::unwrapped(&lab.succeed("plan"));
    assert!(plan.contains("is placed over its ships again"), "{plan}");
    lab.succeed("apply");
    assert_eq!((running(&lab, 1).len(), running(&lab, 2).len()), (1, 1));
    lab.succeed("down");
}
