//! The OData feed over HTTP: what it says of itself, what a program reads with it, and what nobody gets out of it.

mod client;
mod element;
mod hostile;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use identity::Identity;
use identity::admin::{self, First};
use identity::passwords::Hashing;
use platform::http::{App, Settings};
use platform::outbound::{Limits, Outbound};
use platform::secrets::Secrets;
use serde_json::{Value, json};
use server::serve::{catalogue, equip, router};
use testkit::TestDatabase;
use tower::ServiceExt;
use uuid::Uuid;

use self::element::Element;
use crate::planning::Office;

struct Read {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Read {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    #[track_caller]
    fn rows(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()["value"].as_array().unwrap().clone()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(router: &axum::Router, authorization: &str, address: &str, headers: &[(&str, &str)]) -> Read {
    let address = address.replace(' ', "%20");
    let mut request =
        Request::builder().uri(format!("/api/v1/odata{address}")).header("host", "gemba.example").header("authorization", authorization);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Read { status: head.status, headers: head.headers, text: String::from_utf8(body.to_vec()).unwrap() }
}

async fn read(office: &Office, who: &str, address: &str) -> Read {
    ask(&office.router, &format!("Bearer {who}"), address, &[]).await
}

/// An office with a plan.
async fn planned() -> (Office, String) {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    office.optimized(&scenario).await;
    (office, scenario)
}

#[tokio::test]
async fn the_feed_says_what_it_has_by_the_rules_of_csdl() {
    let office = Office::bare().await;
    let service = read(&office, "planner", "/").await;
    assert_eq!((service.header("odata-version"), service.header("content-type")), ("4.0", "application/json;odata.metadata=minimal"));
    assert_eq!(service.json()["@odata.context"], "http://gemba.example/api/v1/odata/$metadata");
    let sets: BTreeSet<String> = service.rows().iter().map(|set| set["name"].as_str().unwrap().to_owned()).collect();
    let views = "select relname::text from pg_class where relnamespace = 'bi'::regnamespace";
    let views: BTreeSet<String> = office.test.admin().await.query(views, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    // Custom values of many kinds have no right of their own; they are for readers of the whole.
    assert_eq!(&views - &sets, ["custom_values".to_owned()].into());

    let metadata = read(&office, "planner", "/$metadata").await;
    assert_eq!(metadata.header("content-type"), "application/xml");
    let model = Element::read(&metadata.text);
    assert_eq!((model.name.as_str(), model.attribute("Version")), ("edmx:Edmx", "4.0"));
    let schema = model.only("edmx:DataServices").only("Schema");
    assert_eq!(schema.attribute("xmlns"), "http://docs.oasis-open.org/odata/ns/edm");
    let namespace = schema.attribute("Namespace");
    const TYPES: [&str; 10] = ["Guid", "String", "Int16", "Int32", "Int64", "Decimal", "Double", "Boolean", "Date", "DateTimeOffset"];
    let mut types = BTreeMap::new();
    for entity in schema.all("EntityType") {
        let properties: BTreeMap<&str, &Element> = entity.all("Property").map(|property| (property.attribute("Name"), property)).collect();
        assert_eq!(properties.len(), entity.all("Property").count(), "names are unique in {}", entity.attribute("Name"));
        let key: Vec<&str> = entity.only("Key").all("PropertyRef").map(|part| part.attribute("Name")).collect();
        assert!(!key.is_empty());
        for part in key {
            assert_eq!(properties[part].attribute("Nullable"), "false", "a key is never null");
            assert!(!["Edm.Double"].contains(&properties[part].attribute("Type")), "no key is a double");
        }
        for (name, property) in &properties {
            let is_identifier =
                name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_') && !name.as_bytes()[0].is_ascii_digit();
            assert!(is_identifier && TYPES.contains(&property.attribute("Type").strip_prefix("Edm.").unwrap()), "{name}");
            let about = property.only("Annotation");
            assert!(about.attribute("Term") == "Core.Description" && !about.attribute("String").is_empty(), "{name}");
        }
        assert!(types.insert(format!("{namespace}.{}", entity.attribute("Name")), properties.len()).is_none());
    }
    let container = schema.only("EntityContainer");
    let declared: BTreeSet<String> = container.all("EntitySet").map(|set| set.attribute("Name").to_owned()).collect();
    assert_eq!(declared, sets);
    assert!(container.all("EntitySet").all(|set| types.contains_key(set.attribute("EntityType"))));

    // The same as JSON, and the form as Accept says it.
    let as_json = ask(&office.router, "Bearer planner", "/$metadata", &[("accept", "application/json")]).await.json();
    assert_eq!((as_json["$Version"].as_str(), as_json["$EntityContainer"].as_str()), (Some("4.01"), Some("gemba.bi.Container")));
    assert_eq!(as_json["gemba.bi"]["line_loads"]["$Key"], json!(["result_id", "row_number"]));
    let refused = ask(&office.router, "Bearer planner", "/lines", &[("accept", "text/csv")]).await;
    assert_eq!((refused.status.as_u16(), refused.json()["error"]["code"].as_str()), (406, Some("not_acceptable")));
}

#[tokio::test]
async fn a_program_reads_every_set_page_by_page() {
    let (office, scenario) = planned().await;
    let plan = office.get("planner", &format!("/scenarios/{scenario}/results")).await.ok()["plan"].clone();
    let sets: Vec<String> = read(&office, "planner", "").await.rows().iter().map(|set| set["name"].as_str().unwrap().to_owned()).collect();
    for set in &sets {
        let whole = read(&office, "planner", &format!("/{set}?$count=true")).await;
        let (all, rows) = (whole.json()["@odata.count"].as_i64().unwrap(), whole.rows());
        assert_eq!(read(&office, "planner", &format!("/{set}/$count")).await.text, all.to_string(), "{set}");
        let expected = all.min(5_000);
        assert_eq!(rows.len() as i64, expected, "{set}");
        // Page by page, in the order of any property, each row comes once.
        let properties: Vec<String> = rows.first().and_then(Value::as_object).into_iter().flat_map(|row| row.keys().cloned()).collect();
        let orders = properties.iter().flat_map(|property| [property.clone(), format!("{property} desc")]).chain([String::new()]);
        // Some properties of each: all of them would be thousands of requests.
        for order in orders.enumerate().filter(|(at, _)| at % 5 == 0 && all < 400 && all > 0).map(|(_, order)| order) {
            let mut next = format!("/{set}?$orderby={order}");
            let mut seen = Vec::new();
            loop {
                let page = ask(&office.router, "Bearer planner", &next, &[("prefer", "odata.maxpagesize=67")]).await;
                assert_eq!(page.header("preference-applied"), "odata.maxpagesize=67");
                seen.extend(page.rows());
                let Some(link) = page.json()["@odata.nextLink"].as_str().map(str::to_owned) else { break };
                assert!(page.rows().len() == 67 && seen.len() < rows.len(), "{set} by {order}");
                next = link.strip_prefix("http://gemba.example/api/v1/odata").unwrap().to_owned();
            }
            let texts = |rows: &[Value]| rows.iter().map(Value::to_string).collect::<BTreeSet<_>>();
            // When it was read is another time each time.
            assert!(set == "about" || texts(&seen) == texts(&rows), "{set} by {order}");
            assert_eq!(seen.len(), rows.len(), "{set} by {order}");
        }
    }
    // A part: top and skip, over pages.
    let two =
        ask(&office.router, "Bearer planner", "/lines?$top=3&$skip=1&$select=line&$orderby=line", &[("prefer", "maxpagesize=2")]).await;
    assert_eq!(two.json()["@odata.context"], "http://gemba.example/api/v1/odata/$metadata#lines(line)");
    let link = two.json()["@odata.nextLink"].as_str().unwrap().to_owned();
    let third = read(&office, "planner", link.strip_prefix("http://gemba.example/api/v1/odata").unwrap()).await;
    let names: Vec<String> = two.rows().iter().chain(&third.rows()).map(|row| row["line"].as_str().unwrap().to_owned()).collect();
    let all: Vec<String> = read(&office, "planner", "/lines?$orderby=line&select=line")
        .await
        .rows()
        .iter()
        .map(|row| row["line"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, all[1..4]);
    assert!(third.json().get("@odata.nextLink").is_none());

    // One row, by its key; what it says of itself as asked.
    let line = read(&office, "planner", "/lines?$top=1").await.rows()[0].clone();
    let id = line["line_id"].as_str().unwrap();
    let one = read(&office, "planner", &format!("/lines({id})")).await.json();
    assert_eq!(
        (&one["line"], one["@odata.context"].as_str()),
        (&line["line"], Some("http://gemba.example/api/v1/odata/$metadata#lines/$entity"))
    );
    let load = read(&office, "planner", "/line_loads?$top=1&$format=application/json;odata.metadata=full").await.rows()[0].clone();
    assert_eq!((load["@odata.type"].as_str(), load["result_id@odata.type"].as_str()), (Some("#gemba.bi.line_loads"), Some("#Guid")));
    let same = read(&office, "planner", &format!("/{}?$format=application/json;odata.metadata=none", load["@odata.id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!((same["line"].as_str(), same.get("@odata.context")), (load["line"].as_str(), None));
    assert_eq!(read(&office, "planner", "/periods('2030')").await.json()["starts_on"], "2030-01-01");
    assert_eq!(read(&office, "planner", &format!("/lines({scenario})")).await.status, 404);
    near(&read(&office, "planner", "/supply").await.rows(), "delivered_units", plan["summary"]["finished_units"].as_f64().unwrap());

    // The trail tells who took what, also of whoever begins behind a place of their own making.
    let told = async |set: &str| {
        let sql =
            "select coalesce(sum((detail ->> 'rows')::int), 0) from audit_events where action = 'feed.exported' and detail ->> 'set' = $1";
        office.test.admin().await.query_one(sql, &[&set]).await.unwrap().get::<_, i64>(0)
    };
    assert!(told("supply").await > 0);
    let (before, lines) = (told("lines").await, read(&office, "planner", "/lines/$count").await.text.parse::<i64>().unwrap());
    let cursor = json!({ "s": "lines:", "v": [Uuid::nil()], "i": Uuid::nil() });
    let cursor: platform::http::Cursor = serde_json::from_value(cursor).unwrap();
    assert_eq!(read(&office, "planner", &format!("/lines?$skiptoken={}", cursor.text())).await.rows().len() as i64, lines);
    assert_eq!(told("lines").await, before + lines);
}

#[track_caller]
fn near(rows: &[Value], member: &str, expected: f64) {
    let sum: f64 = rows.iter().map(|row| row[member].as_f64().unwrap()).sum();
    assert!((sum - expected).abs() < 1e-6 * expected.max(1.0), "{sum} is not {expected}");
}

#[tokio::test]
async fn conditions_mean_what_odata_says() {
    let (office, _) = planned().await;
    let loads = read(&office, "planner", "/line_loads").await.rows();
    let count = |condition: &dyn Fn(&Value) -> bool| loads.iter().filter(|load| condition(load)).count();
    let number = |load: &Value, member: &str| load[member].as_f64().unwrap_or(f64::NAN);
    let text = |load: &Value, member: &str| load[member].as_str().unwrap_or_default().to_owned();
    let line = loads[0]["line_id"].as_str().unwrap().to_owned();
    let cases: Vec<(String, usize)> = vec![
        ("hours_used gt 1000".into(), count(&|load| number(load, "hours_used") > 1000.0)),
        ("not (hours_used gt 1e3)".into(), count(&|load| number(load, "hours_used") <= 1000.0)),
        (
            "hours_used ge 1000.5 and is_constraint".into(),
            count(&|load| number(load, "hours_used") >= 1000.5 && load["is_constraint"] == true),
        ),
        (
            "is_constraint eq true or hours_used lt 10".into(),
            count(&|load| load["is_constraint"] == true || number(load, "hours_used") < 10.0),
        ),
        ("utilization_pct eq null".into(), count(&|load| load["utilization_pct"].is_null())),
        ("utilization_pct ne null and not (utilization_pct le 50)".into(), count(&|load| number(load, "utilization_pct") > 50.0)),
        ("not (utilization_pct le 50)".into(), count(&|load| number(load, "utilization_pct") > 50.0)),
        (format!("line_id eq {line}"), count(&|load| load["line_id"] == line.as_str())),
        (format!("line_id ne {line}"), count(&|load| load["line_id"] != line.as_str())),
        (
            format!("line_id in ({line}, null) and period in ('2028','2030')"),
            count(&|load| {
                (load["line_id"] == line.as_str() || load["line_id"].is_null()) && ["2028", "2030"].contains(&text(load, "period").as_str())
            }),
        ),
        (
            "startswith(line,'SMT') and endswith(line,'2')".into(),
            count(&|load| text(load, "line").starts_with("SMT") && text(load, "line").ends_with('2')),
        ),
        ("contains(tolower(line),'cc-') eq true".into(), count(&|load| text(load, "line").to_lowercase().contains("cc-"))),
        (
            "not contains(line,'_') and length(line) gt 5".into(),
            count(&|load| !text(load, "line").contains('_') && text(load, "line").len() > 5),
        ),
        ("line eq 'O''Brien'' or 1=1 --'".into(), 0),
        (
            "concat(concat(area,'/'),line) ne toupper(line) and trim(area) eq area".into(),
            count(&|load| text(load, "area").trim() == text(load, "area")),
        ),
        (
            "round(hours_used) ge 1 and floor(hours_used) le ceiling(hours_used)".into(),
            count(&|load| number(load, "hours_used").round() >= 1.0),
        ),
        ("hours_used eq hours_available".into(), count(&|load| load["hours_used"] == load["hours_available"])),
        ("row_number le 3 or row_number eq 99999999999".into(), 3),
        ("1 eq 1".into(), loads.len()),
        ("null eq line_id".into(), count(&|load| load["line_id"].is_null())),
    ];
    for (filter, expected) in cases {
        let encoded = filter.replace('%', "%25").replace('\'', "%27");
        let found = read(&office, "planner", &format!("/line_loads?$filter={encoded}")).await;
        assert_eq!(found.rows().len(), expected, "{filter}");
        assert_eq!(read(&office, "planner", &format!("/line_loads/$count?$filter={encoded}")).await.text, expected.to_string(), "{filter}");
    }
    let days = read(&office, "planner", "/days?$filter=year(day) eq 2027 and month(day) eq 2 and day ge 2027-02-10").await.rows();
    assert_eq!(days.len(), 19);
    for filter in [
        "optimized_at gt 2020-01-01T00:00:00Z",
        "optimized_at gt 2020-01-01",
        "date(optimized_at) gt 2020-01-01 and year(optimized_at) gt 2020",
    ] {
        assert_eq!(read(&office, "planner", &format!("/results?$filter={filter}")).await.rows().len(), 1, "{filter}");
    }
}

#[tokio::test]
async fn sums_are_those_of_the_rows() {
    let (office, _) = planned().await;
    let loads = read(&office, "planner", "/line_loads").await.rows();
    let number = |load: &Value, member: &str| load[member].as_f64().unwrap_or_default();
    let mut expected: BTreeMap<(String, String), (f64, usize)> = BTreeMap::new();
    for load in loads.iter().filter(|load| number(load, "hours_used") > 0.0) {
        let group = (load["area"].as_str().unwrap().to_owned(), load["period"].as_str().unwrap().to_owned());
        let sums = expected.entry(group).or_default();
        *sums = (sums.0 + number(load, "hours_used"), sums.1 + 1);
    }
    let asked = "/line_loads?$apply=filter(hours_used gt 0)/groupby((area,period),aggregate(hours_used with sum as hours,$count as n,line_id with countdistinct as lines))";
    let found = read(&office, "planner", &format!("{asked}&$count=true&$orderby=period desc,area")).await;
    assert_eq!(found.json()["@odata.context"], "http://gemba.example/api/v1/odata/$metadata#line_loads(area,period,hours,n,lines)");
    assert_eq!(found.json()["@odata.count"], expected.len());
    let rows = found.rows();
    for row in &rows {
        let (hours, count) = expected[&(row["area"].as_str().unwrap().to_owned(), row["period"].as_str().unwrap().to_owned())];
        assert!((row["hours"].as_f64().unwrap() - hours).abs() < 1e-6 * hours, "{row}");
        assert_eq!(row["n"], count);
    }
    let order: Vec<(&str, &str)> = rows.iter().map(|row| (row["period"].as_str().unwrap(), row["area"].as_str().unwrap())).collect();
    assert!(order.windows(2).all(|pair| pair[0].0 > pair[1].0 || (pair[0].0 == pair[1].0 && pair[0].1 < pair[1].1)), "{order:?}");
    let second = read(&office, "planner", &format!("{asked}&$orderby=period desc,area&$top=1&$skip=1")).await.rows();
    assert_eq!(second, rows[1..2]);
    for none in ["$top=0", "$skip=10000"] {
        let counted = read(&office, "planner", &format!("{asked}&$count=true&{none}")).await;
        assert_eq!((counted.rows().len(), counted.json()["@odata.count"].as_u64()), (0, Some(rows.len() as u64)), "{none}");
    }

    // One row for all; nulls where there is nothing to sum; what differs without more.
    let all =
        read(&office, "planner", "/line_loads?$apply=aggregate(hours_used with average as mean,period with min as first,$count as n)")
            .await
            .rows();
    assert_eq!((all.len(), all[0]["n"].as_u64(), all[0]["first"].as_str()), (1, Some(loads.len() as u64), Some("2026")));
    near(&all, "mean", loads.iter().map(|load| number(load, "hours_used")).sum::<f64>() / loads.len() as f64);
    let none = read(&office, "planner", "/line_loads?$apply=filter(area eq 'a/b,(c')/aggregate(hours_used with sum as hours,$count as n)")
        .await
        .rows();
    assert_eq!(none, [json!({ "hours": null, "n": 0 })]);
    let areas: BTreeSet<&str> = loads.iter().map(|load| load["area"].as_str().unwrap()).collect();
    let grouped = read(&office, "planner", "/line_loads?$apply=groupby((area))").await.rows();
    assert_eq!(grouped.iter().map(|row| row["area"].as_str().unwrap()).collect::<BTreeSet<_>>(), areas);
    // Sums are of what one may see.
    assert_eq!(read(&office, "neighbour", "/line_loads?$apply=aggregate($count as n)").await.rows(), [json!({ "n": 0 })]);
    assert_eq!(read(&office, "guest", "/line_loads?$apply=aggregate($count as n)").await.status, 403);
}

#[tokio::test]
async fn readers_see_what_their_rights_and_plants_let_them() {
    let (office, _) = planned().await;
    let (own, plants) = (office.plant().to_string(), &office.tenant.plants);
    for set in ["/", "/$metadata", "/lines", "/lines/$count", &format!("/plants({own})")] {
        let refused = read(&office, "guest", set).await;
        assert_eq!((refused.status.as_u16(), refused.json()["error"]["code"].as_str()), (403, Some("permission_missing")), "{set}");
        let nobody = ask(&office.router, "", set, &[]).await;
        assert_eq!(nobody.status, 401, "{set}");
        let ways: Vec<&str> = nobody.headers.get_all("www-authenticate").iter().map(|way| way.to_str().unwrap()).collect();
        assert_eq!(ways, ["Basic realm=\"gemba\", charset=\"UTF-8\"", "Bearer realm=\"gemba\""]);
    }
    let sets: Vec<String> = read(&office, "planner", "").await.rows().iter().map(|set| set["name"].as_str().unwrap().to_owned()).collect();
    for set in &sets {
        for who in ["neighbour", "stranger"] {
            let text = read(&office, who, &format!("/{set}")).await.text;
            assert!(!text.contains(&own), "{who} sees {set} of another plant");
        }
        let rows = read(&office, "stranger", &format!("/{set}")).await.rows();
        assert!(rows.is_empty() || ["about", "days", "plants"].contains(&set.as_str()), "{set}: {rows:?}");
    }
    assert_eq!(read(&office, "stranger", &format!("/plants({own})")).await.status, 404);
    assert_eq!(read(&office, "neighbour", "/plants").await.rows()[0]["plant_id"], plants[1].to_string());
    // What the records' own right keeps from somebody, the feed does too.
    assert!(read(&office, "neighbour", "/items").await.rows().len() > 30);
}

#[tokio::test]
async fn excel_signs_in_with_a_key_as_the_password() {
    let test = TestDatabase::new().await;
    let mut secrets = identity::Settings::new([7; 32]);
    secrets.hashing = Hashing { memory_kib: 64, passes: 1, at_once: 2, waiting: 64 };
    let identity = Identity::new(test.database.clone(), catalogue(), secrets).unwrap();
    let app = App::new(test.database.clone(), Arc::new(identity.clone()), Settings::default()).with(identity.clone());
    let app = app.with(Secrets::derived(&[7; 32]).unwrap()).with(Outbound::new(Limits::default()).unwrap());
    let app = equip(app, Arc::new(identity.clone())).unwrap();
    let first = First { name: "Acme", slug: "acme", operates: false, admin_email: "ada@acme.example", admin_name: "Ada" };
    let made = admin::create_organization(&identity, &first).await.unwrap();
    let mut tx = app.begin(&admin::caller(&identity, made.organization)).await.unwrap();
    admin::set_password(&mut tx, &identity, made.user, "seven kettles in the fog", admin::Judge::NotAtAll).await.unwrap();
    tx.commit().await.unwrap();
    let router = router(app);
    let post = async |path: &str, headers: &[(&str, &str)], body: Value| {
        let mut request = Request::builder().method(Method::POST).uri(format!("/api/v1{path}")).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap()
    };
    let login = post("/auth/login", &[], json!({ "email": "ada@acme.example", "password": "seven kettles in the fog" })).await;
    let cookies: Vec<String> =
        login.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned()).collect();
    let session: Value = serde_json::from_slice(&login.into_body().collect().await.unwrap().to_bytes()).unwrap();
    let (cookies, csrf) = (cookies.join("; "), session["csrf_token"].as_str().unwrap().to_owned());
    let key = post("/api-keys", &[("cookie", &cookies), ("x-csrf-token", &csrf)], json!({ "name": "Excel", "scopes": ["*"] })).await;
    let key: Value = serde_json::from_slice(&key.into_body().collect().await.unwrap().to_bytes()).unwrap();
    let key = key["secret"].as_str().unwrap();

    let basic = |name: &str, password: &str| format!("Basic {}", base64(format!("{name}:{password}").as_bytes()));
    assert_eq!(ask(&router, &basic("anything", key), "/", &[]).await.status, 200);
    assert_eq!(ask(&router, &basic("", key), "/about", &[]).await.rows()[0]["organization"], "Acme");
    assert_eq!(ask(&router, &format!("Bearer {key}"), "/about", &[]).await.status, 200);
    for wrong in [
        basic("ada@acme.example", "seven kettles in the fog"),
        basic(key, ""),
        basic("x", &key.to_uppercase()),
        "Basic !!!".into(),
        "Basic".into(),
        "Basic Og==".into(),
    ] {
        assert_eq!(ask(&router, &wrong, "/about", &[]).await.status, 401, "{wrong}");
    }
    // Nowhere else: a browser would send it along with what another page asks for.
    let elsewhere = Request::builder().uri("/api/v1/plants").header("authorization", basic("x", key)).body(Body::empty()).unwrap();
    assert_eq!(router.clone().oneshot(elsewhere).await.unwrap().status(), 401);
    let changing = post("/odata/about", &[("authorization", &basic("x", key))], json!({})).await;
    assert!([401, 405].contains(&changing.status().as_u16()), "{}", changing.status());
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().enumerate().fold(0u32, |number, (at, byte)| number | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            text.push(if at <= chunk.len() { char::from(LETTERS[(number >> (18 - 6 * at) & 63) as usize]) } else { '=' });
        }
    }
    text
}
