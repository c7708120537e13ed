//! Kinds of machines that images are built for: `linux/amd64`, `linux/arm/v7`.

/// The platform of a machine whose system tells these words: `linux` and `x86_64`.
#[must_use]
pub fn of_machine(os: &str, architecture: &str) -> String {
    let architecture = match architecture {
        "x86_64" => "amd64",
        "i386" | "i686" => "386",
        "aarch64" => "arm64",
        "armv7l" => "arm/v7",
        "armv6l" => "arm/v6",
        other => other,
    };
    format!("{os}/{architecture}")
}

/// The platform of an image; the variant may be empty.
#[must_use]
pub fn of_image(os: &str, architecture: &str, variant: &str) -> String {
    let variant = if variant.is_empty() { String::new() } else { format!("/{variant}") };
    format!("{os}/{architecture}{variant}")
}

/// Whether a machine runs what is built for that platform, without an emulator.
#[must_use]
pub fn runs(machine: &str, image: &str) -> bool {
    let parts = |platform: &str| -> [String; 3] {
        let mut parts = platform.split('/').map(str::to_owned);
        std::array::from_fn(|_| parts.next().unwrap_or_default())
    };
    let ([os, architecture, variant], [of_os, of_architecture, of_variant]) = (parts(machine), parts(image));
    let is_older = match (architecture.as_str(), of_architecture.as_str()) {
        ("amd64", "386") | ("arm64", "arm") => true,
        (own, other) if own != other => false,
        ("arm", "arm") if !variant.is_empty() => of_variant <= variant,
        (_, _) => true,
    };
    os == of_os && is_older
}

/// Whether an image that is built for these platforms has one that was asked for. `linux/arm64` means any variant.
#[must_use]
pub fn has(platforms: &[String], asked: &str) -> bool {
    let is_variant = |long: &str, short: &str| {
        short.contains('/') && long.strip_prefix(short).is_some_and(|rest| rest.starts_with('/'))
    };
    platforms.iter().any(|known| known == asked || is_variant(known, asked) || is_variant(asked, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_called_as_images_call_them() {
        for (architecture, platform) in [
            ("x86_64", "linux/amd64"),
            ("aarch64", "linux/arm64"),
            ("armv7l", "linux/arm/v7"),
            ("riscv64", "linux/riscv64"),
        ] {
            assert_eq!(of_machine("linux", architecture), platform);
        }
        assert_eq!(of_image("linux", "arm", "v6"), "linux/arm/v6");
        assert_eq!(of_image("linux", "amd64", ""), "linux/amd64");
    }

    #[test]
    fn a_machine_runs_what_is_built_for_it_and_its_predecessors() {
        for (machine, image, expected) in [
            ("linux/amd64", "linux/amd64", true),
            ("linux/amd64", "linux/amd64/v2", true),
            ("linux/amd64", "linux/386", true),
            ("linux/amd64", "linux/arm64", false),
            ("linux/arm64", "linux/arm64/v8", true),
            ("linux/arm64", "linux/arm/v7", true),
            ("linux/arm64", "linux/amd64", false),
            ("linux/arm/v7", "linux/arm/v6", true),
            ("linux/arm/v6", "linux/arm/v7", false),
            ("linux/amd64", "windows/amd64", false),
        ] {
            assert_eq!(runs(machine, image), expected, "{image} on {machine}");
        }
    }

    #[test]
    fn a_platform_without_a_variant_means_any() {
        let platforms = ["linux/amd64".to_owned(), "linux/arm64/v8".to_owned()];
        assert!(has(&platforms, "linux/arm64") && has(&platforms, "linux/amd64"));
        assert!(
            !has(&platforms, "linux/arm") && !has(&platforms, "linux/arm64/v7") && !has(&platforms, "linux")
        );
    }
}
