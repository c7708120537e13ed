//! The services and instances that a command names.

use std::{borrow::Cow, time::Duration};

use super::{Apply, Command, KillArgs, Scale, StopArgs};

impl Command {
    /// The names as they were typed.
    pub(in crate::cli) fn things(&self) -> Cow<'_, [String]> {
        let things: &[String] = match self {
            Self::Scale { args, .. } => {
                return args.scales.iter().map(|scale| scale.service.clone()).collect();
            }
            Self::Status(args) => &args.things.things,
            Self::Start { args, .. } => &args.things.things,
            Self::Stop { args: StopArgs { what, .. }, .. }
            | Self::Kill { args: KillArgs { what, .. }, .. } => &what.things.things,
            Self::Restart { args, .. } => &args.things.things,
            Self::Clean { args, .. } => &args.things.things,
            Self::Down { args, .. } => &args.things.things,
            Self::Pause { args, .. } | Self::Unpause { args, .. } => &args.things.things,
            Self::Pull { args, .. } => &args.things.things,
            Self::Build(args) => &args.things,
            Self::Apply(Apply { args, .. }) => &args.things.things,
            Self::Plan(args) => &args.apply.things.things,
            Self::Diff(args) => &args.things.things,
            Self::Why(args) => std::slice::from_ref(&args.instance),
            Self::Logs(args) => &args.things,
            Self::Stats(args) => &args.things,
            Self::Top(args) => &args.things,
            Self::Images(args) => &args.things,
            Self::Outdated(args) => &args.things,
            Self::Push(args) => &args.things,
            Self::Inspect(args) => &args.things,
            Self::Wait(args) => &args.things,
            Self::Exec(args) => std::slice::from_ref(&args.thing),
            Self::Run(args) => std::slice::from_ref(&args.thing),
            Self::Attach(args) => std::slice::from_ref(&args.thing),
            Self::Graph(args) => &args.things,
            Self::Deptree(args) => &args.things,
            Self::Links(args) => &args.things,
            Self::Config(args) => &args.things,
            Self::Dump(args) => &args.things,
            Self::Rollback(_)
            | Self::History(_)
            | Self::Timeline(_)
            | Self::Events(_)
            | Self::Volume(_)
            | Self::Ship(_)
            | Self::PortForward(_)
            | Self::Cp(_)
            | Self::Unlock(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Init(_)
            | Self::Import(_)
            | Self::Complete(_)
            | Self::Ui(_)
            | Self::Dash(_)
            | Self::Watch(_)
            | Self::Guest(_) => &[],
        };
        Cow::Borrowed(things)
    }

    /// The numbers of instances that hold for this run.
    pub(in crate::cli) fn scales(&self) -> &[Scale] {
        if let Self::Scale { args, .. } = self {
            &args.scales
        } else if let Self::Apply(Apply { args, .. }) = self {
            &args.scale
        } else if let Self::Plan(args) = self {
            &args.apply.scale
        } else {
            &[]
        }
    }

    /// How long containers may take to stop in this run, whatever the file says.
    pub(in crate::cli) fn stop_timeout(&self) -> Option<Duration> {
        if let Self::Stop { args, .. } = self {
            args.within.timeout
        } else if let Self::Restart { args, .. } = self {
            args.within.timeout
        } else if let Self::Down { args, .. } = self {
            args.within.timeout
        } else {
            None
        }
    }

    /// How many words at the end of the command line are another program's.
    pub(in crate::cli) fn foreign_words(&self) -> usize {
        if let Self::Exec(args) = self {
            args.command.len()
        } else if let Self::Run(args) = self {
            args.command.len()
        } else if let Self::Init(args) = self {
            args.words.len()
        } else {
            0
        }
    }
}
