//! The properties of the Compose Specification, by name, are those of the table of keys.

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::Path};

use maestro_file::{
    compose::{
        form::{Form, ItemKey, Merge, NoValue, Property, Short},
        keys::TOP,
    },
    resolve::{KeySupport, support},
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

/// The page with the table of all keys, and the marks around it.
const PAGE: &str = "../../docs/compose.md";
const MARKS: [&str; 2] = ["<!-- properties -->\n", "<!-- end of properties -->"];

#[test]
fn the_page_has_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(MARKS[0]).expect("the table's beginning");
    let (_, after) = rest.split_once(MARKS[1]).expect("the table's end");
    let mut table = "| key | takes | merged | carried out |\n|---|---|---|---|\n".to_owned();
    rows(TOP, "", &mut table);
    let real = format!("{before}{}{table}{}{after}", MARKS[0], MARKS[1]);
    if env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(&path, &real).expect("the page can be written");
    }
    assert!(
        page == real || env::var_os("MAESTRO_UPDATE_DOCS").is_some(),
        "docs/compose.md is old: MAESTRO_UPDATE_DOCS=1"
    );
}

fn rows(known: &[Property], above: &str, table: &mut String) {
    for property in known {
        let path =
            if above.is_empty() { property.name.to_owned() } else { format!("{above}.{}", property.name) };
        let (takes, merged, carried) = (takes(&property.form), merged(property), carried(&path));
        writeln!(table, "| `{path}` | {takes} | {merged} | {carried} |").expect("a string");
        rows_below(&property.form, &path, table);
    }
}

fn rows_below(form: &Form, path: &str, table: &mut String) {
    match form {
        Form::Section(known) => rows(known, path, table),
        Form::Named(inner) => rows_below(inner, &format!("{path}.*"), table),
        Form::List(inner) | Form::Optional(inner) | Form::Short(_, inner) => rows_below(inner, path, table),
        _ => {}
    }
}

/// What becomes of the key when a project is started.
fn carried(path: &str) -> String {
    match support(path) {
        KeySupport::Carried => "yes".to_owned(),
        KeySupport::Otherwise(how) => how.to_owned(),
        KeySupport::Ignored(why) => format!("no effect: {why}"),
        KeySupport::Warned(why) => format!("no effect, with a warning: {why}"),
        KeySupport::Refused(instead) => format!("refused: {instead}"),
    }
}

fn takes(form: &Form) -> String {
    let text = match form {
        Form::Anything => "anything",
        Form::Text => "text",
        Form::Scalar => "text or number",
        Form::Boolean => "true or false",
        Form::Integer => "whole number",
        Form::Number => "number",
        Form::Bytes => "bytes: `512m`",
        Form::Duration => "time: `1m30s`",
        Form::Permissions => "octal digits",
        Form::Count => "number or `all`",
        Form::Command => "text or list of words",
        Form::Test => "text for a shell, or list of words",
        Form::Texts => "text or list of texts",
        Form::Pairs(NoValue::Inherited) => {
            "mapping, or list of `NAME=value`; without a value: the environment's"
        }
        Form::Pairs(NoValue::Empty) => "mapping, or list of `NAME=value`",
        Form::Options => "mapping of names to values",
        Form::Hosts => "mapping of hosts to addresses, or list of `HOST=ADDRESS`",
        Form::Section(_) => "mapping",
        Form::Word(words) => {
            return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        }
        Form::List(inner) => return format!("list of: {}", takes(inner)),
        Form::Named(inner) => return format!("names, each with: {}", takes(inner)),
        Form::Optional(inner) => return format!("{}, or nothing", takes(inner)),
        Form::Short(short, inner) => return format!("{}; short: {}", takes(inner), short_form(*short)),
    };
    text.to_owned()
}

fn short_form(short: Short) -> String {
    let text = match short {
        Short::Key(key) => return format!("its `{key}`"),
        Short::Item => "one item",
        Short::Names | Short::Dependencies => "list of names",
        Short::Ports => "`ADDRESS:PUBLISHED:CONTAINER/PROTOCOL`, also with ranges",
        Short::Mount => "`SOURCE:TARGET:MODE`",
        Short::Device => "`SOURCE:TARGET:PERMISSIONS`",
        Short::Gpus => "`all`",
        Short::Limit => "one number",
        Short::External => "true or false",
        Short::Ssh => "list of `ID=PATH`",
        Short::Options => "one value",
    };
    text.to_owned()
}

fn merged(property: &Property) -> String {
    let text = match property.merge {
        Merge::Replace => "replaced, also by nothing",
        Merge::Unique(ItemKey::Name) => "unique",
        Merge::Unique(ItemKey::Of(key)) => return format!("unique by `{key}`"),
        Merge::Unique(ItemKey::Target(_)) => "unique by `target`",
        Merge::Unique(ItemKey::Port) => "unique by address, published port, target and protocol",
        Merge::SameDriver => "by key if the driver is the same, else replaced",
        Merge::Subnets => "by `subnet`",
        Merge::Deep => match property.form {
            Form::List(_) | Form::Texts => "added",
            Form::Section(_)
            | Form::Named(_)
            | Form::Pairs(_)
            | Form::Options
            | Form::Short(..)
            | Form::Optional(_) => "by key",
            Form::Hosts => "added to each host",
            _ => "replaced",
        },
    };
    text.to_owned()
}
