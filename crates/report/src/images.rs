//! The images that instances run, and the processes in them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    id::short_id,
    labels::{ago, size},
    table::{Column, lines},
    text::harmless,
};
use maestro_core::value::secret::hidden_words;

/// The image of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRow {
    /// The instance, or the container of an orphan.
    pub name: String,
    /// Its ship.
    pub ship: String,
    /// The reference that it was made from.
    pub reference: String,
    /// The id of its image.
    pub id: String,
    /// The digests that registries know it under.
    pub digests: Vec<String>,
    /// When it was built, if it says so.
    pub created: Option<Timestamp>,
    /// Its size in bytes; none if the ship does not have it any more.
    pub size: Option<u64>,
    /// The image that the reference stands for on the ship now, if that is another; `None` within if it is none.
    pub moved: Option<Option<String>>,
}

const COLUMNS: [Column; 7] = [
    Column::left("INSTANCE"),
    Column::left("SHIP"),
    Column::left("IMAGE"),
    Column::left("ID"),
    Column::left("CREATED"),
    Column::right("SIZE"),
    Column::left("NOTE"),
];

/// The table.
#[must_use]
pub fn text(rows: &[ImageRow], now: Timestamp, columns: Option<usize>) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let created = row.created.map_or_else(|| "-".to_owned(), |created| age(created, now));
            let size = row.size.map_or_else(|| "-".to_owned(), size);
            let note = match &row.moved {
                None => String::new(),
                Some(Some(id)) => format!("the tag is {} now", short_id(id)),
                Some(None) => "the tag is gone".to_owned(),
            };
            let (name, ship) = (row.name.clone(), row.ship.clone());
            vec![name, ship, row.reference.clone(), short_id(&row.id), created, size, note]
        })
        .collect();
    lines(&COLUMNS, &cells, columns).join("\n") + "\n"
}

pub(super) fn age(created: Timestamp, now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second().saturating_sub(created.as_second())).unwrap_or_default();
    let units = [(31_536_000, "year"), (86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    ago(seconds, &units).unwrap_or_else(|| "0 seconds ago".to_owned())
}

/// The ids of the images, each once, a line each.
#[must_use]
pub fn ids(rows: &[ImageRow]) -> String {
    let mut ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let lines: Vec<_> = ids.iter().map(|id| harmless(id)).collect();
    lines.join("\n")
}

/// The same for programs.
#[must_use]
pub fn json(environment: &str, rows: &[ImageRow]) -> Value {
    let each = rows.iter().map(|row| {
        json!({
            "instance": row.name,
            "ship": row.ship,
            "image": row.reference,
            "id": row.id,
            "digests": row.digests,
            "created": row.created.map(|created| created.to_string()),
            "size_bytes": row.size,
            "is_tag_elsewhere": row.moved.is_some(),
            "tag_id": row.moved.clone().unwrap_or_else(|| Some(row.id.clone())),
        })
    });
    json!({ "version": 1, "environment": environment, "instances": each.collect::<Vec<_>>() })
}

/// The processes of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopEntry {
    /// The instance, or the container of an orphan.
    pub name: String,
    /// Its ship.
    pub ship: String,
    /// The names of the columns. Untrusted.
    pub titles: Vec<String>,
    /// A row for each process. Untrusted.
    pub rows: Vec<Vec<String>>,
}

/// A cell without what looks secret: that of a command may have a password among its words.
fn shown_cell(text: &str) -> String {
    hidden_words(text.split(' ')).join(" ")
}

/// The processes of each, below its name.
#[must_use]
pub fn top_text(entries: &[TopEntry], columns: Option<usize>) -> String {
    let blocks = entries.iter().map(|entry| {
        let mut lines = vec![format!("{} on {}", harmless(&entry.name), harmless(&entry.ship))];
        lines.extend(
            plain(entry)
                .into_iter()
                .map(|line| super::text::fit(&line, columns.unwrap_or(usize::MAX)).into_owned()),
        );
        lines.join("\n") + "\n"
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// The table of one container: the engine names its columns.
fn plain(entry: &TopEntry) -> Vec<String> {
    let all: Vec<Vec<String>> = std::iter::once(&entry.titles)
        .chain(&entry.rows)
        .map(|row| row.iter().map(|text| harmless(&shown_cell(text)).into_owned()).collect())
        .collect();
    let wide = |at: usize| {
        all.iter().filter_map(|row| row.get(at)).map(|text| super::text::width(text)).max().unwrap_or(0)
    };
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate();
        let cells =
            cells.map(
                |(at, text)| {
                    if at + 1 == row.len() { text.clone() } else { super::text::pad(text, wide(at)) }
                },
            );
        format!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    all.iter().map(line).collect()
}

/// The same for programs.
#[must_use]
pub fn top_json(environment: &str, entries: &[TopEntry]) -> Value {
    let each = entries.iter().map(|entry| {
        let processes = entry.rows.iter().map(|row| {
            let each =
                entry.titles.iter().zip(row).map(|(title, text)| (title.clone(), json!(shown_cell(text))));
            Value::Object(each.collect())
        });
        json!({ "instance": entry.name, "ship": entry.ship, "processes": processes.collect::<Vec<_>>() })
    });
    json!({ "version": 1, "environment": environment, "instances": each.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn a_tag_that_has_moved_is_told() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let row = |moved| ImageRow {
            name: "web-1".to_owned(),
            ship: "a".to_owned(),
            reference: "web:1".to_owned(),
            id: "sha256:0123456789abcdef0123".to_owned(),
            digests: Vec::new(),
            created: Timestamp::from_second(1_700_000_000 - 3 * 86_400).ok(),
            size: Some(5 << 20),
            moved,
        };
        let rows = [row(None), row(Some(Some("sha256:fedcba9876543210".to_owned()))), row(Some(None))];
        insta::assert_snapshot!(text(&rows, now, None), @r"
        INSTANCE  SHIP  IMAGE  ID            CREATED      SIZE  NOTE
        web-1     a     web:1  0123456789ab  3 days ago  5 MiB
        web-1     a     web:1  0123456789ab  3 days ago  5 MiB  the tag is fedcba987654 now
        web-1     a     web:1  0123456789ab  3 days ago  5 MiB  the tag is gone
        ");
        assert_eq!(ids(&rows), "sha256:0123456789abcdef0123");
        let told = json("shop", &rows);
        assert_eq!(schema::undescribed(&told, schema::IMAGES), [""; 0]);
        assert_eq!(told["instances"][0]["tag_id"], "sha256:0123456789abcdef0123");
        assert_eq!(told["instances"][1]["tag_id"], "sha256:fedcba9876543210");
        assert!(told["instances"][2]["tag_id"].is_null() && told["instances"][2]["is_tag_elsewhere"] == true);
    }

    #[test]
    fn processes_stand_below_their_instance() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let entry = TopEntry {
            name: "web-1".to_owned(),
            ship: "a".to_owned(),
            titles: texts(&["PID", "CMD"]),
            rows: vec![texts(&["1234", "sh\u{1b} --token hunter2 -x"])],
        };
        insta::assert_snapshot!(top_text(&[entry.clone(), entry.clone()], None), @r"
        web-1 on a
          PID   CMD
          1234  sh\u{1b} --token *** -x

        web-1 on a
          PID   CMD
          1234  sh\u{1b} --token *** -x
        ");
        let told = top_json("shop", &[entry]);
        assert_eq!(told["instances"][0]["processes"][0]["PID"], "1234");
        assert_eq!(schema::undescribed(&told, schema::TOP), [""; 0]);
    }
}
