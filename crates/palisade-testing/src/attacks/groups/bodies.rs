//! Bodies: nothing is read for a stranger, nothing beyond the limit for anybody, and one text has one meaning.

use crate::attacks::{
    door::Door,
    judge::Want,
    scene::{Attack, Scene},
    shot::Shot,
};
use serde_json::Value;
use std::sync::atomic::Ordering::SeqCst;

const GROUP: &str = "bodies";
const INVALID: Want = Want::Invalid(&[400, 413, 415, 422]);
/// A limit beyond this is not tried, so that a test stays small.
const LARGEST: usize = 32 << 20;
/// So much more may be read and thrown away, so that a client that only sends can read the refusal.
const REST: usize = 17 << 20;

pub(crate) async fn play(scene: &Scene) {
    let unread = scene.attack(GROUP, "A044", "a body is not read for somebody who is refused");
    let large = scene.attack(GROUP, "A275", "body over the limit, announced and not");
    let strict = scene.attack(GROUP, "A172", "JSON that two parties read in two ways, or that is none");
    let mut any = false;
    for door in scene.guarded().filter(|door| door.takes_body()) {
        any = true;
        not_for_strangers(scene, &unread, door).await;
        over(scene, &large, door).await;
    }
    let known = scene.settings.bodies.clone();
    for (method, template, value) in &known {
        let door = scene.doors.iter().find(|door| door.method == *method && door.template == *template);
        match door {
            Some(door) => json(scene, &strict, door, value).await,
            None => strict.lacks(&format!("no route {method} {template} is declared")),
        }
    }
    if known.is_empty() {
        strict.lacks("no body that is taken is given: `.json(method, template, value)`");
    }
    if !any {
        for attack in [&unread, &large] {
            attack.lacks("no guarded route takes a body");
        }
    }
}

async fn not_for_strangers(scene: &Scene, attack: &Attack<'_>, door: &Door) {
    let base = || Shot::new(door.method.clone(), &door.path).line("content-type", "application/json");
    for (input, shot) in [("no credential", base()), ("bad credential", base().bearer("garbage"))] {
        let (shot, read) = shot.stream(1 << 20);
        // Too large and unknown are both true; which is said first is not told apart here.
        let Some(answer) = attack.send(input, &shot, Want::Refused(&[401])).await else { continue };
        let read = read.load(SeqCst);
        let problem = if read == 0 { String::new() } else { format!("{read} bytes of the body were read") };
        attack.note(input, &shot, &answer, "nothing of the body is read", problem);
    }
    let announced = base().line("content-length", "1073741824").line("expect", "100-continue");
    attack.send("1 GB announced", &announced, Want::Refused(&[401, 413])).await;
    let _ = scene;
}

async fn over(scene: &Scene, attack: &Attack<'_>, door: &Door) {
    let Some(limit) = door.body_limit.filter(|limit| *limit <= LARGEST) else {
        let shot = scene.knock(door);
        if door.body_limit == Some(usize::MAX)
            && let Some(answer) = scene.send(&shot).await
        {
            let problem = "the route declares none".to_owned();
            attack.note("a limit at all", &shot, &answer, "a body limit", problem);
        }
        return attack.lacks(&format!("{}: no body limit of 32 MiB or less is stated", door.name()));
    };
    let base = || Shot::new(door.method.clone(), &door.path).line("content-type", "application/json");
    let Some(shot) = scene.with_credential(door, base()) else {
        return attack.lacks("no credential is given for it");
    };
    let whole = shot.clone().body("", vec![b' '; limit + 4096]);
    attack.send("announced", &whole, Want::Invalid(&[413])).await;
    let (streamed, read) = shot.stream(limit + 3 * REST);
    let Some(answer) =
        attack.send("not announced", &streamed, Want::Invalid(&[400, 404, 411, 413, 415, 422])).await
    else {
        return;
    };
    let read = usize::try_from(read.load(SeqCst)).unwrap_or(usize::MAX);
    let most = limit + REST;
    let problem = if read <= most { String::new() } else { format!("{read} bytes of the body were read") };
    attack.note("not announced", &streamed, &answer, "reading stops soon after the limit", problem);
}

async fn json(scene: &Scene, attack: &Attack<'_>, door: &Door, value: &Value) {
    let path = || Shot::new(door.method.clone(), &door.path);
    let dressed = |shot: Shot| {
        if door.is_guarded() { scene.with_credential(door, shot) } else { Some(shot) }
    };
    let text = value.to_string();
    let Some(control) = dressed(path().body("application/json", text.clone())) else {
        return attack.lacks("no credential is given for it");
    };
    attack.send("control: the body as given", &control, Want::Served).await;
    let inside = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default();
    let name = value.as_object().and_then(|members| members.keys().next().cloned()).unwrap_or_default();
    let escaped: String = name.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let depth = 20_000;
    let with = |value: &str| format!("{{\"{name}\":{value}}}");
    let texts: Vec<(&str, Vec<u8>)> = vec![
        ("duplicate member", format!("{{{inside},{inside}}}").into()),
        ("duplicate member, escaped", format!("{{{inside},\"{escaped}\":0}}").into()),
        ("unknown member", format!("{{{inside},\"is_admin\":true}}").into()),
        ("member in another case", format!("{{{inside},\"{}\":0}}", name.to_ascii_uppercase()).into()),
        ("prototype", format!("{{{inside},\"__proto__\":{{\"admin\":true}}}}").into()),
        ("byte order mark", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("invalid UTF-8", [b"{\"\xff\":0}".as_slice(), b""].concat()),
        ("trailing data", format!("{text} {text}").into()),
        ("trailing comma", format!("{{{inside},}}").into()),
        ("comment", format!("/* */{text}").into()),
        ("single quotes", text.replace('"', "'").into()),
        ("array", format!("[{text}]").into()),
        ("string", value.to_string().replace(['{', '}'], "\"").into()),
        ("null", b"null".to_vec()),
        ("number", b"1".to_vec()),
        ("empty", Vec::new()),
        ("cut off", text.as_bytes().get(..text.len() / 2).unwrap_or_default().to_vec()),
        ("deep arrays", with(&("[".repeat(depth) + &"]".repeat(depth))).into()),
        ("deep objects", ("{\"a\":".repeat(depth) + "0" + &"}".repeat(depth)).into()),
        ("NaN", with("NaN").into()),
        ("number of no end", with("1e400").into()),
        ("null member", with("null").into()),
        ("object for a value", with("{\"$gt\":\"\"}").into()),
        ("lone surrogate", with("\"\\ud800\"").into()),
        ("raw control character", with("\"\u{1}\"").into()),
    ];
    for (input, bytes) in texts {
        if let Some(shot) = dressed(path().body("application/json", bytes)) {
            attack.send(input, &shot, INVALID).await;
        }
    }
    for kind in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        "application/xml",
        "text/json",
    ] {
        if let Some(shot) = dressed(path().body(kind, text.clone())) {
            attack.send(&format!("content type {kind:?}"), &shot, INVALID).await;
        }
    }
}
