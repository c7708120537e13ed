//! How edges are drawn.

use super::GraphEdge;
use crate::picture::{
    shape::{Shape, number},
    sign::PictureState,
};

/// How an edge looks.
pub(super) struct EdgeLook {
    is_link: bool,
    state: &'static str,
}

impl EdgeLook {
    pub(super) fn of(edge: &GraphEdge, from: Option<PictureState>, to: Option<PictureState>) -> Self {
        let state = match (from, to) {
            (_, Some(PictureState::Failed)) => " bad",
            (_, Some(PictureState::Unknown)) | (Some(PictureState::Unknown), _) => " lost",
            _ => "",
        };
        Self { is_link: edge.is_link(), state }
    }

    pub(super) fn edge(&self) -> String {
        let kind = if self.is_link { "" } else { " req" };
        format!("edge{kind}{}", self.state)
    }

    pub(super) fn tip(&self) -> String {
        format!("tip{}", self.state)
    }
}

pub(super) fn arrow(from: (f64, f64), to: (f64, f64), look: &EdgeLook) -> [Shape; 2] {
    [Shape::path(look.edge(), curve(from, (to.0 - 7.0, to.1))), tip(to, look)]
}

/// The tip of an arrow that comes from the left.
pub(super) fn tip(to: (f64, f64), look: &EdgeLook) -> Shape {
    Shape::path(look.tip(), format!("M{} {}l-8 -4v8z", number(to.0), number(to.1)))
}

/// An arrow between nodes of one column: out at the right, and back.
pub(super) fn around(from: (f64, f64), to: (f64, f64), look: &EdgeLook) -> [Shape; 2] {
    let reach = from.0.max(to.0) + 28.0;
    let [a, b] = [from, (to.0 + 7.0, to.1)].map(|(x, y)| (number(x), number(y)));
    let path =
        format!("M{} {}C{reach} {} {reach} {} {} {}", a.0, a.1, a.1, b.1, b.0, b.1, reach = number(reach));
    let tip = format!("M{} {}l8 -4v8z", number(to.0), number(to.1));
    [Shape::path(look.edge(), path), Shape::path(look.tip(), tip)]
}

pub(super) fn curve(from: (f64, f64), to: (f64, f64)) -> String {
    let reach = ((to.0 - from.0) / 2.0).max(24.0);
    let points = [from, (from.0 + reach, from.1), (to.0 - reach, to.1), to];
    let [start, first, second, end] = points.map(|(x, y)| format!("{} {}", number(x), number(y)));
    format!("M{start}C{first} {second} {end}")
}
