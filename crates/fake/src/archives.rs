//! Files of containers and volumes of the engine in memory, as archives.

use std::{
    collections::BTreeMap,
    io::{self, Read as _},
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use tar::{Archive, Builder, EntryType};

use super::{
    Fake,
    container::FakeContainer,
    file_tree::{FakeFile, Files, entry},
    state::Inside,
};
use maestro_core::{
    model::container::LABEL_IMAGE_ID,
    observed::{
        Container, ContainerState,
        mounts::{Mounted, Source},
    },
};
use maestro_engine::{
    ArchiveBytes, ArchiveInput, Archives, Carrier, CarrierMount, EngineError, EntryKind, PathStat,
};

/// How many bytes an archive comes in at once.
const PIECE: usize = 1000;

impl Fake {
    /// Puts a file into a volume, with the directories that it is in.
    pub fn put_file(&self, volume: &str, path: &str, content: &[u8]) {
        let mut inside = self.inside();
        let files = inside.contents.entry(volume.to_owned()).or_default();
        for (at, _) in path.match_indices('/') {
            files.entry(path[..at].to_owned()).or_insert_with(|| entry(EntryType::Directory, 0o755, &[]));
        }
        files.insert(path.to_owned(), entry(EntryType::Regular, 0o640, content));
    }

    /// The content of a file of a volume.
    #[must_use]
    pub fn file_of(&self, volume: &str, path: &str) -> Option<Vec<u8>> {
        Some(self.inside().contents.get(volume)?.get(path)?.content.clone())
    }

    /// Lets the next archive break off after so many bytes, whether it is read or written.
    pub fn break_archive_after(&self, bytes: usize) {
        self.inside().breaks_after = Some(bytes);
    }

    /// Damages a file of the next archive that is written, without an error.
    pub fn damage_writes(&self) {
        self.inside().damages = true;
    }

    /// Gives the files of all volumes room for so many bytes.
    pub fn limit_room(&self, bytes: usize) {
        self.inside().room = Some(bytes);
    }
}

/// A path without slashes at its ends and without `.`.
fn tidied(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
}

/// Whether a path is the folder or below it; what is left of it then.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    match path.strip_prefix(folder)? {
        rest if folder.is_empty() || rest.is_empty() => Some(rest),
        rest => rest.strip_prefix('/'),
    }
}

#[async_trait]
impl Archives for Fake {
    async fn create_carrier(&self, carrier: &Carrier) -> Result<String, EngineError> {
        self.call("create_carrier", &carrier.name, |inside| inside.create_carrier(carrier)).await
    }

    async fn remove_carrier(&self, container: &str) -> Result<(), EngineError> {
        self.call("remove_carrier", container, |inside| inside.remove(container)).await
    }

    async fn path(&self, container: &str, path: &str) -> Result<Option<PathStat>, EngineError> {
        self.call("path", container, |inside| inside.stat(container, path)).await
    }

    async fn read_archive(&self, container: &str, path: &str) -> Result<ArchiveBytes, EngineError> {
        let read = |inside: &mut Inside| {
            let archive = inside.packed(container, path)?;
            Ok((archive, inside.breaks_after.take()))
        };
        let (mut archive, breaks_after) = self.call("read_archive", container, read).await?;
        archive.truncate(breaks_after.unwrap_or(usize::MAX));
        let mut pieces: Vec<Result<Vec<u8>, EngineError>> =
            archive.chunks(PIECE).map(|piece| Ok(piece.to_owned())).collect();
        pieces.extend(breaks_after.map(|_| Err(EngineError::ResponseLost("connection reset".into()))));
        Ok(stream::iter(pieces).boxed())
    }

