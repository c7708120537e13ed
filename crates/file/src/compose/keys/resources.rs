//! Keys of what services share: networks, volumes, configs, secrets, models.

use crate::compose::form::{Form, Merge, NoValue, Property, Short};

const LABELS: Form = Form::Pairs(NoValue::Empty);
const EXTERNAL: Form = Form::Short(Short::External, &Form::Section(&[Property::new("name", Form::Text)]));

/// The keys of a network.
pub const NETWORK: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("driver", Form::Text),
    Property::new("driver_opts", Form::Options),
    Property::new("ipam", Form::Section(IPAM)),
    Property::new("external", EXTERNAL),
    Property::new("internal", Form::Boolean),
    Property::new("attachable", Form::Boolean),
    Property::new("labels", LABELS),
    Property::new("enable_ipv4", Form::Boolean).printed(),
    Property::new("enable_ipv6", Form::Boolean).printed(),
];

const IPAM: &[Property] = &[
    Property::new("driver", Form::Text),
    Property::new("config", Form::List(&Form::Section(POOL))).merged(Merge::Subnets),
    Property::new("options", Form::Named(&Form::Scalar)).hidden(),
];

const POOL: &[Property] = &[
    Property::new("subnet", Form::Text),
    Property::new("gateway", Form::Text),
    Property::new("ip_range", Form::Text),
    Property::new("aux_addresses", Form::Named(&Form::Text)),
];

/// The keys of a volume.
pub const VOLUME: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("driver", Form::Text),
    Property::new("driver_opts", Form::Options),
    Property::new("external", EXTERNAL),
    Property::new("labels", LABELS),
];

/// The keys of a secret.
pub const SECRET: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("file", Form::Text),
    Property::new("environment", Form::Text),
    Property::new("external", EXTERNAL),
    Property::new("labels", LABELS),
    Property::new("driver", Form::Text),
    Property::new("driver_opts", Form::Options),
    Property::new("template_driver", Form::Text),
];

/// The keys of a config.
pub const CONFIG: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("file", Form::Text),
    Property::new("environment", Form::Text),
    Property::new("content", Form::Text),
    Property::new("external", EXTERNAL),
    Property::new("labels", LABELS),
    Property::new("template_driver", Form::Text),
];

/// The keys of a model.
pub const MODEL: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("model", Form::Text).required(),
    Property::new("context_size", Form::Integer),
    Property::new("runtime_flags", Form::List(&Form::Text)),
];
