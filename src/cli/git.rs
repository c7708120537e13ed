//! A git repository that a file is read from. All of it is done by the `git` program, which finds the user's credentials and
//! settings in its own ways.

mod address;
mod checkout;
mod followed;
mod program;

pub(super) use address::{Address, BadAddress};
pub(super) use checkout::{Checkout, CheckoutFault};
pub(super) use followed::{FollowedRepository, RepositoryFault};
