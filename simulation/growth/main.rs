//! How long it takes to read, resolve, plan, carry out and report datasets of 10 to 100,000 instances.
//! See "Benchmarks" in `CONTRIBUTING.md`.

mod compose;
mod dataset;
mod fake_engines;
mod prepared;
mod stages;

use divan::{Bencher, black_box};
use fake_engines::FakeEngines;
use prepared::prepared;

/// Numbers of instances.
const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];
/// The same, all on one ship: more than it has ports to publish them on.
const ON_ONE_SHIP: [usize; 4] = [10, 100, 1_000, 10_000];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["each-once", instances] => prepared::each_once(instances.parse().expect("a number of instances")),
        ["compose", services] => prepared::print_project(services.parse().expect("a number of services")),
        ["yaml", instances] => prepared::print(instances.parse().expect("a number of instances")),
        _ => divan::main(),
    }
}

#[divan::bench(args = SIZES, sample_count = 10, max_time = 10)]
fn document(bencher: Bencher, instances: usize) {
    let dataset = prepared(instances);
    bencher.bench_local(|| stages::document(black_box(&dataset.text)));
}

#[divan::bench(args = SIZES, sample_count = 10, max_time = 10)]
fn resolve(bencher: Bencher, instances: usize) {
    let dataset = prepared(instances);
    let with = bencher.with_inputs(|| dataset.sources.clone());
    with.bench_local_refs(|sources| stages::resolve(black_box(&dataset.document), sources));
}

#[divan::bench(args = SIZES, sample_count = 10, max_time = 10)]
fn hashes(bencher: Bencher, instances: usize) {
    let dataset = prepared(instances);
    bencher.with_inputs(|| dataset.unhashed()).bench_local_refs(|environment| stages::hashes(environment));
}

#[divan::bench_group(sample_count = 10, max_time = 10)]
mod plan {
    use super::{Bencher, ON_ONE_SHIP, SIZES, black_box, prepared, prepared::on_one_ship, stages};

    #[divan::bench(args = SIZES)]
    fn start_of_all(bencher: Bencher, instances: usize) {
        let dataset = prepared(instances);
        let (environment, observed) = (&dataset.environment, dataset.nothing());
        bencher.bench_local(|| stages::plan_start_of_all(environment, black_box(observed)));
    }

    #[divan::bench(args = ON_ONE_SHIP)]
    fn start_of_all_on_one_ship(bencher: Bencher, instances: usize) {
        let dataset = on_one_ship(instances);
        let (environment, observed) = (&dataset.environment, dataset.nothing());
        bencher.bench_local(|| stages::plan_start_of_all(environment, black_box(observed)));
    }

    #[divan::bench(args = SIZES)]
    fn start_of_nothing(bencher: Bencher, instances: usize) {
        let dataset = prepared(instances);
        let (environment, observed) = (&dataset.environment, dataset.running());
        bencher.bench_local(|| stages::plan_start_of_nothing(environment, black_box(observed)));
    }

    #[divan::bench(args = SIZES)]
    fn apply_of_all(bencher: Bencher, instances: usize) {
        let dataset = prepared(instances);
        let (environment, observed) = (&dataset.environment, dataset.nothing());
        bencher.bench_local(|| stages::plan_apply_of_all(environment, black_box(observed)));
    }

    #[divan::bench(args = SIZES)]
    fn apply_of_nothing(bencher: Bencher, instances: usize) {
        let dataset = prepared(instances);
        let (environment, observed) = (&dataset.environment, dataset.running());
        bencher.bench_local(|| stages::plan_apply_of_nothing(environment, black_box(observed)));
    }

    #[divan::bench(args = SIZES)]
    fn apply_of_one_change(bencher: Bencher, instances: usize) {
        let dataset = prepared(instances);
        let (environment, observed) = (dataset.changed(), dataset.running());
        bencher.bench_local(|| stages::plan_apply_of_one_change(environment, black_box(observed)));
    }

    #[divan::bench(args = SIZES)]
    fn stop_of_all(bencher: Bencher, instances: usize) {
        let dataset = prepared(instances);
        let (environment, observed) = (&dataset.environment, dataset.running());
        bencher.bench_local(|| stages::plan_stop_of_all(environment, black_box(observed)));
    }
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1, max_time = 10)]
fn execution(bencher: Bencher, instances: usize) {
    let dataset = prepared(instances);
    let with = bencher.with_inputs(|| FakeEngines::new(&dataset.environment));
    with.bench_local_values(|fake_engines| stages::execution(&dataset.environment, &fake_engines));
}

#[divan::bench_group(sample_count = 10, max_time = 10)]
mod report {
    use super::{Bencher, SIZES, black_box, prepared, stages};

    #[divan::bench(args = SIZES)]
    fn text(bencher: Bencher, instances: usize) {
        let dataset = prepared(instances);
        let plan = dataset.plan();
        let report = || stages::report_text(black_box(plan), &dataset.environment, &dataset.sources);
        bencher.bench_local(report);
    }

    #[divan::bench(args = SIZES)]
    fn json(bencher: Bencher, instances: usize) {
        let dataset = prepared(instances);
        let plan = dataset.plan();
        let report = || stages::report_json(black_box(plan), &dataset.environment, &dataset.sources);
        bencher.bench_local(report);
    }
}

/// Compose projects: reading, resolving, planning, and all of it at once.
#[divan::bench_group(sample_count = 20, max_time = 10)]
mod projects {
    use super::{Bencher, black_box, compose, fake_engines::at_once, stages};
    use crate::FakeEngines;
    use maestro_core::observed::Observed;

    /// Numbers of services; more would not find a port each.
    const SERVICES: [usize; 4] = [10, 100, 500, 1_000];

    fn nothing(texts: &compose::ProjectTexts) -> Observed {
        let environment = stages::compose_resolve(&stages::compose_load(texts), texts);
        at_once(FakeEngines::new(&environment).observe(&environment))
    }

    #[divan::bench(args = SERVICES)]
    fn load(bencher: Bencher, services: usize) {
        let texts = compose::project(services);
        bencher.bench_local(|| stages::compose_load(black_box(&texts)));
    }

    #[divan::bench(args = SERVICES)]
    fn resolve(bencher: Bencher, services: usize) {
        let texts = compose::project(services);
        let loaded = stages::compose_load(&texts);
        bencher.bench_local(|| stages::compose_resolve(black_box(&loaded), &texts));
    }

    #[divan::bench(args = SERVICES)]
    fn load_resolve_and_plan(bencher: Bencher, services: usize) {
        let texts = compose::project(services);
        let nothing = nothing(&texts);
        bencher.bench_local(|| {
            let loaded = stages::compose_load(black_box(&texts));
            let environment = stages::compose_resolve(&loaded, &texts);
            stages::compose_plan(&environment, &nothing)
        });
    }
}
