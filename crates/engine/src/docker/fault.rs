//! What an engine's words about a fetch of an image mean. Whatever a registry answers, engines say HTTP 500 or, once the
//! layers are coming, 200 and an error in the stream: so their words are all there is. Those in the tests are of real
//! engines, 20.10 and 28.5.

use maestro_core::model::registry::PullFault;

/// Words by their meaning, in lower case. Single words come last: they could be part of a registry's or an image's name.
const MEANINGS: &[(PullFault, &[&str])] = &[
    (PullFault::DiskFull, &["no space left on device", "disk quota exceeded"]),
    (PullFault::WrongPlatform, &["no matching manifest for", "does not match the specified platform"]),
    (PullFault::PlainHttp, &["server gave http response to https client"]),
    (
        PullFault::Untrusted,
        &["x509: ", "tls: failed to verify", "remote error: tls", "first record does not look like a tls"],
    ),
    (
        PullFault::Unreachable,
        &[
            "connection refused",
            "connection reset",
            "no such host",
            "no route to host",
            "network is unreachable",
            "server misbehaving",
            "temporary failure in name resolution",
            "i/o timeout",
            "tls handshake timeout",
            "client.timeout exceeded",
            "context deadline exceeded",
            "broken pipe",
            "unexpected eof",
            ": eof",
            "dial tcp",
        ],
    ),
    (PullFault::TooMany, &["toomanyrequests", "too many requests", "http 429"]),
    (PullFault::NoLogin, &["no basic auth credentials"]),
    (
        PullFault::WrongLogin,
        &["unauthorized", "incorrect username or password", "authentication required", "http 401"],
    ),
    (
        PullFault::NoSuchImage,
        &[
            "manifest unknown",
            "name unknown",
            "repository does not exist",
            "repository name not known",
            "not found: ",
            "denied",
            "forbidden",
            "http 403",
            "http 404",
        ],
    ),
];

/// What the words mean. `status` is the engine's own, which tells the least; `logged_in` says whether a login was sent.
pub(super) fn fault(status: u16, words: &str, logged_in: bool) -> PullFault {
    let small = words.to_lowercase();
    if let Some(status) = registry_status(&small) {
        return match status {
            401 => refused(logged_in),
            403 | 404 => PullFault::NoSuchImage,
            429 => PullFault::TooMany,
            _ => PullFault::Broken { status: Some(status) },
        };
    }
    let meant = MEANINGS.iter().find(|(_, words)| words.iter().any(|word| small.contains(word)));
    match meant.map(|(fault, _)| *fault) {
        // An engine may not use a login that it was sent: then the registry did not say how to.
        Some(PullFault::WrongLogin | PullFault::NoLogin) => refused(logged_in),
        Some(fault) => fault,
        None if status == 401 => refused(logged_in),
        None if status == 403 || status == 404 => PullFault::NoSuchImage,
        None if status == 429 => PullFault::TooMany,
        None => PullFault::Other,
    }
}

fn refused(logged_in: bool) -> PullFault {
    if logged_in { PullFault::WrongLogin } else { PullFault::NoLogin }
}

