//! A cluster of three primaries and three replicas.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_core::{Clock, Key};
use palisade_limit::{Charge, Op, RateStore, StoreErrorKind, quota, suite};
use palisade_redis::RedisStore;
use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use support::{
    key,
    server::{self, Server},
    take, until,
};

struct Cluster {
    nodes: Vec<Server>,
}

impl Cluster {
    async fn start(program: &Path) -> Self {
        let nodes: Vec<_> = (0..6)
            .map(|_| {
                let bus = server::free_port().to_string();
                let arguments = [
                    "--cluster-enabled",
                    "yes",
                    "--cluster-port",
                    &bus,
                    "--cluster-node-timeout",
                    "4000",
                    "--repl-diskless-sync-delay",
                    "0",
                ];
                Server::start(program, &arguments)
            })
            .collect();
        let cluster = Self { nodes };
        let addresses = cluster.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port()));
        let created = Command::new(program.with_file_name("redis-cli"))
            .args(["--cluster", "create"])
            .args(addresses)
            .args(["--cluster-replicas", "1", "--cluster-yes"])
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(created.success());
        until("the cluster to be whole", async || {
            cluster.nodes.iter().all(|node| {
                let info: String = node.command(&["CLUSTER", "INFO"]);
                // A replica that never heard from its primary does not stand in for it.
                let replication: String = node.command(&["INFO", "replication"]);
                info.contains("cluster_state:ok")
                    && info.contains("cluster_known_nodes:6")
                    && (replication.contains("role:master") || replication.contains("master_link_status:up"))
            })
        })
        .await;
        cluster
    }

    fn url(&self) -> String {
        format!("redis+cluster://127.0.0.1:{}", self.nodes[0].port())
    }

    fn store(&self) -> palisade_redis::RedisStoreBuilder {
        RedisStore::builder(self.url())
            .node(self.nodes[1].url())
            .operation_timeout(Duration::from_millis(250))
            .connect_timeout(Duration::from_secs(2))
    }

    /// The primary that has this key.
    fn primary_of(&mut self, key: &Key) -> &mut Server {
        let tag: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let slot: u16 = self.nodes[0].command(&["CLUSTER", "KEYSLOT", &tag]);
        let slots: Vec<Vec<redis::Value>> = self.nodes[0].command(&["CLUSTER", "SLOTS"]);
        let number = |value: &redis::Value| redis::from_redis_value::<u16>(value.clone()).unwrap();
        let has_it = |range: &Vec<redis::Value>| (number(&range[0])..=number(&range[1])).contains(&slot);
        let range = slots.into_iter().find(has_it).unwrap();
        let redis::Value::Array(parts) = &range[2] else { panic!("no address") };
        let port = number(&parts[1]);
        self.nodes.iter_mut().find(|node| node.port() == port).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_counts_like_one_server_and_survives_a_failover() {
    let Some(program) = server::redis() else { return };
    let mut cluster = Cluster::start(&program).await;
    let store = cluster.store().dangerous_callers_clock().build().unwrap();
    until("the cluster to answer", async || take(&store, key(), &quota!("1/hour")).await.is_ok()).await;
    suite::decisions_are_those_of_the_reference(&store).await;
    suite::every_way_of_counting_in_one_call(&store).await;
    suite::counters_of_one_key_keep_their_places(&store).await;
    suite::block_and_clear(&store).await;

    #[cfg(feature = "jwt")]
    revocations_of_one_token_live_on_different_nodes(&cluster).await;

    // Counters of different keys live on different nodes, unless they are kept together.
    let (a, b, quota) = (key(), key(), quota!("5/hour"));
    let charges = [a, b].map(|key| Charge { key, quota: &quota, cost: 1 });
    let apart = store.apply(Op::Take, &charges, Clock::system().now()).await.unwrap_err();
    assert_eq!(apart.kind(), StoreErrorKind::InvalidCall);
    let together = cluster.store().one_slot().dangerous_callers_clock().build().unwrap();
    until("the cluster to answer", async || take(&together, key(), &quota).await.is_ok()).await;
    suite::all_or_nothing(&together).await;

    // A primary dies under load. What it had not passed on to its replica is admitted once more.
    let store = cluster.store().build().unwrap();
    let quota = quota!("20/hour");
    let keys: Vec<_> = (0..12).map(|_| key()).collect();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let clients: Vec<_> = keys
        .iter()
        .map(|&one| {
            let (store, stop) = (store.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut admitted = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    admitted += usize::from(take(&store, one, &quota).await.unwrap_or(false));
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                admitted
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    cluster.primary_of(&keys[0]).kill();
    let start = tokio::time::Instant::now();
    until("the replica to take over", async || {
        for one in &keys {
            if take(&store, *one, &quota).await.is_err() {
                return false;
            }
        }
        true
    })
    .await;
    println!("a replica took over after {:?}", start.elapsed());
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for client in clients {
        let admitted = client.await.unwrap();
        assert!((1..=40).contains(&admitted), "{admitted}");
    }
}

#[cfg(feature = "jwt")]
async fn revocations_of_one_token_live_on_different_nodes(cluster: &Cluster) {
    use palisade_jwt::{Revocations as _, TokenMarks, suite::revocations as law};
    let store = cluster.store().build_revocations().unwrap();
    let marks = TokenMarks::of("https://api.example", Some("ada"), Some("a"), None);
    until("the cluster to answer", async || store.revoked(&marks).await.is_ok()).await;
    law::what_nobody_revoked_is_good(&store).await;
    law::a133_a_revoked_token_is_void_at_once_and_no_other_is(&store).await;
    law::a135_tokens_issued_before_a_cut_are_void(&store).await;
    law::the_latest_of_many_cuts_at_once_holds(&store).await;
}
