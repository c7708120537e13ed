//! Keys of `deploy`.

use crate::compose::form::{Form, NoValue, Property};

/// The keys of `deploy`.
pub const DEPLOY: &[Property] = &[
    Property::new("mode", Form::Word(&["replicated", "global", "replicated-job", "global-job"])),
    Property::new("replicas", Form::Integer).like("2").printed(),
    Property::new("labels", Form::Pairs(NoValue::Empty)).like("{owner: web}"),
    Property::new("update_config", Form::Section(UPDATE)).like("{parallelism: 1}").printed(),
    Property::new("rollback_config", Form::Section(UPDATE)).like("{parallelism: 1}").printed(),
    Property::new("resources", Form::Section(RESOURCES)).like("{limits: {memory: 512m}}"),
    Property::new("restart_policy", Form::Section(RESTART)).like("{condition: on-failure}").printed(),
    Property::new("placement", Form::Section(PLACEMENT)).like("{constraints: [node.labels.role == web]}"),
    Property::new("endpoint_mode", Form::Word(&["vip", "dnsrr"])),
];

/// Devices that a container asks for.
pub const DEVICE_REQUEST: Form = Form::Section(&[
    Property::new("capabilities", Form::List(&Form::Text)).like("[gpu]"),
    Property::new("driver", Form::Text),
    Property::new("count", Form::Count),
    Property::new("device_ids", Form::List(&Form::Text)).like(r#"["0"]"#),
    Property::new("options", Form::Pairs(NoValue::Empty)).like("{a: b}"),
]);

const UPDATE: &[Property] = &[
    Property::new("parallelism", Form::Integer).printed(),
    Property::new("delay", Form::Duration),
    Property::new("failure_action", Form::Word(&["pause", "continue", "rollback"])),
    Property::new("monitor", Form::Duration),
    Property::new("max_failure_ratio", Form::Number),
    Property::new("order", Form::Word(&["start-first", "stop-first"])),
];

const RESOURCES: &[Property] = &[
    Property::new(
        "limits",
        Form::Section(&[
            Property::new("cpus", Form::Number),
            Property::new("memory", Form::Bytes),
            Property::new("pids", Form::Integer),
        ]),
    )
    .like("{memory: 512m}")
    .printed(),
    Property::new(
        "reservations",
        Form::Section(&[
            Property::new("cpus", Form::Number),
            Property::new("memory", Form::Bytes),
            Property::new("devices", Form::List(&DEVICE_REQUEST)).like("[{capabilities: [gpu]}]"),
            Property::new("generic_resources", Form::List(&Form::Section(GENERIC)))
                .like("[{discrete_resource_spec: {kind: gpu, value: 1}}]"),
        ]),
    )
    .like("{memory: 512m}")
    .printed(),
];

const GENERIC: &[Property] = &[Property::new(
    "discrete_resource_spec",
    Form::Section(&[
        Property::new("kind", Form::Text).printed(),
        Property::new("value", Form::Integer).printed(),
    ]),
)
.like("{kind: gpu, value: 1}")
.printed()];

const RESTART: &[Property] = &[
    Property::new("condition", Form::Word(&["any", "on-failure", "none", "always", "unless-stopped"])),
    Property::new("delay", Form::Duration).printed(),
    Property::new("max_attempts", Form::Integer).printed(),
    Property::new("window", Form::Duration).printed(),
];

const PLACEMENT: &[Property] = &[
    Property::new("constraints", Form::List(&Form::Text)).like("[node.labels.role == web]"),
    Property::new("preferences", Form::List(&Form::Section(&[Property::new("spread", Form::Text)])))
        .like("[{spread: node.labels.zone}]"),
    Property::new("max_replicas_per_node", Form::Integer),
];
