//! Processes that are killed.

use crate::{
    node::{Place, family, user},
    support::{server::patient, times},
};
use palisade_core::{Clock, CredentialDigest};
use palisade_jwt::{
    Revocation, Revocations as _, TokenMarks,
    login::{FamilyId, PlanName, RefreshStore, User, UserChange, UserId, UserStore},
};
use palisade_sql::SqlStore;
use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

const URL: &str = "PALISADE_SQL_LOGINS_URL";
const ISSUER: &str = "https://api.example";

/// What the other process does; nothing where this is no other process.
#[tokio::test]
async fn a_role() {
    let Ok(url) = env::var(URL) else { return };
    let store = patient(&url).open().await.unwrap();
    // The harness leaves its line open.
    println!();
    loop {
        churn(&store).await;
    }
}

/// Users come, change and go; lines begin, are renewed once and end in a revocation.
async fn churn(store: &SqlStore) {
    let (ada, gone) = (user(), user());
    println!("begin {}", ada.id);
    let both = [&ada, &gone].map(|user| UserChange::Insert(user.clone()));
    UserStore::write(store, both.into()).await.unwrap();
    println!("made {}", ada.id);
    let line = family(ada.id);
    store.insert(line.clone(), line.created).await.unwrap();
    let mut next = line.clone();
    next.token = CredentialDigest::of(b"next");
    store.update(next).await.unwrap();
    println!("renewed {}", line.id);
    let mut changed = ada.clone();
    changed.plan = Some("pro".parse().unwrap());
    let remove = UserChange::Delete { id: gone.id, version: gone.version };
    UserStore::write(store, vec![UserChange::Update(changed), remove]).await.unwrap();
    println!("changed {}", ada.id);
    let now = Clock::system().now();
    let end = now.wall.plus_nanos(600_000_000_000);
    let jti = ada.id.to_string();
    store.revoke(&Revocation::token(ISSUER, &jti, end), now).await.unwrap();
    println!("revoked {jti}");
}

async fn check(store: &SqlStore, line: &str) {
    let Some((said, id)) = line.split_once(' ').filter(|(_, id)| id.len() == 32) else { return };
    // A record in halves would be an error.
    let user = async || UserStore::get(store, &id.parse::<UserId>().unwrap()).await.unwrap();
    let plan = |user: &User| user.plan.as_ref().map(PlanName::to_string);
    match said {
        "begin" => drop(user().await),
        "made" => assert!(user().await.is_some(), "{line}"),
        "changed" => assert_eq!(plan(&user().await.unwrap()), Some("pro".to_owned()), "{line}"),
        "renewed" => {
            let id: FamilyId = id.parse().unwrap();
            let family = RefreshStore::get(store, &id).await.unwrap().unwrap();
            assert_eq!(family.token, CredentialDigest::of(b"next"), "{line}");
        }
        "revoked" => {
            assert!(store.revoked(&TokenMarks::of(ISSUER, None, Some(id), None)).await.unwrap(), "{line}");
        }
        _ => {}
    }
}

/// Another process, and what it says.
fn start(place: &Place) -> (Child, impl Iterator<Item = String> + Send + use<>) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "kills::a_role", "--nocapture", "--test-threads=1"]);
    command.env(URL, place.url()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    (child, output)
}

/// Kills a process some time after it said so many lines, and looks what is there.
async fn kill_one(place: &Place, lines: usize, wait: Duration) -> usize {
    let (mut child, mut output) = start(place);
    let first = output.by_ref().find(|line| line.starts_with("begin")).unwrap();
    let mut said: Vec<_> = std::iter::once(first).chain(output.by_ref().take(lines)).collect();
    let reading = std::thread::spawn(move || output.collect::<Vec<_>>());
    tokio::time::sleep(wait).await;
    child.kill().unwrap();
    child.wait().unwrap();
    said.extend(reading.join().unwrap());
    let store = place.open().await;
    for line in &said {
        check(&store, line).await;
    }
    store.close().await;
    said.len()
}

#[tokio::test]
async fn a345_kills_leave_no_half_of_a_user_or_a_line() {
    for place in Place::each().await {
        let mut said = 0;
        for round in 0..times("PALISADE_SQL_KILLS", 10) {
            // At a different moment each time.
            said +=
                kill_one(&place, round * 7 % 11, Duration::from_micros(round as u64 * 17_919 % 30_000)).await;
        }
        assert!(said > 10, "{said}");
        // Of two changes in one step both were made, or neither.
        let halves = "SELECT COUNT(*) FROM palisade_users WHERE document LIKE '%\"plan\":\"pro\"%'";
        let (all, pro) =
            (place.number("SELECT COUNT(*) FROM palisade_users").await, place.number(halves).await);
        assert_eq!((all - pro) % 2, 0, "{all} {pro}");
        if let Place::File(_) = place {
            assert_eq!(
                place
                    .number("SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'")
                    .await,
                1
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_did_is_seen_at_the_next_question() {
    for place in Place::each().await {
        let store = place.open().await;
        let (mut child, output) = start(&place);
        let mut output = output.skip_while(|line| !line.starts_with("begin"));
        for _ in 0..40 {
            let (line, rest) = tokio::task::spawn_blocking(move || (output.next(), output)).await.unwrap();
            output = rest;
            check(&store, &line.unwrap()).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
