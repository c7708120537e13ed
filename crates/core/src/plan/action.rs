//! What a step does: one enum for each kind of thing, executed by `execute` alone.

mod container;
mod image;
mod kind;
mod network;
mod record;
mod service;
mod stop_method;
mod volume;
mod wait;

pub use container::{Carried, ContainerAction};
pub use image::ImageAction;
pub use kind::ActionKind;
pub use network::NetworkAction;
pub use record::RecordAction;
pub use service::ServiceAction;
pub use stop_method::StopMethod;
pub use volume::VolumeAction;
pub use wait::WaitAction;

/// What one step does on one ship.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// To a container.
    Container(ContainerAction),
    /// To an image.
    Image(ImageAction),
    /// To a service on a Swarm.
    Service(ServiceAction),
    /// To the environment's network.
    Network(NetworkAction),
    /// To a volume.
    Volume(VolumeAction),
    /// To the record of a revision.
    Record(RecordAction),
    /// Waits, and changes nothing.
    Wait(WaitAction),
}

impl Action {
    /// The action's name as a stable word, as in JSON output.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.kind().word()
    }

    /// The name and the observed id of the container that it stops, kills or removes, if it does.
    #[must_use]
    pub fn ends(&self) -> Option<(&str, &str)> {
        match self {
            Self::Container(action) => action.ends(),
            Self::Service(_)
            | Self::Image(_)
            | Self::Network(_)
            | Self::Volume(_)
            | Self::Record(_)
            | Self::Wait(_) => None,
        }
    }

    /// Whether an engine is asked to change something.
    #[must_use]
    pub fn changes(&self) -> bool {
        match self {
            Self::Container(_)
            | Self::Service(_)
            | Self::Image(_)
            | Self::Network(_)
            | Self::Volume(_)
            | Self::Record(_) => true,
            Self::Wait(_) => false,
        }
    }
}
