//! Files of saved plans: written whole or not at all, and read as bad input is read.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{
    args::{ApplyArgs, NewContainers},
    error::{End, Problem},
    plan_file::{begin, is_saved},
    session::Session,
};
use maestro_core::{
    model::{
        InstanceId,
        selection::{may_have_surplus, undeclared},
    },
    observed::Observed,
    plan::{
        Plan,
        saved::{self, Asked, Saved},
        stale::Divergence,
    },
    value::shell::quoted,
};
use maestro_report::{explain, json, plan as report, problem::CommandProblem, stale, text::harmless};

/// Bytes that a saved plan may have. One that starts 10,000 instances has 14 MB.
const LARGEST: u64 = 64 << 20;
/// What is wrong before anything was contacted.
fn bad(what: &str, help: &str) -> Problem {
    Problem::bad_input(CommandProblem::new(what).help(help))
}

fn shown(path: &Path) -> String {
    harmless(&path.display().to_string()).into_owned()
}

/// A file that a plan is going to be saved in.
pub(super) struct PlanFile {
    /// As it was typed.
    typed: PathBuf,
    /// Where it really is.
    path: PathBuf,
    /// What takes its place when it is whole. Only its owner may read it.
    file: NamedTempFile,
}

impl PlanFile {
    /// Looks whether a plan can be saved there. A file that is there has to be a saved plan, or empty.
    pub(super) fn at(typed: &Path) -> Result<Self, Problem> {
        if typed == Path::new("-") {
            return Err(bad(
                "a plan cannot be saved to `-`",
                "name a file: `-o next.plan`; `plan --output json` prints the plan",
            ));
        }
        replaceable(typed)?;
        // Of a link, what it leads to is replaced.
        let path = fs::canonicalize(typed).unwrap_or_else(|_| typed.to_owned());
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        let file = tempfile::Builder::new().prefix(".maestro-plan-").tempfile_in(folder);
        let file = file.map_err(|error| unwritable(typed, folder, &error))?;
        Ok(Self { typed: typed.to_owned(), path, file })
    }

    /// Saves a plan there. Tells what to do with it.
    pub(super) fn write(mut self, session: &Session, saved: &Saved) -> Result<String, Problem> {
        let name = shown(&self.typed);
        let failed = |error: &io::Error| {
            let problem = CommandProblem::new(format!("the plan is not saved in {name}: {error}"));
            Problem::ended(
                problem.note(format!("holds: nothing was changed, and {name} is what it was")),
                End::Failed,
            )
        };
        let mut text = json::pretty(&session.hidden(serde_json::to_value(saved)?))?;
        text.push('\n');
        if text.len() as u64 > LARGEST {
            let most = LARGEST >> 20;
            let reason =
                format!("it has more than the {most} MiB that are read again; plan fewer services at once");
            return Err(failed(&io::Error::other(reason)));
        }
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.as_file().sync_all());
        written.map_err(|error| failed(&error))?;
        // Somebody else may have written there meanwhile.
        replaceable(&self.path)?;
        self.file.persist(&self.path).map_err(|error| failed(&error.error))?;
        let typed = quoted(&self.typed.display().to_string());
        Ok(format!(
            "the plan is saved in {name}; `{} apply {typed}` applies it if nothing has changed since",
            session.invocation
        ))
    }
}

/// Whether a plan may take the place of what is there.
fn replaceable(path: &Path) -> Result<(), Problem> {
    let name = shown(path);
    let other = "name another file, or remove this one";
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(bad(&format!("no plan can be saved in {name}: {error}"), "name another file")),
        Ok(data) if data.is_dir() => {
            Err(bad(&format!("{name} is a directory"), "name a file to save the plan in"))
        }
        Ok(data) if !data.is_file() => {
            Err(bad(&format!("{name} is no file that a plan could be saved in"), "name another file"))
        }
        Ok(_) => match begin(path) {
            Ok(bytes) if bytes.is_empty() || saved::begins(&bytes) => Ok(()),
            Ok(_) => Err(bad(&format!("{name} is there and no saved plan, so it is not overwritten"), other)),
            Err(error) => Err(bad(
                &format!("{name} is there and cannot be read, so it is not overwritten: {error}"),
                other,
            )),
        },
    }
}

fn unwritable(typed: &Path, folder: &Path, error: &io::Error) -> Problem {
    let (name, folder) = (shown(typed), shown(folder));
    match error.kind() {
        io::ErrorKind::NotFound => {
            bad(&format!("no plan can be saved in {name}: there is no directory {folder}"), "make it first")
        }
        _ => bad(
            &format!("no plan can be saved in {name}: nothing can be written in {folder} ({})", error.kind()),
            "name a file in a writable directory",
        ),
    }
}

