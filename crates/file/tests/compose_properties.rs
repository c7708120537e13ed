//! The properties of the Compose Specification, by name, are those of the table of keys.

use std::collections::BTreeSet;

use maestro_file::compose::{
    form::{Form, Property},
    keys::TOP,
};

/// The properties of the specification's schema: names alone, `*` for a name that the user chooses.
const SPECIFIED: &str = include_str!("compose-properties.txt");

/// Keys of the table, as paths.
fn paths(known: &[Property], above: &str, found: &mut BTreeSet<String>) {
    for property in known {
        let path =
            if above.is_empty() { property.name.to_owned() } else { format!("{above}.{}", property.name) };
        below(&property.form, &path, found);
        found.insert(path);
    }
}

fn below(form: &Form, path: &str, found: &mut BTreeSet<String>) {
    match form {
        Form::Section(known) => paths(known, path, found),
        Form::Named(inner) => below(inner, &format!("{path}.*"), found),
        Form::List(inner) | Form::Optional(inner) | Form::Short(_, inner) => below(inner, path, found),
        Form::Anything
        | Form::Text
        | Form::Word(_)
        | Form::Scalar
        | Form::Boolean
        | Form::Integer
        | Form::Number
        | Form::Bytes
        | Form::Duration
        | Form::Permissions
        | Form::Count
        | Form::Command
        | Form::Test
        | Form::Texts
        | Form::Pairs(_)
        | Form::Options
        | Form::Hosts => {}
    }
}

#[test]
fn the_table_has_every_property_of_the_specification_and_no_other() {
    let mut found = BTreeSet::new();
    paths(TOP, "", &mut found);
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let specified: BTreeSet<&str> = SPECIFIED.lines().collect();
    let missing: Vec<_> = specified.difference(&found).collect();
    let more: Vec<_> = found.difference(&specified).collect();
    assert!(missing.is_empty() && more.is_empty(), "missing: {missing:#?}\nnot specified: {more:#?}");
    assert!(specified.len() > 300, "{}", specified.len());
}
