//! What becomes of data: rows of the instances whose volumes are kept or stay on another ship, and notes of what is left
//! behind.

use super::{Row, names::volume};
use crate::text::harmless;
use maestro_core::{
    model::{Environment, InstanceId},
    plan::{
        Plan, PlanRemark,
        reason::Note,
        volumes::{VolumeFate, VolumeOutcome},
    },
};

/// The volumes that an instance's new container takes over, and what a move leaves on the old ship.
pub(super) fn rows(plan: &Plan, id: InstanceId, environment: &Environment) -> Vec<Row> {
    let own = plan.volumes.iter().filter(|one| one.instance == id);
    let kept = own.filter_map(|one| {
        let text = match &one.fate {
            VolumeOutcome::Carried => "kept for the new container",
            VolumeOutcome::CarriedIfDeclared => "kept if the new image declares it",
            VolumeOutcome::Renewed | VolumeOutcome::Covered(_) | VolumeOutcome::Undeclared => return None,
        };
        Some(row(format!("volume {}", harmless(&one.path)), text.to_owned()))
    });
    let moved = plan.moves.iter().filter(|one| one.instance == id);
    let stays = moved.flat_map(|one| {
        let from = harmless(&environment.ship(one.from).name).into_owned();
        let each = one.data.iter().map(move |data| {
            row("data".to_owned(), format!("{} stays on {from} and is not copied", harmless(data)))
        });
        each.collect::<Vec<_>>()
    });
    kept.chain(stays).collect()
}

fn row(field: String, text: String) -> Row {
    Row { field, text, place: None, only: Vec::new() }
}

/// What to know about the volumes that are left behind.
pub(super) fn left_behind(plan: &Plan) -> Vec<PlanRemark> {
    let left = plan.volumes.iter().filter(|one| match one.fate {
        VolumeOutcome::Carried | VolumeOutcome::CarriedIfDeclared => false,
        VolumeOutcome::Renewed | VolumeOutcome::Covered(_) | VolumeOutcome::Undeclared => true,
    });
    let remarks = left.map(|one| {
        let fate = VolumeFate { volume: volume(&one.volume), ..one.clone() };
        PlanRemark { instance: one.instance, note: Note::Volume(fate) }
    });
    remarks.collect()
}
