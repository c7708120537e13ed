//! What fuzzing begins with: the files of the tests, examples and documents as they are, and a few answers of engines.

use std::{
    fs,
    path::{Path, PathBuf},
};

use maestro_report::json;

use crate::{compose, engine::BETWEEN, saved};

type Seeds = Vec<(String, Vec<u8>)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files with that ending below a folder.
fn below(folder: &str, end: &str) -> Seeds {
    let mut folders = vec![root().join(folder)];
    let mut seeds = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the repository").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == end)
                && let Ok(bytes) = fs::read(&path)
            {
                let name = path.file_name().expect("a file").to_string_lossy().into_owned();
                seeds.push((format!("{}-{name}", seeds.len()), bytes));
            }
        }
    }
    seeds
}

/// Blocks of YAML in the documents.
fn blocks() -> Seeds {
    let mut seeds = Seeds::new();
    for (_, bytes) in below("docs", "md") {
        let text = String::from_utf8(bytes).expect("documents are text");
        for block in text.split("```yaml\n").skip(1) {
            let block = block.split("\n```").next().unwrap_or_default();
            seeds.push((format!("docs-{}", seeds.len()), block.as_bytes().to_vec()));
        }
    }
    seeds
}

pub fn files() -> Seeds {
    let folders = ["tests/diagnostics", "tests/differential", "examples"];
    folders.into_iter().flat_map(|folder| renamed(folder, below(folder, "yaml"))).chain(blocks()).collect()
}

fn renamed(folder: &str, seeds: Seeds) -> Seeds {
    let folder = folder.replace('/', "-");
    seeds.into_iter().map(|(name, bytes)| (format!("{folder}-{name}"), bytes)).collect()
}

pub fn templates() -> Seeds {
    let has_template =
        |bytes: &[u8]| bytes.windows(2).any(|two| two == b"{{" || two == b"{%" || two == b"{#");
    files().into_iter().filter(|(_, bytes)| has_template(bytes)).collect()
}

fn numbered<const N: usize>(texts: [&str; N]) -> Seeds {
    texts.iter().enumerate().map(|(at, text)| (format!("seed-{at}"), text.as_bytes().to_vec())).collect()
}

/// The folders of the projects that the tests of Compose files read.
fn project_folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("crates/file/tests/compose")).expect("a folder of the repository");
    let mut folders: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Two files as one input.
fn both(first: &[u8], second: &[u8]) -> Vec<u8> {
    [first, second].join(&compose::BETWEEN)
}

/// Compose files, those with a site file beside them too.
pub fn projects() -> Seeds {
    let of_tests = renamed("projects", below("crates/file/tests/compose", "yaml"));
    let sites = renamed("mistakes", below("tests/diagnostics/compose", "yaml"));
    let placed = both(
        b"services:\n  web: {image: nginx, ports: ['80:80'], depends_on: [db]}\n  db: {image: postgres, ports: ['5432:5432']}\n",
        b"ships:\n  a: {ip: 10.0.0.1, labels: {role: web}}\n  b: {ip: 10.0.0.2}\nservices:\n  web: {ships: all}\n  db: {ship: b}\n",
    );
    of_tests.into_iter().chain(sites).chain(blocks()).chain([("placed".to_owned(), placed)]).collect()
}

/// Files of one project, each merged over the one before.
pub fn merged() -> Seeds {
    let mut seeds = Seeds::new();
    for folder in project_folders() {
        let mut files: Vec<PathBuf> = fs::read_dir(&folder)
            .expect("a folder of the repository")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "yaml" || end == "yml"))
            .collect();
        files.sort();
        let texts: Vec<Vec<u8>> = files.iter().filter_map(|file| fs::read(file).ok()).collect();
        for pair in texts.windows(2) {
            seeds.push((format!("pair-{}", seeds.len()), both(&pair[0], &pair[1])));
        }
        seeds.extend(texts.first().map(|text| (format!("alone-{}", seeds.len()), text.clone())));
    }
    seeds
}

/// Texts with variables, each with a `.env`.
pub fn interpolations() -> Seeds {
    let texts = [
        "$TAG ${TAG} ${TAG:-a} ${NONE:-b} ${EMPTY-c} ${N+d} ${N:+e} $$TAG",
        "${NONE:?say ${TAG}} ${EMPTY?no}",
        "${NONE:-${OTHER:-${THIRD:-x}}} ${A.B} ${",
        "plain $ 5$ $1 $- {} }",
        "${OWN} ${RAW} ${LONG}",
    ];
    let env_files = [
        "OWN=1\nRAW='$TAG'\nLONG=\"a\nb ${OWN}\"\n",
        "# a comment\nexport OWN = x # no\nRAW=\"\\n\\$\"\n",
        "",
    ];
    let pair = |(text, env_file): (&str, &str)| both(text.as_bytes(), env_file.as_bytes());
    let pairs = texts.into_iter().flat_map(|text| env_files.map(|env_file| (text, env_file)));
    pairs.map(pair).enumerate().map(|(at, bytes)| (format!("seed-{at}"), bytes)).collect()
}

