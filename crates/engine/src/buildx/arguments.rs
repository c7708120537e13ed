//! The words that `docker buildx build` gets, and the variables in which it finds what no list of processes may show.

use std::{
    ffi::OsString,
    io::{self, Write as _},
    os::unix::{ffi::OsStringExt as _, fs::OpenOptionsExt as _},
    path::Path,
};

use crate::builds::BuildRequest;
use maestro_core::model::{
    container::tagged_image,
    image_build::{BuildContextSource, BuildSecret, BuildSecretSource, LABEL_BUILD},
};

/// Bytes of a secret that a variable takes.
const LONGEST_VARIABLE: usize = 100_000;
/// Variables that Docker's command itself heeds, or their beginnings: such an `ARG` is a word.
const HEEDED: [&str; 10] =
    ["BUILDKIT_", "BUILDX_", "DOCKER_", "HOME", "LD_", "OTEL_", "PATH", "SSH_", "TMPDIR", "XDG_"];

/// Where the program finds secrets.
pub(super) struct Secrets {
    words: Vec<String>,
    variables: Vec<(String, OsString)>,
}

impl Secrets {
    /// Contents are passed in variables. Those that no variable takes are written into `folder`, which nobody else may look
    /// into.
    pub(super) fn prepare(secrets: &[BuildSecret], folder: &Path) -> io::Result<Self> {
        let (mut words, mut variables) = (Vec::new(), Vec::new());
        for (at, BuildSecret { id, source }) in secrets.iter().enumerate() {
            let id = field("id", id);
            let place = match source {
                BuildSecretSource::File(path) => field("src", &path.display().to_string()),
                BuildSecretSource::Content(content)
                    if content.bytes().len() <= LONGEST_VARIABLE && !content.bytes().contains(&0) =>
                {
                    let name = format!("MAESTRO_BUILD_SECRET_{at}");
                    let place = field("env", &name);
                    variables.push((name, OsString::from_vec(content.bytes().to_vec())));
                    place
                }
                BuildSecretSource::Content(content) => {
                    let path = folder.join(format!("secret-{at}"));
                    let mut file =
                        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
                    file.write_all(content.bytes())?;
                    field("src", &path.display().to_string())
                }
            };
            words.push(format!("--secret={id},{place}"));
        }
        Ok(Self { words, variables })
    }

    /// The contents that are passed in variables.
    pub(super) fn variables(&self) -> Vec<(String, OsString)> {
        self.variables.clone()
    }
}

/// `NAME=VALUE` in a line of values with commas.
fn field(name: &str, value: &str) -> String {
    let field = format!("{name}={value}");
    if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

/// Whether a value of `ARG` is passed in a variable: Docker's command does not heed that itself.
fn is_variable(name: &str, value: &str) -> bool {
    let is_heeded = HEEDED.iter().any(|start| name.starts_with(start));
    let is_proxy = name.to_ascii_lowercase().ends_with("_proxy");
    !name.is_empty() && !is_heeded && !is_proxy && value.len() <= LONGEST_VARIABLE && !value.contains('\0')
}

/// The values of `ARG` that are passed in variables: they may be secret.
pub(super) fn variables(request: &BuildRequest) -> impl Iterator<Item = (&String, &String)> {
    request.build.settings.arguments.iter().filter(|(name, value)| is_variable(name, value))
}

/// All words. The context is read from standard input.
pub(super) fn arguments(request: &BuildRequest, secrets: &Secrets, id_file: &Path) -> Vec<String> {
    let (build, settings, buildkit) = (&request.build, &request.build.settings, &request.build.buildkit);
    let mut words: Vec<String> =
        ["buildx", "build", "--builder=default", "--progress=plain", "--load"].map(str::to_owned).into();
    let mut add = |name: &str, value: &str| words.push(format!("--{name}={value}"));
    // A record of each build would give the same image another id each time.
    add("provenance", buildkit.provenance.as_deref().unwrap_or("false"));
    add("iidfile", &id_file.display().to_string());
    add("file", &request.dockerfile);
    add("tag", &tagged_image(&build.image));
    build.tags.iter().for_each(|tag| add("tag", &tagged_image(tag)));
    for (name, value) in &settings.arguments {
        if is_variable(name, value) {
            add("build-arg", name);
        } else {
            add("build-arg", &format!("{name}={value}"));
        }
    }
    settings.labels.iter().for_each(|(name, value)| add("label", &format!("{name}={value}")));
    add("label", &format!("{LABEL_BUILD}={}", request.digest));
    let single = [
        ("target", &settings.target),
        ("network", &settings.network),
        ("platform", &settings.platform),
        ("sbom", &buildkit.sbom),
    ];
    for (name, value) in single {
        if let Some(value) = value {
            add(name, value);
        }
    }
    settings.shm_size.iter().for_each(|bytes| add("shm-size", &bytes.to_string()));
    let lists = [
        ("add-host", &settings.extra_hosts),
        ("cache-from", &build.cache_from),
        ("cache-to", &buildkit.cache_to),
        ("ssh", &buildkit.ssh),
        ("allow", &buildkit.entitlements),
        ("ulimit", &buildkit.ulimits),
    ];
    for (name, values) in lists {
        for value in values {
            add(name, value);
        }
    }
    for (name, context) in &buildkit.contexts {
        add("build-context", &format!("{name}={}", place(&context.value)));
    }
    if build.no_cache || request.no_cache {
        add("no-cache", "true");
    }
    // BuildKit would look for the images of other services in a registry too.
    let has_images = buildkit.contexts.values().any(|context| match context.value {
        BuildContextSource::Image(_) => true,
        BuildContextSource::Directory(_) | BuildContextSource::Remote(_) => false,
    });
    if (build.pull || request.pull) && !has_images {
        add("pull", "true");
    }
    words.extend(secrets.words.iter().cloned());
    words.push("-".to_owned());
    words
}

fn place(context: &BuildContextSource) -> String {
    match context {
        BuildContextSource::Directory(path) => path.display().to_string(),
        BuildContextSource::Remote(remote) => remote.clone(),
        BuildContextSource::Image(other) => format!("docker-image://{}", tagged_image(&other.image)),
    }
}

#[cfg(test)]
mod tests;
