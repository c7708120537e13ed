//! `complete`: the words that could end a command line, as `MaestroNG`'s own helper for shells told them.

use clap::CommandFactory;

use crate::cli::{
    args::{Cli, FileOptions},
    error::{End, Problem},
    names::{Names, options_of},
    session::Session,
    words::WITH_VALUE,
};

pub(in crate::cli) fn run(options: &FileOptions, tokens: &[String]) -> Result<End, Problem> {
    let line: Vec<&str> = tokens.iter().flat_map(|token| token.split(' ')).collect();
    let in_line = options_of(line.iter().map(Into::into));
    let says_nothing = in_line.files.is_empty() && !in_line.compose.is_given();
    let options = if says_nothing { options.clone() } else { in_line };
    Session::print_whole(&words(&line, || Names::of(&options)).join(" "))?;
    Ok(End::Done)
}

/// The words that the last of a command line could become: a command behind the program's name, a name behind that.
fn words(line: &[&str], names: impl FnOnce() -> Names) -> Vec<String> {
    let mut given: Vec<&str> = Vec::new();
    let mut words = line.iter();
    while let Some(&word) = words.next() {
        match word {
            // Its value is no command.
            word if WITH_VALUE.contains(&word) => drop(words.next()),
            word if word.starts_with('-') => {}
            word => given.push(word),
        }
    }
    let begin = if given.len() > 1 { given[given.len() - 1] } else { "" };
    let all = if given.len() > 2 {
        let Names { services, instances, .. } = names();
        services.into_iter().chain(instances).collect::<Vec<_>>()
    } else {
        let command = Cli::command();
        let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
        shown.map(|command| command.get_name().to_owned()).collect()
    };
    let mut fitting: Vec<String> = all.into_iter().filter(|word| word.starts_with(begin)).collect();
    fitting.sort();
    fitting.dedup();
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> String {
        let names = || Names {
            services: vec!["web".into(), "db".into()],
            instances: vec!["web-1".into()],
            volumes: Vec::new(),
            ships: vec!["node1".into()],
        };
        words(&line.split(' ').collect::<Vec<_>>(), names).join(" ")
    }

    #[test]
    fn the_last_word_is_completed() {
        assert!(said("maestro").contains("restart rollback run scale ship start stats status stop"));
        assert_eq!(said("maestro re"), "restart");
        assert_eq!(said("maestro -f shop.yaml re"), "restart");
        assert_eq!(said("maestro start "), "db web web-1");
        assert_eq!(said("maestro start -d w"), "web web-1");
        assert_eq!(said("maestro start web d"), "db");
        assert_eq!(said("maestro compl"), "completions");
    }
}
