//! What waits, what runs, and what was done.

use super::ticket::{Status, Ticket};
use crate::request::{InferenceResponse, Job};
use palisade::UnixTime;
use std::collections::VecDeque;

/// How many finished jobs can be asked for; the oldest ones go first.
pub(super) const FINISHED: usize = 200;
/// The most memory that waiting prompts take, in bytes.
const PROMPTS: usize = 16 * 1024 * 1024;

/// What waits, what runs, and what was done, oldest first; everything has a bound.
#[derive(Debug, Default)]
pub(super) struct Board {
    tickets: VecDeque<Ticket>,
    jobs: VecDeque<(Box<str>, Job)>,
}

/// How many jobs there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting ones.
    pub waiting: usize,
    /// Running ones.
    pub running: usize,
    /// Finished ones that can still be asked for.
    pub finished: usize,
}

impl Board {
    /// Takes a job where fewer than `most` wait; `false` where there is no room.
    pub(super) fn put(&mut self, ticket: Ticket, job: Job, most: usize) -> bool {
        let prompts: usize = self.jobs.iter().map(|(_, job)| job.prompt.len()).sum();
        if self.jobs.len() >= most || prompts + job.prompt.len() > PROMPTS {
            return false;
        }
        self.jobs.push_back((ticket.id.clone(), job));
        self.tickets.push_back(ticket);
        true
    }

    /// The job that waited longest, which runs from now on.
    pub(super) fn start(&mut self, now: UnixTime) -> Option<(Box<str>, Job)> {
        let (id, job) = self.jobs.pop_front()?;
        if let Some(ticket) = self.ticket(&id) {
            (ticket.status, ticket.started_at) = (Status::Running, Some(now));
        }
        Some((id, job))
    }

    /// It has written one token more; `false` where it should stop.
    pub(super) fn wrote(&mut self, id: &str) -> bool {
        let running = self.ticket(id).filter(|ticket| ticket.status == Status::Running);
        running.map(|ticket| ticket.tokens += 1).is_some()
    }

    /// It is done, unless somebody did not want it any more.
    pub(super) fn finish(&mut self, id: &str, answer: InferenceResponse, now: UnixTime) {
        if let Some(ticket) = self.ticket(id).filter(|ticket| ticket.status == Status::Running) {
            (ticket.status, ticket.finished_at) = (Status::Done, Some(now));
            ticket.result = Some(answer);
        }
        self.forget();
    }

    /// Ends a job that waits or runs, and forgets one that is over; `false` where there is none.
    pub(super) fn cancel(&mut self, id: &str, now: UnixTime) -> bool {
        let Some(ticket) = self.ticket(id) else { return false };
        if matches!(ticket.status, Status::Waiting | Status::Running) {
            (ticket.status, ticket.finished_at) = (Status::Cancelled, Some(now));
            self.jobs.retain(|(waiting, _)| **waiting != *id);
            self.forget();
        } else {
            self.tickets.retain(|ticket| *ticket.id != *id);
        }
        true
    }

    /// Ends and forgets all of them.
    pub(super) fn clear(&mut self) {
        self.jobs.clear();
        // Who writes one finds it gone, and stops.
        self.tickets.clear();
    }

    /// One of them.
    pub(super) fn find(&self, id: &str) -> Option<&Ticket> {
        self.tickets.iter().find(|ticket| *ticket.id == *id)
    }

    /// The newest ones first, without their answers.
    pub(super) fn list(&self) -> Vec<Ticket> {
        let shown = |ticket: &Ticket| Ticket { result: None, ..ticket.clone() };
        self.tickets.iter().rev().map(shown).collect()
    }

    /// How many there are.
    pub(super) fn counts(&self) -> Counts {
        let running = self.tickets.iter().filter(|ticket| ticket.status == Status::Running).count();
        let waiting = self.jobs.len();
        Counts { waiting, running, finished: self.tickets.len() - waiting - running }
    }

    fn ticket(&mut self, id: &str) -> Option<&mut Ticket> {
        self.tickets.iter_mut().find(|ticket| *ticket.id == *id)
    }

    fn forget(&mut self) {
        while self.counts().finished > FINISHED {
            let over = |ticket: &Ticket| matches!(ticket.status, Status::Done | Status::Cancelled);
            let Some(at) = self.tickets.iter().position(over) else { return };
            self.tickets.remove(at);
        }
    }
}
