use std::{
    collections::BTreeMap,
    fs::{File, FileTimes, Permissions},
    io::Read as _,
    os::unix::fs::symlink,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use super::*;

/// A directory with these files; a name that ends with `/` is a directory.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    folder
}

fn context(folder: &TempDir) -> BuildContext {
    let dockerfile = Dockerfile::at(folder.path(), "Dockerfile").unwrap();
    BuildContext::read(folder.path(), dockerfile).unwrap()
}

fn names(context: &BuildContext) -> Vec<&str> {
    context.entries().iter().map(|entry| entry.name.as_str()).collect()
}

fn digest(folder: &TempDir) -> String {
    context(folder).digest(&mut DigestCache::default()).unwrap()
}

#[test]
fn rules_leave_out_files_and_directories_and_keep_what_builders_read() {
    let folder = folder(&[
        ("Dockerfile", "FROM scratch"),
        (".dockerignore", "*\n!src\nsrc/*.log\n!vendor/keep"),
        ("src/main.rs", ""),
        ("src/a.log", ""),
        ("src/empty/", ""),
        ("target/debug/maestro", ""),
        ("vendor/keep/a", ""),
        ("vendor/other/b", ""),
    ]);
    assert_eq!(
        names(&context(&folder)),
        [
            ".dockerignore",
            "Dockerfile",
            "src",
            "src/empty",
            "src/main.rs",
            "vendor",
            "vendor/keep",
            "vendor/keep/a",
        ]
    );
}

#[test]
fn an_ignore_file_of_the_dockerfile_goes_first() {
    let folder = folder(&[
        ("Dockerfile", ""),
        ("Dockerfile.dockerignore", "a"),
        (".dockerignore", "b"),
        ("a", ""),
        ("b", ""),
    ]);
    assert_eq!(names(&context(&folder)), [".dockerignore", "Dockerfile", "Dockerfile.dockerignore", "b"]);
}

#[test]
fn a_dockerfile_outside_is_added_under_a_name_of_its_own() {
    let outer = folder(&[("Dockerfile", "FROM outside"), ("app/main.rs", "")]);
    let app = outer.path().join("app");
    let dockerfile = Dockerfile::at(&app, "../Dockerfile").unwrap();
    assert_eq!(dockerfile, Dockerfile::Text(b"FROM outside".to_vec()));
    let context = BuildContext::read(&app, dockerfile).unwrap();
    let files = unpacked(&context);
    assert_eq!(files[context.dockerfile_name()], "FROM outside");
    assert_eq!(files.len(), 2);
    assert_eq!(Dockerfile::at(&app, "./x/../main.rs").unwrap(), Dockerfile::Inside("main.rs".to_owned()));
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = folder(&[("a", ""), (".dockerignore", "a\n[")]);
    let at = |path: &str| Dockerfile::at(folder.path(), path);
    assert!(
        matches!(at("Dockerfile"), Err(ContextError::NoDockerfile(path)) if path.ends_with("Dockerfile"))
    );
    assert!(matches!(at("a/Dockerfile"), Err(ContextError::NoDockerfile(_))));
    let read = |path: &str| BuildContext::read(&folder.path().join(path), Dockerfile::Text(Vec::new()));
    assert!(matches!(read("none"), Err(ContextError::Missing(_))));
    assert!(matches!(read("a"), Err(ContextError::NotADirectory(_))));
    let Err(ContextError::BadPatterns { path, patterns }) = read("") else { panic!("it is read") };
    assert_eq!(path, folder.path().join("").join(".dockerignore"));
    assert_eq!(patterns[0].line, 2);
}

#[test]
fn a_digest_depends_on_names_modes_contents_and_links_alone() {
    let files = [("Dockerfile", "FROM scratch"), ("a", "1"), ("d/", "")];
    let (one, two) = (folder(&files), folder(&files));
    let first = digest(&one);
    assert_eq!(first, digest(&two));
    let old = SystemTime::now() - Duration::from_secs(100_000);
    File::options()
        .write(true)
        .open(two.path().join("a"))
        .unwrap()
        .set_times(FileTimes::new().set_modified(old))
        .unwrap();
    assert_eq!(first, digest(&two));

    let mut seen = vec![first];
    let mut changed = |what: &str| {
        let now = digest(&two);
        assert!(!seen.contains(&now), "{what}");
        seen.push(now);
    };
    fs::write(two.path().join("a"), "2").unwrap();
    changed("a content");
    fs::rename(two.path().join("a"), two.path().join("b")).unwrap();
    changed("a name");
    fs::set_permissions(two.path().join("b"), Permissions::from_mode(0o755)).unwrap();
    changed("a mode");
    symlink("b", two.path().join("link")).unwrap();
    changed("a link");
    fs::remove_file(two.path().join("link")).unwrap();
    symlink("a", two.path().join("link")).unwrap();
    changed("where a link leads");
    fs::remove_dir(two.path().join("d")).unwrap();
    changed("a directory");
    fs::write(two.path().join("Dockerfile"), "FROM other").unwrap();
    changed("the Dockerfile");
}

#[test]
fn a_file_that_did_not_change_is_not_read_again() {
    let (folder, kept) = (folder(&[("Dockerfile", ""), ("a", "1")]), tempfile::tempdir().unwrap());
    let file = folder.path().join("a");
    let metadata = || fs::symlink_metadata(&file).unwrap();
    // The time of change cannot be set, so a digest is put into the cache as if the file had been settled.
    let mut cache = DigestCache::load(kept.path(), folder.path());
    let lately = cache.digest("a", &file, &metadata()).unwrap();
    cache.save().unwrap();
    assert!(fs::read_dir(kept.path()).unwrap().next().is_none(), "one that has just changed is not kept");

    let mut cache = DigestCache::load(kept.path(), folder.path());
    cache.remember("a", &metadata(), "kept");
    cache.save().unwrap();
    let mut cache = DigestCache::load(kept.path(), folder.path());
    assert_eq!(cache.digest("a", &file, &metadata()).unwrap(), "kept");
    fs::write(&file, "2").unwrap();
    let after = cache.digest("a", &file, &metadata()).unwrap();
    assert!(after != "kept" && after != lately);
}

#[test]
fn an_archive_has_all_and_belongs_to_root() {
    let folder = folder(&[("Dockerfile", "FROM scratch"), ("d/a", "text")]);
    symlink("d/a", folder.path().join("link")).unwrap();
    fs::set_permissions(folder.path().join("d/a"), Permissions::from_mode(0o750)).unwrap();
    let mut bytes = Vec::new();
    context(&folder).pack(&mut bytes).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        let link = entry.link_name().unwrap().map(|link| link.display().to_string());
        (entry.path().unwrap().display().to_string(), header.mode().unwrap() & 0o777, link)
    });
    let entries: Vec<_> = entries.collect();
    let found = |name: &str| entries.iter().find(|entry| entry.0 == name).unwrap();
    assert_eq!(found("d/a").1, 0o750);
    assert_eq!(found("link").2.as_deref(), Some("d/a"));
    assert_eq!(entries.len(), 4);
    assert_eq!(unpacked(&context(&folder))["d/a"], "text");
}

/// The files of an archive.
fn unpacked(context: &BuildContext) -> BTreeMap<String, String> {
    let mut bytes = Vec::new();
    context.pack(&mut bytes).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let files =
        archive.entries().unwrap().map(Result::unwrap).filter(|entry| entry.header().entry_type().is_file());
    files
        .map(|mut entry| {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (entry.path().unwrap().display().to_string(), text)
        })
        .collect()
}
