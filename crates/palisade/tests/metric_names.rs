//! Names of numbers stay apart where exporters write `_` for every other sign, as those for Prometheus do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

const SOURCES: [&str; 6] = [
    include_str!("../../palisade-observe/src/metrics/names.rs"),
    include_str!("../../palisade-observe/src/metrics/events.rs"),
    include_str!("../../palisade-limit/src/metrics.rs"),
    include_str!("../../palisade-limit/src/breaker/meter.rs"),
    include_str!("../../palisade-apikey/src/cache/lookups.rs"),
    include_str!("../../palisade-jwt/src/cache/lookups.rs"),
];

#[test]
fn no_two_numbers_have_the_same_name_in_prometheus() {
    let literals = SOURCES.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
    let names: BTreeSet<_> =
        literals.filter(|text| text.starts_with("palisade") || text.starts_with("http.")).collect();
    let names = names.into_iter().filter(|name| !name.contains("::"));
    let mut written = BTreeMap::<String, Vec<&str>>::new();
    for name in names {
        written.entry(name.replace('.', "_")).or_default().push(name);
    }
    assert!(written.contains_key("palisade_breaker_state") && written.contains_key("palisade_endings"));
    for (name, all) in written {
        assert_eq!(all.len(), 1, "{name}: {all:?}");
    }
}
