//! The whole server over a database of the test's own, with records made by what its document says.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use identity::Identity;
use identity::admin::{self, First};
use identity::passwords::Hashing;
use platform::http::{App, Settings};
use platform::runs;
use platform::secrets::Secrets;
use serde_json::{Value, json};
use server::serve::{catalogue, openapi_document, router};
use testkit::tokens::Tokens;
use testkit::{Tenant, TestDatabase, new_id};
use tower::ServiceExt;

/// Parameters that pick from a collection of another address.
const ELSEWHERE: &[(&str, &str)] = &[("/api/v1/audit/subjects", "/api/v1/users")];

/// One operation of the document.
pub struct Operation {
    pub method: Method,
    pub path: String,
    /// `x-permission`.
    pub access: String,
    pub document: Value,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Operation {
    /// The path with something else in place of its parameters.
    pub fn path_with(&self, id: &str) -> String {
        self.path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect::<Vec<_>>().join("/")
    }

    pub fn has_parameters(&self) -> bool {
        self.path.contains('{')
    }

    /// The collection that the path's first parameter picks from: `/api/v1/lines` of `/api/v1/lines/{id}/archive`.
    pub fn collection(&self) -> &str {
        self.path.split("/{").next().unwrap_or_default()
    }
}

pub fn document() -> Value {
    serde_json::from_str(&openapi_document()).unwrap()
}

pub fn operations() -> Vec<Operation> {
    let document = document();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let access = operation["x-permission"].as_str().unwrap_or_default().to_string();
            operations.push(Operation { method, path: path.clone(), access, document: operation.clone() });
        }
    }
    operations
}

/// A server and callers, by token: `all` and `none` (every permission, none) of the first organization, `second-plant` (every permission,
/// at its second plant only), `other` (every permission, of the other organization).
pub struct Installation {
    test: TestDatabase,
    pub one: Tenant,
    pub router: axum::Router,
    app: App,
    document: Value,
    made: Mutex<BTreeMap<String, Option<String>>>,
}

impl Installation {
    pub async fn new() -> Self {
        let test = TestDatabase::new().await;
        let (one, two) = (test.organization("One", 2).await, test.organization("Two", 1).await);
        let operates = "update organizations set operates = true where organization_id = $1";
        test.admin().await.execute(operates, &[&one.organization]).await.unwrap();
        let catalogue = catalogue();
        let all: Vec<&str> = catalogue.all().map(|info| info.permission.0).collect();
        let tokens = Tokens::default()
            .with("all", one.person(&all))
            .with("none", one.person(&[]))
            .with("second-plant", one.person_at(one.plants[1], &all))
            .with("other", two.person(&all));
        let settings = Settings { requests_per_hour: u32::MAX, ..Settings::default() };
        let mut secrets = identity::Settings::new([7; 32]);
        secrets.hashing = Hashing { memory_kib: 64, passes: 1, at_once: 2, waiting: 64 };
        let identity = Identity::new(test.database.clone(), catalogue.clone(), secrets).unwrap();
        let app = server::serve::equip(App::new(test.database.clone(), Arc::new(identity.clone()), settings).with(identity));
        let app = app.with(Secrets::derived(&[7; 32]).unwrap());
        let mut tx = app.begin(&one.system()).await.unwrap();
        let order = runs::Order { plant: Some(one.plants[0]), ..Default::default() };
        runs::enqueue(&mut tx, &runs::PROBE, order).await.unwrap();
        tx.commit().await.unwrap();
        let known = app.clone().known_by(Arc::new(tokens));
        Installation { test, one, router: router(known), app, document: document(), made: Mutex::default() }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// A key made by somebody who signed in, which worked and has expired since; and the server that knows it.
    pub async fn expired_key(&self) -> (axum::Router, String) {
        let identity: Identity = self.app.part().unwrap();
        let first = First { name: "Three", slug: "three", operates: false, admin_email: "admin@three.example", admin_name: "Ada" };
        let made = admin::create_organization(&identity, &first).await.unwrap();
        let mut tx = self.app.begin(&admin::caller(&identity, made.organization)).await.unwrap();
        admin::set_password(&mut tx, &identity, made.user, "seven kettles in the fog", admin::Judge::NotAtAll).await.unwrap();
        tx.commit().await.unwrap();

        let router = router(self.app.clone());
        let send = async |request| Answer::of(router.clone().oneshot(request).await.unwrap()).await;
        let login = json!({ "email": first.admin_email, "password": "seven kettles in the fog" });
        let session = send(request(Method::POST, "/api/v1/auth/login", "", Some(login))).await;
        let cookies = session.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let mut wanted = request(Method::POST, "/api/v1/api-keys", "", Some(json!({ "name": "Old", "scopes": ["*"] })));
        wanted.headers_mut().insert("cookie", cookies.parse().unwrap());
        wanted.headers_mut().insert("x-csrf-token", session.json().unwrap()["csrf_token"].as_str().unwrap().parse().unwrap());
        let key = send(wanted).await.json().unwrap()["secret"].as_str().unwrap().to_string();

        assert_eq!(send(request(Method::GET, "/api/v1/auth/me", &key, None)).await.status, 200);
        self.test.admin().await.execute("update api_keys set expires_at = now() - interval '1 minute'", &[]).await.unwrap();
        (router, key)
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(request(Method::GET, path, token, None)).await
    }

    /// Sends what `operation` takes, to `id` where it has a parameter.
    pub async fn try_operation(&self, operation: &Operation, id: &str, token: &str) -> Answer {
        self.send(self.request_of(operation, id, token)).await
    }

    pub fn request_of(&self, operation: &Operation, id: &str, token: &str) -> Request<Body> {
        let body = self.body_of(&operation.document);
        let mut request = request(operation.method.clone(), &operation.path_with(id), token, body);
        request.headers_mut().insert("if-match", "*".parse().unwrap());
        request
    }

    /// A record of the first organization in `collection`, of its first plant where it belongs to one: found, or made as the document says.
    pub async fn record_in(&self, collection: &str) -> Option<String> {
        let collection = ELSEWHERE.iter().find(|(parameter, _)| *parameter == collection).map_or(collection, |(_, records)| records);
        if let Some(known) = self.made.lock().unwrap().get(collection) {
            return known.clone();
        }
        // Nothing is its own reason to exist: whoever asks on the way finds none.
        self.made.lock().unwrap().insert(collection.to_string(), None);
        let listed = self.get(collection, "all").await;
        let first = listed.json().and_then(|list| list["items"][0]["id"].as_str().map(ToString::to_string));
        let id = match first {
            Some(id) => Some(id),
            None => Box::pin(self.make_in(collection)).await,
        };
        self.made.lock().unwrap().insert(collection.to_string(), id.clone());
        id
    }

    async fn make_in(&self, collection: &str) -> Option<String> {
        let operation = &self.document["paths"][collection]["post"];
        let references = self.references_of(operation);
        for needed in references {
            self.record_in(&needed).await;
        }
        let body = self.body_of(operation);
        let answer = self.send(request(Method::POST, collection, "all", body)).await;
        let made = answer.json()?;
        // Where something is told once beside it, the record is a member of the answer.
        let record = made.as_object()?.values().find(|member| member["id"].is_string()).unwrap_or(&made);
        made["id"].as_str().or_else(|| record["id"].as_str()).map(ToString::to_string)
    }

    fn references_of(&self, operation: &Value) -> Vec<String> {
        let schema = self.resolve(&operation["requestBody"]["content"]["application/json"]["schema"]);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        required.iter().filter_map(|name| self.collection_of(&schema["properties"][name.as_str()?])).collect()
    }

    /// `/api/v1/areas` for a member that refers to an area.
    fn collection_of(&self, member: &Value) -> Option<String> {
        let kind = member["x-reference"].as_str()?;
        let mut paths = self.document["paths"].as_object()?.iter();
        let (path, _) = paths.find(|(path, item)| item["post"]["x-kind"] == kind && path.matches('/').count() == 3)?;
        Some(path.clone())
    }

    fn body_of(&self, operation: &Value) -> Option<Value> {
        let content = &operation["requestBody"]["content"]["application/json"];
        if content.is_null() {
            return None;
        }
        Some(match content.get("example") {
            Some(example) => example.clone(),
            None => self.value_of(&content["schema"], ""),
        })
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|reference| self.document.pointer(reference.strip_prefix('#')?)) {
            Some(target) => self.resolve(target),
            None => schema,
        }
    }

