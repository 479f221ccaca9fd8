//! Numbers as bytes.

use super::error::H5adError;
use hdf5_reader::{ByteOrder, Datatype};

/// A type of numbers that is read: whole ones of 1, 2, 4 or 8 bytes, and `float32` and `float64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    kind: Kind,
    size: usize,
    is_big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unsigned,
    Signed,
    Float,
}

impl Number {
    pub(super) fn of(datatype: &Datatype) -> Result<Self, H5adError> {
        let (kind, size, order) = match datatype {
            Datatype::FixedPoint { size: size @ (1 | 2 | 4 | 8), signed, byte_order } => {
                (if *signed { Kind::Signed } else { Kind::Unsigned }, *size, *byte_order)
            }
            Datatype::FloatingPoint { size: size @ (4 | 8), byte_order } => (Kind::Float, *size, *byte_order),
            _ => {
                return Err(H5adError::Unsupported(
                    "numbers must be whole ones of 1 to 8 bytes, float32 or float64",
                ));
            }
        };
        Ok(Self { kind, size: usize::from(size), is_big_endian: order == ByteOrder::BigEndian })
    }

    /// As `numpy` calls it.
    pub(super) const fn name(self) -> &'static str {
        match (self.kind, self.size) {
            (Kind::Unsigned, 1) => "uint8",
            (Kind::Unsigned, 2) => "uint16",
            (Kind::Unsigned, 4) => "uint32",
            (Kind::Unsigned, _) => "uint64",
            (Kind::Signed, 1) => "int8",
            (Kind::Signed, 2) => "int16",
            (Kind::Signed, 4) => "int32",
            (Kind::Signed, _) => "int64",
            (Kind::Float, 4) => "float32",
            (Kind::Float, _) => "float64",
        }
    }

    pub(super) const fn is_whole(self) -> bool {
        !matches!(self.kind, Kind::Float)
    }

    /// The numbers in these bytes.
    pub(super) fn values(self, bytes: &[u8]) -> impl Iterator<Item = f64> + '_ {
        bytes.chunks_exact(self.size).map(move |bytes| self.value(bytes))
    }

    /// The places in these bytes; `None` for what is below zero or no whole number.
    pub(super) fn places(self, bytes: &[u8]) -> impl Iterator<Item = Option<u64>> + '_ {
        bytes.chunks_exact(self.size).map(move |bytes| self.place(bytes))
    }

    #[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are told to sixteen digits")]
    #[expect(clippy::cast_possible_truncation, reason = "four bytes are 32 bits")]
    fn value(self, bytes: &[u8]) -> f64 {
        let bits = self.bits(bytes);
        match (self.kind, self.size) {
            (Kind::Float, 4) => f64::from(f32::from_bits(bits as u32)),
            (Kind::Float, _) => f64::from_bits(bits),
            (Kind::Unsigned, _) => bits as f64,
            (Kind::Signed, _) => self.signed(bits) as f64,
        }
    }

    fn place(self, bytes: &[u8]) -> Option<u64> {
        let bits = self.bits(bytes);
        match self.kind {
            Kind::Float => None,
            Kind::Unsigned => Some(bits),
            Kind::Signed => u64::try_from(self.signed(bits)).ok(),
        }
    }

    fn bits(self, bytes: &[u8]) -> u64 {
        let push = |bits: u64, byte: &u8| (bits << 8) | u64::from(*byte);
        if self.is_big_endian { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) }
    }

    const fn signed(self, bits: u64) -> i64 {
        let unused = 64 - 8 * self.size as u32;
        (bits << unused).cast_signed() >> unused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_kinds_are_read() {
        let check = |datatype: Datatype, bytes: &[u8], expected: (&str, f64, Option<u64>)| {
            let number = Number::of(&datatype).unwrap();
            let value = number.values(bytes).next().unwrap();
            assert_eq!((number.name(), value, number.places(bytes).next().unwrap()), expected, "{bytes:?}");
        };
        let whole = |size, signed, byte_order| Datatype::FixedPoint { size, signed, byte_order };
        let (little, big) = (ByteOrder::LittleEndian, ByteOrder::BigEndian);
        check(whole(1, false, little), &[255], ("uint8", 255.0, Some(255)));
        check(whole(1, true, little), &[255], ("int8", -1.0, None));
        check(whole(2, true, big), &[0x7f, 0xff], ("int16", 32_767.0, Some(32_767)));
        check(whole(4, true, little), &[0xfe, 0xff, 0xff, 0xff], ("int32", -2.0, None));
        check(whole(8, true, little), &[3, 0, 0, 0, 0, 0, 0, 0], ("int64", 3.0, Some(3)));
        check(whole(8, false, big), &[255; 8], ("uint64", 18_446_744_073_709_551_615.0, Some(u64::MAX)));
        let float = |size, byte_order| Datatype::FloatingPoint { size, byte_order };
        check(float(4, little), &1.5f32.to_le_bytes(), ("float32", 1.5, None));
        check(float(8, big), &(-0.1f64).to_be_bytes(), ("float64", -0.1, None));
        for bad in [whole(3, true, little), whole(16, true, little), float(2, little), float(16, big)] {
            assert!(Number::of(&bad).is_err());
        }
    }
}
