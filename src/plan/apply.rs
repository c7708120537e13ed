//! `apply`: running services become what the file says. What is missing is made, what differs is replaced, what does
//! not is left alone; what the file does not declare any more is told, and removed if that is asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Differing, Plan, StepId,
    builder::{Builder, Treatment},
    drift::{Difference, Running, differences},
    orphans::{self, Strays},
    place::place,
    published::published,
    start::{Replacing, StartOptions, add_starts},
};
use crate::{
    model::{Environment, InstanceId, container::Network},
    observed::Observed,
};

/// What `apply` was asked for beside the names.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and any set of them is valid"
)]
#[derive(Debug, Clone, Copy, Default)]
pub struct ApplyOptions {
    /// Remove what the file does not declare (`--prune`).
    pub prune: bool,
    /// Take over containers that this environment did not make (`--adopt`).
    pub adopt: bool,
    /// Replace and start everything at once (`--ignore-dependencies`).
    pub ignore_dependencies: bool,
    /// Give new containers new anonymous volumes (`--renew-anonymous-volumes`).
    pub renew_volumes: bool,
}

/// Plans what makes the selected instances what the file says. Containers must have been described.
#[must_use]
pub fn plan(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    options: ApplyOptions,
) -> Plan {
    let observed = observed.by_label(environment);
    let mut builder = Builder::new("apply", environment, &observed, options.adopt);
    let drifted = drifted(&builder, selected);
    let strays = orphans::find(environment, &observed, options.prune);
    let mut replacing = Replacing::default();
    for &id in selected {
        match (drifted.get(&id), builder.treatment(id)) {
            (Some(differences), Treatment::Present(_))
                if differences.iter().all(|one| one.field == "name") =>
            {
                replacing.renamed.insert(id);
                replacing.kept.insert(id);
            }
            (Some(differences), _) => {
                replacing.causes.insert(id, cause(differences));
            }
            (None, Treatment::Present(_)) if !builder.is_foreign(id) => {
                replacing.kept.insert(id);
            }
            (None, _) => {}
        }
    }
    replacing.first = make_way(&mut builder, selected, &strays, &replacing.kept);
    let start = StartOptions {
        adopt: options.adopt,
        ignore_dependencies: options.ignore_dependencies,
        renew_volumes: options.renew_volumes,
        ..StartOptions::default()
    };
    add_starts(&mut builder, selected, start, &HashMap::new(), &replacing);
    if options.prune {
        orphans::remove(&mut builder, &strays);
    }
    let differing = drifted.into_iter().map(|(instance, differences)| Differing { instance, differences });
    builder.plan.differing = differing.collect();
    builder.plan.orphans = strays.into_orphans();
    builder.plan
}

/// `it differs from the file: image, env.DEBUG`.
fn cause(differences: &[Difference]) -> String {
    const SHOWN: usize = 3;
    let names: Vec<&str> =
        differences.iter().take(SHOWN).map(|difference| difference.field.as_str()).collect();
    let more = match differences.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("it differs from the file: {}{more}", names.join(", "))
}

/// What differs of each instance whose container is not as the file says, or cannot stay as it is beside others that
/// are made anew.
fn drifted(builder: &Builder<'_>, selected: &BTreeSet<InstanceId>) -> BTreeMap<InstanceId, Vec<Difference>> {
    let environment = builder.environment;
    let mut drifted = BTreeMap::new();
    let mut anew: BTreeSet<&str> = BTreeSet::new();
    for &id in selected {
        let instance = environment.instance(id);
        match builder.treatment(id) {
            Treatment::Present(container) if !builder.is_foreign(id) => {
                let Some(holdings) = builder.holdings(instance.ship) else { continue };
                let Some(running) = Running::of(instance, container, holdings) else { continue };
                let found = differences(instance, running);
                if found.is_empty() {
                    continue;
                }
                drifted.insert(id, found);
            }
            Treatment::Held(_) => continue,
            Treatment::Present(_) | Treatment::Absent => {}
        }
        anew.insert(&instance.name);
    }
    // What is tied to a container, and not to a name, is made anew with it; and so is what is tied to that.
    loop {
        let tied =
            selected.iter().copied().filter(|id| !anew.contains(environment.instance(*id).name.as_str()));
        let tied: Vec<_> = tied
            .filter_map(|id| Some((id, tie(environment, id, &anew)?)))
            .filter(|(id, _)| is_there(builder, *id))
            .collect();
        if tied.is_empty() {
            return drifted;
        }
        for (id, difference) in tied {
            anew.insert(&environment.instance(id).name);
            drifted.insert(id, vec![difference]);
        }
    }
}

fn is_there(builder: &Builder<'_>, id: InstanceId) -> bool {
    matches!(builder.treatment(id), Treatment::Present(_)) && !builder.is_foreign(id)
}

/// The container that an instance's own is tied to, if it is among those that are made anew.
fn tie(environment: &Environment, id: InstanceId, anew: &BTreeSet<&str>) -> Option<Difference> {
    let instance = environment.instance(id);
    let spec = &instance.container;
    let of_net = match &spec.network {
        Network::Mode { mode, links } => {
            let shared = mode.strip_prefix("container:").map(|name| ("net".to_owned(), name));
            let links = links.iter().map(|(target, alias)| (format!("links.{alias}"), target.as_str()));
            shared.into_iter().chain(links).collect()
        }
        Network::Environment { .. } => Vec::new(),
    };
    let volumes = spec.volumes_from.iter().map(|name| {
        // A mode may stand behind the name.
        ("volumes_from".to_owned(), name.split(':').next().unwrap_or(name))
    });
    let (field, target) = volumes.chain(of_net).find(|(_, target)| anew.contains(target))?;
    Some(Difference {
        place: Some(place(instance, &field)),
        running: Some(format!("{target} as it was")),
        declared: Some(format!("{target}, which is made anew")),
        field,
    })
}

/// Takes orphans down first that hold a port which an instance is going to publish.
fn make_way(
    builder: &mut Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    strays: &Strays,
    kept: &BTreeSet<InstanceId>,
) -> HashMap<InstanceId, Vec<StepId>> {
    let mut first = HashMap::new();
    for &id in selected {
        let is_running = |builder: &Builder<'_>| matches!(builder.treatment(id), Treatment::Present(old) if old.state.is_up());
        if matches!(builder.treatment(id), Treatment::Held(_)) || (kept.contains(&id) && is_running(builder))
        {
            continue;
        }
        let instance = builder.environment.instance(id);
        let wanted: BTreeSet<String> =
            instance.ports.iter().flat_map(published).map(orphans::on_ship).collect();
        let mut steps = Vec::new();
        for at in strays.that_hold(builder, instance.ship, &wanted) {
            if strays.removed {
                let image = builder.image(id, None);
                steps.extend(strays.stop(builder, at, image));
            } else {
                let name = strays.name(at);
                builder.remark(id, format!("{name}, which the file does not declare, has a port of it; `--prune` removes it first"));
            }
        }
        if !steps.is_empty() {
            first.insert(id, steps);
        }
    }
    first
}
