//! Holds the code to the shape that `docs/architecture/` describes: who may use whom, where a crate may be named, how
//! long a file may be.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::visit::{self, Visit};

/// What each module may use, beside itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("value", &[]),
    ("endpoint", &["value"]),
    ("web", &[]),
    ("diagnostic", &["source"]),
    ("guest", &[]),
    ("document", &["source", "diagnostic", "value"]),
    ("model", &["source", "diagnostic", "value", "endpoint"]),
    ("model/resolve", &["source", "diagnostic", "value", "endpoint", "document"]),
    ("observed", &["model", "value"]),
    ("plan", &["source", "model", "observed", "value"]),
    ("event", &["source", "model", "observed", "plan"]),
    ("engine", &["model", "observed", "value", "endpoint"]),
    ("lease", &["model", "engine", "value"]),
    ("preflight", &["source", "model", "observed", "plan", "event", "engine"]),
    ("lifecycle", &["model", "observed", "engine", "value", "web"]),
    ("execute", &["model", "observed", "plan", "event", "engine", "lifecycle", "value"]),
    ("flow", &["model", "observed", "plan", "event", "engine", "lease", "execute"]),
    ("report", &["source", "diagnostic", "model", "observed", "plan", "event", "value", "web"]),
    (
        "cli",
        &[
            "source",
            "diagnostic",
            "document",
            "model",
            "observed",
            "plan",
            "event",
            "engine",
            "lease",
            "lifecycle",
            "preflight",
            "execute",
            "flow",
            "guest",
            "report",
            "value",
            "endpoint",
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
fn modules_use_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for file in sources() {
        let Some(allowed) = allowed(&file) else { continue };
        let own = module(&file);
        for used in uses(&file) {
            if used != own && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} uses crate::{used}", file.display()));
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
    for manifest in ["Cargo.toml", "benches/peers/Cargo.toml", "fuzz/Cargo.toml"] {
        let mut section = String::new();
        for line in fs::read_to_string(manifest).expect(manifest).lines() {
            if line.starts_with('[') {
                line.clone_into(&mut section);
            } else if section.ends_with("dependencies]")
                && let Some((name, _)) = line.split_once(" = ")
            {
                assert!(
                    name == "maestro" || text.contains(&format!("- `{name}`: ")),
                    "{DEPENDENCIES} does not say why {manifest} needs `{name}`"
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

/// All files below `src`.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from("src")];
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

/// The top module that a file belongs to: `src/plan/start.rs` → `plan`.
fn module(file: &Path) -> String {
    let inside = file.strip_prefix("src").expect("below src");
    let first = inside.iter().next().expect("a name").to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn allowed(file: &Path) -> Option<BTreeSet<&'static str>> {
    let module = module(file);
    if module == "lib" || module == "main" || is_test_module(file) {
        return None;
    }
    let part = if file.starts_with("src/model/resolve") { "model/resolve" } else { module.as_str() };
    let table: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    Some(table.get(part).unwrap_or_else(|| panic!("{part} is missing in MAY_USE")).iter().copied().collect())
}

/// Files that their parent declares under `#[cfg(test)]`, and those below such a file.
fn is_test_module(file: &Path) -> bool {
    let above = file.parent().expect("a folder").with_extension("rs");
    if above.is_file() && is_test_module(&above) {
        return true;
    }
    let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
    let folder = file.parent().expect("a folder");
    let parents = [folder.join("mod.rs"), folder.with_extension("rs"), PathBuf::from("src/lib.rs")];
    parents.iter().filter_map(|parent| fs::read_to_string(parent).ok()).any(|text| {
        let mut lines = text.lines().map(str::trim).peekable();
        let mut found = false;
        while let Some(line) = lines.next() {
            found |= line == "#[cfg(test)]" && lines.peek() == Some(&format!("mod {name};").as_str());
        }
        found
    })
}

/// Top modules of the crate that a file names outside its tests.
fn uses(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).expect("a source file");
    let parsed = syn::parse_file(&text).expect("Rust");
    let mut found = Uses::default();
    found.visit_file(&parsed);
    found.modules
}

#[derive(Default)]
struct Uses {
    modules: BTreeSet<String>,
}

impl Uses {
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
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
        };
        if !item.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let syn::UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.tree(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments = path.segments.iter().map(|segment| segment.ident.to_string());
        if segments.next().as_deref() == Some("crate") {
            self.modules.extend(segments.next());
        }
        visit::visit_path(self, path);
    }
}
