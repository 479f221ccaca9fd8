//! Who sees a request out is told once, whatever becomes of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header::CONTENT_LENGTH, request, response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use palisade_core::{
    Denial, DenialKind, Ending, Envelope, EnvelopeLayer, Facts, Format, Guard, Mode, Pass, Permit, Reply,
    Witness, gate, guard_fn,
};
use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};
use tower::{Layer as _, ServiceExt as _, service_fn};

type Told = Arc<Mutex<Vec<(Option<u16>, Ending, u64)>>>;

struct Line {
    status: Option<Option<u16>>,
    told: Told,
}

impl Witness for Line {
    fn answered(&mut self, head: Option<&response::Parts>, facts: &Facts) {
        assert!(facts.mode() == Mode::Enforce);
        assert!(self.status.replace(head.map(|head| head.status.as_u16())).is_none(), "told twice");
    }

    fn ended(self: Box<Self>, ending: Ending, bytes: u64) {
        self.told.lock().unwrap().push((self.status.flatten(), ending, bytes));
    }
}

/// A guard that lets everything pass and sees it out.
struct Watching(Told);

impl Guard for Watching {
    type Pass = ();

    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        facts.witness(Box::new(Line { status: None, told: self.0.clone() }));
        Reply::now(Ok(()))
    }
}

/// A body of these frames, which never says that it is at its end.
#[derive(Default)]
struct Frames(VecDeque<Result<&'static str, &'static str>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(self.0.pop_front().map(|frame| frame.map(|data| Frame::data(data.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        if self.0.is_empty() { SizeHint::with_exact(0) } else { SizeHint::default() }
    }
}

fn frames(frames: &[Result<&'static str, &'static str>]) -> Response<Frames> {
    Response::new(Frames(frames.iter().copied().collect()))
}

/// Asks for a response, reads so many frames of it, and drops it.
async fn check(
    method: Method,
    refuse: bool,
    answer: impl Fn() -> Response<Frames> + Clone + Send + 'static,
    read: usize,
    expected: (Option<u16>, Ending, u64),
) {
    let told = Told::default();
    let inner = service_fn(move |_: Request<()>| {
        let answer = answer.clone();
        async move { Ok::<_, Infallible>(answer()) }
    });
    let refusing =
        guard_fn(move |_, _| if refuse { Err(Denial::new(DenialKind::Forbidden)) } else { Ok(()) });
    let app = EnvelopeLayer::json().layer(gate(Watching(told.clone())).layer(gate(refusing).layer(inner)));
    let request = Request::builder().method(method).body(()).unwrap();
    let mut body = app.oneshot(request).await.unwrap().into_body();
    for _ in 0..read {
        let _ = body.frame().await;
    }
    drop(body);
    assert_eq!(*told.lock().unwrap(), [expected]);
}

#[tokio::test]
async fn a291_every_ending_is_told_once_with_the_bytes_that_went_out() {
    let ok = |ending, bytes| (Some(200), ending, bytes);
    let two = || frames(&[Ok("abc"), Ok("de")]);
    check(Method::GET, false, two, 3, ok(Ending::Complete, 5)).await;
    check(Method::GET, false, two, 2, ok(Ending::Aborted, 5)).await;
    check(Method::GET, false, two, 1, ok(Ending::Aborted, 3)).await;
    check(Method::GET, false, two, 0, ok(Ending::Aborted, 0)).await;
    check(Method::GET, false, || frames(&[Ok("abc"), Err("broken")]), 2, ok(Ending::Failed, 3)).await;
    check(Method::HEAD, false, two, 0, ok(Ending::Complete, 0)).await;
    let sized = || {
        let mut response = frames(&[Ok("abc"), Ok("de")]);
        response.headers_mut().insert(CONTENT_LENGTH, 5.into());
        response
    };
    check(Method::GET, false, sized, 2, ok(Ending::Complete, 5)).await;
    check(Method::GET, false, sized, 1, ok(Ending::Aborted, 3)).await;
    let dressed = || {
        let mut response = frames(&[]);
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    };
    let words = r#"{"error":{"code":"NOT_FOUND","message":"Not found","details":null}}"#;
    check(Method::GET, false, dressed, 1, (Some(404), Ending::Complete, words.len() as u64)).await;
    let words = r#"{"error":{"code":"PERMISSION_DENIED","message":"Permission denied","details":null}}"#;
    check(Method::GET, true, two, 1, (Some(403), Ending::Complete, words.len() as u64)).await;
}

#[tokio::test]
async fn a_request_that_is_cancelled_was_never_answered() {
    let told = Told::default();
    let inner = service_fn(|_: Request<()>| async {
        std::future::pending::<Result<Response<Frames>, Infallible>>().await
    });
    let app = EnvelopeLayer::json().layer(gate(Watching(told.clone())).layer(inner));
    let mut waiting = Box::pin(app.oneshot(Request::new(())));
    assert!(std::future::poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending())).await);
    assert!(told.lock().unwrap().is_empty());
    drop(waiting);
    assert_eq!(*told.lock().unwrap(), [(None, Ending::Unanswered, 0)]);
}

/// Somebody who panics, at once or later, as a guard or inside.
#[tokio::test]
async fn a_request_over_which_somebody_panics_failed_and_was_not_cancelled() {
    struct Panics {
        now: bool,
    }

    impl Guard for Panics {
        type Pass = ();

        fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
            assert!(!self.now, "a guard, at once");
            Reply::later(async { panic!("a guard, later") })
        }
    }

    let told = Told::default();
    let failed = |name: &str, ended: Result<(), tokio::task::JoinError>| {
        assert!(ended.unwrap_err().is_panic(), "{name}");
        let told = std::mem::take(&mut *told.lock().unwrap());
        assert_eq!(told, [(None, Ending::Failed, 0)], "{name}");
    };
    let answers = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(frames(&[Ok("abc")])) });
    for now in [true, false] {
        let guards = Watching(told.clone()).then(Panics { now });
        let one = EnvelopeLayer::json().layer(gate(guards).layer(answers));
        failed("a guard", tokio::spawn(async { drop(one.oneshot(Request::new(())).await) }).await);
        let outside = Watching(told.clone());
        let two = EnvelopeLayer::json().layer(gate(outside).layer(gate(Panics { now }).layer(answers)));
        failed("a guard inside", tokio::spawn(async { drop(two.oneshot(Request::new(())).await) }).await);
        let inner = service_fn(move |_: Request<()>| {
            assert!(!now, "a service, at once");
            async { if true { panic!("a service, later") } else { Ok::<_, Infallible>(frames(&[])) } }
        });
        let three = EnvelopeLayer::json().layer(gate(Watching(told.clone())).layer(inner));
        failed("a service", tokio::spawn(async { drop(three.oneshot(Request::new(())).await) }).await);
    }
}

