//! A plan as Markdown for a pull request: a table of what happens, and in parts to open what differs and each step.
//! What comes from files and engines stands in code, or is escaped.

use std::fmt::Write as _;

use super::{
    overview::{Group, Overview},
    steps,
    text::harmless_line,
};
use maestro_core::{model::Environment, plan::Plan, source::Sources};

/// A comment on GitHub has 65,536 characters at most.
const LONGEST: usize = 60_000;

/// The plan; `findings` is what preflight found, as text.
#[must_use]
pub fn text(plan: &Plan, environment: &Environment, sources: &Sources, findings: &str) -> String {
    let changes = plan.changes_by_target();
    let overview = Overview::of(plan, &changes, environment, sources);
    let mut text = format!("### {}\n", escaped(&overview.sum));
    if !overview.groups.is_empty() {
        text.push_str("\n| | what | change | how |\n|---|---|---|---|\n");
        text.extend(overview.groups.iter().map(group));
    }
    let differing: Vec<&Group> = overview.groups.iter().filter(|group| !group.rows.is_empty()).collect();
    if !differing.is_empty() {
        let mut table = String::from("| what | field | change | place |\n|---|---|---|---|\n");
        table.extend(differing.iter().flat_map(|group| rows(group)));
        text.push_str(&details("What differs", &table));
    }
    if !overview.notes.is_empty() {
        text.push('\n');
        text.extend(overview.notes.iter().map(|note| format!("- **note:** {}\n", escaped(note))));
    }
    if !findings.is_empty() {
        text.push_str(&details("Preflight", &fenced(findings)));
    }
    if !changes.is_empty() {
        let steps = details("Steps", &fenced(&steps::text(plan, environment, &changes, false)));
        if text.len() + steps.len() <= LONGEST {
            text.push_str(&steps);
        } else {
            text.push_str("\nThe steps are too long for a comment: `maestro plan --steps` shows them.\n");
        }
    }
    text
}

/// A row of the table.
fn group(group: &Group) -> String {
    let names: Vec<String> = group.names.iter().map(|name| code(name)).collect();
    let (sign, word) = (code(group.sign.text()), group.word);
    format!("| {sign} | {} | {word} | {} |\n", names.join(", "), escaped(&group.details.join(", ")))
}

/// A row for each difference.
fn rows(group: &Group) -> Vec<String> {
    let rows = group.rows.iter().map(|row| {
        let names = if row.only.is_empty() { &group.names } else { &row.only };
        let names: Vec<String> = names.iter().map(|name| code(name)).collect();
        let place = row.place.as_deref().map(code).unwrap_or_default();
        format!("| {} | {} | {} | {place} |\n", names.join(", "), code(&row.field), code(&row.text))
    });
    rows.collect()
}

/// A part that is opened by a click.
fn details(summary: &str, content: &str) -> String {
    format!("\n<details><summary>{summary}</summary>\n\n{}\n\n</details>\n", content.trim_end())
}

/// A block of code, whatever it contains.
fn fenced(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    let lines: String = text.lines().fold(String::new(), |mut lines, line| {
        // Writing into a string cannot fail.
        let _ = writeln!(lines, "{}", harmless_line(line));
        lines
    });
    format!("{fence}text\n{lines}{fence}")
}

/// A piece of code in a cell of a table, whatever it contains.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(text) + 1);
    let text = text.replace('|', "\\|");
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// How many backticks stand in a row at most.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A sentence in which nothing is markup, a mention or a reference.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A word joiner keeps GitHub from making a mention or a reference of it.
            '@' | '#' => escaped.extend([c, '\u{2060}']),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    // So that no address becomes a link.
    escaped.replace("://", "&#58;//").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};

    #[test]
    fn a_plan_is_a_table_with_parts_to_open() {
        let environment = samples::environment();
        let text =
            text(&samples::plan(&environment), &environment, &Sources::default(), "warning: a `disk`\n");
        insta::assert_snapshot!(text, @r#"
        ### start Hello: 2 to create, 1 image to pull, 1 skipped (8 steps on 1 ship)

        | | what | change | how |
        |---|---|---|---|
        | `+` | `db-1`, `web-1` | create | on local |
        | `+` | `network maestro-Hello` | create | on local |
        | `+` | `example/web:1.2` | pull | on local |
        | `?` | `web-2` | skipped | connection refused |

        <details><summary>Preflight</summary>

        ```text
        warning: a `disk`
        ```

        </details>

        <details><summary>Steps</summary>

        ```text
             1  create network maestro-Hello on local (the environment's network does
                  not exist on the ship)
          + db-1 on local  create  reason: container does not exist
             3  create container                            after 1
             4  start container
             5  wait until ready: 10.0.0.1:5432 answers within 30 s
          + web-1 on local  create  reason: container does not exist
             2  pull image example/web:1.2 (the image is not on the ship)
             6  create container                            after 1
             7  start container                             once service db is ready (5)
             8  wait until ready: stays up for 300 ms
        ```

        </details>
        "#);
    }

    #[test]
    fn what_comes_from_files_is_no_markup() {
        assert_eq!(code("a`b|c``d"), "```a`b\\|c``d```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(
            escaped("@ann <b>*x*</b> [y](http://z) #12 |"),
            "@\u{2060}ann &lt;b&gt;\\*x\\*&lt;/b&gt; \\[y\\](http&#58;//z) #\u{2060}12 \\|"
        );
        assert_eq!(fenced("a\n````\nb"), "`````text\na\n````\nb\n`````");
    }
}
