//! Which engines Docker's own command knows: the local one, and those of its contexts.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    address::{self, Address, Misread},
    pem,
};
use maestro_core::endpoint::{
    DEFAULT_SOCKET, Endpoint, PLAIN_PORT, Remote, TLS_PORT,
    tls::{Tls, Trust},
};
use maestro_core::value::{file::read, sha256};

/// The context that stands for the default sockets.
pub const DEFAULT_CONTEXT: &str = "default";

/// An engine that is named, but that nobody can get to from here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Nameless {
    /// What it was called.
    pub name: String,
    /// What is wrong and what to do about it, in a sentence.
    pub reason: String,
}

fn nameless(name: &str, reason: String) -> Nameless {
    Nameless { name: name.to_owned(), reason }
}

/// The process's variables, an empty one like none.
type Variables = BTreeMap<String, String>;

fn variable<'a>(variables: &'a Variables, name: &str) -> Option<&'a String> {
    variables.get(name).filter(|value| !value.is_empty())
}

/// The local engine: `DOCKER_HOST`, else the context that `DOCKER_CONTEXT` or the configuration names, else
/// `default_socket`, else that of a rootless engine.
///
/// # Errors
/// [`Nameless`] if what is named cannot be used.
pub fn local(variables: &Variables, default_socket: &Path) -> Result<Endpoint, Nameless> {
    let variable = |name: &str| variable(variables, name);
    if let Some(host) = variable("DOCKER_HOST") {
        return endpoint(host, || variables_tls(variables), "DOCKER_HOST");
    }
    if let Some(store) = Contexts::of(variables)
        && let Some((context, named_by)) = match variable("DOCKER_CONTEXT") {
            Some(context) => Some((context.clone(), "DOCKER_CONTEXT".to_owned())),
            None => store.current()?,
        }
        && context != DEFAULT_CONTEXT
    {
        return store.endpoint(&context, &named_by);
    }
    let rootless = variable("XDG_RUNTIME_DIR").map(|directory| Path::new(directory).join("docker.sock"));
    let path = match rootless {
        Some(rootless) if !default_socket.exists() && rootless.exists() => rootless,
        _ => default_socket.to_owned(),
    };
    Ok(Endpoint::Unix(path))
}

/// TLS as `DOCKER_TLS_VERIFY`, `DOCKER_TLS` and `DOCKER_CERT_PATH` say it.
fn variables_tls(variables: &Variables) -> Result<Option<Tls>, String> {
    let verify = variable(variables, "DOCKER_TLS_VERIFY").is_some();
    if !verify && variable(variables, "DOCKER_TLS").is_none() {
        return Ok(None);
    }
    let directory = variable(variables, "DOCKER_CERT_PATH").map(PathBuf::from).or(configuration(variables));
    let directory =
        directory.ok_or("DOCKER_CERT_PATH names no directory with ca.pem, cert.pem and key.pem")?;
    pem::from_directory(&directory, verify).map(Some)
}

