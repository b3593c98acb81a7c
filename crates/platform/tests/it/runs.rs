//! Runs on a real database: nothing is lost, nothing counts twice, nobody is kept waiting by somebody else.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platform::context::{Clock, Context};
use platform::database::PoolSettings;
use platform::error::Kind;
use platform::http::App;
use platform::ids::RunId;
use platform::runs::{Order, Running, Settings, WorkKind, Worker, Works, enqueue};
use platform::{Caller, Database, Error};
use serde_json::{Value, json};
use testkit::TestDatabase;
use testkit::tokens::Tokens;
use tokio::sync::{Notify, mpsc};

const KIND: WorkKind = WorkKind { back_off: Duration::ZERO, attempts: 3, ..WorkKind::new("test.work", "default") };

/// A clock that stands where it was put.
#[derive(Debug)]
struct Standstill(Mutex<Timestamp>);

impl Clock for Standstill {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl Standstill {
    fn at(text: &str) -> Arc<Self> {
        Arc::new(Standstill(Mutex::new(text.parse().unwrap())))
    }

    fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
    }
}

struct Bench {
    test: TestDatabase,
    database: Database,
    known: Tokens,
}

impl Bench {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        Bench { database: test.database.clone(), test, known: Tokens::default() }
    }

    /// With a clock of the test's own.
    async fn at(clock: &Arc<Standstill>) -> Self {
        let test = TestDatabase::new().await;
        let database = Database::new(&test.urls.app, None, PoolSettings::default(), Context::new(clock.clone())).unwrap();
        Bench { test, database, known: Tokens::default() }
    }

    fn knowing(mut self, caller: &Caller) -> Self {
        self.known = self.known.with("somebody", caller.clone());
        self
    }

    fn worker(&self, works: Works, places: usize) -> Worker {
        let settings = Settings { places, look: Duration::ZERO, ..Settings::default() };
        Worker::new(self.database.clone(), works, Arc::new(self.known.clone()), settings)
    }

    async fn ask(&self, caller: &Caller, order: Order) -> RunId {
        let mut tx = self.database.begin(caller).await.unwrap();
        let id = enqueue(&mut tx, &KIND, order).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn get(&self, id: RunId) -> (String, i32, Option<Value>, Option<Value>) {
        let admin = self.test.admin().await;
        let row = admin.query_one("select state, attempt, result, error from runs where id = $1", &[&id]).await.unwrap();
        (row.get(0), row.get(1), row.get(2), row.get(3))
    }

    /// As if the program of every worker had been killed: nobody says any more that they live.
    async fn kill_workers(&self) {
        let admin = self.test.admin().await;
        admin.execute("update gemba.workers set lease_until = '-infinity'", &[]).await.unwrap();
    }
}

