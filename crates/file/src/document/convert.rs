//! Values in the form of other tools, written in the form of this file: ports and volumes of Compose, lists of
//! variables, probes of Kubernetes. None where a value cannot be said here.

mod parts;
mod processors;
mod sections;
mod time;

pub(super) use parts::text;
use parts::{mapping, texts};
pub(super) use processors::{beside_limits, is_processors, processors, processors_of_limits, weight};
use sections::{image, instances, ships, variables};
pub(super) use time::seconds;

use super::{
    interpolation::as_template,
    ports::services,
    scalar::{Value, as_scalar, python_text},
    schema::Schema,
    yaml::{NodeId, NodeKind, Yaml},
};

/// The value of `key` that `node` means, as YAML for the right side of the key.
pub(super) fn value(yaml: &Yaml, key: &str, node: NodeId) -> Option<String> {
    match key {
        "ports" => ports(yaml, node),
        "volumes" => volumes(yaml, node),
        "env" => variables(yaml, node),
        "requires" | "wants_info" => names(yaml, node),
        "links" => links(yaml, node),
        "image" => image(yaml, node),
        "instances" => instances(yaml, node),
        "ships" => ships(yaml, node),
        "limits" => limits(yaml, node),
        "cpus" => processors(&text(yaml, node)?),
        "lifecycle" => lifecycle(yaml, node),
        "restart" => restart(yaml, node),
        "net" => single(yaml, node),
        "stop_timeout" | "timeout" | "max_wait" | "delay" | "wait" => seconds(&text(yaml, node)?),
        _ => None,
    }
}

fn single(yaml: &Yaml, node: NodeId) -> Option<String> {
    match &texts(yaml, node)?[..] {
        [one] => Some(as_scalar(one)),
        _ => None,
    }
}

/// `[SHIP:]CONTAINER[/udp]`, one or a list, as `docker run` and Compose write ports.
fn ports(yaml: &Yaml, node: NodeId) -> Option<String> {
    let mut named: Vec<(String, String)> = Vec::new();
    let on_host = is_on_host_network(yaml, node);
    for port in texts(yaml, node)? {
        let port = as_template(&port).unwrap_or(port);
        let parts: Vec<&str> = port.rsplitn(3, ':').collect();
        let is_port = |part: &&str| {
            part.starts_with("{{")
                || part.trim_end_matches(char::is_alphabetic).trim_end_matches('/').parse::<u16>().is_ok()
        };
        if !parts.iter().take(2).all(is_port) {
            return None;
        }
        let value = match parts[..] {
            [container] => {
                if container.parse::<u16>().is_ok() {
                    container.to_owned()
                } else {
                    format!("\"{container}\"")
                }
            }
            [container, ..] if on_host => match container.parse::<u16>() {
                Ok(_) => container.to_owned(),
                Err(_) => format!("\"{container}\""),
            },
            [container, ship] => {
                // A protocol holds for both sides.
                let ship =
                    container.split_once('/').map_or(ship.to_owned(), |(_, kind)| format!("{ship}/{kind}"));
                format!("\"{container}:{ship}\"")
            }
            [container, ship, address] => format!("{{exposed: {container}, external: [{address}, {ship}]}}"),
            _ => return None,
        };
        let mut name = services::name_of(parts[0]);
        if named.iter().any(|(known, _)| *known == name) {
            name = format!("{name}-{}", named.len() + 1);
        }
        named.push((name, value));
    }
    (!named.is_empty()).then(|| mapping(named))
}

/// Whether the section that has this value is on the ship's own network: nothing is published there.
fn is_on_host_network(yaml: &Yaml, value: NodeId) -> bool {
    let Some((section, _)) = yaml.holder_of(value) else { return false };
    let mut modes =
        ["net", "network", "network_mode"].into_iter().filter_map(|key| yaml.value_of(section, key));
    modes.any(|mode| text(yaml, mode).is_some_and(|mode| mode == "host"))
}

/// `SHIP:CONTAINER[:MODE]`.
struct Mounted {
    ship: String,
    container: String,
    mode: Option<String>,
}

/// `SHIP:CONTAINER[:MODE]`, one or a list.
fn mounted(yaml: &Yaml, node: NodeId) -> Option<Vec<Mounted>> {
    let mut all = Vec::new();
    for volume in texts(yaml, node)? {
        let (ship, container, mode) = match volume.split(':').collect::<Vec<_>>()[..] {
            [ship, container] => (ship, container, None),
            [ship, container, mode] => (ship, container, Some(mode).filter(|mode| *mode != "rw")),
            _ => return None,
        };
        let is_ship = ship.starts_with('/')
            || ship.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c)) && !ship.starts_with('.');
        if !container.starts_with('/') || !is_ship {
            return None;
        }
        all.push(Mounted {
            ship: as_scalar(ship),
            container: as_scalar(container),
            mode: mode.map(as_scalar),
        });
    }
    (!all.is_empty()).then_some(all)
}

