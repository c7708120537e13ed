//! `watch --install`: a systemd unit that runs the same command.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    fmt::Write as _,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::cli::{
    args::{Output, WatchArgs},
    error::{End, Problem},
    session::Session,
};
use maestro_report::{json::line, problem::CommandProblem};

/// The first line of a unit, by which it is known again.
const MARK: &str = "# Written by `maestro watch --install`; write it again in the same way.";

pub(super) fn install(session: &Session, args: &WatchArgs) -> Result<End, Problem> {
    let name = unit_name(&session.environment.name);
    let path = match &args.unit {
        Some(path) => path.clone(),
        None => folder(session, args.user)?.join(&name),
    };
    if fs::read_to_string(&path).is_ok_and(|text| !text.starts_with(MARK)) {
        let problem = CommandProblem::new(format!("{} exists and is no unit of Maestro", path.display()));
        return Err(Problem::bad_input(problem.help("write to another file with `--unit FILE`")));
    }
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        let problem = CommandProblem::new(format!("{what}: {error}"));
        let help =
            "`sudo` may write there; `--user` writes a unit of your own user, `--unit FILE` another file";
        Problem::ended(problem.help(help), End::Failed)
    };
    let program = env::current_exe().map_err(|error| failed("the program cannot be found", &error))?;
    let directory = env::current_dir().map_err(|error| failed("the directory cannot be found", &error))?;
    let words = words(env::args_os().skip(1));
    let command: Vec<OsString> = [program.into_os_string()].into_iter().chain(words).collect();
    let kept = kept(&session.variables, args.user);
    let text = unit(&session.environment.name, &command, &directory, &kept, args.user);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| failed(&format!("{} cannot be made", folder.display()), &error))?;
    }
    fs::write(&path, text)
        .map_err(|error| failed(&format!("{} cannot be written", path.display()), &error))?;
    let systemctl = if args.user { "systemctl --user" } else { "systemctl" };
    let file = path.file_name().map_or(name, |name| name.to_string_lossy().into_owned());
    let mut commands =
        vec![format!("{systemctl} daemon-reload"), format!("{systemctl} enable --now {}", shell_word(&file))];
    if args.user {
        // Without it, units of a user run while the user is logged in.
        commands.push("loginctl enable-linger".to_owned());
    }
    if session.output == Output::Json {
        let told = json!({ "version": 1, "unit": path.display().to_string(), "commands": commands });
        session.print(&line(&told)?)?;
    } else {
        session.print(&format!("wrote {}\nstart it with:\n  {}", path.display(), commands.join("\n  ")))?;
    }
    Ok(End::Done)
}

/// `maestro-watch-shop.service`
fn unit_name(environment: &str) -> String {
    let kept = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let name: String = environment.chars().map(|letter| if kept(letter) { letter } else { '_' }).collect();
    format!("maestro-watch-{name}.service")
}

fn folder(session: &Session, is_of_user: bool) -> Result<PathBuf, Problem> {
    if !is_of_user {
        return Ok(PathBuf::from("/etc/systemd/system"));
    }
    let variable =
        |name: &str| session.variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
    let config = config.ok_or_else(|| {
        let problem = CommandProblem::new("neither `XDG_CONFIG_HOME` nor `HOME` is set");
        Problem::bad_input(problem.help("name the file with `--unit FILE`"))
    })?;
    Ok(config.join("systemd/user"))
}

/// What was typed, without what installs.
fn words(typed: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut is_path = false;
    for word in typed {
        let text = word.to_string_lossy();
        let is_own = std::mem::take(&mut is_path)
            || ["--install", "--user"].contains(&&*text)
            || text.starts_with("--unit=");
        is_path = text == "--unit";
        if !is_own && !is_path {
            kept.push(word);
        }
    }
    kept
}

/// Variables that say where Maestro finds files and engines. Others may be secrets, and a unit is readable by all.
const VARIABLES: [&str; 22] = [
    "BUILDX_CONFIG",
    "COMPOSE_DISABLE_ENV_FILE",
    "COMPOSE_ENV_FILES",
    "COMPOSE_FILE",
    "COMPOSE_PATH_SEPARATOR",
    "COMPOSE_PROFILES",
    "COMPOSE_PROJECT_NAME",
    "DOCKER_CERT_PATH",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "HOME",
    "MAESTRO_ENVIRONMENT_NAME",
    "MAESTRO_FILE",
    "MAESTRO_GUEST",
    "PATH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
];

/// The variables of this process that the unit sets. A user's manager sets `HOME` itself.
fn kept(variables: &BTreeMap<String, String>, is_of_user: bool) -> BTreeMap<&'static str, String> {
    let wanted = VARIABLES.into_iter().filter(|name| !(is_of_user && *name == "HOME"));
    wanted.filter_map(|name| Some((name, variables.get(name)?.clone()))).collect()
}

/// A word of a command as systemd reads it, which expands variables in it.
fn word(text: &OsStr) -> String {
    quoted(text).replace('$', "$$")
}

