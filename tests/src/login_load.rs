//! What logins take away from everybody else: how long another route takes while nobody logs in, and while 64 clients do.

use axum::serve;
use palisade::{
    Auth, ClientIp, ProxyHeader, Scope, Stack, TrustedProxies,
    jwt::{
        Issuer, Jwt, MemoryRevocations, SigningKeys,
        login::{
            Caller, FirstPassword, HashCost, Hashing, Login, MemoryRefresh, MemoryUsers, NewUser, Password,
            Users,
        },
    },
    limit::GrowingBlock,
    routes::{Routes, get},
};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

const PASSWORD: &str = "correct horse battery staple";
const USERS: usize = 32;
/// Clients that log in again and again.
pub const CLIENTS: usize = 64;
/// Connections that ask the other route, and how often each does; whether or not an answer is late, the next question is due.
const ASKING: u64 = 4;
const PERIOD: Duration = Duration::from_millis(20);
/// A server that says nothing for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server, in this process, until its input ends. Says its port.
///
/// # Panics
///
/// Where it cannot be put together.
#[allow(clippy::print_stdout, reason = "tells its port")]
pub async fn run_server() {
    let keys = SigningKeys::in_memory().open().unwrap();
    let issuer = Issuer::builder("https://api.example").audience("https://api.example").keys(&keys).unwrap();
    let revocations = Arc::new(MemoryRevocations::new());
    let jwt = Jwt::new(issuer.verifier().unwrap()).revocations(revocations.clone());
    let hashing = match std::env::var("PALISADE_HASHES_AT_ONCE") {
        Ok(number) => Hashing::at_once(HashCost::default(), number.parse().unwrap()),
        Err(_) => Hashing::new(HashCost::default()),
    };
    let login = Login::new(MemoryUsers::new(), hashing.unwrap(), issuer, GrowingBlock::new("login").unwrap())
        .refresh(MemoryRefresh::new())
        .revocations(revocations);
    let manage = Scope::from_static("manage_users");
    let users = Users::new(&login, [manage.clone()], manage);
    for n in 0..USERS {
        let chosen = FirstPassword::Chosen(Password::new(PASSWORD).unwrap());
        let user = NewUser::new(format!("user-{n}").parse().unwrap(), chosen);
        users.create(&Caller::operator("load"), user).await.unwrap();
    }
    let routes: Routes =
        Routes::new().route("/models", get(async || "llama-7b").public()).nest("/auth", login.routes());
    let proxies = TrustedProxies::parse(["127.0.0.1"]).unwrap();
    let stack = Stack::new(Auth::jwt(jwt).strip())
        .client_ip(ClientIp::behind(proxies, ProxyHeader::XForwardedFor))
        .protect(routes)
        .unwrap();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    let (end, ended) = tokio::sync::oneshot::channel();
    thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        let _ = end.send(());
    });
    let ended = async move {
        let _ = ended.await;
    };
    tokio::select! {
        served = serve(listener, stack) => served.unwrap(),
        () = ended => {}
    }
}

/// A server in a process of its own, which ends with this.
#[derive(Debug)]
pub struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// Runs `program`, which has to call [`run_server`].
    ///
    /// # Panics
    ///
    /// Where it does not start.
    #[must_use]
    pub fn start(mut program: Command) -> Self {
        let mut process = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, port: line.trim().parse().unwrap() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What one phase showed.
#[derive(Debug, Default)]
pub struct Phase {
    /// How long each answer of the other route took, in nanoseconds, in order.
    pub times: Vec<u64>,
    /// Logins that were let in.
    pub entered: u32,
    /// Logins that were refused as they had to be.
    pub refused: u32,
    /// Logins that were told to come again.
    pub put_off: u32,
}

impl Phase {
    /// The time that so many of a thousand answers keep, in milliseconds.
    #[must_use]
    pub fn per_mille(&self, part: usize) -> f64 {
        let at = (self.times.len() * part).div_ceil(1_000).saturating_sub(1);
        self.times.get(at).map_or(f64::NAN, |nanos| *nanos as f64 / 1e6)
    }
}

/// Asks the other route for so long, with so many clients that log in meanwhile.
///
/// # Panics
///
/// Where an answer is none of those that must be.
#[must_use]
pub fn measure(server: &Server, clients: usize, lasting: Duration) -> Phase {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (port, ended) = (server.port, AtomicBool::new(false));
    let counts = [const { AtomicU32::new(0) }; 3];
    let mut phase = Phase::default();
    thread::scope(|scope| {
        for client in 0..clients {
            let (ended, counts) = (&ended, &counts);
            scope.spawn(move || {
                let mut stream = connect(port);
                while !ended.load(Relaxed) {
                    let nth = NEXT.fetch_add(1, Relaxed);
                    // Half of them are wrong, each of those at a name that nobody has; every one is from an address of its own.
                    let (name, password) = match client % 2 {
                        0 => (format!("user-{}", client / 2 % USERS), PASSWORD),
                        _ => (format!("nobody-{nth}"), "wrong"),
                    };
                    let ip = Ipv4Addr::from(0x0a00_0000 + u32::try_from(nth).unwrap());
                    let body = serde_json::json!({ "username": name, "password": password }).to_string();
                    let head = format!(
                        "POST /auth/login HTTP/1.1\r\nhost: api.example\r\nx-forwarded-for: {ip}\r\n\
                         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    let counted = match exchange(&mut stream, &head) {
                        200 => 0,
                        401 => 1,
                        429 | 503 => 2,
                        status => panic!("{status}"),
                    };
                    counts[counted].fetch_add(1, Relaxed);
                }
            });
        }
        if clients > 0 {
            thread::sleep(Duration::from_millis(500));
        }
        let start = now();
        let asking: Vec<_> = (0..ASKING)
            .map(|nth| {
                scope.spawn(move || ask(port, start + PERIOD * u32::try_from(nth).unwrap() / 4, lasting))
            })
            .collect();
        phase.times = asking.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        ended.store(true, Relaxed);
    });
    phase.times.sort_unstable();
    [phase.entered, phase.refused, phase.put_off] = counts.map(AtomicU32::into_inner);
    phase
}

/// One connection that asks at fixed times; an answer that is late is counted from when its question was due.
fn ask(port: u16, start: Instant, lasting: Duration) -> Vec<u64> {
    let mut stream = connect(port);
    let (mut due, mut times) = (start, Vec::new());
    while due < start + lasting {
        let begun = match due.checked_duration_since(now()) {
            Some(early) => {
                thread::sleep(early);
                // What oversleeping takes is not the server's.
                now()
            }
            None => due,
        };
        assert_eq!(exchange(&mut stream, "GET /models HTTP/1.1\r\nhost: api.example\r\n\r\n"), 200);
        times.push(u64::try_from((now() - begun).as_nanos()).unwrap());
        due += PERIOD;
    }
    times
}

#[allow(clippy::disallowed_methods, reason = "a measurement of time")]
fn now() -> Instant {
    Instant::now()
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends a request and reads its answer to the end; says the status.
fn exchange(stream: &mut TcpStream, request: &str) -> u16 {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let read = stream.read(&mut piece).unwrap();
        assert!(read > 0, "the server hung up: {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&piece[..read]);
        let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&answer[..end]).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        if answer.len() >= end + 4 + length {
            return head.split(' ').nth(1).unwrap().parse().unwrap();
        }
    }
}
