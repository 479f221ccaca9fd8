//! The task that connects, and tries out whether a server that was given up is back.

use crate::{
    backoff,
    failure::Failure,
    link::Link,
    work::{Exchange as _, Work},
};
use std::sync::Arc;
use tokio::{
    select,
    time::{sleep, timeout},
};

/// Keeps the connection of a store until the store is dropped.
pub(crate) async fn keep<W: Work>(link: Arc<Link<W>>) {
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
async fn restore<W: Work>(link: &Link<W>) -> Result<(), Failure> {
    let mut connection = link.target.connect(link.connect).await?;
    let was_given_up = link.must_be_tried_out();
    if was_given_up {
        let call = link.work.trial(link.number())?;
        let value = timeout(link.operation, connection.run(link.work.script(), &call))
            .await
            .unwrap_or_else(|_| Err(Failure::timed_out()))?;
        call.read(&value)?;
    }
    link.publish(connection);
    if was_given_up {
        link.recovered();
    }
    Ok(())
}

/// Waits longer after each failure, but not long while requests are turned away.
async fn rest<W: Work>(link: &Link<W>, failures: u32) {
    let wait = backoff::after(failures);
    let at_least = wait.min(backoff::while_asked());
    sleep(at_least).await;
    select! {
        () = sleep(wait.saturating_sub(at_least)) => {}
        () = link.asked.notified() => {}
    }
}
