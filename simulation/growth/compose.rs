//! Compose projects of any size, as people write them: services in layers, each of which waits for one of the layer below,
//! with variables, anchors, ports, networks, named volumes, health checks and limits.

use std::{collections::HashMap, fmt::Write, path::PathBuf};

use maestro_core::{diagnostic::Diagnostics, model::Environment};
use maestro_file::{
    compose::{self, LoadedProject, ProjectRequest},
    resolve::{ProjectParts, Surroundings, resolve_project},
};

use crate::fake_engines::accepted;

/// How many services wait for one another in a row.
const LAYERS: usize = 5;
/// How many services share a network.
const PER_NETWORK: usize = 20;
const DIRECTORY: &str = "/project";

/// The files of a project.
pub type ProjectTexts = HashMap<PathBuf, String>;

/// A project of so many services, its `.env` included.
pub fn project(services: usize) -> ProjectTexts {
    let mut text = String::from(
        "name: dataset\nx-common: &common\n  restart: unless-stopped\n  logging: {driver: json-file, options: {max-size: 10m}}\n\
         x-check: &check {interval: 10s, timeout: 3s, retries: 5}\nservices:\n",
    );
    for at in 0..services {
        service(&mut text, at);
    }
    text.push_str("networks:\n");
    for network in 0..services.div_ceil(PER_NETWORK) {
        line(&mut text, format_args!("  net-{network}: {{}}"));
    }
    text.push_str("volumes:\n");
    for volume in (0..services).step_by(3) {
        line(&mut text, format_args!("  data-{volume}: {{}}"));
    }
    text.push_str("configs:\n  page: {content: 'listen ${PORT:-80};'}\n");
    let env_file = "REGISTRY=registry.example:5000\nLOG_LEVEL=info\n".to_owned();
    let file = |name: &str| PathBuf::from(DIRECTORY).join(name);
    HashMap::from([(file("compose.yaml"), text), (file(".env"), env_file)])
}

/// Some 500 bytes, as services of public files have on the average; not every service has every key there.
fn service(text: &mut String, at: usize) {
    let network = at / PER_NETWORK;
    line(text, format_args!("  s{at}:\n    <<: *common"));
    line(text, format_args!("    image: ${{REGISTRY}}/app-{}:${{TAG:-1.{}}}", at % 12, at % 5));
    line(
        text,
        format_args!(
            "    environment:\n      LOG_LEVEL: ${{LOG_LEVEL}}\n      QUEUE: q-{at}\n      \
             URL: http://s{at}:${{PORT:-80}}/$$path\n      \
             DATABASE_URL: postgres://app@db-{at}.internal:5432/app?sslmode=disable\n      \
             TZ: Europe/Berlin"
        ),
    );
    line(text, format_args!("    networks:\n      - net-{network}"));
    if at.is_multiple_of(2) {
        line(text, format_args!("    ports:\n      - \"{}:80\"", 10_000 + at));
        line(text, format_args!("    labels:\n      traefik.http.routers.s{at}.rule: Host(`s{at}`)"));
    }
    if at.is_multiple_of(4) {
        line(text, format_args!("    configs: [{{source: page, target: /etc/page.conf}}]"));
        line(text, format_args!("    deploy: {{resources: {{limits: {{cpus: '0.5', memory: 256M}}}}}}"));
    }
    if at % LAYERS < 2 {
        line(
            text,
            format_args!(
                "    healthcheck:\n      <<: *check\n      test: [CMD, curl, -f, \"http://localhost\"]"
            ),
        );
    }
    if at.is_multiple_of(3) {
        line(text, format_args!("    volumes:\n      - data-{at}:/data\n      - ./conf:/etc/app:ro"));
    }
    if !at.is_multiple_of(LAYERS) {
        let condition = if at % LAYERS < 3 { "service_healthy" } else { "service_started" };
        line(text, format_args!("    depends_on:\n      s{}:\n        condition: {condition}", at - 1));
    }
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "{words}");
}

/// Reads a project.
pub fn load(texts: &ProjectTexts) -> LoadedProject {
    let request = ProjectRequest { working_directory: DIRECTORY.to_owned(), ..ProjectRequest::default() };
    compose::load(&request, texts)
}

/// Makes an environment of a project, on the engine of this machine.
pub fn resolve(loaded: &LoadedProject, texts: &ProjectTexts) -> Environment {
    let LoadedProject { sources, project, diagnostics, .. } = loaded;
    let project = accepted(project.as_ref(), diagnostics, sources);
    let mut diagnostics = Diagnostics::default();
    let variables = std::collections::BTreeMap::new();
    let surroundings = Surroundings::new(DIRECTORY.as_ref(), &variables);
    let parts = ProjectParts::new(project, texts, sources);
    let environment = resolve_project(parts, surroundings, &mut diagnostics);
    accepted(environment, &diagnostics, sources)
}
