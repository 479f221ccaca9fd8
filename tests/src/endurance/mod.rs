//! A service under steady load for minutes, while clients hang up and everything about it changes.

mod changes;
mod clients;
mod server;

use crate::{
    load::{
        arrivals::{Asked, open_loop},
        child::Child,
        figures::{Verdicts, statuses, waited},
        now,
        process::{Taken, load_average},
    },
    redis::Redis,
};
use changes::{Changed, RECOVERY, Service, fresh_token, write};
use clients::{GONE, Shared, hang_up_until, status};
pub use server::serve;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, time::sleep};

/// Requests a second.
const RATE: f64 = 200.0;
const CONNECTIONS: usize = 16;
/// Until then everything that is kept for a while has been kept once.
const WARM: Duration = Duration::from_secs(60);
const MINUTES: &str = "PALISADE_SOAK_MINUTES";
/// Resident memory may grow by so much after the first minute, in KiB.
const MOST_KIB: u64 = 4 * 1_024;
const EVERY: Duration = Duration::from_secs(10);

/// What a while of load showed.
#[derive(Debug, Default)]
struct Shown {
    asked: Vec<Asked>,
    hung_up: u64,
    changed: Changed,
    /// Seconds since the start, and resident memory in KiB.
    memory: Vec<(f64, f64)>,
}

/// The service at rest.
#[derive(Clone, Copy, Debug)]
struct Rest {
    taken: Taken,
    tasks: u64,
    in_flight: u64,
    remembered: u64,
}

/// Whether nothing grew and everything was answered as it must be; prints a table. Fails where there is no Redis.
///
/// # Panics
///
/// Where the service cannot be started, or ends.
#[allow(clippy::print_stdout, reason = "tells what was found")]
pub async fn run() -> bool {
    let Some(redis) = Redis::start() else { return false };
    let minutes: u64 = std::env::var(MINUTES).map_or(10, |minutes| minutes.parse().unwrap());
    let lasting = Duration::from_secs(minutes.max(1) * 60);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tokens");
    let token = fresh_token();
    write(&file, &[&token]);
    let child = Child::start(&["serve", &redis.url(), file.to_str().unwrap()]);
    let (addr, process) = (child.addr(), child.id());
    let (child, redis) = (Arc::new(Mutex::new(child)), Arc::new(Mutex::new(redis)));
    let service = Service { child, redis, addr, file, credentials: Shared::default() };
    let (id, key) = service.key("create").await;
    let jwt = service.tell("mint").await;
    service.credentials.set(|credentials| {
        (credentials.id, credentials.key, credentials.token, credentials.jwt) = (id, key, token, jwt);
    });
    // A few refusals, so that what keeps the last of them is full.
    for _ in 0..200 {
        assert_eq!(status(addr, "/models", "nobody's").await, 401);
    }

    let warm = WARM.min(lasting / 3);
    let start = now();
    let first = under_load(&service, process, start, warm).await;
    let before = rest(&service).await;
    let mut second = under_load(&service, process, start, lasting.saturating_sub(start.elapsed())).await;
    let after = rest(&service).await;

    println!(
        "{RATE} requests a second for {} s, {} clients a second hang up; {} keys rotated and revoked, {} turns of the keys that sign, \
         {} of the token file, Redis gone {} times; load average {}",
        (warm + lasting.saturating_sub(warm)).as_secs(),
        (first.hung_up + second.hung_up) / lasting.as_secs().max(1),
        first.changed.keys + second.changed.keys,
        first.changed.signing + second.changed.signing,
        first.changed.files + second.changed.files,
        first.changed.flaps + second.changed.flaps,
        load_average(),
    );
    println!("  first: {}; then: {}", statuses(&first.asked), statuses(&second.asked));
    let tokens = (before.remembered, after.remembered);
    println!(
        "  signed tokens that are remembered: {} after the first while, {} at the end",
        tokens.0, tokens.1
    );
    let memory = second.memory.iter().step_by(3).map(|(_, kib)| format!("{:.1}", kib / 1_024.0));
    println!("  resident memory every 30 s, in MiB: {}", memory.collect::<Vec<_>>().join(" "));
    second.asked.sort_by_key(|asked| asked.due);
    let quarter = second.asked.len() / 4;
    let (early, late) = (&second.asked[..quarter], &second.asked[second.asked.len() - quarter..]);
    println!(
        "  p99 of 200s: {:.1} ms in the first quarter, {:.1} ms in the last; resident memory {:+.2} MiB an hour",
        waited(early, 200, 990),
        waited(late, 200, 990),
        slope(&second.memory) * 3_600.0 / 1_024.0,
    );
    let mut verdicts = Verdicts::default();
    growth(&mut verdicts, before, after);
    answers(&mut verdicts, &[first, second]);
    verdicts.print()
}

