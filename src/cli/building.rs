//! Images that are built: their contexts are read before an engine is contacted, then one ship of each kind of machine,
//! or the engine that `build.on` names, builds what has changed. The plan carries it to the others.

mod choice;
mod first;
mod look;
mod platforms;
mod prerequisites;
mod work;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use super::{error::Problem, session::Session};
use maestro_build::{BuildContext, BuildMeans, BuildSource, NotBuiltHere, base_images};
use maestro_core::{
    diagnostic::Diagnostics,
    model::{
        Environment, InstanceId, ShipId,
        image_build::ImageBuild,
        registry::{DOCKER_HUB, RegistryLogin, is_docker_hub, registry_of},
    },
    source::{FileId, Sources},
};
use maestro_engine::{BuildRequest, buildx, credentials::Credentials};
use maestro_report::diagnostics;

pub(super) use choice::choose;
pub(super) use first::{Expected, First, before};

/// How images are built, beside what the file says.
#[derive(Debug, Clone, Copy)]
pub(super) struct BuildOptions {
    /// Build also what is there already.
    pub always: bool,
    /// Use no layer again.
    pub no_cache: bool,
    /// Pull base images again.
    pub pull: bool,
    /// What becomes of images that cannot be built here.
    pub otherwise: NotBuiltHere,
}

/// An image that is to be on some ships.
pub(super) struct PlannedBuild {
    request: BuildRequest,
    context: Arc<BuildContext>,
    dockerfile: FileId,
    of_buildkit: bool,
    ships: BTreeSet<ShipId>,
}

/// What is built, and the files that messages point into.
pub(super) struct Builds {
    planned: Vec<PlannedBuild>,
    sources: Sources,
    options: BuildOptions,
}

impl Builds {
    /// The images of these instances whose services say how they are built. Reads their contexts; no engine is contacted.
    pub(super) async fn of(
        session: &Session,
        instances: &BTreeSet<InstanceId>,
        options: BuildOptions,
    ) -> Result<Self, Problem> {
        let environment = &session.environment;
        let known = OnceLock::new();
        let has_buildkit = || *known.get_or_init(buildx::is_there);
        let (caches, mut sources) = (caches(), session.sources.clone());
        let (mut planned, mut problems): (Vec<PlannedBuild>, _) = (Vec::new(), Diagnostics::default());
        for (build, ships) in prerequisites::wanted(environment, instances) {
            let digest_of = |other: &ImageBuild| {
                let known = planned.iter().find(|known| *known.request.build == *other);
                known.map(|known| known.request.digest.clone())
            };
            let means = BuildMeans {
                caches: caches.as_deref(),
                otherwise: options.otherwise,
                has_buildkit: &has_buildkit,
                digest_of: &digest_of,
            };
            let (source, found) = BuildSource::read(&build, &mut sources, means);
            for problem in found {
                problems.push(problem);
            }
            let Some(BuildSource { context, digest, dockerfile, of_buildkit }) = source else { continue };
            let logins = if of_buildkit {
                logins_of_file(environment)
            } else {
                logins(session, &sources.file(dockerfile).text).await
            };
            let request = BuildRequest {
                build,
                dockerfile: context.dockerfile_name().to_owned(),
                digest,
                no_cache: options.no_cache,
                pull: options.pull,
                logins,
            };
            let context = Arc::new(context);
            planned.push(PlannedBuild { request, context, dockerfile, of_buildkit, ships });
        }
        let drawn = diagnostics::draw(&problems, &sources, session.colours_errors());
        if problems.has_errors() {
            let problems = diagnostics::json(&problems, &sources);
            return Err(Problem::File { drawn: drawn.trim_end().to_owned(), problems });
        }
        if !problems.is_empty() {
            session.tell_line(drawn.trim_end())?;
        }
        Ok(Self { planned, sources, options })
    }

    /// Whether images are built that are there already.
    pub(super) fn is_forced(&self) -> bool {
        let BuildOptions { always, no_cache, pull, otherwise: _ } = self.options;
        always || no_cache || pull
    }

    /// Whether no image is built.
    pub(super) fn is_empty(&self) -> bool {
        self.planned.is_empty()
    }
}

/// Who one is to the registries of a Dockerfile's base images.
async fn logins(session: &Session, dockerfile: &str) -> BTreeMap<String, RegistryLogin> {
    let credentials = Credentials::new(&session.variables);
    let mut logins = BTreeMap::new();
    for image in base_images(dockerfile) {
        if let Some(login) = credentials.find(&session.environment, &image).await.login {
            logins.insert(registry_of(&image).to_owned(), login);
        }
    }
    logins
}

/// The logins of the file's registries. `docker buildx` finds those that `docker login` has left.
fn logins_of_file(environment: &Environment) -> BTreeMap<String, RegistryLogin> {
    let logins = environment.registries.iter().filter_map(|registry| {
        let host = if is_docker_hub(&registry.address) { DOCKER_HUB } else { &registry.address };
        Some((host.to_owned(), registry.login.clone()?))
    });
    logins.collect()
}

/// Where the digests of contexts' files are kept, in the user's cache directory.
fn caches() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let caches =
        std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()).or_else(home);
    caches.map(|caches| caches.join("maestro/contexts"))
}
