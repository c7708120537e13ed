//! Keys of what services share: networks, volumes, configs, secrets, models.

use crate::compose::form::{Form, Merge, NoValue, Property, Short};

const LABELS: Form = Form::Pairs(NoValue::Empty);
const EXTERNAL: Form = Form::Short(Short::External, &Form::Section(&[Property::new("name", Form::Text)]));

/// The keys of a network.
pub const NETWORK: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("driver", Form::Text),
    Property::new("driver_opts", Form::Options).like("{type: nfs}"),
    Property::new("ipam", Form::Section(IPAM)).like("{config: [{subnet: 172.28.0.0/16}]}"),
    Property::new("external", EXTERNAL).like("true"),
    Property::new("internal", Form::Boolean),
    Property::new("attachable", Form::Boolean),
    Property::new("labels", LABELS).like("{owner: web}"),
    Property::new("enable_ipv4", Form::Boolean).printed(),
    Property::new("enable_ipv6", Form::Boolean).printed(),
];

const IPAM: &[Property] = &[
    Property::new("driver", Form::Text),
    Property::new("config", Form::List(&Form::Section(POOL)))
        .like("[{subnet: 172.28.0.0/16}]")
        .merged(Merge::Subnets),
    Property::new("options", Form::Named(&Form::Scalar)).like("{a: b}").hidden(),
];

const POOL: &[Property] = &[
    Property::new("subnet", Form::Text),
    Property::new("gateway", Form::Text),
    Property::new("ip_range", Form::Text),
    Property::new("aux_addresses", Form::Named(&Form::Text)).like("{router: 172.28.0.2}"),
];

/// The keys of a volume.
pub const VOLUME: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("driver", Form::Text),
    Property::new("driver_opts", Form::Options).like("{type: nfs}"),
    Property::new("external", EXTERNAL).like("true"),
    Property::new("labels", LABELS).like("{owner: web}"),
];

/// The keys of a secret.
pub const SECRET: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("file", Form::Text),
    Property::new("environment", Form::Text),
    Property::new("external", EXTERNAL).like("true"),
    Property::new("labels", LABELS).like("{owner: web}"),
    Property::new("driver", Form::Text),
    Property::new("driver_opts", Form::Options).like("{type: nfs}"),
    Property::new("template_driver", Form::Text),
];

/// The keys of a config.
pub const CONFIG: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("file", Form::Text),
    Property::new("environment", Form::Text),
    Property::new("content", Form::Text),
    Property::new("external", EXTERNAL).like("true"),
    Property::new("labels", LABELS).like("{owner: web}"),
    Property::new("template_driver", Form::Text),
];

/// The keys of a model.
pub const MODEL: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("model", Form::Text).like("ai/smollm2").required(),
    Property::new("context_size", Form::Integer).like("4096"),
    Property::new("runtime_flags", Form::List(&Form::Text)).like(r#"["--threads=4"]"#),
];
