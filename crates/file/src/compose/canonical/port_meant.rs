//! What is meant by items of `ports` that are no ports.

use super::port_fault::{Forms, PortFault};
use crate::{
    compose::element::{Content, Element, Member, Members},
    document::ports::slip::{PortSlip, is_port},
};

/// Keys of one port that are not those of Compose, in maestro.yaml, Kubernetes and elsewhere.
const TARGETS: [&str; 6] = ["exposed", "container", "containerPort", "container_port", "internal", "inside"];
const PUBLISHED: [&str; 7] =
    ["external", "host", "hostPort", "host_port", "public", "outside", "published_port"];

/// What people write between two ports.
const ARROWS: [&str; 7] = ["->", "=>", ">", "→", "=", "/", "|"];

/// `8080 -> 80`: two ports with a sign between them that is no `:`.
pub(super) fn of_arrow(text: &str) -> Option<PortFault> {
    ARROWS.iter().find_map(|arrow| {
        let (published, target) = text.split_once(arrow)?;
        let (published, target) = (published.trim(), target.trim());
        let is_pair = is_port(published) && is_port(target);
        is_pair.then(|| {
            let meant = format!("{published}:{target}");
            PortFault::new(format!("a `:` is written between ports, not `{arrow}`"), &meant)
        })
    })
}

/// A number below 0, a fraction, or three numbers.
pub(super) fn of_sides(text: &str) -> Option<PortFault> {
    match PortSlip::of(text)? {
        PortSlip::Three([first, second, third]) => {
            let label = "three numbers: a port has one or two, behind an IP address";
            Some(PortFault::one_of(label, vec![pair(first, second), pair(second, third)]))
        }
        PortSlip::Number { side, why, right } => {
            Some(PortFault::new(format!("`{side}` {why}"), &right.join(":")))
        }
    }
}

fn pair(published: &str, target: &str) -> (String, String) {
    (format!("{published}:{target}"), format!(": port {published} of the host and {target} of the container"))
}

/// The same port on both sides, or any one of the host.
fn alone(port: &str) -> Forms {
    let any = (port.to_owned(), format!(": port {port} of the container and any free one of the host"));
    vec![pair(port, port), any]
}

/// A list in the place of a port.
pub(super) fn of_list(items: &[Element]) -> PortFault {
    let label = "this is a list in a list";
    let ports: Vec<String> = items.iter().filter_map(|item| item.content.printed()).collect();
    let all = ports.len() == items.len() && ports.iter().all(|port| is_port(port));
    let each: Vec<String> = ports.iter().map(|port| format!("\"{port}:{port}\"")).collect();
    match &ports[..] {
        [first, second] if all => PortFault::one_of(label, vec![pair(first, second)]),
        [one] if all => PortFault::one_of(label, alone(one)),
        [one] => PortFault::new(label, one),
        _ if all && !each.is_empty() => {
            let help = format!("write each as an item of `ports`: `{}`", each.join("`, `"));
            PortFault { label: label.to_owned(), helps: vec![(help, None)] }
        }
        _ => {
            let help = "write each as an item of `ports`, without brackets in it: `\"8080:80\"`".to_owned();
            PortFault { label: label.to_owned(), helps: vec![(help, None)] }
        }
    }
}

/// A mapping in the place of a port: `8080: 80`, a name and a port, or keys that other tools have.
pub(super) fn of_mapping(item: &Element) -> Option<PortFault> {
    let members = item.members()?;
    let printed = |key: &str| members.get(key).and_then(|member| member.value.content.printed());
    if members.len() == 1 {
        let (name, member) = members.first()?;
        if member.value.is_null() && is_port(name) {
            return Some(PortFault::one_of("nothing stands after the `:`", alone(name)));
        }
        let value = member.value.content.printed()?;
        if name.split('-').all(is_port) {
            let meant = format!("{name}:{value}");
            return Some(PortFault::new("with a space after the `:` this is a mapping", &meant));
        }
        if ["target", "published"].contains(&name.as_str()) {
            return None;
        }
        let label = format!("`{name}` is no key of a port");
        if is_port(&value) {
            return Some(PortFault::one_of(label, alone(&value)));
        }
        let (target, published) = value.split_once(':').filter(|(one, two)| is_port(one) && is_port(two))?;
        // As maestro.yaml has it, the port of the container comes first.
        return Some(PortFault::one_of(label, vec![pair(published, target)]));
    }
    let one = |names: &[&str]| names.iter().find_map(|name| printed(name)).filter(|port| is_port(port));
    let (target, published) = (one(&TARGETS)?, one(&PUBLISHED)?);
    let name = members.keys().next()?;
    let is_all = members.len() == 2 && matches!(item.content, Content::Mapping(_));
    let label = format!("`{name}` is no key of a port: they are `target` and `published`");
    is_all.then(|| PortFault::one_of(label, vec![pair(&published, &target)]))
}

/// A single port in the place of a list, or names and ports.
pub(super) fn of_values(value: &Element) -> Option<Vec<String>> {
    if let Some(members) = value.members() {
        return of_names(members);
    }
    let text = value.content.printed()?;
    if is_port(&text) {
        return Some(vec![format!("\"{text}:{text}\"")]);
    }
    let (published, target) = text.split_once(':')?;
    (is_port(published) && is_port(target)).then(|| vec![format!("\"{text}\"")])
}

/// Names and ports, as maestro.yaml has them, as items of a list.
pub(super) fn of_names(members: &Members) -> Option<Vec<String>> {
    let item = |member: &Member| {
        let value = member.value.content.printed()?;
        match value.split_once(':') {
            Some((target, published)) if is_port(target) && is_port(published) => {
                Some(format!("\"{published}:{target}\""))
            }
            None if is_port(&value) => Some(format!("\"{value}:{value}\"")),
            _ => None,
        }
    };
    let items: Option<Vec<String>> = members.values().map(item).collect();
    items.filter(|items| !items.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_no_port_lead_to_ports() {
        let meant = |text: &str| {
            of_sides(text).map(|fault| {
                let meant: Vec<String> = fault.helps.into_iter().filter_map(|(_, meant)| meant).collect();
                format!("{}: {}", fault.label, meant.join(" or "))
            })
        };
        for (text, expected) in [
            ("-80", "`-80` is less than 0: \"80\""),
            ("8080:-80", "`-80` is less than 0: \"8080:80\""),
            ("80.5", "`80.5` is not a whole number: \"80\""),
            (
                "8080:80:90",
                "three numbers: a port has one or two, behind an IP address: \"8080:80\" or \"80:90\"",
            ),
        ] {
            assert_eq!(meant(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["80", "8080:80", "127.0.0.1:8080:80", "::1:8080:80", "80-90", "-0", "a.5"] {
            assert_eq!(meant(text), None, "{text}");
        }
    }
}
