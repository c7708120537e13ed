//! What a create request says, whichever words it uses.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The create request of the container `name` with its mounts in `Mounts`, as path inside → kind, source and options, and
/// without the aliases that go without saying.
pub(crate) fn unify(name: &str, body: Value) -> Value {
    let mut body = with_mounts(body);
    body["ExposedPorts"] = exposed(body["ExposedPorts"].take());
    let label =
        |what: &str| body["Labels"][format!("com.docker.compose.{what}")].as_str().unwrap().to_owned();
    // The name of an instance, for which Maestro makes an alias. Engines find a container by its own name without one.
    let instance = format!("{}-{}", label("service"), label("container-number"));
    if let Value::Object(endpoints) = &mut body["NetworkingConfig"]["EndpointsConfig"] {
        for aliases in endpoints.values_mut().filter_map(|endpoint| endpoint["Aliases"].as_array_mut()) {
            aliases.retain(|alias| alias != name && *alias != instance.as_str());
        }
    }
    body
}

/// The ports as engines tell them: `80` is `80/tcp`, and a range is each of its ports.
fn exposed(ports: Value) -> Value {
    let Value::Object(ports) = ports else { return ports };
    let each = |(port, value): (String, Value)| {
        let (numbers, protocol) = port.split_once('/').unwrap_or((&port, "tcp"));
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let (first, last): (u16, u16) = (first.parse().unwrap(), last.parse().unwrap());
        (first..=last).map(|port| (format!("{port}/{protocol}"), value.clone())).collect::<Vec<_>>()
    };
    Value::Object(ports.into_iter().flat_map(each).collect())
}

/// Engines take the same mount as a text in `Binds`, as an object in `Mounts`, and as a name in `Tmpfs` or `Volumes`.
fn with_mounts(mut body: Value) -> Value {
    let mut all = Map::new();
    let mut add = |target: &str, words: Vec<String>| {
        let before = all.insert(target.to_owned(), json!(words.join(" ")));
        assert!(before.is_none(), "two mounts at {target}");
    };
    if let Value::Object(volumes) = body["Volumes"].take() {
        volumes.keys().for_each(|target| add(target, vec!["volume".to_owned()]));
    }
    for target in list(body["Volumes"].take()) {
        add(target.as_str().unwrap(), vec!["volume".to_owned()]);
    }
    for bind in list(body["HostConfig"]["Binds"].take()) {
        let (target, words) = of_bind(bind.as_str().unwrap());
        add(&target, words);
    }
    for mount in list(body["HostConfig"]["Mounts"].take()) {
        let (target, words) = of_mount(mount);
        add(&target, words);
    }
    if let Value::Object(tmpfs) = body["HostConfig"]["Tmpfs"].take() {
        for (target, options) in &tmpfs {
            let options = options.as_str().unwrap().split(',').filter(|option| !option.is_empty());
            add(target, words("tmpfs", None, options.map(str::to_owned).collect()));
        }
    }
    body["Mounts"] = Value::Object(all);
    body
}

fn list(value: Value) -> Vec<Value> {
    if let Value::Array(items) = value { items } else { Vec::new() }
}

fn words(kind: &str, source: Option<&str>, options: BTreeSet<String>) -> Vec<String> {
    [Some(kind), source].into_iter().flatten().map(str::to_owned).chain(options).collect()
}

/// `SOURCE:TARGET:OPTIONS`, which makes a directory of the host that is missing.
fn of_bind(bind: &str) -> (String, Vec<String>) {
    let mut parts = bind.splitn(3, ':');
    let (source, target) = (parts.next().unwrap(), parts.next().unwrap());
    let options = parts.next().unwrap_or_default().split(',').filter(|option| !["", "rw"].contains(option));
    let mut options: BTreeSet<String> = options.map(str::to_owned).collect();
    let is_path = source.starts_with('/');
    if is_path {
        options.insert("created".to_owned());
    }
    (target.to_owned(), words(if is_path { "bind" } else { "volume" }, Some(source), options))
}

fn of_mount(mount: Value) -> (String, Vec<String>) {
    let Value::Object(mut mount) = mount else { panic!("{mount}") };
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    let (kind, target) = (text(mount.remove("Type")).unwrap(), text(mount.remove("Target")).unwrap());
    let source = text(mount.remove("Source"));
    let mut options = BTreeSet::new();
    let mut all: Vec<(String, Value)> = mount.into_iter().collect();
    while let Some((name, value)) = all.pop() {
        match (name.as_str(), value) {
            (_, Value::Null | Value::Bool(false)) => {}
            ("ReadOnly", _) => drop(options.insert("ro".to_owned())),
            ("CreateMountpoint", _) => drop(options.insert("created".to_owned())),
            ("NoCopy", _) => drop(options.insert("nocopy".to_owned())),
            ("Propagation", Value::String(propagation)) => drop(options.insert(propagation)),
            ("SizeBytes", size) => drop(options.insert(format!("size={size}"))),
            ("Mode", mode) => drop(options.insert(format!("mode={:o}", mode.as_u64().unwrap()))),
            (_, Value::Object(options)) => all.extend(options),
            (name, value) => drop(options.insert(format!("{name}={value}"))),
        }
    }
    (target, words(&kind, source.as_deref(), options))
}
