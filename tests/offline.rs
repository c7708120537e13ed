//! Commands that contact no engine, through the real program: `dump`, `complete`, and completions in real shells.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail and speak as tests do")]

#[path = "offline/repositories.rs"]
mod repositories;

use std::{
    path::Path,
    process::{Command, Output},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_maestro");
const FILE: &str = "name: shop
ships:
  node1: {ip: 10.0.0.1}
  node2: {ip: 10.0.0.2}
services:
  web:
    image: nginx:1.27
    requires: db
    env: {DB_PASSWORD: hunter2}
    instances: {web-1: {ship: node1}, web-2: {ship: node2}}
  db:
    image: postgres:17
    instances: {db-1: {ship: node1}}
  queue:
    image: rabbitmq:4
    omit: true
    instances: {queue-1: {ship: node2}}
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("maestro.yaml"), FILE).unwrap();
    std::fs::create_dir(folder.path().join("other")).unwrap();
    for (name, text) in [("web.plan", "{\n  \"maestro_plan\": 2}"), ("web.json", "{\"version\": 1}")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    // It has a mistake, and a name that a shell would do something with: the others are completed all the same.
    let other = "name: other\nservices:\n  mail:\n    imgae: mailer\n    instances: {mail-1: {}, \"mail-$(rm -rf .)\": {}}\n";
    std::fs::write(folder.path().join("other/mail.yaml"), other).unwrap();
    let volumes = "__maestro: {schema: 3}\nname: data\nvolumes: {store: {}, stock: {}}\nservices: {}\n";
    std::fs::write(folder.path().join("other/data.yaml"), volumes).unwrap();
    folder
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Output {
    let bin = Path::new(PROGRAM).parent().unwrap().display();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_clear().env("HOME", folder);
    command.env("PATH", format!("{bin}:{path}")).env("DOCKER_HOST", "unix:///nowhere").output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A port of this machine on which a server says that to everybody.
fn port_that_says(greeting: &'static [u8]) -> u16 {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                // A server for SSH greets first.
                if !greeting.starts_with(b"SSH") {
                    let _ = stream.read(&mut [0; 4096]);
                }
                stream.write_all(greeting).ok();
                let _ = stream.read(&mut [0; 4096]);
            });
        }
    });
    port
}

#[test]
fn a_port_that_is_no_engine_is_told_as_what_it_is() {
    let nginx = b"HTTP/1.1 404 Not Found\r\nServer: nginx/1.25.3\r\nContent-Length: 0\r\n\r\n";
    let cases: [(&[u8], &str); 6] = [
        (
            b"SSH-2.0-OpenSSH_9.2\r\n",
            "is not a Docker engine: it speaks SSH (SSH-2.0-OpenSSH_9.2); to reach the engine",
        ),
        (nginx, "is not a Docker engine: it answered as an HTTP server (nginx/1.25.3): 404 Not Found; check"),
        (
            b"-ERR unknown command\r\n",
            "is not a Docker engine: it speaks Redis's protocol (-ERR unknown command)",
        ),
        (b"\x15\x03\x01\0\x02\x02\x46", "speaks TLS, and was spoken to without; add `tls: true`"),
        (b"\x1b[2Jboo\n", "is not a Docker engine: it answered with bytes of an unknown protocol"),
        (
            b"HTTP/1.1 200 OK\r\nApi-Version: 1.24\r\nContent-Length: 2\r\n\r\nOK",
            "is too old: it speaks version 1.24",
        ),
    ];
    for (greeting, told) in cases {
        let folder = tempfile::tempdir().unwrap();
        let port = port_that_says(greeting);
        let file = format!(
            "name: shop\nships: {{far: {{ip: 127.0.0.1, docker_port: {port}, timeout: 5}}}}\nservices:\n  web:\n    \
             image: nginx\n    instances: {{web-1: {{ship: far}}}}\n"
        );
        std::fs::write(folder.path().join("maestro.yaml"), file).unwrap();
        for command in ["status", "plan", "apply", "stop", "logs", "history", "rollback"] {
            let ran = run(PROGRAM, &[command], folder.path());
            let said = [ran.stdout, ran.stderr].concat();
            // Lines break between words.
            let said = String::from_utf8_lossy(&said).split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(said.contains(told), "{command}: {said}");
            assert!(!said.contains("does not answer") && !said.contains('\u{1b}'), "{command}: {said}");
            // `plan` ends with 0, as it does for every ship that is unreachable.
            assert!(ran.status.code() == Some(4) || command == "plan", "{command}: {:?}", ran.status);
        }
    }
}

