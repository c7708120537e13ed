//! Contents of configs and secrets that programs print.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    pin::pin,
    process::{ExitStatus, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::{Child, Command as Process},
    time::timeout,
};

use maestro_core::value::file;
use maestro_file::resolve::ProgramFault;

/// How long a program may take to print a content.
const LIMIT: Duration = Duration::from_secs(60);
/// How long the last messages of a program that has ended may take.
const REST: Duration = Duration::from_millis(200);
/// Bytes of a program's messages that are kept.
const MESSAGES: u64 = 64 << 10;

/// Whether a program did not end in time. This process will fail then, so no other program is waited for.
static TIMED_OUT: AtomicBool = AtomicBool::new(false);
/// What programs have printed, by their words and their directory.
static PRINTED: Mutex<BTreeMap<ProgramCall, Result<Vec<u8>, ProgramFault>>> = Mutex::new(BTreeMap::new());

/// A program with its arguments, and the directory that it runs in.
type ProgramCall = (Vec<String>, PathBuf);

/// Runs a program with its arguments from that directory, and returns what it prints on standard output. It gets no
/// standard input, and all variables of this process.
///
/// Each program runs once, however often the file is read, until [`forget`] is called.
pub(super) fn printed(words: &[String], directory: &Path) -> Result<Vec<u8>, ProgramFault> {
    let key = (words.to_vec(), directory.to_owned());
    let known = PRINTED.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    known.unwrap_or_else(|| {
        // The caller may be in a runtime of its own already, which cannot wait for another.
        let waits = || within(LIMIT, &TIMED_OUT, words, directory);
        let printed = std::thread::scope(|scope| scope.spawn(waits).join());
        let printed = printed.unwrap_or_else(|_| Err(ProgramFault::NotRun("it ended early".to_owned())));
        PRINTED.lock().unwrap_or_else(PoisonError::into_inner).insert(key, printed.clone());
        printed
    })
}

/// Another number if a program has printed something else.
pub(super) fn digest() -> u64 {
    let mut hasher = DefaultHasher::new();
    for (call, printed) in PRINTED.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        (call, printed.as_ref().ok()).hash(&mut hasher);
    }
    hasher.finish()
}

/// Has all programs run once more, for a file that is read again.
pub(super) fn forget() {
    PRINTED.lock().unwrap_or_else(PoisonError::into_inner).clear();
    TIMED_OUT.store(false, Ordering::Relaxed);
}

/// As [`printed`], within that time, unless another program was out of time already.
fn within(
    limit: Duration,
    timed_out: &AtomicBool,
    words: &[String],
    directory: &Path,
) -> Result<Vec<u8>, ProgramFault> {
    if timed_out.load(Ordering::Relaxed) {
        return Err(ProgramFault::NotTried);
    }
    let not_run = |error: io::Error| ProgramFault::NotRun(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(not_run)?;
    let printed = runtime.block_on(run(words, directory, limit));
    if matches!(printed, Err(ProgramFault::TimedOut { .. })) {
        timed_out.store(true, Ordering::Relaxed);
    }
    printed
}

async fn run(words: &[String], directory: &Path, limit: Duration) -> Result<Vec<u8>, ProgramFault> {
    let (program, arguments) =
        words.split_first().map_or(("", words), |(program, rest)| (program.as_str(), rest));
    let spawned = Process::new(located(program, directory))
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = spawned.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ProgramFault::Missing,
        _ => ProgramFault::NotRun(error.to_string()),
    })?;
    let (output, messages) = (child.stdout.take(), child.stderr.take());
    let mut said = Vec::new();
    let ended = timeout(limit, ended(content(output, &mut child), read(messages, MESSAGES, &mut said))).await;
    let messages = String::from_utf8_lossy(&said).into_owned();
    match ended {
        Err(_) => Err(ProgramFault::TimedOut { limit, messages }),
        Ok(Err(error)) => Err(ProgramFault::NotRun(error.to_string())),
        Ok(Ok((bytes, _))) if bytes.len() as u64 > file::MOST => Err(ProgramFault::TooLong(file::MOST)),
        Ok(Ok((bytes, status))) if status.success() => Ok(bytes),
        Ok(Ok((_, status))) => Err(ProgramFault::Failed { how: status.to_string(), messages }),
    }
}

/// What a program printed when it has ended. What it started may go on and keep its messages open, which are not waited for.
async fn ended<T>(content: impl Future<Output = T>, messages: impl Future<Output = ()>) -> T {
    let (mut content, mut messages) = (pin!(content), pin!(messages));
    let mut is_read = false;
    let printed = loop {
        tokio::select! {
            biased;
            printed = &mut content => break printed,
            () = &mut messages, if !is_read => is_read = true,
        }
    };
    if !is_read {
        timeout(REST, messages).await.ok();
    }
    printed
}

