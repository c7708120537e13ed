//! What a Docker engine tells for people.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Docker,
    event_lines::{self, ToldEvent},
    found,
    wire::segment,
};
use crate::{
    EngineError,
    inspection::{Counted, Happening, Happenings, ImageFacts, Inspection, Processes, Window},
};
use maestro_core::{
    observed::usage::memory_in_use,
    value::{platform, shortened},
};

/// How many characters are kept of a name, a word or a process's command.
const LONGEST_TEXT: usize = 4096;

#[async_trait]
impl Inspection for Docker {
    async fn usage(&self, container: &str) -> Result<Option<Counted>, EngineError> {
        let path = format!("/containers/{}/stats?stream=false&one-shot=true", segment(container));
        let told: Option<ToldUsage> = found(self.read(&path).await)?;
        // Of one that does not run engines tell an empty count.
        Ok(told.filter(|told| told.cpu_stats.system_cpu_usage > 0).map(Counted::from))
    }

    async fn processes(&self, container: &str) -> Result<Processes, EngineError> {
        let told: ToldProcesses = self.read(&format!("/containers/{}/top", segment(container))).await?;
        let cut = |texts: Option<Vec<String>>| -> Vec<String> {
            texts.into_iter().flatten().map(|text| cut(&text)).collect()
        };
        let rows = told.processes.into_iter().flatten().map(|row| cut(Some(row))).collect();
        Ok(Processes { titles: cut(told.titles), rows })
    }

    async fn document(&self, container: &str) -> Result<Option<Value>, EngineError> {
        found(self.read(&format!("/containers/{}/json", segment(container))).await)
    }

    async fn image(&self, image: &str) -> Result<Option<ImageFacts>, EngineError> {
        let told: Option<ToldImage> = found(self.read(&format!("/images/{}/json", segment(image))).await)?;
        Ok(told.map(ImageFacts::from))
    }

