//! Every difference between what `MaestroNG` asks of an engine and what this program asks, for the same file.

use std::fmt::Write as _;

use regex::Regex;

/// One difference. `*` in a pattern stands for any text, `–` alone for a field that is not said.
pub(crate) struct Difference {
    /// Field of the create request, or `stop`, `network`, `pull`.
    pub(crate) field: &'static str,
    /// What `MaestroNG` sends.
    pub(crate) theirs: &'static str,
    /// What this program sends.
    pub(crate) ours: &'static str,
    /// Files in which it occurs; none means any.
    pub(crate) files: &'static [&'static str],
    /// Why.
    pub(crate) why: &'static str,
}

pub(crate) const fn differs(
    field: &'static str,
    (theirs, ours): (&'static str, &'static str),
    why: &'static str,
) -> Difference {
    Difference { field, theirs, ours, files: &[], why }
}

/// The first that fits counts.
pub(crate) const DIFFERENCES: &[Difference] = &[
    differs(
        "Labels.maestro.*",
        ("–", "*"),
        "The mark by which a container is known as this environment's: MaestroNG took any container of that name for its own.",
    ),
    Difference {
        field: "*",
        theirs: "–",
        ours: "*",
        files: &["service_defaults"],
        why: "Every key of an instance is allowed on its service as a default of its instances; MaestroNG ignored most of them there.",
    },
    differs(
        "StopTimeout",
        ("–", "*"),
        "`docker stop` by hand waits as long as `stop_timeout` says, too; MaestroNG told it to its own stops alone.",
    ),
    differs(
        "network.*",
        ("–", "yes"),
        "The containers of an environment on a ship share one network, on which links stay valid.",
    ),
    differs(
        "HostConfig.NetworkMode",
        ("–", "maestro-*"),
        "The same network: the engine's own default network is Docker's old one, whose links break when their target is recreated. `net: bridge` selects the old one.",
    ),
    differs(
        "HostConfig.NetworkMode",
        ("default", "maestro-*"),
        "The same, where MaestroNG spoke an API older than 1.19.",
    ),
    differs(
        "HostConfig.Links",
        ("[*]", "–"),
        "On that network a link is set at the consumer's endpoint (next line).",
    ),
    differs(
        "NetworkingConfig.EndpointsConfig.maestro-*.Links",
        ("–", "[*]"),
        "The same link. Its target may be recreated or started later.",
    ),
    differs(
        "NetworkingConfig.EndpointsConfig.maestro-*.Aliases",
        ("–", "[*]"),
        "Its own name, under which it is found without a gap while a successor takes over.",
    ),
    Difference {
        field: "Env.SERVER_*",
        theirs: "–",
        ours: "\"*\"",
        files: &["tutorial"],
        why: "`requires` on an instance applies, so the variables of the required service are set; MaestroNG silently dropped it.",
    },
    differs(
        "Env.*_NAME",
        ("–", "\"/*/*\""),
        "What Docker's legacy link set in the container: `/consumer/alias`. Every other variable overrides it.",
    ),
    differs(
        "Env.*_PORT",
        ("–", "\"tcp://*\""),
        "Likewise, with the alias instead of an address that changes.",
    ),
    differs(
        "Env.*_PORT_*",
        ("–", "\"*\""),
        "Likewise, for each port of the target. Its own environment, which may hold secrets, is no longer copied.",
    ),
    differs("HostConfig.RestartPolicy.Name", ("no", "–"), "The engine's default."),
    differs(
        "Labels.*=*",
        ("*", "–"),
        "A label `a=b` in a list has the name `a` and the value `b`, as for `docker run --label` (next line); MaestroNG made `a=b` its name.",
    ),
    Difference {
        field: "Labels.a.b",
        theirs: "–",
        ours: "c",
        files: &["host"],
        why: "The label `a.b=c` of a list.",
    },
    differs(
        "HostConfig.CapAdd",
        ("NET_RAW", "[NET_RAW]"),
        "A single text is a list of one, to an engine too.",
    ),
    differs(
        "Env.WHEN",
        ("\"2020-01-01 10:00:00+00:00\"", "\"2020-01-01T10:00:00Z\""),
        "A time is passed as it is written, not as Python prints it.",
    ),
    differs(
        "CpuShares",
        ("*", "–"),
        "`limits.cpu` has another place in today's API (next line); the old one is gone from it.",
    ),
    differs("HostConfig.CpuShares", ("–", "*"), "The same number."),
    differs(
        "HostConfig.LxcConf.*",
        ("*", "–"),
        "Engines have no LXC any more and drop it; a warning says so.",
    ),
    differs(
        "Volumes.*",
        ("{}", "–"),
        "A path that a directory of the ship is mounted at needs no volume of its own: the mount takes its place. Paths of `container_volumes` are said by both.",
    ),
    Difference {
        field: "ExposedPorts.*-*",
        theirs: "{}",
        ours: "–",
        files: &["port_ranges"],
        why: "An engine takes no range here, only ports one by one: what MaestroNG sent was refused.",
    },
    Difference {
        field: "HostConfig.PortBindings.*-*",
        theirs: "*",
        ours: "–",
        files: &["port_ranges"],
        why: "Likewise.",
    },
    Difference {
        field: "ExposedPorts.*",
        theirs: "–",
        ours: "{}",
        files: &["port_ranges"],
        why: "Each port of the range.",
    },
    Difference {
        field: "HostConfig.PortBindings.*",
        theirs: "–",
        ours: "*",
        files: &["port_ranges"],
        why: "Each port of the range, on the same address.",
    },
];

