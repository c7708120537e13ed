//! Holds the documents to the code: the key tables are written from it, and every file that they show loads.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use maestro_file::{
    document::keys::{self, Key, Support},
    resolve::NOT_ON_A_SWARM,
};
use maestro_report::schema;

/// A section of `docs/reference.md`.
struct Section {
    heading: &'static str,
    about: &'static str,
    keys: &'static [Key],
    /// A file that an example of each key stands in, where `EXAMPLE` is.
    file: &'static str,
    /// What else has to stand there.
    beside: &'static [(&'static str, &'static str)],
}

const AN_INSTANCE: &str = "__maestro: {schema: 3}
name: shop
configs: {app: {content: debug}}
secrets: {token: {content: of-the-shop}}
ships: {alpha: {ip: 127.0.0.1}}
services:
  db:
    image: postgres
    instances: {db-1: {ports: {sql: 5432}}}
  data:
    image: busybox
    container_volumes: /data
    instances: {data-1: {}}
  web:
    image: nginx
    ports: {http: 80}
    instances: {web-1: {EXAMPLE}}
";

const SECTIONS: &[Section] = &[
    Section {
        heading: "The file",
        about: "Keys at the top. Keys that begin with `x-` or `_`, and keys whose YAML anchor is used elsewhere, may have any content. A key of a section or of another tool, a misspelt key, or an instance at the top is an error; any other unknown key is a warning.",
        keys: keys::TOP,
        file: "{EXAMPLE}\n",
        beside: &[("name", "shop")],
    },
    Section {
        heading: "`__maestro`",
        about: "The header, a key at the top.",
        keys: keys::HEADER,
        file: "__maestro: {EXAMPLE}\nname: shop\n",
        beside: &[],
    },
    Section {
        heading: "Keys of schema 3",
        about: "Keys at the top of a file with `__maestro: {schema: 3}`; in other files they are errors.",
        keys: keys::NEWER,
        file: "{__maestro: {schema: 3}, EXAMPLE}\n",
        beside: &[("name", "shop")],
    },
    Section {
        heading: "Networks",
        about: "Keys of each network under `networks`. A network is made on a ship before the first container on it, and `clean` removes it.",
        keys: keys::NETWORK,
        file: "__maestro: {schema: 3}\nname: shop\nnetworks: {front: {EXAMPLE}}\n",
        beside: &[],
    },
    Section {
        heading: "Volumes",
        about: "Keys of each volume under `volumes` at the top. All named volumes of a file of schema 3 stand there.",
        keys: keys::NAMED_VOLUME,
        file: "__maestro: {schema: 3}\nname: shop\nvolumes: {data: {EXAMPLE}}\n",
        beside: &[],
    },
    Section {
        heading: "`audit`",
        about: "A list of auditors, each a mapping of these keys and of those of its type.",
        keys: keys::AUDIT,
        file: "name: shop\naudit: [{EXAMPLE}]\n",
        beside: &[("type", "log"), ("file", "/tmp/audit.log")],
    },
    Section {
        heading: "An auditor of type `log`",
        about: "",
        keys: keys::AUDIT_LOG,
        file: "name: shop\naudit: [{type: log, EXAMPLE}]\n",
        beside: &[],
    },
    Section {
        heading: "An auditor of type `slack`",
        about: "",
        keys: keys::AUDIT_SLACK,
        file: "name: shop\naudit: [{type: slack, EXAMPLE}]\n",
        beside: &[("channel", "ops"), ("token", "{{ env.SLACK | default('x') }}")],
    },
    Section {
        heading: "An auditor of type `http`",
        about: "",
        keys: keys::AUDIT_HTTP,
        file: "name: shop\naudit: [{type: http, EXAMPLE}]\n",
        beside: &[("endpoint", "https://audit.example.com/maestro")],
    },
    Section {
        heading: "An auditor of type `exec`",
        about: "",
        keys: keys::AUDIT_EXEC,
        file: "name: shop\naudit: [{type: exec, EXAMPLE}]\n",
        beside: &[("script", "/bin/true")],
    },
    Section {
        heading: "Ships",
        about: "Keys of each ship under `ships`, and of `ship_defaults`, which has the defaults of all ships. Paths of certificates and keys are relative to the directory of this file, or if they do not exist there, to the working directory, as in MaestroNG. `~/` is the home directory. A ship with `host`, `context` or `socket_path` ignores other addresses in `ship_defaults`.",
        keys: keys::SHIP,
        file: "name: shop\nships: {alpha: {EXAMPLE}}\n",
        beside: &[("ip", "127.0.0.1")],
    },
    Section {
        heading: "`ssh_tunnel`",
        about: "Of a ship: an SSH tunnel to `endpoint` (or `ip`), and there to `docker_port` or `socket_path`. `~/.ssh/config` applies.",
        keys: keys::SSH_TUNNEL,
        file: "name: shop\nships: {alpha: {ip: 10.0.0.5, ssh_tunnel: {EXAMPLE}}}\n",
        beside: &[("user", "deploy")],
    },
    Section {
        heading: "Registries",
        about: "Keys of each registry under `registries`. An image is pulled with the login of the entry with its registry's name or address.",
        keys: keys::REGISTRY,
        file: "name: shop\nregistries: {hub.example.com: {EXAMPLE}}\n",
        beside: &[("username", "shop"), ("password", "{{ env.HUB | default('x') }}")],
    },
    Section {
        heading: "`retry`",
        about: "Of a registry.",
        keys: keys::RETRY,
        file: "name: shop\nregistries: {hub.example.com: {retry: {EXAMPLE}}}\n",
        beside: &[],
    },
    Section {
        heading: "Services",
        about: "Keys that only a service has. All keys of an instance are also allowed, as defaults of its instances: mappings are merged, with the instance taking precedence; `requires`, `wants_info`, `links` and checks are added; other values are replaced.",
        keys: keys::SERVICE_ONLY,
        file: "name: shop\nships: {alpha: {ip: 127.0.0.1}}\nservices: {migrate: {image: app, job: true, instances: {migrate-1: {ship: alpha}}}, web: {EXAMPLE}}\n",
        beside: &[("image", "nginx"), ("instances", "{web-1: {ship: alpha}}")],
    },
    Section {
        heading: "Placement",
        about: "Keys of a service in place of `instances`: Maestro makes the instances `NAME-1`, `NAME-2` … and places each on the ship with the fewest instances of the service; among equals on the one with the least declared memory, then the least processors, then the first of the file. A ship where another instance has a published port comes last. Instances that run stay where they are, as long as the service is balanced. `ship` may stand in place of `ships`.",
        keys: keys::PLACEMENT,
        file: "name: shop\nships: {alpha: {ip: 127.0.0.1, labels: {role: web, zone: east}}}\nservices: {web: {EXAMPLE}}\n",
        beside: &[("image", "nginx")],
    },
    Section {
        heading: "`preferences`",
        about: "Keys of each item.",
        keys: keys::PREFERENCE,
        file: "name: shop\nships: {alpha: {ip: 127.0.0.1, labels: {zone: east}}}\nservices: {web: {image: nginx, ships: all, preferences: [{EXAMPLE}]}}\n",
        beside: &[],
    },
    Section {
        heading: "`update`",
        about: "Of a service: how `apply`, and `restart` with names or filters, replace its instances. `restart` without names, or with `--all-at-once`, stops all instances first. `start-first` needs room for two containers of an instance: no published port, no address or host name of its own, and a network on which it has names.",
        keys: keys::UPDATE,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {}}, update: {EXAMPLE}}}\n",
        beside: &[],
    },
    Section {
        heading: "`build`",
        about: "Of a service: how its image is built, with Compose's words. `maestro build` builds it; `apply` does where its files or these keys have changed; `start`, `restart` and `run` do where it is not there. Without `image` its name is that of the environment and the service.",
        keys: keys::BUILD,
        file: "name: shop\nsecrets: {token: {content: x}}\nservices: {web: {instances: {web-1: {}}, build: {EXAMPLE}}}\n",
        beside: &[],
    },
    Section {
        heading: "An item of `secrets` of `build`",
        about: "Where it is not a name alone.",
        keys: keys::BUILD_SECRET,
        file: "name: shop\nsecrets: {token: {content: x}}\nservices: {web: {instances: {web-1: {}}, build: {secrets: [{EXAMPLE}]}}}\n",
        beside: &[("source", "token")],
    },
    Section {
        heading: "`hooks`",
        about: "Of a service: jobs that run again whenever `apply` replaces instances of it. They are ordered like `requires`. `start`, `restart` and `rollback` run only jobs that have never succeeded, and `--ignore-dependencies` leaves hooks out.",
        keys: keys::UPDATE_HOOKS,
        file: "name: shop\nservices: {migrate: {image: app, job: true, instances: {migrate-1: {}}}, web: {image: nginx, instances: {web-1: {}}, hooks: {EXAMPLE}}}\n",
        beside: &[],
    },
    Section {
        heading: "Instances",
        about: "Keys of each instance under `instances`, and of a service, as defaults of all its instances.",
        keys: keys::INSTANCE,
        file: AN_INSTANCE,
        beside: &[],
    },
    Section {
        heading: "A network of an instance",
        about: "Keys below the name of a network in `networks` of an instance or a service. A service's networks and those of its instance are merged by their names.",
        keys: keys::NETWORK_USE,
        file: "__maestro: {schema: 3}\nname: shop\nnetworks: {front: {ipam: {config: [{subnet: 172.28.0.0/16}, {subnet: '2001:db8::/64'}]}}}\nservices: {web: {image: nginx, networks: {front: {EXAMPLE}}, instances: {web-1: {}}}}\n",
        beside: &[],
    },
    Section {
        heading: "A port as a mapping",
        about: "A port, under `ports` of an instance or a service, is a number (`8080`), a pair `\"container:ship\"`, a range (`\"8000-8005\"`), one free port of a range of the ship (`\"80:8000-8005\"`), each with `/udp` if it is UDP, or a mapping of:",
        keys: keys::PORT,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {ports: {http: {EXAMPLE}}}}}}\n",
        beside: &[("exposed", "8080"), ("external", "80")],
    },
    Section {
        heading: "A volume as a mapping",
        about: "Under `volumes` of an instance or a service; with `__maestro: {schema: 2}` a volume is `ship: container`, or the ship's path and a mapping of:",
        keys: keys::VOLUME,
        file: "__maestro: {schema: 2}\nname: shop\nservices: {web: {image: nginx, instances: {web-1: {volumes: {/srv: {EXAMPLE}}}}}}\n",
        beside: &[("target", "/data")],
    },
    Section {
        heading: "`limits`",
        about: "Of an instance or a service.",
        keys: keys::LIMITS,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {limits: {EXAMPLE}}}}}\n",
        beside: &[("memory", "256m")],
    },
    Section {
        heading: "`logging`",
        about: "Of an instance or a service.",
        keys: keys::LOGGING,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {logging: {EXAMPLE}}}}}\n",
        beside: &[],
    },
    Section {
        heading: "`healthcheck`",
        about: "Of an instance or a service. What it does not say is the image's.",
        keys: keys::HEALTHCHECK,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {healthcheck: {EXAMPLE}}}}}\n",
        beside: &[],
    },
    Section {
        heading: "A config or a secret",
        about: "Under `configs` and `secrets`; it has one of these. The file that a container gets is made before its first start, and another content replaces the container.",
        keys: keys::FILE,
        file: "name: shop\nconfigs: {app: {EXAMPLE}}\n",
        beside: &[],
    },
    Section {
        heading: "An item of `configs` or `secrets` as a mapping",
        about: "Of an instance or a service.",
        keys: keys::FILE_USE,
        file: "name: shop\nconfigs: {app: {content: debug}}\nservices: {web: {image: nginx, configs: [{EXAMPLE}], instances: {web-1: {}}}}\n",
        beside: &[("source", "app")],
    },
    Section {
        heading: "`blkio_config`",
        about: "Of an instance or a service.",
        keys: keys::BLKIO,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {blkio_config: {EXAMPLE}}}}}\n",
        beside: &[],
    },
    Section {
        heading: "A device of `weight_device`",
        about: "",
        keys: keys::BLKIO_WEIGHT,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {blkio_config: {weight_device: [{EXAMPLE}]}}}}}\n",
        beside: &[("path", "/dev/sda"), ("weight", "200")],
    },
    Section {
        heading: "A device of the other keys of `blkio_config`",
        about: "",
        keys: keys::BLKIO_RATE,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {blkio_config: {device_read_bps: [{EXAMPLE}]}}}}}\n",
        beside: &[("path", "/dev/sda"), ("rate", "12m")],
    },
    Section {
        heading: "An item of `gpus`",
        about: "",
        keys: keys::GPU,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {gpus: [{EXAMPLE}]}}}}\n",
        beside: &[],
    },
    Section {
        heading: "An item of `post_start` or `pre_stop`",
        about: "",
        keys: keys::HOOK,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {post_start: [{EXAMPLE}]}}}}\n",
        beside: &[("command", "/setup.sh")],
    },
    Section {
        heading: "`restart` as a mapping",
        about: "Of an instance or a service.",
        keys: keys::RESTART,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {restart: {EXAMPLE}}}}}\n",
        beside: &[("name", "on-failure")],
    },
    Section {
        heading: "A ulimit as a mapping",
        about: "Under `ulimits` of an instance or a service.",
        keys: keys::ULIMIT,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {ulimits: {nofile: {EXAMPLE}}}}}}\n",
        beside: &[("soft", "1024"), ("hard", "65536")],
    },
    Section {
        heading: "An extra host as a mapping",
        about: "Under `extra_hosts` of an instance or a service.",
        keys: keys::EXTRA_HOST,
        file: "name: shop\nships: {alpha: {ip: 127.0.0.1}}\nservices: {web: {image: nginx, instances: {web-1: {extra_hosts: {peer: {EXAMPLE}}}}}}\n",
        beside: &[],
    },
    Section {
        heading: "`lifecycle`",
        about: "Of an instance or a service: states, each with a list of checks. The checks of the service and the instance are added. All checks of a state run at the same time. The first try is immediate; pauses between tries grow from 2 ms to 1 s, and are at least as long as the previous try. If the container exits, the wait ends.",
        keys: keys::LIFECYCLE,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {ports: {http: 80}, lifecycle: {EXAMPLE}}}}}\n",
        beside: &[],
    },
    Section {
        heading: "A `tcp` check",
        about: "",
        keys: keys::TCP_CHECK,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {ports: {http: 80}, lifecycle: {running: [{EXAMPLE}]}}}}}\n",
        beside: &[("type", "tcp"), ("port", "http")],
    },
    Section {
        heading: "An `http` check",
        about: "",
        keys: keys::HTTP_CHECK,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {ports: {http: 80}, lifecycle: {running: [{EXAMPLE}]}}}}}\n",
        beside: &[("type", "http"), ("port", "http")],
    },
    Section {
        heading: "`requests_options` of an `http` check",
        about: "What MaestroNG passed to Python's `requests`. Paths are relative to the directory of the file.",
        keys: keys::HTTP_OPTIONS,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {ports: {http: 80}, lifecycle: {running: [{type: http, port: http, requests_options: {EXAMPLE}}]}}}}}\n",
        beside: &[],
    },
    Section {
        heading: "An `exec` and a `rexec` check",
        about: "`exec` runs a command on this machine, in the working directory; `rexec` runs it in the container.",
        keys: keys::COMMAND_CHECK,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {ports: {http: 80}, lifecycle: {running: [{EXAMPLE}]}}}}}\n",
        beside: &[("type", "exec"), ("command", "/bin/true")],
    },
    Section {
        heading: "Of an `exec` check alone",
        about: "",
        keys: keys::EXEC_CHECK,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {ports: {http: 80}, lifecycle: {running: [{EXAMPLE}]}}}}}\n",
        beside: &[("type", "exec"), ("command", "/bin/true")],
    },
    Section {
        heading: "A `docker` check",
        about: "Passes when the image's `HEALTHCHECK` reports the container healthy.",
        keys: keys::DOCKER_CHECK,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {ports: {http: 80}, lifecycle: {running: [{EXAMPLE}]}}}}}\n",
        beside: &[("type", "docker")],
    },
    Section {
        heading: "A `sleep` check",
        about: "",
        keys: keys::SLEEP_CHECK,
        file: "name: shop\nservices: {web: {image: nginx, instances: {web-1: {ports: {http: 80}, lifecycle: {running: [{EXAMPLE}]}}}}}\n",
        beside: &[("type", "sleep"), ("wait", "1")],
    },
    Section {
        heading: "A site file",
        about: "Says on which ships the services of a Compose file run: `maestro -f compose.yaml -f site.yaml plan`. The same keys may stand under `x-maestro` of the Compose file, where no template is rendered; a site file takes precedence as a whole.",
        keys: keys::SITE,
        file: "services: {web: {image: nginx, ports: ['80:80'], configs: [app], secrets: [token]}}\nconfigs: {app: {content: a}}\nsecrets: {token: {environment: HOME}}\nx-maestro: {EXAMPLE}\n",
        beside: &[("ships", "{alpha: {ip: 127.0.0.1}}")],
    },
    Section {
        heading: "A service of a site file",
        about: "The keys of a placement are also allowed: `ships`, `replicas`, `per_ship`. Without a number there, `scale` and `deploy` of the Compose file count.",
        keys: keys::SITE_SERVICE,
        file: "services: {web: {image: nginx, build: ., ports: ['80:80']}, migrate: {image: app}}\nx-maestro: {ships: {alpha: {ip: 127.0.0.1}}, services: {migrate: {ship: alpha}, web: {EXAMPLE}}}\n",
        beside: &[],
    },
    Section {
        heading: "`build` of a service of a site file",
        about: "",
        keys: keys::SITE_BUILD,
        file: "services: {web: {build: .}}\nx-maestro: {services: {web: {build: {EXAMPLE}}}}\n",
        beside: &[],
    },
];

