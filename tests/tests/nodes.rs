//! What several nodes must share is not kept in the memory of one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use palisade::{
    Auth, Protected, RateLimit, Scope, Secret, Stack,
    jwt::{
        Issuer, Jwt, MemoryRevocations, Revocation, Revocations, SigningKeys, StoreError, TokenMarks,
        login::{
            FamilyId, HashCost, Hashing, Login, MemoryRefresh, MemoryUsers, RefreshFamily, RefreshStore,
            UserId, Users,
        },
    },
    limit::{Charge, Fallback, GrowingBlock, MemoryStore, Op, Outcome, RateStore},
    routes::{Routes, get},
};
use palisade::{Moment, Reply, UnixTime};
use palisade_apikey::{ApiKeys, Keyring, Peppers};
use std::sync::Arc;
use tests::keys::{CHECK, format};

/// Says that others see what it keeps.
#[derive(Debug)]
struct Shared<S>(S);

impl RateStore for Shared<MemoryStore> {
    fn apply(
        &self,
        op: Op,
        charges: &[Charge<'_>],
        now: Moment,
    ) -> Reply<Result<Outcome, palisade::limit::StoreError>> {
        self.0.apply(op, charges, now)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl Revocations for Shared<MemoryRevocations> {
    fn revoke(&self, revocation: &Revocation, now: Moment) -> Reply<Result<(), StoreError>> {
        self.0.revoke(revocation, now)
    }

    fn revoked(&self, token: &TokenMarks) -> Reply<Result<bool, StoreError>> {
        self.0.revoked(token)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl RefreshStore for Shared<MemoryRefresh> {
    fn get(&self, id: &FamilyId) -> Reply<Result<Option<RefreshFamily>, StoreError>> {
        self.0.get(id)
    }

    fn insert(&self, family: RefreshFamily, now: UnixTime) -> Reply<Result<(), StoreError>> {
        self.0.insert(family, now)
    }

    fn update(&self, family: RefreshFamily) -> Reply<Result<(), StoreError>> {
        self.0.update(family)
    }

    fn forget(&self, user: &UserId) -> Reply<Result<(), StoreError>> {
        self.0.forget(user)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// What a stack is refused for, in order; nothing where it starts.
fn refused(stack: Stack, routes: Routes) -> Vec<String> {
    let told = |error: palisade::StackErrors| {
        error.iter().map(|error| error.to_string().split(": kept in").next().unwrap().to_owned()).collect()
    };
    stack.protect(routes).map(|_: Protected| Vec::new()).unwrap_or_else(told)
}

fn whoami() -> Routes {
    Routes::new().route("/whoami", get(async || "somebody").authenticated().limit("5/minute"))
}

#[test]
fn a346_what_is_kept_in_one_process_is_refused_where_there_are_several_all_at_once() {
    let keys = SigningKeys::in_memory().open().unwrap();
    let issuer = Issuer::builder("https://api.example").audience("https://api.example").keys(&keys).unwrap();
    let revocations = Arc::new(MemoryRevocations::new());
    let jwt = Jwt::new(issuer.verifier().unwrap()).revocations(revocations.clone());
    let login = Login::new(
        MemoryUsers::new(),
        Hashing::new(HashCost::dangerous_cheap()).unwrap(),
        issuer,
        GrowingBlock::new("login").unwrap(),
    )
    .refresh(MemoryRefresh::new())
    .revocations(revocations);
    let manage = Scope::from_static("manage_users");
    let users = Users::new(&login, [manage.clone()], manage.clone());
    let peppers = Peppers::new(1, &Secret::new([7; 32]));
    let api_keys = ApiKeys::new(format(CHECK), peppers.unwrap(), palisade_apikey::MemoryStore::new());
    let keyring = Keyring::new(&api_keys, [manage.clone()], manage);
    let routes = || {
        Routes::new()
            .merge(whoami())
            .nest("/auth", login.routes())
            .nest("/users", users.routes())
            .nest("/keys", keyring.routes())
    };
    let stack = || {
        let counted = palisade::By::principal().or(palisade::By::client());
        Stack::new(Auth::keys(api_keys.clone()).or(jwt.clone()))
            .address_limit("5/second")
            .principal_limit(RateLimit::new("callers", "9/minute", counted).unwrap())
    };
    assert_eq!(refused(stack(), routes()), [""; 0], "a single node starts");
    assert_eq!(
        refused(stack().several_nodes(), routes()),
        [
            "API keys",
            "guesses at passwords",
            "keys that sign tokens",
            "refresh tokens",
            "revocations of tokens",
            "users",
            "counters of the limit `address`",
            "counters of the limit `principal`",
            "counters of the limit `GET /whoami`",
        ]
    );
    // With other mistakes, in one answer.
    let told = refused(stack().several_nodes(), routes().route("no-slash", get(async || "").public()));
    assert!(told.len() == 10 && told[9].contains("no-slash"), "{told:?}");
}

#[test]
fn a346_what_all_nodes_share_starts() {
    let keys = SigningKeys::in_directory(tempfile::tempdir().unwrap().path().join("keys")).open().unwrap();
    let issuer = Issuer::builder("https://api.example").audience("https://api.example").keys(&keys).unwrap();
    let secret = Secret::new("sixteen bytes!!!");
    let counters = || Arc::new(Shared(MemoryStore::new()));
    let revocations = Arc::new(Shared(MemoryRevocations::new()));
    let jwt = Jwt::new(issuer.verifier().unwrap()).revocations(revocations.clone());
    let stack = |jwt: Jwt| Stack::new(Auth::jwt(jwt)).address_limit("5/second").several_nodes();
    let shared = stack(jwt.clone()).limit_store(counters(), &secret);
    assert_eq!(refused(shared, whoami()), [""; 0]);
    // What stands around a store does not hide it.
    let around =
        stack(jwt.clone()).limit_store(Arc::new(Fallback::local(Shared(MemoryStore::new()))), &secret);
    assert_eq!(refused(around, whoami()), [""; 0]);
    let around = stack(jwt.clone()).limit_store(Arc::new(Fallback::local(MemoryStore::new())), &secret);
    let counters_here = ["counters of the limit `address`", "counters of the limit `GET /whoami`"];
    assert_eq!(refused(around, whoami()), counters_here);
    // One part of several.
    let guesses = GrowingBlock::new("login").unwrap().store(counters());
    let hashing = Hashing::new(HashCost::dangerous_cheap()).unwrap();
    let login = Login::new(MemoryUsers::new(), hashing, issuer, guesses)
        .refresh(Arc::new(Shared(MemoryRefresh::new())))
        .revocations(revocations);
    let shared = stack(jwt).limit_store(counters(), &secret);
    assert_eq!(refused(shared, whoami().nest("/auth", login.routes())), ["users"]);
}
