//! Settings of a container in the words of the Engine API: how a create request says them, and how an answer tells them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bollard::models::{
    ContainerCreateBody, DeviceMapping, DeviceRequest as EngineRequest, HealthConfig, HostConfig,
    ResourcesBlkioWeightDevice, ThrottleDevice,
};
use serde::Deserialize as _;
use serde_json::{Map, Value};

use maestro_core::{
    model::container::{ContainerSettings, Setting, SettingValue},
    value::setting::{DeviceRequest, SettingForm},
};

/// A security option that engines know as two empty lists.
pub(super) const SYSTEM_PATHS: &str = "systempaths=unconfined";

/// Requests for devices in an answer.
type EngineRequests = Vec<EngineRequest>;

/// Says the settings in a create request; both parts of it are filled in.
pub(super) fn say(settings: &ContainerSettings, body: &mut ContainerCreateBody, host: &mut HostConfig) {
    for (setting, value) in settings {
        let text = || value.text().map(str::to_owned);
        let texts = || value.texts().map(<[String]>::to_vec);
        let entries =
            || value.entries().map(|entries| entries.clone().into_iter().collect::<HashMap<_, _>>());
        match setting {
            Setting::Entrypoint => body.entrypoint = texts(),
            Setting::Domainname => body.domainname = text(),
            Setting::StopSignal => body.stop_signal = text(),
            Setting::StdinOpen => body.open_stdin = value.flag(),
            Setting::Tty => body.tty = value.flag(),
            Setting::Init => host.init = value.flag(),
            Setting::ReadOnly => host.readonly_rootfs = value.flag(),
            Setting::Tmpfs => host.tmpfs = entries(),
            Setting::ShmSize => host.shm_size = value.number(),
            Setting::GroupAdd => host.group_add = texts(),
            Setting::Pid => host.pid_mode = text(),
            Setting::Ipc => host.ipc_mode = text(),
            Setting::Uts => host.uts_mode = text(),
            Setting::UsernsMode => host.userns_mode = text(),
            Setting::Cgroup => host.cgroupns_mode = value.text().and_then(|mode| mode.parse().ok()),
            Setting::CgroupParent => host.cgroup_parent = text(),
            Setting::Sysctls => host.sysctls = entries(),
            Setting::Devices => host.devices = devices(value),
            Setting::DeviceCgroupRules => host.device_cgroup_rules = texts(),
            Setting::PidsLimit => host.pids_limit = value.number(),
            Setting::OomScoreAdj => host.oom_score_adj = value.number(),
            Setting::OomKillDisable => host.oom_kill_disable = value.flag(),
            Setting::MemReservation => host.memory_reservation = value.number(),
            Setting::MemSwappiness => host.memory_swappiness = value.number(),
            Setting::Cpus => host.nano_cpus = value.number(),
            Setting::Cpuset => host.cpuset_cpus = text(),
            Setting::CpuQuota => host.cpu_quota = value.number(),
            Setting::CpuPeriod => host.cpu_period = value.number(),
            Setting::Runtime => host.runtime = text(),
            Setting::DnsSearch => host.dns_search = texts(),
            Setting::DnsOpt => host.dns_options = texts(),
            Setting::StorageOpt => host.storage_opt = entries(),
            Setting::HealthTest => health(body).test = texts(),
            Setting::HealthInterval => health(body).interval = value.number(),
            Setting::HealthTimeout => health(body).timeout = value.number(),
            Setting::HealthRetries => health(body).retries = value.number(),
            Setting::HealthStartPeriod => health(body).start_period = value.number(),
            Setting::HealthStartInterval => health(body).start_interval = value.number(),
            Setting::Annotations => host.annotations = entries(),
            Setting::CpuRtRuntime => host.cpu_realtime_runtime = value.number(),
            Setting::CpuRtPeriod => host.cpu_realtime_period = value.number(),
            Setting::BlkioWeight => host.blkio_weight = value.number().and_then(|it| it.try_into().ok()),
            Setting::BlkioWeightDevice => host.blkio_weight_device = weights(value),
            Setting::BlkioReadBps => host.blkio_device_read_bps = rates(value),
            Setting::BlkioWriteBps => host.blkio_device_write_bps = rates(value),
            Setting::BlkioReadIops => host.blkio_device_read_iops = rates(value),
            Setting::BlkioWriteIops => host.blkio_device_write_iops = rates(value),
            Setting::Gpus => host.device_requests = device_requests(value),
            Setting::Expose => expose(body, value),
            // It is a parameter of the request.
            Setting::Platform => {}
        }
    }
}

/// Adds ports to those that are published.
fn expose(body: &mut ContainerCreateBody, value: &SettingValue) {
    let exposed = body.exposed_ports.get_or_insert_default();
    for port in value.texts().unwrap_or_default() {
        if !exposed.contains(port) {
            exposed.push(port.clone());
        }
    }
}

fn health(body: &mut ContainerCreateBody) -> &mut HealthConfig {
    body.healthcheck.get_or_insert_default()
}

