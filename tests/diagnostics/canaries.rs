//! A canary for each word that tells of a secret, for each kind of token and for each place in a file; and random
//! secrets in files that are damaged at random. None is in any output.

use std::{collections::BTreeMap, path::Path};

use maestro_core::value::secret::text::known;
use maestro_file::{
    document,
    resolve::{Surroundings, resolve},
};
use maestro_report::{config, diagnostics, json};
use proptest::{prelude::*, sample::Index};

use crate::program::Engine;

/// All that a file leads to: what is wrong with it, or what was understood, as text and as JSON.
fn output(text: &str, environment: &[(&str, &str)]) -> String {
    let directory = Path::new("/nonexistent");
    let variables: BTreeMap<String, String> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let document::Loaded { mut sources, yaml, mut diagnostics } =
        document::load("maestro.yaml", text.as_bytes().to_vec(), directory, &variables);
    let environment =
        yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics)).and_then(|document| {
            let nothing = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
            let surroundings = Surroundings::new(directory, &variables);
            resolve(&document, &mut sources, &nothing, surroundings, &mut diagnostics)
        });
    let mut told = diagnostics::draw(&diagnostics, &sources, false);
    if let Some(environment) = environment {
        let all = environment.instance_ids().collect();
        let mut view = config::view(&environment, &all, false);
        known(diagnostics.secrets(), sources.texts()).hide_json(&mut view);
        told += &json::pretty(&view).unwrap();
    }
    told
}

/// Names of variables, each a secret's. A word that is taken off the list of the program is missed here.
const NAMES: &[&str] = &[
    "PASSWORD",
    "DB_PASSWORD",
    "dbPassword",
    "PASSWORT",
    "PASSWD",
    "PASSPHRASE",
    "KEY_PASSPHRASE",
    "PASSCODE",
    "PASS",
    "SMTP_PASS",
    "SMTPPASS",
    "PGPASS",
    "PW",
    "SMTP_PW",
    "PWD",
    "MYSQL_PWD",
    "SECRET",
    "APP_SECRETS",
    "TOKEN",
    "API_TOKEN",
    "CREDENTIAL",
    "CREDENTIALS",
    "GOOGLE_CREDENTIALS",
    "CRED",
    "CREDS",
    "PRIVATE",
    "PRIVATE_KEY",
    "PRIVKEY",
    "PRIV",
    "KEY",
    "KEYS",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "SIGNING_KEY",
    "DSN",
    "SENTRY_DSN",
    "AUTH",
    "HTTP_AUTH",
    "OAUTH",
    "AUTHORIZATION",
    "SALT",
    "PEM",
    "COOKIE",
    "COOKIES",
    "JWT",
    "BEARER",
    "masterKey",
];

/// Values that are secret whatever their name is.
const VALUES: &[&str] = &[
    "sk_live_c4naryAAAA1",
    "rk_test_c4naryAAAA1",
    "sk-proj-c4naryAAAA1",
    "ghp_c4naryAAAA1",
    "gho_c4naryAAAA1",
    "github_pat_c4naryAAAA1",
    "glpat-c4naryAAAA1",
    "xoxb-1-c4naryAAAA1",
    "xoxp-1-c4naryAAAA1",
    "AKIAC4NARYAAAA1",
    "AIzac4naryAAAA1",
    "eyJc4naryAAAA1.eyJc4naryAAAA1.c4naryAAAA1",
    "dckr_pat_c4naryAAAA1",
    "hvs.c4naryAAAA1",
    "SG.c4naryAAAA1.c4naryAAAA1",
    "postgres://u:c4naryAAAA1@h/db",
    "https://c4naryAAAA1@h/x",
    "u:c4naryAAAA1@h",
    "https://hooks.slack.com/services/T0/B0/c4naryAAAA1",
    "q83vEjRWeJc4naryze8SNFZ4kKvN7xI0VniQ",
    "{\\\"password\\\": \\\"c4naryAAAA1\\\"}",
    "--token c4naryAAAA1",
    "-----BEGIN PRIVATE KEY-----\\nc4naryAAAA1\\n-----END PRIVATE KEY-----",
];

