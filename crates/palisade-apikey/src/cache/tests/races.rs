//! A revocation against a fill.

use super::*;

#[tokio::test]
async fn a061_ten_thousand_races_never_bring_a_revoked_key_back() {
    let mut outcomes = [0usize; 2];
    for round in 0..10_000u64 {
        let slow = Slow::default();
        *slow.0.steps.lock().unwrap() = round + 1;
        let cached = CachedStore::new(slow.clone());
        let record = record();
        slow.0.store.write(vec![Change::Insert(record.clone())]).await.unwrap();
        let ask = |delay: u64| {
            let (cached, id) = (cached.clone(), record.id);
            tokio::spawn(async move {
                for _ in 0..delay {
                    tokio::task::yield_now().await;
                }
                cached.get(&id).await
            })
        };
        let racing: Vec<_> = (0..3).map(|nth| ask((round / 7 + nth * 2) % 8)).collect();
        for _ in 0..round % 7 {
            tokio::task::yield_now().await;
        }
        cached.write(vec![Change::Update(revoked(&record))]).await.unwrap();
        assert!(is_revoked(&cached.get(&record.id).await), "round {round}");
        for one in racing {
            outcomes[usize::from(is_revoked(&one.await.unwrap()))] += 1;
        }
        // And when everything that was under way has landed.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert!(is_revoked(&cached.get(&record.id).await), "round {round}");
    }
    // Both orders happened, or the races were none.
    assert!(outcomes.iter().all(|n| *n > 500), "{outcomes:?}");
}

#[test]
fn a061_threads_never_bring_a_revoked_key_back() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        for round in 0..300 {
            let slow = Slow::default();
            *slow.0.steps.lock().unwrap() = round + 1;
            let cached = CachedStore::new(slow);
            let record = record();
            cached.write(vec![Change::Insert(record.clone())]).await.unwrap();
            let stop = Arc::new(AtomicBool::new(false));
            let askers: Vec<_> = (0..3)
                .map(|_| {
                    let (cached, id, stop) = (cached.clone(), record.id, stop.clone());
                    tokio::spawn(async move {
                        while !stop.load(SeqCst) {
                            cached.forget(&id);
                            let _ = cached.get(&id).await;
                        }
                    })
                })
                .collect();
            cached.write(vec![Change::Update(revoked(&record))]).await.unwrap();
            for _ in 0..4 {
                assert!(is_revoked(&cached.get(&record.id).await), "round {round}");
            }
            stop.store(true, SeqCst);
            for asker in askers {
                asker.await.unwrap();
            }
        }
    });
}
