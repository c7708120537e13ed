//! What instances use of their ships, as text and as JSON.

use serde_json::{Value, json};

use super::{
    labels::size,
    table::{Column, lines},
};
use maestro_core::observed::usage::Counted;

/// What one container uses.
#[derive(Debug, Clone, PartialEq)]
pub struct StatsRow {
    /// The instance, or the container of an orphan.
    pub name: String,
    /// The instance's service; none of an orphan.
    pub service: Option<String>,
    /// Its ship.
    pub ship: String,
    /// The container's id.
    pub container: String,
    /// What it uses, or why that is not known.
    pub usage: Result<Usage, String>,
}

/// What a container uses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// What the engine has counted up to now.
    pub counted: Counted,
    /// How much of a processor, in percent; none after the first count.
    pub cpu_percent: Option<f64>,
}

const COLUMNS: [Column; 8] = [
    Column::left("INSTANCE"),
    Column::left("SHIP"),
    Column::right("CPU"),
    Column::right("MEMORY / LIMIT"),
    Column::right("MEM"),
    Column::right("NET IN / OUT"),
    Column::right("DISK READ / WRITE"),
    Column::right("PIDS"),
];

/// The table. If it has more rows than the terminal, those that use most come first, and the others are counted.
#[must_use]
pub fn text(rows: &[StatsRow], columns: Option<usize>, height: Option<usize>) -> String {
    // The line of titles, the line that counts, and the line of the prompt.
    let room = height.map_or(usize::MAX, |height| height.saturating_sub(3).max(1));
    let mut shown: Vec<&StatsRow> = rows.iter().collect();
    if shown.len() > room {
        let used =
            |row: &StatsRow| row.usage.as_ref().ok().map_or(-1.0, |usage| usage.cpu_percent.unwrap_or(0.0));
        shown.sort_by(|one, other| used(other).total_cmp(&used(one)));
        shown.truncate(room);
    }
    let cells: Vec<Vec<String>> = shown.iter().map(|row| cells(row)).collect();
    let mut text = lines(&COLUMNS, &cells, columns);
    let hidden = rows.len() - shown.len();
    if hidden > 0 {
        text.push(format!("{hidden} more that use less"));
    }
    text.push(String::new());
    text.join("\n")
}

fn cells(row: &StatsRow) -> Vec<String> {
    let mut cells = vec![row.name.clone(), row.ship.clone()];
    let Usage { counted, cpu_percent } = match &row.usage {
        Ok(usage) => *usage,
        Err(why) => {
            cells.extend(["-".to_owned(), why.clone()]);
            return cells;
        }
    };
    let percent =
        |percent: Option<f64>| percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent:.2}%"));
    cells.extend([
        percent(cpu_percent),
        format!("{} / {}", short(counted.memory), short(counted.memory_limit)),
        percent(counted.memory_percent()),
        format!("{} / {}", short(counted.received), short(counted.sent)),
        format!("{} / {}", short(counted.read), short(counted.written)),
        counted.processes.to_string(),
    ]);
    cells
}

/// A size in as few letters as a table has room for: `64 MiB`, `12 B`.
fn short(bytes: u64) -> String {
    size(bytes).replace(" bytes", " B")
}

/// The same for programs.
#[must_use]
pub fn json(environment: &str, rows: &[StatsRow]) -> Value {
    let each = rows.iter().map(|row| {
        let StatsRow { name, service, ship, container, usage } = row;
        let mut value = json!({ "instance": name, "service": service, "ship": ship, "container": container });
        match usage {
            Ok(Usage { counted, cpu_percent }) => {
                value["cpu_percent"] = json!(cpu_percent);
                value["memory_bytes"] = json!(counted.memory);
                value["memory_limit_bytes"] = json!(counted.memory_limit);
                value["memory_percent"] = json!(counted.memory_percent());
                value["network_in_bytes"] = json!(counted.received);
                value["network_out_bytes"] = json!(counted.sent);
                value["disk_read_bytes"] = json!(counted.read);
                value["disk_written_bytes"] = json!(counted.written);
                value["processes"] = json!(counted.processes);
            }
            Err(why) => value["error"] = json!(why),
        }
        value
    });
    json!({ "version": 1, "environment": environment, "instances": each.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, cpu: f64) -> StatsRow {
        let counted =
            Counted { memory: 64 << 20, memory_limit: 256 << 20, processes: 2, ..Counted::default() };
        StatsRow {
            name: name.to_owned(),
            service: Some("web".to_owned()),
            ship: "a".to_owned(),
            container: "0123".to_owned(),
            usage: Ok(Usage { counted, cpu_percent: Some(cpu) }),
        }
    }

    #[test]
    fn each_instance_has_a_line() {
        let rows = [row("web-1", 12.345), StatsRow { usage: Err("down".to_owned()), ..row("web-22", 0.0) }];
        insta::assert_snapshot!(text(&rows, None, None), @r"
        INSTANCE  SHIP     CPU    MEMORY / LIMIT     MEM  NET IN / OUT  DISK READ / WRITE  PIDS
        web-1     a     12.35%  64 MiB / 256 MiB  25.00%     0 B / 0 B          0 B / 0 B     2
        web-22    a          -              down
        ");
    }

    #[test]
    fn a_hundred_fit_on_24_rows_and_those_that_use_most_are_seen() {
        let rows: Vec<StatsRow> =
            (1..=100).map(|number| row(&format!("web-{number}"), f64::from(number))).collect();
        let text = text(&rows, Some(80), Some(24));
        assert_eq!(text.lines().count(), 23);
        assert!(text.lines().nth(1).unwrap().starts_with("web-100 "), "{text}");
        assert!(text.ends_with("79 more that use less\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
