//! What people write: YAML, templates, whole files, and the small languages in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
};

use maestro_core::{
    diagnostic::Diagnostics,
    model::Environment,
    observed::{Holdings, Observed, ShipState},
    plan::{
        apply::{self, ApplyOptions},
        saved::Declared,
    },
    source::Sources,
};
use maestro_file::{
    document::{self, NodeId, NodeKind, Yaml, template::Rendered},
    resolve::{Surroundings, resolve},
};
use maestro_report::{config, json, plan as printed, yaml};

use crate::surroundings::{CANARY, assert_harmless, assert_told, directory, variables};

/// Text as YAML, without templates.
pub fn yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let file = sources.add("maestro.yaml", text);
    let yaml = document::yaml::parse(&Rendered::as_written(file, text.to_owned()), &mut diagnostics);
    assert_told(&diagnostics, &sources);
    match yaml {
        None => assert!(diagnostics.has_errors()),
        Some(yaml) => walk(&yaml, yaml.root(), &sources, &mut 100_000),
    }
}

/// Goes through a tree, aliases followed, as far as `budget` nodes.
fn walk(yaml: &Yaml, node: NodeId, sources: &Sources, budget: &mut u32) {
    let Some(rest) = budget.checked_sub(1) else { return };
    *budget = rest;
    assert_eq!(sources.clamp(yaml.span(node)), yaml.span(node));
    match yaml.kind(node) {
        NodeKind::Sequence(items) => items.iter().for_each(|&item| walk(yaml, item, sources, budget)),
        NodeKind::Mapping(_) => {
            for entry in yaml.entries(node) {
                walk(yaml, entry.key, sources, budget);
                walk(yaml, entry.value, sources, budget);
            }
        }
        NodeKind::Scalar(_) | NodeKind::Bad => drop(yaml.value(node)),
    }
}

/// Text as a template: every byte of what it writes has a place.
pub fn template(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let file = sources.add("maestro.yaml", text);
    let rendered =
        document::template::render(&mut sources, file, &directory(), &variables(), &mut diagnostics);
    assert_told(&diagnostics, &sources);
    let Some(rendered) = rendered else {
        assert!(diagnostics.has_errors());
        return;
    };
    for (at, character) in rendered.text().char_indices().take(4096) {
        let range = at..at + character.len_utf8();
        let span = rendered.span(range.clone());
        assert_eq!(sources.clamp(span), span);
        let mut encoded = [0; 4];
        let written: &str = character.encode_utf8(&mut encoded);
        assert!(rendered.produced(range) || sources.text(span) == written);
    }
}

/// A file as every command reads it, with these bytes in each env file that it names.
fn understood(bytes: &[u8], env_file: &[u8]) -> (Option<Environment>, Sources, Diagnostics) {
    let (directory, variables) = (directory(), variables());
    let document::Loaded { mut sources, yaml, mut diagnostics } =
        document::load("maestro.yaml", bytes.to_vec(), &directory, &variables);
    let environment =
        yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics)).and_then(|document| {
            let read = |_: &Path| Ok::<_, io::Error>(env_file.to_vec());
            let surroundings = Surroundings::new(&directory, &variables);
            resolve(&document, &mut sources, &read, surroundings, &mut diagnostics)
        });
    assert_told(&diagnostics, &sources);
    assert!(environment.is_some() || diagnostics.has_errors(), "neither understood nor complained about");
    (environment, sources, diagnostics)
}

/// Bytes as a whole file; what is understood is shown as `config` and `plan` show it.
pub fn document(bytes: &[u8]) {
    let (environment, sources, diagnostics) = understood(bytes, b"A=1\n# no\nB\n");
    let drawn = maestro_report::diagnostics::draw(&diagnostics, &sources, false);
    // What the file itself says is quoted as it stands there.
    let is_written = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
    assert!(is_written || !drawn.contains(CANARY), "a secret is told: {drawn}");
    let Some(environment) = environment else { return };
    show(&environment, &sources);
}

