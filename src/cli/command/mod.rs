//! One file a command.

pub(super) mod apply;
pub(super) mod attach;
pub(super) mod build;
pub(super) mod clean;
pub(super) mod complete;
pub(super) mod completions;
pub(super) mod compose;
pub(super) mod config;
pub(super) mod cp;
pub(super) mod dash;
pub(super) mod deptree;
pub(super) mod diff;
pub(super) mod down;
pub(super) mod dump;
pub(super) mod events;
pub(super) mod exec;
pub(super) mod fix;
pub(super) mod fix_binds;
pub(super) mod graph;
pub(super) mod history;
pub(super) mod images;
pub(super) mod import;
pub(super) mod init;
pub(super) mod inspect;
pub(super) mod kill;
pub(super) mod links;
pub(super) mod logs;
pub(super) mod man;
pub(super) mod outdated;
pub(super) mod pause;
pub(super) mod plan;
pub(super) mod port_forward;
pub(super) mod pull;
pub(super) mod push;
pub(super) mod restart;
pub(super) mod rollback;
pub(super) mod run;
mod run_job;
pub(super) mod scale;
pub(super) mod ship;
pub(super) mod start;
pub(super) mod stats;
pub(super) mod status;
pub(super) mod stop;
pub(super) mod timeline;
pub(super) mod top;
pub(super) mod ui;
pub(super) mod unlock;
pub(super) mod volume;
pub(super) mod wait;
pub(super) mod watch;
pub(super) mod why;

use maestro_engine::observe::Question;

/// What has to be known before containers are made: what there is, images and networks, and which ships are one engine.
const TO_MAKE: Question = Question { descriptions: false, revisions: false, ..TO_COMPARE };
/// What has to be known before containers are compared with what they should be: how they are made too, and what was
/// before. Volumes that were left behind concern `clean` alone.
const TO_COMPARE: Question =
    Question { left_behind: false, leftover_files: false, stopped: false, ..Question::ALL };