/// Values that are no secrets, though some of their words are in names of secrets.
const OPEN: &[&str] = &[
    "unauthorized: authentication required",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "9f86d081884c",
    "b8c078a0c55ad015a3bf4f1b2b0b822cd15d6c15",
    "123e4567-e89b-12d3-a456-426614174000",
    "02:42:ac:11:00:02",
    "/usr/lib/x86_64-linux-gnu/Python3/site-packages",
    "v1.27.3-alpine3.19",
    "registry.example.com:5000/team/app:1.2@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "2026-11-27T07:07:17Z",
];

fn is_told(told: &str) -> bool {
    told.to_lowercase().contains("c4nary")
}

#[test]
fn each_word_of_a_name_hides_its_value_in_good_files_and_in_bad_ones() {
    for name in NAMES {
        for place in [
            format!("env: {{{name}: c4nary}}"),
            format!("env: {{{name}: \"c4nary\"}}"),
            format!("labels: {{{name}: c4nary}}"),
            format!("log_opt: {{{name}: c4nary}}"),
            format!("command: [x, --{name}, c4nary]"),
            format!("command: \"x {name}=c4nary\""),
            format!("command: [x, \"{name}:c4nary\"]"),
        ] {
            let good = format!(
                "name: a\nservices:\n  w:\n    image: nginx:1\n    {place}\n    instances: {{w-1: {{}}}}\n"
            );
            let told = output(&good, &[]);
            assert!(told.contains("\"image\"") && !is_told(&told), "{good}\n{told}");
            for (from, to) in [
                ("image: nginx:1\n", "imgae: nginx:1\n"),
                ("}\n    inst", "\n    inst"),
                ("    image", "\timage"),
                ("image: nginx:1\n", "image: {{ nope }}\n"),
            ] {
                let bad = good.replacen(from, to, 1);
                let told = output(&bad, &[]);
                assert!(!is_told(&told), "{bad}\n{told}");
            }
        }
    }
}

#[test]
fn each_kind_of_token_is_hidden_under_any_name() {
    for value in VALUES {
        for name in ["LEVEL", "X", "TUNING"] {
            let good = format!(
                "name: a\nservices:\n  w:\n    image: nginx:1\n    env: {{{name}: \"{value}\"}}\n    command: [x, \"{value}\"]\n    labels: {{{name}: \"{value}\"}}\n    instances: {{w-1: {{}}}}\n"
            );
            let told = output(&good, &[]);
            assert!(told.contains("\"image\"") && !is_told(&told), "{good}\n{told}");
            let bad = good.replacen("env: {", "env: {]", 1);
            let told = output(&bad, &[]);
            assert!(!is_told(&told), "{bad}\n{told}");
        }
    }
}

#[test]
fn what_is_no_secret_is_shown() {
    for value in OPEN {
        let good = format!(
            "name: a\nservices:\n  w:\n    image: nginx:1\n    env: {{LEVEL: \"{value}\"}}\n    labels: {{about: \"{value}\"}}\n    instances: {{w-1: {{}}}}\n"
        );
        let told = output(&good, &[]);
        assert_eq!(told.matches(value).count(), 2, "{value}\n{told}");
        let bad = good.replacen("env: {", "env: {[", 1);
        assert!(output(&bad, &[]).contains(value), "{value}\n{}", output(&bad, &[]));
    }
    let file = "name: a\nservices:\n  auth:\n    image: vault:1\n    env: {AUTHOR: ann, PWD: /srv, KEYBOARD: de, DB_PASSWORD_FILE: /run/secrets/db}\n    instances: {token-1: {}}\n";
    let told = output(file, &[]);
    for open in ["auth", "token-1", "vault:1", "\"ann\"", "\"/srv\"", "\"de\"", "/run/secrets/db"] {
        assert!(told.contains(open), "{open}: {told}");
    }
}

