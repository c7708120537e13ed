//! What is to be known of a command line before it is parsed.

use std::ffi::OsString;

/// The options that stand before a command and have their value in the next word.
pub(super) const WITH_VALUE: [&str; 8] = [
    "-f",
    "--file",
    "--output",
    "--color",
    "--profile",
    "--env-file",
    "--project-name",
    "--project-directory",
];

/// The same words, in which `-f` behind `logs` follows, as with Docker. Everywhere else it names the file.
pub(super) fn following(mut words: Vec<OsString>) -> Vec<OsString> {
    let Some(command) = command(&words).filter(|at| words[*at].to_str() == Some("logs")) else {
        return words;
    };
    for word in words.iter_mut().skip(command + 1).take_while(|word| word.to_str() != Some("--")) {
        let Some(flags) = word.to_str().and_then(|word| word.strip_prefix('-')) else { continue };
        // `-n` has a value, which may stand in the same word: `-fn20`.
        let (flags, value) = flags.split_at(flags.find('n').unwrap_or(flags.len()));
        if flags.contains('f') && flags.chars().all(|flag| matches!(flag, 'f' | 'F' | 't')) {
            *word = format!("-{}{value}", flags.replace('f', "F")).into();
        }
    }
    words
}

/// The same for the words that a shell wants to complete: they stand behind `--`, and the last one is still being typed.
pub(super) fn completed(mut words: Vec<OsString>) -> Vec<OsString> {
    let Some(at) = words.iter().position(|word| word.to_str() == Some("--")) else { return words };
    let mut typed = words.split_off(at + 1);
    let last = typed.pop();
    words.extend(following(typed));
    words.extend(last);
    words
}

/// Where the command is; the program's name comes first.
pub(super) fn command(words: &[OsString]) -> Option<usize> {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let word = word.to_str()?;
        at += match word {
            _ if WITH_VALUE.contains(&word) => 2,
            _ if word.starts_with('-') => 1,
            _ => return Some(at),
        };
    }
    None
}

/// Whether the output is for programs, as far as a command line says that cannot be parsed.
pub(super) fn is_json(words: &[OsString]) -> bool {
    let texts: Vec<&str> = words.iter().skip(1).filter_map(|word| word.to_str()).collect();
    let is_output = |name: &str| name.len() > 2 && "--output".starts_with(name);
    texts.iter().enumerate().any(|(at, word)| match word.split_once('=') {
        Some((name, value)) => is_output(name) && value == "json",
        None => is_output(word) && texts.get(at + 1) == Some(&"json"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn behind_logs_f_follows() {
        for (typed, meant) in [
            ("maestro logs -f web-1", "maestro logs -F web-1"),
            ("maestro -f shop.yaml logs -f", "maestro -f shop.yaml logs -F"),
            ("maestro --output json logs web -f", "maestro --output json logs web -F"),
            ("maestro logs -fn20 web", "maestro logs -Fn20 web"),
            ("maestro logs -fn 20 web", "maestro logs -Fn 20 web"),
            ("maestro logs -tf web", "maestro logs -tF web"),
            ("maestro logs -fshop.yaml", "maestro logs -fshop.yaml"),
            ("maestro logs --file x.yaml", "maestro logs --file x.yaml"),
            ("maestro logs -- -f", "maestro logs -- -f"),
            ("maestro status -f x.yaml", "maestro status -f x.yaml"),
            ("maestro -f logs status -f x", "maestro -f logs status -f x"),
        ] {
            assert_eq!(following(words(typed)), words(meant), "{typed}");
        }
    }

    #[test]
    fn a_shell_completes_names_behind_the_f_of_logs() {
        for (typed, meant) in [
            ("maestro -- maestro logs -f we", "maestro -- maestro logs -F we"),
            ("maestro -- maestro -f x.yaml logs -f", "maestro -- maestro -f x.yaml logs -f"),
            ("maestro -- maestro status -f x", "maestro -- maestro status -f x"),
            ("maestro logs -f we", "maestro logs -f we"),
        ] {
            assert_eq!(completed(words(typed)), words(meant), "{typed}");
        }
    }

    #[test]
    fn output_for_programs_is_known_before_the_rest() {
        for line in ["maestro --output json x", "maestro x --output=json", "maestro x --out json --y"] {
            assert!(is_json(&words(line)), "{line}");
        }
        for line in ["maestro --output text", "maestro json", "maestro --outputs json", "maestro -- json"] {
            assert!(!is_json(&words(line)), "{line}");
        }
    }
}
