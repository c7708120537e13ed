//! A timeline as SVG.

use std::collections::BTreeMap;

use super::{
    rows::{TimelineRow, rows, waits},
    words,
};
use crate::{
    labels::count,
    picture::{
        file,
        measure::{Face, fit, width},
        shape::{Shape, float, number},
        sign::PictureState,
    },
    text::harmless,
};
use maestro_core::timeline::{StepKind, StepOutcome, TimedStep, Timeline};

const WIDTH: f64 = 960.0;
/// Left of the bars: room for names.
const NAMES: f64 = 172.0;
/// Right of them: room for times.
const TIMES: f64 = 92.0;
const HEAD: f64 = 92.0;
/// A lane of bars, and a ship's name.
const LANE: f64 = 24.0;
const SHIP: f64 = 28.0;
/// A picture is looked at: of more rows the quickest are left out.
const ROWS_AT_MOST: usize = 120;
/// Times over the grid: so many at most.
const TICKS: u64 = 9;

/// A file with the picture.
#[must_use]
pub fn svg(timeline: &Timeline) -> String {
    let scale = Scale { end: timeline.run.end.max(1) };
    let (rows, left) = rows(timeline, ROWS_AT_MOST);
    let mut drawing = Drawing { scale, places: BTreeMap::new(), y: HEAD };
    let (mut bars, prepared) = (Vec::new(), timeline.run.prepared);
    if prepared > 0 {
        bars.push(drawing.preparation(prepared));
    }
    let mut ship = None;
    for row in &rows {
        if ship != Some(row.ship) {
            ship = Some(row.ship);
            bars.push(drawing.ship(row.ship));
        }
        bars.push(drawing.row(row));
    }
    if left > 0 {
        let text = format!("and {} that took less time", count(left, "row"));
        bars.push(Shape::words(16.0, drawing.y + 18.0, "t-s", &text));
        drawing.y += SHIP;
    }
    let bottom = drawing.y;
    let mut parts = vec![
        hatches(),
        Shape::words(16.0, 28.0, "t-h", &fit(&words::title(timeline), WIDTH - 32.0, Face::Bold)),
        Shape::words(16.0, 48.0, "t-s", &fit(&words::sum(timeline), WIDTH - 32.0, Face::Small)),
        Shape::group("ticks", scale.grid(bottom)),
        Shape::group("waits", drawing.waits(timeline)),
    ];
    parts.extend(bars);
    parts.extend(drawing.chain(timeline));
    let (legend, bottom) = legend(timeline, bottom + 24.0);
    parts.extend(legend);
    let mut y = bottom + 26.0;
    let mut sentences: Vec<String> = words::chain(timeline).into_iter().collect();
    sentences.push(words::sums(timeline));
    for sentence in sentences.iter().filter(|sentence| !sentence.is_empty()) {
        parts.push(Shape::words(16.0, y, "t-s", &fit(sentence, WIDTH - 32.0, Face::Small)));
        y += 20.0;
    }
    let title = format!("{}: {}", words::title(timeline), words::sum(timeline));
    file(WIDTH, y, &title, &sentences.join(". "), parts)
}

/// From times to places.
#[derive(Clone, Copy)]
struct Scale {
    end: u64,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "a fraction of a pixel is lost after a century")]
    fn x(self, time: u64) -> f64 {
        NAMES + time as f64 / self.end as f64 * (WIDTH - NAMES - TIMES)
    }

    fn grid(self, bottom: f64) -> Vec<Shape> {
        let steps = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000];
        let step = steps.into_iter().find(|step| self.end / step <= TICKS).unwrap_or(self.end / TICKS);
        let mut shapes = Vec::new();
        let mut time = 0;
        while time <= self.end {
            let x = number(self.x(time));
            shapes.push(Shape::path("grid", format!("M{x} {}V{}", number(HEAD - 10.0), number(bottom))));
            let label = match (time / 1000, time % 1000) {
                (seconds, 0) if seconds < 60 => format!("{seconds} s"),
                (seconds, rest) if seconds < 60 => format!("{seconds}.{} s", rest / 100),
                (seconds, _) => format!("{}:{:02}", seconds / 60, seconds % 60),
            };
            shapes.push(Shape::words(self.x(time), HEAD - 16.0, "t-xs t-m", &label));
            time += step.max(1);
        }
        shapes
    }
}

/// What was drawn, and where.
struct Drawing {
    scale: Scale,
    /// The middle of each step's lane.
    places: BTreeMap<usize, f64>,
    y: f64,
}

