//! What is printed at the start: where the server listens, and lines to paste into a shell.

use crate::users::DEMO;
use palisade::Secret;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// The text. `own_upstream` is the URL of the example's own dependency, which can be told to fail; `demo` the password of the user who
/// was drawn at this start: print it, and do not log it.
#[must_use]
pub fn render(address: SocketAddr, own_upstream: Option<&str>, demo: Option<&Secret>) -> String {
    let address = reachable(address);
    let convert = format!("curl -s 'http://{address}/convert?from=EUR&to=USD&amount=12.50'");
    let dependency = format!("curl -s 'http://{address}/dependency'");
    let health = format!("curl -s -o /dev/null -w '%{{http_code}}\\n' 'http://{address}/health'");
    let token = "-H \"Authorization: Bearer $TOKEN\"";
    let (name, password) = match demo {
        Some(password) => (DEMO.to_owned(), String::from_utf8_lossy(password.expose()).into_owned()),
        None => ("$NAME".to_owned(), "$PASSWORD".to_owned()),
    };
    let login = format!(
        "curl -s 'http://{address}/login' --data-urlencode \"username={name}\" --data-urlencode \"password={password}\""
    );
    let errors = r#"{"lines":["ERROR db: timeout after 30 ms","ERROR db: timeout after 31 ms","WARN cold"]}"#;
    let json = "-H 'Content-Type: application/json'";
    let mut lines = vec![
        ("Is it alive?", format!("curl -i 'http://{address}/health'")),
        (
            "The sixth within a minute is refused with 429. Counts the answers by status.",
            format!("for n in $(seq 8); do {health}; done | sort | uniq -c"),
        ),
        (
            "Log in, and take the token out of the answer.",
            format!("TOKEN=$({login} | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/'); echo \"$TOKEN\""),
        ),
        ("Who am I?", format!("curl -i 'http://{address}/protected' {token}")),
        (
            "Summarise errors.",
            format!("curl -s 'http://{address}/debug/summarize-errors' {token} {json} -d '{errors}'"),
        ),
        ("Log out.", format!("curl -i -X POST 'http://{address}/logout' {token}")),
        ("What are 12.50 euros in dollars?", convert.clone()),
        ("How is the dependency doing?", dependency.clone()),
    ];
    if let Some(upstream) = own_upstream {
        lines.extend([
            (
                "Let the dependency fail; `slow` makes it slow, `up` lets it work.",
                format!("curl -X PUT -d down '{upstream}/mode'"),
            ),
            (
                "The last rates are used instead, and after three failures the dependency is left alone.",
                format!("for n in $(seq 5); do {convert}; echo; done"),
            ),
            ("Let it work again.", format!("curl -X PUT -d up '{upstream}/mode'")),
            (
                "It is left alone for some seconds more, then one request tries it, and the rates are live.",
                format!("sleep 7; {convert}; echo; {dependency}"),
            ),
        ]);
    }
    let mut text = format!("reliability listens on http://{address}\n");
    text += &match demo {
        Some(_) => format!(
            "\nThere is one user, {DEMO}, until it stops; its password, shown this once: {password}\n"
        ),
        None => {
            "\nType your name and your password here first.\n  read -r NAME; read -rs PASSWORD\n".to_owned()
        }
    };
    for (title, line) in lines {
        text += &format!("\n{title}\n  {line}\n");
    }
    text + "\nCtrl-C stops it.\n"
}

/// An address a client on this machine can use: nothing can be sent to `0.0.0.0` or `[::]` everywhere.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        SocketAddr::V4(_) | SocketAddr::V6(_) => {}
    }
    address
}
