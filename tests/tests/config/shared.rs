//! A store of counters that settings name: a real Redis server, over HTTP.

use palisade::{
    config::{Assembly, Sources},
    routes::{Routes, get as page},
};
use std::time::Duration;
use tests::{
    redis::Redis,
    server::{Handled, Server},
    socket::fetch,
};

async fn serve(toml: &str) -> (Server, Assembly) {
    let loaded = Sources::new().text("app.toml", format!("auth = \"disabled\"\n{toml}")).load();
    let loaded = loaded.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let assembly = loaded.build().await.unwrap();
    let routes = Routes::new().route("/", page(async || "ok").public());
    let app = assembly.stack.clone().protect(routes).unwrap();
    (Server::serve(app, Handled::default()).await, assembly)
}

async fn statuses(server: &Server, many: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..many {
        statuses.push(fetch(server.addr, "/", "").await.status);
    }
    statuses
}

fn settings(url: &str, more: &str) -> String {
    format!(
        "[limits]\naddress = \"4/hour\"\nstore = \"{url}\"\ntimeout = \"250 ms\"\nconnect_timeout = \"5 s\"\n{more}"
    )
}

/// Answers by the server and not by what stands in for it: a busy machine may be late with the first one.
async fn connected(server: &Server, spare: &str) {
    for _ in 0..200 {
        if fetch(server.addr, "/", spare).await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the store does not answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_services_count_together_and_each_fallback_does_as_written_when_the_server_goes() {
    let Some(mut redis) = Redis::start() else { return };
    let url = redis.url();
    let proxied = "trusted_proxies = [\"127.0.0.0/8\"]";
    let with = |more: &str| format!("[server]\n{proxied}\n{}", settings(&url, more));
    let (one, _kept_one) = serve(&with("while_down = \"closed\"")).await;
    let (other, _kept_other) = serve(&with("while_down = \"closed\"")).await;
    let (local, _kept_local) = serve(&with("nodes = 2")).await;
    let (open, _kept_open) = serve(&with("dangerous_open_while_down = true")).await;
    for (at, server) in [&one, &other, &local, &open].into_iter().enumerate() {
        connected(server, &format!("x-forwarded-for: 192.0.2.{}\r\n", 10 + at)).await;
    }
    // They all spell the URL alike, so they count together.
    assert_eq!(statuses(&one, 2).await, [200, 200]);
    assert_eq!(statuses(&other, 2).await, [200, 200]);
    for server in [&one, &other, &local, &open] {
        assert_eq!(statuses(server, 1).await, [429]);
    }
    redis.kill();
    assert_eq!(statuses(&one, 3).await, [503; 3]);
    // Half of four, each process by itself.
    assert_eq!(statuses(&local, 4).await, [200, 200, 429, 429]);
    assert_eq!(statuses(&open, 8).await, [200; 8]);
    // It is back, and has forgotten everything.
    redis.start_again();
    for _ in 0..400 {
        if statuses(&one, 1).await == [200] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the store was not taken back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_at_the_start_keeps_nobody_from_starting() {
    // Nobody listens there any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("redis://127.0.0.1:{port}");
    let (closed, _kept_closed) = serve(&settings(&url, "while_down = \"closed\"")).await;
    assert_eq!(statuses(&closed, 3).await, [503; 3]);
    let (local, _kept_local) = serve(&settings(&url, "nodes = 4")).await;
    assert_eq!(statuses(&local, 3).await, [200, 429, 429]);
    let (open, _kept_open) = serve(&settings(&url, "dangerous_open_while_down = true")).await;
    assert_eq!(statuses(&open, 8).await, [200; 8]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_suspicious_is_banned_in_the_store_too() {
    let Some(redis) = Redis::start() else { return };
    let toml = format!(
        "[limits]\naddress = \"1000/second\"\nstore = \"{}\"\ntimeout = \"250 ms\"\n[suspicions]\njunk = 3\nban = \"1 h\"\n\
         [[auth.tokens]]\nname = \"a\"\nsha256 = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\n",
        redis.url()
    );
    let loaded = Sources::new().text("app.toml", toml).load().unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let assembly = loaded.build().await.unwrap();
    let routes = Routes::new().route("/", page(async || "ok").authenticated());
    let app = assembly.stack.clone().protect(routes).unwrap();
    let server = Server::serve(app, Handled::default()).await;
    for _ in 0..400 {
        let answer = fetch(server.addr, "/", "authorization: Bearer u5vVlqUIBqbbJEMn2b3Ltw9Z\r\n").await;
        if answer.status == 429 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody was banned");
}
