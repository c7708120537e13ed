//! The lease that a command holds, and the words about it.

pub(super) mod words;

use super::{
    error::{End, Problem},
    session::Session,
    signals::Signals,
    user,
};
use crate::{
    lease::{Lease, Me, Released, here},
    observed::generation::Author,
};

/// A lease, and who holds it.
pub(super) struct Tenure {
    pub me: Me,
    pub lease: Lease,
}

impl Tenure {
    /// Gives it back. A signal ends the wait for that, and so the command.
    pub(super) async fn give_back(
        &self,
        session: &Session,
        signals: &mut Signals,
    ) -> Result<Option<End>, Problem> {
        let released = tokio::select! {
            released = self.lease.release(&self.me) => released,
            number = signals.next() => {
                self.left(session)?;
                return Ok(Some(End::Signal(number)));
            }
        };
        for (ship, released) in released {
            let ship = &session.environment.ship(ship).name;
            match released {
                Released::Free => {}
                Released::Lost => session.warn(&words::lost(session, ship))?,
                Released::Unknown(error) => {
                    session.warn(&words::not_released(session, ship, &error, &self.me.holder.nonce))?;
                }
            }
        }
        Ok(None)
    }

    /// Says that it stays though the command ends.
    pub(super) fn left(&self, session: &Session) -> Result<(), Problem> {
        session.note(&words::left(session, &self.me.holder.nonce))
    }
}

/// This process, as it asks for a lease.
pub(super) fn me(session: &Session) -> Me {
    here(&session.environment.name, user::name(&session.variables), &typed())
}

/// This process, as it is written on the generations that it records.
pub(super) fn author(session: &Session) -> Author {
    let me = me(session).holder;
    Author { by: format!("{}@{}", me.user, me.machine.host), command: me.command }
}

/// What was typed, as it could be typed again, with the program's name alone in front.
pub(super) fn typed() -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    std::iter::once("maestro".to_owned())
        .chain(words.map(|word| match shlex::try_quote(&word) {
            Ok(quoted) => quoted.into_owned(),
            Err(_) => "…".to_owned(),
        }))
        .collect::<Vec<_>>()
        .join(" ")
}
