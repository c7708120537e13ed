//! The frame that the guide shows is one that was drawn.

use std::{fs, path::Path};

use super::*;

#[test]
fn the_guide_shows_a_frame_as_it_is() {
    let mut board = Board::showing(broken(), (100, 16));
    used(&mut board);
    let frame = board.frame();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/dash.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- frame -->\n```text\n").unwrap();
    let (shown, after) = rest.split_once("```\n").unwrap();
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(path, format!("{before}<!-- frame -->\n```text\n{frame}```\n{after}")).unwrap();
    } else {
        assert_eq!(shown, frame, "MAESTRO_UPDATE_DOCS=1 updates docs/dash.md");
    }
}
