//! The options of `docker run`, and the keys that say the same.

/// Options without a value that a file has a key for.
pub(super) const FLAGS: [(&str, &str); 6] = [
    ("--init", "init"),
    ("--oom-kill-disable", "oom_kill_disable"),
    ("--privileged", "privileged"),
    ("--read-only", "read_only"),
    ("--interactive", "stdin_open"),
    ("--tty", "tty"),
];

/// Options without a value that say how the command runs, not the container.
pub(super) const NO_KEYS: [&str; 6] =
    ["--detach", "--rm", "--quiet", "--help", "--sig-proxy", "--disable-content-trust"];

/// Options with a value that say how the command runs, not the container.
pub(super) const NO_KEYS_WITH_VALUE: [&str; 3] = ["--attach", "--cidfile", "--detach-keys"];

/// Options that a file has no key for, in this form.
pub(super) const LEFT_OUT: [&str; 18] = [
    "--blkio-weight",
    "--blkio-weight-device",
    "--cpuset-mems",
    "--device-read-bps",
    "--device-read-iops",
    "--device-write-bps",
    "--device-write-iops",
    "--gpus",
    "--ip",
    "--ip6",
    "--isolation",
    "--kernel-memory",
    "--label-file",
    "--link",
    "--link-local-ip",
    "--mac-address",
    "--network-alias",
    "--volume-driver",
];

/// Options of a health check, by their key.
pub(super) const HEALTH_CHECK: [(&str, &str); 6] = [
    ("--health-cmd", "test"),
    ("--health-interval", "interval"),
    ("--health-timeout", "timeout"),
    ("--health-retries", "retries"),
    ("--health-start-period", "start_period"),
    ("--health-start-interval", "start_interval"),
];

/// Options with one value, by their key.
pub(super) const KEYS: [(&str, &str); 34] = [
    ("--network", "net"),
    ("--net", "net"),
    ("--restart", "restart"),
    ("--user", "username"),
    ("--workdir", "workdir"),
    ("--memory", "mem_limit"),
    ("--memory-swap", "memswap_limit"),
    ("--cpus", "cpus"),
    ("--cpu-shares", "cpu_shares"),
    ("--cpuset-cpus", "cpuset"),
    ("--hostname", "hostname"),
    ("--entrypoint", "entrypoint"),
    ("--shm-size", "shm_size"),
    ("--pids-limit", "pids_limit"),
    ("--stop-signal", "stop_signal"),
    ("--stop-timeout", "stop_timeout"),
    ("--log-driver", "log_driver"),
    ("--pid", "pid"),
    ("--ipc", "ipc"),
    ("--runtime", "runtime"),
    ("--cgroup-parent", "cgroup_parent"),
    ("--cgroupns", "cgroup"),
    ("--cpu-period", "cpu_period"),
    ("--cpu-quota", "cpu_quota"),
    ("--cpu-rt-period", "cpu_rt_period"),
    ("--cpu-rt-runtime", "cpu_rt_runtime"),
    ("--domainname", "domainname"),
    ("--memory-reservation", "mem_reservation"),
    ("--memory-swappiness", "mem_swappiness"),
    ("--oom-score-adj", "oom_score_adj"),
    ("--platform", "platform"),
    ("--pull", "pull_policy"),
    ("--userns", "userns_mode"),
    ("--uts", "uts"),
];

/// Options that may come several times, by their key.
pub(super) const LISTS: [(&str, &str); 16] = [
    ("--env-file", "envfile"),
    ("--cap-add", "cap_add"),
    ("--cap-drop", "cap_drop"),
    ("--dns", "dns"),
    ("--security-opt", "security_opt"),
    ("--tmpfs", "tmpfs"),
    ("--device", "devices"),
    ("--group-add", "group_add"),
    ("--volumes-from", "volumes_from"),
    ("--annotation", "annotations"),
    ("--device-cgroup-rule", "device_cgroup_rules"),
    ("--dns-option", "dns_opt"),
    ("--dns-search", "dns_search"),
    ("--expose", "expose"),
    ("--storage-opt", "storage_opt"),
    ("--sysctl", "sysctls"),
];

/// Keys that are lists also with one value.
pub(super) const ALWAYS_LISTS: [&str; 8] = [
    "annotations",
    "device_cgroup_rules",
    "devices",
    "dns_opt",
    "expose",
    "group_add",
    "storage_opt",
    "sysctls",
];

/// Short options with a value.
pub(super) const SHORT: [(char, &str); 10] = [
    ('p', "--publish"),
    ('v', "--volume"),
    ('e', "--env"),
    ('u', "--user"),
    ('w', "--workdir"),
    ('m', "--memory"),
    ('h', "--hostname"),
    ('l', "--label"),
    ('c', "--cpu-shares"),
    ('a', "--attach"),
];
