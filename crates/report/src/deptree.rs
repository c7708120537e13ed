//! The tree of what requires what, as text.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use maestro_core::model::{Environment, InstanceId, Required, RequiredBy, ServiceId};

use super::text::harmless;

/// A service may have hundreds of instances that all link to the same.
const NAMED_AT_MOST: usize = 4;

/// What one service requires, and by which keys.
struct Edge {
    on: Required,
    /// The keys that ask for it; by whom, unless the whole service does.
    causes: Vec<(RequiredBy, Vec<InstanceId>)>,
}

/// Draws each of `services`, below it what it requires, below that what that requires. A service that was drawn
/// already is marked `(shown above)`, or drawn again if `recursive`.
#[must_use]
pub fn text(environment: &Environment, services: &[ServiceId], recursive: bool) -> String {
    let mut tree =
        Tree { environment, recursive, shown: BTreeSet::new(), path: Vec::new(), text: String::new() };
    for service in services {
        tree.node(*service, &harmless(&environment.service(*service).name), ("", ""));
    }
    tree.text
}

/// For each of `services` by name, what it requires directly: names, and the keys that ask for it.
#[must_use]
pub fn json(environment: &Environment, services: &[ServiceId]) -> Value {
    let entry = |id: &ServiceId| {
        let edges = edges(environment, *id).into_iter().map(|edge| {
            let on = match edge.on {
                Required::Service(id) => &environment.service(id).name,
                Required::Instance(id) => &environment.instance(id).name,
            };
            let keys: Vec<&str> = edge.causes.iter().map(|(by, _)| by.key()).collect();
            json!({ "on": on, "by": keys })
        });
        (environment.service(*id).name.clone(), edges.collect())
    };
    Value::Object(services.iter().map(entry).collect())
}

struct Tree<'a> {
    environment: &'a Environment,
    recursive: bool,
    shown: BTreeSet<ServiceId>,
    /// The services from the root to here: instances may well require each other across two services.
    path: Vec<ServiceId>,
    text: String,
}

impl Tree<'_> {
    /// Draws a service behind `first`, and all below it behind `rest`.
    fn node(&mut self, service: ServiceId, label: &str, (first, rest): (&str, &str)) {
        let edges = edges(self.environment, service);
        let again = self.shown.contains(&service) && !self.recursive;
        let known = !edges.is_empty() && (again || self.path.contains(&service));
        self.line(first, label, known);
        if known {
            return;
        }
        self.shown.insert(service);
        self.path.push(service);
        for (at, edge) in edges.iter().enumerate() {
            let (branch, below) =
                if at + 1 == edges.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (first, below) = (format!("{rest}{branch}"), format!("{rest}{below}"));
            let label = edge.label(self.environment);
            match edge.target(self.environment) {
                // An instance of the same service: what that requires is what is being drawn.
                target if target == service => self.line(&first, &label, false),
                target => self.node(target, &label, (&first, &below)),
            }
        }
        self.path.pop();
    }

    fn line(&mut self, prefix: &str, label: &str, known: bool) {
        self.text.push_str(prefix);
        self.text.push_str(label);
        self.text.push_str(if known { " (shown above)\n" } else { "\n" });
    }
}

/// What a service requires, itself and through its instances, each once.
fn edges(environment: &Environment, service: ServiceId) -> Vec<Edge> {
    let service = environment.service(service);
    let mut edges: Vec<Edge> = Vec::new();
    let own = service.requires.iter().map(|requirement| (requirement, None));
    let of_instances = service.instances.iter().flat_map(|id| {
        let requires = &environment.instance(*id).requires;
        requires.iter().map(move |requirement| (requirement, Some(*id)))
    });
    for (requirement, by) in own.chain(of_instances) {
        let at = edges.iter().position(|edge| edge.on == requirement.on).unwrap_or_else(|| {
            edges.push(Edge { on: requirement.on, causes: Vec::new() });
            edges.len() - 1
        });
        edges[at].add(requirement.by, by);
    }
    edges
}

impl Edge {
    fn add(&mut self, key: RequiredBy, by: Option<InstanceId>) {
        let of_instances = |who: &[InstanceId]| who.is_empty() != by.is_some();
        let same = self.causes.iter_mut().find(|(other, who)| *other == key && of_instances(who));
        match same {
            Some((_, who)) => who.extend(by),
            None => self.causes.push((key, by.into_iter().collect())),
        }
    }

    /// The service whose requirements come next.
    fn target(&self, environment: &Environment) -> ServiceId {
        match self.on {
            Required::Service(service) => service,
            Required::Instance(instance) => environment.instance(instance).service,
        }
    }

