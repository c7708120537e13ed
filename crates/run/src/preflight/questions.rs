//! What has to be asked about a plan.

use super::{
    Questions,
    claim::{RunningContainers, claims, is_same_engine},
};
use maestro_core::{
    model::{Environment, InstanceId, Required, RequiredBy, ShipId, container::Protocol},
    observed::{InstanceState, Observed},
    plan::{
        Plan,
        action::{Action, ActionKind, ContainerAction, ImageAction},
    },
    source::Span,
};

/// More ports of one instance than this are not connected to for a link: one says whether the ship is reached.
const PORTS_OF_A_LINK: usize = 4;

/// A link to a running instance on another ship, of an instance that is going to be started.
pub(super) struct Link {
    pub from: InstanceId,
    pub to: InstanceId,
    pub ship: ShipId,
    pub ports: Vec<u16>,
    pub span: Span,
}

impl Questions {
    /// What has to be asked before this plan is carried out.
    ///
    /// The images of a start are not: to fetch them is its first step, which asks their registries the very same, and
    /// nothing is taken down for it.
    #[must_use]
    pub fn of(environment: &Environment, observed: &Observed, plan: &Plan) -> Self {
        let mut questions = Self::default();
        for step in &plan.steps {
            match &step.action {
                Action::Image(ImageAction::Pull { image, .. }) => {
                    questions.ships.insert(step.ship);
                    if super::refuses(plan) {
                        questions.images.insert((step.ship, image.clone()));
                    }
                }
                Action::Container(ContainerAction::Create { spec, .. }) => {
                    questions.ships.insert(step.ship);
                    // A platform that is asked for may be another one than the image has that runs.
                    let is_known =
                        spec.platform().is_none() && runs_already(observed, step.ship, &spec.image);
                    if super::refuses(plan) && !is_known {
                        questions.unused_images.insert((step.ship, spec.image.clone()));
                    }
                    let paths = spec.mounts.iter().filter(|mount| mount.source.starts_with('/'));
                    questions.paths.extend(paths.map(|mount| (step.ship, mount.source.clone())));
                }
                Action::Image(ImageAction::Carry { .. })
                | Action::Container(ContainerAction::Start { .. }) => {
                    questions.ships.insert(step.ship);
                }
                Action::Container(
                    ContainerAction::Copy { .. }
                    | ContainerAction::Reload { .. }
                    | ContainerAction::Rename { .. }
                    | ContainerAction::Discard { .. }
                    | ContainerAction::Stop { .. }
                    | ContainerAction::Kill { .. }
                    | ContainerAction::Pause { .. }
                    | ContainerAction::Unpause { .. }
                    | ContainerAction::Remove { .. },
                )
                | Action::Image(ImageAction::Remove { .. })
                | Action::Service(_)
                | Action::Network(_)
                | Action::Volume(_)
                | Action::Record(_)
                | Action::Wait(_) => {}
            }
        }
        let Self { images, unused_images, .. } = &mut questions;
        unused_images.retain(|image| !images.contains(image));
        let running = RunningContainers::new(observed, plan);
        let claims = claims(environment, plan);
        let free = claims.iter().filter(|claim| !running.is_held(claim.ship, &claim.port));
        questions.ports = free.map(|claim| (claim.ship, claim.port)).collect();
        for link in links(environment, observed, plan) {
            questions.links.extend(link.ports.iter().map(|port| (link.ship, *port)));
        }
        questions
    }
}

/// Whether a container of an image runs on a ship, so that its machine does run it.
fn runs_already(observed: &Observed, ship: ShipId, image: &str) -> bool {
    let Some(holdings) = observed.holdings(ship) else { return false };
    let Some(id) = holdings.image_id(image) else { return false };
    holdings.containers.values().any(|container| container.state.is_up() && container.image_id == id)
}

/// The links of instances that are started to instances on other ships that run and stay.
pub(super) fn links(environment: &Environment, observed: &Observed, plan: &Plan) -> Vec<Link> {
    let running = RunningContainers::new(observed, plan);
    let observed = &*observed.by_label(environment);
    let mut links = Vec::new();
    for step in plan
        .steps
        .iter()
        .filter(|step| step.compensation.is_none() && step.action.kind() == ActionKind::Start)
    {
        let Some(from) = step.instance else { continue };
        let requires = environment.instance(from).requires.iter();
        let linked = requires.filter(|requirement| requirement.by == RequiredBy::Links);
        let linked = linked.flat_map(|requirement| match requirement.on {
            Required::Instance(to) => vec![(to, requirement)],
            Required::Service(of) => {
                environment.service(of).instances.iter().map(|to| (*to, requirement)).collect()
            }
        });
        for (to, requirement) in linked {
            let target = environment.instance(to);
            let InstanceState::Ours(container) = observed.instance(environment, to) else { continue };
            let stays = container.state.is_up() && running.stays(container);
            if !stays || is_same_engine(observed, step.ship, target.ship) {
                continue;
            }
            let tcp = target
                .ports
                .iter()
                .filter(|port| port.protocol == Protocol::Tcp && !port.is_chosen_by_engine());
            let ports: Vec<u16> = tcp.map(|port| port.host).take(PORTS_OF_A_LINK).collect();
            links.push(Link { from, to, ship: target.ship, ports, span: requirement.span });
        }
    }
    links
}
