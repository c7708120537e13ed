//! Files that use one another in a circle: none of them can be read, moved or tested without the others.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use petgraph::{
    algo::tarjan_scc,
    graph::{DiGraph, NodeIndex},
};
use syn::visit::{self, Visit};

use super::{crate_of, is_test, is_test_module, sources};

/// A module by its crate and the names that lead to it: `[core, plan, start]`.
type Module = Vec<String>;

#[test]
fn no_files_use_one_another_in_a_circle() {
    let files: BTreeMap<Module, File> =
        sources().iter().filter(|file| !is_test_module(file)).map(|file| File::read(file)).collect();
    let names: Vec<&Module> = files.keys().collect();
    let number = |module: &Module| names.iter().position(|name| *name == module);
    let mut graph = DiGraph::<(), ()>::new();
    for _ in &names {
        graph.add_node(());
    }
    let mut seen: BTreeMap<(usize, usize), BTreeSet<String>> = BTreeMap::new();
    for (user, file) in &files {
        for path in &file.uses {
            let used = target(&files, path, 0);
            if let (Some(a), Some(b)) = (number(user), used.as_ref().and_then(number))
                && a != b
            {
                graph.update_edge(NodeIndex::new(a), NodeIndex::new(b), ());
                seen.entry((a, b)).or_default().insert(path.last().cloned().unwrap_or_default());
            }
        }
    }
    let circles: Vec<_> = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1).collect();
    let mut told = String::new();
    for circle in &circles {
        told += "a circle:\n";
        for ((a, b), what) in &seen {
            if circle.contains(&NodeIndex::new(*a)) && circle.contains(&NodeIndex::new(*b)) {
                let (a, b) = (names[*a].join("::"), names[*b].join("::"));
                let what = what.iter().cloned().collect::<Vec<_>>().join(", ");
                let _ = writeln!(told, "  {a} uses {what} of {b}");
            }
        }
    }
    assert!(circles.is_empty(), "move what both need into a file of its own:\n{told}");
}

/// The file that has what a path names; followed through names that files hand on. None if it is not ours.
fn target(files: &BTreeMap<Module, File>, path: &[String], depth: usize) -> Option<Module> {
    let mut module = path.to_vec();
    while !files.contains_key(&module) {
        module.pop()?;
    }
    let file = &files[&module];
    let handed_on = path.get(module.len()).and_then(|name| file.hands_on.get(name));
    match handed_on {
        Some(to) if depth < 8 => target(files, to, depth + 1),
        Some(_) | None => Some(module),
    }
}

struct File {
    /// Full paths of all that it names outside of its tests.
    uses: Vec<Vec<String>>,
    /// Full paths of what it hands on with `pub use`, by name.
    hands_on: BTreeMap<String, Vec<String>>,
}

impl File {
    fn read(path: &Path) -> (Module, Self) {
        let module = module_path(path);
        let parsed = syn::parse_file(&fs::read_to_string(path).expect("a source file")).expect("Rust");
        let mut found =
            Found { module: module.clone(), inside: 0, uses: Vec::new(), hands_on: BTreeMap::new() };
        found.visit_file(&parsed);
        (module, Self { uses: found.uses, hands_on: found.hands_on })
    }
}

/// `crates/core/src/plan/start.rs` is `[core, plan, start]`, and `crates/core/src/plan/mod.rs` is `[core, plan]`.
fn module_path(file: &Path) -> Module {
    let name = crate_of(file);
    let sources =
        name.as_ref().map_or_else(|| PathBuf::from("src"), |name| Path::new("crates").join(name).join("src"));
    let inside = file.strip_prefix(sources).expect("below src").with_extension("");
    let mut module = vec![name.unwrap_or_else(|| "maestro".to_owned())];
    module.extend(inside.iter().map(|part| part.to_string_lossy().into_owned()));
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

struct Found {
    module: Module,
    /// How many modules that the file has inside are open.
    inside: usize,
    uses: Vec<Vec<String>>,
    hands_on: BTreeMap<String, Vec<String>>,
}

impl Found {
    /// The full path of one that begins with `crate`, `self`, `super` or one of our crates.
    fn full(&self, path: &[String]) -> Option<Vec<String>> {
        let first = path.first()?;
        if let Some(name) = first.strip_prefix("maestro_") {
            return Some([&[name.to_owned()], &path[1..]].concat());
        }
        match first.as_str() {
            "crate" => Some([&self.module[..1], &path[1..]].concat()),
            "self" => Some([&self.module[..], &path[1..]].concat()),
            "super" => {
                let up = path.iter().take_while(|part| *part == "super").count();
                let up_files = up.saturating_sub(self.inside);
                let base = self.module.get(..self.module.len().checked_sub(up_files)?)?;
                Some([base, &path[up..]].concat())
            }
            _ => None,
        }
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String], is_public: bool) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident), is_public),
            syn::UseTree::Name(name) if name.ident == "self" => self.used(before, None),
            syn::UseTree::Name(name) => {
                self.used(&with(&name.ident), is_public.then(|| name.ident.to_string()));
            }
            syn::UseTree::Rename(name) => {
                self.used(&with(&name.ident), is_public.then(|| name.rename.to_string()));
            }
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|item| self.tree(item, before, is_public));
            }
            syn::UseTree::Glob(_) => self.used(before, None),
        }
    }

    fn used(&mut self, path: &[String], handed_on_as: Option<String>) {
        // `use start::plan` in the file that declares `start`.
        let path = self.full(path).unwrap_or_else(|| [&self.module[..], path].concat());
        match handed_on_as {
            Some(name) => {
                self.hands_on.insert(name, path);
            }
            None => self.uses.push(path),
        }
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.attrs.iter().any(is_test) {
            return;
        }
        let has_body = usize::from(item.content.is_some());
        self.inside += has_body;
        visit::visit_item_mod(self, item);
        self.inside -= has_body;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !item.attrs.iter().any(is_test) {
            self.tree(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
        }
    }

    /// `pub(in crate::plan)` names a module without using it.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let full = self.full(&parts).filter(|_| parts.len() > 1);
        self.uses.extend(full);
        visit::visit_path(self, path);
    }
}
