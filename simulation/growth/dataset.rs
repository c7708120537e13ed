//! Files of any size, as people write them: services of ten to fifty instances in layers, each of which requires one of
//! the layer below; variables, ports, links; a template here and there.

use std::fmt::Write;

/// How many instances share a ship.
pub const PER_SHIP: usize = 20;
/// The port of the first instance on each ship.
const FIRST_PORT: usize = 20_000;
/// How many services require one another in a row.
const LAYERS: usize = 4;
/// Of so many services one writes its instances with a loop.
const LOOPS: usize = 8;

/// The file of a dataset of so many instances, so many of them on each ship.
pub fn yaml(instances: usize, per_ship: usize) -> String {
    let mut text = String::from(
        "__maestro: {schema: 2}\n{% set registry = env.REGISTRY | default('registry.example:5000') -%}\nname: dataset\n\
         ship_defaults: {docker_port: 2375, timeout: 60}\nships:\n",
    );
    for ship in 0..instances.div_ceil(per_ship) {
        line(&mut text, format_args!("  ship-{ship}: {{ip: 10.{}.{}.1}}", ship / 250, ship % 250));
    }
    text.push_str("services:\n");
    let (mut before, mut first) = (0, 0);
    for service in 0.. {
        // 10 to 50, 30 on the average.
        let members = (10 + service * 17 % 41).min(instances - first);
        if members == 0 {
            break;
        }
        head(&mut text, service);
        let below = (!service.is_multiple_of(LAYERS)).then(|| format!("s{}-{before}", service - 1));
        if service % LOOPS == 1 {
            line(&mut text, format_args!("{{%- for at in range({first}, {}) %}}", first + members));
            line(
                &mut text,
                format_args!(
                    "      s{service}-{{{{ at }}}}: {{ship: ship-{{{{ at // {per_ship} }}}}, \
                     ports: {{http: {{{{ {FIRST_PORT} + at % {per_ship} }}}}}}}}"
                ),
            );
            line(&mut text, format_args!("{{%- endfor %}}"));
        } else {
            for at in first..first + members {
                instance(&mut text, service, at, per_ship, below.as_deref().filter(|_| at.is_multiple_of(5)));
            }
        }
        before = first;
        first += members;
    }
    text
}

fn head(text: &mut String, service: usize) {
    line(text, format_args!("  s{service}:"));
    line(text, format_args!("    image: \"{{{{ registry }}}}/app-{}:1.{}\"", service % 12, service % 5));
    if !service.is_multiple_of(LAYERS) {
        line(text, format_args!("    requires: [s{}]", service - 1));
    }
    line(
        text,
        format_args!("    env: {{LOG_LEVEL: info, MODE: production, JVM_HEAP: 512m, QUEUE: q-{service}}}"),
    );
    line(text, format_args!("    restart: on-failure"));
    line(text, format_args!("    instances:"));
}

/// One on a line of its own; every fifth has a link to the first of the layer below, every third a variable and a volume.
fn instance(text: &mut String, service: usize, at: usize, per_ship: usize, below: Option<&str>) {
    let (ship, port) = (at / per_ship, FIRST_PORT + at % per_ship);
    let _ = write!(text, "      s{service}-{at}: {{ship: ship-{ship}, ports: {{http: {port}}}");
    if at.is_multiple_of(3) {
        let _ = write!(text, ", env: {{NODE: {at}}}, volumes: {{/data: /srv/s{service}-{at}}}");
    }
    if let Some(below) = below {
        let _ = write!(text, ", links: {{{below}: below}}");
    }
    text.push_str("}\n");
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "{words}");
}
