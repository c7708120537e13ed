//! Orphans in a status: containers of the environment that the file does not declare.

use serde_json::{Value, json};

use crate::explain;
use maestro_core::{
    model::Environment,
    observed::{Container, InstanceState, Observed},
    plan::{Orphan, command::Command},
};

use super::{Row, Tone, container_cell, container_status, harmless, state_word};

/// The container of an orphan, as its engine listed it.
fn container<'a>(observed: &'a Observed, orphan: &Orphan) -> Option<&'a Container> {
    let found = observed.holdings(orphan.ship)?.containers.get(&orphan.container);
    found.filter(|container| container.id == orphan.id)
}

/// The row of an orphan. It has no service: the file declares none for it.
pub(super) fn row(
    environment: &Environment,
    observed: &Observed,
    orphan: &Orphan,
    show_hosts: bool,
) -> Option<Row> {
    let container = container(observed, orphan)?;
    let ship = environment.ship(orphan.ship);
    let ship = if show_hosts { &ship.address } else { &ship.name };
    Some(Row {
        cells: [
            harmless(&orphan.container).into_owned(),
            "-".to_owned(),
            harmless(ship).into_owned(),
            container_cell(container),
        ],
        status: format!("orphan, {}", container_status(container).0),
        tone: Tone::Warning,
    })
}

/// The orphans for programs.
pub(super) fn list(environment: &Environment, observed: &Observed, orphans: &[Orphan]) -> Value {
    let each = orphans.iter().filter_map(|orphan| {
        let container = container(observed, orphan)?;
        Some(json!({
            "container": orphan.container,
            "container_id": orphan.id,
            "ship": environment.ship(orphan.ship).name,
            "state": "orphan",
            "container_state": state_word(InstanceState::Ours(container)),
            "status": container.status,
            "image": container.image,
            "reason": explain::orphan::sentence(&orphan.reason, Command::Apply),
        }))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{PortStates, Readiness, StatusOptions, status_json, table},
        *,
    };
    use crate::samples;
    use maestro_core::{
        model::{
            InstanceId,
            container::{LABEL_ENVIRONMENT, LABEL_INSTANCE},
        },
        observed::{ShipState, State},
        plan::orphans,
    };

    fn fleet() -> (Environment, Observed) {
        let environment = samples::environment();
        let at = |name: &str, state, status| {
            let mut container = samples::container(&environment, InstanceId(0), state, status);
            container.id = format!("{name}567890abcdef");
            container.labels.insert(LABEL_ENVIRONMENT.into(), environment.name.clone());
            container.labels.insert(LABEL_INSTANCE.into(), name.into());
            container.name = name.into();
            container
        };
        let own = samples::container(&environment, InstanceId(0), State::Running, "Up 2 minutes");
        let mut observed = samples::observed(&environment, &[own]);
        let orphans = [
            at("old-1", State::Running, "Up 3 hours"),
            at("old-2", State::Exited, "Exited (0) 5 minutes ago"),
        ];
        let ShipState::Answering(holdings) = &mut observed.ships[0] else { panic!("it answers") };
        holdings.containers.extend(orphans.map(|one| (one.name.clone(), one)));
        (environment, observed)
    }

    #[test]
    fn an_orphan_has_a_row_below_the_instances() {
        let (environment, observed) = fleet();
        let orphans = orphans::list(&environment, &observed);
        let looks = (&PortStates::new(), &Readiness::new());
        let text =
            table(&environment, &observed, &[InstanceId(0)], &orphans, looks, StatusOptions::default());
        insta::assert_snapshot!(text, @r#"
        #  INSTANCE  SERVICE  SHIP   CONTAINER         STATUS
        1. db-1      db       local  1.2:0000567890ab  up 2 minutes
        2. old-1     -        local  1.2:old-1567890a  orphan, up 3 hours
        3. old-2     -        local  1.2:old-2567890a  orphan, down (exited 0) 5 minutes ago
        "#);
    }

    #[test]
    fn a_program_gets_the_orphans_too() {
        let (environment, observed) = fleet();
        let orphans = orphans::list(&environment, &observed);
        let value = status_json(&environment, &observed, &[], &orphans, &Readiness::new());
        insta::assert_snapshot!(crate::json::pretty(&value["orphans"]).unwrap(), @r#"
        [
          {
            "container": "old-1",
            "container_id": "old-1567890abcdef",
            "ship": "local",
            "state": "orphan",
            "container_state": "up",
            "status": "Up 3 hours",
            "image": "example/db:1.2",
            "reason": "the file does not declare it"
          },
          {
            "container": "old-2",
            "container_id": "old-2567890abcdef",
            "ship": "local",
            "state": "orphan",
            "container_state": "down",
            "status": "Exited (0) 5 minutes ago",
            "image": "example/db:1.2",
            "reason": "the file does not declare it"
          }
        ]
        "#);
    }
}
