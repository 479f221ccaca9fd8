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

/// Tells the recorder that is installed when a cache is made what the number means.
#[cfg(feature = "metrics")]
pub(super) fn describe() {
    metrics::describe_counter!("palisade.cache.lookups", "Look-ups in caches by whether an answer was there");
}

#[cfg(not(feature = "metrics"))]
pub(super) const fn describe() {}
