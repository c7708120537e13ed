//! `config`: what was understood of the file. Contacts nothing.

use crate::cli::{
    args::{ConfigArgs, Output},
    error::{End, Problem},
    session::Session,
};
use maestro_report::{config, json, problem::CommandProblem, yaml};

pub(in crate::cli) fn run(session: &Session, args: &ConfigArgs) -> Result<End, Problem> {
    let selected = session.select_named(&args.things)?;
    let understood = config::view(&session.environment, &selected, args.show_secrets);
    let understood = if args.show_secrets { understood } else { session.hidden(understood) };
    let text = match session.output {
        Output::Json => json::pretty(&understood)?,
        Output::Text | Output::Markdown => {
            let text = yaml::text(&understood).map_err(|error| {
                Problem::ended(
                    CommandProblem::new(format!("the configuration cannot be printed: {error}")),
                    End::Failed,
                )
            })?;
            config::comment(&session.environment).to_owned() + &text
        }
    };
    Session::print_whole(&text)?;
    Ok(End::Done)
}
