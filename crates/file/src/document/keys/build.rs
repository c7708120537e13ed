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
    key("tags", "list", "Other names that the image gets.").or("none").like("[\"shop-web:2\"]"),
    key("cache_from", "list", "Images whose layers are used again.").or("none").like("[\"shop-web:1\"]"),
    key("no_cache", "true or false", "Uses no layer again.").or("false").like("true"),
    key("pull", "true or false", "Pulls base images, though the engine has them.").or("false").like("true"),
    ON,
];

/// Keys of `build` of a service in a site file.
pub const SITE_BUILD: &[Key] = &[ON];

const ON: Key = key("on", "name of a ship, or `local`", "The ship that builds the image for all ships that need it; `local` is this machine's engine, as `docker` finds it. Other ships get the image from there.")
    .or("a ship of each kind of machine that needs it")
    .like("local");