#[test]
fn the_reference_is_written_from_the_code() {
    let mut text = String::from(
        "# Reference: every key of the file\n\nLook up a key here: its values, its default, what it does, and an example. Variables, loops and includes stand in [a guide](guide/templates.md).\n\nGenerated from `crates/file/src/document/keys/` by `tests/docs.rs`, which also loads every example. `maestro config` prints the resolved configuration.\n",
    );
    for section in SECTIONS {
        write!(text, "\n## {}\n\n", section.heading).expect("a string");
        if !section.about.is_empty() {
            write!(text, "{}\n\n", section.about).expect("a string");
        }
        text.push_str("| key | value | default | what it does | example |\n|---|---|---|---|---|\n");
        for key in section.keys {
            text.push_str(&row(key));
        }
    }
    assert_written("docs/reference.md", &text);
}

#[test]
fn the_keys_that_a_swarm_does_not_carry_are_written_from_the_code() {
    const BEGIN: &str = "<!-- keys: begin -->\n";
    const END: &str = "<!-- keys: end -->";
    let page = fs::read_to_string("docs/swarm.md").expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("where they begin");
    let (_, after) = rest.split_once(END).expect("where they end");
    let mut table = String::from("| key of a service | instead |\n|---|---|\n");
    for (key, instead) in NOT_ON_A_SWARM {
        writeln!(table, "| `{key}` | {instead} |").expect("a string");
    }
    assert_written("docs/swarm.md", &format!("{before}{BEGIN}{table}{END}{after}"));
}

