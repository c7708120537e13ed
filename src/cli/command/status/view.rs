//! What a status is about, and what was found.

use std::collections::BTreeSet;

use super::look::{Depth, look, look_at_ports};
use crate::cli::{
    args::{By, StatusArgs},
    error::Problem,
    fleet::{Fleet, ships_of},
    session::Session,
};
use maestro_core::{
    model::{
        InstanceId, ShipId,
        filter::Filter,
        graph::{Direction, Graph},
        selection::{SelectionError, select},
    },
    plan::{Orphan, orphans},
};
use maestro_engine::observe::Question;
use maestro_report::{
    json,
    status::{Findings, Grouping, PortStates, Status, StatusOptions, status_json, text as status_text},
};

/// What a status is about.
pub(super) struct Scope {
    pub(super) filter: Filter,
    /// The instances, and the same in start order.
    pub(super) instances: BTreeSet<InstanceId>,
    pub(super) ordered: Vec<InstanceId>,
    pub(super) ships: BTreeSet<ShipId>,
    pub(super) question: Question,
    /// Whether orphans are shown. Only a status of all asks all ships, and what cannot be read of a file may declare any
    /// container.
    pub(super) has_orphans: bool,
}

impl Scope {
    pub(super) fn of(session: &Session, args: &StatusArgs) -> Result<Self, Problem> {
        session.refuse_left_out(&args.things.things)?;
        let environment = &session.environment;
        let mut instances = select(environment, &args.things.request(true), Direction::NeedsFirst)?;
        let filter = Filter::merged(&args.filter);
        let keeps_ship = |ship: ShipId| filter.keeps_ship(&environment.ship(ship).name);
        let before = instances.len();
        instances.retain(|&id| {
            let instance = environment.instance(id);
            let service = &environment.service(instance.service).name;
            keeps_ship(instance.ship) && filter.keeps_service(Some(service))
        });
        let is_all = args.things.is_all();
        // A ship without instances that does not answer is told as well.
        let ships: BTreeSet<ShipId> = if is_all && filter.keeps_service(None) {
            environment.ship_ids().filter(|ship| keeps_ship(*ship)).collect()
        } else {
            ships_of(session, &instances)
        };
        if instances.is_empty() && (before > 0 || ships.is_empty()) {
            return Err(vec![SelectionError::Nothing].into());
        }
        let ordered = Graph::of(environment).instances_in_order(Direction::NeedsFirst);
        let ordered = ordered.filter(|id| instances.contains(id));
        Ok(Self {
            ordered: ordered.collect(),
            question: Question { compared: true, leases: true, files: true, ..Question::default() },
            has_orphans: is_all && filter.keeps_service(None) && session.partial.is_none(),
            instances,
            filter,
            ships,
        })
    }
}

/// What was found.
pub(super) struct View {
    pub(super) fleet: Fleet,
    pub(super) findings: Findings,
    pub(super) orphans: Vec<Orphan>,
    pub(super) status: Status,
}

impl View {
    /// Looks at the instances on the ships as they were observed.
    pub(super) async fn look(&mut self, session: &Session, args: &StatusArgs, scope: &Scope) {
        let environment = &session.environment;
        let observed = &self.fleet.observed;
        self.findings = look(session, &self.fleet, &scope.ordered, Depth::of(args)).await;
        self.orphans = if scope.has_orphans { orphans::list(environment, observed) } else { Vec::new() };
        let status = Status::of(environment, observed, &scope.ordered, &self.orphans, &self.findings);
        self.status = status.filtered(&scope.filter);
    }

    pub(super) async fn text(&self, session: &Session, args: &StatusArgs) -> String {
        let shown: Vec<InstanceId> = self.status.shown_instances().collect();
        let ports =
            if args.full { look_at_ports(session, &self.fleet, &shown).await } else { PortStates::new() };
        status_text(&session.environment, &self.status, &ports, options(session, args))
    }

    pub(super) fn json(&self, session: &Session) -> serde_json::Value {
        let (environment, observed) = (&session.environment, &self.fleet.observed);
        session.hidden(status_json(environment, observed, &self.status, &self.orphans, &self.findings))
    }

    pub(super) fn json_line(&self, session: &Session) -> Result<String, Problem> {
        Ok(json::line(&self.json(session))?)
    }
}

fn options(session: &Session, args: &StatusArgs) -> StatusOptions {
    let (width, height) = session.terminal_size();
    StatusOptions {
        all: args.all,
        wide: args.wide,
        full: args.full,
        show_hosts: args.show_hosts,
        by: args.by.map(|by| match by {
            By::Ship => Grouping::Ship,
            By::Service => Grouping::Service,
        }),
        colour: session.colour,
        width,
        height,
    }
}
