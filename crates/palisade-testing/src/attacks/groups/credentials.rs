//! Who calls: one place, one reading, and nothing that a stranger can write stands for it.

use crate::attacks::{
    door::{Door, Lock},
    judge::Want,
    scene::{Attack, Scene},
    shot::Shot,
};

const GROUP: &str = "credentials";
const UNKNOWN: Want = Want::Refused(&[401]);
const AMBIGUOUS: Want = Want::Refused(&[400, 401]);

pub(crate) async fn play(scene: &Scene) {
    control(scene).await;
    for door in scene.guarded() {
        nothing(scene, door).await;
        markers(scene, door).await;
        garbage(scene, door).await;
        match scene.bearer() {
            Some(token) => {
                elsewhere(scene, door, &token).await;
                twice(scene, door, &token).await;
                altered(scene, door, &token).await;
                schemes(scene, door, &token).await;
            }
            None => {
                let why = "no bearer token is given: `.token(…)`";
                for (id, title) in [ELSEWHERE, TWICE, ALTERED, SCHEMES, WIDTH] {
                    scene.attack(GROUP, id, title).lacks(why);
                }
            }
        }
        weak(scene, door).await;
    }
    if scene.guarded().next().is_none() {
        scene.attack(GROUP, "A028", "no credential").lacks("no route is guarded");
    }
}

const ELSEWHERE: (&str, &str) = ("A038", "a good token in the query");
const PLACES: (&str, &str) = ("A039", "a good token in a cookie, a form or another header");
const TWICE: (&str, &str) = ("A029", "two Authorization lines");
const ALTERED: (&str, &str) = ("A047", "a token that differs in one place");
const SCHEMES: (&str, &str) = ("A031", "the scheme in any case, and no other scheme");
const WIDTH: (&str, &str) = ("A043", "look-alike characters in the token");

fn attack<'s>(scene: &'s Scene, (id, title): (&'static str, &'static str)) -> Attack<'s> {
    scene.attack(GROUP, id, title)
}

/// What is given to the kit must open something, or all refusals would prove nothing.
async fn control(scene: &Scene) {
    let attack = attack(scene, SCHEMES);
    let mut last = None;
    for door in scene.guarded() {
        let Some(shot) = scene.with_credential(door, scene.knock(door)) else { continue };
        let Some(answer) = scene.send(&shot).await else { continue };
        if answer.guarded_runs > 0 || (!scene.probe.counts() && answer.is_success()) {
            return;
        }
        last = Some((shot, answer));
    }
    if let Some((shot, answer)) = last {
        let problem = "the credential that the kit was given opens no guarded route".to_owned();
        attack.note("control", &shot, &answer, "the handler runs", problem);
    }
}

async fn nothing(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A028", "no credential");
    let shot = scene.knock(door);
    if let Some(answer) = attack.send("nothing at all", &shot, UNKNOWN).await {
        attack.alike(&format!("no credential, {}", door.name()), "nothing at all", &shot, &answer);
        let told = answer.header("www-authenticate").is_some_and(|value| value.contains("error="));
        let problem = if told { "the challenge names an error where nothing was presented" } else { "" };
        attack.note("nothing at all", &shot, &answer, "a challenge without `error` (RFC 6750 §3)", problem);
    }
}

