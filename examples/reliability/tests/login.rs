//! Logins over a socket: forms and JSON, what a token opens, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;
mod still;

use palisade_testing::programs::find;
use running::{Answer, FORM, JSON, Reliability, bearer};
use serde_json::{Value, json};
use std::{fs, process::Command};
use still::Still;

const SUMMARIZE: &str = "POST /debug/summarize-errors";

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["token"].as_str().unwrap().to_owned()
}

fn fields(answer: &Answer) -> Vec<String> {
    assert_eq!(
        (answer.status, &answer.json()["error"]["code"]),
        (400, &json!("VALIDATION_ERROR")),
        "{}",
        answer.body
    );
    let details = answer.json()["error"]["details"].clone();
    details.as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_form_and_json_become_tokens_that_open_what_is_protected() {
    let server = Reliability::start(&[], &[]);
    let body = json!({"username": "demo", "password": server.password()}).to_string();
    let form = format!("username=Demo&password={}", server.password());
    for (kind, body) in [(JSON, &body), (FORM, &form)] {
        let answer = server.send("POST /login", kind, body);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(
            (&answer.json()["token_type"], &answer.json()["expires_in"]),
            (&json!("Bearer"), &json!(1800))
        );
        let bearer = bearer(&token(&answer));
        let who = server.send("GET /protected", &bearer, "");
        assert_eq!((who.status, &who.json()["username"]), (200, &json!("demo")), "{}", who.body);

        let lines = json!({"lines": ["ERROR timeout after 30 ms", "ERROR timeout after 31 ms", "WARN cold"], "top": 1});
        let found = server.send(SUMMARIZE, &(bearer.clone() + JSON), &lines.to_string());
        assert_eq!(
            found.json(),
            json!({
                "lines": 3, "kinds": 2, "levels": {"error": 2, "warning": 1},
                "top": [{"pattern": "ERROR timeout after <n> ms", "count": 2, "first": 1, "last": 2}],
            })
        );
        // Out with the next request.
        assert_eq!(server.send("POST /logout", &bearer, "").status, 204);
        let out = server.send("GET /protected", &bearer, "");
        assert!(
            out.status == 401 && out.header("www-authenticate").contains("invalid_token"),
            "{}",
            out.head
        );
    }
    for request in ["GET /protected", SUMMARIZE, "POST /logout", "POST /password"] {
        let answer = server.send(request, JSON, "{}");
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, "Bearer realm=\"api\""),
            "{request}"
        );
    }
    assert!(!server.log().contains(server.password()), "{}", server.log());
}

#[test]
fn wrong_passwords_and_unknown_users_read_the_same_and_slow_down() {
    let server = Reliability::start(&[], &[]);
    let login = |name: &str, password: &str| {
        server.send("POST /login", JSON, &json!({"username": name, "password": password}).to_string())
    };
    let told = |answer: &Answer| (answer.status, answer.json()["error"]["message"].clone());
    let wrong = told(&login("demo", "wrong"));
    assert_eq!(wrong, (401, json!("Invalid credentials")));
    assert_eq!(told(&login("nobody", server.password())), wrong);
    for _ in 0..4 {
        assert_eq!(told(&login("demo", "wrong")), wrong);
    }
    let slowed = login("demo", server.password());
    assert_eq!(slowed.status, 429, "{}", slowed.body);
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() > 1);
}

