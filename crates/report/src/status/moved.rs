//! Instances in a status whose container is on another ship than the one that the file names.

use std::collections::HashMap;

use serde_json::{Value, json};

use maestro_core::{
    model::{Environment, InstanceId},
    observed::InstanceState,
    plan::moves::OnOldShip,
};

use super::{Row, Tone, container_cell, container_status, harmless, is_ready, state_word};

/// The row of such an instance: where its container is, and where the file has it.
pub(super) fn row(
    environment: &Environment,
    id: InstanceId,
    OnOldShip { ship, container }: OnOldShip<'_>,
    show_hosts: bool,
) -> Row {
    let instance = environment.instance(id);
    let here = environment.ship(ship);
    let here = if show_hosts { &here.address } else { &here.name };
    let there = harmless(&environment.ship(instance.ship).name);
    Row {
        cells: [
            harmless(&instance.name).into_owned(),
            harmless(&environment.service(instance.service).name).into_owned(),
            harmless(here).into_owned(),
            container_cell(container),
        ],
        status: format!("{}; the file places it on ship {there}", container_status(container).0),
        tone: Tone::Warning,
    }
}

/// The same for programs: `ship` is the one that the file names.
pub(super) fn json(
    environment: &Environment,
    id: InstanceId,
    OnOldShip { ship, container }: OnOldShip<'_>,
) -> Value {
    let (instance, here) = (environment.instance(id), environment.ship(ship));
    let there = environment.ship(instance.ship);
    let state = InstanceState::Ours(container);
    json!({
        "instance": instance.name,
        "service": environment.service(instance.service).name,
        "ship": there.name,
        "address": there.address,
        "state": "on-old-ship",
        "ready": is_ready(id, state, &HashMap::new()),
        "reason": format!("its container is on ship {}, and the file places it on ship {}", here.name, there.name),
        "old_ship": here.name,
        "container_state": state_word(state),
        "container": {
            "id": container.id,
            "image": container.image,
            "status": container.status,
            "differs": true,
            "other_peers": false,
        },
        "ports": instance.ports,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{PortStates, Readiness, StatusOptions, is_any_unready, status_json, table},
        *,
    };
    use crate::samples;
    use maestro_core::observed::{Observed, ShipState, State};

    /// The file has `db-1` on the second ship; its container is on the first.
    fn fleet(state: State, status: &str) -> (Environment, Observed) {
        let mut environment = samples::environment();
        let container = samples::container(&environment, InstanceId(0), state, status);
        let mut observed = samples::observed(&environment, &[container]);
        environment.instances[0].ship.0 = 1;
        observed.ships[1] = ShipState::Answering(maestro_core::observed::Holdings::default());
        (environment, observed)
    }

    #[test]
    fn an_instance_on_its_old_ship_is_shown_there() {
        let (environment, observed) = fleet(State::Running, "Up 2 minutes");
        let looks = (&PortStates::new(), &Readiness::new());
        let ids = [InstanceId(0)];
        let text = table(&environment, &observed, &ids, &[], looks, StatusOptions::default());
        insta::assert_snapshot!(text, @r#"
        #  INSTANCE  SERVICE  SHIP   CONTAINER         STATUS
        1. db-1      db       local  1.2:0000567890ab  up 2 minutes; the file places it on ship far
        "#);
        let value = status_json(&environment, &observed, &ids, &[], &Readiness::new());
        let told = &value["instances"][0];
        let word = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            ["ship", "state", "old_ship", "container_state"].map(word),
            ["far", "on-old-ship", "local", "up"]
        );
        assert_eq!((&told["ready"], &told["container"]["status"]), (&json!(true), &json!("Up 2 minutes")));
        assert!(!is_any_unready(&environment, &observed, &ids, &Readiness::new()));
        let (environment, observed) = fleet(State::Exited, "Exited (1) 2 minutes ago");
        assert!(is_any_unready(&environment, &observed, &ids, &Readiness::new()));
    }
}
