//! Values of a Compose file as a tree. Every value keeps the place where it was written, through interpolation and merging.

use indexmap::IndexMap;

use super::yaml::MergeTag;
use maestro_core::source::Span;

/// A value and the place where it was written.
#[derive(Debug, Clone)]
pub struct Element {
    /// Where it was written.
    pub span: Span,
    /// What was written.
    pub content: Content,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Content {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number: one of 64 bits, with or without a sign.
    Integer(i128),
    /// A number with a point or an exponent.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Element>),
    /// Names and their values, in the order of the file.
    Mapping(Members),
}

/// The values of a mapping by their names.
pub type Members = IndexMap<String, Member>;

/// One value of a mapping.
#[derive(Debug, Clone)]
pub struct Member {
    /// Where its name was written.
    pub key: Span,
    /// What the file says about its merging.
    pub tag: Option<MergeTag>,
    /// The value.
    pub value: Element,
}

impl Member {
    /// A value without a tag.
    #[must_use]
    pub fn new(key: Span, value: Element) -> Self {
        Self { key, tag: None, value }
    }
}

impl Element {
    /// Whether it is more than an empty form: a canonical document has keys that say nothing.
    pub(crate) fn says_something(&self) -> bool {
        match &self.content {
            Content::Null => false,
            Content::Boolean(flag) => *flag,
            Content::List(items) => !items.is_empty(),
            Content::Mapping(members) => !members.is_empty(),
            Content::Integer(_) | Content::Number(_) | Content::Text(_) => true,
        }
    }

    /// Joins a value with the place where it was written.
    #[must_use]
    pub fn new(span: Span, content: Content) -> Self {
        Self { span, content }
    }

    /// A text.
    #[must_use]
    pub fn text(span: Span, text: impl Into<String>) -> Self {
        Self::new(span, Content::Text(text.into()))
    }

    /// A mapping of these values, all at one place.
    #[must_use]
    pub fn mapping<const N: usize>(span: Span, members: [(&str, Content); N]) -> Self {
        let members = members
            .into_iter()
            .map(|(name, content)| (name.to_owned(), Member::new(span, Self::new(span, content))));
        Self::new(span, Content::Mapping(members.collect()))
    }

    /// The value of that name, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Element> {
        self.members()?.get(name).map(|member| &member.value)
    }

    /// The value of that name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Element> {
        self.members_mut()?.get_mut(name).map(|member| &mut member.value)
    }

    /// The text of that name, if this is a mapping that has one.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Element::as_text)
    }

    /// The values of a mapping.
    #[must_use]
    pub fn members(&self) -> Option<&Members> {
        let Content::Mapping(members) = &self.content else { return None };
        Some(members)
    }

    /// The values of a mapping, to change them.
    pub fn members_mut(&mut self) -> Option<&mut Members> {
        let Content::Mapping(members) = &mut self.content else { return None };
        Some(members)
    }

    /// The items of a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Element]> {
        let Content::List(items) = &self.content else { return None };
        Some(items)
    }

    /// The items of a list, to change them.
    pub fn items_mut(&mut self) -> Option<&mut Vec<Element>> {
        let Content::List(items) = &mut self.content else { return None };
        Some(items)
    }

    /// The text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        let Content::Text(text) = &self.content else { return None };
        Some(text)
    }

    /// Whether this is true.
    #[must_use]
    pub fn is_true(&self) -> bool {
        matches!(self.content, Content::Boolean(true))
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// Sets the value of that name, unless there is one.
    pub fn add(&mut self, name: &str, content: Content) {
        let span = self.span;
        if let Some(members) = self.members_mut() {
            members.entry(name.to_owned()).or_insert_with(|| Member::new(span, Element::new(span, content)));
        }
    }

    /// Whether both say the same, wherever they were written.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (Content::List(a), Content::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_like(b))
            }
            (Content::Mapping(a), Content::Mapping(b)) => {
                let is_in_b =
                    |(name, a): (&String, &Member)| b.get(name).is_some_and(|b| a.value.is_like(&b.value));
                a.len() == b.len() && a.iter().all(is_in_b)
            }
            (Content::Null, Content::Null) => true,
            (Content::Boolean(a), Content::Boolean(b)) => a == b,
            (Content::Integer(a), Content::Integer(b)) => a == b,
            (Content::Number(a), Content::Number(b)) => a.to_bits() == b.to_bits(),
            (Content::Text(a), Content::Text(b)) => a == b,
            (
                Content::Null
                | Content::Boolean(_)
                | Content::Integer(_)
                | Content::Number(_)
                | Content::Text(_)
                | Content::List(_)
                | Content::Mapping(_),
                _,
            ) => false,
        }
    }
}

impl Content {
    /// The value as Go prints it, which is what a container gets: `true`, `1.5`. None for what is no single value.
    #[must_use]
    pub fn printed(&self) -> Option<String> {
        match self {
            Content::Boolean(value) => Some(value.to_string()),
            Content::Integer(value) => Some(value.to_string()),
            Content::Number(value) => Some(printed_number(*value)),
            Content::Text(text) => Some(text.clone()),
            Content::Null | Content::List(_) | Content::Mapping(_) => None,
        }
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Content::Text(text.to_owned())
    }
}

/// The exponent from which on Go prints one.
const LARGE: i32 = 6;

/// A number as Go prints it: the shortest digits, with an exponent for the very small and the very large.
#[must_use]
pub fn printed_number(number: f64) -> String {
    if !number.is_finite() {
        let text = if number.is_nan() { "NaN" } else { "+Inf" };
        return if number < 0.0 { "-Inf".to_owned() } else { text.to_owned() };
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..LARGE).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_go_prints_them() {
        for (number, printed) in [
            (1.5, "1.5"),
            (1.0, "1"),
            (123_456.5, "123456.5"),
            (1_234_567.5, "1.2345675e+06"),
            (1e21, "1e+21"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-2.5e-7, "-2.5e-07"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(printed_number(number), printed);
        }
    }
}
