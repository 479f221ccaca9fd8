//! Limiters beside one another, in one run.

mod decisions;
mod instructions;
mod requests;

use crate::{failure::Failure, figures, table::Table};
use std::net::Ipv4Addr;

/// What a comparison found.
#[derive(Clone)]
pub(super) struct Found {
    what: &'static str,
    contender: &'static str,
    figure: i64,
    /// Of the contender that the others are compared with.
    ratio: f64,
    goal: Option<f64>,
}

/// Prints every comparison; whether every goal is kept.
pub(crate) fn print(only_decisions: bool) -> Result<bool, Failure> {
    let mut table = Table::new(["what", "contender", "found", "ratio", "goal", ""], 2);
    let mut kept = true;
    let requests =
        if only_decisions { Vec::new() } else { [instructions::compare()?, requests::compare()?].concat() };
    for found in [requests, decisions::compare()?].into_iter().flatten() {
        let verdict = match found.goal {
            Some(goal) if found.ratio > goal => "MISSED",
            Some(_) => "ok",
            None => "",
        };
        kept &= verdict != "MISSED";
        table.push([
            found.what.into(),
            found.contender.into(),
            found.figure.to_string(),
            format!("{:.2}", found.ratio),
            found.goal.map(|goal| format!("{goal:.2}")).unwrap_or_default(),
            verdict.into(),
        ]);
    }
    println!(
        "{}\nEvery answer is checked: 200 and the handler's body, or admitted.\n\n{table}",
        figures::peers()
    );
    Ok(kept)
}

/// How many clients a crowd has.
const CROWD: u32 = 1_000_000;

/// The address of a client.
fn address(client: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x0a00_0000 | client)
}

/// A walk through the crowd that comes by every client once, in no order that a processor could guess.
fn scattered(step: u32) -> u32 {
    // The factor has no divisor in common with the number of clients.
    (u64::from(step) * 618_033_989 % u64::from(CROWD)) as u32
}

fn median<T: Copy + PartialOrd>(mut all: Vec<T>) -> Result<T, Failure> {
    all.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    all.get(all.len() / 2).copied().ok_or_else(|| Failure::setup("nothing was measured"))
}
