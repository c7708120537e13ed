//! Tells auditors what somebody who watches has found out, beside what commands do.

use std::sync::mpsc;

use super::{
    Audit, Post,
    notice::{Notice, NoticeInstance, NoticeKind, Notices},
    tell_all,
};
use maestro_core::{
    model::{Environment, InstanceId},
    value::audit::Level,
};
use tokio::sync::oneshot;

/// What was found out.
pub struct StateNotice {
    /// In a word: `down`, `recovered`.
    pub action: String,
    /// What it is about.
    pub instances: Vec<InstanceId>,
    /// The sentence.
    pub text: String,
    /// Who watches.
    pub who: String,
}

/// Tells every auditor, and waits as long as each has time for. Tells what to warn of.
pub async fn tell_state(environment: &Environment, state: StateNotice) -> Vec<String> {
    let StateNotice { action, instances, text, who } = state;
    let what = instances.iter().map(|&id| NoticeInstance::of(environment, id)).collect();
    let notice = Notice {
        kind: NoticeKind::State,
        level: Level::Info,
        action,
        what,
        who: who.clone().into(),
        message: text,
    };
    let posts = environment.audit.iter().map(|auditor| {
        let (sender, notices) = mpsc::channel();
        let (ended, end) = oneshot::channel();
        let channel = auditor.channel.clone();
        std::thread::spawn(move || ended.send(tell_all(&channel, &notices)).ok());
        let sent = usize::from(sender.send(notice.clone()).is_ok());
        Post { auditor: auditor.clone(), sender, end, sent }
    });
    Audit { posts: posts.collect(), notices: Notices::new([].into(), who) }.finish().await
}
