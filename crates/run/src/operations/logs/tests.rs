//! Logs of engines in memory, which end, come again and break.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use super::{LogRange, LogSource, LogUpdate, LogsRequest, MergedLogs, Moment};
use maestro_core::model::{
    ShipId,
    container::{ContainerNames, ContainerOwner, ContainerSpec, LABEL_INSTANCE, Network},
};
use maestro_engine::{Containers as _, Engine, EngineError};
use maestro_fake::{Fake, InjectedFault};

const MOMENT: Duration = Duration::from_secs(1);
/// Within that time everything that was written is read, whatever broke before.
const LONG: Duration = Duration::from_secs(120);

/// A container of the instance, started.
async fn started(fake: &Fake, name: &str, instance: &str) -> String {
    let network = Network::Environment { name: "net".into(), links: Vec::new() };
    let owner = ContainerOwner { environment: "shop".into(), service: "web".into() };
    let mut spec = ContainerSpec::new(instance, "app", network, owner);
    spec.labels.insert(LABEL_INSTANCE.to_owned(), instance.to_owned());
    let names = ContainerNames::default();
    let id = fake.create(name, &spec.into(), &[].into(), &names).await.unwrap().id;
    fake.start(&id).await.unwrap();
    id
}

fn engine(identity: &str) -> Fake {
    let fake = Fake::new(identity);
    fake.add_image("app");
    fake
}

/// The logs of `web-1`, `web-2` …, the first on the first engine.
fn logs(fakes: &[&Fake], containers: &[Option<&str>], range: LogRange) -> MergedLogs {
    let sources = containers.iter().enumerate().map(|(at, container)| LogSource {
        ship: ShipId(at),
        container: container.map(str::to_owned),
        instance: Some(format!("web-{}", at + 1)),
    });
    let engines = fakes.iter().map(|fake| Some(Arc::new((*fake).clone()) as Arc<dyn Engine>)).collect();
    let environment = "shop".to_owned();
    MergedLogs::read(LogsRequest { environment, sources: sources.collect(), engines, range })
}

/// All that is told until nothing more comes for long.
async fn told(logs: &mut MergedLogs) -> Vec<String> {
    let mut told = Vec::new();
    while let Ok(Some(update)) = timeout(50 * LONG, logs.next()).await {
        told.push(match update {
            LogUpdate::Line { source, line } => format!("{source} {}", line.text),
            LogUpdate::Failed { source, has_begun, .. } => format!("{source} failed, begun {has_begun}"),
            LogUpdate::NoConnection { source, limit } => format!("{source} is one too many of {limit}"),
            LogUpdate::Lost { ship, .. } => format!("lost {}", ship.0),
            LogUpdate::Back { ship } => format!("back {}", ship.0),
        });
    }
    told
}

#[tokio::test(start_paused = true)]
async fn lines_of_several_engines_come_in_the_order_of_time() {
    let (a, b) = (engine("a"), engine("b"));
    let (first, second) = (started(&a, "web-1", "web-1").await, started(&b, "web-2", "web-2").await);
    for (at, fake, id) in [(1, &a, &first), (2, &b, &second), (3, &b, &second), (4, &a, &first)] {
        sleep(MOMENT).await;
        fake.write(id, &format!("line {at}"));
    }
    let containers = [Some(first.as_str()), Some(second.as_str())];
    let all = ["0 line 1", "1 line 2", "1 line 3", "0 line 4"];
    assert_eq!(told(&mut logs(&[&a, &b], &containers, LogRange::default())).await, all);
    let tail = LogRange { tail: Some(1), ..LogRange::default() };
    assert_eq!(told(&mut logs(&[&a, &b], &containers, tail)).await, ["1 line 3", "0 line 4"]);
    let until = LogRange { until: Some(Moment::Ago(MOMENT / 2)), ..tail };
    assert_eq!(told(&mut logs(&[&a, &b], &containers, until)).await, ["0 line 1", "1 line 3"]);
    let since = LogRange { since: Some(Moment::Ago(MOMENT + MOMENT / 2 + LONG)), ..LogRange::default() };
    sleep(LONG).await;
    assert_eq!(told(&mut logs(&[&a, &b], &containers, since)).await, ["1 line 3", "0 line 4"]);
}

