//! Values of a project by their kinds, each with its place: what a reader of the long form asks for.

use super::element::{Content, Element, Members};
use maestro_core::source::Spanned;

impl Element {
    /// The text of that name.
    #[must_use]
    pub fn spanned_text(&self, name: &str) -> Option<Spanned<&str>> {
        let value = self.get(name)?;
        Some(Spanned::new(value.as_text()?, value.span))
    }

    /// The whole number of that name: a number, bytes, permissions, or the nanoseconds of a time.
    #[must_use]
    pub fn spanned_integer(&self, name: &str) -> Option<Spanned<i64>> {
        let value = self.get(name)?;
        let Content::Integer(number) = value.content else { return None };
        Some(Spanned::new(number.try_into().ok()?, value.span))
    }

    /// The number of that name.
    #[must_use]
    pub fn spanned_number(&self, name: &str) -> Option<Spanned<f64>> {
        let value = self.get(name)?;
        let Content::Number(number) = value.content else { return None };
        Some(Spanned::new(number, value.span))
    }

    /// Whether the value of that name is true.
    #[must_use]
    pub fn spanned_boolean(&self, name: &str) -> Option<Spanned<bool>> {
        let value = self.get(name)?;
        let Content::Boolean(is) = value.content else { return None };
        Some(Spanned::new(is, value.span))
    }

    /// The texts of the list of that name; none if there is no such list, which an empty one is not.
    #[must_use]
    pub fn spanned_texts(&self, name: &str) -> Option<Vec<Spanned<&str>>> {
        let items = self.get(name)?.items()?.iter();
        Some(items.filter_map(|item| Some(Spanned::new(item.as_text()?, item.span))).collect())
    }

    /// The names of that mapping with their values, which are texts or missing: variables, labels, options.
    pub fn spanned_pairs(&self, name: &str) -> impl Iterator<Item = (Spanned<&str>, Option<Spanned<&str>>)> {
        let members = self.get(name).and_then(Element::members);
        members.into_iter().flatten().map(|(name, member)| {
            let value = member.value.as_text().map(|text| Spanned::new(text, member.value.span));
            (Spanned::new(name.as_str(), member.key), value)
        })
    }

    /// Whether it is a network, a volume, a config or a secret that somebody else makes.
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.get("external").is_some_and(Element::is_true)
    }

    /// The items of the list of that name.
    pub fn each(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.get(name).and_then(Element::items).into_iter().flatten()
    }

    /// The entries of the mapping of that name.
    pub fn entries(&self, name: &str) -> impl Iterator<Item = (Spanned<&str>, &Element)> {
        let members = self.get(name).and_then(Element::members);
        members
            .into_iter()
            .flat_map(Members::iter)
            .map(|(name, member)| (Spanned::new(name.as_str(), member.key), &member.value))
    }
}
