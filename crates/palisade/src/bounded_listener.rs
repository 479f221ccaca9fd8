//! How many connections there may be, and for how long they may take nothing.

use crate::{
    bounded_io::BoundedIo,
    connection_places::{AddressPlace, AddressPlaces, Places},
    served::Served,
};
use axum::serve::Listener;
use palisade_core::{ClientIp, Clock, Timestamp};
use std::{
    future::pending,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::Semaphore};

/// How many connections are open at once, unless told otherwise.
pub const CONNECTIONS: usize = 10_000;
/// How long a connection may take nothing of what is written to it, unless told otherwise.
pub const WRITE_TIME: Duration = Duration::from_secs(30);
/// How many connections one client address may have however few are free, unless told otherwise: browsers open six.
pub const ADDRESS_CONNECTIONS: u32 = 8;

/// So many are the most that can be told.
const MOST: usize = 1_000_000;
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(3_600);
/// How often it is told that there are as many connections as there may be, in nanoseconds.
const MINUTE: u64 = 60_000_000_000;

/// A listener with bounds on its connections, for [`serve`](crate::serve), [`serve_tls`](crate::serve_tls) and `axum::serve`.
///
/// | bound | unless told otherwise | beyond |
/// | --- | --- | --- |
/// | [`connections`](Self::connections) open at once | 10,000 | the newest wait in the kernel's backlog until one ends |
/// | of one client address | as many as are free, or [8](ADDRESS_CONNECTIONS) | the newest is closed at once |
/// | [`write_time`](Self::write_time) without a byte taken | 30 seconds | the connection is closed, and with it what it had open |
///
/// Who is too many waits and is not turned away, because connections end by themselves within these bounds, those that idle or do not
/// speak within seconds; a wait of a moment is better than an error, and costs nothing here. One address that has too many is known only after its
/// connection was accepted, and would otherwise make everybody wait: it is turned away.
///
/// One address alone gets half of all connections, two a third each, so that however many some of them open there is room for another.
/// [`connections_each`](Self::connections_each) says a number instead. Proxies that the stack's `client_ip`
/// trusts are not counted, wherever this crate serves; tell [`proxies`](Self::proxies) of them for `axum::serve`.
///
/// ```no_run
/// use palisade::{Auth, BoundedListener, Routes, Stack, routes::get};
/// use std::time::Duration;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let routes = Routes::new().route("/health", get(async || "ok").public());
/// let app = Stack::new(Auth::disabled()).protect(routes)?;
/// let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
/// let listener = BoundedListener::new(listener)
///     .connections(2_000)?
///     .connections_each(50)?
///     .write_time(Duration::from_secs(10))?;
/// palisade::serve(listener, app).await?; // or axum::serve(listener, app)
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BoundedListener<L> {
    listener: L,
    places: Arc<Semaphore>,
    of_address: AddressPlaces,
    /// How many of one address; as many as are free unless it is said.
    each: Option<u32>,
    proxies: Option<Arc<ClientIp>>,
    write_time: Duration,
    clock: Clock,
    told: Option<Timestamp>,
    turned_away: Option<Timestamp>,
    /// The program said nothing of bounds, so that settings may.
    by_default: bool,
}

impl<L> BoundedListener<L> {
    /// This listener within bounds.
    #[must_use]
    pub fn new(listener: L) -> Self {
        Self {
            listener,
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            of_address: AddressPlaces::default(),
            each: None,
            proxies: None,
            write_time: WRITE_TIME,
            clock: Clock::system(),
            told: None,
            turned_away: None,
            by_default: false,
        }
    }

    /// Within the bounds that settings say, where the program said nothing of them.
    pub(crate) fn or_within(self, served: &Served) -> Result<Self, BoundError> {
        let proxies = self.proxies.clone().or_else(|| served.proxies.clone());
        let bounded = Self { proxies, ..self };
        if bounded.by_default { bounded.within(served) } else { Ok(bounded) }
    }

    /// Within the bounds that settings say.
    pub(crate) fn within(self, served: &Served) -> Result<Self, BoundError> {
        let &Served { connections, each, write_time, .. } = served;
        let mut bounded = self;
        if let Some(most) = connections {
            bounded = bounded.connections(usize::try_from(most).unwrap_or(usize::MAX))?;
        }
        if let Some(most) = each {
            bounded = bounded.connections_each(most)?;
        }
        match write_time {
            Some(time) => bounded.write_time(time),
            None => Ok(bounded),
        }
    }

    /// So many connections open at once, 1 to 1,000,000. The operating system has a bound of its own on open files (`ulimit -n`), which
    /// should be above.
    ///
    /// # Errors
    ///
    /// When `most` is not in that range.
    pub fn connections(mut self, most: usize) -> Result<Self, BoundError> {
        if !(1..=MOST).contains(&most) {
            return Err(BoundError::Connections);
        }
        self.places = Arc::new(Semaphore::new(most));
        Ok(self)
    }

    /// So many of them from one client address, 1 to 1,000,000; of IPv6 from one network of 64 bits. A proxy is one address for all who come
    /// through it, unless it is [trusted](Self::proxies).
    ///
    /// # Errors
    ///
    /// When `most` is not in that range.
    pub fn connections_each(mut self, most: u32) -> Result<Self, BoundError> {
        if !usize::try_from(most).is_ok_and(|most| (1..=MOST).contains(&most)) {
            return Err(BoundError::ConnectionsEach);
        }
        self.each = Some(most);
        Ok(self)
    }

