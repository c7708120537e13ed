//! Whether a file was written since it was read, of all files that make up an environment.

use std::{collections::BTreeMap, path::PathBuf};

use super::file::{ReadFiles, Stamp};

/// Files that are read again when one of them was written.
#[derive(Debug)]
pub(super) struct WrittenFiles {
    /// The file that has to be there.
    first: PathBuf,
    read: ReadFiles,
    /// Those that were written since, as they were seen last.
    seen: BTreeMap<PathBuf, Stamp>,
}

impl WrittenFiles {
    /// Files that were just read.
    pub(super) fn new(first: PathBuf, read: ReadFiles) -> Self {
        Self { first, read, seen: BTreeMap::new() }
    }

    /// Whether one was written since it was read, and none since this was asked last: an editor may not have written all.
    pub(super) fn has_changed(&mut self) -> bool {
        let written = self.read.written();
        let is_still = std::mem::replace(&mut self.seen, written.clone()) == written;
        is_still && !written.is_empty()
    }

    /// Whether the first file was there when it was seen last.
    pub(super) fn is_there(&self) -> bool {
        self.seen.get(&self.first).is_none_or(Option::is_some)
    }

    /// They are read now.
    pub(super) fn reading(&mut self) {
        self.read.begin();
    }

    /// What changes with the content of a file.
    pub(super) fn digest(&self) -> u64 {
        self.read.digest()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{
        super::{
            args::FileOptions,
            file::{Pipes, choose},
            understood::{Needs, Reading},
        },
        *,
    };
    use maestro_file::compose::ProjectFiles as _;

    /// The names of the files that are read for these, in a directory that has all of them.
    fn read_for(names: &[&str], texts: &[(&str, &str)]) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in texts {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let files = names.iter().map(|name| directory.path().join(name)).collect();
        let choice = choose(&FileOptions { files, ..FileOptions::default() }).unwrap_or_else(|_| panic!());
        let reading =
            Reading { variables: &BTreeMap::new(), allow_outside: false, needs: Needs::Declarations };
        let understood = reading.understood(&choice).unwrap_or_else(|_| panic!());
        assert!(!understood.diagnostics.has_errors(), "{:?}", understood.diagnostics);
        let paths = choice.files.read_files().paths();
        let below =
            |path: &PathBuf| path.strip_prefix(directory.path()).map(|path| path.display().to_string());
        paths.iter().filter_map(|path| below(path).ok()).filter(|path| !path.is_empty()).collect()
    }

    #[test]
    fn all_files_that_a_file_names_are_known() {
        let service = "services:\n  web:\n    image: web\n    envfile: web.env\n    configs: [site]\n    instances: {web-1: {}}\n";
        let first = format!("{{% include 'head.yaml' %}}\n{service}configs: {{site: {{file: site.conf}}}}\n");
        let texts = [
            ("a.yaml", first.as_str()),
            ("b.yaml", "services: {web: {env: {A: b}}}\n"),
            ("head.yaml", "name: shop\n"),
            ("web.env", "C=d\n"),
            ("site.conf", "content"),
            ("unused.env", "E=f\n"),
        ];
        let read = read_for(&["a.yaml", "b.yaml"], &texts);
        assert_eq!(read, ["a.yaml", "b.yaml", "head.yaml", "site.conf", "web.env"]);
    }

    #[test]
    fn all_files_of_a_compose_project_are_known() {
        let texts = [
            (
                "compose.yaml",
                "name: shop\ninclude: [more/compose.yaml]\nservices:\n  web:\n    extends: {file: base.yaml, \
                 service: base}\n    env_file: [{path: later.env, required: false}]\nconfigs: {site: {file: site.conf}}\n",
            ),
            ("more/compose.yaml", "services: {db: {image: db, env_file: db.env}}\n"),
            ("more/db.env", "A=b\n"),
            ("base.yaml", "services: {base: {image: web, configs: [site]}}\n"),
            ("site.conf", "content"),
            (".env", "C=d\n"),
        ];
        let read = read_for(&["compose.yaml"], &texts);
        let wanted = [
            ".env",
            "base.yaml",
            "compose.yaml",
            "later.env",
            "more/compose.yaml",
            "more/db.env",
            "site.conf",
        ];
        let missing: Vec<&&str> =
            wanted.iter().filter(|name| !read.contains(&(**name).to_string())).collect();
        assert!(missing.is_empty(), "{missing:?} of {read:?}");
    }

    #[test]
    fn a_file_has_changed_when_it_is_written_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let [first, other, later] = ["a.yaml", "b.env", "c.env"].map(|name| directory.path().join(name));
        fs::write(&first, "a").unwrap();
        fs::write(&other, "b").unwrap();
        let pipes = Pipes::default();
        let read = |path| pipes.read(path);
        for path in [&first, &other, &later] {
            read(path).ok();
        }
        let mut files = WrittenFiles::new(first.clone(), pipes.read_files().clone());
        assert!(!files.has_changed());
        for path in [&first, &other, &later] {
            let before = files.digest();
            fs::write(path, "more").unwrap();
            assert!(!files.has_changed() && files.has_changed() && files.has_changed(), "{}", path.display());
            files.reading();
            read(path).unwrap();
            assert!(!files.has_changed() && files.is_there() && files.digest() != before);
        }
        fs::remove_file(&other).unwrap();
        assert!(!files.has_changed() && files.has_changed() && files.is_there());
        fs::remove_file(&first).unwrap();
        assert!(!files.has_changed() && files.has_changed() && !files.is_there());
    }
}
