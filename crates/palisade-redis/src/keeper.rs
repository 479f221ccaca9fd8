//! The task that connects, and tries out whether a server that was given up is back.

use crate::{
    answer::Answer,
    backoff,
    call::{Call, Time},
    failure::Failure,
    link::Link,
};
use palisade_core::{Key, Moment};
use palisade_limit::{Charge, Op, Quota, quota};
use std::sync::{Arc, PoisonError};
use tokio::{
    select,
    time::{sleep, timeout},
};

/// Keeps the connection of a store until the store is dropped.
pub(crate) async fn keep(link: Arc<Link>) {
    let mut failures = 0_u32;
    loop {
        while !link.is_in_need() {
            link.needed.notified().await;
        }
        match restore(&link).await {
            Ok(()) => failures = 0,
            Err(failure) => {
                failures = failures.saturating_add(1);
                link.down();
                link.failed(&failure);
                rest(&link, failures).await;
            }
        }
    }
}

/// Connects. A server that was given up must also decide a call before it is asked by requests again: no request pays for
/// finding out.
async fn restore(link: &Link) -> Result<(), Failure> {
    let mut connection = link.target.connect(link.connect).await?;
    let was_given_up = link.must_be_tried_out();
    if was_given_up {
        let call = trial(link)?;
        let value = timeout(link.operation, connection.run(&link.script, &call))
            .await
            .unwrap_or_else(|_| Err(Failure::timed_out()))?;
        Answer::read(&call, &value)?;
    }
    link.publish(connection);
    if was_given_up {
        link.recovered();
    }
    Ok(())
}

/// A call that writes, to a counter that nobody else uses, beside the one that failed last.
fn trial(link: &Link) -> Result<Call, Failure> {
    const TRIAL: Quota = quota!("1000000/second");
    let key =
        link.last_failed.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(Key::from_bytes([0; 16]));
    let charge = Charge { key, quota: &TRIAL, cost: 1 };
    Call::new(link.number(), &Op::Take, &[charge], Moment::default(), &link.keys, Time::Server)
}

/// Waits longer after each failure, but not long while requests are turned away.
async fn rest(link: &Link, failures: u32) {
    let wait = backoff::after(failures);
    let at_least = wait.min(backoff::while_asked());
    sleep(at_least).await;
    select! {
        () = sleep(wait.saturating_sub(at_least)) => {}
        () = link.asked.notified() => {}
    }
}
