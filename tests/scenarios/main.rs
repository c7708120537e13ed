//! Plans carried out on engines in memory, with a clock that costs no time: order, faults, interrupts.

#[path = "../support/processes.rs"]
mod processes;
#[path = "../support/world.rs"]
mod world;

mod apply;
mod carrying;
mod checks;
mod faults;
mod fields;
mod files;
mod growth;
mod handover;
mod hooks;
mod interrupted;
mod jobs;
mod leases;
mod links;
mod managers;
mod moves;
mod one_edit;
mod operations;
mod order;
mod orphans;
mod ownership;
mod peers;
mod placements;
mod planted;
mod preflight;
mod pulls;
mod readme;
mod reloads;
mod revisions;
mod rollout;
mod saved;
mod service_moves;
mod settling;
mod stopped;
mod swarm;
mod swarm_jobs;
mod taken_back;
mod takeovers;
mod timelines;
mod unsettled;
mod verify;
mod volume_moves;
mod volumes;
mod watch;
