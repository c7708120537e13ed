//! What a scalar means: resolved as `PyYAML`, and so `MaestroNG`, resolves it (YAML 1.1), and printed as Python prints it.

/// A scalar as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// Its text, quotes and escapes resolved; empty where nothing was written.
    pub text: String,
    /// Whether it was written without quotes and not as a block.
    pub plain: bool,
    /// Its tag, for example `!!str`, where one was written.
    pub tag: Option<String>,
}

/// What a scalar means.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~`, or nothing at all.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A whole number. One beyond 128 bits stays text.
    Int(i128),
    /// A number with a point, an infinity, or not a number.
    Float(f64),
    /// Everything else; dates too.
    Text(String),
}

impl Scalar {
    /// What the scalar means to `PyYAML`'s safe loader.
    #[must_use]
    pub fn value(&self) -> Value {
        let text = || Value::Text(self.text.clone());
        match self.tag.as_deref() {
            None if self.plain => resolve_plain(&self.text),
            Some("!!null") => Value::Null,
            Some("!!bool") => boolean(&self.text).map_or_else(text, Value::Bool),
            Some("!!int") => integer(&self.text).map_or_else(text, Value::Int),
            Some("!!float") => number(&self.text).map_or_else(text, Value::Float),
            _ => text(),
        }
    }

    /// Whether the text is what its tag says; a tag that is not known here says nothing.
    #[must_use]
    pub(super) fn fits_its_tag(&self) -> bool {
        match self.tag.as_deref() {
            Some("!!bool") => boolean(&self.text).is_some(),
            Some("!!int") => integer(&self.text).is_some(),
            Some("!!float") => number(&self.text).is_some(),
            _ => true,
        }
    }
}

/// Prints `value` as Python's `str()` does: `True`, `None`, `1.5`, `1e+16`.
#[must_use]
pub fn python_text(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => python_float(*number),
        Value::Text(text) => text.clone(),
    }
}

/// Writes `text` so that YAML reads this text again, also between brackets: as it is, or in double quotes.
#[must_use]
pub fn as_scalar(text: &str) -> String {
    let begins_well = text.starts_with(|c: char| c.is_alphanumeric() || "/._~+(<$^".contains(c))
        || text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
    let stays = !text.contains([',', '[', ']', '{', '}', '"'])
        && !text.contains(char::is_control)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([' ', ':']);
    if begins_well && stays && matches!(resolve_plain(text), Value::Text(_)) {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

fn resolve_plain(text: &str) -> Value {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Value::Null;
    }
    if let Some(value) = boolean(text) {
        return Value::Bool(value);
    }
    // Most texts begin with a letter, which no number does.
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Value::Text(text.to_owned());
    }
    if let Some(value) = integer(text) {
        return Value::Int(value);
    }
    match float(text) {
        Some(value) => Value::Float(value),
        None => Value::Text(text.to_owned()),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// The sign of a number and what follows it.
fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(|byte| byte == b'_' || allowed(byte))
}

/// `[0-9][0-9_]*`
fn is_digits(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && all(text, |b| b.is_ascii_digit())
}

/// `[0-5]?[0-9]`, the parts of a sexagesimal number behind its first colon.
fn is_sixtieth(text: &str) -> bool {
    match text.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    }
}

fn integer(text: &str) -> Option<i128> {
    let (negative, body) = split_sign(text);
    let radix = |digits: &str, radix| i128::from_str_radix(&digits.replace('_', ""), radix).ok();
    let number = if let Some(digits) = body.strip_prefix("0b") {
        all(digits, |b| matches!(b, b'0' | b'1')).then(|| radix(digits, 2))?
    } else if let Some(digits) = body.strip_prefix("0x") {
        all(digits, |b| b.is_ascii_hexdigit()).then(|| radix(digits, 16))?
    } else if body.starts_with('0') && body.len() > 1 {
        all(body, |b| (b'0'..=b'7').contains(&b)).then(|| radix(body, 8))?
    } else if is_digits(body) {
        radix(body, 10)
    } else {
        sexagesimal(body)
    }?;
    Some(if negative { -number } else { number })
}

