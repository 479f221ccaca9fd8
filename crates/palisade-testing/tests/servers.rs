//! Servers are there, go, come back and leave nothing.
#![cfg(feature = "servers")]
#![allow(clippy::unwrap_used, reason = "tests")]

use palisade_testing::{
    programs::find,
    servers::{Postgres, Redis, Service},
};
use std::{net::TcpStream, process::Command};

#[test]
fn a_redis_goes_comes_back_empty_and_ends() {
    let Some(mut redis) = Redis::start() else { return };
    let port = redis.port();
    assert_eq!(redis.url(), format!("redis://127.0.0.1:{port}"));
    assert_eq!(redis.ask("INCR x").unwrap(), ":1\r\n");
    redis.freeze();
    redis.thaw();
    assert_eq!(redis.ask("INCR x").unwrap(), ":2\r\n");
    redis.kill();
    assert!(redis.ask("PING").is_err());
    redis.start_again();
    assert_eq!((redis.port(), &*redis.ask("GET x").unwrap()), (port, "$-1\r\n"));
    drop(redis);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn a_postgres_asks_for_its_password_goes_and_keeps_its_data() {
    let Some(mut postgres) = Postgres::options().password("pNf4w2Tz").start() else { return };
    let port = postgres.port();
    assert_eq!(postgres.url("postgres"), format!("postgres://palisade:pNf4w2Tz@127.0.0.1:{port}/postgres"));
    let Some(psql) = find("psql", "postgresql-client-15") else { return };
    let say = |postgres: &Postgres, user: &str, words: &str| {
        let url = postgres.url("postgres").replace("palisade:pNf4w2Tz", user);
        let output =
            Command::new(&psql).args(["-w", "-q", "-A", "-t", "-c", words]).arg(url).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    };
    let right = "palisade:pNf4w2Tz";
    say(&postgres, right, "CREATE TABLE kept AS SELECT 7 AS number").unwrap();
    for wrong in ["palisade", "palisade:pNf4w2Tx"] {
        assert_eq!(say(&postgres, wrong, "SELECT 1"), None);
    }
    postgres.kill();
    assert_eq!(say(&postgres, right, "SELECT 1"), None);
    postgres.start_again();
    assert_eq!(say(&postgres, right, "SELECT number FROM kept").as_deref(), Some("7\n"));
    drop(postgres);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn a_service_is_waited_for_asked_and_ended() {
    let Some(python) = find("python3", "python3-venv") else { return };
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), "here").unwrap();
    let mut command = Command::new(python);
    command.args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]).current_dir(directory.path());
    let mut service = Service::start(command, "Serving HTTP");
    assert!(service.greeting().contains(service.address()), "{}", service.greeting());
    let answer = service.send("GET /file", "X-A: 1\r\n", b"");
    assert_eq!((answer.status, &*answer.body, answer.header("Content-Length")), (200, "here", "4"));
    assert_eq!(service.send("GET /none", "", b"").status, 404);
    assert!(service.log().contains("GET /none"), "{}", service.log());
    assert!(!service.terminate().success());
    assert!(TcpStream::connect(service.address()).is_err());
}