#[tokio::test(start_paused = true)]
async fn few_connections_are_enough_to_read_many_logs_and_not_to_follow_them() {
    let fake = engine("a");
    fake.limit_lines(3);
    let mut sources = Vec::new();
    for name in ["web-1", "web-2", "web-3"] {
        let id = started(&fake, name, name).await;
        fake.write(&id, name);
        let instance = Some(name.to_owned());
        sources.push(LogSource { ship: ShipId(0), container: Some(id), instance });
    }
    let request = |range| LogsRequest {
        environment: "shop".to_owned(),
        sources: sources.clone(),
        engines: vec![Some(Arc::new(fake.clone()) as Arc<dyn Engine>)],
        range,
    };
    let all = told(&mut MergedLogs::read(request(LogRange::default()))).await;
    assert_eq!(all, ["0 web-1", "1 web-2", "2 web-3"]);
    let follow = LogRange { follow: true, ..LogRange::default() };
    let mut all = told(&mut MergedLogs::read(request(follow))).await;
    all.sort();
    assert_eq!(all, ["0 web-1", "1 is one too many of 1", "2 is one too many of 1"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_told() {
    let fake = engine("a");
    let id = started(&fake, "web-1", "web-1").await;
    fake.write(&id, "up");
    let words = "configured logging driver does not support reading";
    for follow in [false, true] {
        fake.fail_next("logs", &id, InjectedFault::Refused(words.to_owned()));
        let mut logs = logs(&[&fake], &[Some(&id)], LogRange { follow, ..LogRange::default() });
        assert_eq!(told(&mut logs).await, ["0 failed, begun false"]);
    }
    let mut logs = logs(&[&fake], &[Some("gone")], LogRange::default());
    let Some(LogUpdate::Failed { error, .. }) = logs.next().await else { panic!("expected a failure") };
    assert!(matches!(error, EngineError::NotFound(_)));
}

#[tokio::test(start_paused = true)]
async fn an_instance_without_a_container_is_followed_when_it_has_one() {
    let fake = engine("a");
    let range = LogRange { follow: true, tail: Some(0), ..LogRange::default() };
    let mut logs = logs(&[&fake], &[None], range);
    assert_eq!(told(&mut logs).await, [""; 0]);
    let id = started(&fake, "web-1.next", "web-1").await;
    fake.write(&id, "up");
    started(&fake, "other", "other-1").await;
    assert_eq!(told(&mut logs).await, ["0 up"]);
}

#[tokio::test(start_paused = true)]
async fn a_ship_that_is_lost_is_told_once_and_its_logs_go_on() {
    let fake = engine("a");
    let id = started(&fake, "web-1", "web-1").await;
    fake.write(&id, "one");
    sleep(MOMENT).await;
    let range = LogRange { follow: true, tail: Some(0), ..LogRange::default() };
    let mut logs = logs(&[&fake], &[Some(&id)], range);
    assert_eq!(told(&mut logs).await, [""; 0]);
    fake.lose_events();
    fake.lose_logs();
    for method in ["follow", "follow", "logs"] {
        fake.fail_next(method, "", InjectedFault::Unreachable);
    }
    fake.write(&id, "two");
    assert_eq!(told(&mut logs).await, ["lost 0", "back 0", "0 two"]);
}

/// Random faults and changes while an instance writes numbered lines: none is lost, none is told twice.
#[tokio::test(start_paused = true)]
async fn no_line_is_lost_or_doubled_whatever_happens() {
    for seed in 0..100_u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut roll = |sides: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % sides
        };
        let fake = engine("a");
        let mut id = started(&fake, "web-1", "web-1").await;
        let mut containers = 1;
        let range = LogRange { follow: true, ..LogRange::default() };
        let mut logs = logs(&[&fake], &[Some(&id)], range);
        let reading = tokio::spawn(async move { told(&mut logs).await });
        let mut written = Vec::new();
        for _ in 0..40 {
            match roll(12) {
                0 => fake.lose_logs(),
                1 => fake.lose_events(),
                2 => {
                    fake.reboot();
                    fake.start(&id).await.unwrap();
                }
                3 => fake.fail_next("logs", "", InjectedFault::Unreachable),
                4 => fake.fail_next("follow", "", InjectedFault::Unreachable),
                5 => {
                    fake.stop(&id, Duration::ZERO).await.unwrap();
                    fake.start(&id).await.unwrap();
                }
                6 => {
                    fake.stop(&id, Duration::ZERO).await.unwrap();
                    // Whoever follows it has a moment in which its log is there.
                    sleep(LONG).await;
                    fake.remove(&id).await.unwrap();
                    containers += 1;
                    id = started(&fake, &format!("web-1.{containers}"), "web-1").await;
                }
                7 => sleep(Duration::from_millis(roll(3_000))).await,
                _ => {
                    written.push(format!("0 {}", written.len()));
                    fake.write(&id, &written.last().unwrap()[2..]);
                }
            }
            if roll(2) == 0 {
                sleep(MOMENT).await;
            }
        }
        let told = reading.await.unwrap();
        let lines: Vec<_> = told.into_iter().filter(|text| text.starts_with("0 ")).collect();
        assert_eq!(lines, written, "seed {seed}");
    }
}
