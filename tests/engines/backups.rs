//! `volume`: what volumes there are, and their backups.

use std::thread;

use crate::support::{IMAGE, cable::Cable, site::Site};

/// An instance that uses a named volume and an anonymous one, and one whose volume is small.
fn file() -> String {
    format!(
        "__maestro: {{schema: 3}}\nname: env-unique\nvolumes:\n  data-unique: {{}}\n  \
         small-unique: {{driver_opts: {{type: tmpfs, device: tmpfs, o: size=1m}}}}\nservices:\n  app:\n    image: {IMAGE}\n    \
         command: [/bin/busybox, sh, -c, \"trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.2; done\"]\n    \
         volumes: ['data-unique:/data', /cache]\n    instances: {{app-unique: {{}}}}\n  small:\n    image: {IMAGE}\n    volumes: ['small-unique:/data']\n    \
         instances: {{small-unique: {{}}}}\n"
    )
}

/// What a volume has, with owners, modes, links and contents.
fn listed(site: &Site) -> String {
    let script = "cd /data && find . | sort | while read f; do stat -c '%N %a %u:%g %h %F' \\\"$f\\\"; done; md5sum d/big a";
    site.docker(&format!("exec app-unique /bin/busybox sh -c \"{script}\""))
}

fn fill(site: &Site) {
    let script = "cd /data && chmod 1770 . && mkdir d && echo one > a && chown 12:34 a && chmod 4640 a && ln -s /nowhere d/link \
                  && ln a d/hard && head -c 3000000 /dev/urandom > d/big && chown 56 d";
    site.docker(&format!("exec app-unique /bin/busybox sh -c \"{script}\""));
}

