//! The plan and the run that the README shows are those of its file, carried out on an engine in memory.
//! `MAESTRO_UPDATE_DOCS=1` writes them into the page.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use maestro_core::{
    event::Event,
    model::Environment,
    observed::revision::Author,
    plan::{apply::ApplyOptions, revision::recorded},
    source::Sources,
};
use maestro_fake::Fake;
use maestro_file::{
    document::{file, load::load},
    resolve::{Surroundings, resolve},
};
use maestro_report::{
    explain::Context,
    layout::Layout,
    lines::Lines,
    message::message,
    plan::{View, text},
    progress::Reporter as _,
};

use crate::{
    apply::{block_on, described},
    world::World,
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const FILE: &str = include_str!("../../examples/shop/maestro.yaml");
const BEGIN: &str = "<!-- shown by tests/scenarios/readme.rs -->\n```console\n";

fn read(file_text: &str) -> (Environment, Sources) {
    let (directory, variables) = (Path::new("/"), BTreeMap::new());
    let mut loaded = load("maestro.yaml", file_text.as_bytes().to_vec(), directory, &variables);
    let document = loaded.yaml.as_ref().and_then(|yaml| file::read(yaml, &mut loaded.diagnostics));
    let surroundings = Surroundings::new(directory, &variables);
    let unread = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let environment = document
        .and_then(|document| {
            resolve(&document, &mut loaded.sources, &unread, surroundings, &mut loaded.diagnostics)
        })
        .expect("a valid file");
    (environment, loaded.sources)
}

/// What `plan` and `apply` print of a file, while the engine runs what it had before.
async fn shown(engine: &Fake, file_text: &str) -> String {
    let (mut environment, sources) = read(file_text);
    for instance in &mut environment.instances {
        // In memory nothing listens.
        instance.lifecycle.running.clear();
    }
    let world =
        World { environment, engines: vec![engine.clone()], same_engine: vec![0], sources: BTreeMap::new() };
    let observed = described(&world).await;
    let author = Author { by: "ann@box".into(), command: "maestro apply".into(), commit: None };
    let plan =
        maestro_core::plan::apply::plan(&world.environment, &observed, &world.all(), ApplyOptions::PLAIN);
    let plan = recorded(plan, &world.environment, &observed, &author);
    let printed = text(&plan, &world.environment, &sources, View::default());
    let hint = "`maestro apply` does this; `--steps` shows each step.\n";
    let outcome = world.run(plan.clone()).await;
    let instances: Vec<_> = world.environment.instance_ids().collect();
    let layout = Layout::new(&world.environment, &instances, &plan);
    let mut out = Vec::new();
    {
        let mut lines = Lines::new(&mut out, layout, false);
        let context = Context {
            environment: &world.environment,
            plan: &plan,
            sources: &sources,
            invocation: "maestro",
            typed: "maestro apply",
        };
        let mut now = Duration::ZERO;
        for event in outcome.events {
            if let Event::StepDone { milliseconds, .. } = &event {
                for _ in 0..milliseconds / 50 {
                    now += Duration::from_millis(50);
                    lines.tick(now).expect("memory");
                }
            }
            lines.event(&message(event, &context)).expect("memory");
        }
    }
    let run = String::from_utf8(out).expect("text");
    format!("$ maestro plan\n{printed}{hint}$ maestro apply\n{printed}\n{run}")
}

#[test]
fn the_readme_shows_what_is_printed() {
    let real = block_on(async {
        let engine = Fake::new("engine");
        for image in ["postgres:17", "nginx:1.27"] {
            engine.add_image(image);
        }
        engine.allow_pull("nginx:1.28");
        engine.slow("pull", Duration::from_secs(3));
        engine.slow("start", Duration::from_millis(300));
        shown(&engine, FILE).await;
        let changed = FILE.replace("nginx:1.27", "nginx:1.28").replace("80:8080", "80:8081");
        assert_ne!(changed, FILE);
        shown(&engine, &changed).await
    });
    let page = fs::read_to_string(PAGE).expect("README.md");
    let (before, rest) = page.split_once(BEGIN).expect("the README has a block for it");
    let (block, after) = rest.split_once("```").expect("an end of the block");
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(PAGE, format!("{before}{BEGIN}{real}```{after}")).expect("README.md can be written");
    } else {
        assert_eq!(block, real, "MAESTRO_UPDATE_DOCS=1 writes README.md");
    }
}