#[test]
fn a_scalar_under_a_secret_name_is_hidden_wherever_it_stands() {
    for (at, text) in [
        "name: a\npassword: c4nary\nservices: {}\nports: [",
        "name: a\ntoken: c4nary\nservices: 3\n",
        "name: a\nservices:\n  password: c4nary\n",
        "name: a\nservices:\n  DB_PASSWORD: c4nary\n  w: 1\n",
        "name: a\nservices:\n  w:\n    DB_PASSWORD: c4nary\n    image: nginx\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    instances:\n      password: c4nary\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    ports: {password: c4nary}\n    instances: {w-1: {}}\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    limits: {password: c4nary}\n    instances: {w-1: {}}\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    ulimits: {api_key: c4nary}\n    instances: {w-1: {}}\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    volumes: {password: c4nary}\n    instances: {w-1: {}}\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    extra_hosts: {token: c4nary}\n    instances: {w-1: {}}\n",
        "name: a\nregistries:\n  password: c4nary\nservices: {}\n",
        "name: a\nregistries: {hub: {credentials: {password: c4nary}}}\nservices: {}\n",
        "name: a\nregistries: {token: c4nary}\nservices: {}\n",
        "name: a\nships:\n  secret: c4nary\nservices: {}\n",
        "name: a\nservices:\n  w:\n\tpassword: c4nary\n",
        "name: a\nservices:\n  w:\n    env:\n\t  DB_PASSWORD: c4nary\n",
        "name: a\nservices:\n  w:\n    env:\n    DB_PASSWORD: c4nary\n    image: nginx\n",
        "name: a\nservices:\n  w:\n    env:\n      DB_PASSWORD c4nary\n      A: 1\n",
        "name: a\nservices:\n  w:\n    env:\n      DB_PASSWORD:c4nary\n      A: 1\n",
        "name: a\nservices:\n  w:\n    env:\n      DB_PASSWORD = c4nary\n      A: 1\n",
        "name: a\nservices:\n  w:\n    env:\n      DB_PASSWORD: x{%c4nary\n",
        "name: a\nservices:\n  w:\n    env: [DB_PASSWORD: c4nary]\n    image: nginx\n",
        "name: a\nservices:\n  w:\n    env: [DB_PASSWORD=c4nary]\n    image: nginx\n",
        "name: a\nservices:\n  w:\n    env: {DB_PASSWORD: {x: c4nary}}\n    image: nginx\n",
        "name: a\nservices:\n  w: {image: \"u:c4nary@h/x\", instances: {w-1: {}}}\n",
        "name: a\nservices:\n  w: {image: \"https://u:c4nary@h/x\", instances: {w-1: {}}}\n",
        "name: a\nships: {s: {ip: \"u:c4nary@h\"}}\nservices: {}\n",
        "name: a\nships: {s: {ip: \"tcp://u:c4nary@h:1\"}}\nservices: {}\n",
        "name: a\nships: {s: {ip: 10.0.0.1, host: \"ssh://u:c4nary@h\"}}\nservices: {}\n",
        "name: a\nships: {s: {ip: 10.0.0.1, endpoint: \"ssh://u:c4nary@h\"}}\nservices: {}\n",
        "name: a\nregistries: {\"https://u:c4nary@h\": {username: a}}\nservices: {}\n",
        "name: a\naudit: [{type: http, endpoint: \"ftp://u:c4nary@h\"}]\nservices: {}\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    instances: {w-1: {ports: {a: 80}, lifecycle: {running: [{type: http, host: \"u:c4nary@h\", port: a}]}}}\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    instances: {w-1: {ports: {a: 80}, lifecycle: {running: [{type: tcp, host: \"u:c4nary@h\", port: a}]}}}\n",
        "name: a\nservices:\n  w:\n    image: \"{{ vault('c4nary') }}\"\n",
        "name: a\nservices:\n  w:\n    image: \"{{ lookup('x', key='c4nary') }}\"\n",
        "name: a\nservices:\n  w:\n    image: \"{{ env.NOPE | default(vault(\\\"c4nary\\\")) }}\"\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    env: {CONFIG: '{\"a\": {\"password\": \"c4nary\"}}'}\n    nope: 1\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    env: {CONFIG: '{\"a\": [{\"api_key\":\"c4nary\"}]}', BAD: {a: b}}\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    command: 'curl -u a:c4nary h'\n    nope: 1\n",
        "name: a\nsensitive: [services.w.env.TUNING]\nservices:\n  w: {image: nginx, env: {TUNING: c4nary}, nope: 1}\n",
        "name: a\nsensitive: ['**.LICENSE']\nservices:\n  w: {image: nginx, env: {LICENSE: c4nary}, instances: {w-1: {}}}\n",
        "name: a\nsensitive:\n- '**.TUNING'\nservices:\n  w: {image: nginx, env: {TUNING: c4nary, ]}\n",
        "name: a\nsensitive: [services.w.env]\nservices:\n  w: {image: nginx, env: {ANY: c4nary}, instances: {w-1: {}}}\n",
    ]
    .into_iter()
    .enumerate()
    {
        let told = output(text, &[]);
        assert!(!told.is_empty() && !is_told(&told), "{at}: {text}\n{told}");
    }
}

