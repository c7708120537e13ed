//! Settings of a container that an engine takes as they are written. One line describes a setting: its key, and the form
//! of its value. The rest is derived from it: how it is compared, shown, hashed and recorded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use super::device::DeviceRequest;

/// Whether the process or IPC namespace is the ship's: then an engine adds `label=disable` to the security options.
#[must_use]
pub fn shares_namespace(settings: &ContainerSettings) -> bool {
    [Setting::Pid, Setting::Ipc]
        .iter()
        .any(|setting| settings.get(setting).and_then(SettingValue::text) == Some("host"))
}

/// Whether it has an entrypoint of its own: then it has no command of its image.
#[must_use]
pub fn has_entrypoint(settings: &ContainerSettings) -> bool {
    settings.get(&Setting::Entrypoint).is_some_and(|words| !words.is_empty())
}

/// Whether the root file system is mounted read-only.
#[must_use]
pub fn is_read_only(settings: &ContainerSettings) -> bool {
    settings.get(&Setting::ReadOnly).and_then(SettingValue::flag) == Some(true)
}

/// Prefix of a namespace that is shared with the container whose name follows.
pub const OF_CONTAINER: &str = "container:";

/// The containers whose namespaces are shared, each with the setting that says so.
pub fn shared_containers(settings: &ContainerSettings) -> impl Iterator<Item = (Setting, &str)> {
    [Setting::Pid, Setting::Ipc].into_iter().filter_map(|setting| {
        let mode = settings.get(&setting).and_then(SettingValue::text)?;
        Some((setting, mode.strip_prefix(OF_CONTAINER)?))
    })
}

/// Settings of one container, by name. A setting that is not there is the image's, or else the engine's.
pub type ContainerSettings = BTreeMap<Setting, SettingValue>;

/// Bytes of `/dev/shm` in a container that does not say another size.
const USUAL_SHM: i64 = 64 << 20;

