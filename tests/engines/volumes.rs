//! Anonymous volumes on a real engine: what a container wrote is there for its successor.

use crate::{
    failures::file,
    support::{IMAGE, normal, site::Site},
};

const SERVICES: &str = "  db:
    image: volume-unique:1
    sh: runs
    container_volumes: /cache
    env: {TUNE: 1}
    instances: {db-unique: {}}
  backup:
    image: busybox
    sh: runs
    volumes_from: db-unique
    requires: db
    instances: {backup-unique: {}}
";

/// What `docker exec` finds in both folders.
fn kept(site: &Site, container: &str) -> String {
    site.docker(&format!("exec {container} /bin/busybox cat /var/lib/db/table /cache/page"))
}

fn volumes(site: &Site) -> String {
    let told = site.docker("inspect -f {{range.Mounts}}{{.Destination}}={{.Name}},{{end}} db-unique");
    // Engines tell them in any order.
    let mut mounts: Vec<&str> = told.trim().split(',').filter(|mount| !mount.is_empty()).collect();
    mounts.sort_unstable();
    mounts.join(",")
}

#[test]
#[ignore = "needs an engine"]
fn what_was_written_to_anonymous_volumes_is_there_for_the_successor() {
    let mut site = Site::new(&file("", SERVICES));
    let folder = site.path().join("image");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("Dockerfile"), format!("FROM {IMAGE}\nVOLUME /var/lib/db\n")).unwrap();
    let image = site.real("volume-unique:1");
    site.docker(&format!("build -q -t {image} {}", folder.display()));
    site.succeed("apply");
    for path in ["/var/lib/db/table", "/cache/page"] {
        let write = ["exec", "db-unique", "/bin/busybox", "cp", "/etc/hostname", path].join(" ");
        site.docker(&write);
    }
    let written = kept(&site, "db-unique");
    let before = volumes(&site);
    let is_kept = |site: &Site, what: &str| {
        assert_eq!(kept(site, "db-unique"), written, "{what}");
        assert_eq!(kept(site, "backup-unique"), written, "{what}");
        assert_eq!(volumes(site), before, "{what}");
    };
    site.succeed("stop");
    site.succeed("start");
    is_kept(&site, "stop and start");
    site.succeed("restart");
    is_kept(&site, "restart");
    let text = SERVICES.replace("TUNE: 1", "TUNE: 2");
    site.write(&file("", &text));
    let plan = site.succeed("plan");
    assert!(plan.contains("kept for the new container"), "{plan}");
    site.succeed("apply");
    is_kept(&site, "apply");
    // What was taken over is no difference.
    let again = site.succeed("plan --detailed-exitcode");
    assert!(again.contains("nothing to do"), "{again}");
    site.succeed("rollback");
    is_kept(&site, "rollback");
    // Two containers do not write to one volume.
    let (db, _) = text.split_once("  backup:").unwrap();
    let first =
        db.replace("    env:", "    update: {order: start-first}\n    env:").replace("TUNE: 2", "TUNE: 3");
    site.write(&file("", &first));
    let refused = site.run("apply db");
    assert_eq!(refused.code, Some(6), "{}", refused.text);
    assert!(normal::unwrapped(&refused.text).contains("(/cache, /var/lib/db)"), "{}", refused.text);
    is_kept(&site, "refused");
    site.succeed("apply --prune --renew-anonymous-volumes");
    assert_ne!(volumes(&site), before);
    what_is_left_behind_is_cleaned(&site, &before);
    site.docker(&format!("image rm {image}"));
}

/// `clean --volumes` removes the volumes of `before`, which no container has any more, and none that is used.
fn what_is_left_behind_is_cleaned(site: &Site, before: &str) {
    // What is left behind is found when that is asked for, and what is used stays.
    let after = volumes(site);
    let names = |mounts: &str| -> Vec<String> {
        mounts.split(',').filter_map(|mount| Some(mount.split_once('=')?.1.trim().to_owned())).collect()
    };
    let is_there = |volume: &str| site.docker("volume ls -q").lines().any(|line| line == volume);
    let shown = site.succeed("clean --volumes --dry-run");
    assert!(shown.contains("2 volumes to remove"), "{shown}");
    // Each with the instance and the path that it was of.
    assert!(shown.contains(" (compensation-unique, /") || shown.contains(", /"), "{shown}");
    site.succeed("clean");
    assert!(names(before).iter().chain(&names(&after)).all(|volume| is_there(volume)));
    site.succeed("clean --volumes --yes");
    assert!(!names(before).iter().any(|volume| is_there(volume)));
    assert!(names(&after).iter().all(|volume| is_there(volume)));
    assert_eq!(volumes(site), after);
    site.succeed("kill");
    // A container that somebody makes by hand afterwards keeps its volume.
    let [kept, gone] = &names(&after)[..] else { panic!("two volumes: {after}") };
    let cleaned = site.succeed("clean");
    assert!(cleaned.contains("stay behind"), "{cleaned}");
    site.docker(&format!("create --name compensation-unique -v {kept}:/kept {IMAGE} /bin/busybox true"));
    site.succeed("clean --volumes --yes");
    assert!(is_there(kept) && !is_there(gone));
    site.docker("rm compensation-unique");
    site.succeed("clean --volumes --yes");
    assert!(!is_there(kept));
    let left = site.real("label=maestro.environment=env-unique");
    assert_eq!(site.docker(&format!("volume ls -q --filter {left}")), "");
}