/// Goes on until `done`, as a worker's loop does.
async fn work_until(worker: &mut Worker, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..20_000 {
        worker.turn().await.unwrap();
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("it does not come");
}

fn nothing() -> Works {
    Works::default().with(KIND, |_: Running| async { Ok(json!({ "done": true })) })
}

#[tokio::test]
async fn a_run_is_carried_out_once_its_cause_is_committed_and_never_without() {
    let bench = Bench::new().await;
    let tenant = bench.test.organization("One", 0).await;
    let mut worker = bench.worker(nothing(), 4);
    let mut tx = bench.database.begin(&tenant.system()).await.unwrap();
    let undone = enqueue(&mut tx, &KIND, Order::default()).await.unwrap();
    worker.turn().await.unwrap();
    tx.rollback().await.unwrap();
    let id = bench.ask(&tenant.system(), Order { title: "Plan".into(), ..Order::default() }).await;
    work_until(&mut worker, async || bench.get(id).await.0 == "succeeded").await;
    assert_eq!(bench.get(id).await, ("succeeded".into(), 1, Some(json!({ "done": true })), None));
    let admin = bench.test.admin().await;
    let there = admin.query_one("select count(*) from runs where id = $1", &[&undone]).await.unwrap();
    assert_eq!(there.get::<_, i64>(0), 0);
    let told =
        admin.query_one("select array_agg(action order by transaction, position) from audit_events where kind = 'run'", &[]).await.unwrap();
    assert_eq!(told.get::<_, Vec<String>>(0), ["run.queued", "run.succeeded"]);
}

#[tokio::test]
async fn a_run_that_is_committed_late_is_not_passed_over() {
    let bench = Bench::new().await;
    let tenant = bench.test.organization("One", 0).await;
    let mut worker = bench.worker(nothing(), 4);
    let mut early = bench.database.begin(&tenant.system()).await.unwrap();
    let first = enqueue(&mut early, &KIND, Order::default()).await.unwrap();
    let second = bench.ask(&tenant.system(), Order::default()).await;
    work_until(&mut worker, async || bench.get(second).await.0 == "succeeded").await;
    early.commit().await.unwrap();
    work_until(&mut worker, async || bench.get(first).await.0 == "succeeded").await;
}

#[tokio::test]
async fn a_killed_worker_loses_nothing_and_its_late_result_does_not_count() {
    let bench = Bench::new().await;
    let tenant = bench.test.organization("One", 0).await;
    let (told, mut started) = mpsc::unbounded_channel::<Running>();
    let go_on = Arc::new(Notify::new());
    let (released, outcome) = (go_on.clone(), Arc::new(Mutex::new(None)));
    let seen = outcome.clone();
    let slow = Works::default().with(KIND, move |run: Running| {
        let (told, go_on, seen) = (told.clone(), released.clone(), seen.clone());
        async move {
            told.send(run.clone()).unwrap();
            go_on.notified().await;
            let mut tx = run.begin().await?;
            let id: uuid::Uuid = tx.new_id();
            let organization = run.caller().organization;
            tx.execute("insert into regions (organization_id, id, name) values ($1, $2, 'late')", &[&organization, &id]).await?;
            let refused = run.commit(tx).await;
            *seen.lock().unwrap() = Some(refused.as_ref().map_or_else(|error| error.code, |()| "committed"));
            refused?;
            Ok(json!("late"))
        }
    });
    let id = bench.ask(&tenant.system(), Order::default()).await;
    let mut slow = bench.worker(slow, 1);
    slow.turn().await.unwrap();
    let late = started.recv().await.unwrap();
    assert_eq!(late.attempt(), 1);

    bench.kill_workers().await;
    let mut quick = bench.worker(nothing(), 1);
    work_until(&mut quick, async || bench.get(id).await.0 == "succeeded").await;
    go_on.notify_one();
    slow.settle().await;
    assert_eq!(*outcome.lock().unwrap(), Some("run_lost"));
    assert_eq!(bench.get(id).await, ("succeeded".into(), 2, Some(json!({ "done": true })), None));
    let admin = bench.test.admin().await;
    let late = admin.query_one("select count(*) from regions where name = 'late'", &[]).await.unwrap();
    assert_eq!(late.get::<_, i64>(0), 0, "what it wrote late was undone");
    // The one that was believed dead begins anew and works on.
    let next = bench.ask(&tenant.system(), Order::default()).await;
    drop(quick);
    go_on.notify_one();
    work_until(&mut slow, async || bench.get(next).await.0 == "succeeded").await;
}

#[tokio::test]
async fn a_run_that_kills_its_workers_ends_as_a_dead_letter_and_can_be_driven_again() {
    let bench = Bench::new().await;
    let tenant = bench.test.organization("One", 0).await;
    let person = tenant.person(&["work.run.read", "work.run.redrive"]);
    let bench = bench.knowing(&person);
    let id = bench.ask(&person, Order::default()).await;
    for attempt in 1..=3 {
        let mut worker = bench.worker(Works::default().with(KIND, |_: Running| pending()), 1);
        work_until(&mut worker, async || bench.get(id).await.0 == "running").await;
        assert_eq!(bench.get(id).await.1, attempt);
        drop(worker);
        bench.kill_workers().await;
    }
    let mut worker = bench.worker(nothing(), 1);
    work_until(&mut worker, async || bench.get(id).await.0 == "failed").await;
    assert_eq!(bench.get(id).await.3.unwrap()["code"], "worker_lost");

    let api = Api::new(&bench, &[("somebody", &person)]);
    let letters = api.get("/runs?state=failed", "somebody").await;
    assert_eq!(letters.1["items"][0]["id"], id.to_string());
    assert_eq!(api.post(&format!("/runs/{id}/redrive"), "somebody").await.0, 202);
    work_until(&mut worker, async || bench.get(id).await.0 == "succeeded").await;
    assert_eq!(api.post(&format!("/runs/{id}/redrive"), "somebody").await.1["code"], "run_not_ended");
}

#[tokio::test]
async fn what_may_pass_is_tried_again_after_a_while_and_what_is_wrong_is_not() {
    let clock = Standstill::at("2027-05-03T06:00:00Z");
    let bench = Bench::at(&clock).await;
    let tenant = bench.test.organization("One", 0).await;
    let kind = WorkKind { back_off: Duration::from_secs(60), ..KIND };
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = tries.clone();
    let works = Works::default().with(kind, move |run: Running| {
        let tries = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            match (run.payload::<String>()?.as_str(), tries) {
                ("wrong", _) => Err(Error::new(Kind::Invalid, "wrong_order", "that cannot be planned")),
                (_, 0) => Err(Error::unavailable("busy", "not now", 1)),
                _ => Ok(json!(null)),
            }
        }
    });
    let mut worker = bench.worker(works, 2);
    let id = bench.ask(&tenant.system(), Order { payload: json!("passing"), ..Order::default() }).await;
    work_until(&mut worker, async || bench.get(id).await.3.is_some()).await;
    assert_eq!(bench.get(id).await.0, "queued");
    clock.advance(SignedDuration::from_secs(30));
    worker.turn().await.unwrap();
    assert_eq!(tries.load(Ordering::SeqCst), 1, "a minute, give or take a fifth, is not over");
    clock.advance(SignedDuration::from_secs(60));
    work_until(&mut worker, async || bench.get(id).await.0 == "succeeded").await;
    assert_eq!(tries.load(Ordering::SeqCst), 2);

    let wrong = bench.ask(&tenant.system(), Order { payload: json!("wrong"), ..Order::default() }).await;
    work_until(&mut worker, async || bench.get(wrong).await.0 == "failed").await;
    assert_eq!((bench.get(wrong).await.1, bench.get(wrong).await.3.unwrap()["code"].clone()), (1, json!("wrong_order")));
}