#[test]
fn a_value_of_the_environment_is_hidden_whole_whatever_is_in_it() {
    for value in [
        "tok\"c4nary",
        "tok'c4nary",
        "a\\\"c4nary",
        "x: c4nary",
        "a #c4nary",
        "# c4nary",
        "a\nc4nary",
        "a\n  c4nary: {",
        "{{c4nary",
        "[c4nary",
        "*c4nary",
        "%c4nary",
        "- c4nary",
        "a\tc4nary",
        "c4nary: x\n\"",
        "|c4nary",
        "a, c4nary",
        "}c4nary",
    ] {
        for line in [
            "DB_PASSWORD: \"{{ env.PW }}\"",
            "DB_PASSWORD: '{{ env.PW }}'",
            "DB_PASSWORD: {{ env.PW }}",
            "\"DB_PASSWORD\": {{ env.PW }}",
            "DB_PASSWORD: \"a{{ env.PW }}b\"",
            "{{ env.PW }}: x",
            "X: \"{{ env.DB_PASSWORD }}\"",
            "DB_PASSWORD: \"{{ env.OTHER }}\"",
            "DB_PASSWORD: {{ env.OTHER }}",
        ] {
            let file = format!(
                "name: a\nservices:\n  w:\n    image: nginx\n    env:\n      {line}\n    instances: {{w-1: {{}}}}\n"
            );
            let told = output(&file, &[("PW", value), ("DB_PASSWORD", value), ("OTHER", value)]);
            assert!(!told.is_empty() && !is_told(&told), "{value:?} in {line}\n{told}");
        }
    }
}

#[test]
fn what_a_template_makes_of_a_secret_is_hidden() {
    for expression in [
        "env.DB_PASSWORD | reverse",
        "env.DB_PASSWORD[2:]",
        "env['DB_PASSWORD'] | replace('x', 'y')",
        "env.get('DB_PASSWORD') | upper",
        "'a' ~ env.DB_PASSWORD",
    ] {
        let file = format!(
            "name: a\nservices:\n  w:\n    image: nginx\n    ports: {{a: \"{{{{ {expression} }}}}\"}}\n    instances: {{w-1: {{}}}}\n"
        );
        let told = output(&file, &[("DB_PASSWORD", "xZc4naryx")]);
        assert!(told.contains("is not a port") && !is_told(&told), "{expression}\n{told}");
        assert!(!told.contains("yran4c"), "{expression}\n{told}");
    }
}

#[test]
fn a_secret_is_hidden_where_a_file_repeats_it_under_an_innocent_key() {
    for text in [
        "name: a\nservices:\n  w: {image: nginx, env: {DB_PASSWORD: c4nary-x}, nope: c4nary-x}\n",
        "name: a\nservices:\n  w:\n    image: nginx\n    env: {DB_PASSWORD: c4nary-x}\n    nope: \"a c4nary-x b\"\n",
        "name: a\nnope: c4nary-x\nservices:\n  w: {image: nginx, labels: {a.token: 'c4nary-x'}}\n",
        "name: a\nservices:\n  w: {image: nginx, command: [x, --password, c4nary-x], nope: [c4nary-x]}\n",
        "name: a\nservices:\n  w: {image: nginx, env: {DB_PASSWORD: \"{{ env.PW }}\"}, nope: c4nary-env}\n",
        // Behind an anchor that an alias takes.
        "name: a\nx-a: &pw c4nary-x\nx-a: 1\nservices:\n  w: {image: nginx, env: {DB_PASSWORD: *pw}}\n",
        "name: a\nx-a: &pw \"c4nary-x\"\nx-a: 1\nservices:\n  w: {image: nginx, env: {DB_PASSWORD: *pw}}\n",
        "name: a\nx-a: {b: &pw c4nary-x, b: 1}\nservices:\n  w: {image: nginx, env: {DB_PASSWORD: *pw}}\n",
        "name: a\nx-a: &pw\n  c4nary-x\nx-a: 1\nservices:\n  w: {image: nginx, nope: c4nary-x, env: {DB_PASSWORD: *pw}}\n",
        "name: a\naudit: [{type: http, endpoint: \"http://h\", headers: *h}]\nx-h: &h {X-A: c4nary-x, X-A: 1}\n",
        "name: a\nservices:\n  w: {image: nginx, env: {DB_PASSWORD: &pw c4nary-x, A: *pw}, nope: c4nary-x}\n",
        "name: a\nservices:\n  w: {image: nginx, env: {DB_PASSWORD: !!str c4nary-x}, nope: c4nary-x}\n",
        // Anchors and aliases that are called like it.
        "name: a\nservices:\n  w: {image: nginx, env: {DB_PASSWORD: &c4narya c4narya}, nope: *c4narya}\n",
        "name: a\nservices:\n  w: {image: nginx, env: {DB_PASSWORD: c4narya}, nope: *c4narya}\n",
        "name: a\nx-a: &c4narya 1\nx-a: 1\nservices:\n  w: {image: nginx, env: {DB_PASSWORD: c4narya}}\n",
    ] {
        let told = output(text, &[("PW", "c4nary-env")]);
        assert!(told.contains("***") && !is_told(&told), "{text}\n{told}");
    }
    // A name that stands openly elsewhere says nothing.
    let told = output(
        "name: a\nservices:\n  shop: {image: shop, env: {DB_PASSWORD: shop}, nope: 1, instances: {shop-1: {}}}\n",
        &[],
    );
    assert!(told.contains("shop: {image: shop, env: {DB_PASSWORD: ***}, nope: 1"), "{told}");
}

