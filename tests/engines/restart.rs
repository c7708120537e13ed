//! `restart --only-if-changed`: what runs the image that its ship has stays.

use crate::{
    failures::file,
    support::{IMAGE, site::Site},
};

const SERVICES: &str = "  db:
    image: busybox
    sh: runs
    instances: {db-unique: {}}
  web:
    image: changing-unique:1
    sh: runs
    requires: db
    instances: {web-unique: {}}
";

#[test]
#[ignore = "needs an engine"]
fn only_what_has_another_image_is_made_anew() {
    let site = Site::new(&file("", SERVICES));
    site.docker(&format!("tag {IMAGE} changing-unique:1"));
    site.succeed("start");
    let ids = || site.docker("inspect -f {{.Id}} db-unique web-unique");
    let first = ids();
    let same = site.transcript("restart --only-if-changed");
    assert_eq!(ids(), first);
    // Another image gets the name, as a pull gives it.
    site.docker("commit -c 'LABEL another=1' db-unique changing-unique:1");
    let changed = site.transcript("restart --only-if-changed -i");
    let (before, after) = (first.lines().collect::<Vec<_>>(), ids());
    assert_eq!(after.lines().next(), Some(before[0]));
    assert_ne!(after.lines().nth(1), Some(before[1]));
    // The images cannot be fetched, which is told first; what is planned then is planned from what is there.
    let fetched = site.output("--output json restart --only-if-changed -r web");
    assert_eq!(fetched.code, Some(1), "{}", fetched.text);
    let parts = ["\"command\":\"pull\"", "\"step-failed\"", "\"command\":\"restart\"", "\"unchanged\""];
    let places: Vec<Option<usize>> = parts.iter().map(|part| fetched.text.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {}", fetched.text);
    insta::assert_snapshot!(format!("{same}\n{changed}"));
    site.succeed("kill");
    site.succeed("clean");
    site.docker("image rm changing-unique:1");
}
