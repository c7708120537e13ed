//! The `http` check: a request gets the answer that is wanted.

mod proxy;

use std::{sync::OnceLock, time::Duration};

use regex::{Regex, RegexBuilder};
use reqwest::{
    Certificate, Client, ClientBuilder, Identity, Method, Proxy, Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION},
    redirect::Policy,
};

use super::Seen;
use maestro_core::{
    fault::{HttpFault, ProbeFault},
    model::check::HttpCheck,
    value::check::{HttpBody, ProxyFor},
};

/// How long one try may take, if the file does not say it.
const PATIENCE: Duration = Duration::from_secs(30);
/// As many redirections as Python's `requests` follows.
const MOST_REDIRECTS: usize = 30;
/// How many bytes of an answer are looked at.
const MOST_BYTES: usize = 1 << 20;
/// How many characters of an answer that does not match are told.
const SHOWN: usize = 80;

/// A request, ready to be sent again and again.
pub(super) struct Request {
    client: Client,
    /// The client for other hosts that the request is redirected to.
    stranger: Client,
    redirects: bool,
    method: Method,
    url: Url,
    headers: HeaderMap,
    auth: Option<(String, String)>,
    body: Option<(Option<&'static str>, String)>,
    pattern: Option<(Regex, String)>,
    /// The proxy that the request goes through.
    proxy: Option<String>,
}

impl Request {
    /// Prepares it.
    ///
    /// # Errors
    /// Why it can never be sent.
    pub(super) fn new(check: &HttpCheck) -> Result<Self, HttpFault> {
        let mut url =
            Url::parse(&check.address()).map_err(|error| HttpFault::InvalidAddress(error.to_string()))?;
        let options = &check.options;
        if !options.params.is_empty() {
            url.query_pairs_mut().extend_pairs(&options.params);
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &options.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
            headers.append(name, HeaderValue::from_str(value).map_err(|error| error.to_string())?);
        }
        let pattern = match &check.pattern {
            None => None,
            Some(pattern) => {
                let mut builder = RegexBuilder::new(&pattern.translated);
                let regex = builder.dot_matches_new_line(true).build().map_err(|error| error.to_string())?;
                Some((regex, pattern.written.clone()))
            }
        };
        let own = client(check)?;
        let stranger = match &check.identity {
            None => own.clone(),
            Some(_) => client(&HttpCheck { identity: None, ..check.clone() })?,
        };
        Ok(Self {
            client: own,
            stranger,
            redirects: options.redirects,
            proxy: proxy::of(check, &url, |name| std::env::var(name).ok()),
            method: Method::from_bytes(check.method.as_bytes()).map_err(|error| error.to_string())?,
            url,
            headers,
            auth: options.auth.clone(),
            body: options.body.as_ref().map(body),
            pattern,
        })
    }

    /// Sends it once.
    pub(super) async fn attempt(&self) -> Result<(), Seen> {
        let proxy = || self.proxy.clone();
        self.ask()
            .await
            .map_err(|fault| Seen::NotYet(ProbeFault::Http { fault: Box::new(fault), proxy: proxy() }))
    }

    /// Sends the request and those that it is redirected to. Another host than the file's gets none of the headers,
    /// cookies and logins of the file, and no client certificate.
    async fn follow(&self) -> Result<Response, HttpFault> {
        let mut hop =
            Hop { method: self.method.clone(), url: self.url.clone(), has_body: true, is_own: true };
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.send(&hop).await?;
            if !self.redirects {
                return Ok(answer);
            }
            match hop.after(&answer)? {
                None => return Ok(answer),
                Some(next) => hop = next,
            }
        }
        Err(HttpFault::Redirections(MOST_REDIRECTS))
    }

    async fn send(&self, hop: &Hop) -> Result<Response, HttpFault> {
        let client = if hop.is_own { &self.client } else { &self.stranger };
        let mut request = client.request(hop.method.clone(), hop.url.clone());
        if let Some((kind, text)) = self.body.as_ref().filter(|_| hop.has_body) {
            if let Some(kind) = kind {
                request = request.header(CONTENT_TYPE, *kind);
            }
            request = request.body(text.clone());
        }
        if hop.is_own {
            if let Some((user, password)) = &self.auth {
                request = request.basic_auth(user, Some(password));
            }
            // What the file says of headers counts over what follows from other options.
            request = request.headers(self.headers.clone());
        }
        request.send().await.map_err(|error| cause(&error))
    }

    async fn ask(&self) -> Result<(), HttpFault> {
        let mut answer = self.follow().await?;
        let status = answer.status();
        let Some((regex, written)) = &self.pattern else {
            return if status == StatusCode::OK {
                Ok(())
            } else {
                Err(HttpFault::Status(status.to_string()))
            };
        };
        let mut bytes = Vec::new();
        while bytes.len() < MOST_BYTES
            && let Some(piece) = answer.chunk().await.map_err(|error| cause(&error))?
        {
            bytes.extend_from_slice(&piece);
        }
        let text = String::from_utf8_lossy(&bytes);
        // Python finds nothing in an empty body, whatever is looked for.
        if !text.is_empty() && regex.is_match(&text) {
            return Ok(());
        }
        let begins: String = text.trim().chars().take(SHOWN).collect();
        let status = status.to_string();
        Err(if begins.is_empty() {
            HttpFault::EmptyBody { status }
        } else {
            HttpFault::NoMatch { status, pattern: written.clone(), begins }
        })
    }
}

