//! Volumes that are copied from one engine in memory to another.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::watch;

use super::{
    CopyAmount, carrier,
    transfer::{TransferRequest, transfer},
};
use crate::lease::{Owner, here};
use maestro_core::{
    fault::{ArchiveFault, VolumeCopyFault},
    model::volume::VolumeOptions,
    observed::{copy_mark::CopyMark, restore_mark::RestoreMark},
};
use maestro_engine::{Containers as _, Engine, Volumes as _};
use maestro_fake::Fake;

const CONTENT: &[u8] = &[b'x'; 5000];

struct Case {
    from: Fake,
    to: Fake,
    me: Arc<Owner>,
    interrupted: watch::Receiver<bool>,
}

impl Case {
    /// Two engines, the first of which has the volume `data`.
    async fn new() -> Self {
        let [from, to] = ["one", "two"].map(Fake::new);
        from.add_image("app");
        to.add_image("app");
        from.create_volume("data", &VolumeOptions::default()).await.unwrap();
        from.put_file("data", "a/b", CONTENT);
        from.put_file("data", "c", b"see");
        let me = Arc::new(here("shop", "ann".to_owned(), "maestro volume", Duration::ZERO));
        Self { from, to, me, interrupted: watch::channel(false).1 }
    }

    fn mark() -> CopyMark {
        let mark = RestoreMark { environment: "shop".into(), volume: "data".into() };
        CopyMark { mark, from: "alpha".into() }
    }

    async fn copy(&self) -> Result<Vec<(u64, bool)>, VolumeCopyFault> {
        let engine = |fake: &Fake| Arc::new(fake.clone()) as Arc<dyn Engine>;
        let request = TransferRequest {
            from: engine(&self.from),
            to: engine(&self.to),
            me: Arc::clone(&self.me),
            mark: Self::mark(),
            options: VolumeOptions::default(),
            interrupted: self.interrupted.clone(),
        };
        let told = Mutex::new(Vec::new());
        let tell = |CopyAmount { bytes, .. }, is_verifying| told.lock().unwrap().push((bytes, is_verifying));
        transfer(&request, &tell).await?;
        Ok(told.into_inner().unwrap())
    }

    fn is_marked(&self) -> bool {
        self.to.volume_names().contains(&Self::mark().mark.record())
    }

    fn has_copy(&self) -> bool {
        let [b, c] = ["a/b", "c"].map(|path| self.to.file_of("data", path));
        b.as_deref() == Some(CONTENT) && c.as_deref() == Some(&b"see"[..])
    }

    async fn no_carriers(&self) {
        for engine in [&self.from, &self.to] {
            assert_eq!(engine.containers().await.unwrap(), []);
        }
    }
}

#[tokio::test]
async fn a_copy_is_verified_and_not_taken_yet() {
    let case = Case::new().await;
    let told = case.copy().await.unwrap();
    assert!(case.has_copy() && case.is_marked());
    let last = |verifying| told.iter().rfind(|one| one.1 == verifying).unwrap().0;
    assert_eq!([last(false), last(true)], [5003, 5003]);
    // One that is not taken is made anew.
    case.from.put_file("data", "c", b"sea");
    case.copy().await.unwrap();
    assert_eq!(case.to.file_of("data", "c").as_deref(), Some(&b"sea"[..]));
    case.no_carriers().await;
}

#[tokio::test]
async fn a_volume_that_is_no_copy_is_left_alone() {
    let case = Case::new().await;
    case.to.create_volume("data", &VolumeOptions::default()).await.unwrap();
    case.to.put_file("data", "own", b"x");
    assert_eq!(case.copy().await, Err(VolumeCopyFault::Exists));
    assert!(case.to.file_of("data", "own").is_some() && !case.is_marked());
}

#[tokio::test]
async fn what_breaks_off_is_no_copy_and_is_made_again() {
    for bytes in [0, 600, 3000, 6000] {
        let case = Case::new().await;
        case.from.break_archive_after(bytes);
        let failed = case.copy().await.unwrap_err();
        assert!(matches!(failed, VolumeCopyFault::Read(ArchiveFault::Engine(_))), "{failed:?}");
        assert!(case.is_marked());
        case.copy().await.unwrap();
        assert!(case.has_copy());
        case.no_carriers().await;
    }
    let case = Case::new().await;
    case.to.break_archive_after(3000);
    assert!(matches!(case.copy().await, Err(VolumeCopyFault::Write(ArchiveFault::Engine(_)))));
    assert!(case.is_marked());
    case.to.limit_room(4000);
    assert!(matches!(case.copy().await, Err(VolumeCopyFault::Write(ArchiveFault::Engine(_)))));
    assert!(case.is_marked());
    case.no_carriers().await;
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_a_copy_and_leaves_no_carriers() {
    let mut case = Case::new().await;
    let (interrupt, interrupted) = watch::channel(false);
    case.interrupted = interrupted;
    case.from.slow("read_archive", Duration::from_secs(60));
    let (copied, ()) = tokio::join!(case.copy(), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        interrupt.send(true).unwrap();
    });
    assert_eq!(copied, Err(VolumeCopyFault::Read(ArchiveFault::Interrupted)));
    assert!(case.is_marked() && !case.has_copy());
    case.no_carriers().await;
}

#[tokio::test]
async fn a_copy_that_is_not_what_was_read_is_refused() {
    let case = Case::new().await;
    case.to.damage_writes();
    let failed = case.copy().await.unwrap_err();
    assert!(matches!(failed, VolumeCopyFault::Differs { read: (_, 5003), copied: (_, 5003) }), "{failed:?}");
    assert!(case.is_marked());
    case.no_carriers().await;
}

#[tokio::test]
async fn carriers_of_a_killed_run_do_not_stand_in_the_way() {
    let case = Case::new().await;
    case.copy().await.unwrap();
    let mut killed = here("shop", "ann".to_owned(), "maestro volume", Duration::ZERO);
    killed.holder.process = Some(u32::MAX >> 1);
    let mount = maestro_engine::CarrierMount::Volume("data".into());
    let engine = Arc::new(case.to.clone()) as Arc<dyn Engine>;
    drop(carrier::Created::new(&engine, &killed, mount).await.unwrap_or_else(|_| panic!()));
    case.copy().await.unwrap();
    assert!(case.has_copy());
    case.no_carriers().await;
}
