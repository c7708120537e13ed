//! A case: a file and what the engines have, both as short text; and the plan of a command for it, as text.
//!
//! Ships answer, and have the images and the network of the environment, unless the text says otherwise. Its lines:
//!
//! ```text
//! a: WORD…              what a ship is like: `silent`, `not-asked`, `no-images`, `no-network`, `network-of OTHER`,
//!                       `old-network`, `engine ID`, `new-image IMAGE`, `declares IMAGE PATH`, `left INSTANCE PATH`,
//!                       `volume NAME ENVIRONMENT` (`-` for a volume without labels), `copy NAME SHIP`, `kept NAME SHIP`, `restoring NAME`,
//!                       `revision N now`, `revision N old`, `revision N unreadable`
//! a/web-1: STATE WORD…  a container: `old`, `of INSTANCE`, `unmanaged`, `labelled ENVIRONMENT`, `without-hash`,
//!                       `up new`, `up young`, `up unhealthy`, `anonymous PATH`, `has CONTAINER PATH`
//! ```
//!
//! A container is made from what the file says of its instance; an `old` one, and one that the file does not declare,
//! from what the older file ([`Case::was`]) says.

use std::collections::{BTreeMap, BTreeSet};

use super::{engines, text};
use maestro_core::{
    model::{Environment, InstanceId, placement::Whereabouts},
    observed::{Observed, ShipState, revision::Author},
    plan::{
        Orphan, Plan,
        apply::{self, ApplyOptions},
        down::{self, DownOptions},
        images,
        orphan_scope::OrphanScope,
        orphans,
        pause::{self, PauseMethod},
        restart,
        revision::{self, rollback},
        start,
        stop::{self, StopMethod, StopOptions},
        tidy::{self, CleanOptions},
        volume_move,
        whereabouts::whereabouts,
    },
};
use maestro_file::{
    document::{file, load::load},
    resolve::{Surroundings, resolve},
};

/// A file, what the engines have, and the instances that a command is for.
pub(super) struct Case {
    pub environment: Environment,
    pub observed: Observed,
    selected: BTreeSet<InstanceId>,
    old: Environment,
    file: String,
    seen: String,
}

/// The environment that a file's text describes.
pub(super) fn environment(text: &str) -> Environment {
    environment_placed(text, Whereabouts::UNKNOWN)
}

/// The same with instances that were found there.
fn environment_placed(text: &str, whereabouts: &Whereabouts) -> Environment {
    let (directory, variables) = (std::path::Path::new("/"), BTreeMap::new());
    let mut loaded = load("maestro.yaml", text.as_bytes().to_vec(), directory, &variables);
    let document = loaded.yaml.as_ref().and_then(|yaml| file::read(yaml, &mut loaded.diagnostics));
    let surroundings = Surroundings { whereabouts, ..Surroundings::new(directory, &variables) };
    let read = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
    document
        .and_then(|document| {
            resolve(&document, &mut loaded.sources, &read, surroundings, &mut loaded.diagnostics)
        })
        .unwrap_or_else(|| panic!("{text}\n{:#?}", loaded.diagnostics))
}

/// Who carries plans out.
pub(super) fn author() -> Author {
    Author { by: "me@here".into(), command: "maestro apply".into(), commit: None }
}

impl Case {
    /// A file that nothing runs of.
    pub(super) fn of(file: &str) -> Self {
        let environment = environment(file);
        let observed = engines::read("", &environment, &environment);
        let selected = environment.instance_ids().collect();
        let (file, seen) = (file.to_owned(), String::new());
        Self { old: environment.clone(), environment, observed, selected, file, seen }
    }

    /// What the file said before.
    pub(super) fn was(mut self, file: &str) -> Self {
        self.old = environment(file);
        self
    }

    /// What the engines have.
    pub(super) fn sees(mut self, text: &str) -> Self {
        self.observed = engines::read(text, &self.environment, &self.old);
        text.clone_into(&mut self.seen);
        self
    }

    /// A ship does not answer any more that did so a moment ago.
    pub(super) fn loses(mut self, ship: &str) -> Self {
        let ids: Vec<_> = self.environment.ship_ids().collect();
        let id =
            ids.into_iter().find(|id| self.environment.ship(*id).name == ship).expect("a ship of that name");
        let mut states = self.observed.ships.clone();
        states[id.0] = ShipState::Unreachable { reason: "connection refused".into() };
        self.observed.renew(&self.environment, states);
        self
    }