#[allow(clippy::print_stdout, reason = "tells what was found")]
fn answers(verdicts: &mut Verdicts, shown: &[Shown; 2]) {
    let gone: Vec<_> = shown.iter().flat_map(|shown| shown.changed.gone.clone()).collect();
    let asked: Vec<_> = shown.iter().flat_map(|shown| &shown.asked).collect();
    let odd: Vec<_> =
        asked.iter().filter(|asked| asked.note.as_ref().is_some_and(|note| note != GONE)).collect();
    for odd in odd.iter().take(8) {
        println!("  unexpected: request {} {}: {:?}", odd.nth, odd.status, odd.note);
    }
    let count = asked.len();
    verdicts.row("answers nobody can explain", format!("{} of {count}", odd.len()), "0", odd.is_empty());
    let refused: Vec<_> = asked.iter().filter(|asked| asked.note.as_deref() == Some(GONE)).collect();
    let outside = refused.iter().filter(|asked| {
        !gone.iter().any(|(from, until)| asked.done >= *from && asked.due <= *until + RECOVERY)
    });
    let outside = outside.count();
    verdicts.row(
        "503 because Redis was gone",
        format!("{}, {outside} at other times", refused.len()),
        "0 at other times",
        outside == 0,
    );
    let flaps: u32 = shown.iter().map(|shown| shown.changed.flaps).sum();
    let exact: u32 = shown.iter().map(|shown| shown.changed.exact).sum();
    verdicts.row(
        "limits that admitted exactly",
        exact.to_string(),
        &(flaps * 2).to_string(),
        exact == flaps * 2 && flaps > 0,
    );
    let faults: Vec<_> = shown.iter().flat_map(|shown| &shown.changed.faults).collect();
    for fault in faults.iter().take(8) {
        println!("  fault: {fault}");
    }
    verdicts.row("changes that had another effect", faults.len().to_string(), "0", faults.is_empty());
}

fn growth(verdicts: &mut Verdicts, before: Rest, after: Rest) {
    let grown = after.taken.kib.saturating_sub(before.taken.kib);
    verdicts.row(
        "resident memory, after the first minute and at the end",
        format!("{} to {} KiB", before.taken.kib, after.taken.kib),
        "+4 MiB (aim 1)",
        grown <= MOST_KIB,
    );
    let mut same = |what: &str, before: u64, after: u64| {
        verdicts.row(what, format!("{before} to {after}"), "no more", after <= before);
    };
    same("files and sockets", before.taken.files, after.taken.files);
    same("threads", before.taken.threads, after.taken.threads);
    same("tasks", before.tasks, after.tasks);
    verdicts.row("in flight at rest", after.in_flight.to_string(), "0", after.in_flight == 0);
}

/// Load, clients that hang up, and changes, for so long.
async fn under_load(service: &Service, process: u32, start: Instant, lasting: Duration) -> Shown {
    let end = now() + lasting;
    let (credentials, addr) = (service.credentials.clone(), service.addr);
    let hanging_up = tokio::spawn(hang_up_until(addr, credentials.clone(), end));
    let renewing = tokio::spawn(service.clone().renew_until(end));
    let flapping = tokio::spawn(service.clone().flap_until(end));
    let watching = tokio::spawn(async move {
        let mut memory = Vec::new();
        while now() < end {
            memory.push((start.elapsed().as_secs_f64(), Taken::by(process).kib as f64));
            sleep(EVERY).await;
        }
        memory
    });
    let upkeep = service.clone();
    let keeping = tokio::spawn(async move {
        while now() < end {
            upkeep.tell("stat").await;
            sleep(Duration::from_secs(5)).await;
        }
    });
    let asked = open_loop(addr, CONNECTIONS, RATE, lasting, Arc::new(credentials)).await;
    keeping.await.unwrap();
    let (renewed, flapped) = (renewing.await.unwrap(), flapping.await.unwrap());
    let faults = [renewed.faults, flapped.faults].concat();
    let changed =
        Changed { flaps: flapped.flaps, exact: flapped.exact, gone: flapped.gone, faults, ..renewed };
    Shown { asked, hung_up: hanging_up.await.unwrap(), changed, memory: watching.await.unwrap() }
}

/// Waits until nobody asks any more, longer than an idle connection is kept.
async fn rest(service: &Service) -> Rest {
    sleep(palisade::HEAD_TIME + Duration::from_secs(3)).await;
    let told = service.tell("stat").await;
    let [tasks, in_flight, remembered] =
        [0, 1, 2].map(|nth| told.split(' ').nth(nth).unwrap().parse().unwrap());
    let taken = service.child.lock().await.taken();
    Rest { taken, tasks, in_flight, remembered }
}

/// How fast the second figure grows with the first, by least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let product = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>();
    product / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::slope;

    #[test]
    fn a_line_has_its_slope() {
        let check = |points: &[(f64, f64)], expected: f64| {
            assert!((slope(points) - expected).abs() < 1e-9, "{points:?}");
        };
        check(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)], 2.0);
        check(&[(0.0, 4.0), (10.0, 4.0)], 0.0);
    }
}
