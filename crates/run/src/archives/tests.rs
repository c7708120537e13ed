//! Backups and restores on engines in memory.

use std::{fs::File, sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{
    backup::{BackupRequest, BackupTarget, backup},
    carrier,
    format::{BackupHeader, check},
    restore::{RestoreRequest, is_empty, restore},
    still::{StillContainer, Stillness, while_still},
};
use crate::lease::{Owner, here};
use maestro_core::{fault::ArchiveFault, model::volume::VolumeOptions, observed::restore_mark::RestoreMark};
use maestro_engine::{Archives as _, CarrierMount, Containers as _, Engine, Volumes as _};
use maestro_fake::Fake;

const CONTENT: &[u8] = &[b'x'; 5000];

struct Case {
    fake: Fake,
    engine: Arc<dyn Engine>,
    me: Arc<Owner>,
    folder: tempfile::TempDir,
}

impl Case {
    /// An engine that has the volume `data`.
    async fn new() -> Self {
        let fake = Fake::new("one");
        fake.add_image("app");
        fake.create_volume("data", &VolumeOptions::default()).await.unwrap();
        fake.put_file("data", "a/b", CONTENT);
        fake.put_file("data", "c", b"see");
        let me = Arc::new(here("shop", "ann".to_owned(), "maestro volume", Duration::ZERO));
        let engine = Arc::new(fake.clone());
        Self { fake, engine, me, folder: tempfile::tempdir().unwrap() }
    }

    async fn backup(&self, interrupted: watch::Receiver<bool>) -> Result<(), ArchiveFault> {
        let header = BackupHeader {
            environment: "shop".into(),
            ship: "alpha".into(),
            volume: "data".into(),
            created: "now".into(),
        };
        let request = BackupRequest {
            engine: Arc::clone(&self.engine),
            me: Arc::clone(&self.me),
            mount: CarrierMount::Volume("data".into()),
            header,
            target: BackupTarget::File(self.folder.path().join("backup")),
            interrupted,
        };
        backup(request, &|_| {}).await.map(drop)
    }

    /// The names of the files in the folder.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    async fn restore(&self, to: &str) -> Result<(), ArchiveFault> {
        let path = self.folder.path().join("backup");
        let mut file = File::open(&path).unwrap();
        let checked = check(&mut file, path.metadata().unwrap().len(), "backup")?;
        let request = RestoreRequest {
            engine: Arc::clone(&self.engine),
            me: Arc::clone(&self.me),
            mount: CarrierMount::Volume(to.into()),
            is_replaced: true,
            options: VolumeOptions::default(),
            file,
            path: "backup".into(),
            checked,
            interrupted: watch::channel(false).1,
        };
        restore(request, &|_| {}).await
    }

    fn is_marked(&self, volume: &str) -> bool {
        let mark = RestoreMark { environment: "shop".into(), volume: volume.into() };
        self.fake.volume_names().contains(&mark.record())
    }

    async fn assert_no_carrier(&self) {
        assert_eq!(self.fake.containers().await.unwrap(), []);
    }
}

#[tokio::test]
async fn what_was_backed_up_is_restored() {
    let case = Case::new().await;
    case.backup(watch::channel(false).1).await.unwrap();
    assert_eq!(case.files(), ["backup"]);
    case.restore("other").await.unwrap();
    assert_eq!(case.fake.file_of("other", "a/b").as_deref(), Some(CONTENT));
    assert_eq!(case.fake.file_of("other", "c").as_deref(), Some(&b"see"[..]));
    assert!(!case.is_marked("other"));
    let mount = |volume: &str| CarrierMount::Volume(volume.into());
    assert!(!is_empty(&case.engine, &case.me, &mount("other")).await.unwrap());
    case.fake.create_volume("new", &VolumeOptions::default()).await.unwrap();
    assert!(is_empty(&case.engine, &case.me, &mount("new")).await.unwrap());
    case.assert_no_carrier().await;
}

#[tokio::test]
async fn a_line_that_is_cut_leaves_no_file() {
    let case = Case::new().await;
    case.fake.break_archive_after(3000);
    let failed = case.backup(watch::channel(false).1).await.unwrap_err();
    assert!(matches!(failed, ArchiveFault::Engine(_)), "{failed:?}");
    assert_eq!(case.files(), Vec::<String>::new());
    let (interrupt, interrupted) = watch::channel(false);
    interrupt.send_replace(true);
    assert_eq!(case.backup(interrupted).await, Err(ArchiveFault::Interrupted));
    assert_eq!(case.files(), Vec::<String>::new());
    case.assert_no_carrier().await;
}

#[tokio::test]
async fn a_restore_that_fails_is_not_taken_for_complete() {
    let case = Case::new().await;
    case.backup(watch::channel(false).1).await.unwrap();
    case.fake.break_archive_after(3000);
    assert!(matches!(case.restore("other").await, Err(ArchiveFault::Engine(_))));
    assert!(case.is_marked("other"));
    case.restore("other").await.unwrap();
    assert!(!case.is_marked("other"));
    case.fake.limit_room(6000);
    assert!(matches!(case.restore("third").await, Err(ArchiveFault::Engine(_))));
    assert!(case.is_marked("third"));
    case.assert_no_carrier().await;
}

#[tokio::test]
async fn a_backup_that_was_changed_is_not_written() {
    let case = Case::new().await;
    case.backup(watch::channel(false).1).await.unwrap();
    let path = case.folder.path().join("backup");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let before = case.fake.volume_names();
    assert_eq!(case.restore("other").await, Err(ArchiveFault::Changed));
    assert_eq!(case.fake.volume_names(), before);
}

#[tokio::test]
async fn a_ship_without_an_image_says_so() {
    let case = Case::new().await;
    case.fake.lose_image("app");
    assert_eq!(case.backup(watch::channel(false).1).await, Err(ArchiveFault::NoImage));
}

#[tokio::test]
async fn what_stands_still_goes_on_whatever_happens() {
    let case = Case::new().await;
    let still = |id: &str| StillContainer { id: id.into(), name: id.into(), stop_timeout: Duration::ZERO };
    let containers = [still("gone-1"), still("gone-2")];
    let (done, not_resumed) = while_still(&case.engine, &containers, Stillness::Stopped, async { 1 }).await;
    assert!(done.is_err());
    assert_eq!(not_resumed.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["gone-1"]);
}

#[tokio::test]
async fn a_carrier_of_a_killed_run_is_removed_by_the_next() {
    let case = Case::new().await;
    let mut killed = here("shop", "ann".to_owned(), "maestro volume", Duration::ZERO);
    killed.holder.process = Some(u32::MAX >> 1);
    let mount = CarrierMount::Volume("data".into());
    for owner in [&killed, &case.me] {
        drop(carrier::Created::new(&case.engine, owner, mount.clone()).await.unwrap_or_else(|_| panic!()));
    }
    let containers = case.fake.containers().await.unwrap();
    assert!(containers.len() == 2 && containers.iter().all(carrier::is_carrier));
    carrier::remove_left(&*case.engine, &case.me, containers.iter()).await;
    let left = case.fake.containers().await.unwrap();
    assert_eq!(left.len(), 1);
    case.fake.remove_carrier(&left[0].id).await.unwrap();
}
