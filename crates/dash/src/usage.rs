//! What instances used lately.

use std::collections::{BTreeMap, VecDeque};

/// How many counts are kept of each instance: as many as a picture has columns.
const KEPT: usize = 12;

/// The heights of a bar.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What an instance uses.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageSample {
    /// The instance.
    pub name: String,
    /// How much of a processor, in percent; none if that is not known yet.
    pub cpu_percent: Option<f64>,
    /// Bytes of memory, and the most that it may use; none if it does not run.
    pub memory: Option<(u64, u64)>,
    /// How often its engine has restarted it; none if it was not asked.
    pub restarts: Option<u64>,
}

/// The last counts of an instance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used {
    cpu: VecDeque<f64>,
    /// Bytes, and the limit.
    memory: VecDeque<(u64, u64)>,
    pub(crate) restarts: Option<u64>,
}

/// The last counts of all.
#[derive(Debug, Clone, Default)]
pub(crate) struct UsageHistory(BTreeMap<String, Used>);

impl UsageHistory {
    pub(crate) fn take(&mut self, samples: Vec<UsageSample>) {
        for sample in samples {
            let used = self.0.entry(sample.name).or_default();
            match (sample.cpu_percent, sample.memory) {
                (None, None) => (used.cpu, used.memory) = (VecDeque::new(), VecDeque::new()),
                (cpu, memory) => {
                    keep(&mut used.cpu, cpu);
                    keep(&mut used.memory, memory);
                }
            }
            used.restarts = sample.restarts.or(used.restarts);
        }
    }

    /// Forgets all but these.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| is_kept(name));
    }

    pub(crate) fn of(&self, name: &str) -> Option<&Used> {
        self.0.get(name)
    }
}

fn keep<T>(kept: &mut VecDeque<T>, new: Option<T>) {
    kept.extend(new);
    if kept.len() > KEPT {
        kept.pop_front();
    }
}

impl Used {
    /// `12.3%`.
    pub(crate) fn cpu(&self) -> Option<String> {
        let percent = *self.cpu.back()?;
        Some(if percent < 99.95 { format!("{percent:.1}%") } else { format!("{percent:.0}%") })
    }

    /// `64M`.
    pub(crate) fn memory(&self) -> Option<String> {
        let (bytes, _) = *self.memory.back()?;
        Some(short_size(bytes))
    }

    /// The last counts of the processor as bars; a full one is a whole processor, or the most if that is more.
    pub(crate) fn cpu_bars(&self, columns: usize) -> String {
        let most = self.cpu.iter().copied().fold(100.0, f64::max);
        bars(self.cpu.iter().map(|percent| percent / most), columns)
    }

    /// The last counts of memory as bars; a full one is the limit.
    pub(crate) fn memory_bars(&self, columns: usize) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a bar has eight heights")]
        let part = |&(bytes, limit): &(u64, u64)| bytes as f64 / limit.max(1) as f64;
        bars(self.memory.iter().map(part), columns)
    }
}

fn bars(parts: impl ExactSizeIterator<Item = f64>, columns: usize) -> String {
    let skipped = parts.len().saturating_sub(columns);
    let bar = |part: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and the number of heights"
        )]
        let height = (part.clamp(0.0, 1.0) * 8.0) as usize;
        BARS[height.min(7)]
    };
    let text: String = parts.skip(skipped).map(bar).collect();
    let missing = columns.saturating_sub(text.chars().count());
    " ".repeat(missing) + &text
}

/// A size in at most five letters: `64M`, `1.5G`.
fn short_size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut number = bytes as f64;
    let mut unit = "B";
    for next in ["K", "M", "G", "T"] {
        if number < 1000.0 {
            break;
        }
        number /= 1024.0;
        unit = next;
    }
    if unit == "B" || number >= 9.95 { format!("{number:.0}{unit}") } else { format!("{number:.1}{unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(cpu_percent: Option<f64>, memory: Option<(u64, u64)>) -> UsageSample {
        UsageSample { name: "web-1".to_owned(), cpu_percent, memory, restarts: None }
    }

    #[test]
    fn the_last_counts_are_bars_and_the_very_last_a_number() {
        let mut history = UsageHistory::default();
        for percent in [0.0, 12.5, 50.0, 100.0] {
            history.take(vec![sample(Some(percent), Some((512 << 20, 1 << 30)))]);
        }
        let used = history.of("web-1").unwrap();
        assert_eq!((used.cpu().unwrap(), used.memory().unwrap()), ("100%".to_owned(), "512M".to_owned()));
        assert_eq!(used.cpu_bars(6), "  ▁▂▅█");
        assert_eq!(used.cpu_bars(2), "▅█");
        assert_eq!(used.memory_bars(2), "▅▅");
        history.take(vec![sample(None, None)]);
        assert_eq!(history.of("web-1").unwrap().cpu(), None);
    }

    #[test]
    fn few_counts_are_kept() {
        let mut history = UsageHistory::default();
        for _ in 0..100 {
            history.take(vec![sample(Some(1.0), None)]);
        }
        assert_eq!(history.of("web-1").unwrap().cpu.len(), KEPT);
        history.retain(|name| name == "other");
        assert!(history.of("web-1").is_none());
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [(0, "0B"), (900, "900B"), (1024, "1.0K"), (64 << 20, "64M"), (3 << 29, "1.5G")]
        {
            assert_eq!(short_size(bytes), text);
        }
    }
}
