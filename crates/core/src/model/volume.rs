//! Named volumes of an environment.

use std::collections::BTreeMap;

use serde::Serialize;

/// A named volume of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnvironmentVolume {
    /// Its name on an engine.
    pub name: String,
    /// Whether somebody else makes and removes it.
    pub external: bool,
    /// How it is made.
    pub options: VolumeOptions,
}

/// How a volume is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VolumeOptions {
    /// Its driver; none is `local`.
    pub driver: Option<String>,
    /// Options of the driver.
    pub driver_opts: BTreeMap<String, String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// Nothing but labels.
impl From<BTreeMap<String, String>> for VolumeOptions {
    fn from(labels: BTreeMap<String, String>) -> Self {
        Self { labels, ..Self::default() }
    }
}
