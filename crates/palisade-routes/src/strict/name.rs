//! The name of a member, as a key of whatever type a map has.

use crate::strict::fault::Fault;
use serde::{
    de::{self, DeserializeSeed, Visitor, value::UnitDeserializer},
    forward_to_deserialize_any,
};

#[derive(Clone, Copy)]
pub(crate) struct Name<'c>(pub(crate) &'c str);

macro_rules! whole {
    ($($method:ident $visit:ident $type:ty),*) => {$(
        /// Only as it would be written: `"1"` and `"01"` would be one key under two names.
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.0.parse::<$type>() {
                Ok(number) if number.to_string() == self.0 => visitor.$visit(number),
                _ => visitor.visit_str(self.0),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Name<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.0)
    }

    whole! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64, deserialize_i128 visit_i128 i128, deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> de::EnumAccess<'de> for Name<'_> {
    type Error = Fault;
    type Variant = OnlyUnit;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, OnlyUnit), Fault> {
        Ok((seed.deserialize(self)?, OnlyUnit))
    }
}

pub(crate) struct OnlyUnit;

impl OnlyUnit {
    fn refuse<'de, V: Visitor<'de>>(visitor: V) -> Result<V::Value, Fault> {
        de::Deserializer::deserialize_any(UnitDeserializer::new(), visitor)
    }
}

impl<'de> de::VariantAccess<'de> for OnlyUnit {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(UnitDeserializer::new())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        Self::refuse(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        Self::refuse(visitor)
    }
}
