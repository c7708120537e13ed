//! What an engine's words about a refused step mean. The words in the tests are those of Docker 20.10 and 28.5.

use std::net::IpAddr;

use maestro_core::event::{Lack, Refusal, innermost};

/// What the words mean; none if they are not known.
pub(super) fn refusal(words: &str) -> Option<Refusal> {
    let inner = innermost(words);
    anywhere(inner)
        .or_else(|| name_not_found(inner))
        .or_else(|| mount(inner))
        .or_else(|| log_driver(inner))
        .or_else(|| address(inner))
        .or_else(|| missing(inner).map(Refusal::Lacks))
        .or_else(|| value(inner))
}

/// The value of a key that the engine or its kernel does not take.
fn value(words: &str) -> Option<Refusal> {
    const FIELDS: &[(&str, &str)] = &[
        ("Minimum memory", "limits"),
        ("You should always set the Memory", "limits"),
        ("range of CPUs is from", "cpus"),
        ("Range of CPUs is from", "cpus"),
        ("Requested CPUs are not available", "cpuset"),
        ("failed to write sysctl", "sysctls"),
        ("write sysctl key", "sysctls"),
        ("user specified IP address is supported only", "networks"),
        ("failed to mount local volume", "volumes"),
        ("cannot access path", "volumes"),
    ];
    let (_, field) = FIELDS.iter().find(|(meant, _)| words.contains(meant))?;
    Some(Refusal::Value { field, words: words.to_owned() })
}

/// What a container, a volume or a network needs and the ship does not have.
fn missing(words: &str) -> Option<Lack> {
    if let Some(device) = between(words, "while adding custom device \"", "\"") {
        return Some(Lack::Device(device));
    }
    let runtime = between(&format!("{words}\n"), "unknown or invalid runtime name: ", "\n")
        .or_else(|| between(&format!("{words}\n"), "Unknown runtime specified ", "\n"));
    if let Some(runtime) = runtime {
        return Some(Lack::Runtime(runtime));
    }
    if words.contains("could not select device driver") {
        return Some(Lack::DeviceDriver);
    }
    if let Some(has) = between(words, "but its platform (", ")") {
        let asked = between(words, "match the specified platform (", ")")?;
        return Some(Lack::Platform { has, asked });
    }
    if let Some(asked) = between(words, "match the specified platform: wanted ", ", actual: ") {
        let (_, has) = words.split_once(", actual: ")?;
        return Some(Lack::Platform { has: has.to_owned(), asked });
    }
    let plugin = ["error looking up volume plugin ", "error looking up network plugin "];
    if let Some(name) = plugin.iter().find_map(|plugin| between(words, plugin, ": ")) {
        return Some(Lack::Plugin(name));
    }
    let plugin = between(words, "plugin \"", "\" not found")
        .or_else(|| between(words, "could not find plugin ", " in"));
    if let Some(name) = plugin {
        return Some(Lack::Plugin(name));
    }
    if words.contains("error mounting \"tmpfs\"") && words.contains("invalid argument") {
        return between(words, "to rootfs at \"", "\"").map(Lack::TmpfsOptions);
    }
    sysctl(words)
}

/// `open sysctl a.b file: …`, on older engines `write sysctl key a.b: …` and `open /proc/sys/a/b: …`.
fn sysctl(words: &str) -> Option<Lack> {
    if !words.contains("no such file or directory") {
        return None;
    }
    let path = || between(words, "open /proc/sys/", ": ").map(|path| path.replace('/', "."));
    let name = between(words, "open sysctl ", " file: ")
        .or_else(|| between(words, "sysctl key ", ": "))
        .or_else(path);
    name.map(Lack::Sysctl)
}

