//! Who may do what: over a socket.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use heartmap::{
    access::Access,
    parameters::{ParameterStore, Parameters},
    pool::Pool,
    results::Results,
    server::{Service, at_once, routes},
};
use palisade::{
    Clock,
    observe::audit::{Chain, MemoryAudit, Recorder},
};
use palisade_testing::programs::find;
use running::{Heartmap, code, header, sample};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, process::Command, sync::Arc};

fn parameters(min_genes: u64) -> Value {
    json!({
        "min_counts": 0, "min_genes": min_genes, "min_cells": 3, "top_genes": 2, "summary": "both", "keep_minutes": 60,
    })
}

#[test]
fn each_role_may_do_what_it_is_for() {
    let server = Heartmap::start(&[], &[]);
    let file = sample("hearts.h5ad");
    let check = |role: &str, expected: [u16; 6]| {
        let key = if role.is_empty() { "" } else { server.key(role) };
        let found = [
            server.analyze(key, "hearts.h5ad", &file).status,
            server.get("/results/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", key).status,
            server.get("/config", key).status,
            server.put("/config", key, &parameters(7)).status,
            server.get("/audit", key).status,
            server.get("/keys", key).status,
        ];
        assert_eq!(found, expected, "{role}");
    };
    check("", [401; 6]);
    check("VIEWER", [403, 404, 200, 403, 403, 403]);
    check("ANALYST", [201, 404, 200, 403, 403, 403]);
    check("ADMIN", [201, 404, 200, 200, 200, 200]);
    let health = server.get("/health", "");
    assert_eq!((health.status, health.body.as_str()), (200, "{\"status\":\"ok\"}"));
    assert_eq!(health.header("x-content-type-options"), "nosniff");
    assert_eq!(health.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
}

#[test]
fn a_result_is_for_its_owner_and_the_owners_tenant() {
    let server = Heartmap::start(&["--tenants", "north,south"], &[]);
    let made =
        server.analyze(server.key("NORTH_ANALYST"), "../../My hearts\u{202e}.H5AD", &sample("hearts.h5ad"));
    let figures = made.json();
    assert_eq!((made.status, &figures["cells"], &figures["genes"]), (201, &json!(60), &json!(12)));
    assert_eq!(figures["file"], "My hearts.h5ad");
    assert_eq!((&figures["encoding"], &figures["dtype"]), (&json!("csr_matrix"), &json!("float32")));
    assert!(figures["top_genes"][0]["name"].is_string());
    let path = format!("/results/{}", figures["id"].as_str().unwrap());
    assert_eq!(made.header("location"), path);

    for reader in ["NORTH_ANALYST", "NORTH_VIEWER", "NORTH_ADMIN"] {
        let read = server.get(&path, server.key(reader));
        assert_eq!((read.status, read.json()), (200, figures.clone()), "{reader}");
        assert_eq!(read.header("cache-control"), "private");
    }
    // Another tenant's result is not there, and neither is one that never was: byte by byte the same.
    let (other, never) = (
        server.get(&path, server.key("SOUTH_ADMIN")),
        server.get("/results/abcdefghijklmnopqrstuvwxyz234567", server.key("SOUTH_ADMIN")),
    );
    assert_eq!((other.status, &other.body), (404, &never.body));
    assert_eq!(never.status, 404);
    assert_eq!(server.get("/results/1%27%20or%201", server.key("SOUTH_ADMIN")).status, 404);
    assert_eq!(server.get(&path, "").status, 401);
}

#[test]
fn names_of_results_are_not_guessed() {
    let server = Heartmap::start(&[], &[]);
    let ids: BTreeSet<String> = (0..4)
        .map(|_| server.analyze(server.key("ANALYST"), "a.h5ad", &sample("hearts-dense.h5ad")))
        .map(|made| made.json()["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| id.len() == 32), "{ids:?}");
}

#[test]
fn what_is_no_h5ad_file_is_refused_with_the_reason() {
    let server = Heartmap::start(&["--tenants", "a,b", "--max-file-mib", "1"], &[]);
    let good = sample("hearts.h5ad");
    let key = server.key("A_ANALYST");
    let check = |name: &str, file: &[u8], expected: (u16, &str)| {
        let found = server.analyze(key, name, file);
        assert_eq!((found.status, code(&found).as_str()), expected, "{name}: {}", found.body);
        assert!(!found.body.contains("INTERNAL"), "{}", found.body);
    };
    check("hearts.csv", &good, (400, "file_extension"));
    check("hearts.h5ad.exe", &good, (400, "file_extension"));
    check("hearts", &good, (400, "file_name"));
    check("hearts.h5ad", b"not HDF5 at all", (400, "file_signature"));
    check("hearts.h5ad", &good[..8], (400, "file_damaged"));
    check("hearts.h5ad", &good[..good.len() / 2], (400, "file_damaged"));
    check("hearts.h5ad", &[&good[..8], &[0xff; 5_000]].concat(), (400, "file_damaged"));
    check("hearts.h5ad", &[&good[..], &vec![0; 1 << 20]].concat(), (413, ""));

    let key = server.key("B_ANALYST");
    let file = "form-data; name=\"file\"; filename=\"a.h5ad\"";
    let form = |parts: &[(&str, &[u8])]| {
        let found = server.form(key, parts);
        (found.status, code(&found))
    };
    assert_eq!(form(&[]), (400, "missing".to_owned()));
    assert_eq!(form(&[("form-data; name=\"file\"", b"text")]), (400, "unknown".to_owned()));
    assert_eq!(
        form(&[("form-data; name=\"other\"; filename=\"a.h5ad\"", &good)]),
        (400, "unknown".to_owned())
    );
    assert_eq!(form(&[(file, &good), (file, &good)]), (400, "too_many_parts".to_owned()));
    let json = header(key) + "Content-Type: application/json\r\n";
    assert_eq!(code(&server.send("POST /analyze", &json, b"{}")), "multipart");
    assert_eq!(server.analyze(key, "a.h5ad", &good).status, 201);
}

#[test]
fn each_caller_has_so_many_analyses() {
    let server = Heartmap::start(&[], &[]);
    let file = sample("hearts-dense.h5ad");
    let statuses: Vec<u16> =
        (0..11).map(|_| server.analyze(server.key("ANALYST"), "a.h5ad", &file).status).collect();
    assert_eq!(statuses[..10], [201; 10]);
    let refused = server.analyze(server.key("ANALYST"), "a.h5ad", &file);
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(server.analyze(server.key("ADMIN"), "a.h5ad", &file).status, 201);
}

#[test]
fn a_change_of_the_parameters_counts_from_the_next_file_on_and_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    let env = [("HEARTMAP_AUDIT_KEY", "68a1d2f0c6f1b0e8c1c9f6a0d3b2e4f5")];
    let server = Heartmap::start(&["--audit-file", path.to_str().unwrap()], &env);
    let admin = server.key("ADMIN");
    let before = server.get("/config", admin).json();
    assert_eq!((&before["revision"], &before["min_genes"]), (&json!(1), &json!(200)));
    let few = server.analyze(server.key("ANALYST"), "a.h5ad", &sample("hearts.h5ad")).json();
    assert_eq!(few["kept"]["cells"], 0);

    let changed = server.put("/config", admin, &parameters(1));
    assert_eq!((changed.status, &changed.json()["revision"]), (200, &json!(2)));
    let all = server.analyze(server.key("ANALYST"), "a.h5ad", &sample("hearts.h5ad")).json();
    assert_eq!((&all["kept"]["cells"], &all["revision"]), (&json!(60), &json!(2)));
    assert_eq!(all["top_genes"].as_array().unwrap().len(), 2);
    // The same again is no change.
    assert_eq!(server.put("/config", admin, &parameters(1)).json()["revision"], 2);

    let log = server.get("/audit?act=config.changed", admin).json();
    let events = log["events"].as_array().unwrap();
    assert_eq!(
        events.iter().map(|it| it["outcome"].as_str().unwrap()).collect::<Vec<_>>(),
        ["done", "begun"]
    );
    for event in events {
        assert_eq!(event["before"], json!({ "min_genes": 200, "top_genes": 10 }));
        assert_eq!(event["after"], json!({ "min_genes": 1, "top_genes": 2 }));
        assert!(event["actor"].as_str().unwrap().starts_with("api_key:"), "{event}");
        assert_eq!((&event["client"], &event["route"]), (&json!("127.0.0.1"), &json!("/config")));
        assert_eq!(event["request_id"], changed.header("x-request-id"));
    }
    assert_eq!(log["chain"]["holds"], true);
    let keys = ["VIEWER", "ANALYST", "ADMIN"].map(|role| server.key(role).to_owned());
    server.stop();
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("config.changed") && written.contains("analysis.done"));
    assert!(keys.iter().all(|key| !written.contains(key)));
}

#[test]
fn a322_what_is_wrong_with_parameters_is_told_at_once_and_nothing_changes() {
    let server = Heartmap::start(&[], &[]);
    let admin = server.key("ADMIN");
    let before = server.get("/config", admin).json();
    let check = |body: &Value, expected: &[(&str, &str)]| {
        let found = server.put("/config", admin, body);
        let told = found.json();
        let told = told["error"]["details"].as_array().unwrap();
        let told: Vec<_> =
            told.iter().map(|it| (it["pointer"].as_str().unwrap(), it["code"].as_str().unwrap())).collect();
        assert_eq!((found.status, told.as_slice()), (400, expected), "{body}");
    };
    let mut wrong = parameters(200_001);
    wrong["keep_minutes"] = json!(0);
    wrong["top_genes"] = json!(51);
    check(&wrong, &[("/min_genes", "range"), ("/top_genes", "range"), ("/keep_minutes", "range")]);
    let mut wrong = parameters(-1_i64 as u64);
    wrong["summary"] = json!("everything");
    wrong["threads"] = json!(64);
    wrong["max_file_mib"] = json!(4096);
    wrong["min_cells"] = json!("3");
    let told = server.put("/config", admin, &wrong);
    assert_eq!(told.status, 400);
    for place in ["/summary", "/threads", "/max_file_mib", "/min_cells"] {
        assert!(told.body.contains(place), "{place}: {}", told.body);
    }
    assert!(!told.body.contains("everything"), "{}", told.body);
    check(
        &json!({ "min_genes": 1 }),
        &[
            ("/min_counts", "missing"),
            ("/min_cells", "missing"),
            ("/top_genes", "missing"),
            ("/summary", "missing"),
            ("/keep_minutes", "missing"),
        ],
    );
    let lines = header(admin) + "Content-Type: application/json\r\n";
    for broken in ["", "[]", "{\"min_genes\":1,\"min_genes\":2}", "{", "null"] {
        assert_eq!(server.send("PUT /config", &lines, broken.as_bytes()).status, 400, "{broken}");
    }
    assert_eq!(server.send("PUT /config", &header(admin), parameters(1).to_string().as_bytes()).status, 415);
    assert_eq!(server.send("PUT /config", &lines, &vec![b' '; 5_000]).status, 413);
    assert_eq!(server.get("/config", admin).json(), before);
    assert_eq!(server.get("/audit?act=config.changed", admin).json()["events"], json!([]));
}

#[test]
fn a071_keys_of_another_tenant_are_not_there() {
    let server = Heartmap::start(&["--tenants", "north,south"], &[]);
    let north = server.get("/keys", server.key("NORTH_ADMIN")).json();
    let ids: Vec<&str> =
        north["api_keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);
    let south = server.key("SOUTH_ADMIN");
    assert_eq!(server.get(&format!("/keys/{}", ids[0]), south).status, 404);
    assert_eq!(server.send(&format!("DELETE /keys/{}", ids[0]), &header(south), b"").status, 404);
    assert_eq!(server.get(&format!("/keys/{}", ids[0]), server.key("NORTH_ADMIN")).status, 200);
}

#[test]
fn only_networks_that_are_allowed() {
    let server = Heartmap::start(&["--allow", "10.0.0.0/8"], &[]);
    let refused = server.get("/health", "");
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (403, &json!("PERMISSION_DENIED")));
    let server = Heartmap::start(&["--allow", "127.0.0.0/8"], &[("HEARTMAP_DENY", "127.0.0.2/32")]);
    assert_eq!(server.get("/health", "").status, 200);
}

#[test]
fn whoever_tries_keys_is_noticed() {
    let server = Heartmap::start(&[], &[]);
    for number in 0..12 {
        assert_eq!(server.get("/config", &format!("heartmap_live_{number}")).status, 401);
    }
    // It is written down while answers go on.
    let mut events = (0..200).map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(25));
        server.get("/audit?act=suspicion", server.key("ADMIN")).json()["events"][0].clone()
    });
    let event = events.find(|event| !event.is_null()).unwrap();
    assert_eq!(
        (&event["reason"], &event["actor"], &event["count"]),
        (&json!("junk_credentials"), &json!("127.0.0.1"), &json!(10))
    );
    assert!(server.log().contains("somebody is suspicious"), "{}", server.log());
}

