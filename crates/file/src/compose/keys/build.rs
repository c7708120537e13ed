//! Keys of `build`.

use super::{limits::ULIMITS, mounts::FILE};
use crate::compose::form::{Form, ItemKey, NoValue, Property, Short};

const TEXTS: Form = Form::List(&Form::Text);

/// The keys of `build`.
pub const BUILD: &[Property] = &[
    Property::new("context", Form::Text),
    Property::new("dockerfile", Form::Text),
    Property::new("dockerfile_inline", Form::Text),
    Property::new("entitlements", TEXTS).like("[network.host]"),
    Property::new("args", Form::Pairs(NoValue::Inherited)).like(r#"{VERSION: "1.2"}"#),
    Property::new("provenance", Form::Scalar),
    Property::new("sbom", Form::Scalar),
    Property::new("ssh", Form::Short(Short::Ssh, &Form::Named(&Form::Optional(&Form::Scalar))))
        .like("[default]"),
    Property::new("labels", Form::Pairs(NoValue::Empty)).like("{owner: web}"),
    Property::new("cache_from", TEXTS).like("[shop/web:cache]"),
    Property::new("cache_to", TEXTS).like("[type=inline]"),
    Property::new("no_cache", Form::Boolean),
    Property::new("additional_contexts", Form::Pairs(NoValue::Empty)).like("{assets: ./assets}"),
    Property::new("pull", Form::Boolean),
    Property::new("extra_hosts", Form::Hosts).like("{db.example.org: 10.0.0.5}"),
    Property::new("isolation", Form::Text),
    Property::new("network", Form::Text),
    Property::new("target", Form::Text),
    Property::new("secrets", Form::List(&FILE)).like("[npm_token]"),
    Property::new("shm_size", Form::Bytes),
    Property::new("tags", TEXTS).like("[shop/web:1.2]").unique(ItemKey::Name),
    Property::new("ulimits", ULIMITS).like("{nofile: 65536}"),
    Property::new("platforms", TEXTS).like("[linux/amd64]"),
    Property::new("privileged", Form::Boolean),
];
