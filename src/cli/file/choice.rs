//! Which file is meant: the one that is named, or the nearest one, and in which of the two formats it is written.

use std::{
    collections::BTreeMap,
    env, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{STANDARD_INPUT, content, directory_of, pipes::Pipes, text_variables, way_out};
use crate::cli::{args::FileOptions, error::Problem, git::FollowedRepository, user};
use maestro_core::{model::placement::Whereabouts, value::file};
use maestro_file::{
    compose::{
        DEFAULT_NAMES, FileFormat, FilesOnDisk, MAESTRO_NAMES, ProjectRequest, format_of, is_compose_name,
    },
    document::limits::MAX_BYTES,
    resolve::Scales,
};
use maestro_report::{problem::CommandProblem, text::harmless};

/// The variable that names the file where no option does.
const VARIABLE: &str = "MAESTRO_FILE";

/// The file that a command reads.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Choice {
    /// In its format.
    pub file: ChosenFile,
    /// The file, if it was found in a parent directory.
    pub found_above: Option<PathBuf>,
    /// What was read already, and all other files.
    pub files: Pipes,
    /// How many instances services have in this run, whatever the file says.
    pub scales: Scales,
    /// Where instances were found, and what the command asks of their placement.
    pub whereabouts: Whereabouts,
    /// The git repository that the file comes from.
    pub repository: Option<Arc<FollowedRepository>>,
}

/// A file, or several that are one, in one of the formats.
#[derive(Debug, Clone)]
pub(in crate::cli) enum ChosenFile {
    /// A file of Maestro, or several.
    Maestro(MaestroFiles),
    /// A project of Compose files.
    Compose {
        /// The first of its files.
        first: PathBuf,
        /// All that it is read with.
        request: Box<ProjectRequest>,
        /// Its site file, which says where it runs.
        site: Option<PathBuf>,
    },
}

/// Files of Maestro that are one, and what they are read with.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct MaestroFiles {
    /// The first; `-` is standard input.
    pub first: PathBuf,
    /// Files that are merged over it.
    pub later: Vec<PathBuf>,
    /// Env files.
    pub env_files: Vec<PathBuf>,
    /// Active profiles.
    pub profiles: Vec<String>,
    /// Services and instances that the command names.
    pub named: Vec<String>,
}

impl Choice {
    /// Whether it is one file of Maestro, which `config --fix` can change.
    pub(in crate::cli) fn is_one_of_maestro(&self) -> bool {
        match &self.file {
            ChosenFile::Maestro(files) => {
                files.later.is_empty() && files.first.as_path() != Path::new(STANDARD_INPUT)
            }
            ChosenFile::Compose { .. } => false,
        }
    }

    /// The file, or the first of several.
    pub(in crate::cli) fn path(&self) -> &Path {
        match &self.file {
            ChosenFile::Maestro(files) => &files.first,
            ChosenFile::Compose { first, .. } => first,
        }
    }

    /// The same for a command that names these services and instances, which take part whatever profiles are active.
    pub(in crate::cli) fn naming(mut self, things: &[String]) -> Self {
        match &mut self.file {
            ChosenFile::Compose { request, .. } => {
                request.services = things.iter().flat_map(|thing| services_of(thing)).collect();
            }
            ChosenFile::Maestro(files) => files.named = things.to_vec(),
        }
        self
    }

    /// The same with these numbers of instances.
    pub(in crate::cli) fn scaled(self, scales: Scales) -> Self {
        Self { scales, ..self }
    }

    /// The same with instances that were found there.
    pub(in crate::cli) fn placing(self, whereabouts: Whereabouts) -> Self {
        Self { whereabouts, ..self }
    }

    /// The same with all profiles active.
    pub(in crate::cli) fn with_all_profiles(mut self) -> Self {
        let profiles = match &mut self.file {
            ChosenFile::Compose { request, .. } => &mut request.profiles,
            ChosenFile::Maestro(files) => &mut files.profiles,
        };
        *profiles = vec!["*".to_owned()];
        self
    }

