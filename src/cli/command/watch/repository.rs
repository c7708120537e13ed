//! The git repository of `watch --git`: where it is checked out, and which of its files are read.

use std::{
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::json;

use crate::cli::{
    args::{Cli, Command, FileOptions, GitArgs, Global},
    error::{End, Problem},
    file::{Choice, choose, text_variables},
    git::{Address, BadAddress, Checkout, CheckoutFault, FollowedRepository, RepositoryFault},
    session::Session,
    understood::Needs,
};
use maestro_file::compose::{DEFAULT_NAMES, MAESTRO_NAMES};
use maestro_report::{problem::CommandProblem, text::harmless};
use maestro_web::digest_of;

/// How often a repository is asked, if the user does not say.
const INTERVAL: Duration = Duration::from_secs(60);

/// The options that read the files of a directory in place of those of the repository.
fn reading(followed: &FollowedRepository, global: &Global, directory: &Path) -> Result<Global, Problem> {
    let mut global = global.clone();
    global.file = options(&global.file, &followed.named, directory, &followed.checkout.address)?;
    Ok(global)
}

fn options(
    typed: &FileOptions,
    named: &[PathBuf],
    directory: &Path,
    address: &Address,
) -> Result<FileOptions, Problem> {
    let files = if named.is_empty() {
        let usual = MAESTRO_NAMES.iter().chain(&DEFAULT_NAMES);
        let mut paths = usual.map(|name| directory.join(name));
        let found = paths.find(|path| path.exists()).ok_or_else(|| {
            let text =
                format!("{} has no maestro.yaml or compose.yaml at its top", harmless(address.as_str()));
            Problem::bad_input(CommandProblem::new(text).help("name its file with `-f FILE`"))
        })?;
        vec![found]
    } else {
        named.iter().map(|name| directory.join(name)).collect()
    };
    Ok(FileOptions { files, ..typed.clone() })
}

/// The repository of a command line, which from then on reads the checkout; none without `--git`. The newest commit is checked
/// out, unless its file does not load and there is an older one.
pub(in crate::cli) fn follow(cli: &mut Cli) -> Result<Option<FollowedRepository>, Problem> {
    let Command::Watch(args) = &cli.command else { return Ok(None) };
    let Some(url) = &args.git.url else { return Ok(None) };
    let address = Address::read(url).map_err(bad_address)?;
    let named = cli.global.file.files.clone();
    if let Some(other) = named.iter().find(|file| !is_inside(file)) {
        let text = format!("`{}` is no file of the repository", harmless(&other.display().to_string()));
        let help = "with `--git`, name the file as the repository has it: `-f deploy/maestro.yaml`";
        return Err(Problem::bad_input(CommandProblem::new(text).help(help)));
    }
    let directory = directory(&args.git, &address)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let opened = Checkout::open(address, args.git.branch.as_deref(), &directory, !args.install);
    let checkout = Arc::new(runtime.block_on(opened).map_err(|fault| bad_checkout(fault, &directory))?);
    let commit = runtime.block_on(checkout.commit());
    let interval = args.git.interval.unwrap_or(INTERVAL);
    let mut followed = FollowedRepository {
        checkout,
        interval,
        named,
        commit: commit.clone().unwrap_or_default(),
        fault: None,
    };
    // A unit needs no more than the name of the environment, and a `watch` may be using the checkout.
    if !(args.install && commit.is_some()) {
        let newest = match runtime.block_on(followed.checkout.fetch()) {
            Ok(newest) if commit.as_ref() == Some(&newest) => Ok(()),
            Ok(newest) => first_look(&cli.global, &mut followed, newest, &runtime),
            Err(reason) => {
                let fault = RepositoryFault::Unreachable(reason.clone());
                followed.fault = Some(fault);
                Err(unreachable(&followed.checkout.address, &reason))
            }
        };
        if commit.is_none() {
            newest?;
        }
    }
    cli.global = reading(&followed, &cli.global, followed.checkout.tree())?;
    Ok(Some(followed))
}

/// Checks out a commit whose file loads.
fn first_look(
    global: &Global,
    followed: &mut FollowedRepository,
    newest: String,
    runtime: &tokio::runtime::Runtime,
) -> Result<(), Problem> {
    let looked =
        runtime.block_on(followed.checkout.stage(&newest)).map_err(|reason| broken(&newest, &reason));
    let looked = looked.map(Path::to_owned).and_then(|staged| {
        let global = reading(followed, global, &staged)?;
        Session::open(&global, &choose(&global.file)?, Needs::Contents).map(drop)
    });
    let adopt =
        || runtime.block_on(followed.checkout.adopt(&newest)).map_err(|reason| broken(&newest, &reason));
    match looked.and_then(|()| adopt()) {
        Ok(()) => {
            followed.commit = newest;
            Ok(())
        }
        Err(problem) => {
            followed.fault = Some(RepositoryFault::Broken { commit: newest, reason: problem.first() });
            Err(problem)
        }
    }
}

/// Whether a path stays below the directory that it counts from.
fn is_inside(path: &Path) -> bool {
    path != Path::new("-")
        && path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Where a repository is checked out: always in the same place, because files of the checkout may be mounted.
fn directory(args: &GitArgs, address: &Address) -> Result<PathBuf, Problem> {
    if let Some(directory) = &args.checkout {
        return Ok(directory.clone());
    }
    let variables = text_variables(std::env::vars_os());
    let variable = |name: &str| variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")));
    let state = state.ok_or_else(|| {
        let problem = CommandProblem::new("neither `XDG_STATE_HOME` nor `HOME` is set");
        Problem::bad_input(problem.help("name the directory of the checkout with `--checkout DIR`"))
    })?;
    let mut digest = digest_of(&json!([address.as_str(), args.branch]));
    digest.truncate(8);
    Ok(state.join("maestro/git").join(format!("{}-{digest}", address.name())))
}

fn bad_address(fault: BadAddress) -> Problem {
    let problem = match fault {
        BadAddress::NoAddress => CommandProblem::new("`--git` names no repository")
            .help("give its address: `https://example.org/shop.git`, `git@example.org:shop.git`, or a directory"),
        BadAddress::Credentials => CommandProblem::new("the address of `--git` contains credentials")
            .note("other users of this machine can read command lines")
            .help("remove them, and have git find them: a credential helper (`git help credentials`) or an SSH key"),
    };
    Problem::bad_input(problem)
}

fn bad_checkout(fault: CheckoutFault, directory: &Path) -> Problem {
    let directory = directory.display().to_string();
    let directory = harmless(&directory);
    match fault {
        CheckoutFault::InUse => Problem::ended(
            CommandProblem::new(format!("another `maestro watch` uses {directory}"))
                .help("end it first, or name another directory with `--checkout DIR`"),
            End::Locked,
        ),
        CheckoutFault::Directory(error) => Problem::bad_input(
            CommandProblem::new(format!("{directory} cannot be used: {error}"))
                .help("name another directory with `--checkout DIR`"),
        ),
        CheckoutFault::Git(reason) => Problem::bad_input(
            CommandProblem::new(format!("{directory} cannot be used: {}", harmless(&reason)))
                .help("`--git` needs the program `git` on this machine"),
        ),
    }
}

fn unreachable(address: &Address, reason: &str) -> Problem {
    let text = format!("{}: {}", harmless(address.as_str()), harmless(reason));
    let help = format!("`git ls-remote {}` tries the same", harmless(address.as_str()));
    Problem::ended(CommandProblem::new(text).help(help), End::Unreachable)
}

/// A commit whose files cannot be used.
pub(super) fn broken(commit: &str, reason: &str) -> Problem {
    let text = format!("commit {commit}: {}", harmless(reason));
    Problem::ended(CommandProblem::new(text), End::Failed)
}

/// What is read in that directory in place of the checkout.
pub(super) fn chosen(
    followed: &FollowedRepository,
    global: &Global,
    directory: &Path,
) -> Result<(Global, Choice), Problem> {
    let global = reading(followed, global, directory)?;
    let choice = choose(&global.file)?;
    Ok((global, choice))
}
