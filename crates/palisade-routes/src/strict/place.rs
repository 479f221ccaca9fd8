//! One node, read as what is asked for.

use crate::strict::{
    fault::{Fault, FaultKind},
    node::{ANY, Kind, Node, Number},
    round::Round,
    trail::Trail,
};

/// A node, the way to it, and the round in which somebody looks.
#[derive(Clone, Copy)]
pub(crate) struct Place<'c> {
    pub(crate) node: &'c Node<'c>,
    pub(crate) trail: &'c Trail<'c>,
    pub(crate) round: &'c Round,
}

impl<'c> Place<'c> {
    pub(crate) fn kind(&self) -> &'c Kind<'c> {
        if self.round.is_hole(self.node.id) { &ANY.kind } else { &self.node.kind }
    }

    pub(crate) fn wrong(&self, expected: &'static str) {
        self.round.tell(self.trail, FaultKind::Type.code(), expected);
    }

    /// The result, whose fault is here unless it is further inside.
    pub(crate) fn blame<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        result.map_err(|fault| fault.at(self.node.id, || self.trail.pointer()))
    }

    pub(crate) fn boolean(&self) -> bool {
        match self.kind() {
            Kind::Bool(value) => *value,
            Kind::Any => false,
            Kind::Null | Kind::Number(_) | Kind::String(_) | Kind::Array(_) | Kind::Object(_) => {
                self.wrong("expected true or false");
                false
            }
        }
    }

    pub(crate) fn string(&self) -> &'c str {
        match self.kind() {
            Kind::String(text) => text,
            Kind::Any => "",
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Array(_) | Kind::Object(_) => {
                self.wrong("expected a string");
                ""
            }
        }
    }

    /// 1 stands in, and not 0, which many types refuse.
    pub(crate) fn whole<T: TryFrom<u64> + TryFrom<i64> + From<bool>>(&self) -> T {
        let number = match self.kind() {
            Kind::Number(Number::Unsigned(number)) => T::try_from(*number).ok(),
            Kind::Number(Number::Negative(number)) => T::try_from(*number).ok(),
            Kind::Any => return T::from(true),
            Kind::Number(Number::Float(_))
            | Kind::Null
            | Kind::Bool(_)
            | Kind::String(_)
            | Kind::Array(_)
            | Kind::Object(_) => {
                self.wrong("expected a whole number");
                return T::from(true);
            }
        };
        number.unwrap_or_else(|| {
            self.out_of_range();
            T::from(true)
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "a float was asked for")]
    pub(crate) fn float(&self) -> f64 {
        match self.kind() {
            Kind::Number(Number::Unsigned(number)) => *number as f64,
            Kind::Number(Number::Negative(number)) => *number as f64,
            Kind::Number(Number::Float(number)) => *number,
            Kind::Any => 1.0,
            Kind::Null | Kind::Bool(_) | Kind::String(_) | Kind::Array(_) | Kind::Object(_) => {
                self.wrong("expected a number");
                1.0
            }
        }
    }

    /// A float that an `f32` can hold.
    pub(crate) fn short_float(&self) -> f64 {
        let float = self.float();
        if float.abs() <= f64::from(f32::MAX) {
            return float;
        }
        self.out_of_range();
        1.0
    }

    fn out_of_range(&self) {
        self.round.tell(self.trail, "range", "the number is out of range");
    }
}
