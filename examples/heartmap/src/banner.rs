//! What is printed at the start: where the server listens, and lines to paste into a shell.

use crate::access::{ADMIN, FirstKey};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// The text. The keys stand in it: print it, and do not log it.
#[must_use]
pub fn render(address: SocketAddr, keys: &[FirstKey], has_login: bool) -> String {
    let address = reachable(address);
    let mut text =
        format!("heartmap listens on http://{address}\n\nKeys of this start; they are gone when it stops.\n");
    for FirstKey { tenant, role, key } in keys {
        let several = keys.iter().any(|other| other.tenant != *tenant);
        let prefix = if several { format!("{}_", tenant.as_str().to_uppercase()) } else { String::new() };
        text += &format!("  {prefix}{}={}\n", role.to_uppercase(), key.expose());
    }
    let json = "-H 'Content-Type: application/json'";
    let parameters =
        r#"{"min_counts":10,"min_genes":5,"min_cells":3,"top_genes":5,"summary":"both","keep_minutes":60}"#;
    let mut lines = vec![
        ("Is it alive?", format!("curl -s http://{address}/health")),
        (
            "Have it analysed.",
            format!(
                "curl -s -H \"X-API-Key: $ANALYST\" -F file=@examples/heartmap/samples/hearts.h5ad http://{address}/analyze | tee result.json"
            ),
        ),
        (
            "Read the result again, as somebody else of the same tenant.",
            format!(
                "curl -s -H \"X-API-Key: $VIEWER\" \"http://{address}/results/$(sed -n 's/.*\"id\":\"\\([a-z2-7]*\\)\".*/\\1/p' result.json)\""
            ),
        ),
        ("The parameters.", format!("curl -s -H \"X-API-Key: $VIEWER\" http://{address}/config")),
        (
            "Change them.",
            format!(
                "curl -s -X PUT -H \"X-API-Key: $ADMIN\" {json} -d '{parameters}' http://{address}/config"
            ),
        ),
        (
            "Who did what.",
            format!("curl -s -H \"X-API-Key: $ADMIN\" 'http://{address}/audit?act=config.changed'"),
        ),
        (
            "A key for somebody else.",
            format!(
                "curl -s -H \"X-API-Key: $ADMIN\" {json} -d '{{\"name\":\"ada\",\"permissions\":[],\"roles\":[\"analyst\"]}}' http://{address}/keys"
            ),
        ),
    ];
    if has_login {
        lines.push((
            "Log in with the password in HEARTMAP_ADMIN_PASSWORD.",
            format!("curl -s http://{address}/auth/login --data-urlencode username={ADMIN} --data-urlencode \"password=$HEARTMAP_ADMIN_PASSWORD\""),
        ));
    }
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