#[test]
fn what_is_to_be_typed_is_not_ambiguous() {
    let folder = tempfile::tempdir().unwrap();
    let file = "name: shop\nships: {alpha: {ip: 127.0.0.1, docker_port: 1}}\nservices:\n  web: {image: nginx, instances: {web: \
                {ship: alpha}, web-2: {ship: alpha}}}\n";
    std::fs::write(folder.path().join("maestro.yaml"), file).unwrap();
    for (typed, proposed) in
        [("instance/web", "`maestro stop instance/web`"), ("web-2", "`maestro stop web-2`")]
    {
        let output = run(PROGRAM, &["stop", typed], folder.path());
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let words: Vec<&str> = said.split_whitespace().collect();
        assert!(words.join(" ").contains(proposed), "{said}");
    }
}

/// An instance too many may be on a ship that the file names for no instance of the service.
#[test]
fn all_ships_are_asked_about_a_service_with_a_number_of_instances() {
    let folder = tempfile::tempdir().unwrap();
    let file = "name: shop\nships:\n  alpha: {ip: 127.0.0.1, docker_port: 1}\n  beta: {ip: 127.0.0.1, docker_port: 2}\n\
                services:\n  web: {image: nginx, ship: alpha, replicas: 1}\n  db: {image: nginx, instances: {db-1: {ship: \
                alpha}}}\n";
    std::fs::write(folder.path().join("maestro.yaml"), file).unwrap();
    for (arguments, is_asked) in [
        (&["plan", "web"][..], true),
        (&["apply", "service/web"], true),
        (&["scale", "web=1"], true),
        (&["plan", "db"], false),
        (&["plan", "web-1"], false),
        (&["plan", "web", "-S", "alpha"], false),
    ] {
        let output = run(PROGRAM, arguments, folder.path());
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {said}");
        assert!(said.contains("127.0.0.1:1"), "{arguments:?}: {said}");
        assert_eq!(said.contains("ship beta"), is_asked, "{arguments:?}: {said}");
    }
}

#[test]
fn a_dump_is_json_in_the_order_of_a_start_without_secrets() {
    let folder = folder();
    let dumped = said(&run(PROGRAM, &["dump", "web-1"], folder.path()));
    assert!(!dumped.contains("hunter2"), "{dumped}");
    insta::assert_snapshot!(dumped);
    let names = |arguments: &[&str]| -> Vec<String> {
        let json: serde_json::Value =
            serde_json::from_str(&said(&run(PROGRAM, arguments, folder.path()))).unwrap();
        let instances = json["instances"].as_array().unwrap();
        instances.iter().map(|instance| instance["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&["dump"]), ["db-1", "web-1", "web-2"]);
    assert_eq!(names(&["dump", "queue", "web"]), ["db-1", "web-1", "web-2", "queue-1"]);
    let whole: serde_json::Value =
        serde_json::from_str(&said(&run(PROGRAM, &["dump", "-c", "db", "--show-secrets"], folder.path())))
            .unwrap();
    let env = &whole["config"]["services"]["web"]["instances"]["web-1"]["container"]["env"];
    assert_eq!(env["DB_PASSWORD"], "hunter2");
}

#[test]
fn config_prints_a_compose_project() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "docker-compose.yml",
        "name: shop\nservices:\n  web:\n    image: web:$TAG\n    environment: {DB_PASSWORD: \"${PASSWORD}\"}\n    command: run --with $PASSWORD\n",
    );
    write(
        "docker-compose.override.yml",
        "services: {web: {ports: [80]}, job: {image: job, profiles: [jobs]}}\n",
    );
    write(".env", "TAG=1\nPASSWORD=hunter22\n");
    let found = said(&run(PROGRAM, &["config", "--profile", "jobs"], folder.path()));
    assert!(
        found.starts_with("name: shop\nservices:\n  job:\n    profiles:\n      - jobs\n    image: job\n"),
        "{found}"
    );
    assert!(found.contains("image: web:1\n") && found.contains("target: 80\n"), "{found}");
    assert!(!found.contains("hunter22") && found.contains("DB_PASSWORD: '***'\n"), "{found}");
    let shown = said(&run(PROGRAM, &["-f", "docker-compose.yml", "config", "--show-secrets"], folder.path()));
    assert!(shown.contains("DB_PASSWORD: hunter22\n") && !shown.contains("ports:"), "{shown}");
    let json = said(&run(PROGRAM, &["config", "--output", "json"], folder.path()));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["services"]["web"]["ports"][0]["target"], 80);
    // Names alone.
    let names = |option: &str| said(&run(PROGRAM, &["config", option], folder.path()));
    assert_eq!((names("-q").as_str(), names("--services").as_str()), ("", "web\n"));
    assert_eq!((names("--images").as_str(), names("--networks").as_str()), ("web:1\n", "shop_default\n"));
    assert_eq!(names("--volumes"), "");
    let json = said(&run(PROGRAM, &["config", "--images", "--output", "json"], folder.path()));
    assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), ["web:1"]);
    // Files of Maestro are not merged, and a mistake has a place.
    let refused = run(PROGRAM, &["-f", "docker-compose.yml", "-f", ".env", "status"], folder.path());
    assert_eq!(refused.status.code(), Some(2));
    write("docker-compose.yml", "services: {web: {imagee: x}}\n");
    let wrong = run(PROGRAM, &["config"], folder.path());
    let told = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(told.contains("docker-compose.yml:1:18") && told.contains("did you mean `image`?"), "{told}");
}

