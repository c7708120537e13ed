//! The log drivers of Docker's engines and their options, as `daemon/logger` of moby has them in 20.10, 26.1 and 28.

/// A driver whose options are the same on all engines.
#[derive(Debug)]
pub(crate) struct Driver {
    pub name: &'static str,
    /// Its options beside [`COMMON`] and, if it has them, [`LABELS`].
    options: &'static [&'static str],
    has_labels: bool,
    /// Options without which engines refuse a container.
    pub needed: &'static [&'static str],
}

/// Options that every driver takes.
const COMMON: [&str; 2] = ["mode", "max-buffer-size"];
/// Options of most drivers: what of a container stands beside its lines.
const LABELS: [&str; 5] = ["labels", "labels-regex", "env", "env-regex", "tag"];

/// Drivers that come with engines, today's and those of 20.10; plugins bring others.
pub(super) const NAMES: [&str; 12] = [
    "json-file",
    "local",
    "none",
    "syslog",
    "journald",
    "gelf",
    "fluentd",
    "awslogs",
    "splunk",
    "etwlogs",
    "gcplogs",
    "logentries",
];

const DRIVERS: [Driver; 10] = [
    Driver { options: &["max-size", "max-file", "compress"], ..plain("json-file") },
    Driver { options: &["max-size", "max-file", "compress"], has_labels: false, ..plain("local") },
    Driver {
        options: &[
            "syslog-address",
            "syslog-facility",
            "syslog-format",
            "syslog-tls-ca-cert",
            "syslog-tls-cert",
            "syslog-tls-key",
            "syslog-tls-skip-verify",
        ],
        ..plain("syslog")
    },
    plain("journald"),
    Driver {
        options: &[
            "gelf-address",
            "gelf-compression-type",
            "gelf-compression-level",
            "gelf-tcp-max-reconnect",
            "gelf-tcp-reconnect-delay",
        ],
        needed: &["gelf-address"],
        ..plain("gelf")
    },
    Driver {
        options: &[
            "fluentd-address",
            "fluentd-async",
            "fluentd-async-connect",
            "fluentd-async-reconnect-interval",
            "fluentd-buffer-limit",
            "fluentd-max-retries",
            "fluentd-read-timeout",
            "fluentd-request-ack",
            "fluentd-retry-wait",
            "fluentd-sub-second-precision",
            "fluentd-write-timeout",
        ],
        ..plain("fluentd")
    },
    Driver {
        options: &[
            "awslogs-group",
            "awslogs-stream",
            "awslogs-region",
            "awslogs-endpoint",
            "awslogs-create-group",
            "awslogs-create-stream",
            "awslogs-datetime-format",
            "awslogs-multiline-pattern",
            "awslogs-credentials-endpoint",
            "awslogs-force-flush-interval-seconds",
            "awslogs-max-buffered-events",
            "awslogs-format",
            "tag",
        ],
        has_labels: false,
        needed: &["awslogs-group"],
        ..plain("awslogs")
    },
    Driver {
        options: &[
            "splunk-url",
            "splunk-token",
            "splunk-source",
            "splunk-sourcetype",
            "splunk-index",
            "splunk-capath",
            "splunk-caname",
            "splunk-insecureskipverify",
            "splunk-format",
            "splunk-verify-connection",
            "splunk-gzip",
            "splunk-gzip-level",
            "splunk-index-acknowledgment",
        ],
        needed: &["splunk-url", "splunk-token"],
        ..plain("splunk")
    },
    Driver {
        options: &[
            "gcp-project",
            "gcp-log-cmd",
            "gcp-meta-zone",
            "gcp-meta-name",
            "gcp-meta-id",
            "labels",
            "labels-regex",
            "env",
            "env-regex",
        ],
        has_labels: false,
        ..plain("gcplogs")
    },
    Driver {
        options: &["logentries-token", "line-only"],
        needed: &["logentries-token"],
        ..plain("logentries")
    },
];

const fn plain(name: &'static str) -> Driver {
    Driver { name, options: &[], has_labels: true, needed: &[] }
}

impl Driver {
    /// The driver of this name, if its options are known. `none` takes any.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        DRIVERS.iter().find(|driver| driver.name == name)
    }

    /// All its options.
    pub(super) fn options(&self) -> impl Iterator<Item = &'static str> {
        let labels = if self.has_labels { &LABELS[..] } else { &[] };
        self.options.iter().chain(labels).chain(&COMMON).copied()
    }

    /// Whether it has that option.
    pub(crate) fn has(&self, option: &str) -> bool {
        self.options().any(|one| one == option)
    }
}
