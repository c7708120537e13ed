//! Slips in the form of a file: each is recognised as what it is, and its suggestion makes the file valid.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{collections::BTreeMap, path::Path};

use maestro_core::{
    diagnostic::{Diagnostics, Severity, replaced},
    source::Sources,
};
use maestro_file::{
    document,
    resolve::{Surroundings, resolve},
};

/// The lines above those of a row.
const HEAD: &str = "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances:\n      web-1:\n";

fn checked(text: &str) -> (Diagnostics, Sources) {
    let directory = Path::new("/nonexistent");
    let variables = BTreeMap::new();
    let document::Loaded { mut sources, yaml, mut diagnostics } =
        document::load("maestro.yaml", text.as_bytes().to_vec(), directory, &variables);
    let document = yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics));
    if let Some(document) = document {
        let read = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
        let surroundings = Surroundings::new(directory, &variables);
        resolve(&document, &mut sources, &read, surroundings, &mut diagnostics);
    }
    (diagnostics, sources)
}

/// The file with the first suggestion of each of its errors.
fn repaired(text: &str, diagnostics: &Diagnostics, sources: &Sources) -> String {
    let errors = diagnostics.sorted().into_iter().filter(|problem| problem.severity == Severity::Error);
    let helps = errors.filter_map(|problem| problem.help.iter().find_map(|help| help.suggestion.as_ref()));
    let edits: Vec<_> =
        helps.flat_map(|suggestion| &suggestion.edits).map(|edit| edit.exact(sources)).collect();
    let edits: Vec<_> =
        edits.iter().map(|edit| (edit.span.start..edit.span.end, edit.replacement.as_str())).collect();
    replaced(text, &edits)
}

fn told(diagnostics: &Diagnostics, sources: &Sources) -> String {
    maestro_report::diagnostics::draw(diagnostics, sources, false)
}

/// Checks a whole file: the kinds of its errors, and what it is with their suggestions.
fn check(wrong: &str, codes: &[&str], right: &str) -> Result<(), String> {
    let (diagnostics, sources) = checked(wrong);
    let errors = diagnostics.sorted().into_iter().filter(|problem| problem.severity == Severity::Error);
    let found: Vec<&str> = errors.map(|problem| problem.code).collect();
    if found != codes {
        return Err(format!("{found:?} in place of {codes:?}:\n{}", told(&diagnostics, &sources)));
    }
    let changed = repaired(wrong, &diagnostics, &sources);
    if changed != right {
        return Err(format!("changed into\n{changed}\n{}", told(&diagnostics, &sources)));
    }
    let (diagnostics, sources) = checked(&changed);
    if diagnostics.has_errors() {
        return Err(format!("still wrong:\n{changed}\n{}", told(&diagnostics, &sources)));
    }
    Ok(())
}

