//! Tells others what was done: a file, a channel of Slack, a webhook, a program.
//!
//! An audit only listens: it is handed the events of a run, and what cannot be told holds nothing up and breaks
//! nothing. Each auditor has a thread of its own, because a file or a program may take its time, and the run goes on
//! meanwhile; how long they are waited for at its end is bounded.

mod http;
mod log;
mod notice;
mod script;
mod slack;
mod state;
mod webhook;

use std::{io, sync::mpsc, time::Duration};

use futures_util::future::join_all;
use tokio::sync::oneshot;

use maestro_core::{
    model::{Environment, InstanceId},
    value::audit::{Auditor, Channel, Level},
};
use maestro_report::{labels::count, message::Message, progress::Reporter, text::harmless};
use notice::{Notice, NoticeInstance, NoticeKind, Notices};
pub use state::{StateNotice, tell_state};

/// How long a program may run, and how long Slack and a file may take.
const SCRIPT_TIMEOUT: Duration = Duration::from_secs(30);
const SLACK_TIMEOUT: Duration = Duration::from_secs(5);
const LOG_TIMEOUT: Duration = Duration::from_secs(5);
/// What an auditor is waited for beyond its own time.
const GRACE: Duration = Duration::from_secs(1);

/// All auditors of an environment, during one run.
pub struct Audit {
    notices: Notices,
    posts: Vec<Post>,
}

/// An auditor, and the way to its thread.
struct Post {
    auditor: Auditor,
    sender: mpsc::Sender<Notice>,
    end: oneshot::Receiver<Delivery>,
    sent: usize,
}

/// What came of all that was to be told to one auditor.
#[derive(Default)]
struct Delivery {
    failed: usize,
    /// The first reason.
    reason: String,
}

impl Audit {
    /// Makes ready to tell of a run on these instances, which `who` began. Starts a thread for each auditor.
    #[must_use]
    pub fn begin(environment: &Environment, instances: &[InstanceId], who: String) -> Self {
        let targets = instances.iter().map(|&id| NoticeInstance::of(environment, id)).collect();
        let posts = environment.audit.iter().map(|auditor| {
            let (sender, notices) = mpsc::channel();
            let (ended, end) = oneshot::channel();
            let channel = auditor.channel.clone();
            std::thread::spawn(move || ended.send(tell_all(&channel, &notices)).ok());
            Post { auditor: auditor.clone(), sender, end, sent: 0 }
        });
        Self { posts: posts.collect(), notices: Notices::new(targets, who) }
    }

    /// Waits until all is told, but not longer than each auditor has time for. Tells what to warn of.
    pub async fn finish(self) -> Vec<String> {
        let told = self.posts.into_iter().map(|Post { auditor, sender, end, sent }| async move {
            drop(sender);
            let told = tokio::time::timeout(time_of(&auditor.channel) + GRACE, end).await;
            let Delivery { failed, reason } = match told {
                Ok(Ok(told)) => told,
                Ok(Err(_)) | Err(_) => Delivery { failed: sent, reason: "it took too long".to_owned() },
            };
            let is_warned_of = failed > 0 && !auditor.ignore_errors;
            is_warned_of.then(|| {
                format!(
                    "auditor {} ({}): {} of {} not told: {}; `ignore_errors: true` in the file silences this",
                    auditor.number,
                    auditor.channel.word(),
                    failed,
                    count(sent, "message"),
                    harmless(&reason)
                )
            })
        });
        join_all(told).await.into_iter().flatten().collect()
    }
}

impl Reporter for Audit {
    fn event(&mut self, event: &Message) -> io::Result<()> {
        let Some(notice) = self.notices.of(event) else { return Ok(()) };
        for post in self.posts.iter_mut().filter(|post| is_for(&post.auditor, &notice)) {
            if post.sender.send(notice.clone()).is_ok() {
                post.sent += 1;
            }
        }
        Ok(())
    }

    fn note(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

/// Whether an auditor wants to be told: as in `MaestroNG` a webhook of what begins only, a program of commands that
/// have succeeded only, and a failure whatever the level is.
fn is_for(auditor: &Auditor, notice: &Notice) -> bool {
    let is_of_command = notice.level == Level::Info;
    match auditor.channel {
        Channel::Webhook { .. } => notice.kind == NoticeKind::Begun && notice.level >= auditor.level,
        Channel::Script { .. } => notice.kind == NoticeKind::Succeeded && is_of_command,
        Channel::Log { .. } | Channel::Slack { .. } => notice.level >= auditor.level,
    }
}

fn time_of(channel: &Channel) -> Duration {
    match channel {
        Channel::Log { .. } => LOG_TIMEOUT,
        Channel::Slack { .. } => SLACK_TIMEOUT,
        Channel::Webhook { timeout, .. } => *timeout,
        Channel::Script { .. } => SCRIPT_TIMEOUT,
    }
}

/// Tells one after the other until there will be no more.
fn tell_all(channel: &Channel, notices: &mpsc::Receiver<Notice>) -> Delivery {
    let mut told = Delivery::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    for notice in notices {
        let result = match &runtime {
            Ok(runtime) => runtime.block_on(tell(channel, &notice)),
            Err(error) => Err(error.to_string()),
        };
        if let Err(reason) = result {
            if told.failed == 0 {
                told.reason = reason;
            }
            told.failed += 1;
        }
    }
    told
}

/// Tells one thing. An error is a reason without any secret in it.
async fn tell(channel: &Channel, notice: &Notice) -> Result<(), String> {
    match channel {
        Channel::Log { file } => log::write(file, notice),
        Channel::Slack { to, name, icon } => slack::post(to, name, icon.as_deref(), notice).await,
        Channel::Webhook { endpoint, method, headers, payload, timeout } => {
            let request = webhook::Request { endpoint, method, headers, timeout: *timeout };
            webhook::send(&request, payload, notice).await
        }
        Channel::Script { script, args } => script::run(script, args, notice).await,
    }
}

#[cfg(test)]
mod tests;