/// Files that `MaestroNG` cannot run: name, what it says, why they run here.
pub(crate) const ONLY_OURS: &[(&str, &str, &str)] = &[
    (
        "bare_name_in_env_file",
        "Invalid line in environment file",
        "A bare name in an env file is passed as one, to Docker as here.",
    ),
    (
        "blank_line_in_env_file",
        "Invalid line in environment file",
        "A blank line in an env file is ignored, as by Docker.",
    ),
    ("do_statement", "Encountered unknown tag 'do'", "`{% do … %}` evaluates and writes nothing."),
    (
        "merge_keys",
        "could not determine a constructor for the tag 'tag:yaml.org,2002:merge'",
        "Merge keys (`<<: *anchor`) merge.",
    ),
    (
        "names_that_are_numbers",
        "expected string or bytes-like object",
        "A name that YAML takes for a number is a name, as Python prints it: `3.10` is `3.1`.",
    ),
    ("null_sections", "must be a mapping, not NoneType", "An empty section is valid."),
    (
        "numbers_in_a_list",
        "expected str instance, int found",
        "A list in `env` may hold numbers, as MaestroNG's own documentation shows.",
    ),
    ("python_2", "has no attribute 'iteritems'", "Templates for Python 2 still load."),
    (
        "requires_as_text",
        "Service dependency d defined on app does not exist",
        "One name needs no list; MaestroNG read it letter by letter.",
    ),
    (
        "retries_as_documented",
        "Invalid restart policy format",
        "`maximum_retry_count` is what MaestroNG's documentation called `retries`.",
    ),
    ("swap_without_end", "Unknown unit suffix", "`-1` is no limit, in quotes or not."),
    ("texts_for_lists", "expected list but found", "One value needs no list."),
];

impl Difference {
    /// Whether this is it.
    pub(crate) fn is(&self, file: &str, field: &str, theirs: &str, ours: &str) -> bool {
        (self.files.is_empty() || self.files.contains(&file))
            && [(self.field, field), (self.theirs, theirs), (self.ours, ours)]
                .iter()
                .all(|(pattern, text)| matches(pattern, text))
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let any = regex::escape(pattern).replace(r"\*", ".*");
    // What is not said is said so in the table, not by a `*`.
    (text == "–") == (pattern == "–") && Regex::new(&format!("(?s)^{any}$")).unwrap().is_match(text)
}

const INTRODUCTION: &str = "\
Your file and your commands work unchanged. After the switch from MaestroNG you will notice this:\n\n\
- Maestro leaves MaestroNG's containers alone until `maestro apply --adopt`, which recreates each of them once: a label then marks it as this environment's.\n\
- The containers of an environment on a ship share a network, on which links stay valid when their target is recreated. `net: bridge` selects the engine's default network, as before.\n\
- The variables of a link name its alias instead of an address. The variables of its target, which may hold secrets, are no longer copied.\n\
- Keys of an instance are defaults on its service, and `requires` works on an instance. MaestroNG ignored both, so look for such keys in your file.\n\
- `docker stop` by hand waits as long as `stop_timeout` says.\n\
- Files that MaestroNG refused run: merge keys, empty sections, one value in place of a list.\n\n\
Every other request to an engine is the same. [From MaestroNG to Maestro](from-maestro-ng.md) leads through the switch; the tables below list each difference.\n\n";

/// The page that shows them.
pub(crate) fn table() -> String {
    let mut text = String::from("# Where Maestro and MaestroNG differ\n\n");
    text.push_str(INTRODUCTION);
    text.push_str(
        "## How the tables are made\n\n\
         Generated from `tests/differential/differences.rs` by `tests/differential/`. The test runs the published \
         MaestroNG 0.8.3 and Maestro with the same files on an engine that records requests, and compares the requests \
         field by field. The test fails for a difference that is not in this table, and for one in the table that does \
         not occur.\n\n\
         ## Requests to engines\n\n\
         `*` stands for any text, `–` for nothing. Defaults of engines (`null`, `false`, `0`, an empty list) count as \
         nothing, and unordered lists are compared as sets. If a file is named, the difference occurs only in that file \
         of `tests/differential/files/`.\n\n\
         | field | MaestroNG | Maestro | why |\n|---|---|---|---|\n",
    );
    for Difference { field, theirs, ours, files, why } in DIFFERENCES {
        let only = files.first().map_or_else(String::new, |file| format!(", in `{file}`"));
        writeln!(text, "| `{field}`{only} | {} | {} | {why} |", cell(theirs), cell(ours)).unwrap();
    }
    text.push_str(
        "\n## Files that only Maestro runs\n\n\
         The files are in `tests/differential/only_ours/`.\n\n\
         | file | MaestroNG says | Maestro |\n|---|---|---|\n",
    );
    for (file, words, why) in ONLY_OURS {
        writeln!(text, "| `{file}` | `{words}` | {why} |").unwrap();
    }
    text
}

fn cell(pattern: &str) -> String {
    if pattern == "–" { pattern.to_owned() } else { format!("`{pattern}`") }
}
