//! Lines behind a file: `2026-11-22 19:04:31,125 INFO: ann is starting web-1.`, in local time, as `MaestroNG` wrote them.

use std::{fs::OpenOptions, io::Write};

use super::notice::{Notice, NoticeKind};
use maestro_core::value::audit::Level;
use maestro_report::text::harmless;

pub(super) fn write(file: &str, notice: &Notice) -> Result<(), String> {
    let line = line(&jiff::Zoned::now(), notice);
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        // One write, so that the lines of two runs do not get into each other.
        .and_then(|mut log| log.write_all(line.as_bytes()))
        .map_err(|error| format!("{file} cannot be written: {error}"))
}

pub(super) fn line(now: &jiff::Zoned, notice: &Notice) -> String {
    let level = match (notice.kind, notice.level) {
        (NoticeKind::Failed, _) => "ERROR",
        (_, Level::Info) => "INFO",
        (_, Level::Debug) => "DEBUG",
    };
    let text = notice.sentence(&notice.names(", "));
    format!("{},{:03} {level}: {}\n", now.strftime("%Y-%m-%d %H:%M:%S"), now.millisecond(), harmless(&text))
}
