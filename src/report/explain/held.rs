//! Why nothing may be done for an instance.

use crate::{
    model::{Environment, ShipId},
    plan::HeldReason,
    report::explain::unmanaged,
};

/// Why nothing may be done for an instance, as a clause.
#[must_use]
pub fn sentence(reason: &HeldReason, environment: &Environment) -> String {
    match reason {
        HeldReason::NotAsked => "its ship does not answer (its ship was not asked)".to_owned(),
        HeldReason::Unreachable { reason } => format!("its ship does not answer ({reason})"),
        HeldReason::Foreign { id, image, environment } => {
            unmanaged::same_name(id, image, environment.as_deref())
        }
        HeldReason::SharedVolume { paths } => {
            format!(
                "with `update.order: start-first` its old and its new container would both write to its anonymous \
                 volumes ({})",
                paths.join(", ")
            )
        }
        HeldReason::Moved { from, data } => moved(environment, *from, data),
        HeldReason::Elsewhere { ship, reason } => format!(
            "it may keep data, and whether it is on ship {} cannot be known: that does not answer ({reason})",
            environment.ship(*ship).name
        ),
        HeldReason::UnmanagedNetwork { network, environment } => {
            unmanaged::network(network, environment.as_deref())
        }
        HeldReason::Behind { other } => {
            format!("{} must come first and is held", environment.instance(*other).name)
        }
    }
}

/// Where the container of an instance is that the file has elsewhere, with its data.
fn moved(environment: &Environment, from: ShipId, data: &[String]) -> String {
    let (from, data) = (&environment.ship(from).name, data.join(", "));
    format!(
        "its container is on ship {from}, and its data would stay there: {data}; `--move` moves it without"
    )
}
