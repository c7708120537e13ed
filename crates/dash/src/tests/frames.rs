//! Whole frames.

use super::*;

const USUAL: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 40);

#[test]
fn before_any_ship_has_answered() {
    let board = Board::of(DashOptions::default(), (60, 10));
    insta::assert_snapshot!(board.frame());
}

#[test]
fn healthy_by_ship() {
    let mut board = Board::showing(healthy(), USUAL);
    used(&mut board);
    insta::assert_snapshot!(board.frame());
}

#[test]
fn broken_by_ship() {
    let mut board = Board::showing(broken(), USUAL);
    used(&mut board);
    insta::assert_snapshot!(board.frame());
}

#[test]
fn broken_by_ship_in_a_wide_window() {
    let mut board = Board::showing(broken(), WIDE);
    used(&mut board);
    board.press("jj");
    insta::assert_snapshot!(board.frame());
}

#[test]
fn broken_by_service_with_ships_that_do_not_answer() {
    let mut state = broken();
    for name in ["delta", "epsilon", "zeta"] {
        let silent = Some("connection refused".to_owned());
        state.ships.push(DashShip { name: name.to_owned(), silent });
    }
    let mut board = Board::showing(state, USUAL);
    board.press("g<end>");
    insta::assert_snapshot!(board.frame());
}

#[test]
fn narrow() {
    let mut board = Board::showing(broken(), (40, 14));
    used(&mut board);
    insta::assert_snapshot!(board.frame());
}

#[test]
fn too_small() {
    insta::assert_snapshot!(Board::showing(healthy(), (38, 9)).frame(), @"38×9 is too small: 40×10 at least");
}

#[test]
fn a_filter_that_is_typed() {
    let mut board = Board::showing(broken(), USUAL);
    board.press("/API be");
    insta::assert_snapshot!(board.frame());
}

#[test]
fn many_instances_are_scrolled() {
    let mut state = healthy();
    state.rows = (1..=100).map(|at| ready(&format!("web-{at:03}"), "web", "alpha")).collect();
    let mut board = Board::showing(state, (80, 12));
    board.press("<pgdn><pgdn>j");
    insta::assert_snapshot!(board.frame());
}

#[test]
fn a_file_with_mistakes() {
    let state = DashState { has_mistakes: true, ..healthy() };
    insta::assert_snapshot!(Board::showing(state, (80, 12)).frame());
}

#[test]
fn details() {
    let mut board = Board::showing(broken(), (80, 12));
    board.press("<enter>");
    let text = "api-1 on ship alpha: restarting (12 times), exit 137: out of memory\n\n  ~ api-1  replace";
    let lines = text.lines().map(str::to_owned).collect();
    board.tell(DashMessage::Inspected("api-1".to_owned(), lines));
    insta::assert_snapshot!(board.frame());
}

#[test]
fn a_log_with_a_hit() {
    let mut board = Board::showing(broken(), (80, 12));
    board.press("l");
    let lines = (1..=40).map(|at| logged(&format!("request {at}\t\u{1b}[31mstatus 200\u{1b}[0m")));
    board.tell(DashMessage::Logged("api-1".to_owned(), lines.collect()));
    let note = "ship alpha answers again".to_owned();
    board.tell(DashMessage::Logged(
        "api-1".to_owned(),
        vec![LogText { text: note, goes_on: false, is_note: true }, logged(&"long ".repeat(40))],
    ));
    board.press("/request 12<enter>");
    insta::assert_snapshot!(board.frame());
}

#[test]
fn a_plan_and_its_confirmation() {
    let mut board = Board::showing(broken(), (80, 12));
    board.press("p");
    board.tell(DashMessage::Planned(Ok(plan())));
    insta::assert_snapshot!("a_plan", board.frame());
    board.press("a");
    insta::assert_snapshot!("a_plan_that_is_confirmed", board.frame());
}

#[test]
fn a_run_and_its_end() {
    let mut board = Board::showing(broken(), (80, 12));
    board.press("ry");
    let now = ["shop: 3 of 9 steps · 00:04", "  ✓ db-1   ready      2.1 s", "  ⠋ api-1  creating     1 s"];
    let run = |lines: &[&str], exit_code| {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        DashMessage::Ran(DashRun { typed: "maestro restart api-1".to_owned(), lines, exit_code })
    };
    board.tell(run(&now, None));
    insta::assert_snapshot!("a_run", board.frame());
    board.press("q");
    insta::assert_snapshot!("the_list_during_a_run", board.frame());
    board.tell(run(&["✓ shop: 1 restarted in 1.1 s"], Some(0)));
    insta::assert_snapshot!("the_list_after_a_run", board.frame());
}

#[test]
fn a_restart_is_confirmed() {
    let mut board = Board::showing(broken(), (80, 12));
    board.press("r");
    insta::assert_snapshot!(board.frame());
}

#[test]
fn help() {
    let mut board = Board::showing(healthy(), USUAL);
    board.press("?");
    insta::assert_snapshot!(board.frame());
}

#[test]
fn help_without_what_changes_something() {
    let options = DashOptions { read_only: true, ..DashOptions::default() };
    let mut board = Board::of(options, USUAL);
    board.press("?");
    insta::assert_snapshot!(board.frame());
}
