//! The git commit of the file, for the records of revisions. git is asked only whether the file has changed since; where
//! it is not installed, that is not known.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use maestro_core::observed::revision::Commit;

/// How long git may take.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How many bytes a file of a repository may have that is read here. Lists of references may be long.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The commit that the repository of a file is at; none if the file is in none.
pub(super) fn of(file: &Path) -> Option<Commit> {
    let file = fs::canonicalize(file).ok()?;
    let directory = file.parent()?;
    let git = directory.ancestors().find_map(repository)?;
    let id = head(&git)?;
    Some(Commit { id, is_dirty: is_dirty(directory, &file) })
}

/// The repository of a folder: its `.git`, or what that names in a worktree or submodule.
fn repository(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let named = read(&git)?;
    Some(folder.join(named.strip_prefix("gitdir:")?.trim()))
}

/// The commit that is checked out.
fn head(git: &Path) -> Option<String> {
    let head = read(&git.join("HEAD"))?;
    let Some(reference) = head.strip_prefix("ref:").map(str::trim) else { return id(&head) };
    // A worktree has its references in the repository that it is of.
    let common = read(&git.join("commondir")).map_or_else(|| git.to_owned(), |named| git.join(named.trim()));
    if Path::new(reference).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
        return None;
    }
    if let Some(loose) = read(&common.join(reference)) {
        return id(&loose);
    }
    let packed = read(&common.join("packed-refs"))?;
    let line = packed.lines().find(|line| line.split_once(' ').is_some_and(|(_, name)| name == reference))?;
    id(line.split(' ').next()?)
}

/// The id of a commit: hexadecimal digits of SHA-1 or SHA-256.
fn id(text: &str) -> Option<String> {
    let id = text.trim();
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_owned())
}

fn read(path: &Path) -> Option<String> {
    let is_short = fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= LARGEST);
    is_short.then(|| fs::read_to_string(path).ok()).flatten()
}

/// Whether a file is another than in the commit that is checked out, as git says; none if there is no answer.
fn is_dirty(directory: &Path, file: &Path) -> Option<bool> {
    let mut git = Command::new("git")
        // Nothing is written, and no program runs that the repository names.
        .args([
            "--no-optional-locks",
            "-c",
            "core.fsmonitor=false",
            "status",
            "--porcelain",
            "--ignored",
            "--",
        ])
        .arg(file)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let end = Instant::now() + TIMEOUT;
    loop {
        match git.try_wait() {
            Ok(Some(status)) if status.success() => break,
            Ok(Some(_)) | Err(_) => return None,
            Ok(None) if Instant::now() >= end => {
                // It may have ended meanwhile.
                let _ = git.kill();
                let _ = git.wait();
                return None;
            }
            Ok(None) => thread::sleep(Duration::from_millis(2)),
        }
    }
    let output = git.wait_with_output().ok()?;
    Some(!output.stdout.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef01234567";

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn the_commit_is_read_without_git() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deploy/maestro.yaml");
        write(&file, "name: shop\n");
        assert_eq!(of(&file), None);
        let git = folder.path().join(".git");
        write(&git.join("HEAD"), "ref: refs/heads/main\n");
        assert_eq!(of(&file), None);
        write(
            &git.join("packed-refs"),
            &format!("# pack-refs with: peeled\n{ONE} refs/heads/main\n^{ONE}\n"),
        );
        assert_eq!(of(&file).unwrap().id, ONE);
        let loose = ONE.replace('0', "f");
        write(&git.join("refs/heads/main"), &format!("{loose}\n"));
        assert_eq!(of(&file).unwrap().id, loose);
        write(&git.join("HEAD"), &format!("{ONE}\n"));
        assert_eq!(of(&file).unwrap().id, ONE);
        for bad in ["ref: /etc/hostname", "ref: ../../x", "", "0123"] {
            write(&git.join("HEAD"), bad);
            assert_eq!(of(&file), None, "{bad}");
        }
    }

    #[test]
    fn a_worktree_names_its_repository() {
        let folder = tempfile::tempdir().unwrap();
        let git = folder.path().join("main/.git");
        write(&git.join("refs/heads/other"), ONE);
        write(&git.join("worktrees/other/HEAD"), "ref: refs/heads/other\n");
        write(&git.join("worktrees/other/commondir"), "../..\n");
        let tree = folder.path().join("other");
        write(&tree.join(".git"), &format!("gitdir: {}\n", git.join("worktrees/other").display()));
        write(&tree.join("maestro.yaml"), "name: shop\n");
        assert_eq!(of(&tree.join("maestro.yaml")).unwrap().id, ONE);
    }
}