impl Drawing {
    /// What comes before the first step.
    fn preparation(&mut self, prepared: u64) -> Shape {
        let middle = self.y + LANE / 2.0 + 2.0;
        let (x, wide) = (self.scale.x(0), self.scale.x(prepared) - self.scale.x(0));
        let mut parts = vec![
            Shape::new("title").text(&format!("connect, lease and preflight: {}", words::duration(prepared))),
            Shape::words(16.0, middle + 4.5, "t-s", "prepare"),
            Shape::rect("bar prep", (x, middle - 8.0), (wide.max(2.5), 16.0), 2.0),
        ];
        parts.extend(inside("prepare", prepared, x, wide, middle, "in"));
        parts.push(time(prepared, middle));
        self.y += LANE + 4.0;
        Shape::group("row", parts)
    }

    fn ship(&mut self, name: &str) -> Shape {
        let y = self.y;
        self.y += SHIP;
        let line = format!("M16 {}H{}", number(y + 25.5), number(WIDTH - 16.0));
        let name = fit(&harmless(name), WIDTH - 32.0, Face::Small);
        Shape::group("ship", vec![Shape::words(16.0, y + 18.0, "t-s", &name), Shape::path("rowl", line)])
    }

    fn row(&mut self, row: &TimelineRow<'_>) -> Shape {
        let middle = self.y + LANE / 2.0 + 2.0;
        let mut parts = Vec::new();
        let state = if row.has_failed() {
            PictureState::Failed
        } else if !row.is_blocked && row.steps().all(|step| step.outcome == StepOutcome::Done) {
            PictureState::Ready
        } else {
            PictureState::Blocked
        };
        match row.instance {
            Some(name) => {
                parts.push(state.sign(16.0, middle - 8.0, 1.0));
                let name = fit(&harmless(name), NAMES - 56.0, Face::Bold);
                parts.push(Shape::words(40.0, middle + 4.5, "t-b", &name));
            }
            None => parts.push(Shape::words(40.0, middle + 4.5, "t-s", "shared")),
        }
        for (lane, steps) in row.lanes.iter().enumerate() {
            let middle = middle + float(lane) * (LANE - 4.0);
            for step in steps {
                self.places.insert(step.step, middle);
                parts.push(self.bar(row, step, middle));
            }
        }
        parts.push(time(row.took(), middle));
        self.y += LANE + 4.0 + float(row.lanes.len() - 1) * (LANE - 4.0);
        Shape::group("row", parts)
    }

    fn bar(&self, row: &TimelineRow<'_>, step: &TimedStep, middle: f64) -> Shape {
        let (x, wide) = (self.scale.x(step.from), self.scale.x(step.to) - self.scale.x(step.from));
        let wide = wide.max(2.5);
        let has_failed = step.outcome == StepOutcome::Failed;
        let class = match step.kind {
            _ if has_failed => "bar fail",
            StepKind::Transfer => "bar pull",
            StepKind::Engine => "bar",
            StepKind::Stop => "bar stop",
            StepKind::Ready => "bar ready",
        };
        let at = (x, middle - 8.0);
        let action = words::action(&step.action);
        let subject = words::subject(row.instance, row.ship);
        let how = if has_failed { ", failed" } else { "" };
        let title = format!(
            "{subject}: {action}{how}, {} to {}",
            words::duration(step.from),
            words::duration(step.to)
        );
        let mut parts = vec![Shape::new("title").text(&title), Shape::rect(class, at, (wide, 16.0), 2.0)];
        if step.kind == StepKind::Ready {
            let hatch = if has_failed { "url(#h-bad)" } else { "url(#h-ok)" };
            parts.push(Shape::rect("over", at, (wide, 16.0), 2.0).with("fill", hatch));
        }
        let text =
            inside(&action, step.took(), x, wide, middle, if class == "bar" { "in inv" } else { "in" });
        if let (Some(_), StepKind::Ready) = (&text, step.kind) {
            // Letters are not read on hatches.
            let label = label(&action, step.took(), wide).unwrap_or_default();
            let class = if has_failed { "lab fail" } else { "lab" };
            let size = (width(&label, Face::Tiny) + 4.0, 13.0);
            parts.push(Shape::rect(class, (x + 4.0, middle - 6.5), size, 2.0));
        }
        parts.extend(text);
        if step.is_critical {
            parts.push(Shape::rect("crit", (x, middle - 9.0), (wide, 18.0), 2.0));
        }
        if has_failed {
            parts.push(PictureState::Failed.sign(x + wide + 4.0, middle - 8.0, 1.0));
        }
        Shape::group("step", parts)
    }

