//! A value of some type, made of a document node by node.
//!
//! A node of the wrong type is told, and something of the right type stands in for it, so that the rest is looked at too. What is
//! made in such a round is thrown away.

use crate::strict::{
    fault::{Fault, FaultKind},
    name::Name,
    node::{ANY, Kind, Node, Number},
    place::Place,
    round::Round,
    trail::Trail,
};
use serde::{
    de::{self, DeserializeSeed, Error as _, Visitor},
    forward_to_deserialize_any,
};
use std::{borrow::Cow, slice};

/// How deep stand-ins stand in each other, at most: a type may hold itself.
const MAX_STAND_INS: u8 = 16;

#[derive(Clone, Copy)]
pub(crate) struct Deserializer<'c> {
    place: Place<'c>,
    stand_ins: u8,
}

impl<'c> Deserializer<'c> {
    pub(crate) const fn new(node: &'c Node<'c>, trail: &'c Trail<'c>, round: &'c Round) -> Self {
        Self { place: Place { node, trail, round }, stand_ins: 0 }
    }

    fn inside(&self, node: &'c Node<'c>, trail: &'c Trail<'c>) -> Result<Self, Fault> {
        let stand_ins = if matches!(node.kind, Kind::Any) { self.stand_ins + 1 } else { 0 };
        if stand_ins > MAX_STAND_INS {
            Err(Fault::new(FaultKind::Value))
        } else {
            Ok(Self { place: Place { node, trail, ..self.place }, stand_ins })
        }
    }

    fn elements<'de, V: Visitor<'de>>(
        self,
        nodes: &'c [Node<'c>],
        stand_ins: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut elements = Elements { within: self, rest: nodes.iter(), at: 0, stand_ins };
        let value = visitor.visit_seq(&mut elements)?;
        if elements.rest.len() > 0 {
            return Err(Fault::invalid_length(nodes.len(), &"fewer elements"));
        }
        Ok(value)
    }

    fn members<'de, V: Visitor<'de>>(
        self,
        members: &'c [(Cow<'c, str>, Node<'c>)],
        fields: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_map(Members {
            within: self,
            rest: members.iter(),
            fields,
            added: self.place.round.added_to(self.place.node.id),
            next: None,
        })
    }
}

