//! Env files of the format `raw`: lines as `docker run --env-file` reads them, without quotes and variables.

use super::{EnvFault, EnvFaultKind, ProjectVariables};
use crate::compose::interpolation::Lookup;

/// Reads an env file into `variables`. A name without `=` takes its value from `lookup`.
pub(in crate::compose) fn read_raw(
    text: &str,
    variables: &mut ProjectVariables,
    lookup: Lookup<'_>,
) -> Result<(), EnvFault> {
    let mut start = 0;
    for whole in text.split('\n') {
        let line = whole.trim_start().trim_end_matches('\r');
        let at = start + whole.len() - whole.trim_start().len();
        start += whole.len() + 1;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').map_or((line, None), |(name, value)| (name, Some(value)));
        let kind = match name {
            "" => Some(EnvFaultKind::NoName),
            name if name.contains(char::is_whitespace) => Some(EnvFaultKind::Space),
            _ => None,
        };
        if let Some(kind) = kind {
            return Err(EnvFault { range: at..at + name.len(), kind });
        }
        let value = value.map(ToOwned::to_owned).or_else(|| lookup(name));
        variables.extend(value.map(|value| (name.to_owned(), value)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_as_they_are() {
        let mut variables = ProjectVariables::new();
        let lookup = |name: &str| (name == "HOST").then(|| "host".to_owned());
        let text = "# c\nA=\"x\" #y\r\n  B=$A\nHOST\nNONE\nC=\n";
        read_raw(text, &mut variables, &lookup).unwrap();
        let found: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, [("A", "\"x\" #y"), ("B", "$A"), ("HOST", "host"), ("C", "")]);
        let text = "A=1\nB C=1\n";
        let fault = read_raw(text, &mut variables, &lookup).unwrap_err();
        assert_eq!((&text[fault.range], fault.kind), ("B C", EnvFaultKind::Space));
    }
}
