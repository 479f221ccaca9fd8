//! Signed tokens: the key says the algorithm, and every claim must be right.

use crate::{
    attacks::{
        door::Door,
        judge::Want,
        scene::{Attack, Scene},
    },
    fake_issuer::{FakeIssuer, FakeToken, sealed},
};
use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

const GROUP: &str = "tokens";
const UNKNOWN: Want = Want::Refused(&[401]);

pub(crate) async fn play(scene: &Scene) {
    let Some(token) = scene.settings.issuer.clone() else {
        let attack = scene.attack(GROUP, "A084", "tokens that nobody signed");
        return attack.lacks("no issuer is given: `.issuer(token)` with a `FakeIssuer`");
    };
    for door in scene.guarded() {
        let trial = Trial { scene, door, token: token.clone().at(scene.now()) };
        trial.unsigned().await;
        trial.confused().await;
        trial.strangers_keys().await;
        trial.forms().await;
        trial.dates().await;
        trial.names().await;
        trial.bits().await;
    }
}

struct Trial<'s> {
    scene: &'s Scene,
    door: &'s Door,
    token: FakeToken,
}

impl<'s> Trial<'s> {
    fn attack(&self, id: &'static str, title: &'static str) -> Attack<'s> {
        self.scene.attack(GROUP, id, title)
    }

    async fn refused(&self, attack: &Attack<'s>, input: &str, token: &str) {
        attack.send(input, &self.scene.knock(self.door).bearer(token), UNKNOWN).await;
    }

    /// Refused, and nobody can tell it from any other that has the shape of a signed token and whose time is not over.
    async fn same(&self, attack: &Attack<'s>, input: &str, token: &str) {
        let shot = self.scene.knock(self.door).bearer(token);
        if let Some(answer) = attack.send(input, &shot, UNKNOWN).await {
            attack.alike(&format!("bad signed token, {}", self.door.name()), input, &shot, &answer);
        }
    }

    fn with_header(&self, header: &Value) -> String {
        sealed(&header.to_string(), &self.token.payload(), |it| self.token.issuer().sign(it))
    }

    async fn unsigned(&self) {
        let attack = self.attack("A084", "`alg` that asks for no signature");
        for alg in ["none", "None", "NONE", "nOnE", "none "] {
            let header = json!({ "alg": alg, "typ": "at+jwt" }).to_string();
            let empty = sealed(&header, &self.token.payload(), |_| Vec::new());
            self.same(&attack, &format!("{alg:?}, no signature"), &empty).await;
            let two = empty.trim_end_matches('.');
            self.refused(&attack, &format!("{alg:?}, two parts"), two).await;
            let junk = sealed(&header, &self.token.payload(), |_| vec![1; 64]);
            self.same(&attack, &format!("{alg:?}, any signature"), &junk).await;
        }
        let kept = self.attack("A128", "a good token with its signature or a bit of it changed");
        let good = self.token.sign();
        let cut = good.rsplit_once('.').map(|(kept, _)| format!("{kept}.")).unwrap_or_default();
        self.same(&kept, "signature cut off", &cut).await;
        let attack = self.attack("A085", "`alg` missing, of another type, or unknown");
        for (input, alg) in [
            ("empty", json!("")),
            ("null", Value::Null),
            ("number", json!(0)),
            ("list", json!(["ES256"])),
            ("HS1", json!("HS1")),
            ("lower case", json!("es256")),
            ("unknown", json!("XS256")),
        ] {
            let header = json!({ "alg": alg, "typ": "at+jwt", "kid": "throwaway-1" });
            self.same(&attack, input, &self.with_header(&header)).await;
        }
        self.same(&attack, "missing", &self.with_header(&json!({ "typ": "at+jwt" }))).await;
    }

    /// The algorithm comes from the key, never from the token.
    async fn confused(&self) {
        let attack = self.attack("A086", "HMAC keyed with the issuer's public key");
        for (input, secret) in self.token.issuer().public_forms() {
            for alg in ["HS256", "HS384", "HS512"] {
                let of = match alg {
                    "HS256" => hmac::HMAC_SHA256,
                    "HS384" => hmac::HMAC_SHA384,
                    _ => hmac::HMAC_SHA512,
                };
                let header = json!({ "alg": alg, "typ": "at+jwt" }).to_string();
                let mac = |it: &[u8]| hmac::sign(&hmac::Key::new(of, &secret), it).as_ref().to_vec();
                let token = sealed(&header, &self.token.payload(), mac);
                self.same(&attack, &format!("{alg} by {input}"), &token).await;
            }
        }
        let attack = self.attack("A090", "an algorithm that is not the key's");
        for alg in
            ["ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA", "HS256", "ECDH-ES", "dir", "A128KW"]
        {
            let token = self.token.clone().header("alg", alg).sign();
            self.same(&attack, alg, &token).await;
        }
        let attack = self.attack("A091", "signatures that a careless check takes");
        for (input, signature) in [
            ("zeroes", vec![0; 64]),
            ("ones", vec![0xff; 64]),
            ("r of zero", [vec![0; 32], vec![1; 32]].concat()),
            ("s of zero", [vec![1; 32], vec![0; 32]].concat()),
            ("order", [ORDER, ORDER].concat()),
        ] {
            let header = Value::Object(self.token.header.clone()).to_string();
            let token = sealed(&header, &self.token.payload(), |_| signature.clone());
            self.same(&attack, input, &token).await;
        }
        let attack = self.attack("A092", "signatures of another length");
        for length in [0, 1, 32, 63, 65, 70, 128] {
            let header = Value::Object(self.token.header.clone()).to_string();
            let sign = |it: &[u8]| {
                let mut signature = self.token.issuer().sign(it);
                signature.resize(length, 0);
                signature
            };
            self.same(&attack, &format!("{length} bytes"), &sealed(&header, &self.token.payload(), sign))
                .await;
        }
    }

    async fn strangers_keys(&self) {
        let thief = FakeIssuer::new(self.token.issuer().name());
        let attack = self.attack("A094", "a stranger's key in the header, or behind a link in it");
        let jwk = thief.jwk();
        let certificate = json!([data_encoding::BASE64.encode(b"no certificate")]);
        for (input, name, value) in [
            ("jwk", "jwk", jwk),
            ("jku", "jku", json!("https://evil.example/jwks.json")),
            ("x5u", "x5u", json!("https://evil.example/cert.pem")),
            ("x5c", "x5c", certificate),
            ("x5t", "x5t", json!("AAAA")),
            ("same key id", "kid", json!("throwaway-1")),
            ("own key id", "kid", json!("evil")),
        ] {
            let token = self.token.clone().header(name, value).sign_by(&thief);
            self.same(&attack, input, &token).await;
        }
        let attack = self.attack("A097", "key ids that are meant for files, databases and shells");
        let long = "k".repeat(4_000);
        let kids = [
            ("traversal", json!("../../../../dev/null")),
            ("quote", json!("' UNION SELECT 'k'--")),
            ("pipe", json!("|id")),
            ("NUL", json!("a\0b")),
            ("line end", json!("a\nINFO b")),
            ("long", json!(long)),
            ("empty", json!("")),
            ("number", json!(1)),
            ("list", json!(["throwaway-1"])),
            ("object", json!({ "a": 1 })),
            ("URL", json!("https://evil.example/key")),
        ];
        for (input, kid) in kids {
            self.same(&attack, input, &self.token.clone().header("kid", kid).sign_by(&thief)).await;
        }
        let attack = self.attack("A101", "extensions that must be understood");
        for (input, crit) in [
            ("known claim", json!(["exp"])),
            ("unknown", json!(["x"])),
            ("empty", json!([])),
            ("text", json!("x")),
            ("b64", json!(["b64"])),
        ] {
            self.same(&attack, input, &self.token.clone().header("crit", crit).sign()).await;
        }
        let zip = self.attack("A104", "compressed payload");
        self.refused(&zip, "zip", &self.token.clone().header("zip", "DEF").sign()).await;
        let derived = self.attack("A105", "work that the token asks for");
        let token = self.token.clone().header("alg", "PBES2-HS256+A128KW").header("p2c", 2_147_483_647);
        self.refused(&derived, "PBES2", &token.sign()).await;
    }

    async fn forms(&self) {
        let good = self.token.sign();
        let attack = self.attack("A103", "encrypted and nested tokens");
        for (input, token) in [
            ("five parts", format!("{good}.AAAA.AAAA")),
            ("four parts", format!("{good}.AAAA")),
            ("two parts", good.rsplit_once('.').map(|it| it.0.to_owned()).unwrap_or_default()),
            ("nested", self.token.clone().header("cty", "JWT").header("alg", "dir").sign()),
        ] {
            self.refused(&attack, input, &token).await;
        }
        let attack = self.attack("A108", "header or payload in another coding");
        let header = Value::Object(self.token.header.clone()).to_string();
        let sign = |header: &str, payload: &str| sealed(header, payload, |it| self.token.issuer().sign(it));
        self.refused(
            &attack,
            "BOM before the payload",
            &sign(&header, &format!("\u{feff}{}", self.token.payload())),
        )
        .await;
        self.refused(
            &attack,
            "BOM before the header",
            &sign(&format!("\u{feff}{header}"), &self.token.payload()),
        )
        .await;
        let attack = self.attack("A109", "members that stand twice");
        let payload = self.token.payload();
        let inside = payload.trim_start_matches('{').trim_end_matches('}');
        for (input, payload) in [
            ("sub twice", format!("{{{inside},\"sub\":\"admin\"}}")),
            ("sub twice, escaped", format!("{{{inside},\"s\\u0075b\":\"admin\"}}")),
            ("sub before", format!("{{\"sub\":\"admin\",{inside}}}")),
            ("exp twice", format!("{{{inside},\"exp\":4000000000}}")),
            ("aud twice", format!("{{\"aud\":\"x\",{inside}}}")),
        ] {
            self.same(&attack, input, &sign(&header, &payload)).await;
        }
        let twice = format!("{{\"alg\":\"none\",{}", header.trim_start_matches('{'));
        self.same(&attack, "alg twice", &sign(&twice, &payload)).await;
        let attack = self.attack("A111", "payload that is no object");
        for payload in ["[]", "\"x\"", "null", "1", "", "{", "{}{}"] {
            self.same(&attack, payload, &sign(&header, payload)).await;
        }
        let attack = self.attack("A113", "very long tokens");
        for (input, token) in
            [("dots", ".".repeat(8_000)), ("a part of 8 KB", format!("{good}{}", "A".repeat(8_000)))]
        {
            self.refused(&attack, input, &token).await;
        }
        let attack = self.attack("A034", "characters beside the alphabet");
        let (head, rest) = good.split_at(10);
        for (input, token) in [
            ("padding", format!("{good}=")),
            ("line end encoded", format!("{good}%0a")),
            ("comma", format!("{good},{good}")),
            ("plus", format!("{head}+{rest}")),
            ("slash", format!("{head}/{rest}")),
        ] {
            self.refused(&attack, input, &token).await;
        }
    }

    async fn dates(&self) {
        let now = self.token.issued();
        let day = 86_400;
        let attack = self.attack("A114", "dates of another type");
        for name in ["exp", "nbf", "iat"] {
            for (input, value) in [
                ("text", json!(format!("{}", now + 60))),
                ("true", json!(true)),
                ("null", Value::Null),
                ("object", json!({})),
                ("list", json!([now])),
            ] {
                self.refused(
                    &attack,
                    &format!("{name} as {input}"),
                    &self.token.clone().claim(name, value).sign(),
                )
                .await;
            }
        }
        let attack = self.attack("A115", "expiry that is no date, or none");
        for (input, value) in [
            ("negative", json!(-1)),
            ("1e300", json!(1e300)),
            ("1e19", json!(1e19)),
            ("2^53 + 1", json!(9_007_199_254_740_993_u64)),
            ("2^63", json!(9_223_372_036_854_775_808_u64)),
            ("2^64 - 1", json!(u64::MAX)),
            ("milliseconds", json!((now + 600) * 1000)),
        ] {
            self.same(&attack, input, &self.token.clone().claim("exp", value).sign()).await;
        }
        self.same(&attack, "missing", &self.token.clone().without("exp").sign()).await;
        let attack = self.attack("A118", "a token whose time is over");
        for (input, ago) in [("an hour ago", 3_600), ("a year ago", 365 * day)] {
            let token = self.token.clone().claim("iat", now - ago - 60).claim("exp", now - ago);
            self.refused(&attack, input, &token.sign()).await;
        }
        self.refused(&attack, "in 1970", &self.token.clone().claim("exp", 0).sign()).await;
        let attack = self.attack("A119", "a token whose time has not come");
        self.same(&attack, "nbf in an hour", &self.token.clone().claim("nbf", now + 3_600).sign()).await;
        let late = self.token.clone().claim("iat", now + 3_600).claim("exp", now + 7_200);
        self.same(&attack, "iat in an hour", &late.sign()).await;
        let turned = self.token.clone().claim("iat", now + 30).claim("exp", now + 10);
        self.same(&attack, "iat behind exp", &turned.sign()).await;
        let attack = self.attack("A120", "a token that lives too long");
        for (input, days) in [("a month", 30), ("ten years", 3_650)] {
            let token = self.token.clone().claim("exp", now + days * day);
            self.same(&attack, input, &token.sign()).await;
        }
    }

    async fn names(&self) {
        let name = self.token.issuer().name().to_owned();
        let attack = self.attack("A121", "issuers that only look like the right one");
        for (input, value) in [
            ("another", json!("https://evil.example")),
            ("number", json!(1)),
            ("list", json!([name])),
            ("with a slash", json!(format!("{name}/"))),
            ("prefix", json!(name.get(..name.len() - 1).unwrap_or_default())),
            ("suffix", json!(format!("{name}.evil.example"))),
            ("upper case", json!(name.to_ascii_uppercase())),
            ("NUL", json!(format!("{name}\0"))),
            ("empty", json!("")),
            ("null", Value::Null),
        ] {
            self.same(&attack, input, &self.token.clone().claim("iss", value).sign()).await;
        }
        self.same(&attack, "missing", &self.token.clone().without("iss").sign()).await;
        let attack = self.attack("A122", "audiences that are none, or somebody else");
        for (input, value) in [
            ("another", json!("other")),
            ("list of another", json!(["other"])),
            ("null", Value::Null),
            ("number", json!(1)),
            ("object", json!({})),
            ("empty list", json!([])),
            ("list of a number", json!([1])),
            ("empty", json!("")),
            ("star", json!("*")),
        ] {
            self.same(&attack, input, &self.token.clone().claim("aud", value).sign()).await;
        }
        self.same(&attack, "missing", &self.token.clone().without("aud").sign()).await;
        let attack = self.attack("A125", "tokens made for something else");
        for kind in ["logout+jwt", "secevent+jwt", "dpop+jwt", "refresh+jwt", "id_token"] {
            self.same(&attack, kind, &self.token.clone().header("typ", kind).sign()).await;
        }
        let attack = self.attack("A126", "scopes of another type");
        for (input, value) in [("number", json!(1)), ("object", json!({})), ("true", json!(true))] {
            self.same(&attack, input, &self.token.clone().claim("scope", value).sign()).await;
        }
        let attack = self.attack("A127", "subjects that name nobody");
        let long = "s".repeat(4_096);
        for (input, value) in [
            ("empty", json!("")),
            ("number", json!(1)),
            ("long", json!(long)),
            ("control character", json!("a\u{1}b")),
            ("list", json!(["ada"])),
        ] {
            self.same(&attack, input, &self.token.clone().claim("sub", value).sign()).await;
        }
        self.same(&attack, "missing", &self.token.clone().without("sub").sign()).await;
    }

    /// One bit in each of a hundred places.
    async fn bits(&self) {
        let attack = self.attack("A128", "a good token with its signature or a bit of it changed");
        let good = self.token.sign();
        let parts: Vec<Vec<u8>> =
            good.split('.').filter_map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).ok()).collect();
        for (part, name) in ["header", "payload", "signature"].into_iter().enumerate() {
            let length = parts.get(part).map_or(0, Vec::len);
            for at in (0..length).step_by((length / 8).max(1)) {
                let mut changed = parts.clone();
                if let Some(byte) = changed.get_mut(part).and_then(|bytes| bytes.get_mut(at)) {
                    *byte ^= 1;
                }
                let token: Vec<_> = changed.iter().map(|bytes| BASE64URL_NOPAD.encode(bytes)).collect();
                self.refused(
                    &attack,
                    &format!("{name}, part {} of 8", at / (length / 8).max(1) + 1),
                    &token.join("."),
                )
                .await;
            }
        }
    }
}

/// The order of P-256: no r and no s may be it.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
