//! What was typed, and how to call the program again.

use std::path::PathBuf;

use super::args::FileOptions;
use maestro_core::value::shell::quoted;

/// What was typed, as it could be typed again, with the program's name alone in front.
pub(super) fn typed() -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    std::iter::once("maestro".to_owned())
        .chain(words.map(|word| match shlex::try_quote(&word) {
            Ok(quoted) => quoted.into_owned(),
            Err(_) => "…".to_owned(),
        }))
        .collect::<Vec<_>>()
        .join(" ")
}

/// How the user calls the program so that it reads the same: `maestro -f shop.yaml`.
pub(super) fn invocation(options: &FileOptions) -> String {
    let FileOptions { files, allow_outside, compose } = options;
    let paths = |option: &'static str, paths: &[PathBuf]| -> Vec<(&'static str, String)> {
        paths.iter().map(|path| (option, path.display().to_string())).collect()
    };
    let mut with_value = paths("-f", files);
    with_value.extend(compose.profiles.iter().map(|profile| ("--profile", profile.clone())));
    with_value.extend(paths("--env-file", &compose.env_files));
    with_value.extend(compose.project_name.iter().map(|name| ("--project-name", name.clone())));
    with_value.extend(paths("--project-directory", compose.project_directory.as_slice()));
    let words = with_value.into_iter().map(|(option, value)| format!(" {option} {}", quoted(&value)));
    let outside = allow_outside.then(|| " --allow-outside".to_owned());
    std::iter::once("maestro".to_owned()).chain(words).chain(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_next_reads_the_same() {
        assert_eq!(invocation(&FileOptions::default()), "maestro");
        let mut options = FileOptions {
            files: vec!["a.yaml".into(), "b c.yaml".into()],
            allow_outside: true,
            ..FileOptions::default()
        };
        options.compose.profiles = vec!["*".into()];
        options.compose.env_files = vec!["x.env".into()];
        options.compose.project_name = Some("shop".into());
        options.compose.project_directory = Some("dir".into());
        assert_eq!(
            invocation(&options),
            "maestro -f a.yaml -f 'b c.yaml' --profile '*' --env-file x.env --project-name shop \
             --project-directory dir --allow-outside"
        );
    }
}
