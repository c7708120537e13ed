//! How a container is on a network, in the words of the API.

use bollard::models::{EndpointIpamConfig, EndpointSettings};
use maestro_core::model::attachment::Attachment;

/// What is said when a container is made on a network, or joins it.
pub(super) fn endpoint_settings(attachment: &Attachment) -> EndpointSettings {
    let some = |texts: &[String]| (!texts.is_empty()).then(|| texts.to_vec());
    let addresses = EndpointIpamConfig {
        ipv4_address: attachment.ipv4_address.clone(),
        ipv6_address: attachment.ipv6_address.clone(),
        link_local_ips: some(&attachment.link_local_ips),
    };
    let options = &attachment.driver_opts;
    EndpointSettings {
        aliases: some(&attachment.aliases),
        ipam_config: (addresses != EndpointIpamConfig::default()).then_some(addresses),
        mac_address: attachment.mac_address.clone(),
        driver_opts: (!options.is_empty()).then(|| options.clone().into_iter().collect()),
        gw_priority: attachment.gw_priority,
        ..EndpointSettings::default()
    }
}
