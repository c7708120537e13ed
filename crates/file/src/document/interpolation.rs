//! `$NAME` and `${NAME:-default}`, as Compose and shells write a variable, in the words of templates.

/// The same text as a template: `{{ env.NAME | default('…') }}`. None if there is no such variable in it, or one that
/// cannot be said as a template.
pub(crate) fn as_template(text: &str) -> Option<String> {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        written.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let (expression, after) = match behind.strip_prefix('{') {
            Some(inside) => {
                let (inside, after) = inside.split_once('}')?;
                (braced(inside)?, after)
            }
            None => {
                let end = behind.find(|c: char| !is_name(c)).unwrap_or(behind.len());
                (named(&behind[..end])?, &behind[end..])
            }
        };
        written.push_str(&expression);
        rest = after;
    }
    (rest.len() < text.len()).then(|| written + rest)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn named(name: &str) -> Option<String> {
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (begins_well && name.chars().all(is_name)).then(|| format!("{{{{ env.{name} }}}}"))
}

/// What stands between `${` and `}`.
fn braced(inside: &str) -> Option<String> {
    let end = inside.find(|c: char| !is_name(c)).unwrap_or(inside.len());
    let (name, rest) = inside.split_at(end);
    named(name)?;
    let operator = rest.trim_start_matches(':');
    match operator.chars().next() {
        // `?` ends Compose without the variable, and so does a template.
        None | Some('?') => named(name),
        Some('-' | '=') if !operator.contains(['$', '\'', '\\']) => {
            // With a `:` it stands for an empty variable too.
            let empty = if rest.starts_with(':') { ", true" } else { "" };
            Some(format!("{{{{ env.{name} | default('{}'{empty}) }}}}", &operator[1..]))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_compose_become_expressions() {
        for (text, template) in [
            ("nginx:${TAG}", "nginx:{{ env.TAG }}"),
            ("nginx:$TAG", "nginx:{{ env.TAG }}"),
            ("${A}${B_1}x", "{{ env.A }}{{ env.B_1 }}x"),
            ("nginx:${TAG:-1.27}", "nginx:{{ env.TAG | default('1.27', true) }}"),
            ("${TAG-}", "{{ env.TAG | default('') }}"),
            ("${TAG:?must be set}", "{{ env.TAG }}"),
        ] {
            assert_eq!(as_template(text).as_deref(), Some(template), "{text}");
        }
        for text in ["", "a", "5$", "$1", "${}", "${A", "${A:+b}", "${A:-$B}", "${A:-it's}", "$$A"] {
            assert_eq!(as_template(text), None, "{text}");
        }
    }
}
