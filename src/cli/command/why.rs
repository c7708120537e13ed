//! `why`: what `apply` would do with an instance, and for which differences. Sends nothing but questions.

use super::apply;
use crate::cli::{
    args::{Output, Things, WhyArgs},
    error::{End, Problem},
    lease,
    session::Session,
};
use maestro_report::{json, plan as report};

pub(in crate::cli) async fn run(session: &Session, args: &WhyArgs) -> Result<End, Problem> {
    let asked = session.select_named(std::slice::from_ref(&args.instance))?;
    // Of all: what is done with one may be because of another.
    let things = Things::default();
    let mut planned = apply::Planned::of(session, &things, apply::looking(&things)).await?;
    if !asked.is_subset(&planned.selected) {
        planned = apply::Planned::of_instances(session, asked.clone(), apply::looking(&things), &[]).await?;
    }
    let apply::Planned { plan, .. } = &planned;
    let environment = &session.environment;
    let text = match session.output {
        Output::Json => {
            json::pretty(&session.hidden(report::json_of(plan, environment, &asked, &session.sources)))?
        }
        Output::Text => report::text_of(plan, environment, &asked, &session.sources),
    };
    planned.tell(session)?;
    lease::tell_holders(session, &planned.fleet).await?;
    session.print(&text)?;
    Ok(planned.end())
}
