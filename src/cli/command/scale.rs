//! `scale`: as many instances of some services as the command line says, for this run alone.

use std::sync::Arc;

use super::apply;
use crate::cli::{
    args::{ApplyArgs, BuildsFirst, LeaseArgs, ScaleArgs, Things},
    error::{End, Problem},
    session::Session,
};

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &ScaleArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let things = Things {
        things: args.scales.iter().map(|scale| scale.service.clone()).collect(),
        with_dependencies: args.with_dependencies,
        ignore_dependencies: args.ignore_dependencies,
        concurrency: args.concurrency,
        ..Things::default()
    };
    let as_apply = ApplyArgs {
        things,
        adopt: args.adopt.clone(),
        preflight: args.preflight,
        new: args.new,
        prune: false,
        pull: false,
        peers: false,
        rebalance: false,
        continues: false,
        scale: args.scales.clone(),
        builds: BuildsFirst::default(),
    };
    apply::run_services(session, &as_apply, lease).await
}
