//! Mounts in the words of the Engine API: a text of `Binds`, or an object of `Mounts` for what has no text.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    Mount as EngineMount, MountBindOptions, MountBindOptionsPropagationEnum as Propagation,
    MountImageOptions, MountType, MountVolumeOptions,
};
use serde::Deserialize;

use maestro_core::{
    model::{
        carried::own_volumes,
        container::{ContainerSpec, IMAGE, Mount, MountKind, NO_CREATE, RECURSIVE, SUBPATH},
    },
    observed::kept_files::volume_labels,
};

/// The mounts that Docker has a text for.
pub(super) fn binds(spec: &ContainerSpec) -> impl Iterator<Item = String> {
    let texts = spec.mounts.iter().filter(|mount| !mount.is_object());
    texts.map(|Mount { source, target, mode }| format!("{source}:{target}:{mode}"))
}

/// The others.
pub(super) fn objects(spec: &ContainerSpec) -> impl Iterator<Item = EngineMount> {
    spec.mounts.iter().filter(|mount| mount.is_object()).map(object)
}

/// Volumes of a predecessor, by path inside. They stand beside `Binds`, so that they are none of what the file mounts.
pub(super) fn taken_over(volumes: &BTreeMap<String, String>) -> impl Iterator<Item = EngineMount> {
    volumes.iter().map(|(path, name)| EngineMount {
        target: Some(path.clone()),
        source: Some(name.clone()),
        typ: Some(MountType::VOLUME),
        ..EngineMount::default()
    })
}

/// Anonymous volumes that hold copied files, with labels: such a volume is found even if its container is gone.
pub(super) fn of_files(
    spec: &ContainerSpec,
    taken: &BTreeMap<String, String>,
) -> impl Iterator<Item = EngineMount> {
    let labels: HashMap<String, String> =
        volume_labels(&spec.owner.environment, &spec.name).into_iter().collect();
    let own = own_volumes(&spec.files).into_iter().filter(|path| !taken.contains_key(path));
    own.map(move |path| EngineMount {
        target: Some(path),
        typ: Some(MountType::VOLUME),
        volume_options: Some(MountVolumeOptions {
            labels: Some(labels.clone()),
            ..MountVolumeOptions::default()
        }),
        ..EngineMount::default()
    })
}

fn object(mount: &Mount) -> EngineMount {
    let flag = |is_set: bool| is_set.then_some(true);
    let subpath = mount.subpath().map(str::to_owned);
    let plain = EngineMount {
        target: Some(mount.target.clone()),
        source: Some(mount.source.clone()),
        read_only: flag(mount.has("ro")),
        ..EngineMount::default()
    };
    match mount.kind() {
        MountKind::Bind => EngineMount {
            typ: Some(MountType::BIND),
            bind_options: Some(MountBindOptions {
                propagation: mount.words().find_map(propagation),
                non_recursive: flag(mount.recursive() == Some("disabled")),
                create_mountpoint: flag(!mount.has(NO_CREATE)),
                read_only_non_recursive: flag(mount.recursive() == Some("writable")),
                read_only_force_recursive: flag(mount.recursive() == Some("readonly")),
            }),
            ..plain
        },
        MountKind::Volume => EngineMount {
            typ: Some(MountType::VOLUME),
            volume_options: Some(MountVolumeOptions {
                no_copy: flag(mount.has("nocopy")),
                subpath,
                ..MountVolumeOptions::default()
            }),
            ..plain
        },
        MountKind::Image => EngineMount {
            typ: Some(MountType::IMAGE),
            image_options: subpath.map(|subpath| MountImageOptions { subpath: Some(subpath) }),
            ..plain
        },
    }
}

fn propagation(word: &str) -> Option<Propagation> {
    word.parse().ok().filter(|known| *known != Propagation::EMPTY)
}

/// A mount as an engine tells it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ToldMount {
    #[serde(rename = "Type")]
    kind: String,
    source: Option<String>,
    target: String,
    read_only: Option<bool>,
    bind_options: Option<ToldBind>,
    volume_options: Option<ToldVolume>,
    image_options: Option<ToldVolume>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ToldBind {
    propagation: Option<String>,
    non_recursive: Option<bool>,
    create_mountpoint: Option<bool>,
    read_only_non_recursive: Option<bool>,
    read_only_force_recursive: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ToldVolume {
    no_copy: Option<bool>,
    subpath: Option<String>,
}

/// Path inside, source and mode of a mount that a file asked for; none for a volume of a predecessor.
pub(super) fn told(mount: ToldMount) -> Option<(String, (String, String))> {
    let mut words = vec![if mount.read_only == Some(true) { "ro".to_owned() } else { "rw".to_owned() }];
    let mut subpath = None;
    match mount.kind.as_str() {
        "bind" => {
            let bind = mount.bind_options.unwrap_or_default();
            words.extend(bind.propagation.filter(|word| !word.is_empty()));
            if bind.create_mountpoint != Some(true) {
                words.push(NO_CREATE.to_owned());
            }
            let recursive = [
                ("disabled", bind.non_recursive),
                ("writable", bind.read_only_non_recursive),
                ("readonly", bind.read_only_force_recursive),
            ];
            let recursive = recursive.into_iter().find(|(_, is_set)| *is_set == Some(true));
            words.extend(recursive.map(|(word, _)| format!("{RECURSIVE}{word}")));
        }
        "volume" => {
            let volume = mount.volume_options.unwrap_or_default();
            if volume.no_copy == Some(true) {
                words.push("nocopy".to_owned());
            }
            subpath = Some(volume.subpath.filter(|path| !path.is_empty())?);
        }
        "image" => {
            words.push(IMAGE.to_owned());
            subpath = mount.image_options.and_then(|image| image.subpath).filter(|path| !path.is_empty());
        }
        _ => return None,
    }
    words.extend(subpath.map(|path| format!("{SUBPATH}{path}")));
    Some((mount.target, (mount.source.unwrap_or_default(), words.join(","))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said in a request is told by an answer in the same words.
    #[test]
    fn each_object_is_told_as_it_was_said() {
        for (source, mode) in [
            ("/srv", "rw,nocreate"),
            ("/srv", "ro,rshared,nocreate,recursive=disabled"),
            ("/srv", "ro,recursive=writable"),
            ("/srv", "ro,recursive=readonly"),
            ("data", "ro,nocopy,subpath=a,b"),
            ("data", "rw,subpath=part"),
            ("busybox:1", "rw,image"),
            ("busybox:1", "rw,image,subpath=bin"),
        ] {
            let mount = Mount { source: source.into(), target: "/in".into(), mode: mode.into() };
            let json = serde_json::to_value(object(&mount)).unwrap();
            let back = told(serde_json::from_value(json).unwrap()).unwrap();
            assert_eq!(back, ("/in".to_owned(), (source.to_owned(), mode.to_owned())));
        }
    }

    #[test]
    fn a_volume_of_a_predecessor_is_none_of_the_file() {
        let [taken] = &taken_over(&[("/data".to_owned(), "abc".to_owned())].into()).collect::<Vec<_>>()[..]
        else {
            panic!("one mount")
        };
        let json = serde_json::to_value(taken).unwrap();
        assert_eq!(told(serde_json::from_value(json).unwrap()), None);
    }
}
