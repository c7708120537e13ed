//! Numbers of processors as other tools write them.

use super::{flow, text};
use crate::document::yaml::{NodeId, Yaml};
use maestro_core::diagnostic::Help;

/// The number of processors among the limits of Kubernetes or Compose.
pub(in crate::document) fn processors_of_limits(yaml: &Yaml, node: NodeId) -> Option<String> {
    let inner =
        ["resources", "limits"].iter().fold(node, |node, key| yaml.value_of(node, key).unwrap_or(node));
    let of_compose = yaml.value_of(inner, "cpus").and_then(|cpus| processors(&text(yaml, cpus)?));
    let of_kubernetes = || text(yaml, yaml.value_of(inner, "cpu")?).filter(|cpu| is_processors(cpu));
    of_compose.or_else(|| processors(&of_kubernetes()?))
}

/// Fewer than these are meant as processors, more as a weight.
const FEWEST_SHARES: f64 = 32.0;

/// Whether a value of `cpu` is a number of processors as other tools write it: `0.5`, `500m`, `50%`, `2`.
pub(in crate::document) fn is_processors(written: &str) -> bool {
    let is_weight = written.trim().parse::<f64>().is_ok_and(|number| number > FEWEST_SHARES);
    !is_weight && processors(written).is_some()
}

/// A number of processors of `0.5`, `500m` or `50%`.
pub(in crate::document) fn processors(written: &str) -> Option<String> {
    let thousandths = thousandths(written)?;
    (thousandths >= 1.0).then(|| format!("{}", thousandths / 1000.0))
}

/// The change that puts `cpus` beside `limits` in place of the key `key` in it.
pub(in crate::document) fn beside_limits(
    yaml: &Yaml,
    limits: NodeId,
    key: NodeId,
    processors: &str,
    help: Help,
) -> Help {
    let Some((holder, name)) = yaml.holder_of(limits) else { return help };
    let span = yaml.span(name);
    let Some(whole) = yaml.whole_entry(span, limits).filter(|_| yaml.value_of(holder, "cpus").is_none())
    else {
        return help;
    };
    let processors = format!("cpus: {processors}");
    let others: Vec<String> = yaml
        .entries(limits)
        .iter()
        .filter(|entry| entry.key != key)
        .map(|entry| format!("{}: {}", flow(yaml, entry.key), flow(yaml, entry.value)))
        .collect();
    if others.is_empty() {
        return help.replace(whole, processors);
    }
    let limits = format!("limits: {{{}}}", others.join(", "));
    if yaml.is_flow(holder) {
        help.replace(whole, format!("{limits}, {processors}"))
    } else {
        help.replace(whole, limits).add_lines(whole, processors, span, 0)
    }
}

/// Thousandths of a processor.
fn thousandths(processors: &str) -> Option<f64> {
    let processors = processors.trim();
    let (number, thousandths) = if let Some(thousandths) = processors.strip_suffix('m') {
        (thousandths, 1.0)
    } else if let Some(hundredths) = processors.strip_suffix('%') {
        (hundredths, 10.0)
    } else {
        (processors, 1000.0)
    };
    let number: f64 = number.trim().parse().ok()?;
    Some((number * thousandths).round()).filter(|number| number.is_finite())
}

/// A number of processors as a weight: 1024 for each, as Docker and Kubernetes count.
pub(in crate::document) fn weight(processors: &str) -> Option<String> {
    let weight = (thousandths(processors)? * 1.024).round();
    // Kernels take no other weights.
    (2.0..=262_144.0).contains(&weight).then(|| format!("{weight:.0}"))
}
