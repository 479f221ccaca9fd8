//! Finding the credential: one place, one reading, bounded.

use crate::case::Case;
use crate::exchange::Exchange;
use crate::expect::Expect;
use crate::request::Request;

pub(crate) fn cases() -> Vec<Case> {
    [lines(), sizes(), places(), bytes()].into_iter().flatten().collect()
}

fn get() -> Request {
    Request::get("{protected}")
}

fn authorization(value: &str) -> Request {
    get().line(format!("Authorization: {value}"))
}

fn lines() -> Vec<Case> {
    let refused = Expect::unauthenticated();
    let twice = |first, second| authorization(first).line(format!("Authorization: {second}"));
    vec![
        Case::new("A028", "no credential").send(
            get(),
            Expect::unauthenticated()
                .header_starts("www-authenticate", "Bearer realm=\"")
                .header_lacks("www-authenticate", "error="),
        ),
        Case::new("A029", "two Authorization lines")
            .send(twice("Bearer {token}", "Bearer garbage"), Expect::ambiguous())
            .send(twice("Bearer garbage", "Bearer {token}"), Expect::ambiguous())
            .send(twice("Bearer {token}", "Bearer {token}"), Expect::ambiguous()),
        Case::new("A031", "scheme in another case")
            .send_all(["bearer {token}", "BEARER {token}"].map(authorization), &Expect::success()),
        Case::new("A032", "white space around and inside the credential")
            .send_all(["Bearer  {token}", " \t Bearer {token} \t "].map(authorization), &Expect::success())
            .send(authorization("Bearer\t{token}"), refused.clone()),
        Case::new("A033", "empty credential")
            .send_all(["Bearer", "Bearer ", ""].map(authorization), &refused),
        Case::new("A034", "list inside one line").send_all(
            ["Bearer a, Basic b", "Bearer a,b", "Bearer {token}, Basic b", "Bearer {token},b"]
                .map(authorization),
            &refused,
        ),
    ]
}

fn sizes() -> Vec<Case> {
    let too_large = || Expect::refused(&[400, 431]).may_close();
    vec![
        Case::new("A036", "credential longer than 8192 bytes")
            .send(authorization("Bearer {repeat:8193:a}"), Expect::unauthenticated())
            .exchange(
                Exchange::new(authorization("Bearer {token}{repeat:8193:a}"), Expect::unauthenticated())
                    .optional(),
            ),
        Case::new("A037", "too many header lines, or too long")
            .exchange(
                Exchange::new(get().keep_alive().line("{repeat:100:X-Pad: a\r\n}X-Pad: a"), too_large())
                    .must_close(),
            )
            .exchange(Exchange::new(get().line("X-Pad: {header_pad}"), too_large()).must_close().optional())
            .exchange(Exchange::new(get().line("X-Pad: {repeat:1048576:a}"), too_large()).must_close()),
    ]
}

fn places() -> Vec<Case> {
    let refused = Expect::unauthenticated();
    let key_twice =
        |second: &str| get().line("{api_key_header}: {token}").line(format!("{{api_key_header}}: {second}"));
    vec![
        Case::new("A038", "token in the query").send_all(
            ["access_token", "api_key", "token"]
                .map(|name| Request::get(&format!("{{protected}}?{name}={{token}}"))),
            &refused,
        ),
        Case::new("A039", "token in a cookie, form, proxy header or trailer")
            .send(
                get().line("Cookie: token={token}; access_token={token}; Authorization={token}"),
                refused.clone(),
            )
            .send(get().line("Proxy-Authorization: Bearer {token}"), refused.clone())
            .exchange(
                Exchange::new(
                    Request::new("POST", "{protected_post}")
                        .body("application/x-www-form-urlencoded", "access_token={token}"),
                    refused.clone(),
                )
                .optional(),
            )
            .exchange(
                Exchange::new(
                    Request::new("POST", "{protected_post}")
                        .line("Transfer-Encoding: chunked")
                        .line("Trailer: Authorization")
                        .tail("2\r\n{{}\r\n0\r\nAuthorization: Bearer {token}\r\n\r\n"),
                    refused,
                )
                .optional(),
            ),
        Case::new("A041", "API key header twice, or beside a bearer token")
            .send(key_twice("{token}"), Expect::ambiguous())
            .send(key_twice("garbage"), Expect::ambiguous())
            .send(get().bearer().line("{api_key_header}: {token}"), Expect::ambiguous()),
    ]
}

fn bytes() -> Vec<Case> {
    // Line feed ends a line even alone, and a tab is white space; every other control is nowhere allowed (RFC 9110 §5.5).
    let controls = (0u8..0x20).chain([0x7f]).filter(|byte| !matches!(byte, b'\t' | b'\n')).map(char::from);
    let inside = controls.map(|control| authorization(&format!("Bearer {{token}}{control}x")));
    vec![
        Case::new("A042", "control characters inside the credential")
            .send_all(inside, &Expect::refused(&[400]).may_close())
            .send(authorization("Bearer {token}\0"), Expect::refused(&[400]).may_close()),
        Case::new("A043", "look-alike characters in the token").send_all(
            ["Bearer {token_full_width}", "Bearer {token_other_case}", "Ｂｅａｒｅｒ {token}"]
                .map(authorization),
            &Expect::unauthenticated(),
        ),
        Case::new("A044", "bad credential before a body of 1 GB that waits for 100 Continue").exchange(
            Exchange::new(
                Request::new("POST", "{protected_post}")
                    .keep_alive()
                    .line("Authorization: Bearer garbage")
                    .line("Content-Length: 1073741824")
                    .line("Expect: 100-continue"),
                Expect::unauthenticated().no_interim(),
            )
            .must_close(),
        ),
    ]
}
