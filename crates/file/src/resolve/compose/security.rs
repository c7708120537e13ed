//! Security options. A seccomp profile in a file of the project is read, as docker compose does.

use std::path::Path;

use super::{ProjectResolver, setting::list};
use crate::{
    compose::{clean_path, element::Element},
    resolve::security::{not_json, profile_path, with_profile},
};
use maestro_core::source::Spanned;

impl ProjectResolver<'_, '_> {
    /// The options of a service as engines take them.
    pub(super) fn security_options(&mut self, element: &Element) -> Vec<String> {
        let Some(written) = element.spanned_texts("security_opt") else {
            return element.get("security_opt").map(list).unwrap_or_default();
        };
        let option = |option: &Spanned<&str>| match profile_path(option.value) {
            Some(path) => self.profile(&Spanned::new(path, option.span)),
            None => Some(option.value.to_owned()),
        };
        written.iter().filter_map(option).collect()
    }

    fn profile(&mut self, written: &Spanned<&str>) -> Option<String> {
        let path = Path::new(&self.project.directory).join(written.value);
        let path = clean_path(&path.to_string_lossy());
        let content = self.read("seccomp profile", &Spanned::new(path.as_str(), written.span))?;
        match with_profile(&content) {
            Ok(option) => Some(option),
            Err(error) => {
                self.diagnostics.push(not_json(written.value, written.span, error));
                None
            }
        }
    }
}
