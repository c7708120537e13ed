//! When an image is pulled, and where it comes from.

use super::text;
use crate::document::read::{Fields, Reader};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    value::{image_source::ImageSource, pull::PullPolicy},
};

/// How an age is written.
pub const AGE_HELP: &str =
    "write an age as `every_12h`: weeks (w), days (d), hours (h), minutes (m), seconds (s)";

/// Reads `pull_policy`.
pub(super) fn policy(reader: &mut Reader<'_>, fields: &Fields) -> Option<PullPolicy> {
    let written = text(reader, fields, "pull_policy", "always")?;
    if let Some(policy) = PullPolicy::from_word(&written.value) {
        return Some(policy);
    }
    let text = format!("`{}` is not a pull policy", written.value);
    let help = match nearest(&written.value, PullPolicy::WORDS) {
        _ if written.value.starts_with("every_") => AGE_HELP.into(),
        Some(near) => Help::did_you_mean(written.span, &written.value, near),
        None => "write `missing`, `always`, `never`, or an age: `daily`, `weekly`, `every_12h`".into(),
    };
    reader
        .diagnostics
        .push(Diagnostic::error("bad-pull-policy", text).at(written.span, "unknown policy").help(help));
    None
}

/// Reads `image_source`.
pub(in crate::document) fn source(reader: &mut Reader<'_>, fields: &Fields) -> Option<ImageSource> {
    let written = text(reader, fields, "image_source", "carry")?;
    let source = ImageSource::from_word(&written.value);
    if source.is_none() {
        let text = format!("`{}` is not a source of images", written.value);
        let help = match nearest(&written.value, ImageSource::WORDS) {
            Some(near) => Help::did_you_mean(written.span, &written.value, near),
            None => "write `auto`, `carry` or `registry`".into(),
        };
        reader
            .diagnostics
            .push(Diagnostic::error("bad-image-source", text).at(written.span, "unknown source").help(help));
    }
    source
}
