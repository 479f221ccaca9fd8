//! A service behind a whole stack that is asked for three times what it can do, for a minute.

mod server;

use crate::load::{
    arrivals::{Asked, Caller, closed_loop, open_loop},
    child::Child,
    connection::{Answer, Connection},
    figures::{Verdicts, per_mille, statuses, waited},
    now,
    process::{Taken, load_average},
};
pub use server::serve;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::sleep;

/// Callers, each with a key.
const KEYS: usize = 10_000;
/// A client for each place, so that no place is ever empty and nobody is refused.
const AT_CAPACITY: usize = 20;
/// Enough for those that wait and all that are refused meanwhile.
const CONNECTIONS: usize = 128;
/// Times what it can do.
const TIMES: f64 = 3.0;
/// Of what it can do, where nothing is wrong.
const USUAL: f64 = 0.3;
const QUIET: Duration = Duration::from_secs(10);
const OVERLOAD: Duration = Duration::from_secs(60);
/// After so long everything is as it was.
const BACK: Duration = Duration::from_secs(2);

struct Keyed(Vec<String>);

impl Caller for Keyed {
    fn request(&self, nth: u64) -> Vec<u8> {
        let key = &self.0[usize::try_from(nth).unwrap() % self.0.len()];
        format!("GET /work HTTP/1.1\r\nhost: api.example\r\nx-api-key: {key}\r\n\r\n").into_bytes()
    }

