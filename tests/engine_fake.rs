//! The engine in memory against a real one: the same random calls get the same answers.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    io::Read as _,
    time::{Duration, Instant},
};

use futures_util::StreamExt as _;
use jiff::Timestamp;
use maestro_core::{
    model::{
        container::{ContainerNames, LABEL_IMAGE_ID},
        shared::SharedSpec,
        volume::VolumeOptions,
    },
    observed::ContainerState,
    value::sha256,
};
use maestro_engine::{
    Carrier, CarrierMount, Engine, EngineError, Events as _, LogOptions,
    events::{ContainerEvent, EventStream, Happened},
};
use maestro_fake::{Behaviour, Fake};

mod support;
use support::{IMAGE, Leftovers, engine, spec, unique, until_stopped};

/// Calls in a sequence, and sequences.
const CALLS: usize = 40;
const SEQUENCES: u64 = 6;
/// How long an engine's list may say something else than its inspections.
const LIST_IS_LATE: Duration = Duration::from_secs(10);

fn kind<T>(result: &Result<T, EngineError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(EngineError::Unreachable(_)) => "unreachable",
        Err(EngineError::ResponseLost(_)) => "no answer",
        Err(EngineError::NotFound(_)) => "not found",
        Err(EngineError::Conflict(_)) => "conflict",
        Err(EngineError::Refused(_)) => "refused",
    }
}

/// How many lines a container has written; 0 if it is not there.
async fn written(engine: &dyn Engine, name: &str) -> usize {
    match engine.logs(name, LogOptions::default()).await {
        Ok(lines) => lines.count().await,
        Err(_) => 0,
    }
}

/// The states of the pool in the engine's list. Docker 26.1's list may be late with what an inspection says already, so
/// it has some seconds to agree with that.
async fn listed_states(
    engine: &dyn Engine,
    pool: &[SharedSpec],
    inspected: &[ContainerState],
) -> Vec<ContainerState> {
    let end = Instant::now() + LIST_IS_LATE;
    loop {
        let listed = engine.containers().await.unwrap();
        let states: Vec<ContainerState> = pool
            .iter()
            .filter_map(|spec| listed.iter().find(|one| one.name == spec.name).map(|one| one.state.clone()))
            .collect();
        if states == inspected || Instant::now() > end {
            return states;
        }
    }
}

/// One call, and all that can be seen of the pool after it, without what no two engines share.
async fn answer(engine: &dyn Engine, pool: &[SharedSpec], op: u64, at: usize, network: &str) -> String {
    let name = &pool[at].name;
    let first = match op {
        0 | 1 => {
            kind(&engine.create(&pool[at].name, &pool[at], &[].into(), &ContainerNames::default()).await)
                .to_owned()
        }
        2 | 3 => {
            let before = engine.inspect(name).await.unwrap().is_some_and(|one| one.state.is_up());
            let lives = written(engine, name).await;
            let started = engine.start(name).await;
            // The shell heeds a signal only when it has said so.
            while !before && started.is_ok() && written(engine, name).await == lives {}
            kind(&started).to_owned()
        }
        4 => kind(&engine.stop(name, Duration::from_secs(5)).await).to_owned(),
        5 => kind(&engine.kill(name).await).to_owned(),
        6 => kind(&engine.remove(name).await).to_owned(),
        7 => format!("{:?}", engine.exit_within(name, Duration::from_secs(1)).await.map_err(|_| "error")),
        8 => {
            kind(&engine.create_volume(network, &maestro_core::model::volume::VolumeOptions::default()).await)
                .to_owned()
        }
        9 => kind(&engine.remove_volume(network).await).to_owned(),
        10 => kind(&engine.rename(name, &pool[(at + 1) % pool.len()].name).await).to_owned(),
        11 => kind(&engine.rename(name, name).await).to_owned(),
        12 => kind(
            &engine
                .create_network(network, &maestro_core::model::network::NetworkOptions::default(), false)
                .await,
        )
        .to_owned(),
        _ => kind(&engine.remove_network(network).await).to_owned(),
    };
    let mut seen = Vec::new();
    for (number, spec) in pool.iter().enumerate() {
        let one = engine.inspect(&spec.name).await.unwrap();
        seen.push(one.map(|one| {
            let mut labels = one.description.labels;
            let proves_it = labels.remove(LABEL_IMAGE_ID) == Some(one.description.image_id);
            (number, one.state, one.exit_code, proves_it && labels == spec.all_labels())
        }));
    }
    let inspected: Vec<_> = seen.iter().flatten().map(|(_, state, ..)| state.clone()).collect();
    let listed = listed_states(engine, pool, &inspected).await;
    let volume = engine.volume(network).await.unwrap().is_some();
    let network = engine.networks().await.unwrap().contains_key(network);
    format!("{op} of {at}: {first}; {seen:?}; {listed:?}; {volume} {network}")
}

