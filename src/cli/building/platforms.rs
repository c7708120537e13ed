//! Kinds of machine for which an image is not built.

use super::{Builds, look::Looked};
use crate::cli::{error::Problem, session::Session};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    model::image_build::BuildPlace,
};
use maestro_report::{builds, diagnostics};

impl Builds {
    /// Refuses ships for whose kind of machine nobody builds the image, before anything is built.
    pub(in crate::cli) fn check_platforms(
        &self,
        session: &Session,
        looked: &[Looked<'_>],
    ) -> Result<(), Problem> {
        let mut problems = Diagnostics::default();
        let mut told = Vec::new();
        for one in looked.iter().filter(|one| one.needing_ship().is_some()) {
            let key = (one.image(), one.machine.as_str());
            if let Some(problem) = problem_of(one, looked).filter(|_| !told.contains(&key)) {
                told.push(key);
                problems.push(problem);
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        let colours = session.colours_errors();
        let drawn = diagnostics::draw_with(&problems, &self.sources, colours, "nothing was built");
        let problems = diagnostics::json(&problems, &self.sources);
        Err(Problem::File { drawn: drawn.trim_end().to_owned(), problems })
    }
}

/// Why a ship gets no image for its kind of machine.
fn problem_of(one: &Looked<'_>, looked: &[Looked<'_>]) -> Option<Diagnostic> {
    let build = &one.planned.request.build;
    let (ship, machine, image) = (builds::place(&one.at), &one.machine, one.image());
    if let Some(first) = build.platforms.first() {
        let text = format!("{image} is not built for {machine}, which ship {ship} is");
        let problem = Diagnostic::error("build-platform", text).at(first.span, "for these alone");
        return (!build.is_for(machine)).then(|| problem.help(format!("add `{machine}` to `platforms`")));
    }
    let builder = looked.iter().find(|other| std::ptr::eq(other.planned, one.planned) && other.is_builder)?;
    let is_known = !machine.is_empty() && !builder.machine.is_empty();
    let is_other = is_known && builder.machine != *machine && build.settings.platform.is_none();
    if !is_other || build.on == BuildPlace::NeedingShip {
        return None;
    }
    let place = builds::place(&builder.at);
    let text = format!("{place} builds {image} for {}, and ship {ship} is {machine}", builder.machine);
    let help = format!(
        "write `platforms: [{}, {machine}]` at the build: then a ship of each kind builds its own",
        builder.machine
    );
    Some(Diagnostic::error("build-platform", text).at(build.span, "built for one kind of machine").help(help))
}
