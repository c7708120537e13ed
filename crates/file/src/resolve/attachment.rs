//! How containers are on networks, of either format.

use std::collections::BTreeMap;

use super::label::pairs;
use crate::compose::element::{Element, Member};
use maestro_core::model::attachment::Attachment;

/// Option of an endpoint with the name of its interface in the container, for engines from 28.1 on.
const OPTION_INTERFACE: &str = "com.docker.network.endpoint.ifname";

/// The name of the first of these networks, and how a service's containers are on each. `name` gives the name that a network
/// has on engines. None if there are no networks.
pub(super) fn attachments<'e>(
    service: &str,
    uses: impl Iterator<Item = (&'e String, &'e Member)>,
    name: impl Fn(&str) -> String,
) -> Option<(String, BTreeMap<String, Attachment>)> {
    let mut uses: Vec<(&str, &Element)> = uses.map(|(key, member)| (key.as_str(), &member.value)).collect();
    let priority =
        |element: &Element| element.spanned_integer("priority").map_or(0, |priority| priority.value);
    uses.sort_by_key(|(key, element)| (std::cmp::Reverse(priority(element)), *key));
    let (first, _) = uses.first()?;
    let attachments = uses.iter().map(|(key, element)| (name(key), attachment(service, element)));
    Some((name(first), attachments.collect()))
}

fn attachment(service: &str, element: &Element) -> Attachment {
    let text = |key: &str| element.text_of(key).map(str::to_owned);
    let texts = |key: &str| -> Vec<String> {
        let texts = element.spanned_texts(key).unwrap_or_default();
        texts.into_iter().map(|text| text.value.to_owned()).collect()
    };
    let mut aliases = vec![service.to_owned()];
    aliases.extend(texts("aliases").into_iter().filter(|alias| alias != service));
    let mut driver_opts = pairs(element, "driver_opts");
    driver_opts.extend(text("interface_name").map(|name| (OPTION_INTERFACE.to_owned(), name)));
    Attachment {
        aliases,
        ipv4_address: text("ipv4_address"),
        ipv6_address: text("ipv6_address"),
        link_local_ips: texts("link_local_ips"),
        mac_address: text("mac_address"),
        driver_opts,
        gw_priority: element.spanned_integer("gw_priority").map(|priority| priority.value),
    }
}