#[test]
fn a_file_of_a_parent_directory_is_read_and_announced() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("other/deep");
    std::fs::create_dir_all(&below).unwrap();
    let path = folder.path().canonicalize().unwrap().join("maestro.yaml");
    let file =
        "name: shop\nservices:\n  web:\n    image: nginx\n    envfile: web.env\n    instances: {web-1: {}}\n";
    std::fs::write(&path, file).unwrap();
    std::fs::write(folder.path().join("web.env"), "FROM_FILE=here\n").unwrap();
    let found = run(PROGRAM, &["config"], &below);
    assert_eq!(String::from_utf8_lossy(&found.stderr), format!("note: the file is {}\n", path.display()));
    // Its own paths count from its directory.
    assert!(said(&found).contains("FROM_FILE: here"), "{found:?}");
    // Programs get JSON alone, and what is next to where one stands is no news.
    for (arguments, folder) in
        [(&["config", "--output", "json"] as &[_], &*below), (&["config"], folder.path())]
    {
        let found = run(PROGRAM, arguments, folder);
        assert!(found.stderr.is_empty() && found.status.success(), "{found:?}");
    }
}

#[test]
fn a_first_file_is_written_and_never_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let valid = |name: &str| {
        let program = Path::new(PROGRAM);
        let arguments = ["-f", name, "config"];
        let config =
            Command::new(program).args(arguments).current_dir(&folder).env("TOKEN", "x").output().unwrap();
        assert!(config.status.success(), "{}: {config:?}", written(name));
    };
    // An example where there is nothing.
    said(&run(PROGRAM, &["init"], folder.path()));
    valid("maestro.yaml");
    let refused = run(PROGRAM, &["init"], folder.path());
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("there is a file maestro.yaml already") && told.contains("-o FILE"), "{told}");
    // The words of `docker run`.
    let words = [
        "init",
        "-o",
        "run.yaml",
        "docker",
        "run",
        "-d",
        "-p",
        "8080:80",
        "-v",
        "/srv:/srv:ro",
        "nginx:1.27",
    ];
    said(&run(PROGRAM, &words, folder.path()));
    valid("run.yaml");
    assert!(
        written("run.yaml").contains("volumes: {/srv: {target: /srv, mode: ro}}"),
        "{}",
        written("run.yaml")
    );
    // A Compose file, with `import` and with `init`.
    let compose = "name: shop\nservices:\n  web: {image: x, environment: {TOKEN: abcdef12345}, depends_on: [init]}\n  init: {image: y}\n";
    std::fs::write(folder.path().join("compose.yaml"), compose).unwrap();
    let import = run(PROGRAM, &["import", "compose.yaml", "-o", "shop.yaml"], folder.path());
    assert!(String::from_utf8_lossy(&import.stderr).contains("set TOKEN before you use it"), "{import:?}");
    assert!(!written("shop.yaml").contains("abcdef12345"), "{}", written("shop.yaml"));
    valid("shop.yaml");
    let printed =
        said(&run(PROGRAM, &["-f", "compose.yaml", "config", "--format", "maestro"], folder.path()));
    assert_eq!(printed, written("shop.yaml"));
    std::fs::remove_file(folder.path().join("maestro.yaml")).unwrap();
    said(&run(PROGRAM, &["init"], folder.path()));
    assert_eq!(written("maestro.yaml"), written("shop.yaml"));
    let again = run(PROGRAM, &["import", "shop.yaml"], folder.path());
    assert_eq!(again.status.code(), Some(2), "{again:?}");
}

