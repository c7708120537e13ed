//! What each auditor is told of a whole run, and what is warned of when it cannot be told.

use std::time::Duration;

use serde_json::json;

use super::{notice::Notice, *};
use maestro_core::{
    event::{FailureKind, Subject, Summary},
    plan::action::ActionKind,
    value::audit::SlackAddress,
};
use maestro_file::{
    document::{file, load::load},
    resolve::{Surroundings, resolve},
};
use maestro_report::message::FailureText;

const FILE: &str = "
name: Hello
ships:
  local: {ip: 10.0.0.1}
  far: {ip: 10.0.0.2}
services:
  db:
    image: db:1
    instances:
      db-1: {ship: local}
  web:
    image: web:1
    instances:
      web-1: {ship: local}
      web-2: {ship: far}
";

fn environment() -> Environment {
    let (directory, variables) = (std::path::Path::new("/"), std::collections::BTreeMap::new());
    let mut loaded = load("maestro.yaml", FILE.into(), directory, &variables);
    let document = loaded.yaml.as_ref().and_then(|yaml| file::read(yaml, &mut loaded.diagnostics));
    let surroundings = Surroundings::new(directory, &variables);
    let read = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
    let (sources, diagnostics) = (&mut loaded.sources, &mut loaded.diagnostics);
    resolve(&document.expect("a document"), sources, &read, surroundings, diagnostics)
        .expect("an environment")
}

fn events(fails: bool) -> Vec<Message> {
    let subject =
        || Subject { instance: Some("web-1".into()), service: Some("web".into()), ship: "node1".into() };
    let mut events = vec![
        Message::Started { command: "start".into(), environment: "Hello".into(), steps: 2 },
        Message::StepStarted { step: 0, subject: subject(), action: ActionKind::Create },
        Message::StepDone {
            step: 0,
            subject: subject(),
            action: ActionKind::Create,
            container: None,
            outcome: None,
            is_up_to_date: false,
            milliseconds: 5,
        },
        Message::StepStarted { step: 1, subject: subject(), action: ActionKind::Ready },
    ];
    let failure = FailureText {
        kind: FailureKind::Failed,
        reason: "the container <web-1> exited with code 3\nat once".into(),
        state: String::new(),
        next: String::new(),
        exit_code: Some(3),
        log: Vec::new(),
    };
    if fails {
        events.push(Message::StepFailed { step: 1, subject: subject(), action: ActionKind::Ready, failure });
    }
    let summary = Summary { failed: usize::from(fails), ..Summary::default() };
    events.push(Message::Finished { command: "start".into(), summary });
    events
}

fn notices(fails: bool) -> Vec<Notice> {
    let environment = environment();
    let targets = environment.instance_ids().map(|id| NoticeInstance::of(&environment, id)).collect();
    let mut notices = Notices::new(targets, "ann".into());
    events(fails).iter().filter_map(|event| notices.of(event)).collect()
}

#[test]
fn a_log_is_written_as_maestro_ng_wrote_it() {
    let now = "2026-11-22T19:04:31.125+01:00[+01:00]".parse().unwrap();
    let lines = |fails| notices(fails).iter().map(|notice| log::line(&now, notice)).collect::<String>();
    insta::assert_snapshot!(format!("{}\n{}", lines(false), lines(true)));
}

#[test]
fn slack_gets_an_attachment() {
    let messages: Vec<_> =
        notices(true).iter().map(|notice| slack::message("maestro", Some("http://i"), notice)).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&messages).unwrap());
}

#[test]
fn a_payload_is_filled_in_and_what_is_empty_left_out() {
    let notice = &notices(false)[0];
    let payload = json!({ "text": "{who}: {action} {what}", "list": ["", "{message}"], "no": {}, "n": 3 });
    assert_eq!(
        webhook::body(&payload, notice),
        json!({
            "text": "ann: start db-1, web-1, web-2",
            "list": ["ann is starting db-1, web-1, web-2."],
            "n": 3
        })
    );
    assert_eq!(webhook::body(&json!({}), notice), json!(null));
    assert_eq!(script::arguments("--by {who}  {what}", notice), ["--by", "ann", "db-1,web-1,web-2"]);
    assert_eq!(script::instances(notice)["web-1"], json!({ "ship": "10.0.0.1", "service": "web" }));
}

/// What is warned of after a run, told to this auditor.
async fn warned(channel: Channel, ignore_errors: bool) -> Vec<String> {
    let mut environment = environment();
    environment.audit = vec![Auditor { number: 1, channel, level: Level::Info, ignore_errors }];
    let instances: Vec<_> = environment.instance_ids().collect();
    let mut audit = Audit::begin(&environment, &instances, "ann".into());
    for event in events(false) {
        audit.event(&event).unwrap();
    }
    audit.finish().await
}

fn script(text: &str, folder: &tempfile::TempDir) -> Channel {
    let path = folder.path().join("script");
    std::fs::write(&path, text).unwrap();
    Channel::Script { script: "sh".into(), args: path.display().to_string() }
}

#[tokio::test]
async fn what_cannot_be_told_is_one_warning_without_an_address() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let secret = format!("http://{closed}/s3cret");
    let folder = tempfile::tempdir().unwrap();
    let mut warnings = Vec::new();
    for channel in [
        Channel::Log { file: "/nowhere/at.log".into() },
        Channel::Slack { to: SlackAddress::Webhook(secret.clone()), name: "m".into(), icon: None },
        Channel::Webhook {
            endpoint: secret,
            method: "POST",
            headers: Vec::new(),
            payload: json!(null),
            timeout: Duration::from_secs(3),
        },
        Channel::Script { script: "/nowhere/script".into(), args: String::new() },
        script("echo 'no \u{1b}[31mdisk' >&2; exit 3", &folder),
    ] {
        assert!(warned(channel.clone(), true).await.is_empty(), "{channel:?}");
        warnings.extend(warned(channel, false).await);
    }
    insta::assert_snapshot!(warnings.join("\n"));
}

#[tokio::test]
async fn a_listener_that_never_answers_is_not_waited_for_long() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let channel = Channel::Webhook {
        endpoint: format!("http://{}/", listener.local_addr().unwrap()),
        method: "POST",
        headers: Vec::new(),
        payload: json!(null),
        timeout: Duration::from_millis(100),
    };
    let warnings = warned(channel, false).await;
    assert!(warnings[0].contains("1 of 1 message not told: no answer within 0.1 s"), "{warnings:?}");
}
