//! Secrets that are known by what they look like, whatever their name is.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

/// Tokens with a known beginning, and private keys.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    let patterns = [
        // Private keys, to their end or as far as they may go.
        r"(?s:-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\-]*))",
        r"\b[sr]k_(?:live|test)_[A-Za-z0-9_]{3,}",
        r"\bwhsec_[A-Za-z0-9+/=]{6,}",
        r"\bsk-[A-Za-z0-9_-]{6,}",
        r"\bgh[pousr]_[A-Za-z0-9]{3,}",
        r"\bgithub_pat_[A-Za-z0-9_]{3,}",
        r"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[A-Za-z0-9_.-]{3,}",
        r"\bxox[a-z]-[A-Za-z0-9-]{3,}",
        r"\bxapp-[A-Za-z0-9-]{6,}",
        r"\b(?:AKIA|ASIA)[A-Z0-9]{6,}",
        r"\bAIza[A-Za-z0-9_-]{6,}",
        r"\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,4}",
        r"\bya29\.[A-Za-z0-9_-]{6,}",
        r"\bSG\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}",
        r"\bnpm_[A-Za-z0-9]{16,}",
        r"\bpypi-[A-Za-z0-9_-]{16,}",
        r"\bdo[opr]_v1_[a-f0-9]{16,}",
        r"\bhv[sbr]\.[A-Za-z0-9_-]{6,}",
        r"\bdckr_[a-z]+_[A-Za-z0-9_-]{6,}",
        r"\bhf_[A-Za-z0-9]{16,}",
        r"\bAGE-SECRET-KEY-1[A-Z0-9]{6,}",
    ];
    Regex::new(&patterns.join("|")).expect("a fixed pattern")
});

/// What each of these tokens begins with. A text without any of it needs no look at the patterns, which are made only
/// for texts that do: that takes longer than most commands.
const BEGINNINGS: [&str; 23] = [
    "-----BEGIN ",
    "AGE-",
    "sk_",
    "rk_",
    "whsec_",
    "sk-",
    "gh",
    "github_pat_",
    "gl",
    "xox",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "eyJ",
    "ya29.",
    "SG.",
    "npm_",
    "pypi-",
    "do",
    "hv",
    "dckr_",
    "hf_",
];

/// The secret part of an address of a webhook.
static WEBHOOKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/webhooks/)([A-Za-z0-9_/-]+)",
    )
    .expect("a fixed pattern")
});

/// `user:password@host` without a scheme.
static LOGIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s"'`=(])[^\s"'`/@:=()]+:([^\s"'`/@]+)@([A-Za-z0-9\[][^\s"'`]*)"#)
        .expect("a fixed pattern")
});

/// Places of secrets in a text of any kind: tokens, private keys, passwords in addresses.
#[must_use]
pub fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    if may_have_token(text) {
        let tokens = TOKENS.find_iter(text).filter(|found| is_token(found.as_str()));
        found.extend(tokens.map(|found| found.range()));
    }
    if text.contains("hooks") {
        found.extend(WEBHOOKS.captures_iter(text).filter_map(|found| Some(found.get(1)?.range())));
    }
    if !text.contains('@') {
        return found;
    }
    found.extend(passwords(text));
    // An image with a tag and a digest looks like a login: `nginx:1.27@sha256:…`.
    let is_login = |host: &str| !host.starts_with("sha256:") && !host.starts_with("sha512:");
    let logins = LOGIN.captures_iter(text).filter(|found| is_login(&found[2]));
    found.extend(logins.filter_map(|found| Some(found.get(1)?.range())));
    found
}

/// Those of [`tokens`], and words that look random.
pub(super) fn unnamed(value: &str) -> Vec<Range<usize>> {
    let mut found = tokens(value);
    let is_digest = |at: usize| {
        let before = value[..at].to_ascii_lowercase();
        ["sha1:", "sha256:", "sha384:", "sha512:", "md5:"].iter().any(|kind| before.ends_with(kind))
    };
    let random = words(value).filter(|word| is_random(&value[word.clone()]) && !is_digest(word.start));
    found.extend(random);
    found
}

/// Words that are long enough to be random.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    const LONG: usize = 20;
    let mut at = 0;
    let words = text.as_bytes().split(|byte| !byte.is_ascii_alphanumeric() && !b"+/_=-".contains(byte));
    let words = words.map(move |word| {
        let start = at;
        at += word.len() + 1;
        start..start + word.len()
    });
    words.filter(|word| word.len() >= LONG)
}

