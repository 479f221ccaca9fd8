//! Requests that come when they come, whether or not those before were answered, and requests that wait for each other.

use super::{
    connection::{Answer, Connection},
    now,
};
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep_until};

/// One request, and what became of it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Which one it was.
    pub nth: u64,
    /// When it was due.
    pub due: Instant,
    /// When it was sent: late where all connections were busy, or this process was.
    pub sent: Instant,
    /// When its answer was there.
    pub done: Instant,
    /// The status; 0 where the connection broke.
    pub status: u16,
    /// What is unusual about it.
    pub note: Option<String>,
}

impl Asked {
    /// From when it was due; whoever counts from when it was sent forgets those that had to wait.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.done - self.due
    }

    /// By how much it was sent too late.
    #[must_use]
    pub fn lateness(&self) -> Duration {
        self.sent - self.due
    }
}

/// Makes the requests, and looks at the answers.
pub trait Caller: Send + Sync + 'static {
    /// The request of this number.
    fn request(&self, nth: u64) -> Vec<u8>;

    /// What is unusual about this answer.
    fn note(&self, nth: u64, answer: &io::Result<Answer>) -> Option<String>;
}

/// So many requests a second, evenly, over so many connections. Every one of them is sent, and counted from when it was due.
pub async fn open_loop(
    addr: SocketAddr,
    connections: usize,
    rate: f64,
    lasting: Duration,
    caller: Arc<dyn Caller>,
) -> Vec<Asked> {
    let start = now();
    let due = move |nth: u64| {
        let after = Duration::from_secs_f64(nth as f64 / rate);
        (after < lasting).then(|| start + after)
    };
    all(addr, connections, caller, due).await
}

/// Connections of which each asks as soon as it was answered.
pub async fn closed_loop(
    addr: SocketAddr,
    connections: usize,
    lasting: Duration,
    caller: Arc<dyn Caller>,
) -> Vec<Asked> {
    let end = now() + lasting;
    all(addr, connections, caller, move |_| Some(now()).filter(|now| *now < end)).await
}

async fn all(
    addr: SocketAddr,
    connections: usize,
    caller: Arc<dyn Caller>,
    due: impl Fn(u64) -> Option<Instant> + Clone + Send + 'static,
) -> Vec<Asked> {
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (caller, due, next) = (Arc::clone(&caller), due.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            let (mut connection, mut asked) = (Connection::to(addr), Vec::new());
            loop {
                let nth = next.fetch_add(1, Relaxed);
                let Some(due) = due(nth) else { return asked };
                sleep_until(due.into()).await;
                let request = caller.request(nth);
                let sent = now();
                let answer = connection.exchange(&request).await;
                let (done, note) = (now(), caller.note(nth, &answer));
                let status = answer.map_or(0, |answer| answer.status);
                asked.push(Asked { nth, due, sent, done, status, note });
            }
        });
    }
    let mut asked = Vec::new();
    while let Some(of) = tasks.join_next().await {
        asked.extend(of.unwrap());
    }
    asked
}
