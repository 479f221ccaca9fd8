//! The process of a server.

use palisade::{Protected, serve_until};
use std::{
    future::pending,
    io::{self, Write as _},
    net::Ipv4Addr,
    thread,
};
use tokio::{net::TcpListener, sync::mpsc};

/// Serves on a free port of the loopback interface, says which one, and does what each line of input says, until it ends. Every line
/// has one line of answer.
///
/// # Panics
///
/// Where there is no port.
pub async fn run(app: Protected, mut obey: impl AsyncFnMut(&str) -> String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    say(&listener.local_addr().unwrap().port().to_string());
    let server = tokio::spawn(serve_until(listener, app, pending()));
    let (told, mut lines) = mpsc::channel(1);
    // A thread, because reading standard input blocks.
    thread::spawn(move || {
        for line in io::stdin().lines() {
            let Ok(line) = line else { return };
            if told.blocking_send(line).is_err() {
                return;
            }
        }
    });
    while let Some(line) = lines.recv().await {
        say(&obey(line.trim()).await);
    }
    server.abort();
}

fn say(line: &str) {
    let mut out = io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}
