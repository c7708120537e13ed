//! `init`: a first file, made of a Compose file, of the words of `docker run`, or of containers that run.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::{self, IsTerminal as _, Write as _},
    path::Path,
    sync::Arc,
};

use super::{
    fix::mistakes,
    import::{STANDARD_OUTPUT, environment_name, out, project, write_new},
};
use crate::cli::{
    args::{Global, InitArgs},
    error::{End, Problem},
    file::{ChosenFile, choose, shown, text_variables},
    session::colour,
};
use maestro_core::{
    model::{
        Environment, Instance, InstanceId, Service, ServiceId, Ship, ShipId,
        carried::CarriedFiles,
        check::Lifecycle,
        container::{ContainerOwner, ContainerSpec, LABEL_ENVIRONMENT, MountKind, Network},
        update::Update,
        volume::{EnvironmentVolume, VolumeOptions},
    },
    observed::description::{Description, ImageDefaults},
    plan::revision::specification::specification,
    source::{Sources, Span},
    value::secret::Sensitive,
};
use maestro_engine::{Engine, Inspected, connect::Routes};
use maestro_file::{
    document::{self, NotDockerRun},
    export::maestro_file,
    resolve::{Surroundings, local_ship},
};
use maestro_report::{
    diagnostics::{draw, json},
    explain::engine as explain,
    problem::CommandProblem,
    text::harmless,
};

/// The log driver of an engine that is not configured.
const USUAL_LOG_DRIVER: &str = "json-file";

pub(in crate::cli) fn run(global: &Global, args: &InitArgs) -> Result<End, Problem> {
    let out_file = out(args.out.as_ref());
    if args.running {
        return running(&args.words, &out_file);
    }
    if !args.words.is_empty() {
        let text = of_words(&args.words)?;
        let is_printed = out_file == Path::new(STANDARD_OUTPUT);
        let name = if is_printed { "maestro.yaml".to_owned() } else { shown(&out_file) };
        if let Some((sources, diagnostics)) = mistakes(global, &name, &text) {
            let colour = colour(global, io::stderr().is_terminal());
            let drawn = draw(&diagnostics, &sources, colour).trim_end().to_owned();
            return Err(Problem::File { drawn, problems: json(&diagnostics, &sources) });
        }
        write_new(&out_file, &text)?;
        return Ok(End::Done);
    }
    // A file of a parent directory is another project's.
    if let Ok(choice) = choose(&global.file)
        && let ChosenFile::Compose { .. } = &choice.file
        && choice.found_above.is_none()
    {
        return project(global, &choice, Some(&out_file));
    }
    let here = env::current_dir()?;
    write_new(&out_file, &first_file(&environment_name(&here)))?;
    Ok(End::Done)
}

/// The file of the words of `docker run`, which may be one word, in quotes.
fn of_words(words: &[String]) -> Result<String, Problem> {
    let line = harmless(&words.join(" ")).into_owned();
    let refused = |text: String, help: &str| Err(Problem::bad_input(CommandProblem::new(text).help(help)));
    let split = match words {
        [line] if line.contains(char::is_whitespace) => document::words_of_line(line),
        words => Some(words.to_vec()),
    };
    let Some(words) = split else {
        return refused(format!("a quote is not closed in `{line}`"), "close it");
    };
    if let [file] = words.as_slice()
        && [".yaml", ".yml"].iter().any(|end| file.ends_with(end))
    {
        let help = format!("for a file of Maestro that says the same: `maestro init -f {}`", harmless(file));
        return refused(format!("`{line}` is a file, and no words of `docker run`"), &help);
    }
    let is_compose = |word: &String| word.ends_with("compose");
    if words.iter().take(2).any(is_compose) {
        let help = "`maestro init` writes a file of Maestro from the Compose file here, `maestro init -f FILE` from another";
        return refused(
            format!("`{line}` is a command of docker compose, and starts what its file says"),
            help,
        );
    }
    document::of_docker_run(&words).or_else(|fault| match fault {
        NotDockerRun::NoImage => refused(
            format!("`{line}` names no image"),
            "write the words of `docker run`: `maestro init docker run -p 8080:80 nginx:1.27`",
        ),
        NotDockerRun::UnknownOption(option) => refused(
            format!("`docker run` has no option `{}`", harmless(&option)),
            "`docker run --help` lists all; options of `maestro init` stand before the words of `docker run`",
        ),
    })
}

/// A file to begin with.
fn first_file(name: &str) -> String {
    format!(
        "# What runs where; `maestro plan` shows what would be done, `maestro apply` does it.\n\
         name: {name}\n\
         \n\
         # The hosts. Without `ships`, the engine of this machine.\n\
         # ships:\n\
         #   node1: {{ip: 10.0.0.1, host: \"ssh://ops@10.0.0.1\"}}\n\
         \n\
         services:\n  \
           web:\n    \
             image: nginx:1.27\n    \
             replicas: 1\n    \
             # `CONTAINER:SHIP`\n    \
             ports: {{http: \"80:8080\"}}\n    \
             # `apply` waits until this passes, and rolls back if it does not.\n    \
             lifecycle: {{running: [{{type: http, port: http}}]}}\n"
    )
}

