//! `platform`: the operating system and the processors that an image is for.

use crate::document::scalar::as_scalar;
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest},
    source::Spanned,
};

/// Architectures as Docker names them.
const ARCHITECTURES: [&str; 9] =
    ["amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64", "mips64le", "loong64"];

/// Other names that Docker takes (`normalizeArch` of containerd's `platforms`).
const SYNONYMS: [&str; 6] = ["x86_64", "x86-64", "i386", "aarch64", "armhf", "armel"];

/// Names of other tools, and Docker's.
const ELSEWHERE: [(&str, &str); 4] =
    [("x64", "amd64"), ("x86", "amd64"), ("arm64v8", "arm64"), ("armv7", "arm/v7")];

/// Tells what is no platform of an engine on Linux.
pub(crate) fn check_platform(diagnostics: &mut Diagnostics, platform: &Spanned<String>) {
    let lower = platform.value.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    let is_word = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    let (label, meant) = if parts.len() > 3 || !parts.iter().all(is_word) {
        ("expected `OS/ARCHITECTURE`, and optionally `/VARIANT`", None)
    } else if let Some(wrong) = wrong(&parts) {
        wrong
    } else {
        return;
    };
    let help = match meant {
        Some(meant) => {
            Help::from(format!("did you mean `{meant}`?")).replace(platform.span, as_scalar(&meant))
        }
        None => Help::from("write for example `platform: linux/arm64`"),
    };
    diagnostics.push(
        Diagnostic::error("bad-platform", format!("`{}` is not a platform", platform.value))
            .at(platform.span, label)
            .help(help),
    );
}

/// What is wrong with the parts of a platform, and what is meant.
fn wrong(parts: &[&str]) -> Option<(&'static str, Option<String>)> {
    let (os, architecture) = match parts {
        [only] => ("linux", *only),
        [os, architecture, ..] => (*os, *architecture),
        [] => return None,
    };
    let rest = parts.get(1..).unwrap_or_default();
    // WebAssembly runs on Linux.
    if (os, architecture) == ("wasi", "wasm") {
        return None;
    }
    if os == "linux" {
        let is_known = is_architecture(architecture) || parts == ["linux"];
        return (!is_known).then(|| ("unknown architecture", near_architecture(architecture)));
    }
    if architecture == "linux" && is_architecture(os) {
        return Some(("the operating system comes first", Some(format!("linux/{os}"))));
    }
    let linux = nearest(os, ["linux"]).map(|linux| [&[linux], rest].concat().join("/"));
    Some(("engines that Maestro uses run on Linux", linux))
}

fn is_architecture(word: &str) -> bool {
    ARCHITECTURES.contains(&word) || SYNONYMS.contains(&word)
}

fn near_architecture(word: &str) -> Option<String> {
    let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == word).map(|(_, own)| *own);
    elsewhere.or_else(|| nearest(word, ARCHITECTURES)).map(|own| format!("linux/{own}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_those_of_docker() {
        for good in
            ["linux", "amd64", "linux/amd64", "linux/arm/v7", "linux/x86_64", "linux/aarch64", "wasi/wasm"]
        {
            assert_eq!(wrong(&good.split('/').collect::<Vec<_>>()), None, "{good}");
        }
        for (bad, meant) in [
            ("amd64/linux", Some("linux/amd64")),
            ("linx/amd64", Some("linux/amd64")),
            ("linux/x64", Some("linux/amd64")),
            ("linux/amd46", Some("linux/amd64")),
            ("windows/amd64", None),
        ] {
            let (_, found) = wrong(&bad.split('/').collect::<Vec<_>>()).unwrap();
            assert_eq!(found.as_deref(), meant, "{bad}");
        }
    }
}
