//! The laws of the ports, on both databases.

use crate::node::Place;
use palisade_core::{Moment, Reply, UnixTime};
use palisade_jwt::{
    MemoryRevocations, Revocation, Revocations, StoreError, TokenMarks,
    login::{
        CanonicalName, FamilyId, MemoryRefresh, MemoryUsers, RefreshFamily, RefreshStore, User, UserChange,
        UserId, UserPage, UserQuery, UserStore,
    },
};
use std::sync::Arc;

/// The three ports, and the place that must live as long.
#[derive(Debug)]
struct Held {
    users: Arc<dyn UserStore>,
    families: Arc<dyn RefreshStore>,
    revocations: Arc<dyn Revocations>,
    _place: Option<Place>,
}

async fn at(place: Place) -> Held {
    let store = place.open().await;
    assert!(Revocations::is_shared(&store));
    Held {
        users: Arc::new(store.clone()),
        families: Arc::new(store.clone()),
        revocations: Arc::new(store),
        _place: Some(place),
    }
}

async fn in_a_file() -> Held {
    at(Place::file()).await
}

/// Without a server there is nothing to test but the law itself, and it is said that this was so.
async fn on_a_server() -> Held {
    match Place::server().await {
        Some(place) => at(place).await,
        None => Held {
            users: Arc::new(MemoryUsers::new()),
            families: Arc::new(MemoryRefresh::new()),
            revocations: Arc::new(MemoryRevocations::new()),
            _place: None,
        },
    }
}

impl UserStore for Held {
    fn find(&self, name: &CanonicalName) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        self.users.find(name)
    }

    fn get(&self, id: &UserId) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        self.users.get(id)
    }

    fn write(&self, changes: Vec<UserChange>) -> Reply<Result<(), StoreError>> {
        self.users.write(changes)
    }

    fn list(&self, query: &UserQuery) -> Reply<Result<UserPage, StoreError>> {
        self.users.list(query)
    }
}

impl RefreshStore for Held {
    fn get(&self, id: &FamilyId) -> Reply<Result<Option<RefreshFamily>, StoreError>> {
        self.families.get(id)
    }

    fn insert(&self, family: RefreshFamily, now: UnixTime) -> Reply<Result<(), StoreError>> {
        self.families.insert(family, now)
    }

    fn update(&self, family: RefreshFamily) -> Reply<Result<(), StoreError>> {
        self.families.update(family)
    }

    fn forget(&self, user: &UserId) -> Reply<Result<(), StoreError>> {
        self.families.forget(user)
    }
}

impl Revocations for Held {
    fn revoke(&self, revocation: &Revocation, now: Moment) -> Reply<Result<(), StoreError>> {
        self.revocations.revoke(revocation, now)
    }

    fn revoked(&self, token: &TokenMarks) -> Reply<Result<bool, StoreError>> {
        self.revocations.revoked(token)
    }
}

mod file {
    mod users {
        use super::super::in_a_file;
        palisade_jwt::user_suite!(in_a_file, tokio::test);
    }
    mod refresh {
        use super::super::in_a_file;
        palisade_jwt::refresh_suite!(in_a_file, tokio::test);
    }
    mod revocations {
        use super::super::in_a_file;
        palisade_jwt::revocations_suite!(in_a_file, tokio::test);
    }
}

mod server {
    mod users {
        use super::super::on_a_server;
        palisade_jwt::user_suite!(on_a_server, tokio::test);
    }
    mod refresh {
        use super::super::on_a_server;
        palisade_jwt::refresh_suite!(on_a_server, tokio::test);
    }
    mod revocations {
        use super::super::on_a_server;
        palisade_jwt::revocations_suite!(on_a_server, tokio::test);
    }
}
