//! What an endpoint does, in words and shapes, for the readers of its API.

use palisade_core::DenialKind;
use serde_json::Value;

/// What one handler does: words, parameters, bodies and answers, for an OpenAPI document.
///
/// It decides nothing. What the policy says (credentials, permissions, limits, refusals) is written into the document from the
/// policy itself and need not be repeated here. Shapes are JSON Schema (2020-12) as OpenAPI 3.1 has it.
///
/// ```
/// use palisade_core::Scope;
/// use palisade_routes::{Description, Routes, get};
/// use serde_json::json;
///
/// const READ_MODELS: Scope = Scope::from_static("read_models");
///
/// let list = Description::of("List the models")
///     .query("limit", "How many at most", json!({ "type": "integer", "minimum": 1, "maximum": 100 }))
///     .answers(200, "The models", "application/json", json!({ "type": "array", "items": { "type": "string" } }));
/// let routes: Routes = Routes::new().route("/models", get(async || "[]").requires(READ_MODELS).describe(list));
/// # let _ = routes;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a description says nothing until an endpoint takes it"]
pub struct Description {
    pub(crate) summary: String,
    pub(crate) details: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) takes: Vec<Media>,
    pub(crate) files: Vec<File>,
    pub(crate) body_is_optional: bool,
    pub(crate) answers: Vec<Answer>,
    pub(crate) answer_headers: Vec<AnswerHeader>,
    pub(crate) examples: Vec<Example>,
    pub(crate) refusals: Vec<DenialKind>,
    pub(crate) schemas: Vec<(String, Value)>,
    pub(crate) hidden: bool,
}

/// Something beside the body that a request brings.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) words: String,
    pub(crate) schema: Value,
    pub(crate) required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// A body of one content type.
#[derive(Clone, Debug)]
pub(crate) struct Media {
    pub(crate) content_type: String,
    pub(crate) schema: Value,
}

/// What comes back with one status.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) words: String,
    pub(crate) content: Option<Media>,
}

/// A header of the answers with one status.
#[derive(Clone, Debug)]
pub(crate) struct AnswerHeader {
    pub(crate) status: u16,
    pub(crate) name: String,
    pub(crate) words: String,
    pub(crate) schema: Value,
}

/// A part of a form that is a file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) part: String,
    pub(crate) content_type: String,
    pub(crate) file_name: String,
}

/// A body as it may look.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    /// Of answers with this status; of requests where there is none.
    pub(crate) status: Option<u16>,
    pub(crate) content_type: String,
    pub(crate) value: Value,
}

impl Description {
    /// A description that begins with a few words, as they stand in a list of operations: `List the models`.
    pub fn of(summary: &str) -> Self {
        Self { summary: summary.to_owned(), ..Self::default() }
    }

    /// Leaves the operation out of the document: for pages and other things that no client of the API calls.
    pub fn hidden() -> Self {
        Self { hidden: true, ..Self::default() }
    }

    /// Adds a paragraph (CommonMark).
    pub fn details(mut self, details: &str) -> Self {
        self.details = Some(details.to_owned());
        self
    }

