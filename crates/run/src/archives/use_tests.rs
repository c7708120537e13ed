//! Which volumes an environment has.

use std::{collections::BTreeMap, path::Path};

use maestro_core::{
    model::{Environment, container::LABEL_ENVIRONMENT},
    observed::{
        Container, ContainerState, Holdings, Observed, ShipState,
        left_behind::LeftBehind,
        mounts::{Mounted, Source},
        restore_mark::RestoreMark,
        volume_use::{incomplete, volumes},
    },
};
use maestro_file::{
    document,
    resolve::{Surroundings, resolve},
};

const FILE: &str = "__maestro: {schema: 3}
name: shop
volumes:
  data: {}
  cache: {external: true}
  extra: {}
services:
  db:
    image: db:1
    volumes: ['data:/data', 'cache:/cache', /tmp/anonymous]
    instances: {db-1: {}}
";

fn environment() -> Environment {
    let variables = BTreeMap::new();
    let loaded = document::load("shop.yaml", FILE.into(), Path::new("."), &variables);
    let document::Loaded { mut sources, yaml, diagnostics: mut found } = loaded;
    let document = document::file::read(&yaml.unwrap(), &mut found).unwrap();
    let read = |_: &Path| Ok(Vec::new());
    let surroundings = Surroundings::new(Path::new("."), &variables);
    resolve(&document, &mut sources, &read, surroundings, &mut found).unwrap()
}

fn container(name: &str, of: Option<&str>, mounts: &[(&str, &str)]) -> Container {
    let labels = of.map(|of| {
        [("maestro.environment", of), ("maestro.instance", name)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    });
    let mounted = |(volume, path): &(&str, &str)| Mounted {
        source: Source::Volume((*volume).to_owned()),
        path: (*path).to_owned(),
        writable: true,
    };
    Container {
        id: format!("{name}-id"),
        name: name.to_owned(),
        image: "db:1".to_owned(),
        image_id: "db".to_owned(),
        state: ContainerState::Running,
        status: String::new(),
        labels: labels.into_iter().flatten().collect(),
        published: Vec::new(),
        networks: Vec::new(),
        on_host_network: false,
        mounts: mounts.iter().map(mounted).collect(),
    }
}

#[test]
fn each_volume_is_told_with_what_it_is_and_who_has_it() {
    let environment = environment();
    let [anonymous, left] = ["0123456789abcdef", "fedcba9876543210"].map(|digits| digits.repeat(4));
    let own = |environment: &str| BTreeMap::from([(LABEL_ENVIRONMENT.to_owned(), environment.to_owned())]);
    let mark = RestoreMark { environment: "shop".into(), volume: "shop_data".into() };
    let record = LeftBehind {
        volume: left.clone(),
        environment: "shop".into(),
        instance: "old-1".into(),
        path: "/data".into(),
    };
    let there = [
        ("shop_data".to_owned(), own("shop")),
        ("shop_extra".to_owned(), own("other")),
        ("shop_former".to_owned(), own("shop")),
        ("cache".to_owned(), own("other")),
        ("unrelated".to_owned(), BTreeMap::new()),
        (anonymous.clone(), BTreeMap::new()),
        (left.clone(), BTreeMap::new()),
        ("maestro-lease-shop".to_owned(), own("shop")),
        (mark.record(), mark.labels()),
    ];
    let db = [("shop_data", "/data"), (anonymous.as_str(), "/tmp/anonymous")];
    let containers = [
        container("db-1", Some("shop"), &db),
        container("by-hand", None, &[("shop_data", "/x"), ("unrelated", "/y")]),
    ];
    let holdings = Holdings {
        containers: containers.map(|one| (one.name.clone(), one)).into(),
        volumes: Some(there.into()),
        left_behind: vec![record],
        ..Holdings::default()
    };
    assert_eq!(incomplete("shop", &holdings), ["shop_data"]);
    let observed = Observed { ships: vec![ShipState::Answering(holdings)], ..Observed::default() };
    let told: Vec<String> = volumes(&environment, &observed)
        .into_iter()
        .map(|one| {
            let users = one.users.iter().map(|user| format!("{}:{}", user.instance, user.path));
            let containers = one.containers.iter().map(|one| one.name.as_str());
            let (users, containers) =
                (users.collect::<Vec<_>>().join(","), containers.collect::<Vec<_>>().join(","));
            let name = one.name.replace(&anonymous, "ANONYMOUS").replace(&left, "LEFT");
            format!(
                "{name} {:?} exists={} incomplete={} other={:?} {users} [{containers}]",
                one.role, one.exists, one.is_incomplete, one.other_owner
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    ANONYMOUS Anonymous exists=true incomplete=false other=None db-1:/tmp/anonymous [db-1]
    cache External exists=true incomplete=false other=Some("other") db-1:/cache []
    LEFT LeftOver exists=true incomplete=false other=None old-1:/data []
    shop_data Declared exists=true incomplete=true other=None db-1:/data [by-hand,db-1]
    shop_former LeftOver exists=true incomplete=false other=None  []
    "#);
}
