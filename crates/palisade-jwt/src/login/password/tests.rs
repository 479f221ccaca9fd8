//! Hashes: which are read, which are refused before anything is computed, and what is compared.

use super::{compute, scratch::Scratch, stored::Stored, *};

fn make(cost: HashCost, password: &[u8], salt: [u8; 16]) -> PasswordHash {
    compute::make(&Scratch::new(0), cost, password, salt).unwrap()
}

fn cheap() -> HashCost {
    HashCost::dangerous_cheap()
}

fn hashing() -> Hashing {
    Hashing::at_once(cheap(), 2).unwrap()
}

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

async fn compare(text: &str, stored: &str) -> Comparison {
    hashing().compare(&password(text), Some(&PasswordHash::stored(stored))).await.unwrap()
}

/// Made with other implementations: `argon2-cffi`, `hashlib.scrypt`, `passlib`, as Django does, `bcrypt`.
const FOREIGN: &[&str] = &[
    "$argon2id$v=19$m=64,t=1,p=1$EabmtcbQbnWdAZyKNZ1bMw$JJfVdI5jlZSF2Chi2FBv6ugznTV7y2nq+hhVpO8jMQ4",
    "$argon2i$v=19$m=64,t=2,p=4$okjfL5Yby3ufLW0r5ux+pw$IzasQdtRA1byH0xqeB5exc+MskosoTPD7ygnVWW7K/w",
    "$argon2d$v=19$m=64,t=1,p=2$CHnHSdZ5YV5O0nQFsKyQhQ$1V4smqo7ERqQv8IyfIPHWQaHNAc5R+jwU1b4b7dvtn4",
    "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$7AnzIswxwEinpwz+ntydndYfVHPvOACmX9Vvo8hO1qM",
    "$scrypt$ln=8,r=8,p=1$ifHee8/Z+7/XuhfCmBNijA$qfjbg/tSe6obwnIovTztaCOOQfzRG2e6oDkPwzx3DIg",
    "$pbkdf2-sha256$1000$6F3L.R9DyJmz9j4HIASA8A$VBpiG5nA17SkQ7qvLQssVKGayzuAMCq.1CPXiNDQOW4",
    "$pbkdf2-sha512$1000$LsVYy9mbs7ZWSsm519rb.w$W3bsl5A.A04sfz/ck/ej8m9r2kIPEQQ25DTnqGFxXykQnyScP0NL36oTKc/llYYhnbezKlpwuE.bUazrQRMSEw",
    "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$yqSq2SygY1sB4EcH9f2FG0JTMES+wqLsOT5YmiRBplI",
    "pbkdf2_sha256$1000$SaltOfDjango$UaGS9J4vkESwWaomyd+95hAiWNsYitHQFnuCGN5UH3A=",
    "$2a$04$wYDIqiEt93gei82nzWsAbuq41yfhpCZFmVkcZnZWYyJhU6622zXt6",
    "$2b$04$KfFJ12EhAhJwTbjHYcHlM.fRCqXAmQFT5RVXGBmO7k36VIxlJ5F7O",
    "$2y$04$KfFJ12EhAhJwTbjHYcHlM.fRCqXAmQFT5RVXGBmO7k36VIxlJ5F7O",
];

#[tokio::test]
async fn hashes_of_other_systems_are_read_and_outdated() {
    for stored in FOREIGN {
        assert_eq!(compare("correct horse battery staple", stored).await, Comparison::Outdated, "{stored}");
        assert_eq!(compare("correct horse battery stapl", stored).await, Comparison::Wrong, "{stored}");
        assert_eq!(compare("correct horse battery staple\0", stored).await, Comparison::Wrong, "{stored}");
    }
}

#[tokio::test]
async fn a163_nul_and_normal_forms_are_significant() {
    let hashing = hashing();
    for (chosen, other) in [
        ("pass\0word", "pass"),
        ("pass\0word", "pass\0wore"),
        ("pass", "pass\0"),
        ("caf\u{e9}", "cafe\u{301}"),
        (" pass", "pass"),
    ] {
        let hash = hashing.hash(&password(chosen)).await.unwrap();
        assert_eq!(hashing.compare(&password(chosen), Some(&hash)).await, Ok(Comparison::Right));
        assert_eq!(hashing.compare(&password(other), Some(&hash)).await, Ok(Comparison::Wrong));
    }
}

