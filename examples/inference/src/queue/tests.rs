use super::{Counts, Queue, Status, board::FINISHED};
use crate::{generator::bundled, request::Job, tuner::Tuner, tuning::Tuning};
use palisade::Clock;
use std::{sync::Arc, time::Duration};

fn job(prompt: &str, max_tokens: u16) -> Job {
    let [model, ..] = bundled();
    Job { model: Arc::new(model), prompt: prompt.to_owned(), max_tokens }
}

fn put(queue: &Queue, most: usize) -> Option<Box<str>> {
    queue.put(job("Who keeps the gate?", 512), "test:1".into(), most).unwrap().map(|ticket| ticket.id)
}

fn tuner(tokens_per_second: u32) -> Arc<Tuner> {
    Arc::new(Tuner::new(Tuning { tokens_per_second, ..Tuning::new(100) }).unwrap())
}

async fn until(queue: &Queue, id: &str, status: Status) {
    while queue.find(id).is_none_or(|ticket| ticket.status != status) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_are_answered_one_after_the_other_with_the_answer_that_anybody_gets() {
    let queue = Queue::new(Clock::system());
    let (one, two) = (put(&queue, 2).unwrap(), put(&queue, 2).unwrap());
    assert!(put(&queue, 2).is_none());
    assert_eq!(queue.counts(), Counts { waiting: 2, running: 0, finished: 0 });
    let worker = queue.work(tuner(100));
    until(&queue, &one, Status::Running).await;
    assert_eq!(queue.find(&two).unwrap().status, Status::Waiting);
    until(&queue, &two, Status::Done).await;
    let done = queue.find(&two).unwrap();
    assert_eq!(done.result, Some(job("Who keeps the gate?", 512).run()));
    assert_eq!(done.tokens, done.result.unwrap().usage.completion_tokens);
    assert!(queue.list().iter().all(|ticket| ticket.result.is_none()) && *queue.list()[0].id == *two);
    drop(worker);
}

#[tokio::test(start_paused = true)]
async fn whatever_is_cancelled_writes_no_more() {
    let queue = Queue::new(Clock::system());
    let worker = queue.work(tuner(10));
    let (one, two) = (put(&queue, 9).unwrap(), put(&queue, 9).unwrap());
    until(&queue, &one, Status::Running).await;
    assert!(queue.cancel(&two) && queue.cancel(&one) && !queue.cancel("none"));
    let written = queue.find(&one).unwrap().tokens;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (one_, two_) = (queue.find(&one).unwrap(), queue.find(&two).unwrap());
    assert_eq!((one_.status, two_.status, two_.tokens), (Status::Cancelled, Status::Cancelled, 0));
    assert!(one_.tokens == written && one_.result.is_none());
    // What is over is forgotten.
    assert!(queue.cancel(&one) && queue.find(&one).is_none());
    queue.clear();
    assert!(queue.list().is_empty());
    assert!(put(&queue, 9).is_some());
    drop(worker);
}

#[tokio::test]
async fn what_is_over_is_kept_for_a_while_only() {
    let queue = Queue::new(Clock::system());
    for _ in 0..FINISHED + 50 {
        let id = put(&queue, 1).unwrap();
        assert!(queue.cancel(&id));
    }
    assert_eq!(queue.counts(), Counts { waiting: 0, running: 0, finished: FINISHED });
    let long = "x".repeat(9 * 1024 * 1024);
    let put = |queue: &Queue| queue.put(job(&long, 1), "test:1".into(), 9).unwrap();
    assert!(put(&queue).is_some() && put(&queue).is_none());
}