#[test]
fn a_first_file_says_what_a_line_of_docker_run_says() {
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    std::fs::write(folder.path().join("web.env"), "A=1\n").unwrap();
    let line =
        "docker run -e 'B=b c' --env-file web.env --health-cmd 'wget -q x' --ulimit nofile=5:6 nginx:1.27";
    said(&run(PROGRAM, &["init", "-o", "line.yaml", line], folder.path()));
    said(&run(PROGRAM, &["-f", "line.yaml", "config", "-q"], folder.path()));
    assert!(written("line.yaml").contains("env: {B: \"b c\"}\n"), "{}", written("line.yaml"));
    let words = ["init", "-o", "-", "docker", "run", "--env-file", "web.env", "nginx:1.27"];
    assert!(said(&run(PROGRAM, &words, folder.path())).contains("envfile: web.env"));
    for (line, told) in [
        ("docker run -d", "names no image"),
        ("docker run --frob x nginx", "has no option `--frob`"),
        ("docker compose up", "is a command of docker compose"),
        ("compose.yaml", "`maestro init -f compose.yaml`"),
        ("docker run web:A:b", "cannot be the name of an image"),
        ("docker run 'nginx", "a quote is not closed"),
    ] {
        let refused = run(PROGRAM, &["init", "-o", "refused.yaml", line], folder.path());
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(text.contains(told) && refused.status.code() == Some(2), "{line}: {text}");
        assert!(!folder.path().join("refused.yaml").exists(), "{line}");
    }
}

#[test]
fn a_secret_cannot_be_guessed_from_what_is_shown_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let compose =
        "name: shop\nservices: {web: {image: x, secrets: [pin]}}\nsecrets: {pin: {environment: PIN}}\n";
    std::fs::write(folder.path().join("compose.yaml"), compose).unwrap();
    std::fs::write(folder.path().join(".env"), "PIN=1234\n").unwrap();
    std::fs::write(folder.path().join("site.yaml"), "ships: {a: {socket_path: /run/docker.sock}}\n").unwrap();
    let files = ["-f", "compose.yaml", "-f", "site.yaml"];
    for command in [&["config", "--show-secrets"][..], &["dump", "-c"]] {
        let shown = said(&run(PROGRAM, &[&files[..], command].concat(), folder.path()));
        assert!(shown.contains("/run/secrets/pin") && shown.contains("0444"), "{shown}");
        assert!(!shown.contains("digest") && !shown.contains("1234"), "{shown}");
    }
}