/// The page is this text; `MAESTRO_UPDATE_DOCS=1` writes it.
#[track_caller]
fn assert_written(page: &str, text: &str) {
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(page, text).expect("the page can be written");
    }
    let written = fs::read_to_string(page).expect("the page");
    assert!(written == text, "{page} is old: MAESTRO_UPDATE_DOCS=1 cargo test --test docs");
}

/// Adds a section for each output: its heading, what it is about, and its keys.
fn add_keys(text: &mut String, sections: &[(&str, &str, &[schema::SchemaKey])]) {
    for (heading, about, keys) in sections {
        write!(text, "\n## {heading}\n\n{about}\n\n| key | value | what it says |\n|---|---|---|\n")
            .expect("a string");
        for schema::SchemaKey { path, kind, about } in *keys {
            writeln!(text, "| `{path}` | {kind} | {about} |").expect("a string");
        }
    }
}

#[test]
fn the_schema_of_plans_is_written_from_the_code() {
    let mut text = String::from(
        "# Plans for programs\n\nRead this page to write a program that reads plans: `--output json` of `plan` and of `--dry-run`.\n\nGenerated from `crates/report/src/schema.rs` by `tests/docs.rs`; a test compares it with real output. `*` stands for names that users choose, `[]` for items of lists.\n",
    );
    let sections = [
        (
            "What `maestro plan --output json` prints",
            "One object. It contains no environment variables and no other secrets. Control characters are `\\u` escapes.",
            schema::PLAN,
        ),
        (
            "What `maestro plan -o FILE` saves",
            "One object, readable by its owner alone (mode 0600), and written atomically. `maestro apply FILE` plans again under the lease, and applies the new plan only if it equals the saved one: the file itself is never executed. Unknown keys and files of more than 64 MiB are refused.",
            schema::SAVED,
        ),
    ];
    add_keys(&mut text, &sections);
    assert_written("docs/plan.md", &text);
}

