//! What goes wrong while an image is carried from one engine to another: what is told, that nothing is started from half
//! an image, and that the next `apply` brings it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    faults::RUNS,
    support::{
        cable::Cable,
        lab::{IMAGE, Lab},
        normal,
        site::Said,
    },
};

/// The image that is carried.
const APP: &str = "env-unique-carried:1";

/// A file in which an instance on the second ship gets its image from the first. The ships are reached through their
/// sockets, or through what is in front of one.
fn file(lab: &Lab, in_front: Option<(usize, &Cable)>) -> String {
    let host = |ship: usize| match in_front {
        Some((of, cable)) if of == ship => cable.host(),
        _ => format!("unix://{}", socket(lab, ship).display()),
    };
    let ships = [1, 2].map(|ship| format!("ship{ship}: {{host: '{}', ip: IP-OF-SHIP{ship}}}", host(ship)));
    format!(
        "name: env-unique\nships:\n  {}\nservices:\n  app-unique:\n    image: {APP}\n    image_source: carry\n    \
         command: {RUNS}\n    instances: {{app-unique: {{ship: ship2}}}}\n",
        ships.join("\n  ")
    )
}

/// The socket of a ship's engine on this machine.
fn socket(lab: &Lab, ship: usize) -> PathBuf {
    Path::new(&lab.variables["MAESTRO_LAB_FOLDER"]).join(format!("ship{ship}/engine.sock"))
}

fn write(lab: &mut Lab, in_front: Option<(usize, &Cable)>) {
    let text = file(lab, in_front);
    lab.write(&text);
}

/// A lab with that file, whose first ship has an image of some megabytes that no other has.
fn lab() -> Lab {
    let mut lab = Lab::with("name: env-unique\nSHIPS\n");
    write(&mut lab, None);
    make_image(&lab, IMAGE, 4_000_000);
    lab
}

/// Makes the image on the first ship, with so many bytes that differ from all others. The builder keeps what it has built:
/// the name is the test's own.
fn make_image(lab: &Lab, base: &str, bytes: u32) {
    let context = lab.path().join("context");
    fs::create_dir_all(&context).unwrap();
    let fill = format!("/bin/busybox head -c {bytes} /dev/urandom > /env-unique-{bytes}");
    let text = format!("FROM {base}\nRUN [\"/bin/busybox\", \"sh\", \"-c\", \"{fill}\"]\n");
    fs::write(context.join("Dockerfile"), lab.real(&text)).unwrap();
    lab.docker_on(1, &["build", "-q", "-t", APP, &context.display().to_string()], "");
}

