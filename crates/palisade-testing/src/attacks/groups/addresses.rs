//! Client addresses: what a stranger writes must not choose whom a request is counted and logged for.

use crate::attacks::{
    answer::Answer,
    judge::Want,
    scene::{Attack, Scene},
    shot::Shot,
};
use std::net::IpAddr;

const GROUP: &str = "addresses";
const CLAIMED: &str = "203.0.113.77";

pub(crate) async fn play(scene: &Scene) {
    let Some(path) = scene.doors.first().map(|door| door.path.clone()) else { return };
    untrusted(scene, &path).await;
    hosts(scene).await;
    match scene.settings.proxy {
        Some(proxy) => behind(scene, &path, proxy).await,
        None => {
            for (id, title) in [LEFTMOST, GARBAGE, LINES] {
                scene.attack(GROUP, id, title).lacks("no trusted proxy is stated: `.trusted_proxy(address)`");
            }
        }
    }
}

const LEFTMOST: (&str, &str) = ("A184", "forged hops before the one that the trusted proxy saw");
const GARBAGE: (&str, &str) = ("A183", "forwarded lists of a trusted proxy without a client in them");
const LINES: (&str, &str) = ("A185", "several forwarded lines of a trusted proxy");

/// Judges whom the request was counted for.
fn is_of(attack: &Attack<'_>, input: &str, shot: &Shot, answer: &Answer, expected: IpAddr) {
    let Some(client) = answer.facts.client() else {
        return attack.lacks("nothing tells whose request it was: no stack of this library stands around it");
    };
    let problem =
        if client.ip == expected { String::new() } else { format!("it is counted for {}", client.ip) };
    attack.note(input, shot, answer, &format!("the request is counted for {expected}"), problem);
}

async fn untrusted(scene: &Scene, path: &str) {
    let attack = scene.attack(GROUP, "A180", "forwarded addresses from a peer that is no proxy");
    let forwarded = format!("for={CLAIMED}");
    let quoted = format!("for=\"{CLAIMED}:80\", for=127.0.0.1");
    for (name, value) in [
        ("x-forwarded-for", CLAIMED),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-for", "203.0.113.77, 127.0.0.1"),
        ("x-real-ip", CLAIMED),
        ("forwarded", &forwarded),
        ("forwarded", &quoted),
        ("cf-connecting-ip", CLAIMED),
        ("true-client-ip", CLAIMED),
        ("x-client-ip", CLAIMED),
        ("x-cluster-client-ip", CLAIMED),
        ("fastly-client-ip", CLAIMED),
        ("x-originating-ip", "127.0.0.1"),
        ("x-remote-addr", "127.0.0.1"),
        ("x-remote-ip", "127.0.0.1"),
        ("x-azure-clientip", CLAIMED),
        ("client-ip", CLAIMED),
        ("via", "1.1 203.0.113.77"),
    ] {
        let peer = scene.stranger();
        let shot = Shot::get(path).line(name, value).from(peer);
        let input = format!("{name}: {value}");
        if let Some(answer) = attack.send(&input, &shot, Want::Harmless).await {
            is_of(&attack, &input, &shot, &answer, peer);
        }
    }
    let long = scene.attack(GROUP, "A186", "forwarded list of many hops");
    for hops in [40, 2_000] {
        let peer = scene.stranger();
        let shot = Shot::get(path).line("x-forwarded-for", vec![CLAIMED; hops].join(", ")).from(peer);
        let input = format!("{hops} hops");
        if let Some(answer) = long.send(&input, &shot, Want::Harmless).await
            && answer.facts.client().is_some()
        {
            is_of(&long, &input, &shot, &answer, peer);
        }
    }
    let mapped = scene.attack(GROUP, "A189", "IPv4 addresses in IPv6 clothes");
    if let IpAddr::V4(peer) = scene.stranger() {
        let shot = Shot::get(path).from(peer.to_ipv6_mapped().into());
        if let Some(answer) = mapped.send("::ffff:a.b.c.d", &shot, Want::Harmless).await {
            is_of(&mapped, "::ffff:a.b.c.d", &shot, &answer, peer.into());
        }
    }
}

/// A name that a stranger writes must not come back in links or challenges.
async fn hosts(scene: &Scene) {
    let attack = scene.attack(GROUP, "A198", "foreign host in forwarding headers");
    for door in scene.guarded() {
        for (name, value) in [
            ("x-forwarded-host", "evil.example"),
            ("x-host", "evil.example"),
            ("x-forwarded-server", "evil.example"),
            ("forwarded", "host=evil.example;proto=https"),
            ("host", "evil.example"),
        ] {
            let shot = scene.knock(door).line(name, value);
            let Some(answer) = attack.send(name, &shot, Want::Refused(&[400, 401, 421])).await else {
                continue;
            };
            let told = answer.response.text().contains("evil.example")
                || answer.response.headers.iter().any(|(_, value)| value.contains("evil.example"));
            let problem = if told { "the answer names the foreign host" } else { "" };
            attack.note(name, &shot, &answer, "an answer without the foreign host", problem.to_owned());
        }
    }
}

async fn behind(scene: &Scene, path: &str, proxy: IpAddr) {
    let shot = |values: &[String]| {
        values.iter().fold(Shot::get(path).from(proxy), |shot, value| shot.line("x-forwarded-for", value))
    };
    let send = async |attack: Attack<'_>, input: &str, values: &[String], expected: IpAddr| {
        let shot = shot(values);
        if let Some(answer) = attack.send(input, &shot, Want::Harmless).await {
            is_of(&attack, input, &shot, &answer, expected);
        }
    };
    let attack = |(id, title): (&'static str, &'static str)| scene.attack(GROUP, id, title);
    for forged in
        [CLAIMED, "127.0.0.1", "::1", "unknown", "evil", "203.0.113.77, 198.51.100.1", "1.2.3.4.5", ""]
    {
        let client = scene.stranger();
        send(attack(LEFTMOST), &format!("{forged:?} before"), &[format!("{forged}, {client}")], client).await;
    }
    for last in ["foo", "1.2.3.4.5", "0x7f.1", "010.0.0.1", "203.0.113.5:x", "unknown", "_hidden"] {
        send(attack(LEFTMOST), &format!("{last:?} last"), &[format!("{CLAIMED}, {last}")], proxy).await;
    }
    for (input, value) in
        [("empty", String::new()), ("commas", ", ,,".to_owned()), ("itself", proxy.to_string())]
    {
        send(attack(GARBAGE), input, &[value], proxy).await;
    }
    let client = scene.stranger();
    send(attack(LINES), "two lines", &[CLAIMED.to_owned(), client.to_string()], client).await;
    send(
        attack(LINES),
        "a list, then a line",
        &[format!("{CLAIMED}, 198.51.100.1"), client.to_string()],
        client,
    )
    .await;
}
