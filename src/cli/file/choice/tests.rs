//! Which file is meant, in directories with files of both kinds.

use std::fs;

use super::*;

const MAESTRO: &str = "name: shop\nservices: {web: {image: nginx, instances: {web-1: {}}}}\n";
const COMPOSE: &str = "services: {web: {image: nginx, ports: ['80:80']}}\n";

/// Directories with files; what is meant is asked for in one of them.
struct Place {
    root: tempfile::TempDir,
    surroundings: Surroundings,
}

fn place(here: &str, files: &[(&str, &str)]) -> Place {
    let root = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let here = root.path().canonicalize().unwrap().join(here);
    fs::create_dir_all(&here).unwrap();
    Place { root, surroundings: Surroundings { here, variables: BTreeMap::new() } }
}

impl Place {
    fn with(mut self, name: &str, value: &str) -> Self {
        self.surroundings.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What is meant: its format and path, with `/` for the root of the directories, and `above` if it is announced.
    fn meant(&self, options: &FileOptions) -> String {
        let root = self.root.path().canonicalize().unwrap().display().to_string();
        match self.surroundings.choose(options) {
            Ok(choice) => {
                let format = match &choice.file {
                    ChosenFile::Maestro(_) => "maestro",
                    ChosenFile::Compose { .. } => "compose",
                };
                let site = match &choice.file {
                    ChosenFile::Compose { site: Some(site), .. } => format!(" + {}", site.display()),
                    ChosenFile::Compose { site: None, .. } | ChosenFile::Maestro(_) => String::new(),
                };
                let above = if choice.found_above.is_some() { " above" } else { "" };
                format!("{format} {}{site}{above}", choice.path().display().to_string().replace(&root, ""))
            }
            Err(problem) => {
                let text = problem.told().0.unwrap_or_default().replace(&format!("{root}/"), "/");
                text.lines().next().unwrap_or_default().to_owned()
            }
        }
    }
}

fn named(files: &[&str]) -> FileOptions {
    FileOptions { files: files.iter().map(PathBuf::from).collect(), ..FileOptions::default() }
}

fn nearest(place: &Place) -> String {
    place.meant(&FileOptions::default())
}

#[test]
fn the_nearest_directory_that_has_a_file_counts() {
    for (here, files, meant) in [
        ("", &["maestro.yaml"] as &[_], "maestro ./maestro.yaml"),
        ("", &["maestro.yml", "compose.yaml"], "maestro ./maestro.yml"),
        ("", &["maestro.yaml", "maestro.yml"], "maestro ./maestro.yaml"),
        ("", &["compose.yaml", "compose.yml", "docker-compose.yml"], "compose ./compose.yaml"),
        ("", &["docker-compose.yaml", "docker-compose.yml"], "compose ./docker-compose.yml"),
        ("a/b/c", &["maestro.yaml"], "maestro /maestro.yaml above"),
        ("a/b", &["maestro.yaml", "a/compose.yml"], "compose /a/compose.yml above"),
        ("a/b", &["a/b/docker-compose.yml", "a/maestro.yaml"], "compose ./docker-compose.yml"),
        ("a", &["maestro.yaml", "b/maestro.yaml"], "maestro /maestro.yaml above"),
    ] {
        let content = |name: &str| if name.contains("compose") { COMPOSE } else { MAESTRO };
        let files: Vec<(&str, &str)> = files.iter().map(|name| (*name, content(name))).collect();
        assert_eq!(nearest(&place(here, &files)), meant, "{here}: {files:?}");
    }
}

#[test]
fn the_content_of_a_file_counts_where_its_name_leaves_a_choice() {
    assert_eq!(nearest(&place("", &[("compose.yaml", MAESTRO)])), "maestro ./compose.yaml");
    assert_eq!(nearest(&place("a", &[("compose.yaml", MAESTRO)])), "maestro /compose.yaml above");
    let place = place("", &[("shop.yaml", COMPOSE), ("site.yaml", MAESTRO), ("maestro.yaml", COMPOSE)]);
    assert_eq!(place.meant(&named(&["shop.yaml"])), "compose shop.yaml");
    assert_eq!(place.meant(&named(&["site.yaml"])), "maestro site.yaml");
    assert_eq!(place.meant(&named(&["maestro.yaml"])), "maestro maestro.yaml");
    assert_eq!(place.meant(&named(&["-"])), "maestro -");
    assert_eq!(place.meant(&named(&["none.yaml"])), "maestro none.yaml");
}

#[test]
fn compose_files_may_be_several_with_a_site_file_behind_them() {
    let files = [("compose.yaml", COMPOSE), ("more.yaml", "services: {web: {image: x}}\n")];
    let place = place("", &[files[0], files[1], ("shop.yaml", MAESTRO), ("site.yaml", MAESTRO)]);
    assert_eq!(place.meant(&named(&["compose.yaml", "more.yaml"])), "compose compose.yaml");
    assert_eq!(place.meant(&named(&["more.yaml", "compose.yaml"])), "compose more.yaml");
    // A file of Maestro behind them is their site file.
    assert_eq!(
        place.meant(&named(&["compose.yaml", "more.yaml", "shop.yaml"])),
        "compose compose.yaml + shop.yaml"
    );
    assert_eq!(
        place.meant(&named(&["shop.yaml", "compose.yaml"])),
        "error: shop.yaml is a site file, which follows the Compose files"
    );
    assert_eq!(
        place.meant(&named(&["compose.yaml", "shop.yaml", "more.yaml"])),
        "error: more.yaml comes after the site file shop.yaml"
    );
    let full = |name: &str| place.surroundings.here.join(name).display().to_string();
    assert_eq!(place.meant(&named(&[&full("shop.yaml"), &full("site.yaml")])), "maestro /shop.yaml");
    assert_eq!(place.meant(&named(&[&full("shop.yaml"), &full("none.yaml")])), "maestro /shop.yaml");
}

#[test]
fn files_of_maestro_may_be_several() {
    let more = "services: {web: {image: nginx:2}}\n";
    let place = place("", &[("maestro.yaml", MAESTRO), ("more.yaml", more), ("compose.yaml", COMPOSE)]);
    let later = |files: &[&str]| match place.surroundings.choose(&named(files)).unwrap().file {
        ChosenFile::Maestro(files) => files.later,
        ChosenFile::Compose { .. } => panic!("not of Maestro"),
    };
    // Behind an environment any file is merged over it, unless it is called as Compose files are.
    assert_eq!(later(&["maestro.yaml", "more.yaml"]), [Path::new("more.yaml")]);
    assert_eq!(
        place.meant(&named(&["maestro.yaml", "compose.yaml"])),
        "error: maestro.yaml is a site file, which follows the Compose files"
    );
}

#[test]
fn an_option_comes_before_the_variable_and_that_before_what_is_found() {
    let files = [("maestro.yaml", MAESTRO), ("a/shop.yaml", MAESTRO), ("a/compose.yaml", COMPOSE)];
    let here = || place("", &files);
    assert_eq!(nearest(&here().with("MAESTRO_FILE", "a/shop.yaml")), "maestro a/shop.yaml");
    assert_eq!(nearest(&here().with("MAESTRO_FILE", "a/compose.yaml")), "compose a/compose.yaml");
    assert_eq!(nearest(&here().with("MAESTRO_FILE", "")), "maestro ./maestro.yaml");
    let both = here().with("MAESTRO_FILE", "a/shop.yaml");
    assert_eq!(both.meant(&named(&["maestro.yaml"])), "maestro maestro.yaml");
    assert_eq!(nearest(&here().with("MAESTRO_FILE", "b.yaml")), "error: there is no file b.yaml");
}

#[test]
fn the_variable_of_compose_counts_where_there_is_no_file_of_maestro() {
    let files = [("a/prod.yml", COMPOSE), ("b/maestro.yaml", MAESTRO), ("c/compose.yaml", COMPOSE)];
    let meant = |here: &str| nearest(&place(here, &files).with("COMPOSE_FILE", "../a/prod.yml"));
    assert_eq!(meant("b"), "maestro ./maestro.yaml");
    assert_eq!(meant("c"), "compose /a/prod.yml");
    assert_eq!(meant("d"), "compose /a/prod.yml");
    // The file `.env` may say it as well.
    let in_env_file = place("", &[(".env", "COMPOSE_FILE=prod.yml\n"), ("prod.yml", COMPOSE)]);
    assert_eq!(nearest(&in_env_file), "compose ./prod.yml");
}

#[test]
fn the_project_directory_is_where_files_are_looked_for() {
    let mut options = FileOptions::default();
    options.compose.project_directory = Some("sub".into());
    let place = place("", &[("sub/compose.yaml", COMPOSE)]);
    assert_eq!(place.meant(&options), "compose ./sub/compose.yaml");
}

#[test]
fn options_of_compose_files_are_refused_beside_a_file_of_maestro() {
    let place = place("", &[("maestro.yaml", MAESTRO), ("compose.yaml", COMPOSE)]);
    let with = |change: fn(&mut FileOptions)| {
        let mut options = FileOptions::default();
        change(&mut options);
        assert!(!place.meant(&options).starts_with("compose"));
        let refused = place.meant(&options);
        options.files = vec!["compose.yaml".into()];
        assert_eq!(place.meant(&options), "compose compose.yaml");
        refused
    };
    let refused = |option: &str| format!("error: `{option}` has no effect with maestro.yaml");
    let read = "maestro ./maestro.yaml";
    assert_eq!(with(|o| o.compose.profiles = vec!["dev".into()]), read);
    assert_eq!(with(|o| o.compose.env_files = vec!["x.env".into()]), read);
    assert_eq!(with(|o| o.compose.project_name = Some("x".into())), refused("--project-name"));
    assert_eq!(with(|o| o.compose.project_directory = Some(".".into())), refused("--project-directory"));
}

#[test]
fn where_there_is_no_file_all_names_are_told() {
    let problem = place("", &[]).surroundings.choose(&FileOptions::default()).unwrap_err();
    let text = problem.told().0.unwrap();
    for name in MAESTRO_NAMES.iter().chain(&DEFAULT_NAMES) {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn a_file_that_others_may_have_put_there_is_not_found() {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    let place = place("mine", &[("compose.yaml", COMPOSE)]);
    let root = place.root.path();
    // Only root may give a file away.
    if chown(root.join("compose.yaml"), Some(12_345), None).is_err() {
        return;
    }
    assert_eq!(nearest(&place), "compose /compose.yaml above");
    fs::set_permissions(root, fs::Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(
        nearest(&place),
        "error: /compose.yaml belongs to another user, and its directory is writable for everybody"
    );
}
