//! What a line tells, and what it never does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use palisade_core::{
    Authenticate, Clock, Denial, DenialKind, Envelope, Format, Guard as _, ManualClock, Secret, StaticToken,
    StaticTokens, UnixTime, gate,
};
use palisade_observe::{AccessLog, AccessLogBuilder};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::{Layer as _, ServiceExt as _, service_fn};

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Sends requests through a gate with this log and a token, and returns what was written.
async fn logged(
    make: impl FnOnce(Out) -> AccessLogBuilder,
    requests: impl IntoIterator<Item = http::request::Builder>,
) -> String {
    let out = Out::default();
    let time = ManualClock::new(UnixTime::from_nanos(1_795_331_718_250_000_000));
    let log = make(out.clone()).build().unwrap();
    let tokens = StaticTokens::new([StaticToken::named("ada@example.org").value(TOKEN)]).unwrap();
    let hands = time.clone();
    let inner = service_fn(move |_: Request<()>| {
        hands.advance(Duration::from_micros(1_500));
        async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("hello"))) }
    });
    let app = gate(log.then(Authenticate::with(tokens).strip()))
        .clock(Clock::manual(&time))
        .with_envelope(Envelope::new(Format::Json))
        .layer(inner);
    for request in requests {
        let response = app.clone().oneshot(request.body(()).unwrap()).await.unwrap();
        time.advance(Duration::from_micros(500));
        response.into_body().collect().await.unwrap();
    }
    drop(app);
    out.text()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_line_of_json_tells_this() {
    let text = logged(
        AccessLog::json,
        [Request::get("/x").header("authorization", format!("Bearer {TOKEN}")), Request::get("/x")],
    )
    .await;
    let [mut known, nobody] = <[Value; 2]>::try_from(lines(&text)).unwrap();
    let name = known["principal"].take();
    assert!(name.as_str().unwrap().starts_with("static:~"), "{name}");
    assert_eq!(known["request_id"].take().as_str().unwrap().len(), 36);
    assert_eq!(
        known,
        json!({
            "time": "2026-11-22T07:15:18.250Z", "number": 0, "request_id": null, "principal": null, "method": "GET",
            "status": 200, "first_byte_us": 1_500, "total_us": 2_000, "bytes_in": 0, "bytes_out": 5,
            "outcome": "complete",
        })
    );
    assert_eq!(nobody["denied"], "missing_credential");
    assert_eq!((&nobody["status"], &nobody["number"]), (&json!(401), &json!(1)));
    // Three letters alone could be digits of a number by chance.
    assert!(!text.contains("ada@") && !text.contains("example"), "{text}");
}

#[tokio::test]
async fn what_a_handler_refuses_is_told_with_its_reason() {
    type Make = fn(Out) -> AccessLogBuilder;
    let makes: [(Make, &str); 2] = [
        (|out| AccessLog::json(out), r#""denied":"wrong_password""#),
        (|out| AccessLog::text(out), " denied=wrong_password"),
    ];
    for (make, expected) in makes {
        let out = Out::default();
        let log = make(out.clone()).build().unwrap();
        let inner = service_fn(|_: Request<()>| async {
            let mut response = Response::new(Full::<Bytes>::default());
            *response.status_mut() = http::StatusCode::UNAUTHORIZED;
            response
                .extensions_mut()
                .insert(Denial::new(DenialKind::Unauthenticated).because("wrong_password"));
            Ok::<_, Infallible>(response)
        });
        let app = gate(log).with_envelope(Envelope::new(Format::Json)).layer(inner);
        let response = app.oneshot(Request::post("/login").body(()).unwrap()).await.unwrap();
        response.into_body().collect().await.unwrap();
        // The writer ends with the last clone of the log.
        let text = out.text();
        assert!(text.contains(expected), "{text}");
    }
}

#[tokio::test]
async fn a_line_for_people() {
    let text =
        logged(AccessLog::text, [Request::get("/x").header("authorization", format!("Bearer {TOKEN}"))])
            .await;
    let (head, tail) = text.split_once("static:").unwrap();
    assert_eq!(head, "2026-11-22T07:15:18.250Z - \"");
    assert!(tail.contains("\" GET - 200 1.500/2.000ms in=0 out=5 complete id="), "{text}");
}

#[tokio::test]
async fn a280_only_parameters_that_were_named_are_told() {
    let uris = [
        "/x?page=2&access_token=s3cr3t",
        "/x?ACCESS_TOKEN=s3cr3t&%61ccess_token=s3cr3t&access_token[]=s3cr3t",
        "/x?redirect_uri=https%3A%2F%2Fx%2F%3Faccess_token%3Ds3cr3t",
        "/x?page=access_token%3Ds3cr3t",
        "/x?page=a%0a%1b[2J%22",
    ];
    let makes: [fn(Out) -> AccessLogBuilder; 2] = [|out| AccessLog::json(out), |out| AccessLog::text(out)];
    for make in makes {
        let text = logged(|out| make(out).query(["page", "redirect"]), uris.map(Request::get)).await;
        assert!(!text.contains("s3cr3t"), "{text}");
        assert_eq!(text.lines().count(), uris.len());
        assert!(!text.contains('\u{1b}'));
    }
    let text = logged(|out| AccessLog::json(out).query(["page"]), uris.map(Request::get)).await;
    let told: Vec<_> = lines(&text).iter().map(|line| line["query"]["page"].clone()).collect();
    assert_eq!(
        told,
        [json!("2"), json!(null), json!(null), json!("access_token=[redacted]"), json!("a\n\u{1b}[2J\"")]
    );
}

#[tokio::test]
async fn pseudonyms_follow_their_secret() {
    let request = || [Request::get("/x").header("authorization", format!("Bearer {TOKEN}"))];
    let with = |secret: &'static str| move |out| AccessLog::json(out).pseudonyms(&Secret::new(secret));
    let name = |text: String| lines(&text)[0]["principal"].clone();
    let one = name(logged(with("0123456789abcdef"), request()).await);
    assert_eq!(one, name(logged(with("0123456789abcdef"), request()).await));
    assert_ne!(one, name(logged(with("0123456789abcdeg"), request()).await));
}

thread_local! {
    static LAST: std::cell::RefCell<Option<Response<palisade_core::TailBody<Full<Bytes>>>>> = const { std::cell::RefCell::new(None) };
}

#[test]
fn a291_a_request_that_ends_with_its_thread_leaves_its_line_too() {
    let out = Out::default();
    let log = AccessLog::json(out.clone()).build().unwrap();
    let own = log.clone();
    let thread = std::thread::spawn(move || {
        LAST.with_borrow(|_| {});
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let service =
            gate(own).with_envelope(Envelope::new(Format::Json)).layer(service_fn(async |_: Request<()>| {
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("x")))
            }));
        let ask = || runtime.block_on(service.clone().oneshot(Request::get("/").body(()).unwrap())).unwrap();
        drop(ask());
        LAST.set(Some(ask()));
    });
    assert!(thread.join().is_ok());
    drop(log);
    assert_eq!(lines(&out.text()).len(), 2);
}
