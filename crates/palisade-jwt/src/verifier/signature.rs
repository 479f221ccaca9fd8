//! Which key a token may be verified with, and whether its signature holds.

use crate::{
    compact::Compact, header::Header, key_set::KeySet, rejection::Rejection, verifying_key::VerifyingKey,
};

/// A token without `kid` is tried with no more keys than these.
const MAX_TRIES: usize = 4;

enum Choice<'k> {
    One(&'k VerifyingKey),
    Several(Vec<&'k VerifyingKey>),
}

/// Whether the header names a key that is not here.
pub(super) fn is_missing(keys: &KeySet, header: &Header) -> bool {
    header.key_id.as_deref().is_some_and(|id| keys.by_id(id).is_none()) && nameless(keys).is_none()
}

/// Whether a signature is that of a key which the header may name.
pub(super) fn check_signature(
    keys: &KeySet,
    header: &Header,
    token: &Compact<'_>,
    tries_without_kid: bool,
) -> Result<(), Rejection> {
    let (signed, signature) = (&*token.signed, token.signature());
    let holds = match select(keys, header, tries_without_kid)? {
        Choice::One(key) => key.verifies(signed, signature),
        Choice::Several(keys) => keys.iter().any(|key| key.verifies(signed, signature)),
    };
    if holds { Ok(()) } else { Err(Rejection::BadSignature) }
}

/// A header only selects among configured keys: by id, or the only one there is.
fn select<'k>(keys: &'k KeySet, header: &Header, tries_without_kid: bool) -> Result<Choice<'k>, Rejection> {
    if let Some(id) = header.key_id.as_deref() {
        let key = keys.by_id(id).or_else(|| nameless(keys)).ok_or(Rejection::UnknownKey)?;
        return fitting(key, header).map(Choice::One);
    }
    match keys.keys() {
        [] => Err(Rejection::UnknownKey),
        [only] => fitting(only, header).map(Choice::One),
        _ if !tries_without_kid => Err(Rejection::NoKeyId),
        _ => {
            let fitting: Vec<_> = keys.of_algorithm(header.algorithm).take(MAX_TRIES + 1).collect();
            match fitting.len() {
                0 => Err(Rejection::AlgorithmMismatch),
                1..=MAX_TRIES => Ok(Choice::Several(fitting)),
                _ => Err(Rejection::NoKeyId),
            }
        }
    }
}

/// The only key, where it has no id: an id in the token then means nothing.
fn nameless(keys: &KeySet) -> Option<&VerifyingKey> {
    match keys.keys() {
        [only] if only.id().is_none() => Some(only),
        _ => None,
    }
}

/// The key's algorithm decides; the header may only agree (RFC 8725 §3.1).
fn fitting<'k>(key: &'k VerifyingKey, header: &Header) -> Result<&'k VerifyingKey, Rejection> {
    if key.algorithm() == header.algorithm { Ok(key) } else { Err(Rejection::AlgorithmMismatch) }
}