/// What `config` and `plan` show of an environment.
pub fn show(environment: &Environment, sources: &Sources) {
    let all: BTreeSet<_> = environment.instance_ids().collect();
    for secrets in [false, true] {
        let view = config::view(environment, &all, secrets);
        json::pretty(&view).expect("JSON");
        let text = yaml::text(&view).expect("YAML");
        assert_harmless(&text);
    }
    drop(Declared::of(environment));
    for state in [ShipState::Answering(Holdings::default()), ShipState::Unreachable { reason: "no".into() }] {
        let observed = Observed { ships: vec![state; environment.ships.len()], ..Observed::default() };
        let plan = apply::plan(environment, &observed, &all, ApplyOptions::default());
        assert_harmless(&printed::text(
            &plan,
            environment,
            sources,
            printed::View { steps: true, colour: false },
        ));
        drop(printed::json(&plan, environment, sources));
    }
}

/// As YAML writes a text in one line.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

/// Lines as ports, in each way in which one can be written.
pub fn ports(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut file = "name: shop\nships: {a: {ip: 10.0.0.1}}\nservices:\n  web:\n    image: nginx\n    instances:\n      web-1:\n        ports:\n".to_owned();
    for (number, line) in text.lines().take(6).enumerate() {
        let (one, other) = line.split_once(' ').unwrap_or((line, line));
        let (one, other) = (quoted(one), quoted(other));
        let line = quoted(line);
        let value = match number {
            0 | 1 => line,
            2 => format!("{{exposed: {one}, external: {other}}}"),
            3 => format!("{{exposed: 80, external: [{one}, {other}]}}"),
            4 => text.lines().nth(4).unwrap_or_default().replace(['\t', '{', '%', '#'], " "),
            _ => format!("[{one}, {other}]"),
        };
        file.extend(["          p", &number.to_string(), ": ", &value, "\n"]);
    }
    if let (Some(environment), sources, _) = understood(file.as_bytes(), b"") {
        for port in environment.instances.iter().flat_map(|instance| &instance.ports) {
            assert!(port.count > 0 && port.choice > 0 && port.container > 0 && port.host > 0);
            assert!(u32::from(port.container) + u32::from(port.count) <= 65_536);
            assert!(u32::from(port.host) + u32::from(port.count.max(port.choice)) <= 65_536);
        }
        show(&environment, &sources);
    }
}

/// Lines as times, sizes and numbers, wherever a file has one.
pub fn sizes(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.lines().map(quoted);
    let mut next = || lines.next().unwrap_or_else(|| "1".to_owned());
    let file = format!(
        "name: shop\nships: {{a: {{ip: 10.0.0.1, timeout: {}}}}}\nservices:\n  web:\n    image: nginx\n    \
         stop_timeout: {}\n    limits: {{memory: {}, swap: {}, cpu: {}}}\n    update: {{parallel: {}, delay: {}, \
         max_failures: {}}}\n    ulimits: {{nofile: {}}}\n    restart: {{name: on-failure, retries: {}}}\n    \
         instances:\n      web-1:\n        ports: {{http: 80}}\n        lifecycle: {{running: [{{type: tcp, port: http, \
         max_wait: {}, attempts: {}}}, {{type: sleep, wait: {}}}]}}\n",
        next(),
        next(),
        next(),
        next(),
        next(),
        next(),
        next(),
        next(),
        next(),
        next(),
        next(),
        next(),
        next()
    );
    if let (Some(environment), sources, _) = understood(file.as_bytes(), b"") {
        show(&environment, &sources);
    }
}

/// Bytes as an env file.
pub fn envfile(bytes: &[u8]) {
    const FILE: &str = "name: shop\nships: {a: {ip: 10.0.0.1}}\nservices:\n  web:\n    image: nginx\n    \
                        envfile: [web.env]\n    instances: {web-1: {envfile: more.env, env: {A: b}}}\n";
    let (environment, sources, _) = understood(FILE.as_bytes(), bytes);
    let Some(environment) = environment else { return };
    let said: BTreeMap<_, _> = environment.instances[0].container.env.clone().into_iter().collect();
    for name in said.keys() {
        assert!(!name.is_empty() && !name.contains(['=', '\n']), "{name:?} is no variable");
    }
    show(&environment, &sources);
}