    /// Dots where an instance waited for others.
    fn waits(&self, timeline: &Timeline) -> Vec<Shape> {
        let drawn =
            waits(timeline).into_iter().filter(|wait| wait.step.instance.is_some()).filter_map(|wait| {
                let y = *self.places.get(&wait.step.step)?;
                let from = wait.other.to - wait.milliseconds;
                let (from, to) = (self.scale.x(from) + 1.0, self.scale.x(wait.step.from) - 1.0);
                let line = Shape::path("wait", format!("M{} {}H{}", number(from), number(y), number(to)));
                (to - from > 2.0).then(|| line.child(Shape::new("title").text(&words::waited(&wait))))
            });
        drawn.collect()
    }

    /// The longest chain from row to row: from the end of each step to the begin of the next one.
    fn chain(&self, timeline: &Timeline) -> Vec<Shape> {
        let mut critical: Vec<&TimedStep> = timeline.steps.iter().filter(|step| step.is_critical).collect();
        critical.sort_by_key(|step| (step.from, step.to));
        let mut shapes = Vec::new();
        for pair in critical.windows(2) {
            let (Some(&above), Some(&below)) =
                (self.places.get(&pair[0].step), self.places.get(&pair[1].step))
            else {
                continue;
            };
            if (above - below).abs() < 1.0 {
                continue;
            }
            let down = if below > above { 1.0 } else { -1.0 };
            let (from, to) = (self.scale.x(pair[0].to), self.scale.x(pair[1].from));
            let mut path = format!("M{} {}", number(from), number(above + down * 9.0));
            let end = below - down * 9.0;
            path.extend([format!("V{}", number(end - down * 5.0))]);
            if (to - from).abs() > 1.0 {
                path.extend([format!("H{}", number(to))]);
            }
            shapes.push(Shape::path("critl", path));
            let tip = format!("M{} {}l-3.5 {}h7z", number(to), number(end), number(-down * 6.0));
            shapes.push(Shape::path("critt", tip));
        }
        shapes
    }
}

/// The time that a row took, at its right end.
fn time(milliseconds: u64, middle: f64) -> Shape {
    Shape::words(WIDTH - 16.0, middle + 4.5, "t-s t-e", &words::duration(milliseconds))
}

/// The text in a bar, as far as there is room.
fn inside(action: &str, took: u64, x: f64, wide: f64, middle: f64, class: &'static str) -> Option<Shape> {
    Some(Shape::words(x + 6.0, middle + 4.0, class, &label(action, took, wide)?))
}

fn label(action: &str, took: u64, wide: f64) -> Option<String> {
    let whole = format!("{action} {}", words::duration(took));
    [whole, action.to_owned()].into_iter().find(|text| width(text, Face::Tiny) + 10.0 < wide)
}

fn hatches() -> Shape {
    let hatch = |id: &'static str, class: &'static str| {
        Shape::new("pattern")
            .with("id", id)
            .with("width", "6")
            .with("height", "6")
            .with("patternUnits", "userSpaceOnUse")
            .with("patternTransform", "rotate(45)")
            .child(Shape::path(class, "M0 0V6"))
    };
    Shape::new("defs").child(hatch("h-ok", "hatch")).child(hatch("h-bad", "hatch hf"))
}

fn legend(timeline: &Timeline, y: f64) -> (Vec<Shape>, f64) {
    let has = |kind: StepKind| timeline.steps.iter().any(|step| step.kind == kind);
    let (mut shapes, mut x) = (Vec::new(), 16.0);
    let mut item = |word: &str, marks: &[(&'static str, Option<&'static str>)]| {
        for (class, fill) in marks {
            let mark = Shape::rect(*class, (x, y - 7.0), (22.0, 14.0), 2.0);
            shapes.push(match fill {
                Some(fill) => mark.with("fill", *fill),
                None => mark,
            });
        }
        shapes.push(Shape::words(x + 28.0, y + 4.0, "t-s", word));
        x += 28.0 + width(word, Face::Small) + 18.0;
    };
    if has(StepKind::Transfer) {
        item("image or data", &[("bar pull", None)]);
    }
    item("engine", &[("bar", None)]);
    if has(StepKind::Stop) {
        item("stop", &[("bar stop", None)]);
    }
    if has(StepKind::Ready) {
        item("until ready", &[("bar ready", None), ("over", Some("url(#h-ok)"))]);
    }
    item("longest chain", &[("crit", None)]);
    let line = format!("M{} {}h22", number(x), number(y));
    shapes.push(Shape::path("wait", line));
    shapes.push(Shape::words(x + 28.0, y + 4.0, "t-s", "waits for others"));
    (shapes, y)
}
