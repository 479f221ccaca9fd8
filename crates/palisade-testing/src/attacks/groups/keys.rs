//! API keys: what is no key costs nothing, and why it is none is told to nobody.

use crate::attacks::{door::Door, judge::Want, scene::Scene};

const GROUP: &str = "keys";
const UNKNOWN: Want = Want::Refused(&[401]);

pub(crate) async fn play(scene: &Scene) {
    let Some((name, key)) = &scene.settings.key else {
        let attack = scene.attack(GROUP, "A054", "keys that do not hold");
        return attack.lacks("no API key is given: `.api_key(header, key)`");
    };
    for door in scene.guarded() {
        fates(scene, door, name.as_str(), key).await;
        junk(scene, door, name.as_str(), key).await;
        twice(scene, door, name.as_str(), key).await;
        places(scene, door, key).await;
    }
}

/// Every key that does not hold gets one answer.
async fn fates(scene: &Scene, door: &Door, name: &str, key: &str) {
    let attack = scene.attack(GROUP, "A054", "keys that do not hold get one answer");
    let class = format!("bad key, {}", door.name());
    let mut keys = vec![("well formed, of no service".to_owned(), changed(key, key.len() / 2))];
    keys.extend(scene.settings.dead_keys.iter().cloned());
    for (input, value) in keys {
        let shot = scene.knock(door).line(name, value);
        if let Some(answer) = attack.send(&input, &shot, UNKNOWN).await {
            attack.alike(&class, &input, &shot, &answer);
        }
    }
}

async fn junk(scene: &Scene, door: &Door, name: &str, key: &str) {
    let send = async |id, title, inputs: Vec<(&str, String)>| {
        let attack = scene.attack(GROUP, id, title);
        for (input, value) in inputs {
            attack.send(input, &scene.knock(door).line(name, value), UNKNOWN).await;
        }
    };
    let last = key.len().saturating_sub(1);
    send(
        "A055",
        "key with a wrong checksum, alphabet or length",
        vec![
            ("checksum", changed(key, last)),
            ("first character", changed(key, 0)),
            ("alphabet", format!("{}!", key.get(..last).unwrap_or_default())),
            ("upper case", key.to_ascii_uppercase()),
            ("empty", String::new()),
            ("one character", "a".to_owned()),
            ("prefix alone", key.split_inclusive('_').take(2).collect()),
        ],
    )
    .await;
    send(
        "A056",
        "key that is meant for a database",
        vec![
            ("quote", "pk_' OR 1=1--".to_owned()),
            ("union", format!("{key}' UNION SELECT 1--")),
            ("encoded NUL", "pk_%00".to_owned()),
            ("wildcard", "%".to_owned()),
            ("operator", "{\"$gt\":\"\"}".to_owned()),
            ("traversal", "../../keys".to_owned()),
            ("10 KB", "k".repeat(10_240)),
        ],
    )
    .await;
    send(
        "A058",
        "part of a key, and more than a key",
        vec![
            ("half", key.get(..key.len() / 2).unwrap_or_default().to_owned()),
            ("all but one", key.get(..last).unwrap_or_default().to_owned()),
            ("and one more", format!("{key}a")),
            ("twice", format!("{key}{key}")),
            ("list", format!("{key},{key}")),
            ("as bearer", format!("Bearer {key}")),
        ],
    )
    .await;
}

async fn twice(scene: &Scene, door: &Door, name: &str, key: &str) {
    let attack = scene.attack(GROUP, "A041", "API key twice");
    for (input, first, second) in [
        ("the same", key, key),
        ("good, then bad", key, "garbage"),
        ("bad, then good", "garbage", key),
        ("good, then empty", key, ""),
    ] {
        let shot = scene.knock(door).line(name, first).line(name, second);
        attack.send(input, &shot, Want::Refused(&[400, 401])).await;
    }
}

async fn places(scene: &Scene, door: &Door, key: &str) {
    let attack = scene.attack(GROUP, "A038", "a good key in the query");
    for name in ["api_key", "apikey", "key", "x-api-key", "access_token"] {
        let mut shot = scene.knock(door);
        shot.target = format!("{}?{name}={key}", shot.target);
        attack.send(name, &shot, UNKNOWN).await;
    }
    let attack = scene.attack(GROUP, "A039", "a good key in a cookie");
    attack
        .send("cookie", &scene.knock(door).line("cookie", format!("api_key={key}; x-api-key={key}")), UNKNOWN)
        .await;
}

fn changed(key: &str, at: usize) -> String {
    key.chars()
        .enumerate()
        .map(|(i, c)| {
            if i != at {
                c
            } else if c == 'x' {
                'y'
            } else {
                'x'
            }
        })
        .collect()
}
