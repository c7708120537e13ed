//! Docker's credential helpers: programs that know logins. See
//! <https://github.com/docker/docker-credential-helpers>.

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use serde::Deserialize;
use tokio::{io::AsyncWriteExt as _, process::Command};

use maestro_core::model::registry::{Credential, HelperFault, LoginProblem, RegistryLogin, Secret};

/// A helper that asks a person has to be answered within this time.
const TIMEOUT: Duration = Duration::from_secs(20);
/// What helpers say that know no login.
const NOTHING: &[&str] = &["credentials not found", "no credentials", "not logged in"];
/// The user that stands for an identity token.
const TOKEN_USER: &str = "<token>";

#[derive(Deserialize)]
struct HelperLogin {
    #[serde(rename = "Username")]
    username: String,
    #[serde(rename = "Secret")]
    secret: String,
}

/// The program of the helper with that name.
pub(super) fn program(name: &str) -> String {
    format!("docker-credential-{name}")
}

/// Asks a helper for the login to a registry; none if it knows none.
pub(super) async fn get(
    name: &str,
    server: &str,
    variables: &BTreeMap<String, String>,
) -> Result<Option<RegistryLogin>, LoginProblem> {
    get_within(TIMEOUT, name, server, variables).await
}

pub(super) async fn get_within(
    timeout: Duration,
    name: &str,
    server: &str,
    variables: &BTreeMap<String, String>,
) -> Result<Option<RegistryLogin>, LoginProblem> {
    let program = program(name);
    let trouble = |fault| LoginProblem::Helper { program: program.clone(), server: server.to_owned(), fault };
    if name.contains(['/', '\0']) {
        return Err(trouble(HelperFault::InvalidName));
    }
    let answered = tokio::time::timeout(timeout, run(&program, server, variables)).await;
    let output = match answered {
        Err(_) => return Err(trouble(HelperFault::Timeout(timeout))),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(trouble(HelperFault::NotInstalled));
        }
        Ok(Err(error)) => return Err(trouble(HelperFault::NotRunnable(error.to_string()))),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        // Helpers tell their errors on either; neither is a secret then.
        let said = if output.stdout.trim_ascii().is_empty() { output.stderr } else { output.stdout };
        let said = String::from_utf8_lossy(said.trim_ascii()).into_owned();
        if NOTHING.iter().any(|words| said.to_lowercase().contains(words)) {
            return Ok(None);
        }
        let said: String = said.lines().take(3).collect::<Vec<_>>().join(" ").chars().take(300).collect();
        return Err(trouble(HelperFault::Failed { status: output.status.to_string(), words: said }));
    }
    let Ok(HelperLogin { username, secret }) = serde_json::from_slice(&output.stdout) else {
        // What it said may be secret.
        return Err(trouble(HelperFault::Malformed));
    };
    if secret.is_empty() {
        return Ok(None);
    }
    let secret = Secret::new(secret);
    Ok(Some(match username.as_str() {
        TOKEN_USER => {
            RegistryLogin { username: String::new(), proof: Credential::IdentityToken(secret), email: None }
        }
        _ => RegistryLogin { username, proof: Credential::Password(secret), email: None },
    }))
}

async fn run(
    program: &str,
    server: &str,
    variables: &BTreeMap<String, String>,
) -> std::io::Result<std::process::Output> {
    let mut child = Command::new(program)
        .arg("get")
        .envs(variables)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read it may still answer; its answer or its exit code tells.
        input.write_all(server.as_bytes()).await.ok();
    }
    child.wait_with_output().await
}
