//! What has changed between a plan that was saved and the same plan made anew.

mod changing;
mod json;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use changing::changing;
use json::{is_verification, items, text};

use super::saved::{Saved, SavedInstance, SavedShip};

/// Keys of a plan that say why, in words with times and lines in them, and what follows from the steps. What they are
/// about is compared as data.
const WORDS: [&str; 7] = ["reason", "remark", "remarks", "file", "line", "changes", "number"];
/// Keys of a step that say when. Its number, and with it those of others, moves with every one that is added; so does
/// that of its compensation.
const ORDER: [&str; 3] = ["id", "after", "compensation"];

/// One thing that is otherwise than it was when the plan was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Divergence {
    /// The file says something else.
    Declared {
        /// A service's name, or an instance's.
        name: String,
        /// Whether it is a service.
        is_service: bool,
        /// How so.
        how: DivergenceKind,
    },
    /// A ship that answered does not.
    Silent {
        /// The ship.
        ship: String,
        /// Why, in a sentence.
        reason: String,
    },
    /// A ship answers that did not.
    Answers {
        /// The ship.
        ship: String,
    },
    /// A ship has another engine.
    Engine {
        /// The ship.
        ship: String,
    },
    /// An instance has another container, or one where there was none, or none where there was one.
    Container {
        /// The instance.
        instance: String,
        /// The id of the one that was there.
        was: Option<String>,
        /// The id of the one that is.
        is: Option<String>,
    },
    /// An instance's container does something else.
    State {
        /// The instance.
        instance: String,
        /// What it did.
        was: String,
        /// What it does.
        is: String,
    },
    /// An instance's container was changed.
    Made {
        /// The instance.
        instance: String,
        /// The fields of it that differ from the file in another way than before, where these can be told.
        fields: BTreeSet<String>,
    },
    /// A ship has another image of that name.
    Image {
        /// The ship.
        ship: String,
        /// The image's reference.
        image: String,
        /// How so.
        how: DivergenceKind,
    },
    /// A container that the file does not declare.
    Orphan {
        /// The ship.
        ship: String,
        /// Its name.
        container: String,
        /// How so.
        how: DivergenceKind,
    },
    /// Something else would be done.
    Steps {
        /// An instance's name, an orphan's, or a ship's.
        whom: String,
        /// What was to be done.
        was: Vec<String>,
        /// What would be.
        is: Vec<String>,
    },
    /// Something else about the plan, as its order.
    Plan,
}

/// How something is otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DivergenceKind {
    /// It was not there.
    New,
    /// It is not there any more.
    Gone,
    /// It is another.
    Other,
}

impl DivergenceKind {
    fn between<T: PartialEq>(was: Option<&T>, is: Option<&T>) -> Option<Self> {
        match (was, is) {
            (None, Some(_)) => Some(Self::New),
            (Some(_), None) => Some(Self::Gone),
            (was, is) => (was != is).then_some(Self::Other),
        }
    }
}

impl Saved {
    /// All that keeps this plan from being carried out, where `now` is the same made anew: nothing if it is what it was.
    #[must_use]
    pub fn changes(&self, now: &Self) -> Vec<Divergence> {
        let mut changes = self.declared(now);
        let ships = self.heard(now);
        let is_same_ground = changes.is_empty() && ships.is_empty();
        let elsewhere: BTreeSet<&str> = ships.iter().filter_map(Divergence::ship).collect();
        changes.extend(self.found(now, &elsewhere));
        changes.extend(self.orphans(now, &elsewhere));
        if is_same_ground {
            let told: BTreeSet<String> = changes.iter().filter_map(Divergence::instance).collect();
            changes.extend(self.steps(now).into_iter().filter(|steps| match steps {
                Divergence::Steps { whom, .. } => !told.contains(whom),
                _ => true,
            }));
        }
        changes.extend(ships);
        let is_same_plan = || is_same(&changing(&self.plan), &changing(&now.plan), &WORDS);
        let is_other = || self.asked.instances != now.asked.instances || !is_same_plan();
        if changes.is_empty() && is_other() {
            changes.push(Divergence::Plan);
        }
        changes
    }

