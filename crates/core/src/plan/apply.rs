//! `apply`: running services become what the file says. What is missing is made, what differs is replaced, what does
//! not is left alone; what the file does not declare any more is told, and removed if that is asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Differing, Plan, StepId,
    action::Action,
    builder::{Builder, Treatment},
    canary,
    command::Command,
    drained,
    drift::{Difference, FieldValue, ObservedContainer, differences, hide_running, hide_sensitive},
    leftover_files,
    orphan_scope::OrphanScope,
    orphans::{self, Strays},
    place::place,
    published::published,
    reason::{Note, Reason},
    reload::reload,
    renames,
    start::{Replacing, StartOptions, add_starts},
    update_hooks,
};
use crate::{
    model::{Environment, InstanceId, container::Network, update::OnPeerChange},
    observed::Observed,
    value::setting::{OF_CONTAINER, shared_containers},
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
    /// Do not watch whether containers without checks stay up (`--detach`).
    pub detach: bool,
    /// Replace also what differs in the list of its peers alone (`--peers`).
    pub peers: bool,
    /// Move instances whose data stays on their old ship (`--move`).
    pub moves: bool,
    /// Replace also what waits for a canary (`--continue`).
    pub continues: bool,
    /// Do not hold what requires an instance on a ship that does not answer (`--skip-unreachable`).
    pub skip_unreachable: bool,
}

impl ApplyOptions {
    /// Without any option.
    pub const PLAIN: Self = Self {
        prune: false,
        adopt: false,
        ignore_dependencies: false,
        renew_volumes: false,
        detach: false,
        peers: false,
        moves: false,
        continues: false,
        skip_unreachable: false,
    };
}

/// Plans what makes the selected instances what the file says. Containers must have been described.
#[must_use]
pub fn plan(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    options: ApplyOptions,
) -> Plan {
    plan_pruning(environment, observed, selected, options, &OrphanScope::default())
}

/// Plans the same, but `--prune` removes only the orphans of this scope. Its instances that a service with fewer replicas
/// no longer has are removed without it.
#[must_use]
pub fn plan_pruning(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    options: ApplyOptions,
    scope: &OrphanScope,
) -> Plan {
    let observed = observed.by_label(environment);
    let environment = &*observed.on_its_networks(environment);
    let mut builder = Builder::new(Command::Apply, environment, &observed, options.adopt);
    let Drifted { replaced: drifted, reloads, other_peers, waiting } = drifted(&builder, selected, options);
    let strays = orphans::find(environment, &observed, options.prune.then_some(scope));
    strays.remove_surplus(scope);
    let mut replacing =
        Replacing { other_peers: other_peers.keys().copied().collect(), waiting, ..Replacing::default() };
    for (id, action) in reloads {
        let reason = reason(drifted.get(&id).map(Vec::as_slice).unwrap_or_default());
        replacing.kept.insert(id);
        replacing.reloads.insert(id, (action, reason));
    }
    for &id in selected {
        match (drifted.get(&id), builder.treatment(id)) {
            _ if replacing.reloads.contains_key(&id) => {}
            (Some(differences), Treatment::Present(_))
                if differences.iter().all(|one| one.field == "name") =>
            {
                replacing.renamed.insert(id);
                replacing.kept.insert(id);
            }
            (Some(differences), _) => {
                replacing.reasons.insert(id, reason(differences));
            }
            (None, Treatment::Present(_)) if !builder.is_foreign(id) => {
                replacing.kept.insert(id);
            }
            (None, _) => {}
        }
    }
    let mut with_jobs = selected.clone();
    if !options.ignore_dependencies {
        run_hooks(&builder, &mut with_jobs, &mut replacing);
    }
    let selected = &with_jobs;
    replacing.renames = renames::plan(&mut builder, selected, &replacing.renamed);
    replacing.first = make_way(&mut builder, selected, &strays, &replacing.kept);
    replacing.strays = Some(&strays);
    let start = StartOptions {
        adopt: options.adopt,
        ignore_dependencies: options.ignore_dependencies,
        renew_volumes: options.renew_volumes,
        detach: options.detach,
        moves: options.moves,
        skip_unreachable: options.skip_unreachable,
        ..StartOptions::default()
    };
    add_starts(&mut builder, selected, start, &HashMap::new(), &replacing);
    drained::remark(&mut builder, selected);
    orphans::remove(&mut builder, &strays);
    leftover_files::remove(&mut builder);
    // One whose name stays taken keeps the other name.
    let is_told =
        |id: &InstanceId| !replacing.renamed.contains(id) || replacing.renames.named.contains_key(id);
    builder.plan.differing = differing(drifted.into_iter().filter(|(id, _)| is_told(id)).collect());
    builder.plan.other_peers = differing(other_peers);
    builder.plan.orphans = strays.into_orphans();
    builder.plan.orphans.retain(|orphan| orphan.removed || !orphan.reason.ends_by_itself());
    builder.plan
}

/// Lets the jobs run again that are hooks of updated services. One that runs now is waited for.
fn run_hooks(builder: &Builder<'_>, selected: &mut BTreeSet<InstanceId>, replacing: &mut Replacing<'_>) {
    let jobs = update_hooks::jobs(builder, selected, |id| replacing.reasons.contains_key(&id));
    for (id, reason) in jobs {
        selected.insert(id);
        if let Treatment::Present(job) = builder.treatment(id)
            && !builder.is_foreign(id)
            && !job.state.is_up()
        {
            replacing.kept.remove(&id);
            replacing.reasons.entry(id).or_insert(reason);
        }
    }
}

fn differing(found: BTreeMap<InstanceId, Vec<Difference>>) -> Vec<Differing> {
    found.into_iter().map(|(instance, differences)| Differing { instance, differences }).collect()
}

