//! Medians, quartiles, ratios, and whether a goal is met.

/// Figures of one kind, from several runs of the same thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// A quarter of the figures is below it.
    pub lower: f64,
    /// Half of them is.
    pub median: f64,
    /// Three quarters are.
    pub upper: f64,
    /// How many there are.
    pub count: usize,
}

impl Spread {
    /// The quartiles of figures in any order, interpolated between neighbours; none of no figures.
    #[must_use]
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            lower: quantile(&sorted, 0.25)?,
            median: quantile(&sorted, 0.5)?,
            upper: quantile(&sorted, 0.75)?,
            count: sorted.len(),
        })
    }
}

/// What lies at that part of sorted figures: between two it is as far from them as the part is.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "there are as many figures as runs, and no part is negative"
)]
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = part * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    Some(sorted[below] + (sorted[above] - sorted[below]) * place.fract())
}

/// How many times the first is the second; none if there is nothing to compare with.
#[must_use]
pub fn ratio(figure: f64, base: f64) -> Option<f64> {
    (base > 0.0).then(|| figure / base)
}

/// What a figure is held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// At most so many times the floor's.
    OfFloor(f64),
    /// Less than that of every other tool, the floor left out.
    Smallest,
}

/// Whether a goal is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Met,
    /// It is not.
    Missed,
    /// There is nothing to compare with.
    Unknown,
}

impl Goal {
    /// Judges a figure beside the floor's and those of other tools. Ratios count to the second place, as they are shown.
    #[must_use]
    pub fn judge(self, figure: Option<f64>, floor: Option<f64>, others: &[f64]) -> Verdict {
        let Some(figure) = figure else { return Verdict::Unknown };
        let met = match self {
            Self::OfFloor(limit) => {
                let Some(ratio) = floor.and_then(|floor| ratio(figure, floor)) else {
                    return Verdict::Unknown;
                };
                (ratio * 100.0).round() <= (limit * 100.0).round()
            }
            Self::Smallest if others.is_empty() => return Verdict::Unknown,
            Self::Smallest => others.iter().all(|other| figure < *other),
        };
        if met { Verdict::Met } else { Verdict::Missed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(figures: &[f64]) -> (f64, f64, f64) {
        let Spread { lower, median, upper, count } = Spread::of(figures.iter().copied()).unwrap();
        assert_eq!(count, figures.len());
        (lower, median, upper)
    }

    #[test]
    fn quartiles_lie_between_neighbours() {
        assert_eq!(spread(&[5.0]), (5.0, 5.0, 5.0));
        assert_eq!(spread(&[4.0, 2.0]), (2.5, 3.0, 3.5));
        assert_eq!(spread(&[3.0, 1.0, 2.0]), (1.5, 2.0, 2.5));
        assert_eq!(spread(&[9.0, 1.0, 3.0, 5.0, 7.0]), (3.0, 5.0, 7.0));
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn one_run_that_was_disturbed_does_not_move_the_median() {
        assert_eq!(spread(&[1.0, 1.0, 1.0, 1.0, 100.0]), (1.0, 1.0, 1.0));
    }

    #[test]
    fn nothing_is_a_multiple_of_nothing() {
        assert_eq!(ratio(3.0, 2.0), Some(1.5));
        assert_eq!(ratio(3.0, 0.0), None);
    }

    #[test]
    fn a_goal_is_judged_as_its_ratio_is_shown() {
        let judge = |figure| Goal::OfFloor(1.3).judge(Some(figure), Some(10.0), &[]);
        assert_eq!(judge(13.0), Verdict::Met);
        assert_eq!(judge(13.04), Verdict::Met);
        assert_eq!(judge(13.06), Verdict::Missed);
        assert_eq!(Goal::OfFloor(1.3).judge(Some(1.0), None, &[]), Verdict::Unknown);
        assert_eq!(Goal::OfFloor(1.3).judge(None, Some(1.0), &[]), Verdict::Unknown);
    }

    #[test]
    fn the_smallest_is_smaller_than_every_other_but_the_floor() {
        let judge = |others: &[f64]| Goal::Smallest.judge(Some(5.0), Some(1.0), others);
        assert_eq!(judge(&[6.0, 7.0]), Verdict::Met);
        assert_eq!(judge(&[6.0, 5.0]), Verdict::Missed);
        assert_eq!(judge(&[]), Verdict::Unknown);
    }
}
