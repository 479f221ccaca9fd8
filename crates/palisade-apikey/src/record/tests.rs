use super::*;
use crate::{digest::Peppers, text::Text};
use serde_json::{Value, json};

fn record() -> KeyRecord {
    let id: KeyId = "4kQ9xZ0aBcDe".parse().unwrap();
    let text = |text: &str| text.parse().unwrap();
    let mut record = KeyRecord::new(
        id,
        Peppers::none().digest(b"canary").into(),
        Hint::new("acme_live_", b"9fQz"),
        text("ada"),
        "build".parse().unwrap(),
        UnixTime::from_secs(1_000),
        text("ada"),
    );
    record.permissions = "read_models write_models".parse().unwrap();
    record
}

fn full() -> KeyRecord {
    let mut record = record();
    record.tenant = Some("blue".parse().unwrap());
    record.roles = vec!["reader".parse().unwrap()];
    record.plan = Some("pro".parse().unwrap());
    record.networks = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    record.not_before = Some(UnixTime::from_secs(900));
    record.expires = Some(UnixTime::from_secs(2_000));
    record.disabled = true;
    let at = UnixTime::from_nanos(1_500_000_000_001);
    record.revoked = Some(Revocation { at, by: Text::lossy("root"), reason: Some(Text::lossy("left")) });
    record.metadata = Metadata::new(json!({ "team": { "name": "search" } })).unwrap();
    record.predecessor = Some("aaaaaaaaaaaa".parse().unwrap());
    record.successor = Some("bbbbbbbbbbbb".parse().unwrap());
    record.rotated = Some(UnixTime::from_secs(1_400));
    record.grace_ends = Some(UnixTime::from_secs(1_900));
    record.last_used = Some(UnixTime::from_secs(1_450));
    record.version = 7;
    record
}

#[test]
fn a_document_reads_back_as_it_was() {
    for record in [record(), full()] {
        assert_eq!(KeyRecord::from_document(record.to_document()), Ok(record));
    }
    let mut foreign = record();
    foreign.proof = Proof::Foreign(ForeignDigest::new(Text::lossy("bcrypt"), Text::lossy("$2b$12$abc")));
    assert_eq!(KeyRecord::from_document(foreign.to_document()), Ok(foreign));
}

#[test]
fn documents_that_make_no_sense_name_the_member() {
    let check = |name: &'static str, value: Value, expected: &'static str| {
        let mut document = full().to_document();
        document[name] = value;
        let error = KeyRecord::from_document(document).unwrap_err();
        assert_eq!(error.to_string(), format!("the stored document of a key makes no sense at `{expected}`"));
    };
    check("id", json!("short"), "id");
    check("proof", json!("md5$00"), "proof");
    check("expires", json!(-1), "expires");
    check("expires", json!("soon"), "expires");
    check("permissions", json!(["a b"]), "permissions");
    check("networks", json!(["10.0.0.0/33"]), "networks");
    check("revoked", json!(true), "revoked");
    check("disabled", json!("no"), "disabled");
    check("version", json!(null), "version");
    check("metadata", json!([]), "metadata");
    // What a later version wrote may be what forbids the key.
    check("quarantined", json!(true), "document");
    check("roles", json!(vec!["r"; 33]), "document");
    check("hint", json!("acme_live_the_whole_key"), "hint");
}

#[test]
fn a064_intervals_are_half_open() {
    let mut record = record();
    record.not_before = Some(UnixTime::from_secs(100));
    record.expires = Some(UnixTime::from_secs(200));
    let before = |secs: u64| UnixTime::from_nanos(UnixTime::from_secs(secs).as_nanos() - 1);
    for (now, expected) in [
        (before(100), Err(Unusable::NotYet)),
        (UnixTime::from_secs(100), Ok(())),
        (before(200), Ok(())),
        (UnixTime::from_secs(200), Err(Unusable::Expired)),
        (UnixTime::from_secs(201), Err(Unusable::Expired)),
    ] {
        assert_eq!(record.holds(now), expected, "{now:?}");
    }
    record.grace_ends = Some(UnixTime::from_secs(150));
    assert_eq!(record.ends(), record.grace_ends);
    assert_eq!(record.holds(before(150)), Ok(()));
    assert_eq!(record.holds(UnixTime::from_secs(150)), Err(Unusable::Rotated));
}

#[test]
fn networks_bind() {
    let mut record = record();
    assert_eq!(record.admits(None), Ok(()));
    record.networks = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    for (client, expected) in [
        (Some("10.9.8.7"), Ok(())),
        (Some("2001:db8::1"), Ok(())),
        (Some("11.0.0.1"), Err(Unusable::Network)),
        (Some("::ffff:10.9.8.7"), Err(Unusable::Network)),
        (None, Err(Unusable::NoAddress)),
    ] {
        assert_eq!(record.admits(client.map(|ip| ip.parse().unwrap())), expected, "{client:?}");
    }
}

#[test]
fn metadata_is_bounded() {
    let of = |len: usize| Metadata::new(json!({ "a": "x".repeat(len) }));
    assert!(of(Metadata::MAX_BYTES - 8).is_ok());
    assert!(of(Metadata::MAX_BYTES - 7).is_err());
    let nested = |levels| (1..levels).fold(json!({}), |inner, _| json!({ "a": inner }));
    assert!(Metadata::new(nested(8)).is_ok());
    assert!(Metadata::new(nested(9)).is_err());
}

#[test]
fn a053_debug_shows_no_digest() {
    let record = full();
    let digest = record.proof.to_stored();
    assert!(!format!("{record:?}").contains(&digest[7..]));
    assert!(!format!("{record:?}").contains("search"));
}
