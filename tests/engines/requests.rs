//! What the engine is asked, as a proxy before it sees it.

use futures_util::{StreamExt as _, stream};
use maestro_core::model::{
    container::{ContainerNames, ContainerOwner, ContainerSpec},
    shared::SharedSpec,
};
use maestro_engine::Engine;

use crate::support::{self, proxy::Proxy, site::Site};

const MANY: usize = 100;

/// A service with many instances.
fn many() -> String {
    let instances: Vec<String> = (0..MANY).map(|number| format!("app-{number}-unique: {{}}")).collect();
    let instances = instances.join(", ");
    let image = support::IMAGE;
    format!("name: env-unique\nservices:\n  app:\n    image: {image}\n    instances: {{ {instances} }}\n")
}

/// Containers for all of [`many`], created and not started.
async fn create_all(engine: &dyn Engine, site: &Site) {
    let specs = (0..MANY).map(|number| {
        SharedSpec::from(ContainerSpec {
            name: site.real(&format!("app-{number}-unique")),
            owner: ContainerOwner { environment: site.real("env-unique"), service: "app".into() },
            ..support::spec("app", "")
        })
    });
    let created = stream::iter(specs)
        .map(|spec| async move {
            engine
                .create(&spec.name, &spec, &std::collections::BTreeMap::new(), &ContainerNames::default())
                .await
        })
        .buffer_unordered(4);
    for created in created.collect::<Vec<_>>().await {
        created.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn a_status_of_many_is_one_list_and_a_plan_only_asks() {
    let mut site = Site::new(&many());
    create_all(&*support::engine_at(&site.host).await, &site).await;
    let proxy = Proxy::new(site.path(), &site.host);
    site.set("DOCKER_HOST", &proxy.host());

    let status = site.succeed("status");
    assert_eq!(status.matches("created").count(), MANY, "{status}");
    assert_eq!(kinds(&proxy.requests()), ["GET /_ping", "GET /containers/json", "GET /volumes"]);

    let plan = site.succeed("plan");
    assert!(["602 steps", "603 steps"].iter().any(|steps| plan.contains(steps)), "{plan}");
    let requests = proxy.requests();
    assert!(requests.iter().all(|request| request.starts_with("GET ")), "{requests:?}");
    let lists = requests.iter().filter(|request| request.contains("/containers/json")).count();
    assert_eq!(lists, 1, "{requests:?}");
    // Nor does anything that contacts no engine at all.
    site.succeed("config");
    site.succeed("deptree");
    assert_eq!(proxy.requests(), Vec::<String>::new());
}

#[test]
#[ignore = "needs an engine"]
fn a_start_of_what_runs_asks_for_one_list() {
    let image = support::IMAGE;
    let text = format!(
        "name: env-unique\nservices:\n  app:\n    image: {image}\n    command: [/bin/busybox, sleep, \"1000\"]\n    instances: {{ app-1-unique: {{}}, app-2-unique: {{}} }}\n"
    );
    let mut site = Site::new(&text);
    site.succeed("start");
    let proxy = Proxy::new(site.path(), &site.host);
    site.set("DOCKER_HOST", &proxy.host());
    site.succeed("start");
    // What began to run a moment ago is looked at one by one as well.
    let mut kinds = kinds(&proxy.requests());
    kinds.retain(|kind| !["GET /containers/ID/json", "POST /containers/ID/wait"].contains(&kind.as_str()));
    assert_eq!(kinds, ["GET /_ping", "GET /containers/json", "GET /volumes", "GET /volumes"]);
}

/// The requests without what they ask for in particular, in the order of their names.
fn kinds(requests: &[String]) -> Vec<String> {
    let kind = |request: &String| {
        let path = request.split('?').next().unwrap_or_default();
        let parts = path.split('/').map(|part| if part.len() == 64 { "ID" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let mut kinds: Vec<String> = requests.iter().map(kind).collect();
    kinds.sort();
    kinds
}
