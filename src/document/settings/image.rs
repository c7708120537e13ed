//! `image`: what Docker takes as the name of an image.

use crate::{diagnostic::Diagnostic, document::read::Reader, source::Spanned};

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
    None
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
            "web@sha256:0123",
            "localhost/x",
        ] {
            assert_eq!(wrong(good), None, "{good}");
        }
        for bad in
            ["", "nginx:", "Nginx", "shop/Web:1", "http://x/y", "a b", "\u{201c}nginx\u{201d}", "x:{{ tag }}"]
        {
            assert!(wrong(bad).is_some(), "{bad}");
        }
        assert_eq!(wrong("Shop/Web:RC1").unwrap().1, "write `shop/web:RC1`");
    }
}
