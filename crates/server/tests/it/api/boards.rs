//! Boards over HTTP: what they show, and how soon.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use jiff::SignedDuration;
use platform::streams::Hub;
use production::states::{NewState, State};
use serde_json::json;
use server::demo::play::{Play, Then};
use tower::ServiceExt;

use super::states::{Shop, at};
use crate::notifications::house::House;

#[tokio::test]
async fn a_board_shows_what_lines_do() {
    let shop = Shop::open().await;
    let now = shop.office.app.context().now();
    let ago = |minutes: i64| now - SignedDuration::from_mins(minutes);
    shop.set_at(NewState { job: Some(shop.job), ..NewState::new(shop.line, State::Running, ago(50)) }).await;
    shop.set_at(NewState { reason: Some(shop.jam), ..NewState::new(shop.line, State::Stopped, ago(10)) }).await;
    let admin = shop.office.test.admin().await;
    let call = "insert into andon_calls (organization_id, plant_id, id, line_id, kind, called_at) values ($1, $2, gen_random_uuid(), $3, 'material', now())";
    admin.execute(call, &[&shop.office.tenant.organization, &shop.plant(), &shop.line]).await.unwrap();
    let board = shop.office.get("planner", &format!("/plants/{}/board", shop.office.plant())).await.ok();
    let lines = board["lines"].as_array().unwrap();
    assert!(lines.len() > 20, "all lines, also silent ones");
    let card = lines.iter().find(|card| card["line_id"] == json!(shop.line)).unwrap();
    assert_eq!((&card["state"], &card["reason"], &card["time_class"]), (&json!("stopped"), &json!("JAM"), &json!("delay")));
    assert_eq!((&card["job"]["id"], &card["job"]["order_code"]), (&json!(shop.job), &json!("MO-1")));
    assert_eq!(
        (&board["states"]["stopped"], &board["calls_waiting"], &card["calls"][0]["kind"]),
        (&json!(1), &json!(1), &json!("material"))
    );
    assert_eq!(board["states"]["unknown"], json!(lines.len() - 1));

    let line = shop.office.get("planner", &format!("/lines/{}/board", shop.line)).await.ok();
    assert_eq!(line["card"]["state"], "stopped");
    let states = line["states"].as_array().unwrap();
    assert_eq!(states.last().unwrap()["state"], "stopped");
    assert!(line["hours"].as_array().is_some_and(|hours| !hours.is_empty()));
    for who in ["stranger", "neighbour"] {
        shop.office.get(who, &format!("/plants/{}/board", shop.office.plant())).await.refused(404, "not_found");
        shop.office.get(who, &format!("/lines/{}/board", shop.line)).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn orders_show_how_far_they_are() {
    let shop = Shop::open().await;
    shop.set(State::Running, "06:00").await;
    shop.count("07:00", 250, 0, 0).await;
    let progress = shop.office.get("planner", &format!("/orders/progress?plant_id={}", shop.office.plant())).await.ok();
    let order = &progress["items"][0];
    assert_eq!(
        (&order["code"], &order["status"], &order["late"]),
        (&json!("MO-1"), &json!("running"), &json!(true)),
        "it was due in March"
    );
    let job = order["jobs"].as_array().unwrap().iter().find(|job| job["id"] == json!(shop.job)).unwrap();
    assert_eq!((&job["good"], &job["progress_pct"]), (&json!(250.0), &json!(25.0)));
    let share = order["work_pct"].as_f64().unwrap();
    assert!(share > 0.0 && share < 25.0, "one step of several: {share}");
    assert_eq!(shop.office.get("neighbour", "/orders/progress").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_shift_has_its_report() {
    let shop = Shop::open().await;
    shop.set(State::Running, "06:00").await;
    let stop = shop.set(State::Stopped, "08:00").await;
    shop.set(State::Running, "08:30").await;
    shop.explain(stop, shop.fault).await;
    shop.count("09:00", 120, 3, 0).await;
    shop.set(State::Idle, "14:00").await;
    let note = json!({ "plant_id": shop.plant(), "text": "Feeder 12 <jams>", "on_date": "2026-03-02", "category": "machine" });
    shop.office.post("planner", "/handover-notes", note).await.ok();
    let path = format!("/plants/{}/shift-report?date=2026-03-02&shift=Early", shop.office.plant());
    let report = shop.office.get("planner", &path).await.ok();
    assert_eq!((&report["shift"], &report["day"], &report["ended"]), (&json!("Early"), &json!("2026-03-02"), &json!(true)));
    assert_eq!(report["lines"].as_array().unwrap().len(), 1, "only lines of which something is known");
    assert_eq!((&report["losses"][0]["name"], &report["losses"][0]["duration_s"]), (&json!("FAULT"), &json!(1800.0)));
    assert_eq!((&report["scrap"][0]["reason"], &report["scrap"][0]["scrapped"]), (&json!("BRIDGE"), &json!(3.0)));
    assert_eq!((&report["orders"][0]["code"], &report["orders"][0]["good"]), (&json!("MO-1"), &json!(120.0)));
    assert_eq!(report["notes"][0]["text"], "Feeder 12 <jams>");
    // The same as key figures of the shift.
    let kpis = format!("/lines/{}/kpis?from={}&to={}&by=shift", shop.line, at("06:00"), at("14:00"));
    assert_eq!(shop.office.get("planner", &kpis).await.ok()["total"]["figures"], report["lines"][0]["figures"]);

    let (media, page) = shop.office.file("planner", &format!("{path}&format=html&language=es")).await;
    let page = String::from_utf8(page).unwrap();
    assert_eq!(media, "text/html; charset=utf-8");
    assert!(page.contains("Informe de turno") && page.contains("Feeder 12 &lt;jams&gt;") && !page.contains("<jams>"), "{page}");
    let (media, paper) = shop.office.file("planner", &format!("{path}&format=pdf&language=de")).await;
    assert_eq!(media, "application/pdf");
    assert!(paper.starts_with(b"%PDF-") && paper.len() > 1_000);
    let free = format!("/plants/{}/shift-report?date=2026-03-01", shop.office.plant());
    shop.office.get("planner", &free).await.refused(404, "no_shift");
    shop.office.get("neighbour", &path).await.refused(404, "not_found");
}

/// From what happens to the screen: the event that tells of it comes within five seconds, and the board that is read then shows it.
#[tokio::test]
async fn a_board_is_fresh_within_five_seconds() {
    let shop = Shop::open().await;
    let office = &shop.office;
    platform::events::publish(&office.app.database).await.unwrap();
    let hub: Hub = office.app.part().unwrap();
    tokio::spawn(hub.keep(std::future::pending()));
    let mut stream = None;
    // The hub is ready a moment after it was started.
    for _ in 0..2_000 {
        let request =
            Request::builder().uri("/api/v1/stream?type=gemba.line_state.*,gemba.job.*").header("authorization", "Bearer planner");
        let answer = office.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        if answer.status() == 200 {
            stream = Some(answer.into_body());
            break;
        }
        platform::events::publish(&office.app.database).await.unwrap();
    }
    let mut stream = stream.expect("a stream");
    let database = office.app.database.clone();
    // As the server does all the time: what was written is published.
    let publishing = tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_millis(200));
        loop {
            every.tick().await;
            platform::events::publish(&database).await.unwrap();
        }
    });
    // What happens before the hub has looked for the first time is read, not streamed: so it is said again until it is heard.
    let mut is_heard = false;
    for state in ["stopped", "running"].into_iter().cycle().take(10) {
        let said = office.post("planner", &format!("/lines/{}/states", shop.line), json!({ "state": state })).await.ok();
        let told = tokio::time::timeout(Duration::from_secs(5), told(&mut stream, said["id"].as_str().unwrap())).await;
        if told.is_ok() {
            let board = office.get("guest", &format!("/plants/{}/board", office.plant())).await.ok();
            let card = board["lines"].as_array().unwrap().iter().find(|card| card["line_id"] == json!(shop.line)).unwrap().clone();
            assert_eq!(card["state"], state);
            is_heard = true;
            break;
        }
    }
    publishing.abort();
    assert!(is_heard, "the event is heard within five seconds");
}

/// Reads on until something is told of a record.
async fn told(stream: &mut Body, record: &str) {
    let mut text = String::new();
    while !text.contains(record) {
        let frame = stream.frame().await.expect("the stream goes on").expect("a frame");
        text.push_str(&String::from_utf8_lossy(frame.data_ref().expect("data")));
    }
}

/// The plant plays the last hours by itself; what comes of it is a plant at work, and the boards show it.
#[tokio::test]
async fn a_played_shift_lives_on_the_boards() {
    let office = crate::planning::Office::open().await;
    let admin = office.test.admin().await;
    // Round the clock, so that it is played whatever day it is.
    admin.batch_execute("update calendars set weekdays = '1234567'; update shifts set weekdays = '1234567'").await.unwrap();
    let play =
        Play { organization: office.tenant.organization, plant: office.tenant.plants[0], back_h: 4, speed: 1e9, seed: 4, then: Then::End };
    let played = server::demo::play::play(&office.app.database, &play, std::future::pending(), |_, _| ()).await.unwrap();
    assert!(played.orders > 0 && played.reports > 20 && played.stops > 10, "{played:?}");
    let board = office.get("planner", &format!("/plants/{}/board", office.plant())).await.ok();
    // In a break all of them stand at once; what they did before is asked below.
    assert!(
        board["states"].as_object().is_some_and(|states| !states.is_empty()) && board["states"]["unknown"].is_null(),
        "{}",
        board["states"]
    );
    let now = office.app.context().now();
    let from = now - SignedDuration::from_hours(2);
    let kpis = office.get("planner", &format!("/plants/{}/kpis?from={from}&to={now}&by=line", office.plant())).await.ok();
    let oee = kpis["total"]["figures"]["oee_pct"].as_f64().unwrap();
    assert!((20.0..100.0).contains(&oee), "{}", kpis["total"]);
    let scrap = kpis["total"]["figures"]["scrap_pct"].as_f64().unwrap();
    assert!((0.1..10.0).contains(&scrap), "{scrap}");
    let lost = office.get("planner", &format!("/plants/{}/downtime?from={from}&to={now}", office.plant())).await.ok();
    assert!(lost["items"].as_array().unwrap().len() > 3, "{lost}");
    // Nothing is told of the future, and a line does one thing at a time.
    let wrong = "select count(*) from line_states s where started_at > now() or exists (select from line_states o
        where o.line_id = s.line_id and o.id <> s.id and o.started_at < coalesce(s.ended_at, 'infinity') and coalesce(o.ended_at, 'infinity') > s.started_at)";
    assert_eq!(admin.query_one(wrong, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn the_report_of_a_shift_comes_by_mail_when_it_has_ended() {
    let mut house = House::new().await;
    let plant = house.plants[0];
    let make = async |path: &str, body: serde_json::Value| house.post("bo", path, body).await.ok()["id"].as_str().unwrap().to_owned();
    let pattern = make("/shift-patterns", json!({ "plant_id": plant, "code": "2S", "name": "Two shifts" })).await;
    let early = json!({ "shift_pattern_id": pattern, "name": "Early", "starts_at": "06:00", "duration_min": 480, "weekdays": "12345" });
    let early = make("/shifts", early).await;
    let calendar = json!({ "plant_id": plant, "code": "STD", "name": "Week", "shift_pattern_id": pattern });
    let calendar = make("/calendars", calendar).await;
    let area = make("/areas", json!({ "plant_id": plant, "code": "SMT", "name": "SMT", "calendar_id": calendar })).await;
    let line = make("/lines", json!({ "area_id": area, "name": "SMT-01" })).await;
    // It is 2027-05-03, a Monday, 08:00 in Madrid: the early shift ends at 14:00, and ten minutes later its report goes out.
    house.post("bo", &format!("/lines/{line}/states"), json!({ "state": "running" })).await.ok();
    let list = json!({ "plant_id": plant, "name": "Early shift", "shift_id": early, "recipients": [house.user("ana"), house.user("cy")] });
    let made = house.post("bo", "/shift-report-subscriptions", list).await.ok();
    let twice = json!({ "plant_id": plant, "name": "Twice", "shift_id": early, "recipients": [house.user("ana"), house.user("ana")] });
    house.post("bo", "/shift-report-subscriptions", twice).await.refused(422, "invalid");
    house.settle().await;
    house.mail();
    house.clock.forward(6 * 3_600);
    house.settle().await;
    assert!(house.mail().is_empty(), "at its end the last reports are still on their way");
    house.clock.forward(11 * 60);
    const SENT: &str = "select count(*) from runs where kind = 'production.shift_report' and state in ('succeeded', 'failed')";
    house.until(async |house| house.count(SENT).await == 1).await;
    let mails = house.mail();
    let to: Vec<String> = mails.iter().map(|mail| mail.header("to")).collect();
    assert_eq!(to.len(), 2, "{to:?}");
    assert!(to[0].contains("ana.gil@tavira.example") && to[1].contains("cy@tavira.example"), "{to:?}");
    assert!(mails[0].header("subject").contains("2027-05-03 Early"), "{}", mails[0].header("subject"));
    assert!(mails[0].body.contains("shift-report-2027-05-03-early.pdf"), "{}", mails[0].body);
    assert_eq!(house.count("select count(*) from audit_events where action = 'shift_report_subscription.sent'").await, 1);
    // The next day it comes again, and of a shift that was not worked it does not.
    house.clock.forward(86_400);
    house.until(async |house| house.count(SENT).await == 2).await;
    assert_eq!(house.mail().len(), 2);
    house.clock.forward(4 * 86_400);
    house.until(async |house| house.count(SENT).await >= 3).await;
    let saturday = house.get("bo", &format!("/shift-report-subscriptions/{}", made["id"].as_str().unwrap())).await.ok();
    assert_eq!(saturday["sent_day"], "2027-05-07", "Saturday has no early shift");
}
