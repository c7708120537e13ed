//! A place where a user works: a folder with a file, an engine, the program.

use std::{
    fs::{self, File},
    io::{PipeReader, PipeWriter, Read},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use regex::Regex;

use super::{host, lock, normal};

/// No command takes longer.
pub const DEADLINE: Duration = Duration::from_secs(120);
/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_maestro");
/// Engines get slow, and may hang, if more is started at once.
const TESTS_AT_ONCE: u32 = 2;

/// A folder of its own with a `maestro.yaml`, and what it takes to run commands in it. What is made on the engine goes
/// when it is dropped.
///
/// In all that a test writes, `unique` is replaced by a word that no other test has, and `PORT1` … `PORT9` by ports
/// that are free; what the program says is translated back, so that columns stay where they are.
pub struct Site {
    folder: tempfile::TempDir,
    /// Where its engine is; the first, if there are several.
    pub host: String,
    /// Where all its engines are.
    pub engines: Vec<String>,
    /// Names containers that are removed though they do not belong to the environment.
    pub strangers: Vec<String>,
    words: Vec<(String, String)>,
    /// The environment that is cleaned when the site is dropped.
    pub environment: String,
    variables: Vec<(String, String)>,
    _turn: File,
}

/// What a command said and how it ended.
pub struct Said {
    /// Standard output and standard error as they came, or output alone where it was asked for.
    pub text: String,
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
}

impl Site {
    /// A site with that file, on the engine of the tests.
    pub fn new(yaml: &str) -> Self {
        let host = host();
        let number = next_number();
        let turn = lock(&format!("turn-{}", (std::process::id() + number) % TESTS_AT_ONCE));
        let mut words = unique_words(number);
        words.extend(free_ports().enumerate().map(|(index, port)| (format!("PORT{}", index + 1), port)));
        let mut site = Self::with(vec![host], "env-unique", words, turn);
        site.write(yaml);
        site
    }

    /// A site whose ships are these engines, with words of the test's own beside the usual ones.
    pub fn on(engines: Vec<String>, mut words: Vec<(String, String)>, turn: File) -> Self {
        words.extend(unique_words(next_number()));
        Self::with(engines, "env-unique", words, turn)
    }

    /// A site with names of its own, which keeps others waiting that want the same lock.
    pub fn fixed(environment: &str, lock_name: &str) -> Self {
        let host = host();
        let site = Self::with(vec![host], environment, Vec::new(), lock(lock_name));
        // A run that was killed left its containers.
        site.clean();
        site
    }

    fn with(engines: Vec<String>, environment: &str, words: Vec<(String, String)>, turn: File) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut site = Self {
            folder,
            host: engines[0].clone(),
            engines,
            strangers: Vec::new(),
            words,
            environment: String::new(),
            variables: Vec::new(),
            _turn: turn,
        };
        site.environment = site.real(environment);
        site
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the file.
    pub fn write(&mut self, yaml: &str) {
        fs::write(self.path().join("maestro.yaml"), self.real(yaml)).unwrap();
    }

    /// Sets a variable for all commands from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// With the test's words replaced by real ones.
    pub fn real(&self, text: &str) -> String {
        self.words.iter().fold(text.to_owned(), |text, (word, real)| text.replace(word, real))
    }

    /// With real words replaced by the test's.
    pub fn told(&self, text: &str) -> String {
        let mut text = self.unwrapped(text);
        if let Some(socket) = self.host.strip_prefix("unix://") {
            text = text.replace(socket, "/var/run/docker.sock");
        }
        for (word, real) in &self.words {
            // A port's number may begin an id as well.
            text = if real.bytes().all(|byte| byte.is_ascii_digit()) {
                Regex::new(&format!(r"\b{real}\b")).unwrap().replace_all(&text, word).into_owned()
            } else {
                text.replace(real, word)
            };
        }
        text.replace(&self.path().display().to_string(), "FOLDER")
    }

    /// With paragraphs in one line that have a word of another length than its stand-in: it decides where lines break.
    fn unwrapped(&self, text: &str) -> String {
        let socket = self.host.strip_prefix("unix://").map(str::to_owned);
        let mut decisive: Vec<String> =
            socket.into_iter().chain([self.path().display().to_string()]).collect();
        let others = self.words.iter().filter(|(word, real)| word.len() != real.len());
        decisive.extend(others.map(|(_, real)| real.clone()));
        let mut told = String::new();
        let mut lines = text.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            let mut paragraph = line.to_owned();
            while let Some(more) = lines.next_if(|more| more.starts_with("     ") && !more.trim().is_empty())
            {
                paragraph.push_str(more);
            }
            let is_decided = decisive.iter().any(|word| paragraph.contains(word));
            if is_decided && paragraph.lines().count() > 1 {
                let joined: Vec<&str> = paragraph.lines().map(str::trim_start).collect();
                let start = &line[..line.len() - line.trim_start().len()];
                paragraph = format!("{start}{}\n", joined.join(" "));
            }
            told.push_str(&paragraph);
        }
        told
    }

    /// A command that is about to be run here: `command("start web-unique")`.
    pub fn command(&self, arguments: &str) -> Command {
        let arguments = shlex::split(&self.real(arguments)).unwrap();
        self.program(PROGRAM, &arguments)
    }

    /// Another program that runs here.
    pub fn program(&self, program: &str, arguments: &[String]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null()).env_clear();
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = Path::new(PROGRAM).parent().unwrap().display();
        command.env("PATH", format!("{bin}:{path}")).env("HOME", self.path());
        command.env("DOCKER_HOST", &self.host);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end. Tells both outputs as they came.
    pub fn run(&self, arguments: &str) -> Said {
        Running::begin(self.command(arguments), true).end()
    }

    /// Runs a command that has to succeed.
    pub fn succeed(&self, arguments: &str) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "maestro {arguments}: {}", said.text);
        said.text
    }

    /// Runs a command to its end. Tells its standard output alone.
    pub fn output(&self, arguments: &str) -> Said {
        Running::begin(self.command(arguments), false).end()
    }

    /// The lines of JSON that a command prints, and its exit code.
    pub fn json_lines(&self, arguments: &str) -> (Vec<serde_json::Value>, Option<i32>) {
        let Said { text, code } = self.output(&format!("--output json {arguments}"));
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        (self.told(&text).lines().map(parse).collect(), code)
    }

    /// What a snapshot holds: the command, what it said, how it ended.
    pub fn transcript(&self, arguments: &str) -> String {
        let said = self.run(arguments);
        self.transcript_of(arguments, &said)
    }

    /// Several commands, one after the other.
    pub fn transcripts(&self, commands: &[&str]) -> String {
        commands.iter().map(|command| self.transcript(command)).collect::<Vec<_>>().join("\n")
    }

    /// As [`Self::transcript`], of a command that has ended.
    pub fn transcript_of(&self, arguments: &str, said: &Said) -> String {
        let code = said.code.map_or_else(|| "none".to_owned(), |code| code.to_string());
        let text = normal::text(&self.told(&said.text));
        format!("$ maestro {arguments}\n{}\nexit code: {code}\n", text.trim_end())
    }

    /// What Docker's own command prints.
    pub fn docker(&self, arguments: &str) -> String {
        let output = self.docker_output(arguments);
        assert!(output.status.success(), "docker {arguments}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// As [`Self::docker`], of something that may have been removed meanwhile: none if the engine does not have it.
    pub fn docker_if_there(&self, arguments: &str) -> Option<String> {
        let output = self.docker_output(arguments);
        let is_gone = String::from_utf8_lossy(&output.stderr).contains("No such");
        assert!(output.status.success() || is_gone, "docker {arguments}: {output:?}");
        (!is_gone).then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
    }

    fn docker_output(&self, arguments: &str) -> std::process::Output {
        let arguments = shlex::split(&self.real(arguments)).unwrap();
        self.program("docker", &arguments).output().unwrap()
    }

    /// Waits until no container of the environment is so young that it is verified for its age alone.
    pub fn settled(&self) {
        until("the containers have run for a second", || {
            let up = self.docker("ps --filter label=maestro.environment=env-unique --format {{.Status}}");
            (!up.contains("Less than a second") && !up.contains("Up 1 second")).then_some(())
        });
    }

    /// Kills containers by hand, and waits until the engine's list has it: Docker 26.1 and 28 answer before.
    pub fn docker_kill(&self, names: &[&str]) {
        self.docker(&format!("kill {}", names.join(" ")));
        until("the list has what was killed", || {
            let running = self.docker("ps --format {{.Names}}");
            let is_listed = |name: &&str| running.lines().any(|line| line == self.real(name));
            (!names.iter().any(is_listed)).then_some(())
        });
    }

    /// Where the engine's socket is, for a ship that is reached another way.
    pub fn socket(&self) -> PathBuf {
        PathBuf::from(self.host.strip_prefix("unix://").expect("the engine is at a Unix socket"))
    }

    /// Removes what is on the engines.
    fn clean(&self) {
        self.engines.iter().for_each(|engine| self.clean_engine(engine));
    }

    fn clean_engine(&self, engine: &str) {
        let filter = format!("label=maestro.environment={}", self.environment);
        let ids = |list: &[&str]| -> Vec<String> {
            let words: Vec<String> = list.iter().map(|&word| word.to_owned()).collect();
            let output = self.program("docker", &words).env("DOCKER_HOST", engine).output();
            let ids = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
            ids.unwrap_or_default().lines().map(str::to_owned).collect()
        };
        let remove = |what: &[&str], which: Vec<String>| {
            if !which.is_empty() {
                let words = what.iter().map(|&word| word.to_owned()).chain(which).collect::<Vec<_>>();
                self.program("docker", &words).env("DOCKER_HOST", engine).output().ok();
            }
        };
        remove(&["rm", "-f", "-v"], ids(&["ps", "-aq", "--filter", &filter]));
        remove(&["rm", "-f", "-v"], self.strangers.iter().map(|name| self.real(name)).collect());
        remove(&["volume", "rm"], ids(&["volume", "ls", "-q", "--filter", &filter]));
        remove(&["network", "rm"], ids(&["network", "ls", "-q", "--filter", &filter]));
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.clean();
    }
}

/// A command that runs.
pub struct Running {
    /// Its process.
    pub child: Child,
    said: mpsc::Receiver<String>,
    text: String,
}

impl Running {
    /// Begins; `both` tells standard error as well.
    pub fn begin(mut command: Command, both: bool) -> Self {
        let (reader, writer): (PipeReader, PipeWriter) = std::io::pipe().unwrap();
        let errors = if both { Stdio::from(writer.try_clone().unwrap()) } else { Stdio::null() };
        command.stdout(writer).stderr(errors);
        let child = command.spawn().unwrap();
        // It has the other end of the pipe, which must be closed for the end to be seen.
        drop(command);
        let (sender, said) = mpsc::channel();
        thread::spawn(move || {
            pieces(reader, |piece| {
                sender.send(piece.to_owned()).ok();
            });
        });
        Self { child, said, text: String::new() }
    }

    /// Waits until it has said something with that in it.
    pub fn says(&mut self, words: &str) {
        self.says_times(words, 1);
    }

    /// Waits until it has said that so many times.
    pub fn says_times(&mut self, words: &str, times: usize) {
        let end = Instant::now() + DEADLINE;
        while normal::unwrapped(&self.text).matches(words).count() < times {
            match self.said.recv_timeout(end - Instant::now()) {
                Ok(piece) => self.text.push_str(&piece),
                Err(error) => panic!("never said {words:?} ({error}), but: {}", self.text),
            }
        }
    }

    /// Sends it a signal: `INT`.
    pub fn signal(&self, signal: &str) {
        // The shell's own: a small machine has no program of that name.
        let number = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", r#"kill -s "$0" "$1""#, signal, &number]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub fn end(mut self) -> Said {
        let end = Instant::now() + DEADLINE;
        loop {
            match self.said.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(piece) => self.text.push_str(&piece),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    self.child.kill().ok();
                    panic!("still running after {DEADLINE:?}: {}", self.text);
                }
            }
        }
        Said { code: self.child.wait().unwrap().code(), text: self.text }
    }
}