/// `path on the ship:path inside:rwm`
fn device(text: &str) -> DeviceMapping {
    let mut parts = text.splitn(3, ':').map(str::to_owned);
    DeviceMapping {
        path_on_host: parts.next(),
        path_in_container: parts.next(),
        cgroup_permissions: parts.next(),
    }
}

fn devices(value: &SettingValue) -> Option<Vec<DeviceMapping>> {
    value.texts().map(|devices| devices.iter().map(|text| device(text)).collect())
}

fn device_requests(value: &SettingValue) -> Option<EngineRequests> {
    value.requests().map(|requests| requests.iter().map(device_request).collect())
}

fn weights(value: &SettingValue) -> Option<Vec<ResourcesBlkioWeightDevice>> {
    let weight = |(path, weight): (&String, &i64)| ResourcesBlkioWeightDevice {
        path: Some(path.clone()),
        weight: usize::try_from(*weight).ok(),
    };
    value.numbers().map(|numbers| numbers.iter().map(weight).collect())
}

fn rates(value: &SettingValue) -> Option<Vec<ThrottleDevice>> {
    let rate = |(path, rate): (&String, &i64)| ThrottleDevice { path: Some(path.clone()), rate: Some(*rate) };
    value.numbers().map(|numbers| numbers.iter().map(rate).collect())
}

fn device_request(request: &DeviceRequest) -> EngineRequest {
    let DeviceRequest { driver, count, device_ids, capabilities, options } = request;
    EngineRequest {
        driver: Some(driver.clone()),
        count: Some(*count),
        device_ids: (!device_ids.is_empty()).then(|| device_ids.clone()),
        // One of several lists would do; files have one.
        capabilities: (!capabilities.is_empty()).then(|| vec![capabilities.clone()]),
        options: (!options.is_empty()).then(|| options.clone().into_iter().collect()),
    }
}