    /// The file's name to show, its content, and the directory that its own paths count from.
    pub(in crate::cli) fn read(&self) -> Result<(String, Vec<u8>, PathBuf), Problem> {
        let path = self.path();
        Ok((super::shown(path), self.content(path)?, directory_of(path)))
    }

    /// The content of a file that is named.
    pub(in crate::cli) fn content(&self, path: &Path) -> Result<Vec<u8>, Problem> {
        let read = || self.files.read_files().reading(path, || content(path));
        self.files.content(path).map_or_else(read, |kept| Ok(kept.to_vec()))
    }
}

/// Finds the file that the options mean, looking from the working directory.
pub(in crate::cli) fn choose(options: &FileOptions) -> Result<Choice, Problem> {
    let surroundings = Surroundings { here: working_directory()?, variables: text_variables(env::vars_os()) };
    surroundings.choose(options)
}

/// The working directory as the shell names it: of a link to a directory, the link, whose name may become a project's.
fn working_directory() -> io::Result<PathBuf> {
    let here = env::current_dir()?;
    let identity = |path: &Path| path.metadata().map(|data| (data.dev(), data.ino())).ok();
    let typed = env::var_os("PWD").map(PathBuf::from).filter(|typed| typed.is_absolute());
    Ok(typed.filter(|typed| identity(typed).is_some() && identity(typed) == identity(&here)).unwrap_or(here))
}

/// Where a file is looked for.
struct Surroundings {
    here: PathBuf,
    variables: BTreeMap<String, String>,
}

impl Surroundings {
    fn choose(&self, options: &FileOptions) -> Result<Choice, Problem> {
        let of_variable = self.variables.get(VARIABLE).filter(|file| !file.is_empty()).map(PathBuf::from);
        let choice = match (&options.files[..], of_variable) {
            ([], None) => self.nearest(options)?,
            ([], Some(file)) => self.of_variable(options, file)?,
            (files, _) => self.named(options, files)?,
        };
        match (&choice.file, options.compose.of_compose_alone()) {
            (ChosenFile::Maestro(files), Some(option)) => Err(without_effect(option, &files.first)),
            (ChosenFile::Maestro(_) | ChosenFile::Compose { .. }, _) => Ok(choice),
        }
    }

    fn of_variable(&self, options: &FileOptions, file: PathBuf) -> Result<Choice, Problem> {
        if self.here.join(&file).exists() {
            return self.named(options, &[file]);
        }
        let problem = CommandProblem::new(format!("there is no file {}", shown(&file)));
        let problem = problem.note(format!("`{VARIABLE}` names it"));
        Err(Problem::bad_input(
            problem.help(format!("correct `{VARIABLE}`, or name another file with `-f FILE`")),
        ))
    }

    /// Files that are named. Those of Compose may be several.
    fn named(&self, options: &FileOptions, files: &[PathBuf]) -> Result<Choice, Problem> {
        let mut pipes = Pipes::default();
        let formats: Vec<FileFormat> =
            files.iter().map(|file| self.format_of_named(file, &mut pipes)).collect::<Result<_, _>>()?;
        let count = |format| formats.iter().filter(|found| **found == format).count();
        let file = match files {
            [first, later @ ..] if self.are_of_maestro(files, &formats) => {
                ChosenFile::Maestro(Self::of_maestro(options, first.clone(), later.to_vec()))
            }
            [first, ..] if count(FileFormat::Compose) > 0 => {
                let (files, site) = with_site(files, &formats)?;
                ChosenFile::Compose {
                    first: first.clone(),
                    request: Box::new(self.request(options, files)),
                    site: site.cloned(),
                }
            }
            [] => ChosenFile::Maestro(MaestroFiles::default()),
            [first, later @ ..] => {
                ChosenFile::Maestro(Self::of_maestro(options, first.clone(), later.to_vec()))
            }
        };
        Ok(Choice {
            file,
            found_above: None,
            files: pipes,
            scales: Scales::default(),
            whereabouts: Whereabouts::default(),
            repository: None,
        })
    }