macro_rules! whole {
    ($($method:ident $visit:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.place.blame(visitor.$visit(self.place.whole()))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Deserializer<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.place.blame(match self.place.kind() {
            Kind::Null | Kind::Any => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Number(Number::Unsigned(number)) => visitor.visit_u64(*number),
            Kind::Number(Number::Negative(number)) => visitor.visit_i64(*number),
            Kind::Number(Number::Float(number)) => visitor.visit_f64(*number),
            Kind::String(text) => visitor.visit_str(text),
            Kind::Array(nodes) => self.elements(nodes, 0, visitor),
            Kind::Object(members) => self.members(members, None, visitor),
        })
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.place.blame(visitor.visit_bool(self.place.boolean()))
    }

    whole! {
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32,
        deserialize_i64 visit_i64, deserialize_i128 visit_i128, deserialize_u8 visit_u8,
        deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64,
        deserialize_u128 visit_u128
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.place.blame(visitor.visit_f64(self.place.short_float()))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.place.blame(visitor.visit_f64(self.place.float()))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.place.string();
        self.place.blame(match self.place.kind() {
            Kind::String(_) => visitor.visit_str(text),
            _ => visitor.visit_char('x'),
        })
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.place.blame(visitor.visit_str(self.place.string()))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.place.kind() {
            Kind::Null | Kind::Any => self.place.blame(visitor.visit_none()),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if !matches!(self.place.kind(), Kind::Null | Kind::Any) {
            self.place.wrong("expected null");
        }
        self.place.blame(visitor.visit_unit())
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.place.blame(visitor.visit_newtype_struct(self))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_tuple(0, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.place.blame(match self.place.kind() {
            Kind::Array(nodes) => self.elements(nodes, 0, visitor),
            kind => {
                if !matches!(kind, Kind::Any) {
                    self.place.wrong("expected an array");
                }
                self.elements(&[], length, visitor)
            }
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.object(None, visitor)
    }

    /// Only an object: an array would leave it to the order of fields what its elements mean.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.object(Some(fields), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let first = || (variants.first().copied().unwrap_or_default(), Some(&ANY));
        let (name, content): (&str, Option<&Node<'_>>) = match self.place.kind() {
            Kind::String(name) => (name, None),
            Kind::Object(members) if members.len() == 1 => match members.first() {
                Some((name, content)) => (name, Some(content)),
                None => first(),
            },
            Kind::Any => first(),
            _ => {
                self.place.wrong("expected the name of a variant, or an object of one member with that name");
                first()
            }
        };
        self.place.blame(visitor.visit_enum(Choice { within: self, name, content }))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.place.trail.is_member() {
            self.place.round.tell(self.place.trail, FaultKind::Unknown.code(), FaultKind::Unknown.message());
        }
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf }
}

impl<'c> Deserializer<'c> {
    fn object<'de, V: Visitor<'de>>(
        self,
        fields: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.place.blame(match self.place.kind() {
            Kind::Object(members) => self.members(members, fields, visitor),
            kind => {
                if !matches!(kind, Kind::Any) {
                    self.place.wrong("expected an object");
                }
                self.members(&[], fields, visitor)
            }
        })
    }
}

struct Elements<'c> {
    within: Deserializer<'c>,
    rest: slice::Iter<'c, Node<'c>>,
    at: usize,
    stand_ins: usize,
}

impl<'de> de::SeqAccess<'de> for Elements<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let node = match self.rest.next() {
            Some(node) => node,
            None if self.at < self.stand_ins => &ANY,
            None => return Ok(None),
        };
        let trail = self.within.place.trail.element(self.at);
        self.at += 1;
        seed.deserialize(self.within.inside(node, &trail)?).map(Some)
    }
}

struct Members<'c> {
    within: Deserializer<'c>,
    rest: slice::Iter<'c, (Cow<'c, str>, Node<'c>)>,
    /// The members there are, where that is known.
    fields: Option<&'static [&'static str]>,
    /// What an earlier round missed.
    added: Vec<(&'static str, &'c Node<'static>)>,
    next: Option<(&'c str, &'c Node<'c>)>,
}

impl<'de> de::MapAccess<'de> for Members<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        for (name, node) in self.rest.by_ref() {
            if self.fields.is_none_or(|fields| fields.contains(&&**name)) {
                self.next = Some((name, node));
                let trail = self.within.place.trail.member(name);
                let key = seed.deserialize(Name(name));
                return key
                    .map(Some)
                    .map_err(|fault| fault.at(self.within.place.node.id, || trail.pointer()));
            }
            let trail = self.within.place.trail.member(name);
            self.within.place.round.tell(&trail, FaultKind::Unknown.code(), FaultKind::Unknown.message());
        }
        let Some((name, node)) = self.added.pop() else { return Ok(None) };
        self.next = Some((name, node));
        seed.deserialize(Name(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let (name, node) = self.next.take().ok_or_else(|| Fault::new(FaultKind::Value))?;
        let trail = self.within.place.trail.member(name);
        seed.deserialize(self.within.inside(node, &trail)?)
    }
}

struct Choice<'c> {
    within: Deserializer<'c>,
    name: &'c str,
    content: Option<&'c Node<'c>>,
}

impl<'c, 'de> de::EnumAccess<'de> for Choice<'c> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Fault> {
        Ok((seed.deserialize(Name(self.name))?, self))
    }
}

impl<'c> Choice<'c> {
    fn with<T>(self, make: impl FnOnce(Deserializer<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let content = self.content.ok_or_else(|| Fault::new(FaultKind::Type))?;
        make(self.within.inside(content, &self.within.place.trail.member(self.name))?)
    }
}

impl<'de> de::VariantAccess<'de> for Choice<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            None | Some(Node { kind: Kind::Any, .. }) => Ok(()),
            Some(_) => Err(Fault::new(FaultKind::Type)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        self.with(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.with(|content| de::Deserializer::deserialize_tuple(content, length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.with(|content| content.object(Some(fields), visitor))
    }
}
