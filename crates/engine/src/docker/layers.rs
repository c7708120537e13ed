//! How far a fetch of an image is: the engine speaks of each layer, people want one line.

use std::collections::HashMap;

use maestro_core::observed::pull::PullAmount;
use serde::Deserialize;

/// One message of the engine's stream.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default, rename = "progressDetail")]
    pub(super) detail: Option<Detail>,
    #[serde(default)]
    pub(super) error: Option<String>,
    #[serde(default, rename = "errorDetail")]
    pub(super) error_detail: Option<ErrorDetail>,
}

/// How far a layer is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Detail {
    #[serde(default)]
    current: Option<i64>,
    #[serde(default)]
    total: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorDetail {
    #[serde(default)]
    pub(super) message: Option<String>,
}

/// All layers, as far as the engine has spoken of them.
#[derive(Debug, Default)]
pub(super) struct Layers {
    by_id: HashMap<String, Layer>,
    /// What was said last that belongs to no layer.
    last: String,
    /// What was told last, in megabytes.
    told: Option<PullAmount>,
}

#[derive(Debug, Default)]
struct Layer {
    status: String,
    detail: Option<Detail>,
    /// Bytes that came, of how many.
    fetched: (i64, i64),
    done: bool,
}

impl Layers {
    /// Takes in a message. False if it says nothing that was not known before: a stream that only repeats itself
    /// is no progress.
    pub(super) fn take(&mut self, message: &Message) -> bool {
        let Some(status) = message.status.as_deref() else { return false };
        let Some(id) = message.id.as_deref().filter(|_| is_of_layer(status)) else {
            let news = self.last != status;
            status.clone_into(&mut self.last);
            return news;
        };
        let layer = self.by_id.entry(id.to_owned()).or_default();
        if layer.status == status && layer.detail == message.detail {
            return false;
        }
        status.clone_into(&mut layer.status);
        layer.detail = message.detail;
        match status {
            "Downloading" | "Pushing" => {
                if let Some(Detail { current: Some(current), total }) = message.detail {
                    layer.fetched = (current, total.unwrap_or(layer.fetched.1).max(current));
                }
            }
            "Download complete" | "Verifying Checksum" | "Extracting" => layer.fetched.0 = layer.fetched.1,
            "Pull complete" | "Already exists" | "Pushed" => {
                layer.fetched.0 = layer.fetched.1;
                layer.done = true;
            }
            // A registry has it already.
            status if status.starts_with("Layer already") || status.starts_with("Mounted from") => {
                layer.fetched.0 = layer.fetched.1;
                layer.done = true;
            }
            _ => {}
        }
        true
    }

    /// How far it is, if that is worth telling: another megabyte, or another layer.
    pub(super) fn news(&mut self) -> Option<PullAmount> {
        let amount = self.amount();
        let told = PullAmount {
            bytes: megabytes(amount.bytes),
            total_bytes: megabytes(amount.total_bytes),
            ..amount
        };
        (amount.layers > 0 && self.told != Some(told)).then(|| {
            self.told = Some(told);
            amount
        })
    }

    fn amount(&self) -> PullAmount {
        let sum = |part: fn(&Layer) -> i64| {
            let bytes = self.by_id.values().map(|layer| part(layer).max(0)).fold(0, i64::saturating_add);
            u64::try_from(bytes).unwrap_or_default()
        };
        PullAmount {
            bytes: sum(|layer| layer.fetched.0),
            total_bytes: sum(|layer| layer.fetched.1),
            is_total_known: self.by_id.values().all(|layer| layer.done || layer.fetched.1 > 0),
            layers_done: self.by_id.values().filter(|layer| layer.done).count(),
            layers: self.by_id.len(),
        }
    }
}