/// Writes the file of containers that run on the engine in use: of all that belong to no environment, or of those that are
/// named.
fn running(names: &[String], out_file: &Path) -> Result<End, Problem> {
    let variables = text_variables(env::vars_os());
    let here = env::current_dir()?;
    let ship = local_ship(Surroundings::new(&here, &variables));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let found = runtime.block_on(async {
        let connection = Routes::new(&Arc::new(variables)).connect(&ship).await;
        containers(&*connection.engine, names).await
    })?;
    if found.is_empty() {
        return Err(Problem::bad_input(
            CommandProblem::new("no container runs that belongs to no environment yet")
                .help("name containers: `maestro init --running NAME`; `docker ps` lists them"),
        ));
    }
    let environment = environment(&environment_name(&here), ship, found);
    let exported = maestro_file(&environment);
    write_new(out_file, &exported.text)?;
    for note in exported.notes() {
        writeln!(io::stderr(), "note: {}", harmless(&note))?;
    }
    Ok(End::Done)
}

/// A container, and what its image says.
type Found = (Inspected, ImageDefaults);

async fn containers(engine: &dyn Engine, names: &[String]) -> Result<Vec<Found>, Problem> {
    let failed = |error: maestro_engine::EngineError| {
        let text =
            format!("the engine does not tell which containers run: {}", explain::sentence(error.fault()));
        Problem::ended(CommandProblem::new(text), End::Unreachable)
    };
    let mut found = Vec::new();
    let all = engine.containers().await.map_err(failed)?;
    for name in names {
        if all.iter().all(|container| container.name != *name) {
            return Err(Problem::bad_input(
                CommandProblem::new(format!("there is no container `{}`", harmless(name)))
                    .help("`docker ps -a` lists the containers"),
            ));
        }
    }
    for container in all {
        let is_meant = if names.is_empty() {
            container.state.is_up() && !container.labels.contains_key(LABEL_ENVIRONMENT)
        } else {
            names.contains(&container.name)
        };
        if !is_meant {
            continue;
        }
        let Some(inspected) = engine.inspect(&container.id).await.map_err(failed)? else { continue };
        let defaults = engine.image_defaults(&inspected.description.image_id).await.map_err(failed)?;
        found.push((inspected, defaults.unwrap_or_default()));
    }
    Ok(found)
}

/// What a file of the environment says of a container.
fn declared(environment: &str, running: &Description, defaults: &ImageDefaults) -> ContainerSpec {
    let mut spec = specification(&running.name, running, defaults);
    spec.owner = ContainerOwner { environment: environment.to_owned(), service: running.name.clone() };
    if spec.log_driver.as_deref() == Some(USUAL_LOG_DRIVER) && spec.log_opt.is_empty() {
        spec.log_driver = None;
    }
    if matches!(&spec.network, Network::Mode { mode, .. } if mode == "bridge") {
        // An environment has a network of its own, where names lead to containers.
        spec.network = Network::Environment { name: String::new(), links: Vec::new() };
    }
    spec
}

/// An environment with a service for each container, under the container's name.
fn environment(name: &str, ship: Ship, found: Vec<Found>) -> Environment {
    let nowhere = Span::new(Sources::default().add("", ""), 0..0);
    let (mut services, mut instances) = (Vec::new(), Vec::new());
    for (at, (inspected, defaults)) in found.into_iter().enumerate() {
        let container = inspected.description.name.clone();
        let spec = declared(name, &inspected.description, &defaults);
        services.push(Service {
            name: container.clone(),
            omit: false,
            instances: vec![InstanceId(at)],
            requires: Vec::new(),
            update: Update::default(),
            replicated: false,
            candidates: Vec::new(),
            build: None,
            profiles: Vec::new(),
            span: nowhere,
        });
        instances.push(Instance {
            name: container,
            container_name: None,
            service: ServiceId(at),
            ship: ShipId(0),
            requires: Vec::new(),
            links: Vec::new(),
            ports: spec.ports.clone(),
            container: spec.into(),
            files: CarriedFiles::default(),
            pull_policy: maestro_core::value::pull::PullPolicy::default(),
            image_source: maestro_core::value::image_source::ImageSource::default(),
            on_unhealthy: maestro_core::value::on_unhealthy::OnUnhealthy::default(),
            may_end: false,
            swarm: None,
            hooks: maestro_core::value::hook::Hooks::default(),
            stop_timeout: std::time::Duration::from_secs(10),
            lifecycle: Lifecycle::default(),
            span: nowhere,
            written: BTreeMap::new(),
        });
    }
    let volumes = volumes(&instances);
    Environment {
        name: name.to_owned(),
        ships: vec![ship],
        services,
        instances,
        registries: Vec::new(),
        audit: Vec::new(),
        sensitive: Sensitive::default(),
        container_names: None,
        declared_networks: Vec::new(),
        inactive: Vec::new(),
        inactive_instances: Vec::new(),
        found: BTreeMap::new(),
        volumes,
    }
}

/// The named volumes that containers mount. Somebody else has made them.
fn volumes(instances: &[Instance]) -> Vec<EnvironmentVolume> {
    let mounts = instances.iter().flat_map(|instance| instance.container.mounts.iter());
    let volumes = mounts.filter(|mount| mount.kind() == MountKind::Volume);
    let names: BTreeSet<&str> = volumes.map(|mount| mount.source.as_str()).collect();
    let volume = |name: &str| EnvironmentVolume {
        name: name.to_owned(),
        external: true,
        options: VolumeOptions::default(),
    };
    names.into_iter().map(volume).collect()
}