#[test]
fn a_value_that_is_indented_less_than_its_key_is_hidden() {
    for value in [
        "|\n    c4nary",
        "|-\n    c4nary\n    c4nary-b",
        "|2\n  c4nary",
        ">\n\n  c4nary c4nary",
        "| # text\n    c4nary",
        "!!str |\n    c4nary",
        "&a |\n    c4nary:x",
        "|\nc4nary=",
        "|\n    - c4nary",
        "\n    c4nary",
        "\n    \"c4nary\"",
        "\"x\n    c4nary\"",
        "'x\n    c4nary",
    ] {
        for end in ["    instances: {w-1: {}}\n", "    instances: {w-1: {}}\n    nope: ]\n"] {
            let file = format!(
                "name: a\nservices:\n  w:\n    image: nginx\n    env:\n      DB_PASSWORD: {value}\n{end}"
            );
            let told = output(&file, &[]);
            assert!(!told.is_empty() && !is_told(&told), "{file}\n{told}");
        }
    }
    for (line, shown) in [
        ("    nope: 1", "nope: 1"),
        ("    \"nope\": 1", "\"nope\": 1"),
        ("    nope :", "nope :"),
        ("  w:", "w:"),
        ("    env: {}", "env: {}"),
    ] {
        let file = format!(
            "name: a\nservices:\n  w:\n    image: nginx\n    env:\n      DB_PASSWORD:\n{line}\n    nope: 2\n"
        );
        let told = output(&file, &[]);
        assert!(told.contains(shown), "{file}\n{told}");
    }
}

#[test]
fn a_secret_in_an_option_of_an_option_is_hidden() {
    for option in [
        "label=password:c4nary",
        "label=api_token:c4nary",
        "label=user:DB_PASSWORD:c4nary",
        "lable=secret:c4nary",
    ] {
        let file = format!(
            "name: a\nservices:\n  w: {{image: nginx, security_opt: [\"{option}\"], instances: {{w-1: {{}}}}}}\n"
        );
        let told = output(&file, &[]);
        assert!(told.contains(option.split_once(":c4").unwrap().0) && !is_told(&told), "{file}\n{told}");
    }
    let file = "name: a\nservices:\n  w: {image: nginx, security_opt: [\"label=level:s0:c1,c2\", \"label=user:auth:80\"], instances: {w-1: {}}}\n";
    let told = output(file, &[]);
    assert!(told.contains("label=level:s0:c1,c2") && told.contains("label=user:auth:80"), "{told}");
}

