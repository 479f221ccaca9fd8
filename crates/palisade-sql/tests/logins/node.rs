//! Nodes of a service with logins, and the database they share.

pub(crate) use crate::support::place::Place;
use palisade_core::{
    Clock, Denial, Event, EventSink, Guess, Guessed, Guesses, Reply, Scope, Secret, UserEvent,
};
use palisade_jwt::{
    Claims, Issuer, Revocations, SigningKeys, TokenMarks, Verifier,
    login::{
        Caller, FamilyId, FirstPassword, HashCost, Hashing, Login, LoginError, NewUser, Password,
        PasswordHash, RefreshFamily, Tokens, User, UserId, Users,
    },
};
use palisade_sql::SqlStore;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
};

pub(crate) const PASSWORD: &str = "correct horse battery staple";
const MANAGE: Scope = Scope::from_static("manage_users");
const ISSUER: &str = "https://api.example";
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What became of guesses, and what was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) guesses: Arc<Mutex<Vec<Guessed>>>,
    events: Arc<Mutex<Vec<UserEvent>>>,
}

impl Guesses for Seen {
    fn begin(&self, _client: IpAddr, _account: &str) -> Reply<Result<Guess, Denial>> {
        let guesses = Arc::clone(&self.guesses);
        Reply::now(Ok(Guess::new(move |guessed| {
            guesses.lock().unwrap().push(guessed);
            Reply::now(())
        })))
    }
}

impl EventSink for Seen {
    fn emit(&self, event: &Event) {
        if let Event::User(event) = event {
            self.events.lock().unwrap().push(event.clone());
        }
    }
}

impl Seen {
    pub(crate) fn reuses(&self) -> usize {
        let events = self.events.lock().unwrap();
        events.iter().filter(|event| matches!(event, UserEvent::TokenReused { .. })).count()
    }
}

/// One node of a service.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) store: SqlStore,
    pub(crate) login: Login,
    pub(crate) users: Users,
    pub(crate) seen: Seen,
    verifier: Verifier,
}

impl Node {
    /// Two nodes that share a database, and the keys that sign.
    pub(crate) async fn two(place: &Place) -> [Self; 2] {
        let keys = SigningKeys::in_memory().open().unwrap();
        let issuer = Issuer::builder(ISSUER).audience(ISSUER).keys(&keys).unwrap();
        let node = async || {
            let (store, seen) = (place.open().await, Seen::default());
            let hashing = Hashing::new(HashCost::dangerous_cheap()).unwrap();
            let login = Login::new(store.clone(), hashing, issuer.clone(), seen.clone())
                .refresh(store.clone())
                .revocations(store.clone())
                .events(seen.clone());
            let users = Users::new(&login, [MANAGE], MANAGE);
            Self { store, login, users, seen, verifier: issuer.verifier().unwrap() }
        };
        [node().await, node().await]
    }

    pub(crate) async fn user(&self, name: &str) -> Arc<User> {
        let password = FirstPassword::Chosen(Password::new(PASSWORD).unwrap());
        let new = NewUser::new(name.parse().unwrap(), password);
        self.users.create(&Caller::operator("test"), new).await.unwrap()
    }

    pub(crate) async fn log_in(&self, name: &str, password: &str) -> Result<Tokens, LoginError> {
        self.login.login(CLIENT, name, &Password::new(password).unwrap()).await
    }

    pub(crate) async fn change_password(&self, id: &UserId, new: &str) {
        let [old, new] = [PASSWORD, new].map(|text| Password::new(text).unwrap());
        self.login.change_password(CLIENT, id, &old, &new).await.unwrap();
    }

    pub(crate) async fn renew(&self, token: &Secret) -> Result<Tokens, LoginError> {
        self.login.renew(text(token)).await
    }

    pub(crate) async fn claims(&self, token: &Secret) -> Arc<Claims> {
        // Tokens that follow a cut begin a moment later.
        let now = Clock::system().now().wall.plus_nanos(2_000_000_000);
        self.verifier.verify(text(token), now).await.unwrap()
    }

    /// Whether an access token is void by what this node is told.
    pub(crate) async fn is_void(&self, token: &Secret) -> bool {
        let claims = self.claims(token).await;
        self.store.revoked(&TokenMarks::of_claims(&claims)).await.unwrap()
    }
}

pub(crate) fn text(secret: &Secret) -> &str {
    std::str::from_utf8(secret.expose()).unwrap()
}

/// The refresh token of somebody who logged in.
pub(crate) fn refresh(tokens: Tokens) -> Secret {
    tokens.refresh.unwrap()
}

/// A user whom nobody else has.
pub(crate) fn user() -> User {
    let (id, now) = (UserId::random().unwrap(), Clock::system().now().wall);
    let hash = PasswordHash::stored("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$bm8gdGFnIGF0IGFsbA");
    User::new(id, format!("U-{id}").parse().unwrap(), hash, now)
}

/// A line of refresh tokens of this user.
pub(crate) fn family(user: UserId) -> RefreshFamily {
    let (id, now) = (FamilyId::random().unwrap(), Clock::system().now().wall);
    let token = palisade_core::CredentialDigest::of(id.as_bytes());
    RefreshFamily::new(id, user, token, now, now.plus_nanos(3_600_000_000_000))
}
