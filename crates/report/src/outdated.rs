//! Whether tags stand for other images now than those that instances run.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    explain::{engine, preflight::look_failure, registry},
    id::short_id,
    images::age,
    table::{Column, lines},
    text::harmless,
};
use maestro_core::{
    event::LookFailure,
    fault::EngineFault,
    model::registry::{ImageRefusal, registry_of},
};

/// The image of one container, and what its registry has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutdatedRow {
    /// The instance, or the container of an orphan.
    pub name: String,
    /// Its ship.
    pub ship: String,
    /// The reference that it was made from.
    pub reference: String,
    /// The id of its image.
    pub id: String,
    /// The digest that its registry knows it under, if it came from one.
    pub digest: Option<String>,
    /// When it was built, if it says so.
    pub created: Option<Timestamp>,
    /// What it is beside what its registry has now.
    pub freshness: Freshness,
}

/// What an image is beside what its registry has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// The very image that the tag stands for.
    Current,
    /// The tag stands for another one.
    Outdated {
        /// Its digest.
        digest: String,
        /// When it was built, if its ship has it and it says so.
        created: Option<Timestamp>,
    },
    /// It is named by its digest, which stands for no other.
    Pinned,
    /// It came from no registry: it was built on the ship, or carried there.
    Local,
    /// Its ship does not have it any more, so nobody knows where it came from.
    Gone,
    /// The registry did not tell.
    Unknown(Box<UnknownReason>),
}

/// Why a registry did not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownReason {
    /// It refused.
    Refused {
        /// Why.
        refusal: ImageRefusal,
        /// The engine's words.
        words: EngineFault,
        /// The ship that it was asked from.
        ship: String,
    },
    /// The ship that it was to be asked from did not answer.
    Silent {
        /// The image.
        image: String,
        /// The ship.
        ship: String,
        /// What happened.
        failure: LookFailure,
    },
}

impl UnknownReason {
    /// What is wrong, in a sentence.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Refused { refusal, words, ship } => {
                format!("{}: {}", registry::cause(refusal, ship), engine::sentence(words))
            }
            Self::Silent { image, ship, failure } => {
                format!("{} could not be asked on ship {ship}: {}", registry_of(image), look_failure(failure))
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn next(&self) -> String {
        match self {
            Self::Refused { refusal, ship, .. } => registry::next(refusal, ship),
            Self::Silent { ship, .. } => format!("check ship {ship}, then try again"),
        }
    }

    /// Both, about the image.
    #[must_use]
    pub fn text(&self) -> String {
        let image = match self {
            Self::Refused { refusal, .. } => &refusal.image,
            Self::Silent { image, .. } => image,
        };
        format!("image {image}: {}; {}", self.cause(), self.next())
    }
}

impl Freshness {
    /// Its word in tables and JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Outdated { .. } => "outdated",
            Self::Pinned => "pinned",
            Self::Local => "local",
            Self::Gone => "gone",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Whether the tag stands for another image now.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        matches!(self, Self::Outdated { .. })
    }
}

const COLUMNS: [Column; 6] = [
    Column::left("INSTANCE"),
    Column::left("SHIP"),
    Column::left("IMAGE"),
    Column::left("STATE"),
    Column::left("CREATED"),
    Column::left("NOTE"),
];

/// The table.
#[must_use]
pub fn text(rows: &[OutdatedRow], now: Timestamp, columns: Option<usize>) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let created = row.created.map_or_else(|| "-".to_owned(), |created| age(created, now));
            let (name, ship, reference) = (row.name.clone(), row.ship.clone(), row.reference.clone());
            let word = row.freshness.word().to_owned();
            vec![name, ship, reference, word, created, note(&row.freshness, now)]
        })
        .collect();
    lines(&COLUMNS, &cells, columns).join("\n") + "\n"
}

fn note(freshness: &Freshness, now: Timestamp) -> String {
    match freshness {
        Freshness::Current => String::new(),
        Freshness::Outdated { digest, created: None } => format!("the tag is {} now", short_id(digest)),
        Freshness::Outdated { digest, created: Some(created) } => {
            format!("the tag is {} now, created {}", short_id(digest), age(*created, now))
        }
        Freshness::Pinned => "named by its digest".to_owned(),
        Freshness::Local => "built or loaded: from no registry".to_owned(),
        Freshness::Gone => "its ship does not have the image any more".to_owned(),
        Freshness::Unknown(_) => "the registry did not tell".to_owned(),
    }
}

/// The names of outdated instances, a line each.
#[must_use]
pub fn names(rows: &[OutdatedRow]) -> String {
    let outdated = rows.iter().filter(|row| row.freshness.is_outdated());
    let names: Vec<_> = outdated.map(|row| harmless(&row.name)).collect();
    names.join("\n")
}

/// What to type to replace outdated instances; none if there are none.
#[must_use]
pub fn next(rows: &[OutdatedRow], instances: &[String], invocation: &str) -> Option<String> {
    const SHOWN: usize = 5;
    let outdated = rows.iter().filter(|row| row.freshness.is_outdated()).count();
    let things = match instances {
        [] => return None,
        few if few.len() <= SHOWN => format!(" {}", few.join(" ")),
        _ => String::new(),
    };
    let what =
        if outdated == 1 { "1 instance is outdated" } else { &*format!("{outdated} instances are outdated") };
    Some(format!("{what}: `{invocation} apply --pull{things}` pulls and replaces"))
}