#[test]
fn the_administrator_logs_in_with_the_password_of_the_environment() {
    let password = "a horse, a staple and a heart";
    let server = Heartmap::start(&[], &[("HEARTMAP_ADMIN_PASSWORD", password)]);
    let json = "Content-Type: application/json\r\n";
    let login = |password: &str| {
        let body = json!({ "username": "admin", "password": password }).to_string();
        server.send("POST /auth/login", json, body.as_bytes())
    };
    assert_eq!(login("wrong, and long enough").status, 401);
    let token = login(password).json()["token"].as_str().unwrap().to_owned();
    let lines = format!("Authorization: Bearer {token}\r\n{json}");
    let changed = server.send("PUT /config", &lines, parameters(5).to_string().as_bytes());
    assert_eq!(changed.status, 200, "{}", changed.body);
    let without = Heartmap::start(&[], &[]);
    assert_eq!(without.send("POST /auth/login", json, b"{}").status, 404);
}

#[test]
fn lines_to_paste_work() {
    if find("curl", "curl").is_none() {
        return;
    }
    let server = Heartmap::start(&[], &[]);
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("hearts.h5ad"), sample("hearts.h5ad")).unwrap();
    let exports: String =
        ["VIEWER", "ANALYST", "ADMIN"].map(|role| format!("{role}={}\n", server.key(role))).concat();
    let lines = server.greeting().lines().filter(|line| line.trim_start().starts_with("curl "));
    let lines: Vec<String> = lines
        .map(|line| {
            line.trim()
                .replace("examples/heartmap/samples/", "")
                .replace("curl -s ", "curl -sS -w '%{stderr}%{http_code}\\n' ")
        })
        .collect();
    assert_eq!(lines.len(), 7, "{lines:?}");
    let script = exports + &lines.join("\n");
    let ran = Command::new("sh").arg("-c").arg(script).current_dir(home.path()).output().unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    let statuses: Vec<&str> = told.lines().collect();
    assert_eq!(statuses, ["200", "201", "200", "200", "200", "200", "201"], "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stdout).contains("\"name\":\"ACTC1\""), "{ran:?}");
}

#[tokio::test]
async fn the_lock_of_its_routes() {
    let recorder = Recorder::builder(MemoryAudit::new(Chain::plain(), 10)).build().unwrap();
    let clock = Clock::system();
    let access = Access::new(None, &recorder, &clock).await.unwrap();
    let service = Service {
        parameters: ParameterStore::new(Parameters::default(), recorder.clone()),
        pool: Pool::new(1, clock),
        results: Results::default(),
        recorder,
        max_file: 64 << 20,
        at_once: at_once().unwrap(),
    };
    let document = palisade::ApiDocument::new("Heartmap", "0");
    palisade_routes::assert_lock!(routes(&Arc::new(service), &access, &document), "security.lock");
}
