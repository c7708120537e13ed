//! Prints the canonical form of a Compose project, for `scripts/compose-config`: the options of `docker compose config`
//! that say which files are meant.

use std::{
    env,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use maestro_file::compose::{CanonicalFormat, FilesOnDisk, ProjectRequest, load};

fn main() -> ExitCode {
    let mut request = ProjectRequest {
        working_directory: env::current_dir().unwrap_or_else(|_| PathBuf::from("/")).display().to_string(),
        variables: env::vars().collect(),
        ..ProjectRequest::default()
    };
    let mut format = CanonicalFormat::Yaml;
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let value = match word.as_str() {
            "config" => continue,
            _ => words.next().unwrap_or_default(),
        };
        match word.as_str() {
            "-f" => request.files.push(value),
            "--env-file" => request.env_files.push(value),
            "--profile" => request.profiles.push(value),
            "--project-directory" => request.directory = Some(value),
            "-p" => request.name = Some(value),
            "--format" if value == "json" => format = CanonicalFormat::Json,
            _ => {}
        }
    }
    let loaded = load(&request, &FilesOnDisk);
    let drawn = maestro_report::diagnostics::draw(&loaded.diagnostics, &loaded.sources, false);
    let told = io::stderr().write_all(drawn.as_bytes());
    let printed = loaded.project.map(|project| io::stdout().write_all(project.canonical(format).as_bytes()));
    match (told, printed) {
        (Ok(()), Some(Ok(()))) => ExitCode::SUCCESS,
        _ => ExitCode::from(2),
    }
}
