//! From bytes to a type, with everything that is wrong on the way.

use crate::strict::{
    deserializer::Deserializer,
    fault::FaultKind,
    reader::{Stock, read},
    round::Round,
    trail::Trail,
    violation::Violations,
};
use serde::de::DeserializeOwned;

/// Values looked at in all rounds together, at most; bounds what a bad document costs.
const MAX_VISITS: u32 = 100_000;
const MAX_ROUNDS: u32 = 64;

/// The value that a document stands for.
///
/// # Errors
///
/// Everything that is wrong, as far as it can be looked at.
pub(crate) fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Violations> {
    let Stock { node, nodes, mut violations } = read(bytes).map_err(Violations::from)?;
    let rounds = (MAX_VISITS / nodes.max(1)).clamp(2, MAX_ROUNDS);
    let mut round = Round::default();
    for _ in 0..rounds {
        let fault = match T::deserialize(Deserializer::new(&node, &Trail::ROOT, &round)) {
            Ok(value) if violations.is_empty() && round.is_clean() => return Ok(value),
            Ok(_) => break,
            Err(fault) => fault,
        };
        let (id, pointer) = fault.at.unwrap_or_default();
        let goes_on = match fault.kind {
            FaultKind::Missing(field) => {
                let pointer = format!("{pointer}/{}", field.replace('~', "~0").replace('/', "~1"));
                round.tell_at(pointer, fault.kind.code(), fault.kind.message());
                round.add(id, field)
            }
            FaultKind::Unknown
            | FaultKind::Duplicate
            | FaultKind::Variant
            | FaultKind::Type
            | FaultKind::Value => {
                round.tell_at(pointer, fault.kind.code(), fault.kind.message());
                round.dig(id)
            }
        };
        if !goes_on {
            break;
        }
    }
    violations.extend(round.into_found().iter().cloned());
    Err(violations)
}
