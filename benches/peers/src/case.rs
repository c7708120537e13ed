//! What is measured.

use std::time::Duration;

use crate::{statistics::Goal, tool::Tool};

/// Containers in layers: each waits until all of the layer before it are ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// How many there are in each layer.
    pub layers: Vec<usize>,
    /// Whether they are ready when they answer at a port. Otherwise they have no checks, and one layer.
    pub is_checked: bool,
}

impl Shape {
    /// So many that do not know of each other.
    #[must_use]
    pub fn independent(count: usize) -> Self {
        Self { layers: vec![count], is_checked: false }
    }

    /// One behind the other.
    #[must_use]
    pub fn chain(count: usize) -> Self {
        Self { layers: vec![1; count], is_checked: true }
    }

    /// One, layers of `width` that each need all of the one before, and one that needs the last: `count` in all, as far
    /// as that comes out even.
    #[must_use]
    pub fn diamond(count: usize, width: usize) -> Self {
        let mut layers = vec![width; count.saturating_sub(2) / width];
        layers.insert(0, 1);
        layers.push(1);
        Self { layers, is_checked: true }
    }

    /// How many containers it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.layers.iter().sum()
    }

    /// The numbers of the containers of each layer.
    pub fn numbers(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.layers.iter().scan(0, |first, width| {
            let layer = *first..*first + width;
            *first = layer.end;
            Some(layer)
        })
    }
}

/// What a tool is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Tell one's version.
    Version,
    /// Show what runs.
    Status,
    /// Start what runs already.
    NoOp,
    /// Start what is not there.
    Start,
    /// Stop what runs.
    Stop,
    /// Bring about the only change that the file has had.
    Apply,
}

impl Work {
    /// Whether containers are started.
    #[must_use]
    pub fn starts(self) -> bool {
        matches!(self, Self::NoOp | Self::Start | Self::Apply)
    }
}

/// One line of the results.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What it is chosen by.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// What each tool does.
    pub work: Work,
    /// What its time is held to.
    pub goal: Option<Goal>,
    /// Who takes part, if they can be had.
    pub tools: Vec<Tool>,
}

/// Cases that share their containers, and so what is done between their runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// What stands there.
    pub scene: Scene,
    /// How often each tool has its turn.
    pub repeats: usize,
    /// How often compose looks whether a container is healthy.
    pub interval: Duration,
    /// The cases.
    pub cases: Vec<Case>,
}

/// What stands there when a tool has its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scene {
    /// Nothing.
    Empty,
    /// So many running containers, which are every tool's own at once and stay as they are.
    Standing(usize),
    /// Nothing: each tool brings up its own and takes them down.
    Cycle(Shape),
    /// So many running containers of the tool's own.
    Changing(usize),
}

/// As often as compose looks at least without getting in its own way, see `docs/performance.md`.
pub const OFTEN: Duration = Duration::from_millis(100);
/// As often as people let it look.
pub const SELDOM: Duration = Duration::from_secs(1);

/// All that can be measured, or what of it takes little time.
#[must_use]
pub fn stages(quick: bool) -> Vec<Stage> {
    let some = |full, short| if quick { short } else { full };
    let mut stages = vec![Stage {
        scene: Scene::Empty,
        repeats: some(20, 5),
        interval: OFTEN,
        cases: vec![case("version", "tells its version (a cold start)", Work::Version, None)],
    }];
    let standing: &[(usize, usize)] =
        if quick { &[(2, 5), (20, 5)] } else { &[(2, 20), (20, 20), (100, 15), (500, 9)] };
    for &(count, repeats) in standing {
        let (status, no_op) = (format!("status of {count}"), format!("start of {count} that run already"));
        let goal = Some(Goal::OfFloor(1.3));
        let cases = vec![
            case(&format!("status-{count}"), &status, Work::Status, goal),
            case(&format!("no-op-{count}"), &no_op, Work::NoOp, goal),
        ];
        stages.push(Stage { scene: Scene::Standing(count), repeats, interval: OFTEN, cases });
    }
    let cycles: &[(usize, usize)] = if quick { &[(2, 3), (20, 1)] } else { &[(2, 9), (20, 5), (100, 3)] };
    for &(count, repeats) in cycles {
        let (start, stop) =
            (format!("start of {count}, independent"), format!("stop of {count}, independent"));
        let goal = Some(Goal::OfFloor(1.02));
        let cases = vec![
            with_options(case(&format!("start-{count}"), &start, Work::Start, goal)),
            case(&format!("stop-{count}"), &stop, Work::Stop, goal),
        ];
        let scene = Scene::Cycle(Shape::independent(count));
        stages.push(Stage { scene, repeats, interval: OFTEN, cases });
    }
    stages.extend(layered(quick));
    let count = some(100, 20);
    let title = format!("one change among {count}");
    let name = format!("apply-{count}");
    let cases = vec![with_options(case(&name, &title, Work::Apply, None))];
    stages.push(Stage { scene: Scene::Changing(count), repeats: some(5, 2), interval: OFTEN, cases });
    stages
}

