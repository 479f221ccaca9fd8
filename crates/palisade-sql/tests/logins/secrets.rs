//! What is in the files, and what is not.

use crate::node::{Node, PASSWORD, Place, text};
use data_encoding::BASE64URL_NOPAD;
use palisade_core::CredentialDigest;
use std::fs;

/// All bytes of all files of the database, or all text of its tables.
async fn bytes(place: &Place) -> Vec<u8> {
    if let Some(directory) = place.path() {
        let files = fs::read_dir(directory).unwrap();
        return files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    }
    let Place::Server(server, database) = place else { return Vec::new() };
    let mut client = server.client(database).await;
    let all = "SELECT (SELECT string_agg(t::text, ' ') FROM palisade_users t) || (SELECT string_agg(t::text, ' ') FROM palisade_refresh t)
        || (SELECT string_agg(t::text, ' ') FROM palisade_revocations t)";
    let row = sqlx::query(all).fetch_one(&mut client).await.unwrap();
    sqlx::Row::get::<String, _>(&row, 0).into_bytes()
}

#[tokio::test]
async fn no_password_and_no_token_is_kept() {
    for place in Place::each().await {
        let [here, _] = Node::two(&place).await;
        here.user("ada").await;
        let first = here.log_in("ada", PASSWORD).await.unwrap();
        let second = here.renew(first.refresh.as_ref().unwrap()).await.unwrap();
        here.login.logout_access(&*here.claims(&first.access).await).await.unwrap();
        let kept = bytes(&place).await;
        let holds = |wanted: &[u8]| kept.windows(wanted.len()).any(|window| window == wanted);
        assert!(holds(b"$argon2id$"), "the hash is where it is looked for");
        let shown = second.refresh.as_ref().unwrap();
        assert!(holds(CredentialDigest::of(shown.expose()).to_hex().as_bytes()), "the digest is, too");
        assert!(
            !holds(PASSWORD.as_bytes())
                && !holds(CredentialDigest::of(PASSWORD.as_bytes()).to_hex().as_bytes())
        );
        for tokens in [&first, &second] {
            let refresh = text(tokens.refresh.as_ref().unwrap()).strip_prefix("prt_").unwrap();
            let raw = BASE64URL_NOPAD.decode(refresh.as_bytes()).unwrap();
            // The first 16 bytes name the line; the others are the secret.
            assert!(!holds(refresh.as_bytes()) && !holds(&refresh.as_bytes()[22..]) && !holds(&raw[16..]));
            let access = text(&tokens.access);
            let (_, signature) = access.rsplit_once('.').unwrap();
            assert!(!holds(access.as_bytes()) && !holds(signature.as_bytes()));
        }
    }
}
