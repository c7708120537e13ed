//! One HTTP request, bounded in time, whose failures name no address: addresses of webhooks are secrets.

use std::time::Duration;

/// An answer that was not refused.
pub(super) struct HttpResponse {
    pub body: String,
}

/// Sends `body` as JSON.
pub(super) async fn send(
    method: &str,
    address: &str,
    headers: &[(&str, &str)],
    body: String,
    timeout: Duration,
) -> Result<HttpResponse, String> {
    let client = maestro_http::client(
        address.starts_with("http://"),
        |builder| Ok(builder.timeout(timeout)),
        innermost,
    )
    .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    let method = if method == "GET" { reqwest::Method::GET } else { reqwest::Method::POST };
    let mut request = client.request(method, address);
    let is_given = |wanted: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    if !is_given("content-type") {
        request = request.header("Content-Type", "application/json; charset=utf-8");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.body(body).send().await.map_err(|error| reason(&error, timeout))?;
    let status = answer.status();
    let body = answer.text().await.map_err(|error| reason(&error, timeout))?;
    if status.is_success() {
        return Ok(HttpResponse { body });
    }
    Err(format!("the answer was {status}"))
}

fn reason(error: &reqwest::Error, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", timeout.as_secs_f64());
    }
    if error.is_builder() {
        return "its address or a header of it cannot be used".to_owned();
    }
    innermost(error)
}

fn innermost(error: &reqwest::Error) -> String {
    maestro_http::innermost(error).unwrap_or_else(|| "the request failed".to_owned())
}
