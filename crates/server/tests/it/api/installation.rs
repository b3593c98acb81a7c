//! The whole server over a database of the test's own, with records made by what its document says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use identity::Identity;
use identity::admin::{self, First};
use identity::passwords::Hashing;
use planning::imports::session::{self, Upload};
use platform::files::{self, Files, LinkKey, Place, Store};
use platform::http::{App, Settings};
use platform::outbound::{Limits, Outbound};
use platform::runs;
use platform::secrets::Secrets;
use platform::{Caller, Principal};
use serde_json::{Map, Value, json};
use server::serve::{catalogue, openapi_document, router};
use testkit::tokens::Tokens;
use testkit::{Tenant, TestDatabase, new_id};
use tower::ServiceExt;

/// Parameters that pick from a collection of another address.
const ELSEWHERE: &[(&str, &str)] = &[
    ("/api/v1/audit/subjects", "/api/v1/users"),
    ("/api/v1/auth/oidc", "/api/v1/identity-providers"),
    // An archive is made by a run; one that is none is as good as any for whoever may not have it.
    ("/api/v1/environments/archives", "/api/v1/runs"),
    ("/api/v1/file-links", "/api/v1/files"),
    ("/api/v1/me/second-factors", "/api/v1/me/second-factors/totp"),
    ("/api/v1/unsubscribe", "/api/v1/me/notifications"),
];

/// Parameters that stand for no record: names that the program knows.
const NAMED: &[(&str, &str)] = &[("/api/v1/odata", "lines")];

/// References for which a record of their own is made, beside those to what the same record refers to already: an item is no part of itself.
const ANOTHER: &[(&str, &str)] = &[("/api/v1/bom-components", "item_id")];

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
    /// The path with these in place of its parameters, in their order; the last stands for all that follow.
    pub fn path_with(&self, arguments: &[String]) -> String {
        fill(&self.path, arguments)
    }

    pub fn has_parameters(&self) -> bool {
        self.path.contains('{')
    }

    /// What each parameter picks from: `/api/v1/lines` and `/api/v1/lines/{id}/comments` of `/api/v1/lines/{id}/comments/{comment}`.
    pub fn collections(&self) -> impl Iterator<Item = &str> {
        self.path.match_indices("/{").map(|(at, _)| &self.path[..at])
    }
}

/// An account and a device for a caller.
async fn signed_in(test: &TestDatabase, caller: &Caller) {
    let Principal::User { id, session } = caller.principal else { return };
    let admin = test.admin().await;
    let account = "insert into users (organization_id, id, email, name) values ($1, $2, 'ada@one.example', 'Ada')";
    admin.execute(account, &[&caller.organization, &id]).await.unwrap();
    let device = "insert into sessions (organization_id, id, user_id, token_hash, created_at, last_seen_at, idle_s, expires_at)
        values ($1, $2, $3, sha256('one'), now(), now(), 3600, now() + interval '1 day')";
    admin.execute(device, &[&caller.organization, &session, &id]).await.unwrap();
    let told = "insert into notifications (organization_id, id, user_id, topic, said, event_id, actor, occurred_at, created_at, updated_at)
        values ($1, gen_random_uuid(), $2, 'watching', 'line.updated', gen_random_uuid(), 'system:test', now(), now(), now())";
    admin.execute(told, &[&caller.organization, &id]).await.unwrap();
    let sent = "insert into mails (organization_id, id, user_id, template, state, created_at, created_by)
        values ($1, gen_random_uuid(), $2, 'digest', 'failed', now(), 'system:test')";
    admin.execute(sent, &[&caller.organization, &id]).await.unwrap();
}

