//! The page of `maestro ui`: an HTTP server for one user's browser.
//!
//! - [`Backend`] is all that the server knows of Maestro: documents, streams of messages, actions.
//! - [`AccessGuard`] decides who may ask: the `Host` header, the token in the address, the cookie, the `Origin` of a POST.
//! - [`TlsListener`] accepts connections over TLS.
//! - [`serve`] answers: the page (built into the program), documents, streams of server-sent events, actions.

mod assets;
mod backend;
mod cookie;
mod guard;
mod secret;
mod server;
mod tls;

pub use backend::{
    Backend, PageAction, PageMessage, PageMessages, PageNodes, PagePlan, PageQuestion, PageRefusal,
    PageStream, PageThing, PageVerb, digest_of,
};
pub use guard::{AccessGuard, Hosts};
pub use server::serve;
pub use tls::TlsListener;
