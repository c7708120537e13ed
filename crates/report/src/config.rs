//! What was understood of a file, for people who wonder.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::labels;
use maestro_core::{
    model::{
        Environment, InstanceId, Required, Requirement, ServiceId,
        container::{ContainerSpec, Setting, SettingValue},
        registry::Registry,
        update::Update,
    },
    value::{
        hook::Hook,
        secret::{hidden_words, hides, without_secrets},
    },
};

/// What stands in place of a value that looks secret.
const HIDDEN: &str = "(hidden; --show-secrets shows it)";

/// A line before the text if Maestro places instances.
#[must_use]
pub fn comment(environment: &Environment) -> &'static str {
    if environment.choices().is_empty() {
        ""
    } else {
        "# Ships are chosen as if nothing ran. Instances that run stay where they are: see `maestro plan`.\n"
    }
}

/// The environment as plain data, with these instances. Variables whose name looks secret show no value unless `secrets`.
#[must_use]
pub fn view(environment: &Environment, instances: &BTreeSet<InstanceId>, secrets: bool) -> Value {
    let ships = environment.ships.iter().map(|ship| {
        let mut entry = json!({
            "address": ship.address,
            "engine": ship.addresses(),
            "timeout": ship.timeout.as_secs_f64(),
        });
        if let Some(version) = ship.api_version {
            entry["api_version"] = json!(version.to_string());
        }
        if ship.drain {
            entry["drain"] = json!(true);
        }
        (ship.name.clone(), entry)
    });
    let mut services = Map::new();
    for (id, service) in (0..).map(ServiceId).zip(&environment.services) {
        let own: Vec<InstanceId> =
            service.instances.iter().copied().filter(|id| instances.contains(id)).collect();
        if own.is_empty() {
            continue;
        }
        let entries = own.iter().map(|&id| {
            let instance = environment.instance(id);
            (instance.name.clone(), instance_view(environment, id, secrets))
        });
        let mut entry = Map::new();
        if service.omit {
            entry.insert("omit".to_owned(), json!(true));
        }
        relations(environment, id, &mut entry);
        if service.update != Update::default() {
            entry.insert("update".to_owned(), update(&service.update));
        }
        entry.insert("instances".to_owned(), Value::Object(entries.collect()));
        services.insert(service.name.clone(), Value::Object(entry));
    }
    let mut view = json!({ "name": environment.name, "ships": ships.collect::<Map<_, _>>() });
    if !environment.registries.is_empty() {
        let registries = environment.registries.iter().map(|entry| (entry.name.clone(), registry(entry)));
        view["registries"] = Value::Object(registries.collect());
    }
    for (key, resources) in
        [("networks", networks(environment, secrets)), ("volumes", volumes(environment, secrets))]
    {
        if !resources.is_empty() {
            view[key] = Value::Object(resources);
        }
    }
    view["services"] = Value::Object(services);
    if !environment.audit.is_empty() {
        // Tokens, addresses of webhooks and headers are secrets.
        let auditors = environment.audit.iter().map(|auditor| {
            json!({
                "type": auditor.channel.word(),
                "level": auditor.level.word(),
                "ignore_errors": auditor.ignore_errors,
            })
        });
        view["audit"] = Value::Array(auditors.collect());
    }
    view
}

/// What a service requires, and the jobs of its `hooks`.
fn relations(environment: &Environment, id: ServiceId, entry: &mut Map<String, Value>) {
    let requires = environment.service(id).requires.iter();
    let requires: Vec<Requirement> = requires.filter(|one| !one.by.is_update_hook()).cloned().collect();
    if !requires.is_empty() {
        entry.insert("requires".to_owned(), json!(names(environment, &requires)));
    }
    let hooks: Map<String, Value> =
        environment.hooks_of(id).into_iter().map(|(key, jobs)| (key.to_owned(), json!(jobs))).collect();
    if !hooks.is_empty() {
        entry.insert("hooks".to_owned(), Value::Object(hooks));
    }
}

/// The networks that the file declares, by their names on engines.
fn networks(environment: &Environment, secrets: bool) -> Map<String, Value> {
    let networks = environment.declared_networks.iter();
    networks
        .map(|network| (network.name.clone(), resource(network.external, &network.options, secrets)))
        .collect()
}