/// What only verbs make: a job of an order at a line, a count that waits, and a call for help.
async fn at_work(test: &TestDatabase, one: &Tenant) {
    let sql = "with known as (select $1::uuid as organization, $2::uuid as plant, gen_random_uuid() as unit, gen_random_uuid() as item,
            gen_random_uuid() as area, gen_random_uuid() as line, gen_random_uuid() as mo, gen_random_uuid() as job,
            gen_random_uuid() as place),
        units_ as (insert into units (organization_id, id, code, name, symbol, dimension) select organization, unit, 'FLOOR-U', 'Floor', 'fl', 'count' from known),
        items_ as (insert into items (organization_id, id, code, name, category, unit_id) select organization, item, 'FLOOR-I', 'Floor', 'product', unit from known),
        areas_ as (insert into areas (organization_id, plant_id, id, code, name) select organization, plant, area, 'FLOOR-A', 'Floor' from known),
        lines_ as (insert into lines (organization_id, plant_id, id, area_id, name) select organization, plant, line, area, 'FLOOR-L' from known),
        orders_ as (insert into manufacturing_orders (organization_id, plant_id, id, code, item_id, quantity, due_at, status)
            select organization, plant, mo, 'FLOOR-M', item, 10, now(), 'released' from known),
        jobs_ as (insert into jobs (organization_id, plant_id, id, manufacturing_order_id, number, name, area_id, line_id, status, quantity)
            select organization, plant, job, mo, 10, 'Floor', area, line, 'ready', 10 from known),
        states_ as (insert into line_states (organization_id, plant_id, id, line_id, started_at, state, time_class, source)
            select organization, plant, gen_random_uuid(), line, now(), 'stopped', 'delay', 'manual' from known),
        places_ as (insert into locations (organization_id, plant_id, id, code, name) select organization, plant, place, 'FLOOR-P', 'Floor' from known),
        counts_ as (insert into stock_counts (organization_id, plant_id, id, location_id, tolerance_pct, lines, at)
            select organization, plant, gen_random_uuid(), place, 2, '[]', now() from known)
        insert into andon_calls (organization_id, plant_id, id, line_id, kind, called_at)
        select organization, plant, gen_random_uuid(), line, 'material', now() from known";
    test.admin().await.execute(sql, &[&one.organization, &one.plants[0]]).await.unwrap();
}

