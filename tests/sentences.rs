//! Sentences are made in `report` alone: other modules hand on facts. This test reads the sources and counts the string
//! literals outside `report` and `cli` that look like English, error messages of `thiserror` and format strings included.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// What makes sentences: `report`, the command and its auditors, `guest`, which is a program of its own, `web`, whose
/// answers a page shows, `dash`, which draws what it tells, and `file`, `build`, `model`, `endpoint` and `value`, whose
/// errors are part of the diagnostics of a file.
const EXEMPT: &[&str] = &[
    "report",
    "src",
    "guest",
    "web",
    "dash",
    "file",
    "build",
    "endpoint",
    "core/model",
    "core/diagnostic",
    "core/endpoint",
    "core/value",
];

/// Files whose texts are those of others: what an engine says of a registry and of a refused step, what `ssh` and
/// `docker buildx` say, and what the fake engine says as Docker does.
const WORDS_OF_OTHERS: &[&str] = &[
    "crates/engine/src/docker/fault.rs",
    "crates/engine/src/buildx/plain.rs",
    "crates/engine/src/transport/ssh/words.rs",
    "crates/core/src/event/layers.rs",
    "crates/run/src/execute/cause/refusal.rs",
    "crates/fake/src/",
];

/// Texts of others that stand alone: of Docker, of HTTP servers, of `ssh`, of credential helpers.
const OTHERS_SAY: &[&str] = &[
    "HTTP request to an HTTPS server",
    "plain HTTP request was sent to HTTPS port",
    "speaking plain HTTP to an SSL-enabled server port",
    "credentials not found",
    "not logged in",
    "Pulling fs layer",
    "Removing intermediate container ",
    "Status: Image is up to date",
    "Error unpacking image",
    "no space left on device",
    "is not a swarm manager",
    "Worker nodes can't be used",
    "Swarm is encrypted",
    "does not have a leader",
    "losing leader status",
    "context deadline exceeded",
    "Offering public key: ",
    "Server accepts key: ",
];

/// Methods that look for what others say.
const SEARCHES: &[&str] = &[
    "contains",
    "starts_with",
    "ends_with",
    "strip_prefix",
    "strip_suffix",
    "split_once",
    "rsplit_once",
    "find",
    "has",
    "between",
];

/// How many sentences each other module still has. The figures only go down.
const LEFT: &[(&str, usize)] = &[];

/// The fewest words of a sentence.
const WORDS: usize = 3;

#[test]
fn sentences_are_made_in_report() {
    let left: BTreeMap<&str, usize> = LEFT.iter().copied().collect();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in sources() {
        let module = module(&file);
        let is_exempt = EXEMPT.iter().any(|exempt| is_within(&module, exempt));
        let is_of_others = WORDS_OF_OTHERS.iter().any(|of| file.to_string_lossy().starts_with(of));
        if is_exempt || is_of_others || is_test_module(&file) {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source file");
        let mut visitor = Sentences::default();
        visitor.visit_file(&syn::parse_file(&text).expect("Rust"));
        let lines = visitor.found.iter().map(|sentence| format!("{}: {sentence:?}", file.display()));
        found.entry(module).or_default().extend(lines);
    }
    let mut wrong = Vec::new();
    for (module, sentences) in &found {
        let allowed = left.get(module.as_str()).copied().unwrap_or_default();
        if sentences.len() != allowed {
            wrong.push(format!(
                "{module} has {} sentences, LEFT says {allowed}:\n  {}",
                sentences.len(),
                sentences.join("\n  ")
            ));
        }
    }
    let gone = left.keys().filter(|module| !found.contains_key(**module));
    wrong.extend(gone.map(|module| format!("{module} is in LEFT and does not exist")));
    assert!(
        wrong.is_empty(),
        "carry a fact (an enum with fields) and word it in src/report/explain; LEFT in this test counts what is left:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn sentences_are_told_from_other_texts() {
    for sentence in ["no such container", "ship {} does not answer: {reason}", "it is gone, by us"] {
        assert!(is_sentence(sentence), "{sentence}");
    }
    for other in [
        "web-1",
        "{}: {}",
        "/v1.40/containers/{id}/json",
        "no space",
        "{name} ({id}) {}",
        "-o BatchMode=yes -N -T",
    ] {
        assert!(!is_sentence(other), "{other}");
    }
}

/// Whether a text has three words or more, apart from shell commands.
fn is_sentence(text: &str) -> bool {
    if ["; do ", "; then ", " || exit "].iter().any(|shell| text.contains(shell)) {
        return false;
    }
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| ",.;:!?()\"'`".contains(c));
        let mut letters = word.chars().filter(|c| !"'-".contains(*c));
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && letters.all(|c| c.is_ascii_alphabetic())
            && word.chars().any(|c| c.is_ascii_lowercase())
    };
    text.split_whitespace().filter(|word| is_word(word)).count() >= WORDS
}

