//! Holds documentation, help and output to the words of `docs/glossary.md`: fails if a replaced word comes back.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use regex::Regex;
use syn::visit::{self, Visit};

/// Replaced words, as regular expressions between word boundaries, and what to write instead.
const REPLACED: &[(&str, &str)] = &[
    ("held", "blocked, skipped; of a lease: holds"),
    ("foreign", "unmanaged, another environment's"),
    ("generations?", "revision; of Docker: version"),
    ("(?:get|gets|getting|got) ready", "become ready, wait until ready"),
    ("(?:give|gives|gave|given|giving) up", "cancelled, timed out"),
    ("not begun", "not started"),
    ("(?:take|takes|took|taken|taking)[ -]backs?", "rolled back"),
    ("mend(?:s|ed|ing)?", "fix"),
    ("once more", "again"),
    ("(?:in|two|a|each|its|their|the|between|of|take|takes) turns?", "batch"),
    ("gates?", "barrier"),
    ("rescue(?:s|d)?", "compensation"),
    ("keepers?", "revision store"),
    ("strangers?", "unmanaged"),
    ("muster(?:s|ed)?", "connect and observe"),
    ("glances?", "quick scope"),
    ("aim(?:s|ed|ing)?", "target"),
    ("spares?", "leftover"),
    ("garbled", "malformed"),
    ("silent ships?", "a ship that does not answer"),
    ("roll-outs?", "rollout"),
    ("anew", "again; of a container: recreate"),
    ("heeded", "used"),
    ("estates?", "dataset, environment"),
    ("contestants?", "tool"),
    ("patience", "timeout"),
    ("fetch(?:es|ed|ing)? (?:of )?(?:the |an |every )?images?", "pull"),
    ("images are fetched", "images are pulled"),
];

/// Texts in which a replaced word stays, and why. They are taken out before the search.
const STAYS: &[(&str, &str)] = &[
    ("maestro-generation-", "the name of records' volumes on engines"),
    ("maestro.generation", "labels of records on engines"),
    ("maestro.lease.patience", "a label of leases on engines"),
    ("`generation`", "a key of `history --output json`"),
    ("`generations`", "a key of `history --output json`"),
    ("\"generation\"", "a key of `history --output json`"),
    ("\"generations\"", "a key of `history --output json`, and a command that is corrected to `history`"),
    ("generations[].generation", "a key of `history --output json`"),
    ("generations[]", "a key of `history --output json`"),
    ("--generation", "an option of the scripts, which chooses a version of Docker"),
    ("scripts/generation-tests", "a script"),
    ("./lab mend", "a command of the lab"),
    ("certificates/stranger", "a file of the lab"),
    ("`foreign`", "a certificate of the lab"),
];

#[test]
fn documents_use_the_glossary() {
    let mut files: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(PathBuf::from).to_vec();
    files.extend(below(Path::new("docs"), "md"));
    files.extend(below(Path::new(".github"), "md"));
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !file.ends_with("glossary.md")) {
        found.extend(old_words(&file.display().to_string(), &fs::read_to_string(file).expect("a document")));
    }
    let changes = fs::read_to_string("CHANGELOG.md").expect("CHANGELOG.md");
    let (_, unreleased) = changes.split_once("## [Unreleased]").expect("what is not released yet");
    found.extend(old_words("CHANGELOG.md", unreleased.split("\n## ").next().expect("a section")));
    assert_none(&found);
}

#[test]
fn help_uses_the_glossary() {
    let mut found = old_words("maestro --help", &help(&[]));
    for command in commands() {
        let help = help(&[&command]);
        assert!(!help.contains("THING"), "maestro {command} --help: write [SERVICE|INSTANCE]");
        found.extend(old_words(&format!("maestro {command} --help"), &help));
    }
    assert_none(&found);
}

#[test]
fn output_uses_the_glossary() {
    let mut found = Vec::new();
    for file in below(Path::new("src"), "rs").into_iter().chain(below(Path::new("crates"), "rs")) {
        let is_test = file.iter().any(|part| part == "tests" || part == "tests.rs");
        if is_test || file.ends_with("samples.rs") {
            continue;
        }
        let code = syn::parse_file(&fs::read_to_string(&file).expect("a source file")).expect("Rust");
        let mut literals = Literals::default();
        literals.visit_file(&code);
        for literal in literals.0 {
            found.extend(old_words(&file.display().to_string(), &literal));
        }
    }
    assert_none(&found);
}

#[test]
fn each_replaced_word_is_found() {
    for (text, old) in [
        ("web-1 is held", "held"),
        ("Held: web-1", "Held"),
        ("two turns", "turns"),
        ("it is taken back", "taken back"),
    ] {
        let found = old_words("text", text);
        assert!(found.len() == 1 && found[0].contains(old), "{text}: {found:?}");
    }
    for text in ["it returns", "the program beholds nothing", "`maestro-generation-shop-1`", "gateway"] {
        assert!(old_words("text", text).is_empty(), "{text}");
    }
}

#[test]
fn the_glossary_has_no_word_twice() {
    let glossary = fs::read_to_string("docs/glossary.md").expect("docs/glossary.md");
    let rows = glossary.lines().filter_map(|line| line.strip_prefix("| "));
    let mut terms: Vec<&str> = rows
        .filter_map(|row| row.split(" | ").next())
        .flat_map(|cell| cell.split(", "))
        .filter(|term| !["term", "name"].contains(term))
        .collect();
    terms.sort_unstable();
    for pair in terms.windows(2) {
        assert!(pair[0] != pair[1], "docs/glossary.md has `{}` twice", pair[0]);
    }
    assert!(terms.len() > 40, "docs/glossary.md is not read: {terms:?}");
}

/// Every replaced word of a text, with its line and what to write instead.
fn old_words(name: &str, text: &str) -> Vec<String> {
    static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let pattern = |old| Regex::new(&format!(r"(?i)\b(?:{old})\b")).expect("a pattern");
        REPLACED.iter().map(|&(old, new)| (pattern(old), new)).collect()
    });
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = STAYS.iter().fold(line.to_owned(), |line, (stays, _)| line.replace(stays, "…"));
        for (old, new) in PATTERNS.iter() {
            for word in old.find_iter(&line) {
                let word = word.as_str();
                found.push(format!("{name}:{}: `{word}`: write `{new}`: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "words that docs/glossary.md has replaced:\n{}", found.join("\n"));
}

/// All files below a folder with this extension.
fn below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Names of all commands, as `--help` lists them.
fn commands() -> Vec<String> {
    let help = help(&[]);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().map(str::to_owned));
    names.filter(|name| !name.is_empty() && name != "help").collect()
}

fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_maestro")).args(command).arg("--help").output();
    String::from_utf8(output.expect("maestro").stdout).expect("text")
}

/// String literals outside of tests and comments.
#[derive(Default)]
struct Literals(Vec<String>);

impl Literals {
    /// Literals in the text of a macro's or an attribute's tokens, as in `format!`.
    fn tokens(&mut self, tokens: &str) {
        static LITERAL: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#""(?:[^"\\]|\\.)*""#).expect("a pattern"));
        self.0.extend(LITERAL.find_iter(tokens).map(|found| found.as_str().to_owned()));
    }
}

impl<'ast> Visit<'ast> for Literals {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
        };
        if !item.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(&list.tokens.to_string());
        }
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.0.push(format!("{:?}", literal.value()));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(&call.tokens.to_string());
    }
}
