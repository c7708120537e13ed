//! What a container may use, and when it is started again.

use std::collections::BTreeMap;

use super::Drift;
use crate::model::container::ContainerSpec;

impl Drift<'_> {
    pub(super) fn limits(&mut self, spec: &ContainerSpec) {
        let now = self.running.description;
        let policy = |name: &str, retries: i64| {
            if name == "on-failure" && retries > 0 { format!("{name}:{retries}") } else { name.to_owned() }
        };
        let declared = spec
            .restart
            .as_ref()
            .map_or_else(|| "no".to_owned(), |restart| policy(&restart.name, restart.retries.into()));
        self.one("restart", &policy(&now.restart.0, now.restart.1), &declared);
        let limit = |soft: i64, hard: i64| format!("{soft}:{hard}");
        let running =
            now.ulimits.iter().map(|(name, (soft, hard))| (name.clone(), limit(*soft, *hard))).collect();
        let declared = spec
            .ulimits
            .iter()
            .map(|ulimit| (ulimit.name.clone(), limit(ulimit.soft, ulimit.hard)))
            .collect();
        // An engine may have limits of its own for all containers.
        self.each("ulimits", &running, &declared, !self.is_same);
        self.limit("limits.cpu", now.cpu_shares, spec.cpu_shares, |shares| shares.to_string());
        self.limit("limits.memory", now.memory, spec.memory, bytes);
        // What is not said is twice the memory, or no limit where the kernel has none.
        let own = |swap: i64| matches!(swap, 0 | -1) || swap == 2 * now.memory;
        if !(own(now.memory_swap) && (spec.memory_swap.is_none() || self.is_same)) {
            self.limit("limits.swap", now.memory_swap, spec.memory_swap, bytes);
        }
        self.each("limits", &now.other_limits, &BTreeMap::new(), true);
        if !self.is_same {
            self.one("log_driver", &now.log_driver, spec.log_driver.as_deref().unwrap_or("json-file"));
            self.each("log_opt", &now.log_opt, &spec.log_opt, true);
        }
    }

    /// 0 stands for none; an engine whose kernel lacks a limit drops it, and says 0.
    fn limit(&mut self, field: &str, now: i64, declared: Option<i64>, shown: impl Fn(i64) -> String) {
        let wanted = declared.unwrap_or_default();
        if now != wanted && !(self.is_same && now == 0) {
            let text = |limit: i64| (limit != 0).then(|| shown(limit));
            self.push(field, text(now), text(wanted));
        }
    }
}

pub(super) fn bytes(bytes: i64) -> String {
    const UNITS: [(&str, i64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = UNITS.iter().find(|(_, size)| bytes > 0 && bytes % size == 0);
    unit.map_or_else(|| format!("{bytes} bytes"), |(unit, size)| format!("{} {unit}", bytes / size))
}