    /// The smallest value that fits a schema.
    fn value_of(&self, schema: &Value, name: &str) -> Value {
        let schema = self.resolve(schema);
        if name == "plant_id" {
            return json!(self.one.plants[0]);
        }
        if let Some(collection) = self.collection_of(schema)
            && let Some(Some(id)) = self.made.lock().unwrap().get(&collection)
        {
            return json!(id);
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(first) = schema[choice].as_array().and_then(|all| all.iter().find(|choice| choice["type"] != "null")) {
                return self.value_of(first, name);
            }
        }
        if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)).or_else(|| schema["enum"].get(0)) {
            return example.clone();
        }
        let mut kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
        kinds.retain(|kind| kind != "null");
        match kinds.first().and_then(Value::as_str) {
            Some("string") => match schema["format"].as_str() {
                Some("uuid") => json!(new_id()),
                Some("date") => json!("2026-11-23"),
                Some("date-time") => json!("2026-11-23T06:00:00Z"),
                Some("email") => json!(format!("{}@one.example", new_id().simple())),
                Some("decimal") => json!("1"),
                _ => json!(format!("N{}", new_id().simple().to_string().split_off(20))),
            },
            Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
            Some("boolean") => json!(false),
            Some("array") if schema["minItems"].as_u64().unwrap_or(0) > 0 => json!([self.value_of(&schema["items"], "")]),
            Some("array") => json!([]),
            _ => {
                let required = schema["required"].as_array().cloned().unwrap_or_default();
                let names = required.iter().filter_map(Value::as_str);
                names
                    .map(|name| (name.to_string(), self.value_of(&schema["properties"][name], name)))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }
        }
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: bytes::Bytes,
}

impl Answer {
    pub async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Status and, for a refusal, code.
    pub fn verdict(&self) -> (u16, String) {
        let code = self.json().and_then(|problem| problem["code"].as_str().map(ToString::to_string));
        (self.status.as_u16(), if self.status.is_success() { String::new() } else { code.unwrap_or_default() })
    }
}

pub fn request(method: Method, path: &str, token: &str, body: Option<Value>) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    let request = if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) };
    match body {
        Some(body) => request.header("content-type", "application/json").body(body.to_string().into()),
        None => request.body(Body::empty()),
    }
    .unwrap()
}
