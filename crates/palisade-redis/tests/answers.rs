//! Answers that a server should not give, and errors that it may.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_core::Event;
use palisade_limit::{Fallback, StoreErrorKind, quota};
use palisade_redis::RedisStore;
use std::time::Duration;
use support::{Told, fake::Fake, key, take, until};

async fn check(reply: &str, expected: StoreErrorKind) {
    let (fake, told, quota) = (Fake::start().await, Told::default(), quota!("1000000/second"));
    fake.says(reply);
    let store = RedisStore::builder(fake.url())
        .operation_timeout(Duration::from_millis(250))
        .events(told.clone())
        .build()
        .unwrap();
    let error = take(&store, key(), &quota).await.unwrap_err();
    assert_eq!(error.kind(), expected, "{reply:?}: {error:?}");
    let fallback = Fallback::local(store.clone());
    until("the store to be given up", async || {
        assert!(take(&fallback, key(), &quota).await.unwrap());
        told.count(|event| matches!(event, Event::LimiterDegraded { .. })) == 1
    })
    .await;
    assert!(fake.accepted() <= 20);
}

#[tokio::test]
async fn a228_errors_of_a_server_are_no_decisions() {
    for error in [
        "-LOADING Redis is loading the dataset in memory\r\n",
        "-BUSY Redis is busy running a script\r\n",
        "-CLUSTERDOWN The cluster is down\r\n",
        "-MASTERDOWN Link with MASTER is down\r\n",
        "-READONLY You can't write against a read only replica.\r\n",
        "-NOPERM this user has no permissions\r\n",
        "-NOAUTH Authentication required.\r\n",
        "-NOREPLICAS Not enough good replicas to write.\r\n",
        "-MISCONF Redis is configured to save RDB snapshots\r\n",
        "-ERR something else\r\n",
    ] {
        check(error, StoreErrorKind::Unavailable).await;
    }
    check("-OOM command not allowed when used memory > 'maxmemory'.\r\n", StoreErrorKind::Full).await;
}

#[tokio::test]
async fn a226_answers_to_other_calls_and_nonsense_are_no_decisions() {
    let numbers = |numbers: &[i64]| {
        let lines: String = numbers.iter().map(|number| format!(":{number}\r\n")).collect();
        format!("*{}\r\n{lines}", numbers.len())
    };
    for nonsense in [
        "+OK\r\n".to_owned(),
        "$-1\r\n".to_owned(),
        ":1\r\n".to_owned(),
        "*0\r\n".to_owned(),
        // Another call's number.
        numbers(&[999, 5, 0, 1, 0, 0, 0, 5, 0]),
        // Negative, too short, too long, admitted where there is no room, and a time that is none.
        numbers(&[1, -5, 0, 1, 0, 0, 0, 5, 0]),
        numbers(&[1, 5, 0, 1, 0, 0, 0, 5]),
        numbers(&[1, 5, 0, 1, 0, 0, 0, 5, 0, 0]),
        numbers(&[1, 5, 0, 1, 0, 0, 0, 500, 0]),
        numbers(&[1, 5, 0, 0, 0, 0, 0, 5, 0]),
        numbers(&[1, 5, 0, 7, 0, 0, 0, 5, 0]),
        numbers(&[1, 5, 1_000_000_000, 1, 0, 0, 0, 5, 0]),
    ] {
        check(&nonsense, StoreErrorKind::Corrupt).await;
    }
    // Not of the protocol at all.
    check("garbage\r\n", StoreErrorKind::Unavailable).await;
}

#[tokio::test]
async fn an_answer_that_makes_sense_is_a_decision() {
    let (fake, quota) = (Fake::start().await, quota!("1000000/second"));
    fake.says("*9\r\n:1\r\n:5\r\n:0\r\n:1\r\n:0\r\n:0\r\n:0\r\n:5\r\n:0\r\n");
    let store =
        RedisStore::builder(fake.url()).operation_timeout(Duration::from_millis(250)).build().unwrap();
    assert!(take(&store, key(), &quota).await.unwrap());
    // The same again is the answer to the last call, not to this one.
    assert_eq!(take(&store, key(), &quota).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
}
