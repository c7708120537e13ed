//! `on_unhealthy`: what `watch` does about an instance that does not work.

use super::text;
use crate::document::read::{Fields, Reader};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    value::on_unhealthy::OnUnhealthy,
};

/// Reads `on_unhealthy`.
pub(in crate::document) fn on_unhealthy(reader: &mut Reader<'_>, fields: &Fields) -> Option<OnUnhealthy> {
    let written = text(reader, fields, "on_unhealthy", "restart")?;
    let found = OnUnhealthy::from_word(&written.value);
    if found.is_none() {
        let text = format!("`{}` is nothing that `watch` can do", written.value);
        let help = match nearest(&written.value, OnUnhealthy::WORDS) {
            Some(near) => Help::did_you_mean(written.span, &written.value, near),
            None => "write `restart`, `replace` or `notify`".into(),
        };
        let problem = Diagnostic::error("bad-on-unhealthy", text).at(written.span, "unknown word").help(help);
        reader.diagnostics.push(problem);
    }
    found
}
