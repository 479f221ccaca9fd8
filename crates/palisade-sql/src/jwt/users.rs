//! Users.

use super::user::{COLUMNS, document, fits, user};
use crate::{
    cells::Cells, dialect::Dialect, failure::Failure, row::MAX_DOCUMENT, statement::Statement, step::Step,
    store::SqlStore,
};
use palisade_core::Reply;
use palisade_jwt::{
    StoreError,
    login::{
        CanonicalName, MAX_USER_CHANGES, User, UserChange, UserId, UserName, UserPage, UserQuery, UserStore,
    },
};
use std::sync::Arc;

impl Statement {
    pub(crate) fn user(id: &UserId) -> Self {
        let mut this = Self::new(COLUMNS);
        this.word("id = ").text(Some(&id.to_string()));
        this
    }

    pub(crate) fn user_named(name: &CanonicalName) -> Self {
        let mut this = Self::new(COLUMNS);
        this.word("name = ").text(Some(name.as_str()));
        this
    }

    pub(crate) fn users(query: &UserQuery) -> Self {
        let mut this = Self::new(COLUMNS);
        // No name holds a zero, which not every database takes: behind such a one come those that come behind what stands before it.
        let after = query.after.as_ref().map(|name| name.as_str().split('\0').next().unwrap_or_default());
        match after {
            Some(after) => this.word("name > ").text(Some(after)),
            None => this.word("TRUE"),
        };
        let one_more = i64::try_from(query.page_len()).unwrap_or(i64::MAX).saturating_add(1);
        this.word(" ORDER BY name LIMIT ").number(Some(one_more));
        this
    }

    fn insert_user(user: &User) -> Self {
        let mut this = Self::new("INSERT INTO palisade_users (id, name, version, document) VALUES (");
        this.text(Some(&user.id.to_string()))
            .word(", ")
            .text(Some(user.name.canonical().as_str()))
            .word(", ");
        this.number(i64::try_from(user.version).ok()).word(", ").text(Some(&document(user)));
        this.word(") ON CONFLICT DO NOTHING");
        this
    }

    fn update_user(user: &User) -> Self {
        let mut this = Self::new("UPDATE palisade_users SET version = version + 1, name = ");
        this.text(Some(user.name.canonical().as_str())).word(", document = ").text(Some(&document(user)));
        this.of_version(&user.id, user.version);
        this
    }

    /// Gives the name of a user free for the rest of an act that gives them another one; no name holds a space.
    fn unname_user(user: &User) -> Self {
        let mut this = Self::new("UPDATE palisade_users SET name = ");
        this.text(Some(&format!(" {}", user.id))).of_version(&user.id, user.version);
        this
    }

    fn delete_user(id: &UserId, version: u64) -> Self {
        let mut this = Self::new("DELETE FROM palisade_users");
        this.of_version(id, version);
        this
    }

    pub(crate) fn user_has_version(id: &UserId, version: u64, lock: &'static str) -> Self {
        let mut this = Self::new("SELECT id FROM palisade_users");
        this.of_version(id, version).word(lock);
        this
    }

    fn of_version(&mut self, id: &UserId, version: u64) -> &mut Self {
        // No version that is stored is as high as what does not fit.
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        self.word(" WHERE id = ").text(Some(&id.to_string())).word(" AND version = ").number(Some(version))
    }
}

/// Whether all changes keep the bounds.
fn check(changes: &[UserChange]) -> Result<(), Failure> {
    let twice = changes.windows(2).any(|pair| matches!(pair, [one, other] if one.id() == other.id()));
    let fits = |change: &UserChange| match change {
        UserChange::Insert(user) | UserChange::Update(user) => fits(user),
        UserChange::Delete { .. } | UserChange::Unchanged { .. } => true,
        _ => false,
    };
    if changes.len() > MAX_USER_CHANGES || twice || !changes.iter().all(fits) {
        return Err(Failure::Invalid);
    }
    Ok(())
}

/// The steps of changes in the order of ids. First all rows are held, in that order, so that two writers never wait for each other in a
/// circle, and two administrators who remove each other cannot both succeed; then names are given free, and then taken.
fn steps(changes: &[UserChange], dialect: Dialect) -> Vec<Step> {
    let several = changes.len() > 1;
    let names = changes.iter().filter(|change| !matches!(change, UserChange::Unchanged { .. })).count() > 1;
    let (mut held, mut freed, mut taken) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        let mut hold = |version, lock| {
            held.push(Step::finds(Statement::user_has_version(&change.id(), version, lock)));
        };
        match change {
            UserChange::Insert(user) => taken.push(Step::changes(1, Statement::insert_user(user))),
            UserChange::Update(user) => {
                if several {
                    hold(user.version, dialect.for_update());
                }
                if names {
                    freed.push(Step::changes(1, Statement::unname_user(user)));
                }
                taken.push(Step::changes(1, Statement::update_user(user)));
            }
            UserChange::Delete { id, version } => {
                if several {
                    hold(*version, dialect.for_update());
                }
                freed.push(Step::changes(1, Statement::delete_user(id, *version)));
            }
            UserChange::Unchanged { version, .. } => hold(*version, dialect.for_share()),
            // Refused before.
            _ => {}
        }
    }
    held.into_iter().chain(freed).chain(taken).collect()
}

fn one(mut rows: Vec<Cells>) -> Result<Option<Arc<User>>, Failure> {
    rows.pop().map(|row| user(row).map(Arc::new)).transpose()
}

/// One row more than the page may hold tells that there is a next one.
fn page(rows: Vec<Cells>, len: usize) -> Result<UserPage, Failure> {
    let more = rows.len() > len;
    let users: Vec<_> =
        rows.into_iter().take(len).map(|row| user(row).map(Arc::new)).collect::<Result<_, _>>()?;
    let next = users.last().filter(|_| more).map(|user| user.name.canonical().clone());
    Ok(UserPage { users, next })
}

impl UserStore for SqlStore {
    fn find(&self, name: &CanonicalName) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        // Nobody can have it, and not every database takes a zero.
        if !(1..=UserName::MAX_LEN).contains(&name.as_str().len()) || name.as_str().contains('\0') {
            return Reply::now(Ok(None));
        }
        self.ask(Statement::user_named(name), one)
    }

    fn get(&self, id: &UserId) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        self.ask(Statement::user(id), one)
    }

    fn write(&self, mut changes: Vec<UserChange>) -> Reply<Result<(), StoreError>> {
        if changes.is_empty() {
            return Reply::now(Ok(()));
        }
        changes.sort_by_key(UserChange::id);
        match check(&changes) {
            Ok(()) => self.act(|dialect| steps(&changes, dialect)),
            Err(failure) => Reply::now(Err(failure.into())),
        }
    }

    fn list(&self, query: &UserQuery) -> Reply<Result<UserPage, StoreError>> {
        if query.after.as_ref().is_some_and(|after| after.as_str().len() > MAX_DOCUMENT) {
            return Reply::now(Err(Failure::Invalid.into()));
        }
        let len = query.page_len();
        self.ask(Statement::users(query), move |rows| page(rows, len))
    }

    fn is_shared(&self) -> bool {
        true
    }
}