#[test]
#[ignore = "needs an engine"]
fn a_volume_is_backed_up_and_restored_as_it_was() {
    let site = Site::new(&file());
    site.succeed("start app");
    fill(&site);
    let before = listed(&site);
    let volume = site.real("data-unique");

    let told = site.succeed("--output json volume ls --size");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let kinds: Vec<_> = told["volumes"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert!(kinds.contains(&"declared".into()) && kinds.contains(&"anonymous".into()), "{told}");

    let note = site.run("volume backup data-unique -o running.zst");
    assert!(note.code == Some(0) && note.text.contains("`--stop` or `--pause`"), "{}", note.text);
    for how in ["stop", "pause"] {
        let said = site.succeed(&format!("volume backup --{how} app-unique:/data -o {how}.zst"));
        assert!(said.contains("6 files"), "{said}");
        assert_eq!(site.docker("inspect -f {{.State.Status}} app-unique"), "running");
    }
    assert_eq!(site.docker("ps -aq --filter name=carrier-env-unique"), "");

    let refused = site.run("volume restore data-unique stop.zst");
    assert!(refused.code == Some(6) && refused.text.contains("is in use"), "{}", refused.text);
    site.succeed("stop");
    let refused = site.run("volume restore data-unique stop.zst");
    assert!(
        refused.code == Some(6) && site.told(&refused.text).contains("clean app-unique"),
        "{}",
        refused.text
    );
    site.succeed("clean");
    let refused = site.run("volume restore data-unique stop.zst");
    assert!(refused.code == Some(6) && refused.text.contains("--yes"), "{}", refused.text);
    for (name, how) in [("stop.zst", "--yes"), ("pause.zst", "-y")] {
        site.succeed(&format!("volume restore {how} data-unique {name}"));
        site.succeed("start app");
        assert_eq!(listed(&site), before);
        site.succeed("stop");
        site.succeed("clean");
    }
    let refused = site.run("volume rm data-unique");
    assert!(refused.code == Some(6) && refused.text.contains("--yes"), "{}", refused.text);
    site.succeed("volume rm --yes data-unique");
    assert!(!site.docker("volume ls -q").contains(&volume));
    site.succeed("volume restore data-unique running.zst");
    let unused = site.succeed("volume ls");
    assert!(unused.lines().any(|line| line.contains(&volume) && line.contains("unused")), "{unused}");
}

/// A signal in the middle of a backup.
#[test]
#[ignore = "needs an engine"]
fn what_was_stopped_for_a_backup_runs_again_when_it_is_interrupted() {
    let site = Site::new(&file());
    site.succeed("start app");
    site.docker("exec app-unique /bin/busybox sh -c \"head -c 30000000 /dev/urandom > /data/big\"");
    for (how, code) in [("--stop", 130), ("--pause", 143)] {
        // A reader that takes nothing holds the backup up.
        let mut command = site.command(&format!("volume backup {how} data-unique -o -"));
        let (reader, writer) = std::io::pipe().unwrap();
        let mut child = command.stdout(writer).stderr(std::process::Stdio::null()).spawn().unwrap();
        drop(command);
        crate::support::site::until("the container stands still", || {
            let state = site.docker("inspect -f {{.State.Status}} app-unique");
            (state != "running").then_some(())
        });
        let signal = if code == 130 { "INT" } else { "TERM" };
        let sent = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        // It may have to write what it has before it sees the signal.
        let rest = thread::spawn(move || std::io::copy(&mut { reader }, &mut std::io::sink()));
        assert_eq!(child.wait().unwrap().code(), Some(code), "{how}");
        rest.join().unwrap().unwrap();
        assert_eq!(site.docker("inspect -f {{.State.Status}} app-unique"), "running", "{how}");
        assert_eq!(site.docker("ps -aq --filter name=carrier-env-unique"), "", "{how}");
    }
}

/// Truncated, changed and cut backups.
#[test]
#[ignore = "needs an engine"]
fn a_backup_that_is_not_whole_is_not_taken_for_one() {
    let mut site = Site::new(&file());
    site.succeed("start app");
    fill(&site);
    site.succeed("volume backup data-unique -o whole.zst");
    let bytes = std::fs::read(site.path().join("whole.zst")).unwrap();
    let cut = &bytes[..bytes.len() / 2];
    let changed = [cut, &[bytes[bytes.len() / 2] ^ 1], &bytes[bytes.len() / 2 + 1..]].concat();
    for (name, bytes, words) in
        [("cut", cut, "not complete"), ("changed", &changed, "checksum"), ("other", b"other", "not a backup")]
    {
        std::fs::write(site.path().join(name), bytes).unwrap();
        let said = site.run(&format!("volume restore --yes data-unique {name}"));
        assert!(said.code == Some(2) && said.text.contains(words), "{name}: {}", said.text);
    }

    // There is no room for it.
    let said = site.run("volume restore small-unique whole.zst");
    assert!(said.code == Some(1) && said.text.contains("no space left"), "{:?} {}", said.code, said.text);
    assert!(said.text.contains("the volume is incomplete"), "{}", said.text);

    // The line is cut while the volume is read.
    let direct = site.host.clone();
    let cable = Cable::breaking(site.path(), &site.socket(), 1_000_000);
    site.set("DOCKER_HOST", &cable.host());
    let said = site.run("volume backup data-unique -o broken.zst");
    assert!(
        said.code == Some(4) && said.text.contains("no file is left of it"),
        "{:?} {}",
        said.code,
        said.text
    );
    let left: Vec<_> =
        std::fs::read_dir(site.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("broken")), "{left:?}");

    // And while it is written.
    site.set("DOCKER_HOST", &direct);
    site.succeed("stop");
    site.succeed("clean");
    site.succeed("volume rm -y data-unique");
    site.set("DOCKER_HOST", &cable.host());
    let said = site.run("volume restore data-unique whole.zst");
    assert!(said.code == Some(4) && said.text.contains("incomplete"), "{:?} {}", said.code, said.text);
    site.set("DOCKER_HOST", &direct);
    for command in ["volume ls", "start app"] {
        let said = site.succeed(command);
        assert!(said.contains("incomplete"), "{command}: {said}");
    }
    site.succeed("stop");
    site.succeed("clean");
    site.succeed("volume restore -y data-unique whole.zst");
    let volumes = site.succeed("volume ls");
    let is_incomplete = |name: &str| {
        let name = site.real(name);
        volumes.lines().any(|line| line.contains(&name) && line.contains("incomplete"))
    };
    assert!(!is_incomplete("data-unique") && is_incomplete("_small-unique"), "{volumes}");
}
