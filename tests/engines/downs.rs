//! `down`: what it removes, what stays, and what the user has to agree to.

use crate::support::{IMAGE, site::Site, terminal::Terminal};

fn file(services: &str) -> String {
    format!(
        "__maestro: {{schema: 3}}\nname: env-unique\nvolumes: {{data-unique: {{name: data-unique}}, ext-unique: {{external: true, \
         name: ext-unique}}}}\nservices:\n{services}"
    )
}

fn service(name: &str, volumes: &str) -> String {
    format!(
        "  {name}:\n    image: {IMAGE}\n    command: [/bin/busybox, sh, -c, 'trap exit TERM; /bin/busybox sleep 600 & wait']\n    \
         volumes: [{volumes}]\n    instances: {{{name}-unique: {{}}}}\n"
    )
}

fn whole() -> String {
    file(&(service("db", "'data-unique:/data', 'ext-unique:/ext'") + &service("old", "'data-unique:/data'")))
}

fn names(site: &Site, what: &str) -> Vec<String> {
    site.docker(what).lines().filter(|line| line.contains(&site.real("unique"))).map(str::to_owned).collect()
}

#[test]
#[ignore = "needs an engine"]
fn down_takes_everything_away_and_data_only_on_demand() {
    let mut site = Site::new(&whole());
    site.docker("volume create ext-unique");
    site.succeed("apply");
    site.write(&file(&service("db", "'data-unique:/data', 'ext-unique:/ext'")));

    let planned = site.succeed("down --dry-run");
    assert!(planned.contains("1 to remove (2 steps on 1 ship)"), "{planned}");
    // The orphan stays, and so does its network.
    let told = site.succeed("down");
    assert!(told.contains(&site.real("volumes stay with their data: data-unique")), "{told}");
    assert!(told.contains("orphans stay"), "{told}");
    assert_eq!(names(&site, "ps -a --format {{.Names}}").len(), 1);
    assert_eq!(names(&site, "network ls --format {{.Name}}").len(), 1);

    // Without a terminal, nothing takes data with it that nobody agreed to.
    let (lines, code) = site.json_lines("down --volumes --orphans");
    assert_eq!(code, Some(6));
    assert!(lines.is_empty(), "{lines:?}");
    let refused = site.run("down --volumes --orphans");
    assert_eq!(refused.code, Some(6), "{}", refused.text);
    assert!(refused.text.contains("`down` would remove 1 volume with all data"), "{}", refused.text);
    assert!(refused.text.contains("add `--yes`"), "{}", refused.text);
    assert!(names(&site, "volume ls -q").contains(&site.real("data-unique")));

    let told = site.succeed("down --volumes --orphans --yes");
    assert!(told.contains("1 volume removed"), "{told}");
    assert_eq!(names(&site, "ps -a --format {{.Names}}"), Vec::<String>::new());
    assert_eq!(names(&site, "network ls --format {{.Name}}"), Vec::<String>::new());
    // Somebody else makes and removes it.
    assert_eq!(names(&site, "volume ls -q"), [site.real("ext-unique")]);
    let again = site.succeed("down --volumes --orphans");
    assert!(again.contains("nothing to do"), "{again}");
    site.docker("volume rm ext-unique");
}

#[test]
#[ignore = "needs an engine"]
fn on_a_terminal_it_is_asked_before_data_goes() {
    let site = Site::new(&whole());
    site.docker("volume create ext-unique");
    site.succeed("apply");
    let mut terminal = Terminal::begin(&site, "down --volumes");
    let screen = terminal.shows(&["Go on? [y/N]"]);
    assert!(screen.iter().any(|line| line.contains("volume data-")), "{screen:?}");
    terminal.types(b"n\n");
    let (screen, code) = terminal.end();
    assert_eq!(code, Some(6), "{screen:?}");
    assert_eq!(names(&site, "ps --format {{.Names}}").len(), 2);
    let mut terminal = Terminal::begin(&site, "down --volumes");
    terminal.shows(&["Go on? [y/N]"]);
    terminal.types(b"y\n");
    let (screen, code) = terminal.end();
    assert_eq!(code, Some(0), "{screen:?}");
    assert_eq!(names(&site, "ps -a --format {{.Names}}"), Vec::<String>::new());
    assert_eq!(names(&site, "volume ls -q"), [site.real("ext-unique")]);
    site.docker("volume rm ext-unique");
}
