//! The line on a terminal that names the ships which are waited for.

use std::{
    any::Any,
    collections::BTreeMap,
    io::{self, IsTerminal as _, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use super::{args::Output, builders::Builders, terminal::is_dumb};
use maestro_core::{
    fault::{ConnectionFault, EngineFault, ShipFault},
    model::{Ship, ShipId},
    observed::carriable::CarrySource,
};
use maestro_engine::{
    Engine,
    connect::{Connection, Routes},
    credentials::Credentials,
};
use maestro_report::{
    style::Tone,
    text::{fit, harmless},
};
use maestro_run::operations::fleet::Connect;

/// How long ships are waited for before a terminal says so.
const MOMENT: Duration = Duration::from_millis(500);

/// Assumed where a terminal does not tell its width.
const USUAL_COLUMNS: u16 = 80;

/// The ways to the engines. While a ship is asked for longer than a moment, a terminal names it.
pub(super) struct Ways {
    /// The ways.
    pub routes: Routes,
    /// The ships that are waited for.
    pub waits: Waits,
    /// Where images were built.
    pub builders: Builders,
    /// The logins for registries.
    pub credentials: Credentials,
    /// Connections that were made before.
    pub known: KnownWays,
}

/// Connections that were made before, each of which is used once more, by their ships. Clones share them.
#[derive(Clone, Default)]
pub(super) struct KnownWays(Arc<Mutex<BTreeMap<String, KnownWay>>>);

/// A connection, and why its ship did not answer if it did not.
type KnownWay = (Connection, Option<ShipFault>);

impl KnownWays {
    /// Adds connections.
    pub(super) fn add(&self, connections: BTreeMap<String, KnownWay>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(connections);
    }

    fn take(&self, ship: &str) -> Option<KnownWay> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(ship)
    }
}

#[async_trait]
impl Connect for Ways {
    async fn connect(&self, ship: &Ship) -> Connection {
        match self.known.take(&ship.name) {
            Some((connection, None)) => connection,
            Some((_, Some(ShipFault::NoAnswer(EngineFault::Connection(fault))))) => {
                self.routes.refused(ship, *fault)
            }
            Some((_, Some(ShipFault::NoAnswer(EngineFault::Silent { address, within })))) => {
                self.routes.refused(ship, ConnectionFault::Silent { address, within })
            }
            Some((_, Some(_))) | None => self.routes.connect(ship).await,
        }
    }

    async fn this_machine(&self) -> Option<Arc<dyn Engine>> {
        Some(self.routes.this_machine())
    }

    fn builder(&self, image: &str, for_ship: ShipId) -> Option<CarrySource> {
        self.builders.of(image, for_ship)
    }

    fn credentials(&self) -> Option<&Credentials> {
        Some(&self.credentials)
    }

    fn wait_for(&self, ship: &Ship) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(self.waits.add(&ship.name)?))
    }
}

/// The ships that are waited for. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Waits {
    shared: Arc<Mutex<Shared>>,
    is_shown: bool,
    colour: bool,
}

#[derive(Default)]
struct Shared {
    /// Their names, each with a number of its own.
    ships: Vec<(usize, String)>,
    /// How many there have been.
    number: usize,
    /// How often there were none before one came.
    turn: usize,
    /// Whether the line is on the screen.
    is_drawn: bool,
    colour: bool,
}

/// A ship that is waited for, until this is dropped.
struct Wait {
    shared: Arc<Mutex<Shared>>,
    number: usize,
}

impl Waits {
    /// None is waited for. They are shown if both outputs are a terminal that can be drawn on.
    pub(super) fn new(output: Output, colour: bool) -> Self {
        let is_terminal = io::stdout().is_terminal() && io::stderr().is_terminal() && !is_dumb();
        Self { is_shown: output == Output::Text && is_terminal, colour, ..Self::default() }
    }

    fn add(&self, ship: &str) -> Option<Wait> {
        if !self.is_shown {
            return None;
        }
        let mut shared = lock(&self.shared);
        shared.number += 1;
        shared.colour = self.colour;
        let number = shared.number;
        if shared.ships.is_empty() {
            shared.turn += 1;
            tokio::spawn(draw_after(MOMENT, Arc::clone(&self.shared), shared.turn));
        }
        shared.ships.push((number, ship.to_owned()));
        shared.redraw();
        Some(Wait { shared: Arc::clone(&self.shared), number })
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut shared = lock(&self.shared);
        shared.ships.retain(|(number, _)| *number != self.number);
        shared.redraw();
    }
}

impl Shared {
    /// Draws the line anew if it is there; without ships it is erased.
    fn redraw(&mut self) {
        if self.is_drawn {
            self.is_drawn = !self.ships.is_empty();
            self.draw();
        }
    }

    fn draw(&self) {
        let mut line = "\r\u{1b}[K".to_owned();
        if !self.ships.is_empty() {
            let told = crossterm::terminal::size().map_or(0, |(columns, _)| columns);
            let columns = if told == 0 { USUAL_COLUMNS } else { told };
            // The last column stays free: some terminals wrap there.
            let text = waiting_text(self.ships.iter().map(|(_, name)| name.as_str()));
            line += &Tone::Dim.paint(&fit(&text, usize::from(columns).saturating_sub(1)), self.colour);
        }
        // A line that cannot be drawn is missed by nobody.
        let _ = write!(io::stderr(), "{line}").and_then(|()| io::stderr().flush());
    }
}

async fn draw_after(moment: Duration, shared: Arc<Mutex<Shared>>, turn: usize) {
    tokio::time::sleep(moment).await;
    let mut shared = lock(&shared);
    if shared.turn == turn && !shared.ships.is_empty() {
        shared.is_drawn = true;
        shared.draw();
    }
}

fn waiting_text<'a>(ships: impl ExactSizeIterator<Item = &'a str>) -> String {
    let word = if ships.len() == 1 { "ship" } else { "ships" };
    let names: Vec<_> = ships.map(|name| harmless(name).into_owned()).collect();
    format!("waiting for {word} {} …", names.join(", "))
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ships_are_named() {
        assert_eq!(waiting_text(["far"].into_iter()), "waiting for ship far …");
        assert_eq!(waiting_text(["far", "a\u{1b}b"].into_iter()), "waiting for ships far, a\\u{1b}b …");
    }
}
