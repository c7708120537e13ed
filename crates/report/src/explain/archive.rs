//! What goes wrong while files are copied.

use super::engine;
use crate::text::harmless;
use maestro_core::fault::{ArchiveFault, TarFault};

/// Why files were not copied, as a clause.
#[must_use]
pub fn sentence(fault: &ArchiveFault) -> String {
    match fault {
        ArchiveFault::Engine(fault) => engine::sentence(fault),
        ArchiveFault::CutOff => "the engine stopped sending before the end; its own log says why".to_owned(),
        ArchiveFault::NotTar(fault) => format!("the archive is not valid: {}", tar(fault)),
        ArchiveFault::File { path, words } => format!("{path}: {words}"),
        ArchiveFault::NotABackup => "the file is not a backup made by `maestro volume backup`".to_owned(),
        ArchiveFault::Truncated => "the backup is not complete: its end is missing".to_owned(),
        ArchiveFault::Changed => "the backup was changed or damaged: its checksum does not match".to_owned(),
        ArchiveFault::NewerFormat(format) => {
            format!("the backup has format {format}, which only a newer version of maestro reads")
        }
        ArchiveFault::NoImage => {
            "the ship has no image, and files are reached through a container; `maestro pull` brings images"
                .to_owned()
        }
        ArchiveFault::LeadsOut(name) => {
            format!("refused: `{}` in the archive leads out of the target directory", harmless(name))
        }
        ArchiveFault::ThroughLink(name) => {
            format!("refused: `{}` in the archive would be written through a symbolic link", harmless(name))
        }
        ArchiveFault::NotADirectory(path) => format!("{path} is not a directory"),
        ArchiveFault::NoDirectory(path) => format!("the directory {path} does not exist"),
        ArchiveFault::OverFile(path) => format!("{path} is a file, and a directory cannot take its place"),
        ArchiveFault::NoContainer(path) => {
            format!(
                "{path} is on this machine, and so is the other path; write `INSTANCE:PATH` for one of them"
            )
        }
        ArchiveFault::Missing(path) => format!("{path} does not exist"),
        ArchiveFault::Interrupted => "interrupted".to_owned(),
    }
}

fn tar(fault: &TarFault) -> &str {
    match fault {
        TarFault::AfterEnd => "a file follows its end",
        TarFault::Checksum => "the checksum of a header is wrong",
        TarFault::Size => "a size is not valid",
        TarFault::LongHeader => "a header is too long",
        TarFault::NoTarget => "a link has no target",
        TarFault::Words(words) => words,
    }
}
