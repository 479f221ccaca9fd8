//! What is measured.

mod absent;
mod access_log;
pub(crate) mod api_key;
pub(crate) mod bare;
mod jwt;
pub(crate) mod limit;
mod limit_and_token;
mod noise;
pub(crate) mod policy;
mod second_gate;
mod stack;
pub(crate) mod token;

pub(crate) use bare::NOTHING;

use crate::{failure::Failure, load::Load};

/// Something that works, and can be told how often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contender {
    /// As `benches run` knows it.
    pub(crate) name: &'static str,
    load: fn() -> Result<Load, Failure>,
}

impl Contender {
    /// Builds and proves it.
    pub(crate) fn load(self) -> Result<Load, Failure> {
        (self.load)().map_err(|failure| failure.of(self.name))
    }
}

/// Contenders that do the same for a service.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// One contender less another.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) label: &'static str,
    pub(crate) contender: Contender,
    /// Does the same without what is measured.
    pub(crate) base: Contender,
    /// Work that valgrind's processor cannot do as a real one does; taken off the instructions, not off the time.
    pub(crate) digest: Option<Contender>,
    /// Instructions above the base that may not be exceeded.
    pub(crate) bound: Option<u64>,
    /// Instructions above the base that would be good.
    pub(crate) aim: Option<u64>,
    /// Nanoseconds that may not be exceeded.
    pub(crate) bound_ns: Option<u64>,
    /// Allocations that may not be exceeded.
    pub(crate) bound_allocations: Option<u64>,
    /// Takes milliseconds: timed a few times, and not counted.
    pub(crate) slow: bool,
}

impl Row {
    const fn new(label: &'static str, contender: Contender, base: Contender) -> Self {
        Self {
            label,
            contender,
            base,
            digest: None,
            bound: None,
            aim: None,
            bound_ns: None,
            bound_allocations: None,
            slow: false,
        }
    }

    const fn at_most(mut self, instructions: u64) -> Self {
        self.bound = Some(instructions);
        self
    }

    const fn aiming_at(mut self, instructions: u64) -> Self {
        self.aim = Some(instructions);
        self
    }

    const fn at_most_ns(mut self, nanos: u64) -> Self {
        self.bound_ns = Some(nanos);
        self
    }

    const fn at_most_allocations(mut self, allocations: u64) -> Self {
        self.bound_allocations = Some(allocations);
        self
    }

    const fn slow(mut self) -> Self {
        self.slow = true;
        self
    }

    const fn without_digest(mut self) -> Self {
        self.digest = Some(token::DIGEST);
        self
    }
}

/// Every case, in the order of the table.
pub(crate) fn all() -> Vec<Case> {
    vec![
        noise::case(),
        absent::case(),
        token::case(),
        api_key::case(),
        jwt::case(),
        limit::case(),
        limit_and_token::case(),
        policy::case(),
        access_log::case(),
        stack::case(),
    ]
}

/// What gates allocate, one by one.
pub(crate) fn allocations() -> Case {
    second_gate::case()
}

/// The contender of this name.
pub(crate) fn contender(name: &str) -> Result<Contender, Failure> {
    all()
        .into_iter()
        .chain([allocations()])
        .flat_map(|case| case.rows)
        .flat_map(|row| [Some(row.contender), Some(row.base), row.digest])
        .flatten()
        .find(|contender| contender.name == name)
        .ok_or_else(|| Failure::Unknown(name.to_owned()))
}