    fn declared(&self, now: &Self) -> Vec<Divergence> {
        let (was, is) = (&self.declared, &now.declared);
        let both = [(true, &was.services, &is.services), (false, &was.instances, &is.instances)];
        let each = both.into_iter().flat_map(|(is_service, was, is)| {
            names(was, is).into_iter().filter_map(move |name| {
                let how = DivergenceKind::between(was.get(name), is.get(name))?;
                Some(Divergence::Declared { name: name.to_owned(), is_service, how })
            })
        });
        each.collect()
    }

    fn heard(&self, now: &Self) -> Vec<Divergence> {
        let each = names(&self.ships, &now.ships).into_iter().filter_map(|name| {
            let ship = name.to_owned();
            match (self.ships.get(name), now.ships.get(name)) {
                (Some(SavedShip::Engine(_)), Some(SavedShip::Silent(reason))) => {
                    Some(Divergence::Silent { ship, reason: reason.clone() })
                }
                (Some(SavedShip::Silent(_)), Some(SavedShip::Engine(_))) => {
                    Some(Divergence::Answers { ship })
                }
                (Some(SavedShip::Engine(Some(was))), Some(SavedShip::Engine(Some(is)))) => {
                    (was != is).then_some(Divergence::Engine { ship })
                }
                // One that nothing is asked of, or that does not say who it is, is told by what is found on it.
                _ => None,
            }
        });
        each.collect()
    }

    /// What is otherwise with containers and images of instances for which something is done. `elsewhere` are ships that
    /// cannot be compared.
    fn found(&self, now: &Self, elsewhere: &BTreeSet<&str>) -> Vec<Divergence> {
        let touched: BTreeSet<&str> = touched(&self.plan).chain(touched(&now.plan)).collect();
        // Where the file says something else too, what differs now does not tell which of the two it comes from.
        let is_same_file = self.declared == now.declared;
        let mut images = BTreeSet::new();
        let mut changes = Vec::new();
        for name in touched {
            let (Some(was), Some(is)) = (self.found.get(name), now.found.get(name)) else { continue };
            if was.ship != is.ship || elsewhere.contains(was.ship.as_str()) {
                continue;
            }
            changes.extend(container((self, was), (now, is), name, is_same_file));
            if was.image == is.image
                && let Some(how) = DivergenceKind::between(was.image_id.as_ref(), is.image_id.as_ref())
            {
                let (ship, image) = (&is.ship, &is.image);
                if images.insert((ship, image)) {
                    changes.push(Divergence::Image { ship: ship.clone(), image: image.clone(), how });
                }
            }
        }
        changes
    }

    fn orphans(&self, now: &Self, elsewhere: &BTreeSet<&str>) -> Vec<Divergence> {
        let (was, is) = (orphans(&self.plan), orphans(&now.plan));
        let keys: BTreeSet<&(&str, &str)> = was.keys().chain(is.keys()).collect();
        let each = keys.into_iter().filter(|(ship, _)| !elsewhere.contains(ship)).filter_map(|key| {
            let how = match (was.get(key), is.get(key)) {
                (Some(was), Some(is)) if is_same(was, is, &WORDS) => return None,
                (Some(_), Some(_)) => DivergenceKind::Other,
                (None, _) => DivergenceKind::New,
                (_, None) => DivergenceKind::Gone,
            };
            Some(Divergence::Orphan { ship: key.0.to_owned(), container: key.1.to_owned(), how })
        });
        each.collect()
    }

    /// Those for whom something else would be done.
    fn steps(&self, now: &Self) -> Vec<Divergence> {
        let (was, is) = (steps(&self.plan), steps(&now.plan));
        let words = |steps: Option<&Vec<&Value>>| -> Vec<String> {
            let all = steps.into_iter().flatten();
            all.map(|step| text(step, "action").to_owned()).collect()
        };
        let each = names(&was, &is).into_iter().filter_map(|whom| {
            let (was, is) = (was.get(whom), is.get(whom));
            let is_same_step =
                |(was, is): (&&Value, &&Value)| is_same(was, is, &[&WORDS[..], &ORDER].concat());
            let is_same = matches!((was, is), (Some(was), Some(is))
                if was.len() == is.len() && was.iter().zip(is).all(is_same_step));
            (!is_same).then(|| Divergence::Steps { whom: whom.to_owned(), was: words(was), is: words(is) })
        });
        each.collect()
    }
}

