//! What a check of a container saw that did not pass.

use super::{engine, pull};
use maestro_core::{
    event::{CopiedAmount, StepProgress},
    fault::{HealthRun, HttpFault, Probe, ProbeFault},
};

/// What is checked: `TCP port 10.0.0.1:80`.
#[must_use]
pub fn probe(probe: &Probe) -> String {
    match probe {
        Probe::Check(what) => what.clone(),
        Probe::StaysUp(time) => format!("staying up for {} ms", time.as_millis()),
    }
}

/// How far a step is: `12 of 40 MB`, `try 9: HTTP status 503`.
#[must_use]
pub fn progress(progress: &StepProgress) -> String {
    match progress {
        StepProgress::Pulled(amount) => pull::amount(amount),
        StepProgress::Copied(amount) => copied(amount),
        StepProgress::Tried { tries, last } => format!("try {tries}: {}", sentence(last)),
    }
}

/// How much of a volume was copied: `12 of 40 MB`, `verifying: 3 of 40 MB`.
pub(crate) fn copied(amount: &CopiedAmount) -> String {
    let verifying = if amount.is_verifying { "verifying: " } else { "" };
    let [bytes, total] =
        [Some(amount.bytes), amount.total_bytes].map(|bytes| bytes.map(|bytes| bytes.div_ceil(1_000_000)));
    match (bytes.unwrap_or_default(), total) {
        (bytes, Some(total)) => format!("{verifying}{bytes} of {total} MB"),
        (bytes, None) => format!("{verifying}{bytes} MB"),
    }
}

/// What a try saw, as a clause.
#[must_use]
pub fn sentence(fault: &ProbeFault) -> String {
    match fault {
        ProbeFault::Words(words) => words.clone(),
        ProbeFault::Engine(fault) => engine::sentence(fault),
        ProbeFault::Timeout(time) => {
            let hundredths = (time.as_secs_f64() * 100.0).round() / 100.0;
            format!("it had not come to an end after {hundredths} s")
        }
        ProbeFault::Restarted => "it had ended, and the engine had started it again".to_owned(),
        ProbeFault::Runs => "it is still running".to_owned(),
        ProbeFault::NoContainer => "there is no such container".to_owned(),
        ProbeFault::NoHealthcheck => {
            "there is none; give the image one, or check with `tcp`, `http`, `exec` or `rexec`".to_owned()
        }
        ProbeFault::Health { status, last } => format!("{status}; {}", last_run(last.as_ref())),
        ProbeFault::NoProgram(name) => format!("there is no program `{name}` on this machine"),
        ProbeFault::NotExecutable(name) => {
            format!("`{name}` may not be run: make it executable (`chmod +x {name}`)")
        }
        ProbeFault::NotStarted(words) => format!("it could not be begun: {words}"),
        ProbeFault::EndUnseen(words) => format!("its end was not seen: {words}"),
        ProbeFault::Signal(signal) => format!("signal {signal} ended it"),
        ProbeFault::Exited { exit_code, last_line: Some(line) } => {
            format!("exit code {exit_code}; the last line that it wrote: {line}")
        }
        ProbeFault::Exited { exit_code, last_line: None } => {
            format!("exit code {exit_code}; it wrote nothing")
        }
        ProbeFault::NotInContainer { exit_code, name } => {
            format!("exit code {exit_code}: there is no program `{name}` in it")
        }
        ProbeFault::NotListening => {
            "the port is published, but nothing listens in the container yet".to_owned()
        }
        ProbeFault::Http { fault, proxy: None } => http(fault),
        ProbeFault::Http { fault, proxy: Some(proxy) } => {
            format!("{} (through the proxy {proxy}, which may have answered in its place)", http(fault))
        }
    }
}

/// What the last run of a `HEALTHCHECK` saw, as a clause.
#[must_use]
pub fn last_run(last: Option<&HealthRun>) -> String {
    match last {
        None => "it was not run yet".to_owned(),
        Some(HealthRun { exit_code, words: Some(words) }) => {
            format!("its last run ended with exit code {exit_code} and wrote: {words}")
        }
        Some(HealthRun { exit_code, words: None }) => {
            format!("its last run ended with exit code {exit_code} and wrote nothing")
        }
    }
}

fn http(fault: &HttpFault) -> String {
    match fault {
        HttpFault::Words(words) => words.clone(),
        HttpFault::Unknown => "the request failed".to_owned(),
        HttpFault::InvalidAddress(words) => format!("its address is no URL: {words}"),
        HttpFault::Proxy(fault) => format!("a proxy cannot be used: {}", http(fault)),
        HttpFault::Authorities(fault) => {
            format!("the certificates of `verify` cannot be read: {}", http(fault))
        }
        HttpFault::Identity(fault) => {
            format!("the certificate and key of `cert` cannot be read: {}", http(fault))
        }
        HttpFault::ConnectTimeout => "no connection in time".to_owned(),
        HttpFault::Timeout => "no answer in time".to_owned(),
        HttpFault::Closed => "the connection was closed without an answer".to_owned(),
        HttpFault::Redirections(most) => format!("more than {most} redirections"),
        HttpFault::RedirectedNowhere => "it is redirected to nowhere".to_owned(),
        HttpFault::Status(status) => format!("HTTP status {status}"),
        HttpFault::EmptyBody { status } => format!("HTTP status {status} with an empty body"),
        HttpFault::NoMatch { status, pattern, begins } => {
            format!("HTTP status {status} with a body without `{pattern}` in it, which begins: {begins}")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_a_command_did_is_told_in_few_words() {
        let exited = |last_line: Option<&str>| {
            sentence(&ProbeFault::Exited { exit_code: 3, last_line: last_line.map(str::to_owned) })
        };
        insta::assert_snapshot!(exited(Some("two")), @"exit code 3; the last line that it wrote: two");
        insta::assert_snapshot!(exited(None), @"exit code 3; it wrote nothing");
        insta::assert_snapshot!(sentence(&ProbeFault::Signal(9)), @"signal 9 ended it");
        insta::assert_snapshot!(sentence(&ProbeFault::NoProgram("/no/such".into())), @"there is no program `/no/such` on this machine");
        insta::assert_snapshot!(sentence(&ProbeFault::Timeout(Duration::from_millis(1234))), @"it had not come to an end after 1.23 s");
        let last = Some(HealthRun { exit_code: 1, words: Some("no route".into()) });
        insta::assert_snapshot!(sentence(&ProbeFault::Health { status: "starting".into(), last }), @"starting; its last run ended with exit code 1 and wrote: no route");
    }

    #[test]
    fn what_an_http_request_got_is_told_with_its_proxy() {
        let http = |fault, proxy: Option<&str>| {
            sentence(&ProbeFault::Http { fault: Box::new(fault), proxy: proxy.map(str::to_owned) })
        };
        let status = || "200 OK".to_owned();
        let no_match =
            HttpFault::NoMatch { status: status(), pattern: "all.UP".into(), begins: "starting".into() };
        insta::assert_snapshot!(http(no_match, None), @"HTTP status 200 OK with a body without `all.UP` in it, which begins: starting");
        insta::assert_snapshot!(http(HttpFault::EmptyBody { status: status() }, None), @"HTTP status 200 OK with an empty body");
        insta::assert_snapshot!(http(HttpFault::Status("503 Oh".into()), Some("proxy:3128")), @"HTTP status 503 Oh (through the proxy proxy:3128, which may have answered in its place)");
        insta::assert_snapshot!(http(HttpFault::Redirections(30), None), @"more than 30 redirections");
    }
}