    /// Files it under this heading; without one it stands under the last fixed segment that its path begins with.
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = Some(tag.to_owned());
        self
    }

    /// Names the operation for generated clients; made of method and path otherwise.
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Tells more of a parameter in the path than that it is a text.
    pub fn path(self, name: &str, words: &str, schema: Value) -> Self {
        self.parameter(Place::Path, name, words, schema, true)
    }

    /// Adds a parameter in the query that may be absent.
    pub fn query(self, name: &str, words: &str, schema: Value) -> Self {
        self.parameter(Place::Query, name, words, schema, false)
    }

    /// Adds a parameter in the query without which the request is refused.
    pub fn query_required(self, name: &str, words: &str, schema: Value) -> Self {
        self.parameter(Place::Query, name, words, schema, true)
    }

    /// Adds a header that may be absent.
    pub fn header(self, name: &str, words: &str, schema: Value) -> Self {
        self.parameter(Place::Header, name, words, schema, false)
    }

    fn parameter(mut self, place: Place, name: &str, words: &str, schema: Value, required: bool) -> Self {
        let (name, words) = (name.to_owned(), words.to_owned());
        self.parameters.push(Parameter { place, name, words, schema, required });
        self
    }

    /// Reads a body of this content type; several may be told.
    pub fn takes(mut self, content_type: &str, schema: Value) -> Self {
        self.takes.push(Media { content_type: content_type.to_owned(), schema });
        self
    }

    /// A body of this content type, which must have been told, as a client may send it.
    pub fn takes_example(mut self, content_type: &str, value: Value) -> Self {
        self.examples.push(Example { status: None, content_type: content_type.to_owned(), value });
        self
    }

    /// This part of `multipart/form-data`, which must have been told, is a file of a content type (`image/png`; several with commas
    /// between them), and called such as `file_name`.
    ///
    /// ```
    /// use palisade_routes::Description;
    /// use serde_json::json;
    ///
    /// let file = json!({ "type": "string", "format": "binary" });
    /// let form = json!({ "type": "object", "properties": { "data": file }, "required": ["data"] });
    /// let predict = Description::of("Have a picture looked at")
    ///     .takes("multipart/form-data", form)
    ///     .takes_file("data", "image/png, image/jpeg", "sunset.png");
    /// # let _ = predict;
    /// ```
    pub fn takes_file(mut self, part: &str, content_type: &str, file_name: &str) -> Self {
        let (part, content_type) = (part.to_owned(), content_type.to_owned());
        self.files.push(File { part, content_type, file_name: file_name.to_owned() });
        self
    }

    /// The body may be absent.
    pub const fn body_is_optional(mut self) -> Self {
        self.body_is_optional = true;
        self
    }

    /// Answers so with this status.
    pub fn answers(mut self, status: u16, words: &str, content_type: &str, schema: Value) -> Self {
        let content = Some(Media { content_type: content_type.to_owned(), schema });
        self.answers.push(Answer { status, words: words.to_owned(), content });
        self
    }

    /// Answers with this status and no body.
    pub fn answers_empty(mut self, status: u16, words: &str) -> Self {
        self.answers.push(Answer { status, words: words.to_owned(), content: None });
        self
    }

    /// Its answers with this status, which must have been told, may carry this header: `Location`, `X-Cache` …
    ///
    /// What the library adds by itself (the request's name, limits, challenges) need not be said.
    ///
    /// ```
    /// use palisade_routes::Description;
    /// use serde_json::json;
    ///
    /// let create = Description::of("Make a model")
    ///     .answers(201, "The model", "application/json", json!({ "type": "object" }))
    ///     .answer_header(201, "Location", "Where it can be read", json!({ "type": "string", "format": "uri-reference" }));
    /// # let _ = create;
    /// ```
    pub fn answer_header(mut self, status: u16, name: &str, words: &str, schema: Value) -> Self {
        let (name, words) = (name.to_owned(), words.to_owned());
        self.answer_headers.push(AnswerHeader { status, name, words, schema });
        self
    }

    /// An answer with this status and content type, which must have been told, as a client may get it.
    pub fn answers_example(mut self, status: u16, content_type: &str, value: Value) -> Self {
        let content_type = content_type.to_owned();
        self.examples.push(Example { status: Some(status), content_type, value });
        self
    }

    /// Refuses for these reasons too, beside those that follow from the policy: `NotFound`, `Conflict` …
    pub fn refuses(mut self, kinds: impl IntoIterator<Item = DenialKind>) -> Self {
        self.refusals.extend(kinds);
        self
    }

    /// A schema that others point to as `#/components/schemas/{name}`.
    pub fn schema(mut self, name: &str, schema: Value) -> Self {
        self.schemas.push((name.to_owned(), schema));
        self
    }
}

#[cfg(feature = "openapi")]
#[cfg_attr(docsrs, doc(cfg(feature = "openapi")))]
impl Description {
    /// Reads a body of JSON of this shape.
    pub fn takes_json<T: utoipa::ToSchema>(self) -> Self {
        let (this, schema) = self.shape::<T>();
        this.takes("application/json", schema)
    }

    /// Answers with JSON of this shape.
    pub fn answers_json<T: utoipa::ToSchema>(self, status: u16, words: &str) -> Self {
        let (this, schema) = self.shape::<T>();
        this.answers(status, words, "application/json", schema)
    }

    /// The parameters in the query, as a type tells them.
    pub fn queries<T: utoipa::IntoParams>(mut self) -> Self {
        use utoipa::openapi::path::ParameterIn;
        for parameter in T::into_params(|| Some(ParameterIn::Query)) {
            let schema = serde_json::to_value(&parameter.schema).unwrap_or(Value::Null);
            let words = parameter.description.unwrap_or_default();
            let required = parameter.required == utoipa::openapi::Required::True;
            self = self.parameter(Place::Query, &parameter.name, &words, schema, required);
        }
        self
    }

    /// The shape itself, with whatever it points to kept aside.
    fn shape<T: utoipa::ToSchema>(mut self) -> (Self, Value) {
        let mut named = Vec::new();
        T::schemas(&mut named);
        for (name, schema) in named {
            // What cannot be written as JSON is told when the document is made.
            self.schemas.push((name, serde_json::to_value(schema).unwrap_or(Value::Null)));
        }
        (self, serde_json::to_value(T::schema()).unwrap_or(Value::Null))
    }
}
