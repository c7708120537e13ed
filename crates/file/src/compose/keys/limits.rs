//! Limits of resources of the kernel.

use crate::compose::form::{Form, Property, Short};

/// `ulimits`, by their names.
pub(super) const ULIMITS: Form = Form::Named(&Form::Short(Short::Limit, &Form::Section(ULIMIT)));

const ULIMIT: &[Property] = &[
    Property::new("soft", Form::Integer).like("1024").printed().required(),
    Property::new("hard", Form::Integer).like("65536").printed().required(),
];
