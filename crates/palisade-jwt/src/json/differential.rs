//! What is read here, beside what another strict reader reads.

use super::*;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value of `serde_json` in which no member stands twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading).map(Self)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Strict(value))) = map.next_entry::<String, Strict>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("twice"));
            }
        }
        Ok(members.into())
    }
}

/// The same value. Their reader of fractions may be off by the last bit.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) if ours != theirs => {
            let (Some(a), Some(b)) = (ours.as_f64(), theirs.as_f64()) else { return false };
            (ours.is_f64() == theirs.is_f64() || a == 0.0) && (a - b).abs() <= a.abs() * 1e-15
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            let member = |(name, ours): (&String, &Value)| theirs.get(name).is_some_and(|it| same(ours, it));
            ours.len() == theirs.len() && ours.iter().all(member)
        }
        (ours, theirs) => ours == theirs,
    }
}

/// Headers, claims, and what readers have differed about.
const DOCUMENTS: &[&str] = &[
    r#"{"alg":"ES256","kid":"k1","typ":"at+jwt"}"#,
    r#"{"alg":"HS256","alg":"none"}"#,
    r#"{"iss":"i","sub":"s","aud":["a","b"],"exp":1700000060,"iat":1.7e9}"#,
    r#"{"s\u0075b":"a","sub":"b"}"#,
    r#"{"cnf":{"jkt":"x","jkt":"y"},"n":null}"#,
    r#"{"exp":-0,"nbf":1E+2,"iat":18446744073709551616,"x":-9223372036854775808}"#,
    r#"{"a":"\ud83d\ude00\n\/","b":"é😀","c":[true,false,[]]}"#,
    r#" { "a" : [ 1 , 2.50 , { } ] , "" : "" } "#,
    r#"{"a":0.1e-7,"b":123456789012345678901234567890,"c":[[[[1]]]]}"#,
    r#"["x",null,{"a":{"b":{"a":1}}}]"#,
];
/// What changes put in.
const PIECES: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"\\u00",
    b"\\ud8",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b" ",
    b"\t",
    b"\n",
    b"0",
    b"1",
    b"9",
    b"-",
    b".",
    b"e",
    b"E+",
    b"null",
    b"true",
    b"\xc3\xa9",
    b"\xff",
    b"\0",
    b"a",
    b"\"a\":1,",
    b"\xef\xbb\xbf",
    b"\\u0061",
    b"/",
];

/// A document that something was done to, none to four times.
fn change(random: &mut u64, document: &mut Vec<u8>) {
    let mut draw = |most: usize| {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        usize::try_from(*random >> 33).unwrap() % most.max(1)
    };
    document.clear();
    document.extend_from_slice(DOCUMENTS[draw(DOCUMENTS.len())].as_bytes());
    for _ in 0..draw(5) {
        let at = draw(document.len() + 1);
        let end = (at + draw(6)).min(document.len());
        match draw(4) {
            0 => drop(document.drain(at..end)),
            1 => {
                let again = document[at..end].to_vec();
                document.splice(at..at, again);
            }
            2 => {
                document.splice(at..end.min(at + 1), PIECES[draw(PIECES.len())].iter().copied());
            }
            _ => {
                document.splice(at..at, PIECES[draw(PIECES.len())].iter().copied());
            }
        }
    }
}

/// In short; `cargo xtask soak` reads a hundred million documents.
#[test]
fn a137_what_is_read_is_what_another_strict_reader_reads() {
    let wanted =
        std::env::var("PALISADE_JSON_DOCUMENTS").map_or(20_000_u64, |number| number.parse().unwrap());
    let (mut random, mut document, mut read) = (0x9e37_79b9_7f4a_7c15_u64, Vec::new(), 0_u64);
    for nth in 0..wanted {
        change(&mut random, &mut document);
        let ours = Reader::new(&document).and_then(|mut reader| {
            let value = reader.document()?;
            if reader.duplicate { Err(JsonError::Duplicate) } else { Ok(value) }
        });
        let theirs = serde_json::from_slice::<Strict>(&document).ok();
        let agree = match (&ours, &theirs) {
            (Ok(ours), Some(Strict(theirs))) => same(ours, theirs),
            (Err(_), None) => true,
            _ => false,
        };
        assert!(
            agree,
            "{nth}: {:?}: {ours:?}, {:?}",
            String::from_utf8_lossy(&document),
            theirs.map(|it| it.0)
        );
        read += u64::from(ours.is_ok());
    }
    println!("A137: {wanted} documents, {read} of them JSON, no disagreement");
    assert!(read > wanted / 10 && read < wanted, "{read} of {wanted}");
}
