//! The address of a repository, as the user gives it.

use std::{env, path::Path};

/// Where a repository is. It contains no credentials, and so may be shown and written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Address(String);

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum BadAddress {
    /// It is empty, or git would take it for an option.
    NoAddress,
    /// It contains a password, or for HTTP a user, which may be a token.
    Credentials,
}

impl Address {
    /// Reads an address. A directory counts from the working directory.
    pub(in crate::cli) fn read(text: &str) -> Result<Self, BadAddress> {
        if text.is_empty() || text.starts_with('-') || text.contains(char::is_control) {
            return Err(BadAddress::NoAddress);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let user = authority.rsplit_once('@').map(|(user, _)| user);
            let is_http = scheme.to_ascii_lowercase().starts_with("http");
            return match user {
                Some(user) if is_http || user.contains(':') => Err(BadAddress::Credentials),
                Some(_) | None => Ok(Self(text.to_owned())),
            };
        }
        let here = env::current_dir().ok().map(|here| here.join(text)).filter(|path| path.exists());
        Ok(Self(here.map_or_else(|| text.to_owned(), |path| path.display().to_string())))
    }

    /// As git takes it.
    pub(in crate::cli) fn as_str(&self) -> &str {
        &self.0
    }

    /// The repository's name: `shop` of `git@example.org:ops/shop.git`.
    pub(in crate::cli) fn name(&self) -> String {
        let path = self.0.trim_end_matches('/');
        let path = path.strip_suffix("/.git").unwrap_or(path);
        let last = path.rsplit(['/', ':']).next().unwrap_or_default();
        let last = Path::new(last).file_name().unwrap_or_default().to_string_lossy();
        let kept = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let name: String = last.trim_end_matches(".git").chars().filter(|&letter| kept(letter)).collect();
        let name = name.trim_start_matches('.');
        if name.is_empty() { "repository".to_owned() } else { name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_credentials() {
        for text in [
            "https://ann:hunter2@example.org/shop.git",
            "https://token@example.org/shop.git",
            "HTTP://token@example.org",
            "ssh://git:hunter2@example.org/shop.git",
        ] {
            assert_eq!(Address::read(text), Err(BadAddress::Credentials), "{text}");
        }
        for text in ["", "-u", "--upload-pack=id", "https://example.org/\n"] {
            assert_eq!(Address::read(text), Err(BadAddress::NoAddress), "{text}");
        }
    }

    #[test]
    fn a_repository_has_a_name() {
        for (text, name) in [
            ("https://example.org/ops/shop.git", "shop"),
            ("https://example.org:8443/ops/a%20shop/", "a20shop"),
            ("git@example.org:shop.git", "shop"),
            ("ssh://git@example.org/~ann/shop", "shop"),
            ("/srv/shop/.git", "shop"),
            ("../..", "repository"),
            ("https://example.org/.git", "example.org"),
        ] {
            assert_eq!(Address::read(text).unwrap().name(), name, "{text}");
        }
    }

    #[test]
    fn a_directory_counts_from_here() {
        let here = env::current_dir().unwrap();
        assert_eq!(Address::read("src").unwrap().as_str(), here.join("src").display().to_string());
        assert_eq!(Address::read("no-such-host:shop").unwrap().as_str(), "no-such-host:shop");
    }
}
