//! `image`: what Docker takes as the name of an image.

use crate::document::{interpolation::as_template, scalar::as_scalar, wrong::Wrong};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help},
    source::Spanned,
};

/// Says what no engine would accept, before one is asked.
pub(crate) fn check_image(diagnostics: &mut Diagnostics, image: &Spanned<String>) {
    let Some(Wrong { label, help, meant, is_certain }) = wrong(&image.value) else {
        return warn_of_registry(diagnostics, image);
    };
    let help = match meant {
        Some(meant) if is_certain => Help::from(help).fix(image.span, as_scalar(&meant)),
        Some(meant) => Help::from(help).replace(image.span, as_scalar(&meant)),
        None => Help::from(help),
    };
    diagnostics.push(
        Diagnostic::error("bad-image", format!("`{}` cannot be the name of an image", image.value))
            .at(image.span, label)
            .help(help),
    );
}

/// Warns of a registry's address without an image: to an engine its port is a tag.
fn warn_of_registry(diagnostics: &mut Diagnostics, image: &Spanned<String>) {
    let Some((host, port)) = image.value.split_once(':') else { return };
    let is_host = host.contains('.') && !host.contains(['/', '@']);
    if !is_host
        || port.parse::<u16>().is_err()
        || host.parse::<std::net::Ipv4Addr>().is_err() && port.len() < 4
    {
        return;
    }
    let text = format!("`{}` looks like the address of a registry", image.value);
    diagnostics.push(
        Diagnostic::warning("bad-image", text)
            .at(image.span, format!("to an engine this is the image `{host}` with the tag `{port}`"))
            .help(format!("write the image after it: `{}/NAME:TAG`", image.value)),
    );
}

fn wrong(image: &str) -> Option<Wrong> {
    let forms = "write `NAME`, `NAME:TAG` or `REGISTRY/NAME:TAG`";
    let (repository, tag) = split_tag(image);
    if image.is_empty() {
        return Some(Wrong::new("nothing between the quotes", forms));
    }
    if let Some((_, rest)) = image.split_once("://") {
        let label = "an image's name has no `://`";
        let rest = rest.trim_end_matches('/');
        return Some(if wrong(rest).is_none() {
            Wrong::meant(label, rest.to_owned()).certain()
        } else {
            Wrong::new(label, forms)
        });
    }
    if let Some(character) = image.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-/:@+".contains(*c)) {
        return Some(wrong_character(image, character).unwrap_or_else(|| {
            let what = if character.is_whitespace() { "spaces".to_owned() } else { format!("`{character}`") };
            Wrong::new(format!("an image's name has no {what}"), forms)
        }));
    }
    if tag.is_some_and(str::is_empty) {
        let help = "add the tag, or remove the `:`";
        let meant = Some(repository.to_owned());
        return Some(Wrong { meant, ..Wrong::new("nothing stands after the `:`", help) });
    }
    // A registry's address may have capital letters, and tags may; the name between them may not.
    let (registry, name) = match repository.split_once('/') {
        Some((first, name)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), name),
        _ => (None, repository),
    };
    if image.rsplit('/').next().is_some_and(|last| last.starts_with("Dockerfile")) {
        return Some(Wrong::new("a Dockerfile is no image", "write `build: .` in place of `image`"));
    }
    if name.contains(|c: char| c.is_ascii_uppercase()) {
        let parts =
            [registry, Some(&name.to_lowercase())].into_iter().flatten().collect::<Vec<_>>().join("/");
        let rest = &image[repository.len()..];
        return Some(Wrong::meant("Docker allows capital letters in tags only", parts + rest).certain());
    }
    wrong_digest(image)
        .or_else(|| wrong_tag(image, tag))
        .or_else(|| wrong_registry(registry))
        .or_else(|| wrong_name(image, repository, name, tag))
}

