//! A program that reads as JSON what a command has been done to: `{"web-1": {"ship": "10.0.0.1", "service": "web"}}`.

use std::process::Stdio;

use serde_json::{Map, Value, json};
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use super::{SCRIPT_TIMEOUT, notice::Notice};
use maestro_core::value::audit::expand;

pub(super) async fn run(script: &str, args: &str, notice: &Notice) -> Result<(), String> {
    let mut child = Command::new(script)
        .args(arguments(args, notice))
        .stdin(Stdio::piped())
        // The terminal is the run's: what the program says is only of interest if it fails.
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{script} cannot be run: {error}"))?;
    let work = async {
        if let Some(mut input) = child.stdin.take() {
            // A program that does not want to know closes its input: that is not a failure.
            input.write_all(instances(notice).to_string().as_bytes()).await.ok();
        }
        child.wait_with_output().await
    };
    let output = timeout(SCRIPT_TIMEOUT, work)
        .await
        .map_err(|_| format!("{script} still ran after {} s and was killed", SCRIPT_TIMEOUT.as_secs()))?
        .map_err(|error| format!("{script} cannot be waited for: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty()).map(|line| format!(": {line}"));
    Err(format!("{script} ended with {}{}", output.status, last.unwrap_or_default()))
}

pub(super) fn arguments(args: &str, notice: &Notice) -> Vec<String> {
    // The file was checked: all that is in braces is known.
    let expanded = expand(args, |name| notice.word(name, ",")).unwrap_or_default();
    expanded.split_whitespace().map(str::to_owned).collect()
}

pub(super) fn instances(notice: &Notice) -> Value {
    let entry = |target: &super::NoticeInstance| {
        (target.name.clone(), json!({ "ship": target.ship, "service": target.service }))
    };
    Value::Object(notice.what.iter().map(entry).collect::<Map<_, _>>())
}