/// What is found in a file, tests and documentation left out.
#[derive(Default)]
struct Sentences {
    found: Vec<String>,
}

impl Sentences {
    fn text(&mut self, text: &str) {
        if is_sentence(text) && !OTHERS_SAY.iter().any(|said| text.starts_with(said)) {
            self.found.push(text.to_owned());
        }
    }

    /// Literals in a macro's arguments or in an attribute.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut is_doc = false;
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let syn::Lit::Str(text) = syn::Lit::new(literal)
                        && !is_doc
                    {
                        self.text(&text.value());
                    }
                }
                TokenTree::Ident(ident) => is_doc = ident == "doc",
                TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Sentences {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let path = attribute.path();
        if ["doc", "expect", "allow"].iter().any(|name| path.is_ident(name)) {
            return;
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let method = call.method.to_string();
        // Why something cannot happen is for whoever reads the code.
        let is_for_programmers = method == "expect" || method == "expect_err";
        for argument in &call.args {
            let is_literal = matches!(argument, syn::Expr::Lit(_));
            let is_search = is_literal && SEARCHES.contains(&method.as_str());
            if !is_for_programmers && !is_search {
                self.visit_expr(argument);
            }
        }
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.text(&literal.value());
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let name = called.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let for_programmers = name.starts_with("assert") || name.starts_with("debug_assert");
        if !for_programmers && !["unreachable", "panic"].contains(&name.as_str()) {
            self.tokens(called.tokens.clone());
        }
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

fn is_within(module: &str, outer: &str) -> bool {
    module == outer || module.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

/// The module that a file is counted for: `crates/core/src/plan/start.rs` is of `core/plan`, a file of another crate of
/// its crate, and one of the program of `src`.
fn module(file: &Path) -> String {
    let parts: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    match parts.as_slice() {
        [crates, name, _, first, ..] if crates == "crates" && name == "core" => format!("core/{first}"),
        [crates, name, ..] if crates == "crates" => name.clone(),
        _ => "src".to_owned(),
    }
}

/// All source files of the crates and of the program.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let crates = fs::read_dir("crates").expect("the folder of crates").flatten();
    let mut folders: Vec<PathBuf> = crates.map(|one| one.path().join("src")).collect();
    folders.push(PathBuf::from("src"));
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Files that their parent declares under `#[cfg(test)]`, and those below such a file.
fn is_test_module(file: &Path) -> bool {
    let above = file.parent().expect("a folder").with_extension("rs");
    if above.is_file() && is_test_module(&above) {
        return true;
    }
    let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
    let folder = file.parent().expect("a folder");
    let parents = [folder.join("mod.rs"), folder.join("lib.rs"), folder.with_extension("rs")];
    let declares = |text: &String| {
        let parsed = syn::parse_file(text).expect("Rust");
        parsed.items.iter().any(
            |item| matches!(item, syn::Item::Mod(module) if module.ident == name && is_test(&module.attrs)),
        )
    };
    parents.iter().filter_map(|parent| fs::read_to_string(parent).ok()).any(|text| declares(&text))
}