/// What a stream of events tells of the pool until a container with the name `end` is created, by container in the order
/// of their creation. Signals are left out: since Docker 26 they may be told after the end that they led to.
async fn told(events: EventStream, pool: &[SharedSpec], end: &str) -> Vec<Vec<(String, Happened)>> {
    let mut told: Vec<(String, Vec<(String, Happened)>)> = Vec::new();
    let mut events = events.map(Result::unwrap);
    while let Some(ContainerEvent { id, name, what, .. }) = events.next().await {
        if name == end {
            break;
        }
        let is_signal = matches!(what, Happened::Signalled { .. });
        if is_signal || !pool.iter().any(|spec| spec.name == name) {
            continue;
        }
        let at = told.iter().position(|(known, _)| *known == id).unwrap_or_else(|| {
            told.push((id, Vec::new()));
            told.len() - 1
        });
        told[at].1.push((name, what));
    }
    told.into_iter().map(|(_, events)| events).collect()
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn random_calls_get_the_same_answers_of_the_engine_in_memory() {
    let real = engine().await;
    for seed in 1..=SEQUENCES {
        let mut leftovers = Leftovers::default();
        let pool: Vec<SharedSpec> =
            (0..3).map(|number| spec(&format!("pool{number}"), &until_stopped(0)).into()).collect();
        leftovers.containers.extend(pool.iter().map(|spec| spec.name.clone()));
        let network = unique("pool");
        let fake = Fake::new("fake");
        fake.add_image(IMAGE);
        fake.behave(IMAGE, Behaviour { log: vec!["up".to_owned()], ..Behaviour::default() });
        let streams = (real.follow().await.unwrap(), fake.follow().await.unwrap());
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut story = Vec::new();
        for _ in 0..CALLS {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let (op, at) = ((state >> 20) % 14, usize::try_from((state >> 40) % 3).unwrap());
            let truth = answer(&*real, &pool, op, at, &network).await;
            let told = answer(&fake, &pool, op, at, &network).await;
            story.push(truth.clone());
            assert_eq!(told, truth, "seed {seed}: the engine in memory differs after\n{}", story.join("\n"));
        }
        let end: SharedSpec = spec("end", &until_stopped(0)).into();
        leftovers.containers.push(end.name.clone());
        for engine in [&*real, &fake] {
            engine.create(&end.name, &end, &[].into(), &ContainerNames::default()).await.unwrap();
        }
        let (truth, told) =
            (told(streams.0, &pool, &end.name).await, told(streams.1, &pool, &end.name).await);
        assert_eq!(told, truth, "seed {seed}: other events are told after\n{}", story.join("\n"));
        real.remove_network(&network).await.ok();
        real.remove_volume(&network).await.unwrap();
    }
}

/// What an engine answers about the files of a volume: what was unpacked is there, under the names that the path ends with.
async fn archived(engine: &dyn Engine, volume: &str) -> Vec<String> {
    let image = engine.images().await.unwrap()[IMAGE].clone();
    engine.create_volume(volume, &VolumeOptions::default()).await.unwrap();
    let carrier = Carrier {
        name: volume.to_owned(),
        image,
        mount: CarrierMount::Volume(volume.to_owned()),
        path: "/data".to_owned(),
        labels: [].into(),
    };
    let id = engine.create_carrier(&carrier).await.unwrap();
    let mut story = vec![kind(&engine.create_carrier(&carrier).await).to_owned()];
    let mut archive = tar::Builder::new(Vec::new());
    for (kind, name, content) in [
        (tar::EntryType::Directory, "d/", ""),
        (tar::EntryType::Regular, "d/f", "content"),
        (tar::EntryType::Regular, "other", ""),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o750);
        archive.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    let bytes = archive.into_inner().unwrap();
    let pieces = |bytes: Vec<u8>| futures_util::stream::iter([Ok(bytes)]).boxed();
    for directory in ["/data", "/nowhere", "/data/other"] {
        story.push(kind(&engine.write_archive(&id, directory, pieces(bytes.clone())).await).to_owned());
    }
    for path in ["/data/d", "/data/d/f", "/data/nothing"] {
        let stat = engine.path(&id, path).await.unwrap();
        story.push(format!("{:?}", stat.map(|stat| (stat.name, stat.kind))));
    }
    for path in ["/data", "/data/d", "/data/d/.", "/data/d/f", "/data/nothing"] {
        let read = engine.read_archive(&id, path).await;
        let Ok(mut pieces) = read else {
            story.push(kind(&read).to_owned());
            continue;
        };
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            bytes.extend(piece.unwrap());
        }
        let mut archive = tar::Archive::new(bytes.as_slice());
        // With `/.` names begin with `./`, which the crate that packs them in memory leaves out.
        let name =
            |bytes: &[u8]| String::from_utf8_lossy(bytes.strip_prefix(b"./").unwrap_or(bytes)).into_owned();
        let names = archive.entries().unwrap().map(|one| name(&one.unwrap().path_bytes()));
        let mut names: Vec<String> = names.collect();
        names.sort();
        story.push(names.join(" "));
    }
    story.push(kind(&engine.remove_volume(volume).await).to_owned());
    engine.remove_carrier(&id).await.unwrap();
    story.push(kind(&engine.remove_volume(volume).await).to_owned());
    story
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn files_of_volumes_are_the_same_in_memory() {
    let real = engine().await;
    let fake = Fake::new("fake");
    fake.add_image(IMAGE);
    let volume = unique("archived");
    assert_eq!(archived(&fake, &volume).await, archived(&*real, &volume).await);
}

/// What an engine tells of the time of a name: before it is given, and whether it is new thereafter.
async fn named(engine: &dyn Engine, name: &str) -> (bool, bool, &'static str) {
    let before = engine.clock().await.unwrap();
    engine.tag_image(IMAGE, name).await.unwrap();
    let tagged = engine.image(name).await.unwrap().unwrap().tagged;
    let is_new = tagged.is_some_and(|tagged| {
        Timestamp::try_from(before).is_ok_and(|before| tagged.as_second() >= before.as_second())
    });
    let again = kind(&engine.tag_image(name, name).await);
    engine.remove_image(name).await.unwrap();
    (tagged.is_some(), is_new, again)
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn the_time_of_a_name_is_the_same_in_memory() {
    let real = engine().await;
    let fake = Fake::new("fake");
    fake.add_image(IMAGE);
    let name = format!("{}:1", unique("named"));
    let expected = (true, true, "ok");
    assert_eq!(named(&fake, &name).await, expected);
    assert_eq!(named(&*real, &name).await, expected);
}

/// An image of layers that a test makes, lowest first.
struct Layered {
    id: String,
    config: Vec<u8>,
    layers: Vec<Vec<u8>>,
}

fn digits(bytes: &[u8]) -> String {
    sha256::digits(bytes, 64)
}

/// A layer with a file of that content.
fn layer(content: &str) -> Vec<u8> {
    packed(&[("file".to_owned(), content.as_bytes())])
}

fn packed(files: &[(String, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *content).unwrap();
    }
    archive.into_inner().unwrap()
}

impl Layered {
    fn of(layers: &[&Vec<u8>]) -> Self {
        let layers: Vec<Vec<u8>> = layers.iter().map(|layer| (*layer).clone()).collect();
        let digests: Vec<String> = layers.iter().map(|layer| format!("sha256:{}", digits(layer))).collect();
        let config = serde_json::json!({
            "architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": digests},
        });
        let config = config.to_string().into_bytes();
        Self { id: format!("sha256:{}", digits(&config)), config, layers }
    }

    /// Its archive with these of its layers alone.
    fn archive(&self, sent: &[usize]) -> Vec<u8> {
        let blob = |bytes: &[u8]| format!("blobs/sha256/{}", digits(bytes));
        let names: Vec<String> = self.layers.iter().map(|layer| blob(layer)).collect();
        let manifest = serde_json::json!([{
            "Config": blob(&self.config), "RepoTags": null, "Layers": names,
        }]);
        let manifest = manifest.to_string();
        let mut files: Vec<(String, &[u8])> =
            sent.iter().map(|at| (names[*at].clone(), self.layers[*at].as_slice())).collect();
        files.push((blob(&self.config), &self.config));
        files.push(("manifest.json".to_owned(), manifest.as_bytes()));
        packed(&files)
    }
}

/// Which layers of an image are in the archive that an engine writes of it.
async fn saved(engine: &dyn Engine, image: &Layered) -> String {
    let Ok(mut pieces) = engine.save_image(&image.id).await else {
        // Docker 20.10 does not say that there is none by that id.
        return "not saved".to_owned();
    };
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        bytes.extend(piece.unwrap());
    }
    let mut archive = tar::Archive::new(bytes.as_slice());
    let contents = archive.entries().unwrap().map(|entry| {
        let mut content = Vec::new();
        entry.unwrap().read_to_end(&mut content).unwrap();
        content
    });
    let contents: Vec<Vec<u8>> = contents.collect();
    format!("{:?}", image.layers.iter().map(|layer| contents.contains(layer)).collect::<Vec<_>>())
}

