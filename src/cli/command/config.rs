//! `config`: what was understood of the file. Contacts nothing.

use std::collections::BTreeSet;

use crate::cli::{
    args::{ConfigArgs, Output},
    error::{End, Problem},
    session::Session,
};
use maestro_core::model::InstanceId;
use maestro_report::{config, json, problem::CommandProblem, text::harmless, yaml};

pub(in crate::cli) fn run(session: &Session, args: &ConfigArgs) -> Result<End, Problem> {
    let selected = session.select_named(&args.things)?;
    if args.is_short() {
        return list(session, args, &selected);
    }
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

/// Names of what the file declares, a line each, or nothing for `--quiet`.
fn list(session: &Session, args: &ConfigArgs, selected: &BTreeSet<InstanceId>) -> Result<End, Problem> {
    let environment = &session.environment;
    let instances = selected.iter().map(|&id| environment.instance(id));
    let mut told = BTreeSet::new();
    let names: Vec<&str> = if args.services {
        let names = instances.map(|instance| &*environment.service(instance.service).name);
        names.filter(|name| told.insert(*name)).collect()
    } else if args.images {
        let images = instances.map(|instance| &*instance.container.image);
        images.filter(|image| told.insert(*image)).collect()
    } else if args.volumes {
        environment.volumes.iter().map(|volume| &*volume.name).collect()
    } else if args.networks {
        environment.declared_networks.iter().map(|network| &*network.name).collect()
    } else {
        return Ok(End::Done);
    };
    if session.output == Output::Json {
        return Session::print_whole(&json::pretty(&names)?).map(|()| End::Done);
    }
    if !names.is_empty() {
        let names: Vec<_> = names.into_iter().map(harmless).collect();
        Session::print_whole(&names.join("\n"))?;
    }
    Ok(End::Done)
}
