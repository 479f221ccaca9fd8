//! The way to the server: one connection that all exchanges share, replaced when it is in doubt.

use crate::{
    connection::{Connection, Target},
    failure::{Failure, Fate, Weight},
    health::Health,
    notices::Notices,
    work::{Exchange, Work},
};
use palisade_core::Clock;
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

/// What exchanges and the keeper of the connection share.
#[derive(Debug)]
pub(crate) struct Link<W> {
    pub(crate) target: Target,
    pub(crate) work: W,
    pub(crate) clock: Clock,
    pub(crate) connect: Duration,
    pub(crate) operation: Duration,
    pub(crate) notices: Notices,
    state: watch::Sender<State>,
    /// Told when the keeper has something to do.
    pub(crate) needed: Notify,
    /// Told by everyone who was turned away.
    pub(crate) asked: Notify,
    health: Mutex<Health>,
    given_up: AtomicBool,
    generations: AtomicU64,
    numbers: AtomicU64,
    under_way: AtomicUsize,
}

#[derive(Clone, Debug)]
enum State {
    /// Nobody has asked for a connection yet.
    Idle,
    /// Somebody waits for one.
    Wanted,
    Up(Live),
    /// The last attempt failed.
    Down,
}

/// A connection and which one it is.
#[derive(Clone, Debug)]
struct Live {
    connection: Connection,
    generation: u64,
}

/// Exchanges at once; more are turned away at once instead of waiting in line.
const UNDER_WAY: usize = 1_024;

impl<W: Work> Link<W> {
    pub(crate) fn new(
        target: Target,
        work: W,
        clock: Clock,
        connect: Duration,
        operation: Duration,
        notices: Notices,
    ) -> Self {
        Self {
            target,
            work,
            clock,
            connect,
            operation,
            notices,
            state: watch::Sender::new(State::Idle),
            needed: Notify::new(),
            asked: Notify::new(),
            health: Mutex::default(),
            given_up: AtomicBool::new(false),
            generations: AtomicU64::new(0),
            numbers: AtomicU64::new(1),
            under_way: AtomicUsize::new(0),
        }
    }

    /// A number that no other call has, within what an answer can repeat exactly.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Relaxed) & ((1 << 53) - 1)
    }

    /// Whether the server is left alone for now. Saying so lets the keeper know that somebody asked.
    pub(crate) fn is_given_up(&self) -> bool {
        let given_up = self.given_up.load(Relaxed);
        if given_up {
            self.asked.notify_one();
        }
        given_up
    }

    /// Whether the keeper has something to do.
    pub(crate) fn is_in_need(&self) -> bool {
        self.given_up.load(Relaxed) || matches!(*self.state.borrow(), State::Wanted | State::Down)
    }

    /// Sends a call and reads its answer, within the time that an operation may take.
    pub(crate) async fn exchange(&self, call: &W::Call) -> Result<Answer<W>, Failure> {
        if self.under_way.fetch_add(1, Relaxed) >= UNDER_WAY {
            self.under_way.fetch_sub(1, Relaxed);
            return Err(Failure::crowded());
        }
        let _under_way = UnderWay(&self.under_way);
        let mut used = None;
        let work = async {
            let mut live = self.live().await?;
            used = Some(live.generation);
            let value = live.connection.run(self.work.script(), call).await?;
            call.read(&value)
        };
        let answer = timeout(self.operation, work).await.unwrap_or_else(|_| Err(Failure::timed_out()));
        match answer {
            Ok(answer) => {
                self.lock_health().succeeded();
                Ok(answer)
            }
            Err(failure) => {
                let is_first = match used {
                    Some(generation) if failure.connection == Fate::Replace => self.lose(generation),
                    _ => true,
                };
                if failure.weight == Weight::Full || (failure.weight == Weight::Connection && is_first) {
                    self.work.failed(call);
                    self.failed(&failure);
                }
                Err(failure)
            }
        }
    }

    /// The connection, or the wait for it, which the caller bounds.
    async fn live(&self) -> Result<Live, Failure> {
        let mut states = self.state.subscribe();
        loop {
            let state = states.borrow_and_update().clone();
            match state {
                State::Up(live) => return Ok(live),
                State::Down => {
                    self.asked.notify_one();
                    return Err(Failure::not_connected());
                }
                State::Idle => {
                    self.replace(|state| matches!(state, State::Idle), State::Wanted);
                }
                State::Wanted => {}
            }
            self.needed.notify_one();
            states.changed().await.map_err(|_| Failure::not_connected())?;
        }
    }

    /// Takes a connection out of use: no further call goes out on it, and it is closed as soon as those already sent have ended,
    /// which have their own deadlines. Whether it was still in use.
    fn lose(&self, generation: u64) -> bool {
        let is_it = |state: &State| matches!(state, State::Up(live) if live.generation == generation);
        let was = self.replace(is_it, State::Wanted);
        if was {
            self.needed.notify_one();
        }
        was
    }

    fn replace(&self, which: impl Fn(&State) -> bool, by: State) -> bool {
        self.state.send_if_modified(|state| {
            let is_it = which(state);
            if is_it {
                *state = by;
            }
            is_it
        })
    }

    /// Puts a connection into use.
    pub(crate) fn publish(&self, connection: Connection) {
        let generation = self.generations.fetch_add(1, Relaxed);
        self.state.send_replace(State::Up(Live { connection, generation }));
    }

    /// There is no connection, and whoever waits for one need not wait any longer.
    pub(crate) fn down(&self) {
        self.state.send_replace(State::Down);
    }

    /// Counts a failure, and gives up for now where it is one too many.
    pub(crate) fn failed(&self, failure: &Failure) {
        let too_many = self.lock_health().failed(self.clock.now().mono);
        if too_many && !self.given_up.swap(true, Relaxed) {
            self.down();
            self.notices.degraded(failure);
            self.needed.notify_one();
        }
    }

    pub(crate) fn must_be_tried_out(&self) -> bool {
        self.given_up.load(Relaxed)
    }

    /// The server answered again.
    pub(crate) fn recovered(&self) {
        self.lock_health().forget();
        if self.given_up.swap(false, Relaxed) {
            self.notices.restored();
        }
    }

    fn lock_health(&self) -> std::sync::MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a call over such a link is answered.
type Answer<W> = <<W as Work>::Call as Exchange>::Answer;

struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