/// Where an answer tells a setting: in `Config`, or in `HostConfig`.
enum Place {
    Nowhere,
    Config(&'static str),
    Health(&'static str),
    Host(&'static str),
}

fn place(setting: Setting) -> Place {
    use Place::{Config, Health, Host};
    match setting {
        Setting::Entrypoint => Config("Entrypoint"),
        Setting::Domainname => Config("Domainname"),
        Setting::StopSignal => Config("StopSignal"),
        Setting::StdinOpen => Config("OpenStdin"),
        Setting::Tty => Config("Tty"),
        Setting::Init => Host("Init"),
        Setting::ReadOnly => Host("ReadonlyRootfs"),
        Setting::Tmpfs => Host("Tmpfs"),
        Setting::ShmSize => Host("ShmSize"),
        Setting::GroupAdd => Host("GroupAdd"),
        Setting::Pid => Host("PidMode"),
        Setting::Ipc => Host("IpcMode"),
        Setting::Uts => Host("UTSMode"),
        Setting::UsernsMode => Host("UsernsMode"),
        Setting::Cgroup => Host("CgroupnsMode"),
        Setting::CgroupParent => Host("CgroupParent"),
        Setting::Sysctls => Host("Sysctls"),
        Setting::Devices => Host("Devices"),
        Setting::DeviceCgroupRules => Host("DeviceCgroupRules"),
        Setting::PidsLimit => Host("PidsLimit"),
        Setting::OomScoreAdj => Host("OomScoreAdj"),
        Setting::OomKillDisable => Host("OomKillDisable"),
        Setting::MemReservation => Host("MemoryReservation"),
        Setting::MemSwappiness => Host("MemorySwappiness"),
        Setting::Cpus => Host("NanoCpus"),
        Setting::Cpuset => Host("CpusetCpus"),
        Setting::CpuQuota => Host("CpuQuota"),
        Setting::CpuPeriod => Host("CpuPeriod"),
        Setting::Runtime => Host("Runtime"),
        Setting::DnsSearch => Host("DnsSearch"),
        Setting::DnsOpt => Host("DnsOptions"),
        Setting::StorageOpt => Host("StorageOpt"),
        Setting::HealthTest => Health("Test"),
        Setting::HealthInterval => Health("Interval"),
        Setting::HealthTimeout => Health("Timeout"),
        Setting::HealthRetries => Health("Retries"),
        Setting::HealthStartPeriod => Health("StartPeriod"),
        Setting::HealthStartInterval => Health("StartInterval"),
        Setting::Annotations => Host("Annotations"),
        Setting::CpuRtRuntime => Host("CpuRealtimeRuntime"),
        Setting::CpuRtPeriod => Host("CpuRealtimePeriod"),
        Setting::BlkioWeight => Host("BlkioWeight"),
        Setting::BlkioWeightDevice => Host("BlkioWeightDevice"),
        Setting::BlkioReadBps => Host("BlkioDeviceReadBps"),
        Setting::BlkioWriteBps => Host("BlkioDeviceWriteBps"),
        Setting::BlkioReadIops => Host("BlkioDeviceReadIOps"),
        Setting::BlkioWriteIops => Host("BlkioDeviceWriteIOps"),
        Setting::Gpus => Host("DeviceRequests"),
        Setting::Expose => Config("ExposedPorts"),
        Setting::Platform => Place::Nowhere,
    }
}

/// The settings that an answer tells, without those that say nothing. `config` is also that of an image, which has no
/// `host`.
pub(super) fn told(config: &Map<String, Value>, host: &Map<String, Value>) -> ContainerSettings {
    let health = config.get("Healthcheck").and_then(Value::as_object);
    let mut settings = ContainerSettings::new();
    for &setting in Setting::ALL {
        let value = match place(setting) {
            Place::Nowhere => None,
            Place::Config(name) => config.get(name),
            Place::Health(name) => health.and_then(|health| health.get(name)),
            Place::Host(name) => host.get(name),
        };
        let value = value.and_then(|value| read(setting, value));
        settings.extend(value.filter(|value| !setting.is_nothing(value)).map(|value| (setting, value)));
    }
    settings
}

/// A setting's value; none if the answer says nothing, or something of another form.
fn read(setting: Setting, value: &Value) -> Option<SettingValue> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(match setting.form() {
        SettingForm::Flag => SettingValue::Flag(value.as_bool()?),
        SettingForm::Number
        | SettingForm::Bytes
        | SettingForm::Nanoseconds
        | SettingForm::Microseconds
        | SettingForm::Processors => SettingValue::Number(value.as_i64()?),
        SettingForm::Text => SettingValue::Text(text(value)?),
        SettingForm::Texts if setting == Setting::Devices => {
            SettingValue::Texts(value.as_array()?.iter().filter_map(device_text).collect())
        }
        SettingForm::Texts if setting == Setting::Expose => {
            let ports: BTreeSet<&String> = value.as_object()?.keys().collect();
            SettingValue::Texts(ports.into_iter().cloned().collect())
        }
        SettingForm::Words | SettingForm::Texts => {
            SettingValue::Texts(value.as_array()?.iter().filter_map(text).collect())
        }
        SettingForm::Entries => {
            let entries = value.as_object()?.iter();
            let entries: BTreeMap<_, _> =
                entries.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect();
            SettingValue::Entries(entries)
        }
        SettingForm::DeviceNumbers => {
            SettingValue::Numbers(value.as_array()?.iter().filter_map(device_number).collect())
        }
        SettingForm::DeviceRequests => {
            let requests = EngineRequests::deserialize(value).ok()?;
            SettingValue::Requests(requests.into_iter().map(asked_for).collect())
        }
    })
}

/// The path of a device, and the rate or the weight.
fn device_number(value: &Value) -> Option<(String, i64)> {
    let number = value.get("Rate").or_else(|| value.get("Weight")).and_then(Value::as_i64)?;
    Some((value.get("Path")?.as_str()?.to_owned(), number))
}

fn asked_for(request: EngineRequest) -> DeviceRequest {
    DeviceRequest {
        driver: request.driver.unwrap_or_default(),
        count: request.count.unwrap_or_default(),
        device_ids: request.device_ids.unwrap_or_default(),
        capabilities: request.capabilities.into_iter().flatten().next().unwrap_or_default(),
        options: request.options.unwrap_or_default().into_iter().collect(),
    }
}

fn device_text(value: &Value) -> Option<String> {
    let part = |name: &str| value.get(name).and_then(Value::as_str);
    let (on_ship, inside) = (part("PathOnHost")?, part("PathInContainer")?);
    Some(format!("{on_ship}:{inside}:{}", part("CgroupPermissions").unwrap_or("rwm")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said in a request is told by an answer in the same words.
    #[test]
    fn each_setting_is_told_as_it_was_said() {
        for &setting in Setting::ALL {
            if matches!(place(setting), Place::Nowhere) {
                continue;
            }
            let value = match setting.form() {
                SettingForm::Flag => SettingValue::Flag(true),
                SettingForm::Number
                | SettingForm::Bytes
                | SettingForm::Nanoseconds
                | SettingForm::Microseconds
                | SettingForm::Processors => SettingValue::Number(7),
                SettingForm::Text => SettingValue::Text("host".to_owned()),
                SettingForm::Words | SettingForm::Texts => {
                    SettingValue::Texts(vec!["/dev/a:/dev/b:r".to_owned()])
                }
                SettingForm::Entries => SettingValue::Entries([("a".to_owned(), "b".to_owned())].into()),
                SettingForm::DeviceNumbers => SettingValue::Numbers([("/dev/a".to_owned(), 7)].into()),
                SettingForm::DeviceRequests => SettingValue::Requests(vec![DeviceRequest {
                    driver: "nvidia".to_owned(),
                    count: 0,
                    device_ids: vec!["1".to_owned()],
                    capabilities: vec!["gpu".to_owned()],
                    options: [("a".to_owned(), "b".to_owned())].into(),
                }]),
            };
            let settings: ContainerSettings = [(setting, value)].into();
            let (mut body, mut host) = (ContainerCreateBody::default(), HostConfig::default());
            say(&settings, &mut body, &mut host);
            let json = |value| match value {
                Ok(Value::Object(fields)) => fields,
                Ok(_) | Err(_) => panic!("an object"),
            };
            let (config, host) = (json(serde_json::to_value(body)), json(serde_json::to_value(host)));
            assert_eq!(told(&config, &host), settings, "{setting:?}");
        }
    }
}
