//! `benches/RESULTS.md`.

use std::fmt::Write as _;

use crate::{
    machine::Machine,
    row::Row,
    table::{Kind, cells, failures, header},
};

/// The page with all results.
#[must_use]
pub fn page(machine: &Machine, rows: &[Row]) -> String {
    let mut text = String::from(
        "# Maestro beside its peers\n\nWritten by `./bench`; what it measures, and what follows from it, is in \
         [docs/performance.md](../docs/performance.md). A cell is the median of its runs, with the quartiles. All runs \
         of a line took turns: Maestro, the floor, compose, MaestroNG, Maestro, the floor … **Compare within a line \
         only.** The floor is a minimal client that does the same work with the same calls to the engine; as Maestro, it \
         watches a container without checks for 300 ms after its start, which the other two do not.\n\n\
         ![Times as bars](results.svg)\n\n",
    );
    // Writing to a String cannot fail.
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "- {name}: {value}");
    };
    line("date", &machine.date);
    line("command", &format!("`{}`", machine.command));
    line(
        "machine",
        &format!("{} × {}, {}, Linux {}", machine.cores, machine.processor, machine.memory, machine.kernel),
    );
    line("load before", &machine.load);
    line("engine", &format!("Docker {}", machine.engine));
    for (name, version) in &machine.versions {
        line(name, version);
    }
    for kind in Kind::ALL {
        let _ = write!(text, "\n## {}\n\n", kind.title());
        let header = header();
        let _ = writeln!(text, "| {} |", header.join(" | "));
        let _ = writeln!(text, "|{}", "---|".repeat(header.len()));
        for row in rows {
            let cells: Vec<String> = cells(row, kind).iter().map(|cell| cell.replace('|', "\\|")).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    let failures = failures(rows);
    if !failures.is_empty() {
        text.push_str("\n## What failed\n\n");
    }
    for failure in failures {
        let _ = writeln!(text, "- {}", failure.replace(['<', '`', '|'], " "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::rows;

    #[test]
    fn the_page_has_the_machine_and_all_figures() {
        let machine = Machine {
            date: "2026-11-23".into(),
            command: "./bench".into(),
            cores: 2,
            processor: "Some Processor".into(),
            memory: "16 GB".into(),
            kernel: "6.1.0".into(),
            load: "0.10".into(),
            engine: "28.5.2 (API 1.51)".into(),
            versions: vec![("Maestro".into(), "maestro 1.0.0".into())],
        };
        insta::assert_snapshot!(page(&machine, &rows()));
    }
}