/// The directory of Docker's configuration.
fn configuration(variables: &Variables) -> Option<PathBuf> {
    let home = || variable(variables, "HOME").map(|home| Path::new(home).join(".docker"));
    variable(variables, "DOCKER_CONFIG").map(PathBuf::from).or_else(home)
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
    #[serde(default, rename = "Name")]
    name: String,
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
    #[serde(default, rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

/// Docker's contexts, as `docker context ls` lists them.
pub struct Contexts {
    directory: PathBuf,
}

impl Contexts {
    /// Those of the user with these variables; none if there is no home directory.
    #[must_use]
    pub fn of(variables: &Variables) -> Option<Self> {
        configuration(variables).map(|directory| Self { directory })
    }

    /// The names of all that there are, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.join("contexts/meta")).into_iter().flatten().flatten();
        let content = |entry: fs::DirEntry| read(&entry.path().join("meta.json")).ok();
        let name = |json: Vec<u8>| Some(serde_json::from_slice::<Context>(&json).ok()?.name);
        let mut names: Vec<String> = entries.filter_map(content).filter_map(name).collect();
        names.sort();
        names
    }

    /// Whether there is one of that name.
    #[must_use]
    pub fn has(&self, context: &str) -> bool {
        context == DEFAULT_CONTEXT || self.meta(context).exists()
    }

    fn meta(&self, context: &str) -> PathBuf {
        self.directory.join("contexts/meta").join(directory_of(context)).join("meta.json")
    }

    /// The context that Docker's configuration names, and the file that does.
    fn current(&self) -> Result<Option<(String, String)>, Nameless> {
        let file = self.directory.join("config.json");
        let Ok(json) = read(&file) else {
            return Ok(None);
        };
        let named_by = file.display().to_string();
        match serde_json::from_slice(&json) {
            Ok(Configuration { current_context }) if current_context.is_empty() => Ok(None),
            Ok(Configuration { current_context }) => Ok(Some((current_context, named_by))),
            Err(error) => Err(nameless(
                "the local engine",
                format!("{named_by}, which names the Docker context, is not understood: {error}"),
            )),
        }
    }

    /// The engine of a context; `named_by` is who names it.
    ///
    /// # Errors
    /// [`Nameless`] if there is no such context, or it cannot be used.
    pub fn endpoint(&self, context: &str, named_by: &str) -> Result<Endpoint, Nameless> {
        if context == DEFAULT_CONTEXT {
            return Ok(Endpoint::Local);
        }
        let file = self.meta(context);
        let wrong = |what: String| nameless(&format!("Docker context {context}"), what);
        let json = read(&file).map_err(|error| {
            wrong(format!(
                "the Docker context {context:?}, which {named_by} names, cannot be read from {}: {error}; \
                 `docker context ls` lists those there are",
                file.display()
            ))
        })?;
        let Context { endpoints, .. } = serde_json::from_slice(&json).map_err(|error| {
            wrong(format!("the Docker context {context:?} in {} is not understood: {error}", file.display()))
        })?;
        let (host, skip) = endpoints.docker.map_or((String::new(), false), |e| (e.host, e.skip_tls_verify));
        let files = self.directory.join("contexts/tls").join(directory_of(context)).join("docker");
        let tls = || match files.is_dir() {
            false if skip => Ok(Some(Tls { trust: Trust::Anyone, identity: None })),
            false => Ok(None),
            true => pem::from_directory(&files, !skip).map(Some),
        };
        endpoint(&host, tls, &format!("the Docker context {context:?}"))
    }
}

/// The directory that Docker keeps a context in: SHA-256 of its name.
fn directory_of(context: &str) -> String {
    sha256::digits(context.as_bytes(), 64)
}

