//! What an operation takes and answers.

use super::{
    components::{Components, limits, reference, text},
    refusals::{is_counted, is_limited, refusals},
    shape::{ShapeError, schema},
    surroundings::Surroundings,
};
use crate::{
    description::{Description, File, Media},
    table::Row,
};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::{
    Content, HeaderBuilder, RefOr, Required, Response, ResponseBuilder, Responses, ResponsesBuilder,
    encoding::{Encoding, EncodingBuilder},
    path::HttpMethod,
    request_body::{RequestBody, RequestBodyBuilder},
};

const FORM: &str = "multipart/form-data";

pub(super) fn request_body(told: &Description, id: &str) -> Result<RequestBody, ShapeError> {
    let required = if told.body_is_optional { Required::False } else { Required::True };
    let mut body = RequestBodyBuilder::new().required(Some(required));
    for media in &told.takes {
        let mut content = content(told, None, media, id, "its body")?;
        if media.content_type == FORM {
            content.encoding = told.files.iter().map(|file| (file.part.clone(), encoding(file))).collect();
        }
        body = body.content(&media.content_type, content);
    }
    Ok(body.build())
}

/// How a file comes in a form; its name is part of a header (RFC 7578 section 4.2).
fn encoding(file: &File) -> Encoding {
    let File { part, content_type, file_name } = file;
    let mut disposition = text("What the file is called");
    disposition.example = Some(format!("form-data; name=\"{part}\"; filename=\"{file_name}\"").into());
    let encoding = EncodingBuilder::new().content_type(Some(content_type));
    encoding.header("Content-Disposition", disposition).build()
}

pub(super) fn responses(
    row: &Row,
    method: &HttpMethod,
    told: &Description,
    id: &str,
    around: &Surroundings,
    components: &mut Components<'_>,
) -> Result<Responses, ShapeError> {
    are_told(told, id)?;
    let mut responses: BTreeMap<String, RefOr<Response>> = BTreeMap::new();
    for (status, kind) in refusals(row, method, around) {
        let refusal = components.refusal(kind, is_counted(kind, row, around));
        responses.insert(status.to_string(), refusal.into());
    }
    let limited = is_limited(row, around);
    if told.answers.is_empty() {
        let done = dressed(ResponseBuilder::new().description("Done"), limited);
        responses.insert("2XX".to_owned(), done.into());
    }
    for status in told.answers.iter().map(|answer| answer.status).collect::<BTreeSet<_>>() {
        let answer = dressed(answer(told, status, id)?, limited);
        responses.insert(status.to_string(), answer.into());
    }
    Ok(ResponsesBuilder::new().responses_from_iter(responses).build())
}

/// Everything that is told of one status.
fn answer(told: &Description, status: u16, id: &str) -> Result<ResponseBuilder, ShapeError> {
    let mut response = ResponseBuilder::new();
    let part = format!("its {status} answer");
    for answer in told.answers.iter().filter(|answer| answer.status == status) {
        response = response.description(&answer.words);
        if let Some(media) = &answer.content {
            let content = content(told, Some(status), media, id, &part)?;
            response = response.content(&media.content_type, content);
        }
    }
    for header in told.answer_headers.iter().filter(|header| header.status == status) {
        let part = format!("`{}` of {part}", header.name);
        let shape = schema(&header.schema, id, &part)?;
        let told = HeaderBuilder::new().schema(Some(shape)).description(Some(&header.words)).build();
        response = response.header(&header.name, told);
    }
    Ok(response)
}

fn content(
    told: &Description,
    status: Option<u16>,
    media: &Media,
    id: &str,
    part: &str,
) -> Result<Content, ShapeError> {
    let mut content = Content::new(Some(schema(&media.schema, id, part)?));
    let mut examples = told.examples.iter();
    let of_this = examples.find(|it| it.status == status && it.content_type == media.content_type);
    content.example = of_this.map(|example| example.value.clone());
    Ok(content)
}

/// What headers and examples belong to is told.
fn are_told(told: &Description, id: &str) -> Result<(), ShapeError> {
    let has = |status| told.answers.iter().any(|answer| answer.status == status);
    if let Some(header) = told.answer_headers.iter().find(|header| !has(header.status)) {
        let (part, of) = (format!("the header `{}`", header.name), format!("an answer {}", header.status));
        return Err(ShapeError::untold(id, &part, &of));
    }
    let has_part = |part: &str| {
        let mut forms = told.takes.iter().filter(|media| media.content_type == FORM);
        forms.any(|form| form.schema["properties"].get(part).is_some())
    };
    if let Some(file) = told.files.iter().find(|file| !has_part(&file.part)) {
        let (part, of) = (format!("the file `{}`", file.part), format!("a body `{FORM}` with this property"));
        return Err(ShapeError::untold(id, &part, &of));
    }
    for example in &told.examples {
        let kind = &example.content_type;
        let is_of = |media: &Media| media.content_type == *kind;
        let (is_told, of) = match example.status {
            None => (told.takes.iter().any(is_of), format!("a body `{kind}`")),
            Some(status) => {
                let mut answers = told.answers.iter().filter(|answer| answer.status == status);
                let is_told = answers.any(|answer| answer.content.as_ref().is_some_and(is_of));
                (is_told, format!("an answer {status} `{kind}`"))
            }
        };
        if !is_told {
            return Err(ShapeError::untold(id, "an example", &of));
        }
    }
    Ok(())
}

/// With the headers that every answer has.
fn dressed(response: ResponseBuilder, limited: bool) -> Response {
    let response = response.header_ref("X-Request-Id", reference("X-Request-Id"));
    if limited { limits(response).build() } else { response.build() }
}
