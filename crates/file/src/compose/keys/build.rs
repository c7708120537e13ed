//! Keys of `build`.

use super::{limits::ULIMITS, mounts::FILE};
use crate::compose::form::{Form, ItemKey, NoValue, Property, Short};

const TEXTS: Form = Form::List(&Form::Text);

/// The keys of `build`.
pub const BUILD: &[Property] = &[
    Property::new("context", Form::Text),
    Property::new("dockerfile", Form::Text),
    Property::new("dockerfile_inline", Form::Text),
    Property::new("entitlements", TEXTS),
    Property::new("args", Form::Pairs(NoValue::Inherited)),
    Property::new("provenance", Form::Scalar),
    Property::new("sbom", Form::Scalar),
    Property::new("ssh", Form::Short(Short::Ssh, &Form::Named(&Form::Optional(&Form::Scalar)))),
    Property::new("labels", Form::Pairs(NoValue::Empty)),
    Property::new("cache_from", TEXTS),
    Property::new("cache_to", TEXTS),
    Property::new("no_cache", Form::Boolean),
    Property::new("additional_contexts", Form::Pairs(NoValue::Empty)),
    Property::new("pull", Form::Boolean),
    Property::new("extra_hosts", Form::Hosts),
    Property::new("isolation", Form::Text),
    Property::new("network", Form::Text),
    Property::new("target", Form::Text),
    Property::new("secrets", Form::List(&FILE)),
    Property::new("shm_size", Form::Bytes),
    Property::new("tags", TEXTS).unique(ItemKey::Name),
    Property::new("ulimits", ULIMITS),
    Property::new("platforms", TEXTS),
    Property::new("privileged", Form::Boolean),
];
