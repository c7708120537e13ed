//! Goes through the cases, the tools taking turns, and collects what each run took. What fails is a word in its
//! cell and never the end of the whole.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    case::{Case, OFTEN, Scene, Shape, Stage, Work},
    engine::Problem,
    fake_engines::FakeEngines,
    files::{self, Environment, Labels, MAESTRO_NETWORK, NAME},
    measure::{Order, Taken, measure},
    row::{Cell, Row},
    tool::{Subject, Tool, Tools},
};

/// All that is needed to run cases.
pub struct Runner<'a> {
    /// The engine.
    pub fake_engines: &'a FakeEngines,
    /// The programs.
    pub installed: Tools,
    /// `maestro-measure`.
    pub measuring: PathBuf,
    /// A folder for files.
    pub folder: PathBuf,
    /// Those who take part.
    pub tools: Vec<Tool>,
    /// How often each has its turn, in place of what the stage says.
    pub repeats: Option<usize>,
}

/// How long a command may take: this, and so much for each container. It ends what hangs; a busy machine needs less.
const TIMEOUT: (Duration, Duration) = (Duration::from_secs(300), Duration::from_secs(3));
/// The container that changes in the case of a change: one in the middle.
const CHANGED: usize = 7;

impl Runner<'_> {
    /// Runs the cases of a stage.
    #[must_use]
    pub fn stage(&self, stage: &Stage) -> Vec<Row> {
        let mut rows: Vec<Row> = stage.cases.iter().map(|case| self.row(case)).collect();
        let done = match &stage.scene {
            Scene::Empty => {
                self.empty(stage, &mut rows);
                Ok(())
            }
            Scene::Standing(count) => self.standing(stage, &Shape::independent(*count), &mut rows),
            Scene::Cycle(shape) => self.cycle(stage, shape, &mut rows),
            Scene::Changing(count) => self.changing(stage, &Shape::independent(*count), &mut rows),
        };
        // What keeps a whole stage from being set is told in each of its cells.
        if let Err(problem) = done.and_then(|()| self.fake_engines.reset()) {
            for cell in rows.iter_mut().flat_map(|row| row.cells.values_mut()) {
                fail(cell, &problem);
            }
        }
        rows
    }

    /// Has each tool start one container, so that its network is there from then on, as it is after every first
    /// start. Who cannot do it will be told by its cells.
    ///
    /// # Errors
    /// If the engine does not do it.
    pub fn networks(&self) -> Result<(), Problem> {
        let shape = Shape::independent(1);
        let scene = Scene::Cycle(shape.clone());
        let stage = Stage { scene, repeats: 1, interval: OFTEN, cases: Vec::new() };
        let folder = self.files(&stage, &shape, None, &Labels::new())?;
        let subject = Subject { folder: &folder, shape: &shape, version: "1", changed: 0 };
        for tool in Tool::ALL.into_iter().filter(|one| self.takes_part(*one)) {
            self.fake_engines.reset()?;
            if let Err(problem) = self.perform(tool, Work::Start, subject) {
                eprintln!("{} does not start a container: {problem}", tool.title());
            }
        }
        self.fake_engines.reset()
    }

    fn takes_part(&self, tool: Tool) -> bool {
        self.installed.have(tool) && self.tools.contains(&tool)
    }

    fn row(&self, case: &Case) -> Row {
        let tools = case.tools.iter().copied().filter(|one| self.takes_part(*one));
        let cells = tools.map(|one| (one, Cell::default())).collect();
        Row { case: case.clone(), cells }
    }

    fn repeats(&self, stage: &Stage) -> usize {
        self.repeats.unwrap_or(stage.repeats).max(1)
    }

    fn empty(&self, stage: &Stage, rows: &mut [Row]) {
        let shape = Shape::independent(0);
        let subject = Subject { folder: &self.folder, shape: &shape, version: "1", changed: 0 };
        for row in rows {
            self.in_turns(row, self.repeats(stage), subject, |_| Ok(()));
        }
    }

    /// The tools' turns at one case, each after one that does not count: programs are loaded then.
    fn in_turns(
        &self,
        row: &mut Row,
        repeats: usize,
        subject: Subject<'_>,
        is_done: impl Fn(Tool) -> Result<(), Problem>,
    ) {
        for turn in 0..=repeats {
            for (&tool, cell) in &mut row.cells {
                if cell.failure.is_some() {
                    continue;
                }
                let work = row.case.work;
                let taken = self.perform(tool, work, subject).and_then(|taken| is_done(tool).map(|()| taken));
                tell(&row.case.name, turn, repeats, tool, &taken);
                match taken {
                    Ok(taken) if turn > 0 => cell.runs.push(taken),
                    Ok(_) => {}
                    Err(problem) => fail(cell, &problem),
                }
            }
        }
    }

    /// The same containers for all, made by Maestro and with the labels that compose would give: all see the same.
    fn standing(&self, stage: &Stage, shape: &Shape, rows: &mut [Row]) -> Result<(), Problem> {
        self.fake_engines.reset()?;
        let folder = self.files(stage, shape, Some(MAESTRO_NETWORK), &Labels::new())?;
        let labels = self.labels(&folder, shape)?;
        let folder = self.files(stage, shape, Some(MAESTRO_NETWORK), &labels)?;
        let subject = Subject { folder: &folder, shape, version: "1", changed: 0 };
        eprintln!("{} containers for all come up", shape.count());
        self.perform(Tool::Maestro, Work::Start, subject)?;
        let standing = self.fake_engines.running()?;
        if standing.len() != shape.count() {
            return Err(Problem(format!("{} of {} containers run", standing.len(), shape.count())));
        }
        for row in rows {
            self.in_turns(row, self.repeats(stage), subject, |tool| match self.fake_engines.running()? {
                now if now == standing => Ok(()),
                _ => Err(Problem(format!("{} has changed the containers", tool.title()))),
            });
        }
        Ok(())
    }

    /// Each tool brings up its own containers and takes them down, in turns.
    fn cycle(&self, stage: &Stage, shape: &Shape, rows: &mut [Row]) -> Result<(), Problem> {
        let folder = self.files(stage, shape, None, &Labels::new())?;
        let subject = Subject { folder: &folder, shape, version: "1", changed: 0 };
        let repeats = self.repeats(stage);
        for turn in 1..=repeats {
            for tool in Tool::ALL {
                self.up_and_down(tool, subject, rows, (turn, repeats))?;
            }
        }
        Ok(())
    }

    /// A tool's turn, from nothing to nothing. What it was not chosen for is done only if the rest needs it.
    fn up_and_down(
        &self,
        tool: Tool,
        subject: Subject<'_>,
        rows: &mut [Row],
        (turn, repeats): (usize, usize),
    ) -> Result<(), Problem> {
        let is_wanted = |row: &Row, work: Work| {
            row.case.work == work && row.cells.get(&tool).is_some_and(|cell| cell.failure.is_none())
        };
        let wants = |work: Work| rows.iter().any(|row| is_wanted(row, work));
        let works = match (wants(Work::Start), wants(Work::Stop)) {
            (false, false) => return Ok(()),
            (true, false) => vec![(Work::Start, subject.shape.count())],
            (_, true) => vec![(Work::Start, subject.shape.count()), (Work::Stop, 0)],
        };
        self.fake_engines.reset()?;
        for (work, left) in works {
            let taken = self.perform(tool, work, subject).and_then(|taken| {
                let running = self.fake_engines.running()?.len();
                if running == left {
                    return Ok(taken);
                }
                Err(Problem(format!("{running} of {} run", subject.shape.count())))
            });
            for row in rows.iter_mut().filter(|row| row.case.work == work) {
                let Some(cell) = row.cells.get_mut(&tool) else { continue };
                tell(&row.case.name, turn, repeats, tool, &taken);
                keep(cell, &taken);
            }
            let Err(problem) = &taken else { continue };
            give_up_after(work, problem, tool, rows);
            break;
        }
        Ok(())
    }

    /// Each tool brings up its own containers once and changes one of them, there and back.
    fn changing(&self, stage: &Stage, shape: &Shape, rows: &mut [Row]) -> Result<(), Problem> {
        let folder = self.files(stage, shape, None, &Labels::new())?;
        let repeats = self.repeats(stage);
        for row in rows {
            for (&tool, cell) in &mut row.cells {
                self.fake_engines.reset()?;
                eprintln!("{} containers of {} come up", shape.count(), tool.title());
                let mut subject = Subject { folder: &folder, shape, version: "1", changed: CHANGED };
                // So that what Maestro records of a first `apply` is done with.
                let up = if matches!(tool, Tool::Maestro | Tool::MaestroDetach) {
                    Work::Apply
                } else {
                    Work::Start
                };
                if let Err(problem) = self.perform(tool, up, subject) {
                    fail(cell, &problem);
                    continue;
                }
                for turn in 0..=repeats {
                    subject.version = if turn % 2 == 0 { "2" } else { "1" };
                    let taken = self.change_one(tool, subject);
                    tell(&row.case.name, turn, repeats, tool, &taken);
                    if turn > 0 || taken.is_err() {
                        keep(cell, &taken);
                    }
                    if taken.is_err() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Has the change made, and looks that one container was replaced and no other.
    fn change_one(&self, tool: Tool, subject: Subject<'_>) -> Result<Taken, Problem> {
        let before = self.fake_engines.running()?;
        let taken = self.perform(tool, Work::Apply, subject)?;
        let after = self.fake_engines.running()?;
        let changed = after.iter().filter(|(name, id)| before.get(*name) != Some(id)).count();
        if changed == 1 && after.len() == subject.shape.count() {
            return Ok(taken);
        }
        Err(Problem(format!(
            "{changed} containers are others, and {} of {} run",
            after.len(),
            subject.shape.count()
        )))
    }

    /// How many changes at once let the floor start and stop `count` containers fastest.
    ///
    /// # Errors
    /// If the floor cannot do it.
    pub fn best_concurrency(&self, count: usize, candidates: &[usize]) -> Result<usize, Problem> {
        let shape = Shape::independent(count);
        let mut best: Option<(f64, usize)> = None;
        for &concurrency in candidates {
            self.fake_engines.reset()?;
            let tools = Tools { concurrency, ..self.installed.clone() };
            let subject = Subject { folder: &self.folder, shape: &shape, version: "1", changed: 0 };
            let mut seconds = 0.0;
            for work in [Work::Start, Work::Stop] {
                let order =
                    tools.order(Tool::Floor, work, subject).ok_or_else(|| Problem::new("no floor"))?;
                seconds += self.run(&order, count)?.seconds;
            }
            eprintln!("the floor with {concurrency} at once: {seconds:.2} s to start and stop {count}");
            if best.is_none_or(|(least, _)| seconds < least) {
                best = Some((seconds, concurrency));
            }
        }
        self.fake_engines.reset()?;
        best.map(|(_, concurrency)| concurrency).ok_or_else(|| Problem::new("nothing to choose from"))
    }

    fn perform(&self, tool: Tool, work: Work, subject: Subject<'_>) -> Result<Taken, Problem> {
        let order = self.installed.order(tool, work, subject).ok_or_else(|| Problem::new("cannot be had"))?;
        self.run(&order, subject.shape.count())
    }

    fn run(&self, order: &Order, count: usize) -> Result<Taken, Problem> {
        let (base, each) = TIMEOUT;
        let limit = base + each * u32::try_from(count).unwrap_or(u32::MAX);
        measure(&self.measuring, order, &self.folder.join("output"), limit)
    }

    /// Writes the files that the tools read, in a folder of the stage's own.
    fn files(
        &self,
        stage: &Stage,
        shape: &Shape,
        network: Option<&str>,
        labels: &Labels,
    ) -> Result<PathBuf, Problem> {
        let name = stage.cases.first().map_or("stage", |case| case.name.as_str());
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).map_err(Problem::new)?;
        for version in ["1", "2"] {
            let environment = Environment {
                shape,
                socket: &self.installed.socket,
                interval: stage.interval,
                changed: matches!(stage.scene, Scene::Changing(_)).then_some((CHANGED, version)),
                labels,
                network,
            };
            for tool in Tool::ALL {
                let Some(text) = environment.told(tool) else { continue };
                fs::write(files::path(&folder, tool.word(), version), text).map_err(Problem::new)?;
            }
        }
        Ok(folder)
    }

    /// The labels by which compose knows its containers, and sees that they are as its file says.
    fn labels(&self, folder: &Path, shape: &Shape) -> Result<Labels, Problem> {
        let subject = Subject { folder, shape, version: "1", changed: 0 };
        let Some(mut order) = self.installed.order(Tool::Compose, Work::Status, subject) else {
            return Ok(Labels::new());
        };
        order.words.pop();
        order.words.extend(["config", "--hash", "*"].map(str::to_owned));
        self.run(&order, shape.count())?;
        let hashes = fs::read_to_string(self.folder.join("output")).map_err(Problem::new)?;
        let image = self.fake_engines.image()?;
        let file = files::path(folder, Tool::Compose.word(), "1").display().to_string();
        let directory = folder.display().to_string();
        let labels = |(service, hash): (&str, &str)| {
            let labels = [
                ("project", NAME),
                ("service", service),
                ("config-hash", hash),
                ("container-number", "1"),
                ("oneoff", "False"),
                ("image", image.as_str()),
                ("depends_on", ""),
                ("project.config_files", file.as_str()),
                ("project.working_dir", directory.as_str()),
            ];
            let named =
                |(name, value): (&str, &str)| (format!("com.docker.compose.{name}"), value.to_owned());
            (service.to_owned(), labels.into_iter().map(named).collect())
        };
        Ok(hashes.lines().filter_map(|line| line.split_once(' ')).map(labels).collect())
    }
}

/// What did not start cannot be stopped. A failed stop says nothing about the start before it.
fn give_up_after(work: Work, problem: &Problem, tool: Tool, rows: &mut [Row]) {
    if work != Work::Start {
        return;
    }
    let stops = rows.iter_mut().filter(|row| row.case.work == Work::Stop);
    for cell in stops.filter_map(|row| row.cells.get_mut(&tool)) {
        fail(cell, &Problem(format!("did not start: {problem}")));
    }
}

fn keep(cell: &mut Cell, taken: &Result<Taken, Problem>) {
    match taken {
        Ok(taken) => cell.runs.push(*taken),
        Err(problem) => fail(cell, problem),
    }
}

fn fail(cell: &mut Cell, problem: &Problem) {
    cell.failure.get_or_insert_with(|| problem.to_string());
}

fn tell(case: &str, turn: usize, repeats: usize, tool: Tool, taken: &Result<Taken, Problem>) {
    let what = match taken {
        Ok(Taken { seconds, cpu, .. }) => format!("{seconds:.3} s, {cpu:.3} s of a core"),
        Err(problem) => format!("failed: {problem}"),
    };
    let turn = if turn == 0 { "warming up".to_owned() } else { format!("{turn} of {repeats}") };
    eprintln!("{case}, {turn}: {} {what}", tool.title());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const FIGURES: Taken = Taken { seconds: 1.0, cpu: 0.1, memory: 1e6 };

    fn rows() -> Vec<Row> {
        let row = |work: Work| Row {
            case: Case {
                name: String::new(),
                title: String::new(),
                work,
                goal: None,
                tools: vec![Tool::Maestro],
            },
            cells: BTreeMap::from([(Tool::Maestro, Cell { runs: vec![FIGURES], failure: None })]),
        };
        vec![row(Work::Start), row(Work::Stop)]
    }

    fn failures(rows: &[Row]) -> Vec<Option<&str>> {
        rows.iter().map(|row| row.cells[&Tool::Maestro].failure.as_deref()).collect()
    }

    #[test]
    fn a_failed_stop_is_not_blamed_on_the_start() {
        let mut rows = rows();
        give_up_after(Work::Stop, &Problem::new("1 of 2 run"), Tool::Maestro, &mut rows);
        assert_eq!(failures(&rows), [None, None]);
    }

    #[test]
    fn what_did_not_start_is_not_stopped() {
        let mut rows = rows();
        give_up_after(Work::Start, &Problem::new("1 of 2 run"), Tool::Maestro, &mut rows);
        assert_eq!(failures(&rows), [None, Some("did not start: 1 of 2 run")]);
    }
}
