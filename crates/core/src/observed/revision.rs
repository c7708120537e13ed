//! A revision: a numbered state that the whole environment was brought to. Every engine keeps its own part of it, as a
//! volume without content whose labels say what ran there, so that it can be brought back.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::Container;
use crate::{
    fault::{EngineFault, StepFault},
    model::{
        container::{
            ContainerSpec, LABEL_ENVIRONMENT, LABEL_INSTANCE, older_volume_name, tagged_image, volume_name,
        },
        name::is_beside_name,
        one_off::LABEL_ONE_OFF,
        registry::repository_of,
        shared::SharedSpec,
        swarm::{LABEL_SWARM, ServiceRequest},
    },
};

/// How much higher than the one before a revision's number may be. Records are read from labels, which anybody may
/// write: a higher number is no record's.
pub const LARGEST_STEP: u64 = 1_000_000_000;

/// How many revisions an engine keeps.
pub const KEPT: usize = 10;

/// Label with the revision's number.
const LABEL_GENERATION: &str = "maestro.generation";
/// Label with what ran, as JSON.
const LABEL_INSTANCES: &str = "maestro.generation.instances";
const LABEL_BY: &str = "maestro.generation.by";
const LABEL_COMMAND: &str = "maestro.generation.command";
/// Label of a record of what ran before the first command that recorded; its value is `true`.
const LABEL_FOUND: &str = "maestro.generation.found";
/// Label with the git commit of the file. Records of releases up to 1.0.0-alpha.1 have none.
const LABEL_COMMIT: &str = "maestro.generation.commit";

/// Bytes that the JSON of a record may have: far more than any engine runs, far less than an answer may have.
const LARGEST: usize = 4 * 1024 * 1024;
/// The highest number of a revision.
const HIGHEST: u64 = 1_000_000_000_000;
/// The version of that JSON; what has another cannot be read.
const VERSION: u32 = 1;

/// What one engine ran of an environment in one revision. Read from labels, all of it is untrusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The revision's number, from 1.
    pub number: u64,
    /// The environment's name.
    pub environment: String,
    /// Who brought it there.
    pub author: Author,
    /// Whether it is what that author found, before the first command that recorded.
    pub is_found: bool,
    /// When it was written, by the engine's own clock; none before that, or if the engine does not tell.
    pub created: Option<SystemTime>,
    /// What ran; none if it cannot be read.
    pub instances: Option<Vec<Recorded>>,
    /// The version of its form, if that is one of a later release, which this one cannot read.
    pub newer: Option<u32>,
    /// Whether its volume has the name that release 1.0.0-alpha.1 gave, where that differs.
    pub is_older: bool,
    /// The ids of images that ran in revisions which are not kept any more, as far as the engine has them.
    pub past_images: Vec<String>,
}

/// Who brought an environment somewhere, and by what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Author {
    /// `user@machine`.
    pub by: String,
    /// What was typed.
    pub command: String,
    /// The git commit that the file was at, if it is in a repository.
    pub commit: Option<Commit>,
}

/// A commit of a git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id: 40 or 64 hexadecimal digits.
    pub id: String,
    /// Whether the file was another than in the commit; none if that is not known.
    pub is_dirty: Option<bool>,
}

impl Commit {
    /// As a label has it: the id, and `clean` or `dirty` where that is known.
    fn label(&self) -> String {
        match self.is_dirty {
            Some(true) => format!("{} dirty", self.id),
            Some(false) => format!("{} clean", self.id),
            None => self.id.clone(),
        }
    }

    /// What a label tells; none if it is no commit's.
    fn from_label(text: &str) -> Option<Self> {
        let (id, is_dirty) = match text.split_once(' ') {
            Some((id, "dirty")) => (id, Some(true)),
            Some((id, "clean")) => (id, Some(false)),
            Some(_) => return None,
            None => (text, None),
        };
        let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| Self { id: id.to_owned(), is_dirty })
    }
}

/// An instance as it ran, with all that is needed to bring it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The ship's name.
    pub ship: String,
    /// What it was made from, with the reference of its image that people know.
    pub spec: SharedSpec,
    /// The hash that its container bears.
    pub config: String,
    /// The engine's id of its image.
    pub image_id: String,
    /// Its image as a registry knows it for ever: `name@sha256:…`; none if it came from none.
    pub digest: Option<String>,
    /// How long a stop of it may take.
    pub stop_timeout: Duration,
    /// What it requires; none if that was not known.
    pub requires: Option<Vec<Needed>>,
    /// The whole service, if it ran on a Swarm. Its image has no id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Box<ServiceRequest>>,
}