/// Those whose containers wait for each other.
fn layered(quick: bool) -> Vec<Stage> {
    let some = |full, short| if quick { short } else { full };
    let shapes = [
        ("chain-10", "start of a chain of 10", Shape::chain(10), Some(Goal::OfFloor(1.0)), some(5, 1)),
        ("diamond-30", "start of a diamond of 30", Shape::diamond(30, 7), None, some(3, 1)),
    ];
    let mut stages = Vec::new();
    for (name, title, shape, goal, repeats) in shapes {
        let scene = Scene::Cycle(shape);
        let cases = vec![case(name, title, Work::Start, goal)];
        stages.push(Stage { scene: scene.clone(), repeats, interval: OFTEN, cases });
        let (name, title) = (format!("{name}-slow"), format!("{title}, looked at once a second"));
        let tools = vec![Tool::Compose];
        let cases = vec![Case { tools, ..case(&name, &title, Work::Start, None) }];
        stages.push(Stage { scene, repeats: some(2, 1), interval: SELDOM, cases });
    }
    stages
}

/// Also with the options that decide whether a start is watched.
fn with_options(case: Case) -> Case {
    Case { tools: Tool::ALL.to_vec(), ..case }
}

fn case(name: &str, title: &str, work: Work, goal: Option<Goal>) -> Case {
    Case { name: name.to_owned(), title: title.to_owned(), work, goal, tools: Tool::PROGRAMS.to_vec() }
}

/// The stages with only the cases whose names are `words` or begin with one of them and a hyphen; all if there are no
/// words. An error names the words that stand for none.
///
/// # Errors
/// The first word that stands for no case, with the names of all.
pub fn chosen(stages: Vec<Stage>, words: &[String]) -> Result<Vec<Stage>, String> {
    let is_meant = |word: &str, name: &str| {
        name == word || name.strip_prefix(word).is_some_and(|rest| rest.starts_with('-'))
    };
    let names: Vec<&str> =
        stages.iter().flat_map(|stage| &stage.cases).map(|case| case.name.as_str()).collect();
    if let Some(word) = words.iter().find(|word| !names.iter().any(|name| is_meant(word, name))) {
        return Err(format!("there is no case '{word}'; there are: {}", names.join(" ")));
    }
    let mut stages = stages;
    for stage in &mut stages {
        stage.cases.retain(|case| words.is_empty() || words.iter().any(|word| is_meant(word, &case.name)));
    }
    stages.retain(|stage| !stage.cases.is_empty());
    Ok(stages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(stages: &[Stage]) -> Vec<&str> {
        stages.iter().flat_map(|stage| &stage.cases).map(|case| case.name.as_str()).collect()
    }

    #[test]
    fn a_shape_numbers_its_layers_one_after_the_other() {
        let diamond = Shape::diamond(30, 7);
        assert_eq!(diamond.layers, [1, 7, 7, 7, 7, 1]);
        assert_eq!(diamond.count(), 30);
        let layers: Vec<_> = diamond.numbers().collect();
        assert_eq!((layers[0].clone(), layers[1].clone(), layers[5].clone()), (0..1, 1..8, 29..30));
    }

    #[test]
    fn names_are_different() {
        for quick in [false, true] {
            let stages = stages(quick);
            let mut names = names(&stages);
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count);
        }
    }

    #[test]
    fn a_word_chooses_its_cases() {
        let chosen = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            chosen(stages(false), &words)
        };
        assert_eq!(
            names(&chosen(&["status"]).unwrap()),
            ["status-2", "status-20", "status-100", "status-500"]
        );
        assert_eq!(names(&chosen(&["chain", "start-2"]).unwrap()), ["start-2", "chain-10", "chain-10-slow"]);
        assert_eq!(chosen(&[]).unwrap(), stages(false));
        let error = chosen(&["statu"]).unwrap_err();
        assert!(error.starts_with("there is no case 'statu'; there are: version status-2 "), "{error}");
    }
}
