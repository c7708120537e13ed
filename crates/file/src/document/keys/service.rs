//! Keys of a service, and of an instance with what may stand under them.

use super::{Key, key, obsolete};

/// Keys that only a service has.
pub const SERVICE_ONLY: &[Key] = &[
    key("instances", "mapping of instances", "The service's instances, by name.")
        .like("{web-1: {ship: alpha}, web-2: {ship: alpha}}"),
    key("omit", "true or false", "Excludes the service from commands without names.")
        .or("false")
        .like("true"),
    key("update", "mapping", "How to replace its instances, in batches.")
        .or("one after another, stopped first")
        .like("{order: start-first, parallel: 2}"),
    key("build", "path or mapping", "How its image is built: the directory with its Dockerfile, or a mapping. `apply` builds it where its files have changed.")
        .or("its image is pulled")
        .like("."),
    key("hooks", "mapping", "Jobs to run before and after each update.")
        .or("none")
        .like("{before_update: migrate}"),
];

/// Keys that place the instances of a service, in place of `instances`.
pub const PLACEMENT: &[Key] = &[
    key("ships", "names of ships, labels, or `all`", "The ships that its instances run on: a list of names, labels of ships, or `all`. It makes the instances `NAME-1`, `NAME-2` …, one on each ship unless `replicas` or `per_ship` says otherwise.")
        .or("the only ship, or `ship`")
        .like("{role: web}"),
    key("replicas", "number", "Number of its instances on all its ships together: `NAME-1`, `NAME-2` …; also `scale`.").or("one on each ship").like("2"),
    key("per_ship", "number", "Number of its instances on each of its ships.").or("1").like("2"),
    key("max_per_ship", "number", "Maximum number of its instances on one ship.").or("no limit").like("3"),
    key("preferences", "list", "What its instances are spread over before they are spread over ships: the values of labels of ships.").or("ships alone").like("[{spread: zone}]"),
];

/// Keys of an item of `preferences`.
pub const PREFERENCE: &[Key] = &[
    key("spread", "text", "A label of ships: each of its values gets equally many instances. Ships without the label count as one value.").like("zone"),
];

