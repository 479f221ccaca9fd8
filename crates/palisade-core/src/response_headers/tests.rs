use super::*;
use crate::Lines;
use crate::{clock::Clock, identity::Identity, principal::Principal, route::Route};
use http::{Request, Response, StatusCode, response::Builder};
use proptest::prelude::*;

/// Two lines with values; the second is left out where it has none.
struct Two(Option<&'static str>);

impl Lines for Two {
    fn names(&self) -> &'static [HeaderName] {
        static NAMES: [HeaderName; 2] = [HeaderName::from_static("x-one"), HeaderName::from_static("x-two")];
        &NAMES
    }

    fn write(&self, _: &Facts, put: &mut dyn FnMut(Option<HeaderValue>)) {
        put(Some(HeaderValue::from_static("1")));
        put(self.0.map(HeaderValue::from_static));
    }
}

/// What decides about the headers of one response.
#[derive(Clone, Debug)]
struct Told {
    own: Vec<(&'static str, &'static str)>,
    status: u16,
    lines: Option<Option<&'static str>>,
    known: bool,
    https: bool,
    public: bool,
}

fn outbound(headers: &ResponseHeaders, told: &Told) -> (HeaderMap, String) {
    let facts = Facts::new(Clock::system());
    if told.known {
        assert!(facts.note_identity(Identity::Known(Principal::new("static", "a"))));
    }
    facts.note_route(&Route::new("/", "policy", told.public));
    let uri = if told.https { "https://x/" } else { "/" };
    let (request, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
    let pass = headers.check(&request, &facts).try_now().unwrap().unwrap();
    if let Some(second) = told.lines {
        assert!(facts.leave_lines(Arc::new(Two(second))).is_ok());
    }
    let answer =
        told.own.iter().fold(Response::builder().status(told.status), |answer: Builder, (name, value)| {
            answer.header(*name, *value)
        });
    let (mut head, ()) = answer.body(()).unwrap().into_parts();
    pass.outbound(&mut head, &facts);
    (head.headers, facts.request_id().to_string())
}

fn whole(headers: &HeaderMap, id: &str) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| value.to_str().unwrap().replace(id, "the id");
    let mut all: Vec<_> = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    all.sort();
    all
}

fn told() -> impl Strategy<Value = Told> {
    let own = prop_oneof![
        Just(("content-type", "text/plain")),
        Just(("content-type", "application/grpc")),
        Just(("content-length", "5")),
        Just(("cache-control", "max-age=5")),
        Just(("content-security-policy", "default-src 'self'")),
        Just(("vary", "accept")),
        Just(("vary", "x-tenant, accept")),
        Just(("server", "x")),
        Just(("x-one", "mine")),
        Just(("x-two", "mine")),
        Just(("x-request-id", "mine")),
        Just(("set-cookie", "a=b")),
    ];
    let lines = prop_oneof![Just(None), Just(Some(None)), Just(Some(Some("2")))];
    let status = prop_oneof![3 => Just(200_u16), 1 => Just(204), 1 => Just(404)];
    let flags = any::<(bool, bool, bool)>();
    (proptest::collection::vec(own, 0..5), status, lines, flags).prop_map(
        |(own, status, lines, (known, https, public))| Told { own, status, lines, known, https, public },
    )
}

fn settings() -> [Option<SecurityHeaders>; 4] {
    let tenant = || [HeaderName::from_static("x-tenant")];
    [
        None,
        Some(SecurityHeaders::api()),
        Some(SecurityHeaders::api().varying_on(tenant())),
        Some(SecurityHeaders::api().keep_server().dangerous_cacheable()),
    ]
}

proptest! {
    /// Whatever was answered before, a response says what it would say if it were the first one.
    #[test]
    fn copied_headers_are_those_that_are_written_one_by_one(all in proptest::collection::vec(told(), 1..24)) {
        for security in settings() {
            let experienced = ResponseHeaders::new(security.clone());
            for told in all.iter().chain(&all) {
                let (found, id) = outbound(&experienced, told);
                let (expected, other) = outbound(&ResponseHeaders::new(security.clone()), told);
                prop_assert_eq!(whole(&found, &id), whole(&expected, &other), "{:?}", told);
            }
        }
    }
}

#[test]
fn the_second_of_two_alike_is_a_copy_in_the_same_order() {
    let headers = ResponseHeaders::new(Some(SecurityHeaders::api()));
    let told = Told {
        own: vec![("content-type", "text/plain"), ("content-length", "5")],
        status: 200,
        lines: Some(Some("2")),
        known: true,
        https: false,
        public: false,
    };
    let names = |headers: &HeaderMap| headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    let ((first, one), (second, two)) = (outbound(&headers, &told), outbound(&headers, &told));
    assert_eq!(names(&first), names(&second));
    assert_eq!(whole(&first, &one), whole(&second, &two));
    assert_ne!(one, two);
    assert_eq!(second.get("content-length").unwrap(), "5");
    let expected = [
        "content-type",
        "content-length",
        "x-one",
        "x-two",
        "x-request-id",
        "x-content-type-options",
        "content-security-policy",
        "referrer-policy",
        "cache-control",
    ];
    assert_eq!(names(&second), expected);
}

#[test]
fn values_of_a_response_are_not_remembered() {
    let headers = ResponseHeaders::new(None);
    let secret = |value| Told {
        own: vec![("set-cookie", value)],
        status: 200,
        lines: None,
        known: false,
        https: false,
        public: true,
    };
    outbound(&headers, &secret("a=of-the-first"));
    assert!(!format!("{headers:?}").contains("of-the-first"));
    let (second, _) = outbound(&headers, &secret("two"));
    assert_eq!(second.get("set-cookie").unwrap(), "two");
}

#[test]
fn lines_are_left_to_the_outermost_alone() {
    let (outer, inner) = (ResponseHeaders::new(None), ResponseHeaders::new(None));
    let facts = Facts::new(Clock::system());
    assert!(facts.leave_lines(Arc::new(Two(None))).is_err());
    let (request, ()) = Request::new(()).into_parts();
    let outer = outer.check(&request, &facts).try_now().unwrap().unwrap();
    let inner = inner.check(&request, &facts).try_now().unwrap().unwrap();
    assert!(facts.leave_lines(Arc::new(Two(Some("2")))).is_ok());
    assert!(facts.leave_lines(Arc::new(Two(Some("3")))).is_err());
    let (mut head, ()) = Response::new(()).into_parts();
    inner.outbound(&mut head, &facts);
    assert!(!head.headers.contains_key("x-two"));
    outer.outbound(&mut head, &facts);
    assert_eq!(head.headers.get("x-two").unwrap(), "2");
    assert_eq!(head.status, StatusCode::OK);
}