fn fill(path: &str, arguments: &[String]) -> String {
    let mut arguments = arguments.iter().enumerate().peekable();
    let part = |part: &str| match part.starts_with('{') {
        false => part.to_string(),
        true => {
            let argument = arguments.peek().map(|(_, argument)| (*argument).clone()).unwrap_or_default();
            if arguments.len() > 1 {
                arguments.next();
            }
            argument
        }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
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
    _folder: tempfile::TempDir,
    made: Mutex<BTreeMap<String, Option<String>>>,
}

impl Installation {
    pub async fn new() -> Self {
        let test = TestDatabase::new().await;
        let (one, two) = (test.organization("One", 2).await, test.organization("Two", 1).await);
        at_work(&test, &one).await;
        let operates = "update organizations set operates = true where organization_id = $1";
        test.admin().await.execute(operates, &[&one.organization]).await.unwrap();
        let catalogue = catalogue();
        let all: Vec<&str> = catalogue.all().map(|info| info.permission.0).collect();
        let known = one.person(&all);
        signed_in(&test, &known).await;
        let tokens = Tokens::default()
            .with("all", known)
            .with("none", one.person(&[]))
            .with("second-plant", one.person_at(one.plants[1], &all))
            .with("other", two.person(&all));
        let settings = Settings { requests_per_hour: u32::MAX, ..Settings::default() };
        let mut secrets = identity::Settings::new([7; 32]);
        secrets.hashing = Hashing { memory_kib: 64, passes: 1, at_once: 2, waiting: 64 };
        let identity = Identity::new(test.database.clone(), catalogue.clone(), secrets).unwrap();
        let app = App::new(test.database.clone(), Arc::new(identity.clone()), settings).with(identity.clone());
        let app = app.with(Secrets::derived(&[7; 32]).unwrap()).with(Outbound::new(Limits::default()).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Place::Folder(folder.path().join("files")));
        let app = app.with(Files::new(store, None, files::Limits::default(), LinkKey::derived(&[7; 32]).unwrap()));
        let app = server::serve::equip(app, Arc::new(identity)).unwrap();
        let mut tx = app.begin(&one.system()).await.unwrap();
        let order = runs::Order { plant: Some(one.plants[0]), ..Default::default() };
        runs::enqueue(&mut tx, &runs::PROBE, order).await.unwrap();
        let file = Upload { file_name: "Lines.csv".into(), content: b"Line,Area,Hours per day\n".to_vec() };
        session::open(&mut tx, one.plants[0], &file, session::Mode::Merge).await.unwrap();
        tx.commit().await.unwrap();
        let known = app.clone().known_by(Arc::new(tokens));
        Installation { test, one, router: router(known), app, document: document(), _folder: folder, made: Mutex::default() }
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

    /// Sends what `operation` takes, with `arguments` in place of its parameters.
    pub async fn try_operation(&self, operation: &Operation, arguments: &[String], token: &str) -> Answer {
        self.send(self.request_of(operation, arguments, token)).await
    }

    pub fn request_of(&self, operation: &Operation, arguments: &[String], token: &str) -> Request<Body> {
        let body = self.body_of(&operation.document);
        let mut request = request(operation.method.clone(), &operation.path_with(arguments), token, body);
        request.headers_mut().insert("if-match", "*".parse().unwrap());
        if let Some((media, _)) = content_of(&operation.document) {
            request.headers_mut().insert("content-type", media.parse().unwrap());
        }
        request
    }

    /// What stands for each parameter of `operation`: records of the first organization, of its first plant where they belong to one.
    pub async fn arguments(&self, operation: &Operation) -> Option<Vec<String>> {
        let parameters = operation.document["parameters"].as_array().cloned().unwrap_or_default();
        let said: Vec<&Value> = parameters.iter().map(|parameter| self.resolve(parameter)).filter(|found| found["in"] == "path").collect();
        let mut arguments = Vec::new();
        for (index, collection) in operation.collections().enumerate() {
            let parameter = said.get(index).copied().unwrap_or(&Value::Null);
            let schema = self.resolve(&parameter["schema"]);
            let choice = schema["enum"][0].as_str().map(ToString::to_string);
            // A number of something (a version) is no record of its own: the example will do.
            let number = parameter["example"].as_i64().filter(|_| schema["type"] == "integer").map(|number| number.to_string());
            let name = NAMED.iter().find(|(parameter, _)| *parameter == collection).map(|(_, name)| (*name).to_string());
            let argument = match choice.or(number).or(name) {
                Some(choice) => choice,
                None => self.record_in(collection, &arguments).await?,
            };
            arguments.push(argument);
        }
        Some(arguments)
    }

    /// A record of the first organization in `collection`, of its first plant where it belongs to one: found, or made as the document says.
    pub async fn record_in(&self, collection: &str, arguments: &[String]) -> Option<String> {
        let collection = ELSEWHERE.iter().find(|(parameter, _)| *parameter == collection).map_or(collection, |(_, records)| records);
        let address = fill(collection, arguments);
        if let Some(known) = self.made.lock().unwrap().get(&address) {
            return known.clone();
        }
        // Nothing is its own reason to exist: whoever asks on the way finds none.
        self.made.lock().unwrap().insert(address.clone(), None);
        let listed = self.get(&address, "all").await;
        let list = listed.json().unwrap_or_default();
        let items = list["items"].as_array().or_else(|| list.as_array());
        // What every organization has, built in, belongs to nobody.
        let first = items.into_iter().flatten().find(|item| item["built_in"] != true);
        let first = first.and_then(|first| first.get("id").or_else(|| first.get("name"))?.as_str());
        let first = first.map(ToString::to_string);
        let id = match first {
            Some(id) => Some(id),
            None => Box::pin(self.make_in(collection, &address, |_| ())).await,
        };
        self.made.lock().unwrap().insert(address, id.clone());
        id
    }

    /// One more record, which differs in what has to differ.
    async fn another_in(&self, collection: &str) -> Option<String> {
        let different = |body: &mut Map<String, Value>| {
            for name in ["code", "name", "symbol"] {
                body.entry(name).and_modify(|text| *text = json!(format!("N{}", &new_id().simple().to_string()[20..])));
            }
            body.entry("number").and_modify(|number| *number = json!(number.as_i64().unwrap_or_default() + 10));
        };
        Box::pin(self.make_in(collection, collection, different)).await
    }

    async fn make_in(&self, collection: &str, address: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Option<String> {
        let operation = &self.document["paths"][collection]["post"];
        if operation.is_null() {
            return None;
        }
        let mut referred = BTreeMap::new();
        for (name, needed) in self.references_of(operation) {
            let again = referred.values().any(|(of, _)| *of == needed) || ANOTHER.contains(&(collection, name.as_str()));
            let id = if again { self.another_in(&needed).await } else { self.record_in(&needed, &[]).await };
            referred.insert(name, (needed, id));
        }
        let mut body = self.body_of(operation);
        if let Some(Value::Object(body)) = &mut body {
            body.extend(referred.into_iter().filter_map(|(name, (_, id))| Some((name, json!(id?)))));
            // What may belong to a plant does, so that it can be tried from the other one.
            if operation["x-kind"].is_string()
                && content_of(operation)
                    .is_some_and(|(_, content)| self.resolve(&content["schema"])["properties"].get("plant_id").is_some())
            {
                body.entry("plant_id").or_insert_with(|| json!(self.one.plants[0]));
            }
            change(body);
        }
        let answer = self.send(request(Method::POST, address, "all", body.clone())).await;
        let made = answer.json()?;
        assert!(answer.status.is_success(), "nothing was made in {address}: {:?} refused: {made}", body.unwrap_or_default());
        // Where something is told once beside it, the record is a member of the answer.
        let record = made.as_object()?.values().find(|member| member["id"].is_string()).unwrap_or(&made);
        made["id"].as_str().or_else(|| record["id"].as_str()).map(ToString::to_string)
    }

    /// Members that have to refer to something, and where that is.
    fn references_of(&self, operation: &Value) -> Vec<(String, String)> {
        let Some((_, content)) = content_of(operation) else { return Vec::new() };
        let schema = self.resolve(&content["schema"]);
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let person = schema["properties"].get("user_id").map(|_| "user_id");
        let names: BTreeSet<&str> = required.chain(person).filter(|name| *name != "plant_id").collect();
        let collection = |name: &str| self.collection_of(name, &schema["properties"][name]);
        names.into_iter().filter_map(|name| Some((name.to_string(), collection(name)?))).collect()
    }

    /// `/api/v1/areas` for a member that refers to an area.
    fn collection_of(&self, name: &str, member: &Value) -> Option<String> {
        if name == "user_id" {
            return Some("/api/v1/users".into());
        }
        let kind = member["x-reference"].as_str()?;
        let mut paths = self.document["paths"].as_object()?.iter();
        let (path, _) = paths.find(|(path, item)| item["post"]["x-kind"] == kind && path.matches('/').count() == 3)?;
        Some(path.clone())
    }

    fn body_of(&self, operation: &Value) -> Option<Value> {
        let (_, content) = content_of(operation)?;
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
        if let Some(id) = self.made_for(name, schema) {
            return json!(id);
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(first) = schema[choice].as_array().and_then(|all| all.iter().find(|choice| choice["type"] != "null")) {
                return self.value_of(first, name);
            }
        }
        if schema["properties"].is_object() {
            return self.object_of(schema).into();
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
            _ => json!({}),
        }
    }

    /// What the example says and what must be there, with references to records that were made in place of invented ones.
    fn object_of(&self, schema: &Value) -> Map<String, Value> {
        let mut object = schema["example"].as_object().cloned().unwrap_or_default();
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                object.insert(name.to_string(), self.value_of(&schema["properties"][name], name));
            }
        }
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            match self.made_for(name, member) {
                Some(id) if object.contains_key(name) || name == "user_id" => object.insert(name.clone(), json!(id)),
                None if self.collection_of(name, member).is_some() => object.remove(name),
                _ => None,
            };
        }
        object
    }

    /// The record that a member refers to, if one was made.
    fn made_for(&self, name: &str, member: &Value) -> Option<String> {
        if name == "plant_id" {
            return Some(self.one.plants[0].to_string());
        }
        let collection = self.collection_of(name, member)?;
        self.made.lock().unwrap().get(&collection).cloned().flatten()
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

/// What a body is and how it is written: as JSON where it may be.
fn content_of(operation: &Value) -> Option<(&str, &Value)> {
    let forms = operation["requestBody"]["content"].as_object()?;
    let json = forms.iter().find(|(media, _)| media.ends_with("json"));
    json.or_else(|| forms.iter().next()).map(|(media, content)| (media.as_str(), content))
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
