//! The document that declarations make.
#![cfg(feature = "openapi")]
#![allow(clippy::unwrap_used, reason = "tests")]

use palisade_core::{DenialKind, Scope};
use palisade_routes::{
    Description, Routes, any, get,
    openapi::{Scheme, Surroundings, document},
    post, public,
};
use serde_json::{Value, json};

const RUN: Scope = Scope::from_static("run_inference");
const STREAM: Scope = Scope::from_static("use_streaming");

#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "only its shape is read")]
struct Model {
    name: String,
    parts: Vec<Part>,
}

#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "only its shape is read")]
struct Part {
    /// At least one.
    #[schema(minimum = 1)]
    size: u32,
}

fn around() -> Surroundings {
    let key = http::HeaderName::from_static("x-api-key");
    Surroundings::new("Test", "1.2.3").scheme(Scheme::Bearer).scheme(Scheme::Header(key))
}

fn told(routes: &Routes, around: &Surroundings) -> Value {
    serde_json::to_value(document(routes.table(), around).unwrap()).unwrap()
}

fn statuses(operation: &Value) -> Vec<&str> {
    operation["responses"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn what_a_policy_demands_is_what_the_document_says() {
    let routes = Routes::new()
        .route("/health", get(async || ()).public())
        .route("/me", get(async || ()).authenticated())
        .route("/page", get(async || ()).optional())
        .route("/stream", post(async || ()).requires(RUN & STREAM))
        .route("/either", post(async || ()).requires(RUN | STREAM));
    let told = told(&routes, &around());
    assert_eq!(told["openapi"], "3.1.0");
    let security = |path: &str, method: &str| told["paths"][path][method]["security"].clone();
    assert_eq!(security("/health", "get"), json!([]));
    assert_eq!(security("/me", "get"), json!([{ "bearer": [] }, { "x-api-key": [] }]));
    assert_eq!(security("/page", "get"), json!([{}, { "bearer": [] }, { "x-api-key": [] }]));
    let both = ["run_inference", "use_streaming"];
    assert_eq!(security("/stream", "post"), json!([{ "bearer": both }, { "x-api-key": both }]));
    assert_eq!(
        security("/either", "post"),
        json!([
            { "bearer": ["run_inference"] }, { "x-api-key": ["run_inference"] },
            { "bearer": ["use_streaming"] }, { "x-api-key": ["use_streaming"] },
        ])
    );
    assert_eq!(told["paths"]["/stream"]["post"]["x-required-permissions"], "run_inference & use_streaming");
    assert_eq!(statuses(&told["paths"]["/health"]["get"]), ["2XX", "400", "500", "503"]);
    let challenge = &told["components"]["responses"]["Unauthenticated"]["headers"]["WWW-Authenticate"];
    assert!(told.pointer(challenge["$ref"].as_str().unwrap().trim_start_matches('#')).is_some());
    assert_eq!(statuses(&told["paths"]["/me"]["get"]), ["2XX", "400", "401", "500", "503"]);
    let stream = statuses(&told["paths"]["/stream"]["post"]);
    assert_eq!(stream, ["2XX", "400", "401", "403", "408", "413", "500", "503"]);
    let schemes = &told["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    assert_eq!(schemes["x-api-key"]["in"], "header");
}

#[test]
fn limits_inside_and_outside_show() {
    let routes = Routes::new()
        .route("/a", get(async || ()).public().limit("5/minute"))
        .route("/b", get(async || ()).public())
        .route("/c", get(async || ()).public().exempt_from("address"));
    let inside = told(&routes, &around());
    let limited = |told: &Value, path: &str| statuses(&told["paths"][path]["get"]).contains(&"429");
    assert_eq!(["/a", "/b", "/c"].map(|path| limited(&inside, path)), [true, false, false]);
    assert_eq!(inside["paths"]["/a"]["get"]["description"], "Limited to `5/minute`.");
    let outside = told(&routes, &around().limit("address"));
    assert_eq!(["/a", "/b", "/c"].map(|path| limited(&outside, path)), [true, true, false]);
    let refusal = &outside["components"]["responses"]["RateLimited"]["headers"];
    assert_eq!(refusal["Retry-After"]["$ref"], "#/components/headers/Retry-After");
    assert!(refusal["X-RateLimit-Remaining"].is_object());
}

#[test]
fn headers_follow_from_who_counts_and_who_asks_for_what() {
    let routes = Routes::new()
        .route("/outside", get(async || ()).requires(RUN))
        .route("/inside", get(async || ()).requires(RUN).exempt_from("address").limit("5/minute"))
        .route("/none", get(async || ()).requires(RUN).exempt_from("address"));
    let told = told(&routes, &around().limit("address"));
    let headers = |path: &str, status: &str| -> Vec<String> {
        let response = &told["paths"][path]["get"]["responses"][status];
        let pointer = response["$ref"].as_str().map(|name| name.trim_start_matches('#').to_owned());
        let response = pointer.map_or(response, |pointer| told.pointer(&pointer).unwrap());
        let names = response["headers"].as_object().unwrap().keys();
        names.filter(|name| *name != "X-Request-Id").cloned().collect()
    };
    let limits =
        ["RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];
    let check = |path: &str, status: &str, more: &[&str], counted: bool| {
        let counted = if counted { limits.as_slice() } else { &[] };
        let mut expected = [counted, more].concat();
        expected.sort_unstable();
        assert_eq!(headers(path, status), expected, "{path} {status}");
    };
    for (path, policy, rest) in [("/outside", true, true), ("/inside", false, true), ("/none", false, false)]
    {
        check(path, "2XX", &[], rest);
        check(path, "401", &["WWW-Authenticate"], policy);
        check(path, "403", &["WWW-Authenticate"], policy);
        check(path, "400", &[], rest);
        check(path, "503", &["Retry-After"], rest);
    }
    check("/outside", "429", &["Retry-After"], true);
    check("/inside", "429", &["Retry-After"], true);
    assert_eq!(told["components"]["headers"]["X-Request-Id"]["required"], true);
}

#[test]
fn parameters_headers_and_examples_are_told() {
    let told_of = Description::of("Convert")
        .query_required("from", "The currency that one has", json!({ "type": "string" }))
        .query("day", "Of this day", json!({ "type": "string", "format": "date" }))
        .takes("application/json", json!({ "type": "object" }))
        .takes_example("application/json", json!({ "amount": "1" }))
        .takes("multipart/form-data", json!({ "type": "object", "properties": { "data": {} } }))
        .takes_file("data", "image/png", "a.png")
        .answers(201, "Done", "application/json", json!({}))
        .answer_header(201, "Location", "Where it is", json!({ "type": "string" }))
        .answers_example(201, "application/json", json!({ "amount": "2" }));
    let routes = Routes::new().route("/a", post(async || ()).public().describe(told_of));
    let told = told(&routes, &around());
    let told = &told["paths"]["/a"]["post"];
    let required: Vec<_> =
        told["parameters"].as_array().unwrap().iter().map(|it| it["required"].clone()).collect();
    assert_eq!(required, [json!(true), json!(false)]);
    assert_eq!(told["requestBody"]["content"]["application/json"]["example"], json!({ "amount": "1" }));
    let file = &told["requestBody"]["content"]["multipart/form-data"]["encoding"]["data"];
    assert_eq!(file["contentType"], "image/png");
    let disposition = &file["headers"]["Content-Disposition"]["example"];
    assert_eq!(disposition, "form-data; name=\"data\"; filename=\"a.png\"");
    let answer = &told["responses"]["201"];
    assert_eq!(answer["content"]["application/json"]["example"], json!({ "amount": "2" }));
    assert_eq!(answer["headers"]["Location"]["description"], "Where it is");
    assert_eq!(answer["headers"]["Location"]["schema"], json!({ "type": "string" }));
}

#[test]
fn descriptions_are_told_with_the_shapes_they_name() {
    let one = Description::of("Read a model")
        .details("More words.")
        .path("name", "Which", json!({ "type": "string", "maxLength": 64 }))
        .query("full", "Everything", json!({ "type": "boolean" }))
        .answers_json::<Model>(200, "The model")
        .refuses([DenialKind::NotFound]);
    let add = Description::of("Add a model")
        .named("addModel")
        .tag("things")
        .takes_json::<Model>()
        .answers_empty(204, "Added");
    let routes = Routes::new().route(
        "/api/v1/models/{name}",
        get(async || ()).public().describe(one).post(async || ()).public().describe(add),
    );
    let told = told(&routes, &around());
    let (read, add) =
        (&told["paths"]["/api/v1/models/{name}"]["get"], &told["paths"]["/api/v1/models/{name}"]["post"]);
    assert_eq!((&read["summary"], &read["description"]), (&json!("Read a model"), &json!("More words.")));
    assert_eq!((&read["operationId"], &read["tags"]), (&json!("get_api_v1_models_name"), &json!(["models"])));
    assert_eq!(read["parameters"][0]["schema"]["maxLength"], 64);
    assert_eq!(read["parameters"][1]["in"], "query");
    assert_eq!(statuses(read), ["200", "400", "404", "414", "500", "503"]);
    assert_eq!((&add["operationId"], &add["tags"]), (&json!("addModel"), &json!(["things"])));
    assert_eq!(statuses(add), ["204", "400", "408", "413", "414", "415", "500", "503"]);
    assert_eq!(add["requestBody"]["required"], true);
    let shape = &add["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(shape["properties"]["parts"]["items"]["$ref"], "#/components/schemas/Part");
    assert_eq!(told["components"]["schemas"]["Part"]["properties"]["size"]["minimum"], 1);
}

#[test]
fn every_reference_leads_somewhere() {
    let model = Description::of("Models").answers_json::<Vec<Model>>(200, "All");
    let routes = Routes::new()
        .route("/models", get(async || ()).requires(RUN).limit("1/second").describe(model))
        .route("/{*rest}", any(async || ()).authenticated())
        .mount("/docs", public(), axum::Router::new());
    let told = told(&routes, &around().networks());
    fn look(at: &Value, whole: &Value) {
        if let Some(target) = at.get("$ref").and_then(Value::as_str) {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(whole.pointer(pointer).is_some(), "{target}");
        }
        match at {
            Value::Object(parts) => parts.values().for_each(|part| look(part, whole)),
            Value::Array(parts) => parts.iter().for_each(|part| look(part, whole)),
            _ => {}
        }
    }
    look(&told, &told);
    assert_eq!(told["paths"].as_object().unwrap().keys().collect::<Vec<_>>(), ["/models", "/{rest}"]);
    let methods: Vec<_> = told["paths"]["/{rest}"].as_object().unwrap().keys().collect();
    assert_eq!(methods, ["delete", "get", "patch", "post", "put"]);
}

#[test]
fn a_shape_that_is_none_is_told_with_its_place() {
    let wrong = Description::of("x").answers(200, "y", "application/json", json!("text"));
    let routes: Routes = Routes::new().route("/a", get(async || ()).public().describe(wrong));
    let error = document(routes.table(), &around()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "GET /a: the shape of its 200 answer is no JSON schema: it must be an object"
    );
}

#[test]
fn what_belongs_to_nothing_is_told_with_its_place() {
    let check = |more: fn(Description) -> Description, expected: &str| {
        let told = more(Description::of("x").answers(200, "y", "application/json", json!({})));
        let routes: Routes = Routes::new().route("/a", get(async || ()).public().describe(told));
        let error = document(routes.table(), &around()).err().unwrap();
        assert_eq!(error.to_string(), format!("GET /a: {expected}, which is not described"));
    };
    let header = |it: Description| it.answer_header(201, "Location", "Where", json!({}));
    check(header, "the header `Location` belongs to an answer 201");
    check(|it| it.takes_example("text/plain", json!("a")), "an example belongs to a body `text/plain`");
    check(
        |it| it.answers_example(200, "text/plain", json!("a")),
        "an example belongs to an answer 200 `text/plain`",
    );
    let form = json!({ "type": "object", "properties": { "data": {} } });
    let other =
        Description::of("x").takes("multipart/form-data", form).takes_file("file", "image/png", "a.png");
    let routes: Routes = Routes::new().route("/a", post(async || ()).public().describe(other));
    let error = document(routes.table(), &around()).err().unwrap().to_string();
    assert!(error.starts_with("POST /a: the file `file` belongs to a body `multipart/form-data`"), "{error}");
}
