//! A Unix socket in front of an engine's that can be cut: all its connections end, and it takes no new ones.

use std::{
    fs, io,
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

/// A way to an engine.
pub struct Cable {
    socket: PathBuf,
    /// Both ends of each connection.
    open: Arc<Mutex<Vec<UnixStream>>>,
}

impl Cable {
    /// Listens in `directory` for what is meant for the engine at `engine`.
    pub fn new(directory: &Path, engine: &Path) -> Self {
        let socket = directory.join("cable.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let open = Arc::new(Mutex::new(Vec::new()));
        let (kept, engine) = (Arc::clone(&open), engine.to_owned());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(engine) = UnixStream::connect(&engine) else { continue };
                let both = [&client, &engine].map(|end| end.try_clone().unwrap());
                kept.lock().unwrap().extend(both);
                pass_on(client.try_clone().unwrap(), engine.try_clone().unwrap());
                pass_on(engine, client);
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

fn pass_on(mut from: UnixStream, mut to: UnixStream) {
    thread::spawn(move || {
        io::copy(&mut from, &mut to).ok();
        to.shutdown(Shutdown::Write).ok();
    });
}