#[test]
fn compose_files_come_through_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    std::fs::create_dir(root.join("shop")).unwrap();
    let file = "services: {web: {image: x, ports: ['80:80'], env_file: web.env}}\n";
    std::fs::write(root.join("shop/compose.yaml"), file).unwrap();
    for place in ["web.env", "shop/web.env"] {
        std::fs::write(root.join(place), format!("FROM={place}\n")).unwrap();
    }
    let config = |options: &str| {
        let line = format!("cat shop/compose.yaml | {PROGRAM} {options} config");
        said(&run("bash", &["-c", &line], &root))
    };
    // As with docker compose: the project is that of the working directory.
    let project = config("-f -");
    let name = root.file_name().unwrap().to_str().unwrap().to_lowercase().replace('.', "");
    assert!(
        project.starts_with(&format!("name: {name}\n")) && project.contains("FROM: web.env\n"),
        "{project}"
    );
    let elsewhere = config("-f - --project-directory shop");
    assert!(
        elsewhere.starts_with("name: shop\n") && elsewhere.contains("FROM: shop/web.env\n"),
        "{elsewhere}"
    );
    std::fs::write(root.join("more.yaml"), "services: {web: {labels: {a: b}}}\n").unwrap();
    let both = config("-f /dev/stdin -f more.yaml --project-directory shop");
    assert!(both.contains("image: x\n") && both.contains("a: b\n"), "{both}");
}

#[test]
fn commands_work_on_compose_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let file = "name: shop\nservices:\n  web: {image: \"web:$TAG\", depends_on: [db], environment: {DB_PASSWORD: \"$SECRET\"}}\n  \
                db: {image: postgres}\n  job: {image: job, profiles: [jobs]}\n";
    write("compose.yaml", file);
    write("prod.env", "TAG=2\nSECRET=hunter22\n");
    let run = |arguments: &[&str]| run(PROGRAM, arguments, folder.path());
    assert_eq!(said(&run(&["--env-file", "prod.env", "deptree"])), "web\n└─ db (depends_on)\ndb\n");
    let completed = said(&run(&["complete", "maestro --env-file prod.env start "]));
    assert_eq!(completed.trim(), "db db-1 job web web-1");
    let with_profile = said(&run(&["complete", "maestro --env-file prod.env --profile jobs start "]));
    assert_eq!(with_profile.trim(), "db db-1 job job-1 web web-1");
    // A command that names a service makes its profiles active, as with docker compose.
    assert_eq!(said(&run(&["--env-file", "prod.env", "deptree", "job-1"])), "job\n");
    assert_eq!(said(&run(&["--env-file", "prod.env", "deptree", "service/job"])), "job\n");
    let dumped = said(&run(&["dump", "web", "-c", "--env-file", "prod.env"]));
    assert!(dumped.contains("web:2") && !dumped.contains("hunter22"), "{dumped}");
    // A variable that is not set is a warning in each of them; a mistake ends each of them, as an image without its tag.
    let refused = run(&["deptree"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        refused.status.code() == Some(2) && told.contains("compose.yaml:3:") && told.contains("TAG"),
        "{told}"
    );
    write("prod.env", "TAG=2\n");
    let warned = run(&["--env-file", "prod.env", "deptree"]);
    let told = String::from_utf8_lossy(&warned.stderr).into_owned();
    assert!(warned.status.success() && told.contains("compose.yaml:3:") && told.contains("SECRET"), "{told}");
    write("compose.yaml", "services: {web: {imag: x}}\n");
    for command in ["plan", "apply", "status", "stop", "logs", "history", "deptree", "dump"] {
        let refused = run(&[command]);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{command}: {told}");
        assert!(
            told.contains("did you mean `image`?") && told.contains("nothing was contacted"),
            "{command}: {told}"
        );
    }
}

#[test]
fn options_on_both_sides_of_the_command_are_not_lost() {
    let folder = folder();
    let twice = run(PROGRAM, &["-f", "maestro.yaml", "config", "-f", "other/mail.yaml"], folder.path());
    let told = String::from_utf8(twice.stderr).unwrap();
    assert_eq!(twice.status.code(), Some(2));
    assert!(told.contains("`-f` stands before the command and after it"), "{told}");
}

#[test]
fn the_project_is_called_as_the_shell_calls_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    std::fs::create_dir(root.join("v42")).unwrap();
    std::fs::write(root.join("v42/compose.yaml"), "services: {web: {image: x}}\n").unwrap();
    std::os::unix::fs::symlink("v42", root.join("current")).unwrap();
    let name = |pwd: &Path| {
        let mut command = Command::new(PROGRAM);
        command.arg("config").current_dir(root.join("current")).env_clear().env("PWD", pwd);
        said(&command.output().unwrap()).lines().next().unwrap().to_owned()
    };
    assert_eq!(name(&root.join("current")), "name: current");
    assert_eq!(name(&root.join("v42")), "name: v42");
    assert_eq!(name(&root), "name: v42");
}

