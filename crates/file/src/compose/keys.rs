//! The keys of a Compose file, section by section, in the order in which docker compose prints them.

mod build;
mod deploy;
mod limits;
mod mounts;
mod resources;
mod service;

use super::form::{Form, Property, Short};
pub(super) use mounts::MOUNT;
use resources::{CONFIG, MODEL, NETWORK, SECRET, VOLUME};
pub use service::SERVICE;

/// The keys at the top of a file.
pub const TOP: &[Property] = &[
    Property::new("name", Form::Text),
    Property::new("services", Form::Named(&Form::Section(SERVICE)))
        .like("{web: {image: nginx:1.27}}")
        .printed(),
    Property::new("networks", Form::Named(&Form::Optional(&Form::Section(NETWORK)))).like("{front: {}}"),
    Property::new("volumes", Form::Named(&Form::Optional(&Form::Section(VOLUME)))).like("{data: {}}"),
    Property::new("secrets", Form::Named(&Form::Section(SECRET)))
        .like("{db_password: {file: ./db_password.txt}}"),
    Property::new("configs", Form::Named(&Form::Section(CONFIG))).like("{page: {file: ./page.conf}}"),
    Property::new("models", Form::Named(&Form::Section(MODEL))).like("{llm: {model: ai/smollm2}}"),
    // Read before a file is merged, and gone then.
    Property::new("include", Form::List(&Form::Short(Short::Key("path"), &Form::Section(INCLUDE))))
        .like("[more.yaml]")
        .hidden(),
    Property::new("version", Form::Scalar).hidden(),
];

const INCLUDE: &[Property] = &[
    Property::new("path", Form::Texts).like("[more.yaml]"),
    Property::new("env_file", Form::Texts).like("[more.env]"),
    Property::new("project_directory", Form::Text),
];
