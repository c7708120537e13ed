//! `watch --install`: a systemd unit that runs the same command.

use std::{env, ffi::OsString, fs, path::PathBuf};

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
    let home = session.variables.get("HOME").filter(|_| !args.user);
    let text = unit(&session.environment.name, &command, &directory.display().to_string(), home, args.user);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| failed(&format!("{} cannot be made", folder.display()), &error))?;
    }
    fs::write(&path, text)
        .map_err(|error| failed(&format!("{} cannot be written", path.display()), &error))?;
    let systemctl = if args.user { "systemctl --user" } else { "systemctl" };
    let file = path.file_name().map_or(name, |name| name.to_string_lossy().into_owned());
    let commands = [format!("{systemctl} daemon-reload"), format!("{systemctl} enable --now {file}")];
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

/// A word as systemd reads it.
fn quoted(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=,@+".contains(letter);
    if !escaped.is_empty() && escaped.chars().all(is_plain) { escaped } else { format!("\"{escaped}\"") }
}

fn unit(
    environment: &str,
    command: &[OsString],
    directory: &str,
    home: Option<&String>,
    is_of_user: bool,
) -> String {
    let words: Vec<String> = command.iter().map(|word| quoted(&word.to_string_lossy())).collect();
    let home =
        home.map(|home| format!("Environment={}\n", quoted(&format!("HOME={home}")))).unwrap_or_default();
    let target = if is_of_user { "default.target" } else { "multi-user.target" };
    format!(
        "{MARK}\n[Unit]\nDescription=Maestro watches {}\nDocumentation=man:maestro(1)\nWants=network-online.target\n\
         After=network-online.target docker.service\n\n[Service]\nType=notify\nWorkingDirectory={}\n{home}\
         ExecStart={}\nExecReload=/bin/kill -HUP $MAINPID\nWatchdogSec=60\nRestart=always\nRestartSec=5\n\
         # Only Maestro gets the signal: it ends what it has begun.\nKillMode=mixed\nTimeoutStopSec=15min\n\
         # Ended by the signal of systemd.\nSuccessExitStatus=143\n\n[Install]\nWantedBy={target}\n",
        environment.replace('%', "%%").replace(char::is_control, " "),
        directory.replace('%', "%%"),
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
        let home = "/root".to_owned();
        insta::assert_snapshot!(unit("shop", &command, "/srv/50% shop", Some(&home), false), @r#"
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
        ExecStart=/usr/bin/maestro -f "my shop.yaml" watch --apply --tries 3
        ExecReload=/bin/kill -HUP $MAINPID
        WatchdogSec=60
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
        assert!(unit("shop", &command, "/srv", None, true).ends_with("WantedBy=default.target\n"));
        assert_eq!(unit_name("my shop/é"), "maestro-watch-my_shop__.service");
    }
}
