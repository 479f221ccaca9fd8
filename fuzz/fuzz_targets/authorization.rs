//! No `Authorization` value may panic, and none but the token may pass.
#![no_main]

use http::{HeaderValue, Request, header::AUTHORIZATION};
use libfuzzer_sys::fuzz_target;
use palisade_core::{Authenticate, Clock, Facts, Guard, StaticToken, StaticTokens};
use std::sync::LazyLock;

const TOKEN: &[u8] = b"u5vVlqUIBqbbJEMn2b3Ltw9Y";

static GUARD: LazyLock<Authenticate> = LazyLock::new(|| {
    Authenticate::with(StaticTokens::new([StaticToken::named("ci").value(TOKEN)]).expect("a strong token"))
});

fuzz_target!(|data: &[u8]| {
    let mut head = Request::new(()).into_parts().0;
    for line in data.split(|byte| *byte == b'\n').take(3) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            head.headers.append(AUTHORIZATION, value);
        }
    }
    let facts = Facts::new(Clock::system());
    if let Ok(Ok(())) = GUARD.check(&head, &facts).try_now() {
        assert!(data.windows(TOKEN.len()).any(|part| part == TOKEN));
    }
});