/// What an engine answers about images that are loaded, whole and without layers, named and removed.
async fn loaded(engine: &dyn Engine, name: &str) -> Vec<String> {
    let [base, one, two, other] =
        ["base", "one", "two", "other"].map(|part| layer(&format!("{name} {part}")));
    let (first, second) = (Layered::of(&[&base, &one]), Layered::of(&[&base, &two]));
    let (third, turned) = (Layered::of(&[&other, &two]), Layered::of(&[&one, &base]));
    let images = [&first, &second, &third, &turned];
    let mut story = Vec::new();
    let load = async |what: &str, archive: Vec<u8>, cut: usize| {
        let whole = archive.len() - cut;
        let mut pieces = vec![Ok(archive[..whole].to_vec())];
        if cut > 0 {
            pieces.push(Err(std::io::ErrorKind::BrokenPipe.into()));
        }
        let loaded = engine.load_image(futures_util::stream::iter(pieces).boxed()).await;
        let told =
            loaded.as_ref().ok().map(|id| images.iter().position(|image| id.as_ref() == Some(&image.id)));
        // How it says that nobody takes part any more is its own matter.
        let how = if cut > 0 && loaded.is_err() { "failed" } else { kind(&loaded) };
        let mut there = Vec::new();
        for image in images {
            let stored = engine.stored_image(&image.id).await.unwrap();
            let layers: Vec<String> =
                image.layers.iter().map(|layer| format!("sha256:{}", digits(layer))).collect();
            there.push(stored.map(|stored| (stored.layers == layers, stored.digests.is_empty())));
        }
        let all = engine.image_layers().await.unwrap();
        let known = all.iter().filter(|layers| layers.contains(&format!("sha256:{}", digits(&base)))).count();
        format!("{what}: {how} {told:?}; {there:?}; {known} with the base")
    };
    story.push(load("cut off", first.archive(&[0, 1]), 1_500).await);
    story.push(load("whole", first.archive(&[0, 1]), 0).await);
    story.push(load("again, without a layer", first.archive(&[]), 0).await);
    story.push(load("without the base that is there", second.archive(&[1]), 0).await);
    story.push(load("without a layer that is elsewhere in other images", turned.archive(&[1]), 0).await);
    story.push(load("without a layer that is nowhere", third.archive(&[1]), 0).await);

    let named = async || {
        let stored = engine.stored_image(name).await.unwrap();
        stored.map(|stored| images.iter().position(|image| image.id == stored.id))
    };
    story.push(format!("{:?}", named().await));
    for image in [&first, &second, &third] {
        story.push(format!("{} {:?}", kind(&engine.tag_image(&image.id, name).await), named().await));
    }
    for image in images {
        story.push(saved(engine, image).await);
    }
    // By its last name an image goes, and by its id one without a name; then its layers are not there any more.
    for image in [name, &first.id, &first.id] {
        story.push(format!("{} {:?}", kind(&engine.remove_image(image).await), named().await));
    }
    story.push(load("without the base that was removed", second.archive(&[1]), 0).await);
    story
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn images_are_saved_and_loaded_alike_in_memory() {
    let real = engine().await;
    let name = format!("{}:1", unique("loaded"));
    assert_eq!(loaded(&Fake::new("fake"), &name).await, loaded(&*real, &name).await);
}