/// An engine that does not say which words are about layers: `Pulling from library/web` has an id as well, the tag.
fn is_of_layer(status: &str) -> bool {
    let words = [
        "Pulling fs layer",
        "Waiting",
        "Downloading",
        "Download complete",
        "Verifying Checksum",
        "Extracting",
        "Pull complete",
        "Already exists",
        "Retrying in",
        "Preparing",
        "Pushing",
        "Pushed",
        "Layer already",
        "Mounted from",
    ];
    words.iter().any(|word| status.starts_with(word))
}

/// Whole megabytes; what has begun counts as one.
fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(json: &str) -> Message {
        serde_json::from_str(json).unwrap()
    }

    /// What is told of a stream, and which of its messages were news.
    fn told(stream: &[&str]) -> (Vec<PullAmount>, Vec<bool>) {
        let mut layers = Layers::default();
        let mut told = Vec::new();
        let mut news = Vec::new();
        for json in stream {
            news.push(layers.take(&message(json)));
            told.extend(layers.news());
        }
        (told, news)
    }

    #[test]
    fn layers_add_up_to_one_line() {
        let (told, _) = told(&[
            r#"{"status":"Pulling from app","id":"2"}"#,
            r#"{"status":"Pulling fs layer","progressDetail":{},"id":"a"}"#,
            r#"{"status":"Pulling fs layer","progressDetail":{},"id":"b"}"#,
            r#"{"status":"Already exists","progressDetail":{},"id":"c"}"#,
            r#"{"status":"Downloading","progressDetail":{"current":12000000,"total":39500001},"id":"a"}"#,
            r#"{"status":"Downloading","progressDetail":{"current":12000001,"total":39500001},"id":"a"}"#,
            r#"{"status":"Downloading","progressDetail":{"current":500,"total":1000},"id":"b"}"#,
            r#"{"status":"Verifying Checksum","progressDetail":{},"id":"a"}"#,
            r#"{"status":"Download complete","progressDetail":{},"id":"b"}"#,
            r#"{"status":"Extracting","progressDetail":{"current":32768,"total":39500001},"id":"a"}"#,
            r#"{"status":"Pull complete","progressDetail":{},"id":"a"}"#,
            r#"{"status":"Pull complete","progressDetail":{},"id":"b"}"#,
            r#"{"status":"Digest: sha256:00"}"#,
        ]);
        let told: Vec<_> = told
            .iter()
            .map(|amount| {
                let PullAmount { bytes, total_bytes, is_total_known, layers_done, layers } = *amount;
                (megabytes(bytes), megabytes(total_bytes), is_total_known, layers_done, layers)
            })
            .collect();
        let expected = [
            (0, 0, false, 0, 1),
            (0, 0, false, 0, 2),
            (0, 0, false, 1, 3),
            (12, 40, false, 1, 3),
            (13, 40, false, 1, 3),
            (13, 40, true, 1, 3),
            (40, 40, true, 1, 3),
            (40, 40, true, 2, 3),
            (40, 40, true, 3, 3),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_stream_that_repeats_itself_is_no_progress() {
        let still = r#"{"status":"Downloading","progressDetail":{"current":5,"total":9},"id":"a"}"#;
        let on = r#"{"status":"Downloading","progressDetail":{"current":6,"total":9},"id":"a"}"#;
        let from = r#"{"status":"Pulling from app","id":"2"}"#;
        let (_, news) = told(&[from, still, still, on, on, from, r#"{"aux":{}}"#]);
        assert_eq!(news, [true, true, false, true, false, false, false]);
    }

    #[test]
    fn no_number_makes_it_fall() {
        let most = i64::MAX;
        let huge = format!(
            r#"{{"status":"Downloading","progressDetail":{{"current":{most},"total":{most}}},"id":"a"}}"#
        );
        let less = r#"{"status":"Downloading","progressDetail":{"current":-5,"total":-9},"id":"b"}"#;
        let (told, _) = told(&[&huge, &huge.replace("\"a\"", "\"c\""), less]);
        assert_eq!((told[0].layers_done, told[0].layers), (0, 1), "{told:?}");
    }
}
