//! `volume backup`: writes the files of a volume to a file of this machine.

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
    sync::Arc,
};

use jiff::Timestamp;
use serde_json::json;

use super::{
    copy::Copying,
    find::{Found, find},
};
use crate::cli::{
    args::{Output, VolumeBackupArgs},
    copying::ShownProgress,
    error::{End, Problem},
    session::Session,
};
use maestro_core::{
    fault::ArchiveFault, model::selection::typed_instance, observed::volume_use::VolumeContainer,
};
use maestro_report::{copying, explain, json, problem::CommandProblem, text::harmless};
use maestro_run::archives::{
    backup::{BackupMade, BackupRequest, BackupTarget, backup},
    format::BackupHeader,
    still::{NotResumed, StillContainer, Stillness, while_still},
};

pub(super) async fn run(session: &Session, args: &VolumeBackupArgs) -> Result<End, Problem> {
    if args.out.as_deref().is_some_and(|out| out.as_os_str() == "-") && io::stdout().is_terminal() {
        let problem = CommandProblem::new("a backup is not text and cannot be shown on a terminal");
        return Err(Problem::bad_input(problem.help("write it to a file with `-o FILE`, or to a pipe")));
    }
    let (fleet, found) = find(session, std::slice::from_ref(&args.volume), &args.place).await?;
    session.ship_notes(&fleet.told())?;
    let Some(found) = found.into_iter().next() else { return Ok(End::Done) };
    if !found.exists() {
        let name = on_ship(session, &found);
        let problem = CommandProblem::new(format!("volume {} does not exist", harmless(&name)));
        return Err(Problem::ended(problem, End::Failed));
    }
    let mut copying = Copying::begin(session, &fleet, &found).await?;
    let how = match (args.stop, args.pause) {
        (true, _) => Some(Stillness::Stopped),
        (false, true) => Some(Stillness::Paused),
        (false, false) => None,
    };
    let target = target(args, &found);
    let (made, end) = match how {
        None => {
            warn_running(session, &found)?;
            (make(&mut copying, &found, &target).await, End::Done)
        }
        Some(how) => still(&mut copying, &found, &target, how, args).await?,
    };
    let what = format!("backup of {}", on_ship(session, &found));
    let state = "no file is left of it";
    let state = (target != BackupTarget::Output).then_some(state);
    let made = made.map_err(|fault| copying.failed(&what, state, &fault))?;
    tell(session, &found, &target, made)?;
    Ok(end)
}

fn on_ship(session: &Session, found: &Found) -> String {
    format!("{} on {}", found.name(), session.environment.ship(found.ship).name)
}

/// Where the backup is written.
fn target(args: &VolumeBackupArgs, found: &Found) -> BackupTarget {
    match &args.out {
        Some(out) if out.as_os_str() == "-" => BackupTarget::Output,
        Some(out) => BackupTarget::File(out.clone()),
        None => {
            let allowed = |c: char| if c.is_alphanumeric() || "_.-".contains(c) { c } else { '_' };
            let name: String = found.name().trim_matches('/').chars().take(100).map(allowed).collect();
            let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
            BackupTarget::File(PathBuf::from(format!("{name}-{time}.tar.zst")))
        }
    }
}

/// Makes the backup.
async fn make(
    copying: &mut Copying<'_>,
    found: &Found,
    target: &BackupTarget,
) -> Result<BackupMade, ArchiveFault> {
    let environment = &copying.session.environment;
    let request = BackupRequest {
        engine: Arc::clone(&copying.engine),
        me: Arc::clone(&copying.me),
        mount: found.mount.clone(),
        header: BackupHeader {
            environment: environment.name.clone(),
            ship: environment.ship(found.ship).name.clone(),
            volume: found.name().to_owned(),
            created: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        },
        target: target.clone(),
        interrupted: copying.interrupted(),
    };
    let shown = ShownProgress::new(copying.session, &format!("backup of {}", found.name()));
    let tell = |amount| shown.tell(amount);
    let made = copying.until_done(backup(request, &tell)).await;
    shown.end();
    made
}

/// Makes the backup while containers stand still, under the lease.
async fn still(
    copying: &mut Copying<'_>,
    found: &Found,
    target: &BackupTarget,
    how: Stillness,
    args: &VolumeBackupArgs,
) -> Result<(Result<BackupMade, ArchiveFault>, End), Problem> {
    let session = copying.session;
    copying.take_lease(&args.place).await?;
    let up = found.volume.iter().flat_map(|volume| &volume.containers).filter(|one| one.is_up);
    let (own, others): (Vec<&VolumeContainer>, Vec<_>) = up.partition(|one| one.instance.is_some());
    if let [other, ..] = &others[..] {
        session.warn(&format!(
            "container {} uses the volume, is not of this environment and goes on running",
            other.name
        ))?;
    }
    let containers: Vec<StillContainer> = own
        .iter()
        .map(|one| StillContainer {
            id: one.id.clone(),
            name: one.instance.clone().unwrap_or_else(|| one.name.clone()),
            stop_timeout: one
                .instance
                .as_deref()
                .and_then(|instance| session.environment.instance_named(instance))
                .map_or(std::time::Duration::from_secs(10), |instance| instance.stop_timeout),
        })
        .collect();
    let engine = Arc::clone(&copying.engine);
    let (made, not_resumed) = while_still(&engine, &containers, how, make(copying, found, target)).await;
    let mut end = copying.release().await?;
    for NotResumed { name, fault } in not_resumed {
        end = end.worse(End::Failed);
        let why = explain::engine::sentence(&fault);
        let (again, typed) = (&session.invocation, typed_instance(&session.environment, &name));
        session.warn(&format!("{name} does not run again: {why}; `{again} start {typed}` starts it"))?;
    }
    let made = made.unwrap_or_else(|error| Err(ArchiveFault::Engine(error.fault().clone())));
    Ok((made, end))
}

/// Says that the files may change while they are read.
fn warn_running(session: &Session, found: &Found) -> Result<(), Problem> {
    let up = found.volume.iter().flat_map(|volume| &volume.containers).filter(|one| one.is_up);
    let names: Vec<&str> = up.map(|one| one.instance.as_deref().unwrap_or(&one.name)).collect();
    if names.is_empty() {
        return Ok(());
    }
    session.note(&format!(
        "{} may write to it meanwhile; `--stop` or `--pause` makes the backup consistent",
        names.join(", ")
    ))
}

fn tell(session: &Session, found: &Found, target: &BackupTarget, made: BackupMade) -> Result<(), Problem> {
    let BackupMade { content, length } = made;
    let text = |file: &str| {
        let files = copying::files(content.files);
        let (bytes, length) = (copying::amount(content.bytes), copying::amount(length));
        format!("{files}, {bytes} of {} backed up to {file} ({length})", found.name())
    };
    match target {
        // Standard output has the backup.
        BackupTarget::Output => session.note(&text("standard output")),
        BackupTarget::File(path) if session.output == Output::Json => {
            let line = json!({
                "version": 1,
                "volume": found.name(),
                "ship": session.environment.ship(found.ship).name,
                "file": path.display().to_string(),
                "files": content.files,
                "bytes": content.bytes,
                "length": length,
            });
            session.print(&json::line(&session.hidden(line))?)
        }
        BackupTarget::File(path) => session.print(&harmless(&text(&path.display().to_string()))),
    }
}
