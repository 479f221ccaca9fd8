//! Lists: newest first, page by page, by conditions.

use super::sample::{full, id, insert, record, unique};
use crate::{
    id::KeyId,
    record::{KeyRecord, Revocation},
    store::{KeyQuery, KeyStore, MAX_PAGE},
    text::Owner,
};
use palisade_core::UnixTime;

fn of(owner: &Owner) -> KeyQuery {
    KeyQuery { owner: Some(owner.clone()), limit: MAX_PAGE, ..KeyQuery::default() }
}

/// Pages one after the other tell each record once, newest first, also those of one moment.
pub async fn pages_tell_each_record_once(store: &impl KeyStore) {
    let owner: Owner = unique();
    let mut expected = Vec::new();
    for nth in 0..25 {
        let created = UnixTime::from_nanos(1_700_000_000_000_000_000 + nth / 5);
        let record = KeyRecord { owner: owner.clone(), created, ..record() };
        insert(store, &record).await;
        expected.push((created, record.id));
    }
    expected.sort_unstable();
    expected.reverse();
    for limit in [1, 7, 25, 26] {
        let mut query = KeyQuery { limit, ..of(&owner) };
        let mut told = Vec::new();
        loop {
            let page = store.list(&query).await.unwrap();
            assert!(page.records.len() <= limit);
            told.extend(page.records.iter().map(|record| (record.created, record.id)));
            assert_eq!(page.next.is_some(), told.len() < expected.len());
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        assert_eq!(told, expected);
    }
}

/// Every condition is met by what is told, and by nothing that is not.
pub async fn conditions_are_all_met(store: &impl KeyStore) {
    let owner: Owner = unique();
    let secs = UnixTime::from_secs;
    let plain = KeyRecord { owner: owner.clone(), created: secs(100), ..record() };
    let ending = KeyRecord { owner: owner.clone(), created: secs(200), expires: Some(secs(900)), ..record() };
    let grace =
        KeyRecord { owner: owner.clone(), created: secs(300), expires: Some(secs(2_000)), ..record() };
    let grace = KeyRecord { grace_ends: Some(secs(800)), last_used: Some(secs(700)), ..grace };
    let gone = Revocation { at: secs(500), by: unique(), reason: None };
    let gone = KeyRecord { owner: owner.clone(), created: secs(400), revoked: Some(gone), ..full() };
    for record in [&plain, &ending, &grace, &gone] {
        insert(store, record).await;
    }
    let check = async |query: KeyQuery, expected: &[&KeyRecord]| {
        let page = store.list(&query).await.unwrap();
        let told: Vec<KeyId> = page.records.iter().map(|record| record.id).collect();
        assert_eq!(told, expected.iter().map(|record| record.id).collect::<Vec<_>>(), "{query:?}");
    };
    let all = of(&owner);
    check(all.clone(), &[&gone, &grace, &ending, &plain]).await;
    check(KeyQuery { revoked: Some(true), ..all.clone() }, &[&gone]).await;
    check(KeyQuery { revoked: Some(false), ..all.clone() }, &[&grace, &ending, &plain]).await;
    check(KeyQuery { tenant: Some(None), ..all.clone() }, &[&grace, &ending, &plain]).await;
    check(KeyQuery { tenant: Some(gone.tenant.clone()), ..all.clone() }, &[&gone]).await;
    check(KeyQuery { tenant: Some(Some(unique())), ..all.clone() }, &[]).await;
    check(KeyQuery { lineage: Some(ending.id), ..all.clone() }, &[&ending]).await;
    check(KeyQuery { created_before: Some(secs(300)), ..all.clone() }, &[&ending, &plain]).await;
    check(KeyQuery { ends_before: Some(secs(900)), ..all.clone() }, &[&grace]).await;
    check(KeyQuery { ends_before: Some(secs(901)), ..all.clone() }, &[&grace, &ending]).await;
    check(KeyQuery { unused_since: Some(secs(700)), ..all.clone() }, &[&ending, &plain]).await;
    let both = KeyQuery { revoked: Some(false), created_before: Some(secs(300)), ..all };
    check(KeyQuery { ends_before: Some(secs(901)), ..both }, &[&ending]).await;
    check(of(&unique()), &[]).await;
}

/// A page holds at least one and at most a hundred, whatever is asked for.
pub async fn pages_are_bounded(store: &impl KeyStore) {
    let owner: Owner = unique();
    for _ in 0..=MAX_PAGE {
        insert(store, &KeyRecord { owner: owner.clone(), id: id(), ..record() }).await;
    }
    for (limit, expected) in [(0, 1), (1, 1), (MAX_PAGE, MAX_PAGE), (usize::MAX, MAX_PAGE)] {
        let page = store.list(&KeyQuery { limit, ..of(&owner) }).await.unwrap();
        assert_eq!(page.records.len(), expected);
        assert!(page.next.is_some());
    }
}
