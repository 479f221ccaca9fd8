//! Who sees a request out.

use crate::{
    denial::{Denial, GRPC_STATUS},
    facts::Facts,
};
use http::{HeaderValue, StatusCode, response};
use std::{any::Any, thread};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// The whole body was handed on.
    Complete,
    /// The body was dropped before its end: mostly, the client has gone.
    Aborted,
    /// The body failed, or somebody panicked before there was a response.
    Failed,
    /// Nobody read the body for so long that its place was given to another request.
    Unread,
    /// There was no response: the request was cancelled, or its service failed.
    Unanswered,
}

/// Sees one request out, as an access log does; given to [`Facts::witness`] while the request comes in.
///
/// An envelope tells it, so it hears nothing where none stands outside of whoever gave it, but that the request
/// [ended unanswered](Ending::Unanswered).
pub trait Witness: Send + Sync + 'static {
    /// The response's head, as it leaves the outermost envelope; `None` where there will be no response.
    ///
    /// By now the facts are complete. Keep none before: the facts keep the witness.
    fn answered(&mut self, head: Option<&response::Parts>, facts: &Facts);

    /// The end, told once: how, and how many bytes of body were handed on.
    fn ended(self: Box<Self>, ending: Ending, bytes: u64);
}

/// The witnesses of one request; whoever has it last tells them the end.
#[derive(Default)]
pub(crate) struct Watch {
    witnesses: Vec<Box<dyn Witness>>,
    answered: bool,
    failed: bool,
    unread: bool,
    over: bool,
    sent: u64,
    /// How many bytes the head promised.
    promised: Option<u64>,
}

impl Watch {
    pub(crate) fn push(&mut self, witness: Box<dyn Witness>) {
        self.witnesses.push(witness);
    }

    /// Tells them the head; `silent` where no body will follow it.
    pub(crate) fn answered(
        &mut self,
        head: &response::Parts,
        facts: &Facts,
        silent: bool,
        size: Option<u64>,
    ) {
        (self.answered, self.over, self.promised) = (true, silent, size);
        self.tell(Some(head), facts);
    }

    /// Tells them that there will be no response.
    pub(crate) fn unanswered(&mut self, facts: &Facts) {
        self.tell(None, facts);
    }

    fn tell(&mut self, head: Option<&response::Parts>, facts: &Facts) {
        for witness in &mut self.witnesses {
            witness.answered(head, facts);
        }
    }

    /// So many more bytes were handed on; `over` where nothing follows.
    pub(crate) const fn sent(&mut self, bytes: u64, over: bool) {
        self.sent = self.sent.saturating_add(bytes);
        self.over |= over;
    }

    pub(crate) const fn failed(&mut self) {
        self.failed = true;
    }

    /// Its place was given to another request.
    pub(crate) const fn unread(&mut self) {
        self.unread = true;
    }

    fn ending(&self) -> Ending {
        match self {
            Self { failed: true, .. } => Ending::Failed,
            // Whoever notices a panic lets go of the request before that is caught.
            Self { answered: false, .. } if thread::panicking() => Ending::Failed,
            Self { answered: false, .. } => Ending::Unanswered,
            // A server stops asking when it has what `Content-Length` said.
            Self { over, sent, promised, .. } if *over || *promised == Some(*sent) => Ending::Complete,
            Self { unread: true, .. } => Ending::Unread,
            _ => Ending::Aborted,
        }
    }
}

impl Facts {
    /// What a response refuses, as its head tells it: by its status, or over gRPC, where every status is 200, by `grpc-status`. Nothing
    /// where somebody in between answered in another way on purpose.
    #[must_use]
    pub fn told<'f>(&'f self, head: &'f response::Parts) -> Option<&'f Denial> {
        let told = |denial: &&Denial| {
            let kind = denial.kind();
            let code = || HeaderValue::from(kind.grpc_status());
            let over_grpc = || head.headers.get(GRPC_STATUS).is_some_and(|told| *told == code());
            kind.status() == head.status || (head.status == StatusCode::OK && over_grpc())
        };
        head.extensions.get::<Denial>().filter(told).or_else(|| self.denial().filter(told))
    }

    /// Has this witness told of the response's head and of its end.
    pub fn witness(&self, witness: Box<dyn Witness>) {
        self.held().watch(|place| {
            let watch = place.get_or_insert_with(|| Box::<Watch>::default());
            if let Some(watch) = watch.downcast_mut::<Watch>() {
                watch.push(witness);
            }
        });
    }
}

impl Watch {
    /// What the tail of a request has kept.
    pub(crate) fn of(kept: Option<Box<dyn Any + Send + Sync>>) -> Option<Box<Self>> {
        kept?.downcast().ok()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let ending = self.ending();
        for witness in self.witnesses.drain(..) {
            witness.ended(ending, self.sent);
        }
    }
}
