//! Keys that nothing reads.

use super::Canonical;
use crate::compose::form::Property;
use maestro_core::{
    diagnostic::{Diagnostic, nearest},
    source::Span,
};

/// Keys of a section that are listed where none is near.
const MOST_LISTED: usize = 12;

impl Canonical<'_> {
    /// Tells a key that nothing reads, with the nearest one that is not there yet.
    pub(super) fn unknown_key(
        &mut self,
        name: &str,
        span: Span,
        known: &'static [Property],
        siblings: &[String],
        what: &str,
    ) {
        let is_free = |property: &&Property| !siblings.iter().any(|other| other == property.name);
        let near = nearest(name, known.iter().filter(is_free).map(|property| property.name));
        let there =
            nearest(name, known.iter().filter(|property| !is_free(property)).map(|property| property.name));
        let diagnostic =
            Diagnostic::error("unknown-key", format!("{what} has no key `{name}`")).at(span, "unknown key");
        let diagnostic = match (near, there) {
            (Some(near), _) => diagnostic.help(format!("did you mean `{near}`?")).replace(span, near),
            (None, Some(there)) => diagnostic.help(format!("`{there}` is there already: remove one of both")),
            (None, None) if known.len() <= MOST_LISTED => {
                let keys: Vec<&str> = known.iter().map(|property| property.name).collect();
                diagnostic.help(format!("its keys are: {}", keys.join(", ")))
            }
            (None, None) => diagnostic,
        };
        self.diagnostics.push(diagnostic.help(format!("to keep it without an effect, call it `x-{name}`")));
    }
}