const PICTURES: [(&str, &str, &[schema::SchemaKey]); 3] = [
    ("What `maestro graph --output json` prints", "One object.", schema::GRAPH),
    (
        "What `maestro timeline --output json` prints",
        "One object; `--timeline FILE.json` writes the same.",
        schema::TIMELINE,
    ),
    ("What `maestro timeline --list --output json` prints", "One object.", schema::RUNS),
];

#[test]
fn the_schemas_of_json_are_written_from_the_code() {
    let mut text = String::from(
        "# JSON for programs\n\nRead this page to write a program that reads what `maestro` prints with `--output json`.\n\nGenerated from `crates/report/src/schema/outputs.rs` by `tests/docs.rs`; tests compare it with real output. `[]` stands for items of lists. A `version` is raised by incompatible changes alone: ignore keys that you do not know. Control characters are `\\u` escapes, and secrets are hidden.\n\n[plan.md](plan.md) has what `plan`, `why`, `clean --dry-run` and `rollback --dry-run` print. `config` prints the resolved file, `dump` the instances in start order, and `deptree` a map from each service to what it requires; their form is that of the file, so they have no version of their own: a list has no place for one, and beside names of services a key for it would be taken for a service.\n",
    );
    let sections = [
        (
            "What `maestro status --output json` prints",
            "One object; with `--watch` one in each line.",
            schema::STATUS,
        ),
        (
            "What `maestro why --output json` adds to a plan",
            "One object: the plan with the steps of these instances, and:",
            schema::WHY,
        ),
        ("What `maestro diff --output json` prints", "One object.", schema::DIFF),
        ("What `maestro history --output json` prints", "One object.", schema::HISTORY),
        (
            "What commands that change something print",
            "With `--output json`, one object in each line.",
            schema::EVENTS,
        ),
        ("What `maestro logs --output json` prints", "One object in each line.", schema::LOGS),
        (
            "What `maestro exec --output json` prints",
            "Lines as those of `logs`, without a time, and when the command has ended in an instance:",
            schema::EXEC,
        ),
        ("What `maestro stats --output json` prints", "One object.", schema::STATS),
        ("What `maestro top --output json` prints", "One object.", schema::TOP),
        ("What `maestro links --output json` prints", "One object.", schema::LINKS),
        ("What `maestro build --output json` prints", "One object.", schema::BUILDS),
        ("What `maestro images --output json` prints", "One object.", schema::IMAGES),
        ("What `maestro ship ls --output json` prints", "One object.", schema::SHIPS),
        ("What `maestro outdated --output json` prints", "One object.", schema::OUTDATED),
        ("What `maestro push --output json` prints", "One object.", schema::PUSH),
        ("What `maestro inspect --output json` prints", "One object.", schema::INSPECT),
        ("What `maestro events --output json` prints", "One object in each line.", schema::HAPPENINGS),
        (
            "What `maestro wait --output json` prints",
            "One object in each line, an instance each.",
            schema::WAIT,
        ),
        ("What `maestro kill --signal HUP --output json` prints", "One object.", schema::SIGNALS),
        ("What `maestro watch --output json` prints", "One object in each line.", schema::WATCH),
        ("What `maestro volume ls --output json` prints", "One object.", schema::VOLUMES),
        (
            "What `maestro port-forward --output json` prints",
            "One object in each line, a port each.",
            schema::PORTS,
        ),
        (
            "What `maestro volume backup`, `volume restore`, `volume rm` and `cp` print with `--output json`",
            "One object, or one in each line, with the keys that apply.",
            schema::COPIES,
        ),
    ];
    add_keys(&mut text, &sections);
    add_keys(&mut text, &PICTURES);
    assert_written("docs/json.md", &text);
}

