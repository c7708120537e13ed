use super::*;
use crate::{samples, schema};
use maestro_core::{
    model::{
        Environment, InstanceId,
        container::{LABEL_ENVIRONMENT, LABEL_INSTANCE},
        filter::StateWord,
    },
    observed::{Container, ContainerState, Holdings, Observed, ShipState},
    plan::orphans,
};

/// Of each kind an instance, an orphan, and a ship that does not answer.
fn fleet() -> (Environment, Observed, Findings) {
    let mut environment = samples::environment();
    for name in ["web-3", "web-4", "データ", "web-5", "web-6"] {
        samples::add(&mut environment, name, 1, 0);
    }
    environment.instances[6].container.memory = Some(64 << 20);
    let at = |id, state, status: &str| {
        let mut container = samples::container(&environment, InstanceId(id), state, status);
        container.id = format!("{id:04}567890abcdef");
        container
    };
    let mut older = at(1, ContainerState::Running, "Up About a minute (healthy)");
    older.labels.insert("maestro.config".into(), "0".into());
    older.labels.insert("maestro.config.own".into(), "0".into());
    let mut lonely = at(0, ContainerState::Running, "Up 2 minutes");
    lonely.labels.insert("maestro.config".into(), "0".into());
    let mut foreign = at(4, ContainerState::Running, "Up 2 hours");
    foreign.labels.clear();
    foreign.image = "sha256:0123456789abcdef".into();
    let dying = at(6, ContainerState::Restarting, "Restarting (137) 5 seconds ago");
    let down = at(3, ContainerState::Exited, "Exited (3) 5 minutes ago\u{1b}[2J");
    let unhealthy = at(7, ContainerState::Running, "Up 3 hours (unhealthy)");
    let mut observed = samples::observed(&environment, &[lonely, older, down, foreign, dying, unhealthy]);
    observed.ships[1] = ShipState::Unreachable { reason: "connection refused".into() };
    let stray = |name: &str, state, status: &str| {
        let mut container = at(0, state, status);
        container.id = format!("{name}567890abcdef");
        container.labels.insert(LABEL_ENVIRONMENT.into(), environment.name.clone());
        container.labels.insert(LABEL_INSTANCE.into(), name.into());
        container.name = name.into();
        (container.name.clone(), container)
    };
    let strays = [
        stray("old-1", ContainerState::Running, "Up 12 days"),
        stray("old-2", ContainerState::Exited, "Exited (0) 5 minutes ago"),
    ];
    let ShipState::Answering(holdings) = &mut observed.ships[0] else { panic!("it answers") };
    holdings.containers.extend(strays);
    let why = |ready| InstanceDetails { ready: Some(ready), ..InstanceDetails::default() };
    let findings = Findings::from([
        (InstanceId(0), InstanceDetails { restarts: Some(2), ..why(Ok(())) }),
        (
            InstanceId(1),
            InstanceDetails {
                differing: ["env.A", "env.B\u{1b}", "image", "command"].map(str::to_owned).into(),
                ..InstanceDetails::default()
            },
        ),
        (
            InstanceId(6),
            InstanceDetails {
                exit_code: Some(137),
                is_out_of_memory: true,
                ..why(Err(NotReady::Restarting(12)))
            },
        ),
        (InstanceId(7), why(Err(NotReady::Unhealthy("its last run wrote nothing".into())))),
    ]);
    (environment, observed, findings)
}

fn draw(options: StatusOptions) -> String {
    let (environment, observed, findings) = fleet();
    let instances: Vec<_> = environment.instance_ids().collect();
    let orphans = orphans::list(&environment, &observed);
    let status = Status::of(&environment, &observed, &instances, &orphans, &findings);
    text(&environment, &status, &PortStates::new(), options)
}

#[test]
fn what_is_wrong_comes_first_and_every_state_has_its_words() {
    insta::assert_snapshot!(draw(StatusOptions::default()));
}

#[test]
fn lines_are_broken_between_words_in_80_columns() {
    let drawn = draw(StatusOptions { width: Some(80), ..StatusOptions::default() });
    insta::assert_snapshot!(drawn);
    for width in 30..120 {
        let drawn =
            draw(StatusOptions { width: Some(width), wide: width % 2 == 0, ..StatusOptions::default() });
        let longest = drawn.lines().map(crate::text::width).max().unwrap();
        assert!(longest <= usize::from(width).max(48), "{width}: {drawn}");
    }
}

