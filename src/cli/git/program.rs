//! Runs the `git` program: without a terminal, without hooks, within a time limit.

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::Command,
    time::timeout,
};

/// How long git may take for one call.
const LIMIT: Duration = Duration::from_secs(300);
/// How many bytes of what git prints are kept.
const MOST: u64 = 64 << 10;
/// Variables by which a caller, such as a hook, points git at another repository.
const OF_CALLERS: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
];

/// A call of git.
pub(super) struct GitCall {
    command: Command,
}

impl GitCall {
    /// A call without a repository.
    pub(super) fn new() -> Self {
        let mut command = Command::new("git");
        for name in OF_CALLERS {
            command.env_remove(name);
        }
        // Nobody is there to answer a question, and what a repository names is not run.
        command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        for setting in ["core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.autoDetach=false"] {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        Self { command }
    }

    /// A call in the repository of a directory.
    pub(super) fn inside(directory: &Path) -> Self {
        Self::new().words(["-C".as_ref(), directory.as_os_str()])
    }

    /// Adds words.
    pub(super) fn words<Word: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = Word>) -> Self {
        self.command.args(words);
        self
    }

    /// Sets a variable.
    pub(super) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it. Returns what it prints, without the line end, or why it failed.
    pub(super) async fn run(mut self) -> Result<String, String> {
        let mut child = self.command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "the program `git` is not installed".to_owned(),
            _ => format!("`git` cannot be run: {error}"),
        })?;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let ended = timeout(LIMIT, async {
            let (output, errors) = tokio::join!(read(output), read(errors));
            (output, errors, child.wait().await)
        });
        let Ok((output, errors, status)) = ended.await else {
            return Err(format!("git did not end within {} s", LIMIT.as_secs()));
        };
        match status {
            Ok(status) if status.success() => Ok(output.trim_end().to_owned()),
            Ok(status) => Err(reason(&errors).unwrap_or_else(|| format!("git failed ({status})"))),
            Err(error) => Err(format!("`git` cannot be run: {error}")),
        }
    }
}

/// The first line of what git says about a failure.
fn reason(errors: &str) -> Option<String> {
    let mut lines =
        errors.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("warning: "));
    // Of a connection that fails, ssh says why before git says that it fails.
    let first = lines.clone().next();
    let found = lines
        .find_map(|line| line.strip_prefix("fatal: ").or_else(|| line.strip_prefix("error: ")))
        .filter(|line| !line.starts_with("Could not read from remote"))
        .or(first);
    found.map(str::to_owned)
}

/// Reads to the end, and keeps the first of it.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut kept = Vec::new();
    // Without the rest it is still known how the program ended.
    (&mut stream).take(MOST).read_to_end(&mut kept).await.ok();
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.ok();
    String::from_utf8_lossy(&kept).into_owned()
}

/// The variable by which ssh asks nothing, unless the user has said how ssh is run.
pub(super) async fn quiet_ssh(directory: &Path) -> Option<(&'static str, PathBuf)> {
    let is_said = ["GIT_SSH_COMMAND", "GIT_SSH"].iter().any(|name| std::env::var_os(name).is_some());
    if is_said || GitCall::inside(directory).words(["config", "--get", "core.sshCommand"]).run().await.is_ok()
    {
        return None;
    }
    Some(("GIT_SSH_COMMAND", "ssh -o BatchMode=yes".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_one_line() {
        for (errors, told) in [
            ("fatal: couldn't find remote ref refs/heads/x\n", "couldn't find remote ref refs/heads/x"),
            ("warning: a\nfatal: unable to access 'https://x/': b\n", "unable to access 'https://x/': b"),
            (
                "git@x: Permission denied (publickey).\r\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n",
                "git@x: Permission denied (publickey).",
            ),
            ("error: a\n", "a"),
            (
                "ssh: connect to host x port 22: b\nfatal: Could not read from remote repository.\n\n",
                "ssh: connect to host x port 22: b",
            ),
        ] {
            assert_eq!(reason(errors).as_deref(), Some(told));
        }
        assert_eq!(reason(" \n"), None);
    }
}
