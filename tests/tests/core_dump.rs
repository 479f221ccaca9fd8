//! What a copy of a process's memory tells of those who logged in.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use palisade::jwt::login::HashCost;
use std::{
    env, fs,
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    os::unix::fs::FileExt as _,
    process::{Command, Stdio},
    time::Duration,
};
use tests::{
    keys::{CHECK, format},
    load::serving,
    login::{PASSWORD, Service},
    program::not_run,
};

const ROLE: &str = "PALISADE_DUMPED";

/// What the other process does: serves logins until its input ends.
#[tokio::test]
async fn a_role() {
    if env::var_os(ROLE).is_none() {
        return;
    }
    let service = Service::new(HashCost::default()).await;
    println!();
    serving::run(service.app(), async |_| String::new()).await;
}

fn log_in(port: u16, password: &str) -> String {
    let body = format!(r#"{{"username":"ada","password":"{password}"}}"#);
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!(
        "POST /auth/login HTTP/1.1\r\nhost: api.example\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

/// All that a process can write, as a core dump has it; nothing, said aloud, where nobody may look at it.
fn memory(process: u32) -> Option<Vec<Vec<u8>>> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let Ok(memory) = File::open(format!("/proc/{process}/mem")) else {
        not_run("needs to read /proc/PID/mem of a process of its own (CAP_SYS_PTRACE)");
        return None;
    };
    let mut parts = Vec::new();
    for line in
        maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw")))
    {
        let (from, until) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [from, until] = [from, until].map(|at| u64::from_str_radix(at, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(until - from).unwrap()];
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            parts.push(bytes);
        }
    }
    Some(parts)
}

/// What stands before each place at which one of these stands.
fn before(parts: &[Vec<u8>], texts: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for part in parts {
        let is_begun = |at: &usize| part[*at] == texts[0].as_bytes()[0];
        for at in (0..part.len()).filter(is_begun) {
            if texts.iter().any(|text| part[at..].starts_with(&text.as_bytes()[..SECRET])) {
                found.push(String::from_utf8_lossy(&part[at.saturating_sub(12)..at]).into_owned());
            }
        }
    }
    found
}

/// So much of a password tells it.
const SECRET: usize = 24;

/// What is ours of a password is wiped. The bytes of a request belong to the connection, whose buffer keeps them until it is used for
/// something else; nothing here can reach those.
#[test]
fn a293_passwords_are_gone_from_memory_after_logins_but_for_what_came_over_the_wire_last() {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "a_role", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, "1").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.find_map(|line| line.trim().parse::<u16>().ok()).unwrap();
    let guesses: Vec<String> = (0..4).map(|_| format(CHECK).mint().unwrap().expose().to_owned()).collect();
    for guess in &guesses {
        assert!(log_in(port, guess).starts_with("HTTP/1.1 401"), "nobody's password");
    }
    assert!(log_in(port, PASSWORD).starts_with("HTTP/1.1 200"), "ada's password");
    let parts = memory(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    let Some(parts) = parts else { return };
    assert!(parts.iter().map(Vec::len).sum::<usize>() > 1 << 20, "a process has memory");
    let known = [guesses, vec![PASSWORD.to_owned()]];
    let found: Vec<_> = known.iter().flat_map(|texts| before(&parts, texts)).collect();
    assert!(found.iter().all(|before| before == r#""password":""#), "{found:?}");
    assert!(found.len() <= 4, "{found:?}");
}