    /// Instances are placed again with where they were found, as every command that contacts engines does.
    pub(super) fn placed(self) -> Self {
        self.placed_with(Whereabouts::default())
    }

    /// The same with what a command asks of placement.
    pub(super) fn placed_with(mut self, asked: Whereabouts) -> Self {
        let Whereabouts { found, begun, silent, .. } = whereabouts(&self.environment, &self.observed);
        self.environment = environment_placed(&self.file, &Whereabouts { found, begun, silent, ..asked });
        self.old = self.environment.clone();
        self.selected = self.environment.instance_ids().collect();
        self.observed = engines::read(&self.seen, &self.environment, &self.old);
        self
    }

    /// The ship of each instance.
    pub(super) fn ships(&self) -> String {
        let instances = self.environment.instances.iter();
        let lines = instances.map(|one| format!("{} {}", one.name, self.environment.ship(one.ship).name));
        lines.collect::<Vec<_>>().join(", ")
    }

    /// The command is for these instances alone.
    pub(super) fn only(mut self, names: &[&str]) -> Self {
        let is_named = |id: &InstanceId| names.contains(&self.environment.instance(*id).name.as_str());
        self.selected = self.environment.instance_ids().filter(is_named).collect();
        assert_eq!(self.selected.len(), names.len(), "{names:?}");
        self
    }

    pub(super) fn text(&self, plan: &Plan) -> String {
        text::of(plan, &self.environment)
    }

    /// What happens to each instance, container, network and record.
    pub(super) fn changes(&self, plan: &Plan) -> String {
        text::changes(plan, &self.environment)
    }

    pub(super) fn changes_of_apply(&self, options: ApplyOptions) -> String {
        self.changes(&self.applied(options))
    }

    pub(super) fn changes_of_restart(&self, options: restart::RestartOptions) -> String {
        self.changes(&restart::plan(&self.environment, &self.observed, &self.selected, options))
    }

    pub(super) fn changes_of_stop(&self, how: StopMethod) -> String {
        let options = StopOptions { how, adopt: false, ignore_dependencies: false };
        self.changes(&stop::plan(&self.environment, &self.observed, &self.selected, options))
    }

    pub(super) fn changes_of_clean(&self) -> String {
        self.changes(&tidy::plan_clean(&self.environment, &self.observed, &self.selected, false))
    }

    pub(super) fn start(&self) -> String {
        self.start_with(start::StartOptions::default())
    }

    pub(super) fn start_with(&self, options: start::StartOptions) -> String {
        self.text(&start::plan(&self.environment, &self.observed, &self.selected, options))
    }

    pub(super) fn stop(&self) -> String {
        self.stop_with(StopMethod::Stop, false, false)
    }

    pub(super) fn stop_with(&self, how: StopMethod, adopt: bool, ignore_dependencies: bool) -> String {
        let options = StopOptions { how, adopt, ignore_dependencies };
        self.text(&stop::plan(&self.environment, &self.observed, &self.selected, options))
    }

    /// The plan of a stop or kill of named orphans alone.
    pub(super) fn stop_orphans(&self, how: StopMethod, names: &[&str]) -> String {
        let options = StopOptions { how, adopt: false, ignore_dependencies: false };
        let (nothing, orphans) = (BTreeSet::new(), self.named(names));
        self.text(&stop::plan_with(&self.environment, &self.observed, &nothing, &orphans, options))
    }

    pub(super) fn restart(&self, options: restart::RestartOptions) -> String {
        self.text(&restart::plan(&self.environment, &self.observed, &self.selected, options))
    }

    pub(super) fn apply(&self) -> String {
        self.apply_with(ApplyOptions::PLAIN)
    }

    pub(super) fn apply_with(&self, options: ApplyOptions) -> String {
        self.text(&self.applied(options))
    }

    pub(super) fn prune(&self, names: &[&str]) -> String {
        self.apply_things(names, ApplyOptions { prune: true, ..ApplyOptions::PLAIN })
    }

    /// The plan of an `apply` with these names.
    pub(super) fn apply_named(&self, names: &[&str]) -> String {
        self.apply_things(names, ApplyOptions::PLAIN)
    }

