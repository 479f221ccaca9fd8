//! A line of refresh tokens as a row.

use super::time::{moment, number};
use crate::{cells::Cells, failure::Failure};
use palisade_core::{CredentialDigest, UnixTime};
use palisade_jwt::login::{IssuedAccess, RefreshFamily};

/// Whether a family can be kept so that nothing of it is lost.
pub(super) fn fits(family: &RefreshFamily) -> bool {
    let access = family.access.as_ref().map(|access| access.expires);
    let mut times = [family.created, family.renewed, family.expires].into_iter();
    family.version < i64::MAX as u64
        && times.all(|at| number(at).is_some())
        && family.revoked.into_iter().chain(access).all(|at| number(at).is_some())
}

/// Out of the columns of [`COLUMNS`].
pub(super) fn family(mut row: Cells) -> Result<RefreshFamily, Failure> {
    let id = row.text()?.parse().map_err(|_| Failure::Corrupt("id"))?;
    let user = row.text()?.parse().map_err(|_| Failure::Corrupt("holder"))?;
    let version = u64::try_from(row.number()?).map_err(|_| Failure::Corrupt("version"))?;
    let token = CredentialDigest::from_hex(&row.text()?).ok_or(Failure::Corrupt("token"))?;
    let access = match (row.some_text()?, some_moment(&mut row)?) {
        (None, None) => None,
        (Some(id), Some(expires)) => {
            Some(IssuedAccess { id: id.parse().map_err(|_| Failure::Corrupt("access"))?, expires })
        }
        (None, Some(_)) | (Some(_), None) => return Err(Failure::Corrupt("access")),
    };
    let (created, renewed) = (moment(row.number()?)?, moment(row.number()?)?);
    let mut family = RefreshFamily::new(id, user, token, created, moment(row.number()?)?);
    family.access = access;
    family.renewed = renewed;
    family.revoked = some_moment(&mut row)?;
    family.version = version;
    Ok(family)
}

/// What [`family`] reads, in its order.
pub(super) const COLUMNS: &str = "SELECT id, holder, version, token, access, access_expires, created, renewed, expires, revoked FROM palisade_refresh WHERE id = ";

fn some_moment(row: &mut Cells) -> Result<Option<UnixTime>, Failure> {
    row.some_number()?.map(moment).transpose()
}
