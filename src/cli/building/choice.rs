//! Which engine builds an image for which ships.

use std::collections::{BTreeMap, BTreeSet};

use super::look::Looked;
use crate::cli::builders::Builders;
use maestro_core::observed::carriable::CarrySource;
use maestro_run::operations::builds::BuildState;

/// Lets one ship of each kind of machine build an image, one that has it as it is to be if there is one; or the engine that
/// `build.on` names for all, unless a ship of the same kind has the image, or `platforms` gives another kind of machine an
/// image of its own. The others get it from there. Keeps only what the chosen engines have. `is_forced` if it is built though it is there.
pub(in crate::cli) fn choose(builders: &Builders, looked: &mut Vec<Looked<'_>>, is_forced: bool) {
    let machines: BTreeMap<String, String> = looked
        .iter()
        .filter(|one| one.is_builder)
        .map(|one| (one.image().to_owned(), one.machine.clone()))
        .collect();
    // What is built once: an image for a kind of machine.
    let key = |one: &Looked<'_>| {
        let is_for_all = machines.get(one.image()).is_some_and(|machine| !one.has_own_platform(machine));
        let machine = if is_for_all { String::new() } else { one.machine.clone() };
        (one.image().to_owned(), machine)
    };
    let is_built = |one: &&Looked<'_>| {
        let is_unchanged = matches!(one.state, Ok(BuildState::Unchanged));
        is_unchanged
            && machines.get(one.image()).is_none_or(|machine| {
                let is_same = machine.is_empty() || *machine == one.machine;
                one.has_own_platform(machine) || !is_forced && is_same
            })
    };
    let is_builder = |one: &&Looked<'_>| one.is_builder;
    let answers = |one: &&Looked<'_>| one.state.is_ok();
    let best = looked.iter().filter(|one| is_builder(one) && is_built(one));
    let best = best.chain(looked.iter().filter(is_built)).chain(looked.iter().filter(is_builder));
    let best = best.chain(looked.iter().filter(answers)).chain(looked.iter());
    let mut chosen: BTreeMap<(String, String), CarrySource> = BTreeMap::new();
    for one in best {
        chosen.entry(key(one)).or_insert_with(|| one.at.clone());
    }
    for one in looked.iter() {
        let builder = &chosen[&key(one)];
        if let CarrySource::Ship { id, .. } = one.at
            && *builder != one.at
        {
            builders.note(one.image(), id, builder);
        }
    }
    let chosen: BTreeSet<(String, CarrySource)> =
        chosen.into_iter().map(|((image, _), at)| (image, at)).collect();
    looked.retain(|one| chosen.contains(&(one.image().to_owned(), one.at.clone())));
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use super::*;
    use crate::cli::building::PlannedBuild;
    use maestro_build::{BuildContext, Dockerfile};
    use maestro_core::{
        model::{
            ShipId,
            image_build::{
                BuildContextSource, BuildKitSettings, BuildPlace, BuildSettings, DockerfileSource, ImageBuild,
            },
        },
        source::{Sources, Span, Spanned},
    };
    use maestro_engine::BuildRequest;
    use maestro_fake::Fake;

    /// An image that ships need, with these `platforms`.
    fn planned(platforms: &[&str], ships: usize) -> PlannedBuild {
        let folder = tempfile::tempdir().unwrap();
        let context = BuildContext::read(folder.path(), Dockerfile::Text(b"FROM scratch".to_vec())).unwrap();
        let dockerfile = Sources::default().add("Dockerfile", "");
        let span = Span::new(dockerfile, 0..0);
        let build = ImageBuild {
            image: "web".to_owned(),
            is_named: false,
            context: Spanned::new(BuildContextSource::Directory(folder.path().to_owned()), span),
            dockerfile: Spanned::new(DockerfileSource::Inline("FROM scratch".to_owned()), span),
            settings: BuildSettings::default(),
            platforms: platforms.iter().map(|one| Spanned::new((*one).to_owned(), span)).collect(),
            tags: Vec::new(),
            cache_from: Vec::new(),
            no_cache: false,
            pull: false,
            on: BuildPlace::ThisMachine,
            buildkit: BuildKitSettings::default(),
            of_buildkit: Vec::new(),
            span,
        };
        let request = BuildRequest {
            build: Arc::new(build),
            dockerfile: context.dockerfile_name().to_owned(),
            digest: "89ab".to_owned(),
            no_cache: false,
            pull: false,
            logins: BTreeMap::new(),
        };
        let ships = (0..ships).map(ShipId).collect();
        PlannedBuild { request, context: Arc::new(context), dockerfile, of_buildkit: false, ships }
    }

    /// Who builds for the ships of these kinds of machine, if this machine's engine is an amd64 that builds for all.
    async fn chosen(
        planned: &PlannedBuild,
        machines: &[&str],
    ) -> (Vec<CarrySource>, Vec<Option<CarrySource>>) {
        let engine = |architecture: &str| {
            let engine = Fake::new(architecture);
            engine.set_architecture(architecture);
            Arc::new(engine)
        };
        let ship = |at: usize| CarrySource::Ship { id: ShipId(at), name: format!("ship-{at}") };
        let mut looked = Vec::new();
        for (at, machine) in machines.iter().enumerate() {
            looked.push(Looked::of(planned, ship(at), engine(machine)).await);
        }
        let own = Looked::of(planned, CarrySource::ThisMachine, engine("amd64")).await;
        looked.push(Looked { is_builder: true, ..own });
        let builders = Builders::default();
        choose(&builders, &mut looked, false);
        let others = (0..machines.len()).map(|at| builders.of("web", ShipId(at))).collect();
        (looked.into_iter().map(|one| one.at).collect(), others)
    }

    #[tokio::test]
    async fn a_ship_of_each_platform_builds_what_the_named_engine_does_not() {
        let machines = ["amd64", "arm64", "arm64"];
        let own = CarrySource::ThisMachine;
        let second = CarrySource::Ship { id: ShipId(1), name: "ship-1".to_owned() };
        let several = planned(&["linux/amd64", "linux/arm64/v8"], 3);
        let (builds, others) = chosen(&several, &machines).await;
        assert_eq!(builds, [second.clone(), own.clone()]);
        assert_eq!(others, [Some(own.clone()), None, Some(second)]);
        assert!(several.request.build.is_for("linux/arm64") && !several.request.build.is_for("linux/arm"));
        // Without `platforms` it builds for all.
        let (builds, others) = chosen(&planned(&[], 3), &machines).await;
        assert_eq!((builds, others), (vec![own.clone()], vec![Some(own); 3]));
    }
}