fn row(key: &Key) -> String {
    let support = match key.support {
        Support::Carried => "",
        Support::Never { .. } => " *Not supported: an error that says what to do instead.*",
        Support::Obsolete => " *Obsolete: a warning.*",
    };
    let Key { name, value, default, about, example, .. } = key;
    format!(
        "| `{name}` | {value} | {default} | {about}{support} | `{name}: {}` |\n",
        example.replace('|', "\\|")
    )
}

/// Whether two keys are one, or one the older name of the other.
fn same(a: &str, b: &str) -> bool {
    a == b || (a == "command" && b == "cmd")
}

#[test]
fn every_example_in_the_reference_loads() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("web.env"), "LOG_LEVEL=info\n").expect("an env file");
    fs::write(directory.path().join("more.yaml"), "services: {web: {image: nginx, replicas: 1}}\n")
        .expect("a file");
    for (own, example) in
        [("ca.pem", "ca.pem"), ("localhost.pem", "client.pem"), ("localhost-key.pem", "client-key.pem")]
    {
        fs::copy(Path::new("tests/support/tls").join(own), directory.path().join(example)).expect("a copy");
    }
    let file_of = |section: &Section| {
        let name = if section.file.contains("x-maestro") { "compose.yaml" } else { "maestro.yaml" };
        directory.path().join(name)
    };
    for section in SECTIONS {
        for key in section.keys.iter().filter(|key| !matches!(key.support, Support::Never { .. })) {
            let mut example = format!("{}: {}", key.name, key.example);
            for (name, value) in section.beside.iter().filter(|(name, _)| !same(name, key.name)) {
                write!(example, ", {name}: {value}").expect("a string");
            }
            if key.name == "managers" {
                example.push_str(", swarm: true");
            }
            let path = file_of(section);
            fs::write(&path, section.file.replace("EXAMPLE", &example)).expect("a file");
            let output = maestro().arg("-f").arg(&path).arg("config").output().expect("maestro");
            let stderr = String::from_utf8_lossy(&output.stderr);
            // Alone, the address of a ship is plain TCP, and a certificate is not used: both are warned of.
            let alone = ["plain-tcp", "does not ask for TLS"].iter().any(|code| stderr.contains(code));
            let silent = stderr.is_empty() || key.support == Support::Obsolete || alone;
            assert!(output.status.success() && silent, "{}: {example}\n{stderr}", section.heading);
        }
    }
}

