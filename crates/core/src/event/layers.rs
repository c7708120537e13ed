//! Words that an error of an engine collects on its way.

/// Words that engines and runtimes put before the cause, outermost first; each layer adds its own.
const LAYERS: &[&str] = &[
    "failed to set up container networking: ",
    "failed to create task for container: ",
    "failed to create shim task: ",
    "OCI runtime create failed: ",
    "runc create failed: ",
    "unable to start container process: ",
    "error during container init: ",
];

/// What the engine says without the layers that the error passed through.
#[must_use]
pub fn innermost(words: &str) -> &str {
    let mut rest = words;
    while let Some(inner) = LAYERS.iter().find_map(|layer| rest.strip_prefix(layer)) {
        rest = inner;
    }
    if let Some((_, inner)) = rest
        .strip_prefix("driver failed programming external connectivity on endpoint ")
        .and_then(|endpoint| endpoint.split_once("): "))
    {
        rest = inner;
    }
    rest.strip_suffix(": unknown").unwrap_or(rest)
}