/// Notes the order in which runs are started, one at a time.
fn noting() -> (Works, Arc<Mutex<Vec<String>>>) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let noted = order.clone();
    let works = Works::default().with(KIND, move |run: Running| {
        noted.lock().unwrap().push(run.payload::<String>().unwrap());
        async { Ok(Value::Null) }
    });
    (works, order)
}

#[tokio::test]
async fn an_organization_with_many_runs_keeps_nobody_waiting_and_priority_counts_within_it() {
    let bench = Bench::new().await;
    let (many, few) = (bench.test.organization("Many", 0).await, bench.test.organization("Few", 0).await);
    let named = |name: String, priority| Order { payload: json!(name), priority, ..Order::default() };
    for number in 0..20 {
        bench.ask(&many.system(), named(format!("many {number}"), 0)).await;
    }
    bench.ask(&many.system(), named("many, urgent".into(), 9)).await;
    for number in 0..3 {
        bench.ask(&few.system(), named(format!("few {number}"), -9)).await;
    }
    let (works, order) = noting();
    let mut worker = bench.worker(works, 1);
    work_until(&mut worker, async || order.lock().unwrap().len() == 24).await;
    let order = order.lock().unwrap().clone();
    let place = |name: &str| order.iter().position(|other| other == name).unwrap();
    for number in 0..3 {
        assert!(place(&format!("few {number}")) <= 2 * number + 1, "{order:?}");
    }
    assert!(place("many, urgent") <= 1, "{order:?}");
    let of_many: Vec<&String> = order.iter().filter(|name| name.starts_with("many ")).collect();
    assert!(of_many.is_sorted_by_key(|name| name[5..].parse::<u32>().unwrap()), "{order:?}");
}