/// Where a request goes on after a redirection.
struct Hop {
    method: Method,
    url: Url,
    has_body: bool,
    /// Whether it still goes to the host that the file names.
    is_own: bool,
}

impl Hop {
    /// The request that an answer redirects to; none if it is no redirection.
    fn after(self, answer: &Response) -> Result<Option<Self>, HttpFault> {
        let status = answer.status().as_u16();
        let Some(to) =
            answer.headers().get(LOCATION).filter(|_| matches!(status, 301 | 302 | 303 | 307 | 308))
        else {
            return Ok(None);
        };
        let url = to.to_str().ok().and_then(|to| self.url.join(to).ok());
        let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else {
            return Err(HttpFault::RedirectedNowhere);
        };
        let is_own = self.is_own && is_same_host(&self.url, &url);
        // What browsers make of them: all but 307 and 308 ask anew with GET.
        let keeps = matches!(status, 307 | 308) || matches!(self.method, Method::GET | Method::HEAD);
        let method = if keeps { self.method } else { Method::GET };
        let has_body = self.has_body && matches!(status, 307 | 308);
        Ok(Some(Self { method, url, has_body, is_own }))
    }
}

/// Whether a redirection stays on its host: with the same port, or from the port of HTTP to the one of HTTPS.
fn is_same_host(from: &Url, to: &Url) -> bool {
    let ports = (from.port_or_known_default(), to.port_or_known_default());
    let is_upgrade = (from.scheme(), to.scheme()) == ("http", "https") && ports == (Some(80), Some(443));
    from.host() == to.host() && (is_upgrade || ports.0 == ports.1 && from.scheme() == to.scheme())
}

/// Most checks want no more than others: they share a client, since to read the system's certificates for each would take
/// many milliseconds.
fn client(check: &HttpCheck) -> Result<Client, HttpFault> {
    // Without certificates of authorities there is a client for plain HTTP alone.
    static COMMON: [OnceLock<Client>; 2] = [OnceLock::new(), OnceLock::new()];
    let options = &check.options;
    let is_common = options.verify && options.timeout.is_none() && options.proxies.is_empty();
    if !is_common || check.authorities.is_some() || check.identity.is_some() {
        return own_client(check);
    }
    let common = &COMMON[usize::from(is_plain(check))];
    if let Some(client) = common.get() {
        return Ok(client.clone());
    }
    let client = own_client(check)?;
    Ok(common.get_or_init(|| client).clone())
}

fn is_plain(check: &HttpCheck) -> bool {
    check.scheme == "http"
}

fn own_client(check: &HttpCheck) -> Result<Client, HttpFault> {
    maestro_http::client(is_plain(check), |builder| configured(builder, check), cause)
}

fn configured(builder: ClientBuilder, check: &HttpCheck) -> Result<ClientBuilder, HttpFault> {
    let options = &check.options;
    let (connect, answer) = options.timeout.unwrap_or((PATIENCE, PATIENCE));
    let mut builder = builder
        .connect_timeout(connect)
        .timeout(connect.max(answer))
        // Redirections are followed here, where it is known what may be told to whom.
        .redirect(Policy::none())
        .referer(false)
        // Each try sees what a new client would see.
        .pool_max_idle_per_host(0)
        .user_agent(concat!("maestro/", env!("CARGO_PKG_VERSION")));
    for (whom, address) in &options.proxies {
        let proxy = match whom {
            ProxyFor::Http => Proxy::http(address),
            ProxyFor::Https => Proxy::https(address),
            ProxyFor::All => Proxy::all(address),
        };
        builder = builder.proxy(proxy.map_err(|error| HttpFault::Proxy(Box::new(cause(&error))))?);
    }
    if !options.verify {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    if let Some(pem) = &check.authorities {
        let authorities = Certificate::from_pem_bundle(pem.reveal())
            .map_err(|error| HttpFault::Authorities(Box::new(cause(&error))))?;
        builder = builder.tls_certs_only(authorities);
    }
    if let Some(pem) = &check.identity {
        let identity =
            Identity::from_pem(pem.reveal()).map_err(|error| HttpFault::Identity(Box::new(cause(&error))))?;
        builder = builder.identity(identity);
    }
    Ok(builder)
}

/// A body, and its type where it has one by itself.
fn body(body: &HttpBody) -> (Option<&'static str>, String) {
    match body {
        HttpBody::Text(text) => (None, text.clone()),
        HttpBody::Json(text) => (Some("application/json"), text.clone()),
        HttpBody::Form(fields) => {
            // The query of an address and a form are written alike.
            let mut url = Url::parse("http://form").expect("a fixed text");
            url.query_pairs_mut().extend_pairs(fields);
            (Some("application/x-www-form-urlencoded"), url.query().unwrap_or_default().to_owned())
        }
    }
}

/// What is behind an error, at its deepest: the rest repeats the address, which may have secrets in it.
fn cause(error: &reqwest::Error) -> HttpFault {
    if error.is_timeout() {
        return if error.is_connect() { HttpFault::ConnectTimeout } else { HttpFault::Timeout };
    }
    let Some(words) = maestro_http::innermost(error) else { return HttpFault::Unknown };
    // The operating system's words end with a number.
    let words = words.split(" (os error").next().unwrap_or_default().to_lowercase();
    // It is chance in which of the two ways Docker's proxy hangs up when nothing listens behind it.
    if words.contains("connection closed before message completed") || words.contains("connection reset") {
        return HttpFault::Closed;
    }
    HttpFault::Words(words)
}

#[cfg(test)]
mod tests;