/// Volumes in the form of this file. None where its schema has no modes.
fn volumes(yaml: &Yaml, node: NodeId) -> Option<String> {
    let all = mounted(yaml, node)?;
    if Schema::of(yaml) >= Schema::Two {
        return Some(of_schema_2(&all));
    }
    all.iter().all(|volume| volume.mode.is_none()).then(|| of_schema_1(&all))
}

/// Volumes that have modes, which schema 1 cannot say: without the modes, and as schema 2 writes them.
pub(super) fn volumes_with_modes(yaml: &Yaml, node: NodeId) -> Option<(String, String)> {
    let all = mounted(yaml, node).filter(|_| Schema::of(yaml) == Schema::One)?;
    let has_modes = all.iter().any(|volume| volume.mode.is_some());
    has_modes.then(|| (of_schema_1(&all), of_schema_2(&all)))
}

fn of_schema_1(volumes: &[Mounted]) -> String {
    mapping(volumes.iter().map(|volume| (volume.container.clone(), volume.ship.clone())))
}

fn of_schema_2(volumes: &[Mounted]) -> String {
    let target = |Mounted { container, mode, .. }: &Mounted| match mode {
        None => container.clone(),
        Some(mode) => format!("{{target: {container}, mode: {mode}}}"),
    };
    mapping(volumes.iter().map(|volume| (volume.ship.clone(), target(volume))))
}

/// A mapping of names to conditions, as `depends_on` has it.
fn names(yaml: &Yaml, node: NodeId) -> Option<String> {
    let NodeKind::Mapping(_) = yaml.kind(node) else { return None };
    let names: Option<Vec<String>> =
        yaml.entries(node).iter().map(|entry| text(yaml, entry.key).map(|name| as_scalar(&name))).collect();
    names.filter(|names| !names.is_empty()).map(|names| format!("[{}]", names.join(", ")))
}

/// `NAME` or `NAME:ALIAS`.
fn links(yaml: &Yaml, node: NodeId) -> Option<String> {
    let NodeKind::Sequence(_) = yaml.kind(node) else { return None };
    let entries = texts(yaml, node)?.into_iter().map(|link| {
        let (name, alias) = link.split_once(':').unwrap_or((&link, &link));
        let target = instance_of(yaml, name);
        (as_scalar(target.as_deref().unwrap_or(name)), as_scalar(alias))
    });
    Some(mapping(entries))
}

/// The first instance of a service: links lead to instances.
pub(super) fn instance_of(yaml: &Yaml, service: &str) -> Option<String> {
    let instances = ["services", service, "instances"];
    let instances = instances.iter().try_fold(yaml.root(), |node, key| yaml.value_of(node, key))?;
    yaml.entries(instances).first().map(|entry| python_text(&yaml.value(entry.key)))
}

/// Requests and limits of Kubernetes, or `limits` of Compose's `deploy.resources`.
fn limits(yaml: &Yaml, node: NodeId) -> Option<String> {
    let inner =
        ["resources", "limits"].iter().fold(node, |node, key| yaml.value_of(node, key).unwrap_or(node));
    let mut entries = Vec::new();
    if let Some(memory) = yaml.value_of(inner, "memory").and_then(|memory| text(yaml, memory)) {
        entries.push(("memory".to_owned(), size(&memory)?));
    }
    if let Some(cpu) =
        yaml.value_of(inner, "cpu").and_then(|cpu| text(yaml, cpu)).filter(|cpu| !is_processors(cpu))
    {
        entries.push(("cpu".to_owned(), cpu));
    }
    (!entries.is_empty()).then(|| mapping(entries))
}

/// `512Mi`, `512MB`, `512m` as `limits` takes it.
pub(super) fn size(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = text[digits..].trim().trim_end_matches("ib").trim_end_matches(['b', 'i']);
    (digits > 0 && ["", "k", "m", "g"].contains(&unit)).then(|| format!("{}{unit}", &text[..digits]))
}

/// The policies of Kubernetes and of `deploy.restart_policy`.
fn restart(yaml: &Yaml, node: NodeId) -> Option<String> {
    let written = text(yaml, yaml.value_of(node, "condition").unwrap_or(node))?;
    Some(match written.to_ascii_lowercase().replace(['_', '-'], "").as_str() {
        "always" | "any" => "always".to_owned(),
        "onfailure" => "on-failure".to_owned(),
        "never" | "none" | "no" => "\"no\"".to_owned(),
        "unlessstopped" => "unless-stopped".to_owned(),
        _ => return None,
    })
}

