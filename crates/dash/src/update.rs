//! What happens to the dashboard, and what it asks for.

use super::{
    edit::{Edit, edited},
    effect::DashEffect,
    facts::DashRun,
    keys::DashKey,
    list::ListLine,
    log::LogPage,
    message::DashMessage,
    model::{DashModel, Page, Prompt, Question},
    motion::Motion,
    page::{PlanPage, PlanVerdict, TextPage},
    words,
    work::Work,
};
use maestro_report::status::Grouping;

/// Takes what happened. Gives the dashboard after it, and what to do.
#[must_use]
pub fn update(model: DashModel, message: DashMessage) -> (DashModel, Vec<DashEffect>) {
    let mut update = Update { model, effects: Vec::new() };
    update.take(message);
    update.count_what_is_seen();
    (update.model, update.effects)
}

struct Update {
    model: DashModel,
    effects: Vec<DashEffect>,
}

impl Update {
    fn take(&mut self, message: DashMessage) {
        let model = &mut self.model;
        match message {
            DashMessage::Key(key) => {
                model.notice = None;
                self.key(key);
            }
            DashMessage::Resized(columns, rows) => model.size = (columns, rows),
            DashMessage::State(state) => {
                model.used.retain(|name| state.rows.iter().any(|row| row.name == name));
                model.state = Some(state);
            }
            DashMessage::Used(samples) => model.used.take(samples),
            DashMessage::Inspected(name, lines) => match &mut model.page {
                Page::Details(page) if page.title == name => page.lines = Some(lines),
                Page::Details(_)
                | Page::List
                | Page::Log(_)
                | Page::Plan(_)
                | Page::Run(_)
                | Page::Help(_) => {}
            },
            DashMessage::Logged(name, pieces) => match &mut model.page {
                Page::Log(log) if log.name == name => log.take(pieces),
                Page::Log(_)
                | Page::List
                | Page::Details(_)
                | Page::Plan(_)
                | Page::Run(_)
                | Page::Help(_) => {}
            },
            DashMessage::Planned(planned) => {
                if let Page::Plan(page) = &mut model.page {
                    page.take(planned);
                    model.notice.take_if(|notice| notice == words::PLAN_AWAITED);
                }
            }
            DashMessage::Ran(run) => self.ran(run),
            DashMessage::Leave => {
                if model.is_running() {
                    self.leave_run();
                } else {
                    self.effects.push(DashEffect::Quit);
                }
            }
            DashMessage::Told(text) => model.notice = Some(text),
        }
        self.keep_in_sight();
    }

    fn keep_in_sight(&mut self) {
        let height = self.model.list_height();
        if let Some(state) = &self.model.state {
            self.model.list.keep_in_sight(state, height);
        }
    }

    /// Has the usage of the instances counted that are in sight and up, and of no others.
    fn count_what_is_seen(&mut self) {
        let model = &self.model;
        let is_list = matches!(model.page, Page::List) && !model.is_too_small();
        let state = model.state.iter().filter(|_| is_list);
        let seen = state.flat_map(|state| model.list.in_sight(state, model.list_height()));
        let seen = seen.filter_map(|(line, _)| match line {
            ListLine::Row(row) if row.is_up => Some(row.name.clone()),
            ListLine::Row(_) | ListLine::Heading { .. } => None,
        });
        let mut seen: Vec<String> = seen.collect();
        seen.sort();
        if seen != self.model.counted {
            self.model.counted.clone_from(&seen);
            self.effects.push(DashEffect::Count(seen));
        }
    }

    fn ran(&mut self, run: DashRun) {
        let model = &mut self.model;
        if let Page::Run(page) = &mut model.page {
            page.title.clone_from(&run.typed);
            page.lines = Some(run.lines.clone());
            if run.exit_code.is_some() {
                page.top = usize::MAX;
            }
        } else if let Some(code) = run.exit_code {
            model.notice = Some(words::ended(&run.typed, code));
        }
        let is_over = run.exit_code.is_some();
        model.run = Some(run);
        if is_over {
            model.is_interrupted = false;
            if model.is_leaving {
                self.effects.push(DashEffect::Quit);
            }
        }
    }

    fn key(&mut self, key: DashKey) {
        if key == DashKey::Ctrl('l') {
            self.effects.push(DashEffect::Redraw);
            return;
        }
        match std::mem::replace(&mut self.model.prompt, Prompt::None) {
            Prompt::None => self.page_key(key),
            Prompt::Filter(before) => self.filter_key(key, before),
            Prompt::Search(text) => self.search_key(key, text),
            Prompt::Ask(question) => self.answer(key, question),
        }
    }

