//! A link that carries decisions on counters.

use crate::{
    answer::Answer,
    call::{Call, Time},
    failure::Failure,
    keys::Keys,
    script::Script,
    work::{Exchange, Work},
};
use palisade_core::{Key, Moment};
use palisade_limit::{Charge, Op, Quota, quota};
use redis::{Cmd, Value};
use std::sync::{Mutex, PoisonError};

#[derive(Debug)]
pub(crate) struct Rates {
    script: Script,
    pub(crate) keys: Keys,
    /// Whose counter failed last.
    last_failed: Mutex<Option<Key>>,
}

impl Rates {
    pub(crate) fn new(keys: Keys) -> Self {
        Self { script: Script::rates(), keys, last_failed: Mutex::new(None) }
    }
}

impl Work for Rates {
    type Call = Call;

    fn script(&self) -> &Script {
        &self.script
    }

    fn trial(&self, number: u64) -> Result<Call, Failure> {
        const TRIAL: Quota = quota!("1000000/second");
        let last = *self.last_failed.lock().unwrap_or_else(PoisonError::into_inner);
        let key = last.unwrap_or(Key::from_bytes([0; 16]));
        let charge = Charge { key, quota: &TRIAL, cost: 1 };
        Call::new(number, &Op::Take, &[charge], Moment::default(), &self.keys, Time::Server)
    }

    fn failed(&self, call: &Call) {
        *self.last_failed.lock().unwrap_or_else(PoisonError::into_inner) =
            call.charges.first().map(|charge| charge.key);
    }
}

impl Exchange for Call {
    type Answer = Answer;

    fn arguments(&self, command: &mut Cmd) {
        self.add_to(command);
    }

    fn read(&self, value: &Value) -> Result<Answer, Failure> {
        Answer::read(self, value)
    }
}