/// A text as systemd reads it: percent signs are specifiers, and what is no plain text is escaped as in C.
fn quoted(text: &OsStr) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@+$".contains(&byte);
    let bytes = text.as_bytes();
    if !bytes.is_empty() && bytes.iter().copied().all(is_plain) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut quoted = "\"".to_owned();
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\\' | '"' => quoted.extend(['\\', letter]),
                '%' => quoted.push_str("%%"),
                letter if letter.is_ascii_control() => escape(&mut quoted, letter as u8),
                letter => quoted.push(letter),
            }
        }
        for byte in chunk.invalid() {
            escape(&mut quoted, *byte);
        }
    }
    quoted + "\""
}

fn escape(text: &mut String, byte: u8) {
    // Writing to a text cannot fail.
    write!(text, "\\x{byte:02x}").ok();
}

/// A word that a shell takes as it is.
fn shell_word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=,@+".contains(letter);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn unit(
    environment: &str,
    command: &[OsString],
    directory: &Path,
    variables: &BTreeMap<&str, String>,
    is_of_user: bool,
) -> String {
    let words: Vec<String> = command.iter().map(|one| word(one)).collect();
    let variables: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("Environment={}\n", quoted(OsStr::new(&format!("{name}={value}")))))
        .collect();
    let variables = variables.concat();
    // The manager of a user knows no units of the system.
    let (after, target) = if is_of_user {
        ("", "default.target")
    } else {
        ("Wants=network-online.target\nAfter=network-online.target docker.service\n", "multi-user.target")
    };
    format!(
        "{MARK}\n[Unit]\nDescription=Maestro watches {}\nDocumentation=man:maestro(1)\n{after}\n\
         [Service]\nType=notify\nWorkingDirectory={}\n{variables}\
         ExecStart={}\nExecReload=/bin/kill -HUP $MAINPID\n\
         # A program of the file may take 60 s.\nWatchdogSec=180\nRestart=always\nRestartSec=5\n\
         # Only Maestro gets the signal: it ends what it has begun.\nKillMode=mixed\nTimeoutStopSec=15min\n\
         # Ended by the signal of systemd.\nSuccessExitStatus=143\n\n[Install]\nWantedBy={target}\n",
        environment.replace('%', "%%").replace(char::is_control, " "),
        directory.display().to_string().replace('%', "%%"),
        words.join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_unit_runs_what_was_typed() {
        let typed =
            os(&["-f", "my shop.yaml", "watch", "--apply", "--install", "--unit", "/tmp/a", "--tries", "3"]);
        let command = [os(&["/usr/bin/maestro"]), words(typed.into_iter())].concat();
        let variables = [("HOME", "/root"), ("XDG_STATE_HOME", "/var/lib/$50% x"), ("DB_PASSWORD", "secret")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let variables = kept(&variables, false);
        insta::assert_snapshot!(unit("shop", &command, Path::new("/srv/50% shop"), &variables, false), @r#"
        # Written by `maestro watch --install`; write it again in the same way.
        [Unit]
        Description=Maestro watches shop
        Documentation=man:maestro(1)
        Wants=network-online.target
        After=network-online.target docker.service

        [Service]
        Type=notify
        WorkingDirectory=/srv/50%% shop
        Environment=HOME=/root
        Environment="XDG_STATE_HOME=/var/lib/$50%% x"
        ExecStart=/usr/bin/maestro -f "my shop.yaml" watch --apply --tries 3
        ExecReload=/bin/kill -HUP $MAINPID
        # A program of the file may take 60 s.
        WatchdogSec=180
        Restart=always
        RestartSec=5
        # Only Maestro gets the signal: it ends what it has begun.
        KillMode=mixed
        TimeoutStopSec=15min
        # Ended by the signal of systemd.
        SuccessExitStatus=143

        [Install]
        WantedBy=multi-user.target
        "#);
        let of_user = BTreeMap::from([("HOME".to_owned(), "/home/a".to_owned())]);
        let of_user = unit("shop", &command, Path::new("/srv"), &kept(&of_user, true), true);
        assert!(of_user.ends_with("WantedBy=default.target\n") && !of_user.contains("docker.service"));
        assert!(!of_user.contains("HOME"), "{of_user}");
        let odd = ["100%", "$HOME/a b", "a\"b\\c", "x\ny", ";", ""].map(|text| word(OsStr::new(text)));
        let wanted = [r#""100%%""#, r#""$$HOME/a b""#, r#""a\"b\\c""#, r#""x\x0ay""#, r#"";""#, r#""""#];
        assert_eq!(odd, wanted);
        assert_eq!(word(OsStr::from_bytes(b"caf\xe9")), r#""caf\xe9""#);
        assert_eq!(shell_word("my shop's.service"), r"'my shop'\''s.service'");
        assert_eq!(unit_name("my shop/é"), "maestro-watch-my_shop__.service");
    }
}