/// What an instance requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Needed {
    /// All instances of the service of that name.
    Service(String),
    /// The instance of that name.
    Instance(String),
}

#[derive(Serialize, Deserialize)]
struct Content {
    version: u32,
    instances: Vec<Recorded>,
    /// Records of releases up to 1.0.0-alpha.1 have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    past_images: Vec<String>,
}

#[derive(Deserialize)]
struct ContentVersion {
    version: u32,
}

/// The labels by which the records of an environment are found.
#[must_use]
pub fn labels_of(environment: &str) -> BTreeMap<String, String> {
    [(LABEL_ENVIRONMENT.to_owned(), environment.to_owned()), (LABEL_GENERATION.to_owned(), String::new())]
        .into()
}

impl Record {
    /// Name of the volume that it is.
    #[must_use]
    pub fn volume(&self) -> String {
        let of = if self.is_older { older_volume_name } else { volume_name };
        format!("{}-{}", of("generation", &self.environment), self.number)
    }

    /// The same as the volume of that name, if that is a name for it.
    #[must_use]
    pub fn named(mut self, volume: &str) -> Option<Self> {
        let is_its_name = |is_older| {
            self.is_older = is_older;
            self.volume() == volume
        };
        [false, true].into_iter().any(is_its_name).then_some(self)
    }

    /// The labels that say it all.
    ///
    /// # Errors
    /// If it is too large.
    pub fn labels(&self) -> Result<BTreeMap<String, String>, EngineFault> {
        let content = Content {
            version: VERSION,
            instances: self.instances.clone().unwrap_or_default(),
            past_images: self.past_images.clone(),
        };
        let json = serde_json::to_string(&content).map_err(|error| error.to_string())?;
        if json.len() > LARGEST {
            let (size, limit) = (json.len() >> 10, LARGEST >> 10);
            return Err(StepFault::RecordTooLarge { size, limit }.into());
        }
        let mut labels = labels_of(&self.environment);
        labels.insert(LABEL_GENERATION.into(), self.number.to_string());
        labels.insert(LABEL_BY.into(), self.author.by.clone());
        labels.insert(LABEL_COMMAND.into(), self.author.command.clone());
        if self.is_found {
            labels.insert(LABEL_FOUND.into(), true.to_string());
        }
        labels.extend(self.author.commit.as_ref().map(|commit| (LABEL_COMMIT.into(), commit.label())));
        labels.insert(LABEL_INSTANCES.into(), json);
        Ok(labels)
    }

    /// What these labels tell; none if they are not a record's.
    #[must_use]
    pub fn from_labels(labels: &BTreeMap<String, String>, created: Option<SystemTime>) -> Option<Self> {
        let text = |label: &str| labels.get(label).cloned().unwrap_or_default();
        let json = labels.get(LABEL_INSTANCES).filter(|json| json.len() <= LARGEST);
        let content = json.and_then(|json| serde_json::from_str::<Content>(json).ok());
        let number = labels.get(LABEL_GENERATION)?.parse().ok()?;
        let commit = labels.get(LABEL_COMMIT).and_then(|label| Commit::from_label(label));
        let (command, is_found) = command(&text(LABEL_COMMAND), labels.contains_key(LABEL_FOUND));
        let content = content.filter(|content| content.version == VERSION);
        // What a later release writes may have another form, but its version stands where it stands now.
        let version = json.filter(|_| content.is_none());
        let version = version.and_then(|json| serde_json::from_str::<ContentVersion>(json).ok());
        let (instances, past_images) = content
            .map(|Content { mut instances, past_images, .. }| {
                // Earlier releases recorded commands that somebody ran meanwhile (`run`).
                instances.retain(|one| !one.spec.labels.contains_key(LABEL_ONE_OFF));
                (instances, past_images)
            })
            .unzip();
        (1..=HIGHEST).contains(&number).then(|| Self {
            number,
            environment: text(LABEL_ENVIRONMENT),
            author: Author { by: text(LABEL_BY), command, commit },
            is_found,
            created,
            instances,
            newer: version.map(|of| of.version).filter(|version| *version > VERSION),
            is_older: false,
            past_images: past_images.unwrap_or_default(),
        })
    }

