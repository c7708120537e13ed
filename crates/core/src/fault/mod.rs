//! What goes wrong between Maestro and an engine, as facts. Each layer hands them on; `report/explain` has the sentences.
//!
//! This module uses no other, so that whoever makes such a fact and whoever words it need not know each other.

mod archive;
mod build;
mod carry;
mod connection;
mod engine;
mod greeting;
mod lease;
mod probe;
mod ship;
mod ssh;
mod swarm;
mod tls;

pub use archive::{ArchiveFault, TarFault, VolumeCopyFault};
pub use build::{BuildFault, BuildxFault};
pub use carry::CarryFault;
pub use connection::ConnectionFault;
pub use engine::{EngineFault, HookFault, LostAnswer, Malformed, ManagerFault, StepFault};
pub use greeting::{ForeignProtocol, Greeting};
pub use lease::LeaseFault;
pub use probe::{HealthRun, HttpFault, Probe, ProbeFault};
pub use ship::ShipFault;
pub use ssh::{KnownKey, LoginFault, LoginRefusal, SshFault, TunnelFault};
pub use swarm::{ServiceFailure, SwarmFault};
pub use tls::{Alert, CertificateFault, Signer, TlsFault, Untrusted};
