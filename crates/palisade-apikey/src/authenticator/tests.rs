use super::*;
use crate::{
    cache::CachedStore,
    id::KeyId,
    memory::MemoryStore,
    record::{KeyRecord, Revocation},
    store::Change,
    suite::run,
    text::Text,
};
use http::Request;
use palisade_core::{Clock, CredentialDigest, ManualClock, Scope, ScopeSet, UnixTime};

const READ: Scope = Scope::from_static("read_models");
const NOW: u64 = 1_000;

/// A service that knows one key, which was used a moment ago, so that nothing is to be written.
struct Setup {
    keys: ApiKeys,
    cached: CachedStore,
    time: ManualClock,
    id: KeyId,
    text: String,
}

fn format() -> KeyFormat {
    KeyFormat::new("acme", "live", &Secret::new("the check key of tests")).unwrap()
}

fn record_of(key: &crate::MintedKey, peppers: &Peppers) -> KeyRecord {
    let at = UnixTime::from_secs(NOW);
    let proof = peppers.digest(key.expose().as_bytes()).into();
    let (owner, name) = (Text::lossy("ada"), Text::lossy("test"));
    let mut record = KeyRecord::new(key.id(), proof, key.hint().clone(), owner, name, at, Text::lossy("ada"));
    record.last_used = Some(at);
    record.permissions = [READ].into_iter().collect();
    record
}

fn setup(change: impl FnOnce(&mut KeyRecord)) -> Setup {
    let peppers = Peppers::new(1, &Secret::new([7; 32])).unwrap();
    let key = format().mint().unwrap();
    let mut record = record_of(&key, &peppers);
    change(&mut record);
    let time = ManualClock::new(UnixTime::from_secs(NOW));
    let cached = CachedStore::new(MemoryStore::new()).clock(Clock::manual(&time));
    run(cached.write(vec![Change::Insert(record)])).unwrap();
    let keys = ApiKeys::new(format(), peppers, cached.clone());
    Setup { keys, cached, time, id: key.id(), text: key.expose().to_owned() }
}

impl Setup {
    fn facts(&self) -> Facts {
        Facts::new(Clock::manual(&self.time))
    }

    fn verify(&self, presented: &str) -> Result<Principal, &'static str> {
        let (head, ()) = Request::new(()).into_parts();
        let place = HeaderName::from_static("x-api-key");
        let credential = Credential::new(&place, presented.as_bytes());
        run(self.keys.verify(credential, &head, &self.facts())).map_err(|denial| denial.reason())
    }

    /// Who presents it, if that is known without judging.
    fn recognised(&self, presented: &str) -> Option<Principal> {
        self.keys.shared.recognise(presented.as_bytes(), &self.facts())
    }

    fn warm(&self) {
        assert_eq!(self.verify(&self.text).unwrap().id(), self.id.as_str());
        assert!(self.recognised(&self.text).is_some());
    }

    fn change(&self, change: impl FnOnce(&mut KeyRecord)) {
        let mut record = KeyRecord::clone(&run(self.cached.get(&self.id)).unwrap().unwrap());
        change(&mut record);
        run(self.cached.write(vec![Change::Update(record)])).unwrap();
    }
}

#[test]
fn a_key_is_recognised_once_it_held_and_is_the_same_caller() {
    let setup = setup(|record| record.plan = Some(Text::lossy("pro")));
    assert!(setup.recognised(&setup.text).is_none());
    let first = setup.verify(&setup.text).unwrap();
    assert_eq!(setup.recognised(&setup.text), Some(first.clone()));
    assert_eq!(setup.verify(&setup.text), Ok(first));
}

#[test]
fn nothing_but_the_whole_key_is_recognised() {
    let setup = setup(|_| {});
    setup.warm();
    for at in 0..setup.text.len() {
        let mut other = setup.text.clone().into_bytes();
        other[at] = if other[at] == b'x' { b'y' } else { b'x' };
        let other = String::from_utf8(other).unwrap();
        assert!(setup.recognised(&other).is_none() && setup.verify(&other).is_err(), "{at}");
    }
    let longer = format!("{}x", setup.text);
    for other in [&*longer, &setup.text[1..], &setup.text[..setup.text.len() - 1], ""] {
        assert!(setup.recognised(other).is_none() && setup.verify(other).is_err(), "{other}");
    }
    setup.warm();
}

/// What changes a record, and what is then said of its key.
fn check(change: impl FnOnce(&mut KeyRecord), expected: &'static str) {
    let setup = setup(|_| {});
    setup.warm();
    setup.change(change);
    assert!(setup.recognised(&setup.text).is_none());
    assert_eq!(setup.verify(&setup.text), Err(expected));
    assert!(setup.recognised(&setup.text).is_none());
}

