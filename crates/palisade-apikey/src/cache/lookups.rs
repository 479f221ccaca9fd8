//! How often something was remembered, as a number.

/// `palisade.cache.lookups{cache,outcome}`: `hit` where an answer was there, `miss` where it had to be found.
#[cfg(feature = "metrics")]
#[inline]
pub(super) fn count(hit: bool) {
    if hit {
        metrics::counter!("palisade.cache.lookups", "cache" => "api_key", "outcome" => "hit").increment(1);
    } else {
        metrics::counter!("palisade.cache.lookups", "cache" => "api_key", "outcome" => "miss").increment(1);
    }
}

#[cfg(not(feature = "metrics"))]
#[inline]
pub(super) const fn count(_: bool) {}
