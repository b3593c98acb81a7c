//! Measures the shop floor on a database of its own: job reports a second with their trail, a terminal that comes back with a shift's actions, OEE of
//! a month of one line from intervals and from sums, and walks through a genealogy of a million nodes.
//!
//! **Invariant:** reports, actions, figures and walks go the way the server takes them; only the past is laid in bulk.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use planning::layout;
use platform::http::{App, Settings};
use platform::ids::PlantId;
use platform::outbound::{Limits, Outbound};
use platform::resource::{self, How, Kinds, Record as _};
use platform::secrets::Secrets;
use production::dispatch::capable;
use production::jobs::actions::{Said, assign};
use production::jobs::report::{Report, report};
use production::kpis::cuts::{self, Grain, Parts};
use production::kpis::facts::{Fact, Origin, facts};
use production::orders::freeze;
use production::orders::record::ManufacturingOrder;
use production::people::working_time;
use serde_json::{Value, json};
use testkit::tokens::Tokens;
use testkit::{Tenant, TestDatabase, new_id};
use tokio::time::Instant;
use tower::ServiceExt;
use uuid::Uuid;

struct Asked {
    only: Vec<String>,
    seconds: u64,
    intervals: i64,
    nodes: i64,
}

#[tokio::main]
async fn main() {
    let mut asked = Asked { only: Vec::new(), seconds: 15, intervals: 1_000_000, nodes: 1_000_000 };
    let words: Vec<String> = std::env::args().skip(1).collect();
    for pair in words.chunks(2) {
        let number = pair.get(1).and_then(|value| value.parse::<i64>().ok());
        match (pair[0].as_str(), pair.get(1), number) {
            ("--only", Some(names), _) => asked.only = names.split(',').map(str::to_owned).collect(),
            ("--seconds", _, Some(value)) => asked.seconds = value as u64,
            ("--intervals", _, Some(value)) => asked.intervals = value,
            ("--nodes", _, Some(value)) => asked.nodes = value,
            _ => panic!("expected --only NAMES, --seconds N, --intervals N or --nodes N, found {}", pair.join(" ")),
        }
    }
    let wanted = |name: &str| asked.only.is_empty() || asked.only.iter().any(|own| own == name);
    println!("| what | measured | goal |\n|---|---:|---:|");
    let plant = Plant::open().await;
    if wanted("reports") {
        reports(&plant, asked.seconds).await;
    }
    if wanted("terminal") {
        terminal(&plant).await;
    }
    if wanted("kpis") {
        kpis(&plant, asked.intervals).await;
    }
    if wanted("genealogy") {
        genealogy(&plant, asked.nodes).await;
    }
}

/// A server over a plant that has the example as records, and jobs that are released.
struct Plant {
    test: TestDatabase,
    tenant: Tenant,
    app: App,
    router: axum::Router,
    kinds: Kinds,
    jobs: Vec<(Uuid, Uuid)>,
}

impl Plant {
    async fn open() -> Plant {
        let test = TestDatabase::with_pool(12).await;
        let tenant = test.organization("Bench", 1).await;
        let catalogue = server::serve::catalogue();
        let all: Vec<&str> = catalogue.all().map(|info| info.permission.0).collect();
        let tokens = Tokens::default().with("all", tenant.person(&all));
        let settings = Settings { requests_per_hour: u32::MAX, ..Settings::default() };
        let app = App::new(test.database.clone(), Arc::new(tokens.clone()), settings).with(Secrets::derived(&[7; 32]).unwrap());
        let app = server::serve::equip(app.with(Outbound::new(Limits::default()).unwrap()), Arc::new(tokens)).unwrap();
        let kinds = server::serve::kinds();
        let mut plant = Plant { router: server::serve::router(app.clone()), tenant, app, kinds, test, jobs: Vec::new() };
        let bytes = include_bytes!("../../../examples/plant.xlsx");
        let problem = workbook::read(bytes, &workbook::ReadOptions::default()).problem.unwrap();
        let mut new = testkit::new_id;
        let master = layout::master(&problem, &mut new);
        let rows = layout::plant(&problem, &master, &layout::PlantOf { id: plant.id().0, nth: 1, prefix: "", share: 1.0 }, &mut new);
        let mut tx = plant.app.begin(&plant.tenant.system()).await.unwrap();
        layout::save(&mut tx, &plant.kinds, master.rows.into_iter().chain(rows)).await.unwrap();
        let items =
            "select i.id from items i join capabilities c on c.organization_id = $1 and c.item_id = i.id where i.organization_id = $1
            group by 1 having bool_and(c.approved_from is null and c.approved_to is null) limit 8";
        let items: Vec<Uuid> = tx.query(items, &[&plant.tenant.organization]).await.unwrap().iter().map(|row| row.get(0)).collect();
        for (number, item) in items.iter().enumerate() {
            let body = json!({ "plant_id": plant.id(), "code": format!("MO-{number}"), "item_id": item, "quantity": "1000000",
                "due_at": "2030-01-01T00:00:00Z" });
            let body = body.as_object().cloned().unwrap();
            let made = resource::save_one(&mut tx, &plant.kinds, ManufacturingOrder::kind(), body, How::Create).await.unwrap();
            let released = freeze::release(&mut tx, made.id).await.unwrap();
            let job = released.jobs.first().unwrap();
            let able = capable::of_order(&mut tx, plant.id(), made.id).await.unwrap();
            let free = |line: &Uuid| plant.jobs.iter().all(|(_, taken)| taken != line);
            let Some(line) = able[&job.id].iter().map(|one| one.line).find(free) else { continue };
            assign(&mut tx, job.id, Some(line), None).await.unwrap();
            plant.jobs.push((job.id, line));
        }
        tx.commit().await.unwrap();
        plant
    }

