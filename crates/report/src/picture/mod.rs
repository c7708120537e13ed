//! Standalone pictures: elements of SVG, the look that all pictures share, signs of states, widths of texts.
//!
//! A picture is a tree of elements. The same tree becomes a file here, and can be put into a page. Text is escaped when
//! the tree is written, so no name can become markup.

pub mod measure;
pub mod shape;
pub mod sign;
pub mod style;

use shape::{Shape, number};

/// A whole picture with its look and a description for those who do not see it.
#[must_use]
pub fn file(width: f64, height: f64, title: &str, description: &str, parts: Vec<Shape>) -> String {
    let svg = Shape::new("svg")
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("viewBox", format!("0 0 {} {}", number(width), number(height)))
        .with("width", number(width))
        .with("height", number(height))
        .with("class", "draw")
        .with("role", "img")
        .with("aria-label", title.to_owned())
        .child(Shape::new("title").text(title))
        .child(Shape::new("desc").text(description))
        .child(Shape::new("style").text(&style::css()))
        .child(Shape::new("rect").with("class", "paper").with("width", "100%").with("height", "100%"))
        .children(parts);
    svg.to_string() + "\n"
}
