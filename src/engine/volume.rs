//! Volumes whose labels say who made them: of several callers, one makes the volume and all learn whose it is.

use std::collections::BTreeMap;

use super::{Engine, EngineError, Volume};

/// How often a volume may vanish between the answer that it exists and the look at its labels.
const ROUNDS: usize = 8;

/// Makes a volume with these labels, or tells the one that has this name, with the labels of its maker.
///
/// After a restart, engines answer the creation of an existing volume without its labels, so an answer without labels
/// says nothing: the volume itself is asked for.
///
/// # Errors
/// As the engine answers. [`EngineError::ResponseLost`] if the volume may have been made.
pub async fn make_or_tell(
    engine: &dyn Engine,
    name: &str,
    labels: &BTreeMap<String, String>,
) -> Result<Volume, EngineError> {
    for _ in 0..ROUNDS {
        let answer = engine.create_volume(name, labels).await?;
        if !answer.labels.is_empty() || labels.is_empty() {
            return Ok(answer);
        }
        match engine.volume(name).await {
            Ok(Some(volume)) => return Ok(volume),
            // Its owner has removed it meanwhile.
            Ok(None) => {}
            // The volume may be this caller's.
            Err(EngineError::Unreachable(words)) => return Err(EngineError::ResponseLost(words)),
            Err(error) => return Err(error),
        }
    }
    Err(EngineError::Refused(format!(
        "the volume {name} was made and removed faster than it could be looked at"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::Fake;

    fn labelled(by: &str) -> BTreeMap<String, String> {
        [("by".to_owned(), by.to_owned())].into()
    }

    #[tokio::test]
    async fn the_maker_is_known_after_a_restart_of_the_engine() {
        let fake = Fake::new("one");
        make_or_tell(&fake, "v", &labelled("ann")).await.unwrap();
        fake.reboot();
        assert!(fake.create_volume("v", &labelled("eve")).await.unwrap().labels.is_empty());
        for by in ["ann", "eve"] {
            assert_eq!(make_or_tell(&fake, "v", &labelled(by)).await.unwrap().labels, labelled("ann"));
        }
    }

    #[tokio::test]
    async fn a_volume_without_labels_is_told_without() {
        let fake = Fake::new("one");
        fake.create_volume("v", &BTreeMap::new()).await.unwrap();
        assert!(make_or_tell(&fake, "v", &labelled("ann")).await.unwrap().labels.is_empty());
    }
}