    fn of_maestro(options: &FileOptions, first: PathBuf, later: Vec<PathBuf>) -> MaestroFiles {
        let (env_files, profiles) = (options.compose.env_files.clone(), options.compose.profiles.clone());
        MaestroFiles { first, later, env_files, profiles, named: Vec::new() }
    }

    /// Whether files are an environment of Maestro with what is merged over it: the first is one, with its name, and no other
    /// is called as Compose files are.
    fn are_of_maestro(&self, files: &[PathBuf], formats: &[FileFormat]) -> bool {
        let Some((first, later)) = files.split_first() else { return false };
        let has_name = || {
            let content = file::read_at_most(&self.here.join(first), MAX_BYTES as u64).unwrap_or_default();
            String::from_utf8_lossy(&content).lines().any(|line| line.starts_with("name:"))
        };
        formats.first() == Some(&FileFormat::Maestro)
            && (later.is_empty() || has_name())
            && !later
                .iter()
                .any(|file| file.file_name().and_then(|name| name.to_str()).is_some_and(is_compose_name))
    }

    /// The format of a file that is named. What a pipe says is kept.
    fn format_of_named(&self, path: &Path, pipes: &mut Pipes) -> Result<FileFormat, Problem> {
        let full = self.here.join(path);
        let is_typed = path == Path::new(STANDARD_INPUT);
        if !is_typed && (full.is_file() || full.is_dir() || !full.exists()) {
            return Ok(self.format(path));
        }
        let content = content(path)?;
        let format = format_of(path, &content);
        for name in [path, &full] {
            pipes.keep(name, content.clone());
        }
        Ok(format)
    }

    /// The file of the nearest directory that has one, or the files that `COMPOSE_FILE` names.
    fn nearest(&self, options: &FileOptions) -> Result<Choice, Problem> {
        let found = self.found_upwards(options);
        let file = match &found {
            Some(path) if self.format(path) == FileFormat::Maestro => {
                ChosenFile::Maestro(Self::of_maestro(options, self.seen_from_here(path), Vec::new()))
            }
            Some(_) | None => {
                let request = self.request(options, &[]);
                let files = request.find_files(&FilesOnDisk);
                let first = files.first().ok_or_else(nothing_found)?;
                ChosenFile::Compose {
                    first: self.seen_from_here(Path::new(first)),
                    request: Box::new(request),
                    site: None,
                }
            }
        };
        let choice = Choice {
            file,
            found_above: None,
            files: Pipes::default(),
            scales: Scales::default(),
            whereabouts: Whereabouts::default(),
            repository: None,
        };
        // What `COMPOSE_FILE` names is not found, but known.
        let is_above = |path: &PathBuf| {
            path.parent().is_some_and(|parent| parent != self.here && self.here.starts_with(parent))
                && choice.path() == self.seen_from_here(path)
        };
        let found_above = found.filter(is_above);
        match found_above.as_deref().filter(|path| may_be_planted(path)) {
            Some(path) => Err(refused(
                format!(
                    "{} belongs to another user, and its directory is writable for everybody",
                    shown(path)
                ),
                "if you trust it, name it with `-f FILE`; otherwise change to the directory of your file",
            )),
            None => Ok(Choice { found_above, ..choice }),
        }
    }

    fn found_upwards(&self, options: &FileOptions) -> Option<PathBuf> {
        let start = match &options.compose.project_directory {
            Some(directory) => self.here.join(directory).canonicalize().ok()?,
            None => self.here.clone(),
        };
        let names = || MAESTRO_NAMES.iter().chain(&DEFAULT_NAMES);
        let mut paths = start.ancestors().flat_map(|directory| names().map(move |name| directory.join(name)));
        // A link that leads nowhere is told, and not passed over.
        paths.find(|path| path.symlink_metadata().is_ok() && !path.is_dir())
    }

    /// The format of a file; of one that cannot be read, what its name says.
    fn format(&self, path: &Path) -> FileFormat {
        let path = self.here.join(path);
        let content = if path.is_file() { file::read_at_most(&path, MAX_BYTES as u64).ok() } else { None };
        format_of(&path, &content.unwrap_or_default())
    }

