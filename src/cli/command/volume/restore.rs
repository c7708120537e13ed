//! `volume restore`: writes a backup to a volume.

use std::{
    fs::File,
    io::{self, Seek as _},
    path::Path,
    sync::Arc,
};

use serde_json::json;

use super::{
    copy::Copying,
    find::{Found, find, is_own},
};
use crate::cli::{
    args::{Output, VolumeRestoreArgs},
    consent::agree,
    copying::ShownProgress,
    error::{End, Problem},
    session::Session,
};
use maestro_core::{
    fault::ArchiveFault,
    model::{container::LABEL_ENVIRONMENT, volume::VolumeOptions},
    observed::volume_use::VolumeContainer,
};
use maestro_engine::CarrierMount;
use maestro_report::{copying, json, problem::CommandProblem, text::harmless};
use maestro_run::archives::{
    format::{CheckedBackup, check},
    restore::{RestoreRequest, is_empty, restore},
};

pub(super) async fn run(session: &Session, args: &VolumeRestoreArgs) -> Result<End, Problem> {
    let (file, checked) = opened(&args.file)?;
    let (fleet, found) = find(session, std::slice::from_ref(&args.volume), &args.place).await?;
    let Some(found) = found.into_iter().next() else { return Ok(End::Done) };
    refuse_running(session, &found)?;
    let mut copying = Copying::begin(session, &fleet, &found).await?;
    let what = format!("restore of {}", on_ship(session, &found));
    let is_replaced = match prepare(&mut copying, &found, args, &checked).await {
        Ok(is_replaced) => is_replaced,
        Err(Unprepared::Problem(problem)) => return Err(problem),
        Err(Unprepared::Fault(fault)) => {
            return Err(copying.failed(&what, Some("nothing was changed"), &fault));
        }
    };
    copying.take_lease(&args.place).await?;
    // Before there was a lease, another run could start a container that has it.
    if let Err(problem) = refuse_running_now(session, args).await {
        copying.release().await?;
        return Err(problem);
    }
    let request = RestoreRequest {
        engine: Arc::clone(&copying.engine),
        me: Arc::clone(&copying.me),
        mount: found.mount.clone(),
        is_replaced,
        options: options(session, &found),
        file,
        path: args.file.display().to_string(),
        checked: checked.clone(),
        interrupted: copying.interrupted(),
    };
    let shown = ShownProgress::new(session, &format!("restore of {}", found.name()));
    let tell = |amount| shown.tell(amount);
    let restored = copying.until_done(restore(request, &tell)).await;
    shown.end();
    let end = copying.release().await?;
    if let Err(fault) = restored {
        let state = "the volume is incomplete; run the same command again to restore it";
        return Err(copying.failed(&what, Some(state), &fault));
    }
    told(session, &found, &checked)?;
    Ok(end)
}

fn on_ship(session: &Session, found: &Found) -> String {
    format!("{} on {}", found.name(), session.environment.ship(found.ship).name)
}

/// The backup, of which all was checked. What comes from standard input is kept in a temporary file for that.
fn opened(path: &Path) -> Result<(File, CheckedBackup), Problem> {
    let name = path.display().to_string();
    let failed = |error: io::Error| {
        let text = format!("{}: {error}", harmless(&name));
        Problem::bad_input(CommandProblem::new(text))
    };
    let mut file = if path.as_os_str() == "-" {
        let mut kept = tempfile::tempfile().map_err(failed)?;
        io::copy(&mut io::stdin().lock(), &mut kept).map_err(failed)?;
        kept.rewind().map_err(failed)?;
        kept
    } else {
        File::open(path).map_err(failed)?
    };
    let length = file.metadata().map_err(failed)?.len();
    let checked = check(&mut io::BufReader::new(&mut file), length, &name).map_err(|fault| {
        let why = maestro_report::explain::archive::sentence(&fault);
        Problem::bad_input(CommandProblem::new(format!("{}: {}", harmless(&name), harmless(&why))))
    })?;
    Ok((file, checked))
}

