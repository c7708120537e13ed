//! The cookie of the page.

use axum::http::{HeaderMap, header::COOKIE};

/// The values of all cookies of this name.
pub(crate) fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let texts = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(';')).filter_map(move |pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// What sets it. Scripts cannot read it, and no other site's page sends it.
pub(crate) fn set(name: &str, value: &str, is_tls: bool) -> String {
    let secure = if is_tls { "; Secure" } else { "" };
    format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; maestro-80=x; xmaestro-80=y".parse().unwrap());
        headers.append(COOKIE, "maestro-80=z; maestro-8=no".parse().unwrap());
        assert_eq!(values(&headers, "maestro-80").collect::<Vec<_>>(), ["x", "z"]);
        assert_eq!(set("n", "v", true), "n=v; HttpOnly; SameSite=Strict; Path=/; Secure");
    }
}