/// A saved plan that is to be carried out.
pub(super) struct Agreed {
    /// As it was typed.
    name: String,
    saved: Saved,
}

impl Agreed {
    /// The saved plan that a command line names in place of services and instances, if it does.
    pub(super) fn named(session: &Session, args: &ApplyArgs) -> Result<Option<Self>, Problem> {
        let mut files = Vec::new();
        for thing in &args.things.things {
            if is_meant(session, thing)? {
                files.push(thing);
            }
        }
        let Some(name) = files.first() else { return Ok(None) };
        let beside = beside(args, name);
        if !beside.is_empty() {
            return Err(bad(
                &format!(
                    "a saved plan is carried out as it is: beside {} there cannot be {}",
                    harmless(name),
                    harmless(&beside.join(", "))
                ),
                "give names and options to `plan`; beside a saved plan `apply` takes `-c`, `--wait`, `--dry-run`, `--steps` and `--no-preflight`",
            ));
        }
        let saved = read(Path::new(name))?;
        let environment = &session.environment.name;
        if saved.environment != *environment {
            return Err(bad(
                &format!(
                    "{} is a plan of the environment {}, and the file describes {}",
                    harmless(name),
                    harmless(&saved.environment),
                    harmless(environment)
                ),
                "name the file of that environment: `maestro -f FILE apply …`",
            ));
        }
        Ok(Some(Self { name: (*name).clone(), saved }))
    }

    /// What was asked for.
    pub(super) fn asked(&self) -> &Asked {
        &self.saved.asked
    }

    /// Whether all ships were asked: nothing was named, or what was named may be on any of them.
    pub(super) fn is_everywhere(&self, session: &Session) -> bool {
        let Asked { things, container_filter, ship_filter, prune, .. } = self.asked();
        let may_be_left = *prune || things.is_empty() || may_have_surplus(&session.environment, things);
        ship_filter.is_none() && (*prune || container_filter.is_none()) && may_be_left
    }

    /// Its instances, as far as the file still has them.
    pub(super) fn selected(&self, session: &Session) -> BTreeSet<InstanceId> {
        let environment = &session.environment;
        let names = &self.saved.asked.instances;
        environment.instance_ids().filter(|&id| names.contains(&environment.instance(id).name)).collect()
    }

    /// Refuses a plan for these instances that is not the saved one, or is made from something else.
    pub(super) fn holds(
        &self,
        session: &Session,
        selected: &BTreeSet<InstanceId>,
        observed: &Observed,
        plan: &Plan,
    ) -> Result<(), Problem> {
        let environment = &session.environment;
        let instances = selected.iter().map(|&id| environment.instance(id).name.clone()).collect();
        let asked = Asked { instances, ..self.saved.asked.clone() };
        let told = session.hidden(report::json(plan, environment, &session.sources));
        let changes =
            self.saved.changes(&Saved::of(environment, observed, asked, told, &explain::engine::ship));
        if changes.is_empty() {
            return Ok(());
        }
        let is_silence = changes.iter().all(|change| matches!(change, Divergence::Silent { .. }));
        let end = if is_silence { End::Unreachable } else { End::Stale };
        let again = stale::again(&session.invocation, self.asked(), &self.name);
        Err(Problem::ended(stale::refusal(&changes, &self.name, &again), end))
    }
}

/// Whether a word of the command line is the file of a saved plan, and not a name.
fn is_meant(session: &Session, thing: &str) -> Result<bool, Problem> {
    let environment = &session.environment;
    // `service/web` and `instance/web` are names.
    if thing.contains('/') && undeclared(environment, &[thing.to_owned()]).is_empty() {
        return Ok(false);
    }
    let service = environment.services.iter().any(|service| service.name == thing);
    let instance = environment.instances.iter().any(|instance| instance.name == thing);
    let path = Path::new(thing);
    let shown = harmless(thing);
    let is_path = thing.contains('/');
    // Only what looks like a file's name is taken for one.
    let names = environment.services.iter().map(|service| &service.name);
    let has_points = names
        .chain(environment.instances.iter().map(|instance| &instance.name))
        .any(|name| name.contains('.'));
    match (service || instance, is_saved(path)) {
        (true, true) if !is_path => {
            let (kind, other) = if service { ("a service", "service") } else { ("an instance", "instance") };
            let (typed, invocation) = (quoted(&format!("./{thing}")), &session.invocation);
            Err(bad(
                &format!("{shown} is {kind}, and the file of a saved plan as well"),
                &format!(
                    "`{invocation} apply {typed}` carries out the plan; for the {other}, move the file away"
                ),
            ))
        }
        (_, true) => Ok(true),
        (false, false) if path.is_file() => {
            let help = "`maestro plan -o FILE` saves a plan in a file that is not there yet";
            match begin(path) {
                Ok(_) => Err(bad(&format!("{shown} is a file, but no saved plan"), help)),
                Err(error) => Err(bad(
                    &format!("{shown} cannot be read: {error}"),
                    "make it readable, or run this as its owner",
                )),
            }
        }
        (false, false) if is_path && !path.exists() => {
            Err(bad(&format!("there is no file {shown}"), "`maestro plan -o FILE` saves a plan"))
        }
        (false, false) if thing.contains('.') && !path.exists() && !has_points => Err(bad(
            &format!("there is no service or instance {shown} and no such file"),
            "`maestro plan -o FILE` saves a plan; `maestro status` shows all names",
        )),
        (_, false) => Ok(false),
    }
}

