//! Keys of auditors.

use super::{Key, key};

/// Keys of every auditor.
pub const AUDIT: &[Key] = &[
    key("type", "`log`, `slack`, `http` or `exec`", "How it is told.").like("log"),
    key("level", "`info` or `debug`", "`info` tells of commands, `debug` of each step as well.")
        .or("`info`")
        .like("debug"),
    key(
        "ignore_errors",
        "true or false",
        "Says nothing when it cannot be told; otherwise that is a warning.",
    )
    .or("false")
    .like("true"),
];

/// Keys of an auditor of type `log`.
pub const AUDIT_LOG: &[Key] =
    &[key("file", "path", "File that lines are added to.").like("/var/log/maestro.log")];

/// Keys of an auditor of type `slack`.
pub const AUDIT_SLACK: &[Key] = &[
    key("channel", "text", "Channel that messages go to.").like("ops"),
    key("token", "text", "Token of a bot that may write there.")
        .like(r#""{{ env.SLACK_TOKEN | default('xoxb-1') }}""#),
    key("webhook", "address", "Incoming webhook, in place of `channel` and `token`.")
        .like("https://hooks.slack.com/services/T0/B0/x"),
    key("name", "text", "Name that messages come from.").or("`maestro`").like("maestro"),
    key("icon", "address", "Picture beside the name.").or("Slack's").like("https://example.com/maestro.png"),
    key("url", "address", "Address of `chat.postMessage`, for a server that speaks as Slack does.")
        .or("Slack's")
        .like("https://chat.example.com/api/chat.postMessage"),
];

/// Keys of an auditor of type `http`.
pub const AUDIT_HTTP: &[Key] = &[
    key("endpoint", "address", "Address that a request is sent to when a command begins.")
        .like("https://audit.example.com/maestro"),
    key("payload", "any", "Its body as JSON; `{what}`, `{action}`, `{who}` and `{message}` are filled in.")
        .or("all of them")
        .like(r#"{text: "{who}: {what} {action}"}"#),
    key("headers", "mapping", "Headers beside `Content-Type`.").or("none").like("{X-Team: web}"),
    key("method", "`POST` or `GET`", "Its method.").or("`POST`").like("GET"),
    key("timeout", "seconds", "How long it may take.").or("3").like("10"),
];

/// Keys of an auditor of type `exec`.
pub const AUDIT_EXEC: &[Key] = &[
    key(
        "script",
        "path",
        "Program that is run when a command has succeeded; it reads the instances as JSON.",
    )
    .like("/usr/local/bin/told"),
    key("args", "text", "Its arguments; `{what}`, `{action}`, `{who}` and `{message}` are filled in.")
        .or("none")
        .like(r#""{action} {what}""#),
];
