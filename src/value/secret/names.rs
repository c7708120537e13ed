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
const WORDS: [&str; 18] = [
    "PASS", "PW", "PWD", "KEY", "KEYS", "CRED", "CREDS", "DSN", "AUTH", "OAUTH", "PRIVATE", "PRIV", "SALT",
    "PEM", "COOKIE", "COOKIES", "JWT", "BEARER",
];

/// Ends of words that tell of a secret: `DBPASS`, `MASTERKEY`.
const ENDS: [&str; 4] = ["PASS", "PW", "PWD", "KEY"];

/// Words that end like a secret and are none.
const OPEN_WORDS: [&str; 10] =
    ["BYPASS", "COMPASS", "TRESPASS", "OVERPASS", "MONKEY", "TURKEY", "HOTKEY", "DONKEY", "HOCKEY", "OLDPWD"];

/// Words in names whose values may have a secret in them.
const POSSIBLE: [&str; 7] = ["PASS", "PWD", "KEY", "CRED", "DSN", "URL", "URI"];

/// Words that end the name of a place where a secret is kept.
const PLACES: [&str; 10] =
    ["FILE", "PATH", "DIR", "DIRECTORY", "FOLDER", "SOCK", "SOCKET", "KEY", "PEM", "PRIVATE"];

/// Whether the name of a variable, header or option says that its value is secret. `PWD` alone and a name that ends
/// with `_FILE` depend on their value: [`super::hides`] decides by both.
#[must_use]
pub fn looks_secret(name: &str) -> bool {
    let words = words(name);
    let squeezed = words.concat();
    if squeezed.contains("TOKENIZ") || squeezed.contains("PUBLICKEY") || squeezed.contains("SECRETARY") {
        return false;
    }
    let is_secret = |word: &str| {
        !OPEN_WORDS.contains(&word) && (WORDS.contains(&word) || ENDS.iter().any(|end| word.ends_with(end)))
    };
    ANYWHERE.iter().any(|part| squeezed.contains(part)) || words.iter().any(|word| is_secret(word))
}

/// Whether the value of a variable of this name is left out of messages and of the lines beside them. This goes further
/// than [`looks_secret`]: addresses often have a password in them.
#[must_use]
pub fn may_be_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    looks_secret(name) || POSSIBLE.iter().any(|word| upper.contains(word))
}

/// Whether a value under this name may be the path of a file or directory, which is not secret.
pub(super) fn may_be_place(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else { return false };
    PLACES.contains(&last.as_str()) || matches!(&words[..], [only] if only == "PWD" || only == "OLDPWD")
}

/// The words of a name in capitals: `dbPassword`, `db-password` and `DB_PASSWORD` are two words each.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut begins = true;
    let mut before_is_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            begins = true;
            continue;
        }
        if begins || before_is_lower && c.is_uppercase() {
            words.push(String::new());
        }
        begins = false;
        before_is_lower = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_uppercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

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
