//! Refusals: one shape, nothing of the request, and headers that keep them out of caches and scripts.

use crate::{
    attacks::{door::Door, judge::Want, scene::Scene, shot::Shot},
    template::CANARY,
};
use http::Method;

const GROUP: &str = "answers";
const UNKNOWN: Want = Want::Refused(&[400, 401]);

pub(crate) async fn play(scene: &Scene) {
    for door in scene.guarded() {
        reflection(scene, door).await;
        negotiation(scene, door).await;
        shape(scene, door).await;
        served(scene, door).await;
    }
    let attack = scene.attack(GROUP, "A266", "input that would be repeated");
    let nowhere = Shot::get(format!("/{CANARY}%3Cscript%3E"));
    attack.send("unknown path", &nowhere, Want::Harmless).await;
}

async fn reflection(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A266", "input that would be repeated");
    let knock = || scene.knock(door);
    let mut query = knock();
    query.target = format!("{}?q={CANARY}%3Cscript%3E", query.target);
    attack.send("query", &query, UNKNOWN).await;
    for (name, value) in [
        ("x-probe", format!("<script>{CANARY}</script>\"}}")),
        ("x-request-id", format!("<script>{CANARY}")),
        ("authorization", format!("Bearer \"}}{CANARY}<script>")),
        ("authorization", format!("{CANARY} x")),
        ("cookie", format!("a={CANARY}")),
        ("referer", format!("https://{CANARY}.example/")),
        ("user-agent", format!("<script>{CANARY}")),
        ("accept", format!("application/{CANARY}")),
        ("accept-language", CANARY.to_owned()),
        ("origin", format!("https://{CANARY}.example")),
        ("traceparent", format!("00-{CANARY}-1-01")),
    ] {
        attack
            .send(&format!("{name}: {}", value.replace(CANARY, "…")), &knock().line(name, value), UNKNOWN)
            .await;
    }
    if door.takes_body() {
        let shot = Shot::new(door.method.clone(), &door.path);
        let shot = shot.body("application/json", format!("{{\"{CANARY}\":\"<script>\"}}"));
        attack.send("body", &shot, UNKNOWN).await;
        // Names of members may stand in a pointer at what is wrong; values may not.
        let value = Shot::new(door.method.clone(), &door.path);
        let value = value.body("application/json", format!("{{\"a\":\"{CANARY}<script>\"}}"));
        if let Some(shot) = scene.with_credential(door, value) {
            attack.send("body of somebody known", &shot, Want::Harmless).await;
        }
    }
}

async fn negotiation(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A271", "Accept that asks for something else");
    let many = "text/html,".repeat(200);
    for accept in
        ["text/html", "*/*;q=0", ",;/=", "application/problem+json", "image/*", "application/json;q=0", &many]
    {
        let input = if accept.len() > 100 { "two hundred kinds" } else { accept };
        attack.send(input, &scene.knock(door).line("accept", accept), UNKNOWN).await;
    }
}

async fn shape(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A272", "every error has the same shape and headers");
    attack.send("401", &scene.knock(door), Want::Refused(&[401])).await;
    attack.send("404", &Shot::get("/a-path-that-nobody-declared/x"), Want::Harmless).await;
    if let Some(shot) = scene.with_credential(door, Shot::new(Method::TRACE, &door.path)) {
        attack.send("405", &shot, Want::Harmless).await;
    }
    if door.takes_body()
        && let Some(shot) = scene
            .with_credential(door, Shot::new(door.method.clone(), &door.path).body("application/json", "{"))
    {
        attack.send("malformed body", &shot, Want::Harmless).await;
    }
}

/// What a known caller is told must not be found in a cache by another.
async fn served(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A070", "what is told to a known caller is kept by no shared cache");
    let Some(shot) = scene.with_credential(door, scene.knock(door)) else {
        return attack.lacks("no credential is given");
    };
    if door.method != Method::GET {
        return;
    }
    let Some(answer) = attack.send("an answer to a known caller", &shot, Want::Harmless).await else {
        return;
    };
    let control = answer.header("cache-control").unwrap_or_default().to_ascii_lowercase();
    let kept = ["no-store", "private", "no-cache"].iter().any(|word| control.contains(word));
    let problem =
        if kept || !answer.is_success() { String::new() } else { format!("cache-control: {control:?}") };
    attack.note("cache", &shot, &answer, "`no-store`, `no-cache` or `private`", problem);
    let sniffed = answer.header("x-content-type-options") == Some("nosniff");
    let problem = if sniffed { "" } else { "no x-content-type-options: nosniff" };
    attack.note("sniffing", &shot, &answer, "`nosniff`", problem.to_owned());
}