#[test]
fn the_files_in_the_readme_are_the_examples_and_load() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    let mut paths = Vec::new();
    for marked in readme.split("<!-- runs: ").skip(1) {
        let (path, rest) = marked.split_once(" -->\n```yaml\n").expect("a YAML block");
        let (block, _) = rest.split_once("```").expect("an end of the block");
        assert_eq!(block, fs::read_to_string(path).expect("the example"), "{path}");
        paths.push(path);
    }
    assert_eq!(
        paths,
        ["examples/compose/compose.yaml", "examples/compose/site.yaml", "examples/shop/maestro.yaml"]
    );
    let together = maestro().args(["-f", paths[0], "-f", paths[1], "config"]).output().expect("maestro");
    let stderr = String::from_utf8_lossy(&together.stderr);
    assert!(together.status.success() && stderr.is_empty(), "{stderr}");
    assert_loads(Path::new(paths[0]));
    assert_loads(Path::new(paths[2]));
}

#[test]
fn every_example_loads_without_a_word() {
    for path in [
        "examples/shop/maestro.yaml",
        "examples/tutorial/maestro.yaml",
        "examples/zookeeper-kafka/maestro.yaml",
    ] {
        assert_loads(Path::new(path));
    }
}

/// The figures in the README are those that `./bench` has written.
#[test]
fn the_figures_in_the_readme_are_of_the_last_benchmark() {
    const BEGIN: &str = "<!-- of benches/RESULTS.md -->\n";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let results = fs::read_to_string(root.join("benches/RESULTS.md")).unwrap();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("a table of the benchmark");
    let (table, after) = rest.split_once("\n\n").expect("something after the table");
    let cells = |row: &str| -> Vec<String> {
        let cells = row.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('|').trim());
        cells.map(|cell| cell.split(" (").next().unwrap_or(cell).to_owned()).collect()
    };
    let times = results.split("## ").find(|part| part.starts_with("Time")).expect("the times");
    let renewed: Vec<String> = table
        .lines()
        .map(|line| {
            let title = cells(line)[0].clone();
            let of_results = times.lines().find(|row| !title.is_empty() && cells(row)[0] == title);
            of_results.map_or_else(|| line.to_owned(), |row| format!("| {} |", cells(row)[..5].join(" | ")))
        })
        .collect();
    let renewed = format!("{before}{BEGIN}{}\n\n{after}", renewed.join("\n"));
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(root.join("README.md"), &renewed).expect("README.md can be written");
    }
    let written = fs::read_to_string(root.join("README.md")).expect("README.md");
    assert!(renewed == written, "README.md is old: MAESTRO_UPDATE_DOCS=1 cargo test --test docs");
}

