//! The table of allocations.

use crate::{
    case,
    failure::Failure,
    measure::Measurements,
    table::{Table, grouped},
};

/// Prints what gates allocate for a request; whether every bound is kept.
pub(crate) fn print() -> Result<bool, Failure> {
    let mut measurements = Measurements::default();
    let mut table = Table::new(["contender", "allocs", "bound", ""], 1);
    let mut kept = true;
    for row in case::allocations().rows {
        let found = measurements.allocations(&row)?;
        let bound = row.bound_allocations.map(u64::cast_signed);
        let verdict = bound.map_or("", |bound| if found > bound { "MISSED" } else { "ok" });
        kept &= verdict != "MISSED";
        table.push([
            row.label.into(),
            found.to_string(),
            bound.map(grouped).unwrap_or_default(),
            verdict.into(),
        ]);
    }
    print!(
        "Allocations of one request above the same request without it, by memcheck in the steady state.\n\n{table}"
    );
    Ok(kept)
}