    fn label(&self, environment: &Environment) -> String {
        let service = harmless(&environment.service(self.target(environment)).name);
        let name = match self.on {
            Required::Service(_) => service.into_owned(),
            Required::Instance(instance) => {
                format!("{}, an instance of {service}", harmless(&environment.instance(instance).name))
            }
        };
        // What the whole service requires is the usual case and needs no words.
        if self.causes == [(RequiredBy::Requires, Vec::new())] {
            return name;
        }
        let causes = self.causes.iter().map(|(key, who)| cause(environment, *key, who));
        format!("{name} ({})", causes.collect::<Vec<_>>().join("; "))
    }
}

/// `links of web-1, web-2`.
fn cause(environment: &Environment, key: RequiredBy, who: &[InstanceId]) -> String {
    let names = who.iter().take(NAMED_AT_MOST);
    let mut names: Vec<_> = names.map(|id| harmless(&environment.instance(*id).name)).collect();
    if who.len() > NAMED_AT_MOST {
        names.push(format!("{} more", who.len() - NAMED_AT_MOST).into());
    }
    match names.join(", ") {
        none if none.is_empty() => key.key().to_owned(),
        names => format!("{} of {names}", key.key()),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};
    use maestro_core::model::RequiredBy;

    /// `web` → `api`, `cache`; `api` → `db`, `cache`; `cache` → `db`; web-2 links to web-1 and db-1.
    fn environment() -> Environment {
        let mut environment = samples::empty(&["local"], &["db", "cache", "api", "web"]);
        let db = samples::add(&mut environment, "db-1", 0, 0);
        samples::add(&mut environment, "cache-1", 1, 0);
        samples::add(&mut environment, "api-1", 2, 0);
        let web_1 = samples::add(&mut environment, "web-1", 3, 0);
        let web_2 = samples::add(&mut environment, "web-2", 3, 0);
        for (from, to) in [(3, 2), (3, 1), (2, 0), (2, 1), (1, 0)] {
            let on = Required::Service(ServiceId(to));
            let requirement = samples::requirement(on, RequiredBy::Requires);
            environment.services[from].requires.push(requirement);
        }
        for (from, on, by) in [
            (web_2, Required::Instance(web_1), RequiredBy::VolumesFrom),
            (web_1, Required::Instance(db), RequiredBy::Links),
            (web_2, Required::Instance(db), RequiredBy::Links),
            (web_2, Required::Service(ServiceId(1)), RequiredBy::Requires),
        ] {
            let requirement = samples::requirement(on, by);
            environment.instances[from.0].requires.push(requirement);
        }
        environment
    }

    #[test]
    fn what_was_shown_is_not_shown_again() {
        insta::assert_snapshot!(text(&environment(), &[ServiceId(3), ServiceId(2), ServiceId(0)], false), @r#"
        web
        ├─ api
        │  ├─ db
        │  └─ cache
        │     └─ db
        ├─ cache (requires; requires of web-2) (shown above)
        ├─ db-1, an instance of db (links of web-1, web-2)
        └─ web-1, an instance of web (volumes_from of web-2)
        api (shown above)
        db
        "#);
    }

    #[test]
    fn recursive_shows_it_again() {
        insta::assert_snapshot!(text(&environment(), &[ServiceId(3)], true), @r#"
        web
        ├─ api
        │  ├─ db
        │  └─ cache
        │     └─ db
        ├─ cache (requires; requires of web-2)
        │  └─ db
        ├─ db-1, an instance of db (links of web-1, web-2)
        └─ web-1, an instance of web (volumes_from of web-2)
        "#);
    }

    #[test]
    fn services_whose_instances_require_each_other_crosswise_come_to_an_end() {
        let mut environment = samples::empty(&["local"], &["a", "b"]);
        let a =
            [("a-1", 0), ("a-2", 0)].map(|(name, service)| samples::add(&mut environment, name, service, 0));
        let b =
            [("b-1", 1), ("b-2", 1)].map(|(name, service)| samples::add(&mut environment, name, service, 0));
        for (from, to) in [(a[0], b[0]), (b[1], a[1])] {
            let requirement = samples::requirement(Required::Instance(to), RequiredBy::Requires);
            environment.instances[from.0].requires.push(requirement);
        }
        insta::assert_snapshot!(text(&environment, &[ServiceId(0)], true), @r#"
        a
        └─ b-1, an instance of b (requires of a-1)
           └─ a-2, an instance of a (requires of b-2) (shown above)
        "#);
    }
}
