//! Settings of a TOML text.

use super::{
    mistake::{Mistake, Mistakes},
    node::{Node, Value},
    origin::Origin,
    secret_file::LONGEST_FILE,
};
use std::sync::Arc;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use zeroize::Zeroizing;

/// The tree of a text that is called `name` in messages; what cannot be read is told.
pub(super) fn parse(name: &str, text: &str, mistakes: &mut Mistakes) -> Node {
    if text.len() as u64 > LONGEST_FILE {
        mistakes.push(Mistake::new("", format!("{name} is larger than 4 MiB")));
        return Node::table(Origin::Default);
    }
    let lines = Lines { name: name.into(), starts: starts(text) };
    let (table, faults) = DeTable::parse_recoverable(text);
    for fault in &faults {
        let at = fault.span().map_or(0, |span| span.start);
        mistakes.push(Mistake::new("", fault.message()).from_origin(lines.origin(at)));
    }
    // What the parser made of a text with errors is not what was written.
    if !faults.is_empty() {
        return Node::table(lines.origin(0));
    }
    let root = lines.table(table.get_ref(), 0);
    if root.count() > MOST {
        mistakes.push(Mistake::new("", format!("{name} has more than {MOST} settings")));
        return Node::table(Origin::Default);
    }
    root
}

/// A text has no more settings, items of lists included.
const MOST: usize = 250_000;

struct Lines {
    name: Arc<str>,
    starts: Vec<usize>,
}

fn starts(text: &str) -> Vec<usize> {
    text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1).collect()
}

impl Lines {
    fn origin(&self, at: usize) -> Origin {
        let line = self.starts.partition_point(|start| *start <= at) + 1;
        Origin::File { name: self.name.clone(), line }
    }

    fn table(&self, table: &DeTable<'_>, at: usize) -> Node {
        let entries = table.iter().map(|(key, value)| {
            // A table is where its name is, not where its first value is.
            (key.get_ref().clone().into_owned(), self.node(value, key.span().start))
        });
        Node::new(Value::Table(entries.collect()), self.origin(at))
    }

    fn node(&self, value: &Spanned<DeValue<'_>>, at: usize) -> Node {
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(Zeroizing::new(text.clone().into_owned())),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Integer(number),
                // Too large for any setting; as a fraction it is refused by whoever wants a number.
                Err(_) => Value::Float(f64::MAX),
            },
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(moment) => Value::Text(Zeroizing::new(moment.to_string())),
            DeValue::Array(list) => {
                Value::List(list.iter().map(|item| self.node(item, item.span().start)).collect())
            }
            DeValue::Table(table) => return self.table(table, at),
        };
        Node::new(value, self.origin(at))
    }
}
