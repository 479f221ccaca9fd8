//! Logins.

use crate::log::Log;
use palisade::{
    jwt::{
        Issuer, MemoryRevocations, SigningKeys,
        login::{HashCost, Hashing, Login, MemoryUsers},
    },
    limit::GrowingBlock,
};

#[test]
fn logins_without_revocations_are_logged_at_warn() {
    let login = || {
        let keys = SigningKeys::in_memory().open().unwrap();
        let issuer =
            Issuer::builder("https://api.example").audience("https://api.example").keys(&keys).unwrap();
        let hashing = Hashing::new(HashCost::dangerous_cheap()).unwrap();
        Login::new(MemoryUsers::new(), hashing, issuer, GrowingBlock::new("login").unwrap())
    };
    let words = ["WARN", "palisade::setup", "logins without `revocations`"];
    let (log, listening) = Log::listen();
    drop(login().revocations(MemoryRevocations::new()).routes());
    assert!(!log.says(&words));
    drop(login().routes());
    assert!(log.says(&words));
    drop(listening);
}
