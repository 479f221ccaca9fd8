//! What is read is what was written.

use super::sample::{full, id, insert, read, record};
use crate::store::{Change, KeyStore};
use palisade_core::{Clock, Facts, UnixTime};

/// Every field comes back as it was, in whichever letters and to the nanosecond.
pub async fn what_is_inserted_is_read_back(store: &impl KeyStore) {
    for record in [record(), full()] {
        insert(store, &record).await;
        assert_eq!(read(store, &record.id).await, record);
    }
}

/// An id that is not there is no error.
pub async fn what_is_not_there_is_none(store: &impl KeyStore) {
    assert!(store.get(&id()).await.unwrap().is_none());
    store.touch(&id(), UnixTime::from_secs(1)).await.unwrap();
}

/// The latest use stays; it is no change that others notice, and changes do not lose it.
pub async fn use_is_remembered_and_changes_no_version(store: &impl KeyStore) {
    let record = record();
    insert(store, &record).await;
    for (secs, expected) in [(100, 100), (90, 100), (110, 110)] {
        store.touch(&record.id, UnixTime::from_secs(secs)).await.unwrap();
        let read = read(store, &record.id).await;
        assert_eq!(read.last_used, Some(UnixTime::from_secs(expected)));
        assert_eq!(read.version, record.version);
    }
    let mut changed = record.clone();
    changed.disabled = true;
    store.write(vec![Change::Update(changed)]).await.unwrap();
    assert_eq!(read(store, &record.id).await.last_used, Some(UnixTime::from_secs(110)));
}

/// What is told without asking is what asking would tell; nothing is told of what is not there.
pub async fn what_is_recalled_is_nothing_old(store: &impl KeyStore) {
    let facts = Facts::new(Clock::system());
    assert!(store.recall(&id(), &facts).is_none());
    let mut record = record();
    insert(store, &record).await;
    for disabled in [true, false, true] {
        let asked = read(store, &record.id).await;
        assert!(store.recall(&record.id, &facts).is_none_or(|recalled| *recalled == asked));
        record = asked;
        record.disabled = disabled;
        store.write(vec![Change::Update(record.clone())]).await.unwrap();
        assert!(store.recall(&record.id, &facts).is_none_or(|recalled| recalled.disabled == disabled));
    }
}