/// What a program prints until it ends. One that prints too much is killed.
async fn content(
    output: Option<impl AsyncRead + Unpin>,
    child: &mut Child,
) -> io::Result<(Vec<u8>, ExitStatus)> {
    let mut bytes = Vec::new();
    if let Some(output) = output {
        output.take(file::MOST + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 > file::MOST {
        child.kill().await?;
    }
    Ok((bytes, child.wait().await?))
}

/// Reads messages to their end, and keeps the first of them.
async fn read(messages: Option<impl AsyncRead + Unpin>, most: u64, kept: &mut Vec<u8>) {
    let Some(mut messages) = messages else { return };
    // Without the rest it is still known how the program ended.
    (&mut messages).take(most).read_to_end(kept).await.ok();
    tokio::io::copy(&mut messages, &mut tokio::io::sink()).await.ok();
}

/// A program that is named with a path counts from the directory; any other is looked for in `PATH`.
fn located(program: &str, directory: &Path) -> PathBuf {
    if program.contains('/') { directory.join(program) } else { program.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Result<Vec<u8>, ProgramFault> {
        let words = ["sh", "-c", script].map(str::to_owned);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(&words, Path::new("/"), limit))
    }

    #[test]
    fn the_output_is_the_content_as_it_is() {
        let printed = shell(r"printf 'a\000\377\n\n'; echo nothing >&2", LIMIT);
        assert_eq!(printed, Ok(b"a\0\xff\n\n".to_vec()));
        assert_eq!(shell("pwd", LIMIT), Ok(b"/\n".to_vec()));
        // It asks nobody.
        assert_eq!(shell("cat", LIMIT), Ok(Vec::new()));
    }

    #[test]
    fn a_failure_has_the_messages_and_never_the_content() {
        let failed = shell("echo hunter2; echo not logged in >&2; exit 3", LIMIT).unwrap_err();
        let (how, messages) = ("exit status: 3".to_owned(), "not logged in\n".to_owned());
        assert_eq!(failed, ProgramFault::Failed { how, messages });
        assert!(!format!("{failed:?}").contains("hunter2"));
        let killed = shell("kill -9 $$", LIMIT);
        assert!(matches!(&killed, Err(ProgramFault::Failed { how, .. }) if how.contains("signal: 9")));
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let limit = Duration::from_millis(200);
        let waits = shell("echo waiting for a fingerprint >&2; exec sleep 1000", limit);
        let messages = "waiting for a fingerprint\n".to_owned();
        assert_eq!(waits, Err(ProgramFault::TimedOut { limit, messages }));
    }

    #[test]
    fn no_program_is_waited_for_behind_one_that_does_not_end() {
        let timed_out = AtomicBool::new(false);
        let run = |script: &str, limit: Duration| {
            let words = ["sh", "-c", script].map(str::to_owned);
            within(limit, &timed_out, &words, Path::new("/"))
        };
        assert_eq!(run("echo a", LIMIT), Ok(b"a\n".to_vec()));
        assert!(run("exit 1", LIMIT).is_err());
        assert_eq!(run("echo b", LIMIT), Ok(b"b\n".to_vec()));
        let first = run("exec sleep 1000", Duration::from_millis(50));
        assert!(matches!(first, Err(ProgramFault::TimedOut { .. })), "{first:?}");
        assert_eq!(run("echo c", LIMIT), Err(ProgramFault::NotTried));
    }

    #[test]
    fn what_is_endless_is_no_content() {
        assert_eq!(shell("exec yes", LIMIT), Err(ProgramFault::TooLong(file::MOST)));
        assert_eq!(
            shell("yes >&2 & head -c 9000000 /dev/zero; kill $!", LIMIT),
            Err(ProgramFault::TooLong(file::MOST))
        );
    }

    #[tokio::test]
    async fn a_caller_may_be_in_a_runtime_and_have_programs_run_again() {
        let directory = tempfile::tempdir().unwrap();
        let words = ["sh", "-c", "echo x >> ran; cat ran"].map(str::to_owned);
        let run = || printed(&words, directory.path());
        assert_eq!((run(), run()), (Ok(b"x\n".to_vec()), Ok(b"x\n".to_vec())));
        forget();
        assert_eq!(run(), Ok(b"x\nx\n".to_vec()));
    }

    #[test]
    fn a_program_is_found_in_path_or_beside_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let run = |program: &str| printed(&[program.to_owned()], directory.path());
        std::fs::write(directory.path().join("token"), "no program").unwrap();
        assert_eq!(run("no-such-program-at-all"), Err(ProgramFault::Missing));
        assert_eq!(run("token"), Err(ProgramFault::Missing));
        assert!(matches!(run("./token"), Err(ProgramFault::NotRun(_))));
        std::os::unix::fs::symlink("/bin/pwd", directory.path().join("here")).unwrap();
        let whole = directory.path().canonicalize().unwrap();
        assert_eq!(run("./here"), Ok(format!("{}\n", whole.display()).into_bytes()));
    }
}
