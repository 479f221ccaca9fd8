//! Versions of the schema.

use crate::failure::Failure;

/// Names the version that a database has.
pub(crate) const VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM palisade_schema";
pub(crate) const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS palisade_schema (version BIGINT PRIMARY KEY NOT NULL)";
pub(crate) const REACHED: &str = "INSERT INTO palisade_schema (version) VALUES ($1)";

/// The statements of each version, from 1 on; released ones are never changed.
pub(crate) type Migrations = &'static [&'static str];

/// What is missing, each with the version it leads to.
pub(crate) fn missing(
    migrations: Migrations,
    found: i64,
) -> Result<impl Iterator<Item = (i64, &'static str)>, Failure> {
    let found = usize::try_from(found).map_err(|_| Failure::Corrupt("palisade_schema"))?;
    if found > migrations.len() {
        return Err(Failure::Newer);
    }
    Ok((1..).zip(migrations.iter().copied()).skip(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_in_order() {
        const ALL: Migrations = &["a", "b", "c"];
        let check = |found, expected: Result<&[(i64, &'static str)], Failure>| {
            assert_eq!(missing(ALL, found).map(Iterator::collect::<Vec<_>>), expected.map(<[_]>::to_vec));
        };
        check(0, Ok(&[(1, "a"), (2, "b"), (3, "c")]));
        check(2, Ok(&[(3, "c")]));
        check(3, Ok(&[]));
        check(4, Err(Failure::Newer));
        check(-1, Err(Failure::Corrupt("palisade_schema")));
    }
}
