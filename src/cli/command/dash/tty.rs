//! The terminal while the dashboard has it.

use std::{
    io::{self, Write as _},
    sync::{
        Arc, Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use tokio::{sync::mpsc, time::Instant};

use crate::cli::console::{self, RawMode};
use maestro_dash::{DashModel, DashScreen};

/// The least time between two frames that no key asks for.
const FRAME: Duration = Duration::from_millis(100);
/// How long the last frame may take at the end.
const PATIENCE: Duration = Duration::from_secs(1);
/// Where a terminal does not tell its size.
const USUAL_SIZE: (u16, u16) = (80, 24);

/// Whether the dashboard has the terminal: then a panic gives it back before it is told.
static HAS_TERMINAL: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// Columns and rows of the terminal, for what is made as wide.
pub(super) type Sizes = Arc<Mutex<(u16, u16)>>;

/// The terminal, which is as before once this is dropped.
pub(super) struct Tty {
    raw: Option<RawMode>,
    screen: DashScreen,
    sizes: Sizes,
    /// Takes frames; a slow terminal has at most one that waits.
    frames: mpsc::Sender<String>,
    /// Told when nothing is written any more.
    written: Receiver<()>,
    /// Whether something was not drawn yet.
    is_stale: bool,
    /// When the next frame may be drawn.
    next: Instant,
}

impl Tty {
    /// Takes the terminal.
    pub(super) fn enter() -> io::Result<Self> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                if HAS_TERMINAL.swap(false, Ordering::Relaxed) {
                    // The terminal may be gone.
                    let _ = io::stdout().write_all(DashScreen::leave().as_bytes());
                    let _ = io::stdout().flush();
                    let _ = crossterm::terminal::disable_raw_mode();
                }
                before(panic);
            }));
        });
        let size = size();
        let (frames, written) = writer();
        let mut tty = Self {
            raw: None,
            screen: DashScreen::new(size),
            sizes: Arc::new(Mutex::new(size)),
            frames,
            written,
            is_stale: true,
            next: Instant::now(),
        };
        tty.take_back()?;
        Ok(tty)
    }

    /// Columns and rows as they are now.
    pub(super) fn size(&self) -> (u16, u16) {
        let size = size();
        *lock(&self.sizes) = size;
        size
    }

    /// The same for what runs beside.
    pub(super) fn sizes(&self) -> Sizes {
        Arc::clone(&self.sizes)
    }

    /// Something is to be drawn.
    pub(super) fn touch(&mut self) {
        self.is_stale = true;
    }

    /// What is drawn next answers a key.
    pub(super) fn hurry(&mut self) {
        self.next = Instant::now();
    }

    /// When the next frame is to be drawn; none if there is nothing to draw.
    pub(super) fn due(&self) -> Option<Instant> {
        self.is_stale.then_some(self.next)
    }

    /// Waits until the terminal has taken the frames before. False if it is gone.
    pub(super) async fn ready(&self) -> bool {
        self.frames.reserve().await.is_ok()
    }

    /// Draws a frame.
    pub(super) fn draw(&mut self, model: &DashModel) {
        self.is_stale = false;
        self.next = Instant::now() + FRAME;
        let frame = self.screen.frame(model);
        if !frame.is_empty() {
            // It was waited for.
            self.frames.try_send(frame).ok();
        }
    }

    /// Has all drawn again.
    pub(super) fn forget(&mut self) {
        self.screen.forget();
        self.is_stale = true;
    }

    /// Gives the terminal to somebody else, as it was before.
    pub(super) async fn lend(&mut self) {
        // The writer has taken all frames when it takes this one; then nothing is written any more.
        self.frames.send(DashScreen::leave()).await.ok();
        self.frames.send(String::new()).await.ok();
        self.frames.reserve().await.ok();
        HAS_TERMINAL.store(false, Ordering::Relaxed);
        self.raw = None;
    }

    /// Takes the terminal back, and draws all again.
    pub(super) fn take_back(&mut self) -> io::Result<()> {
        self.raw = Some(RawMode::enter()?);
        HAS_TERMINAL.store(true, Ordering::Relaxed);
        write(&DashScreen::enter())?;
        self.forget();
        Ok(())
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        self.frames = mpsc::channel(1).0;
        // A terminal that takes nothing any more keeps nobody from ending.
        let is_written = self.written.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout);
        if HAS_TERMINAL.swap(false, Ordering::Relaxed) && is_written {
            // The terminal may be gone.
            let _ = write(&DashScreen::leave());
        }
        self.raw = None;
    }
}

fn lock(sizes: &Sizes) -> MutexGuard<'_, (u16, u16)> {
    sizes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Columns and rows of the terminal, as they were seen last.
pub(super) fn last(sizes: &Sizes) -> (usize, usize) {
    let (columns, rows) = *lock(sizes);
    (columns.into(), rows.into())
}

fn size() -> (u16, u16) {
    console::size().map_or(USUAL_SIZE, |size| (size.columns, size.rows))
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// What writes frames. A terminal may be slow or stopped: a thread of its own waits for that, and a run goes on.
fn writer() -> (mpsc::Sender<String>, Receiver<()>) {
    let (sender, mut frames) = mpsc::channel::<String>(1);
    let (ended, written) = std::sync::mpsc::channel();
    thread::spawn(move || {
        // It tells its end by being dropped.
        let _ended: std::sync::mpsc::Sender<()> = ended;
        while let Some(frame) = frames.blocking_recv() {
            if write(&frame).is_err() {
                return;
            }
        }
    });
    (sender, written)
}