/// Numbers of the base sixty: YAML 1.1 reads `22:22` as 22 × 60 + 22, which is why ports want quotes.
fn sexagesimal(body: &str) -> Option<i128> {
    let (first, rest) = body.split_once(':')?;
    if first.starts_with('0') || !is_digits(first) {
        return None;
    }
    let mut number: i128 = first.replace('_', "").parse().ok()?;
    for part in rest.split(':') {
        if !is_sixtieth(part) {
            return None;
        }
        number = number.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    Some(number)
}

fn float(text: &str) -> Option<f64> {
    let (negative, body) = split_sign(text);
    let signed = |number: f64| if negative { -number } else { number };
    match body {
        ".inf" | ".Inf" | ".INF" => return Some(signed(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if body == text => return Some(f64::NAN),
        _ => {}
    }
    let (whole, rest) = body.split_once('.')?;
    if whole.contains(':') {
        return sexagesimal_float(whole, rest).map(signed);
    }
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    // PyYAML wants the sign of an exponent: `1.0e3` is text to it.
    let exponent_is_fine = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or("");
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    let starts_well = if whole.is_empty() {
        body == text && is_digits(fraction)
    } else {
        is_digits(whole) && all(fraction, |b| b.is_ascii_digit())
    };
    if !starts_well || !exponent_is_fine {
        return None;
    }
    body.replace('_', "").parse().ok().map(signed)
}

fn sexagesimal_float(whole: &str, fraction: &str) -> Option<f64> {
    let (first, rest) = whole.split_once(':')?;
    let mut parts: Vec<_> = rest.split(':').collect();
    let fits = is_digits(first) && parts.iter().all(|part| is_sixtieth(part));
    if !fits || !all(fraction, |b| b.is_ascii_digit()) {
        return None;
    }
    let last = format!("{}.{fraction}", parts.pop()?).replace('_', "");
    let mut number: f64 = first.replace('_', "").parse().ok()?;
    for part in parts {
        number = number * 60.0 + part.parse::<f64>().ok()?;
    }
    Some(number * 60.0 + last.parse::<f64>().ok()?)
}

/// What `!!float` takes: a float, or a whole number.
fn number(text: &str) -> Option<f64> {
    float(text).or_else(|| {
        let (_, body) = split_sign(text);
        is_digits(body).then(|| text.replace('_', "").parse().ok())?
    })
}

/// The shortest digits that read back as the same number, with an exponent where Python writes one.
fn python_float(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.into();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str) -> Value {
        resolve_plain(text)
    }

    /// What `PyYAML` 6.0.3's safe loader and `str()` make of plain scalars: what is written, the type, what is printed.
    const PYTHON: &[(&str, &str, &str)] = &[
        ("", "None", "None"),
        ("~", "None", "None"),
        ("null", "None", "None"),
        ("NULL", "None", "None"),
        ("nULL", "str", "nULL"),
        ("yes", "bool", "True"),
        ("YES", "bool", "True"),
        ("yEs", "str", "yEs"),
        ("y", "str", "y"),
        ("no", "bool", "False"),
        ("off", "bool", "False"),
        ("On", "bool", "True"),
        ("0", "int", "0"),
        ("-0", "int", "0"),
        ("+12", "int", "12"),
        ("0644", "int", "420"),
        ("0o644", "str", "0o644"),
        ("08", "str", "08"),
        ("0_7", "int", "7"),
        ("0_", "int", "0"),
        ("0b101", "int", "5"),
        ("0x1F", "int", "31"),
        ("-0x10", "int", "-16"),
        ("0x", "str", "0x"),
        ("1_000", "int", "1000"),
        ("_1", "str", "_1"),
        ("22:22", "int", "1342"),
        ("22:22:22", "int", "80542"),
        ("-1:30", "int", "-90"),
        ("1:60", "str", "1:60"),
        ("0:30", "str", "0:30"),
        ("1:2:3:4", "int", "223384"),
        ("190:20:30", "int", "685230"),
        ("190:20:30.15", "float", "685230.15"),
        ("1.5", "float", "1.5"),
        ("1.", "float", "1.0"),
        (".5", "float", "0.5"),
        ("-.5", "str", "-.5"),
        ("+.5", "str", "+.5"),
        ("._5", "str", "._5"),
        ("1e3", "str", "1e3"),
        ("1.0e3", "str", "1.0e3"),
        ("1.0e+3", "float", "1000.0"),
        ("1.5E-7", "float", "1.5e-07"),
        ("1e+16", "str", "1e+16"),
        ("1.0e+16", "float", "1e+16"),
        ("12345678901234567890.0", "float", "1.2345678901234567e+19"),
        ("123456789012345.6", "float", "123456789012345.6"),
        ("0.0001", "float", "0.0001"),
        ("0.00001", "float", "1e-05"),
        ("-0.0", "float", "-0.0"),
        ("1__0.5_0", "float", "10.5"),
        ("1.0e+400", "float", "inf"),
        (".inf", "float", "inf"),
        ("-.INF", "float", "-inf"),
        (".NaN", "float", "nan"),
        ("inf", "str", "inf"),
        ("1.2.3", "str", "1.2.3"),
        ("10.0.0.1", "str", "10.0.0.1"),
        (".", "str", "."),
        ("+", "str", "+"),
        ("12:34:56:", "str", "12:34:56:"),
    ];

    #[test]
    fn plain_scalars_mean_what_pyyaml_says() {
        for (written, kind, printed) in PYTHON {
            let value = plain(written);
            let found = match value {
                Value::Null => "None",
                Value::Bool(_) => "bool",
                Value::Int(_) => "int",
                Value::Float(_) => "float",
                Value::Text(_) => "str",
            };
            assert_eq!((found, python_text(&value).as_str()), (*kind, *printed), "{written:?}");
        }
    }

    #[test]
    fn quotes_and_tags_decide_before_the_text_does() {
        let scalar = |text: &str, plain, tag: Option<&str>| {
            Scalar { text: text.into(), plain, tag: tag.map(Into::into) }.value()
        };
        assert_eq!(scalar("yes", false, None), Value::Text("yes".into()));
        assert_eq!(scalar("12", true, Some("!!str")), Value::Text("12".into()));
        assert_eq!(scalar("12", false, Some("!!int")), Value::Int(12));
        assert_eq!(scalar("3", false, Some("!!float")), Value::Float(3.0));
        assert_eq!(scalar("x", true, Some("!!int")), Value::Text("x".into()));
    }

    proptest! {
        #[test]
        fn any_text_has_a_meaning(text in "[-+0-9a-fxobeE_:.~]{0,24}|\\PC*") {
            let _ = python_text(&plain(&text));
        }

        #[test]
        fn whole_numbers_come_back(number: i64) {
            prop_assert_eq!(plain(&number.to_string()), Value::Int(number.into()));
        }

        #[test]
        fn a_printed_float_reads_back_as_the_same_number(number: f64) {
            let printed = python_text(&Value::Float(number));
            let read: f64 = printed.parse().expect("a number");
            prop_assert!(read.to_bits() == number.to_bits() || number.is_nan());
        }
    }
}
