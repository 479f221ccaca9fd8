//! Waiting for a future on a thread of one's own.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

/// Waits for a future on this thread, which sleeps meanwhile; for threads that no runtime owns, and tests without one.
///
/// It drives nothing but this future: one that waits for a runtime's timer or socket needs that runtime on other threads. On a thread
/// of a runtime it keeps that thread from everything else.
///
/// ```
/// use palisade_core::{Reply, wait};
///
/// assert_eq!(wait(Reply::later(async { 7 })), 7);
/// ```
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut cx) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[test]
    fn it_waits_for_another_thread() {
        let mut asked = false;
        let later = poll_fn(|cx| {
            if asked {
                return Poll::Ready(1);
            }
            asked = true;
            let waker = cx.waker().clone();
            thread::spawn(move || waker.wake());
            Poll::Pending
        });
        assert_eq!(wait(later), 1);
    }
}
