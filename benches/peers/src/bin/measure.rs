//! `maestro-measure OUTPUT PROGRAM ARGUMENT…` runs a program, with what it writes in a file, and prints what it took:
//! microseconds, microseconds of a core, bytes of memory, exit code (128 and more: a signal).

use std::{
    env,
    fs::File,
    io,
    os::unix::process::ExitStatusExt as _,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use wait4::Wait4 as _;

fn main() -> ExitCode {
    match measure() {
        Ok(figures) => println!("{figures}"),
        Err(error) => println!("{error}"),
    }
    ExitCode::SUCCESS
}

fn measure() -> io::Result<String> {
    let mut words = env::args_os().skip(1);
    let missing = || io::Error::other("it is: maestro-measure OUTPUT PROGRAM ARGUMENT…");
    let output = File::create(words.next().ok_or_else(missing)?)?;
    let mut command = Command::new(words.next().ok_or_else(missing)?);
    command.args(words).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let begin = Instant::now();
    let used = command.spawn()?.wait4()?;
    let took = begin.elapsed();
    let cpu: Duration = used.rusage.utime + used.rusage.stime;
    let code = used.status.code().or_else(|| used.status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
    Ok(format!("{} {} {} {code}", took.as_micros(), cpu.as_micros(), used.rusage.maxrss))
}
