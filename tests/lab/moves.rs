//! An instance that the file has on another ship: it moves in one plan, and not away from its data unasked.

use super::faults::RUNS;
use crate::support::{lab::Lab, normal};

fn file(ship: &str, volumes: &str) -> String {
    format!(
        "name: env-unique\nSHIPS\nservices:\n  app:\n    image: lab/busybox:1\n    command: {RUNS}\n    instances:\n      \
         app-unique: {{ship: {ship}{volumes}}}\n"
    )
}

fn written(lab: &mut Lab, ship: &str, volumes: &str) {
    let ships = lab.file("tcp");
    lab.write(&file(ship, volumes).replace("SHIPS\n", &ships));
}

fn running(lab: &Lab, ship: usize) -> String {
    lab.docker_on(ship, &["ps", "--format", "{{.Names}}"], "")
}

#[test]
#[ignore = "needs a lab"]
fn an_instance_moves_in_one_plan_and_not_away_from_its_data() {
    let mut lab = Lab::with(&file("ship1", ""));
    lab.succeed("apply");
    written(&mut lab, "ship2", "");
    // Until it has moved it is shown, and stopped, where it is.
    let status = lab.succeed("status app-unique");
    assert!(status.contains("the file places it on ship ship2") && status.contains("up "), "{status}");
    let name = lab.real("app-unique");
    lab.succeed("stop app-unique");
    assert!(!running(&lab, 1).contains(&name) && !running(&lab, 2).contains(&name));
    lab.command("kill ship1");
    let unknown = lab.run("stop app-unique");
    assert_eq!(unknown.code, Some(4), "{}", unknown.text);
    assert!(unknown.text.contains("may still run there"), "{}", unknown.text);
    lab.command("mend");
    let moved = lab.succeed("apply app-unique");
    assert!(moved.contains("ship1 → ship2"), "{moved}");
    assert!(!running(&lab, 1).contains(&name) && running(&lab, 2).contains(&name));
    assert!(lab.succeed("plan").contains("nothing to do"));
    // Now with data on the second ship.
    written(&mut lab, "ship2", ", container_volumes: /data");
    lab.succeed("apply");
    written(&mut lab, "ship1", ", container_volumes: /data");
    for command in ["apply", "apply app-unique", "start", "start app-unique", "plan"] {
        let refused = lab.run(command);
        assert_eq!(refused.code, Some(6), "{command}: {}", refused.text);
        assert!(normal::unwrapped(&refused.text).contains("(/data)"), "{command}: {}", refused.text);
        assert!(!running(&lab, 1).contains(&name) && running(&lab, 2).contains(&name), "{command}");
    }
    // Whether it runs on a ship that does not answer cannot be known.
    lab.command("kill ship2");
    let unknown = lab.run("start app-unique");
    assert_eq!(unknown.code, Some(4), "{}", unknown.text);
    assert!(
        normal::unwrapped(&unknown.text).contains("it may have data on ship ship2, which is unreachable"),
        "{}",
        unknown.text
    );
    lab.command("mend");
    lab.succeed("apply --move");
    assert!(running(&lab, 1).contains(&name) && !running(&lab, 2).contains(&name));
    assert!(lab.succeed("plan").contains("nothing to do"));
    lab.succeed("stop");
    lab.succeed("clean");
}
