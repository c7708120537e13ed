//! What a plan in JSON has. A file that somebody wrote by hand may have anything in its place.

use serde_json::Value;

/// The items of a list in a plan. A file that somebody wrote by hand may have anything in its place.
pub(super) fn items<'a>(plan: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    plan.get(key).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a step only verifies what is left alone. It changes nothing, so it makes no other plan.
pub(super) fn is_verification(step: &Value) -> bool {
    text(step, "action") == "verify"
}