/// Words that mean the same wherever they stand.
fn anywhere(words: &str) -> Option<Refusal> {
    const MEANINGS: &[(&str, Refusal)] = &[
        ("no space left on device", Refusal::DiskFull),
        ("disk quota exceeded", Refusal::DiskFull),
        ("could not find an available, non-overlapping IPv4 address pool", Refusal::NoAddressPool),
        ("all predefined address pools have been fully subnetted", Refusal::NoAddressPool),
        ("Pool overlaps with other one on this address space", Refusal::SubnetTaken),
        ("error setting rlimit type", Refusal::UlimitTooHigh),
        ("This node is not a swarm manager", Refusal::NotInSwarm),
        ("unable to apply caps: operation not permitted", Refusal::CapabilityNotPermitted),
        // runc, which tells what happened to its child in the words of whichever pipe it reads at that moment.
        ("cannot start a container that has stopped", Refusal::EndedInSetup),
        ("container init was OOM-killed", Refusal::EndedInSetup),
        ("final child's PID from pipe", Refusal::EndedInSetup),
        ("final child's pid from pipe", Refusal::EndedInSetup),
        ("init-p: connection reset by peer", Refusal::EndedInSetup),
        ("init-p: broken pipe", Refusal::EndedInSetup),
    ];
    let known = MEANINGS.iter().find(|(meant, _)| words.contains(meant)).map(|(_, refusal)| refusal.clone());
    known.or_else(|| (words == "Address already in use").then_some(Refusal::AddressTaken))
}

fn name_not_found(words: &str) -> Option<Refusal> {
    if let Some((_, name)) = words.split_once("No such container: ") {
        return Some(Refusal::NoContainer(name.to_owned()));
    }
    if let Some(name) = between(words, "network ", " not found") {
        return Some(Refusal::NoNetwork(name));
    }
    if let Some(name) = between(words, "unable to find user ", ": ") {
        return Some(Refusal::NoUser(name));
    }
    // Docker 20.10 begins with a capital letter.
    if let Some(name) = between(words, "nable to find group ", ": ") {
        return Some(Refusal::NoGroup(name));
    }
    between(words, "Cannot mkdir: ", " is not a directory").map(Refusal::WorkdirIsFile)
}

fn mount(words: &str) -> Option<Refusal> {
    if let Some((_, path)) = words.split_once("bind source path does not exist: ") {
        return Some(Refusal::NoBindSource(path.to_owned()));
    }
    if !words.contains("Are you trying to mount a directory onto a file") {
        return None;
    }
    let source = between(words, "error mounting \"", "\"")?;
    let target = between(words, "to rootfs at \"", "\"")?;
    Some(Refusal::FileOverDirectory { source, target })
}

fn log_driver(words: &str) -> Option<Refusal> {
    if let Some(name) = between(words, "error looking up logging plugin ", ": ") {
        return Some(Refusal::NoLogDriver(name));
    }
    if let Some(option) = between(words, "unknown log opt '", "'") {
        return Some(Refusal::UnknownLogOption(option));
    }
    let (_, why) = words.split_once("failed to initialize logging driver: ")?;
    Some(Refusal::LogDriverFailed(why.to_owned()))
}

/// `… 1.2.3.4:80: bind: cannot assign requested address`, on engine 28 `1.2.3.4:80:172.17.0.2:80/tcp: cannot …`.
fn address(words: &str) -> Option<Refusal> {
    let (before, _) = words.split_once("cannot assign requested address")?;
    // A hardware address has colons as well.
    let address = |word: &str| {
        let end = word.find(']').map_or_else(|| word.find(':'), |at| Some(at + 1))?;
        let address = word.get(..end)?;
        address.trim_matches(['[', ']']).parse::<IpAddr>().is_ok().then(|| address.to_owned())
    };
    before.split(' ').filter(|word| word.matches(':').count() >= 2).find_map(address).map(Refusal::NoAddress)
}

