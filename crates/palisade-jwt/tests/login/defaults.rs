//! Defaults, by their names in the table.

use crate::support::{PASSWORD, app};
use palisade_jwt::login::{HashCost, Hashing, MAX_FAMILIES, Password, PasswordPolicy, WeakPassword};

#[test]
fn password_hash_cost() {
    let cost = HashCost::default();
    assert_eq!((cost.memory_kib(), cost.passes(), cost.lanes()), (19_456, 2, 1));
}

#[test]
fn passwords_hashed_at_once() {
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(Hashing::new(HashCost::default()).unwrap().status().at_once, (cores - 1).clamp(1, 4));
}

#[test]
fn password_length() {
    assert_eq!(Password::MAX_LEN, 1_024);
    let short = Password::new("b5wq8zr2md6kx1").unwrap();
    assert_eq!(PasswordPolicy::new().check(&short, &"ada".into()), Err(WeakPassword::TooShort { min: 15 }));
}

#[tokio::test]
async fn refresh_tokens_are_off_unless_kept_and_few_for_each_user() {
    let app = app();
    app.user("ada", &[]).await;
    let (_, first) = app.tokens("ada").await;
    for _ in 0..MAX_FAMILIES {
        app.time.advance(std::time::Duration::from_secs(1));
        assert_eq!(app.log_in("ada", PASSWORD).await.status, 200);
    }
    assert_eq!(app.renew(&first).await.status, 401);
}

#[test]
fn login_bodies_have_four_kilobytes_and_management_sixteen() {
    let app = app();
    assert_eq!(app.login.routes().largest_body_limit(), 4 * 1_024);
    assert_eq!(app.directory.routes().largest_body_limit(), 16 * 1_024);
}
