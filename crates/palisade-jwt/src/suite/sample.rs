//! Names that no other test uses.

pub(super) fn unique() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    data_encoding::HEXLOWER.encode(&bytes)
}