/// Characters whose meaning is known: quotes, variables, a space in front of a tag, a comment.
fn wrong_character(image: &str, character: char) -> Option<Wrong> {
    if "“”„‘’".contains(character) {
        let meant = image.replace(|c| "“”„‘’".contains(c), "");
        let help = format!("write straight quotes: `\"{meant}\"`");
        let label = format!("`{character}` is a letter to YAML, not a quote");
        return Some(Wrong { meant: Some(meant), ..Wrong::new(label, help).certain() });
    }
    if image.contains('$') {
        let label = "Maestro fills in no `$…`: templates read variables";
        return as_template(image).map(|meant| Wrong::meant(label, meant));
    }
    if let Some((name, _)) = image.split_once(" #").filter(|(name, _)| wrong(name.trim()).is_none()) {
        let label = "between quotes a `#` begins no comment";
        return Some(Wrong::meant(label, name.trim().to_owned()).certain());
    }
    let joined = image.trim().trim_end_matches([',', ';']).replace(": ", ":").replace(" :", ":");
    let label = if character.is_whitespace() {
        "an image's name has no spaces".to_owned()
    } else {
        format!("an image's name has no `{character}`")
    };
    let words: Vec<&str> = image.split_whitespace().collect();
    let joined = match words[..] {
        // A name and its tag.
        [name, tag] if joined == image && !image.contains([':', '@']) => format!("{name}:{tag}"),
        _ => joined,
    };
    (joined != image && wrong(&joined).is_none()).then(|| Wrong::meant(label, joined).certain())
}

/// What stands behind `@`: `sha256:` and 64 digits, as a rule.
fn wrong_digest(image: &str) -> Option<Wrong> {
    let (before, digest) = image.split_once('@')?;
    let help = "write all of it: `NAME@sha256:` and 64 digits, as `docker images --digests` shows it";
    let Some((algorithm, digits)) = digest.split_once(':') else {
        let is_tag =
            !before.contains(':') && digest.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        let label = "after `@` stands a digest";
        return Some(if is_tag && !digest.is_empty() {
            let meant = format!("{before}:{digest}");
            let help = format!("a tag stands after `:`: write `{meant}`");
            Wrong { meant: Some(meant), ..Wrong::new(label, help).certain() }
        } else {
            Wrong::new(label, help)
        });
    };
    let wanted = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Some(Wrong::new(format!("`{algorithm}` is no kind of digest that engines know"), help)),
    };
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let count = digits.len();
    if digits.contains(|c| !is_digit(c)) {
        let lower = digits.to_lowercase();
        let label = "a digest has the digits 0 to 9 and a to f";
        return Some(if count == wanted && lower.chars().all(is_digit) {
            Wrong::meant(label, format!("{before}@{algorithm}:{lower}")).certain()
        } else {
            Wrong::new(label, help)
        });
    }
    (count != wanted).then(|| Wrong::new(format!("this digest has {count} digits, not {wanted}"), help))
}

fn wrong_registry(registry: Option<&str>) -> Option<Wrong> {
    let (host, port) = registry?.split_once(':')?;
    let is_port = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    (!is_port).then(|| {
        let help = format!("a registry's port is a number: `{host}:5000/NAME`; a tag has no `/` in it");
        Wrong::new(format!("`{port}` is neither the port of a registry nor a tag"), help)
    })
}

fn wrong_tag(image: &str, tag: Option<&str>) -> Option<Wrong> {
    let tag = tag?;
    if tag.len() > 128 {
        return Some(Wrong::new("a tag has at most 128 characters", "shorten it"));
    }
    tag.starts_with(['.', '-']).then(|| {
        let meant = tag.trim_start_matches(['.', '-']);
        let help = format!("did you mean the tag `{meant}`?");
        let image = (!meant.is_empty()).then(|| image.replacen(&format!(":{tag}"), &format!(":{meant}"), 1));
        Wrong { meant: image, ..Wrong::new("a tag begins with a letter, a digit or `_`", help) }
    })
}

