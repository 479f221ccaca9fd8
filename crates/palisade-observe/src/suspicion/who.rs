//! Whom a sign is about.

use crate::network::network;
use palisade_core::Principal;
use std::net::IpAddr;

/// Whom a sign is about.
pub(super) enum Who<'w> {
    Address(IpAddr),
    Caller(&'w Principal),
}

impl Who<'_> {
    /// As an event tells it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Address(ip) => network(*ip, 32, 64).to_string(),
            Self::Caller(caller) => format!("{}:{}", caller.kind(), caller.id()),
        }
    }
}
