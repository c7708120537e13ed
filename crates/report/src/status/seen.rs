//! What is known about an instance whose entry is made.

use super::finding::InstanceDetails;
use maestro_core::{
    model::{Environment, InstanceId},
    observed::Observed,
};

/// What is known about an instance.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) environment: &'a Environment,
    pub(super) observed: &'a Observed,
    pub(super) id: InstanceId,
    pub(super) finding: Option<&'a InstanceDetails>,
}
