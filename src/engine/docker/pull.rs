//! Fetching an image: the request, and its progress in words.

use bollard::{errors::Error, models::CreateImageInfo, query_parameters::CreateImageOptionsBuilder};
use futures_util::{StreamExt as _, stream::BoxStream};

use crate::model::container::tagged_image;

/// What the engine says while it fetches `image`.
pub(super) fn messages<'a>(
    client: &'a bollard::Docker,
    image: &str,
) -> BoxStream<'a, Result<CreateImageInfo, Error>> {
    // An engine that is not told a tag fetches all there are.
    let options = CreateImageOptionsBuilder::new().from_image(&tagged_image(image)).build();
    client.create_image(Some(options), None, None).boxed()
}

/// A message in words, for example `3f4a1c2b: Downloading 12 of 40 MB`; none if it says nothing.
pub(super) fn line(message: &CreateImageInfo) -> Option<String> {
    let status = message.status.as_deref()?;
    let layer = message.id.as_ref().map_or(String::new(), |id| format!("{id}: "));
    let amount = match message.progress_detail.as_ref().map(|detail| (detail.current, detail.total)) {
        Some((Some(current), Some(total))) if total > 0 => {
            format!(" {} of {} MB", megabytes(current), megabytes(total))
        }
        _ => String::new(),
    };
    Some(format!("{layer}{status}{amount}"))
}

/// Whole megabytes; what has begun counts as one.
fn megabytes(bytes: i64) -> i64 {
    bytes.max(0) / 1_000_000 + i64::from(bytes % 1_000_000 > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(json: &str) -> Option<String> {
        line(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn progress_is_told_in_words() {
        let downloading = r#"{"id":"3f4a","status":"Downloading",
            "progressDetail":{"current":12000000,"total":39500001},"progress":"[==> ]"}"#;
        assert_eq!(words(downloading).unwrap(), "3f4a: Downloading 12 of 40 MB");
        assert_eq!(
            words(r#"{"status":"Status: Image is up to date"}"#).unwrap(),
            "Status: Image is up to date"
        );
        assert_eq!(
            words(r#"{"id":"3f4a","status":"Pull complete","progressDetail":{}}"#).unwrap(),
            "3f4a: Pull complete"
        );
        assert_eq!(words(r#"{"aux":{}}"#), None);
    }
}
