use crate::support::{App, CALLERS, Caller, READ, Reached, Stack, WRITE, app, facts, text};
use axum::extract::State;
use palisade_core::{Identity, Principal};
use palisade_routes::{Routes, authenticated, get};

async fn handler(State(reached): State<Reached>, caller: Option<Principal>) -> String {
    reached.note();
    caller.map_or("nobody".to_owned(), |caller| caller.id().to_owned())
}

fn routes(reached: &Reached) -> Routes {
    Routes::new()
        .route("/public", get(handler).public())
        .route("/optional", get(handler).optional())
        .route("/authenticated", get(handler).authenticated())
        .route("/shared", get(handler).policy(authenticated()))
        .route("/read", get(handler).requires(READ))
        .route("/write", get(handler).requires(WRITE))
        .route("/both", get(handler).requires(READ & WRITE))
        .route("/either", get(handler).requires(READ | WRITE))
        .with_state(reached.clone())
}

/// Known, nobody, refused.
const TABLE: [(&str, [u16; 3]); 8] = [
    ("/public", [200, 200, 200]),
    ("/optional", [200, 200, 401]),
    ("/authenticated", [200, 401, 401]),
    ("/shared", [200, 401, 401]),
    ("/read", [200, 401, 401]),
    ("/write", [403, 401, 401]),
    ("/both", [403, 401, 401]),
    ("/either", [200, 401, 401]),
];

#[tokio::test]
async fn four_policies_against_three_identities() {
    for (path, expected) in TABLE {
        for (caller, expected) in CALLERS.into_iter().zip(expected) {
            let reached = Reached::default();
            app(routes(&reached)).check("GET", path, caller, expected).await;
            assert_eq!(reached.count(), usize::from(expected == 200), "{path} by {caller:?}");
        }
    }
}

#[tokio::test]
async fn without_a_stack_only_public_routes_answer() {
    for (path, _) in TABLE {
        for caller in CALLERS {
            let reached = Reached::default();
            let routes: Routes = Routes::new()
                .route("/public", get(async |State(reached): State<Reached>| reached.note()).public())
                .with_state(reached.clone());
            if path == "/public" {
                app(routes).behind(Stack::Missing).check("GET", path, caller, 200).await;
            } else {
                app(self::routes(&reached)).behind(Stack::Missing).check("GET", path, caller, 500).await;
                assert_eq!(reached.count(), 0);
            }
        }
    }
}

/// In a stack that reports, and in routes that report, everything passes and what would have been is written down.
#[tokio::test]
async fn report_only_writes_down_and_passes() {
    let reporting = |reached: &Reached| -> Routes {
        let open = |endpoint: palisade_routes::Endpoint<Reached>| endpoint.report_only();
        Routes::new()
            .route("/public", open(get(plain).public()))
            .route("/optional", open(get(plain).optional()))
            .route("/authenticated", open(get(plain).authenticated()))
            .route("/shared", get(plain).policy(authenticated().report_only()))
            .route("/read", open(get(plain).requires(READ)))
            .route("/write", open(get(plain).requires(WRITE)))
            .route("/both", open(get(plain).requires(READ & WRITE)))
            .route("/either", open(get(plain).requires(READ | WRITE)))
            .with_state(reached.clone())
    };
    let enforcing = |reached: &Reached| -> Routes {
        Routes::new()
            .route("/public", get(plain).public())
            .route("/optional", get(plain).optional())
            .route("/authenticated", get(plain).authenticated())
            .route("/shared", get(plain).policy(authenticated()))
            .route("/read", get(plain).requires(READ))
            .route("/write", get(plain).requires(WRITE))
            .route("/both", get(plain).requires(READ & WRITE))
            .route("/either", get(plain).requires(READ | WRITE))
            .with_state(reached.clone())
    };
    for (path, expected) in TABLE {
        for (caller, expected) in CALLERS.into_iter().zip(expected) {
            let reached = Reached::default();
            let apps: [App; 2] =
                [app(reporting(&reached)), app(enforcing(&reached)).behind(Stack::Reporting)];
            for app in apps {
                let response = app.ask("GET", path, caller).await;
                assert_eq!(response.status(), 200, "{path} by {caller:?}");
                let would: Vec<_> =
                    facts(&response).would_deny().map(|denial| denial.kind().status().as_u16()).collect();
                let told = if expected == 200 { vec![] } else { vec![expected] };
                assert_eq!(would, told, "{path} by {caller:?}");
                assert!(facts(&response).denial().is_none());
            }
            assert_eq!(reached.count(), 2);
        }
    }
}

async fn plain(State(reached): State<Reached>) {
    reached.note();
}

/// The written word of the route opens it, also where nobody identifies.
#[tokio::test]
async fn a_route_that_only_reports_passes_without_a_stack() {
    let routes: Routes = Routes::new().route("/", get(async || ()).authenticated().report_only());
    app(routes).behind(Stack::Missing).check("GET", "/", Caller::Nobody, 200).await;
}

#[tokio::test]
async fn handlers_see_who_calls_and_never_a_refused_identity() {
    let app = app(routes(&Reached::default()));
    for (path, caller, expected) in [
        ("/public", Caller::Nobody, "nobody"),
        ("/public", Caller::Refused, "nobody"),
        ("/optional", Caller::Known, "reader"),
        ("/optional", Caller::Nobody, "nobody"),
        ("/read", Caller::Known, "reader"),
    ] {
        assert_eq!(text(app.ask("GET", path, caller).await).await, expected, "{path} by {caller:?}");
    }
}

#[tokio::test]
async fn the_facts_tell_the_route_and_both_who_and_why() {
    let app = app(routes(&Reached::default()));
    let response = app.ask("GET", "/both", Caller::Known).await;
    let facts = facts(&response);
    let route = facts.route().unwrap();
    assert_eq!((route.template(), route.policy()), ("/both", "requires read_models & write_models"));
    assert!(!route.is_public());
    assert!(matches!(facts.identity(), Some(Identity::Known(reader)) if reader.id() == "reader"));
    assert_eq!(facts.denial().unwrap().reason(), "insufficient_scope");
    assert_eq!(
        response.headers()["www-authenticate"],
        "Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"read_models write_models\""
    );
}

#[tokio::test]
async fn public_routes_say_so() {
    let response = app(routes(&Reached::default())).ask("GET", "/public", Caller::Known).await;
    assert!(facts(&response).route().unwrap().is_public());
}
