//! `username`: the user that a container runs as.

use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::Spanned,
};

/// The largest number of a user or group that engines take.
const LARGEST: i64 = 0x7fff_ffff;

/// Tells what no engine takes, whatever users an image has.
pub(crate) fn check(diagnostics: &mut Diagnostics, user: &Spanned<String>) {
    let Some((label, help)) = wrong(&user.value) else { return };
    let text = format!("`{}` cannot be a user", user.value);
    diagnostics.push(Diagnostic::error("bad-user", text).at(user.span, label).help(help));
}

fn wrong(user: &str) -> Option<(String, &'static str)> {
    let forms = "write a name or a number that the image has, or both user and group: `\"1000:1000\"`";
    if user.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some(("no user has a space in its name".to_owned(), forms));
    }
    if user.matches(':').count() > 1 {
        return Some(("one `:` parts user and group".to_owned(), forms));
    }
    let is_number = |part: &&str| {
        let digits = part.strip_prefix('-').unwrap_or(part);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let in_range = |part: &str| part.parse::<i64>().is_ok_and(|number| (0..=LARGEST).contains(&number));
    let bad = user.split(':').filter(is_number).find(|part| !in_range(part))?;
    Some((format!("`{bad}` is not from 0 to {LARGEST}, as engines want it"), forms))
}

#[cfg(test)]
mod tests {
    use super::wrong;

    /// As engines 20.10, 26.1 and 28 answer a start.
    #[test]
    fn numbers_are_those_of_engines() {
        for good in ["", "nobody", "nobody:nogroup", "0", "2147483647", "1000:1000", ":1", "1:", "a-1"] {
            assert_eq!(wrong(good), None, "{good}");
        }
        for bad in ["a b", "-1", "2147483648", "99999999999", "0:4294967295", "nobody:-1", "1:2:3"] {
            assert!(wrong(bad).is_some(), "{bad}");
        }
    }
}
