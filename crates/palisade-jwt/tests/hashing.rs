//! How much is hashed at once, and what memory that takes. In a process of its own, because it looks at the memory of the whole.

#![cfg(feature = "login")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use palisade_core::{Denial, Guess, Guesses, Reply};
use palisade_jwt::{
    Issuer, SigningKeys,
    login::{
        Caller, FirstPassword, HashCost, Hashing, Login, LoginError, MemoryUsers, NewUser, Password, Users,
    },
};
use std::{net::IpAddr, time::Duration};
use tokio::sync::Mutex;

const PASSWORD: &str = "correct horse battery staple";

/// One test at a time: they share the processor and the memory.
static TURN: Mutex<()> = Mutex::const_new(());

#[derive(Debug)]
struct Unlimited;

impl Guesses for Unlimited {
    fn begin(&self, _: IpAddr, _: &str) -> Reply<Result<Guess, Denial>> {
        Reply::now(Ok(Guess::new(|_| Reply::now(()))))
    }
}

async fn login(at_once: usize) -> Login {
    let keys = SigningKeys::in_memory().open().unwrap();
    let issuer = Issuer::builder("https://api.example").audience("api").keys(&keys).unwrap();
    let hashing = Hashing::at_once(HashCost::default(), at_once).unwrap();
    let login = Login::new(MemoryUsers::new(), hashing, issuer, Unlimited);
    let users = Users::new(
        &login,
        ["manage_users".parse::<palisade_core::Scope>().unwrap()],
        "manage_users".parse::<palisade_core::Scope>().unwrap(),
    );
    let chosen = FirstPassword::Chosen(password(PASSWORD));
    users.create(&Caller::operator("test"), NewUser::new("ada".parse().unwrap(), chosen)).await.unwrap();
    login
}

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

fn client() -> IpAddr {
    [192, 0, 2, 7].into()
}

/// The most memory that the process ever had, in MiB, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1_024)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a166_of_sixty_four_logins_at_once_so_many_are_hashed_and_no_more() {
    const AT_ONCE: usize = 2;
    let _turn = TURN.lock().await;
    let login = login(AT_ONCE).await;
    let before = peak();
    let tasks: Vec<_> = (0..64)
        .map(|n| {
            let login = login.clone();
            let text = if n % 2 == 0 { PASSWORD } else { "wrong" };
            tokio::spawn(async move { (n, login.login(client(), "ada", &password(text)).await) })
        })
        .collect();
    let (mut entered, mut refused, mut busy) = (0, 0, 0);
    for task in tasks {
        match task.await.unwrap() {
            (n, Ok(_)) => {
                assert_eq!(n % 2, 0);
                entered += 1;
            }
            (n, Err(LoginError::Refused)) => {
                assert_eq!(n % 2, 1);
                refused += 1;
            }
            (_, Err(error)) => {
                let denial = Denial::from(error);
                assert_eq!((denial.kind().status().as_u16(), denial.retry_after_seconds()), (503, Some(1)));
                busy += 1;
            }
        }
    }
    assert_eq!(entered + refused + busy, 64);
    assert!(entered + refused >= 1);
    assert_eq!((login.hashing().most, login.hashing().running, login.hashing().waiting), (AT_ONCE, 0, 0));
    if let (Some(before), Some(after)) = (before, peak()) {
        assert!(after <= before + AT_ONCE as u64 * 19 + 32, "{before} MiB before, {after} MiB at most");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a167_a_thousand_clients_that_leave_at_once_do_not_make_it_more() {
    const AT_ONCE: usize = 2;
    let _turn = TURN.lock().await;
    let login = login(AT_ONCE).await;
    for _ in 0..1_000 {
        let left = login.clone();
        let task = tokio::spawn(async move {
            let _ = left.login(client(), "ada", &password("wrong")).await;
        });
        tokio::task::yield_now().await;
        task.abort();
    }
    assert!(login.hashing().most <= AT_ONCE);
    // What was begun keeps its slot until it has ended, and then gives it back.
    for _ in 0..600 {
        if login.hashing().running == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((login.hashing().running, login.hashing().waiting), (0, 0));
    assert!(login.login(client(), "ada", &password(PASSWORD)).await.is_ok());
    assert!(login.hashing().most <= AT_ONCE);
}
