//! What can be seen of a server: its log, its numbers, its traces, and what the doctor says.

mod deploy;
mod doctor;
mod log;
mod numbers;
mod traces;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use planning::layout;
use platform::events::Publisher;
use platform::http::{App, Settings};
use platform::outbound::{Limits, Outbound};
use platform::runs::{self, Worker, Works};
use platform::secrets::Secrets;
use serde_json::{Value, json};
use server::serve::{catalogue, equip, kinds, router};
use testkit::tokens::Tokens;
use testkit::{Tenant, TestDatabase};
use tower::ServiceExt;

/// A server with the example plant, a worker and a publisher, which may call this machine.
struct Plant {
    _test: TestDatabase,
    app: App,
    tenant: Tenant,
    router: axum::Router,
}

impl Plant {
    async fn open() -> Plant {
        let test = TestDatabase::new().await;
        let tenant = test.organization("Tavira", 1).await;
        let catalogue = catalogue();
        let all: Vec<&str> = catalogue.all().map(|info| info.permission.0).collect();
        let planner = tenant.person(&all);
        let account = "insert into users (organization_id, id, email, name) values ($1, $2, 'ada@tavira.example', 'Ada Brandt')";
        test.admin().await.execute(account, &[&tenant.organization, &planner.user()]).await.unwrap();
        let tokens = Tokens::default().with("planner", planner);
        let settings = Settings { requests_per_hour: u32::MAX, ..Settings::default() };
        let limits = Limits { allow: vec!["127.0.0.0/8".parse().unwrap()], ..Limits::default() };
        let app = App::new(test.database.clone(), Arc::new(tokens.clone()), settings).with(Secrets::derived(&[7; 32]).unwrap());
        let app = equip(app.with(Outbound::new(limits).unwrap()), Arc::new(tokens.clone())).unwrap();
        let work = runs::Settings { places: 2, look: Duration::from_millis(5), ..runs::Settings::default() };
        let worker = Worker::new(test.database.clone(), app.part::<Works>().unwrap(), Arc::new(tokens), work);
        tokio::spawn(worker.keep(std::future::pending()));
        tokio::spawn(Publisher::new(test.database.clone()).keep(std::future::pending()));
        Plant { router: router(app.clone()), tenant, app, _test: test }
    }

    /// With the example plan as records.
    async fn with_plan() -> Plant {
        let plant = Plant::open().await;
        let workbook = include_bytes!("../../../../../examples/plant.xlsx");
        let problem = workbook::read(workbook, &workbook::ReadOptions::default()).problem.expect("the example can be planned");
        let mut tx = plant.app.begin(&plant.tenant.system()).await.unwrap();
        let mut new_id = testkit::new_id;
        let master = layout::master(&problem, &mut new_id);
        let of = layout::PlantOf { id: plant.tenant.plants[0].0, nth: 1, prefix: "", share: 1.0 };
        let rows = layout::plant(&problem, &master, &of, &mut new_id);
        layout::save(&mut tx, &kinds(), master.rows.into_iter().chain(rows)).await.unwrap();
        tx.commit().await.unwrap();
        plant
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path).header("authorization", "Bearer planner").header("if-match", "*");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, path, headers, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }
}

/// Waits for what others bring about.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..20_000 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} does not come");
}

fn quiet() -> platform::settings::LogSettings {
    platform::settings::LogSettings { format: platform::settings::LogFormat::Json, level: "warn".into() }
}

fn scenario() -> Value {
    json!({ "name": "Plan" })
}
