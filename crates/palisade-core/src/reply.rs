//! An answer that is ready now, or will be later.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// The answer of a guard, an authenticator or a store: ready now, or later.
///
/// Most answers are in memory. `Reply` keeps them free of allocation (a ready value is stored inline, a later one costs one
/// box), stays object-safe and has a name, so ports remain plain `dyn` traits.
///
/// # Cancel safety
///
/// Dropping a `Reply` drops the future in it; what that means is the future's own promise.
///
/// ```
/// use palisade_core::Reply;
///
/// assert_eq!(Reply::now(3).map(|n| n + 1).try_now().ok(), Some(4));
/// assert!(Reply::later(async { 3 }).try_now().is_err());
/// ```
#[must_use = "a reply does nothing until it is taken or awaited"]
pub struct Reply<T>(State<T>);

enum State<T> {
    Now(Option<T>),
    Later(Pin<Box<dyn Future<Output = T> + Send>>),
}

impl<T> Reply<T> {
    /// An answer that is there already; allocates nothing.
    #[inline]
    pub const fn now(value: T) -> Self {
        Self(State::Now(Some(value)))
    }

    /// An answer that needs waiting; costs one box.
    pub fn later(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(State::Later(Box::pin(future)))
    }

    /// Changes the value, now or when it comes.
    #[inline]
    pub fn map<U>(self, change: impl FnOnce(T) -> U + Send + 'static) -> Reply<U>
    where
        T: 'static,
    {
        match self.0 {
            State::Now(value) => Reply(State::Now(value.map(change))),
            State::Later(future) => Reply::later(async move { change(future.await) }),
        }
    }

    /// Whether the value is already there.
    #[must_use]
    #[inline]
    pub const fn is_now(&self) -> bool {
        matches!(self.0, State::Now(Some(_)))
    }

    /// The value, where it is already there; else the reply back.
    ///
    /// # Errors
    ///
    /// The reply itself, when its value is still to come.
    #[inline]
    pub fn try_now(self) -> Result<T, Self> {
        match self.0 {
            State::Now(Some(value)) => Ok(value),
            state @ (State::Now(None) | State::Later(_)) => Err(Self(state)),
        }
    }
}

impl<T> Unpin for Reply<T> {}

impl<T> Future for Reply<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match &mut self.0 {
            // Polled again after completion: there is nothing more to say, and a library does not panic over it.
            State::Now(value) => value.take().map_or(Poll::Pending, Poll::Ready),
            State::Later(future) => {
                let answer = future.as_mut().poll(cx);
                if answer.is_ready() {
                    self.0 = State::Now(None);
                }
                answer
            }
        }
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Now(_) => "Reply::Now",
            State::Later(_) => "Reply::Later",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ready_and_later_give_the_same_value() {
        assert_eq!(Reply::now(1).map(|n| n + 1).await, 2);
        assert_eq!(Reply::later(async { 1 }).map(|n| n + 1).await, 2);
    }

    #[tokio::test]
    async fn polling_after_completion_stays_pending() {
        for mut reply in [Reply::now(1), Reply::later(async { 1 })] {
            assert_eq!((&mut reply).await, 1);
            let again = tokio::time::timeout(std::time::Duration::from_millis(5), &mut reply).await;
            assert!(again.is_err());
        }
    }
}