#[test]
fn complete_tells_words_as_maestro_ng_did() {
    let folder = folder();
    let words = |tokens: &[&str]| {
        let arguments: Vec<&str> = ["complete"].iter().chain(tokens).copied().collect();
        said(&run(PROGRAM, &arguments, folder.path())).trim().to_owned()
    };
    assert_eq!(words(&["maestro sta"]), "start stats status");
    assert_eq!(words(&["maestro", "start", "we"]), "web web-1 web-2");
    assert_eq!(words(&["maestro -f other/mail.yaml start mail-"]), "mail-1");
    assert_eq!(words(&["maestro -f none.yaml start "]), "");
}

#[test]
fn a_guest_is_answered_by_the_large_program_too() {
    let ask = |words: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.arg("guest").args(words).env_clear();
        command.envs([
            ("SERVICE_NAME", "web"),
            ("CONTAINER_NAME", "web-1"),
            ("WEB_WEB_1_HTTP_INTERNAL_PORT", "80"),
        ]);
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8(text).unwrap().trim().to_owned(), output.status.code())
    };
    assert_eq!(ask(&["port", "http"]), ("80".into(), Some(0)));
    assert_eq!(ask(&["--json", "service"]), ("\"web\"".into(), Some(0)));
    let unknown =
        "maestro guest: no internal port htp is known for container web-1 of service web; it has HTTP";
    assert_eq!(ask(&["port", "htp"]), (unknown.into(), Some(1)));
    assert_eq!(ask(&["prot", "http"]).1, Some(2));
    assert!(ask(&["--help"]).0.contains("nodes SERVICE [PORT…] [--minimum N] [--separator TEXT]"));
}

