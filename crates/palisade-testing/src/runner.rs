use std::io::ErrorKind;

use crate::case::{Case, Profile};
use crate::check;
use crate::exchange::{Exchange, Times};
use crate::likeness::unlike;
use crate::preview;
use crate::report::{Failure, Report, Verdict};
use crate::response::Response;
use crate::target::Target;
use crate::template::{Fill, Unfilled};
use crate::wire::{Conversation, End, Listen, connect, converse};

/// Plays cases, one after the other, against servers that `make` starts.
///
/// `make` is called once for all cases of [`Profile::Plain`] and once for each other case, whose server must be fresh
/// (its limits untouched). A profile that cannot be served may be answered with any server: its cases then do not
/// apply, because the target states neither burst nor trusted proxy. Needs a tokio runtime with time and I/O.
pub async fn run<F, Fut>(cases: &[Case], make: F) -> Report
where
    F: Fn(Profile) -> Fut,
    Fut: Future<Output = Target>,
{
    let mut plain = None;
    let mut report = Report::default();
    for case in cases {
        let target = match (case.profile, plain.take()) {
            (Profile::Plain, Some(target)) => target,
            (profile, kept) => {
                plain = kept;
                make(profile).await
            }
        };
        report.push(case, play(case, &target).await);
        if case.profile == Profile::Plain {
            plain = Some(target);
        }
    }
    report
}

async fn play(case: &Case, target: &Target) -> Verdict {
    if case.profile == Profile::TrustedProxy && !target.trusted_proxy {
        return Verdict::NotApplicable("the target states no trusted proxy".into());
    }
    let mut skipped = Vec::new();
    let mut played = Vec::new();
    for exchange in &case.exchanges {
        match lack(exchange, target) {
            None => played.push(exchange),
            Some(lack) if exchange.optional => skipped.push(lack),
            Some(lack) => return Verdict::NotApplicable(format!("the target states {lack}")),
        }
    }
    let mut failures = Vec::new();
    let mut models: Vec<(&str, Response)> = Vec::new();
    for exchange in played {
        let (got, mut problems) = match repeat(exchange, target).await {
            Ok(result) => result,
            Err(Refused::Bind(why)) => return Verdict::NotApplicable(why),
            Err(Refused::Connect(why)) => (Conversation { answers: Vec::new(), end: End::Closed }, vec![why]),
        };
        if let (Some((likeness, label)), Some(first)) = (exchange.likeness, got.answers.first()) {
            match models.iter().find(|(known, _)| *known == label) {
                Some((_, model)) => {
                    let problem = unlike(likeness, model, first);
                    problems
                        .extend(problem.map(|how| format!("{how} than the first answer of class {label:?}")));
                }
                None => models.push((label, first.clone())),
            }
        }
        if !problems.is_empty() {
            let (sent, received) =
                (preview::sent(&exchange.request, target), preview::received(&got, target));
            failures.push(Failure { problem: problems.join("; "), sent, received });
        }
    }
    if failures.is_empty() { Verdict::Passed(skipped) } else { Verdict::Failed(failures) }
}

/// What the exchange names and the target does not state. A template error is no lack: it fails when played.
fn lack(exchange: &Exchange, target: &Target) -> Option<String> {
    if exchange.times != Times::Once && target.address_burst.is_none() {
        return Some("no address burst".into());
    }
    match exchange.request.render(&Fill::new(target)) {
        Err(Unfilled::Lacks(what)) => Some(what.into()),
        Ok(_) | Err(Unfilled::Unknown(_)) => None,
    }
}

/// Why no conversation took place.
enum Refused {
    /// This machine has no such local address.
    Bind(String),
    Connect(String),
}

type Judged = (Conversation, Vec<String>);

/// The last conversation, and what is wrong with it or with the number it took.
async fn repeat(exchange: &Exchange, target: &Target) -> Result<Judged, Refused> {
    let burst = target.address_burst.unwrap_or_default();
    let (least, most) = match exchange.times {
        Times::Once => return once(exchange, target, 1).await,
        Times::UntilLimited => (burst, burst.saturating_mul(4)),
        Times::StillLimited => (0, (burst / 2).max(1)),
    };
    let mut n = 1;
    loop {
        let (got, problems) = once(exchange, target, n).await?;
        let status = got.answers.first().map(|response| response.status);
        match status {
            Some(429) if n <= least => {
                return Ok((got, vec![format!("limited at request {n}, within the burst of {burst}")]));
            }
            Some(429) => return Ok((got, problems)),
            Some(code) if code >= 500 => return Ok((got, problems)),
            None => return Ok((got, problems)),
            Some(_) if n >= most => return Ok((got, vec![format!("not limited after {n} requests")])),
            Some(_) => n += 1,
        }
    }
}

async fn once(exchange: &Exchange, target: &Target, n: u32) -> Result<Judged, Refused> {
    let fill = Fill { n, ..Fill::new(target) };
    let bytes = match exchange.request.render(&fill) {
        Ok(text) => text.into_bytes(),
        Err(Unfilled::Lacks(what)) => return Err(Refused::Connect(format!("the target states {what}"))),
        Err(Unfilled::Unknown(name)) => {
            return Err(Refused::Connect(format!("the case names {name:?}, which is no placeholder")));
        }
    };
    let before = target.handler_count.as_ref().map(|count| count());
    let stream = connect(target.addr, exchange.from).await.map_err(|error| match exchange.from {
        Some(from) if error.kind() == ErrorKind::AddrNotAvailable => {
            Refused::Bind(format!("this machine has no address {from}"))
        }
        _ => Refused::Connect(format!("no connection to {}: {error}", target.addr)),
    })?;
    let listen = Listen {
        answers: exchange.answers.len(),
        head: exchange.request.is_head(),
        until_closed: exchange.must_close,
    };
    let got = converse(stream, bytes, listen).await;
    let mut problems = check::conversation(exchange, &got, &fill);
    if let (Some(count), Some(before)) = (&target.handler_count, before) {
        problems.extend(handler(exchange, count().saturating_sub(before)));
    }
    Ok((got, problems))
}

/// A count is of the whole connection, so it is judged where all its answers expect the same.
fn handler(exchange: &Exchange, ran: u64) -> Option<String> {
    let all = |expected| exchange.answers.iter().all(|answer| answer.handler == Some(expected));
    if ran > 0 && all(false) {
        return Some("a protected handler ran".into());
    }
    (ran == 0 && all(true)).then(|| "no protected handler ran".into())
}
