//! Commands in which secrets are given: as options, as `NAME=value`, as headers, in URLs.

use super::{MASK, looks_secret, without_secrets};

/// Programs to which `-p` gives a password, whatever it looks like.
const TAKE_PASSWORDS: [&str; 6] = ["mysql", "mariadb", "mongo", "sshpass", "login", "smbclient"];
/// Those of them that take it without a space: `-pPASSWORD`.
const TAKE_JOINED: [&str; 4] = ["mysql", "mariadb", "mongo", "sshpass"];

/// The words of a command, with stars for what is secret.
#[must_use]
pub fn hidden_words<'w>(words: impl Iterator<Item = &'w str>) -> Vec<String> {
    let mut hide_next = Next::Shown;
    let mut shown = Vec::new();
    let (mut takes_passwords, mut takes_joined) = (false, false);
    for word in words {
        let (name, separator) = match word.find(['=', ':']) {
            Some(at) => (&word[..at], &word[at..=at]),
            None => (word, ""),
        };
        let is_secret = looks_secret(name) && !name.contains(char::is_whitespace);
        let hidden = std::mem::take(&mut hide_next);
        shown.push(if hidden.hides(word) {
            MASK.to_owned()
        } else if is_secret && (separator == ":" || separator == "=" && !word.contains(' ')) {
            // Of a line of a header all is hidden.
            format!("{name}{separator}{MASK}")
        } else if word.contains(' ') {
            // A script, or several words in one.
            hidden_words(word.split(' ')).join(" ")
        } else if takes_joined && word.len() > 2 && word.starts_with("-p") && !word.starts_with("--") {
            format!("-p{MASK}")
        } else {
            hide_next = match name {
                "-p" if !takes_passwords => Next::UnlessPort,
                "-u" | "--user" | "-p" | "-a" => Next::Hidden,
                name if name.starts_with('-') && is_secret => Next::Hidden,
                _ => Next::Shown,
            };
            without_secrets(word)
        });
        let program = word.rsplit('/').next().unwrap_or(word);
        let is_among = |known: &[&str]| known.iter().any(|known| program.starts_with(known));
        takes_passwords |= is_among(&TAKE_PASSWORDS);
        takes_joined |= is_among(&TAKE_JOINED);
    }
    shown
}

/// Whether the next word is secret.
#[derive(Debug, Clone, Copy, Default)]
enum Next {
    #[default]
    Shown,
    Hidden,
    /// `-p` takes passwords and ports.
    UnlessPort,
}

impl Next {
    fn hides(self, word: &str) -> bool {
        match self {
            Self::Shown => false,
            Self::Hidden => true,
            Self::UnlessPort => !is_port(word),
        }
    }
}

/// Whether a word is a port or says how one is published: `8080`, `127.0.0.1:8080`, `8080:80/tcp`, `8000-8009`.
fn is_port(word: &str) -> bool {
    let word = ["/tcp", "/udp", "/sctp"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    let is_number = |text: &str| text.len() <= 5 && text.parse::<u16>().is_ok_and(|number| number > 0);
    let is_range = |text: &str| text.split('-').all(is_number);
    match word.rsplit_once(':') {
        None => is_range(word),
        Some((before, last)) => {
            let host = before.rsplit_once(':').map_or(
                before,
                |(host, port)| {
                    if is_range(port) { host } else { before }
                },
            );
            let is_host = is_range(host) || host.parse::<std::net::Ipv4Addr>().is_ok();
            is_range(last) && is_host
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(command: &str) -> String {
        hidden_words(command.split(' ')).join(" ")
    }

    #[test]
    fn ports_are_shown_and_passwords_are_not() {
        for command in [
            "httpd -f -p 8080",
            "ssh -p 22 host",
            "/usr/bin/psql -p 5432 shop",
            "docker run -p 127.0.0.1:8080:80/tcp nginx",
            "serve -p 8000-8009",
            "serve -p 8080:80",
            "ssh -p22 host",
        ] {
            assert_eq!(shown(command), command);
        }
        for (command, expected) in [
            ("mysql -uroot -phunter2 shop", "mysql -uroot -p*** shop"),
            ("/usr/bin/mysqldump -p1234 shop", "/usr/bin/mysqldump -p*** shop"),
            ("mongosh -p 1234", "mongosh -p ***"),
            ("sshpass -p 4711 ssh -p 22 host", "sshpass -p *** ssh -p *** host"),
            ("docker login -p 1234", "docker login -p ***"),
            ("tool -p hunter2", "tool -p ***"),
            ("tool -p 123456", "tool -p ***"),
            ("tool -p host:8080", "tool -p ***"),
            ("curl -u ann:hunter2 --password x", "curl -u *** --password ***"),
        ] {
            assert_eq!(shown(command), expected);
        }
        let words = ["sh", "-c", "exec httpd -p 8080 --token hunter2"];
        assert_eq!(hidden_words(words.into_iter()), ["sh", "-c", "exec httpd -p 8080 --token ***"]);
    }
}
