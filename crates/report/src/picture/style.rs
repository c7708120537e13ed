//! The look of pictures. A file of its own knows no page around it, so each rule has its colours written out: those of a
//! light page, and those of a dark one for readers who prefer it. Contrasts are those of the Web Content Accessibility
//! Guidelines 2.2, level AA, which a test computes.

/// A colour by its use: its name in the rules, the value on a light page, the value on a dark one.
struct Colour {
    name: &'static str,
    light: &'static str,
    dark: &'static str,
}

const fn colour(name: &'static str, light: &'static str, dark: &'static str) -> Colour {
    Colour { name, light, dark }
}

const COLOURS: [Colour; 19] = [
    colour("bg", "#f6f7f9", "#0d1013"),
    colour("surface", "#ffffff", "#14181c"),
    colour("sunken", "#f0f2f5", "#1b2026"),
    colour("line", "#dde1e6", "#2a3138"),
    colour("line-ui", "#858e99", "#6d7782"),
    colour("ink", "#15191e", "#e9ecef"),
    colour("ink-2", "#434b55", "#b7bfc8"),
    colour("ink-3", "#5e6772", "#939da8"),
    colour("ok", "#17733f", "#5ac994"),
    colour("ok-bg", "#e6f4eb", "#12291e"),
    colour("busy", "#1d5ec9", "#82b0ff"),
    colour("busy-bg", "#e7effc", "#15243d"),
    colour("diff", "#855300", "#e2b04e"),
    colour("diff-bg", "#fdf3dc", "#2c2411"),
    colour("bad", "#b8231c", "#ff8078"),
    colour("bad-bg", "#fdebe9", "#351a1b"),
    colour("off", "#5e6772", "#939da8"),
    colour("off-bg", "#eceff2", "#22282e"),
    colour("work", "#4a6078", "#8fa6bd"),
];

/// Selectors and declarations; `$name` is a colour.
const RULES: &[(&str, &str)] = &[
    (
        "text",
        "font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif;font-size:13px;fill:$ink",
    ),
    (".paper", "fill:$surface"),
    (".t-h", "font-size:15px;font-weight:600"),
    (".t-b", "font-weight:600"),
    (".t-s", "font-size:12px;fill:$ink-3"),
    (".t-xs", "font-size:11px;fill:$ink-3"),
    (".t-e", "text-anchor:end;font-variant-numeric:tabular-nums"),
    (".t-m", "text-anchor:middle"),
    (".k-ready,.k-up", "color:$ok"),
    (".k-busy", "color:$busy"),
    (".k-diff", "color:$diff"),
    (".k-bad", "color:$bad"),
    (".k-ship,.k-unknown", "color:$ink-2"),
    (".k-absent,.k-blocked", "color:$off"),
    (".w-bad", "fill:$bad;font-weight:600"),
    (".w-diff", "fill:$diff;font-weight:600"),
    (".w-unknown", "fill:$ink-2;font-weight:600"),
    (".w-busy", "fill:$busy;font-weight:600"),
    (".sg", "fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round"),
    (".sg.f", "fill:currentColor;stroke:none"),
    (".sg.da", "stroke-dasharray:2.6 1.6;stroke-linecap:butt"),
    (".sg.kn", "stroke:$surface;stroke-width:1.7"),
    (".lane", "fill:$bg;stroke:$line"),
    (".lane.lost", "fill:none;stroke:$line-ui;stroke-dasharray:6 4"),
    (".box,.pile", "fill:$surface;stroke:$line-ui"),
    (".k-bad .box", "stroke:$bad;stroke-width:2"),
    (".k-diff .box", "stroke:$diff;stroke-width:1.5"),
    (".k-unknown .box,.k-absent .box", "stroke:$ink-3;stroke-dasharray:4 3"),
    (".edge", "fill:none;stroke:$line-ui;stroke-width:1.5"),
    (".edge.req", "stroke-dasharray:5 4"),
    (".edge.bad", "stroke:$bad"),
    (".edge.lost", "stroke:$ink-2;stroke-dasharray:2 4"),
    (".tip,.joint", "fill:$line-ui"),
    (".tip.bad", "fill:$bad"),
    (".tip.lost", "fill:$ink-2"),
    (".cell", "fill:$sunken"),
    (".cell.c-bad", "fill:$bad-bg;stroke:$bad;stroke-width:1.5"),
    (".cell.c-diff", "fill:$diff-bg;stroke:$diff"),
    (".cell.c-unknown,.cell.c-absent", "fill:none;stroke:$ink-3;stroke-dasharray:3 2"),
    (".grid,.rowl", "stroke:$line;fill:none"),
    (".wait", "stroke:$line-ui;stroke-width:1.5;stroke-dasharray:1.5 3.5;fill:none"),
    (".bar", "fill:$work"),
    (".bar.pull", "fill:$surface;stroke:$work;stroke-width:1.5"),
    (".bar.ready", "fill:$ok-bg;stroke:$ok;stroke-width:1.5"),
    (".bar.stop", "fill:$off-bg;stroke:$ink-3;stroke-width:1.5"),
    (".bar.prep", "fill:$busy-bg;stroke:$busy;stroke-width:1.5"),
    (".bar.fail", "fill:$bad-bg;stroke:$bad;stroke-width:1.5"),
    (".hatch", "stroke:$ok;stroke-width:1.25;opacity:.55"),
    (".hatch.hf", "stroke:$bad"),
    (".lab", "fill:$ok-bg"),
    (".lab.fail", "fill:$bad-bg"),
    (".crit,.critl", "fill:none;stroke:$ink;stroke-width:2"),
    (".critt", "fill:$ink"),
    (".in", "font-size:11px;fill:$ink"),
    (".in.inv", "fill:$surface"),
];

