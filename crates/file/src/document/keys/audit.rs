//! Keys of auditors.

use super::{Key, key};

/// Keys of every auditor.
pub const AUDIT: &[Key] = &[
    key("type", "`log`, `slack`, `http` or `exec`", "Kind of auditor.").like("log"),
    key("level", "`info` or `debug`", "`info` reports commands, `debug` each step as well.")
        .or("`info`")
        .like("debug"),
    key("ignore_errors", "true or false", "Suppresses the warning if a notification fails.")
        .or("false")
        .like("true"),
];

/// Keys of an auditor of type `log`.
pub const AUDIT_LOG: &[Key] = &[key("file", "path", "File to append lines to.").like("/var/log/maestro.log")];

/// Keys of an auditor of type `slack`.
pub const AUDIT_SLACK: &[Key] = &[
    key("channel", "text", "Channel to post to.").like("ops"),
    key("token", "text", "Token of a bot that may post there.")
        .like(r#""{{ env.SLACK_TOKEN | default('xoxb-1') }}""#),
    key("webhook", "address", "Incoming webhook, instead of `channel` and `token`.")
        .like("https://hooks.slack.com/services/T0/B0/x"),
    key("name", "text", "Sender name of messages.").or("`maestro`").like("maestro"),
    key("icon", "address", "Icon beside the name.").or("Slack's").like("https://example.com/maestro.png"),
    key("url", "address", "Address of `chat.postMessage`, for a server with Slack's API.")
        .or("Slack's")
        .like("https://chat.example.com/api/chat.postMessage"),
];

/// Keys of an auditor of type `http`.
pub const AUDIT_HTTP: &[Key] = &[
    key("endpoint", "address", "Address to send a request to when a command starts.")
        .like("https://audit.example.com/maestro"),
    key("payload", "any", "Its body as JSON; `{what}`, `{action}`, `{who}` and `{message}` are filled in.")
        .or("all of them")
        .like(r#"{text: "{who}: {what} {action}"}"#),
    key("headers", "mapping", "Headers beside `Content-Type`.").or("none").like("{X-Team: web}"),
    key("method", "`POST` or `GET`", "Its method.").or("`POST`").like("GET"),
    key("timeout", "seconds", "Maximum time of the request.").or("3").like("10"),
];

/// Keys of an auditor of type `exec`.
pub const AUDIT_EXEC: &[Key] = &[
    key(
        "script",
        "path",
        "Program to run after a successful command; it gets the instances as JSON on standard input.",
    )
    .like("/usr/local/bin/notify"),
    key("args", "text", "Its arguments; `{what}`, `{action}`, `{who}` and `{message}` are filled in.")
        .or("none")
        .like(r#""{action} {what}""#),
];
