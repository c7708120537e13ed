use super::*;
use crate::{
    compose::{
        keys::{SERVICE, TOP},
        read,
    },
    document::{
        template::Rendered,
        yaml::{self, Dialect},
    },
};
use maestro_core::source::Sources;

/// What is said about the keys of a service, each with the text that it points at.
fn told(text: &str) -> Vec<(String, String)> {
    let mut sources = Sources::default();
    let file = sources.add("compose.yaml", text);
    let rendered = Rendered::as_written(file, text.to_owned());
    let mut diagnostics = Diagnostics::default();
    let yaml = yaml::parse_as(Dialect::Compose, &rendered, &mut diagnostics).unwrap();
    let values = read::read(&yaml, text, &|_| None, &mut diagnostics);
    Canonical::new(&mut diagnostics).section(values, SERVICE, "a service");
    let told = diagnostics.sorted().into_iter();
    let told = told.map(|found| {
        let place = found.primary.as_ref().map(|label| sources.text(label.span)).unwrap_or_default();
        (found.message.clone(), place.to_owned())
    });
    told.collect()
}

#[test]
fn values_of_the_wrong_form_are_told_at_their_place() {
    for (text, message, place) in [
        ("imgae: x", "a service has no key `imgae`", "imgae"),
        ("image: 5", "`image` must be text", "5"),
        ("image: [a]", "`image` must be text", "[a]"),
        ("privileged: maybe", "`privileged` must be true or false", "maybe"),
        ("cap_add: NET_ADMIN", "`cap_add` must be a list", "NET_ADMIN"),
        ("cap_add: [5]", "each item of `cap_add` must be text", "5"),
        ("cgroup: public", "`cgroup` must be one of `host`, `private`", "public"),
        (
            "environment: 5",
            "`environment` must be a mapping of names to values, or a list of `NAME=value`",
            "5",
        ),
        ("secrets: [{source: a, mode: 400}]", "`400` is a decimal number here: 0620 in octal", "400"),
        (
            "healthcheck: {test: [CMD, curl -f x]}",
            "a command line stands in the place of a program",
            "curl -f x",
        ),
        ("entrypoint: [npm start]", "a command line stands in the place of a program", "npm start"),
        ("environment: [=x]", "there is no name before the `=`", "=x"),
        ("mem_limit: 5q", "`mem_limit` must be a number of bytes", "5q"),
        ("stop_grace_period: 90", "`stop_grace_period` must be a time with units", "90"),
        ("ports: ['80:x']", "this is no port or range of ports", "'80:x'"),
        ("ports: [{target: 80, host: 1}]", "each item of `ports` has no key `host`", "host"),
        (
            "volumes: ['db:/b:ro:rest']",
            "each item of `volumes` must be `SOURCE:TARGET:MODE`",
            "'db:/b:ro:rest'",
        ),
        ("command: \"a 'b\"", "a quote in `command` is never closed", "\"a 'b\""),
        ("healthcheck: {retires: 3}", "`healthcheck` has no key `retires`", "retires"),
        (
            "depends_on: {db: {condition: healthy}}",
            "`condition` must be one of `service_started`, `service_healthy`, `service_completed_successfully`",
            "healthy",
        ),
        ("extra_hosts: [db]", "each item of `extra_hosts` must be `HOST=ADDRESS`", "db"),
        ("scale: many", "`scale` must be a whole number", "many"),
    ] {
        assert_eq!(told(text), [(message.to_owned(), place.to_owned())], "{text}");
    }
}

#[test]
fn good_values_are_taken() {
    for text in [
        "x-mine: {a: [1]}",
        "init: 'yes'",
        "tmpfs: /run",
        "env_file: a.env",
        "cpus: '0.5'",
        "command: null",
        "ulimits: {nofile: 5, nproc: {soft: 1, hard: 2}}",
        "networks: [a]",
        "gpus: all",
        "secrets: [{source: a, mode: 0400}]",
        "secrets: [{source: a, mode: '400'}]",
        "entrypoint: [sh, -c, a b]",
        "healthcheck: {test: [CMD, curl, -f]}",
    ] {
        let errors: Vec<_> =
            told(text).into_iter().filter(|(message, _)| !message.contains("YAML 1.2")).collect();
        assert!(errors.is_empty(), "{text}: {errors:?}");
    }
}

/// All keys below a form, each with its section.
fn keys_below(known: &'static [Property], found: &mut Vec<&'static Property>) {
    fn inside(form: &'static Form, found: &mut Vec<&'static Property>) {
        match form {
            Form::Section(known) => keys_below(known, found),
            Form::Optional(inner) | Form::Short(_, inner) | Form::List(inner) | Form::Named(inner) => {
                inside(inner, found);
            }
            _ => {}
        }
    }
    for property in known {
        found.push(property);
        inside(&property.form, found);
    }
}

#[test]
fn every_example_is_valid() {
    let mut keys = Vec::new();
    keys_below(TOP, &mut keys);
    assert!(keys.len() > 200, "{}", keys.len());
    for property in keys {
        let Some(example) = property.example() else {
            let is_text = matches!(property.form, Form::Text | Form::Scalar | Form::Optional(Form::Text));
            assert!(is_text, "`{}` has no example", property.name);
            continue;
        };
        let mut sources = Sources::default();
        let rendered = Rendered::as_written(sources.add("", &*example), example.clone());
        let mut diagnostics = Diagnostics::default();
        let yaml = yaml::parse_as(Dialect::Compose, &rendered, &mut diagnostics).unwrap();
        let values = read::read(&yaml, &example, &|_| None, &mut diagnostics);
        let value = values.get(property.name).unwrap().clone();
        assert!(Canonical::new(&mut diagnostics).of_key(value, property).is_some(), "{example}");
        let told: Vec<_> = diagnostics.sorted().into_iter().map(|found| found.message.clone()).collect();
        assert!(told.is_empty(), "{example}: {told:?}");
    }
}