    async fn write_archive(
        &self,
        container: &str,
        directory: &str,
        mut archive: ArchiveInput,
    ) -> Result<(), EngineError> {
        let breaks_after =
            self.call("write_archive", container, |inside| Ok(inside.breaks_after.take())).await?;
        let mut taken = Vec::new();
        let mut broken = None;
        while let Some(piece) = archive.next().await {
            match piece {
                Ok(piece) => taken.extend(piece),
                Err(error) => broken = Some(error.to_string()),
            }
            if broken.is_none() && taken.len() > breaks_after.unwrap_or(usize::MAX) {
                broken = Some("connection reset".to_owned());
            }
            if broken.is_some() {
                break;
            }
        }
        let mut inside = self.inside();
        let unpacked = inside.unpack(container, directory, &taken);
        if std::mem::take(&mut inside.damages) {
            let mut files = inside.contents.values_mut().flat_map(BTreeMap::values_mut);
            if let Some(last) = files.find_map(|file| file.content.last_mut()) {
                *last ^= 1;
            }
        }
        match broken {
            Some(words) => Err(EngineError::ResponseLost(words.into())),
            None => unpacked,
        }
    }

    async fn volume_sizes(&self) -> Result<BTreeMap<String, u64>, EngineError> {
        let sizes = |inside: &mut Inside| {
            let of = |volume: &String| {
                let files = inside.contents.get(volume);
                files.map_or(0, |files| files.values().map(|file| file.content.len() as u64).sum())
            };
            Ok(inside.volumes.keys().map(|volume| (volume.clone(), of(volume))).collect())
        };
        self.call("volume_sizes", "", sizes).await
    }
}

impl Inside {
    fn create_carrier(&mut self, carrier: &Carrier) -> Result<String, EngineError> {
        let Carrier { name, image, mount, path, labels } = carrier;
        if !self.images.values().any(|id| id == image) {
            return Err(EngineError::NotFound(format!("No such image: {image}").into()));
        }
        if self.containers.contains_key(name) {
            return Err(EngineError::Conflict(
                format!("The container name \"/{name}\" is already in use").into(),
            ));
        }
        let source = match mount {
            CarrierMount::Volume(volume) => Source::Volume(volume.clone()),
            CarrierMount::Directory(directory) => Source::Path(directory.clone()),
        };
        let id = self.new_id();
        let mut labels = labels.clone();
        labels.insert(LABEL_IMAGE_ID.to_owned(), image.clone());
        let shown = Container {
            id: id.clone(),
            name: name.clone(),
            image: image.clone(),
            image_id: image.clone(),
            state: ContainerState::Created,
            status: "Created".to_owned(),
            labels,
            published: Vec::new(),
            networks: Vec::new(),
            on_host_network: false,
            mounts: vec![Mounted { source, path: path.clone(), writable: true }],
        };
        self.containers.insert(name.clone(), FakeContainer::new(shown));
        Ok(id)
    }

    /// The mounts of a container that are volumes: path without slash in front, name; and its root at the end.
    fn places(&mut self, container: &str) -> Result<Vec<(String, Option<String>)>, EngineError> {
        let kept = self.find(container)?;
        let mut places: Vec<(String, Option<String>)> =
            kept.volumes().map(|(path, volume)| (tidied(path), Some(volume.to_owned()))).collect();
        places.push((String::new(), None));
        Ok(places)
    }

    /// All files of a container, those of its volumes among them, by their paths.
    fn all_files(&mut self, container: &str) -> Result<Files, EngineError> {
        let places = self.places(container)?;
        let mut all = self.find(container)?.root.clone();
        for (at, volume) in places {
            let Some(volume) = volume else { continue };
            all.entry(at.clone()).or_insert_with(|| entry(EntryType::Directory, 0o755, &[]));
            for (path, file) in self.contents.get(&volume).into_iter().flatten() {
                all.insert(tidied(&format!("{at}/{path}")), file.clone());
            }
        }
        Ok(all)
    }

