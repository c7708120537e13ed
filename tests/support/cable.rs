//! A Unix socket in front of an engine's that can be cut: all its connections end, and it takes no new ones. Or one that
//! breaks by itself: each connection ends after so many bytes. Or one on which something happens before a request arrives.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

/// Looks at what is sent to an engine, before it arrives.
type Heed = dyn Fn(&[u8]) + Send + Sync;

/// A way to an engine.
pub struct Cable {
    socket: PathBuf,
    /// Both ends of each connection.
    open: Arc<Mutex<Vec<UnixStream>>>,
}

impl Cable {
    /// Listens in `directory` for what is meant for the engine at `engine`.
    pub fn new(directory: &Path, engine: &Path) -> Self {
        Self::breaking(directory, engine, usize::MAX)
    }

    /// The same, and each connection ends that has sent or answered more than `limit` bytes.
    pub fn breaking(directory: &Path, engine: &Path, limit: usize) -> Self {
        Self::with(directory, engine, limit, &(Arc::new(|_: &[u8]| ()) as Arc<Heed>))
    }

    /// The same, and something is done once, before what is asked with these words arrives.
    pub fn before(
        directory: &Path,
        engine: &Path,
        words: &'static str,
        act: impl FnOnce() + Send + 'static,
    ) -> Self {
        let act = Mutex::new(Some(act));
        let heed = move |asked: &[u8]| {
            if String::from_utf8_lossy(asked).contains(words)
                && let Some(act) = act.lock().unwrap().take()
            {
                act();
            }
        };
        Self::with(directory, engine, usize::MAX, &(Arc::new(heed) as Arc<Heed>))
    }

    fn with(directory: &Path, engine: &Path, limit: usize, heed: &Arc<Heed>) -> Self {
        let socket = directory.join("cable.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let open = Arc::new(Mutex::new(Vec::new()));
        let (kept, engine, heed) = (Arc::clone(&open), engine.to_owned(), Arc::clone(heed));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(engine) = UnixStream::connect(&engine) else { continue };
                let both = [&client, &engine].map(|end| end.try_clone().unwrap());
                kept.lock().unwrap().extend(both);
                let (up, back) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
                pass_on(up, back, limit, Some(Arc::clone(&heed)));
                pass_on(engine, client, limit, None);
            }
        });
        Self { socket, open }
    }

    /// Where it listens, as `DOCKER_HOST` writes it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Cuts it.
    pub fn cut(&self) {
        fs::remove_file(&self.socket).unwrap();
        for end in self.open.lock().unwrap().drain(..) {
            // Some have ended.
            end.shutdown(Shutdown::Both).ok();
        }
    }
}

/// Passes on so many bytes at most, and closes both ends then.
fn pass_on(mut from: UnixStream, mut to: UnixStream, limit: usize, heed: Option<Arc<Heed>>) {
    thread::spawn(move || {
        let mut passed = 0_usize;
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            passed = passed.saturating_add(length);
            if let Some(heed) = &heed {
                heed(&buffer[..length]);
            }
            if passed > limit || to.write_all(&buffer[..length]).is_err() {
                from.shutdown(Shutdown::Both).ok();
                to.shutdown(Shutdown::Both).ok();
                return;
            }
        }
        to.shutdown(Shutdown::Write).ok();
    });
}
