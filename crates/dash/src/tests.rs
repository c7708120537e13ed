//! Whole frames, what keys do, and what a terminal is sent.

mod docs;
mod frames;
mod keys;
mod screen;

use maestro_core::model::filter::StateWord;
use maestro_report::status::EntryState;
use ratatui::{Terminal, backend::TestBackend};

use super::*;

/// A dashboard that keys and messages are given to.
struct Board {
    model: DashModel,
    effects: Vec<DashEffect>,
}

impl Board {
    fn of(options: DashOptions, size: (u16, u16)) -> Self {
        Self { model: DashModel::new(options, size), effects: Vec::new() }
    }

    /// One that has been told a state.
    fn showing(state: DashState, size: (u16, u16)) -> Self {
        let options = DashOptions { invocation: "maestro".to_owned(), ..DashOptions::default() };
        let mut board = Self::of(options, size);
        board.tell(DashMessage::State(state));
        board
    }

    fn tell(&mut self, message: DashMessage) {
        let (model, effects) = update(self.model.clone(), message);
        self.model = model;
        self.effects.extend(effects);
    }

    /// Presses keys: characters, and names of other keys in brackets.
    fn press(&mut self, keys: &str) {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let (key, length) = match rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
                Some((name, _)) => (named(name), name.len() + 2),
                None => (DashKey::Char(first), first.len_utf8()),
            };
            self.tell(DashMessage::Key(key));
            rest = &rest[length..];
        }
    }

    /// What was asked for since this was called last, but for what is counted.
    fn asked(&mut self) -> Vec<DashEffect> {
        let mut asked = std::mem::take(&mut self.effects);
        asked.retain(|effect| !matches!(effect, DashEffect::Count(_)));
        asked
    }

    /// The frame as text.
    fn frame(&self) -> String {
        let (columns, rows) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| draw(&self.model, frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let lines = (0..rows).map(|y| {
            let line: String = (0..columns).map(|x| buffer[(x, y)].symbol()).collect();
            line.trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }
}

fn named(name: &str) -> DashKey {
    match name {
        "enter" => DashKey::Enter,
        "esc" => DashKey::Esc,
        "up" => DashKey::Up,
        "down" => DashKey::Down,
        "left" => DashKey::Left,
        "right" => DashKey::Right,
        "home" => DashKey::Home,
        "end" => DashKey::End,
        "pgup" => DashKey::PageUp,
        "pgdn" => DashKey::PageDown,
        "backspace" => DashKey::Backspace,
        "ctrl-c" => DashKey::Ctrl('c'),
        other => panic!("{other}"),
    }
}

fn ready(name: &str, service: &str, ship: &str) -> DashRow {
    DashRow {
        name: name.to_owned(),
        service: Some(service.to_owned()),
        ship: ship.to_owned(),
        standing: EntryState::Ready,
        states: vec![StateWord::Ready, StateWord::Up],
        state: "ready".to_owned(),
        health: None,
        age: "up 3 hours".to_owned(),
        is_up: true,
    }
}

/// An environment in which all is well.
fn healthy() -> DashState {
    let ships = ["alpha", "beta"].map(|name| DashShip { name: name.to_owned(), silent: None });
    let rows = [
        ("db-1", "db", "alpha"),
        ("api-1", "api", "alpha"),
        ("api-2", "api", "beta"),
        ("mail-1", "mail", "beta"),
    ];
    DashState {
        environment: "shop".to_owned(),
        ships: ships.to_vec(),
        rows: rows.into_iter().map(|(name, service, ship)| ready(name, service, ship)).collect(),
        has_mistakes: false,
    }
}

/// One with something of each kind.
fn broken() -> DashState {
    let mut state = healthy();
    let silent = "no connection to 10.0.0.7:22 within 5 s".to_owned();
    state.ships.push(DashShip { name: "gamma".to_owned(), silent: Some(silent) });
    state.rows[1] = DashRow {
        standing: EntryState::Failed,
        states: vec![StateWord::NotReady, StateWord::Restarting],
        state: "restarting (12 times), exit 137: out of memory (limit 64 MiB)".to_owned(),
        age: "2 seconds ago".to_owned(),
        ..state.rows[1].clone()
    };
    state.rows[2].health = Some("healthy".to_owned());
    state.rows[3] = DashRow {
        standing: EntryState::Attention,
        states: vec![StateWord::Ready, StateWord::Up, StateWord::Differs],
        state: "ready, differs from the file: env.SMTP_HOST".to_owned(),
        health: Some("unhealthy".to_owned()),
        ..state.rows[3].clone()
    };
    state.rows.push(DashRow {
        standing: EntryState::Unreachable,
        states: vec![StateWord::Unreachable],
        state: "unreachable".to_owned(),
        age: String::new(),
        is_up: false,
        ..ready("far-1", "far", "gamma")
    });
    state.rows.push(DashRow {
        service: None,
        standing: EntryState::Orphan,
        states: vec![StateWord::Orphan],
        state: "orphan, up".to_owned(),
        age: "up 12 days".to_owned(),
        ..ready("old-lb-1", "", "alpha")
    });
    state
}

/// What instances used, of several counts.
fn used(board: &mut Board) {
    for turn in 0..8_u32 {
        let sample = |name: &str, cpu: f64, memory: u64| UsageSample {
            name: name.to_owned(),
            cpu_percent: Some(cpu),
            memory: Some((memory, 512 << 20)),
            restarts: Some(0),
        };
        board.tell(DashMessage::Used(vec![
            sample("db-1", 12.5 * f64::from(turn), 300 << 20),
            sample("api-2", 0.4, 64 << 20),
            UsageSample { restarts: Some(12), ..sample("api-1", 100.0, u64::from(turn + 1) * (60 << 20)) },
        ]));
    }
}

fn logged(text: &str) -> LogText {
    LogText { text: text.to_owned(), goes_on: false, is_note: false }
}

/// The text of a plan.
fn plan() -> DashPlan {
    let text = "\
  ~ api-1, api-2  replace  start-first, one at a time, rolled back on failure
      image         shop/api:1.4 → shop/api:1.5            maestro.yaml:21
  = 2 more        unchanged  as declared

apply shop: 2 to replace, 2 unchanged (9 steps on 2 ships)";
    DashPlan { lines: text.lines().map(str::to_owned).collect(), changes: true, is_refused: false }
}