#[tokio::test]
async fn a162_every_byte_of_a_long_password_counts() {
    let hashing = hashing();
    for text in ["x".repeat(64), "y".repeat(1_024), "😀 ".repeat(200), "   spaces   only   ".to_owned()] {
        let mut other = text.clone();
        other.pop();
        other.push(if text.ends_with('z') { 'y' } else { 'z' });
        if other.len() > Password::MAX_LEN {
            continue;
        }
        let hash = hashing.hash(&password(&text)).await.unwrap();
        assert_eq!(hashing.compare(&password(&text), Some(&hash)).await, Ok(Comparison::Right));
        assert_eq!(hashing.compare(&password(&other), Some(&hash)).await, Ok(Comparison::Wrong));
    }
    assert!(Password::new("x".repeat(1_025)).is_err() && Password::new("").is_err());
}

#[tokio::test]
async fn a164_bcrypt_never_cuts_a_password() {
    let seventy_two = "a".repeat(72);
    let stored = bcrypt::hash(&seventy_two, 4).unwrap();
    assert_eq!(compare(&seventy_two, &stored).await, Comparison::Outdated);
    for longer in ["a".repeat(73), "a".repeat(1_024)] {
        assert_eq!(compare(&longer, &stored).await, Comparison::Unusable(Unusable::PasswordTooLong));
    }
    // It repeats the password after its NUL: there, `a` and `a␀a` are one.
    let stored = bcrypt::hash("a", 4).unwrap();
    assert_eq!(compare("a", &stored).await, Comparison::Outdated);
    assert_eq!(compare("a\0a", &stored).await, Comparison::Wrong);
}

fn check(stored: &str, expected: Option<Unusable>) {
    assert_eq!(Stored::parse(stored).err(), expected, "{stored}");
}

#[test]
fn a165_what_is_stored_is_bounded_before_it_is_computed() {
    use Unusable::{Malformed, TooCostly, Unknown};
    let argon2 = |params: &str| {
        format!("$argon2id$v=19${params}$c29tZXNhbHRzb21lc2FsdA$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE")
    };
    check(&argon2("m=19456,t=2,p=1"), None);
    check(&argon2("m=131072,t=10,p=4"), None);
    for params in [
        "m=131073,t=2,p=1",
        "m=4194304,t=2,p=1",
        "m=19456,t=4294967295,p=1",
        "m=19456,t=11,p=1",
        "m=19456,t=2,p=5",
        "m=99999999999999999999,t=2,p=1",
        "m=19456,t=0,p=1",
        "m=7,t=1,p=1",
    ] {
        check(&argon2(params), Some(TooCostly));
    }
    for params in [
        "",
        "m=19456,t=2",
        "m=19456,t=2,p=1,keyid=AAAA",
        "m=-1,t=2,p=1",
        "m=+1,t=2,p=1",
        "m= 1,t=2,p=1",
        "m=1e9,t=2,p=1",
        "m=19456,m=19456,p=1",
    ] {
        check(&argon2(params), Some(Malformed));
    }
    for (stored, expected) in [
        ("", Unknown),
        ("plain text", Unknown),
        ("$", Unknown),
        ("$$$$$$", Unknown),
        ("$argon2x$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", Unknown),
        ("$5$rounds=1000$salt$hash", Unknown),
        ("$2x$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", Unknown),
        ("$argon2id$ü", Malformed),
        ("$argon2id", Malformed),
        ("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$", Malformed),
        ("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$!!!!", Malformed),
        ("$argon2id$v=18$m=19456,t=2,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", Malformed),
        ("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ$x", Malformed),
        ("$scrypt$ln=18,r=8,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", TooCostly),
        ("$scrypt$ln=4294967295,r=8,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", TooCostly),
        ("$scrypt$ln=17,r=4294967295,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", TooCostly),
        ("$scrypt$ln=0,r=8,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", Malformed),
        ("$pbkdf2-sha256$i=4294967295$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", TooCostly),
        ("$pbkdf2-sha256$0$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", Malformed),
        ("pbkdf2_sha256$x$salt$hash", Malformed),
        ("$2b$15$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", TooCostly),
        ("$2b$03$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", Malformed),
        ("$2b$10$short", Malformed),
    ] {
        check(stored, Some(expected));
    }
    check(&"$argon2id$".repeat(100), Some(Malformed));
}

#[tokio::test]
async fn a165_what_is_unusable_says_so_and_costs_as_much() {
    for stored in [
        "",
        "ü",
        "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ",
        "$2b$10$!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
    ] {
        let compared = compare("whatever", stored).await;
        assert!(matches!(compared, Comparison::Unusable(_)), "{stored} {compared:?}");
    }
}

#[test]
fn what_is_taken_over_is_bounded_below_too() {
    for (text, expected) in [
        ("$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", None),
        ("$2b$09$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", Some(Unusable::TooWeak)),
        ("$pbkdf2-sha256$599999$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", Some(Unusable::TooWeak)),
        ("$pbkdf2-sha512$210000$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", None),
        ("$scrypt$ln=16,r=8,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ", Some(Unusable::TooWeak)),
        ("plain text", Some(Unusable::Unknown)),
    ] {
        assert_eq!(PasswordHash::imported(text).err(), expected, "{text}");
        assert_eq!(PasswordHash::dangerous_weak_import(text).is_ok(), expected != Some(Unusable::Unknown));
    }
}

