//! `post_start` and `pre_stop`: commands in a container after its start and before its stop.

use super::{ProjectResolver, setting::list};
use crate::compose::{element::Element, service::ComposeService};
use maestro_core::{
    diagnostic::Diagnostic,
    value::hook::{Hook, Hooks},
};

impl<'p> ProjectResolver<'p, '_> {
    /// The hooks of a service.
    pub(super) fn hooks(&mut self, service: ComposeService<'p>) -> Hooks {
        Hooks {
            post_start: self.hooks_of(service, "post_start"),
            pre_stop: self.hooks_of(service, "pre_stop"),
        }
    }

    fn hooks_of(&mut self, service: ComposeService<'p>, key: &str) -> Vec<Hook> {
        service.element.each(key).filter_map(|element| self.hook(element, key)).collect()
    }

    fn hook(&mut self, element: &Element, key: &str) -> Option<Hook> {
        let text = |key: &str| element.text_of(key).filter(|text| !text.is_empty()).map(str::to_owned);
        let command = element.get("command").map(list).unwrap_or_default();
        if command.is_empty() {
            self.diagnostics.push(
                Diagnostic::error("missing-key", format!("a hook of `{key}` has no command"))
                    .at(element.span, "nothing to run")
                    .help(format!("write for example `{key}: [{{command: [\"true\"]}}]`")),
            );
            return None;
        }
        let environment = element.spanned_pairs("environment");
        Some(Hook {
            command,
            user: text("user"),
            privileged: element.get("privileged").is_some_and(Element::is_true),
            working_dir: text("working_dir"),
            environment: environment
                .map(|(name, value)| (name.value.to_owned(), value.map(|value| value.value.to_owned())))
                .collect(),
        })
    }
}