/// Keys of an instance; on a service they hold for all its instances.
pub const INSTANCE: &[Key] = &[
    key("ship", "name of a ship", "The ship that it runs on; optional if there is only one.")
        .or("the only ship, if there is one")
        .like("alpha"),
    key("image", "image reference", "Image of its container.").like("nginx:1.27"),
    key(
        "container_name",
        "text",
        "Name of its container; the instance keeps its own name. It must be unique on its ship.",
    )
    .or("what `container_names` says")
    .like("shop-web"),
    key("command", "text or list", "Command to run instead of the image's own.")
        .or("the image's")
        .like(r#"nginx -g "daemon off;""#),
    key("cmd", "text or list", "Old name of `command`.").or("the image's").like("[nginx, -g, daemon off;]"),
    key("ports", "mapping of ports", "Named ports to publish on the ship; with `__maestro: {schema: 3}` also a list in Compose's forms: `8080:80`, `127.0.0.1:8080:80/tcp`, `8000-8009:80`.").or("none").like(
        r#"{http: "80:8080", statsd: "8125/udp", admin: {exposed: 9000, external: [127.0.0.1, 9000]}}"#,
    ),
    key(
        "volumes",
        "mapping",
        "Directories and named volumes of the ship to mount: `container: ship`, or `ship: container` with `__maestro: {schema: 2}`; with schema 3 also a list in Compose's forms: `./x:/y:ro`, `NAME:/path`, `/path`.",
    )
    .or("none")
    .like("{/usr/share/nginx/html: /srv/web}"),
    key("container_volumes", "path or list", "Paths in the container that get an anonymous volume.")
        .or("none")
        .like("[/var/cache/nginx]"),
    key("volumes_from", "instance or list", "Instances whose volumes to mount as well.")
        .or("none")
        .like("data-1"),
    key("configs", "list", "Names of `configs` whose content it has as files.").or("none").like("[app, {source: app, target: /etc/app.conf}]"),
    key("secrets", "list", "Names of `secrets` whose content it has as files.").or("none").like("[token]"),
    key("env", "mapping or list", "Environment variables, also as a list of `NAME=value`; also `environment`.").or("none").like("{LOG_LEVEL: info, PATHS: [/a, /b]}"),
    key("envfile", "path or list", "Files with environment variables.").or("none").like("web.env"),
    key(
        "links",
        "mapping of instance or service to alias",
        "Names under which it reaches other instances. The alias of a service leads to all its instances.",
    )
        .or("none")
        .like("{db-1: database}"),
    key("requires", "service, instance or list", "What must be ready before it starts.")
        .or("none")
        .like("[db]"),
    key("wants_info", "service or list", "Services whose addresses it gets as variables, without waiting for them.")
        .or("none")
        .like("[db]"),
    key("profiles", "text or list", "Profiles: it takes part if one of them is active. `--profile NAME` makes a profile active, `--profile '*'` all, and so does a command that names the service. What runs of it otherwise is left alone.")
        .or("it always takes part")
        .like("[debug]"),
    key("job", "true or false", "Runs to its end: it is ready when it has ended with exit code 0, and runs again only if it failed or is made of something else.")
        .or("false")
        .like("true"),
    key("lifecycle", "mapping of states to checks", "Checks that decide when a state is reached.")
        .or("none")
        .like("{running: [{type: tcp, port: http}]}"),
    key("privileged", "true or false", "Runs with all privileges.").or("false").like("true"),
    key("cap_add", "text or list", "Capabilities to add.").or("none").like("[NET_ADMIN]"),
    key("cap_drop", "text or list", "Capabilities to drop.").or("none").like("[MKNOD, CHOWN]"),
    key("extra_hosts", "mapping", "Lines for `/etc/hosts`: a name, and an address, a list of addresses, or `{ship: NAME}`.")
        .or("none")
        .like("{gateway: [10.0.0.1, \"::5\"], neighbour: {ship: alpha}}"),
    key("stop_timeout", "seconds", "How long it may take to stop before the engine kills it.").or("10").like("30"),
    key("stop_grace_period", "duration", "The same, as Compose writes it.").or("10s").like("1m30s"),
    key("limits", "mapping", "Limits: `cpu` (shares), `memory` and `swap` (bytes, or with k, m, g).")
        .or("none")
        .like("{cpu: 512, memory: 512m}"),
    key("log_driver", "name", "Log driver of the engine.").or("the engine's").like("syslog"),
    key("log_opt", "mapping", "Options of the log driver.")
        .or("none")
        .like(r#"{syslog-address: "tcp://10.0.0.9:514"}"#),
    key("logging", "mapping", "The same, as Compose writes it.").or("the engine's").like("{driver: syslog}"),
    key(
        "networks",
        "list or mapping",
        "Networks that it is on, with `__maestro: {schema: 3}`: names of `networks`, or a mapping of names to how it is on each. On each it is found under its service's name too.",
    )
    .or("the environment's own network, `default`")
    .like("[default]"),
    key("net", "mode", "Network mode: `host`, `none`, `bridge`, `container:NAME` or a network's name; also `network_mode`.")
        .or("the environment's own network")
        .like("host"),
    key(
        "restart",
        "policy",
        "When the engine restarts it: `no`, `always`, `on-failure:5`, `unless-stopped`.",
    )
    .or("`no`")
    .like("{name: on-failure, retries: 3}"),
    key("dns", "address or list", "DNS servers.").or("the engine's").like("[10.0.0.53, 10.0.0.54]"),
    key("security_opt", "text or list", "Security options.").or("none").like("[no-new-privileges]"),
    key("ulimits", "mapping", "Resource limits of its processes: a number, or `{soft: …, hard: …}`.")
        .or("the engine's")
        .like("{nofile: {soft: 1024, hard: 65536}, nproc: 512}"),
    key("username", "text", "User to run as; also `user`.").or("the image's").like(r#""1000:1000""#),
    key("labels", "mapping or list", "Labels of the container.").or("none").like("{team: web}"),
    key("workdir", "path", "Working directory; also `working_dir`.").or("the image's").like("/srv"),
    key("entrypoint", "text or list", "Program that `command` has the arguments of, instead of the image's; `[]` is none. The image's command is then left out too.")
        .or("the image's")
        .like("[/docker-entrypoint.sh, --verbose]"),
    key("hostname", "text", "Host name inside.").or("the instance's name; with `net` or `start-first` the engine's choice").like("web"),
    key("domainname", "text", "Domain name inside.").or("none").like("example.com"),
    key("init", "true or false", "Runs a small init process that forwards signals and removes dead processes.")
        .or("the engine's")
        .like("true"),
    key("read_only", "true or false", "Mounts its root file system read-only.").or("false").like("true"),
    key("tmpfs", "path or list", "Directories in memory, each with mount options after a `:`.")
        .or("none")
        .like(r#"[/run, "/tmp:size=64m,mode=1777"]"#),
    key("shm_size", "bytes", "Size of `/dev/shm`.").or("the engine's: 64m").like("128m"),
    key("stop_signal", "signal", "Signal that asks it to stop.").or("the image's, or SIGTERM").like("SIGINT"),
    key("group_add", "list", "Further groups of the user, by name or number.").or("none").like("[mail, 1001]"),
    key("pid", "mode", "Process namespace: `host` is the ship's, `container:NAME` that of an instance.").or("its own").like("host"),
    key("ipc", "mode", "IPC namespace: `host`, `private`, `shareable`, `none`, or `container:NAME` for that of an instance, which needs `ipc: shareable`.").or("the engine's").like("shareable"),
    key("uts", "`host`", "UTS namespace: `host` is the ship's; it has the ship's host name.").or("its own").like("host"),
    key("userns_mode", "`host`", "User namespace: `host` is the ship's.").or("the engine's").like("host"),
    key("cgroup", "`host` or `private`", "Cgroup namespace.").or("the engine's").like("private"),
    key("cgroup_parent", "text", "Cgroup that its own cgroup is created in.").or("the engine's").like("shop.slice"),
    key("sysctls", "mapping or list", "Kernel parameters that a container has for itself.")
        .or("the engine's")
        .like("{net.core.somaxconn: 1024}"),
    key("devices", "list", "Devices of the ship: `PATH`, `PATH:PATH INSIDE` or `PATH:PATH INSIDE:rwm`.")
        .or("none")
        .like(r#"["/dev/fuse", "/dev/null:/dev/nothing:r"]"#),
    key("device_cgroup_rules", "list", "Rules for the device cgroup.").or("none").like(r#"["c 1:3 mr"]"#),
    key("pids_limit", "number", "Maximum number of processes; -1 is no limit.").or("none").like("200"),
    key("oom_score_adj", "number", "Preference of the kernel when it runs out of memory: from -1000 (last) to 1000 (first).")
        .or("0")
        .like("-500"),
    key("oom_kill_disable", "true or false", "Keeps the kernel from killing it when it runs out of memory. Engines ignore it with cgroup v2.")
        .or("false")
        .like("true"),
    key("mem_limit", "bytes", "Memory limit; the same as `memory` of `limits`.").or("none").like("512m"),
    key("memswap_limit", "bytes", "Memory and swap limit, the same as `swap` of `limits`; -1 is no limit.").or("twice the memory limit").like("-1"),
    key("mem_reservation", "bytes", "Soft memory limit.").or("none").like("256m"),
    key("mem_swappiness", "number", "Tendency of the kernel to swap, from 0 to 100. Engines ignore it with cgroup v2.")
        .or("the engine's")
        .like("60"),
    key("cpus", "number", "Processors that it may use at once.").or("all").like("0.5"),
    key("cpuset", "text", "Numbers of the processors that it may use.").or("all").like(r#""0""#),
    key("cpu_shares", "number", "Relative CPU weight; the same as `cpu` of `limits`.").or("the engine's: 1024").like("512"),
    key("cpu_quota", "microseconds, or duration", "Processor time that it may use in each `cpu_period`.").or("no limit").like("50000"),
    key("cpu_period", "microseconds, or duration", "Period of `cpu_quota`.").or("the engine's: 100000").like("50ms"),
    key("cpu_rt_runtime", "microseconds, or duration", "Processor time for real-time processes in each `cpu_rt_period`. Engines ignore it with cgroup v2.").or("none").like("50000"),
    key("cpu_rt_period", "microseconds, or duration", "Period of `cpu_rt_runtime`.").or("the engine's").like("100000"),
    key("blkio_config", "mapping", "Limits of its input and output.").or("none").like("{weight: 300}"),
    key("gpus", "`all` or list", "GPUs and other devices of drivers.").or("none").like("all"),
    key("annotations", "mapping or list", "Annotations for the OCI runtime. Engines before Docker 24 ignore them.").or("none").like("{com.example.tier: web}"),
    key("runtime", "text", "OCI runtime of the engine.").or("the engine's").like("runc"),
    key("dns_search", "text or list", "Domains in which host names are looked up.").or("the engine's").like("[example.com]"),
    key("dns_opt", "text or list", "Options of the resolver.").or("the engine's").like(r#"["ndots:2"]"#),
    key("storage_opt", "mapping or list", "Options of the engine's storage driver.").or("none").like("{size: 10G}"),
    key("stdin_open", "true or false", "Keeps its standard input open.").or("false").like("true"),
    key("tty", "true or false", "Gives it a terminal.").or("false").like("true"),
    key("healthcheck", "mapping", "Its health check, in place of the image's. A check of type `docker` waits for it.")
        .or("the image's")
        .like("{test: [CMD, /ready], interval: 10s}"),
    key("expose", "list", "Ports that it says it has, without publishing them.").or("the image's").like(r#"["8080", "53/udp"]"#),
    key("platform", "text", "Platform of its image: it is pulled for it, and an image of another one is refused.").or("the ship's").like("linux/amd64"),
    key("post_start", "list", "Commands that run in its container after each start, one after the other. The start fails with the first that fails.")
        .or("none")
        .like("[{command: [/setup.sh], user: root}]"),
    key("pre_stop", "list", "Commands that run in its container before Maestro stops it. If one fails, it is not stopped.")
        .or("none")
        .like("[{command: [/drain.sh]}]"),
    key("image_source", "word", "Where its image comes from if its ship lacks it: `registry`; `carry`, from another engine, which must have it; or `auto`, from another engine if that has an image which no registry knows.").or("`auto`").like("carry"),
    key("on_unhealthy", "word", "What `maestro watch` does when it is down or unhealthy: `restart` its container; `replace` it by a new one; or `notify`, which only tells it.").or("`restart`").like("replace"),
    key("pull_policy", "word", "When its image is pulled: `missing`; `always`, before a container is created; `daily`, `weekly` or `every_12h` (w, d, h, m, s), before a container is created if the last pull is longer ago; or `never`, so that it must be on the ship.")
        .or("`missing`")
        .like("always"),
    obsolete("lxc_conf", "mapping", "LXC options, which engines no longer support.")
        .like(r#"{lxc.cgroup.cpuset.cpus: "0"}"#),
];

/// Keys of a network that an instance is on.
pub const NETWORK_USE: &[Key] = &[
    key("aliases", "text or list", "Further names under which others on the network find it.")
        .or("none")
        .like("[shop]"),
    key("ipv4_address", "address", "Its IPv4 address; the network needs a `subnet`.")
        .or("the engine's choice")
        .like("172.28.0.5"),
    key("ipv6_address", "address", "Its IPv6 address; the network needs a `subnet`.")
        .or("the engine's choice")
        .like(r#""2001:db8::5""#),
    key("link_local_ips", "list", "Further addresses, which hold on the link alone.")
        .or("none")
        .like("[169.254.8.8]"),
    key("mac_address", "text", "Its hardware address.")
        .or("the engine's choice")
        .like(r#""02:42:ac:11:65:43""#),
    key("interface_name", "text", "The name of its interface inside, for engines from 28.1 on.")
        .or("the engine's choice")
        .like("eth5"),
    key("driver_opts", "mapping", "Options of the network's driver.")
        .or("none")
        .like("{com.example.mtu: 1400}"),
    key(
        "priority",
        "number",
        "Of several networks the one with the highest number is the first, on which links are names.",
    )
    .or("0, and then by name")
    .like("10"),
    key("gw_priority", "number", "The network with the highest number has the container's default gateway.")
        .or("the engine's choice")
        .like("1"),
];

/// Keys of a volume that is written as a mapping (schema 2).
pub const VOLUME: &[Key] = &[
    key("target", "path", "Path in the container.").like("/data"),
    key("mode", "text", "`rw` or `ro`, and other modes of Docker.").or("`rw`").like("ro"),
];

/// Keys of a port that is written as a mapping.
pub const PORT: &[Key] = &[
    key("exposed", "port", "Port in the container.").like("8080/tcp"),
    key("external", "port, or [address, port]", "Port of the ship, and the address to bind it to.")
        .like("[127.0.0.1, 80]"),
];

/// Keys of `logging`.
pub const LOGGING: &[Key] = &[
    key("driver", "name", "Log driver of the engine, the same as `log_driver`.")
        .or("the engine's")
        .like("syslog"),
    key("options", "mapping", "Options of the log driver, the same as `log_opt`.")
        .or("none")
        .like("{max-size: 10m}"),
];

/// Keys of `limits`.
pub const LIMITS: &[Key] = &[
    key("cpu", "number", "Relative CPU weight.").or("the engine's: 1024").like("512"),
    key("memory", "bytes", "Memory limit.").or("none").like("512m"),
    key("swap", "bytes", "Memory and swap limit.").or("twice `memory`").like("1g"),
];

/// Keys of `healthcheck`.
pub const HEALTHCHECK: &[Key] = &[
    key("test", "text or list", "Command that exits with 0 if it is healthy: text for a shell, or a list that begins with `CMD`, `CMD-SHELL` or `NONE`.")
        .or("the image's")
        .like("[CMD-SHELL, curl -f http://localhost/ || exit 1]"),
    key("interval", "duration", "Time between checks.").or("the image's, or 30s").like("1m30s"),
    key("timeout", "duration", "Maximum time of a check.").or("the image's, or 30s").like("5s"),
    key("retries", "number", "Number of failures in a row after which it is unhealthy.").or("the image's, or 3").like("5"),
    key("start_period", "duration", "Time after its start in which failures do not count.").or("the image's, or 0").like("20s"),
    key("start_interval", "duration", "Time between checks in `start_period`. Engines before Docker 25 ignore it.").or("the engine's: 5s").like("1s"),
    key("disable", "true or false", "Runs no health check, not even the image's.").or("false").like("true"),
];

/// Keys of an item of `configs` or `secrets` that is written as a mapping.
pub const FILE_USE: &[Key] = &[
    key("source", "text", "Its name at the top of the file.").like("app"),
    key("target", "path", "Where it is in the container.")
        .or("`/NAME`, or `/run/secrets/NAME`")
        .like("/etc/app.conf"),
    key("uid", "number", "Id of the user that owns it.").or("0").like("1000"),
    key("gid", "number", "Id of its group.").or("0").like("1000"),
    key("mode", "octal digits", "Its permissions.").or("`0444`").like("\"0440\""),
    key("on_change", "mapping", "What happens where only its content has changed: it is copied into the running container, which gets a signal.").or("a new container").like("{signal: HUP}"),
];

/// Keys of `on_change`.
pub const ON_CHANGE: &[Key] =
    &[key("signal", "name or number", "The signal that the container gets.").like("HUP")];

/// Keys of an item of `post_start` or `pre_stop`.
pub const HOOK: &[Key] = &[
    key("command", "text or list", "Program and arguments.").like("[/setup.sh, --all]"),
    key("user", "text", "User that it runs as.").or("the container's").like("root"),
    key("privileged", "true or false", "Runs with all privileges.").or("false").like("true"),
    key("working_dir", "path", "Working directory.").or("the container's").like("/srv"),
    key("environment", "mapping", "Variables beside those of the container.")
        .or("none")
        .like("{STEP: setup}"),
];

/// Keys of `blkio_config`.
pub const BLKIO: &[Key] = &[
    key("weight", "number", "Relative weight, from 10 to 1000.").or("the engine's: 500").like("300"),
    key("weight_device", "list", "Relative weight for a device.")
        .or("`weight`")
        .like("[{path: /dev/sda, weight: 200}]"),
    key("device_read_bps", "list", "Bytes that it may read from a device in a second.")
        .or("no limit")
        .like("[{path: /dev/sda, rate: 12m}]"),
    key("device_write_bps", "list", "Bytes that it may write to a device in a second.")
        .or("no limit")
        .like("[{path: /dev/sda, rate: 12m}]"),
    key("device_read_iops", "list", "Read operations for a device in a second.")
        .or("no limit")
        .like("[{path: /dev/sda, rate: 120}]"),
    key("device_write_iops", "list", "Write operations for a device in a second.")
        .or("no limit")
        .like("[{path: /dev/sda, rate: 120}]"),
];

/// Keys of a device of `blkio_config` that has a weight.
pub const BLKIO_WEIGHT: &[Key] = &[
    key("path", "path", "The device on the ship.").like("/dev/sda"),
    key("weight", "number", "Relative weight, from 10 to 1000.").like("200"),
];

/// Keys of a device of `blkio_config` that has a rate.
pub const BLKIO_RATE: &[Key] = &[
    key("path", "path", "The device on the ship.").like("/dev/sda"),
    key("rate", "bytes, or number", "Bytes or operations in a second.").like("12m"),
];

/// Keys of an item of `gpus`.
pub const GPU: &[Key] = &[
    key("driver", "text", "The driver.").or("one that can do it").like("nvidia"),
    key("count", "number, or `all`", "How many devices.").or("`all`").like("2"),
    key("device_ids", "list", "The devices, in place of `count`.").or("any").like(r#"["0", "3"]"#),
    key("capabilities", "list", "What they must be capable of; `gpu` is always among them.")
        .or("[gpu]")
        .like("[utility]"),
    key("options", "mapping", "Options of the driver.").or("none").like("{virtualization: \"false\"}"),
];

/// Keys of a restart policy that is written as a mapping.
pub const RESTART: &[Key] = &[
    key("name", "policy", "`no`, `always`, `on-failure` or `unless-stopped`.").or("`no`").like("on-failure"),
    key("retries", "number", "Maximum number of restarts, for `on-failure`.").or("no limit").like("3"),
    key("maximum_retry_count", "number", "Alias of `retries`, from MaestroNG's documentation.").like("3"),
];

/// Keys of a ulimit that is written as a mapping.
pub const ULIMIT: &[Key] = &[
    key("soft", "number", "Soft limit, which the process may raise up to `hard`.").like("1024"),
    key("hard", "number", "Hard limit.").like("65536"),
];

/// Keys of `{ship: NAME}` in `extra_hosts`.
pub const EXTRA_HOST: &[Key] =
    &[key("ship", "name of a ship", "The ship whose address to use.").like("alpha")];

/// What Linux can limit.
pub const ULIMIT_NAMES: [&str; 16] = [
    "as",
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];