    fn stat(&mut self, container: &str, path: &str) -> Result<Option<PathStat>, EngineError> {
        let wanted = tidied(path);
        let name = wanted.rsplit('/').next().unwrap_or_default().to_owned();
        let directory =
            PathStat { name: name.clone(), size: 0, kind: EntryKind::Directory, link_target: String::new() };
        if wanted.is_empty() {
            return Ok(Some(directory));
        }
        let files = self.all_files(container)?;
        let Some(file) = files.get(&wanted) else {
            let has_more = files.keys().any(|path| below(path, &wanted).is_some());
            return Ok(has_more.then_some(directory));
        };
        let kind = match file.header.entry_type() {
            EntryType::Directory => EntryKind::Directory,
            EntryType::Symlink => EntryKind::Link,
            EntryType::Regular | EntryType::Link => EntryKind::File,
            _ => EntryKind::Other,
        };
        let link_target = file.header.link_name().ok().flatten();
        let link_target = link_target.map(|target| target.display().to_string()).unwrap_or_default();
        Ok(Some(PathStat { name, size: file.content.len() as u64, kind, link_target }))
    }

    /// What is at a path, as an archive whose names begin as the path ends.
    fn packed(&mut self, container: &str, path: &str) -> Result<Vec<u8>, EngineError> {
        let missing = || {
            EngineError::NotFound(format!("Could not find the file {path} in container {container}").into())
        };
        self.stat(container, path)?.ok_or_else(missing)?;
        let wanted = tidied(path);
        let begin = if path.ends_with("/.") { "." } else { wanted.rsplit('/').next().unwrap_or_default() };
        let mut files = self.all_files(container)?;
        if files.keys().any(|path| below(path, &wanted).is_some_and(|rest| !rest.is_empty())) {
            files.entry(wanted.clone()).or_insert_with(|| entry(EntryType::Directory, 0o755, &[]));
        }
        let mut archive = Builder::new(Vec::new());
        for (path, file) in &files {
            let Some(rest) = below(path, &wanted) else { continue };
            let slash = if file.header.entry_type() == EntryType::Directory { "/" } else { "" };
            let name =
                if rest.is_empty() { format!("{begin}{slash}") } else { format!("{begin}/{rest}{slash}") };
            let mut header = file.header.clone();
            let packed = match header.link_name().ok().flatten().map(std::borrow::Cow::into_owned) {
                Some(target) => archive.append_link(&mut header, name, target),
                None => archive.append_data(&mut header, name, file.content.as_slice()),
            };
            packed.map_err(|error| EngineError::Refused(error.to_string().into()))?;
        }
        archive.into_inner().map_err(|error| EngineError::Refused(error.to_string().into()))
    }

    /// Unpacks as much of an archive as there is, below a directory.
    fn unpack(&mut self, container: &str, directory: &str, bytes: &[u8]) -> Result<(), EngineError> {
        match self.stat(container, directory)? {
            Some(stat) if stat.kind == EntryKind::Directory => {}
            Some(_) => return Err(EngineError::Refused("extraction point is not a directory".into())),
            None => {
                let words = format!("Could not find the file {directory} in container {container}");
                return Err(EngineError::NotFound(words.into()));
            }
        }
        let places = self.places(container)?;
        let refused = |error: io::Error| EngineError::Refused(error.to_string().into());
        let mut archive = Archive::new(bytes);
        for one in archive.entries().map_err(refused)? {
            let mut one = one.map_err(refused)?;
            let name = one.path().map_err(refused)?.display().to_string();
            let path = tidied(&format!("{directory}/{name}"));
            let mut content = Vec::new();
            one.read_to_end(&mut content).map_err(refused)?;
            let mut header = one.header().clone();
            if let Some(target) = one.link_name().map_err(refused)? {
                header.set_link_name(target).map_err(refused)?;
            }
            let file = FakeFile { header, content };
            let place =
                places.iter().filter(|(at, _)| below(&path, at).is_some()).max_by_key(|(at, _)| at.len());
            match place {
                Some((at, Some(volume))) => {
                    let used: usize =
                        self.contents.values().flatten().map(|(_, file)| file.content.len()).sum();
                    if self.room.is_some_and(|room| used + file.content.len() > room) {
                        let words = format!("write /{path}: no space left on device");
                        return Err(EngineError::Refused(words.into()));
                    }
                    let rest = below(&path, at).unwrap_or_default().to_owned();
                    self.contents.entry(volume.clone()).or_default().insert(rest, file);
                }
                Some((_, None)) | None => {
                    self.find(container)?.root.insert(path, file);
                }
            }
        }
        Ok(())
    }
}
