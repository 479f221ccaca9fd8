//! Tables for claims.

use super::*;
use crate::algorithm::Algorithm;
use serde_json::json;

fn read(payload: &str) -> Result<Claims, Rejection> {
    let header = Header { algorithm: Algorithm::Hs256, key_id: None, typ: None };
    Claims::parse(payload.as_bytes().to_vec(), Arc::new(header))
}

fn with(more: &str) -> Result<Claims, Rejection> {
    read(&format!(r#"{{"iss":"i","sub":"s","exp":9{more}}}"#))
}

#[test]
fn texts_mean_what_they_mean_however_they_are_spelled() {
    let plain = r#"{"iss":"https://i","sub":"é","aud":["a","b/c","d","e"],"exp":9,"jti":"j","x":"y\"z","n":{"a/b":[1,"~"]}}"#;
    let escaped = r#" {"n":{"a\/b":[1,"~"]},"\u0078":"\u0079\"z","iss":"https:\/\/i","s\u0075b":"\u00e9",
        "aud":["a","b\/c","\u0064","e"], "\u0065xp":9.0,"jti":"\u006a"} "#;
    let (plain, escaped) = (read(plain).unwrap(), read(escaped).unwrap());
    assert_eq!(plain, escaped);
    for claims in [plain, escaped] {
        assert_eq!((claims.issuer(), claims.subject(), claims.id()), ("https://i", "é", Some("j")));
        assert!(claims.audience().eq(["a", "b/c", "d", "e"]));
        assert_eq!(claims.audience().len(), 4);
        assert_eq!((claims.get("x"), claims.text("x")), (Some(&json!("y\"z")), Some("y\"z")));
        assert_eq!((claims.text("n"), claims.has("n"), claims.has("N")), (None, true, false));
        assert_eq!(claims.pointer("/n/a~1b/1"), Some(&json!("~")));
        assert_eq!(claims.pointer("/x"), Some(&json!("y\"z")));
        for nowhere in ["", "x", "/", "/n/a/b", "/iss", "/x/0"] {
            assert_eq!(claims.pointer(nowhere), None, "{nowhere}");
        }
    }
    assert_eq!(with(r#","a~/b":{"":1}"#).unwrap().pointer("/a~0~1b/"), Some(&json!(1)));
}

#[test]
fn equality_is_of_what_is_said() {
    let one = with(r#","a":1,"b":"2""#).unwrap();
    assert_eq!(one, with(r#","b":"2","a":1"#).unwrap());
    for other in [r#","a":1"#, r#","a":1,"b":2"#, r#","a":1,"c":"2""#, r#","a":1,"b":"2","iat":1"#] {
        assert_ne!(one, with(other).unwrap(), "{other}");
    }
}

#[test]
fn a109_a_name_that_stands_twice_is_seen_among_few_and_among_many() {
    for many in [0, 1, 13, 14, 15, 16, 17, 18, 300] {
        let members: String = (0..many).map(|n| format!(r#","m{n}":{n}"#)).collect();
        assert!(with(&members).is_ok(), "{many}");
        for twice in [
            r#","x":1,"x":1"#,
            r#","x":1,"\u0078":"1""#,
            r#","iss":"i""#,
            r#","\u0073ub":1"#,
            r#","aud":"a","aud":[]"#,
        ] {
            for place in [format!("{members}{twice}"), format!("{twice}{members}")] {
                assert_eq!(with(&place), Err(Rejection::DuplicateMember), "{place}");
            }
        }
    }
}

#[test]
fn control_characters_are_seen_in_every_script() {
    for good in ["a b", "é", "\u{a0}"] {
        assert!(is_printable(good), "{good:?}");
    }
    for bad in ["\0", "a\n", "\u{7f}", "\u{85}", "é\u{9f}", "é\n"] {
        assert!(!is_printable(bad), "{bad:?}");
    }
}