/// Whether a text has the beginning of a token.
fn may_have_token(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    // Only few characters begin one, at the beginning of a word.
    let may_begin = |&at: &usize| match bytes[at] {
        b'-' => true,
        byte => b"srwgxAeySnpdh".contains(&byte) && (at == 0 || !is_part(bytes[at - 1])),
    };
    (0..bytes.len())
        .filter(may_begin)
        .any(|at| BEGINNINGS.iter().any(|beginning| bytes[at..].starts_with(beginning.as_bytes())))
}

/// `sk-learn-image` is a name; a token has digits or capitals.
fn is_token(text: &str) -> bool {
    !text.starts_with("sk-")
        || text[3..].bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// Whether a word looks as if it had been drawn at random: it has a long part in which small letters, capitals and
/// digits follow each other without order. Digests, ids, versions, paths and names have not.
pub(super) fn is_random(word: &str) -> bool {
    const LONG: usize = 16;
    // Public keys of SSH, and digests of subresources.
    let lower = word.to_ascii_lowercase();
    if word.starts_with("AAAA")
        || ["sha256-", "sha384-", "sha512-"].iter().any(|kind| lower.starts_with(kind))
    {
        return false;
    }
    let runs = word
        .as_bytes()
        .windows(2)
        .filter(|pair| !pair[0].is_ascii_digit() && pair[1].is_ascii_digit())
        .count();
    runs > 1
        && word.split(['/', '_', '-', '+', '=']).any(|part| {
            let count = |of: fn(&u8) -> bool| part.bytes().filter(of).count();
            let (lower, upper, digits) =
                (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase), count(u8::is_ascii_digit));
            let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
            let changes = part.as_bytes().windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
            part.len() >= LONG && lower > 1 && upper > 1 && digits > 0 && changes * 3 >= part.len()
        })
}

/// Where in a text passwords of URLs stand: `…://user:HERE@host`, and `http://HERE@host`.
#[must_use]
pub fn passwords(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, colon) in text.match_indices("://") {
        // One URL may stand in the query of another.
        if found.last().is_none_or(|last| last.end <= at) {
            found.extend(password(text, at, at + colon.len()));
        }
    }
    found
}

