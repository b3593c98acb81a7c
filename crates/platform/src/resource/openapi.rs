//! The operations and schemas of every kind, for OpenAPI, from its description.
//!
//! The document is put together as JSON and read as utoipa's types, which is the shortest way to say it and checks its form.

use serde_json::{Map, Value, json};
use utoipa::openapi::path::{PathItem, Paths};
use utoipa::openapi::{Components, OpenApi, RefOr, Schema};

use crate::resource::kind::{DECIMALS, Field, Kind, Kinds, Type, Within};

/// Operations and schemas of these kinds.
pub(super) fn document(kinds: &Kinds) -> OpenApi {
    let mut document = OpenApi::default();
    let mut components = Components::new();
    let mut paths = Paths::new();
    for kind in kinds.iter() {
        let name = camel(kind.name);
        for (suffix, schema) in [("", record(kind)), ("Change", change(kind)), ("New", new(kind))] {
            add_schema(&mut components, format!("{name}{suffix}"), schema);
        }
        let sparse = json!({ "type": "object", "required": ["id"], "description": "Where `fields` names members: those, and `id`.",
            "properties": { "id": { "type": "string", "format": "uuid", "description": "The record." } } });
        let page = json!({ "type": "object", "required": ["items", "next_cursor"], "properties": {
            "items": { "type": "array", "items": { "anyOf": [reference(&name), sparse] } },
            "next_cursor": { "type": ["string", "null"], "description": "Give it as `cursor` to get the next page; null on the last." } } });
        add_schema(&mut components, format!("{name}Page"), page);
        for (path, item) in items(kind, &name) {
            if let Ok(item) = serde_json::from_value::<PathItem>(item) {
                paths.paths.insert(path, item);
            }
        }
    }
    document.paths = paths;
    document.components = Some(components);
    document
}