#[test]
fn torn_lines_of_env_files_show_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = "name: a\nservices: {w: {image: nginx, envfile: [a.env], instances: {w-1: {}}}}\n";
    std::fs::write(folder.path().join("maestro.yaml"), file).unwrap();
    for text in [
        "DB_PASSWORD=\"x\nc4nary-b\"\n",
        "DB_PASSWORD=\"x\nc4nary-b\nc4nary-c=\"\n",
        "DB_PASSWORD='x\nc4nary-b=\nc4nary-c'\n",
        "DB_PASSWORD='x\n=c4nary-b'\n",
        "DB_PASSWORD=\\\nc4nary-b\n",
        "DB_PASSWORD=x\\\nc4nary-b\\\nc4nary-c\n",
        "TLS=-----BEGIN PRIVATE KEY-----\nc4nary-b\nC4NARY_C=x\nc4nary-d==\n-----END PRIVATE KEY-----\n",
        "TLS=-----BEGIN PRIVATE KEY-----\nc4nary-b\n=c4nary\n",
        "DB_PASSWORD:c4nary-b\n",
        "DB_PASSWORD: c4nary-b\n",
        "DB_PASSWORD c4nary-b\n",
        "DB_PASSWORD =c4nary-b\n",
        "DB PASSWORD=c4nary-b\n",
        "export DB_PASSWORD=c4nary-b\n",
        "=DB_PASSWORD=c4nary-b\n",
        "\u{feff}DB_PASSWORD=c4nary-b\n=\n",
        "DB_PASSWORD=x\rc4nary-b\n=c4nary\n",
        "Zx9kQ2mN7vC4NARYB4tR8wL1pS\n",
    ] {
        std::fs::write(folder.path().join("a.env"), text).unwrap();
        for output in ["text", "json"] {
            let run = Engine::new().run(folder.path(), &["config", "--output", output]);
            let told = run.stdout + &run.stderr;
            assert!(!told.is_empty() && !is_told(&told), "{text}\n{told}");
        }
    }
    std::fs::write(folder.path().join("a.env"), "A=\"x\nLEVEL=info\nSHELL\nhttp:80\n").unwrap();
    let run = Engine::new().run(folder.path(), &["config"]);
    for open in ["LEVEL: info", "SHELL", "http:80"] {
        assert!(run.stdout.contains(open), "{open}: {}", run.stdout);
    }
}

#[test]
fn an_engine_address_with_a_password_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("maestro.yaml"),
        "name: a\nservices: {w: {image: nginx, instances: {w-1: {}}}}\n",
    )
    .unwrap();
    for address in
        ["tcp://u:c4nary@h:1", "ssh://u:c4nary@h", "u:c4nary@h", "ftp://u:c4nary@h", "https://c4nary@h:x"]
    {
        let told = Engine::new().run_with(folder.path(), &["status"], &[("DOCKER_HOST", address)]);
        let told = told.stdout + &told.stderr;
        assert!(!told.is_empty() && !is_told(&told), "{address}: {told}");
    }
}

#[test]
fn a_mask_tells_no_length() {
    let told = |secret: &str| {
        output(
            &format!("name: a\nservices:\n  w: {{image: nginx, env: {{DB_PASSWORD: {secret}}}, nope: 1}}\n"),
            &[],
        )
    };
    assert_eq!(told("c4nary"), told("c4nary-that-is-much-longer"));
}

/// Where a secret stands: `@` is the secret with its quotes.
const PLACES: &[&str] = &[
    "DB_PASSWORD: @",
    "env: {DB_PASSWORD: @, A: 1}",
    "env: {A: 1, SMTP_PW: @}",
    "password: @",
    "token: @",
    "api_key : @",
    "headers: {X-Key: @}",
    "- password: @",
    "registries: {h: {username: a, password: @}}",
    "services: {w: {image: nginx, env: {KEY: @}}}",
];

