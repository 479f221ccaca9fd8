//! What a connection occupies while it is open.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::OwnedSemaphorePermit;

/// The places of one connection; dropping it gives them back.
#[derive(Debug)]
pub(crate) struct Places {
    _among_all: OwnedSemaphorePermit,
    of_address: Option<AddressPlace>,
}

impl Places {
    pub(crate) const fn new(among_all: OwnedSemaphorePermit) -> Self {
        Self { _among_all: among_all, of_address: None }
    }

    pub(crate) fn and(&mut self, of_address: AddressPlace) {
        self.of_address = Some(of_address);
    }
}

/// How many connections each address has. An address is there only while it has some, so there are no more than connections.
#[derive(Clone, Debug)]
pub(crate) struct AddressPlaces {
    counts: Arc<Mutex<HashMap<IpAddr, u32>>>,
    most: u32,
}

impl AddressPlaces {
    pub(crate) fn new(most: u32) -> Self {
        Self { counts: Arc::default(), most }
    }

    /// One more of this address, if it may have it.
    pub(crate) fn enter(&self, ip: IpAddr) -> Option<AddressPlace> {
        let network = network(ip);
        let mut counts = self.lock();
        let count = counts.entry(network).or_insert(0);
        if *count >= self.most {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(AddressPlace { places: self.clone(), network })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        // Nothing that can panic runs while it is locked but the allocator.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(crate) struct AddressPlace {
    places: AddressPlaces,
    network: IpAddr,
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        let mut counts = self.places.lock();
        let Entry::Occupied(mut there) = counts.entry(self.network) else { return };
        match there.get_mut() {
            count @ 2.. => *count -= 1,
            _ => drop(there.remove()),
        }
    }
}

/// Whoever has an address of IPv6 has 2⁶⁴ of them (RFC 4291 §2.5.4).
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_and_gets_them_back() {
        let places = AddressPlaces::new(2);
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let one = places.enter(ip("192.0.2.1")).unwrap();
        let _two = places.enter(ip("::ffff:192.0.2.1")).unwrap();
        assert!(places.enter(ip("192.0.2.1")).is_none());
        assert!(places.enter(ip("192.0.2.2")).is_some());
        drop(one);
        let three = places.enter(ip("192.0.2.1"));
        assert!(three.is_some());
        let _four = places.enter(ip("2001:db8:0:1::1")).unwrap();
        let _five = places.enter(ip("2001:db8:0:1:ffff::1")).unwrap();
        assert!(places.enter(ip("2001:db8:0:1::2")).is_none());
        assert!(places.enter(ip("2001:db8:0:2::2")).is_some());
        drop((three, _two, _four, _five));
        assert!(places.lock().is_empty());
    }
}
