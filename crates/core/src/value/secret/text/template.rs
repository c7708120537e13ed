//! Templates in a file.

/// Where a template ends that begins at `at`: behind its `}}`, `%}` or `#}`; behind its
/// two braces if it is none.
pub(super) fn template_end(text: &str, at: usize) -> usize {
    let closing = match text.as_bytes().get(at + 1) {
        Some(b'{') => "}}",
        Some(b'%') => "%}",
        _ => "#}",
    };
    let end = text[at..].find(closing).map_or(text.len(), |end| at + end + closing.len());
    // What has a key of YAML in it is hardly a template, but two braces that somebody forgot.
    let is_closed = text[at..end].ends_with(closing);
    if !is_closed || closing != "#}" && text[at..end].contains(": ") { at + 2 } else { end }
}
