//! A request with a body from the file, its texts expanded.

use std::time::Duration;

use serde_json::Value;

use super::{http, notice::Notice};
use maestro_core::value::audit::expand;

/// How it is asked.
pub(super) struct Request<'a> {
    pub endpoint: &'a str,
    pub method: &'a str,
    pub headers: &'a [(String, String)],
    pub timeout: Duration,
}

pub(super) async fn send(request: &Request<'_>, payload: &Value, notice: &Notice) -> Result<(), String> {
    let headers: Vec<(&str, &str)> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = body(payload, notice).to_string();
    http::send(request.method, request.endpoint, &headers, body, request.timeout).await.map(drop)
}

/// The payload with its texts expanded. As in `MaestroNG` what is empty is left out, and an empty whole is `null`.
pub(super) fn body(payload: &Value, notice: &Notice) -> Value {
    filled(payload, notice).unwrap_or(Value::Null)
}

fn filled(value: &Value, notice: &Notice) -> Option<Value> {
    let value = match value {
        // The file was checked: all that is in braces is known.
        Value::String(text) => Value::String(expand(text, |name| notice.word(name, ", ")).ok()?),
        Value::Array(items) => Value::Array(items.iter().filter_map(|item| filled(item, notice)).collect()),
        Value::Object(fields) => Value::Object(
            fields.iter().filter_map(|(key, value)| Some((key.clone(), filled(value, notice)?))).collect(),
        ),
        other => other.clone(),
    };
    let is_empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    (!is_empty).then_some(value)
}
