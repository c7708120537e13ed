//! What goes wrong while files are copied out of containers and volumes, and into them.

use super::EngineFault;

/// Why files were not copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveFault {
    /// The engine failed.
    Engine(EngineFault),
    /// The archive that the engine sent ended early: the engine failed while it read.
    CutOff,
    /// What should be a tar archive is none.
    NotTar(TarFault),
    /// A file of this machine cannot be read or written.
    File {
        /// Its path.
        path: String,
        /// The system's words.
        words: String,
    },
    /// The file is no backup of a volume.
    NotABackup,
    /// The backup lacks its end.
    Truncated,
    /// The backup's content does not match its checksum.
    Changed,
    /// The backup's format is newer than this program.
    NewerFormat(String),
    /// The ship has no image, and a container cannot be created without one.
    NoImage,
    /// A name in an archive leads out of the directory that it is unpacked in. Untrusted.
    LeadsOut(String),
    /// A file of an archive would be written through a symbolic link. Its name, untrusted.
    ThroughLink(String),
    /// A path says that it is a directory, and something else is there.
    NotADirectory(String),
    /// The directory of that path, into which something is to be copied, does not exist.
    NoDirectory(String),
    /// A directory cannot take the place of the file at that path.
    OverFile(String),
    /// Neither side of a copy is a container's: this path is of this machine.
    NoContainer(String),
    /// Nothing is at that path.
    Missing(String),
    /// The user interrupted.
    Interrupted,
}

/// What is wrong with a tar archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TarFault {
    /// A file follows its end.
    AfterEnd,
    /// The checksum of a header is wrong.
    Checksum,
    /// A size is no number, or too large.
    Size,
    /// A header of extensions is too long.
    LongHeader,
    /// A link has no target.
    NoTarget,
    /// In words of whoever reads it.
    Words(String),
}

/// Why a volume was not copied from one ship to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeCopyFault {
    /// It cannot be read on its ship.
    Read(ArchiveFault),
    /// The copy cannot be made, written or read on the other ship.
    Write(ArchiveFault),
    /// That ship has a volume of the name already, which is no copy.
    Exists,
    /// The copy is not what was read.
    Differs {
        /// Files that were read, and their bytes.
        read: (u64, u64),
        /// Files of the copy, and their bytes.
        copied: (u64, u64),
    },
}

impl ArchiveFault {
    /// The same with other texts where it says what others wrote.
    #[must_use]
    pub fn map_texts(self, map: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Engine(fault) => Self::Engine(fault.map_texts(map)),
            Self::NotTar(TarFault::Words(words)) => Self::NotTar(TarFault::Words(map(&words))),
            other => other,
        }
    }
}

impl VolumeCopyFault {
    /// Whether an engine did not answer.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        match self {
            Self::Read(ArchiveFault::Engine(fault)) | Self::Write(ArchiveFault::Engine(fault)) => {
                fault.is_silence()
            }
            Self::Read(_) | Self::Write(_) | Self::Exists | Self::Differs { .. } => false,
        }
    }

    /// The same with other texts where it says what others wrote.
    #[must_use]
    pub fn map_texts(self, map: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Read(fault) => Self::Read(fault.map_texts(map)),
            Self::Write(fault) => Self::Write(fault.map_texts(map)),
            Self::Exists | Self::Differs { .. } => self,
        }
    }
}

impl From<EngineFault> for ArchiveFault {
    fn from(fault: EngineFault) -> Self {
        Self::Engine(fault)
    }
}
