//! A connection to an address that was vetted, and to no other.

use super::{
    address::Allowed,
    error::{RemoteError, RemoteErrorKind},
    location::Location,
};
use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tokio::{net::TcpStream, time::timeout};

/// For the look-up and the connection together.
pub(crate) const CONNECT: Duration = Duration::from_secs(2);
/// No more of a name's addresses are tried.
const MAX_ADDRESSES: usize = 4;

/// Connects. The name is looked up once, by `look_up`, so that no second answer can stand between check and connection.
pub(crate) async fn connect<F>(
    location: &Location,
    allowed: &Allowed,
    look_up: impl FnOnce(String, u16) -> F,
) -> Result<TcpStream, RemoteError>
where
    F: Future<Output = io::Result<Vec<SocketAddr>>>,
{
    let host = location.host();
    timeout(CONNECT, connected(location, allowed, look_up))
        .await
        .unwrap_or_else(|_| Err(error(RemoteErrorKind::Timeout, format!("no connection to {host} in time"))))
}

async fn connected<F>(
    location: &Location,
    allowed: &Allowed,
    look_up: impl FnOnce(String, u16) -> F,
) -> Result<TcpStream, RemoteError>
where
    F: Future<Output = io::Result<Vec<SocketAddr>>>,
{
    let (host, port) = (location.host(), location.port());
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => look_up(host.to_owned(), port).await.map_err(|cause| {
            error(RemoteErrorKind::Address, format!("the name {host} is not resolved: {cause}"))
        })?,
    };
    let vetted: Vec<_> = addresses
        .iter()
        .filter(|address| allowed.permits(address.ip(), location.is_https()))
        .take(MAX_ADDRESSES)
        .collect();
    // One that never answers leaves time for the others.
    let share = CONNECT / u32::try_from(vetted.len()).unwrap_or(u32::MAX).max(1);
    let mut last = forbidden(host, &addresses);
    for address in vetted {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(cause)) => {
                last =
                    error(RemoteErrorKind::Connect, format!("no connection to {host} ({address}): {cause}"));
            }
            Err(_) => {
                last =
                    error(RemoteErrorKind::Timeout, format!("no connection to {host} ({address}) in time"));
            }
        }
    }
    Err(last)
}

/// The resolver of the system.
pub(crate) async fn system(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
}

fn forbidden(host: &str, addresses: &[SocketAddr]) -> RemoteError {
    let shown: Vec<_> = addresses.iter().take(4).map(|address| address.ip().to_string()).collect();
    let detail = match shown.as_slice() {
        [] => format!("the name {host} has no address"),
        shown => format!(
            "{host} has no public address, only {}; where that is right, list its network with allow_network()",
            shown.join(", ")
        ),
    };
    error(RemoteErrorKind::Address, detail)
}

fn error(kind: RemoteErrorKind, detail: String) -> RemoteError {
    RemoteError::new(kind, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use tokio::{net::TcpListener, time::Instant};

    fn listed(network: &str) -> Allowed {
        let mut allowed = Allowed::default();
        allowed.add(network.parse().unwrap());
        allowed
    }

    async fn kind(url: &str, allowed: &Allowed, addresses: &[&str]) -> Result<SocketAddr, RemoteErrorKind> {
        let addresses: Vec<SocketAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let location = Location::parse(url, true).unwrap();
        let found = connect(&location, allowed, |_, _| async { Ok(addresses) }).await;
        found.map(|stream| stream.peer_addr().unwrap()).map_err(|error| error.kind())
    }

    #[tokio::test]
    async fn a151_names_that_lead_inside_are_refused_and_literals_too() {
        let none = Allowed::default();
        for inside in
            ["10.0.0.1:443", "127.0.0.1:443", "169.254.169.254:443", "[fe80::1]:443", "[::ffff:10.0.0.1]:443"]
        {
            assert_eq!(kind("https://id.example.com", &none, &[inside]).await, Err(RemoteErrorKind::Address));
            let literal = format!("https://{inside}/");
            assert_eq!(kind(&literal, &none, &[]).await, Err(RemoteErrorKind::Address), "{literal}");
        }
        assert_eq!(kind("https://id.example.com", &none, &[]).await, Err(RemoteErrorKind::Address));
        // Without TLS, a name that should be this machine must be it.
        assert_eq!(kind("http://localhost", &none, &["8.8.8.8:80"]).await, Err(RemoteErrorKind::Address));
    }

    #[tokio::test]
    async fn a151_the_vetted_address_is_the_one_that_is_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let allowed = listed("127.0.0.1/32");
        // The one that is not listed is passed over.
        let mixed = ["10.0.0.1:1", &here.to_string()];
        assert_eq!(kind("https://id.example.com", &allowed, &mixed).await, Ok(here));
        // A name server that answers differently the second time is never asked a second time.
        let asked = AtomicUsize::new(0);
        let rebinding = |_: String, _: u16| {
            let address = if asked.fetch_add(1, SeqCst) == 0 { here } else { "10.0.0.1:1".parse().unwrap() };
            async move { Ok(vec![address]) }
        };
        let location = Location::parse("https://id.example.com", false).unwrap();
        assert!(connect(&location, &allowed, rebinding).await.is_ok());
        assert_eq!(asked.load(SeqCst), 1);
    }

    #[tokio::test]
    async fn an_address_that_refuses_leaves_time_for_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let allowed = listed("127.0.0.0/8");
        let both = [&*closed.to_string(), &*here.to_string()];
        assert_eq!(kind("https://id.example.com", &allowed, &both).await, Ok(here));
        assert_eq!(kind("https://id.example.com", &allowed, &both[..1]).await, Err(RemoteErrorKind::Connect));
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_server_that_is_silent_is_given_two_seconds() {
        let location = Location::parse("https://id.example.com", false).unwrap();
        let silent = |_: String, _: u16| std::future::pending();
        let start = Instant::now();
        let error = connect(&location, &Allowed::default(), silent).await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed()), (RemoteErrorKind::Timeout, CONNECT));
    }
}