/// Defines [`Setting`] with its keys and forms.
macro_rules! settings {
    ($($(#[$about:meta])* $variant:ident = $key:literal: $form:ident,)*) => {
        /// A setting of a container.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Setting {
            $($(#[$about])* #[serde(rename = $key)] $variant,)*
        }

        impl Setting {
            /// All settings.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its key in a file; `key.inner` if it stands in a mapping.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// What its value looks like.
            #[must_use]
            pub const fn form(self) -> SettingForm {
                match self { $(Self::$variant => SettingForm::$form,)* }
            }
        }
    };
}

settings! {
    /// What the command is an argument of; an empty list resets the image's.
    Entrypoint = "entrypoint": Words,
    /// Domain name inside.
    Domainname = "domainname": Text,
    /// Whether a small init process runs as process 1.
    Init = "init": Flag,
    /// Whether the root file system is mounted read-only.
    ReadOnly = "read_only": Flag,
    /// Directories in memory: path → mount options.
    Tmpfs = "tmpfs": Entries,
    /// Size of `/dev/shm`.
    ShmSize = "shm_size": Bytes,
    /// Signal that asks it to stop.
    StopSignal = "stop_signal": Text,
    /// Further groups of the user.
    GroupAdd = "group_add": Texts,
    /// Process namespace.
    Pid = "pid": Text,
    /// IPC namespace.
    Ipc = "ipc": Text,
    /// UTS namespace.
    Uts = "uts": Text,
    /// User namespace.
    UsernsMode = "userns_mode": Text,
    /// Cgroup namespace.
    Cgroup = "cgroup": Text,
    /// Cgroup that its own cgroup is created in.
    CgroupParent = "cgroup_parent": Text,
    /// Kernel parameters.
    Sysctls = "sysctls": Entries,
    /// Devices of the ship: `path on the ship:path inside:rwm`.
    Devices = "devices": Texts,
    /// Rules for the device cgroup.
    DeviceCgroupRules = "device_cgroup_rules": Texts,
    /// Maximum number of processes; -1 is no limit.
    PidsLimit = "pids_limit": Number,
    /// Preference of the kernel when it runs out of memory.
    OomScoreAdj = "oom_score_adj": Number,
    /// Whether the kernel may not kill it when it runs out of memory.
    OomKillDisable = "oom_kill_disable": Flag,
    /// Soft memory limit.
    MemReservation = "mem_reservation": Bytes,
    /// Tendency of the kernel to swap, in per cent.
    MemSwappiness = "mem_swappiness": Number,
    /// Processors that it may use, in billionths.
    Cpus = "cpus": Processors,
    /// Numbers of the processors that it may use.
    Cpuset = "cpuset": Text,
    /// Processor time in each period, in microseconds.
    CpuQuota = "cpu_quota": Microseconds,
    /// Period of `cpu_quota`, in microseconds.
    CpuPeriod = "cpu_period": Microseconds,
    /// OCI runtime.
    Runtime = "runtime": Text,
    /// Domains in which host names are looked up.
    DnsSearch = "dns_search": Texts,
    /// Options of the resolver.
    DnsOpt = "dns_opt": Texts,
    /// Options of the storage driver.
    StorageOpt = "storage_opt": Entries,
    /// Whether standard input stays open.
    StdinOpen = "stdin_open": Flag,
    /// Whether it has a terminal.
    Tty = "tty": Flag,
    /// Health check: `CMD`, `CMD-SHELL` or `NONE`, and the words behind it.
    HealthTest = "healthcheck.test": Words,
    /// Time between health checks.
    HealthInterval = "healthcheck.interval": Nanoseconds,
    /// Maximum time of a health check.
    HealthTimeout = "healthcheck.timeout": Nanoseconds,
    /// Number of failures after which it is unhealthy.
    HealthRetries = "healthcheck.retries": Number,
    /// Time after its start in which failures do not count.
    HealthStartPeriod = "healthcheck.start_period": Nanoseconds,
    /// Annotations for the OCI runtime. Engines before API 1.43 ignore them.
    Annotations = "annotations": Entries,
    /// Processor time for real-time processes in each period.
    CpuRtRuntime = "cpu_rt_runtime": Microseconds,
    /// Period of `cpu_rt_runtime`.
    CpuRtPeriod = "cpu_rt_period": Microseconds,
    /// Relative weight of its input and output, from 10 to 1000.
    BlkioWeight = "blkio_config.weight": Number,
    /// The same for one device.
    BlkioWeightDevice = "blkio_config.weight_device": DeviceNumbers,
    /// Bytes that it may read from a device in a second.
    BlkioReadBps = "blkio_config.device_read_bps": DeviceNumbers,
    /// Bytes that it may write to a device in a second.
    BlkioWriteBps = "blkio_config.device_write_bps": DeviceNumbers,
    /// Operations in which it may read from a device in a second.
    BlkioReadIops = "blkio_config.device_read_iops": DeviceNumbers,
    /// Operations in which it may write to a device in a second.
    BlkioWriteIops = "blkio_config.device_write_iops": DeviceNumbers,
    /// GPUs and other devices of drivers.
    Gpus = "gpus": DeviceRequests,
    /// Time between health checks in the start period. Engines before API 1.44 ignore it.
    HealthStartInterval = "healthcheck.start_interval": Nanoseconds,
    /// Ports that it says it has, without publishing them: `80/tcp`. A container has those of its image too.
    Expose = "expose": Texts,
    /// Platform of its image: `linux/arm64`, and a variant if need be. A container has that of its image.
    Platform = "platform": Text,
}

/// What a setting's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingForm {
    /// True or false.
    Flag,
    /// A whole number.
    Number,
    /// A number of bytes.
    Bytes,
    /// A time in nanoseconds.
    Nanoseconds,
    /// A time in microseconds.
    Microseconds,
    /// Billionths of a processor.
    Processors,
    /// One text.
    Text,
    /// Words of a command.
    Words,
    /// A list of texts.
    Texts,
    /// Names and values.
    Entries,
    /// Paths of devices, each with a number.
    DeviceNumbers,
    /// Requests for devices of drivers.
    DeviceRequests,
}

/// A setting's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// True or false.
    Flag(bool),
    /// A whole number, in the unit of its [`SettingForm`].
    Number(i64),
    /// One text.
    Text(String),
    /// A list.
    Texts(Vec<String>),
    /// Names and values.
    Entries(BTreeMap<String, String>),
    /// Names and numbers.
    Numbers(BTreeMap<String, i64>),
    /// Requests for devices.
    Requests(Vec<DeviceRequest>),
}

impl SettingValue {
    /// The flag, if it is one.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        if let Self::Flag(flag) = self { Some(*flag) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn texts(&self) -> Option<&[String]> {
        if let Self::Texts(texts) = self { Some(texts) } else { None }
    }

    /// The names and values, if it has some.
    #[must_use]
    pub fn entries(&self) -> Option<&BTreeMap<String, String>> {
        if let Self::Entries(entries) = self { Some(entries) } else { None }
    }

    /// The names and numbers, if it has some.
    #[must_use]
    pub fn numbers(&self) -> Option<&BTreeMap<String, i64>> {
        if let Self::Numbers(numbers) = self { Some(numbers) } else { None }
    }

    /// The requests for devices, if it has some.
    #[must_use]
    pub fn requests(&self) -> Option<&[DeviceRequest]> {
        if let Self::Requests(requests) = self { Some(requests) } else { None }
    }

    /// Whether it is false, 0 or empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Flag(flag) => !flag,
            Self::Number(number) => *number == 0,
            Self::Text(text) => text.is_empty(),
            Self::Texts(texts) => texts.is_empty(),
            Self::Entries(entries) => entries.is_empty(),
            Self::Numbers(numbers) => numbers.is_empty(),
            Self::Requests(requests) => requests.is_empty(),
        }
    }
}

