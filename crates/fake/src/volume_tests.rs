//! What is told of volumes that are there already.

use std::collections::BTreeMap;

use super::Fake;
use maestro_engine::volumes::{Volumes as _, make_or_tell};

fn labelled(by: &str) -> BTreeMap<String, String> {
    [("by".to_owned(), by.to_owned())].into()
}

#[tokio::test]
async fn the_maker_is_known_after_a_restart_of_the_engine() {
    let fake = Fake::new("one");
    make_or_tell(&fake, "v", &labelled("ann")).await.unwrap();
    fake.reboot();
    assert!(fake.create_volume("v", &labelled("eve")).await.unwrap().labels.is_empty());
    for by in ["ann", "eve"] {
        assert_eq!(make_or_tell(&fake, "v", &labelled(by)).await.unwrap().labels, labelled("ann"));
    }
}

#[tokio::test]
async fn a_volume_without_labels_is_told_without() {
    let fake = Fake::new("one");
    fake.create_volume("v", &BTreeMap::new()).await.unwrap();
    assert!(make_or_tell(&fake, "v", &labelled("ann")).await.unwrap().labels.is_empty());
}