/// The rules of a file.
#[must_use]
pub fn css() -> String {
    let rules = |is_dark: bool| {
        let rules = RULES.iter().filter_map(move |(selector, declarations)| {
            let kept = declarations.split(';').filter(|one| !is_dark || one.contains('$'));
            let kept: Vec<String> = kept.map(|one| coloured(one, is_dark)).collect();
            (!kept.is_empty()).then(|| format!("{selector}{{{}}}", kept.join(";")))
        });
        rules.collect::<Vec<_>>().join("\n")
    };
    format!("\n{}\n@media(prefers-color-scheme:dark){{\n{}\n}}\n", rules(false), rules(true))
}

fn coloured(declaration: &str, is_dark: bool) -> String {
    let Some((property, name)) = declaration.split_once('$') else { return declaration.to_owned() };
    let colour = COLOURS.iter().find(|colour| colour.name == name);
    let value = colour.map_or("", |colour| if is_dark { colour.dark } else { colour.light });
    format!("{property}{value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn what_is_read_has_contrast() {
        let least = [
            ("ink", "surface", 7.0),
            ("ink", "bg", 7.0),
            ("ink-3", "surface", 4.5),
            ("ink-3", "bg", 4.5),
            ("ink-3", "sunken", 4.5),
            ("ok", "surface", 4.5),
            ("busy", "surface", 4.5),
            ("diff", "surface", 4.5),
            ("diff", "diff-bg", 4.5),
            ("bad", "surface", 4.5),
            ("bad", "bad-bg", 4.5),
            ("ink", "ok-bg", 7.0),
            ("ink", "busy-bg", 7.0),
            ("ink", "off-bg", 7.0),
            ("surface", "work", 4.5),
            ("line-ui", "surface", 3.0),
            ("line-ui", "bg", 3.0),
        ];
        for (over, under, least) in least {
            let find = |name: &str| COLOURS.iter().find(|colour| colour.name == name).unwrap();
            let (over, under) = (find(over), find(under));
            for (one, other) in [(over.light, under.light), (over.dark, under.dark)] {
                let (a, b) = (luminance(one), luminance(other));
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= least, "{} on {}: {contrast:.1}", over.name, under.name);
            }
        }
    }

    #[test]
    fn every_colour_of_a_rule_is_known() {
        assert!(!css().contains('$'));
        for (selector, declarations) in RULES {
            for name in declarations.split(';').filter_map(|one| Some(one.split_once('$')?.1)) {
                assert!(COLOURS.iter().any(|colour| colour.name == name), "{selector}: {name}");
            }
        }
    }
}
