//! Refresh tokens.

use super::{
    family::{COLUMNS, family, fits},
    time::number,
};
use crate::{dialect::Dialect, failure::Failure, row, statement::Statement, step::Step, store::SqlStore};
use palisade_core::{Reply, UnixTime};
use palisade_jwt::{
    StoreError,
    login::{FamilyId, MAX_FAMILIES, RefreshFamily, RefreshStore, UserId},
};

/// How many that ended long ago are forgotten with each that is added, whoever had them.
const FORGOTTEN: i64 = 8;
/// Ended ones of others are kept for a day: clocks differ.
const LONGER: u64 = 86_400;

const INSERT: &str = "INSERT INTO palisade_refresh (id, holder, version, token, access, access_expires, created, renewed, expires, revoked) VALUES (";

impl Statement {
    pub(crate) fn family(id: &FamilyId) -> Self {
        let mut this = Self::new(COLUMNS);
        this.text(Some(&id.to_string()));
        this
    }

    /// Of two who add or forget lines of one user, the second waits for the first.
    fn turn(user: &UserId) -> Self {
        let mut this = Self::new("SELECT pg_advisory_xact_lock(");
        let (high, _) = user.as_bytes().split_at(8);
        this.number(high.try_into().ok().map(i64::from_be_bytes)).word(")");
        this
    }

    pub(crate) fn forget_ended(user: &UserId, now: UnixTime) -> Self {
        let mut this = Self::new("DELETE FROM palisade_refresh WHERE holder = ");
        this.text(Some(&user.to_string())).word(" AND expires <= ").number(Some(row::time(now)));
        this
    }

    /// Leaves room for one more.
    pub(crate) fn forget_oldest(user: &UserId) -> Self {
        let mut this = Self::new(
            "DELETE FROM palisade_refresh WHERE id IN (SELECT id FROM palisade_refresh WHERE holder = ",
        );
        let kept = i64::try_from(MAX_FAMILIES).unwrap_or(i64::MAX).saturating_sub(1);
        this.text(Some(&user.to_string()))
            .word(" ORDER BY (revoked IS NULL) DESC, renewed DESC, id DESC LIMIT 1000 OFFSET ");
        this.number(Some(kept)).word(")");
        this
    }

    fn insert_family(family: &RefreshFamily) -> Self {
        let mut this = Self::new(INSERT);
        this.text(Some(&family.id.to_string())).word(", ").text(Some(&family.user.to_string()));
        this.word(", ").number(i64::try_from(family.version).ok()).word(", ");
        this.state(family, ["", ", ", ", ", ", ", ", ", ", ", ", "]).word(") ON CONFLICT (id) DO NOTHING");
        this
    }

    pub(crate) fn update_family(family: &RefreshFamily) -> Self {
        let names = [
            "token = ",
            ", access = ",
            ", access_expires = ",
            ", created = ",
            ", renewed = ",
            ", expires = ",
            ", revoked = ",
        ];
        let mut this = Self::new("UPDATE palisade_refresh SET version = version + 1, ");
        this.state(family, names).word(" WHERE id = ").text(Some(&family.id.to_string()));
        this.word(" AND version = ").number(i64::try_from(family.version).ok());
        this.word(" AND holder = ").text(Some(&family.user.to_string()));
        this
    }

    /// What changes of a family, each after its word.
    fn state(&mut self, family: &RefreshFamily, before: [&'static str; 7]) -> &mut Self {
        let [token, access, access_expires, created, renewed, expires, revoked] = before;
        let issued = family.access.as_ref();
        self.word(token).text(Some(&family.token.to_hex()));
        self.word(access).text(issued.map(|issued| issued.id.as_str()));
        self.word(access_expires).number(issued.and_then(|issued| number(issued.expires)));
        self.word(created).number(number(family.created)).word(renewed).number(number(family.renewed));
        self.word(expires)
            .number(number(family.expires))
            .word(revoked)
            .number(family.revoked.and_then(number))
    }

    pub(crate) fn forget_long_ended(now: UnixTime, dialect: Dialect) -> Self {
        let over = UnixTime::from_secs(now.as_secs().saturating_sub(LONGER));
        let [least, end] = dialect.until();
        let mut this = Self::new(
            "DELETE FROM palisade_refresh WHERE id IN (SELECT id FROM palisade_refresh WHERE expires <= ",
        );
        this.word(least).number(Some(row::time(over))).word(end);
        this.word(" ORDER BY expires, id LIMIT ").number(Some(FORGOTTEN));
        this.word(dialect.skip_locked()).word(")");
        this
    }

    pub(crate) fn forget_families(user: &UserId) -> Self {
        let mut this = Self::new("DELETE FROM palisade_refresh WHERE holder = ");
        this.text(Some(&user.to_string()));
        this
    }
}

fn turn(user: &UserId, dialect: Dialect) -> Vec<Step> {
    match dialect {
        // A file has one writer at a time.
        Dialect::Sqlite => Vec::new(),
        Dialect::Postgres => vec![Step::any(Statement::turn(user))],
    }
}

/// A token is exchanged by one statement that compares the version: of two nodes that try at once, one changes nothing and knows it.
impl RefreshStore for SqlStore {
    fn get(&self, id: &FamilyId) -> Reply<Result<Option<RefreshFamily>, StoreError>> {
        self.ask(Statement::family(id), |mut rows| rows.pop().map(family).transpose())
    }

    fn insert(&self, family: RefreshFamily, now: UnixTime) -> Reply<Result<(), StoreError>> {
        if !fits(&family) {
            return Reply::now(Err(Failure::Invalid.into()));
        }
        self.act(|dialect| {
            let mut steps = turn(&family.user, dialect);
            steps.push(Step::any(Statement::forget_ended(&family.user, now)));
            steps.push(Step::any(Statement::forget_oldest(&family.user)));
            steps.push(Step::changes(1, Statement::insert_family(&family)));
            steps.push(Step::any(Statement::forget_long_ended(now, dialect)));
            steps
        })
    }

    fn update(&self, family: RefreshFamily) -> Reply<Result<(), StoreError>> {
        if !fits(&family) {
            return Reply::now(Err(Failure::Invalid.into()));
        }
        self.act(|_| vec![Step::changes(1, Statement::update_family(&family))])
    }

    fn forget(&self, user: &UserId) -> Reply<Result<(), StoreError>> {
        self.act(|dialect| {
            let mut steps = turn(user, dialect);
            steps.push(Step::any(Statement::forget_families(user)));
            steps
        })
    }

    fn is_shared(&self) -> bool {
        true
    }
}
