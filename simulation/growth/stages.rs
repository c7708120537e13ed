//! The stages that are measured, each a function of its own, for `scripts/instructions` finds them by their names: none may
//! be inlined, and none be the same as another.

use std::{hint::black_box, sync::Arc};

use maestro_core::{
    event::Summary,
    model::Environment,
    observed::Observed,
    plan::{
        Plan,
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
    },
    source::Sources,
};
use maestro_file::{compose::LoadedProject, document::file::Document};
use maestro_report::{json, plan as printed};

use crate::{
    compose::{self, ProjectTexts},
    fake_engines::{self, FakeEngines},
};

/// Templates, YAML and keys.
#[inline(never)]
pub fn document(text: &str) -> (Sources, Document) {
    fake_engines::read(text)
}

/// The model.
#[inline(never)]
pub fn resolve(document: &Document, sources: &mut Sources) -> Environment {
    fake_engines::resolved(document, sources)
}

/// The hashes of what containers are made from. They are made once, so plans after the first have them already.
#[inline(never)]
pub fn hashes(environment: &Environment) -> usize {
    environment.instances.iter().map(|instance| instance.container.hash().len()).sum()
}

/// A `start` where nothing is there.
#[inline(never)]
pub fn plan_start_of_all(environment: &Environment, observed: &Observed) -> Plan {
    black_box("start of all");
    start::plan(environment, observed, &fake_engines::all(environment), StartOptions::default())
}

/// A `start` where all of it runs.
#[inline(never)]
pub fn plan_start_of_nothing(environment: &Environment, observed: &Observed) -> Plan {
    black_box("start of nothing");
    start::plan(environment, observed, &fake_engines::all(environment), StartOptions::default())
}

/// An `apply` where nothing is there, with what it records.
#[inline(never)]
pub fn plan_apply_of_all(environment: &Environment, observed: &Observed) -> Plan {
    black_box("apply of all");
    fake_engines::applied(environment, observed)
}

/// An `apply` where all of it runs as the file says, with a look at what is recorded.
#[inline(never)]
pub fn plan_apply_of_nothing(environment: &Environment, observed: &Observed) -> Plan {
    black_box("apply of nothing");
    fake_engines::applied(environment, observed)
}

/// An `apply` of an edited file, with what it records.
#[inline(never)]
pub fn plan_apply_of_one_change(environment: &Environment, observed: &Observed) -> Plan {
    black_box("apply of one change");
    fake_engines::applied(environment, observed)
}

/// A `stop` of all that runs.
#[inline(never)]
pub fn plan_stop_of_all(environment: &Environment, observed: &Observed) -> Plan {
    let options = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
    stop::plan(environment, observed, &fake_engines::all(environment), options)
}

/// A whole `apply` on engines in memory: it asks, plans, takes the lease, asks and plans anew, carries out.
#[inline(never)]
pub fn execution(environment: &Arc<Environment>, fake_engines: &FakeEngines) -> Summary {
    fake_engines::at_once(fake_engines.change(environment, fake_engines::applied))
}

/// A plan for people.
#[inline(never)]
pub fn report_text(plan: &Plan, environment: &Environment, sources: &Sources) -> String {
    printed::text(plan, environment, sources, printed::View { steps: true, colour: false })
}

/// A plan for programs.
#[inline(never)]
pub fn report_json(plan: &Plan, environment: &Environment, sources: &Sources) -> String {
    json::pretty(&printed::json(plan, environment, sources)).expect("a plan has a JSON form")
}

/// A Compose project: YAML, variables, merging, names.
#[inline(never)]
pub fn compose_load(texts: &ProjectTexts) -> LoadedProject {
    compose::load(texts)
}

/// The model of a Compose project.
#[inline(never)]
pub fn compose_resolve(loaded: &LoadedProject, texts: &ProjectTexts) -> Environment {
    compose::resolve(loaded, texts)
}

/// An `apply` of a Compose project where nothing is there, with what it records.
#[inline(never)]
pub fn compose_plan(environment: &Environment, observed: &Observed) -> Plan {
    black_box("apply of a Compose project");
    fake_engines::applied(environment, observed)
}