/// Hands on what a program prints, piece by piece, to its end.
pub fn pieces(mut reader: impl Read, mut take: impl FnMut(&str)) {
    let mut buffer = [0; 4096];
    let mut rest = Vec::new();
    while let Ok(length @ 1..) = reader.read(&mut buffer) {
        rest.extend_from_slice(&buffer[..length]);
        // A piece may end in the middle of a character.
        let whole = rest.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
        let piece: Vec<u8> = rest.drain(..whole).collect();
        take(std::str::from_utf8(&piece).unwrap());
    }
}

fn next_number() -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// The word that no other test has.
fn unique_words(number: u32) -> Vec<(String, String)> {
    // A letter first: in a name of a variable it is another than in a container's.
    let unique = format!("u{:05x}", (std::process::id() * 64 + number % 64) & 0x000f_ffff);
    vec![("unique".to_owned(), unique.clone()), ("UNIQUE".to_owned(), unique.to_uppercase())]
}

/// Ports that nobody listens on.
fn free_ports() -> impl Iterator<Item = String> {
    let listeners: Vec<TcpListener> = (0..6).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    listeners.into_iter().map(|listener| listener.local_addr().unwrap().port().to_string())
}

/// Tries until it succeeds, for as long as a command may take.
pub fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        assert!(Instant::now() < end, "{what}: not within {DEADLINE:?}");
        thread::sleep(Duration::from_millis(50));
    }
}
