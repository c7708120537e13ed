//! Holds `docs/from-maestro-ng.md` to the program: each feature of `MaestroNG` 0.8.3 is a file, or a command, which is
//! tried. `MAESTRO_UPDATE_DOCS=1 cargo test --test moving` writes the table.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{fs, path::Path, process::Command};

const PAGE: &str = "docs/from-maestro-ng.md";
const BEGIN: &str = "<!-- features: written by tests/moving.rs -->\n";
const END: &str = "<!-- end of features -->";

/// How a feature is tried.
enum Try {
    /// Keys of the only instance.
    Instance(&'static str),
    /// Keys of the only service.
    Service(&'static str),
    /// Keys of the only ship.
    Ship(&'static str),
    /// Keys of the file.
    File(&'static str),
    /// Commands that there are.
    Commands(&'static str),
}

use Try::{Commands, File, Instance, Service, Ship};

/// What 0.8.3's documentation and code have, and a file or commands that use it.
const FEATURES: &[(&str, Try)] = &[
    ("`status`, with ports (`-F`) and hosts (`-H`)", Commands("status -F -H")),
    ("`start`, `stop`, `restart`, `kill`", Commands("start; stop; restart; kill")),
    ("`pull`, `clean`", Commands("pull; clean")),
    ("`logs`, followed (`-F`) or the last lines (`-n`)", Commands("logs -F -n 1")),
    ("`deptree`, `dump`, `complete`", Commands("deptree -r; dump -c; complete")),
    (
        "`restart --only-if-changed`, `--step-delay`, `--stop-start-delay`",
        Commands("restart --only-if-changed --step-delay 1 --stop-start-delay 1"),
    ),
    (
        "`-d`, `-i`, `-c`, `-C`, `-S`, `-s`, `-a`, `-r`, `--reuse`",
        Commands("stop -d -i -c 1 -C x -S x -s -a; start -r; start --reuse"),
    ),
    ("the file from standard input (`-f -`)", Commands("-f - status")),
    ("guest functions", Commands("guest")),
    ("schema 1 and 2", File("__maestro: {schema: 2}")),
    (
        "Jinja2: expressions, loops, `env`",
        File("{% for key in ['_a', '_b'] %}\n{{ key }}: \"{{ env.NOTHING | default('x') }}\"\n{% endfor %}"),
    ),
    ("YAML anchors at the top", File("x-base: &base {a: 1}\nx-more: *base")),
    (
        "ships by address and port",
        Ship("docker_port: 4243, endpoint: localhost, timeout: 60, api_version: '1.41'"),
    ),
    ("ships by socket (`socket_path`)", Ship("socket_path: /var/run/docker.sock")),
    ("ships through SSH (`ssh_tunnel`)", Ship("ssh_tunnel: {user: deploy, port: 22}")),
    ("ships through TLS (`tls`, `tls_verify`)", Ship("tls: true, tls_verify: false")),
    ("`ship_defaults`", File("ship_defaults: {timeout: 60}")),
    ("`ship_provider: static`", File("ship_provider: static")),
    (
        "`registries`, with login",
        File(
            "registries: {hub: {registry: 'https://registry.example.com/v2/', username: u, password: p, email: e@example.com}}",
        ),
    ),
    ("`audit` to a log", File("audit: [{type: log, file: maestro.log, level: debug}]")),
    (
        "`audit` to Slack",
        File("audit: [{type: slack, channel: '#ops', token: t, name: m, icon: 'https://example.com/i.png'}]"),
    ),
    (
        "`audit` to a webhook",
        File(
            "audit: [{type: http, endpoint: 'https://example.com/', payload: {text: '{message}'}, headers: {a: b}, method: POST, timeout: 3}]",
        ),
    ),
    (
        "`audit` to a program",
        File("audit: [{type: exec, script: ./told, args: '{action} {what} {who}', ignore_errors: true}]"),
    ),
    ("`requires`, `wants_info`", File("x-tried: requires and wants_info of the service below")),
    ("`omit`", Service("omit: true")),
    ("`env`, `envfile` on services and instances", Service("env: {A: 1}, envfile: [web.env]")),
    (
        "`image`, `command`, `username`, `workdir` of an instance",
        Instance("image: 'a:2', command: 'run it', username: u, workdir: /srv"),
    ),
    (
        "`ports`: numbers, pairs, ranges, UDP, addresses",
        Instance(
            "ports: {a: 1, b: '2:3', c: '5-6', d: '7/udp:8/udp', e: {exposed: 9, external: [127.0.0.1, 10]}}",
        ),
    ),
    ("`volumes`, `container_volumes`", Instance("volumes: {/in: /out}, container_volumes: [/data]")),
    ("`links`, `volumes_from`", File("x-tried: links and volumes_from of the instances below")),
    (
        "`lifecycle` with `tcp` checks",
        Instance("ports: {http: 80}, lifecycle: {running: [{type: tcp, port: http, max_wait: 5}]}"),
    ),
    (
        "`lifecycle` with `http` checks",
        Instance(
            "ports: {http: 80}, lifecycle: {running: [{type: http, port: http, match_regex: ok, method: get, max_wait: 5}]}",
        ),
    ),
    ("`lifecycle` with `exec` checks", Instance("lifecycle: {running: [{type: exec, command: 'true'}]}")),
    ("`lifecycle` with `rexec` checks", Instance("lifecycle: {running: [{type: rexec, command: 'true'}]}")),
    ("`lifecycle` with `sleep` checks", Instance("lifecycle: {running: [{type: sleep, wait: 5}]}")),
    (
        "states `pre-start`, `pre-stop`, `stopped`",
        Instance(
            "lifecycle: {pre-start: [{type: sleep, wait: 1}], pre-stop: [{type: sleep, wait: 1}], stopped: [{type: sleep, wait: 1}]}",
        ),
    ),
    ("`restart` policies", Instance("restart: {name: on-failure, retries: 5}")),
    (
        "`limits`: `memory`, `cpu`, `swap`; `ulimits`",
        Instance("limits: {memory: 1g, cpu: 2, swap: 2g}, ulimits: {nofile: {soft: 1, hard: 2}}"),
    ),
    (
        "`privileged`, `cap_add`, `cap_drop`, `security_opt`",
        Instance(
            "privileged: true, cap_add: [NET_ADMIN], cap_drop: [MKNOD], security_opt: [no-new-privileges]",
        ),
    ),
    ("`net`, `dns`, `extra_hosts`", Instance("net: host, dns: [10.0.0.1], extra_hosts: {a: 10.0.0.2}")),
    (
        "`log_driver`, `log_opt`, `labels`, `stop_timeout`",
        Instance("log_driver: syslog, log_opt: {tag: shop}, labels: {a: b}, stop_timeout: 3"),
    ),
];

/// The file of a feature.
fn file(tried: &Try) -> Option<String> {
    let (top, ship, service, instance) = match tried {
        Commands(_) => return None,
        File(keys) => (*keys, "", "", ""),
        Ship(keys) => ("", *keys, "", ""),
        Service(keys) => ("", "", *keys, ""),
        Instance(keys) => ("", "", "", *keys),
    };
    let comma = |keys: &str| if keys.is_empty() { String::new() } else { format!(", {keys}") };
    Some(format!(
        "name: shop\n{top}\nships:\n  node1: {{ip: localhost{}}}\nservices:\n  db: {{image: 'a:1', instances: {{db-1: {{ship: node1}}}}}}\n  \
         web: {{image: 'a:1', requires: [db], wants_info: [db]{}, instances: {{web-1: {{ship: node1{}}}}}}}\n  \
         app: {{image: 'a:1', instances: {{app-1: {{ship: node1, links: {{db-1: db}}, volumes_from: [db-1]}}}}}}\n",
        comma(ship),
        comma(service),
        comma(instance),
    ))
}

/// Whether this program has the feature.
fn is_there(tried: &Try, folder: &Path) -> bool {
    if let Commands(lines) = tried {
        return lines.split("; ").all(|line| {
            // The help of a command that has all of these options.
            let mut command = Command::new(env!("CARGO_BIN_EXE_maestro"));
            command.args(line.split(' ')).arg("--help").current_dir(folder);
            command.output().unwrap().status.success()
        });
    }
    fs::write(folder.join("maestro.yaml"), file(tried).unwrap()).unwrap();
    fs::write(folder.join("web.env"), "B=2\n").unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_maestro")).arg("config").current_dir(folder).output().unwrap();
    output.status.success() && !String::from_utf8_lossy(&output.stderr).contains("[unused-key]")
}

#[test]
fn the_table_of_features_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = String::from("| feature of 0.8.3 | Maestro |\n|---|---|\n");
    for (feature, tried) in FEATURES {
        let here = if is_there(tried, folder.path()) { "yes" } else { "*not yet*" };
        table = format!("{table}| {feature} | {here} |\n");
    }
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(PAGE, format!("{before}{BEGIN}\n{table}\n{END}{after}")).unwrap();
        return;
    }
    assert!(written.trim() == table.trim(), "{PAGE} is old: MAESTRO_UPDATE_DOCS=1 cargo test --test moving");
}