    /// Whether labels are those of this revision, by this author.
    #[must_use]
    pub fn is_said_by(&self, labels: &BTreeMap<String, String>) -> bool {
        Self::from_labels(labels, None)
            .is_some_and(|other| other.number == self.number && other.author == self.author)
    }

    /// The same with what is known of the images when all is in place.
    ///
    /// # Errors
    /// If a container is not there that it tells of, or is another.
    pub fn completed(
        &self,
        containers: &[Container],
        images: &BTreeMap<String, String>,
    ) -> Result<Self, EngineFault> {
        let by_label = |name: &String, config: &String| {
            let ours = containers.iter().filter(|container| {
                container.belongs_to(&self.environment, name)
                    && container.config_hash().unwrap_or_default() == config
            });
            // Beside it there may be one that it has replaced.
            ours.max_by_key(|container| !is_beside_name(&container.name, name))
        };
        let mut record = self.clone();
        for one in record.instances.iter_mut().flatten() {
            let Some(container) = by_label(&one.spec.name, &one.config) else {
                return Err(StepFault::NotAsPlanned(one.spec.name.clone()).into());
            };
            if let Some(service) = &one.service {
                if service.hash() != container.labels.get(LABEL_SWARM).map(String::as_str) {
                    return Err(StepFault::NotAsPlanned(one.spec.name.clone()).into());
                }
                continue;
            }
            one.image_id.clone_from(&container.image_id);
            one.digest = digest(images, &one.image_id, &one.spec.image).or(one.digest.take());
        }
        Ok(record)
    }

    /// What it tells of an instance.
    #[must_use]
    pub fn instance(&self, name: &str) -> Option<&Recorded> {
        self.instances.iter().flatten().find(|one| one.spec.name == name)
    }
}

/// The command of a label, and whether the record is of what ran before it: release 1.0.0-alpha.1 wrote that in words.
fn command(label: &str, is_found: bool) -> (String, bool) {
    let older = label.strip_prefix("what ran before `").and_then(|rest| rest.strip_suffix('`'));
    (older.unwrap_or(label).to_owned(), is_found || older.is_some())
}

/// The name by which a registry has an image, if it came from one: that of the reference's own repository before others.
fn digest(images: &BTreeMap<String, String>, id: &str, reference: &str) -> Option<String> {
    let of_image =
        || images.iter().filter(|(name, of)| *of == id && name.contains('@')).map(|(name, _)| name);
    let own = of_image().find(|name| name.split('@').next() == Some(repository_of(reference)));
    own.or_else(|| of_image().next()).cloned()
}

impl Recorded {
    /// Whether that container is this instance as it ran.
    #[must_use]
    pub fn is(&self, container: &Container) -> bool {
        let Some(config) = container.config_hash() else { return false };
        if let Some(service) = &self.service {
            let hash = container.labels.get(LABEL_SWARM).map(String::as_str);
            return self.config == config && service.hash() == hash;
        }
        // An image that had to be named by its id, or by its digest, changes the hash.
        let named = |image: &String| {
            ContainerSpec { image: image.clone(), ..ContainerSpec::clone(&self.spec) }.hash() == config
        };
        container.image_id == self.image_id
            && (self.config == config
                || self.spec.hash() == config
                || named(&self.image_id)
                || self.digest.as_ref().is_some_and(named))
    }

    /// What its container is to be made from: the image is named as people know it, where that name still is this image
    /// on the ship; else by its id; else by its digest, so that it can be pulled. None if the image is gone.
    #[must_use]
    pub fn to_make(&self, images: &BTreeMap<String, String>) -> Option<SharedSpec> {
        // Nodes pull what its name stands for.
        if self.service.is_some() {
            return Some(self.spec.clone());
        }
        let is_still = |name: &str| images.get(name) == Some(&self.image_id);
        let reference = &self.spec.image;
        let image = if is_still(&tagged_image(reference)) || is_still(reference) {
            reference
        } else if is_still(&self.image_id) {
            &self.image_id
        } else {
            self.digest.as_ref()?
        };
        let mut spec = self.spec.clone();
        if spec.image != *image {
            spec.image.clone_from(image);
        }
        Some(spec)
    }
}

