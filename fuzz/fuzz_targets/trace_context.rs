//! What says where a request belongs may not panic, and what is taken is written as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_core::{RequestId, TraceContext};

fuzz_target!(|data: &[u8]| {
    if let Some(context) = TraceContext::parse(data) {
        assert_eq!(TraceContext::parse(&context.text()), Some(context));
        assert_eq!(&context.text()[3..52], &data[3..52]);
    }
    if let Some(id) = RequestId::parse(data) {
        assert_eq!(RequestId::parse(&id.text()), Some(id));
    }
});
