//! Holds the code to the shape that `docs/architecture/` describes: who may use whom, where a crate may be named, how
//! long a file may be.

mod circles;
mod scripts;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::visit::{self, Visit};

/// Crates whose modules have rows of their own; every other crate is one row.
const WITH_MODULES: [&str; 3] = ["core", "file", "run"];

/// What each module may use, beside itself. Cargo holds what crates may use; this holds it inside of them.
const MAY_USE: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("value", &[]),
    ("fault", &[]),
    ("diagnostic", &["source"]),
    ("endpoint", &["value"]),
    ("model", &["source", "diagnostic", "value", "endpoint"]),
    ("observed", &["model", "value", "fault"]),
    ("plan", &["source", "model", "observed", "value", "fault"]),
    ("event", &["source", "model", "observed", "plan", "fault"]),
    ("timeline", &["model", "plan", "event"]),
    ("watch", &["model", "observed", "plan", "value", "fault"]),
    ("document", &["source", "diagnostic", "value"]),
    ("compose", &["source", "diagnostic", "value", "document"]),
    ("export", &["model", "value", "document"]),
    ("resolve", &["source", "diagnostic", "value", "endpoint", "model", "document", "compose"]),
    ("engine", &["model", "observed", "value", "endpoint", "fault"]),
    ("fake", &["model", "observed", "engine", "value", "fault"]),
    ("store", &["observed", "timeline", "engine", "fault"]),
    ("lease", &["model", "engine", "store", "value", "fault"]),
    ("preflight", &["source", "model", "observed", "plan", "event", "engine", "value", "fault"]),
    ("lifecycle", &["model", "observed", "engine", "value", "http", "fault"]),
    ("archives", &["model", "observed", "engine", "store", "lease", "value", "fault"]),
    ("carry", &["observed", "engine", "archives", "value", "fault"]),
    (
        "execute",
        &[
            "model",
            "observed",
            "plan",
            "event",
            "engine",
            "store",
            "lease",
            "archives",
            "carry",
            "lifecycle",
            "value",
            "fault",
        ],
    ),
    (
        "operations",
        &[
            "model",
            "observed",
            "plan",
            "event",
            "timeline",
            "watch",
            "engine",
            "store",
            "lease",
            "preflight",
            "archives",
            "carry",
            "execute",
            "lifecycle",
            "value",
            "fault",
        ],
    ),
    (
        "report",
        &[
            "source",
            "diagnostic",
            "model",
            "observed",
            "plan",
            "event",
            "timeline",
            "watch",
            "value",
            "fault",
        ],
    ),
    ("http", &[]),
    ("guest", &[]),
    ("web", &[]),
    ("dash", &["model", "report"]),
    ("build", &["model", "source", "diagnostic"]),
    ("audit", &["model", "event", "plan", "value", "report", "http"]),
    (
        "cli",
        &[
            "source",
            "diagnostic",
            "document",
            "compose",
            "export",
            "model",
            "resolve",
            "observed",
            "plan",
            "event",
            "timeline",
            "watch",
            "engine",
            "lease",
            "lifecycle",
            "preflight",
            "archives",
            "execute",
            "operations",
            "guest",
            "web",
            "dash",
            "build",
            "report",
            "value",
            "endpoint",
            "audit",
            "fault",
        ],
    ),
];

/// Has the table of modules.
const OVERVIEW: &str = "docs/architecture/README.md";

/// Says why each dependency is used.
const DEPENDENCIES: &str = "docs/architecture/dependencies.md";

/// Lines that a file may have before its tests.
const LINES: usize = 400;

#[test]
fn a_name_stands_for_one_public_type() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in sources() {
        let file = syn::parse_file(&fs::read_to_string(&path).expect("a file")).expect("Rust");
        for name in file.items.iter().filter_map(public_type) {
            places.entry(name).or_default().push(path.display().to_string());
        }
    }
    let twice: Vec<_> = places.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(
        places.len() > 300 && twice.is_empty(),
        "{} types; names that stand for several: {twice:#?}",
        places.len()
    );
}