/// A health check of Compose or a probe of Kubernetes, as checks of `running`.
fn lifecycle(yaml: &Yaml, node: NodeId) -> Option<String> {
    let running = |check: String| format!("{{running: [{check}]}}");
    if let Some(test) = yaml.value_of(node, "test") {
        return command_of_test(yaml, test)
            .map(|command| running(format!("{{type: rexec, command: {command}}}")));
    }
    if let Some(exec) = yaml.value_of(node, "exec").and_then(|exec| yaml.value_of(exec, "command")) {
        let words: Vec<String> = texts(yaml, exec)?.iter().map(|word| as_scalar(word)).collect();
        return Some(running(format!("{{type: rexec, command: [{}]}}", words.join(", "))));
    }
    let asked = |probe: &str, key: &str| {
        yaml.value_of(yaml.value_of(node, probe)?, key).and_then(|node| text(yaml, node))
    };
    if let Some(port) = asked("httpGet", "port") {
        let path = asked("httpGet", "path").unwrap_or_else(|| "/".to_owned());
        let port = if port.parse::<u16>().is_ok() { port } else { as_scalar(&port) };
        let check = format!("{{type: http, port: {port}, path: {}}}", as_scalar(&path));
        return Some(running(check));
    }
    // A tcp check names a port of the instance: which one a number is cannot be seen here.
    let port = asked("tcpSocket", "port").filter(|port| port.parse::<u16>().is_err())?;
    Some(running(format!("{{type: tcp, port: {}}}", as_scalar(&port))))
}

/// The number of the port inside the container that a probe of Kubernetes asks.
pub(super) fn port_of_probe(yaml: &Yaml, node: NodeId) -> Option<u16> {
    let probe = ["httpGet", "tcpSocket"].iter().find_map(|probe| yaml.value_of(node, probe))?;
    text(yaml, yaml.value_of(probe, "port")?)?.parse().ok()
}

/// A probe of Kubernetes as checks of `running` that ask the port of this name.
pub(super) fn probe_of_port(yaml: &Yaml, node: NodeId, name: &str) -> Option<String> {
    let check = match yaml.value_of(node, "httpGet") {
        Some(probe) => {
            let path = yaml.value_of(probe, "path").and_then(|path| text(yaml, path));
            let path = path.unwrap_or_else(|| "/".to_owned());
            format!("{{type: http, port: {}, path: {}}}", as_scalar(name), as_scalar(&path))
        }
        None => {
            yaml.value_of(node, "tcpSocket")?;
            format!("{{type: tcp, port: {}}}", as_scalar(name))
        }
    };
    Some(format!("{{running: [{check}]}}"))
}

/// The name of the port of `ports` that has this number inside the container.
pub(super) fn name_of_port(yaml: &Yaml, ports: NodeId, number: u16) -> Option<String> {
    let inside = |value: NodeId| {
        let value = yaml.value_of(value, "exposed").unwrap_or(value);
        text(yaml, value)?.split([':', '/']).next()?.parse::<u16>().ok()
    };
    let entry = yaml.entries(ports).into_iter().find(|entry| inside(entry.value) == Some(number))?;
    text(yaml, entry.key)
}

/// `[CMD, …]`, `[CMD-SHELL, …]` or a line for a shell.
fn command_of_test(yaml: &Yaml, test: NodeId) -> Option<String> {
    let shell = |line: &str| format!("[sh, -c, {}]", serde_json::Value::from(line));
    let NodeKind::Sequence(_) = yaml.kind(test) else { return text(yaml, test).map(|line| shell(&line)) };
    match &texts(yaml, test)?[..] {
        [first, line] if first == "CMD-SHELL" => Some(shell(line)),
        [first, words @ ..] if first == "CMD" => {
            Some(format!("[{}]", words.iter().map(|word| as_scalar(word)).collect::<Vec<_>>().join(", ")))
        }
        _ => None,
    }
}

/// A list of mappings with one key each, as one mapping.
pub(super) fn merged(yaml: &Yaml, node: NodeId) -> Option<String> {
    let NodeKind::Sequence(items) = yaml.kind(node) else { return None };
    let mut entries: Vec<(String, String)> = Vec::new();
    for &item in items {
        let NodeKind::Mapping(_) = yaml.kind(item) else { return None };
        for entry in yaml.entries(item) {
            let key = flow(yaml, entry.key);
            if entries.iter().any(|(known, _)| *known == key) {
                return None;
            }
            entries.push((key, flow(yaml, entry.value)));
        }
    }
    (!entries.is_empty()).then(|| mapping(entries))
}

