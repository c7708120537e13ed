//! Tables of the format of Maestro beside those of Compose: lists that are joined, keys with two names.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{collections::BTreeMap, path::Path};

use maestro_core::model::Environment;
use maestro_file::{
    compose::{
        form::{Form, Merge, Short},
        keys::SERVICE,
    },
    document::{
        self, keys,
        several::APPENDED,
        synonyms::{OTHER_FORMS, SYNONYMS},
    },
    resolve::{Surroundings, resolve},
};

/// Whether docker compose joins the lists of two files.
fn is_joined(form: &Form) -> bool {
    match form {
        Form::List(_)
        | Form::Texts
        | Form::Short(Short::Item | Short::Ports | Short::Mount | Short::Gpus | Short::Names, _) => true,
        Form::Optional(inner) | Form::Short(_, inner) => is_joined(inner),
        _ => false,
    }
}

#[test]
fn lists_are_joined_where_docker_compose_joins_them() {
    // `links` is a mapping here.
    let own = |name: &str| keys::INSTANCE.iter().any(|key| key.name == name && key.value.contains("list"));
    let mut compared = 0;
    for property in SERVICE.iter().filter(|property| own(property.name)) {
        let joined = is_joined(&property.form) && property.merge != Merge::Replace;
        if joined {
            compared += 1;
            assert!(APPENDED.contains(&property.name), "{} is joined by docker compose", property.name);
        } else {
            let is_mapping_or_list = ["labels", "extra_hosts"].contains(&property.name);
            assert!(
                is_mapping_or_list || !APPENDED.contains(&property.name),
                "{} is replaced",
                property.name
            );
        }
    }
    assert!(compared > 12, "{compared}");
}

/// The codes of what is wrong with a service that has these keys.
fn codes(service: &str) -> Vec<(&'static str, String)> {
    let text = format!("name: shop\nservices:\n  web:\n    image: nginx\n{service}");
    let document::Loaded { yaml, mut diagnostics, .. } =
        document::load("maestro.yaml", text.into_bytes(), Path::new("/nonexistent"), &BTreeMap::new());
    if let Some(yaml) = yaml {
        document::file::read(&yaml, &mut diagnostics);
    }
    diagnostics.sorted().iter().map(|problem| (problem.code, problem.message.clone())).collect()
}

#[test]
fn a_key_and_its_synonym_are_an_error_and_each_alone_is_none() {
    let value = |key: &str| match key {
        "env" | "environment" => "{DEBUG: '1'}",
        "log_driver" => "syslog",
        "log_opt" => "{tag: web}",
        "logging" => "{driver: syslog, options: {tag: web}}",
        "net" | "network_mode" => "host",
        "replicas" | "scale" => "2",
        "stop_timeout" => "60",
        "stop_grace_period" => "1m",
        "workdir" | "working_dir" => "/srv",
        "username" | "user" => "nobody",
        "cmd" | "command" => "serve",
        "mem_limit" | "memswap_limit" | "limits.memory" | "limits.swap" => "64m",
        "cpu_shares" | "limits.cpu" => "512",
        other => panic!("{other}"),
    };
    let written = |key: &str| match key.split_once('.') {
        Some((section, inner)) => format!("    {section}: {{{inner}: {}}}\n", value(key)),
        None => format!("    {key}: {}\n", value(key)),
    };
    for (word, own) in SYNONYMS.iter().chain(OTHER_FORMS) {
        let is_placed = [word, own].iter().any(|key| ["replicas", "scale"].contains(key));
        let placed = if is_placed { "    ships: all\n" } else { "    instances: {web-1: {}}\n" };
        for one in [word, own] {
            assert_eq!(codes(&format!("{placed}{}", written(one))), [], "{one}");
        }
        for (first, second) in [(word, own), (own, word)] {
            let told = codes(&format!("{placed}{}{}", written(first), written(second)));
            let [(code, message)] = &told[..] else { panic!("{first} {second}: {told:?}") };
            let last = own.rsplit('.').next().unwrap();
            assert_eq!(*code, "duplicate-key");
            assert!(
                message.contains(&format!("`{word}`")) && message.contains(&format!("`{last}`")),
                "{message}"
            );
        }
    }
}

/// The environment of a service with these keys.
fn environment(service: &str) -> Environment {
    let text = format!("name: shop\nservices:\n  web:\n    image: nginx\n{service}");
    let variables = BTreeMap::new();
    let document::Loaded { yaml, mut diagnostics, mut sources } =
        document::load("maestro.yaml", text.into_bytes(), Path::new("/nonexistent"), &variables);
    let document = document::file::read(&yaml.unwrap(), &mut diagnostics).unwrap();
    let read = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let surroundings = Surroundings::new(Path::new("/nonexistent"), &variables);
    resolve(&document, &mut sources, &read, surroundings, &mut diagnostics).unwrap()
}

#[test]
fn variables_are_a_mapping_or_a_list_under_either_name() {
    let of = |written: &str| {
        let environment = environment(&format!("    instances: {{web-1: {{}}}}\n{written}"));
        let spec = environment.instances[0].container.clone();
        let own = |name: &str| spec.env.get(name).cloned();
        (["DEBUG", "EMPTY", "BARE"].map(own), spec.log_driver.clone(), spec.log_opt.clone())
    };
    let mapping =
        of("    env: {DEBUG: a=b, EMPTY: '', BARE: null}\n    log_driver: syslog\n    log_opt: {tag: web}\n");
    let list = "[DEBUG=no, DEBUG=a=b, EMPTY=, BARE]";
    for key in ["env", "environment"] {
        let logging = "    logging: {driver: syslog, options: {tag: web}}\n";
        assert_eq!(of(&format!("    {key}: {list}\n{logging}")), mapping);
    }
    assert_eq!(mapping.0, [Some(Some("a=b".to_owned())), Some(Some(String::new())), Some(None)]);
}
