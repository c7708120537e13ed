//! `sensitive`: the values that a file marks as secret.

use super::{
    read::{Field, Reader},
    scalar::python_text,
    yaml::{NodeId, NodeKind, Yaml},
};
use maestro_core::{diagnostic::Diagnostic, value::secret::Sensitive};

/// How many values are looked at: aliases can make many of a small file.
const MOST: usize = 1_000_000;

/// Reads the globs, and keeps diagnostics from showing what they mark.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Sensitive {
    let globs = reader.texts(field.value, "`sensitive`", "sensitive: [\"**.LICENSE\"]");
    let each = globs.iter().map(|glob| Sensitive::new([glob.value.as_str()])).collect::<Vec<_>>();
    let mut marked = Marked {
        yaml: reader.yaml,
        globs: &each,
        found: vec![false; each.len()],
        values: Vec::new(),
        has_env_files: false,
        has_services: false,
        left: MOST,
    };
    marked.walk(reader.yaml.root(), "");
    let Marked { values, found, has_env_files, has_services, .. } = marked;
    reader.diagnostics.hide(values);
    for (glob, _) in globs.iter().zip(found).filter(|(_, found)| !found) {
        // A variable of an env file has a path that the file itself does not show.
        if !has_services || (has_env_files && (glob.value.contains("env") || glob.value.starts_with("**"))) {
            continue;
        }
        reader.diagnostics.push(
            Diagnostic::warning("sensitive-nothing", format!("`{}` marks nothing in this file", glob.value))
                .at(glob.span, "no key has this path")
                .help("write `services.SERVICE.env.NAME`, or `**.NAME` for keys of that name anywhere"),
        );
    }
    Sensitive::new(globs.iter().map(|glob| glob.value.as_str()))
}

/// What the globs of a file mark.
struct Marked<'a> {
    yaml: &'a Yaml,
    globs: &'a [Sensitive],
    /// Which of the globs mark something.
    found: Vec<bool>,
    values: Vec<String>,
    has_env_files: bool,
    has_services: bool,
    left: usize,
}

impl Marked<'_> {
    /// Looks at a value, whose path that is, and at all below it.
    fn walk(&mut self, node: NodeId, path: &str) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        self.has_services |= path.starts_with("services.");
        self.has_env_files |= path.ends_with(".envfile");
        let mut is_marked = false;
        for (glob, found) in self.globs.iter().zip(&mut self.found) {
            let covers = glob.covers(path);
            *found |= covers;
            is_marked |= covers;
        }
        match self.yaml.kind(node) {
            NodeKind::Scalar(scalar) if is_marked => {
                self.values.push(scalar.text.clone());
                self.values.push(python_text(&self.yaml.value(node)));
            }
            NodeKind::Scalar(_) | NodeKind::Bad => {}
            NodeKind::Sequence(items) => {
                for (at, &item) in items.iter().enumerate() {
                    self.walk(item, &joined(path, &at.to_string()));
                }
            }
            NodeKind::Mapping(_) => {
                for entry in self.yaml.entries(node) {
                    let key = python_text(&self.yaml.value(entry.key));
                    if !(path.is_empty() && key == "sensitive") {
                        self.walk(entry.value, &joined(path, &key));
                    }
                }
            }
        }
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