    fn page_key(&mut self, key: DashKey) {
        let is_list = matches!(self.model.page, Page::List);
        let is_help = matches!(self.model.page, Page::Help(_));
        if key == DashKey::Ctrl('c') {
            self.interrupt();
        } else if !is_list && matches!(key, DashKey::Char('q') | DashKey::Esc) {
            self.back();
        } else if key == DashKey::Char('q') {
            self.leave();
        } else if key == DashKey::Char('?') && !is_help {
            self.close_log();
            self.open(Page::Help(words::help(&self.model.options)));
        } else {
            self.own_key(key);
        }
    }

    /// Of keys that each page has for itself.
    fn own_key(&mut self, key: DashKey) {
        let height = self.model.page_height();
        let motion = Motion::of(key);
        match &mut self.model.page {
            Page::List => self.list_key(key),
            Page::Log(_) => self.log_key(key),
            Page::Details(page) | Page::Run(page) | Page::Help(page) => {
                page.top = page.top.min(page.lines.as_ref().map_or(0, Vec::len).saturating_sub(height));
                if let Some(motion) = motion {
                    page.go(motion, height);
                }
            }
            Page::Plan(page) => match motion {
                Some(motion) => page.text.go(motion, height),
                None if key == DashKey::Char('a') => self.ask_to_apply(),
                None if key == DashKey::Char('p') => self.plan(),
                None => {}
            },
        }
    }

    fn log_key(&mut self, key: DashKey) {
        let height = self.model.page_height();
        let Page::Log(log) = &mut self.model.page else { return };
        let text = log.search.clone();
        if key == DashKey::Char('/') {
            self.model.prompt = Prompt::Search(String::new());
        } else if let DashKey::Char(c @ ('n' | 'N')) = key {
            let is_found = text.is_empty() || log.find(c == 'n', height);
            self.not_found(is_found, &text);
        } else if key == DashKey::Left {
            log.go_left();
        } else if key == DashKey::Right {
            log.go_right();
        } else if let Some(motion) = Motion::of(key) {
            log.go(motion, height);
        }
    }

    fn list_key(&mut self, key: DashKey) {
        let height = self.model.list_height();
        if let (Some(motion), Some(state)) = (Motion::of(key), &self.model.state) {
            self.model.list.go(state, motion, height);
        } else if let Some(work) = Work::of(key) {
            self.work(work);
        } else if key == DashKey::Esc {
            self.model.list.filter.clear();
        } else if key == DashKey::Char('/') {
            self.model.prompt = Prompt::Filter(self.model.list.filter.clone());
        } else if key == DashKey::Char('g') {
            self.model.list.by = match self.model.list.by {
                Grouping::Ship => Grouping::Service,
                Grouping::Service => Grouping::Ship,
            };
        } else if key == DashKey::Char('p') {
            if self.model.is_running() { self.show_run() } else { self.plan() }
        }
    }

    /// Works on the selected instance.
    fn work(&mut self, work: Work) {
        let Some(state) = &self.model.state else { return };
        let Some(row) = self.model.list.selected(&self.model.list.lines(state)) else { return };
        let (name, is_up) = (row.name.clone(), row.is_up);
        if work != Work::Log && !row.is_instance() {
            self.model.notice = Some(words::orphan(&name, &self.model.options.invocation));
            return;
        }
        if work.changes() && self.model.options.read_only {
            self.model.notice = Some(words::READ_ONLY.to_owned());
            return;
        }
        match work {
            Work::Log => {
                self.effects.push(DashEffect::Follow(name.clone()));
                self.open(Page::Log(LogPage::new(&name)));
            }
            Work::Details => {
                self.effects.push(DashEffect::Inspect(name.clone()));
                self.open(Page::Details(TextPage::awaited(name)));
            }
            Work::Shell if is_up => self.effects.push(DashEffect::Shell(name)),
            Work::Shell => self.model.notice = Some(words::not_up(&name)),
            Work::Restart if self.model.is_running() => self.runs_already(),
            Work::Restart => self.model.prompt = Prompt::Ask(Question::Restart(name)),
        }
    }

    fn open(&mut self, page: Page) {
        self.model.page = page;
    }