#[test]
fn a060_whatever_changes_is_seen_by_the_next_request() {
    let revocation = Revocation { at: UnixTime::from_secs(NOW), by: Text::lossy("root"), reason: None };
    check(|record| record.revoked = Some(revocation), "revoked_key");
    check(|record| record.disabled = true, "disabled_key");
    check(|record| record.expires = Some(UnixTime::from_secs(NOW)), "expired_key");
    check(|record| record.not_before = Some(UnixTime::from_secs(NOW + 1)), "key_not_yet_valid");
    check(|record| record.proof = Peppers::none().digest(b"another").into(), "wrong_secret");
    let setup = setup(|_| {});
    setup.warm();
    setup.change(|record| record.permissions = ScopeSet::empty());
    assert!(setup.verify(&setup.text).unwrap().scopes().is_empty());
}

#[test]
fn a064_what_ends_by_itself_ends_on_the_nanosecond_although_it_is_recognised() {
    for grace in [false, true] {
        let setup = setup(|record| {
            let end = Some(UnixTime::from_secs(NOW + 3));
            *(if grace { &mut record.grace_ends } else { &mut record.expires }) = end;
        });
        setup.warm();
        setup.time.advance(std::time::Duration::from_nanos(2_999_999_999));
        assert!(setup.recognised(&setup.text).is_some());
        setup.time.advance(std::time::Duration::from_nanos(1));
        assert!(setup.recognised(&setup.text).is_none());
        assert_eq!(setup.verify(&setup.text).unwrap_err(), if grace { "rotated_key" } else { "expired_key" });
    }
    let setup = setup(|record| record.not_before = Some(UnixTime::from_secs(NOW)));
    setup.warm();
    setup.time.set_wall(UnixTime::from_secs(NOW - 1));
    assert!(setup.recognised(&setup.text).is_none());
}

#[test]
fn what_is_not_believed_any_more_is_not_recognised() {
    let setup = setup(|_| {});
    setup.warm();
    setup.time.advance(std::time::Duration::from_nanos(4_999_999_999));
    assert!(setup.recognised(&setup.text).is_some());
    setup.time.advance(std::time::Duration::from_nanos(1));
    assert!(setup.recognised(&setup.text).is_none());
    setup.warm();
    setup.cached.forget(&setup.id);
    assert!(setup.recognised(&setup.text).is_none());
}

#[test]
fn the_address_is_asked_for_each_time() {
    let setup = setup(|record| record.networks = vec!["192.0.2.0/24".parse().unwrap()]);
    // Nobody said where the client is.
    assert_eq!(setup.verify(&setup.text).unwrap_err(), "client_address_missing");
    assert!(setup.recognised(&setup.text).is_none());
}

#[test]
fn settings_of_one_service_decide_nothing_for_another() {
    let setup = setup(|record| record.roles = vec![Text::lossy("writer")]);
    setup.warm();
    let write = Scope::from_static("write_models");
    let roles = Roles::new([("writer", [write.clone()].into_iter().collect())]);
    let other = Setup { keys: setup.keys.clone().roles(roles), ..setup };
    assert!(other.recognised(&other.text).is_none());
    assert!(other.verify(&other.text).unwrap().scopes().contains(&write));
}

#[test]
fn a_digest_that_is_to_be_made_anew_keeps_no_shortcut() {
    let setup = setup(|record| record.proof = record_of(&format().mint().unwrap(), &Peppers::none()).proof);
    assert!(setup.verify(&setup.text).is_err());
    let plain = Peppers::none().digest(setup.text.as_bytes());
    setup.change(|record| record.proof = plain.into());
    // The first use upgrades it, which makes it a new record; from then on it is as any other.
    assert!(setup.verify(&setup.text).is_ok());
    assert!(setup.recognised(&setup.text).is_none());
    setup.warm();
}

#[test]
fn a053_a_shortcut_is_no_part_of_a_record() {
    let setup = setup(|_| {});
    setup.warm();
    let record = run(setup.cached.get(&setup.id)).unwrap().unwrap();
    assert!(!record.shortcut.is_empty());
    let copy = KeyRecord::clone(&record);
    assert!(copy.shortcut.is_empty() && copy == *record);
    let print = CredentialDigest::of(&setup.text.as_bytes()[22..]).to_hex();
    for shown in [format!("{record:?}"), record.to_document().to_string(), format!("{:?}", setup.keys)] {
        assert!(!shown.contains(&print) && !shown.contains(&setup.text[22..]), "{shown}");
    }
}
