//! What requests in flight share.

use super::{networks::Networks, pressure::Pressure, table::Table, threshold::Threshold, who::Who};
use crate::network::network;
use palisade_core::{
    Event, EventSink, Key, KeyHasher, Principal, Sign, Suspicion, Timestamp, TrustedProxies,
};
use std::{net::IpAddr, sync::Arc, time::Duration};

/// How an address is banned.
pub(super) type Ban = Arc<dyn Fn(IpAddr, Duration) + Send + Sync>;

#[derive(Clone)]
pub(super) struct Shared {
    pub(super) events: Arc<dyn EventSink>,
    pub(super) hasher: KeyHasher,
    pub(super) thresholds: [Threshold; 4],
    pub(super) exempt: Option<TrustedProxies>,
    pub(super) ban: Option<Ban>,
    pub(super) pressures: Arc<Table<Pressure>>,
    pub(super) networks: Arc<Table<Networks>>,
}

pub(super) const fn index(sign: Sign) -> usize {
    match sign {
        Sign::Junk => 1,
        Sign::Forbidden => 2,
        Sign::Networks => 3,
        _ => 0,
    }
}

impl Shared {
    pub(super) fn spares(&self, ip: IpAddr) -> bool {
        self.exempt.as_ref().is_some_and(|networks| networks.contains(ip))
    }

    /// Takes a sign in.
    pub(super) fn press(&self, sign: Sign, who: &Who<'_>, ip: IpAddr, now: Timestamp) {
        let Some(threshold) = self.thresholds.get(index(sign)) else { return };
        let text = who.text();
        let key = self.key(sign, &text);
        if self.pressures.with(key, |pressure| pressure.sign(threshold, now)) == Some(true) {
            self.tell(sign, text, threshold, ip);
        }
    }

    /// Takes note of where a caller came from.
    pub(super) fn network(&self, caller: &Principal, ip: IpAddr, now: Timestamp) {
        let Some(threshold) = self.thresholds.get(index(Sign::Networks)) else { return };
        let text = Who::Caller(caller).text();
        let from = self.hasher.key(&[b"network", network(ip, 24, 48).to_string().as_bytes()]);
        let key = self.key(Sign::Networks, &text);
        if self.networks.with(key, |networks| networks.sign(&from, threshold, now)) == Some(true) {
            self.tell(Sign::Networks, text, threshold, ip);
        }
    }

    fn key(&self, sign: Sign, who: &str) -> Key {
        self.hasher.key(&[sign.as_str().as_bytes(), who.as_bytes()])
    }

    fn tell(&self, sign: Sign, who: String, threshold: &Threshold, ip: IpAddr) {
        let ban = threshold.ban.zip(self.ban.as_ref());
        if let Some((time, ban)) = ban {
            ban(ip, time);
        }
        let event = Suspicion::new(sign, who, threshold.count, ban.map(|(time, _)| time));
        self.events.emit(&Event::Suspicion(event));
    }
}