    /// The path as it is shown: by its name alone in the working directory.
    fn seen_from_here(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.here).map_or_else(|_| path.to_owned(), |inside| Path::new(".").join(inside))
    }

    /// The project of Compose files that is read with these options.
    fn request(&self, options: &FileOptions, files: &[PathBuf]) -> ProjectRequest {
        let text = |path: &Path| path.display().to_string();
        let texts = |paths: &[PathBuf]| paths.iter().map(|path| text(path)).collect();
        let compose = &options.compose;
        ProjectRequest {
            working_directory: text(&self.here),
            variables: self.variables.clone(),
            files: texts(files),
            directory: compose.project_directory.as_deref().map(text),
            env_files: texts(&compose.env_files),
            name: compose.project_name.clone(),
            profiles: compose.profiles.clone(),
            services: Vec::new(),
        }
    }
}

/// The Compose files among those that are named, and the site file behind them.
fn with_site<'f>(
    files: &'f [PathBuf],
    formats: &[FileFormat],
) -> Result<(&'f [PathBuf], Option<&'f PathBuf>), Problem> {
    let Some(at) = formats.iter().position(|format| *format == FileFormat::Maestro) else {
        return Ok((files, None));
    };
    match (&files[..at], &files[at], &files[at + 1..]) {
        (compose @ [_, ..], site, []) => Ok((compose, Some(site))),
        ([], site, _) => Err(refused(
            format!("{} is a site file, which follows the Compose files", shown(site)),
            "name the Compose files first: `-f compose.yaml -f site.yaml`",
        )),
        (_, site, [second, ..]) => Err(refused(
            format!("{} comes after the site file {}", shown(second), shown(site)),
            "name all Compose files first, and one site file at the end",
        )),
    }
}

/// The services that a name may be meant for: of its own name, and of an instance's, which ends in a number.
fn services_of(thing: &str) -> Vec<String> {
    let name = thing.strip_prefix("service/").or_else(|| thing.strip_prefix("instance/")).unwrap_or(thing);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let of_instance =
        name.rsplit_once('-').filter(|(_, number)| is_number(number)).map(|(service, _)| service);
    std::iter::once(name).chain(of_instance).map(str::to_owned).collect()
}

/// Whether somebody else may have put a file there for others to find, as in `/tmp`.
fn may_be_planted(path: &Path) -> bool {
    const WRITABLE_FOR_ALL: u32 = 0o002;
    let directory = path.parent().and_then(|directory| directory.metadata().ok());
    let is_open = directory.is_some_and(|directory| directory.mode() & WRITABLE_FOR_ALL != 0);
    let owner = || path.symlink_metadata().map(|data| data.uid()).ok();
    is_open && user::id().is_some_and(|me| owner().is_none_or(|owner| owner != me && owner != 0))
}

fn shown(path: &Path) -> String {
    harmless(&super::shown(path)).into_owned()
}

fn refused(what: impl Into<String>, help: &str) -> Problem {
    Problem::bad_input(CommandProblem::new(what).help(help))
}

/// An option for Compose files beside a file of Maestro.
fn without_effect(option: &str, path: &Path) -> Problem {
    let problem = CommandProblem::new(format!("`{option}` has no effect with {}", shown(path))).note(
        "it is for Compose files, and this is a file of Maestro, which has its name and paths of its own",
    );
    Problem::bad_input(problem.help(format!("remove `{option}`")))
}

/// There is no file to read.
fn nothing_found() -> Problem {
    let names: Vec<&str> = MAESTRO_NAMES.into_iter().chain(DEFAULT_NAMES).collect();
    let problem =
        CommandProblem::new("there is no maestro.yaml and no compose.yaml, here or in a parent directory");
    let problem = problem.note(format!("looked for: {}", names.join(", ")));
    Problem::bad_input(problem.help(way_out()))
}

#[cfg(test)]
mod tests;
