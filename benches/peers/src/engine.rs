//! A Docker engine's API over its socket: requests, and connections that are used again.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Mutex,
};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, StatusCode,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixStream;

/// Why something could not be had, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub String);

impl Problem {
    /// For this reason.
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}

/// The way to an engine. Connections stay open and are used again; each request takes one that is idle, or a new one.
pub struct Engine {
    socket: PathBuf,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl Engine {
    /// The engine at that socket. Nothing is sent yet.
    #[must_use]
    pub fn at(socket: &Path) -> Self {
        Self { socket: socket.to_owned(), idle: Mutex::default() }
    }

    /// Asks for what the API has at `path`.
    ///
    /// # Errors
    /// If the engine does not answer, or with an error, or with no JSON.
    pub async fn get(&self, path: &str) -> Result<Value, Problem> {
        let (status, body) = self.send(Method::GET, path, Bytes::new()).await?;
        if !status.is_success() {
            return Err(refused("GET", path, status, &body));
        }
        serde_json::from_slice(&body).map_err(|error| Problem(format!("GET {path}: no JSON: {error}")))
    }

    /// Changes something. What is so already (304) is as good as done.
    ///
    /// # Errors
    /// If the engine does not answer, or with an error.
    pub async fn post(&self, path: &str, json: Option<&Value>) -> Result<Value, Problem> {
        let body = json.map(ToString::to_string).unwrap_or_default();
        let (status, body) = self.send(Method::POST, path, body.into()).await?;
        if !status.is_success() && status != StatusCode::NOT_MODIFIED {
            return Err(refused("POST", path, status, &body));
        }
        Ok(serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Makes sure that there is a network of that name.
    ///
    /// # Errors
    /// If the engine does not answer, or with an error.
    pub async fn network(&self, name: &str) -> Result<(), Problem> {
        let network = json!({"Name": name, "Driver": "bridge", "CheckDuplicate": true}).to_string();
        let path = "/networks/create";
        let (status, body) = self.send(Method::POST, path, network.into()).await?;
        if !status.is_success() && status != StatusCode::CONFLICT {
            return Err(refused("POST", path, status, &body));
        }
        Ok(())
    }

    /// Removes something; what is not there is as good as removed.
    ///
    /// # Errors
    /// If the engine does not answer, or with an error.
    pub async fn delete(&self, path: &str) -> Result<(), Problem> {
        let (status, body) = self.send(Method::DELETE, path, Bytes::new()).await?;
        if !status.is_success() && status != StatusCode::NOT_FOUND {
            return Err(refused("DELETE", path, status, &body));
        }
        Ok(())
    }

    /// All containers, running or not.
    ///
    /// # Errors
    /// As [`Engine::get`].
    pub async fn containers(&self) -> Result<Vec<Container>, Problem> {
        let listed = self.get("/containers/json?all=1").await?;
        Ok(listed.as_array().into_iter().flatten().map(Container::from).collect())
    }

    /// Whether a container runs, by inspecting it. Docker 26.1 answers a stop some milliseconds before its list stops
    /// saying `running`. A container that is gone does not run.
    ///
    /// # Errors
    /// As [`Engine::get`].
    pub async fn runs(&self, id: &str) -> Result<bool, Problem> {
        let path = format!("/containers/{id}/json");
        let (status, body) = self.send(Method::GET, &path, Bytes::new()).await?;
        if status == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        if !status.is_success() {
            return Err(refused("GET", &path, status, &body));
        }
        let inspected: Value = serde_json::from_slice(&body)
            .map_err(|error| Problem(format!("GET {path}: no JSON: {error}")))?;
        Ok(inspected["State"]["Running"] == true)
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<(StatusCode, Bytes), Problem> {
        let what = format!("{method} {path}");
        let failed = |error: &dyn fmt::Display| Problem(format!("{what}: {error}"));
        let mut connection = self.connection().await?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "docker")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| failed(&error))?;
        let response = connection.send_request(request).await.map_err(|error| failed(&error))?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| failed(&error))?.to_bytes();
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(connection);
        }
        Ok((status, body))
    }

    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, Problem> {
        loop {
            let kept = self.idle.lock().ok().and_then(|mut idle| idle.pop());
            let Some(mut connection) = kept else { break };
            // One that the engine has closed meanwhile is dropped.
            if connection.ready().await.is_ok() {
                return Ok(connection);
            }
        }
        let failed = |error: &dyn fmt::Display| Problem(format!("{}: {error}", self.socket.display()));
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| failed(&error))?;
        let (connection, driver) = handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
        tokio::spawn(driver);
        Ok(connection)
    }
}

fn refused(method: &str, path: &str, status: StatusCode, body: &[u8]) -> Problem {
    let words = String::from_utf8_lossy(body);
    let words: String = words.trim().chars().take(200).collect();
    Problem(format!("{method} {path}: {}: {words}", status.as_u16()))
}

/// A container, as an engine lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Its name, without the slash.
    pub name: String,
    /// `running`, `exited` …
    pub state: String,
    /// The engine's words about its state: `Up 3 seconds (healthy)`.
    pub status: String,
}

impl From<&Value> for Container {
    fn from(listed: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: text(&listed["Id"]),
            name: text(&listed["Names"][0]).trim_start_matches('/').to_owned(),
            state: text(&listed["State"]),
            status: text(&listed["Status"]),
        }
    }
}
