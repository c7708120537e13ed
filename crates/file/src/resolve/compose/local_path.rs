//! Mounts of the project's own files and directories. On another machine they are not there: they are copied into the
//! containers, if the site file says so.

use std::path::Path;

use super::ProjectResolver;
use crate::{
    compose::service::{ComposeMount, ComposeMountKind, ComposeService},
    resolve::{
        carried::MODE,
        not_on_ship::{LocalPath, not_on_ship},
    },
};
use maestro_core::{
    diagnostic::Diagnostic,
    model::{ShipId, carried::CarriedFile, container::ContainerSpec},
    source::Spanned,
};

/// Permissions of a file that may be executed.
const EXECUTABLE: u32 = 0o555;

impl<'p> ProjectResolver<'p, '_> {
    /// The files that are copied in place of mounts, which go from the specification.
    pub(super) fn local_files(
        &mut self,
        service: ComposeService<'p>,
        ships: &[ShipId],
        spec: &mut ContainerSpec,
    ) -> Vec<CarriedFile> {
        let remote = ships.iter().find(|ship| !self.ships[ship.0].endpoint.is_on_this_machine());
        let Some(&remote) = remote else { return Vec::new() };
        let is_carried = self.site_service(service.name).is_some_and(|site| site.carry);
        let mut carried = Vec::new();
        for mount in service.mounts().filter(|mount| mount.kind == ComposeMountKind::Bind) {
            let Some(source) = &mount.source else { continue };
            let files = self.files_of(source, mount.target.value);
            if files.is_empty() {
                if is_carried && self.is_missing(source) {
                    self.diagnostics.push(self.nothing_to_carry(service, source));
                }
                continue;
            }
            if !is_carried {
                let problem = self.not_there(service, &mount, source, remote);
                self.diagnostics.push(problem);
                continue;
            }
            spec.mounts.retain(|known| known.target != mount.target.value);
            for (path, target) in files {
                let mode = if self.files.is_executable(Path::new(&path)) { EXECUTABLE } else { MODE };
                let path = Spanned::new(path.as_str(), source.span);
                carried.extend(self.carried_path(&path, &target, mode, spec));
            }
        }
        carried
    }

    /// Whether a path of the project leads to nothing.
    fn is_missing(&self, source: &Spanned<&str>) -> bool {
        let path = Path::new(source.value);
        path.starts_with(&self.project.directory)
            && !self.files.is_file(path)
            && !self.files.is_directory(path)
    }

    /// `carry: true`, and nothing is there.
    fn nothing_to_carry(&self, service: ComposeService<'p>, source: &Spanned<&str>) -> Diagnostic {
        let path = source.value.strip_prefix(&self.project.directory).unwrap_or(source.value);
        let text =
            format!("`.{path}` cannot be copied into the containers: there is no such file or directory");
        Diagnostic::error("unreadable-file", text)
            .at(source.span, "nothing is there")
            .note(format!("`carry: true` of `{}` copies it to another machine", service.name))
            .help("correct the path, or write the file or the directory")
    }

    /// The files at a path of the project, each with its place in a container.
    fn files_of(&mut self, source: &Spanned<&str>, target: &str) -> Vec<(String, String)> {
        let path = Path::new(source.value);
        if !path.starts_with(&self.project.directory) {
            return Vec::new();
        }
        if self.files.is_file(path) {
            return vec![(source.value.to_owned(), target.to_owned())];
        }
        let below = self.files.below(path).unwrap_or_else(|error| {
            let text = format!("the files of `{}` cannot be listed: {error}", source.value);
            self.diagnostics.push(
                Diagnostic::error("unreadable-file", text)
                    .at(source.span, "mounted here")
                    .help("mount a directory of the ship by its whole path, or use a named volume"),
            );
            Vec::new()
        });
        let target = target.trim_end_matches('/');
        let inside = |file: &std::path::PathBuf| {
            let rest = file.strip_prefix(path).ok()?.to_str()?;
            Some((file.to_str()?.to_owned(), format!("{target}/{rest}")))
        };
        below.iter().filter_map(inside).collect()
    }

    fn not_there(
        &self,
        service: ComposeService<'p>,
        mount: &ComposeMount<'p>,
        source: &Spanned<&str>,
        ship: ShipId,
    ) -> Diagnostic {
        let path = source.value.strip_prefix(&self.project.directory).unwrap_or(source.value);
        let path = LocalPath {
            written: &format!(".{path}"),
            span: source.span,
            is_file: self.files.is_file(Path::new(source.value)),
            target: mount.target.value,
        };
        let carry = self.site.is_some().then(|| {
            format!("copy it into the containers: `carry: true` for `{}` in the site file", service.name)
        });
        not_on_ship(&path, &self.ships[ship.0].name, carry)
    }
}
