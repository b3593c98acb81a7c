//! States of lines over HTTP and beneath: intervals, reasons, counters, and the sums that the database keeps of them.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use platform::ids::PlantId;
use platform::resource::{self, How, Record as _};
use production::dispatch::capable;
use production::jobs::actions::{Said, assign};
use production::jobs::model::From;
use production::jobs::report::{Report, report};
use production::kpis::cuts::{Cut, How as Counts};
use production::kpis::facts::{Origin, facts};
use production::orders::freeze;
use production::orders::record::ManufacturingOrder;
use production::states::{NewState, State, set_reason, set_state};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::planning::Office;

/// A plant with its lines, one job on one of them, and reasons. Everything happens on Monday, 2 March 2026; the plant's clock is UTC.
pub struct Shop {
    pub office: Office,
    pub line: Uuid,
    pub job: Uuid,
    pub order: Uuid,
    pub item_name: String,
    pub jam: Uuid,
    pub fault: Uuid,
    pub meeting: Uuid,
    pub bridge: Uuid,
}

pub fn at(clock: &str) -> Timestamp {
    format!("2026-03-02T{clock}:00Z").parse().expect("an instant")
}

impl Shop {
    pub async fn open() -> Shop {
        let office = Office::open().await;
        let plant = PlantId(office.plant());
        let kinds = server::serve::kinds();
        let mut tx = office.app.begin(&office.tenant.system()).await.unwrap();
        // Something that every area may make at any time.
        let always = "select i.id, i.name from items i join capabilities c on c.organization_id = $1 and c.item_id = i.id where i.organization_id = $1
            group by 1, 2 having bool_and(c.approved_from is null and c.approved_to is null) order by 2 limit 1";
        let row = tx.query_one(always, &[&office.tenant.organization]).await.unwrap();
        let (item, item_name): (Uuid, String) = (row.get(0), row.get(1));
        let body = json!({ "plant_id": plant, "code": "MO-1", "item_id": item, "quantity": "1000", "due_at": "2026-03-04T12:00:00Z" });
        let body = body.as_object().cloned().unwrap();
        let order = resource::save_one(&mut tx, &kinds, ManufacturingOrder::kind(), body, How::Create).await.unwrap().id;
        let released = freeze::release(&mut tx, order).await.unwrap();
        let job = released.jobs.first().expect("a job").id;
        let line = capable::of_order(&mut tx, plant, order).await.unwrap()[&job][0].line;
        assign(&mut tx, job, Some(line), None).await.unwrap();
        let mut reasons = Vec::new();
        for (code, category, class) in
            [("JAM", "stop", "delay"), ("FAULT", "stop", "failure"), ("MEETING", "stop", "planned_down"), ("BRIDGE", "scrap", "")]
        {
            let mut body = json!({ "plant_id": plant, "code": code, "name": code, "category": category });
            if !class.is_empty() {
                body["time_class"] = json!(class);
            }
            let body = body.as_object().cloned().unwrap();
            let kind = production::jobs::reasons::Reason::kind();
            reasons.push(resource::save_one(&mut tx, &kinds, kind, body, How::Create).await.unwrap().id);
        }
        tx.commit().await.unwrap();
        Shop { office, line, job, order, item_name, jam: reasons[0], fault: reasons[1], meeting: reasons[2], bridge: reasons[3] }
    }

    pub fn plant(&self) -> PlantId {
        PlantId(self.office.plant())
    }

    pub async fn set(&self, state: State, clock: &str) -> Uuid {
        self.set_at(NewState { job: Some(self.job), ..NewState::new(self.line, state, at(clock)) }).await
    }