/// A value in one line.
pub(super) fn flow(yaml: &Yaml, node: NodeId) -> String {
    match yaml.kind(node) {
        NodeKind::Scalar(scalar) => match yaml.value(node) {
            Value::Text(text) => {
                let text = as_template(&text).unwrap_or(text);
                as_scalar(&text)
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => scalar.text.clone(),
        },
        NodeKind::Sequence(items) => {
            format!("[{}]", items.iter().map(|&item| flow(yaml, item)).collect::<Vec<_>>().join(", "))
        }
        NodeKind::Mapping(_) => {
            mapping(yaml.entries(node).iter().map(|entry| (flow(yaml, entry.key), flow(yaml, entry.value))))
        }
        NodeKind::Bad => String::new(),
    }
}

/// Whether a value of this kind can stand behind a key whose value looks like `wanted` in the tables.
pub(super) fn fits(yaml: &Yaml, wanted: &str, node: NodeId) -> bool {
    let takes_mapping = wanted.contains("mapping") || matches!(wanted, "policy" | "anything");
    let takes_list = wanted.contains("list") || wanted.contains('[') || wanted == "anything";
    match yaml.kind(node) {
        NodeKind::Mapping(_) => takes_mapping,
        NodeKind::Sequence(_) => takes_list,
        NodeKind::Scalar(_) if wanted.starts_with("mapping") || wanted.starts_with("list") => {
            yaml.value(node) == Value::Null
        }
        NodeKind::Scalar(_) if wanted == "true or false" => matches!(yaml.value(node), Value::Bool(_)),
        NodeKind::Scalar(_) if matches!(wanted, "seconds" | "number" | "bytes") => {
            python_text(&yaml.value(node)).chars().next().is_some_and(|c| c.is_ascii_digit())
        }
        NodeKind::Scalar(_) => true,
        NodeKind::Bad => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::template::Rendered;
    use maestro_core::{diagnostic::Diagnostics, source::Sources};

    fn converted(key: &str, written: &str) -> Option<String> {
        let text = format!("value: {written}\n");
        let file = Sources::default().add("a.yaml", &text);
        let rendered = Rendered::as_written(file, text);
        let yaml = crate::document::yaml::parse(&rendered, &mut Diagnostics::default()).unwrap();
        value(&yaml, key, yaml.value_of(yaml.root(), "value").unwrap())
    }

    #[test]
    fn values_of_other_tools_are_written_in_our_form() {
        for (key, written, ours) in [
            ("ports", "\"8080:80\"", "{http: \"80:8080\"}"),
            ("ports", "[80, \"8443:443\"]", "{http: 80, https: \"443:8443\"}"),
            ("ports", "\"53:53/udp\"", "{dns: \"53/udp:53/udp\"}"),
            ("ports", "\"127.0.0.1:8080:80\"", "{http: {exposed: 80, external: [127.0.0.1, 8080]}}"),
            ("ports", "\"${PORT}:80\"", "{http: \"80:{{ env.PORT }}\"}"),
            ("volumes", "[/srv:/data, pg:/db]", "{/data: /srv, /db: pg}"),
            ("env", "[A=1, B=x y]", "{A: \"1\", B: \"x y\"}"),
            ("requires", "{db: {condition: service_healthy}, queue: {}}", "[db, queue]"),
            ("links", "[\"db-1:db\", web]", "{db-1: db, web: web}"),
            ("limits", "{limits: {memory: 512Mi, cpu: 500m}}", "{memory: 512m}"),
            ("limits", "{memory: 1g, cpu: 512}", "{memory: 1g, cpu: 512}"),
            ("cpus", "500m", "0.5"),
            ("cpus", "150%", "1.5"),
            ("cpus", "2", "2"),
            ("restart", "OnFailure", "on-failure"),
            ("stop_timeout", "1m30s", "90"),
            ("stop_timeout", "10 sec", "10"),
            (
                "lifecycle",
                "{test: [CMD, curl, -f, \"http://localhost\"]}",
                "{running: [{type: rexec, command: [curl, -f, http://localhost]}]}",
            ),
            (
                "lifecycle",
                "{test: \"pg_isready || exit 1\"}",
                "{running: [{type: rexec, command: [sh, -c, \"pg_isready || exit 1\"]}]}",
            ),
            (
                "lifecycle",
                "{httpGet: {path: /healthz, port: 8080}, periodSeconds: 3}",
                "{running: [{type: http, port: 8080, path: /healthz}]}",
            ),
            ("lifecycle", "{tcpSocket: {port: http}}", "{running: [{type: tcp, port: http}]}"),
            ("net", "[front]", "front"),
        ] {
            assert_eq!(converted(key, written).as_deref(), Some(ours), "{key}: {written}");
        }
        for (key, written) in [
            ("ports", "http"),
            ("volumes", "[/a:/b:ro]"),
            ("volumes", "[./a:/b]"),
            ("lifecycle", "{tcpSocket: {port: 80}}"),
            ("env", "[A]"),
            ("net", "[a, b]"),
        ] {
            assert_eq!(converted(key, written), None, "{key}: {written}");
        }
    }
}
