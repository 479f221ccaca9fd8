use super::*;
use proptest::prelude::*;
use serde_json::json;

/// What a token with these claims grants: scopes, roles, tenant and plan in words.
fn check(mapping: &Mapping, claims: Value, expected: Result<&str, Unmapped>) {
    check_for(mapping, &["api"], claims, expected);
}

fn check_for(mapping: &Mapping, audiences: &[&str], claims: Value, expected: Result<&str, Unmapped>) {
    let Value::Object(members) = claims else { panic!("claims are an object") };
    let found = mapping.read(|name| members.get(name), audiences.iter().copied()).map(|grants| {
        let mut told = vec![grants.scopes.to_string()];
        told.extend(grants.roles.iter().map(|role| format!("@{role}")));
        told.extend(grants.tenant.map(|tenant| format!("tenant={tenant}")));
        told.extend(grants.plan.map(|plan| format!("plan={plan}")));
        told.join(" ").trim_start().to_owned()
    });
    assert_eq!(found, expected.map(str::to_owned), "{members:?}");
}

#[test]
fn a126_scopes_are_whole_words_and_wrong_types_refuse() {
    let standard = Mapping::new();
    check(&standard, json!({}), Ok(""));
    check(&standard, json!({ "scope": "" }), Ok(""));
    check(&standard, json!({ "scope": "read_models" }), Ok("read_models"));
    check(&standard, json!({ "scope": "read_models_x" }), Ok("read_models_x"));
    check(&standard, json!({ "scope": "xread_models" }), Ok("xread_models"));
    check(&standard, json!({ "scope": "b  a " }), Ok("a b"));
    check(&standard, json!({ "SCOPE": "a", "scopes": "b" }), Ok(""));
    for malformed in ["a\tb", "a\u{a0}b", "a\"b", "a\\b", "ä", "a\nb"] {
        check(&standard, json!({ "scope": malformed }), Err(Unmapped::ScopeMalformed));
    }
    for other in [json!(["a"]), json!(1), json!(null), json!(true), json!({ "a": 1 }), json!([])] {
        check(&standard, json!({ "scope": other }), Err(Unmapped::ScopeType));
    }
    for other in [json!([1]), json!([["a"]]), json!([null]), json!(1), json!(null), json!({})] {
        check(&standard, json!({ "scp": other }), Err(Unmapped::ScopeType));
    }
    check(&standard, json!({ "scp": ["a b"] }), Err(Unmapped::ScopeMalformed));
    check(&standard, json!({ "scp": [""] }), Err(Unmapped::ScopeMalformed));
    check(&standard, json!({ "scp": ["b", "a"] }), Ok("a b"));
    check(&standard, json!({ "scp": "b a" }), Ok("a b"));
}

#[test]
fn a126_scope_and_scp_agree_or_the_token_is_refused() {
    let standard = Mapping::new();
    check(&standard, json!({ "scope": "a b", "scp": ["b", "a"] }), Ok("a b"));
    check(&standard, json!({ "scope": "", "scp": [] }), Ok(""));
    check(&standard, json!({ "scope": "a", "scp": ["a", "b"] }), Err(Unmapped::ScopeConflict));
    check(&standard, json!({ "scope": "a b", "scp": "a" }), Err(Unmapped::ScopeConflict));
    check(&standard, json!({ "scope": "a", "scp": 1 }), Err(Unmapped::ScopeType));
}

