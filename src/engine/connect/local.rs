//! Which engine is the local one: found as Docker's own command finds it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::engine::transport::{Nowhere, tcp::PlainTcp, unix::UnixSocket};

/// Where a Docker engine listens unless it is told otherwise.
pub(super) const DEFAULT_SOCKET: &str = "/var/run/docker.sock";
/// The port of `tcp://` addresses that name none.
const DEFAULT_PORT: u16 = 2375;
/// The context that stands for the default sockets.
const DEFAULT_CONTEXT: &str = "default";

/// Where the local engine is.
pub(super) enum Found {
    /// Behind a socket.
    Socket(UnixSocket),
    /// Behind a port.
    Port(PlainTcp),
}

/// The local engine: `DOCKER_HOST`, else the context that `DOCKER_CONTEXT` or the configuration names, else
/// `default_socket`, else that of a rootless engine.
pub(super) fn resolve(
    environment: &BTreeMap<String, String>,
    default_socket: &Path,
) -> Result<Found, Nowhere> {
    let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    if let Some(host) = variable("DOCKER_HOST") {
        let tls = variable("DOCKER_TLS_VERIFY").or(variable("DOCKER_TLS")).is_some();
        return endpoint(host, tls, "DOCKER_HOST");
    }
    let configuration = variable("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| Path::new(home).join(".docker")));
    if let Some(directory) = configuration
        && let Some((context, named_by)) = match variable("DOCKER_CONTEXT") {
            Some(context) => Some((context.clone(), "DOCKER_CONTEXT".to_owned())),
            None => current_context(&directory)?,
        }
        && context != DEFAULT_CONTEXT
    {
        return context_endpoint(&directory, &context, &named_by);
    }
    let rootless = variable("XDG_RUNTIME_DIR").map(|directory| Path::new(directory).join("docker.sock"));
    let path = match rootless {
        Some(rootless) if !default_socket.exists() && rootless.exists() => rootless,
        _ => default_socket.to_owned(),
    };
    Ok(Found::Socket(UnixSocket { path }))
}

/// What is read of Docker's `config.json`.
#[derive(Deserialize)]
struct Configuration {
    #[serde(default, rename = "currentContext")]
    current_context: String,
}

/// What is read of a context's `meta.json`.
#[derive(Deserialize)]
struct Context {
    #[serde(rename = "Endpoints")]
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: Option<DockerEndpoint>,
}

#[derive(Deserialize)]
struct DockerEndpoint {
    #[serde(default, rename = "Host")]
    host: String,
}

/// The context that Docker's configuration names, and the file that does.
fn current_context(directory: &Path) -> Result<Option<(String, String)>, Nowhere> {
    let file = directory.join("config.json");
    let Ok(json) = fs::read(&file) else {
        return Ok(None);
    };
    let named_by = file.display().to_string();
    match serde_json::from_slice(&json) {
        Ok(Configuration { current_context }) if current_context.is_empty() => Ok(None),
        Ok(Configuration { current_context }) => Ok(Some((current_context, named_by))),
        Err(error) => Err(nowhere(
            "the local engine",
            format!("{named_by}, which names the Docker context, is not understood: {error}"),
        )),
    }
}

fn context_endpoint(directory: &Path, context: &str, named_by: &str) -> Result<Found, Nowhere> {
    let id = directory_of(context);
    let file = directory.join("contexts/meta").join(&id).join("meta.json");
    let wrong = |what: String| nowhere(&format!("Docker context {context}"), what);
    let json = fs::read(&file).map_err(|error| {
        wrong(format!(
            "the Docker context {context:?}, which {named_by} names, cannot be read from {}: {error}; \
             `docker context ls` lists those there are",
            file.display()
        ))
    })?;
    let Context { endpoints } = serde_json::from_slice(&json).map_err(|error| {
        wrong(format!("the Docker context {context:?} in {} is not understood: {error}", file.display()))
    })?;
    let host = endpoints.docker.map(|docker| docker.host).unwrap_or_default();
    let tls = directory.join("contexts/tls").join(&id).join("docker").is_dir();
    endpoint(&host, tls, &format!("the Docker context {context:?}"))
}

/// The directory that Docker keeps a context in: SHA-256 of its name.
fn directory_of(context: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(context).iter().fold(String::new(), |mut digits, byte| {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// The endpoint that `host` says, in the words of `DOCKER_HOST`. `origin` is who says so.
fn endpoint(host: &str, tls: bool, origin: &str) -> Result<Found, Nowhere> {
    let (scheme, rest) = host.split_once("://").unwrap_or(("tcp", host));
    match scheme {
        "unix" if !rest.is_empty() => Ok(Found::Socket(UnixSocket { path: rest.into() })),
        "https" => Err(tls_not_carried(host, origin)),
        "tcp" | "http" if tls => Err(tls_not_carried(host, origin)),
        "tcp" | "http" => host_and_port(rest).ok_or_else(|| {
            nowhere(host, format!("{origin} says {host:?}, which is no address; write tcp://host:port"))
        }),
        "ssh" => Err(nowhere(
            host,
            format!(
                "{origin} says {host:?}, but engines are not reached over SSH yet; forward its socket with \
                 `ssh -nNT -L /tmp/docker.sock:{DEFAULT_SOCKET} {}` and set DOCKER_HOST=unix:///tmp/docker.sock",
                ssh_arguments(rest)
            ),
        )),
        _ => Err(nowhere(
            host,
            format!("{origin} says {host:?}, which is not understood; write unix:///path or tcp://host:port"),
        )),
    }
}

fn tls_not_carried(host: &str, origin: &str) -> Nowhere {
    nowhere(
        host,
        format!(
            "{origin} asks for TLS to {host:?}, but engines are not reached over TLS yet; forward its socket over \
             SSH and set DOCKER_HOST to unix:// and its path"
        ),
    )
}

/// What `ssh` is called with to get to `user@host:port`.
fn ssh_arguments(rest: &str) -> String {
    let target = rest.split('/').next().unwrap_or(rest);
    match target.rsplit_once(':') {
        Some((target, port)) if port.parse::<u16>().is_ok() => format!("-p {port} {target}"),
        _ => target.to_owned(),
    }
}

/// `host`, `host:port`, `:port`, `[::1]:port`, with what Docker takes for granted where something is missing.
fn host_and_port(text: &str) -> Option<Found> {
    let text = text.trim_end_matches('/');
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':').unwrap_or(port))
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let port = match port {
        "" => DEFAULT_PORT,
        port => port.parse().ok()?,
    };
    let host = match host {
        "" => "localhost",
        host if host.contains('/') => return None,
        host => host,
    };
    Some(Found::Port(PlainTcp { host: host.to_owned(), port }))
}

fn nowhere(address: &str, reason: String) -> Nowhere {
    Nowhere { address: address.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::transport::Dial as _;

    const DOCKER_SOCKET: &str = "/nowhere/docker.sock";

    fn resolved(variables: &[(&str, &str)]) -> Result<String, String> {
        let environment =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        resolve(&environment, Path::new(DOCKER_SOCKET))
            .map(|found| match found {
                Found::Socket(socket) => socket.address(),
                Found::Port(port) => port.address(),
            })
            .map_err(|nowhere| nowhere.reason)
    }

    fn docker_host(host: &str) -> Result<String, String> {
        resolved(&[("DOCKER_HOST", host)])
    }

    /// A directory of Docker's configuration, with a context `remote`.
    fn configured(config: &str, meta: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("config.json"), config).unwrap();
        // As `printf remote | sha256sum` says.
        let id = "b71199ebd070b36beab7317920c2c2f1d777df8d05e5527d8458fda57cb17a7a";
        let context = directory.path().join("contexts/meta").join(id);
        fs::create_dir_all(&context).unwrap();
        fs::write(context.join("meta.json"), meta).unwrap();
        directory
    }

    #[test]
    fn docker_host_is_read_as_docker_reads_it() {
        for (host, expected) in [
            ("unix:///run/d.sock", "unix:///run/d.sock"),
            ("tcp://10.0.0.5:4243", "tcp://10.0.0.5:4243"),
            ("tcp://10.0.0.5", "tcp://10.0.0.5:2375"),
            ("tcp://ship.example:2376/", "tcp://ship.example:2376"),
            ("tcp://[::1]:4243", "tcp://[::1]:4243"),
            ("tcp://", "tcp://localhost:2375"),
            (":4243", "tcp://localhost:4243"),
            ("http://ship:1", "tcp://ship:1"),
        ] {
            assert_eq!(docker_host(host).as_deref(), Ok(expected), "{host}");
        }
    }

    #[test]
    fn what_is_not_carried_says_what_to_do() {
        let ssh = docker_host("ssh://me@ship:2222").unwrap_err();
        assert!(ssh.contains("over SSH yet") && ssh.contains("-p 2222 me@ship`"), "{ssh}");
        for tls in [
            docker_host("https://ship:2376"),
            resolved(&[("DOCKER_HOST", "tcp://ship:2376"), ("DOCKER_TLS_VERIFY", "1")]),
        ] {
            assert!(tls.unwrap_err().contains("over TLS yet"));
        }
        for host in ["npipe:////./pipe/docker", "tcp://a:b", "unix://", "tcp://a/b"] {
            let error = docker_host(host).unwrap_err();
            assert!(error.starts_with("DOCKER_HOST says") && error.contains("tcp://host:port"), "{error}");
        }
    }

    #[test]
    fn a_context_is_found_by_name_and_by_configuration() {
        let meta = r#"{"Name":"remote","Endpoints":{"docker":{"Host":"tcp://10.0.0.7:2375"}}}"#;
        let directory = configured(r#"{"currentContext":"remote","auths":{}}"#, meta);
        let config = directory.path().to_str().unwrap();
        let remote = Ok("tcp://10.0.0.7:2375".to_owned());
        assert_eq!(resolved(&[("DOCKER_CONFIG", config)]), remote);
        assert_eq!(
            resolved(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "default")]),
            Ok(format!("unix://{DOCKER_SOCKET}"))
        );
        assert_eq!(
            resolved(&[("DOCKER_CONFIG", config), ("DOCKER_HOST", "unix:///d")]),
            Ok("unix:///d".to_owned())
        );
        fs::write(directory.path().join("config.json"), "{}").unwrap();
        assert_eq!(resolved(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "remote")]), remote);
        assert_eq!(resolved(&[("DOCKER_CONFIG", config)]), Ok(format!("unix://{DOCKER_SOCKET}")));
    }

    #[test]
    fn the_configuration_lies_in_the_home_directory() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".docker")).unwrap();
        fs::write(home.path().join(".docker/config.json"), r#"{"currentContext":"gone"}"#).unwrap();
        let error = resolved(&[("HOME", home.path().to_str().unwrap())]).unwrap_err();
        assert!(
            error.starts_with(r#"the Docker context "gone", which "#) && error.contains("docker context ls"),
            "{error}"
        );
    }

    #[test]
    fn a_broken_configuration_is_named() {
        let directory = configured("{", "{");
        let config = directory.path().to_str().unwrap();
        let error = resolved(&[("DOCKER_CONFIG", config)]).unwrap_err();
        assert!(error.contains("config.json") && error.contains("not understood"), "{error}");
        let error = resolved(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "remote")]).unwrap_err();
        assert!(error.contains("meta.json") && error.contains("not understood"), "{error}");
    }

    #[test]
    fn a_context_with_certificates_asks_for_tls() {
        let meta = r#"{"Endpoints":{"docker":{"Host":"tcp://10.0.0.7:2376"}}}"#;
        let directory = configured(r#"{"currentContext":"remote"}"#, meta);
        let contexts = directory.path().join("contexts");
        let id = fs::read_dir(contexts.join("meta")).unwrap().next().unwrap().unwrap();
        fs::create_dir_all(contexts.join("tls").join(id.file_name()).join("docker")).unwrap();
        let error = resolved(&[("DOCKER_CONFIG", directory.path().to_str().unwrap())]).unwrap_err();
        assert!(error.contains("over TLS yet"), "{error}");
    }

    #[test]
    fn a_rootless_engines_socket_comes_last() {
        let runtime = tempfile::tempdir().unwrap();
        let variables = [("XDG_RUNTIME_DIR", runtime.path().to_str().unwrap())];
        assert_eq!(resolved(&variables), Ok(format!("unix://{DOCKER_SOCKET}")));
        let socket = runtime.path().join("docker.sock");
        fs::write(&socket, "").unwrap();
        assert_eq!(resolved(&variables), Ok(format!("unix://{}", socket.display())));
    }
}