    /// The plan of an `apply` with this `--container-filter`.
    pub(super) fn apply_filtered(&self, filter: &str, options: ApplyOptions) -> String {
        let scope = OrphanScope::of(&[], Some(filter)).expect("a pattern");
        let (environment, observed) = (&self.environment, &self.observed);
        self.text(&apply::plan_pruning(environment, observed, &self.selected, options, &scope))
    }

    fn apply_things(&self, names: &[&str], options: ApplyOptions) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let (environment, observed) = (&self.environment, &self.observed);
        self.text(&apply::plan_pruning(
            environment,
            observed,
            &self.selected,
            options,
            &OrphanScope::named(&names),
        ))
    }

    fn applied(&self, options: ApplyOptions) -> Plan {
        apply::plan(&self.environment, &self.observed, &self.selected, options)
    }

    /// The plan of an `apply` with the steps that record its result.
    pub(super) fn recorded(&self) -> String {
        let plan = self.applied(ApplyOptions::PLAIN);
        self.text(&revision::recorded(plan, &self.environment, &self.observed, &author()))
    }

    /// The same as a plan.
    pub(super) fn recorded_plan(&self) -> Plan {
        let plan = self.applied(ApplyOptions::PLAIN);
        revision::recorded(plan, &self.environment, &self.observed, &author())
    }

    /// The plan of a `clean --images`.
    pub(super) fn clean_images(&self) -> String {
        let plan = tidy::plan_clean(&self.environment, &self.observed, &self.selected, false);
        let plan = revision::forgotten(plan, &self.environment, &self.observed);
        self.text(&images::with_images(plan, &self.environment, &self.observed, &BTreeSet::new()))
    }

    /// The plan of a `down --images`.
    pub(super) fn down_images(&self) -> String {
        let plan = down::plan(&self.environment, &self.observed, &self.selected, DownOptions::default());
        let plan = revision::forgotten(plan, &self.environment, &self.observed);
        self.text(&images::with_images(plan, &self.environment, &self.observed, &self.selected))
    }

    pub(super) fn pull(&self) -> String {
        self.text(&tidy::plan_pull(&self.environment, &self.observed, &self.selected))
    }

    pub(super) fn clean(&self) -> String {
        self.text(&tidy::plan_clean(&self.environment, &self.observed, &self.selected, false))
    }

    pub(super) fn clean_with(&self, options: CleanOptions<'_>) -> String {
        let (environment, observed) = (&self.environment, &self.observed);
        self.text(&tidy::plan_clean_with(environment, observed, &self.selected, options))
    }

    /// The plan of a `clean` with the steps that remove records.
    pub(super) fn clean_and_forget(&self) -> String {
        let plan = tidy::plan_clean(&self.environment, &self.observed, &self.selected, false);
        self.text(&revision::forgotten(plan, &self.environment, &self.observed))
    }

    pub(super) fn down(&self) -> String {
        self.down_with(DownOptions::default())
    }

    pub(super) fn down_with(&self, options: DownOptions<'_>) -> String {
        self.text(&down::plan(&self.environment, &self.observed, &self.selected, options))
    }

    /// The plan of a `down` with the steps that remove records.
    pub(super) fn down_and_forget(&self) -> String {
        let plan = down::plan(&self.environment, &self.observed, &self.selected, DownOptions::default());
        self.text(&revision::forgotten(plan, &self.environment, &self.observed))
    }

    pub(super) fn pause(&self, method: PauseMethod) -> String {
        self.text(&pause::plan(&self.environment, &self.observed, &self.selected, method))
    }

    /// The plan of a `volume move` of the only selected instance.
    pub(super) fn move_volumes(&self, leaves_others: bool) -> String {
        let &id = self.selected.first().expect("an instance");
        self.text(&volume_move::plan(&self.environment, &self.observed, id, leaves_others))
    }

    /// The plan of a rollback, or what is missing for it.
    pub(super) fn rollback(&self, number: Option<u64>) -> String {
        match rollback::plan(&self.environment, &self.observed, number, ApplyOptions::PLAIN) {
            Ok(rollback) => text::of(&rollback.plan, &rollback.environment),
            Err(missing) => {
                let lines: Vec<String> = missing.iter().map(|one| format!("missing: {one:?}")).collect();
                text::named(&lines.join("\n"), &self.environment)
            }
        }
    }

    /// The orphans of these names.
    pub(super) fn named(&self, names: &[&str]) -> Vec<Orphan> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        orphans::named(&self.environment, &self.observed, &names)
    }
}
