//! JSON that is read without guessing.

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Value};
use std::fmt;

/// One thing that is wrong with a body: where, as a JSON Pointer in a fragment (RFC 6901 §6), and what is expected there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where.
    pub pointer: String,
    /// What is expected.
    pub detail: String,
}

/// Mistakes told of one request; more would only make the answer long.
const MOST: usize = 20;

/// What is left of an object to be read.
#[derive(Debug)]
pub struct Members {
    left: Map<String, Value>,
    problems: Vec<Problem>,
}

impl Members {
    /// The members of the one object of a body.
    ///
    /// # Errors
    ///
    /// Where it is no object, or a name stands in it twice.
    pub fn parse(body: &[u8]) -> Result<Self, Vec<Problem>> {
        match serde_json::from_slice(body) {
            Ok(Object(left)) => Ok(Self { left, problems: Vec::new() }),
            // What the parser says may hold what was sent.
            Err(_) => {
                let detail = "one JSON object in which no name stands twice".to_owned();
                Err(vec![Problem { pointer: "#".to_owned(), detail }])
            }
        }
    }

    /// A member, whatever it is; `Some(Null)` where it is null.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name)
    }

    /// Notes that something else is expected there.
    pub fn wrong<T>(&mut self, place: &str, expected: &str) -> Option<T> {
        self.problems.push(Problem { pointer: format!("#/{place}"), detail: expected.to_owned() });
        None
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// Everything that is wrong; a member that nobody took is.
    pub fn finish(mut self) -> Result<(), Vec<Problem>> {
        let unknown: Vec<_> =
            self.left.keys().map(|name| name.replace('~', "~0").replace('/', "~1")).collect();
        for name in unknown {
            // It may be as long as the body.
            let name: String = name.chars().take(64).collect();
            self.wrong::<()>(&name, "unknown field");
        }
        self.problems.truncate(MOST);
        if self.problems.is_empty() { Ok(()) } else { Err(self.problems) }
    }
}

struct Object(Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Once)
    }
}

/// Takes every name once.
struct Once;

impl<'de> Visitor<'de> for Once {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = access.next_entry()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Object(members))
    }
}
