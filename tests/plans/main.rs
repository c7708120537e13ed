//! Plans as text: a file and what the engines have go in, the whole plan comes out.

mod applies;
mod case;
mod changes;
mod cleans;
mod downs;
mod engines;
mod hooks;
mod images;
mod leftovers;
mod moves;
mod names;
mod orphans;
mod pauses;
mod placements;
mod restarts;
mod revisions;
mod starts;
mod stops;
mod text;
mod updates;
mod verifies;
mod volume_moves;
mod volumes;
