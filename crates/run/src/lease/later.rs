//! Giving a lease back after its run: its engine did not answer then.

use std::time::Duration;

use super::{
    Owner,
    tidy::{Tidy, tidy},
};
use maestro_engine::Engine;

/// The pause before an engine is asked again; each later one is twice as long, up to [`LONGEST`].
pub(crate) const FIRST: Duration = Duration::from_secs(2);
/// The longest pause.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// Removes what is left of the lease of a run that has ended; whether the engine has said so. A sign stays that the run may
/// have left something under way: nothing more is known of it.
pub(crate) async fn give_back(me: &Owner, engine: &dyn Engine) -> bool {
    tidy(me, engine, Tidy::LeaveSign).await.is_ok()
}