#[test]
fn details_have_columns_with_names_and_ports() {
    let options =
        StatusOptions { full: true, show_hosts: true, width: Some(120), ..StatusOptions::default() };
    insta::assert_snapshot!(draw(options));
}

#[test]
fn instances_are_grouped_by_ship_or_service() {
    let by = |by| draw(StatusOptions { by: Some(by), width: Some(80), ..StatusOptions::default() });
    insta::assert_snapshot!(format!("{}\n{}", by(Grouping::Ship), by(Grouping::Service)));
}

#[test]
fn more_than_a_screenful_is_counted() {
    let mut environment = samples::empty(&["local"], &["web"]);
    for number in 1..=30 {
        samples::add(&mut environment, &format!("web-{number}"), 0, 0);
    }
    let up = |id| samples::container(&environment, id, ContainerState::Running, "Up 2 minutes");
    let mut containers: Vec<Container> = environment.instance_ids().map(up).collect();
    let options = StatusOptions { width: Some(80), height: Some(24), ..StatusOptions::default() };
    let draw = |containers: &[Container], options| {
        let observed = samples::observed(&environment, containers);
        let ids: Vec<_> = environment.instance_ids().collect();
        let status = Status::of(&environment, &observed, &ids, &[], &Findings::new());
        text(&environment, &status, &PortStates::new(), options)
    };
    let all_ready = draw(&containers, options);
    containers[3] =
        samples::container(&environment, InstanceId(3), ContainerState::Exited, "Exited (3) 2 days ago");
    insta::assert_snapshot!(format!("{all_ready}\n{}", draw(&containers, options)), @r#"
    Hello · 1 ship · 30 of 30 instances ready

      ✓ all 30 ready                                          `status -a` lists them

    Hello · 1 ship · 29 of 30 instances ready

      ✗ web-4   local  down, exit 3  example/web:1.2  2 days ago
      ✓ 29 more ready                                         `status -a` lists them
      1 down, 29 ready
    "#);
    let listed = |options| draw(&containers, options).lines().count();
    assert_eq!(listed(StatusOptions { all: true, ..options }), 33);
    assert_eq!(listed(StatusOptions { height: None, ..options }), 33);
}

#[test]
fn every_state_but_up_is_summed_up() {
    let mut summed = text::SUMMED.to_vec();
    summed.push(StateWord::Up);
    summed.sort_unstable();
    assert_eq!(summed, StateWord::ALL);
}

/// The file has `db-1` on the second ship; its container is on the first.
#[test]
fn an_instance_on_its_old_ship_is_shown_there() {
    let fleet = |state, status: &str| {
        let mut environment = samples::environment();
        let container = samples::container(&environment, InstanceId(0), state, status);
        let mut observed = samples::observed(&environment, &[container]);
        environment.instances[0].ship.0 = 1;
        observed.ships[1] = ShipState::Answering(Holdings::default());
        let status = Status::of(&environment, &observed, &[InstanceId(0)], &[], &Findings::new());
        (environment, observed, status)
    };
    let (environment, observed, status) = fleet(ContainerState::Running, "Up 2 minutes");
    insta::assert_snapshot!(text(&environment, &status, &PortStates::new(), StatusOptions::default()), @r#"
    Hello · 2 ships · 1 of 1 instance ready

      ! db-1  local  up, not checked; the file places it on ship far  example/db:1.2  up 2 minutes
    "#);
    let value = status_json(&environment, &observed, &status, &[], &Findings::new());
    assert_eq!(schema::undescribed(&value, schema::STATUS), [""; 0]);
    let told = &value["instances"][0];
    let word = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        ["ship", "state", "old_ship", "container_state"].map(word),
        ["far", "on-old-ship", "local", "up"]
    );
    assert_eq!((&told["ready"], &told["container"]["status"]), (&true.into(), &"Up 2 minutes".into()));
    assert!(!status.is_any_unready());
    assert!(fleet(ContainerState::Exited, "Exited (1) 2 minutes ago").2.is_any_unready());
}

#[test]
fn states_that_pass_quickly() {
    let environment = samples::environment();
    let words = [
        (ContainerState::Created, "Created"),
        (ContainerState::Restarting, "Restarting (1) 5 seconds ago"),
        (ContainerState::Paused, "Up 3 hours (Paused)"),
        (ContainerState::Running, "Up 3 seconds (health: starting)"),
        (ContainerState::Running, "Up 3 hours (unhealthy)"),
        (ContainerState::Dead, "Dead"),
        (ContainerState::Exited, "Exited (143) 2 weeks ago"),
        (ContainerState::Other("thawing\n".into()), ""),
    ];
    let shown = words.map(|(state, status)| {
        let container = samples::container(&environment, InstanceId(1), state, status);
        let observed = samples::observed(&environment, &[container]);
        let status = Status::of(&environment, &observed, &[InstanceId(1)], &[], &Findings::new());
        format!("{} | {}", status.entries[0].state, status.entries[0].age)
    });
    assert_eq!(
        shown,
        [
            "created, never started | ",
            "restarting, exit 1 | 5 seconds ago",
            "paused | up 3 hours",
            "ready, health: starting | up 3 seconds",
            "unhealthy | up 3 hours",
            "dead | ",
            "down, exit 143: stopped (SIGTERM) | 2 weeks ago",
            "thawing\\n | "
        ]
    );
}

#[test]
fn an_image_is_told_by_name_and_tag_or_the_beginning_of_its_digest() {
    let environment = samples::environment();
    let image = |image: &str| {
        let mut container =
            samples::container(&environment, InstanceId(1), ContainerState::Running, "Up 2 hours");
        container.image = image.into();
        let observed = samples::observed(&environment, &[container]);
        Status::of(&environment, &observed, &[InstanceId(1)], &[], &Findings::new()).entries[0].image.clone()
    };
    let images =
        ["redis", "host:5000/a/redis:6.2", "redis:6@sha256:0123456789abcdef", "sha256:0123456789abcdef"];
    assert_eq!(
        images.map(image),
        ["redis:latest", "host:5000/a/redis:6.2", "redis:6@sha256:0123456789ab", "sha256:0123456789ab"]
    );
}

#[test]
fn ports_tell_ranges_and_addresses() {
    let mut port = samples::environment().instances[0].ports[0].clone();
    assert_eq!(ports::text(&port), "sql 15432→5432/tcp");
    port.count = 3;
    port.bind = Some("::1".parse().unwrap());
    assert_eq!(ports::text(&port), "sql [::1]:15432-15434→5432-5434/tcp");
}

#[test]
fn filters_keep_what_is_in_a_state() {
    let (environment, observed, findings) = fleet();
    let instances: Vec<_> = environment.instance_ids().collect();
    let orphans = orphans::list(&environment, &observed);
    let status = Status::of(&environment, &observed, &instances, &orphans, &findings);
    let kept = |word: StateWord| {
        let filter = format!("state={}", word.word()).parse().unwrap();
        let status = status.clone().filtered(&filter);
        let told = names(&status).lines().collect::<Vec<_>>().join(" ");
        format!("{}: {told} ({} silent)", word.word(), status.silent.len())
    };
    insta::assert_snapshot!(StateWord::ALL.map(kept).join("\n"), @r#"
    ready: db-1 web-1 (0 silent)
    not-ready: web-3 web-4 データ web-5 web-6 (0 silent)
    up: db-1 web-1 web-6 (0 silent)
    down: web-3 (0 silent)
    restarting: web-5 (0 silent)
    unhealthy: web-6 (0 silent)
    paused:  (0 silent)
    created:  (0 silent)
    absent: データ (0 silent)
    unreachable: web-2 (1 silent)
    unmanaged: web-4 (0 silent)
    differs: web-1 (0 silent)
    on-old-ship:  (0 silent)
    orphan: old-1 old-2 (0 silent)
    "#);
}

#[test]
fn a_change_is_a_line() {
    let (environment, mut observed, mut findings) = fleet();
    let instances: Vec<_> = environment.instance_ids().collect();
    let status = |observed: &Observed, findings: &Findings| {
        let orphans = orphans::list(&environment, observed);
        Status::of(&environment, observed, &instances, &orphans, findings)
    };
    let before = status(&observed, &findings);
    assert_eq!(changes(&environment, &before, &before), Vec::<String>::new());
    observed.ships[1] = ShipState::Answering(Holdings::default());
    let ShipState::Answering(holdings) = &mut observed.ships[0] else { panic!("it answers") };
    holdings.containers.remove("old-1");
    holdings.containers.get_mut("db-1").unwrap().id = "ff".into();
    let up = samples::container(&environment, InstanceId(3), ContainerState::Running, "Up 1 second");
    holdings.containers.insert("web-3".into(), up);
    findings.remove(&InstanceId(6));
    let now = status(&observed, &findings);
    insta::assert_snapshot!(changes(&environment, &before, &now).join("\n"), @r#"
    db-1 @local: ready, restarted 2 times, its peers have changed, in a new container
    web-2 @far: unreachable → absent
    web-3 @local: down, exit 3 → ready
    web-5 @local: restarting (12 times), exit 137: out of memory (limit 64 MiB) → restarting, exit 137: killed (SIGKILL)
    old-1 @local: orphan, up → gone
    ship far: answers again
    "#);
    insta::assert_snapshot!(changes(&environment, &now, &before).join("\n"), @r#"
    db-1 @local: ready, restarted 2 times, its peers have changed, in a new container
    web-2 @far: absent → unreachable
    web-3 @local: ready → down, exit 3
    web-5 @local: restarting, exit 137: killed (SIGKILL) → restarting (12 times), exit 137: out of memory (limit 64 MiB)
    old-1 @local: orphan, up
    ship far: unreachable: connection refused
    "#);
}

#[test]
fn a_program_gets_all_of_it() {
    let (environment, observed, findings) = fleet();
    let shown = [InstanceId(0), InstanceId(1), InstanceId(2), InstanceId(6)];
    let orphans = orphans::list(&environment, &observed);
    let status = Status::of(&environment, &observed, &shown, &orphans, &findings);
    let value = status_json(&environment, &observed, &status, &orphans, &findings);
    assert_eq!(schema::undescribed(&value, schema::STATUS), [""; 0]);
    insta::assert_snapshot!(crate::json::pretty(&value).unwrap());
}

#[test]
fn ships_that_do_not_answer_for_the_same_reason_are_one_line() {
    let mut environment = samples::empty(&["a", "b", "c", "d"], &["web"]);
    for ship in 0..4 {
        samples::add(&mut environment, &format!("web-{}", ship + 1), 0, ship);
    }
    let up = |id| samples::container(&environment, id, ContainerState::Running, "Up 2 minutes");
    let mut observed = samples::observed(&environment, &[up(InstanceId(0))]);
    for (ship, reason) in [(1, "connection refused"), (2, "no route to host"), (3, "connection refused")] {
        observed.ships[ship] = ShipState::Unreachable { reason: reason.into() };
    }
    let ids: Vec<_> = environment.instance_ids().collect();
    let status = Status::of(&environment, &observed, &ids, &[], &Findings::new());
    let draw = |by| {
        let options = StatusOptions { by, width: Some(80), ..StatusOptions::default() };
        text(&environment, &status, &PortStates::new(), options)
    };
    insta::assert_snapshot!(format!("{}\n{}", draw(None), draw(Some(Grouping::Ship))), @r"
    Hello · 4 ships · 1 of 4 instances ready

      ? 2 ships     unreachable: connection refused (b; the same on d; web-2, web-4)
      ? c           unreachable: no route to host (web-3)
      ✓ web-1    a  ready  example/web:1.2  up 2 minutes

    Hello · 4 ships · 1 of 4 instances ready

    a · 1 of 1 ready
      ✓ web-1  ready  example/web:1.2  up 2 minutes
    b · 0 of 1 ready
      ? b      unreachable: connection refused (web-2)
    c · 0 of 1 ready
      ? c      unreachable: no route to host (web-3)
    d · 0 of 1 ready
      ? d      unreachable: connection refused (web-4)
    ");
}
