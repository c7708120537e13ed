//! What a scalar of a Compose file means: YAML 1.2, as docker compose reads it. `yes` and `22:22` are texts.

use super::element::Content;
use crate::document::scalar::Scalar;

/// What the scalar means.
pub(super) fn content(scalar: &Scalar) -> Content {
    let text = || Content::Text(scalar.text.clone());
    match scalar.tag.as_deref() {
        None if scalar.plain => plain(&scalar.text),
        Some("!!null") => Content::Null,
        Some("!!bool") => boolean(&scalar.text).map_or_else(text, Content::Boolean),
        Some("!!int") => integer(&scalar.text).map_or_else(text, Content::Integer),
        Some("!!float") => number(&scalar.text).map_or_else(text, Content::Number),
        _ => text(),
    }
}

/// What a scalar without quotes means.
pub(super) fn plain(text: &str) -> Content {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Content::Null;
    }
    boolean(text)
        .map(Content::Boolean)
        .or_else(|| integer(text).map(Content::Integer))
        .or_else(|| number(text).map(Content::Number))
        .unwrap_or_else(|| Content::Text(text.to_owned()))
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// What docker compose reads as a whole number; what is beyond is read as a number with an exponent.
const WHOLE: std::ops::RangeInclusive<i128> = i64::MIN as i128..=u64::MAX as i128;

/// A whole number of base 10, 16 (`0x`), 2 (`0b`) or 8 (`0o`, or a leading `0`). Underscores separate digits.
fn integer(text: &str) -> Option<i128> {
    let (sign, body) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        b'0'..=b'9' => ("", text),
        _ => return None,
    };
    if !body.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let body = body.replace('_', "");
    let (digits, radix) = match body.get(..2).unwrap_or_default() {
        "0x" | "0X" => (&body[2..], 16),
        "0b" | "0B" => (&body[2..], 2),
        "0o" | "0O" => (&body[2..], 8),
        _ if body.len() > 1 && body.starts_with('0') => (&body[1..], 8),
        _ => (&body[..], 10),
    };
    let number = i128::from_str_radix(&format!("{sign}{digits}"), radix).ok()?;
    (WHOLE.contains(&number) && !digits.starts_with(['-', '+'])).then_some(number)
}

fn number(text: &str) -> Option<f64> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Some(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_mantissa = is_digits(whole)
        && is_digits(fraction)
        && (!whole.is_empty() || !fraction.is_empty() && fraction != "0" || mantissa == ".0");
    let is_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    if !is_mantissa || !is_exponent {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_scalars_mean_what_docker_compose_says() {
        for (written, meant) in [
            ("yes", "Text(\"yes\")"),
            ("on", "Text(\"on\")"),
            ("true", "Boolean(true)"),
            ("True", "Boolean(true)"),
            ("~", "Null"),
            ("", "Null"),
            ("22:22", "Text(\"22:22\")"),
            ("0644", "Integer(420)"),
            ("0o17", "Integer(15)"),
            ("0x1f", "Integer(31)"),
            ("08", "Number(8.0)"),
            ("1_000", "Integer(1000)"),
            ("-5", "Integer(-5)"),
            ("+5", "Integer(5)"),
            ("-", "Text(\"-\")"),
            ("+", "Text(\"+\")"),
            (".", "Text(\".\")"),
            (".5", "Number(0.5)"),
            ("1.", "Number(1.0)"),
            ("1e3", "Number(1000.0)"),
            ("1e", "Text(\"1e\")"),
            ("1.2.3", "Text(\"1.2.3\")"),
            ("--5", "Text(\"--5\")"),
            ("2020-01-01", "Text(\"2020-01-01\")"),
            (".inf", "Number(inf)"),
            ("inf", "Text(\"inf\")"),
            ("9223372036854775808", "Integer(9223372036854775808)"),
            ("0xffffffffffffffff", "Integer(18446744073709551615)"),
            ("18446744073709551616", "Number(1.8446744073709552e19)"),
            ("-9223372036854775809", "Number(-9.223372036854776e18)"),
            ("99999999999999999999", "Number(1e20)"),
        ] {
            assert_eq!(format!("{:?}", plain(written)), meant, "{written}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_meaning(text in "[-+0-9a-fxobeE_:.~]{0,24}|\\PC*") {
            let _ = plain(&text);
        }
    }
}
