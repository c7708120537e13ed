//! Several files as one: files that are named one behind the other, and files that `include` names.

use std::collections::BTreeMap;

use super::{
    load::{NamedFile, load_beside, load_over},
    schema::{Schema, header},
    template::{Includes, read_include},
    yaml::{MergeRules, NodeId, NodeKind, Yaml},
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::{Sources, Span},
};

/// Keys whose lists are joined, as docker compose joins them. Lists of other keys are replaced.
pub const APPENDED: &[&str] = &[
    "aliases",
    "cap_add",
    "cap_drop",
    "configs",
    "container_volumes",
    "device_cgroup_rules",
    "devices",
    "dns",
    "dns_opt",
    "dns_search",
    "envfile",
    "expose",
    "gpus",
    "group_add",
    "labels",
    "link_local_ips",
    "networks",
    "ports",
    "post_start",
    "pre_stop",
    "profiles",
    "requires",
    "secrets",
    "security_opt",
    "sensitive",
    "tmpfs",
    "volumes",
    "volumes_from",
    "wants_info",
];

/// Sections whose entries stand in one of the files alone, if one includes the other.
const SECTIONS: [&str; 7] = ["services", "ships", "registries", "networks", "volumes", "configs", "secrets"];

/// Files may include files so deep.
const DEEPEST: usize = 20;

/// Reads files as one: a later one counts over those before it. Gives the tree, unless one of them could not be read.
pub fn load_several(
    files: Vec<NamedFile<'_>>,
    environment: &BTreeMap<String, String>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Yaml> {
    let mut loader = FileLoader { environment, sources, diagnostics, open: Vec::new() };
    let mut all: Option<Yaml> = None;
    let mut is_whole = true;
    for (at, file) in files.into_iter().enumerate() {
        let includes = file.includes;
        let name = file.name.to_owned();
        let load = if at > 0 { load_over } else { load_beside };
        let Some(yaml) = load(file, environment, loader.sources, loader.diagnostics) else {
            is_whole = false;
            continue;
        };
        let schema = all.as_ref().map(Schema::of);
        let Some(yaml) = loader.with_included(yaml, (name, schema), includes) else {
            is_whole = false;
            continue;
        };
        all = match all {
            None => Some(yaml),
            Some(base) => {
                is_whole &= loader.has_schema(&yaml, Schema::of(&base));
                Some(base.merged(yaml, &mut Over))
            }
        };
    }
    all.filter(|_| is_whole)
}

/// The work of [`load_several`].
struct FileLoader<'a> {
    environment: &'a BTreeMap<String, String>,
    sources: &'a mut Sources,
    diagnostics: &'a mut Diagnostics,
    /// The names of files that include one another, the outermost first.
    open: Vec<String>,
}

impl FileLoader<'_> {
    /// The tree over those of the files that it includes; none if one of them cannot be read. `schema` is that of the file
    /// before it.
    fn with_included(
        &mut self,
        yaml: Yaml,
        (name, schema): (String, Option<Schema>),
        includes: Includes<'_>,
    ) -> Option<Yaml> {
        let own = if header(&yaml).is_some() { Schema::of(&yaml) } else { schema.unwrap_or(Schema::One) };
        let Some(list) = yaml.value_of(yaml.root(), "include").filter(|_| own == Schema::Three) else {
            return Some(yaml);
        };
        let items = match yaml.kind(list) {
            NodeKind::Sequence(items) => items.clone(),
            NodeKind::Scalar(_) | NodeKind::Mapping(_) | NodeKind::Bad => vec![list],
        };
        self.open.push(name);
        let mut all: Option<Yaml> = None;
        let mut is_whole = true;
        for item in items {
            let Some(part) = self.included((&yaml, item), includes, own) else {
                is_whole = false;
                continue;
            };
            all = Some(match all {
                None => part,
                Some(base) => base.merged(part, &mut Beside { diagnostics: self.diagnostics }),
            });
        }
        self.open.pop();
        let whole = match all {
            None => yaml,
            Some(base) => base.merged(yaml, &mut Beside { diagnostics: self.diagnostics }),
        };
        is_whole.then_some(whole)
    }

    /// The file that an item of `include` names.
    fn included(
        &mut self,
        (yaml, item): (&Yaml, NodeId),
        includes: Includes<'_>,
        schema: Schema,
    ) -> Option<Yaml> {
        let span = yaml.span(item);
        let wrong = |text: String, label: String, help: &str| {
            Diagnostic::error("bad-include", text).at(span, label).help(help.to_owned())
        };
        let name = match yaml.kind(item) {
            NodeKind::Scalar(scalar) if !scalar.text.is_empty() => scalar.text.clone(),
            NodeKind::Scalar(_) | NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => {
                let text = "each item of `include` must be the path of a file".to_owned();
                self.diagnostics.push(wrong(text, String::new(), "write for example `include: [more.yaml]`"));
                return None;
            }
        };
        let key = name.trim_start_matches("./").to_owned();
        if self.open.contains(&key) || self.open.len() > DEEPEST {
            let text = format!("`{name}` is included by itself");
            self.diagnostics.push(wrong(text, "this leads in a circle".to_owned(), "leave this file out"));
            return None;
        }
        let text = match read_include(includes, &name) {
            Ok(Some(text)) => text,
            Ok(None) => {
                let help = "its path counts from the directory of the file that is named: correct it, or write the file";
                let label = "there is no such file".to_owned();
                self.diagnostics.push(wrong(format!("`{name}` cannot be included"), label, help));
                return None;
            }
            Err(why) => {
                let help = "put it into that directory, or allow others with `--allow-outside`";
                self.diagnostics.push(wrong(format!("`{name}` cannot be included"), why, help));
                return None;
            }
        };
        let file = NamedFile { name: &key, bytes: text.into_bytes(), includes };
        let part = load_beside(file, self.environment, self.sources, self.diagnostics)?;
        if !self.has_schema(&part, schema) {
            return None;
        }
        self.with_included(part, (key.clone(), Some(schema)), includes)
    }

    /// Tells a file that has another schema than those before it: its `volumes` would be turned around. True if it has none.
    fn has_schema(&mut self, yaml: &Yaml, schema: Schema) -> bool {
        let Some(header) = header(yaml).filter(|_| Schema::of(yaml) != schema) else { return true };
        let number = schema.number();
        let text = "files of different schemas cannot be one";
        self.diagnostics.push(
            Diagnostic::error("schema", text)
                .at(yaml.span(header), format!("the file before it has schema {number}"))
                .help(format!("write `schema: {number}`, or leave `__maestro` out of this file")),
        );
        false
    }
}

/// A later file counts.
struct Over;

impl MergeRules for Over {
    fn appends(&self, key: &str) -> bool {
        APPENDED.contains(&key)
    }

    fn meets(&mut self, _: &[String], _: Span, _: Span) {}
}

/// Files one of which includes the other: no entry of a section stands in both.
struct Beside<'d> {
    diagnostics: &'d mut Diagnostics,
}

impl MergeRules for Beside<'_> {
    fn appends(&self, key: &str) -> bool {
        key == "sensitive"
    }

    fn meets(&mut self, path: &[String], earlier: Span, later: Span) {
        if let [section] = path
            && SECTIONS.contains(&section.as_str())
        {
            let text = format!("an entry of `{section}` is in two files, of which one includes the other");
            self.diagnostics.push(
                Diagnostic::error("duplicate-entry", text)
                    .at(later, "this one")
                    .also(earlier, "and this one")
                    .help("rename one of them, or merge the files instead: `-f FILE -f OTHER`"),
            );
        }
    }
}