/// The README's table and the program's help list the same commands.
#[test]
fn the_readme_lists_every_command() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `maestro ")?.split(" |").next());
    let mut listed: Vec<&str> =
        rows.flat_map(|cell| cell.split("`, `")).map(|word| word.trim_matches('`')).collect();
    let help = maestro().arg("--help").output().expect("maestro");
    let help = String::from_utf8(help.stdout).expect("text");
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    // A line that goes on with the one before is indented further.
    let names = lines.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
    let mut known: Vec<&str> = names.filter_map(|line| line.split(' ').next()).collect();
    known.retain(|name| *name != "help");
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}

fn maestro() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maestro"));
    command.env_remove("NODE_DATA").env_remove("DB_PASSWORD");
    command
}

fn assert_loads(path: &Path) {
    let output = maestro().arg("-f").arg(path).arg("config").output().expect("maestro");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{}: {stderr}", path.display());
}

/// Files and folders of the code that the guides for contributors name are where they say.
#[test]
fn paths_in_documents_exist() {
    let mut documents = vec![PathBuf::from("CONTRIBUTING.md")];
    documents.extend(fs::read_dir("docs/architecture").expect("a folder").flatten().map(|file| file.path()));
    let mut named = 0;
    for document in documents {
        let text = fs::read_to_string(&document).expect("a document");
        for path in text.split('`').skip(1).step_by(2) {
            let folder = path.split('/').next().unwrap_or_default();
            let is_path = ["src", "crates", "tests", "scripts", "benches", "simulation", "fuzz"]
                .contains(&folder)
                && !path.contains(['<', ' '])
                && !path.contains("TARGET")
                && path.contains('/');
            if is_path {
                named += 1;
                assert!(Path::new(path).exists(), "{} names {path}, which is not there", document.display());
            }
        }
    }
    assert!(named > 40, "only {named} paths are found");
}

/// The table of faults names tests that exist: a path in backquotes, and behind it the names of its tests.
#[test]
fn each_fault_has_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/reliability.md")).unwrap();
    let rows = page.lines().skip_while(|line| !line.starts_with("| fault |")).skip(2);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 25, "the table is found: {rows:?}");
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let mut text = String::new();
        let mut named = 0;
        for word in tests.split('`').skip(1).step_by(2) {
            if word.strip_suffix(".rs").is_some() {
                text = fs::read_to_string(root.join(word))
                    .unwrap_or_else(|error| panic!("{word}: {error}: {row}"));
            } else {
                let is_test = text.contains(&format!("fn {word}() {{"));
                assert!(is_test, "{word} is no test of the file before it: {row}");
                named += 1;
            }
        }
        assert!(named > 0, "no test: {row}");
    }
}