/// The endpoint that `host` says, in the words of `DOCKER_HOST`. `origin` is who says so, and `tls` how.
fn endpoint(
    host: &str,
    tls: impl Fn() -> Result<Option<Tls>, String>,
    origin: &str,
) -> Result<Endpoint, Nameless> {
    let said = &address::shown(host);
    let whole = if host.contains("://") { host.to_owned() } else { format!("tcp://{host}") };
    let wrong = |why: String| nameless(said, format!("{origin} says {said:?}, {why}"));
    let tls = || tls().map_err(|why| nameless(said, format!("{origin} asks for TLS to {said:?}, but {why}")));
    let or_localhost = |host: String| if host.is_empty() { "localhost".to_owned() } else { host };
    let address = address::parse(&whole).map_err(|misread| {
        let forms = "write ssh://user@host, tcp://host:port or unix:///path";
        wrong(match misread {
            Misread::Rest(why) => format!("which is no address ({why}); {forms}"),
            Misread::Scheme(_) | Misread::NoScheme => format!("which is not understood; {forms}"),
        })
    })?;
    Ok(match address {
        Address::Unix(path) => Endpoint::Unix(path),
        Address::Tcp { host, port } => match tls()? {
            None => Endpoint::Tcp { host: or_localhost(host), port: port.unwrap_or(PLAIN_PORT) },
            Some(tls) => Endpoint::Tls { host: or_localhost(host), port: port.unwrap_or(TLS_PORT), tls },
        },
        Address::Https { host, port } => {
            let tls = tls()?.unwrap_or(Tls { trust: Trust::System, identity: None });
            Endpoint::Tls { host: or_localhost(host), port: port.unwrap_or(TLS_PORT), tls }
        }
        Address::Ssh { login, socket } => {
            let remote = Remote::Socket(socket.unwrap_or_else(|| DEFAULT_SOCKET.into()));
            Endpoint::Ssh { login, remote, tls: None }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOCKET: &str = "/nowhere/docker.sock";

    fn resolved(variables: &[(&str, &str)]) -> Result<String, String> {
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        local(&variables, Path::new(SOCKET))
            .map(|endpoint| endpoint.to_string())
            .map_err(|nameless| nameless.reason)
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
            ("https://ship", "https://ship:2376"),
            ("ssh://me@ship:2222", "ssh://me@ship:2222"),
            ("ssh://ship/run/user/1000/docker.sock", "ssh://ship/run/user/1000/docker.sock"),
        ] {
            assert_eq!(docker_host(host).as_deref(), Ok(expected), "{host}");
        }
    }

    #[test]
    fn what_is_not_understood_says_what_to_write() {
        for host in ["npipe:////./pipe/docker", "tcp://a:b", "unix://", "tcp://a/b", "ssh://"] {
            let error = docker_host(host).unwrap_err();
            assert!(error.starts_with("DOCKER_HOST says") && error.contains("tcp://host:port"), "{error}");
        }
    }

    #[test]
    fn variables_ask_for_tls_and_name_its_files() {
        let directory = tempfile::tempdir().unwrap();
        let files = directory.path().to_str().unwrap();
        let host = ("DOCKER_HOST", "tcp://ship");
        let of = |verify| resolved(&[host, (verify, "1"), ("DOCKER_CERT_PATH", files)]);
        assert_eq!(of("DOCKER_TLS_VERIFY").as_deref(), Ok("https://ship:2376"));
        assert_eq!(of("DOCKER_TLS").as_deref(), Ok("https://ship:2376"));
        assert_eq!(of("DOCKER_OTHER").as_deref(), Ok("tcp://ship:2375"));
        fs::write(directory.path().join("cert.pem"), "nothing").unwrap();
        let error = of("DOCKER_TLS_VERIFY").unwrap_err();
        assert!(error.ends_with("has a cert.pem, but no key.pem"), "{error}");
        fs::write(directory.path().join("key.pem"), "nothing").unwrap();
        let error = of("DOCKER_TLS_VERIFY").unwrap_err();
        assert!(error.contains("cert.pem cannot be used: there is no certificate in it"), "{error}");
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
            Ok(format!("unix://{SOCKET}"))
        );
        assert_eq!(
            resolved(&[("DOCKER_CONFIG", config), ("DOCKER_HOST", "unix:///d")]),
            Ok("unix:///d".to_owned())
        );
        fs::write(directory.path().join("config.json"), "{}").unwrap();
        assert_eq!(resolved(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "remote")]), remote);
        assert_eq!(resolved(&[("DOCKER_CONFIG", config)]), Ok(format!("unix://{SOCKET}")));
        let contexts = Contexts { directory: directory.path().to_owned() };
        assert_eq!(contexts.names(), ["remote"]);
        assert!(contexts.has("remote") && contexts.has("default") && !contexts.has("other"));
    }

    #[test]
    fn a_context_may_go_over_ssh_or_skip_the_check_of_tls() {
        let at = |endpoint: &str| {
            let meta = format!(r#"{{"Name":"remote","Endpoints":{{"docker":{endpoint}}}}}"#);
            let directory = configured(r#"{"currentContext":"remote"}"#, &meta);
            resolved(&[("DOCKER_CONFIG", directory.path().to_str().unwrap())])
        };
        assert_eq!(at(r#"{"Host":"ssh://me@ship"}"#).as_deref(), Ok("ssh://me@ship"));
        assert_eq!(at(r#"{"Host":"tcp://ship:1","SkipTLSVerify":true}"#).as_deref(), Ok("https://ship:1"));
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
    fn a_context_with_certificates_asks_for_tls() {
        let meta = r#"{"Endpoints":{"docker":{"Host":"tcp://10.0.0.7:2376"}}}"#;
        let directory = configured(r#"{"currentContext":"remote"}"#, meta);
        let contexts = directory.path().join("contexts");
        let id = fs::read_dir(contexts.join("meta")).unwrap().next().unwrap().unwrap();
        let files = contexts.join("tls").join(id.file_name()).join("docker");
        fs::create_dir_all(&files).unwrap();
        let config = [("DOCKER_CONFIG", directory.path().to_str().unwrap())];
        assert_eq!(resolved(&config).as_deref(), Ok("https://10.0.0.7:2376"));
        fs::write(files.join("ca.pem"), "").unwrap();
        let error = resolved(&config).unwrap_err();
        assert!(error.contains("ca.pem cannot be used: there is no certificate in it"), "{error}");
    }

    #[test]
    fn a_rootless_engines_socket_comes_last() {
        let runtime = tempfile::tempdir().unwrap();
        let variables = [("XDG_RUNTIME_DIR", runtime.path().to_str().unwrap())];
        assert_eq!(resolved(&variables), Ok(format!("unix://{SOCKET}")));
        let socket = runtime.path().join("docker.sock");
        fs::write(&socket, "").unwrap();
        assert_eq!(resolved(&variables), Ok(format!("unix://{}", socket.display())));
    }

    #[test]
    fn a_broken_configuration_or_context_says_which_file() {
        let directory = configured("{", "{");
        let config = directory.path().to_str().unwrap();
        let error = resolved(&[("DOCKER_CONFIG", config)]).unwrap_err();
        assert!(error.contains("config.json") && error.contains("not understood"), "{error}");
        let error = resolved(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "remote")]).unwrap_err();
        assert!(error.contains("meta.json") && error.contains("not understood"), "{error}");
    }
}