/// Says that an image is pulled before anything is planned.
#[must_use]
pub fn pulled_first(reference: &str, ship: &str, digest: &str) -> String {
    format!("image {reference} is pulled first on ship {ship}: the tag is {} now", short_id(digest))
}

/// The reasons of what is unknown, each once.
#[must_use]
pub fn unknown(rows: &[OutdatedRow]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for row in rows {
        let Freshness::Unknown(reason) = &row.freshness else { continue };
        let text = reason.text();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// The same for programs.
#[must_use]
pub fn json(environment: &str, rows: &[OutdatedRow]) -> Value {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let each = rows.iter().map(|row| {
        let (digest, created) = match &row.freshness {
            Freshness::Outdated { digest, created } => (Some(digest), *created),
            Freshness::Current => (row.digest.as_ref(), row.created),
            Freshness::Pinned | Freshness::Local | Freshness::Gone | Freshness::Unknown(_) => (None, None),
        };
        let reason = match &row.freshness {
            Freshness::Unknown(reason) => Some(reason),
            Freshness::Current
            | Freshness::Outdated { .. }
            | Freshness::Pinned
            | Freshness::Local
            | Freshness::Gone => None,
        };
        json!({
            "instance": row.name,
            "ship": row.ship,
            "image": row.reference,
            "state": row.freshness.word(),
            "id": row.id,
            "digest": row.digest,
            "created": time(row.created),
            "registry_digest": digest,
            "registry_created": time(created),
            "reason": reason.map(|reason| reason.cause()),
            "help": reason.map(|reason| reason.next()),
        })
    });
    json!({ "version": 1, "environment": environment, "instances": each.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;
    use maestro_core::model::registry::{LoginOrigin, PullFault};

    fn rows() -> Vec<OutdatedRow> {
        let now = 1_700_000_000;
        let at = |days: i64| Timestamp::from_second(now - days * 86_400).ok();
        let row = |name: &str, reference: &str, freshness| OutdatedRow {
            name: name.to_owned(),
            ship: "a".to_owned(),
            reference: reference.to_owned(),
            id: "sha256:0123456789abcdef0123".to_owned(),
            digest: Some("sha256:00ff00ff00ff00ff".to_owned()),
            created: at(90),
            freshness,
        };
        let limit = ImageRefusal {
            image: "mail:1".to_owned(),
            fault: PullFault::TooMany,
            user: None,
            origin: LoginOrigin::NotFound,
            problem: None,
        };
        let refused = UnknownReason::Refused {
            refusal: limit,
            words: "toomanyrequests: rate limit".into(),
            ship: "a".to_owned(),
        };
        let silent = UnknownReason::Silent {
            image: "api:1".to_owned(),
            ship: "b".to_owned(),
            failure: LookFailure::Timeout,
        };
        let digest = "sha256:fedcba9876543210".to_owned();
        vec![
            row("web-1", "web:1", Freshness::Outdated { digest: digest.clone(), created: at(2) }),
            row("web-2", "web:1", Freshness::Outdated { digest, created: None }),
            row("db-1", "db", Freshness::Current),
            row("job-1", "job@sha256:00", Freshness::Pinned),
            OutdatedRow { digest: None, ..row("own-1", "own", Freshness::Local) },
            OutdatedRow { digest: None, created: None, ..row("old-1", "old", Freshness::Gone) },
            row("mail-1", "mail:1", Freshness::Unknown(Box::new(refused.clone()))),
            row("mail-2", "mail:1", Freshness::Unknown(Box::new(refused))),
            row("api-1", "api:1", Freshness::Unknown(Box::new(silent))),
        ]
    }

    #[test]
    fn each_image_says_what_it_is() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        insta::assert_snapshot!(text(&rows(), now, None));
        insta::assert_snapshot!(unknown(&rows()).join("\n"));
        assert_eq!(names(&rows()), "web-1\nweb-2");
        let told = json("shop", &rows());
        assert_eq!(schema::undescribed(&told, schema::OUTDATED), [""; 0]);
        assert_eq!(told["instances"][0]["registry_digest"], "sha256:fedcba9876543210");
        assert!(told["instances"][2]["reason"].is_null() && told["instances"][6]["help"].is_string());
    }

    #[test]
    fn what_to_type_names_a_few_instances() {
        let few = ["web-1".to_owned(), "web-2".to_owned()];
        insta::assert_snapshot!(
            next(&rows(), &few, "maestro").unwrap(),
            @"2 instances are outdated: `maestro apply --pull web-1 web-2` pulls and replaces"
        );
        let many: Vec<String> = (0..9).map(|number| format!("web-{number}")).collect();
        insta::assert_snapshot!(
            next(&rows()[..1], &many, "maestro -f x.yaml").unwrap(),
            @"1 instance is outdated: `maestro -f x.yaml apply --pull` pulls and replaces"
        );
        assert_eq!(next(&rows()[2..], &[], "maestro"), None);
    }
}
