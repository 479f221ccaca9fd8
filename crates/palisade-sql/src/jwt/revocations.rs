//! Revocations of tokens.

use super::time;
use crate::{
    cells::Cells, dialect::Dialect, failure::Failure, row, statement::Statement, step::Step, store::SqlStore,
};
use palisade_core::{Moment, Reply, UnixTime};
use palisade_jwt::{Revocation, RevocationKey, Revocations, StoreError, TokenMarks};

/// How many are forgotten with each that is added: more than come, and few enough to cost nothing.
const FORGOTTEN: i64 = 8;
/// How much longer they are kept than must be, because clocks differ. The words of [`Dialect::until`] say the same.
const LONGER: u64 = 3_600;

impl Statement {
    pub(crate) fn cuts(keys: &[RevocationKey]) -> Self {
        let mut this = Self::new("SELECT cut FROM palisade_revocations WHERE id IN ");
        for (nth, key) in keys.iter().enumerate() {
            this.word(if nth == 0 { "(" } else { ", " }).text(Some(&key.to_hex()));
        }
        this.word(")");
        this
    }

    fn revoke(revocation: &Revocation) -> Self {
        let mut this = Self::new("INSERT INTO palisade_revocations (id, cut, ends) VALUES (");
        this.text(Some(&revocation.key().to_hex())).word(", ").number(Some(cut(revocation))).word(", ");
        this.number(Some(row::time(revocation.until())));
        // Both only rise.
        this.word(
            ") ON CONFLICT (id) DO UPDATE SET
            cut = CASE WHEN palisade_revocations.cut < excluded.cut THEN excluded.cut ELSE palisade_revocations.cut END,
            ends = CASE WHEN palisade_revocations.ends < excluded.ends THEN excluded.ends ELSE palisade_revocations.ends END",
        );
        this
    }

    pub(crate) fn forget_revocations(now: UnixTime, dialect: Dialect) -> Self {
        let over = UnixTime::from_secs(now.as_secs().saturating_sub(LONGER));
        let [least, end] = dialect.until();
        let mut this = Self::new(
            "DELETE FROM palisade_revocations WHERE id IN (SELECT id FROM palisade_revocations WHERE ends <= ",
        );
        this.word(least).number(Some(row::time(over))).word(end);
        this.word(" ORDER BY ends, id LIMIT ").number(Some(FORGOTTEN)).word(dialect.skip_locked()).word(")");
        this
    }
}

/// The largest number stands for ever, and is kept for single tokens.
fn cut(revocation: &Revocation) -> i64 {
    if revocation.is_of_subject() { row::time(revocation.before()).min(i64::MAX - 1) } else { i64::MAX }
}

fn before(cells: Cells) -> Result<UnixTime, Failure> {
    let mut cells = cells;
    match cells.number()? {
        i64::MAX => Ok(UnixTime::from_nanos(u64::MAX)),
        cut => time::moment(cut),
    }
}

/// Every question is asked of the database, so that what one node revoked is void on the others at the next request.
impl Revocations for SqlStore {
    fn revoke(&self, revocation: &Revocation, now: Moment) -> Reply<Result<(), StoreError>> {
        if revocation.until() <= now.wall {
            return Reply::now(Ok(()));
        }
        self.act(|dialect| {
            let forget = Statement::forget_revocations(now.wall, dialect);
            vec![Step::changes(1, Statement::revoke(revocation)), Step::any(forget)]
        })
    }

    fn revoked(&self, token: &TokenMarks) -> Reply<Result<bool, StoreError>> {
        let keys: Vec<_> = token.keys().copied().collect();
        if keys.is_empty() {
            return Reply::now(Ok(false));
        }
        let token = *token;
        self.ask(Statement::cuts(&keys), move |rows| {
            rows.into_iter().try_fold(false, |void, row| Ok(void | token.is_issued_before(before(row)?)))
        })
    }

    fn is_shared(&self) -> bool {
        true
    }
}
