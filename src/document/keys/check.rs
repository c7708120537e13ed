//! States of `lifecycle`, and keys of their checks.

use super::{Key, key, never, obsolete};

/// States of `lifecycle`.
pub const LIFECYCLE: &[Key] = &[
    key("running", "list of checks", "When it counts as running.")
        .or("it stays up for 300 ms")
        .like("[{type: tcp, port: http}, {type: http, port: http, path: /health}]"),
    key(
        "pre-start",
        "list of checks",
        "What must hold before it is started, once all that it requires is ready.",
    )
    .or("none")
    .like(r#"[{type: exec, command: "test -d /srv"}]"#),
    key(
        "pre-stop",
        "list of checks",
        "What must hold before it is stopped; if it does not, it is not stopped.",
    )
    .or("none")
    .like(r#"[{type: rexec, command: "/bin/drained"}]"#),
    key("stopped", "list of checks", "When it counts as stopped; what it stands on is stopped only then.")
        .or("none")
        .like("[{type: sleep, wait: 2}]"),
];

/// Keys of a `tcp` check.
pub const TCP_CHECK: &[Key] = &[
    key("type", "`tcp`", "The kind of check.").like("tcp"),
    key("port", "name of a port", "The published port that must accept connections.").like("http"),
    key("max_wait", "seconds", "Budget of time for all tries.").or("180").like("60"),
];

/// Keys of an `http` check.
pub const HTTP_CHECK: &[Key] = &[
    key("type", "`http`", "The kind of check.").like("http"),
    key("port", "name of a port, or a number", "The published port, or any port of `host`.").like("http"),
    key("host", "address or host name", "Whom to ask.").or("the instance's ship").like("health.example.com"),
    key("path", "path", "Path, with its query.").or("`/`").like("/health?deep=1"),
    key("scheme", "`http` or `https`", "Plain or TLS.").or("`http`").like("https"),
    key("method", "method", "Its method.").or("`GET`").like("HEAD"),
    key(
        "match_regex",
        "regular expression",
        "What the body must have in it, whatever the status; without it the status must be 200.",
    )
    .or("none")
    .like("'status: (ok|warning)'"),
    key("max_wait", "seconds", "Budget of time for all tries.").or("300").like("60"),
    key("requests_options", "mapping", "What else the request carries.")
        .or("none")
        .like("{headers: {Accept: text/plain}, timeout: 5}"),
];

/// Keys of `requests_options` of an `http` check.
pub const HTTP_OPTIONS: &[Key] = &[
    key("verify", "true, false or path", "Whether certificates are verified, or with which authorities.")
        .or("true")
        .like("false"),
    key("cert", "path, or [path, path]", "Client certificate with its key, in one file or two.")
        .or("none")
        .like("[client.pem, client-key.pem]"),
    key("headers", "mapping", "Header lines.").or("none").like("{Accept: application/json}"),
    key("cookies", "mapping", "Cookies.").or("none").like("{session: abc}"),
    key("auth", "[user, password]", "Basic authentication.")
        .or("none")
        .like(r#"[shop, "{{ env.SHOP_PASSWORD | default('x') }}"]"#),
    key("params", "mapping", "What is added to the query.").or("none").like("{deep: 1}"),
    key("data", "text or mapping", "What is sent: text as it is, or a form.")
        .or("none")
        .like("{form: field}"),
    key("json", "anything", "What is sent, as JSON.").or("none").like("{key: value}"),
    key("timeout", "seconds, or [seconds, seconds]", "How long a try may take: to connect, then to answer.")
        .or("30")
        .like("[3, 10]"),
    key("allow_redirects", "true or false", "Whether redirections are followed.").or("true").like("false"),
    key("proxies", "mapping of `http`, `https` or `all` to addresses", "Proxies to go through.")
        .or("`HTTP_PROXY` and its like")
        .like(r#"{http: "http://10.0.0.1:3128"}"#),
    obsolete("stream", "true or false", "When Python reads the body: a check reads what it needs.")
        .like("true"),
    never(
        "files",
        "mapping",
        "In a YAML file there are no open files of Python to send.",
        "send text with `data`, or use an `exec` check: `command: curl -fsS -F file=@PATH URL`",
    ),
    never(
        "hooks",
        "mapping",
        "In a YAML file there are no functions of Python to call.",
        "use `match_regex`, or an `exec` check with a program that looks at the answer",
    ),
];

/// Keys of an `exec` and a `rexec` check that both have.
pub const COMMAND_CHECK: &[Key] = &[
    key("type", "`exec` or `rexec`", "The kind of check.").like("exec"),
    key("command", "text or list", "The command; exit code 0 passes. No shell is between.").like("curl -fs http://10.0.0.5:8080/"),
    key("cmd", "text or list", "Older name of `command`.").like(r#"[curl, -fs, "http://10.0.0.5:8080/"]"#),
    key(
        "attempts",
        "number",
        "Budget of time in steps of `delay`, and the least number of tries.",
    ).or("180").like("60"),
    key("delay", "seconds", "What an attempt stands for in the budget.").or("1").like("0.5"),
    key(
        "max_wait",
        "seconds",
        "When a command that still runs is killed and no other is begun. Without it, a try may take as long as the \
         budget, and 180 s at least.",
    ).or("no bound but the above").like("90"),
];

/// The key that only an `exec` check has.
pub const EXEC_CHECK: &[Key] = &[key(
    "envfrom",
    "`env` or `stdin`",
    "How the command gets the instance's environment: as variables, or with our own as JSON \
     on standard input.",
)
.or("`env`")
.like("stdin")];

/// Keys of a `docker` check.
pub const DOCKER_CHECK: &[Key] = &[
    key("type", "`docker`", "The kind of check.").like("docker"),
    key("max_wait", "seconds", "How long the image's `HEALTHCHECK` may take to pass.").or("300").like("60"),
];

/// Keys of a `sleep` check.
pub const SLEEP_CHECK: &[Key] = &[
    key("type", "`sleep`", "The kind of check.").like("sleep"),
    key("wait", "seconds", "How long to wait.").like("2"),
];
