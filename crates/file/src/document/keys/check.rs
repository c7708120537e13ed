//! States of `lifecycle`, and keys of their checks.

use super::{Key, key, never, obsolete};

/// States of `lifecycle`.
pub const LIFECYCLE: &[Key] = &[
    key("running", "list of checks", "Checks that decide whether it is ready.")
        .or("it stays up for 300 ms")
        .like("[{type: tcp, port: http}, {type: http, port: http, path: /health}]"),
    key(
        "pre-start",
        "list of checks",
        "Checks that must pass before it is started, after everything it requires is ready.",
    )
    .or("none")
    .like(r#"[{type: exec, command: "test -d /srv"}]"#),
    key(
        "pre-stop",
        "list of checks",
        "Checks that must pass before it is stopped; if they fail, it is not stopped.",
    )
    .or("none")
    .like(r#"[{type: rexec, command: "/bin/drained"}]"#),
    key(
        "stopped",
        "list of checks",
        "Checks that decide whether it is stopped; only then the instances that it requires are stopped.",
    )
    .or("none")
    .like("[{type: sleep, wait: 2}]"),
];

/// Keys of a `tcp` check.
pub const TCP_CHECK: &[Key] = &[
    key("type", "`tcp`", "The kind of check.").like("tcp"),
    key("port", "name of a port", "The published port that must accept connections.").like("http"),
    key("max_wait", "seconds", "Maximum time for all tries.").or("180").like("60"),
];

/// Keys of an `http` check.
pub const HTTP_CHECK: &[Key] = &[
    key("type", "`http`", "The kind of check.").like("http"),
    key("port", "name of a port, or a number", "The published port, or any port of `host`.").like("http"),
    key("host", "address or host name", "Host to connect to.")
        .or("the instance's ship")
        .like("health.example.com"),
    key("path", "path", "Path, with its query.").or("`/`").like("/health?deep=1"),
    key("scheme", "`http` or `https`", "Plain or TLS.").or("`http`").like("https"),
    key("method", "method", "Its method.").or("`GET`").like("HEAD"),
    key(
        "match_regex",
        "regular expression",
        "Pattern that the body must match, with any status. Without it, the status must be 200.",
    )
    .or("none")
    .like("'status: (ok|warning)'"),
    key("max_wait", "seconds", "Maximum time for all tries.").or("300").like("60"),
    key("requests_options", "mapping", "More options of the request.")
        .or("none")
        .like("{headers: {Accept: text/plain}, timeout: 5}"),
];

/// Keys of `requests_options` of an `http` check.
pub const HTTP_OPTIONS: &[Key] = &[
    key("verify", "true, false or path", "Whether to verify certificates, or the CA certificates to use.")
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
    key("params", "mapping", "Query parameters.").or("none").like("{deep: 1}"),
    key("data", "text or mapping", "Request body: text, or a form.").or("none").like("{form: field}"),
    key("json", "anything", "Request body, as JSON.").or("none").like("{key: value}"),
    key("timeout", "seconds, or [seconds, seconds]", "Maximum time of a try: to connect, and to answer.")
        .or("30")
        .like("[3, 10]"),
    key("allow_redirects", "true or false", "Whether to follow redirects.").or("true").like("false"),
    key("proxies", "mapping of `http`, `https` or `all` to addresses", "Proxies to use.")
        .or("`HTTP_PROXY` and its like")
        .like(r#"{http: "http://10.0.0.1:3128"}"#),
    obsolete("stream", "true or false", "No effect: a check reads the part of the body that it needs.")
        .like("true"),
    never(
        "files",
        "mapping",
        "Not possible in a YAML file: open Python files.",
        "send text with `data`, or use an `exec` check: `command: curl -fsS -F file=@PATH URL`",
    ),
    never(
        "hooks",
        "mapping",
        "Not possible in a YAML file: Python functions.",
        "use `match_regex`, or an `exec` check with a program that looks at the answer",
    ),
];

/// Keys of an `exec` and a `rexec` check that both have.
pub const COMMAND_CHECK: &[Key] = &[
    key("type", "`exec` or `rexec`", "The kind of check.").like("exec"),
    key("command", "text or list", "The command; exit code 0 passes. It runs without a shell.").like("curl -fs http://10.0.0.5:8080/"),
    key("cmd", "text or list", "Old name of `command`.").like(r#"[curl, -fs, "http://10.0.0.5:8080/"]"#),
    key(
        "attempts",
        "number",
        "Minimum number of tries, and with `delay` the time budget.",
    ).or("180").like("60"),
    key("delay", "seconds", "Time budget of one attempt.").or("1").like("0.5"),
    key(
        "max_wait",
        "seconds",
        "When to kill a running command and stop trying. Without it, a try may take as long as the budget, at least \
         180 s.",
    ).or("none").like("90"),
];

/// The key that only an `exec` check has.
pub const EXEC_CHECK: &[Key] = &[key(
    "envfrom",
    "`env` or `stdin`",
    "How the command gets the instance's environment: as variables, or as JSON on standard input, together with \
     Maestro's own environment.",
)
.or("`env`")
.like("stdin")];

/// Keys of a `docker` check.
pub const DOCKER_CHECK: &[Key] = &[
    key("type", "`docker`", "The kind of check.").like("docker"),
    key("max_wait", "seconds", "Maximum time for the image's `HEALTHCHECK` to pass.").or("300").like("60"),
];

/// Keys of a `sleep` check.
pub const SLEEP_CHECK: &[Key] = &[
    key("type", "`sleep`", "The kind of check.").like("sleep"),
    key("wait", "seconds", "How long to wait.").like("2"),
];