/// Lines of an instance, the kind of their mistake, and the lines as they are meant.
const ROWS: &[(&str, &str, &str)] = &[
    // Colons.
    (
        "        limits\n          memory: 512m\n",
        "missing-colon",
        "        limits:\n          memory: 512m\n",
    ),
    ("        restart always\n", "missing-colon", "        restart: always\n"),
    (
        "        restart always\n        net: host\n",
        "missing-colon",
        "        restart: always\n        net: host\n",
    ),
    (
        "        net: host\n        restart always\n",
        "missing-colon",
        "        net: host\n        restart: always\n",
    ),
    (
        "        net: host\n        restart always\n        privileged: true\n",
        "missing-colon",
        "        net: host\n        restart: always\n        privileged: true\n",
    ),
    (
        "        restart = always\n        net: host\n",
        "missing-colon",
        "        restart: always\n        net: host\n",
    ),
    (
        "        restart=always\n        net: host\n",
        "missing-colon",
        "        restart: always\n        net: host\n",
    ),
    (
        "        restart => always\n        net: host\n",
        "missing-colon",
        "        restart: always\n        net: host\n",
    ),
    (
        "        restart:always\n        net: host\n",
        "missing-space",
        "        restart: always\n        net: host\n",
    ),
    (
        "        net: host\n        restart:always\n",
        "missing-space",
        "        net: host\n        restart: always\n",
    ),
    ("        ports:{http: 80}\n", "missing-space", "        ports: {http: 80}\n"),
    (
        "        cap_add:[MKNOD]\n        net: host\n",
        "missing-space",
        "        cap_add: [MKNOD]\n        net: host\n",
    ),
    ("        restart： always\n", "strange-colon", "        restart: always\n"),
    (
        "        net: host\n        restart：always\n",
        "strange-colon",
        "        net: host\n        restart: always\n",
    ),
    ("        image: nginx: 1.27\n", "second-colon", "        image: nginx:1.27\n"),
    ("        command: echo a: b\n", "second-colon", "        command: \"echo a: b\"\n"),
    ("        ports: http: 80\n", "second-colon", "        ports: {http: 80}\n"),
    // Dashes.
    (
        "        cap_add:\n          - MKNOD\n          SYS_TIME\n",
        "missing-dash",
        "        cap_add:\n          - MKNOD\n          - SYS_TIME\n",
    ),
    (
        "        cap_add:\n          - MKNOD\n         - SYS_TIME\n",
        "bad-indentation",
        "        cap_add:\n          - MKNOD\n          - SYS_TIME\n",
    ),
    ("        cap_add: - MKNOD\n", "bad-indentation", "        cap_add: [MKNOD]\n"),
    ("        cap_add: - MKNOD - SYS_TIME\n", "bad-indentation", "        cap_add: [MKNOD, SYS_TIME]\n"),
    (
        "        net: host\n        - restart: always\n",
        "bad-indentation",
        "        net: host\n        restart: always\n",
    ),
    ("        cap_add:\n          – MKNOD\n", "strange-dash", "        cap_add:\n          - MKNOD\n"),
    // Spaces.
    (
        "        net: host\n\u{a0}       restart: always\n",
        "strange-space",
        "        net: host\n        restart: always\n",
    ),
    (
        "        net: host\n\u{3000}\u{3000}\u{3000}\u{3000}restart: always\n",
        "strange-space",
        "        net: host\n        restart: always\n",
    ),
    (
        "        net:\u{a0}host\n        restart: always\n",
        "strange-space",
        "        net: host\n        restart: always\n",
    ),
    ("\t\t\t\trestart: always\n", "tab-in-indentation", "        restart: always\n"),
    (
        "        net: host\n\trestart: always\n",
        "tab-in-indentation",
        "        net: host\n        restart: always\n",
    ),
    (
        "        net: host\n         restart: always\n",
        "bad-indentation",
        "        net: host\n        restart: always\n",
    ),
    (
        "        net: host\n       restart: always\n",
        "bad-indentation",
        "        net: host\n        restart: always\n",
    ),
    (
        "        net: host\n          restart: always\n",
        "bad-indentation",
        "        net: host\n        restart: always\n",
    ),
    (
        "        env:\n          A: |\n          one\n          B: c\n",
        "bad-indentation",
        "        env:\n          A: |\n            one\n          B: c\n",
    ),
    (
        "        restart :always\n        net: host\n",
        "missing-colon",
        "        restart: always\n        net: host\n",
    ),
    (
        "        cap_add:\n          -MKNOD\n          -SYS_TIME\n",
        "bad-capability",
        "        cap_add:\n          [MKNOD, SYS_TIME]\n",
    ),
    ("        ports: [http: 80, admin: 90]\n", "wrong-type", "        ports: {http: 80, admin: 90}\n"),
    (
        "        ports:\n          - http: 80\n          - admin: 90\n",
        "wrong-type",
        "        ports:\n          {http: 80, admin: 90}\n",
    ),
    (
        "        ports:\n          http: 80,\n          admin: 90\n",
        "bad-port",
        "        ports:\n          http: \"80\"\n          admin: 90\n",
    ),
    // Brackets.
    (
        "        ports: {http: 80\n        net: host\n",
        "unclosed-bracket",
        "        ports: {http: 80}\n        net: host\n",
    ),
    ("        cap_add: [MKNOD, SYS_TIME\n", "unclosed-bracket", "        cap_add: [MKNOD, SYS_TIME]\n"),
    (
        "        cap_add: [MKNOD, SYS_TIME\n        net: host\n",
        "unclosed-bracket",
        "        cap_add: [MKNOD, SYS_TIME]\n        net: host\n",
    ),
    ("        cap_add: [MKNOD}\n", "mismatched-bracket", "        cap_add: [MKNOD]\n"),
    ("        ports: {http: 80]\n", "mismatched-bracket", "        ports: {http: 80}\n"),
    ("        ports: {http: 80}}\n", "mismatched-bracket", "        ports: {http: 80}\n"),
    (
        "        cap_add: [MKNOD]]\n        net: host\n",
        "mismatched-bracket",
        "        cap_add: [MKNOD]\n        net: host\n",
    ),
    (
        "        lifecycle: {running: [{type: tcp port: http}]}\n        ports: {http: 80}\n",
        "missing-comma",
        "        lifecycle: {running: [{type: tcp, port: http}]}\n        ports: {http: 80}\n",
    ),
    (
        "        cap_add: [\"MKNOD\" \"SYS_TIME\"]\n",
        "missing-comma",
        "        cap_add: [\"MKNOD\", \"SYS_TIME\"]\n",
    ),
    (
        "        env: {\n          \"A\": \"1\"\n          \"B\": \"2\"\n          }\n",
        "missing-comma",
        "        env: {\n          \"A\": \"1\",\n          \"B\": \"2\"\n          }\n",
    ),
    ("        ports: {http:80}\n", "missing-space", "        ports: {http: 80}\n"),
    ("        ports: {http=80}\n", "missing-colon", "        ports: {http: 80}\n"),
    (
        "        ports: {http: 80},\n        net: host\n",
        "stray-comma",
        "        ports: {http: 80}\n        net: host\n",
    ),
    (
        "        env: {COLOR: #ff0000, A: b}\n        net: host\n",
        "comment",
        "        env: {COLOR: \"#ff0000\", A: b}\n        net: host\n",
    ),
    // Quotes.
    (
        "        command: \"sleep 1\n        net: host\n",
        "unclosed-quote",
        "        command: \"sleep 1\"\n        net: host\n",
    ),
    (
        "        command: 'sleep 1\n        net: host\n",
        "unclosed-quote",
        "        command: 'sleep 1'\n        net: host\n",
    ),
    (
        "        command: \"sleep 1'\n        net: host\n",
        "unclosed-quote",
        "        command: \"sleep 1\"\n        net: host\n",
    ),
    (
        "        env: {A: \"b}\n        net: host\n",
        "unclosed-quote",
        "        env: {A: \"b\"}\n        net: host\n",
    ),
    (
        "        env:\n          A: 'it's me'\n",
        "text-after-quote",
        "        env:\n          A: \"it's me\"\n",
    ),
    (
        "        env:\n          A: \"say \"hi\" now\"\n",
        "text-after-quote",
        "        env:\n          A: 'say \"hi\" now'\n",
    ),
    ("        command: \"sleep\" 1\n", "text-after-quote", "        command: '\"sleep\" 1'\n"),
    ("        env: {A: \"C:\\Users\\me\"}\n", "unknown-escape", "        env: {A: 'C:\\Users\\me'}\n"),
    (
        "        env:\n          A: \"C:\\Program Files\\x\"\n",
        "unknown-escape",
        "        env:\n          A: 'C:\\Program Files\\x'\n",
    ),
    // Values.
    ("        command: @start\n", "reserved-character", "        command: '@start'\n"),
    ("        command: %start\n", "reserved-character", "        command: '%start'\n"),
    ("        command: `date`\n", "reserved-character", "        command: '`date`'\n"),
    ("        env:\n          PATTERN: [a-z]+\n", "syntax", "        env:\n          PATTERN: '[a-z]+'\n"),
    ("        command: | echo hi\n", "syntax", "        command: |\n          echo hi\n"),
    (
        "        env:\n          A: |\n            one\n          two\n          B: c\n",
        "bad-indentation",
        "        env:\n          A: |\n            one\n            two\n          B: c\n",
    ),
    (
        "        command: \"a\"#b\n        net: host\n",
        "missing-space",
        "        command: \"a\" #b\n        net: host\n",
    ),
    (
        "        lifecycle:\n          running:\n            -{type: sleep, wait: 1}\n            - {type: sleep, wait: 2}\n",
        "missing-space",
        "        lifecycle:\n          running:\n            - {type: sleep, wait: 1}\n            - {type: sleep, wait: 2}\n",
    ),
    // Lines that are not of the file.
    ("        // a comment\n        net: host\n", "comment", "        # a comment\n        net: host\n"),
    ("        net: host\n```\n", "stray-line", "        net: host\n"),
    ("        net: host\nEOF\n", "stray-line", "        net: host\n"),
    (
        "<<<<<<< HEAD\n        net: host\n=======\n        net: none\n>>>>>>> other\n",
        "merge-conflict",
        "        net: host\n",
    ),
];

