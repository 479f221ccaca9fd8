//! The header of a token (RFC 7515 §4).

use crate::{
    algorithm::Algorithm,
    json::{JsonError, Reader},
    rejection::Rejection,
    verifying_key::is_key_id,
};
use std::borrow::Cow;

/// No header has more members.
const MAX_MEMBERS: usize = 32;

/// What a header may say: which configured key it claims, and what kind of token it is.
///
/// Keys and places of keys (`jwk`, `jku`, `x5c`, `x5u`) are read over as every unknown member is.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: Option<Box<str>>,
    /// In lower case and without `application/`.
    pub(crate) typ: Option<Box<str>>,
}

impl Header {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Rejection> {
        let mut reader = Reader::new(bytes).map_err(refused)?;
        let mut names: Vec<Cow<'_, str>> = Vec::with_capacity(4);
        let (mut alg, mut kid, mut typ, mut cty) = (None, None, None, None);
        let (mut twice, mut extended) = (false, false);
        reader
            .members(|name, reader| {
                if names.len() >= MAX_MEMBERS {
                    return Err(JsonError::Syntax);
                }
                twice |= names.contains(&name);
                let place = match &*name {
                    "alg" => Some(&mut alg),
                    "kid" => Some(&mut kid),
                    "typ" => Some(&mut typ),
                    "cty" => Some(&mut cty),
                    "crit" | "b64" | "zip" | "enc" => {
                        extended = true;
                        None
                    }
                    _ => None,
                };
                names.push(name);
                match place {
                    Some(place) => *place = Some(reader.string()?),
                    None => drop(reader.value()?),
                }
                Ok(())
            })
            .and_then(|()| reader.end())
            .map_err(refused)?;
        if twice || reader.duplicate {
            return Err(Rejection::DuplicateMember);
        }
        if extended || cty.as_deref().is_some_and(|inner| media_type(inner).eq_ignore_ascii_case("JWT")) {
            return Err(Rejection::Extension);
        }
        if kid.as_deref().is_some_and(|id| !is_key_id(id)) {
            return Err(Rejection::BadKeyId);
        }
        let algorithm = alg.as_deref().and_then(Algorithm::from_name).ok_or(Rejection::UnknownAlgorithm)?;
        let typ = typ.map(|typ| media_type(&typ).to_ascii_lowercase().into());
        Ok(Self { algorithm, key_id: kid.map(|id| id.into_owned().into()), typ })
    }
}

/// Without the `application/` that may be left out (RFC 7515 §4.1.9).
pub(crate) fn media_type(name: &str) -> &str {
    match name.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") && !rest.contains('/') => rest,
        _ => name,
    }
}

fn refused(error: JsonError) -> Rejection {
    match error {
        JsonError::Duplicate => Rejection::DuplicateMember,
        JsonError::Syntax | JsonError::Deep => Rejection::BadHeader,
    }
}
