//! Images that were pushed to their registries.

use serde_json::{Value, json};

use super::{
    explain::{engine, registry},
    id::short_id,
    text::harmless,
};
use maestro_core::{fault::EngineFault, model::registry::ImageRefusal};

/// What became of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRow {
    /// Its reference.
    pub image: String,
    /// The ship that it was pushed from; none if none has it.
    pub ship: Option<String>,
    /// What came of it.
    pub outcome: PushOutcome,
}

/// What came of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushOutcome {
    /// The registry has it, by this digest if that was told.
    Pushed(Option<String>),
    /// The registry does not take it.
    Refused(Box<ImageRefusal>, EngineFault),
    /// The engine did not do it.
    Failed(EngineFault),
    /// None of these ships has the image.
    NotThere(Vec<String>),
    /// These ships have different images by that name.
    Differs(Vec<String>),
}

impl PushOutcome {
    /// Whether the registry has the image now.
    #[must_use]
    pub fn is_pushed(&self) -> bool {
        matches!(self, Self::Pushed(_))
    }
}

/// What is told of an image: what became of it, and what to do if it was not pushed.
#[must_use]
pub fn text(row: &PushRow) -> String {
    let image = harmless(&row.image);
    match &row.outcome {
        PushOutcome::Pushed(digest) => {
            let digest = digest.as_ref().map(|digest| format!(", {}", short_id(digest))).unwrap_or_default();
            format!("{image} pushed from ship {}{digest}", row.ship.as_deref().unwrap_or_default())
        }
        PushOutcome::Refused(..)
        | PushOutcome::Failed(_)
        | PushOutcome::NotThere(_)
        | PushOutcome::Differs(_) => {
            let (why, next) = (why(row).unwrap_or_default(), next(row).unwrap_or_default());
            format!("image {image} was not pushed: {why}; {next}")
        }
    }
}

/// Why an image was not pushed.
fn why(row: &PushRow) -> Option<String> {
    let ship = row.ship.as_deref().unwrap_or_default();
    match &row.outcome {
        PushOutcome::Pushed(_) => None,
        PushOutcome::Refused(refusal, words) => {
            Some(format!("{}: {}", registry::push_cause(refusal, ship), engine::sentence(words)))
        }
        PushOutcome::Failed(fault) => Some(format!("ship {ship}: {}", engine::sentence(fault))),
        PushOutcome::NotThere(ships) => Some(format!("no ship has it (asked: {})", ships.join(", "))),
        PushOutcome::Differs(ships) => {
            Some(format!("the ships {} have different images by this name", ships.join(", ")))
        }
    }
}

/// What to do about it.
fn next(row: &PushRow) -> Option<String> {
    let ship = row.ship.as_deref().unwrap_or_default();
    match &row.outcome {
        PushOutcome::Pushed(_) => None,
        PushOutcome::Refused(refusal, _) => Some(registry::push_next(refusal, ship)),
        PushOutcome::Failed(_) => Some("try again".to_owned()),
        PushOutcome::NotThere(_) => {
            Some(format!("build it on one of them (`docker build -t {} …`), or correct `image`", row.image))
        }
        PushOutcome::Differs(_) => Some("name an instance on the ship whose image is meant".to_owned()),
    }
}

/// The same for programs.
#[must_use]
pub fn json(environment: &str, rows: &[PushRow]) -> Value {
    let each = rows.iter().map(|row| {
        let digest = match &row.outcome {
            PushOutcome::Pushed(digest) => digest.clone(),
            PushOutcome::Refused(..)
            | PushOutcome::Failed(_)
            | PushOutcome::NotThere(_)
            | PushOutcome::Differs(_) => None,
        };
        json!({
            "image": row.image,
            "ship": row.ship,
            "pushed": row.outcome.is_pushed(),
            "digest": digest,
            "reason": why(row),
            "help": next(row),
        })
    });
    json!({ "version": 1, "environment": environment, "images": each.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;
    use maestro_core::model::registry::{LoginOrigin, PullFault};

    #[test]
    fn each_failure_says_what_to_do() {
        let refusal = |fault, user: Option<&str>| {
            let refusal = ImageRefusal {
                image: "ghcr.io/shop/web:1".to_owned(),
                fault,
                user: user.map(str::to_owned),
                origin: LoginOrigin::NotFound,
                problem: None,
            };
            PushOutcome::Refused(Box::new(refusal), "denied".into())
        };
        let row =
            |outcome| PushRow { image: "ghcr.io/shop/web:1".to_owned(), ship: Some("a".to_owned()), outcome };
        let rows = [
            row(PushOutcome::Pushed(Some("sha256:0123456789abcdef".to_owned()))),
            row(refusal(PullFault::NoLogin, None)),
            row(refusal(PullFault::NoSuchImage, Some("ann"))),
            row(refusal(PullFault::TooMany, Some("ann"))),
            row(refusal(PullFault::Unreachable, None)),
            row(PushOutcome::Failed("out of cheese".into())),
            PushRow { ship: None, ..row(PushOutcome::NotThere(vec!["a".to_owned(), "b".to_owned()])) },
            PushRow { ship: None, ..row(PushOutcome::Differs(vec!["a".to_owned(), "b".to_owned()])) },
        ];
        insta::assert_snapshot!(rows.iter().map(text).collect::<Vec<_>>().join("\n"));
        assert_eq!(schema::undescribed(&json("shop", &rows), schema::PUSH), [""; 0]);
    }
}