    pub async fn set_at(&self, new: NewState) -> Uuid {
        let mut tx = self.office.app.begin(&self.office.tenant.system()).await.unwrap();
        let id = set_state(&mut tx, self.plant(), &new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn explain(&self, stop: Uuid, reason: Uuid) {
        let mut tx = self.office.app.begin(&self.office.tenant.system()).await.unwrap();
        set_reason(&mut tx, self.plant(), stop, reason, None).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn count(&self, clock: &str, good: i64, scrap: i64, rework: i64) {
        let mut tx = self.office.app.begin(&self.office.tenant.system()).await.unwrap();
        let counted = Report {
            good: good.into(),
            scrap: scrap.into(),
            rework: rework.into(),
            reason_id: (scrap > 0).then_some(self.bridge),
            ..Report::default()
        };
        // Taking back is a supervisor's.
        let from = if good < 0 { From::Desk } else { From::Floor };
        let said = Said { at: at(clock), client_at: None, operator: None, terminal: None, action: None, from };
        report(&mut tx, self.job, &counted, said).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn states(&self) -> Vec<Value> {
        let path = format!("/lines/{}/states?from=2026-03-01T00:00:00Z&to=2026-03-04T00:00:00Z", self.line);
        self.office.get("planner", &path).await.ok()["items"].as_array().unwrap().clone()
    }

    /// What the line did, from sums and from intervals: they must be the same.
    pub async fn both(&self, cuts: &[(Timestamp, Timestamp)]) {
        let cuts: Vec<Cut> = cuts
            .iter()
            .enumerate()
            .map(|(part, (from, to))| Cut { line: self.line, from: *from, to: *to, how: Counts::Worked, part })
            .collect();
        let mut tx = self.office.app.read(&self.office.tenant.system()).await.unwrap();
        let sums = facts(&mut tx, self.plant(), &cuts, Origin::Sums).await.unwrap();
        let intervals = facts(&mut tx, self.plant(), &cuts, Origin::Intervals).await.unwrap();
        assert_eq!(sums, intervals);
    }
}

fn shown(states: &[Value]) -> Vec<String> {
    let clock = |at: &Value| at.as_str().map_or("…".to_owned(), |at| at[11..16].to_owned());
    states
        .iter()
        .map(|one| format!("{}-{} {}", clock(&one["started_at"]), clock(&one["ended_at"]), one["state"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn intervals_follow_each_other_and_what_comes_late_cuts_them() {
    let shop = Shop::open().await;
    shop.set(State::Setup, "06:00").await;
    let running = shop.set(State::Running, "06:30").await;
    assert_eq!(shop.set(State::Running, "07:00").await, running, "told again, it is the same interval");
    shop.set(State::Idle, "13:00").await;
    // A terminal that was offline tells of a stop at ten, hours later.
    let stop = shop.set(State::Stopped, "10:00").await;
    shop.set(State::Running, "10:12").await;
    assert_eq!(
        shown(&shop.states().await),
        ["06:00-06:30 setup", "06:30-10:00 running", "10:00-10:12 stopped", "10:12-13:00 running", "13:00-… idle"]
    );
    // The last state goes on without its job: nothing is made while there is nothing to do.
    let states = shop.states().await;
    assert_eq!((states[4]["job_id"].is_null(), states[1]["job_id"] == json!(shop.job)), (false, true), "the job was named");

    // A reason moves a stop to its class; a scrap reason is none of a stop.
    let path = format!("/line-states/{stop}/reason");
    let explained = shop.office.post("planner", &path, json!({ "reason_id": shop.fault })).await.ok();
    assert_eq!((&explained["time_class"], &explained["reason"], &explained["micro"]), (&json!("failure"), &json!("FAULT"), &json!(false)));
    let refused = shop.office.post("planner", &path, json!({ "reason_id": shop.bridge })).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "not_a_stop");
    let path = format!("/line-states/{running}/reason");
    shop.office.post("planner", &path, json!({ "reason_id": shop.jam })).await.refused(409, "not_a_stop");

    // Whoever tells of the future tells of now.
    let said = json!({ "state": "running", "at": "2999-01-01T00:00:00Z" });
    let now = shop.office.post("planner", &format!("/lines/{}/states", shop.line), said).await.ok();
    assert!(now["started_at"].as_str().unwrap() < "2999");
}

#[tokio::test]
async fn short_unplanned_stops_are_micro_stops_and_a_line_says_how_short() {
    let shop = Shop::open().await;
    shop.set(State::Running, "06:00").await;
    let short = shop.set(State::Stopped, "07:00").await;
    shop.set(State::Running, "07:04").await;
    let states = shop.states().await;
    let of = |states: &[Value], id: Uuid| states.iter().find(|one| one["id"] == json!(id)).unwrap().clone();
    assert_eq!(of(&states, short)["micro"], true);
    // A planned one is none, however short.
    shop.explain(short, shop.meeting).await;
    assert_eq!(of(&shop.states().await, short)["micro"], false);
    let watch = json!({ "plant_id": shop.plant(), "line_id": shop.line, "micro_stop_s": 60 });
    shop.office.post("planner", "/line-monitors", watch).await.ok();
    let stop = shop.set(State::Stopped, "08:00").await;
    shop.set(State::Running, "08:02").await;
    assert_eq!(of(&shop.states().await, stop)["micro"], false);
    // Micro-stops are not asked about.
    let path = format!("/lines/{}/states?from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z&unexplained=true", shop.line);
    let open = shop.office.get("planner", &path).await.ok();
    assert_eq!(open["items"].as_array().unwrap().len(), 1);
    shop.both(&[(at("06:00"), at("09:00")), (at("07:01"), at("08:01"))]).await;
}

#[tokio::test]
async fn sums_and_intervals_are_the_same_whatever_is_told_in_whatever_order() {
    let shop = Shop::open().await;
    let mut seed = 20_260_302_u64;
    let mut next = move |below: i64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 33) as i64) % below
    };
    let begin = at("05:00");
    let later = |ms: i64| begin + SignedDuration::from_millis(ms);
    let span_ms = 12 * 3_600_000;
    let mut stops = Vec::new();
    for _ in 0..120 {
        let state = State::ALL[next(5) as usize];
        let job = (next(3) > 0).then_some(shop.job);
        let new = NewState { job, ..NewState::new(shop.line, state, later(next(span_ms))) };
        let id = shop.set_at(new).await;
        if !matches!(state, State::Running | State::Setup) {
            stops.push(id);
        }
        if next(4) == 0 && !stops.is_empty() {
            let stop = stops[next(stops.len() as i64) as usize];
            let reason = [shop.jam, shop.fault, shop.meeting][next(3) as usize];
            let mut tx = shop.office.app.begin(&shop.office.tenant.system()).await.unwrap();
            // What was a stop may have become something else since.
            let told = set_reason(&mut tx, shop.plant(), stop, reason, None).await;
            assert!(told.as_ref().err().is_none_or(|error| error.code == "not_a_stop"), "{told:?}");
            tx.commit().await.unwrap();
        }
    }
    let states = shop.states().await;
    for pair in states.windows(2) {
        assert_eq!(pair[0]["ended_at"], pair[1]["started_at"], "each ends where the next begins");
    }
    assert!(states.last().unwrap()["ended_at"].is_null());
    let mut cuts = vec![(begin, later(span_ms)), (at("00:00"), at("23:00"))];
    for _ in 0..40 {
        let (one, other) = (next(span_ms), next(span_ms));
        cuts.push((later(one.min(other)), later(one.max(other) + 1)));
    }
    shop.both(&cuts).await;
}

#[tokio::test]
async fn counters_count_and_say_when_a_line_ran() {
    let shop = Shop::open().await;
    shop.set(State::Running, "05:00").await;
    let readings = |of: &[(&str, i64)]| of.iter().map(|(clock, value)| json!({ "at": at(clock), "value": value })).collect::<Vec<_>>();
    let path = format!("/lines/{}/counts", shop.line);
    let batch = json!({ "readings": readings(&[("06:00", 1000), ("06:01", 1012), ("06:02", 1024), ("06:05", 1024), ("06:20", 1025)]) });
    let taken = shop.office.post("planner", &path, batch.clone()).await.ok();
    assert_eq!((&taken["taken"], &taken["known"]), (&json!(5), &json!(0)));
    let again = shop.office.post("planner", &path, batch).await.ok();
    assert_eq!((&again["taken"], &again["known"], &again["changes"]), (&json!(0), &json!(5), &json!(0)), "a batch may be sent again");
    assert_eq!(shown(&shop.states().await), ["05:00-06:02 running", "06:02-06:20 stopped", "06:20-… running"]);
    let kpis = format!("/lines/{}/kpis?from={}&to={}&by=item", shop.line, at("05:00"), at("07:00"));
    let kpis = shop.office.get("planner", &kpis).await.ok();
    assert_eq!(kpis["total"]["quantities"]["counted"], json!(25.0));
    assert_eq!(kpis["rows"][0]["name"], json!(shop.item_name), "pieces belong to the job that was on");
    shop.both(&[(at("05:00"), at("07:00")), (at("06:01"), at("06:03"))]).await;

    let wrong = json!({ "readings": [{ "at": "2999-01-01T00:00:00Z", "value": -1 }], "source": "manual" });
    let refused = shop.office.post("planner", &path, wrong).await.refused(422, "invalid");
    let codes: Vec<&str> = refused["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["out_of_bounds", "out_of_bounds", "in_the_future"], "all of it at once");
}

#[tokio::test]
async fn strangers_see_no_line_and_readers_set_no_state() {
    let shop = Shop::open().await;
    let id = shop.set(State::Stopped, "06:00").await;
    let (states, reason, counts) =
        (format!("/lines/{}/states", shop.line), format!("/line-states/{id}/reason"), format!("/lines/{}/counts", shop.line));
    for who in ["stranger", "neighbour"] {
        shop.office.get(who, &states).await.refused(404, "not_found");
        shop.office.post(who, &states, json!({ "state": "running" })).await.refused(404, "not_found");
        shop.office.post(who, &reason, json!({ "reason_id": shop.jam })).await.refused(404, "not_found");
        shop.office.post(who, &counts, json!({ "readings": [] })).await.refused(404, "not_found");
    }
    shop.office.get("guest", &states).await.ok();
    shop.office.post("guest", &states, json!({ "state": "running" })).await.refused(403, "permission_missing");
    shop.office.post("guest", &reason, json!({ "reason_id": shop.jam })).await.refused(403, "permission_missing");
    // With its key a repetition is answered as the first time.
    let body = json!({ "state": "running", "at": at("08:00") });
    let key = [("idempotency-key", "0199d1a0-4242-7000-8000-00000000c0de")];
    let first = shop.office.send("planner", Method::POST, &states, &key, Some(body.clone())).await.ok();
    let second = shop.office.send("planner", Method::POST, &states, &key, Some(body)).await.ok();
    assert_eq!(first, second);
}

#[tokio::test]
async fn what_is_made_is_in_the_sums_with_its_planned_time() {
    let shop = Shop::open().await;
    shop.set(State::Running, "06:00").await;
    shop.count("06:40", 100, 4, 2).await;
    shop.count("07:10", 50, 0, 0).await;
    shop.count("07:10", -3, 3, 0).await;
    shop.both(&[(at("06:00"), at("07:00")), (at("06:00"), at("08:00")), (at("06:41"), at("07:09"))]).await;
    let admin = shop.office.test.admin().await;
    let sums = "select sum(good), sum(scrapped), sum(reworked), sum(first_pass), sum(ideal_s) / nullif(sum(good + scrapped + reworked), 0) from line_quarters";
    let row = admin.query_one(sums, &[]).await.unwrap();
    let number = |index: usize| row.get::<_, Decimal>(index);
    assert_eq!([number(0), number(1), number(2), number(3)], [Decimal::from(147), 7.into(), 2.into(), 147.into()]);
    let planned =
        "select c.cycle_time_s / c.pieces_per_panel * j.passes from jobs j join manufacturing_orders m on m.id = j.manufacturing_order_id
        join capabilities c on c.line_id = j.line_id and c.item_id = m.item_id where j.id = $1
        order by c.step is not distinct from j.name desc limit 1";
    let planned: Decimal = admin.query_one(planned, &[&shop.job]).await.unwrap().get(0);
    assert!((number(4) - planned).abs() < Decimal::new(1, 6), "{} is not {planned}", number(4));
}

#[tokio::test]
async fn nothing_is_told_of_a_thousand_years_ago_and_no_counter_shows_the_impossible() {
    let shop = Shop::open().await;
    let states = format!("/lines/{}/states", shop.line);
    for at in ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"] {
        let refused = shop.office.post("planner", &states, json!({"state": "stopped", "at": at})).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], "too_old");
    }
    let counts = format!("/lines/{}/counts", shop.line);
    let reading = |at: &str, value: i64| json!({"at": at, "value": value});
    for readings in [
        json!([reading("0001-01-01T00:00:00Z", 1)]),
        json!([reading("2026-03-02T06:00:00Z", i64::MAX)]),
        json!([reading("2026-03-02T06:00:00Z", -1)]),
        json!([reading("9999-01-01T00:00:00Z", 1)]),
        json!([]),
    ] {
        shop.office.post("planner", &counts, json!({"readings": readings})).await.refused(422, "invalid");
    }
    // A slip in the monitor's pieces for one count is told, and nothing is counted.
    let monitor = json!({"plant_id": shop.office.plant(), "line_id": shop.line, "pieces_per_count": "99999999"});
    shop.office.post("boss", "/line-monitors", monitor).await.ok();
    let readings = json!([reading("2026-03-02T06:00:00Z", 0), reading("2026-03-02T06:01:00Z", 100_000)]);
    let refused = shop.office.post("planner", &counts, json!({"readings": readings})).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "too_many");
    assert_eq!(shop.states().await, Vec::<Value>::new());
}
