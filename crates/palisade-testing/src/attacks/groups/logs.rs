//! Logs: whatever is logged of a request, no credential is in it, and one line stays one line.

use crate::{
    attacks::{
        answer::Answer,
        door::Door,
        judge::Want,
        scene::{Attack, Scene},
        shot::Shot,
    },
    template::CANARY,
};
use data_encoding::{BASE64, HEXLOWER};

const GROUP: &str = "logs";

pub(crate) async fn play(scene: &Scene) {
    for door in scene.guarded() {
        secrets(scene, door).await;
        lines(scene, door).await;
    }
}

/// What is planted where credentials stand must not be found in anything that was said meanwhile.
async fn secrets(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A278", "credentials in what is logged and emitted");
    let query = |name: &str| {
        let mut shot = scene.knock(door);
        shot.target = format!("{}?{name}={CANARY}", shot.target);
        shot
    };
    let basic = BASE64.encode(format!("ada:{CANARY}").as_bytes());
    let mut shots: Vec<(String, Shot)> = vec![
        ("bearer".into(), scene.knock(door).bearer(CANARY)),
        ("basic".into(), scene.knock(door).line("authorization", format!("Basic {basic}"))),
        (
            "signed token".into(),
            scene.knock(door).bearer(&format!("eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.{CANARY}")),
        ),
        ("x-api-key".into(), scene.knock(door).line("x-api-key", CANARY)),
        ("cookie".into(), scene.knock(door).line("cookie", format!("session={CANARY}"))),
        (
            "proxy-authorization".into(),
            scene.knock(door).line("proxy-authorization", format!("Bearer {CANARY}")),
        ),
    ];
    for name in [
        "access_token",
        "api_key",
        "token",
        "code",
        "state",
        "sig",
        "password",
        "ACCESS_TOKEN",
        "%61ccess_token",
        "access_token[]",
    ] {
        shots.push((format!("?{name}="), query(name)));
    }
    if door.takes_body() {
        let body = format!("{{\"password\":\"{CANARY}\"}}");
        shots
            .push(("body".into(), Shot::new(door.method.clone(), &door.path).body("application/json", body)));
    }
    for (input, shot) in shots {
        if let Some(answer) = attack.send(&input, &shot, Want::Refused(&[400, 401])).await {
            let forms = [
                CANARY.to_owned(),
                basic.clone(),
                HEXLOWER.encode(CANARY.as_bytes()),
                BASE64.encode(CANARY.as_bytes()),
                CANARY.chars().rev().collect(),
            ];
            let found = forms.iter().find(|form| answer.log.contains(form.as_str()));
            let problem = found.map(|form| format!("{form:?} stands in what was logged")).unwrap_or_default();
            attack.note(&input, &shot, &answer, "a log without it", problem);
        }
    }
    if let Some(shot) = scene.with_credential(door, scene.knock(door)) {
        attack.send("good credential", &shot, Want::Harmless).await;
    }
}

async fn lines(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A279", "what would write lines or colours of its own into a log");
    for (name, value) in [
        ("user-agent", "a\u{1b}[2Jb".as_bytes()),
        ("user-agent", b"a\xc2\x85b"),
        ("user-agent", "a\u{2028}{\"level\":\"error\"}".as_bytes()),
        ("user-agent", b"\xff\xfe"),
        ("referer", "https://a.example/\u{2029}x".as_bytes()),
        ("x-request-id", "a\u{85}b".as_bytes()),
    ] {
        let shot = scene.knock(door).line(name, value);
        let input = format!("{name}: {}", String::from_utf8_lossy(value).escape_default());
        judge(&attack, &input, &shot).await;
    }
    for (input, target) in
        [("encoded line end", "%0aINFO"), ("encoded escape", "%1b[2J"), ("encoded U+2028", "%e2%80%a8x")]
    {
        let shot = Shot::get(format!("{}/{target}", door.path.trim_end_matches('/')));
        judge(&attack, input, &shot).await;
    }
    let long = scene.knock(door).line("user-agent", "a".repeat(8_000));
    judge(&attack, "8,000 letters", &long).await;
}

async fn judge(attack: &Attack<'_>, input: &str, shot: &Shot) {
    // A log that writes what it was given is refused whatever the answer was.
    let Some(answer) = attack.send(input, shot, Want::NotReached).await else { return };
    let Answer { log, .. } = &answer;
    let raw = log.chars().find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{2028}' | '\u{2029}'));
    let longest = log.lines().map(str::len).max().unwrap_or_default();
    let problem = match raw {
        Some(raw) => format!("{raw:?} stands raw in what was logged"),
        None if longest > 4_096 => format!("a line of {longest} bytes"),
        None => String::new(),
    };
    attack.note(input, shot, &answer, "short lines, with everything escaped", problem);
}
