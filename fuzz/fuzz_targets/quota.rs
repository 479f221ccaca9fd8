//! No quota text may panic, and what is read prints as something that reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_limit::Quotas;

fuzz_target!(|text: &str| {
    if let Ok(quotas) = text.parse::<Quotas>() {
        assert_eq!(quotas.to_string().parse::<Quotas>().expect("its own print"), quotas);
    }
});
