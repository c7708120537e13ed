//! Against a real engine: what scripted answers cannot show.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    collections::{BTreeMap, BTreeSet},
    net::TcpListener,
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use maestro_core::{
    model::{
        attachment::Attachment,
        container::{
            ContainerNames, ContainerSpec, LABEL_IMAGE_ID, LABEL_SERVICE, Mount, Network, Port, Protocol,
            RestartPolicy, Ulimit,
        },
        membership::Membership,
        registry::PullFault,
        shared::SharedSpec,
    },
    observed::{ContainerState, ShipState, description::AttachedNetwork},
};
use maestro_engine::{
    Engine, EngineError, LogLine, LogOptions,
    observe::{Question, observe},
    pull::PullError,
};

mod support;
use support::{IMAGE, Leftovers, engine, spec, unique, until_stopped};

const LONG: Duration = Duration::from_secs(30);

/// Creates a container, which goes with `leftovers`, and returns its name.
async fn created(engine: &dyn Engine, leftovers: &mut Leftovers, spec: &ContainerSpec) -> String {
    created_as(engine, leftovers, &spec.name, spec).await;
    spec.name.clone()
}

/// Creates a container with this name, which goes with `leftovers`, and returns its id.
async fn created_as(
    engine: &dyn Engine,
    leftovers: &mut Leftovers,
    name: &str,
    spec: &ContainerSpec,
) -> String {
    leftovers.containers.push(name.to_owned());
    let no_names = ContainerNames::default();
    let id = engine.create(name, &spec.clone().into(), &BTreeMap::new(), &no_names).await.unwrap().id;
    assert_eq!(id.len(), 64);
    id
}

/// Runs a container to its end and returns its exit code and what it wrote.
async fn run(engine: &dyn Engine, leftovers: &mut Leftovers, spec: &ContainerSpec) -> (i64, Vec<LogLine>) {
    let name = created(engine, leftovers, spec).await;
    engine.start(&name).await.unwrap();
    let code = engine.exit_within(&name, LONG).await.unwrap().expect("it ends");
    (code, log(engine, &name, LogOptions::default()).await)
}

async fn log(engine: &dyn Engine, name: &str, options: LogOptions) -> Vec<LogLine> {
    let lines = engine.logs(name, options).await.unwrap();
    lines.map(Result::unwrap).collect().await
}

