//! What the stages start from, made once for each number of instances.

use std::{
    collections::BTreeMap,
    hint::black_box,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use maestro_core::{
    model::{Environment, container::ContainerSpec},
    observed::Observed,
    plan::Plan,
    source::Sources,
};
use maestro_file::document::file::Document;

use crate::{
    compose,
    dataset::{self, PER_SHIP},
    fake_engines::{self, FakeEngines, at_once},
    stages,
};

/// A dataset, and what engines say of it.
pub struct Prepared {
    pub text: String,
    pub sources: Sources,
    pub document: Document,
    pub environment: Arc<Environment>,
    nothing: OnceLock<Observed>,
    running: OnceLock<Observed>,
    changed: OnceLock<Environment>,
    plan: OnceLock<Plan>,
}

impl Prepared {
    fn new(instances: usize, per_ship: usize) -> Self {
        let text = dataset::yaml(instances, per_ship);
        let (mut sources, document) = stages::document(&text);
        let environment = stages::resolve(&document, &mut sources);
        assert_eq!(environment.instances.len(), instances);
        Self::of(text, sources, document, environment)
    }

    fn of(text: String, sources: Sources, document: Document, environment: Environment) -> Self {
        let (nothing, running) = (OnceLock::new(), OnceLock::new());
        let (changed, plan) = (OnceLock::new(), OnceLock::new());
        Self { text, sources, document, environment: Arc::new(environment), nothing, running, changed, plan }
    }

    /// What empty engines say.
    pub fn nothing(&self) -> &Observed {
        self.nothing.get_or_init(|| {
            at_once(async { FakeEngines::new(&self.environment).observe(&self.environment).await })
        })
    }

    /// What engines say when all of it runs and is recorded.
    pub fn running(&self) -> &Observed {
        self.running.get_or_init(|| {
            let fake_engines = FakeEngines::new(&self.environment);
            let summary = stages::execution(&self.environment, &fake_engines);
            assert_eq!(summary.failed + summary.not_started, 0, "{summary:?}");
            at_once(fake_engines.observe(&self.environment))
        })
    }

    /// The environment after an edit of one instance.
    pub fn changed(&self) -> &Environment {
        self.changed.get_or_init(|| {
            let mut changed = Environment::clone(&self.environment);
            let middle = changed.instances.len() / 2;
            changed.instances[middle].container.env.insert("EDITED".to_owned(), Some("yes".to_owned()));
            changed
        })
    }

    /// The same environment, of which no hash was made yet.
    pub fn unhashed(&self) -> Environment {
        let mut unhashed = Environment::clone(&self.environment);
        for instance in &mut unhashed.instances {
            instance.container = ContainerSpec::clone(&instance.container).into();
        }
        unhashed
    }

    /// The plan of an `apply` that makes all of it.
    pub fn plan(&self) -> &Plan {
        self.plan.get_or_init(|| fake_engines::applied(&self.environment, self.nothing()))
    }
}

/// Kept, for a large one takes seconds to make.
fn kept(instances: usize, per_ship: usize) -> &'static Prepared {
    static KEPT: Mutex<BTreeMap<(usize, usize), &'static Prepared>> = Mutex::new(BTreeMap::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry((instances, per_ship))
        .or_insert_with(|| Box::leak(Box::new(Prepared::new(instances, per_ship))))
}

/// A dataset with so many ships as a real one would have.
pub fn prepared(instances: usize) -> &'static Prepared {
    kept(instances, PER_SHIP)
}

/// A dataset with one ship.
pub fn on_one_ship(instances: usize) -> &'static Prepared {
    kept(instances, instances)
}

/// Goes through each stage once: for a program that counts their instructions.
pub fn each_once(instances: usize) {
    let text = dataset::yaml(instances, PER_SHIP);
    let (mut sources, document) = stages::document(&text);
    let environment = stages::resolve(&document, &mut sources);
    let dataset = Prepared::of(text, sources, document, environment);
    let (environment, nothing) = (&dataset.environment, dataset.nothing());
    black_box(stages::hashes(environment));
    black_box(stages::plan_start_of_all(environment, nothing));
    let plan = stages::plan_apply_of_all(environment, nothing);
    black_box(stages::report_text(&plan, environment, &dataset.sources));
    black_box(stages::report_json(&plan, environment, &dataset.sources));
    let fake_engines = FakeEngines::new(environment);
    black_box(stages::execution(environment, &fake_engines));
    let running = at_once(fake_engines.observe(environment));
    black_box(stages::plan_start_of_nothing(environment, &running));
    black_box(stages::plan_apply_of_nothing(environment, &running));
    black_box(stages::plan_apply_of_one_change(dataset.changed(), &running));
    black_box(stages::plan_stop_of_all(environment, &running));
    let texts = compose::project(instances);
    let loaded = stages::compose_load(&texts);
    let environment = stages::compose_resolve(&loaded, &texts);
    let nothing = at_once(FakeEngines::new(&environment).observe(&environment));
    black_box(stages::compose_plan(&environment, &nothing));
}

/// Prints the file of a dataset.
#[expect(clippy::print_stdout, reason = "somebody wants to see it")]
pub fn print(instances: usize) {
    print!("{}", dataset::yaml(instances, PER_SHIP));
}

/// Prints the Compose file of a project.
#[expect(clippy::print_stdout, reason = "somebody wants to see it")]
pub fn print_project(services: usize) {
    let texts = compose::project(services);
    print!("{}", texts.iter().find(|(path, _)| path.ends_with("compose.yaml")).map_or("", |(_, text)| text));
}