/// The password of the URL whose scheme ends at `scheme`, and whose rest begins at `start`.
fn password(text: &str, scheme: usize, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let rest = &rest[..rest.find(|c: char| c.is_whitespace() || "\"'`".contains(c)).unwrap_or(rest.len())];
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let colon = rest[..host_end].find(':');
    // A password may well have a `/` in it, a port never.
    let is_port = |colon: usize| rest[colon + 1..host_end].bytes().all(|byte| byte.is_ascii_digit());
    let end = match rest[..host_end].rfind('@') {
        Some(end) => end,
        None => colon.filter(|&colon| !is_port(colon)).and_then(|_| rest.rfind('@'))?,
    };
    match colon.filter(|&colon| colon < end) {
        Some(colon) => Some(start + colon + 1..start + end),
        // On the web a user alone is a token.
        None if text[..scheme].to_ascii_lowercase().ends_with("http") => Some(start..start + end),
        None if text[..scheme].to_ascii_lowercase().ends_with("https") => Some(start..start + end),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{masked, secrets},
        *,
    };

    #[test]
    fn what_stands_behind_the_name_of_a_secret_within_a_value_is_hidden() {
        for (value, shown) in [
            ("server --token abc12 --verbose", "server --token *** --verbose"),
            ("host=db password=tiger dbname=shop", "host=db password=*** dbname=shop"),
            ("Server=db;Password=tiger;Timeout=3", "Server=db;Password=***;Timeout=3"),
            (r#"{"api_key": "abc12", "port": 80}"#, r#"{"api_key": "***", "port": 80}"#),
            ("curl -u ann:tiger db/health", "curl -u ann:*** db/health"),
        ] {
            assert_eq!(masked(value, secrets(value)), shown);
            assert_eq!(super::super::shown_value("OPTIONS", value), shown);
        }
        for open in ["--verbose 3", "host=db port=3", "-u ann"] {
            assert_eq!(masked(open, secrets(open)), open);
        }
    }

    #[test]
    fn tokens_and_private_keys_are_found_in_any_text() {
        for (text, shown) in [
            ("key sk_live_4eC39HqLyjWD is wrong", "key *** is wrong"),
            ("sk-proj-Abc123def456", "***"),
            ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "***"),
            ("x=github_pat_11ABCDE0_abc", "x=***"),
            ("glpat-xyz-12ab", "***"),
            ("xoxb-1234-abcd", "***"),
            ("AKIAIOSFODNN7EXAMPLE", "***"),
            ("AIzaSyA-1234567", "***"),
            ("Bearer eyJhbGciOi.eyJzdWIi.sig_na-ture", "Bearer ***"),
            ("a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- b", "a *** b"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n", "***"),
            ("https://hooks.slack.com/services/T0/B0/x1", "https://hooks.slack.com/services/***"),
            ("https://discord.com/api/webhooks/1/x1", "https://discord.com/api/webhooks/***"),
            ("rk_test_4eC39HqLyjWD", "***"),
            ("whsec_4eC39HqL", "***"),
            ("\u{e9}gho_16C7e42F", "\u{e9}gho_16C7e42F"),
            ("(gho_16C7e42F", "(***"),
            ("xapp-1-A0-x1", "***"),
            ("ASIAIOSFODNN7EXAMPLE", "***"),
            ("ya29.a0AfH6SM", "***"),
            ("SG.abcdef.ghijkl", "***"),
            ("npm_abcdefghij012345", "***"),
            ("pypi-AgEIcHlwaS5vcmcC", "***"),
            ("dop_v1_0123456789abcdef", "***"),
            ("hvs.CAESIJ", "***"),
            ("dckr_pat_a1b2c3", "***"),
            ("hf_abcdefghijklmnop", "***"),
            ("AGE-SECRET-KEY-1QQQQQQ", "***"),
            ("no user:hunter2@db:5432", "no user:***@db:5432"),
        ] {
            assert_eq!(masked(text, tokens(text)), shown, "{text}");
        }
        for open in [
            "unauthorized: authentication required",
            "authorized: yes",
            "nginx:1.27@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "task-manager-2000-runner",
            "sk-learn-image",
            "-----BEGIN CERTIFICATE-----",
            "ssh://ops@node1:22/run/docker.sock",
            "shop@example.com:80",
            "02:42:ac:11:00:02",
        ] {
            assert_eq!(masked(open, tokens(open)), open);
        }
    }

    #[test]
    fn random_values_are_found_and_ids_are_not() {
        for random in [
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzKEYAB12",
            "Zx9kQ2mN7vB4tR8wL1pS",
            "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ",
        ] {
            assert_eq!(masked(random, secrets(random)), "***", "{random}");
        }
        for open in [
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B",
            "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg",
            "123e4567-e89b-12d3-a456-426614174000",
            "/usr/lib/x86_64-linux-gnu/Python3/site-packages",
            "registry.example.com/team/ServiceName2024:1.27.3-alpine3.19",
            "dxn1zf6l61qsb1josjja83ngz",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "MyVeryLongServiceNameForProduction2024",
            "-Xmx512m -XX:+UseG1GC -XX:MaxGCPauseMillis=200",
            "02:42:ac:11:00:02",
            "2026-11-27T07:07:17.123456789Z",
            "v1.2.3-rc.1+build.20260101",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8x9Kq2Lm3Nb4Vc5Xz6",
        ] {
            assert_eq!(masked(open, secrets(open)), open);
        }
    }

    #[test]
    fn passwords_of_urls_are_found() {
        for (text, shown) in [
            ("postgres://u:hunter2@h/db", "postgres://u:***@h/db"),
            ("x redis://:hunter2@h:6379/0 y", "x redis://:***@h:6379/0 y"),
            ("postgres://u:hun/ter@2@h:5432/db", "postgres://u:***@h:5432/db"),
            ("https://t0ken@git.example/x", "https://***@git.example/x"),
            ("ssh://ops@node1:22/run/docker.sock", "ssh://ops@node1:22/run/docker.sock"),
            ("http://h:80/a@b", "http://h:80/a@b"),
            ("a://b:c@d,e://f:g@h", "a://b:***@d,e://f:***@h"),
            ("mongodb://h1:1,h2:2/x", "mongodb://h1:1,h2:2/x"),
        ] {
            assert_eq!(masked(text, passwords(text)), shown);
        }
    }

    proptest! {
        #[test]
        fn any_text_has_places_in_it(text in ".{0,8}://.{0,8}[:@/]?.{0,8}@?.{0,8}(://.{0,8}:.{0,4}@)?") {
            for place in secrets(&text) {
                prop_assert!(text.get(place).is_some());
            }
        }
    }
}