#[test]
fn counts_and_lengths_are_bounded() {
    let words = |count: usize| (0..count).map(|at| format!("s{at}")).collect::<Vec<_>>();
    let roles = Mapping::empty().roles_at(Pointer::path(["roles"]));
    let read = |mapping: &Mapping, claims: &Value| {
        mapping.read(|name| claims.get(name), [].into_iter()).map(|it| (it.scopes.len(), it.roles.len()))
    };
    assert_eq!(read(&Mapping::new(), &json!({ "scope": words(MAX_SCOPES).join(" ") })), Ok((MAX_SCOPES, 0)));
    let more = json!({ "scope": words(MAX_SCOPES + 1).join(" ") });
    assert_eq!(read(&Mapping::new(), &more), Err(Unmapped::TooManyScopes));
    assert_eq!(read(&roles, &json!({ "roles": words(MAX_ROLES) })), Ok((0, MAX_ROLES)));
    assert_eq!(read(&roles, &json!({ "roles": words(MAX_ROLES + 1) })), Err(Unmapped::TooManyRoles));
    check(&Mapping::new(), json!({ "scope": "a".repeat(129) }), Err(Unmapped::ScopeMalformed));
    let tenant = Mapping::empty().tenant_at(Pointer::path(["t"])).plan_at(Pointer::path(["p"]));
    check(&tenant, json!({ "t": "acme", "p": "free" }), Ok("tenant=acme plan=free"));
    check(&tenant, json!({}), Ok(""));
    for bad in [json!(""), json!("a".repeat(129)), json!("a\nb"), json!(1), json!(null), json!(["a"])] {
        check(&tenant, json!({ "t": bad }), Err(Unmapped::TenantMalformed));
        check(&tenant, json!({ "p": bad }), Err(Unmapped::PlanMalformed));
    }
}

#[test]
fn roles_are_a_list_or_one_name() {
    let roles = Mapping::empty().roles_at("/a/roles".parse().unwrap());
    check(&roles, json!({ "a": { "roles": ["x", "y z"] } }), Ok("@x @y z"));
    check(&roles, json!({ "a": { "roles": "x y" } }), Ok("@x y"));
    check(&roles, json!({ "a": "roles", "roles": ["x"] }), Ok(""));
    for bad in [json!(1), json!(null), json!({}), json!([1]), json!([null]), json!([["x"]])] {
        check(&roles, json!({ "a": { "roles": bad } }), Err(Unmapped::RoleType));
    }
}

#[test]
fn keycloak() {
    let claims = |resource: &str| {
        json!({
            "azp": "web", "scope": "openid profile",
            "realm_access": { "roles": ["offline_access", "admin"] },
            "resource_access": { resource: { "roles": ["writer"] }, "account": { "roles": ["manage-account"] } },
        })
    };
    let orders = Mapping::keycloak("orders");
    check(&orders, claims("orders"), Ok("openid profile @offline_access @admin @writer"));
    check(&orders, claims("other"), Ok("openid profile @offline_access @admin"));
    check(&Mapping::keycloak("a/b~c"), claims("a/b~c"), Ok("openid profile @offline_access @admin @writer"));
    for audiences in [&["account"][..], &["account", "account"]] {
        check_for(&orders, audiences, claims("orders"), Err(Unmapped::KeycloakAccount));
    }
    for audiences in [&["orders", "account"][..], &["account", "orders"], &["orders"], &[]] {
        check_for(&orders, audiences, json!({}), Ok(""));
    }
    assert!(Unmapped::KeycloakAccount.to_string().contains("audience mapper"));
}

#[test]
fn auth0() {
    let claims = json!({ "scope": "openid read:a", "permissions": ["read:a", "write:a"], "org_id": "org_1" });
    check(&Mapping::auth0(), claims, Ok("openid read:a write:a tenant=org_1"));
    check(&Mapping::auth0(), json!({ "permissions": [] }), Ok(""));
    check(&Mapping::auth0(), json!({ "permissions": { "a": true } }), Err(Unmapped::ScopeType));
}

#[test]
fn entra() {
    let user = json!({ "scp": "Files.Read Files.Write", "roles": ["Reader"], "tid": "t-1", "oid": "o" });
    check(&Mapping::entra(), user, Ok("Files.Read Files.Write @Reader tenant=t-1"));
    let application = json!({ "roles": ["Files.Read.All"], "tid": "t-1", "azp": "c" });
    check(&Mapping::entra(), application.clone(), Ok("@Files.Read.All tenant=t-1"));
    let granting = Mapping::entra().scopes_at("/roles".parse().unwrap());
    check(&granting, application, Ok("Files.Read.All @Files.Read.All tenant=t-1"));
}

#[test]
fn okta() {
    let claims = json!({ "scp": ["openid", "read"], "groups": ["Everyone", "Data Team"] });
    check(&Mapping::okta(), claims, Ok("openid read @Everyone @Data Team"));
}

