//! `image`: what Docker takes as the name of an image.

use crate::document::read::Reader;
use maestro_core::{diagnostic::Diagnostic, source::Spanned};

/// Says what no engine would accept, before one is asked.
pub(super) fn check(reader: &mut Reader<'_>, image: &Spanned<String>) {
    let Some((label, help)) = wrong(&image.value) else { return };
    reader.diagnostics.push(
        Diagnostic::error("bad-image", format!("`{}` cannot be the name of an image", image.value))
            .at(image.span, label)
            .help(help),
    );
}

fn wrong(image: &str) -> Option<(String, String)> {
    let forms = || "write `NAME`, `NAME:TAG` or `REGISTRY/NAME:TAG`".to_owned();
    let (repository, tag) = split_tag(image);
    if image.is_empty() {
        return Some(("nothing between the quotes".to_owned(), forms()));
    }
    if image.contains("://") {
        return Some(("an image's name has no `://`".to_owned(), forms()));
    }
    if let Some(character) = image.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-/:@+".contains(*c)) {
        if "“”„‘’".contains(character) {
            let help = format!("write straight quotes: `\"{}\"`", image.replace(|c| "“”„‘’".contains(c), ""));
            return Some((format!("`{character}` is a letter to YAML, not a quote"), help));
        }
        if let Some(help) = shell_variable(image) {
            return Some(("a shell's variable means nothing here".to_owned(), help));
        }
        let what = if character.is_whitespace() { "spaces".to_owned() } else { format!("`{character}`") };
        return Some((format!("an image's name has no {what}"), forms()));
    }
    if tag.is_some_and(str::is_empty) {
        return Some((
            "nothing stands behind the `:`".to_owned(),
            "add the tag, or remove the `:`".to_owned(),
        ));
    }
    // A registry's address may have capital letters, and tags may; the name between them may not.
    let (registry, name) = match repository.split_once('/') {
        Some((first, name)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), name),
        _ => (None, repository),
    };
    if name.contains(|c: char| c.is_ascii_uppercase()) {
        let parts =
            [registry, Some(&name.to_lowercase())].into_iter().flatten().collect::<Vec<_>>().join("/");
        let meant = tag.map_or(parts.clone(), |tag| format!("{parts}:{tag}"));
        return Some(("Docker allows capital letters in tags only".to_owned(), format!("write `{meant}`")));
    }
    wrong_digest(image)
        .or_else(|| wrong_tag(tag))
        .or_else(|| wrong_registry(registry))
        .or_else(|| wrong_name(repository, name, tag))
}

/// What stands behind `@`: `sha256:` and 64 digits, as a rule.
fn wrong_digest(image: &str) -> Option<(String, String)> {
    let (before, digest) = image.split_once('@')?;
    let help =
        || "write all of it: `NAME@sha256:` and 64 digits, as `docker images --digests` shows it".to_owned();
    let Some((algorithm, digits)) = digest.split_once(':') else {
        let is_tag =
            !before.contains(':') && digest.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        let help = if is_tag && !digest.is_empty() {
            format!("a tag stands behind `:`: write `{before}:{digest}`")
        } else {
            help()
        };
        return Some(("behind `@` stands a digest".to_owned(), help));
    };
    let wanted = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Some((format!("`{algorithm}` is no kind of digest that engines know"), help())),
    };
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if digits.contains(|c| !is_digit(c)) {
        return Some(("a digest has the digits 0 to 9 and a to f".to_owned(), help()));
    }
    let count = digits.len();
    (count != wanted).then(|| (format!("this digest has {count} digits, not {wanted}"), help()))
}

fn wrong_registry(registry: Option<&str>) -> Option<(String, String)> {
    let (host, port) = registry?.split_once(':')?;
    let is_port = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    (!is_port).then(|| {
        let help = format!("a registry's port is a number: `{host}:5000/NAME`; a tag has no `/` in it");
        (format!("`{port}` is neither the port of a registry nor a tag"), help)
    })
}

fn wrong_tag(tag: Option<&str>) -> Option<(String, String)> {
    let tag = tag?;
    if tag.len() > 128 {
        return Some(("a tag has at most 128 characters".to_owned(), "shorten it".to_owned()));
    }
    tag.starts_with(['.', '-']).then(|| {
        let meant = tag.trim_start_matches(['.', '-']);
        ("a tag begins with a letter, a digit or `_`".to_owned(), format!("did you mean the tag `{meant}`?"))
    })
}

/// The repository: parts with a `/` between, each of small letters and digits with `.`, `_`, `__` or `-` in between.
fn wrong_name(repository: &str, name: &str, tag: Option<&str>) -> Option<(String, String)> {
    if name.contains(':') {
        let help = match (name.split_once(':'), tag) {
            (Some((name, first)), Some(_)) => {
                format!("leave one of the two tags out: `{name}:{first}`, for example")
            }
            _ => "write `NAME:TAG`".to_owned(),
        };
        return Some(("an image has one tag".to_owned(), help));
    }
    if repository.len() > 255 {
        return Some(("it has at most 255 characters".to_owned(), "shorten it".to_owned()));
    }
    let part = |part: &str| {
        let words = part.split(['.', '_', '-']).collect::<Vec<_>>();
        let ends_well = !words.first().is_none_or(|word| word.is_empty())
            && !words.last().is_none_or(|word| word.is_empty());
        let separators =
            part.split(|c: char| c.is_ascii_alphanumeric()).filter(|between| !between.is_empty());
        let is_separator =
            |between: &str| matches!(between, "." | "_" | "__") || between.chars().all(|c| c == '-');
        ends_well && { separators }.all(is_separator)
    };
    let bad = name.split('/').find(|name| !part(name))?;
    let label = match bad {
        "" => "nothing stands before or behind a `/`".to_owned(),
        bad => format!("`{bad}` cannot be a part of an image's name"),
    };
    Some((label, "each part has small letters and digits, with one `.`, `_` or `-` between them".to_owned()))
}

/// `${NAME}` and `$NAME`, as Compose and shells write a variable, and what does it here.
fn shell_variable(image: &str) -> Option<String> {
    let (before, rest) = image.split_once('$')?;
    let (name, after) = match rest.strip_prefix('{') {
        Some(rest) => rest.split_once('}')?,
        None => rest.split_at(rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())),
    };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && !after.contains('$')).then(|| format!("write `{before}{{{{ env.{name} }}}}{after}`"))
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
        assert_eq!(wrong("Shop/Web:RC1").unwrap().1, "write `shop/web:RC1`");
    }
}
