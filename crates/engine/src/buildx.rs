//! BuildKit, through `docker buildx`: the program of this machine builds on an engine that it reaches through a socket of
//! ours, so that it needs neither our logins nor our keys.

mod arguments;
mod login;
mod plain;
mod proxy;

use std::{
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{ChildStdin, Command},
};

use self::{arguments::Secrets, plain::Plain, proxy::SocketProxy};
use crate::{
    ArchiveInput,
    builds::{BuildError, BuildNews, BuildRequest, Builds},
    transport::Dial,
};
use maestro_core::fault::BuildxFault;

/// Docker's own command.
const PROGRAM: &str = "docker";
/// What would lead the program to another engine or builder.
const LEFT_OUT: [&str; 5] =
    ["DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_TLS", "DOCKER_CERT_PATH", "BUILDX_BUILDER"];
/// Bytes that are kept of a line that does not end.
const LONGEST_LINE: usize = 64 << 10;

/// Whether `docker buildx` runs on this machine. It blocks, and contacts no engine.
#[must_use]
pub fn is_there() -> bool {
    let mut command = std::process::Command::new(PROGRAM);
    command.args(["buildx", "version"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Builds on an engine with `docker buildx`.
pub struct Buildx {
    dial: Arc<dyn Dial>,
}

impl Buildx {
    /// Builds on the engine that `dial` reaches.
    #[must_use]
    pub fn new(dial: Arc<dyn Dial>) -> Self {
        Self { dial }
    }
}

#[async_trait]
impl Builds for Buildx {
    async fn build(
        &self,
        request: &BuildRequest,
        context: ArchiveInput,
        progress: &mut (dyn FnMut(BuildNews) + Send),
    ) -> Result<String, BuildError> {
        let not_begun = |error: io::Error| BuildError::Buildx(BuildxFault::NotRun(error.to_string()));
        let proxy = SocketProxy::open(Arc::clone(&self.dial)).map_err(not_begun)?;
        let secrets = Secrets::prepare(&request.build.buildkit.secrets, proxy.folder()).map_err(not_begun)?;
        let id_file = proxy.folder().join("id");
        let mut command = command(request, &secrets, &id_file);
        command.env("DOCKER_HOST", proxy.address());
        if !request.logins.is_empty() {
            let own = login::own_directory();
            let directory = login::configuration(&request.logins, own.as_deref(), proxy.folder());
            command.env("DOCKER_CONFIG", directory.map_err(not_begun)?);
            // What buildx keeps of builds stays where it is.
            if let Some(own) = own.filter(|_| std::env::var_os("BUILDX_CONFIG").is_none()) {
                command.env("BUILDX_CONFIG", own.join("buildx"));
            }
        }
        let mut child = command.spawn().map_err(not_begun)?;
        let (Some(stdin), Some(stderr)) = (child.stdin.take(), child.stderr.take()) else {
            return Err(not_begun(io::ErrorKind::BrokenPipe.into()));
        };
        let mut said = Plain::default();
        let (sent, heard) = tokio::join!(send(context, stdin), hear(stderr, &mut said, progress));
        let status = child.wait().await.map_err(not_begun)?;
        heard.map_err(not_begun)?;
        end(status, sent, said, &id_file)
    }
}

/// The program, about to be run.
fn command(request: &BuildRequest, secrets: &Secrets, id_file: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments::arguments(request, secrets, id_file));
    command.envs(arguments::variables(request)).envs(secrets.variables());
    for name in LEFT_OUT {
        command.env_remove(name);
    }
    // A terminal's Ctrl-C is ours to pass on.
    command.process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Passes the context on. That the program takes no more of it is told by its end; the error is that of the context.
async fn send(mut context: ArchiveInput, mut stdin: ChildStdin) -> io::Result<()> {
    while let Some(piece) = context.next().await {
        if stdin.write_all(&piece?).await.is_err() {
            return Ok(());
        }
    }
    stdin.shutdown().await.ok();
    Ok(())
}

/// Reads what the program says, line by line.
async fn hear(
    mut stderr: impl AsyncRead + Unpin,
    said: &mut Plain,
    progress: &mut (dyn FnMut(BuildNews) + Send),
) -> io::Result<()> {
    let (mut line, mut buffer) = (Vec::new(), vec![0; 16 << 10]);
    loop {
        let length = stderr.read(&mut buffer).await?;
        for piece in buffer[..length].split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(line.len());
            line.extend(piece.iter().take(room));
            if piece.ends_with(b"\n") {
                said.take(String::from_utf8_lossy(&line).trim_end(), progress);
                line.clear();
            }
        }
        if length == 0 {
            said.take(String::from_utf8_lossy(&line).trim_end(), progress);
            return Ok(());
        }
    }
}

fn end(
    status: ExitStatus,
    sent: io::Result<()>,
    said: Plain,
    id_file: &PathBuf,
) -> Result<String, BuildError> {
    if let Err(error) = sent {
        return Err(BuildError::Buildx(BuildxFault::NotRun(error.to_string())));
    }
    if !status.success() {
        return Err(said.failed(status));
    }
    let id = std::fs::read_to_string(id_file);
    let id = id.map_err(|error| BuildError::Buildx(BuildxFault::NoId(error.to_string())))?;
    Ok(id.trim().to_owned())
}
