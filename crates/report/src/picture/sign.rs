//! Signs of states on a grid of 16 px. The outline differs first, then the inner sign, and the colour last: nothing is
//! told by colour alone.

use super::shape::{Shape, number};

/// How something in a picture stands, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PictureState {
    /// It does not work.
    Failed,
    /// Its ship does not answer.
    Unknown,
    /// It waits for something that failed.
    Blocked,
    /// It runs and is not as the file says.
    Differs,
    /// It has no container.
    Absent,
    /// It is being started.
    Starting,
    /// It runs; nothing checks it.
    Up,
    /// Its checks pass.
    Ready,
}

impl PictureState {
    /// All of them, the worst first.
    pub const ALL: [Self; 8] = [
        Self::Failed,
        Self::Unknown,
        Self::Blocked,
        Self::Differs,
        Self::Absent,
        Self::Starting,
        Self::Up,
        Self::Ready,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Blocked => "blocked",
            Self::Differs => "differs",
            Self::Absent => "not created",
            Self::Starting => "starting",
            Self::Up => "up",
            Self::Ready => "ready",
        }
    }

    /// The class that gives elements its colour.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Failed => "k-bad",
            Self::Unknown => "k-unknown",
            Self::Blocked => "k-blocked",
            Self::Differs => "k-diff",
            Self::Absent => "k-absent",
            Self::Starting => "k-busy",
            Self::Up => "k-up",
            Self::Ready => "k-ready",
        }
    }

    /// The class of its words; those of states that need no look are dim.
    #[must_use]
    pub fn words_class(self) -> &'static str {
        match self {
            Self::Failed => "t-s w-bad",
            Self::Unknown => "t-s w-unknown",
            Self::Differs => "t-s w-diff",
            Self::Starting => "t-s w-busy",
            Self::Blocked | Self::Absent | Self::Up | Self::Ready => "t-s",
        }
    }

    /// Whether it counts as ready in sums.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Up | Self::Ready)
    }

    /// The sign, with its upper left corner there.
    #[must_use]
    pub fn sign(self, x: f64, y: f64, scale: f64) -> Shape {
        placed(self.class(), x, y, scale, self.parts())
    }

    fn parts(self) -> Vec<Shape> {
        let square = "M4.25 2.25h7.5a2 2 0 0 1 2 2v7.5a2 2 0 0 1-2 2h-7.5a2 2 0 0 1-2-2v-7.5a2 2 0 0 1 2-2z";
        match self {
            Self::Ready => vec![ring("sg"), line("M5.2 8.2l2 2 3.6-4.1")],
            Self::Up => vec![ring("sg"), circle("sg f", "2")],
            Self::Starting => vec![ring("sg da"), line("M8 4.8V8l2.2 1.6")],
            Self::Blocked => vec![ring("sg"), line("M3.6 12.4l8.8-8.8")],
            Self::Differs => vec![line("M8 2L14.6 13.6H1.4z"), line("M8 6.4v3.2M8 11.6v.01")],
            Self::Failed => vec![
                Shape::path("sg f", "M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2z"),
                Shape::path("sg kn", "M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8"),
            ],
            Self::Unknown => vec![
                Shape::path("sg da", "M8 .9L15.1 8 8 15.1.9 8z"),
                line("M6.3 6.5c.1-1 .8-1.5 1.7-1.5s1.7.6 1.7 1.4c0 1.2-1.7 1.2-1.7 2.5M8 11.2v.01"),
            ],
            Self::Absent => vec![Shape::path("sg da", square), line("M5.2 8h5.6M8 5.2v5.6")],
        }
    }
}

/// The sign of a ship.
#[must_use]
pub fn ship(x: f64, y: f64) -> Shape {
    let outline = "M3 2.5h10a1 1 0 0 1 1 1V6a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V3.5a1 1 0 0 1 1-1zM3 9h10a1 1 0 0 1 1 \
                   1v2.5a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1z";
    placed("k-ship", x, y, 1.0, vec![line(outline), line("M4.6 4.75h.01M4.6 11.25h.01")])
}

fn placed(class: &'static str, x: f64, y: f64, scale: f64, parts: Vec<Shape>) -> Shape {
    let mut transform = format!("translate({} {})", number(x), number(y));
    if (scale - 1.0).abs() > f64::EPSILON {
        transform.extend([format!(" scale({scale})")]);
    }
    Shape::new("g").with("class", class).with("transform", transform).children(parts)
}

fn line(data: &'static str) -> Shape {
    Shape::path("sg", data)
}

fn circle(class: &'static str, radius: &'static str) -> Shape {
    Shape::new("circle").with("class", class).with("cx", "8").with("cy", "8").with("r", radius)
}

fn ring(class: &'static str) -> Shape {
    circle(class, "6.25")
}