    fn note(&self, _: u64, answer: &io::Result<Answer>) -> Option<String> {
        match answer {
            Ok(answer) if answer.status == 200 => None,
            Ok(answer) => {
                let told = answer.status == 503
                    && answer.body.contains(r#""kind":"overloaded""#)
                    && answer.head.contains("\r\nretry-after: 1");
                (!told).then(|| format!("{} {}", answer.status, answer.body))
            }
            Err(error) => Some(error.to_string()),
        }
    }
}

/// Asks a critical route ten times a second, until the end; how often it answered, and how often it did not.
async fn vital(addr: std::net::SocketAddr, ended: Arc<AtomicBool>) -> (u32, u32) {
    let (mut connection, mut good, mut bad) = (Connection::to(addr), 0, 0);
    while !ended.load(Relaxed) {
        let answer = connection.exchange(b"GET /healthz HTTP/1.1\r\nhost: api.example\r\n\r\n").await;
        let of = if answer.is_ok_and(|answer| answer.status == 200) { &mut good } else { &mut bad };
        *of += 1;
        sleep(Duration::from_millis(100)).await;
    }
    (good, bad)
}

/// Whether every bound was kept; prints the table.
///
/// # Panics
///
/// Where the server does not answer at all.
#[allow(clippy::print_stdout, reason = "tells what was found")]
pub async fn run() -> bool {
    let mut child = Child::start(&["serve", &KEYS.to_string()]);
    let addr = child.addr();
    let keys: Vec<String> = child.tell("keys").split(' ').map(str::to_owned).collect();
    assert_eq!(keys.len(), KEYS);
    let caller: Arc<dyn Caller> = Arc::new(Keyed(keys));
    let ask = |rate, lasting| open_loop(addr, CONNECTIONS, rate, lasting, Arc::clone(&caller));

    let warm = closed_loop(addr, AT_CAPACITY, Duration::from_secs(3), Arc::clone(&caller)).await;
    let peak = closed_loop(addr, AT_CAPACITY, QUIET, Arc::clone(&caller)).await;
    let capacity = good(&peak) as f64 / QUIET.as_secs_f64();
    let usual = ask(capacity * USUAL, QUIET).await;
    let memory = child.taken().kib;

    let ended = Arc::new(AtomicBool::new(false));
    let highest = Arc::new(AtomicU64::new(memory));
    let watching = tokio::spawn(watch(child.id(), Arc::clone(&highest), Arc::clone(&ended)));
    let vital = tokio::spawn(vital(addr, Arc::clone(&ended)));
    let start = now();
    let flood = ask(capacity * TIMES, OVERLOAD).await;
    let end = start + OVERLOAD;
    ended.store(true, Relaxed);
    watching.await.unwrap();
    let (vital, vital_missed) = vital.await.unwrap();
    let after = ask(capacity * USUAL, QUIET + BACK).await;
    let late: Vec<Asked> = after.iter().filter(|asked| asked.due > end + BACK).cloned().collect();
    sleep(Duration::from_secs(1)).await;
    let told = child.tell("stat");
    let [in_flight, lines] = [0, 1].map(|nth| told.split(' ').nth(nth).unwrap().parse::<u64>().unwrap());

    println!(
        "{KEYS} keys; {:.0} requests a second are {TIMES} times what the service can do ({capacity:.0}), for {} s; load average {}",
        capacity * TIMES,
        OVERLOAD.as_secs(),
        load_average()
    );
    println!("  before: {}; meanwhile: {}; after: {}", statuses(&usual), statuses(&flood), statuses(&after));
    let late_sent = per_mille(flood.iter().map(Asked::lateness), 990);
    let took =
        per_mille(flood.iter().filter(|asked| asked.status == 503).map(|asked| asked.done - asked.sent), 990);
    println!(
        "  99 of 100 were sent at most {late_sent:.1} ms late; from then on 99 of 100 refusals took {took:.1} ms"
    );
    let mut verdicts = Verdicts::default();
    let goodput = flood.iter().filter(|asked| asked.status == 200 && asked.done < end).count() as f64
        / OVERLOAD.as_secs_f64();
    let share = goodput / capacity;
    verdicts.row("goodput, of the peak", format!("{:.1} %", share * 100.0), ">= 90 % (aim 95)", share >= 0.9);
    let (alone, amid) = (waited(&usual, 200, 990), waited(&flood, 200, 990));
    let longer = amid / alone;
    let found = format!("{amid:.1} ms, {longer:.1} x {alone:.1}");
    verdicts.row("accepted, p99 from when due", found, "<= 5 x unloaded (aim 3)", longer <= 5.0);
    let refused = waited(&flood, 503, 990);
    verdicts.row(
        "refused, p99 from when due",
        format!("{refused:.1} ms"),
        "<= 10 ms (aim 5)",
        refused <= 10.0,
    );
    let odd =
        [&warm, &peak, &usual, &flood, &after].into_iter().flatten().filter_map(|asked| asked.note.as_ref());
    let odd: Vec<_> = odd.collect();
    for odd in odd.iter().take(5) {
        println!("  unexpected: {odd}");
    }
    verdicts.row("answers that are neither 200 nor 503", odd.len().to_string(), "0", odd.is_empty());
    verdicts.row(
        "a critical route meanwhile",
        format!("{vital} of {}", vital + vital_missed),
        "all",
        vital_missed == 0,
    );
    let grown = (highest.load(Relaxed).saturating_sub(memory)) as f64 / 1_024.0;
    verdicts.row(
        "resident memory, at the most",
        format!("{grown:+.1} MiB of {:.0}", memory as f64 / 1_024.0),
        "<= +64 MiB",
        grown <= 64.0,
    );
    let back = waited(&late, 200, 990);
    let calm = late.iter().all(|asked| asked.status == 200);
    verdicts.row(
        "p99 from 2 s after on",
        format!("{back:.1} ms, {:.2} x", back / alone),
        "<= 1.5 x, none refused",
        calm && back <= alone * 1.5,
    );
    verdicts.row("in flight at the end", in_flight.to_string(), "0", in_flight == 0);
    let asked = [&warm, &peak, &usual, &flood, &after].map(|asked| asked.len() as u64).iter().sum::<u64>();
    let all = asked + u64::from(vital + vital_missed);
    verdicts.row("lines of the access log", lines.to_string(), &all.to_string(), lines == all);
    verdicts.print()
}

fn good(asked: &[Asked]) -> usize {
    asked.iter().filter(|asked| asked.status == 200).count()
}

async fn watch(process: u32, highest: Arc<AtomicU64>, ended: Arc<AtomicBool>) {
    while !ended.load(Relaxed) {
        highest.fetch_max(Taken::by(process).kib, Relaxed);
        sleep(Duration::from_millis(250)).await;
    }
}
