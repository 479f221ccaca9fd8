//! The table of costs.

use crate::{
    case::{self, Case, Row},
    failure::Failure,
    measure::{COUNTS, Cost, Measurements},
    table::{Table, grouped},
    valgrind, versions,
};

/// Prints what the chosen cases cost, all without a choice; whether every bound is kept.
pub(crate) fn print(chosen: &[String]) -> Result<bool, Failure> {
    let cases = case::all();
    if let Some(unknown) = chosen.iter().find(|name| cases.iter().all(|case| case.name != name.as_str())) {
        return Err(Failure::Unknown(unknown.clone()));
    }
    let valgrind = valgrind::version()?;
    let mut measurements = Measurements::default();
    let mut table =
        Table::new(["case", "contender", "instr", "bound", "aim", "ns", "bound", "allocs", ""], 2);
    let mut kept = true;
    for case in cases.iter().filter(|case| chosen.is_empty() || chosen.iter().any(|name| name == case.name)) {
        for row in &case.rows {
            eprintln!("measuring {}: {}", case.name, row.label);
            match measurements.cost(row) {
                Ok(cost) => {
                    let verdict = verdict(row, &cost);
                    kept &= verdict != MISSED;
                    table.push(line(case, row, &cost, verdict));
                }
                Err(failure) => {
                    eprintln!("{failure}");
                    kept = false;
                    table.push(failed(case, row));
                }
            }
        }
    }
    print!("{}\n{table}", heading(&valgrind));
    Ok(kept)
}

const MISSED: &str = "MISSED";

fn verdict(row: &Row, cost: &Cost) -> &'static str {
    let over = |cost: i64, bound: Option<u64>| bound.is_some_and(|bound| cost > bound.cast_signed());
    match (
        over(cost.instructions.unwrap_or_default(), row.bound) || over(cost.nanos, row.bound_ns),
        row.bound.or(row.bound_ns),
    ) {
        (true, _) => MISSED,
        (false, Some(_)) => "ok",
        (false, None) => "",
    }
}

fn line(case: &Case, row: &Row, cost: &Cost, verdict: &str) -> [String; 9] {
    let bound = |bound: Option<u64>| bound.map(|bound| grouped(bound.cast_signed())).unwrap_or_default();
    [
        case.name.into(),
        row.label.into(),
        cost.instructions.map(grouped).unwrap_or_default(),
        bound(row.bound),
        bound(row.aim),
        grouped(cost.nanos),
        bound(row.bound_ns),
        cost.allocations.map(grouped).unwrap_or_default(),
        verdict.into(),
    ]
}

/// The line of a row that could not be measured; why was told at once.
fn failed(case: &Case, row: &Row) -> [String; 9] {
    let [case, label, verdict] = [case.name, row.label, "FAILED"].map(str::to_owned);
    [
        case,
        label,
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        verdict,
    ]
}

/// Who was measured.
pub(crate) fn peers() -> Table<2> {
    let mut peers = Table::new(["package", "version"], 2);
    for name in [
        "axum",
        "palisade-core",
        "palisade-limit",
        "palisade-routes",
        "tower-http",
        "tower_governor",
        "axum-governor",
        "governor",
    ] {
        peers.push([name.into(), versions::of(name).into()]);
    }
    peers
}

fn heading(valgrind: &str) -> String {
    let peers = peers();
    let [few, more, most] = COUNTS;
    format!(
        "{peers}
What one request costs above the same request without it. \"From outside\": wrapped around the finished router.
instr   instructions by callgrind ({valgrind}) in the steady state: the slope between {few}, {more} and {most} requests, the lowest
        difference; everything in memory, one thread, one allocator (the system's) for all contenders
ns      time of this thread on a processor, by turns, the median; noisy
allocs  allocations by memcheck
"
    )
}