/// Whole files.
const FILES: &[(&str, &[&str], &str)] = &[
    (
        "name: shop,\nservices:\n  web:\n    image: nginx:1.27,\n    instances:\n      web-1: {},\n",
        &["stray-comma"],
        "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances:\n      web-1: {}\n",
    ),
    (
        "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances:\n      web-1: {ports: {http: \"80:8080\", restart: always}\n      web-2: {}\n",
        &["unclosed-bracket"],
        "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances:\n      web-1: {ports: {http: \"80:8080\"}, restart: always}\n      web-2: {}\n",
    ),
    (
        "name: shop\nservices\n  web:\n    image: nginx:1.27\n    instances: {web-1: {}}\n",
        &["missing-colon"],
        "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances: {web-1: {}}\n",
    ),
    (
        "name shop\nservices:\n  web:\n    image: nginx:1.27\n    instances: {web-1: {}}\n",
        &["missing-colon"],
        "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances: {web-1: {}}\n",
    ),
    (
        "```yaml\nname: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances: {web-1: {}}\n```\n",
        &["stray-line"],
        "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances: {web-1: {}}\n",
    ),
    (
        "{\n  \"name\": \"shop\"\n  \"services\": {\"web\": {\"image\": \"nginx\", \"instances\": {\"web-1\": {}}}}\n}\n",
        &["missing-comma"],
        "{\n  \"name\": \"shop\",\n  \"services\": {\"web\": {\"image\": \"nginx\", \"instances\": {\"web-1\": {}}}}\n}\n",
    ),
    (
        "name: shop\nservices: {web: {image: nginx, instances: {web-1: {}}}\n",
        &["unclosed-bracket"],
        "name: shop\nservices: {web: {image: nginx, instances: {web-1: {}}}}\n",
    ),
    // Two slips, and a mistake that they do not hide.
    (
        "name: shop\nservices:\n  web:\n    image nginx:1.27\n    instances:\n      web-1:\n        restart: allways\n        env: {A: \"b}\n        net: host\n",
        &["missing-colon", "bad-restart", "unclosed-quote"],
        "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances:\n      web-1:\n        restart: always\n        env: {A: \"b\"}\n        net: host\n",
    ),
];

