//! Paths that two parties read in two ways.

use crate::attacks::{
    door::{Door, Lock},
    judge::Want,
    scene::Scene,
    shot::Shot,
};
use http::Method;

const GROUP: &str = "paths";
const NOWHERE: Want = Want::Refused(&[400, 401, 403, 404, 405]);

pub(crate) async fn play(scene: &Scene) {
    // Where something open answers names that nobody declared, all that counts is that no guarded handler runs.
    let open = || scene.doors.iter().filter(|door| !door.is_guarded());
    let (wide, loose) = (open().any(|door| door.is_wide), open().any(|door| door.template.contains('{')));
    let want = if loose { Want::NotReached } else { NOWHERE };
    for door in scene.guarded() {
        tricks(scene, door, want).await;
    }
    for open in scene.doors.iter().filter(|door| door.is_wide && door.lock == Lock::Public) {
        escapes(scene, open).await;
    }
    if !wide {
        scene
            .attack(GROUP, "A004", "dot segments out of an open wildcard")
            .lacks("no open route has a wildcard");
    }
    oracle(scene).await;
}

async fn tricks(scene: &Scene, door: &Door, want: Want) {
    let path = door.path.as_str();
    let (parent, leaf) = path.trim_end_matches('/').rsplit_once('/').unwrap_or(("", ""));
    if leaf.is_empty() {
        return;
    }
    let mixed: String =
        leaf.chars().enumerate().map(|(i, c)| if i % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect();
    let first = format!("%{:02x}", leaf.as_bytes().first().copied().unwrap_or(b'x'));
    let rest = leaf.get(1..).unwrap_or_default();
    let tail = path.trim_start_matches('/');
    for (id, title, targets) in [
        (
            "A001",
            "path that begins with two slashes",
            vec![format!("/{path}"), format!("//{path}"), format!("/%2f{tail}")],
        ),
        (
            "A002",
            "empty and dot segments",
            vec![
                format!("{parent}//{leaf}"),
                format!("{parent}/./{leaf}"),
                format!("{parent}/%2e/{leaf}"),
                format!("{parent}/x/../{leaf}"),
                format!("{parent}/x/%2e%2e/{leaf}"),
                format!("{parent}/.;/{leaf}"),
                format!("{parent}/{leaf}/."),
                format!("{parent}/{leaf}/x/.."),
            ],
        ),
        (
            "A005",
            "encoded slash, backslash and letters",
            vec![
                format!("{parent}/{first}{rest}"),
                format!("{path}%2f"),
                format!("{parent}%2f{leaf}"),
                format!("{parent}%2F{leaf}"),
                format!("{path}%5c"),
                format!("{parent}%5c{leaf}"),
                format!("{parent}%252f{leaf}"),
            ],
        ),
        (
            "A006",
            "something behind the path",
            vec![
                if path.ends_with('/') { path.trim_end_matches('/').to_owned() } else { format!("{path}/") },
                format!("{path}//"),
                format!("{path};"),
                format!("{path};x=1"),
                format!("{path};/"),
                format!("{path}.json"),
                format!("{path}%20"),
                format!("{path}."),
                format!("{path}%3f"),
                format!("{path}%23"),
                format!("{path}?"),
                format!("{path}?x=/../"),
            ],
        ),
        ("A007", "path in another case", vec![path.to_ascii_uppercase(), format!("{parent}/{mixed}")]),
        (
            "A009",
            "encoded NUL, line ends and U+2028 behind the path",
            vec![
                format!("{path}%00"),
                format!("{path}%0a"),
                format!("{path}%0d%0aX-Injected:y"),
                format!("{path}%e2%80%a8"),
                format!("{path}%00.json"),
                format!("{path}%c0%af"),
                format!("{path}%ff"),
                format!("{path}%"),
                format!("{path}%zz"),
            ],
        ),
        (
            "A010",
            "absolute form with a foreign authority",
            vec![format!("http://evil.example{path}"), format!("http://evil.example:80{path}")],
        ),
        (
            "A012",
            "a route's path without its prefix, or with it twice",
            vec![format!("/{leaf}"), format!("{path}{path}")],
        ),
    ] {
        let attack = scene.attack(GROUP, id, title);
        for target in targets {
            if scene.doors.iter().any(|other| other.path == target && !other.is_guarded()) {
                continue;
            }
            let input = target.replacen(tail, "{path}", 1).replacen(leaf, "{leaf}", 1);
            let mut shot = scene.knock(door);
            shot.target = target;
            attack.send(&input, &shot, want).await;
        }
    }
}

/// Out of an open wildcard and up to what is guarded.
async fn escapes(scene: &Scene, open: &Door) {
    let attack = scene.attack(GROUP, "A004", "dot segments out of an open wildcard");
    let prefix = open.template.split('{').next().unwrap_or("/");
    let depth = prefix.split('/').filter(|segment| !segment.is_empty()).count();
    for door in scene.guarded().filter(|door| door.method == Method::GET) {
        let tail = door.path.trim_start_matches('/');
        for step in
            ["../", "%2e%2e/", "..%2f", "%2e%2e%2f", ".%2e/", "%252e%252e/", "..%5c", "..;/", "....//"]
        {
            let shot = Shot::get(format!("{prefix}{}{tail}", step.repeat(depth.max(1))));
            attack.send(step, &shot, Want::NotReached).await;
        }
    }
}

/// Without a credential, whether a thing is there must not be told.
async fn oracle(scene: &Scene) {
    let attack = scene.attack(GROUP, "A270", "what exists is told from what does not, without a credential");
    let mut tried = false;
    for door in scene.guarded().filter(|door| door.template.contains('{')) {
        tried = true;
        let class = format!("one answer for every name, {}", door.name());
        let names = [
            ("as given", None),
            ("other", Some("zz9")),
            ("number", Some("0")),
            ("long", Some("a-name-that-nobody-has")),
        ];
        for (input, name) in names {
            let mut shot = scene.knock(door);
            if let Some(name) = name {
                shot.target = with_names(&door.template, name);
            }
            if let Some(answer) = attack.send(input, &shot, Want::Refused(&[401, 404])).await {
                attack.alike(&class, input, &shot, &answer);
            }
        }
    }
    if !tried {
        attack.lacks("no guarded route has a parameter");
    }
}

fn with_names(template: &str, name: &str) -> String {
    let named = |segment: &str| if segment.starts_with('{') { name.to_owned() } else { segment.to_owned() };
    template.split('/').map(named).collect::<Vec<_>>().join("/")
}
