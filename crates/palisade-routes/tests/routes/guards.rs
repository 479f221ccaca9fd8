use crate::support::{Caller, READ, Reached, Stack, app, facts, request, text};
use axum::body::Body;
use http::{HeaderMap, request, response};
use palisade_core::{Denial, DenialKind, Facts, Guard, Pass, Reply, guard_fn};
use palisade_routes::{Routes, authenticated, get, post};

/// Marks what passes it, in both directions.
#[derive(Clone, Copy)]
struct Mark {
    name: &'static str,
    later: bool,
}

struct Marked(&'static str);

impl Guard for Mark {
    type Pass = Marked;

    fn check(&self, head: &request::Parts, _: &Facts) -> Reply<Result<Marked, Denial>> {
        let verdict = match head.headers.get("refuse") {
            Some(name) if name == self.name => Err(Denial::new(DenialKind::RateLimited).retry_after(7)),
            Some(_) | None => Ok(Marked(self.name)),
        };
        if !self.later {
            return Reply::now(verdict);
        }
        Reply::later(async {
            tokio::task::yield_now().await;
            verdict
        })
    }

    fn seal(&self, head: &mut request::Parts) {
        head.headers.remove("secret");
    }
}

impl Pass for Marked {
    fn inbound(&mut self, head: &mut request::Parts) {
        head.headers.append("mark", self.0.parse().unwrap());
    }

    fn outbound(self, head: &mut response::Parts, _: &Facts) {
        head.headers.append("mark", self.0.parse().unwrap());
    }
}

async fn marks(headers: HeaderMap) -> String {
    assert!(!headers.contains_key("secret"));
    headers.get_all("mark").iter().map(|mark| mark.to_str().unwrap()).collect()
}

fn marked(later: bool) -> Routes {
    let [a, b] = ["a", "b"].map(|name| Mark { name, later });
    Routes::new().route("/x", get(marks).requires(READ).guard(a).guard(b).post(marks).public())
}

fn outbound(headers: &HeaderMap) -> Vec<&str> {
    headers.get_all("mark").iter().map(|mark| mark.to_str().unwrap()).collect()
}

#[tokio::test]
async fn passes_see_the_request_in_order_and_the_response_in_reverse() {
    for later in [false, true] {
        let app = app(marked(later));
        let mut request = request("GET", "/x", Caller::Known, Body::empty());
        request.headers_mut().insert("secret", "s".parse().unwrap());
        let response = app.send(request).await;
        assert_eq!(outbound(response.headers()), ["b", "a"]);
        assert_eq!(text(response).await, "ab");
        // The guard belongs to the method before it.
        assert_eq!(text(app.ask("POST", "/x", Caller::Nobody).await).await, "");
    }
}

#[tokio::test]
async fn a_refusal_is_seen_by_the_passes_before_it() {
    for later in [false, true] {
        for (refuse, seen) in [("a", vec![]), ("b", vec!["a"])] {
            let mut request = request("GET", "/x", Caller::Known, Body::empty());
            request.headers_mut().insert("refuse", refuse.parse().unwrap());
            let response = app(marked(later)).send(request).await;
            assert_eq!((response.status().as_u16(), outbound(response.headers())), (429, seen));
            assert_eq!(response.headers()["retry-after"], "7");
            assert_eq!(facts(&response).denial().unwrap().kind(), DenialKind::RateLimited);
        }
    }
}

#[tokio::test]
async fn the_policy_comes_first() {
    let asked = Reached::default();
    let counting = {
        let asked = asked.clone();
        guard_fn(move |_, _| {
            asked.note();
            Ok(())
        })
    };
    let app = app(Routes::new().route("/x", post(async || ()).requires(READ).guard(counting).body_limit(4)));
    app.check("POST", "/x", Caller::Nobody, 401).await;
    assert_eq!(asked.count(), 0);
    // The guard counts a body that is too large.
    let response = app.send(request("POST", "/x", Caller::Known, Body::from("12345"))).await;
    assert_eq!((response.status().as_u16(), asked.count()), (413, 1));
}

#[tokio::test]
async fn reporting_routes_report_what_their_guards_say() {
    let closed = || guard_fn(|_, _| Err(Denial::new(DenialKind::RateLimited)));
    let reporting = app(Routes::new().route("/x", get(marks).authenticated().guard(closed()).report_only()));
    let enforcing = app(Routes::new().route("/x", get(marks).authenticated().guard(closed())));
    for app in [reporting, enforcing.behind(Stack::Reporting)] {
        let response = app.ask("GET", "/x", Caller::Nobody).await;
        assert_eq!(response.status(), 200);
        let kinds: Vec<_> = facts(&response).would_deny().map(Denial::kind).collect();
        assert_eq!(kinds, [DenialKind::Unauthenticated, DenialKind::RateLimited]);
    }
}

#[tokio::test]
async fn guards_of_public_routes_work_without_a_stack() {
    let closed = guard_fn(|_, _| Err(Denial::new(DenialKind::RateLimited)));
    let app = app(Routes::new().route("/x", get(marks).public().guard(closed)));
    app.behind(Stack::Missing).check("GET", "/x", Caller::Nobody, 429).await;
}

#[tokio::test]
async fn policies_carry_guards_to_mounts() {
    let policy = authenticated().guard(Mark { name: "a", later: true });
    let app = app(Routes::new().mount("/m", policy, axum::Router::new().fallback(marks)));
    app.check("GET", "/m", Caller::Nobody, 401).await;
    let response = app.ask("GET", "/m/x", Caller::Known).await;
    assert_eq!(outbound(response.headers()), ["a"]);
    assert_eq!(text(response).await, "a");
}
