//! A command in a container: prepared, started, listened to, and asked how it ended.

use std::{collections::VecDeque, time::Duration};

use futures_util::StreamExt as _;
use serde_json::json;

use super::{
    Docker,
    answers::{InspectedExec, PreparedExec},
    create::variable_words,
    error::Asked,
    logs::{self, Sent},
    wire::segment,
};
use crate::{AttachOptions, EngineError, ExecRequest, Executed, WindowSize};

/// How many of its last lines are kept.
const LINES: usize = 20;
/// The first pause for an engine that closes the output a moment before it knows the exit code; the next are longer.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Prepares a command. Tells its id.
pub(super) async fn create(
    docker: &Docker,
    container: &str,
    request: &ExecRequest,
    attachment: &AttachOptions,
) -> Result<String, EngineError> {
    let mut body = json!({ "Cmd": request.command, "AttachStdout": true, "AttachStderr": true });
    if attachment.input {
        body["AttachStdin"] = json!(true);
    }
    if attachment.terminal {
        body["Tty"] = json!(true);
    }
    if let Some(WindowSize { columns, rows }) = attachment.size {
        body["ConsoleSize"] = json!([rows, columns]);
    }
    if let Some(keys) = &attachment.detach_keys {
        body["DetachKeys"] = json!(keys);
    }
    if let Some(user) = &request.user {
        body["User"] = json!(user);
    }
    if request.privileged {
        body["Privileged"] = json!(true);
    }
    if let Some(directory) = &request.working_dir {
        body["WorkingDir"] = json!(directory);
    }
    let variables = variable_words(&request.environment);
    if !variables.is_empty() {
        body["Env"] = json!(variables);
    }
    let path = format!("/containers/{}/exec", segment(container));
    let prepare = docker.wire.post_for::<PreparedExec>(&path, &body);
    docker.within(Asked::Changing, docker.timeout, prepare).await.map(|prepared| prepared.id)
}

/// Runs a command to its end.
pub(super) async fn run(
    docker: &Docker,
    container: &str,
    request: &ExecRequest,
) -> Result<Executed, EngineError> {
    let wire = &docker.wire;
    let id = create(docker, container, request, &AttachOptions::default()).await?;
    let path = format!("/exec/{}/start", segment(&id));
    let body = json!({ "Detach": false, "Tty": false });
    let answer = docker.within(Asked::Changing, docker.timeout, wire.converse(&path, &body)).await?;
    let mut lines = logs::lines(answer.into_body(), Sent::Command, None, wire.address.clone());
    let mut output = VecDeque::new();
    while let Some(line) = lines.next().await {
        output.push_back(line?.text);
        if output.len() > LINES {
            output.pop_front();
        }
    }
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(exit_code) = exit_code(docker, &id).await? {
            return Ok(Executed { exit_code, output: output.into() });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// How a command ended; none while it runs.
pub(super) async fn exit_code(docker: &Docker, exec: &str) -> Result<Option<i64>, EngineError> {
    let path = format!("/exec/{}/json", segment(exec));
    docker.read::<InspectedExec>(&path).await.map(|inspected| inspected.ended())
}
