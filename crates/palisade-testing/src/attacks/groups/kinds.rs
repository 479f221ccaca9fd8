//! Credentials of other kinds than the one that is good: nothing that nobody checks stands for a caller.

use crate::attacks::{door::Door, judge::Want, scene::Scene};

const GROUP: &str = "kinds";
const UNKNOWN: Want = Want::Refused(&[401]);
const UNREADABLE: Want = Want::Refused(&[400, 401, 431]);

pub(crate) async fn play(scene: &Scene) {
    for door in scene.guarded() {
        users(scene, door).await;
        certificates(scene, door).await;
        passwords(scene, door).await;
        signatures(scene, door).await;
    }
    if scene.guarded().next().is_none() {
        scene.attack(GROUP, "A252", "a signature over nothing").lacks("no route is guarded");
    }
}

async fn users(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A194", "forwarded users that can be read in two ways");
    let twice = scene.knock(door).line("x-forwarded-user", "nobody").line("x-forwarded-user", "admin");
    attack.send("two lines", &twice, UNKNOWN).await;
    let long = "a".repeat(1_024);
    for (input, value) in [
        ("list", "nobody, admin"),
        ("empty", ""),
        ("not ASCII", "adm\u{ed}n"),
        ("1 KB", long.as_str()),
        ("JSON", r#"{"user":"admin"}"#),
    ] {
        attack.send(input, &scene.knock(door).line("x-forwarded-user", value), UNREADABLE).await;
    }
    let dropped = scene.attack(GROUP, "A196", "headers named as those of one connection");
    for list in ["close, X-Forwarded-User, X-Forwarded-For", "close, Authorization", "X-Forwarded-User"] {
        let shot = scene.knock(door).line("connection", list).line("x-forwarded-user", "admin");
        dropped.send(list, &shot, UNREADABLE).await;
    }
}

async fn certificates(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A245", "forwarded certificates of several elements");
    for value in [
        r#"Hash=00;Subject="CN=nobody",Hash=11;Subject="CN=admin""#,
        r#"Hash=00;Subject="CN=nobody\";Subject=\"CN=admin""#,
        r#"Hash=00;Subject="CN=a;b,CN=admin";URI=spiffe://cluster/ns/default/sa/admin"#,
        r#"By=spiffe://us;Hash=;Subject="#,
    ] {
        attack.send(value, &scene.knock(door).line("x-forwarded-client-cert", value), UNKNOWN).await;
    }
}

async fn passwords(scene: &Scene, door: &Door) {
    let with = |value: &str| scene.knock(door).line("authorization", value);
    let colons = scene.attack(GROUP, "A237", "a password with a colon");
    colons.send("user:pa:ss", &with("Basic dXNlcjpwYTpzcw=="), UNKNOWN).await;
    let garbage = scene.attack(GROUP, "A238", "passwords that are none");
    for (input, value) in [
        ("no colon", "Basic dXNlcg=="),
        ("no user", "Basic OnBhc3M="),
        ("neither", "Basic Og=="),
        ("no padding", "Basic dXNlcjpwYXNzMQ"),
        ("other alphabet", "Basic dXNlcjp-fn5-"),
        ("not base64", "Basic !!!!"),
        ("not UTF-8", "Basic dXNlcjr//g=="),
        ("NUL", "Basic dXNlcjoAcGFzcw=="),
        ("nothing", "Basic"),
    ] {
        garbage.send(input, &with(value), UNREADABLE).await;
    }
    let users = scene.attack(GROUP, "A239", "a user that is there, and one that is not");
    for (input, value) in [("admin", "Basic YWRtaW46d3Jvbmc="), ("nobody", "Basic bm9ib2R5Ondyb25n")] {
        let shot = with(value);
        if let Some(answer) = users.send(input, &shot, UNKNOWN).await {
            users.alike("the user", input, &shot, &answer);
        }
    }
}

async fn signatures(scene: &Scene, door: &Door) {
    let signed = |input: &str, signature: &str| {
        scene.knock(door).line("signature-input", input).line("signature", signature)
    };
    const SIGNATURE: &str = "sig1=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";
    for (id, title, inputs) in [
        ("A252", "a signature over nothing", &["sig1=()", r#"sig1=();keyid="k""#][..]),
        (
            "A253",
            "a signature that leaves out what matters",
            &[
                r#"sig1=("@authority" "@path");created=1;keyid="k""#,
                r#"sig1=("@method" "@path");created=1;keyid="k""#,
                r#"sig1=("@method" "@authority");created=1;keyid="k""#,
            ],
        ),
        (
            "A255",
            "a signature of another time",
            &[
                r#"sig1=("@method" "@target-uri");keyid="k""#,
                r#"sig1=("@method" "@target-uri");created=1;keyid="k""#,
                r#"sig1=("@method" "@target-uri");created=99999999999;keyid="k""#,
                r#"sig1=("@method" "@target-uri");created=9;expires=1;keyid="k""#,
            ],
        ),
        (
            "A257",
            "a signature that names its algorithm",
            &[
                r#"sig1=("@method" "@target-uri");alg="hmac-sha256";keyid="k""#,
                r#"sig1=("@method" "@target-uri");alg="none";keyid="k""#,
            ],
        ),
        (
            "A259",
            "components twice, and ones that nobody knows",
            &[
                r#"sig1=("@method" "@method" "@target-uri");keyid="k""#,
                r#"sig1=("@method" "date";sf;bs;tr "@target-uri";req);keyid="k""#,
                r#"sig1=("@status" "@method");keyid="k""#,
            ],
        ),
        (
            "A263",
            "keys of others",
            &[
                r#"sig1=("@method" "@target-uri");keyid="../other/k""#,
                r#"sig1=("@method" "@target-uri");keyid="tenant-2:k""#,
            ],
        ),
    ] {
        let attack = scene.attack(GROUP, id, title);
        for input in inputs {
            let shot = signed(input, SIGNATURE);
            if let Some(answer) = attack.send(input, &shot, UNKNOWN).await {
                attack.alike("the signature", input, &shot, &answer);
            }
        }
    }
    let good = r#"sig1=("@method" "@target-uri" "x-covered");created=1;keyid="k""#;
    let labels = scene.attack(GROUP, "A258", "labels that do not match");
    labels.send("no input", &scene.knock(door).line("signature", SIGNATURE), UNKNOWN).await;
    labels.send("no signature", &scene.knock(door).line("signature-input", good), UNKNOWN).await;
    labels.send("another label", &signed(good, "sig2=:AAAA:"), UNKNOWN).await;
    labels
        .send(
            "two labels",
            &signed(&format!("{good}, sig2=()"), &format!("{SIGNATURE}, sig2=:AAAA:")),
            UNKNOWN,
        )
        .await;
    let changed = scene.attack(GROUP, "A260", "covered lines that changed");
    let shot = signed(good, SIGNATURE).line("x-covered", "a").line("x-covered", "b");
    changed.send("two lines", &shot, UNKNOWN).await;
    let again = scene.attack(GROUP, "A256", "a signature that was seen before");
    for turn in ["first", "again"] {
        again.send(turn, &signed(good, SIGNATURE).line("x-covered", "a"), UNKNOWN).await;
    }
    let large = scene.attack(GROUP, "A262", "signatures without end");
    let components = format!("sig1=({})", r#""x-a" "#.repeat(1_000));
    let labels = (0..100).map(|n| format!("sig{n}=()")).collect::<Vec<_>>().join(", ");
    for (input, value) in
        [("1,000 components", components), ("100 labels", labels), ("64 KB", "a".repeat(65_536))]
    {
        large.send(input, &signed(&value, SIGNATURE), UNREADABLE).await;
    }
}