/// Headers by which proxies and frameworks talk among themselves.
async fn markers(scene: &Scene, door: &Door) {
    let inside = scene.attack(GROUP, "A022", "internal markers sent from outside");
    for (name, value) in [
        ("x-middleware-subrequest", "middleware:middleware:middleware:middleware:middleware"),
        ("x-palisade-principal", "admin"),
        ("x-internal", "1"),
        ("x-authenticated-user", "admin"),
        ("x-user-id", "1"),
        ("x-remote-user", "admin"),
        ("x-auth-request-user", "admin"),
        ("x-goog-authenticated-user-email", "accounts.google.com:admin@example.com"),
    ] {
        inside.send(name, &scene.knock(door).line(name, value), UNKNOWN).await;
    }
    let paths = scene.attack(GROUP, "A023", "original-path headers that name an open route");
    match scene.open_path() {
        Some(open) => {
            for name in [
                "x-original-url",
                "x-rewrite-url",
                "x-original-uri",
                "x-forwarded-uri",
                "x-forwarded-path",
                "x-forwarded-prefix",
            ] {
                paths.send(name, &scene.knock(door).line(name, open), UNKNOWN).await;
            }
        }
        None => paths.lacks("no route is public"),
    }
    let users = scene.attack(GROUP, "A193", "identities as proxies forward them, from nobody's proxy");
    for name in
        ["x-forwarded-user", "x-forwarded-email", "x-forwarded-preferred-username", "x-forwarded-groups"]
    {
        users.send(name, &scene.knock(door).line(name, "admin"), UNKNOWN).await;
    }
    let spelled = scene.attack(GROUP, "A195", "forwarded identities, spelled another way");
    for name in ["x_forwarded_user", "x.forwarded.user", "X-Forwarded_User"] {
        spelled.send(name, &scene.knock(door).line(name, "admin"), UNKNOWN).await;
    }
    let certificates = scene.attack(GROUP, "A243", "client certificates as proxies forward them");
    for (name, value) in [
        ("x-ssl-client-verify", "SUCCESS"),
        ("x-client-verify", "SUCCESS"),
        ("ssl-client-cert", "-----BEGIN CERTIFICATE-----"),
        ("x-forwarded-client-cert", "Hash=00;Subject=\"CN=admin\";URI=spiffe://cluster/ns/default/sa/admin"),
        ("client-cert", ":MIIB:"),
    ] {
        certificates.send(name, &scene.knock(door).line(name, value), UNKNOWN).await;
    }
}

async fn garbage(scene: &Scene, door: &Door) {
    let with = |value: &str| scene.knock(door).line("authorization", value);
    let empty = scene.attack(GROUP, "A033", "empty credential");
    for (input, value) in [("scheme alone", "Bearer"), ("scheme and space", "Bearer "), ("empty line", "")] {
        empty.send(input, &with(value), UNKNOWN).await;
    }
    let lists = scene.attack(GROUP, "A034", "list inside one line");
    for value in ["Bearer a, Basic b", "Bearer a,b", "Bearer a b", "Bearer a;b", "Basic YTpi, Bearer a"] {
        lists.send(value, &with(value), UNKNOWN).await;
    }
    let spaces = scene.attack(GROUP, "A032", "white space inside the credential");
    for (input, value) in
        [("tab", "Bearer\ta"), ("tab behind", "Bearer a\tb"), ("no-break space", "Bearer\u{a0}a")]
    {
        spaces.send(input, &with(value), UNKNOWN).await;
    }
    let long = scene.attack(GROUP, "A036", "credential longer than 8192 bytes");
    for length in [8_193, 16_384, 65_536] {
        let want = Want::Refused(&[400, 401, 431]);
        long.send(&format!("{length} bytes"), &with(&format!("Bearer {}", "a".repeat(length))), want).await;
    }
    let causes = scene.attack(GROUP, "A269", "one answer for all causes of a refusal");
    for value in [
        "garbage",
        "====",
        "a=b",
        "a.b.c",
        "a.b",
        "null",
        "undefined",
        "0",
        "true",
        "[object Object]",
        "eyJhbGciOiJub25lIn0.e30.",
        "00000000-0000-0000-0000-000000000000",
        "' OR 1=1--",
        "${jndi:ldap://x}",
        "../../etc/passwd",
    ] {
        let shot = scene.knock(door).bearer(value);
        if let Some(answer) = causes.send(value, &shot, UNKNOWN).await {
            // Kinds of tokens are told by their shape, which whoever sends one knows.
            let shape = if value.matches('.').count() == 2 { "signed" } else { "bearer" };
            causes.alike(&format!("bad {shape} token, {}", door.name()), value, &shot, &answer);
        }
    }
}

async fn elsewhere(scene: &Scene, door: &Door, token: &str) {
    let class = format!("no credential, {}", door.name());
    let at = |query: String| {
        let mut shot = scene.knock(door);
        shot.target = format!("{}?{query}", shot.target);
        shot
    };
    let query = attack(scene, ELSEWHERE);
    for name in ["access_token", "api_key", "token", "authorization", "auth", "jwt", "key", "bearer"] {
        let shot = at(format!("{name}={token}"));
        if let Some(answer) = query.send(name, &shot, UNKNOWN).await {
            query.alike(&class, name, &shot, &answer);
        }
    }
    let places = attack(scene, PLACES);
    let lines = [
        ("cookie", format!("token={token}; access_token={token}; Authorization={token}")),
        ("cookie", format!("authorization=Bearer {token}")),
        ("proxy-authorization", format!("Bearer {token}")),
        ("x-authorization", format!("Bearer {token}")),
        ("x-auth-token", token.to_owned()),
        ("x-access-token", token.to_owned()),
        ("authentication", format!("Bearer {token}")),
        ("sec-websocket-protocol", format!("bearer, {token}")),
        ("x-forwarded-authorization", format!("Bearer {token}")),
    ];
    for (at, (name, value)) in lines.into_iter().enumerate() {
        places.send(&format!("{name} ({at})"), &scene.knock(door).line(name, value), UNKNOWN).await;
    }
    if door.takes_body() {
        let form = Shot::new(door.method.clone(), &door.path);
        let form = form.body("application/x-www-form-urlencoded", format!("access_token={token}"));
        places.send("form", &form, UNKNOWN).await;
    }
}

