//! The attack kit finds every hole that is made on purpose, and none where there is none.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

mod hole;
mod service;

use hole::{HOLES, Hole};
use palisade_testing::attacks::Report;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_without_holes_holds() {
    let report = service::attacks(Hole::None).await.run().await;
    println!("{report}");
    report.assert_held();
    assert!(report.attacks() >= 150, "{report}");
    assert!(report.held().len() >= 60, "{report}");
    assert!(report.to_string().lines().all(|line| line.chars().count() <= 120), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hole_alone_lets_the_attacks_through_that_are_named_for_it() {
    let mut wrong = String::new();
    for (hole, named) in HOLES {
        let report: Report = service::attacks(*hole).await.in_process().only(*named).run().await;
        let failed = report.failed();
        let missing: Vec<_> = named.iter().filter(|id| !failed.contains(id)).collect();
        println!("{hole:?}: {failed:?}");
        if !missing.is_empty() {
            wrong += &format!("{hole:?} let {failed:?} through, and should have let {missing:?} through\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
