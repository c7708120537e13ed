//! What a terminal is sent.

use super::*;

const SIZE: (u16, u16) = (80, 24);

fn shown(terminal: &avt::Terminal) -> String {
    let lines = terminal.screen().visible_lines().map(|line| line.text().trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn a_terminal_shows_each_frame_as_it_was_drawn() {
    let mut terminal = avt::Terminal::with_scrollback(80, 24, None).unwrap();
    terminal.feed("$ maestro dash\r\n");
    let mut screen = DashScreen::new(SIZE);
    terminal.feed(DashScreen::enter());
    screen.forget();
    let mut board = Board::showing(healthy(), SIZE);
    for keys in ["", "j", "?", "q", "l", "/a", "<esc>", "q", "g", "r", "n", "/db", "<enter>"] {
        board.press(keys);
        terminal.feed(screen.frame(&board.model));
        assert_eq!(shown(&terminal), board.frame(), "{keys}");
    }
    board.tell(DashMessage::State(broken()));
    terminal.feed(screen.frame(&board.model));
    assert_eq!(shown(&terminal), board.frame());
    terminal.resize(60, 20);
    board.tell(DashMessage::Resized(60, 20));
    terminal.feed(screen.frame(&board.model));
    assert_eq!(shown(&terminal), board.frame());
    terminal.feed(DashScreen::leave());
    assert_eq!(shown(&terminal).lines().next(), Some("$ maestro dash"));
    assert!(terminal.cursor().position().is_some(), "the cursor is seen again");
}

#[test]
fn a_frame_is_sent_at_once_and_only_where_something_changed() {
    let mut screen = DashScreen::new(SIZE);
    let mut board = Board::showing(broken(), SIZE);
    let first = screen.frame(&board.model);
    assert!(first.starts_with("\u{1b}[?2026h") && first.ends_with("\u{1b}[?2026l"), "{first:?}");
    assert_eq!(screen.frame(&board.model), "");
    used(&mut board);
    let second = screen.frame(&board.model);
    assert!(second.len() < first.len() / 3, "{second:?}");
    screen.forget();
    assert!(screen.frame(&board.model).len() >= first.len());
}

#[test]
fn without_colours_none_are_sent() {
    let board = Board::showing(broken(), SIZE);
    let plain = DashScreen::new(SIZE).frame(&board.model);
    assert!(!plain.contains("[0;31") && !plain.contains(";33m"), "{plain:?}");
    let mut coloured = Board::of(DashOptions { colour: true, ..DashOptions::default() }, SIZE);
    coloured.tell(DashMessage::State(broken()));
    let frame = DashScreen::new(SIZE).frame(&coloured.model);
    assert!(frame.contains(";31m") && frame.contains(";33m"), "{frame:?}");
}

#[test]
fn nothing_that_a_program_writes_steers_the_terminal() {
    let mut board = Board::showing(broken(), SIZE);
    board.press("l");
    let hostile = "a\u{1b}]0;title\u{7}\u{9b}2J\r\u{202e}b";
    board.tell(DashMessage::Logged("api-1".to_owned(), vec![logged(hostile)]));
    let frame = DashScreen::new(SIZE).frame(&board.model);
    assert!(!frame.contains("\u{1b}]") && !frame.contains('\u{7}') && !frame.contains('\u{9b}'));
    assert!(!frame.contains('\r') && !frame.contains('\u{202e}'));
}
