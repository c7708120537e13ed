//! A link as it is shown.

use maestro_core::{
    model::{InstanceId, link::Link},
    observed::link_check::LinkCheck,
};

/// A link of an instance, and what came of trying it; none if it was not tried.
#[derive(Debug, Clone, Copy)]
pub struct LinkRow<'a> {
    /// The instance that has the link.
    pub consumer: InstanceId,
    /// The link.
    pub link: &'a Link,
    /// What came of it.
    pub check: Option<&'a LinkCheck>,
}