#[test]
fn bodies_are_read_strictly_and_every_wrong_field_is_named() {
    let server = Reliability::start(&[], &[]);
    let login = |kind: &str, body: &str| server.send("POST /login", kind, body);
    assert_eq!(fields(&login(JSON, r#"{"username":1,"otp":2}"#)), ["#/username", "#/password", "#/otp"]);
    assert_eq!(fields(&login(JSON, r#"{"username":"a","username":"b","password":"c"}"#)), ["#"]);
    assert_eq!(fields(&login(FORM, "username=a&password=b&password=c")), ["#"]);
    assert_eq!(fields(&login(FORM, "username=a")), ["#/password"]);
    assert_eq!(login("Content-Type: text/plain\r\n", "{}").status, 415);
    assert_eq!(login(JSON, &format!("{{\"username\":\"{}\"}}", "x".repeat(5_000))).status, 413);

    let body = json!({"username": "demo", "password": server.password()}).to_string();
    let bearer = bearer(&token(&login(JSON, &body)));
    let ask = |body: &str| server.send(SUMMARIZE, &(bearer.clone() + JSON), body);
    assert_eq!(fields(&ask(r#"{"lines":["a",1],"top":"5","color":true}"#)), ["/lines/1", "/top", "/color"]);
    assert_eq!(fields(&ask(r#"{"top":5}"#)), ["/lines"]);
    assert_eq!(fields(&ask("[]")), [""]);
    assert_eq!(server.send(SUMMARIZE, &(bearer.clone() + FORM), "lines=a").status, 415);
    let large = format!("{{\"lines\":[\"{}\"]}}", "x".repeat(reliability::server::MAX_BODY));
    assert_eq!(ask(&large).status, 413);
}

#[test]
fn a_token_holds_for_half_an_hour_and_no_longer() {
    let still = Still::start();
    let bearer = bearer(&token(&still.login()));
    let ask = |millis: u64| {
        still.pass(millis);
        still.send("GET /protected", &bearer, "")
    };
    assert_eq!(ask(1_799_000).status, 200);
    // Clocks may differ by five seconds.
    let answer = ask(7_000);
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").contains("The access token expired"), "{}", answer.head);
}

#[test]
fn the_time_a_token_holds_can_be_set_and_the_secret_outlives_the_process() {
    let people = tempfile::tempdir().unwrap();
    let path = people.path().join("users");
    let hash = bcrypt::hash("correct horse battery staple", 10).unwrap();
    fs::write(&path, format!("# people\nada:{hash}\n")).unwrap();
    let env = [("USERS_FILE", path.to_str().unwrap()), ("ACCESS_TOKEN_EXPIRE_MINUTES", "5")];
    let login = |server: &Reliability| {
        server.send("POST /login", FORM, "username=ada&password=correct+horse+battery+staple")
    };
    let server = Reliability::start(&[], &env);
    assert!(!server.greeting().contains("shown this once"), "{}", server.greeting());
    let answer = login(&server);
    assert_eq!(answer.json()["expires_in"], 300, "{}", answer.body);
    // The bcrypt hash was good for one login; the rest of the file stays.
    let text = || fs::read_to_string(&path).unwrap();
    running::until("the hash is made anew", || text().contains("ada:$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(text().starts_with("# people\n") && !text().contains(&hash), "{}", text());
    assert!(server.log().contains("HashUpgraded"), "{}", server.log());
    drop(server);

    let server = Reliability::start(&[], &env);
    let who = server.send("GET /protected", &bearer(&token(&answer)), "");
    assert_eq!((who.status, &who.json()["username"]), (200, &json!("ada")), "{}", who.body);
    assert_eq!(login(&server).status, 200);
    drop(server);
    // Another secret, and it is nobody's token.
    let other = Reliability::start(&[], &[env[0], ("SECRET_KEY", "Qm4xT8vLp0Zs6Kd2Rw9Yc3Hb7Nf1Jg5E")]);
    assert_eq!(other.send("GET /protected", &bearer(&token(&answer)), "").status, 401);
}

#[test]
fn a_file_of_users_with_a_mistake_does_not_start() {
    let people = tempfile::tempdir().unwrap();
    let path = people.path().join("users");
    fs::write(&path, "ada:hunter2\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_reliability"))
        .env_clear()
        .envs([("SECRET_KEY", running::SECRET_KEY), ("USERS_FILE", path.to_str().unwrap())])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told, "reliability: USERS_FILE: line 1: the stored hash is of no known kind\n");
}

#[test]
fn the_printed_lines_work_when_pasted() {
    if find("curl", "curl").is_none() {
        return;
    }
    let server = Reliability::start(&[], &[]);
    let lines: Vec<_> =
        server.greeting().lines().map(str::trim).filter(|line| line.contains("curl ")).collect();
    let wanted = ["/login", "/protected", "summarize", "/logout", "/protected"];
    let script: Vec<_> = wanted
        .iter()
        .map(|path| {
            lines.iter().find(|line| line.contains(&format!("{path}'")) || line.contains(path)).unwrap()
        })
        .map(|line| format!("{line}\necho\necho '== step'\n"))
        .collect();
    // A proxy of this machine would stand between curl and its loopback interface.
    let output = Command::new("sh").args(["-c", &script.concat()]).env("NO_PROXY", "*").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let steps: Vec<_> = text.split("== step\n").collect();
    assert!(steps[0].matches('.').count() == 2, "{text}");
    assert!(steps[1].contains("200 OK") && steps[1].contains("\"username\":\"demo\""), "{text}");
    assert_eq!(serde_json::from_str::<Value>(steps[2].trim()).unwrap()["kinds"], 2);
    assert!(steps[3].contains("204 No Content") && steps[4].contains("401 Unauthorized"), "{text}");
}
