//! The files of the page. They are part of the program: nothing comes from elsewhere.

/// The page, whatever it shows.
pub(crate) const PAGE: &str = include_str!("../assets/index.html");

/// What a browser without the cookie sees.
pub(crate) const CLOSED: &str = include_str!("../assets/closed.html");

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The other files, with their types.
const FILES: &[(&str, &str, &str)] = &[
    ("tokens.css", CSS, include_str!("../assets/tokens.css")),
    ("components.css", CSS, include_str!("../assets/components.css")),
    ("icon.svg", SVG, include_str!("../assets/icon.svg")),
    ("start.js", JS, include_str!("../assets/start.js")),
    ("main.js", JS, include_str!("../assets/main.js")),
    ("dom.js", JS, include_str!("../assets/dom.js")),
    ("net.js", JS, include_str!("../assets/net.js")),
    ("states.js", JS, include_str!("../assets/states.js")),
    ("keys.js", JS, include_str!("../assets/keys.js")),
    ("overview.js", JS, include_str!("../assets/overview.js")),
    ("instance.js", JS, include_str!("../assets/instance.js")),
    ("facts.js", JS, include_str!("../assets/facts.js")),
    ("service.js", JS, include_str!("../assets/service.js")),
    ("log.js", JS, include_str!("../assets/log.js")),
    ("graph.js", JS, include_str!("../assets/graph.js")),
    ("plan.js", JS, include_str!("../assets/plan.js")),
    ("run.js", JS, include_str!("../assets/run.js")),
    ("revisions.js", JS, include_str!("../assets/revisions.js")),
    ("events.js", JS, include_str!("../assets/events.js")),
];

/// The type and the text of a file.
pub(crate) fn file(name: &str) -> Option<(&'static str, &'static str)> {
    FILES.iter().find(|(known, ..)| *known == name).map(|(_, kind, text)| (*kind, *text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_names_only_its_own_files() {
        let all: Vec<&str> = FILES.iter().map(|(.., text)| *text).chain([PAGE, CLOSED]).collect();
        let bytes: usize = all.iter().map(|text| text.len()).sum();
        assert!(bytes < 150_000, "{bytes}");
        for (at, text) in all.iter().enumerate() {
            let outside = text.replace("http://www.w3.org/", "");
            assert!(!outside.contains("http://") && !outside.contains("https://"), "{at}");
            assert!(!text.contains("innerHTML") && !text.contains(" style="), "{at}");
        }
        for (name, ..) in FILES.iter().filter(|(_, kind, _)| *kind == CSS) {
            assert!(PAGE.contains(&format!("/assets/{name}")), "{name}");
        }
        // Scripts and styles stand in files: the policy forbids all others.
        assert!(!PAGE.contains("<style") && !PAGE.contains("<script>") && !PAGE.contains("onclick"));
    }
}