    /// Does not count connections of the proxies that `client_ip` trusts: each carries many clients.
    #[must_use]
    pub fn proxies(mut self, client_ip: &ClientIp) -> Self {
        self.proxies = client_ip.has_proxies().then(|| Arc::new(client_ip.clone()));
        self
    }

    /// Of one address, who has its place among all.
    fn enter(&self, ip: IpAddr) -> Result<Option<AddressPlace>, u32> {
        if self.proxies.as_ref().is_some_and(|proxies| proxies.trusts(ip)) {
            return Ok(None);
        }
        let free = || u32::try_from(self.places.available_permits()).unwrap_or(u32::MAX);
        let most = self.each.unwrap_or_else(|| free().max(ADDRESS_CONNECTIONS));
        self.of_address.enter(ip, most).map(Some).ok_or(most)
    }

    /// Tells now and then that an address has too many, and each time to those who look for it.
    fn turn_away(&mut self, peer: SocketAddr, most: u32) {
        tracing::debug!(target: "palisade::serve", %peer, most, "this address has as many connections as it may");
        let now = self.clock.now().mono;
        if self.turned_away.is_none_or(|told| now.nanos_since(told) >= MINUTE) {
            self.turned_away = Some(now);
            tracing::warn!(
                target: "palisade::serve",
                ip = %peer.ip(),
                most,
                "an address has as many connections as it may, and gets no further one; if it is a proxy, name it in `client_ip` \
                 (`server.trusted_proxies`)"
            );
        }
    }

    /// How long a connection may take nothing of what is written to it, a second to an hour. It counts anew with every byte taken.
    ///
    /// # Errors
    ///
    /// When `time` is not in that range.
    pub fn write_time(mut self, time: Duration) -> Result<Self, BoundError> {
        if !(SHORTEST..=LONGEST).contains(&time) {
            return Err(BoundError::WriteTime);
        }
        self.write_time = time;
        Ok(self)
    }

    /// Waits for a place; tells now and then that there is none.
    async fn place(&mut self) -> Places {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Places::new(place);
        }
        let now = self.clock.now().mono;
        if self.told.is_none_or(|told| now.nanos_since(told) >= MINUTE) {
            self.told = Some(now);
            tracing::warn!(
                target: "palisade::serve",
                "there are as many connections as there may be: further ones wait until one ends"
            );
        }
        match self.places.clone().acquire_owned().await {
            Ok(place) => Places::new(place),
            // Nobody closes it.
            Err(_) => pending().await,
        }
    }
}

impl<L: Listener<Addr = SocketAddr>> Listener for BoundedListener<L> {
    type Io = BoundedIo<L::Io>;
    type Addr = SocketAddr;

    /// # Cancel safety
    ///
    /// Dropping the future loses no connection, where the listener inside loses none.
    async fn accept(&mut self) -> (BoundedIo<L::Io>, SocketAddr) {
        let mut places = self.place().await;
        loop {
            let (io, peer) = self.listener.accept().await;
            match self.enter(peer.ip()) {
                Ok(place) => places.of_address(place),
                Err(most) => {
                    self.turn_away(peer, most);
                    continue;
                }
            }
            return (BoundedIo::new(io, self.write_time, places), peer);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// What can be served: a TCP listener, within the bounds that settings say or else those that are there, or one with bounds of your own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no bounds on its connections",
    note = "write `palisade::BoundedListener::new(listener)`"
)]
pub trait IntoBounded {
    /// What is inside the bounds.
    type Listener: Listener<Addr = SocketAddr>;

    /// Within bounds.
    fn into_bounded(self) -> BoundedListener<Self::Listener>;
}

impl IntoBounded for TcpListener {
    type Listener = Self;

    fn into_bounded(self) -> BoundedListener<Self> {
        BoundedListener { by_default: true, ..BoundedListener::new(self) }
    }
}

impl<L: Listener<Addr = SocketAddr>> IntoBounded for BoundedListener<L> {
    type Listener = L;

    fn into_bounded(self) -> Self {
        self
    }
}

/// A bound that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BoundError {
    /// None, or too many.
    #[error("connections: write 1 to 1000000")]
    Connections,
    /// None, or too many.
    #[error("connections_each: write 1 to 1000000, or leave it out")]
    ConnectionsEach,
    /// Too short, or too long.
    #[error("write_time: write a second to an hour")]
    WriteTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_have_bounds() {
        let listener = || BoundedListener::new(());
        for (most, fits) in [(0, false), (1, true), (1_000_000, true), (1_000_001, false)] {
            assert_eq!(listener().connections(most as usize).is_ok(), fits, "{most}");
            assert_eq!(listener().connections_each(most).is_ok(), fits, "{most}");
        }
        for (seconds, fits) in [(0, false), (1, true), (3_600, true), (3_601, false)] {
            assert_eq!(listener().write_time(Duration::from_secs(seconds)).is_ok(), fits, "{seconds}");
        }
    }
}