#[test]
fn cognito() {
    let claims = |usage: Value, client: Value| json!({ "token_use": usage, "client_id": client, "scope": "api/read", "cognito:groups": ["ops"] });
    let cognito = Mapping::cognito(["c1", "c2"]);
    check(&cognito, claims(json!("access"), json!("c2")), Ok("api/read @ops"));
    check(&cognito, claims(json!("id"), json!("c1")), Err(Unmapped::NotAccessToken));
    check(&cognito, claims(json!("access"), json!("c3")), Err(Unmapped::WrongClient));
    check(&cognito, claims(json!("access"), json!(["c1"])), Err(Unmapped::WrongClient));
    check(&cognito, json!({}), Err(Unmapped::NotAccessToken));
    check(&Mapping::cognito::<&str>([]), claims(json!("access"), json!("c1")), Err(Unmapped::WrongClient));
}

/// Claims as providers put them into ID tokens, with the API's name for the client, so that the audience does not tell.
#[test]
fn a125_no_preset_takes_an_id_token_for_an_access_token() {
    let not = || Err(Unmapped::NotAccessToken);
    let entra = Mapping::entra();
    let id = json!({ "name": "Ada", "oid": "o", "tid": "t-1", "ver": "2.0", "preferred_username": "ada@a.example" });
    check(&entra, id.clone(), not());
    for (name, value) in
        [("roles", json!(["Reader"])), ("azp", json!("c")), ("appid", json!("c")), ("groups", json!(["g"]))]
    {
        let mut more = id.clone();
        more[name] = value;
        check(&entra, more, not());
    }
    for name in ["at_hash", "c_hash"] {
        let mut access = json!({ "scp": "Files.Read", "tid": "t-1" });
        access[name] = json!("x");
        check(&entra, access, not());
    }
    check(&entra, json!({ "scp": "", "tid": "t" }), Ok("tenant=t"));
    check(&entra, json!({ "roles": ["R"], "appid": "c", "ver": "1.0" }), Ok("@R"));
    let okta = Mapping::okta();
    check(&okta, json!({ "name": "Ada", "ver": 1, "amr": ["pwd"], "groups": ["Everyone"] }), not());
    let auth0 = Mapping::auth0();
    check(&auth0, json!({ "name": "Ada", "sid": "s", "org_id": "org_1", "email": "ada@a.example" }), not());
    check(&auth0, json!({ "azp": "c", "gty": "client-credentials" }), Ok(""));
    let cognito = Mapping::cognito(["c1"]);
    check(&cognito, json!({ "token_use": "id", "cognito:groups": ["ops"], "client_id": "c1" }), not());
}

#[test]
fn reasons_are_words_and_unique() {
    let mut words: Vec<_> = Unmapped::ALL.iter().map(|reason| reason.as_str()).collect();
    assert!(
        words
            .iter()
            .all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'0'))
    );
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Unmapped::ALL.len());
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~\t\u{e4}]{0,12}".prop_map(Value::from),
        "[a-c ]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]|roles", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever a token says, nothing is granted but words that stand in it as a whole.
    #[test]
    fn nothing_is_granted_that_does_not_stand_there(scope in value(), scp in value(), roles in value()) {
        let claims = json!({ "scope": scope, "scp": scp, "roles": roles });
        let mapping = Mapping::entra().scopes_at(Pointer::path(["roles"]));
        let Ok(grants) = mapping.read(|name| claims.get(name), [].into_iter()) else { return Ok(()) };
        let words = |value: &Value| -> Vec<String> {
            let texts = match value {
                Value::String(text) => vec![text.clone()],
                Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
                _ => panic!("this was to be refused"),
            };
            texts.iter().flat_map(|text| text.split(' ')).map(str::to_owned).collect()
        };
        let said: Vec<_> = [&scope, &scp, &roles].into_iter().flat_map(words).collect();
        prop_assert!(grants.scopes.iter().all(|scope| said.iter().any(|word| word == scope.as_str())));
        prop_assert!(scope.is_string());
    }

    /// A list and the string of its words say the same.
    #[test]
    fn a_list_and_a_string_say_the_same(words in prop::collection::vec("[!#-\\[\\]-~]{1,20}", 0..20)) {
        let text = json!({ "scp": words.join(" ") });
        let list = json!({ "scp": words });
        let scopes = |claims: &Value| Mapping::new().read(|name| claims.get(name), [].into_iter()).unwrap().scopes;
        prop_assert_eq!(scopes(&text), scopes(&list));
    }
}
