//! Names of variables, keys, headers and options whose values are secret.

/// Parts of a name, without separators, that tell of a secret wherever they stand in it.
const ANYWHERE: [&str; 12] = [
    "PASSWORD",
    "PASSWORT",
    "PASSWD",
    "PASSPHRASE",
    "PASSCODE",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "PRIVATEKEY",
    "APIKEY",
    "ACCESSKEY",
    "AUTHORIZATION",
];

/// Whole words of a name that tell of a secret: `SMTP_PW` has `PW` as a word, `PWM_PIN` has not.
const WORDS: [&str; 20] = [
    "BASICAUTH",
    "DIGESTAUTH",
    "PASS",
    "PW",
    "PWD",
    "KEY",
    "KEYS",
    "CRED",
    "CREDS",
    "DSN",
    "AUTH",
    "OAUTH",
    "PRIVATE",
    "PRIV",
    "SALT",
    "PEM",
    "COOKIE",
    "COOKIES",
    "JWT",
    "BEARER",
];

/// Ends of words that tell of a secret: `DBPASS`, `MASTERKEY`.
const ENDS: [&str; 4] = ["PASS", "PW", "PWD", "KEY"];

/// Words that end like a secret and are none.
const OPEN_WORDS: [&str; 10] =
    ["BYPASS", "COMPASS", "TRESPASS", "OVERPASS", "MONKEY", "TURKEY", "HOTKEY", "DONKEY", "HOCKEY", "OLDPWD"];

/// Words in names whose values may have a secret in them.
const POSSIBLE: [&str; 7] = ["PASS", "PWD", "KEY", "CRED", "DSN", "URL", "URI"];

/// Words that end the name of a place where a secret is kept.
const PLACES: [&str; 7] = ["FILE", "PATH", "DIR", "DIRECTORY", "FOLDER", "SOCK", "SOCKET"];

/// Words that end the name of a key, or of the place where one is kept.
const KEYS: [&str; 3] = ["KEY", "PEM", "PRIVATE"];

/// Parts of names that are no secret's, whatever else they have.
const OPEN_PARTS: [&str; 3] = ["TOKENIZ", "PUBLICKEY", "SECRETARY"];

/// Whether the name of a variable, header or option says that its value is secret. `PWD` alone and a name that ends
/// with `_FILE` depend on their value: [`super::hides`] decides by both.
#[must_use]
pub fn looks_secret(name: &str) -> bool {
    let words = Words::of(name);
    words.has_secret() && !OPEN_PARTS.iter().any(|open| words.letters.contains(open))
}

/// Whether any part of a name tells of a secret, be it that the whole name is none's.
pub(super) fn has_secret_word(name: &str) -> bool {
    Words::of(name).has_secret()
}

/// Whether the value of a variable of this name is left out of messages and of the lines beside them. This goes further
/// than [`looks_secret`]: addresses often have a password in them.
#[must_use]
pub fn may_be_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    looks_secret(name) || POSSIBLE.iter().any(|word| upper.contains(word))
}

/// Whether a value under this name may be the path of a file or directory, which is not secret. A key is more often no
/// path: its value must have several parts, and its name must not say that it is a secret itself.
pub(super) fn may_be_place(name: &str, is_deep: bool) -> bool {
    let words = Words::of(name);
    let Some(last) = words.each().last() else { return false };
    let is_file = PLACES.contains(&last) || words.ends.len() == 1 && matches!(last, "PWD" | "OLDPWD");
    let is_secret = ANYWHERE.iter().any(|part| *part != "PRIVATEKEY" && words.letters.contains(part));
    is_file || is_deep && !is_secret && KEYS.contains(&last)
}

/// The words of a name in capitals: `dbPassword`, `db-password` and `DB_PASSWORD` are two words each.
struct Words {
    /// All words, without what separates them.
    letters: String,
    /// Where each word ends in them.
    ends: Vec<usize>,
}

impl Words {
    fn of(name: &str) -> Self {
        let mut letters = String::with_capacity(name.len());
        let mut ends = Vec::new();
        let mut begins = false;
        let mut before_is_lower = false;
        for c in name.chars() {
            if !c.is_alphanumeric() {
                begins = true;
                continue;
            }
            if (begins || before_is_lower && c.is_uppercase()) && !letters.is_empty() {
                ends.push(letters.len());
            }
            begins = false;
            before_is_lower = c.is_lowercase();
            if c.is_ascii() {
                letters.push(c.to_ascii_uppercase());
            } else {
                letters.extend(c.to_uppercase());
            }
        }
        if !letters.is_empty() {
            ends.push(letters.len());
        }
        Self { letters, ends }
    }

    fn each(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.letters[start..end])
    }

    fn has_secret(&self) -> bool {
        let letters = self.letters.as_bytes();
        // Names are asked for often: only few letters begin a part.
        let may_begin = |at: &usize| matches!(letters[*at], b'P' | b'S' | b'T' | b'C' | b'A');
        let has_part = |at: usize| ANYWHERE.iter().any(|part| letters[at..].starts_with(part.as_bytes()));
        let is_secret = |word: &str| {
            (WORDS.contains(&word) || ENDS.iter().any(|end| word.ends_with(end)))
                && !OPEN_WORDS.contains(&word)
        };
        (0..letters.len()).filter(may_begin).any(has_part) || self.each().any(is_secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letters_of_parts_are_known() {
        for part in ANYWHERE {
            assert!(looks_secret(&format!("x{part}x")), "{part}");
        }
    }

    #[test]
    fn names_of_secrets_are_known() {
        for secret in [
            "DB_PASSWORD",
            "dbPassword",
            "api_token",
            "AWS_SECRET_ACCESS_KEY",
            "X-Api-Key",
            "DB_PASS",
            "DBPASS",
            "SIGNING_KEY",
            "SMTP_PW",
            "PASS",
            "KEY",
            "PASSPHRASE",
            "SENTRY_DSN",
            "traefik.http.middlewares.a.basicauth.users",
            "GOOGLE_CREDENTIALS",
            "HTTP_AUTH",
            "Authorization",
            "--password",
            "smtpPw",
            "PWD",
        ] {
            assert!(looks_secret(secret) && may_be_secret(secret), "{secret}");
        }
        for open in [
            "PORT",
            "CONTAINER_NAME",
            "KEYBOARD",
            "PASSENGERS",
            "AUTHOR",
            "AUTHORITY",
            "COMPASS",
            "PUBLIC_KEY",
            "PWM_PIN",
            "TOKENIZERS_PARALLELISM",
            "image",
            "unauthorized",
            "monkey",
        ] {
            assert!(!looks_secret(open), "{open}");
        }
        assert!(may_be_secret("DATABASE_URL") && !may_be_secret("PORT"));
    }
}
