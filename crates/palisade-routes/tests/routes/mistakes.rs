use axum::Router;
use palisade_routes::{RouteErrorKind, Routes, any, get, public};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop, prop_assert, prop_oneof, proptest};

async fn handler() {}

fn check(routes: Routes, expected: &[&str]) {
    let told = match routes.into_router() {
        Ok(_) => vec![],
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(told, expected);
}

fn open(path: &str) -> Routes {
    Routes::new().route(path, get(handler).public())
}

#[test]
fn a026_two_rules_for_one_route() {
    check(open("/a").route("/a", get(handler).authenticated()), &["/a: GET is declared twice"]);
    check(
        Routes::new().route("/a", get(handler).public().get(handler).public()),
        &["/a: GET is declared twice"],
    );
    check(
        Routes::new().route("/a", any(handler).public().any(handler).public()),
        &["/a: ANY is declared twice"],
    );
    check(open("/v1/a").nest("/v1", open("/a")), &["/v1/a: GET is declared twice"]);
    check(open("/a/{x}").merge(open("/a/{y}")), &["/a/{y}: matches the same paths as `/a/{x}`"]);
    check(open("/m").mount("/m", public(), Router::new()), &["/m/{*path}: matches the same paths as `/m`"]);
    check(
        open("/m/{x}").mount("/m", public(), Router::new()),
        &["/m/{*path}: matches the same paths as `/m/{x}`"],
    );
    check(open("/{*rest}").route("/a", get(handler).authenticated()), &[]);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let routes = open("a").merge(open("")).merge(open("/a b")).merge(open("/:id")).merge(open("/*rest"));
    let routes = routes.merge(open("/{a")).merge(open("/{*rest}/b")).merge(open("/b").merge(open("/b")));
    let errors = routes.into_router().unwrap_err();
    assert_eq!(errors.iter().count(), 8, "{errors}");
    let text = errors.to_string();
    assert!(
        text.starts_with("the routes cannot be built:\n  a: not a path: it must start with `/`\n"),
        "{text}"
    );
    assert!(
        errors
            .iter()
            .any(|error| error.path() == "/b" && matches!(error.kind(), RouteErrorKind::Duplicate(_)))
    );
}

#[test]
fn prefixes() {
    for (prefix, reason) in [
        ("", ": not a path: it must start with `/`"),
        ("api", "api: not a path: it must start with `/`"),
        ("/", "/: not a prefix: use `merge` for routes at the root"),
        ("/{*rest}", "/{*rest}: not a prefix: it cannot have a `{*rest}`"),
        ("//", "//: not a prefix: it cannot have an empty segment"),
    ] {
        check(Routes::new().nest(prefix, open("/x")), &[reason]);
        if prefix != "/" {
            check(Routes::new().mount(prefix, public(), Router::new()), &[reason]);
        }
    }
    // A mistake inside is told with its prefix.
    check(
        Routes::new().nest("/api", open("x").merge(open("/y"))),
        &["/apix: not a path: it must start with `/`"],
    );
}

#[test]
fn one_fallback_at_most() {
    let fallback = || Routes::new().fallback(get(handler).public());
    let root = || Routes::new().mount("/", public(), Router::new());
    let twice = "there is a fallback, or a mount at the root, already";
    check(fallback().merge(Routes::new().fallback(any(handler).public())), &[]);
    check(fallback().merge(fallback()), &[&format!("*: {twice}")]);
    check(fallback().merge(root()), &[&format!("/{{*path}}: {twice}")]);
    check(root().merge(fallback()), &[&format!("*: {twice}")]);
    check(root().merge(root()), &[&format!("/{{*path}}: {twice}")]);
    check(
        Routes::new().nest("/api", fallback()),
        &[
            "/api: nested routes cannot have a fallback: declare `.route(\"/{*rest}\", any(handler)…)` in them instead",
        ],
    );
    check(Routes::new().nest("/api", Routes::new().route("/{*rest}", any(handler).public())), &[]);
}

/// A piece of a path, good or bad.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("/".to_owned()),
        "/[ab]?",
        "/\\{[ab*]?\\}",
        "/\\{\\*[ab]\\}",
        "/a-\\{b\\}",
        "[/{}*:ab ä-]{0,4}",
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..4).prop_map(|pieces| pieces.concat())
}

#[derive(Clone, Debug)]
enum Declaration {
    Get(String),
    Any(String),
    Mount(String),
    Nest(String, String),
    NestMount(String, String),
    Fallback,
}

fn declaration() -> impl Strategy<Value = Declaration> {
    prop_oneof![
        path().prop_map(Declaration::Get),
        path().prop_map(Declaration::Any),
        path().prop_map(Declaration::Mount),
        (path(), path()).prop_map(|(prefix, path)| Declaration::Nest(prefix, path)),
        (path(), path()).prop_map(|(prefix, path)| Declaration::NestMount(prefix, path)),
        Just(Declaration::Fallback),
    ]
}

fn declare(routes: Routes, declaration: &Declaration) -> Routes {
    match declaration {
        Declaration::Get(path) => routes.route(path, get(handler).public()),
        Declaration::Any(path) => routes.route(path, any(handler).public()),
        Declaration::Mount(path) => routes.mount(path, public(), Router::new()),
        Declaration::Nest(prefix, path) => routes.nest(prefix, open(path)),
        Declaration::NestMount(prefix, path) => {
            routes.nest(prefix, Routes::new().mount(path, public(), Router::new()))
        }
        Declaration::Fallback => routes.fallback(any(handler).public()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// axum panics over what it does not take; every such mistake is found before.
    #[test]
    fn nothing_that_is_declared_panics(declarations in prop::collection::vec(declaration(), 0..6)) {
        let routes = declarations.iter().fold(Routes::new(), declare);
        let _ = routes.into_router();
    }

    /// What is alone and well-formed is taken.
    #[test]
    fn good_paths_are_taken(path in "(/[a-z]{1,3}|/\\{[a-z]{1,3}\\}){1,4}/?") {
        prop_assert!(open(&path).into_router().is_ok());
        prop_assert!(Routes::<()>::new().mount(&path, public(), Router::new()).into_router().is_ok());
    }
}
