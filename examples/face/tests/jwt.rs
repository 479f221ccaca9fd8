//! Tokens of an identity provider, over sockets: its keys are found by discovery, and its claims decide.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use face::picture::drawing::{Face as Drawing, png};
use palisade::{
    Clock, UnixTime,
    jwt::{Grant, Issuer, SigningKeys},
};
use running::{Answer, Face, TOKEN, bearer};
use serde_json::{Value, json};
use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

/// An identity provider on a free port of the loopback interface, as long as the process lives.
struct Provider {
    issuer: String,
    keys: SigningKeys,
    /// What it publishes.
    published: Arc<Mutex<Option<Vec<u8>>>>,
    asked: Arc<AtomicUsize>,
}

impl Provider {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}/realms/main", listener.local_addr().unwrap());
        let keys = SigningKeys::in_memory().open().unwrap();
        let published = Arc::new(Mutex::new(Some(keys.jwks().to_vec())));
        let asked = Arc::new(AtomicUsize::new(0));
        let (name, shown, count) = (issuer.clone(), published.clone(), asked.clone());
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, SeqCst);
                answer(socket, &name, shown.lock().unwrap().as_deref());
            }
        });
        Self { issuer, keys, published, asked }
    }

    /// A token for this audience, issued so many seconds ago for half an hour.
    fn token(&self, audience: &str, claims: &[(&str, Value)], ago: u64) -> String {
        minted(&self.keys, &self.issuer, audience, claims, ago)
    }

    fn flags<'a>(&'a self, mode: &'a str) -> Vec<&'a str> {
        let issuer = self.issuer.as_str();
        vec!["--auth", mode, "--issuer", issuer, "--audience", "face", "--dangerous-loopback-http"]
    }
}

fn minted(keys: &SigningKeys, issuer: &str, audience: &str, claims: &[(&str, Value)], ago: u64) -> String {
    let issuer = Issuer::builder(issuer).audience(audience).keys(keys).unwrap();
    let mut grant = Grant::to("alice");
    for (name, value) in claims {
        grant = match value.as_str().filter(|_| *name == "scope") {
            Some(scopes) => grant.scopes(scopes.parse().unwrap()),
            None => grant.claim(*name, value.clone()),
        };
    }
    let then = UnixTime::from_secs(Clock::system().now().wall.as_secs() - ago);
    String::from_utf8(issuer.mint(&grant, then).unwrap().token.expose().to_vec()).unwrap()
}

