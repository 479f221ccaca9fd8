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

    pub(crate) fn of_address(&mut self, of_address: Option<AddressPlace>) {
        self.of_address = of_address;
    }
}

/// How many connections each address has. An address is there only while it has some, so there are no more than connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressPlaces {
    counts: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

impl AddressPlaces {
    /// One more of this address, if it may have it: `most`, which is never none.
    pub(crate) fn enter(&self, ip: IpAddr, most: u32) -> Option<AddressPlace> {
        let network = network(ip);
        let mut counts = self.lock();
        match counts.entry(network) {
            Entry::Occupied(there) if *there.get() >= most => return None,
            Entry::Occupied(mut there) => *there.get_mut() += 1,
            Entry::Vacant(place) => {
                place.insert(1);
            }
        }
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
        let places = AddressPlaces::default();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let one = places.enter(ip("192.0.2.1"), 2).unwrap();
        let _two = places.enter(ip("::ffff:192.0.2.1"), 2).unwrap();
        assert!(places.enter(ip("192.0.2.1"), 2).is_none());
        assert!(places.enter(ip("192.0.2.2"), 2).is_some());
        drop(one);
        let three = places.enter(ip("192.0.2.1"), 2);
        assert!(three.is_some());
        let _four = places.enter(ip("2001:db8:0:1::1"), 2).unwrap();
        let _five = places.enter(ip("2001:db8:0:1:ffff::1"), 2).unwrap();
        assert!(places.enter(ip("2001:db8:0:1::2"), 2).is_none());
        assert!(places.enter(ip("2001:db8:0:2::2"), 2).is_some());
        drop((three, _two, _four, _five));
        assert!(places.lock().is_empty());
    }
}
