//! What is sent about revocations, and what comes back.

use crate::{
    failure::Failure,
    keys::Prefix,
    script::Script,
    work::{Exchange, Work},
};
use palisade_core::UnixTime;
use palisade_jwt::RevocationKey;
use redis::{Cmd, Value};
use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

/// A link that carries revocations.
#[derive(Debug)]
pub(crate) struct Voids {
    script: Script,
    prefix: Prefix,
    /// Which key failed last.
    last_failed: Mutex<Option<String>>,
}

/// One key, and what to do with it.
#[derive(Debug)]
pub(crate) struct Call {
    /// Repeated in the answer, so that no answer is taken for that of another call.
    number: u64,
    key: String,
    wants: Wants,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Wants {
    /// What there is.
    Find,
    /// Tokens issued before the one are void, to be known for so many milliseconds.
    Void(UnixTime, u64),
}

impl Voids {
    pub(crate) fn new(prefix: Prefix) -> Self {
        let script = Script::new(include_str!("../lua/revocation.lua"));
        Self { script, prefix, last_failed: Mutex::new(None) }
    }

    pub(crate) fn call(&self, number: u64, key: &RevocationKey, wants: Wants) -> Call {
        Call { number, key: self.name(key), wants }
    }

    fn name(&self, key: &RevocationKey) -> String {
        let mut name = self.prefix.as_str().to_owned();
        key.as_bytes().iter().for_each(|byte| {
            let _ = write!(name, "{byte:02x}");
        });
        name
    }
}

impl Work for Voids {
    type Call = Call;

    fn script(&self) -> &Script {
        &self.script
    }

    fn trial(&self, number: u64) -> Result<Call, Failure> {
        let last = self.last_failed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // The braces are a hash tag: in a cluster it lives where the key in them does.
        let key = format!("{{{}}}:trial", last.as_deref().unwrap_or(self.prefix.as_str()));
        Ok(Call { number, key, wants: Wants::Void(UnixTime::default(), 1_000) })
    }

    fn failed(&self, call: &Call) {
        *self.last_failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(call.key.clone());
    }
}

impl Exchange for Call {
    /// Tokens issued before this are void.
    type Answer = Option<UnixTime>;

    fn arguments(&self, command: &mut Cmd) {
        command.arg(1).arg(&self.key).arg(self.number);
        match self.wants {
            Wants::Find => command.arg("find"),
            Wants::Void(before, millis) => {
                command.arg("void").arg(format!("{:020}", before.as_nanos())).arg(millis)
            }
        };
    }

    fn read(&self, value: &Value) -> Result<Option<UnixTime>, Failure> {
        let Value::Array(values) = value else { return Err(Failure::nonsense()) };
        let [Value::Int(number), Value::BulkString(found)] = &**values else {
            return Err(Failure::nonsense());
        };
        if u64::try_from(*number) != Ok(self.number) {
            return Err(Failure::nonsense());
        }
        let found = match &**found {
            [] => None,
            digits => Some(moment(digits).ok_or_else(Failure::nonsense)?),
        };
        match (self.wants, found) {
            (Wants::Find, found) => Ok(found),
            // What was asked for holds, or more.
            (Wants::Void(before, _), Some(found)) if found >= before => Ok(Some(found)),
            (Wants::Void(..), _) => Err(Failure::nonsense()),
        }
    }
}

fn moment(digits: &[u8]) -> Option<UnixTime> {
    let is_number = digits.len() == 20 && digits.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_number)?;
    digits.parse().ok().map(UnixTime::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wants: Wants, number: i64, found: &str, expected: Option<Option<u64>>) {
        let call = Call { number: 7, key: String::new(), wants };
        let value = Value::Array(vec![Value::Int(number), Value::BulkString(found.into())]);
        let read = call.read(&value).ok().map(|found| found.map(UnixTime::as_nanos));
        assert_eq!(read, expected, "{wants:?} {number} {found:?}");
    }

    #[test]
    fn a226_answers_are_read_or_are_none() {
        let (one, max) = ("00000000000000000001", "18446744073709551615");
        check(Wants::Find, 7, "", Some(None));
        check(Wants::Find, 7, one, Some(Some(1)));
        check(Wants::Find, 7, max, Some(Some(u64::MAX)));
        for nonsense in ["1", "18446744073709551616", "0000000000000000000x", "-0000000000000000001", "+1"] {
            check(Wants::Find, 7, nonsense, None);
        }
        for number in [6, 8, -7, i64::MIN] {
            check(Wants::Find, number, one, None);
        }
        let void = |before| Wants::Void(UnixTime::from_nanos(before), 1);
        check(void(1), 7, one, Some(Some(1)));
        check(void(0), 7, one, Some(Some(1)));
        check(void(2), 7, one, None);
        check(void(1), 7, "", None);
        let call = Call { number: 7, key: String::new(), wants: Wants::Find };
        for value in [Value::Nil, Value::Okay, Value::Int(7), Value::Array(vec![Value::Int(7)])] {
            assert!(call.read(&value).is_err(), "{value:?}");
        }
    }
}
