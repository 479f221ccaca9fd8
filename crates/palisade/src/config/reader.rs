//! Reads any type of serde from a tree.

use super::{
    fault::Fault,
    node::{Node, Value},
    path::Trail,
    secret_file,
};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer as _, MapAccess, SeqAccess,
    Unexpected, Visitor, value::StrDeserializer,
};
use std::{
    collections::{BTreeMap, btree_map},
    fmt,
    iter::Enumerate,
    slice,
};

/// By this name a type says that it is a secret.
pub(super) const SECRET: &str = "$palisade::Confidential";
/// By this one, that it may hold one.
pub(super) const URL: &str = "$palisade::StoreUrl";

/// A setting that is being read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'t> {
    pub(super) node: &'t Node,
    pub(super) trail: &'t Trail<'t>,
}

impl<'t> Reader<'t> {
    fn by_its_kind<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let read = match &self.node.value {
            Value::Text(text) | Value::Loose(text) => visitor.visit_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Flag(flag) => visitor.visit_bool(*flag),
            Value::List(list) => visitor.visit_seq(Items::new(list, self.trail)),
            Value::Table(table) => visitor.visit_map(Pairs::new(table, self.trail)),
            Value::InFile(_) => Err(Fault::custom("only secrets are read from files of their own")),
            Value::Gone => visitor.visit_none(),
        };
        read.map_err(|fault| fault.at(self.trail))
    }

    /// The text of the environment or a command line, where it is one.
    fn loose(&self) -> Option<&'t str> {
        match &self.node.value {
            Value::Loose(text) => Some(text.trim()),
            _ => None,
        }
    }

    fn parsed<'de, V: Visitor<'de>, T: std::str::FromStr>(
        self,
        visitor: V,
        visit: impl FnOnce(V, T) -> Result<V::Value, Fault>,
    ) -> Result<V::Value, Fault> {
        let Some(text) = self.loose() else { return self.by_its_kind(visitor) };
        let read = match text.parse::<T>() {
            Ok(value) => visit(visitor, value),
            Err(_) => Err(Fault::invalid_type(Unexpected::Str(""), &visitor)),
        };
        read.map_err(|fault| fault.at(self.trail))
    }

    fn secret<'de, V: Visitor<'de>>(self, visitor: V, may_be_plain: bool) -> Result<V::Value, Fault> {
        let read = match &self.node.value {
            Value::Loose(text) => visitor.visit_str(text),
            Value::InFile(path) => match secret_file::read(path) {
                Ok(text) => visitor.visit_str(&text),
                Err(what) => Err(Fault::custom(what)),
            },
            Value::Text(text) if may_be_plain => visitor.visit_str(text),
            Value::Text(_) => Err(Fault::custom(
                "a secret does not stand among settings: name a file that holds it, by this name with `_file` after it, or set it in the environment",
            )),
            _ => return self.by_its_kind(visitor),
        };
        read.map_err(|fault| fault.at(self.trail))
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.parsed(visitor, |visitor: V, value: $type| visitor.$visit(value))
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    parsed! {
        deserialize_bool visit_bool bool,
        deserialize_i8 visit_i64 i64,
        deserialize_i16 visit_i64 i64,
        deserialize_i32 visit_i64 i64,
        deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u64 u64,
        deserialize_u16 visit_u64 u64,
        deserialize_u32 visit_u64 u64,
        deserialize_u64 visit_u64 u64,
        deserialize_f32 visit_f64 f64,
        deserialize_f64 visit_f64 f64,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.by_its_kind(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.value {
            Value::Gone => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match name {
            SECRET => self.secret(visitor, false),
            URL => self.secret(visitor, true),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    /// In a variable, commas stand between the items.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Value::Loose(text) = &self.node.value else { return self.by_its_kind(visitor) };
        let item =
            |item: &str| Node::new(Value::Loose(item.trim().to_owned().into()), self.node.origin.clone());
        let items: Vec<_> =
            if text.trim().is_empty() { Vec::new() } else { text.split(',').map(item).collect() };
        visitor.visit_seq(Items::new(&items, self.trail)).map_err(|fault| fault.at(self.trail))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let read = match &self.node.value {
            Value::Text(text) | Value::Loose(text) => {
                let word: StrDeserializer<'_, Fault> = text.trim().into_deserializer();
                visitor.visit_enum(word)
            }
            Value::Integer(_) => Err(Fault::invalid_type(Unexpected::Signed(0), &Words(known))),
            Value::Float(_) => Err(Fault::invalid_type(Unexpected::Float(0.0), &Words(known))),
            Value::Flag(_) => Err(Fault::invalid_type(Unexpected::Bool(false), &Words(known))),
            Value::List(_) => Err(Fault::invalid_type(Unexpected::Seq, &Words(known))),
            Value::Table(_) => Err(Fault::invalid_type(Unexpected::Map, &Words(known))),
            Value::InFile(_) | Value::Gone => return self.by_its_kind(visitor),
        };
        read.map_err(|fault| fault.at(self.trail))
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

/// One of these, as text.
struct Words(&'static [&'static str]);

impl Expected for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>();
        write!(f, "one of {}", words.join(", "))
    }
}

/// What is inside of a list.
struct Items<'t> {
    items: Enumerate<slice::Iter<'t, Node>>,
    trail: &'t Trail<'t>,
}

impl<'t> Items<'t> {
    fn new(items: &'t [Node], trail: &'t Trail<'t>) -> Self {
        Self { items: items.iter().enumerate(), trail }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some((index, node)) = self.items.find(|(_, node)| !matches!(node.value, Value::Gone)) else {
            return Ok(None);
        };
        let trail = Trail::Index(self.trail, index);
        seed.deserialize(Reader { node, trail: &trail }).map(Some).map_err(|fault| fault.at(&trail))
    }
}

/// What is inside of a table.
struct Pairs<'t> {
    pairs: btree_map::Iter<'t, String, Node>,
    next: Option<(&'t String, &'t Node)>,
    trail: &'t Trail<'t>,
}

impl<'t> Pairs<'t> {
    fn new(table: &'t BTreeMap<String, Node>, trail: &'t Trail<'t>) -> Self {
        Self { pairs: table.iter(), next: None, trail }
    }
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.next = self.pairs.next();
        let Some((key, _)) = self.next else { return Ok(None) };
        let word: StrDeserializer<'_, Fault> = key.as_str().into_deserializer();
        // An unknown key is a fault of the table, which knows what it should have been.
        seed.deserialize(word).map(Some).map_err(|fault| fault.at(self.trail))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((key, node)) = self.next.take() else {
            return Err(serde::de::Error::custom("a value without a key"));
        };
        let trail = Trail::Key(self.trail, key);
        seed.deserialize(Reader { node, trail: &trail }).map_err(|fault| fault.at(&trail))
    }
}
