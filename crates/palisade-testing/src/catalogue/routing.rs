//! Routing, path and method: a request that another layer reads as a different route must not slip past the guard.

use crate::case::{Case, Profile};
use crate::exchange::{Exchange, Likeness};
use crate::expect::Expect;
use crate::request::Request;

pub(crate) fn cases() -> Vec<Case> {
    [paths(), forms(), methods(), markers()].into_iter().flatten().chain([framing()]).collect()
}

fn gets(targets: impl IntoIterator<Item = &'static str>) -> Vec<Request> {
    targets.into_iter().map(Request::get).collect()
}

fn paths() -> Vec<Case> {
    let nowhere = Expect::refused(&[400, 401, 404]);
    // A wildcard may answer for what lies below it; the protected resource may not come out of it.
    let below_wildcard = |target| {
        let harmless = Expect::refused(&[200, 400, 401, 404]);
        Exchange::new(Request::get(target), harmless).alike(Likeness::OtherBody, "protected resource")
    };
    vec![
        Case::new("A001", "path that begins with two slashes")
            .send(Request::get("/{protected}"), nowhere.clone()),
        Case::new("A002", "empty and dot segments")
            .send_all(gets(["{parent}//{leaf}", "{parent}/./{leaf}", "{parent}/%2e/{leaf}"]), &nowhere),
        Case::new("A004", "dot segments out of a public wildcard")
            .exchange(
                Exchange::new(Request::get("{protected}").bearer(), Expect::success())
                    .alike(Likeness::OtherBody, "protected resource"),
            )
            .exchange(below_wildcard("{wildcard}{up:../}{protected_tail}"))
            .exchange(below_wildcard("{wildcard}{up:%2e%2e/}{protected_tail}"))
            .exchange(below_wildcard("{wildcard}{up:..%2f}{protected_tail}"))
            .exchange(below_wildcard("{wildcard}{up:%252e%252e/}{protected_tail}")),
        Case::new("A005", "encoded slash and backslash")
            .send_all(gets(["{protected}%2f", "{parent}%2f{leaf}", "{protected}%5c"]), &nowhere),
        Case::new("A006", "trailing slash").send(Request::get("{protected}/"), Expect::refused(&[401, 404])),
        Case::new("A007", "path in another case")
            .send_all(gets(["{protected_upper}", "{protected_mixed}"]), &nowhere),
        Case::new("A009", "encoded NUL, line ends and U+2028 behind the path").send_all(
            gets([
                "{protected}%00",
                "{protected}%0a",
                "{protected}%0d%0aX-Injected:y",
                "{protected}%e2%80%a8",
            ]),
            &nowhere.no_header("x-injected"),
        ),
    ]
}

fn forms() -> Vec<Case> {
    let no_rule = Expect::refused(&[400, 401, 404, 405, 501]);
    vec![
        Case::new("A010", "absolute form with a foreign authority").send(
            Request::get("http://evil.example{protected}"),
            Expect::refused(&[400, 401, 404, 421]).lacks("evil.example"),
        ),
        Case::new("A011", "asterisk form and authority form")
            .send(Request::new("OPTIONS", "*"), no_rule.clone())
            .send(Request::new("CONNECT", "{protected_tail}:443"), no_rule.clone())
            .send(Request::new("CONNECT", "{host}"), no_rule),
        Case::new("A012", "guard inside a nested router sees the whole route")
            .send(Request::get("{protected}"), Expect::unauthenticated())
            .send(Request::get("/{leaf}"), Expect::refused(&[401, 404]))
            .send(Request::get("{parent}{protected}"), Expect::refused(&[401, 404])),
    ]
}