fn add_schema(components: &mut Components, name: String, schema: Value) {
    if let Ok(schema) = serde_json::from_value::<RefOr<Schema>>(schema) {
        components.schemas.insert(name, schema);
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// `shift_pattern` → `ShiftPattern`.
fn camel(name: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').filter(|part| !part.is_empty()).map(word).collect()
}

fn items(kind: &Kind, name: &str) -> Vec<(String, Value)> {
    let (path, one, many) = (format!("/{}", kind.path), kind.noun(), kind.plural.to_lowercase());
    let snake = kind.path.replace('-', "_");
    let verbs = kind.verbs;
    let id = json!({ "name": "id", "in": "path", "required": true, "description": format!("The {one}."), "schema": { "type": "string", "format": "uuid" } });
    let if_match = json!({ "name": "If-Match", "in": "header", "required": true,
        "description": "The ETag of the version that the change is meant for, or `*`.", "schema": { "type": "string" }, "example": "\"1\"" });
    let body = |schema: &str, media: &str| json!({ "required": true, "content": { media: { "schema": reference(schema) } } });
    let answer =
        |schema: &str, what: &str| json!({ "description": what, "content": { "application/json": { "schema": reference(schema) } } });
    let etag = json!({ "ETag": { "description": "Its version.", "schema": { "type": "string" } } });
    let with_etag = |schema: &str, what: &str| {
        let mut answer = answer(schema, what);
        answer["headers"] = etag.clone();
        answer
    };
    let operation = |id: String, summary: String, permission: &str, rest: Value| {
        let mut operation =
            json!({ "operationId": id, "summary": summary, "tags": [kind.plural], "x-permission": permission, "x-kind": kind.name });
        if let (Value::Object(operation), Value::Object(rest)) = (&mut operation, rest) {
            operation.extend(rest);
        }
        operation
    };
    let archiving = |verb: &str, what: &str| {
        let rest = json!({ "parameters": [id, if_match], "responses": { "200": with_etag(name, "As it is now.") } });
        json!({ "post": operation(format!("{verb}_{}", kind.name), format!("{what} a {one}."), verbs.archive.0, rest) })
    };
    let comment = json!({ "name": "comment", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } });
    vec![
        (
            path.clone(),
            json!({
            "get": operation(format!("list_{snake}"), format!("{} within reach.", kind.plural), verbs.read.0,
                json!({ "description": LISTING, "parameters": list_parameters(kind), "responses": { "200": answer(&format!("{name}Page"), "A page of them.") } })),
            "post": operation(format!("create_{}", kind.name), format!("Makes a {one}."), verbs.create.0,
                json!({ "requestBody": body(&format!("{name}New"), "application/json"), "responses": { "201": with_etag(name, "The new one.") } })) }),
        ),
        (
            format!("{path}/{{id}}"),
            json!({
            "get": operation(format!("read_{}", kind.name), format!("One {one}."), verbs.read.0,
                json!({ "parameters": [id], "responses": { "200": with_etag(name, "It."), "304": { "description": "As the client knows it." } } })),
            "patch": operation(format!("update_{}", kind.name), format!("Changes what is said of a {one} (RFC 7396)."), verbs.update.0,
                json!({ "parameters": [id, if_match], "requestBody": body(&format!("{name}Change"), "application/merge-patch+json"), "responses": { "200": with_etag(name, "As it is now.") } })),
            "put": operation(format!("replace_{}", kind.name), format!("Makes a {one} exactly so: what is not said has no value."), verbs.update.0,
                json!({ "parameters": [id, if_match], "requestBody": body(&format!("{name}New"), "application/json"), "responses": { "200": with_etag(name, "As it is now.") } })) }),
        ),
        (format!("{path}/{{id}}/archive"), archiving("archive", "Archives")),
        (format!("{path}/{{id}}/restore"), archiving("restore", "Takes back into use")),
        (
            format!("{path}/{{id}}/history"),
            json!({
            "get": operation(format!("list_{}_history", kind.name), format!("What happened to a {one}, the newest first."), verbs.read.0,
                json!({ "parameters": [id, limit(), cursor()], "responses": { "200": answer("HistoryPage", "A page of it.") } })) }),
        ),
        (
            format!("{path}/{{id}}/comments"),
            json!({
            "get": operation(format!("list_{}_comments", kind.name), format!("What people say about a {one}."), verbs.read.0,
                json!({ "parameters": [id, limit(), cursor()], "responses": { "200": answer("CommentPage", "A page of it.") } })),
            "post": operation(format!("comment_on_{}", kind.name), format!("Says something about a {one}."), verbs.comment.0,
                json!({ "parameters": [id], "requestBody": body("NewComment", "application/json"), "responses": { "201": with_etag("Comment", "What was said.") } })) }),
        ),
        (
            format!("{path}/{{id}}/comments/{{comment}}"),
            json!({
            "patch": operation(format!("edit_{}_comment", kind.name), "Says it otherwise; only who said it.".into(), verbs.comment.0,
                json!({ "parameters": [id, comment, if_match], "requestBody": body("EditedComment", "application/json"), "responses": { "200": with_etag("Comment", "As it is now.") } })),
            "delete": operation(format!("withdraw_{}_comment", kind.name), "Withdraws it; only who said it.".into(), verbs.comment.0,
                json!({ "parameters": [id, comment, if_match], "responses": { "200": with_etag("Comment", "What is left of it.") } })) }),
        ),
        (
            format!("{path}/{{id}}/attachments"),
            json!({
            "get": operation(format!("list_{}_attachments", kind.name), format!("The files of a {one}."), verbs.read.0,
                json!({ "parameters": [id, limit(), cursor()], "responses": { "200": answer("FilePage", "A page of them.") } })),
            "post": operation(format!("attach_to_{}", kind.name), format!("Attaches a file to a {one}."), verbs.update.0,
                json!({ "parameters": [id, file_name()], "requestBody": file(), "responses": { "201": with_etag("File", "What is known of it.") } })) }),
        ),
        (
            format!("{path}/{{id}}/watch"),
            json!({
            "get": operation(format!("read_{}_watch", kind.name), format!("Whether you watch a {one}."), verbs.read.0,
                json!({ "parameters": [id], "responses": { "200": answer("Watch", "Whether you do.") } })),
            "post": operation(format!("watch_{}", kind.name), format!("Watches a {one}: you are told what happens to it."), verbs.read.0,
                json!({ "parameters": [id], "responses": { "200": answer("Watch", "You do.") } })),
            "delete": operation(format!("unwatch_{}", kind.name), format!("Watches a {one} no more."), verbs.read.0,
                json!({ "parameters": [id], "responses": { "200": answer("Watch", "You do not.") } })) }),
        ),
        (
            format!("{path}/bulk"),
            json!({
            "post": operation(format!("upsert_{snake}"), format!("Makes or changes many {many} at once."), verbs.import.0,
                json!({ "requestBody": body("Bulk", "application/json"), "responses": { "200": answer("BulkOutcome", "What became of each.") } })) }),
        ),
        (
            format!("{path}/export"),
            json!({
            "get": operation(format!("export_{snake}"), format!("All {many} that are wanted, as a file."), verbs.export.0,
                json!({ "description": LISTING, "parameters": export_parameters(kind), "responses": { "200": { "description": "The file.", "content": files() },
                    "422": { "$ref": "#/components/responses/Invalid" } } })) }),
        ),
        (
            format!("{path}/import"),
            json!({
            "post": operation(format!("import_{snake}"), format!("Brings {many} in from a file, every row's errors at once."), verbs.import.0,
                json!({ "parameters": [format_parameter(), mode_parameter(), dry_run()], "requestBody": { "required": true, "content": files() },
                    "responses": { "200": answer("BulkOutcome", "What became of each row.") } })) }),
        ),
    ]
}

const LISTING: &str = "A filter is `member=value` or `member[operator]=value` with `ne`, `lt`, `lte`, `gt`, `gte`, `in` (commas between), `contains`, `starts`, `null`; \
custom values are `fields.key`.";

fn files() -> Value {
    let bytes = json!({ "schema": { "type": "string", "format": "binary" } });
    json!({ "text/csv": bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": bytes, "application/json": { "schema": { "type": "array", "items": { "type": "object" } } } })
}

fn parameter(name: &str, what: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "description": what, "schema": schema })
}

fn limit() -> Value {
    parameter("limit", "Records in a page at most.", json!({ "type": "integer", "minimum": 1, "maximum": 500, "default": 50 }))
}

fn cursor() -> Value {
    parameter("cursor", "`next_cursor` of the page before.", json!({ "type": "string" }))
}

fn file_name() -> Value {
    let schema = json!({ "type": "string", "maxLength": 1000, "example": "line-7-layout.pdf" });
    parameter("name", "What the file is called; `file` where nothing is said.", schema)
}

fn file() -> Value {
    json!({ "required": true, "description": "The file itself; `Content-Type` says what it is, `Repr-Digest` may announce its checksum.",
        "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } } })
}

fn format_parameter() -> Value {
    parameter("format", "The form of the file.", json!({ "type": "string", "enum": ["csv", "xlsx", "json"], "default": "csv" }))
}

fn mode_parameter() -> Value {
    parameter(
        "mode",
        "What one wrong row means for the others.",
        json!({ "type": "string", "enum": ["all_or_nothing", "partial"], "default": "all_or_nothing" }),
    )
}

fn dry_run() -> Value {
    parameter("dry_run", "Only say what would become of each row.", json!({ "type": "boolean", "default": false }))
}

fn list_parameters(kind: &Kind) -> Vec<Value> {
    let mut parameters = vec![
        limit(),
        cursor(),
        parameter("fields", "Members wanted of each, with commas between; `id` always comes.", json!({ "type": "string" })),
    ];
    parameters.extend(choosing(kind));
    parameters
}

fn export_parameters(kind: &Kind) -> Vec<Value> {
    let mut parameters = vec![format_parameter()];
    parameters.extend(choosing(kind));
    parameters
}

fn choosing(kind: &Kind) -> Vec<Value> {
    let mut parameters = vec![
        parameter("q", "Words that begin so.", json!({ "type": "string", "maxLength": 200 })),
        parameter("sort", "Members to sort by, `-` before one for descending; at most 3.", json!({ "type": "string" })),
        parameter(
            "archived",
            "What is archived.",
            json!({ "type": "string", "enum": ["exclude", "include", "only"], "default": "exclude" }),
        ),
        parameter("view", "A saved view, whose parameters hold where nothing else is said.", json!({ "type": "string", "format": "uuid" })),
    ];
    for field in kind.fields.iter().filter(|field| field.ty.is_plain()) {
        let mut schema = of_type(field, &field.ty);
        if let Some(schema) = schema.as_object_mut() {
            // What is stored has bounds; what may be asked for has none.
            for bound in ["maxLength", "minLength", "pattern", "minimum", "maximum"] {
                schema.remove(bound);
            }
        }
        parameters.push(parameter(field.name, field.doc, schema));
    }
    parameters
}

/// A record as it is answered.
fn record(kind: &Kind) -> Value {
    let mut properties = properties(kind);
    let instant = |what: &str| json!({ "type": "string", "format": "date-time", "description": what, "readOnly": true });
    let text = |what: &str| json!({ "type": "string", "description": what, "readOnly": true });
    properties.insert(
        "id".into(),
        json!({ "type": "string", "format": "uuid", "description": format!("The {}.", kind.noun()), "readOnly": true }),
    );
    if matches!(kind.within, Within::Parent(_) | Within::Itself) {
        properties.insert(
            "plant_id".into(),
            json!({ "type": "string", "format": "uuid", "description": "The plant it belongs to.", "readOnly": true }),
        );
    }
    properties.insert(
        "version".into(),
        json!({ "type": "integer", "format": "int64", "description": "Counts changes; the ETag.", "readOnly": true }),
    );
    properties.insert("created_at".into(), instant("When it was made."));
    properties.insert("created_by".into(), text("Who made it."));
    properties.insert("updated_at".into(), instant("When it was last changed."));
    properties.insert("updated_by".into(), text("Who changed it last."));
    let mut archived = instant("When it was archived; null while it is in use.");
    archived["type"] = json!(["string", "null"]);
    properties.insert("archived_at".into(), archived);
    let required: Vec<&String> = properties.keys().collect();
    json!({ "type": "object", "description": kind.doc, "required": required, "properties": properties })
}

/// A record as it is made: only its own members, those without a default required.
fn new(kind: &Kind) -> Value {
    let required: Vec<_> = kind
        .fields
        .iter()
        .filter(|field| field.required && field.default.is_none() && !field.read_only && !matches!(field.ty, Type::List(_)))
        .map(|field| field.name)
        .collect();
    let mut schema = json!({ "type": "object", "description": kind.doc, "properties": writable(kind), "additionalProperties": false });
    schema["example"] = Value::Object(example(kind, &required));
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn change(kind: &Kind) -> Value {
    json!({ "type": "object", "description": "What is to be different; null takes a value away.", "properties": writable(kind), "additionalProperties": false })
}

fn writable(kind: &Kind) -> Map<String, Value> {
    let mut properties = properties(kind);
    properties.retain(|name, _| name == "fields" || kind.field(name).is_some_and(|field| !field.read_only));
    properties
}

fn properties(kind: &Kind) -> Map<String, Value> {
    let mut properties: Map<_, _> = kind.fields.iter().map(|field| (field.name.to_string(), of_field(field))).collect();
    let custom = json!({ "type": "object", "description": "Values of the organization's own fields, by key; GET /api/v1/kinds says which there are.",
        "additionalProperties": true, "x-custom-fields": format!("/api/v1/kinds/{}", kind.name) });
    properties.insert("fields".into(), custom);
    properties
}

fn of_field(field: &Field) -> Value {
    let mut schema = of_type(field, &field.ty);
    schema["description"] = json!(field.doc);
    if let Some(unit) = field.unit {
        schema["x-unit"] = json!(unit);
    }
    if let Some(list) = field.type_list {
        schema["x-type-list"] = json!(list);
    }
    let value = |text: &str| match (serde_json::from_str(text).unwrap_or(Value::Null), field.ty) {
        (Value::Number(number), Type::Decimal) => json!(number.to_string()),
        (value, _) => value,
    };
    if let Some(default) = field.default {
        schema["default"] = value(default);
    }
    if let Some(example) = field.example {
        schema["example"] = value(example);
    }
    if !field.required {
        let plain = schema["type"].clone();
        schema["type"] = json!([plain, "null"]);
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.push(Value::Null);
        }
    }
    schema
}

fn of_type(field: &Field, ty: &Type) -> Value {
    match ty {
        Type::Text => {
            let mut schema = json!({ "type": "string", "maxLength": field.length() });
            if let Some(pattern) = field.pattern {
                schema["pattern"] = json!(pattern);
            }
            if field.required && field.default.is_none() {
                schema["minLength"] = json!(1);
            }
            schema
        }
        Type::Integer(least, most) => {
            let (min, max) = field.bounds();
            let whole = |bound: Option<rust_decimal::Decimal>| bound.and_then(|bound| i64::try_from(bound).ok());
            json!({ "type": "integer", "minimum": whole(min).unwrap_or(*least).max(*least), "maximum": whole(max).unwrap_or(*most).min(*most) })
        }
        Type::Decimal => {
            let mut schema = json!({ "type": "string", "format": "decimal", "pattern": format!("^-?[0-9]{{1,12}}(\\.[0-9]{{1,{}}})?$", field.decimals.unwrap_or(DECIMALS)) });
            for (name, bound) in [("x-minimum", field.min), ("x-maximum", field.max)] {
                if let Some(bound) = bound {
                    schema[name] = json!(bound.trim_matches('"'));
                }
            }
            schema
        }
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Date => json!({ "type": "string", "format": "date" }),
        Type::Instant => json!({ "type": "string", "format": "date-time" }),
        Type::Choice(choices) => json!({ "type": "string", "enum": choices.iter().map(|choice| choice.value).collect::<Vec<_>>() }),
        Type::Reference(kind) => json!({ "type": "string", "format": "uuid", "x-reference": kind }),
        Type::List(of) => json!({ "type": "array", "maxItems": field.length(), "items": of_type(field, of) }),
        Type::Object(fields) => {
            let properties: Map<_, _> = fields.iter().map(|field| (field.name.to_string(), of_field(field))).collect();
            let required: Vec<_> =
                fields.iter().filter(|field| field.required && field.default.is_none()).map(|field| field.name).collect();
            json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
        }
    }
}

/// A record to be made: what fields say as example, and of those that must be there and say nothing, the least that fits.
fn example(kind: &Kind, required: &[&str]) -> Map<String, Value> {
    let said = |field: &Field| of_field(field).get("example").cloned();
    let writable = kind.fields.iter().filter(|field| !field.read_only);
    writable
        .filter_map(|field| {
            let value = said(field).or_else(|| required.contains(&field.name).then(|| least(field, &field.ty)))?;
            Some((field.name.to_string(), value))
        })
        .collect()
}

fn least(field: &Field, ty: &Type) -> Value {
    match ty {
        Type::Text => json!(field.title),
        Type::Integer(..) => of_type(field, ty)["minimum"].as_i64().map_or(json!(1), |least| json!(least.max(1))),
        Type::Decimal => json!("1"),
        Type::Boolean => json!(true),
        Type::Date => json!("2027-03-31"),
        Type::Instant => json!("2027-03-31T06:00:00Z"),
        Type::Choice(choices) => json!(choices.first().map(|choice| choice.value)),
        Type::Reference(_) => json!("01926f3e-7b64-7c1a-9d0e-5a4b3c2d1e0f"),
        Type::List(of) => json!([least(field, of)]),
        Type::Object(fields) => {
            let required = fields.iter().filter(|field| field.required && field.default.is_none());
            let member = |field: &Field| of_field(field).get("example").cloned().unwrap_or_else(|| least(field, &field.ty));
            Value::Object(required.map(|field| (field.name.to_string(), member(field))).collect())
        }
    }
}
