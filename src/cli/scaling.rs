//! Numbers of instances that the command line says: for its run alone.

use super::{args::Scale, error::Problem, session::Session};
use maestro_core::source::Sources;
use maestro_file::resolve::{CountChange, CountPlace, Scales};
use maestro_report::{problem::CommandProblem, text::harmless};

/// The numbers by service.
pub(super) fn scales(scales: &[Scale]) -> Result<Scales, Problem> {
    for (at, scale) in scales.iter().enumerate() {
        let earlier = scales[..at].iter().find(|earlier| earlier.service == scale.service);
        if let Some(earlier) = earlier {
            let service = harmless(&scale.service);
            let text = format!("two numbers for `{service}`: {} and {}", earlier.count, scale.count);
            let help = format!("leave one out: `{service}={}`", scale.count);
            return Err(Problem::bad_input(CommandProblem::new(text).help(help)));
        }
    }
    Ok(scales.iter().map(|scale| (scale.service.clone(), scale.count)).collect())
}

/// Refuses numbers for what is no service of the file.
pub(super) fn check(session: &Session, scales: &[Scale]) -> Result<(), Problem> {
    let environment = &session.environment;
    for Scale { service, count } in scales {
        if environment.services.iter().any(|known| known.name == *service) {
            continue;
        }
        let Some(instance) = environment.instances.iter().find(|instance| instance.name == *service) else {
            session.select_named(std::slice::from_ref(service))?;
            continue;
        };
        let of = harmless(&environment.service(instance.service).name);
        let text = format!("{} is an instance, and a number is for a service", harmless(service));
        return Err(Problem::bad_input(
            CommandProblem::new(text).help(format!("write its service: `{of}={count}`")),
        ));
    }
    Ok(())
}

/// Tells how to write down what holds for this run alone.
pub(super) fn tell(session: &Session) -> Result<(), Problem> {
    let places = session.count_places.iter();
    places
        .map(|place| sentence(place, &session.sources, &session.invocation))
        .try_for_each(|text| session.note(&text))
}

fn sentence(place: &CountPlace, sources: &Sources, invocation: &str) -> String {
    let CountPlace { service, count, change, span, .. } = place;
    let at = sources.location(*span);
    let at = format!("{}:{}", harmless(&at.name), at.line);
    let key = match place.key.rsplit('.').next() {
        // Compose's word for it.
        Some("replicas") if sources.before(*span).trim_end().ends_with("scale:") => "scale",
        Some(key) => key,
        None => place.key,
    };
    let written = format!("`{key}: {count}`");
    let what = match change {
        CountChange::Value(_) => format!("write {written} at {at}"),
        CountChange::Instead(old) => format!("write {written} in place of `{old}` at {at}"),
        CountChange::Added => format!("add {written} to `{service}` at {at}"),
        CountChange::AddedToSite => format!("add {written} beside `ships` at {at}"),
    };
    let instances = if *count == 1 { "1 instance".to_owned() } else { format!("{count} instances") };
    format!(
        "this run only: the next `{invocation} apply` follows the file; to keep {instances} of `{service}`, {what}"
    )
}
