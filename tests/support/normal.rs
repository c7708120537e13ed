//! Texts without what differs from run to run.

use std::sync::LazyLock;

use regex::Regex;

/// What differs, and what stands for it. Where columns follow, the stand-in is as wide.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        // Where the last line is wrapped depends on the time in it.
        (r"(?m)^(✓ [^\n]*)\n {2}(\S)", "$1 $2"),
        (r"\b[0-9a-f]{64}\b", "ID"),
        (r"\b[0-9a-f]{12}\b", "0123456789ab"),
        (r"(\bin |\btook |\()[0-9]+\.[0-9]+ s\b", "${1}0.1 s"),
        // A check whose last try takes longer than its time is told with the time that it took.
        (r"within [0-9.]+ s \([0-9]+ (try|tries)\)", "within 1 s (7 tries)"),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC", "2026-11-27 10:02:11 UTC"),
        // Where an age is wrapped depends on its words.
        (
            r"(?i)\n\s+(less\s+than\s+a\s+second|[0-9]+\s+seconds?|about\s+a\s+minute)\s+ago\b",
            " 1 second ago",
        ),
        (r"(?i)\b(less\s+than\s+a\s+second|[0-9]+\s+seconds?|about\s+a\s+minute)\s+ago\b", "1 second ago"),
        (r"\b(up|Up) (less than a second|[0-9]+ seconds?|about a minute)", "$1 1 second"),
        // What began to run less than a second ago is verified, and counted, as well.
        (r", [0-9]+ checked", ""),
        (r"; [0-9]+ will be checked", ""),
        // The time since the run began, and lines about what takes long.
        (r"(?m)^[0-9]{2}:[0-9]{2} [^\n]*( …|: done(:[^\n]*)? \([^\n]*\))\n", ""),
        (r"(?m)^[0-9]{2}:[0-9]{2} ", "00:00 "),
        (r"(less than a minute|\b[0-9]+ minutes?) ago", "less than a minute ago"),
        (r#""milliseconds":( ?)[0-9]+"#, r#""milliseconds":${1}1"#),
    ]
    .map(|(pattern, stand_in)| (Regex::new(pattern).unwrap(), stand_in))
    .into()
});

/// The text with stand-ins.
pub fn text(text: &str) -> String {
    let text = with_revisions_on_one_line(&with_tries_on_one_line(text));
    RULES.iter().fold(text, |text, (pattern, stand_in)| pattern.replace_all(&text, *stand_in).into_owned())
}

/// The text in which a reason that counts tries is one line: where it is wrapped depends on how many there were.
fn with_tries_on_one_line(text: &str) -> String {
    static REASON: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^ {4}reason {3}\S[^\n]*(\n {13}\S[^\n]*)*$").unwrap());
    let join = |reason: &regex::Captures<'_>| {
        let joined = unwrapped(&reason[0]);
        if joined.contains(" tries);") || joined.contains(" try);") { joined } else { reason[0].to_owned() }
    };
    REASON.replace_all(text, join).into_owned()
}

/// The text in which what `history` says of a revision, and of a change, is one line each: where they are wrapped depends on
/// the names of this machine and of the environment.
fn with_revisions_on_one_line(text: &str) -> String {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^(\d+, [^\n]* UTC|  \S+ @|  cannot be restored: )[^\n]*(\n {4}\S[^\n]*)+$").unwrap()
    });
    LINE.replace_all(text, |line: &regex::Captures<'_>| unwrapped(&line[0])).into_owned()
}

/// The text with its indented lines behind the lines that they continue.
pub fn unwrapped(text: &str) -> String {
    unwrapped_from(text, 2)
}

/// The text with lines that are indented by so many columns behind the lines that they continue.
pub fn unwrapped_from(text: &str, columns: usize) -> String {
    Regex::new(&format!(r"\n {{{columns},}}")).unwrap().replace_all(text, " ").into_owned()
}

/// The text without lines about steps that begin: of two at once either may begin first.
pub fn without_beginnings(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.trim_end().ends_with(" …")).collect()
}

/// The text without logs of one line: a container that fails at once may not have written it yet, and Docker 26.1 may
/// tell it later than the container's end.
pub fn without_logs(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.starts_with("    log      ")).collect()
}

/// The text without the fingerprints of keys.
pub fn without_fingerprints(text: &str) -> String {
    Regex::new("SHA256:[A-Za-z0-9+/]{43}").unwrap().replace_all(text, "SHA256:FINGERPRINT").into_owned()
}

/// The text without the times of day and their dates.
pub fn without_dates(text: &str) -> String {
    let date = Regex::new("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}").unwrap();
    date.replace_all(text, "2026-11-22 12:00:00").into_owned()
}

#[test]
fn an_age_is_the_same_wherever_it_is_wrapped() {
    let wrapped =
        |line: &str| text(&format!("  + server  start  its old container is down (Exited (0){line})\n"));
    let whole = wrapped(" 1 second ago");
    for line in [
        "\n             Less than a second ago",
        " 1\n             second ago",
        " 12 seconds\n             ago",
    ] {
        assert_eq!(wrapped(line), whole);
    }
}
