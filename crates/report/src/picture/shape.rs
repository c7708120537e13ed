//! An element of a picture.

use std::{borrow::Cow, fmt};

use crate::text::harmless;

/// An element with its attributes, its text and the elements in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    tag: &'static str,
    attributes: Vec<(&'static str, Cow<'static, str>)>,
    text: String,
    children: Vec<Shape>,
}

impl Shape {
    /// An element without anything in it.
    #[must_use]
    pub fn new(tag: &'static str) -> Self {
        Self { tag, attributes: Vec::new(), text: String::new(), children: Vec::new() }
    }

    /// A group.
    #[must_use]
    pub fn group(class: impl Into<Cow<'static, str>>, children: Vec<Self>) -> Self {
        Self::new("g").with("class", class).children(children)
    }

    /// A path.
    #[must_use]
    pub fn path(class: impl Into<Cow<'static, str>>, data: impl Into<Cow<'static, str>>) -> Self {
        Self::new("path").with("class", class).with("d", data)
    }

    /// A line of text whose base line is at `y`.
    #[must_use]
    pub fn words(x: f64, y: f64, class: &'static str, text: &str) -> Self {
        let shape = Self::new("text").with("x", number(x)).with("y", number(y));
        let shape = if class.is_empty() { shape } else { shape.with("class", class) };
        shape.text(text)
    }

    /// A rectangle with rounded corners.
    #[must_use]
    pub fn rect(
        class: impl Into<Cow<'static, str>>,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        radius: f64,
    ) -> Self {
        Self::new("rect")
            .with("class", class)
            .with("x", number(x))
            .with("y", number(y))
            .with("width", number(width))
            .with("height", number(height))
            .with("rx", number(radius))
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// The same with this text. It is made harmless first: a picture is shown by other programs.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.text = match self.tag {
            // Ours, and of several lines.
            "style" => text.to_owned(),
            _ => harmless(text).into_owned(),
        };
        self
    }

    /// The same with one more element in it.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// The same with more elements in it.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.tag)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"{}\"", escaped(value))?;
        }
        if self.text.is_empty() && self.children.is_empty() {
            return f.write_str("/>");
        }
        f.write_str(">")?;
        // Style is parsed as text as well, so the same characters are escaped.
        f.write_str(&escaped(&self.text))?;
        for child in &self.children {
            // A line for each part keeps the file readable and its differences small.
            if matches!(self.tag, "svg" | "g" | "defs") {
                f.write_str("\n")?;
            }
            child.write(f)?;
        }
        write!(f, "</{}>", self.tag)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

/// A length or place, to a tenth of a pixel.
#[must_use]
pub fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    // There is no negative zero in a file.
    format!("{}", if tenths == 0.0 { 0.0 } else { tenths })
}

/// A small number as one of pixels.
#[expect(
    clippy::cast_precision_loss,
    reason = "there are not so many nodes that a fraction of a pixel is lost"
)]
pub(crate) fn float(number: usize) -> f64 {
    number as f64
}

fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        c => c.to_string(),
    };
    Cow::Owned(text.chars().map(escape).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_become_markup() {
        let shape = Shape::words(1.0, 2.25, "t-b", "</text><script>a\u{1b}&\"");
        assert_eq!(
            shape.to_string(),
            "<text x=\"1\" y=\"2.3\" class=\"t-b\">&lt;/text&gt;&lt;script&gt;a\\u{1b}&amp;&quot;</text>"
        );
        let shape = Shape::new("g").with("data-n", "\"><script>");
        assert_eq!(shape.to_string(), "<g data-n=\"&quot;&gt;&lt;script&gt;\"/>");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 0.04, -0.04, 2.26].map(number), ["1", "0", "0", "2.3"]);
    }
}
