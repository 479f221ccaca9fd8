//! Changes: unique, compared with a version, and together or not at all.

use super::sample::{full, id, insert, read, record, refused, unique};
use crate::{
    record::KeyRecord,
    store::{Change, KeyStore, MAX_CHANGES, StoreErrorKind},
    text::Text,
};

fn renamed(record: &KeyRecord, name: &str) -> KeyRecord {
    let mut record = record.clone();
    record.name = Text::lossy(name);
    record
}

/// A second record with the same id is refused, and the first stays.
pub async fn ids_are_unique(store: &impl KeyStore) {
    let first = record();
    insert(store, &first).await;
    let second = KeyRecord { id: first.id, ..full() };
    assert_eq!(refused(store, vec![Change::Insert(second)]).await, StoreErrorKind::Conflict);
    assert_eq!(read(store, &first.id).await, first);
}

/// A change is admitted to the version that was read, and counts it up.
pub async fn updates_need_the_version_that_was_read(store: &impl KeyStore) {
    let first = record();
    insert(store, &first).await;
    store.write(vec![Change::Update(renamed(&first, "second"))]).await.unwrap();
    let second = read(store, &first.id).await;
    assert_eq!((second.name.as_str(), second.version), ("second", first.version + 1));
    for version in [first.version, second.version + 1] {
        let stale = KeyRecord { version, ..renamed(&first, "third") };
        assert_eq!(refused(store, vec![Change::Update(stale)]).await, StoreErrorKind::Conflict);
    }
    assert_eq!(read(store, &first.id).await, second);
    let mut all = KeyRecord { id: first.id, version: second.version, lineage: second.lineage, ..full() };
    all.last_used = None;
    store.write(vec![Change::Update(all.clone())]).await.unwrap();
    assert_eq!(read(store, &first.id).await, KeyRecord { version: second.version + 1, ..all });
}

/// What is not there cannot be updated.
pub async fn updates_of_nothing_are_conflicts(store: &impl KeyStore) {
    let record = record();
    assert_eq!(refused(store, vec![Change::Update(record.clone())]).await, StoreErrorKind::Conflict);
    assert!(store.get(&record.id).await.unwrap().is_none());
}

/// Of two changes that rest on one version, begun before either ended, exactly one is made.
pub async fn one_of_two_writers_wins(store: &impl KeyStore) {
    for _ in 0..20 {
        let first = record();
        insert(store, &first).await;
        let one = store.write(vec![Change::Update(renamed(&first, "one"))]);
        let other = store.write(vec![Change::Update(renamed(&first, "other"))]);
        let (one, other) = (one.await, other.await);
        assert!(one.is_ok() != other.is_ok());
        let expected = if one.is_ok() { "one" } else { "other" };
        assert_eq!(read(store, &first.id).await.name.as_str(), expected);
    }
}

/// One change that cannot be made undoes the others, wherever it stands.
pub async fn changes_are_made_together_or_not_at_all(store: &impl KeyStore) {
    let (kept, new, twice) = (record(), record(), record());
    insert(store, &kept).await;
    insert(store, &twice).await;
    let mut changes = vec![
        Change::Update(renamed(&kept, "changed")),
        Change::Insert(new.clone()),
        Change::Insert(twice.clone()),
    ];
    for _ in 0..changes.len() {
        assert_eq!(refused(store, changes.clone()).await, StoreErrorKind::Conflict);
        assert_eq!(read(store, &kept.id).await, kept);
        assert!(store.get(&new.id).await.unwrap().is_none());
        changes.rotate_left(1);
    }
    changes.retain(|change| change.id() != twice.id);
    store.write(changes).await.unwrap();
    assert_eq!(read(store, &kept.id).await.name.as_str(), "changed");
    assert_eq!(read(store, &new.id).await, new);
}

/// A record that must not have changed is a condition for the other changes, and is not changed itself.
pub async fn unchanged_records_are_conditions(store: &impl KeyStore) {
    let (target, witness) = (record(), record());
    insert(store, &target).await;
    insert(store, &witness).await;
    let on = |version| Change::Unchanged { id: witness.id, version };
    for condition in [on(witness.version + 1), Change::Unchanged { id: id(), version: 1 }] {
        let changes = vec![Change::Update(renamed(&target, "changed")), condition];
        assert_eq!(refused(store, changes).await, StoreErrorKind::Conflict);
        assert_eq!(read(store, &target.id).await, target);
    }
    let changes = vec![on(witness.version), Change::Update(renamed(&target, "changed"))];
    store.write(changes).await.unwrap();
    assert_eq!(read(store, &target.id).await.name.as_str(), "changed");
    assert_eq!(read(store, &witness.id).await, witness);
}

/// Too many changes, two of one record, and records beyond their bounds are refused as such.
pub async fn wrong_changes_are_invalid(store: &impl KeyStore) {
    let many = (0..=MAX_CHANGES).map(|_| Change::Insert(record())).collect();
    assert_eq!(refused(store, many).await, StoreErrorKind::Invalid);
    let twice = record();
    let changes = vec![Change::Insert(twice.clone()), Change::Insert(twice.clone())];
    assert_eq!(refused(store, changes).await, StoreErrorKind::Invalid);
    assert!(store.get(&twice.id).await.unwrap().is_none());
    let mut wide = record();
    wide.roles = (0..33).map(|_| unique()).collect();
    assert_eq!(refused(store, vec![Change::Insert(wide)]).await, StoreErrorKind::Invalid);
    store.write(Vec::new()).await.unwrap();
    let most = (0..MAX_CHANGES).map(|_| Change::Insert(record())).collect();
    store.write(most).await.unwrap();
}