async fn twice(scene: &Scene, door: &Door, token: &str) {
    let good = format!("Bearer {token}");
    let two = |first: &str, second: &str| {
        scene.knock(door).line("authorization", first).line("authorization", second)
    };
    let attack = attack(scene, TWICE);
    for (input, first, second) in [
        ("good, then bad", good.as_str(), "Bearer garbage"),
        ("bad, then good", "Bearer garbage", good.as_str()),
        ("good twice", good.as_str(), good.as_str()),
        ("good, then another scheme", good.as_str(), "Basic YTpi"),
        ("another scheme, then good", "Basic YTpi", good.as_str()),
        ("good, then empty", good.as_str(), ""),
        ("empty, then good", "", good.as_str()),
    ] {
        attack.send(input, &two(first, second), AMBIGUOUS).await;
    }
    if let Some((name, key)) = &scene.settings.key {
        let keys = scene.attack(GROUP, "A041", "API key twice, or beside a bearer token");
        let shot = || scene.knock(door).line(name.as_str(), key);
        keys.send("key and token", &shot().bearer(token), AMBIGUOUS).await;
        keys.send("key and garbage token", &shot().bearer("garbage"), AMBIGUOUS).await;
    }
}

async fn altered(scene: &Scene, door: &Door, token: &str) {
    let attack = attack(scene, ALTERED);
    let flip = |at: usize| -> String {
        let other = |(i, c)| {
            if i != at {
                c
            } else if c == 'x' {
                'y'
            } else {
                'x'
            }
        };
        token.chars().enumerate().map(other).collect()
    };
    let count = token.chars().count();
    let half: String = token.chars().take(count / 2).collect();
    let other_case =
        |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    for (input, value) in [
        ("first character", flip(0)),
        ("middle character", flip(count / 2)),
        ("shorter", half),
        ("longer", format!("{token}x")),
        ("padded", format!("{token}=")),
        ("quoted", format!("\"{token}\"")),
        ("in another case", token.chars().map(other_case).collect()),
        ("reversed", token.chars().rev().collect()),
        ("twice", format!("{token}{token}")),
        ("behind a comma", format!("x,{token}")),
        ("before a comma", format!("{token},x")),
    ] {
        attack.send(input, &scene.knock(door).bearer(&value), UNKNOWN).await;
    }
    let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_graphic()).unwrap_or(c);
    let width = self::attack(scene, WIDTH);
    let full: String = token.chars().map(wide).collect();
    width.send("full width", &scene.knock(door).bearer(&full), UNKNOWN).await;
    let scheme = scene.knock(door).line("authorization", format!("Ｂｅａｒｅｒ {token}"));
    width.send("full width scheme", &scheme, UNKNOWN).await;
}

async fn schemes(scene: &Scene, door: &Door, token: &str) {
    let attack = attack(scene, SCHEMES);
    // API keys may come so, and may be what is given as the token.
    let is_key = scene.settings.key.as_ref().is_some_and(|(_, key)| key == token);
    for scheme in ["Token", "Basic", "JWT", "Digest", "ApiKey", "BearerX", "Bearer:"] {
        if is_key && scheme == "ApiKey" {
            continue;
        }
        let shot = scene.knock(door).line("authorization", format!("{scheme} {token}"));
        attack.send(&format!("as {scheme}"), &shot, UNKNOWN).await;
    }
    let bare = scene.knock(door).line("authorization", token);
    attack.send("without a scheme", &bare, UNKNOWN).await;
}

async fn weak(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A080", "somebody known without the scope");
    match &scene.settings.weak_token {
        Some(token) if door.lock == Lock::Scoped => {
            attack.send("token without scopes", &scene.knock(door).bearer(token), Want::Forbidden).await;
        }
        Some(_) => {}
        None => attack.lacks("no token without scopes is given: `.weak_token(…)`"),
    }
}