pub fn ports() -> Seeds {
    numbered([
        "80\n80:8080\n80 8080\n127.0.0.1 80\n\"53/udp:53/udp\"\n1 2\n",
        "8000-8005\n8000-8005:9000-9005\n53/udp 53/udp\n::1 8000-8001\n22:22\n",
        "80:8000-8010\n10.0.0.1:80:80\n8000-8005/tcp 1-6\n0.0.0.0 80\n{exposed: 80, external: 1}\n",
    ])
}

pub fn sizes() -> Seeds {
    numbered([
        "1m30s\n500ms\n1g\n-1\n0.5\n2\n10s\n1\n1024\n3\n90\n3\n2\n",
        "10\n0\n512m\n1g\n512\n50%\n1h\n50%\n65536\n10\n10s\n0\n1.5\n",
        "1h1ms\n7d\n1.5GiB\n2t\n2.0\n1\n0\n0\n[3, 10]\n0\n60\n9\n0s\n",
    ])
}

pub fn envfiles() -> Seeds {
    let mut seeds = below("tests", "env");
    seeds.extend(numbered(["A=1\r\nB\n# c\n\n C = d = e\n", "\u{feff}A=\u{e9}\nA=2\n=x\nA B=1\n"]));
    seeds
}

/// An input that calls and sends answers like that.
fn answers(call: u8, manner: u8, bodies: &[&str]) -> Vec<u8> {
    let bodies: Vec<&[u8]> = bodies.iter().map(|body| body.as_bytes()).collect();
    let mut seed = vec![call, manner];
    seed.extend(bodies.join(BETWEEN));
    seed
}

const CONTAINERS: &str = r#"[{"Id":"c1","Names":["/web-1"],"Image":"app","ImageID":"sha256:1","State":"running","Status":"Up 2 hours (healthy)","Labels":{"maestro.environment":"world","maestro.service":"web","maestro.instance":"web-1","maestro.config":"0"},"Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}],"HostConfig":{"NetworkMode":"maestro-world"}},{"Id":"c2","Names":["/db-1"],"Image":"x","State":"exited","Status":"Exited (1)","Labels":null,"Ports":[]},{"Id":"c3","Names":["/old-1"],"State":"running","Labels":{"maestro.environment":"world","maestro.service":"old","maestro.instance":"old-1"}}]"#;
const IMAGES: &str = r#"[{"Id":"sha256:1","RepoTags":["app:latest"],"RepoDigests":["app@sha256:2"]}]"#;
const NETWORKS: &str = r#"[{"Name":"maestro-world","Id":"n1","Labels":{"maestro.environment":"world"}}]"#;
const INFO: &str = r#"{"ID":"ABCD","SystemTime":"2026-11-22T21:00:00.123456789Z","Name":"box","DockerRootDir":"/var/lib/docker","RegistryConfig":{"Mirrors":[]}}"#;
const VOLUMES: &str = r#"{"Volumes":[{"Name":"maestro-generation-world-1","CreatedAt":"2026-11-22T22:00:00+01:00","Labels":{"maestro.environment":"world","maestro.generation":"1"}}],"Warnings":null}"#;
const CONTAINER: &str = r#"{"Id":"c1","Name":"/web-1","Image":"sha256:1","State":{"Status":"running","ExitCode":0,"Error":"","StartedAt":"2026-11-22T21:00:00Z","Health":{"Status":"unhealthy","Log":[{"ExitCode":1,"Output":"no\n"}]}},"Config":{"Hostname":"web-1","User":"","Env":["A=b"],"Cmd":["x"],"Image":"app","Labels":{"maestro.environment":"world","maestro.instance":"web-1"},"Tty":false,"ExposedPorts":{"80/tcp":{}},"Volumes":{"/data":{}}},"HostConfig":{"Binds":["/a:/b:ro"],"NetworkMode":"maestro-world","PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]},"RestartPolicy":{"Name":"always","MaximumRetryCount":0},"Memory":536870912,"CpuShares":512,"Ulimits":[{"Name":"nofile","Soft":1,"Hard":2}],"CapAdd":["NET_ADMIN"],"Dns":["10.0.0.53"],"ExtraHosts":["db:10.0.0.1"],"LogConfig":{"Type":"json-file","Config":{}},"Privileged":false},"Mounts":[{"Type":"bind","Source":"/a","Destination":"/b","Mode":"ro","RW":false}],"NetworkSettings":{"Networks":{"maestro-world":{"Aliases":["web-1"],"Links":["db-1:db"],"IPAddress":"172.18.0.2","NetworkID":"n1"}}}}"#;
const IMAGE: &str = r#"{"Id":"sha256:1","Config":{"Env":["PATH=/bin"],"Cmd":["x"],"Entrypoint":null,"Labels":{"a":"b"},"Volumes":{"/data":{}},"ExposedPorts":{"80/tcp":{}},"WorkingDir":"/","User":"","StopSignal":"SIGTERM"}}"#;

pub fn lists() -> Seeds {
    let all = [CONTAINERS, IMAGES, NETWORKS, INFO, VOLUMES, CONTAINER, IMAGE];
    [0, 2, 6].map(|manner| (format!("seed-{manner}"), answers(0, manner, &all))).into()
}

