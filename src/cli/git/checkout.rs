//! A directory with the checkout of a repository, and beside it that of a commit that is looked at first.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use super::{
    address::Address,
    program::{GitCall, quiet_ssh},
};

/// What the newest commit is called here.
const NEWEST: &str = "refs/maestro/newest";

/// A repository that is checked out.
#[derive(Debug)]
pub(in crate::cli) struct Checkout {
    /// Where it comes from.
    pub address: Address,
    /// What is asked for: `HEAD`, or a branch's whole name.
    reference: String,
    /// The files, and `.git`.
    tree: PathBuf,
    /// The files of a commit that is looked at.
    staged: PathBuf,
    /// Kept from others while this process has it.
    _lock: Option<File>,
}

/// Why a directory cannot be used.
#[derive(Debug)]
pub(in crate::cli) enum CheckoutFault {
    /// Another process uses it.
    InUse,
    /// It cannot be made.
    Directory(io::Error),
    /// git refuses it.
    Git(String),
}

impl Checkout {
    /// Makes a directory ready. Without `lock`, it may be another's, and is only to be read.
    pub(in crate::cli) async fn open(
        address: Address,
        branch: Option<&str>,
        directory: &Path,
        lock: bool,
    ) -> Result<Self, CheckoutFault> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(CheckoutFault::Directory)?;
        let directory = directory.canonicalize().map_err(CheckoutFault::Directory)?;
        let name = address.name();
        let lock = if lock { Some(locked(&directory.join(".lock"))?) } else { None };
        let reference = match branch {
            Some(full) if full.starts_with("refs/") => full.to_owned(),
            Some(branch) => format!("refs/heads/{branch}"),
            None => "HEAD".to_owned(),
        };
        let (tree, staged) = (directory.join(&name), directory.join(".staged").join(&name));
        let checkout = Self { address, reference, tree, staged, _lock: lock };
        if !checkout.tree.join(".git").exists() {
            let made = GitCall::new().words(["init", "--quiet", "--template="]).words([&checkout.tree]).run();
            made.await.map_err(CheckoutFault::Git)?;
        }
        Ok(checkout)
    }

    /// The directory of the files.
    pub(in crate::cli) fn tree(&self) -> &Path {
        &self.tree
    }

    fn git(&self) -> GitCall {
        GitCall::inside(&self.tree)
    }

    /// The commit that is checked out, if there is one.
    pub(in crate::cli) async fn commit(&self) -> Option<String> {
        self.git().words(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).run().await.ok()
    }

    /// Asks the repository for its newest commit, and returns its id.
    pub(in crate::cli) async fn fetch(&self) -> Result<String, String> {
        let words =
            ["fetch", "--quiet", "--no-tags", "--depth=1", "--no-recurse-submodules", "--force", "--"];
        let reference = format!("+{}:{NEWEST}", self.reference);
        let call = self.git().words(words).words([self.address.as_str(), &reference]);
        let call = match quiet_ssh(&self.tree).await {
            Some((name, value)) => call.variable(name, value),
            None => call,
        };
        call.run().await?;
        self.git().words(["rev-parse", "--verify", "--quiet", &format!("{NEWEST}^{{commit}}")]).run().await
    }

    /// Writes the files of a commit to a directory beside the checkout, which stays as it is.
    pub(in crate::cli) async fn stage(&self, commit: &str) -> Result<&Path, String> {
        let git = self.tree.join(".git");
        let index = git.join("maestro-index");
        for old in [fs::remove_dir_all(&self.staged), fs::remove_file(&index)] {
            old.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
                .map_err(|error| format!("the last commit that was looked at cannot be removed: {error}"))?;
        }
        fs::create_dir_all(&self.staged).map_err(|error| format!("{}: {error}", self.staged.display()))?;
        let call = GitCall::new().variable("GIT_INDEX_FILE", &index);
        let call = call.words(["--git-dir".as_ref(), git.as_os_str()]);
        let call = call.words(["--work-tree".as_ref(), self.staged.as_os_str()]);
        call.words(["read-tree", "--reset", "-u", commit]).run().await?;
        Ok(&self.staged)
    }

    /// Checks a commit out: only files that it changes are written.
    pub(in crate::cli) async fn adopt(&self, commit: &str) -> Result<(), String> {
        self.git().words(["checkout", "--quiet", "--force", "--detach", commit]).run().await?;
        // It is only looked at before.
        fs::remove_dir_all(&self.staged).ok();
        Ok(())
    }
}

fn locked(path: &Path) -> Result<File, CheckoutFault> {
    let file = File::create(path).map_err(CheckoutFault::Directory)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CheckoutFault::InUse),
        Err(TryLockError::Error(error)) => Err(CheckoutFault::Directory(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn git(directory: &Path, words: &[&str]) {
        let settings = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
        let done = Command::new("git").arg("-C").arg(directory).args(settings).args(words).output().unwrap();
        assert!(done.status.success(), "{words:?} {done:?}");
    }

    fn commit(directory: &Path, name: &str, text: &str) {
        fs::write(directory.join(name), text).unwrap();
        git(directory, &["add", "--all"]);
        git(directory, &["commit", "--quiet", "--message", text]);
    }

    #[tokio::test]
    async fn a_commit_is_looked_at_beside_the_checkout_and_then_checked_out() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("shop");
        fs::create_dir(&from).unwrap();
        git(&from, &["init", "--quiet", "--initial-branch=main"]);
        commit(&from, "a", "one");
        let address = Address::read(&from.display().to_string()).unwrap();
        let directory = folder.path().join("state/here");
        let checkout = Checkout::open(address.clone(), Some("main"), &directory, true).await.unwrap();
        assert_eq!(checkout.commit().await, None);
        let first = checkout.fetch().await.unwrap();
        checkout.adopt(&first).await.unwrap();
        assert_eq!(checkout.commit().await.as_ref(), Some(&first));
        let a = checkout.tree().join("a");
        assert_eq!(
            (fs::read_to_string(&a).unwrap().as_str(), checkout.tree().ends_with("shop")),
            ("one", true)
        );
        // What is there beside, as an env file with secrets, stays.
        fs::write(checkout.tree().join("untracked"), "x").unwrap();
        git(&from, &["rm", "--quiet", "a"]);
        commit(&from, "b", "two");
        let second = checkout.fetch().await.unwrap();
        let staged = checkout.stage(&second).await.unwrap().to_owned();
        assert!(staged.join("b").exists() && !staged.join("a").exists() && a.exists());
        assert_eq!(checkout.commit().await.as_ref(), Some(&first));
        checkout.stage(&second).await.unwrap();
        checkout.adopt(&second).await.unwrap();
        assert!(
            !a.exists() && checkout.tree().join("b").exists() && checkout.tree().join("untracked").exists()
        );
        // History that was written anew counts as well.
        git(&from, &["commit", "--quiet", "--amend", "--message", "other"]);
        let third = checkout.fetch().await.unwrap();
        assert_ne!(third, second);
        let in_use = Checkout::open(address.clone(), None, &directory, true).await;
        assert!(matches!(in_use, Err(CheckoutFault::InUse)), "{in_use:?}");
        drop(checkout);
        let other = Checkout::open(address, Some("no-such"), &directory, true).await.unwrap();
        assert_eq!(other.fetch().await.unwrap_err(), "couldn't find remote ref refs/heads/no-such");
    }
}
