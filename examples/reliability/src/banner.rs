//! What is printed at the start: where the server listens, and lines to paste into a shell.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// The text. `own_upstream` is the URL of the example's own dependency, which can be told to fail.
#[must_use]
pub fn render(address: SocketAddr, own_upstream: Option<&str>) -> String {
    let address = reachable(address);
    let convert = format!("curl -s 'http://{address}/convert?from=EUR&to=USD&amount=12.50'");
    let health = format!("curl -s -o /dev/null -w '%{{http_code}}\\n' 'http://{address}/health'");
    let mut lines = vec![
        ("Is it alive?", format!("curl -i 'http://{address}/health'")),
        (
            "The sixth within a minute is refused with 429. Counts the answers by status.",
            format!("for n in $(seq 8); do {health}; done | sort | uniq -c"),
        ),
        ("What are 12.50 euros in dollars?", convert.clone()),
        ("How is the dependency doing?", format!("curl -s 'http://{address}/dependency'")),
    ];
    if let Some(upstream) = own_upstream {
        lines.extend([
            ("Let the dependency fail, or be slow, or work again.", {
                format!("curl -X PUT -d down '{upstream}/mode'")
            }),
            (
                "The last rates are used instead, and after three failures the dependency is left alone.",
                format!("for n in $(seq 5); do {convert}; echo; done"),
            ),
            ("It is tried again by itself.", format!("curl -X PUT -d up '{upstream}/mode'")),
        ]);
    }
    let mut text = format!("reliability listens on http://{address}\n");
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