impl Divergence {
    /// The ship that cannot be compared because of it.
    fn ship(&self) -> Option<&str> {
        match self {
            Self::Silent { ship, .. } | Self::Answers { ship } | Self::Engine { ship } => Some(ship),
            _ => None,
        }
    }

    fn instance(&self) -> Option<String> {
        match self {
            Self::Container { instance, .. } | Self::State { instance, .. } | Self::Made { instance, .. } => {
                Some(instance.clone())
            }
            Self::Orphan { container, .. } => Some(container.clone()),
            _ => None,
        }
    }
}

/// What is otherwise with an instance's container.
fn container(
    (then, was): (&Saved, &SavedInstance),
    (now, is): (&Saved, &SavedInstance),
    name: &str,
    is_same_file: bool,
) -> Option<Divergence> {
    let instance = name.to_owned();
    if was.container != is.container {
        return Some(Divergence::Container {
            instance,
            was: was.container.clone(),
            is: is.container.clone(),
        });
    }
    if was.state != is.state {
        let word = |state: &Option<String>| state.clone().unwrap_or_default();
        return Some(Divergence::State { instance, was: word(&was.state), is: word(&is.state) });
    }
    let fields = || {
        if !is_same_file {
            return BTreeSet::new();
        }
        let (was, is) = (differing(&then.plan, name), differing(&now.plan, name));
        let is_same = |field: &str| match (was.get(field), is.get(field)) {
            (Some(was), Some(is)) => is_same(was, is, &WORDS),
            _ => false,
        };
        let changed = names(&was, &is).into_iter().filter(|field| !is_same(field));
        changed.map(str::to_owned).collect()
    };
    (was.made != is.made).then(|| Divergence::Made { instance, fields: fields() })
}

fn names<'a, T>(was: &'a BTreeMap<String, T>, is: &'a BTreeMap<String, T>) -> BTreeSet<&'a str> {
    was.keys().chain(is.keys()).map(String::as_str).collect()
}

/// The instances for which something is done.
fn touched(plan: &Value) -> impl Iterator<Item = &str> {
    let steps = items(plan, "steps").filter(|step| !is_verification(step));
    steps.filter_map(|step| step.get("instance")?.as_str())
}

/// What is done, by instance, orphan or ship.
fn steps(plan: &Value) -> BTreeMap<String, Vec<&Value>> {
    let mut all: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for step in items(plan, "steps").filter(|step| !is_verification(step)) {
        // What is done for no instance is done to an orphan, or to what a ship's instances share.
        let orphan = || step.get("details").and_then(|details| details.get("container")?.as_str());
        let whom = step.get("instance").and_then(Value::as_str).or_else(orphan);
        let whom = whom.unwrap_or_else(|| text(step, "ship"));
        all.entry(whom.to_owned()).or_default().push(step);
    }
    all
}

/// The orphans, by ship and name.
fn orphans(plan: &Value) -> BTreeMap<(&str, &str), &Value> {
    let each = items(plan, "orphans");
    each.map(|orphan| ((text(orphan, "ship"), text(orphan, "container")), orphan)).collect()
}

/// What differs of an instance, by field.
fn differing<'a>(plan: &'a Value, instance: &str) -> BTreeMap<String, &'a Value> {
    let own = items(plan, "differing").filter(|differing| text(differing, "instance") == instance);
    let differences = own.flat_map(|differing| items(differing, "differences"));
    differences.map(|difference| (text(difference, "field").to_owned(), difference)).collect()
}

/// Whether two parts of plans are the same but for these keys, wherever they stand.
fn is_same(was: &Value, is: &Value, but: &[&str]) -> bool {
    match (was, is) {
        (Value::Object(was), Value::Object(is)) => {
            let compared = |key: &&String| !but.contains(&key.as_str());
            was.keys().filter(compared).count() == is.keys().filter(compared).count()
                && was
                    .iter()
                    .filter(|(key, _)| compared(key))
                    .all(|(key, was)| is.get(key).is_some_and(|is| is_same(was, is, but)))
        }
        (Value::Array(was), Value::Array(is)) => {
            was.len() == is.len() && was.iter().zip(is).all(|(was, is)| is_same(was, is, but))
        }
        (was, is) => was == is,
    }
}
