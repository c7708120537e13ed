//! What an engine answers about the state of one container.

use serde::Deserialize;

use crate::{Health, Inspected};
use maestro_core::observed::{ContainerState, description::Description};

/// The state of a container.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InspectedState {
    status: String,
    #[serde(default)]
    exit_code: Option<i64>,
    #[serde(default, rename = "OOMKilled")]
    oom_killed: bool,
    #[serde(default)]
    error: String,
    #[serde(default)]
    started_at: String,
    #[serde(default)]
    finished_at: String,
    #[serde(default)]
    health: Option<InspectedHealth>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InspectedHealth {
    #[serde(default)]
    status: String,
    #[serde(default)]
    log: Option<Vec<Probe>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Probe {
    #[serde(default)]
    exit_code: i64,
    #[serde(default)]
    output: String,
}

impl InspectedState {
    /// What is told of a container with this state; `restarts` is how often its restart policy has started it.
    pub(super) fn of(self, description: Description, restarts: u64) -> Inspected {
        let state = ContainerState::from_word(&self.status);
        // Engines also answer 0 for a container that has never run or still runs.
        let has_ended =
            matches!(state, ContainerState::Exited | ContainerState::Dead | ContainerState::Restarting);
        Inspected {
            description: Box::new(description),
            exit_code: self.exit_code.filter(|_| has_ended),
            state,
            is_out_of_memory: self.oom_killed,
            restarts,
            started: self.started_at,
            ended: if has_ended { self.finished_at } else { String::new() },
            error: self.error,
            health: self.health.and_then(InspectedHealth::told),
        }
    }
}

impl InspectedHealth {
    /// None where the image says nothing about health, for which engines have two words.
    fn told(self) -> Option<Health> {
        let runs = self.log.unwrap_or_default().into_iter();
        let mut earlier: Vec<(i64, String)> = runs.map(|probe| (probe.exit_code, probe.output)).collect();
        let last = earlier.pop();
        (!matches!(self.status.as_str(), "" | "none")).then_some(Health {
            status: self.status,
            last,
            earlier,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_that_of_the_last_probe_and_none_without_a_healthcheck() {
        let health = |health: &str| {
            let json = format!(r#"{{"Status":"running","Health":{health}}}"#);
            serde_json::from_str::<InspectedState>(&json).unwrap().of(Description::default(), 0).health
        };
        let log =
            r#"{"Status":"unhealthy","Log":[{"ExitCode":0,"Output":""},{"ExitCode":1,"Output":"no\n"}]}"#;
        let last = Some((1, "no\n".to_owned()));
        assert_eq!(
            health(log),
            Some(Health { status: "unhealthy".into(), last, earlier: vec![(0, String::new())] })
        );
        assert_eq!(
            health(r#"{"Status":"starting","Log":null}"#),
            Some(Health { status: "starting".into(), last: None, earlier: Vec::new() })
        );
        assert_eq!(health("null"), None);
        assert_eq!(health(r#"{"Status":"none"}"#), None);
    }

    #[test]
    fn only_an_ended_container_has_an_exit_code() {
        let inspected = |status: &str| {
            let json = format!(r#"{{"Status":"{status}","ExitCode":3,"Error":""}}"#);
            serde_json::from_str::<InspectedState>(&json).unwrap().of(Description::default(), 0)
        };
        assert_eq!(inspected("exited").exit_code, Some(3));
        assert_eq!(inspected("restarting").exit_code, Some(3));
        assert_eq!(inspected("running").exit_code, None);
        assert_eq!(inspected("created").exit_code, None);
        assert_eq!(inspected("levitating").state, ContainerState::Other("levitating".into()));
    }
}
