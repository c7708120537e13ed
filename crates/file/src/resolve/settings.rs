//! Settings that an engine takes as they are written: those of an instance with those of its service, and what an engine
//! refuses of them together.

use std::collections::BTreeMap;

use super::{Resolver, Section, bad};
use maestro_core::model::{
    Instance,
    container::{ContainerSettings, Network, Setting, SettingValue},
};

/// The settings of an instance: its own, and those of its service that it does not have. Names and values are merged.
pub(super) fn of(section: Section<'_>) -> ContainerSettings {
    let mut settings = ContainerSettings::new();
    for side in [&section.service.settings, &section.instance.settings] {
        for (&setting, written) in &side.container {
            let mut value = written.value.clone();
            if let (SettingValue::Entries(own), Some(SettingValue::Entries(of_service))) =
                (&mut value, settings.get(&setting))
                && setting != Setting::Tmpfs
            {
                for (name, value) in of_service {
                    own.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
            settings.insert(setting, value);
        }
    }
    let has_no_check = |test: &SettingValue| test.texts().is_some_and(|words| words == ["NONE"]);
    if settings.get(&Setting::HealthTest).is_some_and(has_no_check) {
        settings.retain(|setting, _| {
            *setting == Setting::HealthTest || !setting.key().starts_with("healthcheck.")
        });
    }
    // An empty entrypoint resets the image's; anything else that is empty is what an engine does by itself.
    settings.retain(|setting, value| *setting == Setting::Entrypoint || !setting.is_nothing(value));
    settings
}

/// Adds directories in memory that stand among the volumes: path inside → options.
pub(super) fn add_memory(settings: &mut ContainerSettings, memory: BTreeMap<String, String>) {
    if memory.is_empty() {
        return;
    }
    let entry = settings.entry(Setting::Tmpfs).or_insert_with(|| SettingValue::Entries(BTreeMap::new()));
    if let SettingValue::Entries(entries) = entry {
        entries.extend(memory);
    }
}

/// What an engine refuses: the keys, what is wrong, and what to do.
struct Conflict {
    keys: [&'static str; 2],
    text: String,
    help: String,
}

impl Resolver<'_, '_> {
    /// What an engine refuses of an instance's settings together.
    pub(super) fn setting_conflicts(&mut self, instances: &[Instance]) {
        for (at, instance) in instances.iter().enumerate() {
            let conflicts = [
                host_name(instance),
                processors(instance),
                reservation(instance),
                sysctls(instance),
                mounts(instance),
            ];
            for Conflict { keys: [key, other], text, help } in conflicts.into_iter().flatten() {
                let problem =
                    bad("conflicting-keys", text, self.key_span(at, key), "they do not go together");
                self.diagnostics.push(problem.also(self.key_span(at, other), "said here").help(help));
            }
        }
    }
}

/// A host name that an engine refuses.
fn host_name(instance: &Instance) -> Option<Conflict> {
    let is_written = instance.container.hostname.is_some() && instance.written.contains_key("hostname");
    (is_written && instance.container.settings.contains_key(&Setting::Uts)).then(|| Conflict {
        keys: ["hostname", "uts"],
        text: format!("`{}` has `hostname`, but `uts: host` gives it that of its ship", instance.name),
        help: "remove one of them".to_owned(),
    })
}

fn processors(instance: &Instance) -> Option<Conflict> {
    let settings = &instance.container.settings;
    let other =
        [Setting::CpuQuota, Setting::CpuPeriod].into_iter().find(|other| settings.contains_key(other))?;
    settings.contains_key(&Setting::Cpus).then(|| Conflict {
        keys: ["cpus", other.key()],
        text: format!("`{}` has both `cpus` and `{}`", instance.name, other.key()),
        help: "remove one of them: `cpus: 0.5` is a `cpu_quota` of 50000 in a `cpu_period` of 100000"
            .to_owned(),
    })
}

fn reservation(instance: &Instance) -> Option<Conflict> {
    let spec = &instance.container;
    let reservation = spec.settings.get(&Setting::MemReservation)?.number()?;
    let memory = spec.memory.filter(|memory| (1..reservation).contains(memory))?;
    Some(Conflict {
        keys: [
            "mem_reservation",
            if instance.written.contains_key("mem_limit") { "mem_limit" } else { "limits" },
        ],
        text: format!("`mem_reservation` of `{}` is above its memory limit", instance.name),
        help: format!("write {memory} bytes or less, or raise the memory limit"),
    })
}

fn sysctls(instance: &Instance) -> Option<Conflict> {
    let spec = &instance.container;
    let name =
        spec.settings.get(&Setting::Sysctls)?.entries()?.keys().find(|name| name.starts_with("net."))?;
    let is_host = matches!(&spec.network, Network::Mode { mode, .. } if mode == "host");
    is_host.then(|| Conflict {
        keys: ["sysctls", "net"],
        text: format!(
            "`{}` cannot set `{name}`: with `net: host` it has the network of its ship",
            instance.name
        ),
        help: format!("set it on the ship: `sysctl -w {name}=VALUE`"),
    })
}

fn mounts(instance: &Instance) -> Option<Conflict> {
    let spec = &instance.container;
    let tmpfs = spec.settings.get(&Setting::Tmpfs)?.entries()?;
    let path = spec.mounts.iter().map(|mount| &mount.target).find(|target| tmpfs.contains_key(*target))?;
    Some(Conflict {
        keys: ["tmpfs", "volumes"],
        text: format!("`{}` mounts `{path}` twice", instance.name),
        help: "remove it from `tmpfs` or from `volumes`".to_owned(),
    })
}
