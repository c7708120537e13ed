//! What becomes of the anonymous volumes of a container that is replaced.

use crate::model::InstanceId;

/// What becomes of an anonymous volume of a container that is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeFate {
    /// The instance.
    pub instance: InstanceId,
    /// The volume's name.
    pub volume: String,
    /// The path inside.
    pub path: String,
    /// What becomes of it.
    pub fate: VolumeOutcome,
}

/// What becomes of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeOutcome {
    /// The successor takes it over.
    Carried,
    /// The successor takes it over if its image still has a volume at the path.
    CarriedIfDeclared,
    /// It stays behind because `--renew-anonymous-volumes` was given.
    Renewed,
    /// It stays behind because the file mounts this at the path.
    Covered(String),
    /// It stays behind because neither the file nor the image has a volume at the path any more.
    Undeclared,
}

impl VolumeOutcome {
    /// A stable word for it, as in JSON output.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Carried => "carried-over",
            Self::CarriedIfDeclared => "carried-over-if-declared",
            Self::Renewed => "renewed",
            Self::Covered(_) => "covered",
            Self::Undeclared => "undeclared",
        }
    }

    /// Whether the successor takes it over, as far as is known.
    #[must_use]
    pub fn is_carried(&self) -> bool {
        match self {
            Self::Carried | Self::CarriedIfDeclared => true,
            Self::Renewed | Self::Covered(_) | Self::Undeclared => false,
        }
    }
}