/// Discovery (OpenID Connect Discovery 1.0 §4) and keys; where there are none, nobody answers.
fn answer(mut socket: TcpStream, issuer: &str, keys: Option<&[u8]>) {
    let Some(keys) = keys else { return };
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default();
    let description =
        json!({"issuer": issuer, "jwks_uri": format!("{issuer}/jwks")}).to_string().into_bytes();
    let (status, body) = match path {
        "/realms/main/.well-known/openid-configuration" => ("200 OK", description),
        "/realms/main/jwks" => ("200 OK", keys.to_vec()),
        _ => ("404 Not Found", vec![]),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    let _ = socket.write_all(&[head.as_bytes(), &body].concat());
}

fn compare(face: &Face, lines: &str) -> Answer {
    let picture = png(&Drawing::ADA.draw(64, 48));
    face.compare(lines, &[("image1", &picture), ("image2", &picture)])
}

#[test]
fn tokens_of_a_provider_open_what_their_scopes_say() {
    let provider = Provider::start();
    let face = Face::start(&provider.flags("jwt"), &[]);
    let kiosk = bearer(&provider.token("face", &[("scope", json!("compare openid"))], 0));
    assert_eq!(compare(&face, &kiosk).status, 200);
    let stats = face.send("GET /stats", &kiosk, b"");
    assert_eq!(stats.status, 403, "{}", stats.body);
    assert!(stats.header("www-authenticate").contains("insufficient_scope"), "{}", stats.head);
    let all = bearer(&provider.token("face", &[("scope", json!("read_stats read_migration"))], 0));
    assert_eq!(face.send("GET /stats", &all, b"").json()["auth"], "enforce");
    let ready = face.send("GET /migration", &all, b"").json()["ready"].clone();
    assert_eq!(ready[format!("{} alice", provider.issuer)], 3, "{ready}");

    let strangers = SigningKeys::in_memory().open().unwrap();
    for (what, token, told) in [
        ("for somebody else", provider.token("other", &[("scope", json!("compare"))], 0), "invalid"),
        ("expired", provider.token("face", &[("scope", json!("compare"))], 1_900), "expired"),
        (
            "of a stranger",
            minted(&strangers, &provider.issuer, "face", &[("scope", json!("compare"))], 0),
            "invalid",
        ),
        ("of another issuer", minted(&provider.keys, "https://id.example", "face", &[], 0), "invalid"),
    ] {
        let answer = compare(&face, &bearer(&token));
        let challenge = answer.header("www-authenticate");
        assert!(
            answer.status == 401 && challenge.contains(&format!("The access token {told}"))
                || challenge.contains(&format!("The access token is {told}")),
            "{what}: {}",
            answer.head
        );
        assert!(!face.log().contains(&token), "{what}");
    }
    assert_eq!(compare(&face, "").status, 401);
    assert_eq!(face.send("GET /health", "", b"").status, 200);
    assert!(face.log().contains("without TLS"), "{}", face.log());
    // All of that took a description and its keys, and one more look for the key of the stranger.
    assert!(provider.asked.load(SeqCst) <= 4, "{}", provider.asked.load(SeqCst));
}

#[test]
fn observe_lets_everybody_in_and_tells_who_would_not_be() {
    let provider = Provider::start();
    let mut flags = provider.flags("observe");
    flags.extend(["--claims", "keycloak:face"]);
    let face = Face::start(&flags, &[("FACE_TOKEN", TOKEN)]);
    let roles = |roles: &[&str]| [("realm_access", json!({ "roles": roles }))];
    let good = bearer(&provider.token("face", &roles(&["compare", "offline_access"]), 0));
    let poor = bearer(&provider.token("face", &roles(&["offline_access"]), 0));
    let foreign = bearer(&provider.token("account", &roles(&["compare"]), 0));
    for lines in [&good, &poor, &foreign, "", &bearer(TOKEN)] {
        let answer = compare(&face, lines);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let stats = face.send("GET /stats", &bearer(TOKEN), b"").json();
    assert_eq!(
        stats["would_refuse"],
        json!({"keycloak_audience_account": 1, "missing_credential": 1, "insufficient_scope": 1})
    );
    let report = face.send("GET /migration", &bearer(TOKEN), b"").json();
    assert_eq!(report["ready"][format!("{} alice", provider.issuer)], 1, "{report}");
    let callers: Vec<_> =
        report["would_refuse"].as_array().unwrap().iter().map(|line| &line["caller"]).collect();
    assert!(callers.contains(&&json!({ "principal": format!("{} alice", provider.issuer) })), "{report}");
}

#[test]
fn a_provider_that_is_down_is_503_and_delays_no_start() {
    let provider = Provider::start();
    let keys = provider.published.lock().unwrap().take();
    let face = Face::start(&provider.flags("enforce"), &[]);
    let token = bearer(&provider.token("face", &[("scope", json!("compare"))], 0));
    let answer = compare(&face, &token);
    assert_eq!((answer.status, answer.header("www-authenticate")), (503, ""), "{}", answer.body);
    assert!(!answer.header("retry-after").is_empty(), "{}", answer.head);
    *provider.published.lock().unwrap() = keys;
    // It is tried again by itself.
    let back = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(100));
        compare(&face, &token).status == 200
    });
    assert!(back, "{}", face.log());
}
