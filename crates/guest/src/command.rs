//! The command line, read without a crate.

use std::{fmt::Write as _, time::Duration};

use super::{ask::Question, surroundings::Side, trouble::Trouble};

/// What was typed.
pub(super) enum Parsed {
    /// How it is used, which was asked for.
    Help(String),
    /// A question.
    Question { question: Question, json: bool },
}

/// Name of a question, what it wants, its options, and what it asks.
type Usage = (&'static str, &'static [&'static str], &'static [&'static str], &'static str);

const QUESTIONS: &[Usage] = &[
    ("environment", &[], &[], "name of the environment; `local` outside of one"),
    ("service", &[], &[], "name of the service that this container belongs to"),
    ("container", &[], &[], "name of this container"),
    ("host", &[], &["--ip"], "address of the host that this container runs on"),
    ("address", &[], &[], "this container's own address, on eth0"),
    ("port", &["NAME"], &["--default N"], "a port of this container, as it is inside"),
    ("ports", &[], &[], "all ports of this container, as they are inside"),
    (
        "nodes",
        &["SERVICE", "[PORT…]"],
        &["--minimum N", "--separator TEXT"],
        "hosts of a service's containers, each with those ports: host:port:port",
    ),
    ("host-of", &["SERVICE", "CONTAINER"], &[], "host that a container of a service runs on"),
    ("port-of", &["SERVICE", "CONTAINER", "PORT"], &["--default N"], "a port as it is on that host"),
    (
        "internal-port-of",
        &["SERVICE", "CONTAINER", "PORT"],
        &["--default N"],
        "a port as it is inside; known of this container's own service",
    ),
    (
        "reach",
        &["NAME", "[PORT…]"],
        &["--seconds N"],
        "whether something answers at ports of a name: a line for each of its addresses",
    ),
    ("listening", &[], &[], "TCP ports at which programs of this container listen"),
];

/// How long `reach` waits for an answer, in seconds.
const SECONDS: u64 = 5;

/// Options and what they were given.
#[derive(Default)]
struct Options {
    json: bool,
    ip: bool,
    default: Option<String>,
    minimum: Option<usize>,
    separator: Option<String>,
    seconds: Option<u64>,
}

pub(super) fn parse(program: &str, words: &[String]) -> Result<Parsed, Trouble> {
    if words.iter().any(|word| word == "--help" || word == "-h") {
        return Ok(Parsed::Help(help(program)));
    }
    let usage = |text: String| Err(Trouble::Usage(text));
    let Some(name) = words.iter().find(|word| !word.starts_with("--")) else {
        return usage(help(program));
    };
    let Some(&(question, wants, allowed, _)) = QUESTIONS.iter().find(|(known, ..)| known == name) else {
        return usage(format!("there is no question `{name}`; `{program} --help` lists them"));
    };
    let (mut given, options) = options(question, allowed, words)?;
    given.remove(0);
    let needed: Vec<&str> = wants.iter().copied().filter(|want| !want.starts_with('[')).collect();
    if let Some(missing) = needed.get(given.len()) {
        return usage(format!(
            "{question} wants a {missing}: `{program} {}`",
            line(question, wants, allowed)
        ));
    }
    if needed.len() == wants.len()
        && let Some(extra) = given.get(needed.len())
    {
        return usage(format!("{question} wants nothing more, but there is `{extra}`"));
    }
    let json = options.json;
    Ok(Parsed::Question { question: read(question, given, options)?, json })
}

/// The question of that name, whose arguments were counted.
fn read(question: &str, given: Vec<String>, options: Options) -> Result<Question, Trouble> {
    let mut given = given.into_iter();
    let mut next = || given.next().unwrap_or_default();
    Ok(match question {
        "environment" => Question::Environment,
        "service" => Question::Service,
        "container" => Question::Container,
        "host" => Question::Host { ip: options.ip },
        "address" => Question::Address,
        "port" => Question::Port { name: next(), default: options.default },
        "ports" => Question::Ports,
        "nodes" => Question::Nodes {
            service: next(),
            ports: given.collect(),
            minimum: options.minimum.unwrap_or(1),
            separator: options.separator.unwrap_or_else(|| "\n".to_owned()),
        },
        "reach" => Question::Reach {
            name: next(),
            ports: given.map(|port| number("reach", "numbers of ports", &port)).collect::<Result<_, _>>()?,
            patience: Duration::from_secs(options.seconds.unwrap_or(SECONDS).max(1)),
        },
        "listening" => Question::Listening,
        "host-of" => Question::HostOf { service: next(), container: next() },
        other => Question::PortOf {
            service: next(),
            container: next(),
            port: next(),
            default: options.default,
            side: if other == "port-of" { Side::External } else { Side::Internal },
        },
    })
}

/// Tells words from options.
fn options(question: &str, allowed: &[&str], words: &[String]) -> Result<(Vec<String>, Options), Trouble> {
    let mut options = Options::default();
    let mut given = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if !word.starts_with("--") {
            given.push(word.clone());
            continue;
        }
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        if name != "--json" && !allowed.iter().any(|option| option.split(' ').next() == Some(name)) {
            return Err(Trouble::Usage(format!("{question} has no option {name}")));
        }
        let value = || {
            let value = inline.or_else(|| words.next().cloned());
            value.ok_or_else(|| Trouble::Usage(format!("{name} wants a value")))
        };
        match name {
            "--json" => options.json = true,
            "--ip" => options.ip = true,
            "--default" => {
                let port: u16 = number(name, "a port's number", &value()?)?;
                options.default = Some(port.to_string());
            }
            "--seconds" => options.seconds = Some(number(name, "a number", &value()?)?),
            "--minimum" => options.minimum = Some(number(name, "a number", &value()?)?),
            _ => options.separator = Some(value()?),
        }
    }
    Ok((given, options))
}

fn number<T: std::str::FromStr>(option: &str, what: &str, text: &str) -> Result<T, Trouble> {
    text.parse().map_err(|_| Trouble::Usage(format!("{option} wants {what}, but there is `{text}`")))
}

fn line(question: &str, wants: &[&str], options: &[&str]) -> String {
    let options = options.iter().map(|option| format!("[{option}]"));
    [question.to_owned()]
        .into_iter()
        .chain(wants.iter().map(|&want| want.to_owned()))
        .chain(options)
        .collect::<Vec<_>>()
        .join(" ")
}

fn help(program: &str) -> String {
    let mut text = format!(
        "Answers what a container's start script asks of the environment that Maestro gave it\n\n\
         Usage: {program} [--json] QUESTION\n\nQuestions:\n"
    );
    for (question, wants, options, about) in QUESTIONS {
        // Writing to a String cannot fail.
        let _ = write!(text, "  {}\n      {about}\n", line(question, wants, options));
    }
    text.push_str("\nExit codes: 0 answered; 1 the environment does not say it; 2 not a question");
    text
}