/// The instance whose own container this is, by its label and name; none for a successor or a predecessor, and for a
/// command that somebody runs with an instance's settings.
#[must_use]
pub fn itself<'a>(container: &'a Container, environment: &str) -> Option<&'a str> {
    let label = |name| container.labels.get(name).map(String::as_str);
    let instance = label(LABEL_INSTANCE).filter(|_| label(LABEL_ENVIRONMENT) == Some(environment))?;
    let is_one_off = label(LABEL_ONE_OFF).is_some();
    (!is_one_off && !is_beside_name(&container.name, instance)).then_some(instance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::container::{ContainerOwner, LABEL_CONFIG, Network},
        observed::ContainerState,
    };

    fn recorded() -> Recorded {
        let owner = ContainerOwner { environment: "shop".into(), service: "web".into() };
        let network =
            Network::Environment { name: "maestro-shop".into(), links: vec![("db-1".into(), "db".into())] };
        let mut spec = ContainerSpec::new("web-1", "reg:5000/web:1", network, owner);
        spec.env.insert("A".into(), Some("1".into()));
        spec.env.insert("BARE".into(), None);
        Recorded {
            ship: "local".into(),
            config: spec.hash(),
            spec: spec.into(),
            image_id: "sha256:1".into(),
            digest: Some("reg:5000/web@sha256:d".into()),
            stop_timeout: Duration::from_millis(2500),
            requires: Some(vec![Needed::Service("db".into())]),
            service: None,
        }
    }

    fn record(instances: Vec<Recorded>) -> Record {
        Record {
            number: 3,
            environment: "shop".into(),
            author: Author { by: "ann@box".into(), command: "maestro apply".into(), commit: None },
            is_found: false,
            created: None,
            instances: Some(instances),
            newer: None,
            is_older: false,
            past_images: Vec::new(),
        }
    }

    fn container(one: &Recorded) -> Container {
        Container {
            id: "c".into(),
            name: one.spec.name.clone(),
            image: one.spec.image.clone(),
            image_id: one.image_id.clone(),
            state: ContainerState::Running,
            status: String::new(),
            labels: one.spec.all_labels(),
            published: Vec::new(),
            networks: Vec::new(),
            on_host_network: false,
            mounts: Vec::new(),
        }
    }

    fn images(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())).collect()
    }

    #[test]
    fn a_record_of_what_was_found_is_read_as_this_and_older_releases_write_it() {
        let found = Record { is_found: true, ..record(vec![recorded()]) };
        let mut labels = found.labels().unwrap();
        assert_eq!(Record::from_labels(&labels, None), Some(found.clone()));
        assert_eq!(labels.remove(LABEL_FOUND).as_deref(), Some("true"));
        assert_eq!(Record::from_labels(&labels, None), Some(Record { is_found: false, ..found.clone() }));
        labels.insert(LABEL_COMMAND.into(), "what ran before `maestro apply`".into());
        assert_eq!(Record::from_labels(&labels, None), Some(found.clone()));
        assert!(found.is_said_by(&labels));
    }

    #[test]
    fn images_of_forgotten_revisions_are_remembered() {
        let record = Record { past_images: vec!["sha256:0".into()], ..record(vec![recorded()]) };
        let mut labels = record.labels().unwrap();
        assert_eq!(Record::from_labels(&labels, None), Some(record));
        // As releases up to 1.0.0-alpha.1 write it.
        labels.insert(LABEL_INSTANCES.into(), r#"{"version":1,"instances":[]}"#.into());
        assert_eq!(Record::from_labels(&labels, None).unwrap().past_images, [""; 0]);
    }

    #[test]
    fn labels_say_it_all() {
        let record = record(vec![recorded()]);
        assert_eq!(record.volume(), "maestro-generation-shop-3");
        let labels = record.labels().unwrap();
        assert_eq!(Record::from_labels(&labels, None), Some(record.clone()));
        assert!(record.is_said_by(&labels));
        for (label, value) in [(LABEL_GENERATION, "4"), (LABEL_BY, "eve@box"), (LABEL_COMMAND, "")] {
            let mut labels = labels.clone();
            labels.insert(label.into(), value.into());
            assert!(!record.is_said_by(&labels), "{label}");
        }
    }

    #[test]
    fn a_commit_is_told_with_whether_the_file_had_changed() {
        let id = "0123456789abcdef0123456789abcdef01234567".to_owned();
        for is_dirty in [None, Some(true), Some(false)] {
            let commit = Some(Commit { id: id.clone(), is_dirty });
            let author = Author { commit, ..record(Vec::new()).author };
            let record = Record { author, ..record(Vec::new()) };
            let mut labels = record.labels().unwrap();
            assert_eq!(Record::from_labels(&labels, None), Some(record.clone()));
            assert!(record.is_said_by(&labels));
            for bad in ["", "abc", &format!("{id} new"), &id.replace('0', "g")] {
                labels.insert(LABEL_COMMIT.into(), bad.into());
                assert_eq!(Record::from_labels(&labels, None).unwrap().author.commit, None, "{bad}");
            }
        }
    }

    #[test]
    fn a_record_of_a_later_release_is_told_by_its_version() {
        let mut labels = record(Vec::new()).labels().unwrap();
        for (content, newer) in
            [(r#"{"version":2,"things":7}"#, Some(2)), (r#"{"version":0,"instances":[]}"#, None)]
        {
            labels.insert(LABEL_INSTANCES.into(), content.into());
            let read = Record::from_labels(&labels, None).unwrap();
            assert_eq!((read.instances, read.newer), (None, newer), "{content}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_to_be_so() {
        let mut labels = record(vec![recorded()]).labels().unwrap();
        for content in ["", "{}", "[1]", r#"{"version":2,"instances":[]}"#] {
            labels.insert(LABEL_INSTANCES.into(), content.into());
            assert_eq!(Record::from_labels(&labels, None).unwrap().instances, None, "{content}");
        }
        for number in ["", "-1", "0", "x", "1000000000001", "18446744073709551615", "99999999999999999999"] {
            labels.insert(LABEL_GENERATION.into(), number.into());
            assert_eq!(Record::from_labels(&labels, None), None);
        }
    }

    #[test]
    fn what_is_too_large_is_not_written() {
        let mut large = recorded();
        large.spec.env.insert("X".into(), Some("x".repeat(LARGEST)));
        let error = record(vec![large]).labels().unwrap_err();
        assert_eq!(error, StepFault::RecordTooLarge { size: 4096, limit: 4096 }.into());
    }

    #[test]
    fn images_are_added_when_all_is_in_place() {
        let mut one = recorded();
        let seen = container(&one);
        one.image_id.clear();
        one.digest = None;
        let known = images(&[
            ("a/web@sha256:d", "sha256:1"),
            ("reg:5000/web@sha256:d", "sha256:1"),
            ("x@sha256:e", "2"),
        ]);
        let full = record(vec![one.clone()]).completed(std::slice::from_ref(&seen), &known).unwrap();
        assert_eq!(full, record(vec![recorded()]));
        let mut other = seen;
        other.labels.insert(LABEL_CONFIG.into(), "another".into());
        for containers in [vec![], vec![other]] {
            assert!(record(vec![one.clone()]).completed(&containers, &known).is_err());
        }
    }

    #[test]
    fn an_image_is_named_as_people_know_it_where_that_is_still_so() {
        let one = recorded();
        let named = |known: &[(&str, &str)]| one.to_make(&images(known)).map(|spec| spec.image.clone());
        assert_eq!(named(&[("reg:5000/web:1", "sha256:1")]).unwrap(), "reg:5000/web:1");
        assert_eq!(named(&[("reg:5000/web:1", "sha256:2"), ("sha256:1", "sha256:1")]).unwrap(), "sha256:1");
        assert_eq!(named(&[("reg:5000/web:1", "sha256:2")]).unwrap(), "reg:5000/web@sha256:d");
        assert_eq!(Recorded { digest: None, ..recorded() }.to_make(&images(&[])), None);
        // However it is named, it is this revision's.
        for image in ["reg:5000/web:1", "sha256:1", "reg:5000/web@sha256:d"] {
            let mut made = recorded();
            made.spec.image = image.into();
            assert!(one.is(&container(&made)), "{image}");
        }
        let mut other = recorded();
        other.spec.env.retain(|_, _| false);
        assert!(!one.is(&container(&other)));
        assert!(!one.is(&Container { image_id: "sha256:2".into(), ..container(&one) }));
    }
}
