//! The label that tells what a container asked for on its networks: engines tell addresses that they chose themselves alike,
//! and others not at all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{attachment::Attachment, own_label};

/// Label with what was asked for on each network: see `own_label`.
pub const LABEL_ENDPOINTS: &str = "maestro.endpoints";
const KEY: &str = "endpoints";

/// What a container asked for on a network and no engine tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskedEndpoint {
    /// Its hardware address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac_address: Option<String>,
    /// Further addresses that hold on the link alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub link_local_ips: Vec<String>,
    /// Its priority as the default gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gw_priority: Option<i64>,
}

impl From<&Attachment> for AskedEndpoint {
    fn from(attachment: &Attachment) -> Self {
        Self {
            mac_address: attachment.mac_address.clone(),
            link_local_ips: attachment.link_local_ips.clone(),
            gw_priority: attachment.gw_priority,
        }
    }
}

/// The value of [`LABEL_ENDPOINTS`] on a container with that hash; none if it asks for nothing.
#[must_use]
pub fn label(config: &str, attachments: &BTreeMap<String, Attachment>) -> Option<String> {
    let asked = attachments.iter().map(|(network, attachment)| (network.clone(), attachment.into()));
    let endpoints: BTreeMap<String, AskedEndpoint> =
        asked.filter(|(_, asked)| *asked != AskedEndpoint::default()).collect();
    own_label::written(config, KEY, &endpoints).filter(|_| !endpoints.is_empty())
}

/// What a container asked for, as its labels tell. A label that comes from its image does not count.
#[must_use]
pub fn labelled(labels: &BTreeMap<String, String>) -> BTreeMap<String, AskedEndpoint> {
    own_label::read(labels, LABEL_ENDPOINTS, KEY).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::container::LABEL_CONFIG;

    #[test]
    fn a_label_counts_on_the_container_that_it_was_made_for() {
        let attachment = Attachment { gw_priority: Some(2), ..Attachment::default() };
        let plain = Attachment { aliases: vec!["web".to_owned()], ..Attachment::default() };
        let attachments = [("back".to_owned(), attachment), ("front".to_owned(), plain)].into();
        let value = label("1234", &attachments).unwrap();
        let labels = |config: &str| -> BTreeMap<String, String> {
            [(LABEL_CONFIG.to_owned(), config.to_owned()), (LABEL_ENDPOINTS.to_owned(), value.clone())].into()
        };
        let asked = AskedEndpoint { gw_priority: Some(2), ..AskedEndpoint::default() };
        assert_eq!(labelled(&labels("1234")), [("back".to_owned(), asked)].into());
        assert!(labelled(&labels("5678")).is_empty());
        assert_eq!(label("1234", &BTreeMap::new()), None);
    }
}