#[tokio::test]
async fn a160_nobody_has_a_hash_of_the_same_parameters() {
    for cost in [HashCost::default(), HashCost::new(47_104, 1, 1).unwrap(), cheap()] {
        let hashing = Hashing::new(cost).unwrap();
        let nobody = Stored::parse(hashing.nobody().expose()).unwrap();
        assert!(nobody.is_current(cost));
        let user = make(cheap(), b"x", [7; 16]);
        assert_eq!(Stored::parse(user.expose()).unwrap().is_current(cost), cost == cheap());
    }
    // Drawn anew at each start, and of no password.
    assert_ne!(hashing().nobody(), hashing().nobody());
    let hashing = hashing();
    let of_nobody = hashing.compare(&password("x"), Some(hashing.nobody())).await;
    assert_eq!(of_nobody, Ok(Comparison::Wrong));
    assert_eq!(hashing.compare(&password("x"), None).await, Ok(Comparison::Wrong));
}

#[tokio::test]
async fn other_parameters_are_outdated_in_both_directions() {
    let (hash, text) = (make(cheap(), b"pass", [1; 16]), password("pass"));
    assert!(hash.expose().starts_with("$argon2id$v=19$m=16,t=1,p=1$"));
    assert_eq!(hashing().compare(&text, Some(&hash)).await, Ok(Comparison::Right));
    let dear = Hashing::new(HashCost::new(7_168, 5, 1).unwrap()).unwrap();
    assert_eq!(dear.compare(&text, Some(&hash)).await, Ok(Comparison::Outdated));
    let other = dear.hash(&text).await.unwrap();
    assert_eq!(hashing().compare(&text, Some(&other)).await, Ok(Comparison::Outdated));
}

#[test]
fn a179_weak_passwords_are_told_why() {
    let policy = PasswordPolicy::new().context_words(["Palisade", "x"]);
    let short = policy.clone().min_chars(1);
    let check =
        |policy: &PasswordPolicy, text: &str, name: &str| policy.check(&password(text), &name.into()).err();
    for (text, name, expected) in [
        ("fourteen chars", "ada", Some(WeakPassword::TooShort { min: 15 })),
        ("fifteen chars !", "ada", None),
        ("äöüäöüäöüäöü!?x", "ada", None),
        ("PasswordPassword", "ada", Some(WeakPassword::Common)),
        ("1234567890123456", "ada", Some(WeakPassword::Common)),
        ("ada.lovelace1815", "Ada.Lovelace", Some(WeakPassword::ContainsName)),
        ("ＡＤＡ.lovelace!!!", "ada.lovelace", Some(WeakPassword::ContainsName)),
        ("lovelace@example!", "lovelace@example.com", None),
        ("palisadepalisade", "ada", Some(WeakPassword::Common)),
        ("my-palisade-2026!", "ada", None),
        ("palisade-2026!!", "ada", Some(WeakPassword::ContainsName)),
    ] {
        assert_eq!(check(&policy, text, name), expected, "{text}");
    }
    // Nobody gets below eight.
    assert_eq!(check(&short, "b5wq8zr", "ada"), Some(WeakPassword::TooShort { min: 8 }));
    assert_eq!(check(&short, "iloveyou", "ada"), Some(WeakPassword::Common));
    assert_eq!(check(&short, "b5wq8zr2", "ada"), None);
}

#[tokio::test]
async fn who_waits_too_long_or_behind_too_many_is_told() {
    let hashing = Hashing::at_once(HashCost::new(7_168, 5, 1).unwrap(), 1).unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let hashing = hashing.clone();
            tokio::spawn(async move { hashing.compare(&password("x"), None).await })
        })
        .collect();
    let (mut done, mut busy) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) => {
                assert_eq!(error, HashingError::Busy);
                busy += 1;
            }
        }
    }
    assert!(done >= 1 && busy >= 200 - 65, "{done} {busy}");
    assert_eq!(hashing.status().most, 1);
    assert_eq!((hashing.status().running, hashing.status().waiting), (0, 0));
}

#[test]
fn memory_that_was_used_before_changes_nothing() {
    let scratch = Scratch::new(16);
    let fresh = make(cheap(), b"pass", [1; 16]);
    for other in [&b"something else"[..], b"", b"pass"] {
        compute::make(&scratch, cheap(), other, [9; 16]).unwrap();
        let again = compute::make(&scratch, cheap(), b"pass", [1; 16]).unwrap();
        assert_eq!(again.expose(), fresh.expose());
    }
}
