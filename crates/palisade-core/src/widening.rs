//! Networks that hold more siblings than one subscriber should.

use crate::{
    client_ip::prefix,
    clock::Moment,
    key::{Key, KeyHasher},
};
use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// Counts the /64 of each /56, and the wide /56 of each /48, exactly: there are 256 of either.
pub(crate) struct Widening {
    siblings: u32,
    random: RandomState,
    sets: Box<[Mutex<Set>]>,
}

/// Places for the networks of one hash.
type Set = [Network; WAYS];

const SETS: usize = 1_024;
const WAYS: usize = 4;
const PERIOD: u64 = 600_000_000_000;
const TAG: u8 = 8;

#[derive(Clone, Copy, Default)]
struct Network {
    /// The first bits of its addresses, and how many of them; 0 where nothing stands here.
    name: (u64, u8),
    period: u64,
    seen: [u64; 4],
    /// Wide until this moment, in nanoseconds.
    wide_until: u64,
}

impl Widening {
    pub(crate) fn new(siblings: u16) -> Self {
        let sets = (0..SETS).map(|_| Mutex::default()).collect();
        Self { siblings: u32::from(siblings.clamp(2, 256)), random: RandomState::new(), sets }
    }

    /// The key of an address; it is remembered as active where `arrived` says when.
    pub(crate) fn key(&self, ip: IpAddr, arrived: Option<Moment>, hasher: &KeyHasher) -> Key {
        let IpAddr::V6(v6) = ip else { return hasher.address(ip, 64) };
        let Some(bits) = self.bits(v6.to_bits(), arrived) else { return hasher.address(ip, 64) };
        match prefix(ip, bits) {
            IpAddr::V6(network) => {
                let mut name = [bits; 17];
                name[1..].copy_from_slice(&network.octets());
                hasher.field(TAG, &name)
            }
            embedded @ IpAddr::V4(_) => hasher.address(embedded, 64),
        }
    }

    /// How wide the address is counted; `None` as ever.
    fn bits(&self, address: u128, arrived: Option<Moment>) -> Option<u8> {
        // Of 128 bits these are the first 64.
        let subscriber = (address >> 64) as u64;
        let at = |shift: u32| (subscriber >> (shift + 8), (subscriber >> shift & 0xff) as u8);
        let ((in_56, child), (in_48, parent)) = (at(0), at(8));
        let wide_56 = self.look((in_56, 56), child, arrived, true);
        let wide_48 = self.look((in_48, 48), parent, arrived, wide_56);
        if wide_48 {
            Some(48)
        } else if wide_56 {
            Some(56)
        } else {
            None
        }
    }

    /// Whether a network is wide; notes one of its siblings where it is to `count` and a request came.
    fn look(&self, name: (u64, u8), sibling: u8, arrived: Option<Moment>, count: bool) -> bool {
        let Some(set) = self.sets.get(self.random.hash_one(name) as usize % SETS) else { return false };
        // A panic elsewhere leaves a table of bits as good as it was.
        let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
        let there = set.iter().position(|network| network.name == name);
        let Some(now) = arrived.map(|moment| moment.mono.as_nanos()) else {
            return there.and_then(|at| set.get(at)).is_some_and(|network| network.wide_until > 0);
        };
        let (period, wide_until) = (now / PERIOD, (now / PERIOD + 2) * PERIOD);
        let place = if count { there.or_else(|| victim(&set, now)) } else { there };
        let Some(network) = place.and_then(|at| set.get_mut(at)) else { return false };
        if network.name != name {
            *network = Network { name, period, ..Network::default() };
        }
        if network.period != period {
            (network.period, network.seen) = (period, [0; 4]);
        }
        if count && let Some(word) = network.seen.get_mut(usize::from(sibling / 64)) {
            *word |= 1 << (sibling % 64);
        }
        if network.seen.iter().map(|word| word.count_ones()).sum::<u32>() >= self.siblings {
            network.wide_until = wide_until;
        } else if network.wide_until <= now {
            network.wide_until = 0;
        }
        network.wide_until > 0
    }
}

/// The place that is given up: a network that was silent for a period, else the one with the fewest siblings; never one that is wide.
fn victim(set: &Set, now: u64) -> Option<usize> {
    let period = now / PERIOD;
    let worth = |network: &Network| {
        if network.period + 1 < period { 0 } else { network.seen.iter().map(|word| word.count_ones()).sum() }
    };
    let narrow = set.iter().enumerate().filter(|(_, network)| network.wide_until <= now);
    narrow.min_by_key(|(_, network)| worth(network)).map(|(at, _)| at)
}

impl fmt::Debug for Widening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Widening").field("siblings", &self.siblings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, UnixTime};
    use std::time::Duration;

    struct Rig {
        widening: Widening,
        clock: ManualClock,
        hasher: KeyHasher,
    }

    impl Rig {
        fn new(siblings: u16) -> Self {
            let clock = ManualClock::new(UnixTime::from_secs(1_700_000_000));
            Self { widening: Widening::new(siblings), clock, hasher: KeyHasher::seeded(&[7; 16], "test") }
        }

        fn key(&self, ip: &str) -> Key {
            self.widening.key(ip.parse().unwrap(), Some(self.clock.now()), &self.hasher)
        }

        fn named(&self, ip: &str) -> Key {
            self.widening.key(ip.parse().unwrap(), None, &self.hasher)
        }
    }

    #[test]
    fn many_siblings_become_one_and_apart_again() {
        let rig = Rig::new(4);
        let sibling = |n: u16| rig.key(&format!("2001:db8:0:10{n:02x}::1"));
        let first: Vec<_> = (0..3).map(sibling).collect();
        assert!(first.iter().enumerate().all(|(at, key)| first[..at].iter().all(|other| other != key)));
        assert_eq!(first[0], rig.hasher.client("2001:db8:0:1000::9".parse().unwrap()));
        let wide = sibling(3);
        assert_eq!((sibling(0), sibling(77)), (wide, wide));
        // Who only asks sees the same and leaves no trace.
        assert_eq!(rig.named("2001:db8:0:1099::1"), wide);
        assert_ne!(rig.key("2001:db8:0:2000::1"), wide);
        rig.clock.advance(Duration::from_secs(1_200));
        assert_eq!(sibling(0), first[0]);
    }

    #[test]
    fn wide_siblings_widen_their_parent() {
        let rig = Rig::new(2);
        for parent in 0..2 {
            for child in 0..2 {
                rig.key(&format!("2001:db8:1:{parent:02x}{child:02x}::"));
            }
        }
        assert_eq!(rig.key("2001:db8:1:ff00::"), rig.key("2001:db8:1:0001::"));
        assert_ne!(rig.key("2001:db8:1:ff00::"), rig.key("2001:db8:2:ff00::"));
        assert_eq!(rig.key("192.0.2.1"), rig.hasher.client("192.0.2.1".parse().unwrap()));
    }

    #[test]
    fn a_flood_of_networks_takes_no_room_and_frees_no_wide_one() {
        let rig = Rig::new(2);
        let wide = ["2001:db8:0:1::", "2001:db8:0:2::"].map(|ip| rig.key(ip))[1];
        for n in 0..20_000u32 {
            rig.key(&format!("2001:{:x}:{:x}:1::", n >> 8 | 0x1000, n & 0xff));
        }
        assert_eq!(rig.key("2001:db8:0:3::"), wide);
        assert_eq!(rig.widening.sets.len() * WAYS, 4_096);
    }
}