fn methods() -> Vec<Case> {
    let long: &'static str = "{repeat:1024:M}";
    let other = |method| Request::new(method, "{protected}");
    let alike = |request| Exchange::new(request, Expect::below_500()).alike(Likeness::Status, "plain POST");
    let post = || Request::post("{protected_post}");
    vec![
        Case::new("A015", "HEAD is guarded as GET is")
            .exchange(
                Exchange::new(Request::get("{protected}"), Expect::unauthenticated())
                    .alike(Likeness::Head, "without credential"),
            )
            .exchange(
                Exchange::new(Request::head("{protected}"), Expect::refused(&[401]).empty())
                    .alike(Likeness::Head, "without credential"),
            )
            .exchange(
                Exchange::new(Request::head("{protected}").bearer(), Expect::success().empty()).optional(),
            ),
        Case::new("A016", "HEAD is limited as GET is").profile(Profile::Limited).exchange(
            Exchange::new(Request::head("{protected}"), Expect::refused(&[429]).empty()).until_limited(),
        ),
        Case::new("A017", "unknown, lower-case and very long methods")
            .send_all(["FOO", "get", "PROPFIND", long].map(other), &Expect::refused(&[400, 401, 405, 501])),
        Case::new("A018", "method override by header and query")
            .exchange(alike(post().bearer()))
            .exchange(alike(post().bearer().line("X-HTTP-Method-Override: DELETE")))
            .exchange(alike(post().bearer().line("X-HTTP-Method: DELETE")))
            .exchange(alike(post().bearer().line("X-Method-Override: DELETE")))
            .exchange(alike(Request::post("{protected_post}?_method=DELETE").bearer()))
            .send(post().line("X-HTTP-Method-Override: GET"), Expect::unauthenticated()),
        Case::new("A020", "wrong method on a protected path")
            .send(other("{wrong_method}"), Expect::unauthenticated().no_header("allow"))
            .exchange(
                Exchange::new(other("{wrong_method}").bearer(), Expect::refused(&[405]).header("allow"))
                    .optional(),
            ),
    ]
}

fn markers() -> Vec<Case> {
    let get = || Request::get("{protected}");
    let upgrade = |protocol: &str, connection: &str| {
        let request = Request::get("{stream}").line(format!("Connection: {connection}"));
        request.line(format!("Upgrade: {protocol}"))
    };
    // The bytes behind the upgrade are read as a request of their own, or not at all.
    let no_upgrade = |request: Request| {
        Exchange::new(request.pipeline(&get()), Expect::unauthenticated())
            .then(Expect::unauthenticated().may_close())
    };
    let subrequest = "x-middleware-subrequest: {repeat:5:middleware:}middleware";
    vec![
        Case::new("A021", "upgrade without credential, and bytes sent behind it")
            .exchange(no_upgrade(
                upgrade("websocket", "Upgrade")
                    .line("Sec-WebSocket-Version: 13")
                    .line("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
            ))
            .exchange(no_upgrade(
                upgrade("h2c", "Upgrade, HTTP2-Settings").line("HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"),
            )),
        Case::new("A022", "internal markers sent from outside").send_all(
            [subrequest, "X-Palisade-Principal: admin", "X-Internal: 1", "X-Authenticated-User: admin"]
                .map(|line| get().line(line)),
            &Expect::unauthenticated(),
        ),
        Case::new("A023", "original-path headers that name a public route").send_all(
            ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix"]
                .map(|name| get().line(format!("{name}: {{public}}"))),
            &Expect::unauthenticated(),
        ),
        Case::new("A025", "public route by another method")
            .send(Request::post("{public}"), Expect::refused(&[401, 405]))
            .exchange(
                Exchange::new(Request::new("PUT", "{wildcard}x"), Expect::refused(&[401, 405])).optional(),
            ),
    ]
}

/// RFC 9112 §6.3: two readings of where a body ends let one request hide in another.
fn framing() -> Case {
    let post = || Request::new("POST", "{protected_post}").bearer();
    let refused =
        |request: Request| Exchange::new(request.keep_alive().tail("hello"), Expect::refused(&[400]));
    let next = |request: Request| request.pipeline(&Request::get("{protected}"));
    // Whoever goes on reading must find the second request, and must not lend it the token of the first.
    let read_on =
        |request, first| Exchange::new(next(request), first).then(Expect::unauthenticated().may_close());
    let both = |length| post().line(format!("Content-Length: {length}")).line("Transfer-Encoding: chunked");
    Case::new("A027", "framing that can be read in two ways")
        .exchange(read_on(both("{tail_length}").tail("0\r\n\r\n"), Expect::below_500()))
        .exchange(read_on(both("4").tail("0\r\n\r\n"), Expect::below_500()))
        .exchange(refused(post().line("Content-Length: 5").line("Content-Length: 6")))
        .exchange(refused(post().line("Content-Length: +5")))
        .exchange(refused(post().line("Transfer-Encoding: xchunked")))
        .exchange(read_on(
            Request::get("{protected}").bearer().line("X-Folded: a\r\n b"),
            Expect::one_of(&[200, 400]),
        ))
        .exchange(Exchange::new(
            Request::start("POST {protected_post} HTTP/1.0")
                .line("Transfer-Encoding: chunked")
                .tail("0\r\n\r\n"),
            Expect::refused(&[400, 401]),
        ))
}