fn between(words: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = words.split_once(before)?;
    let (found, _) = rest.split_once(after)?;
    (!found.is_empty()).then(|| found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN_20: &str = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";
    const CHAIN_28: &str = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ";

    #[test]
    fn the_layers_that_an_error_passed_through_are_left_out() {
        let inner = |words: &str| innermost(words).to_owned();
        assert_eq!(
            inner(&format!(
                "{CHAIN_20}error during container init: open /proc/sys/net/core/nothing: no such file or directory: unknown"
            )),
            "open /proc/sys/net/core/nothing: no such file or directory"
        );
        assert_eq!(
            inner(&format!("{CHAIN_28}exec: \"/x\": is a directory: permission denied")),
            "exec: \"/x\": is a directory: permission denied"
        );
        assert_eq!(
            inner(
                "failed to set up container networking: driver failed programming external connectivity on endpoint web-1 (974f): failed to bind host port"
            ),
            "failed to bind host port"
        );
        assert_eq!(inner("Requested CPUs are not available"), "Requested CPUs are not available");
    }

    #[track_caller]
    fn all(cases: &[(Refusal, &[&str])]) {
        for (expected, texts) in cases {
            for words in *texts {
                assert_eq!(refusal(words).as_ref(), Some(expected), "{words}");
            }
        }
    }

    #[test]
    fn the_words_of_each_generation_mean_the_same() {
        all(&[
            (
                Refusal::NoAddressPool,
                &[
                    "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
                    "all predefined address pools have been fully subnetted",
                ],
            ),
            (
                Refusal::DiskFull,
                &[
                    "failed to create task for container: mkdir /run/x: no space left on device",
                    "error creating overlay mount to /var/lib/docker/overlay2/x/merged: no space left on device",
                ],
            ),
            (
                Refusal::NoNetwork("far".into()),
                &["network far not found", "failed to set up container networking: network far not found"],
            ),
            (
                Refusal::NoContainer("gone".into()),
                &[
                    "No such container: gone",
                    "joining network namespace of container: No such container: gone",
                    "could not get container for gone: No such container: gone",
                ],
            ),
            (Refusal::NoUser("app".into()), &["unable to find user app: no matching entries in passwd file"]),
            (
                Refusal::NoGroup("app".into()),
                &[
                    "unable to find group app: no matching entries in group file",
                    "Unable to find group app: no matching entries in group file",
                ],
            ),
            (Refusal::WorkdirIsFile("/bin/sh".into()), &["Cannot mkdir: /bin/sh is not a directory"]),
            (
                Refusal::NoBindSource("/no/thing".into()),
                &[r#"invalid mount config for type "bind": bind source path does not exist: /no/thing"#],
            ),
        ]);
    }

    #[test]
    fn what_log_drivers_ports_and_limits_are_refused_for_is_known() {
        all(&[
            (
                Refusal::NoLogDriver("gelff".into()),
                &[r#"error looking up logging plugin gelff: plugin "gelff" not found"#],
            ),
            (Refusal::UnknownLogOption("size".into()), &["unknown log opt 'size' for json-file log driver"]),
            (
                Refusal::LogDriverFailed("dial tcp 127.0.0.1:1: connect: connection refused".into()),
                &[
                    "failed to initialize logging driver: dial tcp 127.0.0.1:1: connect: connection refused",
                    "failed to create task for container: failed to initialize logging driver: dial tcp 127.0.0.1:1: connect: connection refused",
                ],
            ),
            (
                Refusal::NoAddress("1.2.3.4".into()),
                &[
                    "driver failed programming external connectivity on endpoint a (1f54): Error starting userland proxy: listen tcp4 1.2.3.4:80: bind: cannot assign requested address",
                    "failed to set up container networking: driver failed programming external connectivity on endpoint a (9): failed to bind host port for 1.2.3.4:80:172.17.0.2:80/tcp: cannot assign requested address",
                ],
            ),
            (
                Refusal::Value { field: "limits", words: "Minimum memory limit allowed is 6MB".into() },
                &["Minimum memory limit allowed is 6MB"],
            ),
            (
                Refusal::NotInSwarm,
                &[
                    r#"This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again."#,
                ],
            ),
        ]);
    }

    #[test]
    fn what_a_ship_does_not_have_is_known() {
        all(&[
            (
                Refusal::Lacks(Lack::Device("/dev/nothere".into())),
                &[
                    r#"error gathering device information while adding custom device "/dev/nothere": no such file or directory"#,
                ],
            ),
            (
                Refusal::Lacks(Lack::Runtime("nvidia".into())),
                &["unknown or invalid runtime name: nvidia", "Unknown runtime specified nvidia"],
            ),
            (
                Refusal::Lacks(Lack::DeviceDriver),
                &[r#"could not select device driver "" with capabilities: [[gpu]]"#],
            ),
            (
                Refusal::Lacks(Lack::Platform { has: "linux/amd64".into(), asked: "linux/arm64".into() }),
                &[
                    "image with reference web:1 was found but its platform (linux/amd64) does not match the specified platform (linux/arm64)",
                    "image with reference web:1 was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64",
                ],
            ),
            (
                Refusal::Lacks(Lack::Plugin("nfsx".into())),
                &[
                    r#"create data: error looking up volume plugin nfsx: plugin "nfsx" not found"#,
                    r#"plugin "nfsx" not found"#,
                ],
            ),
            (
                Refusal::SubnetTaken,
                &[
                    "invalid pool request: Pool overlaps with other one on this address space",
                    "Pool overlaps with other one on this address space",
                ],
            ),
            (
                Refusal::AddressTaken,
                &["Address already in use", "failed to set up container networking: Address already in use"],
            ),
        ]);
        for words in [
            "open sysctl net.core.nothere file: unsafe procfs detected: openat2 fsmount:fscontext:proc/./sys/net/core/nothere: no such file or directory",
            "write sysctl key net.core.nothere: open /proc/sys/net/core/nothere: no such file or directory",
            "open /proc/sys/net/core/nothere: no such file or directory",
        ] {
            let words = format!("{CHAIN_20}{words}: unknown");
            assert_eq!(
                refusal(&words),
                Some(Refusal::Lacks(Lack::Sysctl("net.core.nothere".into()))),
                "{words}"
            );
        }
        let tmpfs = r#"error mounting "tmpfs" to rootfs at "/x": mount src=tmpfs, dst=/x, dstFd=/proc/thread-self/fd/11, flags=MS_NOSUID|MS_NODEV|MS_NOEXEC, data=size=bad: invalid argument: unknown"#;
        assert_eq!(
            refusal(&format!("{CHAIN_28}{tmpfs}")),
            Some(Refusal::Lacks(Lack::TmpfsOptions("/x".into())))
        );
    }

    #[test]
    fn a_process_that_is_killed_during_its_setup_is_known_wherever_runc_notices() {
        all(&[(
            Refusal::EndedInSetup,
            &[
                "OCI runtime start failed: cannot start a container that has stopped: unknown",
                "OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown",
                "OCI runtime create failed: runc create failed: unable to start container process: can't get final child's PID from pipe: EOF: unknown",
                "OCI runtime create failed: container_linux.go:380: starting container process caused: process_linux.go:402: getting the final child's pid from pipe caused: EOF: unknown",
                "OCI runtime create failed: runc create failed: unable to start container process: error during container init: read init-p: connection reset by peer: unknown",
            ],
        )]);
    }

    #[test]
    fn a_refusal_by_the_runtime_is_read_from_its_end() {
        let ulimit = "error during container init: error setting rlimits for ready process: error setting rlimit type 7: operation not permitted: unknown";
        assert_eq!(refusal(&format!("{CHAIN_20}{ulimit}")), Some(Refusal::UlimitTooHigh));
        assert_eq!(
            refusal(&format!("{CHAIN_20}unable to apply caps: operation not permitted: unknown")),
            Some(Refusal::CapabilityNotPermitted)
        );
        let mounting = r#"error mounting "/etc/passwd" to rootfs at "/bin": mount src=/etc/passwd, dst=/bin, dstFd=/proc/thread-self/fd/14, flags=MS_BIND|MS_REC: not a directory: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type"#;
        assert_eq!(
            refusal(&format!("{CHAIN_28}{mounting}")),
            Some(Refusal::FileOverDirectory { source: "/etc/passwd".into(), target: "/bin".into() })
        );
        for (field, words) in [
            ("cpuset", "Requested CPUs are not available - requested 99, available: 0-1"),
            ("cpus", "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"),
            (
                "sysctls",
                "failed to write sysctl net.core.somaxconn = \"x\": write fsmount:fscontext:proc/./sys/net/core/somaxconn: invalid argument",
            ),
            (
                "volumes",
                "cannot access path /data/volumes/t_data/_data/nope: lstat /data/volumes/t_data/_data/nope: no such file or directory",
            ),
        ] {
            assert_eq!(refusal(words), Some(Refusal::Value { field, words: words.into() }));
        }
        assert_eq!(refusal("set mac ff:ff:ff:ff:ff:ff: cannot assign requested address"), None);
    }
}
