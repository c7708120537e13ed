//! The options of `history`.

use clap::Args;

use maestro_report::history::HistoryFilter;

#[derive(Debug, Args)]
pub(in crate::cli) struct HistoryArgs {
    /// Print only the numbers of revisions
    #[arg(short = 'q', long)]
    pub quiet: bool,
    /// Only what revisions changed of `ship=`, `service=` or `instance=`; several with commas between them
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<HistoryFilter>,
}
