//! One declaration as an operation.

use super::{
    bodies,
    components::Components,
    security::security,
    shape::{ShapeError, schema},
    surroundings::Surroundings,
};
use crate::{
    description::{Description, Place},
    table::Row,
    verb::Verb,
};
use serde_json::json;
use utoipa::openapi::{
    Required,
    extensions::Extensions,
    path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn},
};

/// The path as OpenAPI writes it, and the names in it: `{*rest}` has no mark there.
pub(super) fn template(path: &str) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let segments = path.split('/').map(|segment| {
        let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return segment.replace("{{", "{").replace("}}", "}");
        };
        let name = name.trim_start_matches('*');
        names.push(name.to_owned());
        format!("{{{name}}}")
    });
    let template = segments.collect::<Vec<_>>().join("/");
    (template, names)
}

/// The methods that a row stands for: its own, or those that nobody else at the path answers.
pub(super) fn methods(row: &Row, rows: &[Row]) -> Vec<HttpMethod> {
    const KNOWN: [Verb; 5] = [Verb::Get, Verb::Post, Verb::Put, Verb::Patch, Verb::Delete];
    if row.verb() != Verb::Any {
        return method(row.verb()).into_iter().collect();
    }
    let taken = |verb: &Verb| rows.iter().any(|other| other.path == row.path && other.verb() == *verb);
    KNOWN.iter().filter(|verb| !taken(verb)).filter_map(|verb| method(*verb)).collect()
}

const fn method(verb: Verb) -> Option<HttpMethod> {
    Some(match verb {
        Verb::Get => HttpMethod::Get,
        Verb::Head => HttpMethod::Head,
        Verb::Post => HttpMethod::Post,
        Verb::Put => HttpMethod::Put,
        Verb::Patch => HttpMethod::Patch,
        Verb::Delete => HttpMethod::Delete,
        Verb::Options => HttpMethod::Options,
        Verb::Any => return None,
    })
}

pub(super) fn operation(
    row: &Row,
    method: &HttpMethod,
    template: &str,
    places: &[String],
    around: &Surroundings,
    components: &mut Components<'_>,
) -> Result<Operation, ShapeError> {
    let verb = word(method);
    let id = format!("{verb} {template}");
    let nothing = Description::default();
    let told = row.description().unwrap_or(&nothing);
    for (name, shape) in &told.schemas {
        components.keep(name, shape, &id)?;
    }
    let name = told.name.clone().unwrap_or_else(|| name(&verb, template));
    let mut operation = OperationBuilder::new()
        .operation_id(Some(name))
        .tag(told.tag.clone().unwrap_or_else(|| heading(template)))
        .description(words(row, told))
        .securities(Some(security(row.policy(), around)));
    if !told.summary.is_empty() {
        operation = operation.summary(Some(&told.summary));
    }
    if let Some(requirement) = row.policy().requirement() {
        let extension = Extensions::from_iter([("x-required-permissions", json!(requirement.to_string()))]);
        operation = operation.extensions(Some(extension));
    }
    operation = parameters(operation, told, places, &id)?;
    if !told.takes.is_empty() {
        operation = operation.request_body(Some(bodies::request_body(told, &id)?));
    }
    let responses = bodies::responses(row, method, told, &id, around, components)?;
    Ok(operation.responses(responses).build())
}

fn parameters(
    mut operation: OperationBuilder,
    told: &Description,
    places: &[String],
    id: &str,
) -> Result<OperationBuilder, ShapeError> {
    for name in places {
        let more = told.parameters.iter().find(|it| it.place == Place::Path && it.name == *name);
        let shape = more.map_or_else(|| json!({ "type": "string" }), |more| more.schema.clone());
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(more.map(|more| &more.words))
            .schema(Some(schema(&shape, id, name)?));
        operation = operation.parameter(parameter);
    }
    for told in told.parameters.iter().filter(|it| it.place != Place::Path) {
        let place = if told.place == Place::Query { ParameterIn::Query } else { ParameterIn::Header };
        let parameter = ParameterBuilder::new()
            .name(&told.name)
            .parameter_in(place)
            .required(if told.required { Required::True } else { Required::False })
            .description(Some(&told.words))
            .schema(Some(schema(&told.schema, id, &told.name)?));
        operation = operation.parameter(parameter);
    }
    Ok(operation)
}

/// What the description says, and what the policy demands, in words.
fn words(row: &Row, told: &Description) -> Option<String> {
    let policy = row.policy();
    let mut lines: Vec<String> = told.details.iter().cloned().collect();
    if let Some(requirement) = policy.requirement() {
        lines.push(format!("Requires `{requirement}`."));
    }
    lines.extend(policy.limits().iter().map(|limit| format!("Limited to `{}`.", limit.quotas())));
    if policy.is_report_only() {
        lines.push("Refuses nobody yet: what it would refuse is written down.".to_owned());
    }
    (!lines.is_empty()).then(|| lines.join("\n\n"))
}

fn word(method: &HttpMethod) -> String {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Head => "HEAD",
        HttpMethod::Options => "OPTIONS",
        HttpMethod::Trace => "TRACE",
    }
    .to_owned()
}

/// `GET /api/v1/models/{name}` as `get_api_v1_models_name`.
fn name(verb: &str, template: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let words: String = template.chars().map(plain).collect();
    let words: Vec<&str> = words.split('_').filter(|word| !word.is_empty()).collect();
    [&[verb.to_ascii_lowercase().as_str()], words.as_slice()].concat().join("_")
}

/// The first segment that says what it is about: neither `api` nor a version.
fn heading(template: &str) -> String {
    let is_version = |segment: &str| {
        segment
            .strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut segments = template.split('/').filter(|segment| !segment.is_empty());
    let found =
        segments.find(|segment| *segment != "api" && !is_version(segment) && !segment.starts_with('{'));
    found.unwrap_or("service").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_names_and_headings() {
        let check = |path: &str, expected: (&str, &str, &str)| {
            let (written, _) = template(path);
            assert_eq!(
                (written.as_str(), name("GET", &written).as_str(), heading(&written).as_str()),
                expected
            );
        };
        check("/", ("/", "get", "service"));
        check("/api/v1/models/{name}", ("/api/v1/models/{name}", "get_api_v1_models_name", "models"));
        check(
            "/v2/models/{model}/{*rest}",
            ("/v2/models/{model}/{rest}", "get_v2_models_model_rest", "models"),
        );
        check("/{tenant}/keys", ("/{tenant}/keys", "get_tenant_keys", "keys"));
    }
}