/// The volumes that the file declares, by their names on engines.
fn volumes(environment: &Environment, secrets: bool) -> Map<String, Value> {
    let volumes = environment.volumes.iter();
    volumes.map(|volume| (volume.name.clone(), resource(volume.external, &volume.options, secrets))).collect()
}

fn resource(is_external: bool, options: &impl serde::Serialize, secrets: bool) -> Value {
    if is_external {
        return json!({ "external": true });
    }
    let Ok(Value::Object(mut options)) = serde_json::to_value(options) else { return Value::Null };
    for key in ["driver_opts", "labels"] {
        if let (false, Some(Value::Object(pairs))) = (secrets, options.get_mut(key)) {
            hide(pairs, key, &|_| false);
        }
    }
    without_nothing(Value::Object(options))
}

/// The value without parts that say nothing.
fn without_nothing(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().map(|(key, value)| (key, without_nothing(value)));
            Value::Object(kept.filter(|(_, value)| !says_nothing(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nothing).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) => false,
    }
}

/// These instances as plain data, one after the other, each with its name and its service.
#[must_use]
pub fn instances(environment: &Environment, instances: &[InstanceId], secrets: bool) -> Value {
    let entry = |&id: &InstanceId| {
        let instance = environment.instance(id);
        let mut entry = Map::new();
        entry.insert("name".to_owned(), json!(instance.name));
        entry.insert("service".to_owned(), json!(environment.service(instance.service).name));
        if let Value::Object(own) = instance_view(environment, id, secrets) {
            entry.extend(own);
        }
        Value::Object(entry)
    };
    Value::Array(instances.iter().map(entry).collect())
}

fn update(update: &Update) -> Value {
    let mut entries = json!({
        "order": update.order.word(),
        "parallel": update.parallel,
        "delay": update.delay.as_secs_f64(),
        "on_failure": update.on_failure.word(),
        "max_failures": update.max_failures,
        "on_peer_change": update.on_peer_change.word(),
    });
    if let Some(most) = update.max_per_ship {
        entries["max_per_ship"] = json!(most);
    }
    if let Some(canary) = update.canary {
        entries["canary"] = json!(canary);
    }
    entries
}

/// A registry; its password is shown to nobody, whatever is asked for.
fn registry(registry: &Registry) -> Value {
    let mut entry = json!({ "registry": registry.address });
    if let Some(login) = &registry.login {
        entry["username"] = json!(login.username);
        entry["password"] = json!("(never shown)");
        if let Some(email) = &login.email {
            entry["email"] = json!(email);
        }
    }
    entry["retry"] = json!({ "attempts": registry.retry.attempts });
    if let Some(when) = &registry.retry.when {
        entry["retry"]["when"] = json!(when);
    }
    entry
}

fn instance_view(environment: &Environment, id: InstanceId, secrets: bool) -> Value {
    let instance = environment.instance(id);
    let mut entry = Map::new();
    entry.insert("ship".to_owned(), json!(environment.ship(instance.ship).name));
    if !instance.requires.is_empty() {
        entry.insert("requires".to_owned(), json!(names(environment, &instance.requires)));
    }
    if !instance.pull_policy.is_usual() {
        entry.insert("pull_policy".to_owned(), json!(instance.pull_policy));
    }
    if !instance.image_source.is_usual() {
        entry.insert("image_source".to_owned(), json!(instance.image_source));
    }
    if !instance.on_unhealthy.is_usual() {
        entry.insert("on_unhealthy".to_owned(), json!(instance.on_unhealthy.word()));
    }
    entry.insert("stop_timeout".to_owned(), json!(instance.stop_timeout.as_secs_f64()));
    let states = instance.lifecycle.states().into_iter().filter(|(_, checks)| !checks.is_empty());
    let states: Map<String, Value> = states
        .map(|(state, checks)| {
            (state.word().to_owned(), checks.iter().map(labels::check).collect::<Vec<_>>().into())
        })
        .collect();
    if !states.is_empty() {
        entry.insert("lifecycle".to_owned(), Value::Object(states));
    }
    for (key, hooks) in [("post_start", &instance.hooks.post_start), ("pre_stop", &instance.hooks.pre_stop)] {
        if !hooks.is_empty() {
            entry.insert(key.to_owned(), hooks.iter().map(|one| hook(one, secrets)).collect());
        }
    }
    let is_marked = |key: &str| {
        let service = &environment.service(instance.service).name;
        environment.sensitive.covers_key(service, &instance.name, key)
    };
    let mut container = spec_view(&instance.container, secrets, &is_marked);
    if let Some(name) = container.get_mut("name") {
        *name = json!(instance.container_name());
    }
    entry.insert("container".to_owned(), container);
    Value::Object(entry)
}

