//! A roll-out that nobody notices: a container takes the place of another, and clients that ask all the time through a
//! link lose no request.

use std::time::Duration;

use maestro::{
    engine::{Engine, Membership},
    model::container::{ContainerSpec, Network, Owner},
};

use crate::support::{
    self,
    site::{Site, until},
    traffic::{self, tally},
};

const CLIENTS: usize = 2;
const ROUNDS: usize = 3;
/// So long a request that found the old container may take to reach it: the kernel says a second time after one second
/// that it wants a connection.
const SETTLE: Duration = Duration::from_secs(2);

/// The site's network, image and engine.
struct Stage {
    site: Site,
    engine: std::sync::Arc<dyn Engine>,
    network: String,
    image: String,
}

impl Stage {
    fn spec(&self, name: &str, script: &str, links: &[(&str, &str)]) -> ContainerSpec {
        let links = links.iter().map(|(to, alias)| (self.site.real(to), (*alias).to_owned())).collect();
        let network = Network::Environment { name: self.network.clone(), links };
        let environment = self.site.environment.clone();
        let owner = Owner { environment, service: "traffic".into() };
        let words = ["/bin/busybox", "sh", "-c", script].map(str::to_owned);
        ContainerSpec {
            command: Some(words.to_vec()),
            ..ContainerSpec::new(&self.site.real(name), &self.image, network, owner)
        }
    }

    async fn run(&self, name: &str, spec: &ContainerSpec) -> String {
        let id = self.engine.create(name, spec).await.unwrap();
        self.engine.start(&id).await.unwrap();
        id
    }

    fn log(&self, container: &str) -> String {
        self.site.docker(&format!("logs {container}"))
    }

    /// A server that says its version, and holds a connection to `db` all the time.
    fn server(&self, version: usize) -> ContainerSpec {
        let script = format!(
            "/bin/traffic hold db 80 & /bin/traffic serve v{version} 80 & trap 'exit 0' TERM; \
             while true; do /bin/busybox sleep 0.05; done"
        );
        self.spec("web-unique", &script, &[("db-unique", "db")])
    }

    /// Hands the name over to a container that is ready.
    async fn hand_over(&self, old: &str, new: &str) {
        let name = self.site.real("web-unique");
        let (engine, network) = (&self.engine, &self.network);
        let links = vec![(self.site.real("db-unique"), "db".to_owned())];
        let named = |aliases: &[&str]| Membership {
            network: network.clone(),
            links: links.clone(),
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
        };
        engine.rejoin(new, &named(&[&name])).await.unwrap();
        engine.rename(old, &format!("{name}.previous")).await.unwrap();
        engine.rename(new, &name).await.unwrap();
        engine.rejoin(old, &named(&[])).await.unwrap();
        tokio::time::sleep(SETTLE).await;
        engine.stop(old, Duration::from_secs(10)).await.unwrap();
        engine.remove(old).await.unwrap();
    }
}

async fn stage() -> Option<Stage> {
    let site = Site::new("name: env-unique\nservices: {}\n")?;
    let engine = support::engine_at(&site.host).await;
    let image = traffic::image(&site);
    let network = maestro::model::container::network_name(&site.environment);
    let labels = [("maestro.environment".to_owned(), site.environment.clone())].into();
    engine.create_network(&network, &labels, true).await.unwrap();
    Some(Stage { site, engine, network, image })
}

#[tokio::test]
async fn a_container_takes_the_place_of_another_and_no_request_is_lost() {
    let Some(stage) = stage().await else { return };
    let site = &stage.site;
    let serves = |id: &str, what: &str| until(what, || stage.log(id).contains("serving").then_some(()));
    let db = stage.spec("db-unique", "exec /bin/traffic serve db 80", &[]);
    serves(&stage.run(&db.name, &db).await, "the database serves");
    let first = stage.server(0);
    let mut old = stage.run(&first.name, &first).await;
    serves(&old, "the first server serves");
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let name = format!("client-{number}-unique");
        let spec = stage.spec(&name, "exec /bin/traffic ask web 80", &[("web-unique", "web")]);
        clients.push(stage.run(&spec.name, &spec).await);
    }
    for round in 1..=ROUNDS {
        let next = stage.run(&site.real("web-unique.next"), &stage.server(round)).await;
        serves(&next, "the next server serves");
        for client in &clients {
            let told = tally(&stage.log(client));
            assert_ne!(told.last, format!("v{round}"), "found before it is to be: {told:?}");
        }
        stage.hand_over(&old, &next).await;
        for client in &clients {
            until("the next server is asked", || {
                stage.log(client).contains(&format!("v{round}=")).then_some(())
            });
        }
        // What it had opened before it took its place goes on.
        let before = tally(&stage.log(&next)).asked;
        until("its connection goes on", || (tally(&stage.log(&next)).asked > before).then_some(()));
        assert!(!stage.log(&next).contains("broken"), "{}", stage.log(&next));
        old = next;
    }
    for client in &clients {
        let told = tally(&stage.log(client));
        assert_eq!((told.failed, told.failures), (0, Vec::<String>::new()));
        assert!(told.asked > 1_000, "asked {} times only", told.asked);
    }
}
