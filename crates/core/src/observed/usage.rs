//! What a container uses of its ship, as an engine counts it, and what follows from two counts: as `docker stats` does.

use std::time::Duration;

/// What an engine has counted of a container up to a moment. All counters grow from the container's start on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Processor time of its processes, in nanoseconds.
    pub cpu: u64,
    /// Processor time of the whole machine, all processors together, in nanoseconds.
    pub system: u64,
    /// How many processors the machine has.
    pub processors: u64,
    /// Memory that it uses, in bytes, without what the kernel can drop at once.
    pub memory: u64,
    /// The most memory that it may use, in bytes: its limit, or all that the machine has.
    pub memory_limit: u64,
    /// What came in over its networks, in bytes.
    pub received: u64,
    /// What went out over its networks, in bytes.
    pub sent: u64,
    /// What was read from disks, in bytes.
    pub read: u64,
    /// What was written to disks, in bytes.
    pub written: u64,
    /// How many processes and threads it has.
    pub processes: u64,
}

impl Counted {
    /// How much of a processor was used since an earlier count, in percent: 200 are two whole processors. None if the
    /// machine's time did not go on between them.
    #[must_use]
    pub fn cpu_percent(&self, earlier: &Self) -> Option<f64> {
        let system = self.system.checked_sub(earlier.system).filter(|passed| *passed > 0)?;
        // A container that was started again counts anew.
        let cpu = self.cpu.checked_sub(earlier.cpu)?;
        Some(float(cpu) / float(system) * float(self.processors) * 100.0)
    }

    /// How much of the memory that it may use is used, in percent. None without a limit.
    #[must_use]
    pub fn memory_percent(&self) -> Option<f64> {
        (self.memory_limit > 0).then(|| float(self.memory) / float(self.memory_limit) * 100.0)
    }
}

/// Counters lose nothing that anybody sees.
#[expect(clippy::cast_precision_loss, reason = "a percentage has two digits behind the point")]
fn float(counter: u64) -> f64 {
    counter as f64
}

/// The memory that counts as used: without the page cache that the kernel can drop at once, which is part of `usage`.
#[must_use]
pub fn memory_in_use(usage: u64, inactive_file: Option<u64>) -> u64 {
    inactive_file.filter(|cache| *cache < usage).map_or(usage, |cache| usage - cache)
}

/// How long after the first count of a container a second one is worth comparing with it.
pub const BETWEEN_COUNTS: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn counted(cpu: u64, system: u64) -> Counted {
        Counted { cpu, system, processors: 4, ..Counted::default() }
    }

    #[test]
    fn a_processor_is_a_hundred_percent() {
        // In one second of four processors, half a second of one was used.
        let (before, after) = (counted(SECOND, 10 * SECOND), counted(SECOND + SECOND / 2, 14 * SECOND));
        assert_eq!(after.cpu_percent(&before), Some(50.0));
        let all = counted(5 * SECOND, 14 * SECOND);
        assert_eq!(all.cpu_percent(&before), Some(400.0));
        assert_eq!(counted(SECOND, 14 * SECOND).cpu_percent(&before), Some(0.0));
    }

    #[test]
    fn without_a_second_count_nothing_is_known() {
        let before = counted(SECOND, 10 * SECOND);
        assert_eq!(before.cpu_percent(&before), None, "no time has passed");
        assert_eq!(counted(0, 14 * SECOND).cpu_percent(&before), None, "it was started again");
        assert_eq!(counted(SECOND, 9 * SECOND).cpu_percent(&before), None, "the machine was started again");
    }

    #[test]
    fn cache_that_can_be_dropped_is_not_in_use() {
        assert_eq!(memory_in_use(1000, Some(300)), 700);
        assert_eq!(memory_in_use(1000, None), 1000);
        assert_eq!(memory_in_use(100, Some(300)), 100);
        let counted = Counted { memory: 512, memory_limit: 2048, ..Counted::default() };
        assert_eq!(counted.memory_percent(), Some(25.0));
        assert_eq!(Counted::default().memory_percent(), None);
    }
}