/// What is offered for the last word, by a shell that is driven by `script`; `@WORDS@` in it is the line.
fn offered(shell: &str, script: &str, line: &[&str], folder: &Path) -> Vec<String> {
    let script = script
        .replace("@LINE@", &line.join(" "))
        .replace("@WORDS@", &line.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "))
        .replace("@COUNT@", &line.len().to_string())
        .replace("@INDEX@", &(line.len() - 1).to_string())
        .replace("@LAST@", line.last().unwrap());
    let output = run(shell, &["-c", &script], folder);
    let mut words: Vec<String> =
        said(&output).lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect();
    words.sort();
    words
}

/// Holds a shell to what it should offer.
fn assert_completes(shell: &str, script: &str) {
    let folder = folder();
    let file = folder.path().join("completions");
    std::fs::write(&file, said(&run(PROGRAM, &["completions", shell], folder.path()))).unwrap();
    let checked = run(shell, &["-n", file.to_str().unwrap()], folder.path());
    assert!(checked.status.success(), "{checked:?}");
    let offered = |line: &[&str]| offered(shell, script, line, folder.path());
    assert_eq!(offered(&["maestro", "sta"]), ["start", "stats", "status"], "{shell}");
    assert_eq!(offered(&["maestro", "start", "web"]), ["web", "web-1", "web-2"], "{shell}");
    assert_eq!(offered(&["maestro", "logs", "-F", "q"]), ["queue", "queue-1"], "{shell}");
    assert_eq!(offered(&["maestro", "-f", "other/mail.yaml", "stop", "mail-"]), ["mail-1"], "{shell}");
    assert_eq!(offered(&["maestro", "status", "-S", "nod"]), ["node1", "node2"], "{shell}");
    assert_eq!(offered(&["maestro", "status", "-C", "d"]), ["db-1"], "{shell}");
    assert_eq!(offered(&["maestro", "apply", "web"]), ["web", "web-1", "web-2", "web.plan"], "{shell}");
    let of_volumes = ["maestro", "-f", "other/data.yaml", "volume", "backup", "sto"];
    assert_eq!(offered(&of_volumes), ["stock", "store"], "{shell}");
    assert_eq!(offered(&["maestro", "restart", "--only"]), ["--only-if-changed"], "{shell}");
    assert!(offered(&["maestro", "completions", "b"]).contains(&"bash".to_owned()), "{shell}");
}

#[test]
fn bash_completes_names_of_the_file() {
    // `compopt` only works at a prompt.
    assert_completes(
        "bash",
        "compopt() { :; }; source <(maestro completions bash); complete -p maestro > /dev/null || exit 1; \
         COMP_WORDS=(@WORDS@); COMP_CWORD=@INDEX@; COMP_TYPE=9; _clap_complete_maestro maestro '@LAST@' ''; \
         printf '%s\\n' \"${COMPREPLY[@]}\"",
    );
}

#[test]
#[ignore = "needs zsh"]
fn zsh_completes_names_of_the_file() {
    // `_describe` only works at a prompt: what it is handed is what is offered.
    assert_completes(
        "zsh",
        "compdef() { :; }; _describe() { for word in \"${(P)@[-1]}\"; do print -r -- \"${${(P)@[-1]}[@]%%:*}\" | tr ' ' '\\n'; break; done; }; \
         source <(maestro completions zsh); words=(@WORDS@); CURRENT=@COUNT@; _clap_dynamic_completer_maestro",
    );
}

#[test]
#[ignore = "needs fish"]
fn fish_completes_names_of_the_file() {
    assert_completes("fish", "maestro completions fish | source; complete -C '@LINE@'");
}

#[test]
#[ignore = "needs nushell"]
fn nu_completes_names_of_the_file() {
    // What its external completer is handed, and what it answers. Nushell lets modules of a machine run before.
    assert_completes(
        "nu",
        "source completions; do $env.config.completions.external.completer [@WORDS@] | get value | str join (char nl)",
    );
}

#[test]
#[ignore = "needs nushell"]
fn nu_leaves_other_programs_to_the_completer_that_was_there() {
    let folder = folder();
    let script = said(&run(PROGRAM, &["completions", "nushell"], folder.path()));
    std::fs::write(folder.path().join("completions"), script).unwrap();
    let ask = |before: &str, words: &str| {
        let script = format!(
            "{before}; source completions; do $env.config.completions.external.completer {words} | to json -r"
        );
        said(&run("nu", &["-c", &script], folder.path())).trim().to_owned()
    };
    let other = "$env.config.completions.external.completer = {|spans| [$\"of ($spans.0)\"]}";
    assert_eq!(ask(other, "[git c]"), r#"["of git"]"#);
    assert_eq!(ask("null", "[git c]"), "null");
    // Nushell completes files.
    assert_eq!(ask(other, "[maestro no-such-command x]"), "null");
}

/// No PowerShell is to be had where this is tested: the words that its script passes are asked for as it does.
#[test]
fn powershell_is_answered() {
    let folder = folder();
    let script = said(&run(PROGRAM, &["completions", "powershell"], folder.path()));
    assert!(script.contains("Register-ArgumentCompleter -Native -CommandName maestro"), "{script}");
    assert!(script.contains("$env:MAESTRO_COMPLETE = \"powershell\";"), "{script}");
    let ask = |words: &[&str]| -> Vec<String> {
        let mut command = Command::new(PROGRAM);
        command.env("MAESTRO_COMPLETE", "powershell").current_dir(folder.path());
        let output = command.arg("--").args(words).output().unwrap();
        said(&output).lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
    };
    let mut words = ask(&["maestro", "sta"]);
    words.sort();
    assert_eq!(words, ["start", "stats", "status"]);
    assert_eq!(ask(&["maestro", "stop", "db-"]), ["db-1"]);
}

#[test]
fn each_script_says_where_to_put_it() {
    let folder = folder();
    for (shell, place) in [
        ("bash", "~/.local/share/bash-completion/completions/maestro"),
        ("zsh", "~/.zfunc/_maestro"),
        ("fish", "~/.config/fish/completions/maestro.fish"),
    ] {
        let script = said(&run(PROGRAM, &["completions", shell], folder.path()));
        assert!(script.contains(&format!("maestro completions {shell} > {place}")), "{script}");
        // zsh finds a function by this line.
        assert_eq!(script.starts_with("#compdef maestro\n"), shell == "zsh");
    }
}
