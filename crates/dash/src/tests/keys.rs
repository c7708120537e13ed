//! What keys do.

use super::*;

const USUAL: (u16, u16) = (80, 24);

fn board() -> Board {
    Board::showing(broken(), USUAL)
}

#[test]
fn what_changes_something_is_asked_first() {
    let mut board = board();
    board.press("r");
    assert_eq!(board.asked(), []);
    // No answer, and then no.
    board.press("jqn");
    assert_eq!(board.asked(), []);
    board.press("ry");
    assert_eq!(board.asked(), [DashEffect::Restart("api-1".to_owned())]);
    assert!(board.model.is_running());
}

#[test]
fn a_plan_is_applied_if_it_changes_something_and_is_not_refused() {
    let mut board = board();
    board.press("p");
    assert_eq!(board.asked(), [DashEffect::Plan]);
    board.press("ay");
    assert_eq!(board.asked(), [], "there is no plan yet");
    board.press("a");
    assert!(board.frame().contains("the plan is not there yet"), "{}", board.frame());
    let cases = [
        (DashPlan { is_refused: true, ..plan() }, "the plan is refused: its text tells why"),
        (DashPlan { changes: false, ..plan() }, "there is nothing to apply"),
    ];
    for (refused, told) in cases {
        board.tell(DashMessage::Planned(Ok(refused)));
        assert!(!board.frame().contains("not there yet"), "{}", board.frame());
        board.press("ya");
        assert_eq!(board.asked(), []);
        assert!(board.frame().contains(told), "{}", board.frame());
    }
    board.tell(DashMessage::Planned(Err(vec!["error: no".to_owned()])));
    board.press("ay");
    assert_eq!(board.asked(), []);
    board.tell(DashMessage::Planned(Ok(plan())));
    board.press("ay");
    assert_eq!(board.asked(), [DashEffect::Apply]);
}

#[test]
fn nothing_is_changed_if_only_looking_is_allowed() {
    let options = DashOptions { read_only: true, ..DashOptions::default() };
    let mut board = Board::of(options, USUAL);
    board.tell(DashMessage::State(broken()));
    board.press("ryqsp");
    assert!(board.effects.contains(&DashEffect::Quit));
    board.effects.clear();
    board.press("p");
    board.tell(DashMessage::Planned(Ok(plan())));
    board.press("ay");
    assert_eq!(board.asked(), [DashEffect::Plan]);
}

#[test]
fn one_run_at_a_time_and_quitting_waits_for_it() {
    let mut board = board();
    board.press("ryq");
    board.asked();
    board.press("ry");
    assert_eq!(board.asked(), [], "one runs already");
    board.press("qn");
    assert_eq!(board.asked(), []);
    board.press("qy");
    assert_eq!(board.asked(), [DashEffect::Interrupt]);
    let run = DashRun { typed: "maestro restart api-1".to_owned(), lines: Vec::new(), exit_code: Some(0) };
    board.tell(DashMessage::Ran(run));
    assert_eq!(board.asked(), [DashEffect::Quit]);
}

#[test]
fn a_signal_waits_for_the_steps_in_progress() {
    let mut board = board();
    board.tell(DashMessage::Leave);
    assert_eq!(board.asked(), [DashEffect::Quit]);
    board.press("ry");
    board.asked();
    board.tell(DashMessage::Leave);
    assert_eq!(board.asked(), [DashEffect::Interrupt]);
}

#[test]
fn the_first_interrupt_is_of_the_run_and_the_second_of_the_dashboard() {
    let mut board = board();
    board.press("ry<ctrl-c>");
    assert_eq!(board.asked(), [DashEffect::Restart("api-1".to_owned()), DashEffect::Interrupt]);
    board.press("<ctrl-c>");
    assert_eq!(board.asked(), [DashEffect::Quit]);
    let mut idle = Board::showing(broken(), USUAL);
    idle.press("<ctrl-c>");
    assert_eq!(idle.asked(), [DashEffect::Quit]);
}

#[test]
fn a_log_is_followed_until_it_is_left() {
    let mut board = board();
    board.press("l");
    assert_eq!(board.asked(), [DashEffect::Follow("api-1".to_owned())]);
    board.tell(DashMessage::Logged("other-1".to_owned(), vec![logged("other")]));
    assert!(!board.frame().contains("other"));
    board.press("<esc>");
    assert_eq!(board.asked(), [DashEffect::Unfollow]);
    board.press("l?");
    assert_eq!(board.asked(), [DashEffect::Follow("api-1".to_owned()), DashEffect::Unfollow]);
}

#[test]
fn an_orphan_has_a_log_and_nothing_else() {
    let mut board = board();
    board.press("/old<enter>");
    board.press("sr<enter>");
    assert_eq!(board.asked(), []);
    assert!(board.frame().contains("`maestro apply --prune` removes it"), "{}", board.frame());
    board.press("l");
    assert_eq!(board.asked(), [DashEffect::Follow("old-lb-1".to_owned())]);
}

#[test]
fn a_shell_needs_a_container_that_is_up() {
    let mut board = board();
    board.press("/far<enter>s");
    assert_eq!(board.asked(), []);
    assert!(board.frame().contains("far-1 is not up"), "{}", board.frame());
    board.press("<esc>/db<enter>s");
    assert_eq!(board.asked(), [DashEffect::Shell("db-1".to_owned())]);
}

#[test]
fn the_cursor_stays_on_its_instance() {
    let mut board = Board::showing(healthy(), USUAL);
    board.press("j");
    board.tell(DashMessage::State(broken()));
    board.press("l");
    assert_eq!(board.asked(), [DashEffect::Follow("api-1".to_owned())], "it moved to the top");
    board.press("q");
    // Its row is gone: the cursor stays where it was.
    let mut state = broken();
    state.rows.remove(1);
    board.tell(DashMessage::State(state));
    board.asked();
    board.press("l");
    assert!(matches!(&board.asked()[..], [DashEffect::Follow(_)]));
}

#[test]
fn a_filter_that_is_given_up_is_as_it_was_before() {
    let mut board = board();
    board.press("/db<enter>/xyz<esc>");
    assert!(board.frame().contains("filter: db"));
    board.press("<esc>");
    assert!(!board.frame().contains("filter:"));
}

#[test]
fn only_what_is_in_sight_and_up_is_counted() {
    let mut state = healthy();
    state.rows = (1..=100).map(|at| ready(&format!("web-{at:03}"), "web", "alpha")).collect();
    state.rows[1].is_up = false;
    let mut board = Board::showing(state, (80, 10));
    let counted = |board: &mut Board| match board.effects.pop() {
        Some(DashEffect::Count(names)) => names,
        other => panic!("{other:?}"),
    };
    let expected = ["web-001", "web-003", "web-004", "web-005"].map(str::to_owned);
    assert_eq!(counted(&mut board), expected);
    board.press("<end>");
    assert_eq!(counted(&mut board).len(), 6);
    board.press("l");
    assert_eq!(counted(&mut board), Vec::<String>::new(), "nothing of the list is in sight");
    board.press("q");
    assert_eq!(counted(&mut board).len(), 6);
}