/// The registry's own status, in `received unexpected HTTP status: 503 Service Unavailable`, or as containerd's store says it,
/// in `unexpected status from HEAD request to http://host/v2/app/manifests/1: 503 Service Unavailable`.
fn registry_status(small: &str) -> Option<u16> {
    let of_store = || small.split_once("unexpected status from ")?.1.split_once(": ");
    let (_, rest) = small
        .split_once("unexpected http status: ")
        .or(small.split_once("unexpected status code "))
        .or_else(of_store)?;
    let number = rest.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().len();
    let digits: String = rest.chars().skip(number).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn all(expected: PullFault, logged_in: bool, words: &[&str]) {
        for words in words {
            assert_eq!(fault(500, words, logged_in), expected, "{words}");
        }
    }

    #[test]
    fn a_status_is_read_as_containerds_store_says_it() {
        for (status, expected) in [
            ("401 Unauthorized", PullFault::NoLogin),
            ("403 Forbidden", PullFault::NoSuchImage),
            ("429 Too Many Requests", PullFault::TooMany),
            ("503 Service Unavailable", PullFault::Broken { status: Some(503) }),
        ] {
            let words = format!(
                "unknown: failed to resolve reference \"127.0.0.1:5001/app:1\": unexpected status from HEAD request to \
                 http://127.0.0.1:5001/v2/app/manifests/1: {status}"
            );
            all(expected, false, &[&words]);
        }
    }

    #[test]
    fn a_login_is_missing_or_wrong() {
        let words = [
            r#"Head "http://127.0.0.1:5001/v2/app/manifests/1": no basic auth credentials"#,
            "unauthorized: authentication required",
            "unauthorized",
            "error parsing HTTP 401 response body: unexpected end of JSON input: \"\"",
            r#"Head "https://registry-1.docker.io/v2/library/x/manifests/1": unauthorized: incorrect username or password"#,
        ];
        all(PullFault::NoLogin, false, &words);
        all(PullFault::WrongLogin, true, &words);
        // Engine 28 passes the status on.
        assert_eq!(fault(401, "who are you?", true), PullFault::WrongLogin);
    }

    #[test]
    fn an_image_is_not_there_or_not_shown() {
        let words = [
            "manifest for 127.0.0.1:5001/app:9 not found: manifest unknown: manifest unknown",
            "pull access denied for none, repository does not exist or may require 'docker login': denied: requested \
             access to the resource is denied",
            "denied",
            "error parsing HTTP 403 response body: unexpected end of JSON input: \"\"",
            "error parsing HTTP 404 response body: unexpected end of JSON input: \"\"",
        ];
        all(PullFault::NoSuchImage, false, &words);
        all(PullFault::NoSuchImage, true, &words);
        assert_eq!(fault(404, "gone", true), PullFault::NoSuchImage);
    }

    #[test]
    fn a_registry_has_an_error_of_its_own() {
        for (status, words) in [
            (500, "received unexpected HTTP status: 500 Internal Server Error"),
            (502, "received unexpected HTTP status: 502 Bad Gateway"),
            (503, "received unexpected HTTP status: 503 Service Unavailable"),
            (504, "received unexpected HTTP status: 504 Gateway Timeout"),
        ] {
            assert_eq!(fault(500, words, true), PullFault::Broken { status: Some(status) });
        }
        let limits = [
            "toomanyrequests: You have reached your pull rate limit.",
            "error parsing HTTP 429 response body: unexpected end of JSON input: \"\"",
        ];
        all(PullFault::TooMany, false, &limits);
    }

    #[test]
    fn a_registry_is_not_reached() {
        let words = [
            r#"Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused"#,
            r#"Get "https://registry.nowhere.example/v2/": dial tcp: lookup registry.nowhere.example on 10.0.0.53:53: no such host"#,
            r#"Get "https://r.example/v2/": dial tcp: lookup r.example on 10.0.0.53:53: dial udp 10.0.0.53:53: connect: network is unreachable"#,
            r#"Get "http://127.0.0.1:5003/v2/": read tcp 127.0.0.1:5->127.0.0.1:5003: read: connection reset by peer"#,
            r#"Head "http://127.0.0.1:5003/v2/app/manifests/1": EOF"#,
            r#"Get "https://r.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"#,
        ];
        all(PullFault::Unreachable, true, &words);
        // In the midst of a layer.
        all(PullFault::Unreachable, true, &["unexpected EOF"]);
        let name = r#"Get "https://forbidden.example/v2/": dial tcp: lookup forbidden.example: no such host"#;
        all(PullFault::Unreachable, false, &[name]);
    }

    #[test]
    fn a_registry_is_not_trusted() {
        let certificate = [
            r#"Get "https://198.51.100.53:5443/v2/": x509: certificate signed by unknown authority"#,
            r#"Get "https://198.51.100.53:5443/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority"#,
        ];
        all(PullFault::Untrusted, false, &certificate);
        let plain =
            r#"Get "https://198.51.100.53:5004/v2/": http: server gave HTTP response to HTTPS client"#;
        all(PullFault::PlainHttp, false, &[plain]);
    }

    #[test]
    fn a_ship_cannot_take_the_image() {
        let full = [
            "write /var/lib/docker/tmp/GetImageBlob3409588133: no space left on device",
            "failed to register layer: Error processing tar file(exit status 1): write /rnd: no space left on device",
            "failed to register layer: write /rnd: no space left on device",
        ];
        all(PullFault::DiskFull, false, &full);
        let platform = "no matching manifest for linux/amd64 in the manifest list entries";
        all(PullFault::WrongPlatform, false, &[platform]);
    }

    #[test]
    fn what_is_not_known_stays_so() {
        let words = [
            "unknown: the registry is ill",
            "error unmarshalling content: invalid character '<' looking for beginning of value",
            "filesystem layer verification failed for digest sha256:12dea420c7b52c64ebca3dcfb6e8ec230ca601e283f547012",
            "",
        ];
        all(PullFault::Other, true, &words);
    }
}
