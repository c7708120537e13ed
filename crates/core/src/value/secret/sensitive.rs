//! Values that a file itself marks as secret.

use regex::Regex;

/// Globs on paths of keys, such as `services.db.env.TUNING` or `**.LICENSE`. `*` stands for any part of one key, `**` for
/// any number of keys, `?` for one character. What is below a path that matches is marked as well.
#[derive(Debug, Clone, Default)]
pub struct Sensitive(Vec<Regex>);

impl Sensitive {
    /// Reads globs. Those that cannot be read are left out.
    #[must_use]
    pub fn new<'g>(globs: impl IntoIterator<Item = &'g str>) -> Self {
        Self(globs.into_iter().filter_map(|glob| Regex::new(&pattern(glob)).ok()).collect())
    }

    /// Whether a value at that path is secret.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        self.0.iter().any(|glob| glob.is_match(path))
    }

    /// Whether a key of an instance is secret, be it marked where the service sets it or where the instance does.
    #[must_use]
    pub fn covers_key(&self, service: &str, instance: &str, key: &str) -> bool {
        !self.0.is_empty()
            && (self.covers(&format!("services.{service}.{key}"))
                || self.covers(&format!("services.{service}.instances.{instance}.{key}")))
    }
}

/// A glob as a regular expression.
fn pattern(glob: &str) -> String {
    let mut pattern = String::from("^");
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        let (taken, expression) = match rest {
            _ if rest.starts_with("**.") => (3, r"(?:.*\.)?".to_owned()),
            _ if rest.starts_with("**") => (2, ".*".to_owned()),
            _ if c == '*' => (1, r"[^.]*".to_owned()),
            _ if c == '?' => (1, r"[^.]".to_owned()),
            _ => (c.len_utf8(), regex::escape(&c.to_string())),
        };
        pattern.push_str(&expression);
        rest = &rest[taken..];
    }
    pattern + r"(?:\..*)?$"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_cover_paths_and_what_is_below() {
        for (glob, path, covers) in [
            ("services.db.env.TUNING", "services.db.env.TUNING", true),
            ("services.db.env.TUNING", "services.db.env.TUNING2", false),
            ("services.db.env", "services.db.env.TUNING", true),
            ("services.*.env.TUNING", "services.db.env.TUNING", true),
            ("services.*.TUNING", "services.db.env.TUNING", false),
            ("**.LICENSE", "services.db.env.LICENSE", true),
            ("**.LICENSE", "LICENSE", true),
            ("**.LIC*", "services.db.labels.LICENSE", true),
            ("**.LIC?", "services.db.labels.LICENSE", false),
            ("a(b", "a(b", true),
        ] {
            assert_eq!(Sensitive::new([glob]).covers(path), covers, "{glob} {path}");
        }
        let marked = Sensitive::new(["services.db.env.A", "services.db.instances.db-1.env.B"]);
        assert!(marked.covers_key("db", "db-1", "env.A") && marked.covers_key("db", "db-1", "env.B"));
        assert!(!marked.covers_key("db", "db-2", "env.B") && !Sensitive::default().covers("a"));
    }
}
