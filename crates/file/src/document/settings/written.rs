//! Settings as a file says them.

use std::collections::BTreeMap;

use maestro_core::{
    source::Spanned,
    value::setting::{Setting, SettingValue},
};

/// Settings as a file says them, each with the place of its value.
pub type WrittenSettings = BTreeMap<Setting, Spanned<SettingValue>>;
