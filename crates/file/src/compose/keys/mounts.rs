//! Keys of what a container gets of its surroundings: ports, volumes, devices, files.

use crate::compose::form::{Form, NoValue, Property, Short};

/// The keys of a port.
pub const PORT: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("mode", Form::Word(&["ingress", "host"])),
    Property::new("host_ip", Form::Text),
    Property::new("target", Form::Integer).like("80").required(),
    Property::new("published", Form::Scalar),
    Property::new("protocol", Form::Text),
    Property::new("app_protocol", Form::Text),
];

/// One of `volumes`.
pub const MOUNT: Form = Form::Short(
    Short::Mount,
    &Form::Section(&[
        Property::new("type", Form::Word(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"]))
            .like("volume")
            .required(),
        Property::new("source", Form::Text).like("/dev/ttyUSB0"),
        Property::new("target", Form::Text),
        Property::new("read_only", Form::Boolean),
        Property::new("consistency", Form::Text),
        Property::new("bind", Form::Section(BIND)).like("{propagation: rslave}").printed(),
        Property::new("volume", Form::Section(NAMED)).like("{nocopy: true}").printed(),
        Property::new("tmpfs", Form::Section(TMPFS)).like("{size: 64m}").printed(),
        Property::new("image", Form::Section(&[Property::new("subpath", Form::Text)]))
            .like("{subpath: assets}")
            .printed(),
    ]),
);

const BIND: &[Property] = &[
    Property::new("selinux", Form::Word(&["z", "Z"])),
    Property::new("propagation", Form::Text),
    Property::new("create_host_path", Form::Boolean),
    Property::new("recursive", Form::Word(&["enabled", "disabled", "writable", "readonly"])),
];

const NAMED: &[Property] = &[
    Property::new("labels", Form::Pairs(NoValue::Empty)).like("{owner: web}"),
    Property::new("nocopy", Form::Boolean),
    Property::new("subpath", Form::Text),
];

const TMPFS: &[Property] =
    &[Property::new("size", Form::Bytes), Property::new("mode", Form::Integer).like("0o1777")];

/// One of `devices`.
pub const DEVICE: Form = Form::Short(
    Short::Device,
    &Form::Section(&[
        Property::new("source", Form::Text).like("/dev/ttyUSB0").required(),
        Property::new("target", Form::Text),
        Property::new("permissions", Form::Text),
    ]),
);

/// One of `configs` or `secrets` of a service.
pub const FILE: Form = Form::Short(
    Short::Key("source"),
    &Form::Section(&[
        Property::new("source", Form::Text).like("/dev/ttyUSB0"),
        Property::new("target", Form::Text),
        Property::new("uid", Form::Text),
        Property::new("gid", Form::Text),
        Property::new("mode", Form::Permissions).like(r#""0440""#).printed(),
    ]),
);
