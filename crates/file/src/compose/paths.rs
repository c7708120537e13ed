//! Relative paths, which count from the directory of their project.

use super::{
    element::{Content, Element},
    loader::Loader,
    path,
};

/// Makes the paths of all values absolute.
pub(super) fn make_absolute(model: &mut Element, directory: &str, loader: &Loader<'_>) {
    let work = Work { directory, loader };
    for service in values_mut(model, "services") {
        work.service(service);
    }
    for section in ["configs", "secrets"] {
        for source in values_mut(model, section) {
            work.path(source.get_mut("file"));
        }
    }
    for volume in values_mut(model, "volumes") {
        let is_local = volume.text_of("driver") == Some("local");
        if let Some(options) = volume.get_mut("driver_opts").filter(|_| is_local)
            && options.text_of("o") == Some("bind")
        {
            work.path(options.get_mut("device"));
        }
    }
}

struct Work<'a> {
    directory: &'a str,
    loader: &'a Loader<'a>,
}

impl Work<'_> {
    fn service(&self, service: &mut Element) {
        if let Some(build) = service.get_mut("build") {
            self.context(build.get_mut("context"));
            values_mut(build, "additional_contexts").for_each(|context| self.context(Some(context)));
            values_mut(build, "ssh").for_each(|key| self.path(Some(key)));
        }
        for file in items_mut(service.get_mut("env_file")) {
            self.path(file.get_mut("path"));
        }
        items_mut(service.get_mut("label_file")).for_each(|file| self.path(Some(file)));
        if let Some(develop) = service.get_mut("develop") {
            for watch in items_mut(develop.get_mut("watch")) {
                self.path(watch.get_mut("path"));
            }
        }
        for mount in items_mut(service.get_mut("volumes")) {
            if mount.text_of("type") == Some("bind") {
                self.path(mount.get_mut("source"));
            }
        }
    }

    fn path(&self, element: Option<&mut Element>) {
        if let Some(element) = element
            && let Some(written) = element.as_text().filter(|text| !text.is_empty())
        {
            element.content = Content::Text(self.loader.absolute(self.directory, written));
        }
    }

    /// A context of a build: a path, or something that the builder reads.
    fn context(&self, element: Option<&mut Element>) {
        const REMOTE: [&str; 4] = ["service:", "github.com/", "git@", "docker-image:"];
        let is_path =
            |text: &str| !text.contains("://") && !REMOTE.iter().any(|start| text.starts_with(start));
        if element.as_ref().and_then(|element| element.as_text()).is_some_and(is_path) {
            self.path(element);
        }
    }
}

/// The values of a mapping's mapping.
pub(super) fn values_mut<'e>(element: &'e mut Element, name: &str) -> impl Iterator<Item = &'e mut Element> {
    let members = element.get_mut(name).and_then(Element::members_mut);
    members.into_iter().flat_map(|members| members.values_mut().map(|member| &mut member.value))
}

/// The items of a list, if there is one.
pub(super) fn items_mut(element: Option<&mut Element>) -> impl Iterator<Item = &mut Element> {
    element.and_then(Element::items_mut).into_iter().flatten()
}

/// The path without parts that mean nothing, if it is one of a container.
pub(super) fn clean_target(element: Option<&mut Element>) {
    if let Some(element) = element
        && let Some(written) = element.as_text().filter(|text| !text.is_empty())
    {
        element.content = Content::Text(path::clean(written));
    }
}