pub fn inspects() -> Seeds {
    let bodies = [CONTAINER, CONTAINER, IMAGE, INFO, INFO, VOLUMES, VOLUMES, INFO, CONTAINERS];
    let mut seeds = Seeds::new();
    for (call, body) in (0..).zip(bodies) {
        seeds.push((format!("seed-{call}"), answers(call, 0, &[body])));
    }
    let refused = r#"{"message":"No such container: web-1"}"#;
    seeds.push(("refused".to_owned(), answers(0, 0x50, &[refused])));
    let raw = format!(
        "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: {}\r\n\r\n{CONTAINER}",
        CONTAINER.len()
    );
    seeds.push(("raw".to_owned(), answers(0, 1, &[&raw])));
    seeds.push(("version".to_owned(), answers(0x80, 1, &["HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n\r\nOK"])));
    seeds
}

pub fn changes() -> Seeds {
    let network = r#"{"Name":"n","Id":"n1","Labels":{},"IPAM":{"Config":[{"Subnet":"172.18.0.0/16","Gateway":"172.18.0.1"}]},"Containers":{}}"#;
    let made = r#"{"Id":"c1","Warnings":[]}"#;
    let bodies: [&[&str]; 14] = [
        &[made],
        &[""],
        &[""],
        &[""],
        &[""],
        &["", CONTAINER],
        &[made],
        &[made, network, "", made],
        &[""],
        &[CONTAINER, "", "", CONTAINER],
        &[r#"{"Name":"v","Labels":{"a":"b"}}"#],
        &[""],
        &[r#"{"StatusCode":137,"Error":null}"#],
        &[made, "\u{1}\0\0\0\0\0\0\u{3}ok\n", r#"{"Running":false,"ExitCode":4}"#],
    ];
    let seed = |(call, bodies): (u8, &&[&str])| (format!("seed-{call}"), answers(call, 0, bodies));
    let mut seeds: Seeds = (0..).zip(&bodies).map(seed).collect();
    for (number, words) in
        (0..).zip(["Container 1 is not running", "name is already in use", "port is already allocated"])
    {
        seeds.push((
            format!("refused-{number}"),
            answers(number, 0x60, &[&format!("{{\"message\":\"{words}\"}}")]),
        ));
    }
    seeds
}

pub fn pulls() -> Seeds {
    let stream = "{\"status\":\"Pulling from app\",\"id\":\"1\"}\r\n{\"status\":\"Pulling fs layer\",\"progressDetail\":{},\"id\":\"a\"}\r\n{\"status\":\"Downloading\",\"progressDetail\":{\"current\":500,\"total\":1000},\"id\":\"a\"}\r\n{\"status\":\"Download complete\",\"id\":\"a\"}\r\n{\"status\":\"Extracting\",\"progressDetail\":{\"current\":3,\"total\":10},\"id\":\"a\"}\r\n{\"status\":\"Pull complete\",\"id\":\"a\"}\r\n{\"status\":\"Digest: sha256:00\"}\r\n{\"status\":\"Status: Downloaded newer image for app:1\"}\r\n";
    let failed = "{\"errorDetail\":{\"message\":\"manifest for app:1 not found\"},\"error\":\"manifest for app:1 not found\"}\r\n";
    let denied = r#"{"message":"Head \"https://hub.example.com/v2/web/manifests/1\": unauthorized"}"#;
    let offered = r#"{"Descriptor":{"digest":"sha256:00"},"Platforms":[]}"#;
    vec![
        ("good".into(), answers(0, 2, &[stream])),
        ("failed".into(), answers(0, 0, &[&(stream.to_owned() + failed)])),
        ("denied".into(), answers(2, 0x70, &[denied])),
        ("offered".into(), answers(1, 0, &[offered])),
        ("not-offered".into(), answers(3, 0x50, &[denied])),
    ]
}

pub fn logs() -> Seeds {
    let frames = "\u{1}\0\0\0\0\0\0\u{4}one\n\u{2}\0\0\0\0\0\0\u{3}two\u{1}\0\0\0\0\0\0\u{6}three\n";
    let terminal = CONTAINER.replace("\"Tty\":false", "\"Tty\":true");
    vec![
        ("frames".into(), answers(0, 0, &[CONTAINER, frames])),
        ("chunks".into(), answers(3, 6, &[CONTAINER, frames])),
        ("terminal".into(), answers(0, 0, &[&terminal, "one\r\n\u{1b}[31mtwo\r\n"])),
    ]
}

pub fn plans() -> Seeds {
    let now = json::pretty(&saved::now()).expect("JSON");
    vec![
        ("now".into(), now.clone().into_bytes()),
        ("other".into(), now.replace("web-2", "web-3").into_bytes()),
    ]
}

/// Stories that nobody thought of: bytes of a generator that always begins alike.
pub fn stories() -> Seeds {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..48)
        .map(|number| (format!("story-{number}"), (0..40 + number * 8).map(|_| byte()).collect()))
        .collect()
}