/// The name of a public type or trait.
fn public_type(item: &syn::Item) -> Option<String> {
    let (visibility, name) = match item {
        syn::Item::Struct(item) => (&item.vis, &item.ident),
        syn::Item::Enum(item) => (&item.vis, &item.ident),
        syn::Item::Trait(item) => (&item.vis, &item.ident),
        syn::Item::Type(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    matches!(visibility, syn::Visibility::Public(_)).then(|| name.to_string())
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for file in sources() {
        let Some(allowed) = allowed(&file) else { continue };
        let own = module(&file);
        for used in uses(&file) {
            if used != own && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "see the table in docs/architecture/README.md:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_is_in_the_table_and_in_the_document() {
    let text = fs::read_to_string(OVERVIEW).expect(OVERVIEW);
    for file in sources() {
        let module = module(&file);
        if module == "lib" || module == "main" {
            continue;
        }
        assert!(MAY_USE.iter().any(|(name, _)| *name == module), "{module} is missing in MAY_USE");
        assert!(text.contains(&format!("| `{module}` |")), "{module} is missing in {OVERVIEW}");
    }
    for (module, allowed) in MAY_USE.iter().filter(|(module, _)| *module != "cli") {
        let names: Vec<String> = allowed.iter().map(|name| format!("`{name}`")).collect();
        let row = match names.as_slice() {
            [] => format!("| `{module}` | – |"),
            names => format!("| `{module}` | {} |", names.join(", ")),
        };
        assert!(text.contains(&row), "{OVERVIEW} lacks the row\n{row}");
    }
}

#[test]
fn the_client_library_is_named_in_engine_alone() {
    for file in sources().into_iter().filter(|file| module(file) != "engine") {
        let text = fs::read_to_string(&file).expect("a source file");
        assert!(!text.contains("bollard"), "{} names bollard", file.display());
    }
}

#[test]
fn every_dependency_is_justified() {
    let text = fs::read_to_string(DEPENDENCIES).expect(DEPENDENCIES);
    let others = ["Cargo.toml", "benches/peers/Cargo.toml", "fuzz/Cargo.toml"].map(PathBuf::from);
    for manifest in crates().into_iter().map(|folder| folder.join("Cargo.toml")).chain(others) {
        let mut section = String::new();
        for line in fs::read_to_string(&manifest).expect("a manifest").lines() {
            if line.starts_with('[') {
                line.clone_into(&mut section);
            } else if section.ends_with("dependencies]")
                && let Some((name, _)) = line.split_once(" = ")
            {
                let name = name.trim_end_matches(".workspace");
                assert!(
                    name.starts_with("maestro-") || text.contains(&format!("- `{name}`: ")),
                    "{DEPENDENCIES} does not say why {} needs `{name}`",
                    manifest.display()
                );
            }
        }
    }
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    for file in sources() {
        let text = fs::read_to_string(&file).expect("a source file");
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        if lines > LINES && !is_test_module(&file) {
            long.push(format!("{}: {lines}", file.display()));
        }
    }
    assert!(long.is_empty(), "more than {LINES} lines before their tests:\n{}", long.join("\n"));
    let main = fs::read_to_string("src/main.rs").expect("src/main.rs");
    assert!(main.lines().count() <= 30, "main only runs and returns the exit code");
}

/// Cargo.toml says `doctest = false`, because rustdoc takes long to find none.
#[test]
fn no_documentation_holds_an_example() {
    for file in sources() {
        let text = fs::read_to_string(&file).expect("a source file");
        let mut opened = false;
        for line in text.lines().filter(|line| line.trim_start().starts_with("//")) {
            let Some((_, kind)) = line.split_once("```") else { continue };
            opened = !opened;
            assert!(!opened || kind == "text", "{}: move the example to a test: {line}", file.display());
        }
    }
}

/// The folders of the crates beside the program's.
fn crates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir("crates").expect("crates").flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

/// All files below `src` of the program and of each crate.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = crates().into_iter().map(|folder| folder.join("src")).collect();
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

/// The crate that a file belongs to, by its folder in `crates`; none for the program's.
fn crate_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix("crates").ok()?;
    Some(inside.iter().next()?.to_string_lossy().into_owned())
}

/// The row of the table that a file belongs to: `crates/core/src/plan/start.rs` is of `plan`, `crates/engine/src/pull.rs` of
/// `engine`.
fn module(file: &Path) -> String {
    let name = crate_of(file);
    if let Some(name) = name.as_ref().filter(|name| !WITH_MODULES.contains(&name.as_str())) {
        return name.clone();
    }
    let sources =
        name.map_or_else(|| PathBuf::from("src"), |name| Path::new("crates").join(name).join("src"));
    let inside = file.strip_prefix(sources).expect("below src");
    let first = inside.iter().next().expect("a name").to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn allowed(file: &Path) -> Option<BTreeSet<&'static str>> {
    let module = module(file);
    if module == "lib" || module == "main" || is_test_module(file) {
        return None;
    }
    let table: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let allowed = table.get(module.as_str()).unwrap_or_else(|| panic!("{module} is missing in MAY_USE"));
    Some(allowed.iter().copied().collect())
}

/// Files that their parent declares under `#[cfg(test)]`, and those below such a file.
fn is_test_module(file: &Path) -> bool {
    let above = file.parent().expect("a folder").with_extension("rs");
    if above.is_file() && is_test_module(&above) {
        return true;
    }
    let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
    let folder = file.parent().expect("a folder");
    let parents = [folder.join("mod.rs"), folder.with_extension("rs"), folder.join("lib.rs")];
    parents.iter().filter_map(|parent| fs::read_to_string(parent).ok()).any(|text| {
        let mut lines = text.lines().map(str::trim).peekable();
        let mut found = false;
        while let Some(line) = lines.next() {
            found |= line == "#[cfg(test)]" && lines.peek() == Some(&format!("mod {name};").as_str());
        }
        found
    })
}

/// Rows of the table that a file names outside its tests.
fn uses(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).expect("a source file");
    let parsed = syn::parse_file(&text).expect("Rust");
    let name = crate_of(file);
    let has_modules = name.is_none_or(|name| WITH_MODULES.contains(&name.as_str()));
    let mut found = Uses { has_modules, modules: BTreeSet::new() };
    found.visit_file(&parsed);
    found.modules
}

/// Whether that is `#[cfg(test)]`.
fn is_test(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
}

struct Uses {
    /// Whether the modules of the file's own crate have rows.
    has_modules: bool,
    modules: BTreeSet<String>,
}

/// What the first word of a path leads to.
enum Root {
    /// A crate whose modules have rows: the next word is one.
    Modules,
    /// A row.
    Row(String),
    /// Nothing of ours.
    Other,
}

impl Uses {
    fn root(&self, word: &str) -> Root {
        match word.strip_prefix("maestro_") {
            Some(name) if WITH_MODULES.contains(&name) => Root::Modules,
            Some(name) => Root::Row(name.to_owned()),
            None if word == "crate" && self.has_modules => Root::Modules,
            None => Root::Other,
        }
    }

    fn tree(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                self.modules.insert(path.ident.to_string());
            }
            syn::UseTree::Name(name) => {
                self.modules.insert(name.ident.to_string());
            }
            syn::UseTree::Rename(rename) => {
                self.modules.insert(rename.ident.to_string());
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(item)),
            syn::UseTree::Glob(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !item.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        match &item.tree {
            syn::UseTree::Path(path) => match self.root(&path.ident.to_string()) {
                Root::Modules => self.tree(&path.tree),
                Root::Row(row) => self.modules.extend([row]),
                Root::Other => {}
            },
            syn::UseTree::Name(syn::UseName { ident })
            | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                if let Root::Row(row) = self.root(&ident.to_string()) {
                    self.modules.insert(row);
                }
            }
            syn::UseTree::Group(_) | syn::UseTree::Glob(_) => {}
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments = path.segments.iter().map(|segment| segment.ident.to_string());
        match segments.next().map(|first| self.root(&first)) {
            Some(Root::Modules) => self.modules.extend(segments.next()),
            Some(Root::Row(row)) => self.modules.extend([row]),
            Some(Root::Other) | None => {}
        }
        visit::visit_path(self, path);
    }
}
