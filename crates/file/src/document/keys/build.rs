//! Keys of `build` of a service.

use super::{Key, key};

/// Keys of `build`, with Compose's words.
pub const BUILD: &[Key] = &[
    key("context", "path", "Directory whose files the builder gets, but for those that its `.dockerignore` leaves out. It counts from the file's directory.")
        .or("the file's directory")
        .like("./web"),
    key("dockerfile", "path", "The Dockerfile, from the context.").or("`Dockerfile`").like("docker/web.Dockerfile"),
    key("dockerfile_inline", "text", "The Dockerfile's text, in place of a file.").or("none").like("\"FROM nginx\""),
    key("args", "mapping", "Values of the Dockerfile's `ARG`.").or("none").like("{VERSION: \"2\"}"),
    key("target", "text", "Stage that is built.").or("the last").like("release"),
    key("labels", "mapping", "Labels of the image.").or("none").like("{team: web}"),
    key("network", "text", "Network of `RUN`.").or("the engine's").like("host"),
    key("shm_size", "bytes", "Size of `/dev/shm` for `RUN`.").or("the engine's").like("128m"),
    key("platform", "text", "Operating system and architecture.").or("the engine's").like("linux/amd64"),
    key("platforms", "list", "The kinds of machine that get an image each: a ship of each kind builds its own. With one alone it is `platform`.")
        .or("those of the ships")
        .like("[linux/amd64, linux/arm64]"),
    key("tags", "list", "Other names that the image gets.").or("none").like("[\"shop-web:2\"]"),
    key("cache_from", "list", "Images whose layers are used again.").or("none").like("[\"shop-web:1\"]"),
    key("cache_to", "list", "Where layers are written for other builds. BuildKit writes them.").or("none").like("[type=inline]"),
    key("additional_contexts", "mapping", "Further contexts by the names that `COPY --from` and `FROM` have for them: a directory, `docker-image://IMAGE`, a URL, or `service:NAME` for the image of another service, which is built first. BuildKit reads them.")
        .or("none")
        .like("{assets: ./assets}"),
    key("secrets", "list", "Secrets of the file that `RUN --mount=type=secret` sees; an item is a name, or a mapping. BuildKit passes them.")
        .or("none")
        .like("[token]"),
    key("ssh", "list", "SSH agents and keys that `RUN --mount=type=ssh` uses: `default` is this machine's agent, `ID=PATH` a key or a socket. BuildKit passes them.")
        .or("none")
        .like("[default]"),
    key("no_cache", "true or false", "Uses no layer again.").or("false").like("true"),
    key("pull", "true or false", "Pulls base images, though the engine has them.").or("false").like("true"),
    ON,
];

/// Keys of an item of `secrets` of `build` that is written as a mapping.
pub const BUILD_SECRET: &[Key] = &[
    key("source", "text", "Its name at the top of the file.").like("token"),
    key("target", "text", "Its id in the Dockerfile.").or("`source`").like("npm"),
];

/// Keys of `build` of a service in a site file.
pub const SITE_BUILD: &[Key] = &[ON];

const ON: Key = key("on", "name of a ship, or `local`", "The ship that builds the image for all ships that need it; `local` is this machine's engine, as `docker` finds it. Other ships get the image from there.")
    .or("a ship of each kind of machine that needs it")
    .like("local");