/// Why a container is replaced: the fields that differ.
fn reason(differences: &[Difference]) -> Reason {
    const SHOWN: usize = 3;
    // What would be no reason by itself comes last.
    let in_order = [false, true].into_iter().flat_map(|of_peers| {
        differences.iter().filter(move |difference| difference.is_peers_alone == of_peers)
    });
    let fields = in_order.take(SHOWN).map(|difference| difference.field.clone()).collect();
    Reason::Differs { fields, more: differences.len().saturating_sub(SHOWN) }
}

/// What differs between containers and the file.
#[derive(Default)]
struct Drifted {
    /// Of instances whose container is not as the file says, or cannot stay beside others that are made anew.
    replaced: BTreeMap<InstanceId, Vec<Difference>>,
    /// What is done for those of them that keep their container.
    reloads: BTreeMap<InstanceId, Action>,
    /// Of instances that run on though the list of their peers differs.
    other_peers: BTreeMap<InstanceId, Vec<Difference>>,
    /// Those that differ, and wait until somebody goes on after the canaries of their service.
    waiting: BTreeSet<InstanceId>,
}

impl Drifted {
    /// Lets what has to wait for a canary be. Nothing else is made anew for that.
    fn wait_for_canaries(
        &mut self,
        builder: &Builder<'_>,
        selected: &BTreeSet<InstanceId>,
        anew: &mut BTreeSet<&str>,
    ) {
        for id in canary::waiting(builder, selected, |id| self.replaced.contains_key(&id)) {
            self.replaced.remove(&id);
            self.reloads.remove(&id);
            anew.remove(builder.environment.instance(id).name.as_str());
            self.waiting.insert(id);
        }
    }
}

fn drifted(builder: &Builder<'_>, selected: &BTreeSet<InstanceId>, options: ApplyOptions) -> Drifted {
    let environment = builder.environment;
    let mut drifted = Drifted::default();
    let mut anew: BTreeSet<&str> = BTreeSet::new();
    for &id in selected {
        let instance = environment.instance(id);
        match builder.treatment(id) {
            Treatment::Present(container) if !builder.is_foreign(id) => {
                let Some(holdings) = builder.holdings(instance.ship) else { continue };
                let Some(running) = ObservedContainer::of(instance, container, holdings) else { continue };
                let mut found = differences(environment, instance, running);
                hide_sensitive(&mut found, instance, &environment.sensitive);
                hide_running(&mut found, instance, running.description, &environment.sensitive);
                let update = environment.service(instance.service).update;
                let peers_count = options.peers || update.on_peer_change == OnPeerChange::Replace;
                let is_list_alone = |one: &Difference| one.is_peers_alone;
                // What is down is made anew: that takes nothing down.
                let is_kept = container.state.is_up() && !peers_count;
                let is_reason = |one: &Difference| !is_list_alone(one) && one.field != "name";
                if is_kept && !found.iter().any(is_reason) {
                    let (peers, others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_list_alone);
                    if !peers.is_empty() {
                        drifted.other_peers.insert(id, peers);
                    }
                    found = others;
                }
                if found.is_empty() {
                    continue;
                }
                let action = reload(builder, id, container, &found);
                drifted.replaced.insert(id, found);
                if let Some(action) = action {
                    drifted.reloads.insert(id, action);
                    continue;
                }
            }
            Treatment::Blocked(_) => continue,
            Treatment::Present(_) | Treatment::Absent => {}
        }
        anew.insert(&instance.name);
    }
    if !options.continues {
        drifted.wait_for_canaries(builder, selected, &mut anew);
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
            drifted.other_peers.remove(&id);
            drifted.reloads.remove(&id);
            drifted.replaced.entry(id).or_default().push(difference);
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
            let shared = mode.strip_prefix(OF_CONTAINER).map(|name| ("net".to_owned(), name));
            let links = links.iter().map(|(target, alias)| (format!("links.{alias}"), target.as_str()));
            shared.into_iter().chain(links).collect()
        }
        Network::Environment { .. } => Vec::new(),
    };
    let volumes = spec.volumes_from.iter().map(|name| {
        // A mode may stand behind the name.
        ("volumes_from".to_owned(), name.split(':').next().unwrap_or(name))
    });
    let namespaces =
        shared_containers(&spec.settings).map(|(setting, name)| (setting.key().to_owned(), name));
    let (field, target) =
        volumes.chain(of_net).chain(namespaces).find(|(_, target)| anew.contains(target))?;
    Some(Difference {
        place: Some(place(instance, &field)),
        running: Some(FieldValue::CurrentContainer(target.to_owned())),
        declared: Some(FieldValue::ReplacedContainer(target.to_owned())),
        is_peers_alone: false,
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
        // What a Swarm publishes is not what its manager publishes.
        let is_service = builder.environment.instance(id).swarm.is_some();
        if is_service
            || matches!(builder.treatment(id), Treatment::Blocked(_))
            || (kept.contains(&id) && is_running(builder))
        {
            continue;
        }
        let instance = builder.environment.instance(id);
        let wanted: BTreeSet<String> = instance
            .ports
            .iter()
            .filter(|port| port.host != 0)
            .flat_map(published)
            .map(orphans::on_ship)
            .collect();
        let mut steps = Vec::new();
        for at in strays.that_hold(builder, instance.ship, &wanted) {
            if strays.is_removed(at) {
                let image = builder.image(id, None);
                steps.extend(strays.stop(builder, at, image));
            } else {
                builder.remark(id, Note::OrphanHasPort(strays.name(at).to_owned()));
            }
        }
        if !steps.is_empty() {
            first.insert(id, steps);
        }
    }
    first
}