/// The repository: parts with a `/` between, each of small letters and digits with `.`, `_`, `__` or `-` in between.
fn wrong_name(image: &str, repository: &str, name: &str, tag: Option<&str>) -> Option<Wrong> {
    if name.contains(':') {
        let label = "an image has one tag";
        return Some(match (name.split_once(':'), tag) {
            (Some((name, first)), Some(last)) => {
                let help = format!(
                    "write `{name}:{first}-{last}` if this is the tag; else one of the two, `{name}:{first}` or \
                     `{name}:{last}`"
                );
                Wrong { meant: Some(format!("{name}:{first}-{last}")), ..Wrong::new(label, help) }
            }
            _ => Wrong::new(label, "write `NAME:TAG`"),
        });
    }
    if repository.len() > 255 {
        return Some(Wrong::new("it has at most 255 characters", "shorten it"));
    }
    let bad = name.split('/').find(|name| !is_part(name))?;
    let label = match bad {
        "" => "nothing stands before or after a `/`".to_owned(),
        bad => format!("`{bad}` cannot be a part of an image's name"),
    };
    let trimmed = image.trim_matches(['/', '-', '_', '.']);
    Some(if trimmed != image && wrong(trimmed).is_none() {
        Wrong::meant(label, trimmed.to_owned())
    } else {
        Wrong::new(label, "each part has small letters and digits, with one `.`, `_` or `-` between them")
    })
}

fn is_part(part: &str) -> bool {
    let words = part.split(['.', '_', '-']).collect::<Vec<_>>();
    let ends_well =
        !words.first().is_none_or(|word| word.is_empty()) && !words.last().is_none_or(|word| word.is_empty());
    let mut separators =
        part.split(|c: char| c.is_ascii_alphanumeric()).filter(|between| !between.is_empty());
    let is_separator =
        |between: &str| matches!(between, "." | "_" | "__") || between.chars().all(|c| c == '-');
    ends_well && separators.all(is_separator)
}

/// The name and the tag; what stands behind `@` belongs to neither.
fn split_tag(image: &str) -> (&str, Option<&str>) {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_docker_wants_them() {
        for good in [
            "nginx",
            "a_b/c-d:1.2_RC",
            "Registry.example.com:5000/shop/web",
            "web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "web:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "localhost/x",
            "localhost:5000/x:1",
            "a__b",
            "a---b/c.d",
            "x_y.z",
            "host:5000",
            "reg_istry.com/x",
        ] {
            assert_eq!(wrong(good), None, "{good}");
        }
        for bad in [
            "",
            "nginx:",
            "Nginx",
            "shop/Web:1",
            "http://x/y",
            "a b",
            "\u{201c}nginx\u{201d}",
            "x:{{ tag }}",
            // As engines 20.10 and 28 refuse them.
            "nginx@sha256:abc",
            "a:b:c",
            "-nginx:1",
            "nginx/",
            "nginx:tag/with/slash",
            "nginx@1.27",
            "a//b",
            "nginx:.x",
            "_x/y",
            "a___b",
            "a..b",
            "a-/b",
            "a@b",
            "a-_b",
            "nginx@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
        ] {
            assert!(wrong(bad).is_some(), "{bad}");
        }
        for (bad, meant) in [
            ("Shop/Web:RC1", "shop/web:RC1"),
            ("nginx: 1.27", "nginx:1.27"),
            ("http://hub.example.com/nginx:1.27", "hub.example.com/nginx:1.27"),
            ("nginx:1.27 # latest", "nginx:1.27"),
            ("nginx:${TAG:-1.27}", "nginx:{{ env.TAG | default('1.27', true) }}"),
            ("-nginx:1", "nginx:1"),
            ("nginx/", "nginx"),
            ("nginx:1.27,", "nginx:1.27"),
            ("nginx:", "nginx"),
        ] {
            assert_eq!(wrong(bad).unwrap().meant.as_deref(), Some(meant), "{bad}");
        }
    }
}
