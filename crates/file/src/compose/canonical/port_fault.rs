//! What is wrong with an item of `ports`.

/// What may be meant, each with what it is in words.
pub(super) type Forms = Vec<(String, String)>;

/// What is wrong with a port, and what to write.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PortFault {
    /// What is wrong, at its place.
    pub label: String,
    /// What to write: a help, and what stands in the place of the item if that is known.
    pub helps: Vec<(String, Option<String>)>,
}

impl PortFault {
    pub(super) fn new(label: impl Into<String>, meant: &str) -> Self {
        Self {
            label: label.into(),
            helps: vec![(format!("write `\"{meant}\"`"), Some(format!("\"{meant}\"")))],
        }
    }

    pub(super) fn unknown(label: impl Into<String>) -> Self {
        let help = "write `\"PUBLISHED:CONTAINER\"`, for example `\"8080:80\"`";
        Self { label: label.into(), helps: vec![(help.to_owned(), None)] }
    }

    /// One of several forms may be meant.
    pub(super) fn one_of(label: impl Into<String>, forms: Forms) -> Self {
        let help = |(at, (meant, words)): (usize, (String, String))| {
            let or = if at == 0 { "" } else { "or " };
            (format!("{or}write `\"{meant}\"`{words}"), Some(format!("\"{meant}\"")))
        };
        Self { label: label.into(), helps: forms.into_iter().enumerate().map(help).collect() }
    }
}
