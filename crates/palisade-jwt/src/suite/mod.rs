//! The laws that every store obeys.
//!
//! Each macro makes a test of each function of its module: [`revocations_suite!`](crate::revocations_suite!).

#[cfg(feature = "login")]
pub mod refresh;
pub mod revocations;
#[cfg(feature = "login")]
mod sample;
#[cfg(feature = "login")]
pub mod users;

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

/// Waits for a future on this thread.
pub fn run<T>(future: impl Future<Output = T>) -> T {
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
