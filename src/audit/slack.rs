//! Messages in a channel of Slack, through the API or through an incoming webhook.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    SLACK_TIMEOUT, http,
    notice::{Notice, NoticeKind},
};
use maestro_core::value::audit::SlackAddress;

/// What the API answers, with status 200 whatever it is.
#[derive(Deserialize)]
struct SlackResponse {
    ok: bool,
    #[serde(default)]
    error: String,
}

pub(super) async fn post(
    to: &SlackAddress,
    name: &str,
    icon: Option<&str>,
    notice: &Notice,
) -> Result<(), String> {
    let mut message = message(name, icon, notice);
    match to {
        SlackAddress::Webhook(address) => {
            http::send("POST", address, &[], message.to_string(), SLACK_TIMEOUT).await.map(drop)
        }
        SlackAddress::Channel { channel, token, url } => {
            message["channel"] = json!(channel);
            let bearer = format!("Bearer {token}");
            let headers = [("Authorization", bearer.as_str())];
            let answer = http::send("POST", url, &headers, message.to_string(), SLACK_TIMEOUT).await?;
            match serde_json::from_str(&answer.body) {
                Ok(SlackResponse { ok: true, .. }) => Ok(()),
                Ok(SlackResponse { error, .. }) => Err(format!("Slack refused it: {error}")),
                Err(_) => Err("the answer is not one of Slack's".to_owned()),
            }
        }
    }
}

pub(super) fn message(name: &str, icon: Option<&str>, notice: &Notice) -> Value {
    let text = escaped(&notice.sentence(&notice.names_or_number()));
    let colour = match notice.kind {
        NoticeKind::Begun => "#1dc7d3",
        NoticeKind::Succeeded => "good",
        NoticeKind::Failed => "danger",
        NoticeKind::State => "warning",
    };
    let mut fields = Vec::new();
    if !notice.has_all_names() {
        fields.push(json!({ "title": "Targets", "value": escaped(&notice.names(", ")) }));
    }
    if !notice.message.is_empty() && notice.kind != NoticeKind::State {
        fields.push(json!({ "title": "Error", "value": escaped(&notice.message), "short": true }));
    }
    let attachment = json!({ "fallback": text, "text": text, "color": colour, "fields": fields });
    let mut message = json!({ "username": name, "attachments": [attachment] });
    if let Some(icon) = icon {
        message["icon_url"] = json!(icon);
    }
    message
}

/// Slack reads `<!channel>` as a call to everybody; what an engine says must not be able to call.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
