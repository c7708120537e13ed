//! What a file is read with.

use std::{collections::BTreeMap, path::Path};

use super::{program::Programs, scale::Scales};
use maestro_core::model::placement::Whereabouts;

/// Where the file lies and who reads it: what paths and names in it are relative to.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The directory of the file.
    pub directory: &'a Path,
    /// The process's variables: `HOME` and `DOCKER_CONFIG` are looked at.
    pub variables: &'a BTreeMap<String, String>,
    /// Programs that print contents of configs and secrets.
    pub programs: Programs<'a>,
    /// How many instances services have in this run, whatever the file says.
    pub scales: &'a Scales,
    /// Where instances were found, for their placement.
    pub whereabouts: &'a Whereabouts,
}

impl<'a> Surroundings<'a> {
    /// A file in that directory, read with these variables. No program is run, and the file alone says how many instances
    /// there are.
    #[must_use]
    pub fn new(directory: &'a Path, variables: &'a BTreeMap<String, String>) -> Self {
        Self {
            directory,
            variables,
            programs: Programs::Skipped,
            scales: Scales::NONE,
            whereabouts: Whereabouts::UNKNOWN,
        }
    }
}