/// The layers of an image on a ship; none if it is not there.
fn layers(lab: &Lab, ship: usize, image: &str) -> Option<String> {
    let mut command = lab.docker_command(ship, &["image", "inspect", "-f", "{{json .RootFS.Layers}}", image]);
    let output = command.output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// `apply` fails with these words and leaves nothing behind.
#[track_caller]
fn fails(lab: &Lab, code: i32, words: &[&str]) {
    failed(lab, &lab.run("apply"), code, words);
}

#[track_caller]
fn failed(lab: &Lab, said: &Said, code: i32, words: &[&str]) {
    let text = lab.told(&normal::unwrapped(&said.text));
    assert_eq!(said.code, Some(code), "{text}");
    for words in words {
        assert!(text.contains(&lab.real(words)), "{words} in {text}");
    }
    assert_eq!(layers(lab, 2, APP), None, "{text}");
    let all = lab.docker_on(2, &["ps", "-a", "--format", "{{.Names}}"], "");
    assert!(!all.contains(&lab.real("app-unique")), "{all}");
}

/// `apply` carries the image, and its container runs from it.
#[track_caller]
fn works(lab: &Lab) -> String {
    let text = lab.succeed("apply");
    let image = lab.docker_on(2, &["inspect", "-f", "{{.Image}}", "app-unique"], "");
    assert_eq!(layers(lab, 2, &image), layers(lab, 1, APP), "{text}");
    assert!(lab.succeed("plan").contains("nothing to do"));
    text
}

/// Removes all that is left.
fn clean(lab: &Lab) {
    lab.succeed("kill");
    lab.succeed("clean");
    for ship in [1, 2] {
        lab.docker_on(ship, &["image", "rm", "-f", APP], "");
    }
}

#[test]
#[ignore = "needs a lab"]
fn a_ship_without_room_says_so_and_gets_the_image_once_it_has_room() {
    let lab = lab();
    lab.command("exec ship2 mount -t tmpfs -o size=1m tmpfs /host/docker/tmp");
    let said = lab.run("apply");
    lab.command("exec ship2 umount /host/docker/tmp");
    let words =
        ["the disk of ship ship2 has no room for image", "no space left on device", "docker image prune"];
    failed(&lab, &said, 1, &words);
    works(&lab);
    lab.succeed("kill");
    lab.succeed("clean");
    // Now the image is there, and no file can be made where the engine keeps its containers.
    lab.command("exec ship2 mount -t tmpfs -o nr_inodes=1 tmpfs /host/docker/containers");
    let said = lab.run("apply");
    lab.command("exec ship2 umount /host/docker/containers");
    let text = normal::unwrapped(&said.text);
    assert_eq!(said.code, Some(1), "{text}");
    for words in ["the disk of ship ship2 is full", "no container was created", "docker system df"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    works(&lab);
    clean(&lab);
}

#[test]
#[ignore = "needs a lab"]
fn a_line_that_is_cut_in_the_middle_leaves_nothing_on_the_ship() {
    let mut lab = lab();
    for (ship, words) in [(2, "ship ship2 did not load image"), (1, "could not be read on ship1")] {
        let folder = tempfile::tempdir().unwrap();
        let cable = Cable::breaking(folder.path(), &socket(&lab, ship), 1_000_000);
        write(&mut lab, Some((ship, &cable)));
        fails(&lab, 4, &[words, "then run `maestro apply"]);
    }
    write(&mut lab, None);
    works(&lab);
    clean(&lab);
}

#[test]
#[ignore = "needs a lab"]
fn an_image_that_is_removed_on_its_way_is_told_and_a_layer_that_is_removed_is_sent() {
    let mut lab = lab();
    let remove = |ship: usize| {
        let mut remove = lab.docker_command(ship, &["image", "rm", "-f", APP]);
        move || assert!(remove.output().unwrap().status.success())
    };
    let folders = [(), ()].map(|()| tempfile::tempdir().unwrap());
    let source = Cable::before(folders[0].path(), &socket(&lab, 1), "/get HTTP", remove(1));
    let target = Cable::before(folders[1].path(), &socket(&lab, 2), "/images/load?", remove(2));
    write(&mut lab, Some((1, &source)));
    fails(&lab, 1, &["ship1 does not have image", "build or load the image again"]);

    make_image(&lab, IMAGE, 2_000_000);
    write(&mut lab, None);
    works(&lab);
    lab.succeed("kill");
    lab.succeed("clean");
    make_image(&lab, APP, 1_000);
    write(&mut lab, Some((2, &target)));
    // The ship had all but the last layer when it was asked.
    let planned = lab.succeed("plan");
    assert!(normal::unwrapped(&planned).contains("less than 10 KiB of "), "{planned}");
    let text = works(&lab);
    assert!(text.contains(" MiB sent ("), "{text}");
    write(&mut lab, None);
    clean(&lab);
}

#[test]
#[ignore = "needs a lab"]
fn two_runs_that_carry_the_same_image_do_not_disturb_each_other() {
    let mut lab = lab();
    let other = lab.real(&file(&lab, None));
    let other =
        other.replace(&format!("name: {}", lab.environment), &format!("name: {}-other", lab.environment));
    let other = other.replace(&lab.real("app-unique"), &lab.real("other-unique"));
    fs::write(lab.path().join("other.yaml"), other).unwrap();
    // The second run begins and ends while the first one has begun to send.
    let mut second = lab.maestro("-f other.yaml apply");
    let act = move || assert!(second.output().unwrap().status.success());
    let folder = tempfile::tempdir().unwrap();
    let target = Cable::before(folder.path(), &socket(&lab, 2), "/images/load?", act);
    write(&mut lab, Some((2, &target)));
    let text = works(&lab);
    assert!(text.contains(" MiB sent ("), "{text}");
    assert_eq!(lab.docker_on(2, &["inspect", "-f", "{{.State.Running}}", "other-unique"], ""), "true");
    write(&mut lab, None);
    lab.succeed("-f other.yaml down");
    clean(&lab);
}

#[test]
#[ignore = "needs a lab"]
fn an_image_for_another_processor_is_told_before_anything_is_sent() {
    let lab = lab();
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(3);
    archive.append_data(&mut header, "app", "app".as_bytes()).unwrap();
    let archive = String::from_utf8(archive.into_inner().unwrap()).unwrap();
    lab.docker_on(1, &["import", "--platform", "linux/arm64", "-", APP], &archive);
    let said = lab.run("apply");
    let text = normal::unwrapped(&said.text);
    assert!(text.contains("linux/arm64") && text.contains("linux/amd64"), "{text}");
    assert_eq!((said.code, layers(&lab, 2, APP)), (Some(6), None), "{text}");
    make_image(&lab, IMAGE, 1_000);
    works(&lab);
    clean(&lab);
}

/// What was built for other ships, and is not carried yet, is on the ship that built it.
#[test]
#[ignore = "needs a lab"]
fn an_image_is_pushed_from_the_ship_that_has_it_though_its_instance_is_on_another() {
    let mut lab = lab();
    // Nobody listens there, which only a ship that has the image gets to know.
    let pushed = "127.0.0.1:9/env-unique-pushed:1";
    lab.docker_on(1, &["tag", APP, pushed], "");
    let text = file(&lab, None).replace(APP, pushed);
    lab.write(&text);
    let said = lab.run("push");
    let text = normal::unwrapped(&said.text);
    assert!(text.contains("ship ship1 does not reach 127.0.0.1:9"), "{text}");
    assert_eq!(said.code, Some(1), "{text}");
    lab.docker_on(1, &["image", "rm", pushed, APP], "");
}
