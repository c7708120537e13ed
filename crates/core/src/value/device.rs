//! Devices of a driver that a container asks for, GPUs above all.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// A request for devices, as in the Engine API's `DeviceRequests`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRequest {
    /// The driver; empty if the engine chooses one by the capabilities.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub driver: String,
    /// How many; -1 are all, and 0 those of `device_ids`.
    pub count: i64,
    /// The devices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub device_ids: Vec<String>,
    /// What a device must be capable of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// Options of the driver.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}

/// As `docker run --gpus` has it: `all,driver=nvidia,capabilities=gpu utility`.
impl fmt::Display for DeviceRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            -1 => f.write_str("all")?,
            0 => write!(f, "device={}", self.device_ids.join(" "))?,
            count => write!(f, "{count}")?,
        }
        if !self.driver.is_empty() {
            write!(f, ",driver={}", self.driver)?;
        }
        if !self.capabilities.is_empty() {
            write!(f, ",capabilities={}", self.capabilities.join(" "))?;
        }
        self.options.iter().try_for_each(|(name, value)| write!(f, ",{name}={value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_as_in_docker_run() {
        let mut request = DeviceRequest { count: -1, ..DeviceRequest::default() };
        assert_eq!(request.to_string(), "all");
        request.driver = "nvidia".to_owned();
        request.count = 0;
        request.device_ids = vec!["0".to_owned(), "GPU-1".to_owned()];
        request.capabilities = vec!["gpu".to_owned(), "utility".to_owned()];
        request.options = [("virtualization".to_owned(), "false".to_owned())].into();
        assert_eq!(
            request.to_string(),
            "device=0 GPU-1,driver=nvidia,capabilities=gpu utility,virtualization=false"
        );
    }
}