impl Setting {
    /// Whether an image has it too.
    #[must_use]
    pub const fn is_of_image(self) -> bool {
        matches!(
            self,
            Self::Entrypoint
                | Self::StopSignal
                | Self::HealthTest
                | Self::HealthInterval
                | Self::HealthTimeout
                | Self::HealthRetries
                | Self::HealthStartPeriod
                | Self::HealthStartInterval
                | Self::Expose
                | Self::Platform
        )
    }

    /// Whether `docker update` can change it in a container that exists.
    #[must_use]
    pub const fn is_updatable(self) -> bool {
        matches!(
            self,
            Self::PidsLimit
                | Self::MemReservation
                | Self::Cpus
                | Self::Cpuset
                | Self::CpuQuota
                | Self::CpuPeriod
                | Self::CpuRtRuntime
                | Self::CpuRtPeriod
                | Self::BlkioWeight
        )
    }

    /// Whether the value says what an engine does without it. `init: false` and `mem_swappiness: 0` do not: an engine
    /// may run an init process in all containers, and swaps by default.
    #[must_use]
    pub fn is_nothing(self, value: &SettingValue) -> bool {
        if self == Self::PidsLimit {
            // 0 and -1 are both no limit.
            return value.number().is_some_and(|limit| limit <= 0);
        }
        !matches!(self, Self::Init | Self::MemSwappiness) && value.is_empty()
    }

    /// Whether engines usually give this value to a container that does not say another one.
    #[must_use]
    pub fn is_engines(self, value: &SettingValue) -> bool {
        const USUAL: [(Setting, &str); 5] = [
            (Setting::Ipc, "private"),
            (Setting::Ipc, "shareable"),
            (Setting::Cgroup, "private"),
            (Setting::Cgroup, "host"),
            (Setting::Runtime, "runc"),
        ];
        let is_usual = value.text().is_some_and(|text| USUAL.contains(&(self, text)));
        is_usual || (self == Self::ShmSize && value.number() == Some(USUAL_SHM)) || self.is_nothing(value)
    }

    /// Those of a container that neither its image nor its engine gives by itself.
    #[must_use]
    pub fn own(now: &ContainerSettings, image: &ContainerSettings) -> ContainerSettings {
        let is_own = |(setting, value): &(&Self, &SettingValue)| {
            image.get(setting) != Some(*value) && !setting.is_engines(value)
        };
        let mut own: ContainerSettings =
            now.iter().filter(is_own).map(|(setting, value)| (*setting, value.clone())).collect();
        // What the image has, and the container has not, was reset.
        if image.contains_key(&Self::Entrypoint) && !now.contains_key(&Self::Entrypoint) {
            own.insert(Self::Entrypoint, SettingValue::Texts(Vec::new()));
        }
        own
    }
}
