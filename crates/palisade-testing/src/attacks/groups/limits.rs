//! Limits: once a stranger has spent what there is, nothing that they write buys more.

use crate::attacks::{
    answer::Answer,
    door::Door,
    judge::Want,
    scene::{Attack, Scene},
    shot::Shot,
};
use http::Method;
use std::net::{IpAddr, Ipv6Addr};

const GROUP: &str = "limits";
/// A limit that is not met after so many requests is too loose to be tried.
const PATIENCE: u32 = 600;
const STILL: Want = Want::Refused(&[429]);

const TITLES: [(&str, &str); 9] = [
    ("A016", "HEAD is limited as GET is"),
    ("A180", "an empty allowance, and an address of one's own choice"),
    ("A188", "one IPv6 network under many addresses"),
    ("A200", "a refusal for a limit says when to come back"),
    ("A213", "an empty allowance, and headers that name somebody else"),
    ("A214", "an empty allowance, and a credential that changes"),
    ("A215", "an empty allowance, and another query"),
    ("A216", "errors and other methods are counted too"),
    ("A235", "limit headers are there once, and are numbers"),
];

pub(crate) async fn play(scene: &Scene) {
    let attack = |id: &str| {
        let (id, title) =
            TITLES.iter().find(|(known, _)| *known == id).copied().unwrap_or(("A200", "limits"));
        scene.attack(GROUP, id, title)
    };
    if !TITLES.iter().any(|(id, _)| attack(id).is_wanted()) {
        return;
    }
    let none = |why: &str| TITLES.iter().for_each(|(id, _)| attack(id).lacks(why));
    let Some(door) =
        scene.guarded().find(|door| door.method == Method::GET).or_else(|| scene.guarded().next())
    else {
        return none("no route is guarded");
    };
    let peer = scene.stranger();
    let Some((shot, answer)) = spent(scene, door, peer).await else {
        return none(&format!("a stranger is not limited within {PATIENCE} requests"));
    };
    said(&attack("A200"), &attack("A235"), &shot, &answer);
    still(scene, door, peer, &attack).await;
    let v6 = |host: u16| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0x77, 1, 0, 0, 0, host));
    if spent(scene, door, v6(1)).await.is_some() {
        let one = attack("A188");
        for host in [2, 0xffff] {
            again(&one, &format!("::{host:x}"), &scene.knock(door).from(v6(host))).await;
        }
    }
}

/// Spends what an address has; the first refusal.
async fn spent(scene: &Scene, door: &Door, peer: IpAddr) -> Option<(Shot, Answer)> {
    let shot = scene.knock(door).from(peer);
    for _ in 0..PATIENCE {
        let answer = scene.send(&shot).await?;
        if answer.status() == 429 {
            return Some((shot, answer));
        }
    }
    None
}

/// Without waiting, as the attacks of other groups would.
async fn again(attack: &Attack<'_>, input: &str, shot: &Shot) {
    // What a clock that stands still gives back is nothing, so one request more is refused or was bought.
    if let Some(answer) = attack.scene.send(shot).await {
        attack.judge(input, shot, &answer, STILL);
    }
}

async fn still<'s>(scene: &Scene, door: &Door, peer: IpAddr, attack: &impl Fn(&str) -> Attack<'s>) {
    let knock = || scene.knock(door).from(peer);
    again(&attack("A016"), "HEAD", &Shot::new(Method::HEAD, &door.path).from(peer)).await;
    for name in [
        "x-forwarded-for",
        "x-real-ip",
        "forwarded",
        "cf-connecting-ip",
        "true-client-ip",
        "x-client-ip",
        "client-ip",
        "x-originating-ip",
        "x-cluster-client-ip",
        "fastly-client-ip",
    ] {
        let value = if name == "forwarded" { "for=203.0.113.9" } else { "203.0.113.9" };
        again(&attack("A180"), name, &knock().line(name, value)).await;
    }
    for (name, value) in [
        ("x-user-id", "victim"),
        ("x-client-id", "other"),
        ("x-tenant-id", "other"),
        ("x-api-client", "other"),
        ("user-agent", "another/1"),
        ("x-device-id", "7"),
        ("x-session-id", "7"),
        ("origin", "https://other.example"),
        ("x-ratelimit-bypass", "1"),
        ("x-ratelimit-limit", "1000000"),
        ("x-no-ratelimit", "1"),
        ("cookie", "session=new"),
        ("accept-language", "eo"),
        ("x-request-id", "7"),
        ("x-correlation-id", "7"),
    ] {
        again(&attack("A213"), name, &knock().line(name, value)).await;
    }
    for value in ["Bearer one", "Bearer two", "Basic YTpi"] {
        again(&attack("A214"), value, &knock().line("authorization", value)).await;
    }
    if let Some((name, _)) = &scene.settings.key {
        again(&attack("A214"), "a made-up key", &knock().line(name.as_str(), "made-up")).await;
    }
    for query in ["?x=1", "?x=2", "?", "?_=1795331718"] {
        let mut shot = knock();
        shot.target.push_str(query);
        again(&attack("A215"), query, &shot).await;
    }
    // Only a limit that stands before the routes counts what no route answers.
    let other = Shot::get("/a-path-that-nobody-declared").from(peer);
    if scene.send(&other).await.is_some_and(|answer| answer.status() == 429) {
        let wrong = Shot::new(Method::PATCH, &door.path).from(peer);
        let options = Shot::new(Method::OPTIONS, &door.path).from(peer);
        for (input, shot) in [("unknown path", &other), ("PATCH", &wrong), ("OPTIONS", &options)] {
            again(&attack("A216"), input, shot).await;
        }
    } else {
        attack("A216").lacks("the limit is the route's own");
    }
}

fn said(limited: &Attack<'_>, headers: &Attack<'_>, shot: &Shot, answer: &Answer) {
    let retry = answer.header("retry-after").and_then(|value| value.parse::<u64>().ok());
    let problem =
        if retry.is_some_and(|seconds| seconds >= 1) { "" } else { "no whole `Retry-After` of at least 1" };
    limited.note("the first refusal", shot, answer, "`Retry-After` of whole seconds", problem.to_owned());
    limited.judge("the first refusal", shot, answer, STILL);
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"] {
        let values: Vec<_> = answer.response.values(name).collect();
        let fits = values.len() <= 1 && values.iter().all(|value| value.parse::<u64>().is_ok());
        let problem = if fits { String::new() } else { format!("{name} is {values:?}") };
        headers.note(name, shot, answer, "one whole number, or none", problem);
    }
}