#[test]
fn several_slips_are_told_together_and_hide_nothing() {
    let failed: Vec<String> = FILES
        .iter()
        .filter_map(|(wrong, codes, right)| {
            check(wrong, codes, right).err().map(|why| format!("{wrong}{why}"))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} fail:\n{}", failed.len(), FILES.len(), failed.join("\n=====\n"));
}

#[test]
fn each_form_is_recognised_and_its_suggestion_is_valid() {
    let mut failed = Vec::new();
    for (wrong, code, right) in ROWS {
        if let Err(why) = check(&format!("{HEAD}{wrong}"), &[code], &format!("{HEAD}{right}")) {
            failed.push(format!("{wrong}{why}"));
        }
    }
    assert!(failed.is_empty(), "{} of {} fail:\n{}", failed.len(), ROWS.len(), failed.join("\n=====\n"));
}

/// Found by mutations: of an entry without a colon that an alias stands for, a place behind the end of the file was shown.
#[test]
fn places_of_entries_without_a_colon_lie_within_the_file() {
    for text in [
        // An alias is shorter than what it stands for.
        "x-a: &a memory=512m\nname: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances: {web-1: {}}\n    limits: *a",
        // YAML joins lines, and takes their ends away.
        "name: shop\nservices: {web: {image: nginx:1.27, instances: {web-1: {}}, limits: memory\r\n=：512m}}\n",
        // The text is repaired in front of it, and longer than the file then.
        "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances: {web-1: {env: {A: \"b}}}\n    limits:\n      memory=é",
        "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    instances: {web-1: {}}\n    update:\n      parallel=\u{a0}é",
    ] {
        let (diagnostics, sources) = checked(text);
        let told = diagnostics.sorted();
        assert!(
            told.iter().any(|problem| problem.code == "missing-colon"),
            "{}",
            self::told(&diagnostics, &sources)
        );
        let labels = told.iter().flat_map(|problem| problem.primary.iter().chain(&problem.secondary));
        let edits = told.iter().flat_map(|problem| &problem.help).filter_map(|help| help.suggestion.as_ref());
        let edits = edits.flat_map(|suggestion| suggestion.edits.iter().map(|edit| edit.span));
        for span in labels.map(|label| label.span).chain(edits) {
            assert_eq!(sources.clamp(span), span, "{text}\n{}", self::told(&diagnostics, &sources));
        }
    }
}