    async fn happenings(&self, window: Window) -> Result<Happenings, EngineError> {
        let filters = segment(r#"{"type":["container","network","volume"]}"#);
        let moments = [("since", window.since), ("until", window.until)];
        let moments = moments.into_iter().filter_map(|(name, at)| Some(format!("&{name}={}", seconds(at?))));
        let path = format!("/events?filters={filters}{}", moments.collect::<String>());
        let told = event_lines::follow(self, &path, window.until.is_some()).await?;
        Ok(told.map_ok(Happening::from).boxed())
    }
}

/// A moment as the engine reads it: `1700000000.000000001`.
fn seconds(at: Timestamp) -> String {
    let nanoseconds = at.as_nanosecond().max(0);
    format!("{}.{:09}", nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000)
}

fn cut(text: &str) -> String {
    shortened(text, LONGEST_TEXT).into_owned()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldUsage {
    cpu_stats: ToldCpu,
    memory_stats: ToldMemory,
    networks: Option<BTreeMap<String, ToldNetwork>>,
    blkio_stats: ToldDisks,
    pids_stats: ToldProcessNumber,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldCpu {
    cpu_usage: ToldCpuUsage,
    system_cpu_usage: u64,
    online_cpus: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldCpuUsage {
    total_usage: u64,
    percpu_usage: Option<Vec<u64>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldMemory {
    usage: u64,
    limit: u64,
    stats: Option<BTreeMap<String, u64>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldNetwork {
    rx_bytes: u64,
    tx_bytes: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldDisks {
    io_service_bytes_recursive: Option<Vec<ToldDisk>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldDisk {
    op: String,
    value: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldProcessNumber {
    current: u64,
}

impl From<ToldUsage> for Counted {
    fn from(told: ToldUsage) -> Self {
        let ToldUsage { cpu_stats: cpu, memory_stats: memory, networks, blkio_stats, pids_stats } = told;
        let processors = match cpu.online_cpus {
            0 => cpu.cpu_usage.percpu_usage.map_or(0, |each| each.len() as u64),
            online => online,
        };
        // Control groups of version 1 and of version 2 call it differently.
        let stats = memory.stats.unwrap_or_default();
        let inactive = stats.get("total_inactive_file").or_else(|| stats.get("inactive_file")).copied();
        let networks = networks.unwrap_or_default();
        let sum = |of: fn(&ToldNetwork) -> u64| networks.values().map(of).fold(0, u64::saturating_add);
        let disks = blkio_stats.io_service_bytes_recursive.unwrap_or_default();
        // `Read` with version 1, `read` with version 2.
        let disk = |first: char| {
            let of = disks.iter().filter(|disk| disk.op.to_lowercase().starts_with(first));
            of.map(|disk| disk.value).fold(0, u64::saturating_add)
        };
        Self {
            cpu: cpu.cpu_usage.total_usage,
            system: cpu.system_cpu_usage,
            processors,
            memory: memory_in_use(memory.usage, inactive),
            memory_limit: memory.limit,
            received: sum(|network| network.rx_bytes),
            sent: sum(|network| network.tx_bytes),
            read: disk('r'),
            written: disk('w'),
            processes: pids_stats.current,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldProcesses {
    #[serde(default)]
    titles: Option<Vec<String>>,
    #[serde(default)]
    processes: Option<Vec<Vec<String>>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ToldImage {
    id: String,
    repo_digests: Option<Vec<String>>,
    os: String,
    architecture: String,
    variant: String,
    created: Option<String>,
    metadata: ToldMetadata,
    size: u64,
    /// Of containerd's store alone.
    descriptor: Option<ToldDescriptor>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldDescriptor {
    digest: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ToldMetadata {
    last_tag_time: Option<String>,
}

/// A moment that an engine tells of an image. One that it does not know is in the year 1.
fn moment(text: Option<String>) -> Option<Timestamp> {
    let moment = text?.parse::<Timestamp>().ok()?;
    (moment.as_second() > 0).then_some(moment)
}

impl From<ToldImage> for ImageFacts {
    fn from(told: ToldImage) -> Self {
        let ToldImage { id, repo_digests, os, architecture, variant, created, metadata, size, descriptor } =
            told;
        let id_is_digest = descriptor.is_some_and(|descriptor| descriptor.digest == id);
        let is_told = !os.is_empty() && !architecture.is_empty();
        let platform = if is_told {
            platform::of_image(&cut(&os), &cut(&architecture), &cut(&variant))
        } else {
            String::new()
        };
        let digests = repo_digests.into_iter().flatten().map(|digest| cut(&digest)).collect();
        let (created, tagged) = (moment(created), moment(metadata.last_tag_time));
        Self { id: cut(&id), digests, id_is_digest, platform, created, tagged, size }
    }
}

impl From<ToldEvent> for Happening {
    fn from(ToldEvent { kind, action, actor, nanoseconds }: ToldEvent) -> Self {
        let time = Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or_default();
        let attributes = actor.attributes.unwrap_or_default().into_iter();
        let attributes = attributes.map(|(name, value)| (cut(&name), cut(&value))).collect();
        Self { time, kind: cut(&kind), action: cut(&action), id: cut(&actor.id), attributes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::event_lines::in_pieces;

    #[test]
    fn counts_of_both_versions_of_control_groups_are_read() {
        let first = r#"{"cpu_stats":{"cpu_usage":{"total_usage":5,"percpu_usage":[1,4]},"system_cpu_usage":100},
            "memory_stats":{"usage":1000,"limit":4000,"stats":{"total_inactive_file":200,"inactive_file":9}},
            "networks":{"eth0":{"rx_bytes":1,"tx_bytes":2},"eth1":{"rx_bytes":10,"tx_bytes":20}},
            "blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":7},{"op":"Write","value":8},
                {"op":"Sync","value":99}]},"pids_stats":{"current":3}}"#;
        let second = r#"{"cpu_stats":{"cpu_usage":{"total_usage":5},"system_cpu_usage":100,"online_cpus":2},
            "memory_stats":{"usage":1000,"limit":4000,"stats":{"inactive_file":200}},
            "networks":{"eth0":{"rx_bytes":11,"tx_bytes":22}},
            "blkio_stats":{"io_service_bytes_recursive":[{"op":"read","value":7},{"op":"write","value":8}]},
            "pids_stats":{"current":3,"limit":18446744073709551615}}"#;
        let [first, second] =
            [first, second].map(|text| Counted::from(serde_json::from_str::<ToldUsage>(text).unwrap()));
        let expected = Counted {
            cpu: 5,
            system: 100,
            processors: 2,
            memory: 800,
            memory_limit: 4000,
            received: 11,
            sent: 22,
            read: 7,
            written: 8,
            processes: 3,
        };
        assert_eq!((first, second), (expected, expected));
        let empty = r#"{"cpu_stats":{},"memory_stats":{},"networks":null,"blkio_stats":{"io_service_bytes_recursive":null}}"#;
        assert_eq!(Counted::from(serde_json::from_str::<ToldUsage>(empty).unwrap()), Counted::default());
    }

    #[test]
    fn an_id_is_a_digest_where_the_engine_has_a_descriptor_with_it() {
        for (descriptor, expected) in [
            (r#","Descriptor":{"digest":"sha256:1"}"#, true),
            (r#","Descriptor":{"digest":"sha256:2"}"#, false),
            ("", false),
        ] {
            let told = format!(r#"{{"Id":"sha256:1"{descriptor}}}"#);
            let facts = ImageFacts::from(serde_json::from_str::<ToldImage>(&told).unwrap());
            assert_eq!(facts.id_is_digest, expected, "{told}");
        }
    }

    #[test]
    fn a_name_that_an_image_never_got_has_no_time() {
        let tagged = |time: &str| {
            let told = format!(r#"{{"Id":"sha256:1","Metadata":{{"LastTagTime":"{time}"}}}}"#);
            ImageFacts::from(serde_json::from_str::<ToldImage>(&told).unwrap()).tagged
        };
        assert_eq!(tagged("0001-01-01T00:00:00Z"), None);
        assert_eq!(tagged("2026-11-29T10:00:00.5+01:00"), "2026-11-29T09:00:00.5Z".parse().ok());
    }

    #[test]
    fn a_moment_has_nanoseconds() {
        let at = Timestamp::from_nanosecond(1_700_000_000_000_000_001).unwrap();
        assert_eq!(seconds(at), "1700000000.000000001");
    }

    #[test]
    fn events_come_in_whatever_pieces() {
        let text = [
            r#"{"Type":"network","Action":"connect","Actor":{"ID":"n","Attributes":{"container":"c"}},"timeNano":7}"#,
            "",
            r#"{"Type":"volume","Action":"mount","Actor":{"ID":"v","Attributes":null},"timeNano":8}"#,
        ]
        .map(|line| format!("{line}\n"))
        .concat();
        for length in [1, 7, text.len()] {
            let seen: Vec<Happening> = in_pieces(&text, length).into_iter().map(Happening::from).collect();
            let seen = seen.iter();
            let seen: Vec<_> =
                seen.map(|event| (&*event.kind, &*event.action, event.time.as_nanosecond())).collect();
            assert_eq!(seen, [("network", "connect", 7), ("volume", "mount", 8)]);
        }
    }
}
