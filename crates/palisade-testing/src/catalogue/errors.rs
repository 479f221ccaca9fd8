//! Error answers: one shape, nothing of the cause, nothing of the input.

use crate::case::Case;
use crate::exchange::{Exchange, Likeness};
use crate::expect::Expect;
use crate::request::Request;

pub(crate) fn cases() -> Vec<Case> {
    vec![panic(), reflection(), one_answer_a_class(), negotiation(), shape(), body_limit()]
}

fn get() -> Request {
    Request::get("{protected}")
}

fn bearer(value: &str) -> Request {
    get().line(format!("Authorization: Bearer {value}"))
}

fn panic() -> Case {
    let request = Request::get("{panic}").bearer().pipeline(&get().bearer());
    let generic = Expect::error(&[500]).lacks("{panic_canary}");
    Case::new("A264", "panic in a handler, and the next request on the same connection")
        .exchange(Exchange::new(request, generic).then(Expect::success()))
}

fn reflection() -> Case {
    let silent = |expect: Expect| expect.lacks("{canary}").lacks("<script").lacks("%3Cscript");
    let refused = silent(Expect::unauthenticated());
    let post = |text| Request::new("POST", "{protected_post}").body("application/json", text);
    Case::new("A266", "input that would be reflected")
        .send(Request::get("/{canary}%3Cscript%3E%22%7D"), silent(Expect::error(&[400, 401, 404])))
        .send(Request::get("{protected}?q={canary}%3Cscript%3E"), refused.clone())
        .send(get().line("X-Probe: <script>{canary}</script>\"}"), refused.clone())
        .send(get().line("X-Request-Id: <script>{canary}"), refused.clone())
        .send(bearer("\"}{canary}<script>"), refused.clone())
        .send(get().line("Authorization: {canary}<script> x"), refused.clone())
        .exchange(Exchange::new(post("{{\"{canary}\":\"<script>\"}"), refused).optional())
}

/// Two classes: without a credential, and with a bad bearer token. Within one, no cause may be told from another.
fn one_answer_a_class() -> Case {
    let nobody = [
        get(),
        Request::get("{protected}?access_token=x"),
        get().line("Cookie: token=x"),
        get().line("X-Original-URL: /"),
        get().line("X-Forwarded-User: admin"),
        get().line("Proxy-Authorization: Bearer x"),
    ];
    let values = [
        "garbage",
        "",
        "a,b",
        "a b",
        "====",
        "a=b",
        "a, Basic b",
        "\u{fc}",
        "{repeat:8193:a}",
        "eyJhbGciOiJub25lIn0.e30.",
        "eyJhbGciOiJFUzI1NiJ9.e30.AAAA",
        "00000000-0000-0000-0000-000000000000",
        "' OR 1=1--",
        "pk_unknown",
        "\"quoted\"",
    ];
    let tokens =
        ["{token_other_first}", "{token_other_last}", "{token_shorter}", "{token_other_case}", "{token}x"];
    let of = |class| {
        move |request| Exchange::new(request, Expect::unauthenticated()).alike(Likeness::Answer, class)
    };
    let mut case = Case::new("A269", "one answer for all causes of a class");
    case.exchanges.extend(nobody.into_iter().map(of("no credential")));
    case.exchanges.extend(values.map(bearer).into_iter().map(of("bad bearer token")));
    case.exchanges.extend(tokens.map(bearer).into_iter().map(of("bad bearer token")).map(Exchange::optional));
    case
}

fn negotiation() -> Case {
    let accepts = [
        "text/html",
        "*/*;q=0",
        "application/{canary}",
        ",;/=",
        "{repeat:200:text/html,}",
        "application/problem+json",
    ];
    Case::new("A271", "Accept that asks for something else").send_all(
        accepts.map(|accept| get().line(format!("Accept: {accept}"))),
        &Expect::unauthenticated().lacks("{canary}"),
    )
}

fn shape() -> Case {
    let optional = |request, expect| Exchange::new(request, expect).optional();
    Case::new("A272", "every error has the same shape")
        .send(get(), Expect::unauthenticated())
        .send(Request::head("{protected}"), Expect::refused(&[401]).header("content-type").empty())
        .send(Request::get("/{canary}"), Expect::error(&[401, 404]))
        .exchange(optional(Request::new("{wrong_method}", "{protected}").bearer(), Expect::error(&[405])))
        .exchange(optional(bearer("{weak_token}"), Expect::error(&[403]).handler_ran(false)))
        .exchange(optional(bearer("{token}").bearer(), Expect::ambiguous()))
        .exchange(optional(Request::get("{panic}").bearer(), Expect::error(&[500])))
}

fn body_limit() -> Case {
    let post = || Request::new("POST", "{protected_post}").bearer().line("Content-Type: application/json");
    Case::new("A275", "body over the limit, announced and not")
        .send(post().line("Content-Length: {tail_length}").tail("{body_over_limit}"), Expect::error(&[413]))
        .send(post().line("Transfer-Encoding: chunked").tail("{chunks_over_limit}"), Expect::error(&[413]))
}