/// Whoever sees a response out panics, at the gate that has the envelope.
#[tokio::test]
async fn a_request_whose_response_is_lost_on_its_way_out_failed_and_is_told() {
    struct Spoils;

    impl Guard for Spoils {
        type Pass = Self;

        fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<Self, Denial>> {
            Reply::now(Ok(Self))
        }
    }

    impl Pass for Spoils {
        fn outbound(self, _: &mut response::Parts, _: &Facts) {
            panic!("on the way out");
        }
    }

    /// What it was told of the head, and how it ended.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<Option<Option<StatusCode>>>>>);

    struct Hears(Heard, Option<Option<StatusCode>>);

    impl Witness for Hears {
        fn answered(&mut self, head: Option<&response::Parts>, _: &Facts) {
            self.1 = Some(head.map(|head| head.status));
        }

        fn ended(self: Box<Self>, ending: Ending, _: u64) {
            assert_eq!(ending, Ending::Failed);
            self.0.0.lock().unwrap().push(self.1);
        }
    }

    for admitted in [true, false] {
        let heard = Heard::default();
        let to = heard.clone();
        let watching = guard_fn(move |_, facts: &Facts| {
            facts.witness(Box::new(Hears(to.clone(), None)));
            Ok(())
        });
        let deciding =
            guard_fn(move |_, _| if admitted { Ok(()) } else { Err(Denial::new(DenialKind::Forbidden)) });
        let layer = gate(watching.then(Spoils).then(deciding)).with_envelope(Envelope::new(Format::Json));
        let inner = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(frames(&[Ok("abc")])) });
        let app = layer.layer(inner);
        let ended = tokio::spawn(async { drop(app.oneshot(Request::new(())).await) }).await;
        assert!(ended.unwrap_err().is_panic());
        assert_eq!(*heard.0.lock().unwrap(), [Some(None)], "{admitted}");
    }
}

#[tokio::test]
async fn without_an_envelope_it_hears_only_that_it_is_over() {
    let told = Told::default();
    let inner = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(frames(&[Ok("abc")])) });
    let response = gate(Watching(told.clone())).layer(inner).oneshot(Request::new(())).await.unwrap();
    drop(response);
    assert_eq!(*told.lock().unwrap(), [(None, Ending::Unanswered, 0)]);
}

/// Given to somebody else from the beginning.
struct GivenAway;

impl Permit for GivenAway {
    fn is_taken_back(&self) -> bool {
        true
    }
}

/// A response whose place is given away ends so, whether it is asked for more or not.
#[tokio::test]
async fn a_response_that_nobody_reads_ends_unread() {
    for asked in [true, false] {
        let told = Told::default();
        let holds = guard_fn(|_, facts: &Facts| {
            facts.hold_permit(Arc::new(GivenAway));
            Ok(())
        });
        let handler = service_fn(async |_: Request<()>| {
            Ok::<_, Infallible>(Response::new(frames(&[Ok("abc"), Ok("de")])))
        });
        let service = EnvelopeLayer::json().layer(gate(Watching(told.clone()).then(holds)).layer(handler));
        let mut body = service.oneshot(Request::new(())).await.unwrap().into_body();
        if asked {
            assert_eq!(
                body.frame().await.unwrap().unwrap_err().to_string(),
                "nobody read the response for too long"
            );
        }
        drop(body);
        assert_eq!(*told.lock().unwrap(), [(Some(200), Ending::Unread, 0)]);
    }
}