/// What stands beside a saved plan that cannot.
fn beside(args: &ApplyArgs, name: &str) -> Vec<String> {
    // `--no-preflight` counts for a saved plan too.
    let ApplyArgs {
        things,
        adopt,
        prune,
        pull,
        peers,
        rebalance,
        continues,
        new,
        scale,
        builds,
        preflight: _,
    } = args;
    let NewContainers { renew_anonymous_volumes, moves, detach, skip_unreachable } = *new;
    let mut others: Vec<String> = things.things.clone();
    if let Some(at) = others.iter().position(|thing| thing == name) {
        others.remove(at);
    }
    let options = [
        (things.container_filter.is_some(), "-C"),
        (things.ship_filter.is_some(), "-S"),
        (things.with_dependencies, "-d"),
        (things.ignore_dependencies, "-i"),
        (adopt.adopt, "--adopt"),
        (*prune, "--prune"),
        (*pull, "--pull"),
        (*peers, "--peers"),
        (*rebalance, "--rebalance"),
        (*continues, "--continue"),
        (!scale.is_empty(), "--scale"),
        (builds.build, "--build"),
        (builds.no_build, "--no-build"),
        (renew_anonymous_volumes, "--renew-anonymous-volumes"),
        (moves, "--move"),
        (skip_unreachable, "--skip-unreachable"),
        (detach, "--detach"),
    ];
    others.extend(options.into_iter().filter(|(given, _)| *given).map(|(_, option)| option.to_owned()));
    others
}

fn read(path: &Path) -> Result<Saved, Problem> {
    let name = shown(path);
    let mut bytes = Vec::new();
    let done = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    if let Err(error) = done {
        return Err(bad(
            &format!("{name} cannot be read: {error}"),
            "make it readable, or run this as its owner",
        ));
    }
    let again = "save a new plan: `maestro plan -o FILE`";
    if bytes.len() as u64 > LARGEST {
        let most = LARGEST >> 20;
        return Err(bad(&format!("{name} is larger than {most} MiB, the limit for saved plans"), again));
    }
    saved::read(&bytes).map_err(|error| {
        bad(
            &format!("{name} is not a valid saved plan: {}", harmless(&explain::saved::unreadable(&error))),
            again,
        )
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::cli::args::{Cli, Command};

    /// Options that count for a saved plan as well.
    const EFFECTIVE: &[&str] = &[
        "file",
        "color",
        "output",
        "allow-outside",
        // What the plan removes was agreed on when it was saved.
        "yes",
        "profile",
        "env-file",
        "project-name",
        "project-directory",
        // Refused everywhere.
        "env",
        "help",
        "concurrency",
        "wait",
        "dry-run",
        "steps",
        "timeline",
        "no-preflight",
    ];

    #[test]
    fn every_option_of_apply_without_an_effect_on_a_saved_plan_is_refused_beside_it() {
        let mut cli = Cli::command();
        cli.build();
        let apply = cli.find_subcommand("apply").unwrap();
        for option in apply.get_arguments().filter(|arg| !arg.is_positional()) {
            let long = option.get_long().unwrap();
            if EFFECTIVE.contains(&long) {
                continue;
            }
            let typed = format!("--{long}");
            let mut words = vec!["maestro", "apply", "next.plan", &typed];
            let value = if long == "scale" { "web=2" } else { "x" };
            words.extend(option.get_action().takes_values().then_some(value));
            let Command::Apply(apply) = Cli::try_parse_from(words).unwrap().command else {
                panic!("{typed}: another command")
            };
            assert_eq!(beside(&apply.args, "next.plan").len(), 1, "{typed} is not refused");
        }
    }
}