#[tokio::test]
async fn of_one_concurrency_key_one_run_is_at_work_and_they_come_in_order() {
    let bench = Bench::new().await;
    let tenant = bench.test.organization("One", 0).await;
    let (at_work, most, order) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (counted, peak, noted) = (at_work.clone(), most.clone(), order.clone());
    let works = Works::default().with(KIND, move |run: Running| {
        let (at_work, most, order) = (counted.clone(), peak.clone(), noted.clone());
        async move {
            most.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            order.lock().unwrap().push(run.payload::<i64>()?);
            tokio::task::yield_now().await;
            run.read().await?.query_once("select 1", &[]).await?;
            at_work.fetch_sub(1, Ordering::SeqCst);
            Ok(Value::Null)
        }
    });
    for number in 0..6 {
        let order = Order { payload: json!(number), concurrency_key: Some("line 4".into()), ..Order::default() };
        bench.ask(&tenant.system(), order).await;
    }
    let (mut one, mut other) = (bench.worker(works.clone(), 4), bench.worker(works, 4));
    let done = async || order.lock().unwrap().len() == 6;
    work_until(&mut one, async || {
        other.turn().await.unwrap();
        done().await
    })
    .await;
    assert_eq!(most.load(Ordering::SeqCst), 1);
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn whoever_asked_stops_a_run_waiting_or_at_work() {
    let bench = Bench::new().await;
    let tenant = bench.test.organization("One", 0).await;
    let (person, other) = (tenant.person(&[]), tenant.person(&["work.run.read"]));
    let bench = bench.knowing(&person);
    let api = Api::new(&bench, &[("somebody", &person), ("other", &other)]);
    let waiting = bench.ask(&person, Order::default()).await;
    assert_eq!(api.post(&format!("/runs/{waiting}/cancel"), "other").await.1["code"], "permission_missing");
    assert_eq!(api.post(&format!("/runs/{waiting}/cancel"), "somebody").await.1["state"], "cancelled");

    let works = Works::default().with(KIND, |run: Running| async move {
        run.progress(0.5, "half of it");
        run.say("it began");
        while !run.is_cancelled() {
            tokio::task::yield_now().await;
        }
        Err(run.cancelled())
    });
    let mut worker = bench.worker(works, 1);
    let id = bench.ask(&person, Order::default()).await;
    work_until(&mut worker, async || api.get(&format!("/runs/{id}"), "somebody").await.1["progress"] == 0.5).await;
    assert_eq!(api.post(&format!("/runs/{id}/cancel"), "somebody").await.1["state"], "running");
    work_until(&mut worker, async || bench.get(id).await.0 == "cancelled").await;
    let log = api.get(&format!("/runs/{id}/log"), "somebody").await.1;
    assert_eq!(log["items"][0]["text"], "it began");
    assert_eq!(api.post(&format!("/runs/{id}/cancel"), "somebody").await.1["code"], "run_ended");
}

#[tokio::test]
async fn a_run_acts_within_the_walls_and_rights_of_whoever_asked_as_they_are_now() {
    let bench = Bench::new().await;
    let tenant = bench.test.organization("One", 2).await;
    let person = tenant.person_at(tenant.plants[1], &["factory.line.read"]);
    let seen = Arc::new(Mutex::new(None));
    let noted = seen.clone();
    let works = Works::default().with(KIND, move |run: Running| {
        let seen = noted.clone();
        async move {
            let rows = run.read().await?.query_once("select id::text from plants", &[]).await?;
            *seen.lock().unwrap() = Some((rows.iter().map(|row| row.get(0)).collect::<Vec<String>>(), run.caller().principal.label()));
            Ok(Value::Null)
        }
    });
    let bench = bench.knowing(&person);
    let mut worker = bench.worker(works, 1);
    let id = bench.ask(&person, Order { plant: Some(tenant.plants[1]), ..Order::default() }).await;
    work_until(&mut worker, async || bench.get(id).await.0 == "succeeded").await;
    assert_eq!(*seen.lock().unwrap(), Some((vec![tenant.plants[1].to_string()], person.principal.label())));

    let gone = tenant.person_at(tenant.plants[1], &["factory.line.read"]);
    let id = bench.ask(&gone, Order::default()).await;
    work_until(&mut worker, async || bench.get(id).await.0 == "failed").await;
    assert_eq!(bench.get(id).await.3.unwrap()["code"], "account_deactivated");
}

#[tokio::test]
async fn runs_of_others_are_behind_the_walls() {
    let bench = Bench::new().await;
    let (one, two) = (bench.test.organization("One", 2).await, bench.test.organization("Two", 1).await);
    let all = ["work.run.read", "work.run.cancel", "work.run.redrive"];
    let (ours, theirs, second) = (one.person(&all), two.person(&all), one.person_at(one.plants[1], &all));
    let api = Api::new(&bench, &[("ours", &ours), ("theirs", &theirs), ("second", &second)]);
    let id = bench.ask(&one.system(), Order { plant: Some(one.plants[0]), ..Order::default() }).await;
    let of_all = bench.ask(&one.system(), Order::default()).await;
    assert_eq!(api.get("/runs", "ours").await.1["items"].as_array().unwrap().len(), 2);
    for stranger in ["theirs", "second"] {
        assert_eq!(api.get("/runs", stranger).await.1["items"], json!([]), "{stranger}");
        for id in [id, of_all] {
            for path in [format!("/runs/{id}"), format!("/runs/{id}/log")] {
                assert_eq!(api.get(&path, stranger).await.0, 404, "{stranger} {path}");
            }
            assert_eq!(api.post(&format!("/runs/{id}/cancel"), stranger).await.0, 404, "{stranger}");
        }
    }
}

#[tokio::test]
async fn a_schedule_starts_one_run_each_time_whoever_looks() {
    let clock = Standstill::at("2027-10-29T12:00:00Z");
    let bench = Bench::at(&clock).await;
    let tenant = bench.test.organization("One", 0).await;
    let schedulable = WorkKind { scheduled_by: Some(platform::runs::SCHEDULE_CREATE), ..KIND };
    let works = Works::default().with(schedulable, |_: Running| async { Ok(Value::Null) });
    let person = tenant.person(&["work.schedule.create", "work.schedule.read", "work.schedule.update", "work.run.read"]);
    let bench = bench.knowing(&person);
    let api = Api::with(&bench, &[("somebody", &person)], works.clone());
    let wrong = json!({ "name": "", "kind": "test.play", "cron": "often", "time_zone": "Mars" });
    let refused = api.send("POST", "/schedules", "somebody", Some(wrong)).await;
    assert_eq!((refused.0, refused.1["errors"].as_array().unwrap().len()), (422, 3), "{refused:?}");
    let new = json!({ "name": "Nightly", "kind": KIND.name, "cron": "30 2 * * *", "time_zone": "Europe/Madrid" });
    let made = api.send("POST", "/schedules", "somebody", Some(new)).await;
    assert_eq!((made.0, &made.1["next_at"]), (201, &json!("2027-10-30T00:30:00Z")), "{made:?}");

    let (mut one, mut other) = (bench.worker(works.clone(), 2), bench.worker(works, 2));
    let runs = async || {
        bench.test.admin().await.query_one("select count(*) from runs where state = 'succeeded'", &[]).await.unwrap().get::<_, i64>(0)
    };
    // The night of the change of the clock has 02:30 twice.
    for (hours, expected) in [(12, 0), (13, 1), (24, 2), (1, 2), (24, 3)] {
        clock.advance(SignedDuration::from_hours(hours));
        one.turn().await.unwrap();
        other.turn().await.unwrap();
        work_until(&mut one, async || {
            other.turn().await.unwrap();
            runs().await >= expected
        })
        .await;
        one.turn().await.unwrap();
        assert_eq!(runs().await, expected, "after {hours} h more");
    }
    let paused =
        api.send("PATCH", &format!("/schedules/{}", made.1["id"].as_str().unwrap()), "somebody", Some(json!({ "paused": true }))).await;
    assert_eq!((paused.0, &paused.1["next_at"]), (200, &Value::Null), "{paused:?}");
}

/// The routes of runs, by token.
struct Api(axum::Router);

impl Api {
    fn new(bench: &Bench, callers: &[(&str, &Caller)]) -> Self {
        Self::with(bench, callers, nothing())
    }

    fn with(bench: &Bench, callers: &[(&str, &Caller)], works: Works) -> Self {
        let known = callers.iter().fold(Tokens::default(), |known, (token, caller)| known.with(token, (*caller).clone()));
        let app = App::new(bench.database.clone(), Arc::new(known), platform::http::Settings::default()).with(works);
        let (routes, _) = platform::runs::routes().split_for_parts();
        Api(platform::http::surround(&app, routes, axum::Router::new()))
    }

    async fn get(&self, path: &str, token: &str) -> (u16, Value) {
        self.send("GET", path, token, None).await
    }

    async fn post(&self, path: &str, token: &str) -> (u16, Value) {
        self.send("POST", path, token, None).await
    }

    async fn send(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> (u16, Value) {
        use http_body_util::BodyExt;
        use tower::ServiceExt;
        let request =
            http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}")).header("if-match", "*");
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(axum::body::Body::from(body.to_string())),
            None => request.body(axum::body::Body::empty()),
        };
        let response = self.0.clone().oneshot(request.unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

#[tokio::test]
async fn a_run_that_is_committed_behind_a_later_one_is_found_at_once() {
    let bench = Bench::new().await;
    let caller = bench.test.organization("One", 1).await.person(&[]);
    let bench = bench.knowing(&caller);
    let (told, mut ended) = mpsc::unbounded_channel();
    let works = Works::default().with(KIND, move |run: Running| {
        let told = told.clone();
        async move {
            let _ = told.send(run.id());
            Ok(Value::Null)
        }
    });
    let mut worker = bench.worker(works, 4);
    worker.turn().await.unwrap();

    // The second one has the lower transaction number and the higher position, and is seen first.
    let mut second = bench.database.begin(&caller).await.unwrap();
    second.query("select pg_current_xact_id()", &[]).await.unwrap();
    let mut first = bench.database.begin(&caller).await.unwrap();
    let behind = enqueue(&mut first, &KIND, Order::default()).await.unwrap();
    let ahead = enqueue(&mut second, &KIND, Order::default()).await.unwrap();
    second.commit().await.unwrap();
    let mut turned = async |wanted: RunId| {
        let found = async {
            loop {
                worker.turn().await.unwrap();
                worker.settle().await;
                match ended.try_recv() {
                    Ok(run) => return run,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        };
        // Well before everything is looked through once more.
        assert_eq!(tokio::time::timeout(Duration::from_secs(5), found).await.expect("found"), wanted);
    };
    turned(ahead).await;
    first.commit().await.unwrap();
    turned(behind).await;
}
