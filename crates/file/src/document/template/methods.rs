//! Methods of Python's values that the template engine and its companion do not know, and what `%` does with texts.

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};
use minijinja_contrib::pycompat;

/// Begins the detail of an error of a format.
pub(super) const FORMAT: &str = "format: ";

/// Methods of Python's strings, lists and dictionaries, those of Python 2 that old files call included.
pub(super) fn call(state: &mut State, value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    let is_map = value.kind() == ValueKind::Map;
    let method = match method {
        "iteritems" if is_map => "items",
        "iterkeys" if is_map => "keys",
        "itervalues" if is_map => "values",
        "has_key" if is_map && args.len() == 1 => {
            return Ok(Value::from(!value.get_item(&args[0])?.is_undefined()));
        }
        super::python::REMAINDER if args.len() == 1 => return remainder(state, value, &args[0]),
        other => other,
    };
    if let Some(result) = value.as_str().map(|text| of_text(state, text, method, args)) {
        match result {
            Ok(None) => {}
            Ok(Some(value)) => return Ok(value),
            Err(error) => return Err(error),
        }
    }
    let result = pycompat::unknown_method_callback(state, value, method, args);
    match result {
        Err(error) if method == "format" && error.kind() != ErrorKind::UnknownMethod => Err(misfit(&error)),
        other => other,
    }
}

/// `a % b`: a text is filled in as C does it, of numbers it is the remainder.
fn remainder(state: &mut State, left: &Value, right: &Value) -> Result<Value, Error> {
    if left.as_str().is_none() {
        let both = minijinja::context! { left => left, right => right };
        return state.env().compile_expression("left % right")?.eval(both);
    }
    let mut args = vec![left.clone()];
    if right.is_tuple() {
        args.extend(right.try_iter()?);
    } else {
        args.push(right.clone());
    }
    state.apply_filter("format", &args).map_err(|error| match error.kind() {
        ErrorKind::OutOfFuel | ErrorKind::UndefinedError => error,
        _ => misfit(&error),
    })
}

fn misfit(error: &Error) -> Error {
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    Error::new(ErrorKind::InvalidOperation, format!("{FORMAT}{detail}"))
}

fn of_text(state: &State, text: &str, method: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    let word = |at: usize| args.get(at).and_then(Value::as_str);
    let value = match (method, args.len()) {
        ("zfill", 1) => {
            let (sign, digits) = match text.strip_prefix(['-', '+']) {
                Some(digits) => (&text[..1], digits),
                None => ("", text),
            };
            let width = width(state, &args[0])?.saturating_sub(sign.len());
            Value::from(format!("{sign}{}", padded(digits, width, "0", Side::Left)))
        }
        ("center" | "ljust" | "rjust", 1 | 2) => {
            let fill = word(1).unwrap_or(" ");
            let side = match method {
                "center" => Side::Both,
                "ljust" => Side::Right,
                _ => Side::Left,
            };
            Value::from(padded(text, width(state, &args[0])?, fill, side))
        }
        ("isdigit" | "isdecimal" | "isnumeric", 0) => {
            Value::from(!text.is_empty() && text.chars().all(char::is_numeric))
        }
        ("removeprefix", 1) => Value::from(word(0).and_then(|w| text.strip_prefix(w)).unwrap_or(text)),
        ("removesuffix", 1) => Value::from(word(0).and_then(|w| text.strip_suffix(w)).unwrap_or(text)),
        ("swapcase", 0) => Value::from(text.chars().map(swapped).collect::<String>()),
        ("casefold", 0) => Value::from(text.to_lowercase()),
        ("partition" | "rpartition", 1) => {
            let Some(separator) = word(0).filter(|separator| !separator.is_empty()) else { return Ok(None) };
            let found =
                if method == "partition" { text.split_once(separator) } else { text.rsplit_once(separator) };
            let parts = match found {
                Some((before, after)) => [before, separator, after],
                None if method == "partition" => [text, "", ""],
                None => ["", "", text],
            };
            Value::from(minijinja::value::Tuple::from(parts.map(Value::from).to_vec()))
        }
        ("rsplit", 1 | 2) => {
            let Some(separator) = word(0).filter(|separator| !separator.is_empty()) else { return Ok(None) };
            let most = args.get(1).and_then(Value::as_usize).unwrap_or(usize::MAX - 1);
            let mut parts: Vec<&str> = text.rsplitn(most.saturating_add(1), separator).collect();
            parts.reverse();
            parts.into_iter().map(Value::from).collect()
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
    Both,
}

/// A width that the template may pay for.
fn width(state: &State, width: &Value) -> Result<usize, Error> {
    let width = width
        .as_i64()
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "the width must be a whole number"))?;
    let width = usize::try_from(width).unwrap_or(0);
    state.consume_fuel(width as u64 / 64)?;
    Ok(width)
}

/// `text` with `fill` beside it until it has `width` characters.
fn padded(text: &str, width: usize, fill: &str, side: Side) -> String {
    let missing = width.saturating_sub(text.chars().count());
    // Where it cannot be in the middle, Python puts an odd text of an odd width to the right.
    let left = match side {
        Side::Left => missing,
        Side::Right => 0,
        Side::Both => missing / 2 + (missing & width & 1),
    };
    format!("{}{text}{}", fill.repeat(left), fill.repeat(missing - left))
}

/// The filter `center`.
pub(super) fn center(state: &State, text: &str, wanted: Option<&Value>) -> Result<String, Error> {
    let default = Value::from(80);
    Ok(padded(text, width(state, wanted.unwrap_or(&default))?, " ", Side::Both))
}

/// The filter `truncate`: a text that is longer than `length` by more than `leeway` is cut, at a space if it may not be
/// cut in a word.
#[expect(clippy::needless_pass_by_value, reason = "the template engine hands it over")]
pub(super) fn truncate(
    text: &str,
    length: Option<usize>,
    killwords: Option<bool>,
    end: Option<&str>,
    named: Kwargs,
) -> Result<String, Error> {
    let length = length.or(named.get("length")?).unwrap_or(255);
    let killwords = killwords.or(named.get("killwords")?).unwrap_or(false);
    let end = end.or(named.get("end")?).unwrap_or("...");
    let leeway = named.get::<Option<usize>>("leeway")?.unwrap_or(5);
    named.assert_all_used()?;
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(text.to_owned());
    }
    let kept: String = text.chars().take(length.saturating_sub(end.chars().count())).collect();
    let kept = if killwords { &kept } else { kept.rsplit_once(' ').map_or(kept.as_str(), |(kept, _)| kept) };
    Ok(format!("{kept}{end}"))
}

/// The filter `wordcount`.
pub(super) fn word_count(text: &str) -> usize {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).count()
}

fn swapped(character: char) -> String {
    if character.is_uppercase() {
        character.to_lowercase().collect()
    } else {
        character.to_uppercase().collect()
    }
}
