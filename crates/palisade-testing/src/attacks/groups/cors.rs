//! Browsers: an origin is let in by its whole name, and by nothing that looks like it.

use crate::attacks::{
    answer::Answer,
    door::Door,
    judge::Want,
    scene::{Attack, Scene},
    shot::Shot,
};
use http::Method;

const GROUP: &str = "cors";
const ALLOW: &str = "access-control-allow-origin";
const CREDENTIALS: &str = "access-control-allow-credentials";

pub(crate) async fn play(scene: &Scene) {
    let foreign = scene.attack(GROUP, "A332", "origins that are not allowed, or only look as if");
    let wildcard = scene.attack(GROUP, "A333", "any origin together with credentials");
    let known = scene.settings.origin.clone();
    for door in scene.guarded() {
        for origin in strangers(known.as_deref()) {
            for (kind, shot) in [("request", scene.knock(door)), ("preflight", preflight(door))] {
                let shot = shot.line("origin", &origin);
                let input = format!("{kind} of {origin}");
                let Some(answer) = foreign.send(&input, &shot, Want::NotReached).await else { continue };
                let allowed = answer.header(ALLOW);
                let open = allowed == Some("*") && answer.header(CREDENTIALS).is_none() && known.is_none();
                let problem = match allowed {
                    Some(allowed) if !open => format!("{ALLOW}: {allowed}"),
                    _ => String::new(),
                };
                foreign.note(&input, &shot, &answer, "no word that lets this origin in", problem);
                let both = allowed == Some("*") && answer.header(CREDENTIALS).is_some();
                let problem = if both { "`*` together with credentials" } else { "" };
                wildcard.note(kind, &shot, &answer, "never both", problem.to_owned());
            }
        }
        match &known {
            Some(origin) => allowed(scene, door, origin).await,
            None => {
                for (id, title) in [PREFLIGHT, READABLE] {
                    scene.attack(GROUP, id, title).lacks("no origin is allowed: `.origin(…)`");
                }
            }
        }
    }
}

const PREFLIGHT: (&str, &str) = ("A329", "a preflight needs no credential and reaches no handler");
const READABLE: (&str, &str) = ("A331", "a browser can read a refusal");

fn preflight(door: &Door) -> Shot {
    let shot = Shot::new(Method::OPTIONS, &door.path);
    shot.line("access-control-request-method", door.method.as_str())
        .line("access-control-request-headers", "authorization")
}

fn strangers(known: Option<&str>) -> Vec<String> {
    let mut origins: Vec<String> =
        ["null", "https://evil.example", "http://localhost", "file://", "*", ""].map(str::to_owned).into();
    if let Some(known) = known {
        let (scheme, host) = known.split_once("://").unwrap_or(("https", known));
        origins.extend([
            format!("{known}.evil.example"),
            format!("{scheme}://evil-{host}"),
            format!("{scheme}://evil.example/{host}"),
            format!("{scheme}://{host}@evil.example"),
            format!("{scheme}://sub.{host}"),
            format!("{scheme}://{}", host.to_ascii_uppercase()),
            format!("{known}:8443"),
            format!("{known}/"),
            format!("{known} "),
            format!("{known}, https://evil.example"),
            format!("{}://{host}", if scheme == "https" { "http" } else { "https" }),
            known.replace('.', "x"),
        ]);
        // The field's white space is no part of it.
        origins.retain(|origin| origin.trim() != known);
    }
    origins
}

async fn allowed(scene: &Scene, door: &Door, origin: &str) {
    let attack = |(id, title): (&'static str, &'static str)| scene.attack(GROUP, id, title);
    let named = |attack: &Attack<'_>, input: &str, shot: &Shot, answer: &Answer| {
        let found = answer.header(ALLOW);
        let problem = if found == Some(origin) || found == Some("*") {
            String::new()
        } else {
            format!("{ALLOW} is {found:?}")
        };
        attack.note(input, shot, answer, "the origin is let in", problem);
    };
    let (first, second) = (attack(PREFLIGHT), attack(READABLE));
    let shot = preflight(door).line("origin", origin);
    if let Some(answer) = first.send("preflight", &shot, Want::NotReached).await {
        named(&first, "preflight", &shot, &answer);
        let problem = if answer.is_success() { String::new() } else { format!("status {}", answer.status()) };
        first.note("preflight", &shot, &answer, "a success", problem);
    }
    let shot = scene.knock(door).line("origin", origin);
    if let Some(answer) = second.send("401", &shot, Want::Refused(&[401])).await {
        named(&second, "401", &shot, &answer);
    }
}