fn texts(lines: &[LogLine], stderr: bool) -> Vec<&str> {
    lines.iter().filter(|line| line.stderr == stderr).map(|line| line.text.as_str()).collect()
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn a_container_is_made_and_started() {
    let engine = engine().await;
    let mut leftovers = Leftovers::default();
    let spec = spec("life", &until_stopped(7));
    assert_eq!(engine.inspect(&spec.name).await, Ok(None));
    let name = created(&*engine, &mut leftovers, &spec).await;
    assert!(
        matches!(engine.create(&spec.name, &spec.clone().into(), &BTreeMap::new(), &ContainerNames::default()).await, Err(EngineError::Conflict(words)) if words.words().is_some_and(|words| words.contains("in use")))
    );

    let inspected = engine.inspect(&name).await.unwrap().unwrap();
    assert_eq!((inspected.state, inspected.exit_code), (ContainerState::Created, None));
    let mut labels = inspected.description.labels;
    assert_eq!(
        labels.remove(LABEL_IMAGE_ID),
        Some(inspected.description.image_id),
        "it proves that the others are its own"
    );
    assert_eq!(labels, SharedSpec::from(spec.clone()).all_labels());

    engine.start(&name).await.unwrap();
    engine.start(&name).await.unwrap();
    assert_eq!(engine.exit_within(&name, Duration::from_millis(100)).await, Ok(None));
    let listed = engine.containers().await.unwrap();
    let listed = listed.iter().find(|container| container.name == name).unwrap();
    assert_eq!(listed.state, ContainerState::Running);
    assert_eq!((listed.image.as_str(), listed.labels[LABEL_SERVICE].as_str()), (IMAGE, "life"));
    assert!(matches!(engine.remove(&name).await, Err(EngineError::Conflict(_))));
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn an_image_is_saved_and_loaded() {
    let engine = engine().await;
    let stored = engine.stored_image(IMAGE).await.unwrap().unwrap();
    assert!(stored.has_layers() && stored.size > 0, "{stored:?}");
    assert!(engine.image_layers().await.unwrap().contains(&stored.layers));
    let store = engine.image_store().await.unwrap();
    assert_eq!(store.platform, stored.platform);
    // Containerd's store names a digest for each image.
    assert_eq!(stored.digests.is_empty(), !store.is_containerd, "{stored:?}");
    assert_eq!(engine.stored_image("nobody-has-it:1").await, Ok(None));
    assert!(matches!(engine.save_image("nobody-has-it:1").await, Err(EngineError::NotFound(_))));

    let archive: Vec<Vec<u8>> =
        engine.save_image(&stored.id).await.unwrap().map(Result::unwrap).collect().await;
    let sent = |pieces: Vec<std::io::Result<Vec<u8>>>| engine.load_image(stream::iter(pieces).boxed());
    assert_eq!(sent(archive.iter().cloned().map(Ok).collect()).await, Ok(Some(stored.id.clone())));
    let mut cut: Vec<_> = archive.iter().take(1).cloned().map(Ok).collect();
    cut.push(Err(std::io::ErrorKind::BrokenPipe.into()));
    assert!(sent(cut).await.is_err());
    // It refuses long before all of it is sent.
    let refused = sent((0..1_000).map(|_| Ok(vec![b'x'; 65_536])).collect()).await;
    assert!(matches!(refused, Err(EngineError::Refused(_))), "{refused:?}");

    let name = format!("{}:1", unique("carried"));
    engine.tag_image(&stored.id, &name).await.unwrap();
    assert_eq!(engine.stored_image(&name).await.unwrap().map(|image| image.id), Some(stored.id.clone()));
    engine.remove_image(&name).await.unwrap();
    engine.remove_image(&name).await.unwrap();
    assert_eq!(engine.stored_image(&name).await, Ok(None));
    assert!(engine.stored_image(IMAGE).await.unwrap().is_some());
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn a_container_stops_as_it_is_asked_to() {
    let engine = engine().await;
    let mut leftovers = Leftovers::default();
    let spec = spec("death", &until_stopped(7));
    let name = created(&*engine, &mut leftovers, &spec).await;
    engine.start(&name).await.unwrap();
    let options = LogOptions { follow: true, tail: None, ..LogOptions::default() };
    let first = engine.logs(&name, options).await.unwrap().next().await;
    assert_eq!(first.unwrap().unwrap().text, "up");
    engine.stop(&name, LONG).await.unwrap();
    engine.stop(&name, LONG).await.unwrap();
    assert_eq!(engine.exit_within(&name, LONG).await, Ok(Some(7)));
    let inspected = engine.inspect(&name).await.unwrap().unwrap();
    assert_eq!((inspected.state, inspected.exit_code), (ContainerState::Exited, Some(7)));

    engine.start(&name).await.unwrap();
    engine.kill(&name).await.unwrap();
    assert_eq!(engine.exit_within(&name, LONG).await, Ok(Some(137)));
    engine.kill(&name).await.unwrap();
    engine.remove(&name).await.unwrap();
    engine.remove(&name).await.unwrap();
    assert_eq!(engine.inspect(&name).await, Ok(None));
    for call in [engine.start(&name).await, engine.stop(&name, LONG).await, engine.kill(&name).await] {
        assert!(matches!(call, Err(EngineError::NotFound(_))), "{call:?}");
    }
}

/// A container with a bit of everything, which tells what it finds inside; `/data` is `directory`.
fn everything(directory: &std::path::Path) -> ContainerSpec {
    let script = "busybox=/bin/busybox; $busybox env; $busybox hostname; $busybox pwd; $busybox id -u; \
                  $busybox grep extra /etc/hosts; $busybox cat /data/file; ulimit -n; echo oops >&2; exit 3";
    let pair = |left: &str, right: &str| (left.to_owned(), right.to_owned());
    ContainerSpec {
        env: [("A".to_owned(), Some("1=2".to_owned())), ("BARE".to_owned(), None)].into(),
        hostname: Some("inside".into()),
        mounts: vec![Mount {
            source: directory.to_str().unwrap().into(),
            target: "/data".into(),
            mode: "ro".into(),
        }],
        volumes: vec!["/cache".into()],
        network: Network::Mode { mode: "bridge".into(), links: Vec::new() },
        extra_hosts: [pair("extra", "10.1.2.3")].into(),
        restart: Some(RestartPolicy { name: "no".into(), retries: 0 }),
        cap_add: vec!["NET_ADMIN".into()],
        cap_drop: vec!["MKNOD".into()],
        dns: vec!["10.0.0.53".into()],
        ulimits: vec![Ulimit { name: "nofile".into(), soft: 123, hard: 456 }],
        user: Some("1000".into()),
        workdir: Some("/data".into()),
        labels: [pair("team", "shop")].into(),
        cpu_shares: Some(512),
        log_driver: Some("json-file".into()),
        log_opt: [pair("max-size", "1m")].into(),
        ..spec("all", script)
    }
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn all_that_a_specification_says_arrives() {
    let engine = engine().await;
    let mut leftovers = Leftovers::default();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), "mounted\n").unwrap();
    let spec = everything(directory.path());
    let (code, lines) = run(&*engine, &mut leftovers, &spec).await;
    assert_eq!(code, 3, "{lines:?}");
    let out = texts(&lines, false);
    for expected in ["A=1=2", "inside", "/data", "1000", "10.1.2.3\textra", "mounted", "123"] {
        assert!(out.contains(&expected), "{expected:?} is missing from {out:?}");
    }
    assert!(!out.iter().any(|line| line.starts_with("BARE")), "{out:?}");
    assert_eq!(texts(&lines, true), ["oops"]);
    let options = LogOptions { follow: true, tail: Some(1), ..LogOptions::default() };
    assert_eq!(log(&*engine, &spec.name, options).await.len(), 1);
}

/// A container that publishes `host` from inside itself.
fn publishing(name: &str, host: u16) -> ContainerSpec {
    ContainerSpec {
        ports: vec![Port {
            name: "http".into(),
            container: 80,
            host,
            count: 1,
            choice: 1,
            protocol: Protocol::Tcp,
            bind: Some("127.0.0.1".parse().unwrap()),
            ipv6: false,
        }],
        network: Network::Mode { mode: "bridge".into(), links: Vec::new() },
        ..spec(name, &until_stopped(0))
    }
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn a_port_in_use_fails_the_start_and_leaves_the_container() {
    let engine = engine().await;
    let mut leftovers = Leftovers::default();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let first = created(&*engine, &mut leftovers, &publishing("first", port)).await;
    let second = created(&*engine, &mut leftovers, &publishing("second", port)).await;
    engine.start(&first).await.unwrap();
    let error = engine.start(&second).await.unwrap_err();
    assert!(
        matches!(&error, EngineError::Refused(words) if words.words().is_some_and(|words| words.contains("already allocated"))),
        "{error:?}"
    );
    let inspected = engine.inspect(&second).await.unwrap().unwrap();
    assert_eq!(inspected.state, ContainerState::Created);
    assert!(inspected.error.contains("already allocated"), "{inspected:?}");
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn an_image_that_cannot_be_had_is_told() {
    let engine = engine().await;
    let images = engine.images().await.unwrap();
    assert!(images.contains_key(IMAGE), "{images:?}");
    let spec = ContainerSpec { image: "127.0.0.1:1/none:1".into(), ..spec("none", "") };
    assert!(
        matches!(engine.create(&spec.name, &spec.clone().into(), &BTreeMap::new(), &ContainerNames::default()).await, Err(EngineError::NotFound(words)) if words.words().is_some_and(|words| words.contains("127.0.0.1:1/none:1")))
    );
    let error = engine.pull(&spec.image, None, None, &mut |_| {}).await.unwrap_err();
    assert!(
        matches!(&error, PullError::Registry { fault: PullFault::Unreachable, words } if words.words().is_some_and(|words| words.contains("127.0.0.1:1"))),
        "{error:?}"
    );
}

/// A container on the environment's network, with links.
fn connected(name: &str, script: &str, network: &str, links: &[(String, &str)]) -> ContainerSpec {
    ContainerSpec {
        network: Network::Environment {
            name: network.into(),
            links: links.iter().map(|(target, alias)| (target.clone(), (*alias).to_owned())).collect(),
        },
        ..spec(name, script)
    }
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn a_link_gives_its_consumer_alone_an_alias() {
    let engine = engine().await;
    let mut leftovers = Leftovers::default();
    let network = unique("net");
    let labels = BTreeMap::from([("maestro.environment".to_owned(), "eng-test".to_owned())]);
    leftovers.networks.push(network.clone());
    engine.create_network(&network, &labels.clone().into(), false).await.unwrap();
    assert_eq!(engine.networks().await.unwrap()[&network], labels);
    let again = engine.create_network(&network, &labels.clone().into(), false).await;
    assert!(matches!(again, Err(EngineError::Conflict(_))), "{again:?}");

    let target = connected("target", &until_stopped(0), &network, &[]);
    let lookup = "/bin/busybox nslookup db";
    // The consumer is created before its target exists.
    let consumer = connected("consumer", lookup, &network, &[(target.name.clone(), "db")]);
    let consumer_name = created(&*engine, &mut leftovers, &consumer).await;
    let target_name = created(&*engine, &mut leftovers, &target).await;
    engine.start(&target_name).await.unwrap();
    engine.start(&consumer_name).await.unwrap();
    let code = engine.exit_within(&consumer_name, LONG).await.unwrap();
    let lines = log(&*engine, &consumer_name, LogOptions::default()).await;
    assert_eq!(code, Some(0), "{lines:?}");

    let stranger = connected("stranger", lookup, &network, &[]);
    let (code, lines) = run(&*engine, &mut leftovers, &stranger).await;
    assert_ne!(code, 0, "{lines:?}");

    for name in std::mem::take(&mut leftovers.containers) {
        engine.kill(&name).await.unwrap();
        engine.remove(&name).await.unwrap();
    }
    engine.remove_network(&network).await.unwrap();
    let gone = engine.remove_network(&network).await;
    assert!(matches!(gone, Err(EngineError::NotFound(_))), "{gone:?}");
}

/// What a container has as addresses, its own loopback left out.
async fn addresses(engine: &dyn Engine, container: &str) -> Vec<String> {
    let words = ["/bin/busybox", "ip", "-4", "-o", "address"].map(str::to_owned);
    let shown = engine.exec(container, &words[..].into()).await.unwrap().output;
    let address = |line: &String| line.split_whitespace().find(|word| word.contains('/')).map(str::to_owned);
    shown.iter().filter_map(address).filter(|address| !address.starts_with("127.")).collect()
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn a_container_rejoins_its_network_under_other_names_with_the_address_it_had() {
    let engine = engine().await;
    let mut leftovers = Leftovers::default();
    let network = unique("names");
    let labels = BTreeMap::from([("maestro.environment".to_owned(), "eng-test".to_owned())]);
    leftovers.networks.push(network.clone());
    engine.create_network(&network, &labels.clone().into(), true).await.unwrap();
    assert_eq!(engine.networks().await.unwrap()[&network], labels);
    let again = engine.create_network(&network, &labels.clone().into(), true).await;
    assert!(matches!(again, Err(EngineError::Conflict(_))), "{again:?}");

    let client = connected("client", &until_stopped(0), &network, &[]);
    let client = created(&*engine, &mut leftovers, &client).await;
    let known = async |name: &str| {
        let words = ["/bin/busybox", "nslookup", name].map(str::to_owned);
        engine.exec(&client, &words[..].into()).await.unwrap().exit_code == 0
    };
    let spec = connected("named", &until_stopped(0), &network, &[(client.clone(), "client")]);
    let next = format!("{}.next", spec.name);
    let id = created_as(&*engine, &mut leftovers, &next, &spec).await;
    for container in [&client, &next] {
        engine.start(container).await.unwrap();
    }
    // Another may take an address that is free, were it not contacted for again.
    let before = addresses(&*engine, &id).await;
    assert_eq!(before.len(), 1, "{before:?}");
    assert!(known(&next).await);
    assert!(!known(&spec.name).await);

    let membership = |aliases: &[&String]| Membership {
        network: network.clone(),
        links: vec![(client.clone(), "client".to_owned())],
        attachment: Attachment {
            aliases: aliases.iter().map(|&alias| alias.clone()).collect(),
            ..Attachment::default()
        },
    };
    let endpoint = async || {
        let inspected = engine.inspect(&id).await.unwrap().unwrap();
        inspected.description.networks[&network].clone()
    };
    let links = BTreeSet::from([(client.clone(), "client".to_owned())]);
    for _ in 0..2 {
        engine.rejoin(&id, &membership(&[&spec.name])).await.unwrap();
        let aliases = BTreeSet::from([spec.name.clone()]);
        assert_eq!(attached(endpoint().await), (links.clone(), aliases));
        assert_eq!(addresses(&*engine, &id).await, before);
    }
    assert!(known(&spec.name).await && known(&next).await);
    engine.rename(&id, &spec.name).await.unwrap();
    leftovers.containers.push(spec.name.clone());
    assert!(known(&spec.name).await && !known(&next).await);
    // An alias that is its own name is told as well.
    let aliases = BTreeSet::from([spec.name.clone()]);
    assert_eq!(attached(endpoint().await), (links.clone(), aliases));
    let previous = format!("{}.previous", spec.name);
    engine.rename(&id, &previous).await.unwrap();
    leftovers.containers.push(previous);
    assert!(known(&spec.name).await, "an alias stays when the name goes");
    engine.rejoin(&id, &membership(&[])).await.unwrap();
    assert!(!known(&spec.name).await);
    assert_eq!(addresses(&*engine, &id).await, before);
    let nowhere = Membership { network: unique("nowhere"), ..membership(&[]) };
    let refused = engine.rejoin(&id, &nowhere).await;
    assert!(matches!(refused, Err(EngineError::NotFound(_))), "{refused:?}");
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn a_container_rejoins_a_network_whose_addresses_cannot_be_asked_for() {
    let engine = engine().await;
    let mut leftovers = Leftovers::default();
    let network = unique("plain");
    leftovers.networks.push(network.clone());
    engine.create_network(&network, &BTreeMap::new().into(), false).await.unwrap();
    let name = created(&*engine, &mut leftovers, &connected("plain", &until_stopped(0), &network, &[])).await;
    engine.start(&name).await.unwrap();
    let attachment = Attachment { aliases: vec!["other".to_owned()], ..Attachment::default() };
    let membership = Membership { network, attachment, ..Membership::default() };
    engine.rejoin(&name, &membership).await.unwrap();
    assert_eq!(addresses(&*engine, &name).await.len(), 1);
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn an_engine_is_observed_at_once() {
    let engine = engine().await;
    let question = Question { images: true, networks: true, identity: true, ..Question::default() };
    let ShipState::Answering(holdings) = observe(&*engine, "none", question).await else {
        panic!("the engine answers");
    };
    assert!(holdings.has_image(IMAGE));
    assert!(holdings.networks.unwrap().contains_key("bridge"));
    assert!(!holdings.engine_id.unwrap().is_empty());
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn a_command_in_a_container_tells_how_it_ended() {
    let engine = engine().await;
    let mut leftovers = Leftovers::default();
    let name = created(&*engine, &mut leftovers, &spec("exec", &until_stopped(0))).await;
    let command = |script: &str| ["/bin/busybox", "sh", "-c", script].map(str::to_owned).to_vec();
    let early = engine.exec(&name, &command("true")[..].into()).await;
    assert!(
        matches!(early, Err(EngineError::Conflict(words)) if words.words().is_some_and(|words| words.contains("is not running")))
    );
    engine.start(&name).await.unwrap();
    let script = "echo one; echo two >&2; /bin/busybox sleep 0.2; echo three; exit 3";
    let executed = engine.exec(&name, &command(script)[..].into()).await.unwrap();
    let mut output = executed.output;
    assert_eq!((executed.exit_code, output.pop().as_deref()), (3, Some("three")));
    output.sort();
    assert_eq!(output, ["one", "two"]);
    let many = engine.exec(&name, &command("/bin/busybox seq 100000")[..].into()).await.unwrap();
    assert_eq!((many.exit_code, many.output.len(), many.output[19].as_str()), (0, 20, "100000"));
    let missing = engine.exec(&name, &["/no/such/program".to_owned()][..].into()).await;
    match missing {
        // Engines of different generations tell it in different places.
        Ok(executed) => assert!(matches!(executed.exit_code, 126 | 127), "{executed:?}"),
        Err(EngineError::Refused(fault)) => {
            assert!(fault.words().is_some_and(|words| words.contains("no such file")), "{fault:?}");
        }
        Err(other) => panic!("{other:?}"),
    }
    let gone = engine.exec("no-such-container", &command("true")[..].into()).await;
    assert!(matches!(gone, Err(EngineError::NotFound(_))), "{gone:?}");
}

/// The links and aliases of a container on a network. That it keeps its address looks as if it had asked for it.
fn attached(endpoint: AttachedNetwork) -> (BTreeSet<(String, String)>, BTreeSet<String>) {
    (endpoint.links, endpoint.aliases)
}