/// A command that runs in a container, without what says nothing.
fn hook(hook: &Hook, secrets: bool) -> Value {
    let Ok(Value::Object(mut shown)) = serde_json::to_value(hook) else { return Value::Null };
    shown.retain(|_, value| !says_nothing(value));
    if !secrets {
        shown.insert("command".to_owned(), json!(hidden_words(hook.command.iter().map(String::as_str))));
        if let Some(Value::Object(variables)) = shown.get_mut("environment") {
            hide(variables, "environment", &|_| false);
        }
    }
    Value::Object(shown)
}

/// Fields of a specification that are shown with its instance.
const BESIDE: [&str; 2] = ["owner", "stop_timeout"];

/// The create request without what says nothing.
fn spec_view(spec: &ContainerSpec, secrets: bool, is_marked: &dyn Fn(&str) -> bool) -> Value {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(spec) else { return Value::Null };
    let settings = fields.remove("settings");
    let mut shown: Map<String, Value> = fields
        .into_iter()
        .filter(|(key, value)| !BESIDE.contains(&key.as_str()) && !says_nothing(value))
        .collect();
    // In a file they stand beside the others; an empty entrypoint is told too.
    if let Some(Value::Object(settings)) = settings {
        shown.extend(settings);
    }
    if let Some(Value::Object(files)) = shown.get_mut("files") {
        files.values_mut().for_each(show_file);
    }
    if !secrets {
        for key in ["env", "labels", "log_opt", "sysctls", "storage_opt"] {
            if let Some(Value::Object(pairs)) = shown.get_mut(key) {
                hide(pairs, key, is_marked);
            }
        }
        for (key, value) in &mut shown {
            if is_marked(key) {
                *value = json!(HIDDEN);
            }
        }
        let words = |setting| spec.settings.get(&setting).and_then(SettingValue::texts);
        for (key, words) in [
            ("command", spec.command.as_deref()),
            (Setting::Entrypoint.key(), words(Setting::Entrypoint)),
            (Setting::HealthTest.key(), words(Setting::HealthTest)),
        ] {
            if let Some(words) = words.filter(|words| !words.is_empty() && !is_marked(key)) {
                shown.insert(key.to_owned(), json!(hidden_words(words.iter().map(String::as_str))));
            }
        }
    }
    Value::Object(shown)
}

/// Shows a file without its digest: a short secret can be guessed from it. Permissions are octal, as everywhere.
fn show_file(file: &mut Value) {
    let Value::Object(file) = file else { return };
    file.remove("digest");
    if let Some(mode) = file.get_mut("mode") {
        *mode = json!(format!("{:04o}", mode.as_u64().unwrap_or_default()));
    }
}

/// Hides the values of what looks secret or is marked so by the file.
fn hide(pairs: &mut Map<String, Value>, key: &str, is_marked: &dyn Fn(&str) -> bool) {
    for (name, value) in pairs {
        let Value::String(text) = value else { continue };
        if hides(name, text) || is_marked(&format!("{key}.{name}")) {
            *value = json!(HIDDEN);
        } else {
            *text = without_secrets(text);
        }
    }
}

fn names(environment: &Environment, requirements: &[Requirement]) -> Vec<String> {
    let name = |requirement: &Requirement| match requirement.on {
        Required::Service(id) => environment.service(id).name.clone(),
        Required::Instance(id) => environment.instance(id).name.clone(),
    };
    let mut names: Vec<String> = Vec::new();
    for name in requirements.iter().map(name) {
        // A link and `requires` may ask for the same thing.
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
