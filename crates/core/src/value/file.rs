//! Files that a configuration names: read whole, but never without end, and never waited for without end.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
    sync::mpsc,
    thread,
    time::Duration,
};

/// Bytes that such a file may have.
pub const MOST: u64 = 8 << 20;
/// How long what is no file, such as a pipe, may take to be read.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads a file. What is none, such as a pipe, may be read too, but not waited for without end.
///
/// # Errors
/// If it cannot be read, has more than [`MOST`] bytes, or is a pipe or a device that does not come to its end.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_within(path, MOST, PATIENCE)
}

/// Reads a file that may have so many bytes.
///
/// # Errors
/// As those of [`read`].
pub fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_within(path, most, PATIENCE)
}

fn read_within(path: &Path, most: u64, timeout: Duration) -> io::Result<Vec<u8>> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_file() || kind.is_dir() {
        return bytes(path, most);
    }
    // Opening a pipe waits for whoever writes into it, and nothing ends that: the thread is left to itself.
    let (tell, told) = mpsc::channel();
    let whole = path.to_owned();
    thread::Builder::new().name("file".to_owned()).spawn(move || tell.send(bytes(&whole, most)))?;
    told.recv_timeout(timeout).unwrap_or_else(|_| {
        let text =
            format!("this is no file, and it did not come to its end within {} s", timeout.as_secs_f32());
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    })
}

fn bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if read as u64 > most {
        let text = format!("it has more than {} MiB, the most that is read", most >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_file_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.env");
        fs::write(&path, "A=1\n").unwrap();
        assert_eq!(read(&path).unwrap(), b"A=1\n");
        assert_eq!(read(&folder.path().join("b.env")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(read(folder.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(read(Path::new("a\0b")).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn what_has_no_end_is_not_read_to_it() {
        for endless in ["/dev/zero", "/dev/urandom"] {
            let error = read(Path::new(endless)).unwrap_err();
            assert_eq!(error.to_string(), "it has more than 8 MiB, the most that is read");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_pipe_is_read_if_somebody_writes_and_is_not_waited_for_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = read_within(&pipe, MOST, Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.to_string(), "this is no file, and it did not come to its end within 0.02 s");
        let pipe = folder.path().join("another");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let writer = pipe.clone();
        let writer = thread::spawn(move || fs::write(writer, "A=1\n"));
        assert_eq!(read(&pipe).unwrap(), b"A=1\n");
        writer.join().unwrap().unwrap();
    }
}