#[derive(Debug, Clone)]
enum Damage {
    None,
    Insert(Index, &'static str),
    Delete(Index),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let word = proptest::sample::select(vec![
        "\t", " ", "{", "}", "[", "]", "'", "\"", ":", ": ", "#", "- ", ",", "|", "&a", "*a", "{{", "}}",
        "{%", "\u{0}", "\\",
    ]);
    prop_oneof![
        Just(Damage::None),
        (any::<Index>(), word).prop_map(|(at, word)| Damage::Insert(at, word)),
        any::<Index>().prop_map(Damage::Delete),
        any::<Index>().prop_map(Damage::Cut),
    ]
}

/// A file with a secret in it, damaged anywhere but within the secret itself.
fn damaged(place: &str, quote: usize, secret: &str, damage: &Damage) -> String {
    let quoted = match quote {
        0 => secret.to_owned(),
        1 => format!("'{}'", secret.replace('\'', "''")),
        2 => format!("\"{}\"", secret.replace('\\', "\\\\").replace('"', "\\\"")),
        // As somebody writes it who does not know better.
        3 => format!("\"{secret}\""),
        _ => format!("'{secret}'"),
    };
    let indent = if place.starts_with("services") || place.starts_with("registries") { "" } else { "    " };
    let before = format!(
        "name: a\nservices:\n  w:\n    image: nginx\n{indent}{place}\n    nope: 1\n    instances: {{w-1: {{}}}}\n"
    );
    let before = if indent.is_empty() { format!("name: a\n{place}\nnope: [1\n") } else { before };
    let (start, end) = before.split_once('@').unwrap();
    let change = |text: &str, at: usize| {
        let mut text = text.to_owned();
        let at = at.min(text.len());
        match damage {
            Damage::Insert(_, word) => text.insert_str(at, word),
            Damage::Delete(_) if at < text.len() => drop(text.remove(at)),
            Damage::Cut(_) => text.truncate(at),
            Damage::None | Damage::Delete(_) => {}
        }
        text
    };
    let at = match damage {
        Damage::Insert(at, _) | Damage::Delete(at) | Damage::Cut(at) => at.index(start.len() + end.len()),
        Damage::None => 0,
    };
    // The name tells that it is a secret: without it nobody could know.
    let name = start.rfind(|c: char| !c.is_alphanumeric() && !"_-: ".contains(c)).map_or(0, |at| at + 1);
    if at < name && !matches!(damage, Damage::Cut(_)) {
        format!("{}{quoted}{end}", change(&start[..name], at) + &start[name..])
    } else {
        format!("{start}{quoted}{}", change(end, at.saturating_sub(start.len())))
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").map_or(2000, |cases| cases.parse().expect("a number of cases")),
        max_global_rejects: 10_000_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_random_secret_is_in_no_output(
        secret in "[A-Za-z0-9!\"'#$%&()*+,./:;<=>?@\\[\\\\\\]^_`{|}~ -]{0,4}[A-Za-z0-9]{6}[A-Za-z0-9!\"'#$%&()*+,./:;<=>?@\\[\\\\\\]^_`{|}~ -]{0,12}",
        place in proptest::sample::select(PLACES), quote in 0..5_usize, damage in damage(), from_environment: bool,
    ) {
        // Of a value that ends in its middle nobody can tell the rest from what follows; quotes alone tell.
        let ends_early = if place.contains('{') { ",{}[]\"'#:&*?|`@()<>/;\\ " } else { ",{}[]#:&*?|`@()<>/; " };
        prop_assume!(quote == 1 || quote == 2 || !secret.contains(|c| ends_early.contains(c)));
        // Nor a path behind a key: `KEY: /etc/tls/key.pem`.
        prop_assume!(!(secret.starts_with(['/', '.', '~']) && secret[1..].contains(['/', '.'])));
        // A template is no secret.
        prop_assume!(!secret.contains("{{") && !secret.contains("{%") && !secret.contains("{#"));
        let (text, environment) = if from_environment {
            (damaged(place, quote, "{{ env.PW }}", &damage), vec![("PW", secret.as_str())])
        } else {
            (damaged(place, quote, &secret, &damage), Vec::new())
        };
        let told = output(&text, &environment);
        let rest = output(&damaged(place, quote, "x", &damage), &[]);
        let letters: Vec<char> = secret.chars().collect();
        for piece in letters.windows(6) {
            let piece: String = piece.iter().collect();
            // What other text has by chance is no piece of it.
            prop_assert!(piece.trim().len() < 6 || rest.contains(&piece) || !told.contains(&piece), "{} of {:?} in\n{}\n{}", piece, secret, text, told);
        }
    }
}

#[test]
fn an_escaped_quote_ends_no_secret() {
    // The colon behind the value is what is wrong; the second backslash begins no escape.
    let text = "name: a\nservices:\n  w:\n    image: nginx\n    env: {DB_PASSWORD: \"aaaA00\\\",A\\cAAa !\":, A: 1}\n    instances: {w-1: {}}\n";
    for text in [text.to_owned(), text.replace("A\\c", "A")] {
        let told = output(&text, &[]);
        assert!(!told.contains("aaaA00") && !told.contains("AAa !"), "{told}");
    }
}

#[test]
fn a_line_that_is_indented_wrong_is_named_by_its_key_alone() {
    let text =
        "name: a\nservices:\n  w:    image: nginx\n    api_key : '{{ env.PW }}'\n    instances: {w-1: {}}\n";
    let told = output(text, &[("PW", "aA0A0A`c4nary")]);
    assert!(told.contains("is indented below a line that has a value") && !is_told(&told), "{told}");
}
