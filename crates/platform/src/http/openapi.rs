//! The document of the whole API, from what each operation says of itself and what all have in common.
//!
//! **Invariant:** an operation declares only what is its own; problems, headers and security are added here, by one rule for all.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// Refusals by status: name of the component, what it means, a code for the example.
const REFUSALS: [(u16, &str, &str, &str); 13] = [
    (400, "Malformed", "The request cannot be understood.", "malformed_json"),
    (401, "Unauthenticated", "Nobody is signed in, or the key is wrong, expired or revoked.", "sign_in"),
    (403, "Forbidden", "Not allowed; the detail says which permission is missing and who grants it.", "permission_missing"),
    (404, "NotFound", "Absent, or behind a wall: both look the same.", "not_found"),
    (408, "TooSlow", "The request took too long to arrive.", "body_too_slow"),
    (409, "Conflict", "Contradicts what is stored.", "already_exists"),
    (412, "Stale", "Somebody else changed the record since it was read.", "stale"),
    (413, "TooLarge", "The body is larger than this operation takes.", "body_too_large"),
    (415, "UnsupportedMedia", "The body's media type is not understood.", "unsupported_media_type"),
    (422, "Invalid", "Understood, and wrong; `errors` lists every value with a JSON pointer.", "invalid"),
    (428, "IfMatchRequired", "A change needs `If-Match`.", "if_match_required"),
    (429, "RateLimited", "This client asked too much; `Retry-After` says when to come back.", "rate_limited"),
    (503, "Unavailable", "Too busy or not ready; `Retry-After` says when to come back.", "busy"),
];

/// Adds to the document of all operations what they have in common, and returns the whole.
///
/// An operation's `x-permission` is the permission it needs, or `signed-in`, or `public`. One with a header parameter `If-Match` refuses
/// stale changes; every POST that is not public takes an `Idempotency-Key`.
pub fn complete(document: utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    document["openapi"] = json!("3.1.0");
    if let Some(paths) = document["paths"].as_object_mut() {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            for (method, operation) in item.iter_mut().filter(|(method, _)| METHODS.contains(&method.as_str())) {
                complete_operation(method, operation);
            }
        }
    }
    let components = document["components"].as_object_mut().map(std::mem::take).unwrap_or_default();
    document["components"] = Value::Object(complete_components(components));
    document["tags"] = tags(&document);
    sorted(document)
}

/// The same value with every object's members in the order of their names.
///
/// Extensions of operations come out of a hash map, and whether serde_json keeps the order of insertion depends on which crates are built
/// together; the document depends on neither.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(members) => {
            let members: BTreeMap<String, Value> = members.into_iter().map(|(name, member)| (name, sorted(member))).collect();
            Value::Object(members.into_iter().collect())
        }
        plain => plain,
    }
}

fn complete_operation(method: &str, operation: &mut Value) {
    let access = operation["x-permission"].as_str().unwrap_or_default().to_string();
    let public = access == "public";
    let takes_body = operation.get("requestBody").is_some();
    operation["security"] = if public { json!([]) } else { json!([{ "key": [] }, { "session": [], "csrf": [] }]) };
    let named = |place: &str, name: &str| {
        operation["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|known| known["in"] == place && (name.is_empty() || known["name"] == name)))
    };
    let (in_path, in_query, if_match) = (named("path", ""), named("query", ""), named("header", "If-Match"));
    if method == "post" && !public {
        let parameters = operation.as_object_mut().map(|members| members.entry("parameters").or_insert_with(|| json!([])));
        if let Some(Value::Array(parameters)) = parameters {
            parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
        }
    }
    let applies = |status: u16| match status {
        400 => takes_body || in_query || method == "post",
        401 => !public,
        403 => !public,
        404 => in_path,
        409 => method != "get",
        408 | 413 | 415 | 422 => takes_body || (status == 422 && method == "post"),
        412 | 428 => if_match,
        _ => true,
    };
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
        let mut headers = response["headers"].as_object().cloned().unwrap_or_default();
        for (header, component) in [("X-Request-Id", "RequestId"), ("RateLimit", "RateLimit"), ("RateLimit-Policy", "RateLimitPolicy")] {
            headers.insert(header.into(), json!({ "$ref": format!("#/components/headers/{component}") }));
        }
        response["headers"] = Value::Object(headers);
    }
    for (status, name, _, _) in REFUSALS.into_iter().filter(|(status, ..)| applies(*status)) {
        responses.entry(status.to_string()).or_insert_with(|| json!({ "$ref": format!("#/components/responses/{name}") }));
    }
}

fn complete_components(mut components: Map<String, Value>) -> Map<String, Value> {
    let mut responses = Map::new();
    for (status, name, meaning, code) in REFUSALS {
        let mut headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/RequestId" } });
        if [429, 503].contains(&status) {
            headers["Retry-After"] = json!({ "$ref": "#/components/headers/RetryAfter" });
        }
        let title = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let example = json!({ "type": format!("urn:gemba:problem:{code}"), "title": title, "status": status, "code": code,
            "detail": meaning.trim_end_matches('.').to_lowercase(), "instance": "urn:uuid:0199d1a0-0000-7000-8000-000000000000" });
        let content = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" }, "example": example } });
        responses.insert(name.into(), json!({ "description": meaning, "headers": headers, "content": content }));
    }
    components.insert("responses".into(), Value::Object(responses));
    components.insert(
        "headers".into(),
        json!({
            "RequestId": { "description": "The request's identifier: the client's own where it sent a UUID, else a new one.",
                "schema": { "type": "string", "format": "uuid" } },
            "RateLimit": { "description": "What is left to this client: `r` requests, and `t` seconds until the hour is over.",
                "schema": { "type": "string" }, "example": "\"hour\";r=987;t=1200" },
            "RateLimitPolicy": { "description": "How much this client may ask: `q` requests in `w` seconds.",
                "schema": { "type": "string" }, "example": "\"hour\";q=1000;w=3600" },
            "RetryAfter": { "description": "When to come back (s).", "schema": { "type": "integer", "minimum": 0 } },
        }),
    );
    components.insert(
        "parameters".into(),
        json!({
            "IdempotencyKey": { "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "Chosen by the client, best a new UUID: repeated within 24 hours, the request is carried out once and answered as the first time.",
                "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
                "example": "0199d1a0-4242-7000-8000-000000000000" },
        }),
    );
    components.insert(
        "securitySchemes".into(),
        json!({
            "key": { "type": "http", "scheme": "bearer", "description": "An API key, for programs." },
            "session": { "type": "apiKey", "in": "cookie", "name": "__Host-gemba_session",
                "description": "The session of a browser, set by `POST /api/v1/auth/login`." },
            "csrf": { "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
                "description": "The `csrf_token` that signing in answered; for every change that comes with the session cookie." },
        }),
    );
    components
}

/// The tags that operations use, in alphabetical order.
fn tags(document: &Value) -> Value {
    let operations = document["paths"].as_object().into_iter().flat_map(|paths| paths.values().filter_map(Value::as_object));
    let mut names: Vec<&str> = operations
        .flat_map(|item| item.values())
        .flat_map(|operation| operation["tags"].as_array().into_iter().flatten().filter_map(Value::as_str))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| json!({ "name": name })).collect()
}