/// Refuses a volume that a container uses now, and one that is not the environment's.
fn refuse_running(session: &Session, found: &Found) -> Result<(), Problem> {
    let name = on_ship(session, found);
    let name = harmless(&name);
    let Some(volume) = &found.volume else { return Ok(()) };
    if !is_own(volume) && !volume.exists {
        let text = format!("volume {name} is external and does not exist; nothing was changed");
        return Err(Problem::ended(CommandProblem::new(text), End::Failed));
    }
    let up: Vec<&VolumeContainer> = volume.containers.iter().filter(|one| one.is_up).collect();
    if up.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = up.iter().map(|one| one.name.as_str()).collect();
    let own: Vec<&str> = up.iter().filter_map(|one| one.instance.as_deref()).collect();
    let mut problem = CommandProblem::new(format!("volume {name} is in use; nothing was changed"))
        .note(format!("containers that run with it: {}", harmless(&names.join(", "))));
    if !own.is_empty() {
        problem = problem.help(format!("`{} stop {}`", session.invocation, harmless(&own.join(" "))));
    }
    Err(Problem::ended(problem, End::Refused))
}

/// Looks again whether a container uses the volume.
async fn refuse_running_now(session: &Session, args: &VolumeRestoreArgs) -> Result<(), Problem> {
    let (_, found) = find(session, std::slice::from_ref(&args.volume), &args.place).await?;
    found.iter().try_for_each(|one| refuse_running(session, one))
}

/// Why nothing was restored.
enum Unprepared {
    Problem(Problem),
    Fault(ArchiveFault),
}

impl From<Problem> for Unprepared {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Asks before data is lost. Tells whether the volume is removed first.
async fn prepare(
    copying: &mut Copying<'_>,
    found: &Found,
    args: &VolumeRestoreArgs,
    checked: &CheckedBackup,
) -> Result<bool, Unprepared> {
    let session = copying.session;
    let (engine, me) = (Arc::clone(&copying.engine), Arc::clone(&copying.me));
    if !found.exists() {
        return Ok(false);
    }
    let empty = copying.until_done(is_empty(&engine, &me, &found.mount)).await.map_err(Unprepared::Fault)?;
    if empty {
        return Ok(false);
    }
    let name = on_ship(session, found);
    let has_containers = found.volume.as_ref().is_none_or(|volume| !volume.containers.is_empty());
    let is_own = found.volume.as_ref().is_some_and(is_own);
    if (has_containers || !is_own) && !args.merge {
        return Err(not_replaced(session, found, &name).into());
    }
    let of = format!("{} of {}", checked.header.volume, checked.header.created);
    let text = if args.merge {
        format!("files of {name} will be written over by the backup {of}")
    } else {
        format!("all data of {name} will be replaced by the backup {of}")
    };
    agree(session, args.yes.yes, &text).await?;
    Ok(!args.merge)
}

/// A volume that is not empty, and cannot be removed to be made anew.
fn not_replaced(session: &Session, found: &Found, name: &str) -> Problem {
    let mut problem = CommandProblem::new(format!("{} is not empty; nothing was changed", harmless(name)));
    let containers = found.volume.iter().flat_map(|volume| &volume.containers);
    let own: Vec<&str> = containers.filter_map(|one| one.instance.as_deref()).collect();
    if !own.is_empty() && found.volume.as_ref().is_some_and(is_own) {
        let (invocation, own) = (&session.invocation, harmless(&own.join(" ")).into_owned());
        problem = problem
            .note("a volume is only emptied by removing it, and containers have it")
            .help(format!("`{invocation} clean {own}`, then run the command again"));
    }
    let merge = "`--merge` writes over the files that the backup has, and leaves the others";
    Problem::ended(problem.help(merge), End::Refused)
}

/// How the volume is made if it does not exist.
fn options(session: &Session, found: &Found) -> VolumeOptions {
    let environment = &session.environment;
    let CarrierMount::Volume(name) = &found.mount else { return VolumeOptions::default() };
    let declared = environment.volume_named(name).map(|volume| volume.options.clone());
    let mut options = declared.unwrap_or_default();
    options.labels.insert(LABEL_ENVIRONMENT.to_owned(), environment.name.clone());
    options
}

fn told(session: &Session, found: &Found, checked: &CheckedBackup) -> Result<(), Problem> {
    let content = checked.content;
    if session.output == Output::Json {
        let line = json!({
            "version": 1,
            "volume": found.name(),
            "ship": session.environment.ship(found.ship).name,
            "files": content.files,
            "bytes": content.bytes,
        });
        return session.print(&json::line(&session.hidden(line))?);
    }
    let (files, bytes) = (copying::files(content.files), copying::amount(content.bytes));
    session.print(&harmless(&format!("{files}, {bytes} restored to {}", on_ship(session, found))))
}
