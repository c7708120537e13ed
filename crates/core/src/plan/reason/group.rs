//! What many steps have in common.

use crate::model::{InstanceId, ServiceId};

/// What many steps wait for together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarrierKind {
    /// All instances of a service are ready.
    ServiceReady(ServiceId),
    /// All that an instance requires is ready.
    RequiredReady(InstanceId),
    /// All that requires a service is down.
    ServiceDependantsDown(ServiceId),
    /// All that requires an instance is down.
    DependantsDown(InstanceId),
    /// A batch of a service is over.
    Batch {
        /// The service.
        service: ServiceId,
        /// Its number, from 1 on.
        number: usize,
        /// How many of its instances may fail; [`usize::MAX`] if all may.
        failures: usize,
    },
    /// An instance is replaced, or has its old container again.
    Replaced(InstanceId),
    /// All instances of a service are replaced.
    ServiceReplaced(ServiceId),
    /// Everything that is desired is in place.
    AllInPlace,
    /// What ran before is recorded.
    RecordedBefore,
    /// All other steps are done.
    AllDone,
}

/// What a compensation restores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompensationKind {
    /// The old container of an instance.
    Instance(InstanceId),
    /// The old containers of all replaced instances of a service.
    Service(ServiceId),
}
