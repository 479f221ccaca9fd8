//! What a guarded server costs over loopback, beside a bare one: each in a process of its own, by turns.

mod alone;
mod child;
mod client;
mod guards;
mod lines;
#[cfg(feature = "metrics")]
mod observed;
mod parts;
pub(crate) mod server;

use crate::{failure::Failure, table::Table};
use child::Child;
use server::Kind;

/// How often each server is asked in one turn, and how many turns there are.
const TURNS: usize = 9;
/// A guarded request may cost so much of a bare one more than a bare one.
const MOST: f64 = 0.5;
/// Of one line of the access log, in nanoseconds of all threads.
const MOST_NANOS: f64 = 1_500.0;

/// Prints the table; whether every bound is kept.
pub(crate) fn print() -> Result<bool, Failure> {
    let mut children = Kind::ALL.iter().copied().map(Child::start).collect::<Result<Vec<_>, _>>()?;
    let mut turns = Vec::new();
    // The first turn warms everything up and is not counted.
    for turn in 0..=TURNS {
        let figures = children.iter_mut().map(Child::turn).collect::<Result<Vec<_>, _>>()?;
        if turn > 0 {
            turns.push(figures);
        }
    }
    let mut table =
        Table::new(["server", "CPU us", "above bare", "of bare", "lines", "bound", "requests/s", ""], 1);
    let mut kept = true;
    for (nth, kind) in Kind::ALL.iter().copied().enumerate() {
        let of =
            |of: &dyn Fn(&[client::Turn]) -> Option<f64>| median(turns.iter().filter_map(|turn| of(turn)));
        let cpu = of(&|turn| Some(turn.get(nth)?.cpu_nanos))? / 1e3;
        let above = of(&|turn| Some(turn.get(nth)?.cpu_nanos - turn.first()?.cpu_nanos))? / 1e3;
        let share = of(&|turn| Some(turn.get(nth)?.cpu_nanos / turn.first()?.cpu_nanos - 1.0))?;
        let rate = of(&|turn| Some(turn.get(nth)?.a_second))?;
        let beside = |other: Kind| {
            let place = Kind::ALL.iter().position(|kind| *kind == other);
            let difference =
                |turn: &[client::Turn]| Some(turn.get(nth)?.cpu_nanos - turn.get(place?)?.cpu_nanos);
            of(&difference).map(|nanos| nanos / 1e3)
        };
        let (bounded, bound, missed) = match kind {
            Kind::StackAndLog => (true, format!("{MOST:.1} of bare"), share > MOST),
            Kind::Keys | Kind::KeysAlone => below("pair", beside(Kind::Peers)?),
            Kind::Guards => below("layers", beside(Kind::PeersGuards)?),
            // No bound: nothing that sends these lines can be below it.
            Kind::Lines => (false, format!("pair: {:+.2}", beside(Kind::Peers)?), false),
            _ => (false, String::new(), false),
        };
        kept &= !missed;
        table.push([
            kind.label().to_owned(),
            format!("{cpu:.2}"),
            if nth == 0 { String::new() } else { format!("{above:.2}") },
            if nth == 0 { String::new() } else { format!("{share:.3}") },
            children.get(nth).map(|child| child.lines().to_string()).unwrap_or_default(),
            bound,
            format!("{rate:.0}"),
            verdict(bounded, missed).to_owned(),
        ]);
    }
    println!(
        "Over loopback: {} connections that always wait for an answer, {} requests a turn, {TURNS} turns, each server in a process of its own.\n\
         CPU us      processor time of the server's process a request, kernel included; the median\n\
         above bare  of a turn's figure less that of the bare server in the same turn; the median\n\
         lines       header lines of an answer; the peers know one token where the rows above them know a thousand keys\n\
         bound       by how much it is above the pair (the last row), or above the layers that do the same (the row below it)\n",
        client::CONNECTIONS,
        client::REQUESTS,
    );
    print!("{table}");
    let nanos = alone::nanos()?;
    let missed = nanos > MOST_NANOS;
    println!(
        "\nthe access log alone, all threads: {nanos:.0} ns a request (bound {MOST_NANOS:.0}, aim 1000) {}",
        verdict(true, missed)
    );
    Ok(kept && !missed)
}

/// Whether there is a bound, its words, and whether it is missed.
fn below(what: &str, beside: f64) -> (bool, String, bool) {
    (true, format!("below {what}: {beside:+.2}"), beside >= 0.0)
}

const fn verdict(bounded: bool, missed: bool) -> &'static str {
    match (bounded, missed) {
        (false, _) => "",
        (true, false) => "ok",
        (true, true) => "MISSED",
    }
}

/// The middle one.
fn median(figures: impl Iterator<Item = f64>) -> Result<f64, Failure> {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().ok_or_else(|| Failure::setup("nothing was measured"))
}