    fn id(&self) -> PlantId {
        self.tenant.plants[0]
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("authorization", "Bearer all");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request.header("content-type", "application/json").body(body).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let json: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        assert!(status.is_success(), "{path}: {status}: {json}");
        json
    }

    /// The median of some askings (ms).
    async fn median_ms(&self, path: &str, times: usize) -> f64 {
        let mut taken = Vec::new();
        for _ in 0..times {
            let began = Instant::now();
            self.send(Method::GET, path, None).await;
            taken.push(began.elapsed().as_secs_f64() * 1e3);
        }
        taken.sort_by(f64::total_cmp);
        taken[taken.len() / 2]
    }
}

/// Reports of four people at once, each on jobs of their own, a transaction for each with its entry in the trail.
async fn reports(plant: &Plant, seconds: u64) {
    let done = Arc::new(AtomicU64::new(0));
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut people = Vec::new();
    for number in 0..4 {
        let (app, system, done) = (plant.app.clone(), plant.tenant.system(), done.clone());
        let jobs: Vec<Uuid> = plant.jobs.iter().map(|(job, _)| *job).skip(number).step_by(4).collect();
        people.push(tokio::spawn(async move {
            let mut turn = 0;
            while Instant::now() < until {
                let mut tx = app.begin(&system).await.unwrap();
                let said = Said::now(&tx, None);
                let counted = Report { good: 10.into(), scrap: i64::from(turn % 20 == 0).into(), ..Report::default() };
                report(&mut tx, jobs[turn % jobs.len()], &counted, said).await.unwrap();
                tx.commit().await.unwrap();
                turn += 1;
                done.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for person in people {
        person.await.unwrap();
    }
    println!(
        "| job reports a second, with audit, stock, sums and order, four at once | {:.0} | |",
        done.load(Ordering::Relaxed) as f64 / seconds as f64
    );
}

/// A tablet that was offline for a shift sends what it has.
async fn terminal(plant: &Plant) {
    let made = plant.send(Method::POST, "/terminals", Some(json!({ "plant_id": plant.id(), "code": "T-1", "name": "Terminal 1" }))).await;
    let terminal = made["id"].as_str().unwrap().to_owned();
    let (job, line) = plant.jobs[0];
    plant.send(Method::POST, "/terminal-lines", Some(json!({ "terminal_id": terminal, "line_id": line }))).await;
    let operator = plant.send(Method::POST, "/operators", Some(json!({ "plant_id": plant.id(), "code": "B-1", "name": "Ana Ruiz" }))).await;
    let now = plant.app.context().now();
    let actions: Vec<Value> = (0..1_000)
        .map(|number| {
            let at = now - SignedDuration::from_secs(8 * 3600 - number * 28);
            let head =
                json!({ "id": new_id(), "sequence": number + 1, "at": at, "operator_id": operator["id"], "job_id": job, "line_id": line });
            let mut action = head.as_object().cloned().unwrap();
            let rest = match number % 10 {
                0 if number == 0 => json!({ "kind": "job.start" }),
                4 => json!({ "kind": "line.stop" }),
                5 => json!({ "kind": "line.run" }),
                _ => json!({ "kind": "job.report", "good": "5", "scrap": "0", "rework": "0" }),
            };
            action.extend(rest.as_object().cloned().unwrap());
            Value::Object(action)
        })
        .collect();
    let path = format!("/terminals/{terminal}/actions");
    for what in ["a terminal's 1,000 actions of a shift, 100 at a time", "the same 1,000 once more: all known"] {
        let (began, mut refused) = (Instant::now(), 0);
        for part in actions.chunks(100) {
            let body = json!({ "device_id": "tablet-1", "device_now": now, "actions": part });
            let answer = plant.send(Method::POST, &path, Some(body)).await;
            refused += answer["results"].as_array().unwrap().iter().filter(|result| result["outcome"] == "refused").count();
        }
        println!("| {what} | {:.2} s, {refused} refused | |", began.elapsed().as_secs_f64());
    }
}

/// A month of one line: intervals every few seconds, from the fifteenth working hour to the last.
async fn kpis(plant: &Plant, intervals: i64) {
    let admin = plant.test.admin().await;
    let (job, line) = plant.jobs[1];
    let (organization, id) = (plant.tenant.organization, plant.id());
    let from: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let to: Timestamp = "2026-04-01T00:00:00Z".parse().unwrap();
    let step_us = (to.as_microsecond() - from.as_microsecond()) / intervals;
    admin.batch_execute("set session_replication_role = replica").await.unwrap();
    let lay = "insert into line_states (organization_id, plant_id, id, line_id, started_at, ended_at, state, time_class, job_id, source, micro)
        select $1, $2, gen_random_uuid(), $3, at, at + make_interval(secs => $6::bigint / 1e6),
            case when n % 7 = 0 then 'stopped' when n % 97 = 0 then 'setup' else 'running' end,
            case when n % 7 = 0 then 'delay' when n % 97 = 0 then 'setup' else 'production' end, $4, 'counter', n % 7 = 0
        from (select n, $5::timestamptz + make_interval(secs => n * $6::bigint / 1e6) as at from generate_series(0, $7::bigint - 1) n) laid";
    let began = Instant::now();
    admin.execute(lay, &[&organization, &id, &line, &job, &from, &step_us, &intervals]).await.unwrap();
    let laid = began.elapsed().as_secs_f64();
    // The sums that the trigger would have kept, in one statement of the same form.
    let began = Instant::now();
    let sums = "insert into line_quarters (organization_id, plant_id, line_id, quarter, job_id, production_us, setup_us, delay_us, micro_us, stops, micro_stops)
        select s.organization_id, s.plant_id, s.line_id, q.quarter, s.job_id, coalesce(sum(q.us) filter (where time_class = 'production'), 0),
            coalesce(sum(q.us) filter (where time_class = 'setup'), 0), coalesce(sum(q.us) filter (where time_class = 'delay'), 0),
            coalesce(sum(q.us) filter (where micro), 0), count(*) filter (where time_class = 'delay' and started_at >= q.quarter),
            count(*) filter (where micro and started_at >= q.quarter)
        from line_states s cross join lateral gemba.quarters_of(s.started_at, s.ended_at) q
        where s.organization_id = $1 and s.line_id = $2 and s.started_at >= $3 group by 1, 2, 3, 4, 5";
    admin.execute(sums, &[&organization, &line, &from]).await.unwrap();
    let summed = began.elapsed().as_secs_f64();
    admin.batch_execute("set session_replication_role = origin; analyze line_states; analyze line_quarters").await.unwrap();
    println!("| {intervals} intervals of a line laid; their sums | {laid:.1} s; {summed:.1} s | |");
    let mut answers = Vec::new();
    for (origin, what, goal) in
        [(Origin::Intervals, "OEE of the month from all intervals", "≤ 1,000 ms"), (Origin::Sums, "OEE of the month from sums", "≤ 50 ms")]
    {
        let mut taken = Vec::new();
        for _ in 0..5 {
            let began = Instant::now();
            let mut tx = plant.app.read(&plant.tenant.system()).await.unwrap();
            let calendars = working_time::of_plant(&mut tx, id).await.unwrap();
            let mut parts = Parts::default();
            let cuts = cuts::cut(line, &calendars[&line], from, to, Grain::Whole, &mut parts);
            let found = facts(&mut tx, id, &cuts, origin).await.unwrap();
            tx.commit().await.unwrap();
            taken.push(began.elapsed().as_secs_f64() * 1e3);
            let sum = |of: fn(&Fact) -> i64| found.values().map(of).sum::<i64>();
            answers.push((sum(|fact| fact.blocks.production_us), sum(|fact| fact.blocks.adet_us()), sum(|fact| fact.blocks.stops)));
        }
        taken.sort_by(f64::total_cmp);
        println!("| {what}, median of 5 | {:.0} ms | {goal} |", taken[2]);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "sums and intervals differ: {answers:?}");
    let path = format!("/lines/{line}/kpis?from={from}&to={to}&by=shift");
    println!("| the same over the API, shift by shift | {:.0} ms | |", plant.median_ms(&path, 5).await);
}

/// Copies of one history: a raw lot in 500 reels, in 5,000 boards, in 50,000 units; and beside them a unit of five levels and 500 nodes.
async fn genealogy(plant: &Plant, nodes: i64) {
    let admin = plant.test.admin().await;
    let (organization, id) = (plant.tenant.organization, plant.id());
    let item: Uuid = admin.query_one("select id from items limit 1", &[]).await.unwrap().get(0);
    let copies = (nodes / 55_501).max(1);
    admin.batch_execute("set session_replication_role = replica").await.unwrap();
    let node = "create function pg_temp.node(copy bigint, level int, n bigint) returns uuid language sql immutable as $$
        select (lpad(to_hex(copy), 8, '0') || '-0000-7000-8' || lpad(to_hex(level), 3, '0') || '-' || lpad(to_hex(n), 12, '0'))::uuid $$";
    admin.batch_execute(node).await.unwrap();
    let began = Instant::now();
    for (level, count, fan) in [(0_i32, 1_i64, 1_i64), (1, 500, 500), (2, 5_000, 10), (3, 50_000, 10)] {
        let serials = "insert into serials (organization_id, plant_id, id, code, item_id)
            select $1, $2, pg_temp.node(c, $4, n), 'S-' || c || '-' || $4 || '-' || n, $3 from generate_series(1, $5::bigint) c, generate_series(0, $6::bigint - 1) n";
        admin.execute(serials, &[&organization, &id, &item, &level, &copies, &count]).await.unwrap();
        if level > 0 {
            let links = "insert into genealogy (organization_id, plant_id, id, child_id, child_kind, parent_id, parent_kind, quantity, at)
                select $1, $2, gen_random_uuid(), pg_temp.node(c, $3, n), 'serial', pg_temp.node(c, $3 - 1, n / $4), 'serial', 1, now()
                from generate_series(1, $5::bigint) c, generate_series(0, $6::bigint - 1) n";
            admin.execute(links, &[&organization, &id, &level, &fan, &copies, &count]).await.unwrap();
        }
    }
    // The unit: 3, 12, 48, 140 and 296 parts beneath it.
    let (copy, levels) = (copies + 1, [1_i64, 3, 12, 48, 140, 296]);
    for (level, count) in levels.iter().enumerate() {
        let (level, above) = (level as i32, levels[level.saturating_sub(1)]);
        let serials = "insert into serials (organization_id, plant_id, id, code, item_id)
            select $1, $2, pg_temp.node($5, $4, n), 'U-' || $4 || '-' || n, $3 from generate_series(0, $6::bigint - 1) n";
        admin.execute(serials, &[&organization, &id, &item, &level, &copy, count]).await.unwrap();
        if level > 0 {
            let links = "insert into genealogy (organization_id, plant_id, id, child_id, child_kind, parent_id, parent_kind, quantity, at)
                select $1, $2, gen_random_uuid(), pg_temp.node($3, $4 - 1, n % $5), 'serial', pg_temp.node($3, $4, n), 'serial', 1, now()
                from generate_series(0, $6::bigint - 1) n";
            admin.execute(links, &[&organization, &id, &copy, &level, &above, count]).await.unwrap();
        }
    }
    // A vacuum is no part of a transaction, as several statements sent together are.
    for statement in ["set session_replication_role = origin", "vacuum analyze genealogy", "vacuum analyze serials"] {
        admin.batch_execute(statement).await.unwrap();
    }
    let total = copies * 55_501 + 500;
    println!("| {total} nodes laid | {:.1} s | |", began.elapsed().as_secs_f64());
    let unit: Uuid = admin.query_one("select pg_temp.node($1, 0, 0)", &[&copy]).await.unwrap().get(0);
    let raw: Uuid = admin.query_one("select pg_temp.node(1, 0, 0)", &[]).await.unwrap().get(0);
    let back = format!("/serials/{unit}/trace?direction=backward&depth=5");
    let found = plant.send(Method::GET, &back, None).await;
    let count = found["nodes"].as_array().map_or(0, Vec::len);
    println!("| backward trace of a unit, 5 levels, {count} nodes, median of 9 | {:.0} ms | < 100 ms |", plant.median_ms(&back, 9).await);
    let recall = format!("/serials/{raw}/recall");
    let found = plant.send(Method::GET, &recall, None).await;
    println!(
        "| forward recall of a raw lot, {} affected, median of 5 | {:.0} ms | < 2,000 ms |",
        found["totals"]["serials"],
        plant.median_ms(&recall, 5).await
    );
}
