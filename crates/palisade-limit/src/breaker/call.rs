//! A breaker around a future.

use super::{handle::Breaker, transition::CallOutcome};
use palisade_core::{Denial, DenialKind};
use std::{error::Error, fmt, future::Future};

/// Why a call behind a breaker has no result.
#[derive(Clone, Debug)]
pub enum CallError<E> {
    /// It was not made: 503, with the time after which to come back.
    Refused(Denial),
    /// It was made, and failed.
    Failed(E),
}

impl Breaker {
    /// Makes a call, where it may be made: `Ok` counts as success, `Err` as failure.
    ///
    /// `work` is called, and its future made, only after the breaker has admitted it. A limit of time belongs into it.
    ///
    /// # Errors
    ///
    /// [`CallError::Refused`] at once where the breaker refuses, [`CallError::Failed`] with the error of `work`. Both turn into a
    /// [`Denial`] by `?`: 503 and 502.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops that of `work`, and counts as neither success nor failure. A panic counts as failure.
    ///
    /// ```
    /// use palisade_core::Denial;
    /// use palisade_limit::breaker::Breaker;
    ///
    /// # async fn fetch() -> std::io::Result<u32> { Ok(7) }
    /// async fn price(billing: &Breaker) -> Result<u32, Denial> {
    ///     Ok(billing.call(|| fetch()).await?)
    /// }
    /// ```
    pub async fn call<T, E, F>(&self, work: impl FnOnce() -> F) -> Result<T, CallError<E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        run(self, by_result, work).await
    }

    /// Makes a call, and answers with `fallback` where it was refused or failed.
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    ///
    /// ```
    /// use palisade_limit::breaker::Breaker;
    ///
    /// # async fn fetch() -> std::io::Result<u32> { Ok(7) }
    /// async fn price(billing: &Breaker, last_known: u32) -> u32 {
    ///     billing.call_or(|| fetch(), async |_| last_known).await
    /// }
    /// ```
    pub async fn call_or<T, E, F, G>(
        &self,
        work: impl FnOnce() -> F,
        fallback: impl FnOnce(CallError<E>) -> G,
    ) -> T
    where
        F: Future<Output = Result<T, E>>,
        G: Future<Output = T>,
    {
        match self.call(work).await {
            Ok(value) => value,
            Err(error) => fallback(error).await,
        }
    }

    /// This breaker with another opinion of results: an answer may be a failure, and an error may say nothing.
    ///
    /// ```
    /// use palisade_limit::breaker::{Breaker, CallOutcome};
    /// use std::io::{self, ErrorKind};
    ///
    /// # fn main() -> Result<(), palisade_limit::breaker::BreakerErrors> {
    /// let files = Breaker::consecutive("files", 5)?.classify(|read: &io::Result<String>| match read {
    ///     Ok(_) => CallOutcome::Success,
    ///     Err(error) if error.kind() == ErrorKind::NotFound => CallOutcome::Neither,
    ///     Err(_) => CallOutcome::Failure,
    /// });
    /// # let _ = files;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn classify<T, E, C>(&self, opinion: C) -> Classified<C>
    where
        C: Fn(&Result<T, E>) -> CallOutcome,
    {
        Classified { breaker: self.clone(), opinion }
    }
}

/// A breaker with its own opinion of results; see [`Breaker::classify`].
#[derive(Clone)]
pub struct Classified<C> {
    breaker: Breaker,
    opinion: C,
}

impl<C> Classified<C> {
    /// As [`Breaker::call`].
    ///
    /// # Errors
    ///
    /// As [`Breaker::call`].
    ///
    /// # Cancel safety
    ///
    /// As [`Breaker::call`].
    pub async fn call<T, E, F>(&self, work: impl FnOnce() -> F) -> Result<T, CallError<E>>
    where
        F: Future<Output = Result<T, E>>,
        C: Fn(&Result<T, E>) -> CallOutcome,
    {
        run(&self.breaker, &self.opinion, work).await
    }

    /// As [`Breaker::call_or`].
    ///
    /// # Cancel safety
    ///
    /// As [`Breaker::call`].
    pub async fn call_or<T, E, F, G>(
        &self,
        work: impl FnOnce() -> F,
        fallback: impl FnOnce(CallError<E>) -> G,
    ) -> T
    where
        F: Future<Output = Result<T, E>>,
        G: Future<Output = T>,
        C: Fn(&Result<T, E>) -> CallOutcome,
    {
        match self.call(work).await {
            Ok(value) => value,
            Err(error) => fallback(error).await,
        }
    }

    /// The breaker.
    #[must_use]
    pub const fn breaker(&self) -> &Breaker {
        &self.breaker
    }
}

async fn run<T, E, F>(
    breaker: &Breaker,
    opinion: impl Fn(&Result<T, E>) -> CallOutcome,
    work: impl FnOnce() -> F,
) -> Result<T, CallError<E>>
where
    F: Future<Output = Result<T, E>>,
{
    let permit = breaker.acquire().map_err(CallError::Refused)?;
    let result = work().await;
    permit.settle(opinion(&result));
    result.map_err(CallError::Failed)
}

fn by_result<T, E>(result: &Result<T, E>) -> CallOutcome {
    if result.is_ok() { CallOutcome::Success } else { CallOutcome::Failure }
}

impl<E: Error + Send + Sync + 'static> From<CallError<E>> for Denial {
    fn from(error: CallError<E>) -> Self {
        match error {
            CallError::Refused(denial) => denial,
            CallError::Failed(source) => {
                Self::new(DenialKind::Upstream).because("upstream_failed").with_source(source)
            }
        }
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(denial) => write!(f, "the call was not made: {}", denial.reason()),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for CallError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(denial) => Some(denial),
            Self::Failed(error) => error.source(),
        }
    }
}

impl<C> fmt::Debug for Classified<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Classified").field("breaker", &self.breaker).finish_non_exhaustive()
    }
}
