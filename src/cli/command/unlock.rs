//! `unlock`: takes the lease away from a run that cannot give it back.

use futures_util::future::join_all;

use crate::cli::{
    args::UnlockArgs,
    error::{End, Problem},
    fleet,
    lease::{self, facts},
    session::Session,
};
use maestro_core::event::lease::UnlockFact;
use maestro_run::{lease::unlock, operations::fleet::Connect as _};

pub(in crate::cli) async fn run(session: &Session, args: &UnlockArgs) -> Result<End, Problem> {
    let environment = &session.environment;
    let me = &lease::me(session);
    let routes = &session.routes();
    let asked = environment.ship_ids().map(|id| async move {
        let _wait = routes.wait_for(environment.ship(id));
        let connection = routes.connect(environment.ship(id)).await;
        let outcome = unlock(me, &*connection.engine, &args.nonce).await;
        (id, connection.remark, outcome)
    });
    let mut remarks = Vec::new();
    let mut outcomes = Vec::new();
    for (id, remark, outcome) in join_all(asked).await {
        remarks.extend(remark);
        let fact = match outcome {
            Ok(unlocked) => facts::unlock(unlocked),
            Err(error) => UnlockFact::Failed(fleet::reason(&error)),
        };
        outcomes.push((environment.ship(id).name.as_str(), fact));
    }
    let unlocked = facts::unlocked(session, &args.nonce, &outcomes);
    session.ship_notes(&remarks)?;
    session.print(&unlocked?).map(|()| End::Done)
}