    fn close_log(&mut self) {
        if matches!(self.model.page, Page::Log(_)) {
            self.effects.push(DashEffect::Unfollow);
        }
    }

    fn back(&mut self) {
        self.close_log();
        self.open(Page::List);
    }

    fn plan(&mut self) {
        self.effects.push(DashEffect::Plan);
        self.open(Page::Plan(PlanPage {
            text: TextPage::awaited(words::PLAN),
            verdict: PlanVerdict::Awaited,
        }));
    }

    fn ask_to_apply(&mut self) {
        let Page::Plan(PlanPage { verdict, .. }) = &self.model.page else { return };
        if self.model.options.read_only {
            self.model.notice = Some(words::READ_ONLY.to_owned());
        } else if self.model.is_running() {
            self.runs_already();
        } else {
            let notice = match verdict {
                PlanVerdict::Applicable => return self.model.prompt = Prompt::Ask(Question::Apply),
                PlanVerdict::Awaited => words::PLAN_AWAITED,
                PlanVerdict::Nothing => words::NOT_APPLICABLE,
                PlanVerdict::Refused => words::REFUSED,
            };
            self.model.notice = Some(notice.to_owned());
        }
    }

    fn runs_already(&mut self) {
        if let Some(run) = &self.model.run {
            self.model.notice = Some(words::runs_already(&run.typed));
        }
    }

    fn show_run(&mut self) {
        if let Some(run) = &self.model.run {
            let page = TextPage { title: run.typed.clone(), lines: Some(run.lines.clone()), top: 0 };
            self.open(Page::Run(page));
        }
    }

    /// Of a run the first Ctrl-C lets nothing new begin, and the second leaves it.
    fn interrupt(&mut self) {
        if !self.model.is_running() || self.model.is_interrupted {
            self.effects.push(DashEffect::Quit);
            return;
        }
        self.model.is_interrupted = true;
        self.model.notice = Some(words::INTERRUPTED.to_owned());
        self.effects.push(DashEffect::Interrupt);
        self.show_run();
    }

    fn leave(&mut self) {
        if self.model.is_running() {
            self.model.prompt = Prompt::Ask(Question::Leave);
        } else {
            self.effects.push(DashEffect::Quit);
        }
    }

    /// Ends with the run, which begins nothing new.
    fn leave_run(&mut self) {
        (self.model.is_leaving, self.model.is_interrupted) = (true, true);
        self.effects.push(DashEffect::Interrupt);
        self.show_run();
    }

    fn filter_key(&mut self, key: DashKey, before: String) {
        let filter = &mut self.model.list.filter;
        match edited(filter, key) {
            Edit::Done => {}
            Edit::GivenUp => *filter = before,
            Edit::GoesOn => self.model.prompt = Prompt::Filter(before),
        }
    }

    fn search_key(&mut self, key: DashKey, mut text: String) {
        let edit = edited(&mut text, key);
        let height = self.model.page_height();
        let Page::Log(log) = &mut self.model.page else { return };
        match edit {
            Edit::GoesOn => self.model.prompt = Prompt::Search(text),
            Edit::GivenUp => {}
            Edit::Done => {
                log.search.clone_from(&text);
                log.hit = None;
                let is_found = text.is_empty() || log.find(true, height);
                self.not_found(is_found, &text);
            }
        }
    }

    fn not_found(&mut self, is_found: bool, text: &str) {
        if !is_found {
            self.model.notice = Some(words::not_found(text));
        }
    }

    fn answer(&mut self, key: DashKey, question: Question) {
        if !matches!(key, DashKey::Char('y' | 'Y')) {
            if !matches!(key, DashKey::Char('n' | 'N') | DashKey::Esc | DashKey::Ctrl('c') | DashKey::Enter) {
                // A key that was meant for something else is no answer.
                self.model.prompt = Prompt::Ask(question);
            }
            return;
        }
        let typed = match &question {
            Question::Leave => return self.leave_run(),
            Question::Apply => "apply".to_owned(),
            Question::Restart(name) => format!("restart {name}"),
        };
        let typed = format!("{} {typed}", self.model.options.invocation);
        self.effects.push(match question {
            Question::Restart(name) => DashEffect::Restart(name),
            Question::Apply | Question::Leave => DashEffect::Apply,
        });
        self.model.run = Some(DashRun { typed, lines: Vec::new(), exit_code: None });
        self.model.is_interrupted = false;
        self.show_run();
    }
}
