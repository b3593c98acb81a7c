//! Terminals over HTTP: signing in, working without a connection, two tablets on one job, clocks that drift, calls for help.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::floor::{Floor, id, number};

/// A terminal at all lines of the plant, and somebody with a badge.
struct Terminal {
    floor: Floor,
    id: String,
    operator: String,
}

/// A device at the terminal, with a clock of its own.
struct Device<'a> {
    at: &'a Terminal,
    name: &'static str,
    ahead: SignedDuration,
    sequence: std::cell::Cell<i64>,
}

impl Terminal {
    async fn open() -> Terminal {
        let floor = Floor::open().await;
        let plant = floor.office.plant();
        let terminal = id(&floor.post("/terminals", json!({"plant_id": plant, "code": "T-1", "name": "Terminal 1"})).await.ok());
        for line in [&floor.smt[0], &floor.smt[1], &floor.test] {
            floor.post("/terminal-lines", json!({"terminal_id": terminal, "line_id": line})).await.ok();
        }
        let operator = floor.operator("B-1047").await;
        Terminal { floor, id: terminal, operator }
    }

    fn device(&self, name: &'static str) -> Device<'_> {
        Device { at: self, name, ahead: SignedDuration::ZERO, sequence: 0.into() }
    }

    async fn work(&self) -> Value {
        self.floor.get(&format!("/terminals/{}/work", self.id)).await
    }

    /// A step by which calls go up. What a call waits for by itself is asked for when it is made, by the steps of that moment.
    async fn goes_up_after(&self, minutes: i64) {
        let step =
            json!({"plant_id": self.floor.office.plant(), "name": format!("After {minutes} min"), "after_min": minutes, "recipients": []});
        self.floor.post("/andon-steps", step).await.ok();
    }

    async fn reason(&self, code: &str, category: &str) -> String {
        let body = json!({"plant_id": self.floor.office.plant(), "code": code, "name": code, "category": category});
        id(&self.floor.post("/reasons", body).await.ok())
    }
}

impl Device<'_> {
    /// Something that was done `ago` by a clock that is right.
    fn did(&self, kind: &str, ago_min: i64, more: Value) -> Value {
        let at = now() - SignedDuration::from_mins(ago_min) + self.ahead;
        self.sequence.set(self.sequence.get() + 1);
        let mut action =
            json!({"id": testkit::new_id(), "sequence": self.sequence.get(), "at": at, "kind": kind, "operator_id": self.at.operator});
        action.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        action
    }

    async fn send(&self, actions: &[Value]) -> Value {
        let body = json!({"device_id": self.name, "device_now": now() + self.ahead, "actions": actions});
        self.at.floor.post(&format!("/terminals/{}/actions", self.at.id), body).await.ok()
    }

    async fn outcomes(&self, actions: &[Value]) -> Vec<(String, Option<String>)> {
        let answer = self.send(actions).await;
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let results = answer["results"].as_array().unwrap().iter();
        results.map(|result| (text(&result["outcome"]).unwrap(), text(&result["rule"]))).collect()
    }
}

fn now() -> Timestamp {
    platform::Context::system().now()
}

fn applied(count: usize) -> Vec<(String, Option<String>)> {
    vec![("applied".into(), None); count]
}

fn ruled(outcome: &str, rule: &str) -> (String, Option<String>) {
    (outcome.into(), Some(rule.into()))
}

#[tokio::test]
async fn a_shift_without_a_connection_arrives_whole_and_once() {
    let terminal = Terminal::open().await;
    let (order, jobs) = terminal.floor.released("MO-1", "50").await;
    let scrap = terminal.reason("BRIDGE", "scrap").await;
    let device = terminal.device("tablet-1");
    let job = json!({"job_id": jobs[0], "line_id": terminal.floor.smt[0]});
    let with = |more: Value| {
        let mut all = job.clone();
        all.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        all
    };
    let shift = [
        device.did("labour.on", 240, job.clone()),
        device.did("job.setup_start", 239, job.clone()),
        device.did("job.setup_end", 220, job.clone()),
        device.did("job.start", 219, job.clone()),
        device.did("job.report", 180, with(json!({"good": 20, "scrap": 0, "rework": 0}))),
        device.did("line.stop", 170, job.clone()),
        device.did("line.run", 160, job.clone()),
        device.did("job.report", 120, with(json!({"good": 28, "scrap": 2, "reason_id": scrap}))),
        device.did("job.finish", 100, job.clone()),
        device.did("labour.off", 99, json!({})),
    ];
    assert_eq!(device.outcomes(&shift).await, applied(10));
    let done = terminal.floor.job(&jobs[0]).await;
    assert_eq!((done["status"].as_str(), number(&done["good"]), number(&done["scrapped"])), (Some("completed"), 48.0, 2.0));
    assert_eq!(terminal.floor.stock(&terminal.floor.board).await, 900.0);
    // The answer was lost on the way, so the device sends all of it again, and again in two parts.
    let known = device.outcomes(&shift).await;
    assert!(known.iter().all(|(outcome, _)| outcome == "duplicate"), "{known:?}");
    device.send(&shift[..5]).await;
    device.send(&shift[5..]).await;
    assert_eq!(number(&terminal.floor.job(&jobs[0]).await["good"]), 48.0, "nothing is counted twice");
    assert_eq!(terminal.floor.stock(&terminal.floor.board).await, 900.0);
    let ledger = terminal.floor.get(&format!("/jobs/{}/report", jobs[0])).await;
    let at: Timestamp = ledger[0]["at"].as_str().unwrap().parse().unwrap();
    let minutes = (now().as_second() - at.as_second()) / 60;
    assert!((119..=121).contains(&minutes), "it counts when it was made: {minutes} min ago");
    assert_eq!(terminal.floor.mo(&order).await["status"], "running");
}

#[tokio::test]
async fn two_tablets_on_one_job_both_count() {
    let terminal = Terminal::open().await;
    let (_, jobs) = terminal.floor.released("MO-1", "50").await;
    let (one, two) = (terminal.device("tablet-1"), terminal.device("tablet-2"));
    let job = json!({"job_id": jobs[0]});
    let report = |good: i64| json!({"job_id": jobs[0], "good": good});
    let first = [one.did("job.start", 60, job.clone()), one.did("job.report", 50, report(10)), one.did("job.finish", 10, job.clone())];
    let second = [two.did("job.start", 55, job.clone()), two.did("job.report", 45, report(7)), two.did("job.report", 20, report(3))];
    assert_eq!(one.outcomes(&first).await, applied(3));
    let late = ruled("adjusted", "late_report");
    assert_eq!(two.outcomes(&second).await, [ruled("refused", "job_completed"), late.clone(), late]);
    assert_eq!(number(&terminal.floor.job(&jobs[0]).await["good"]), 20.0, "quantities always add up");
    // The other way round the second joins the first.
    let (_, jobs) = terminal.floor.released("MO-2", "50").await;
    let job = json!({"job_id": jobs[0]});
    assert_eq!(one.outcomes(&[one.did("job.start", 5, job.clone())]).await, applied(1));
    assert_eq!(two.outcomes(&[two.did("job.start", 4, job.clone())]).await, applied(1));
}

#[tokio::test]
async fn at_the_same_moment_two_tablets_lose_nothing() {
    let terminal = Terminal::open().await;
    let (_, jobs) = terminal.floor.released("MO-1", "500").await;
    let (one, two) = (terminal.device("tablet-1"), terminal.device("tablet-2"));
    let batch =
        |device: &Device<'_>| (0..20).map(|_| device.did("job.report", 5, json!({"job_id": jobs[0], "good": 1}))).collect::<Vec<_>>();
    let (first, second) = (batch(&one), batch(&two));
    // The same tablet in two tabs as well.
    tokio::join!(one.send(&first), two.send(&second), one.send(&first));
    assert_eq!(number(&terminal.floor.job(&jobs[0]).await["good"]), 40.0);
    assert_eq!(terminal.floor.stock(&terminal.floor.board).await, 920.0);
}

#[tokio::test]
async fn a_clock_that_drifts_is_set_right_and_one_that_jumps_is_bounded() {
    let terminal = Terminal::open().await;
    let (_, jobs) = terminal.floor.released("MO-1", "50").await;
    let mut device = terminal.device("tablet-1");
    device.ahead = SignedDuration::from_hours(-9);
    let first = device.did("job.report", 30, json!({"job_id": jobs[0], "good": 1}));
    let answer = device.send(&[first]).await;
    let offset = answer["clock_offset_ms"].as_i64().unwrap();
    assert!((offset - 9 * 3_600_000).abs() < 60_000, "the device is nine hours behind: {offset}");
    let minutes_ago = |entry: &Value| (now().as_second() - entry["at"].as_str().unwrap().parse::<Timestamp>().unwrap().as_second()) / 60;
    let ledger = terminal.floor.get(&format!("/jobs/{}/report", jobs[0])).await;
    assert!((29..=31).contains(&minutes_ago(&ledger[0])), "{ledger}");
    // Somebody sets the clock to a day long past between two actions.
    let mut old = device.did("job.report", 20, json!({"job_id": jobs[0], "good": 1}));
    old["at"] = json!("2001-01-01T00:00:00Z");
    assert_eq!(device.outcomes(&[old]).await, [ruled("adjusted", "time_bounded")]);
    let ledger = terminal.floor.get(&format!("/jobs/{}/report", jobs[0])).await;
    assert!(ledger.as_array().unwrap().iter().all(|entry| (29..=31).contains(&minutes_ago(entry))), "never before what it did before");
    assert_eq!(ledger.as_array().unwrap().iter().filter(|entry| entry["client_at"] == "2001-01-01T00:00:00Z").count(), 1, "both are kept");
}

#[tokio::test]
async fn what_is_refused_is_kept_until_a_supervisor_decides() {
    let terminal = Terminal::open().await;
    let (order, jobs) = terminal.floor.released("MO-1", "50").await;
    let device = terminal.device("tablet-1");
    device
        .send(&[
            device.did("job.report", 50, json!({"job_id": jobs[0], "good": 5})),
            device.did("job.finish", 49, json!({"job_id": jobs[0]})),
        ])
        .await;
    device.send(&[device.did("job.finish", 48, json!({"job_id": jobs[1]}))]).await;
    terminal.floor.post(&format!("/manufacturing-orders/{order}/close"), json!({})).await.ok();
    let (_, others) = terminal.floor.released("MO-2", "50").await;
    let queue = [
        device.did("job.report", 40, json!({"job_id": jobs[0], "good": 3})),
        device.did("juggle", 39, json!({})),
        json!({"id": testkit::new_id(), "kind": "job.report", "at": "yesterday"}),
        json!({"kind": "job.start"}),
        device.did("material.issue", 38, json!({"job_id": others[0], "code": "NOBODY-KNOWS", "quantity": 1})),
        device.did("job.report", 30, json!({"job_id": others[0], "good": 2})),
    ];
    let outcomes = device.outcomes(&queue).await;
    let refused: Vec<Option<&str>> = outcomes.iter().map(|(_, rule)| rule.as_deref()).collect();
    let rules = [
        Some("order_closed"),
        Some("unknown_kind"),
        Some("unreadable"),
        Some("unreadable"),
        Some("unknown_code"),
        Some("started_by_report"),
    ];
    assert_eq!(refused, rules);
    assert_eq!(number(&terminal.floor.job(&others[0]).await["good"]), 2.0, "one that is wrong keeps no other from counting");
    let path = format!("/terminals/{}/conflicts", terminal.id);
    let list = terminal.floor.get(&path).await;
    assert_eq!(list.as_array().unwrap().len(), 4, "what has no identifier cannot be kept, and the device was told: {list}");
    let late = list.as_array().unwrap().iter().find(|one| one["rule"] == "order_closed").unwrap();
    assert_eq!((late["body"]["good"].as_i64(), late["operator"].as_str()), (Some(3), Some("Operator B-1047")));
    let resolve =
        |action: &Value, apply: bool| (format!("{path}/resolve"), json!({"action_id": action["id"], "apply": apply, "note": "Counted"}));
    let (to, body) = resolve(late, true);
    terminal.floor.post(&to, body).await.refused(409, "still_refused");
    let (to, body) = resolve(late, false);
    assert_eq!(terminal.floor.post(&to, body).await.ok()["decision"], "dismissed");
    let (to, body) = resolve(late, true);
    terminal.floor.post(&to, body).await.refused(409, "already_resolved");
    assert_eq!(terminal.floor.get(&path).await.as_array().unwrap().len(), 3);
    assert_eq!(terminal.floor.get(&format!("{path}?all=true")).await.as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_supervisor_carries_out_what_was_refused_once_its_reason_is_gone() {
    let terminal = Terminal::open().await;
    let plant = terminal.floor.office.plant();
    let (_, jobs) = terminal.floor.released("MO-1", "50").await;
    let skill = id(&terminal.floor.post("/skills", json!({"plant_id": plant, "code": "IPC", "name": "Solder joints"})).await.ok());
    terminal.floor.post("/skill-requirements", json!({"plant_id": plant, "skill_id": skill, "line_id": terminal.floor.smt[0]})).await.ok();
    let device = terminal.device("tablet-1");
    let start = device.did("job.start", 20, json!({"job_id": jobs[0]}));
    assert_eq!(device.outcomes(std::slice::from_ref(&start)).await, [ruled("refused", "not_qualified")]);
    let body = json!({"operator_id": terminal.operator, "skill_id": skill, "valid_from": "2020-01-01"});
    terminal.floor.post("/qualifications", body).await.ok();
    let again = device.send(&[start.clone(), start.clone()]).await;
    for result in again["results"].as_array().unwrap() {
        let told = (result["outcome"].as_str(), result["was"].as_str(), result["rule"].as_str());
        assert_eq!(told, (Some("duplicate"), Some("refused"), Some("not_qualified")), "sent again it is the same, and says what it was");
    }
    let body = json!({"action_id": start["id"], "apply": true});
    terminal.floor.post(&format!("/terminals/{}/conflicts/resolve", terminal.id), body).await.ok();
    let job = terminal.floor.job(&jobs[0]).await;
    let started: Timestamp = job["started_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(job["status"], "running");
    assert!((19..=21).contains(&((now().as_second() - started.as_second()) / 60)), "when it was, not when it was decided");
}

#[tokio::test]
async fn whoever_signs_in_types_their_pin() {
    let terminal = Terminal::open().await;
    let path = format!("/terminals/{}/sign-in", terminal.id);
    let sign_in = async |body: Value| terminal.floor.post(&path, body).await;
    assert_eq!(id(&sign_in(json!({"badge": "B-1047"})).await.ok()["operator"]), terminal.operator, "without a PIN the badge is enough");
    sign_in(json!({"operator_id": terminal.operator})).await.refused(403, "wrong_badge_or_pin");
    let pin = format!("/operators/{}/pin", terminal.operator);
    terminal.floor.post(&pin, json!({"pin": "47a1"})).await.refused(422, "invalid");
    assert!(terminal.floor.post(&pin, json!({"pin": "4711"})).await.status.is_success());
    sign_in(json!({"badge": "B-1047"})).await.refused(403, "wrong_badge_or_pin");
    sign_in(json!({"badge": "B-9999", "pin": "4711"})).await.refused(403, "wrong_badge_or_pin");
    let signed_in = sign_in(json!({"operator_id": terminal.operator, "pin": "4711"})).await.ok();
    let (_, jobs) = terminal.floor.released("MO-1", "50").await;
    let device = terminal.device("tablet-1");
    let mine = device.did("job.report", 0, json!({"job_id": jobs[0], "good": 1, "token": signed_in["token"]}));
    let not_mine = device.did("job.report", 0, json!({"job_id": jobs[0], "good": 1, "token": "00"}));
    device.send(&[mine, not_mine]).await;
    let admin = terminal.floor.office.test.admin().await;
    let rows = admin.query("select verified, body::text from terminal_actions order by sequence", &[]).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.get::<_, bool>(0)).collect::<Vec<_>>(), [true, false]);
    assert!(rows.iter().all(|row| !row.get::<_, String>(1).contains("token")), "what proves somebody is not kept");
    for _ in 0..5 {
        sign_in(json!({"badge": "B-1047", "pin": "0000"})).await.refused(403, "wrong_badge_or_pin");
    }
    sign_in(json!({"badge": "B-1047", "pin": "4711"})).await.refused(429, "pin_locked");
    let trail =
        "select count(*) from audit_events where (before::text || coalesce(after::text, '')) like '%$2a$%' or after::text like '%$2a$%'";
    assert_eq!(admin.query_one(trail, &[]).await.unwrap().get::<_, i64>(0), 0, "no hash is in the trail");
}

#[tokio::test]
async fn a_terminal_gets_all_it_needs_for_a_shift() {
    let terminal = Terminal::open().await;
    let plant = terminal.floor.office.plant();
    let order = terminal.floor.order_with(json!({"code": "MO-1", "quantity": "50", "issue_mode": "explicit"})).await;
    let released = terminal.floor.post(&format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
    let jobs: Vec<String> = released["jobs"].as_array().unwrap().iter().map(id).collect();
    let body = json!({"plant_id": plant, "code": "WI-1", "name": "Place the boards", "item_id": terminal.floor.item, "area_id": terminal.floor.smt_area});
    let instruction = id(&terminal.floor.post("/work-instructions", body).await.ok());
    let step = json!({"work_instruction_id": instruction, "position": 10, "text": "Torque", "kind": "value", "required": true, "min": "1.2", "max": "1.5", "unit": "N·m"});
    let step = id(&terminal.floor.post("/instruction-steps", step).await.ok());
    let side = json!({"plant_id": plant, "code": "LS-1", "name": "Beside SMT-01", "type": "line_side", "line_id": terminal.floor.smt[0]});
    let side = id(&terminal.floor.post("/locations", side).await.ok());
    let received = json!({"location_id": side, "item_id": terminal.floor.board, "quantity": "80", "lot_code": "B-200"});
    terminal.floor.post("/stock/receive", received).await.ok();
    let work = terminal.work().await;
    assert_eq!(work["lines"].as_array().unwrap().len(), 3);
    assert_eq!(work["operators"][0]["badge_hash"].as_str().unwrap().len(), 64);
    let listed: Vec<(&str, Option<&str>)> =
        work["jobs"].as_array().unwrap().iter().map(|job| (job["status"].as_str().unwrap(), job["waits_for"].as_str())).collect();
    assert_eq!(listed, [("ready", None), ("waiting", Some("10 Place (SMT-01)"))]);
    assert_eq!(work["instructions"][0]["job_ids"], json!([jobs[0]]));
    assert_eq!(work["components"][0]["lots"][0]["code"], "B-200");
    assert_eq!(number(&work["components"][0]["needed"]), 100.0);
    let device = terminal.device("tablet-1");
    let here = |more: Value| {
        let mut all = json!({"job_id": jobs[0], "line_id": terminal.floor.smt[0]});
        all.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        all
    };
    let queue = [
        device.did("job.start", 30, here(json!({}))),
        device.did("material.issue", 29, here(json!({"code": "B-200", "quantity": 60}))),
        device.did("step.done", 28, here(json!({"step_id": step}))),
        device.did("job.report", 27, here(json!({"good": 30}))),
        device.did("job.finish", 26, here(json!({}))),
    ];
    let outcomes = device.outcomes(&queue).await;
    assert_eq!(outcomes[2], ruled("refused", "nothing_entered"));
    assert_eq!(outcomes[4], ruled("adjusted", "steps_missing"), "it was finished; that something is missing is told");
    let queue = [
        device.did("step.done", 5, here(json!({"step_id": step, "value": "1.6"}))),
        device.did("step.done", 4, here(json!({"step_id": step, "value": "1.3"}))),
    ];
    assert_eq!(device.outcomes(&queue).await, [ruled("adjusted", "out_of_limits"), ("applied".into(), None)]);
    assert_eq!(terminal.floor.stock(&terminal.floor.board).await, 1020.0);
}

#[tokio::test]
async fn a_desk_is_asked_for_the_steps_before_it_finishes() {
    let terminal = Terminal::open().await;
    let plant = terminal.floor.office.plant();
    let (_, jobs) = terminal.floor.released("MO-1", "50").await;
    let instruction =
        id(&terminal.floor.post("/work-instructions", json!({"plant_id": plant, "code": "WI-1", "name": "Place"})).await.ok());
    let step = json!({"work_instruction_id": instruction, "position": 10, "text": "Sign", "kind": "signoff", "required": true});
    let step = id(&terminal.floor.post("/instruction-steps", step).await.ok());
    terminal.floor.act(&jobs[0], "start").await.ok();
    terminal.floor.act(&jobs[0], "finish").await.refused(409, "steps_missing");
    let device = terminal.device("tablet-1");
    device.send(&[device.did("step.done", 1, json!({"job_id": jobs[0], "step_id": step, "signoff": true}))]).await;
    terminal.floor.act(&jobs[0], "finish").await.ok();
    assert_eq!(terminal.work().await["steps_done"], json!([]), "a finished job is on no terminal any more");
}

#[tokio::test]
async fn a_call_for_help_is_heard_acknowledged_and_cleared() {
    let terminal = Terminal::open().await;
    let plant = terminal.floor.office.plant();
    let device = terminal.device("tablet-1");
    terminal.goes_up_after(600).await;
    let line = json!({"line_id": terminal.floor.smt[0]});
    let mut call = line.clone();
    call.as_object_mut().unwrap().extend(json!({"call": "material", "text": "Reel 4 runs out"}).as_object().cloned().unwrap());
    assert_eq!(device.outcomes(&[device.did("andon.call", 17, call)]).await, applied(1));
    let open = terminal.floor.get(&format!("/plants/{plant}/andon")).await;
    let id = id(&open[0]);
    assert_eq!((open[0]["kind"].as_str(), open[0]["level"].as_i64()), (Some("material"), Some(0)));
    terminal.goes_up_after(5).await;
    terminal.goes_up_after(15).await;
    assert_eq!(terminal.floor.post("/andon/escalate", json!({})).await.ok()["escalated"], 1);
    assert_eq!(terminal.floor.post("/andon/escalate", json!({})).await.ok()["escalated"], 0, "each level once");
    assert_eq!(terminal.floor.get("/andon").await[0]["level"], 2, "nobody heard it for a quarter of an hour");
    let acknowledged = terminal.floor.post(&format!("/andon/{id}/acknowledge"), json!({})).await.ok();
    let again = terminal.floor.post(&format!("/andon/{id}/acknowledge"), json!({})).await.ok();
    assert_eq!(acknowledged["acknowledged_at"], again["acknowledged_at"]);
    assert_eq!(device.outcomes(&[device.did("andon.clear", 0, line)]).await, applied(1));
    assert_eq!(terminal.floor.get(&format!("/plants/{plant}/andon")).await, json!([]));
    assert_eq!(terminal.floor.get(&format!("/plants/{plant}/andon?all=true")).await.as_array().unwrap().len(), 1);
    terminal.floor.post(&format!("/andon/{id}/acknowledge"), json!({})).await.refused(409, "andon_cleared");
    let told = terminal.floor.office.test.admin().await;
    let sql = "select action from audit_events where kind = 'andon_call' and action not in ('andon_call.created', 'andon_call.updated') order by occurred_at, position";
    let told: Vec<String> = told.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(told, ["andon_call.called", "andon_call.escalated", "andon_call.acknowledged", "andon_call.cleared"]);
}

#[tokio::test]
async fn a_schedule_lets_calls_go_up_by_the_clock() {
    let terminal = Terminal::open().await;
    let device = terminal.device("tablet-1");
    // Were its own step due already, its own run could be there before the schedule's.
    terminal.goes_up_after(600).await;
    let call = json!({"line_id": terminal.floor.test, "call": "quality"});
    let note = device.send(&[device.did("andon.call", 6, call)]).await["results"][0]["says"].clone();
    assert!(note.as_str().unwrap().contains("6 min"), "who called is told that nobody heard it: {note}");
    terminal.goes_up_after(5).await;
    // By itself on leap days only: the clock that counts here is the machine's.
    let schedule = json!({"name": "Andon", "kind": "production.escalate_andon", "cron": "0 4 29 2 *", "time_zone": "Europe/Lisbon"});
    let schedule = id(&terminal.floor.post("/schedules", schedule).await.ok());
    let path = format!("/schedules/{schedule}/run");
    let run = terminal.floor.office.send("boss", http::Method::POST, &path, &[("prefer", "wait=20")], None).await.ok();
    assert_eq!((run["state"].as_str(), run["result"]["escalated"].as_i64()), (Some("succeeded"), Some(1)), "{run}");
    assert_eq!(terminal.floor.get("/andon").await[0]["level"], 1);
}

#[tokio::test]
async fn stops_are_told_and_explained_also_later() {
    let terminal = Terminal::open().await;
    let reason = terminal.reason("JAM", "stop").await;
    let device = terminal.device("tablet-1");
    let line = json!({"line_id": terminal.floor.smt[0]});
    let why = json!({"line_id": terminal.floor.smt[0], "reason_id": reason});
    let elsewhere = json!({"line_id": Uuid::nil()});
    let queue = [
        device.did("line.run", 60, line.clone()),
        device.did("line.stop", 50, line.clone()),
        device.did("line.run", 40, line),
        device.did("line.reason", 39, why.clone()),
        device.did("line.reason", 38, why),
        device.did("line.stop", 37, elsewhere),
    ];
    let outcomes = device.outcomes(&queue).await;
    assert_eq!(outcomes[..4], applied(4));
    assert_eq!(outcomes[4..], [ruled("refused", "no_stop"), ruled("refused", "other_line")]);
    let path = format!("/lines/{}/states", terminal.floor.smt[0]);
    let states = terminal.floor.get(&path).await;
    let stop = states["items"].as_array().unwrap().iter().find(|state| state["state"] == "stopped").expect("the stop").clone();
    assert_eq!(stop["reason_id"], reason.as_str());
}

#[tokio::test]
async fn a_reason_is_for_the_stop_and_not_for_the_rest_after_it() {
    let terminal = Terminal::open().await;
    let (_, jobs) = terminal.floor.released("MO-1", "50").await;
    let reason = terminal.reason("JAM", "stop").await;
    let device = terminal.device("tablet-1");
    let line = json!({"line_id": terminal.floor.smt[0]});
    let job = json!({"job_id": jobs[0]});
    let queue = [
        device.did("job.start", 60, job.clone()),
        device.did("line.stop", 50, line.clone()),
        device.did("line.run", 40, line.clone()),
        // The line has nothing to do from here on; its operator tells afterwards why it stood before.
        device.did("job.finish", 30, job),
        device.did("line.reason", 20, json!({"line_id": terminal.floor.smt[0], "reason_id": reason})),
    ];
    assert_eq!(device.outcomes(&queue).await, applied(5));
    let states = terminal.floor.get(&format!("/lines/{}/states", terminal.floor.smt[0])).await;
    let explained: Vec<&str> = states["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|state| state["reason_id"] == reason.as_str())
        .map(|state| state["state"].as_str().unwrap())
        .collect();
    assert_eq!(explained, ["stopped"], "{states}");
}

#[tokio::test]
async fn a_terminal_that_is_archived_has_no_work_but_what_was_entered_at_it_is_taken() {
    let terminal = Terminal::open().await;
    let (_, jobs) = terminal.floor.released("MO-1", "50").await;
    let device = terminal.device("tablet-1");
    let job = json!({"job_id": jobs[0], "line_id": terminal.floor.smt[0], "good": 5, "scrap": 0, "rework": 0});
    let entered = [device.did("job.start", 20, job.clone()), device.did("job.report", 10, job)];
    let office = &terminal.floor.office;
    let change = async |verb: &str| {
        let path = format!("/terminals/{}/{verb}", terminal.id);
        office.send("boss", http::Method::POST, &path, &[("if-match", "*")], None).await.ok()
    };
    // What it stands at is archived before it.
    let lines = terminal.floor.get(&format!("/terminal-lines?terminal_id={}", terminal.id)).await;
    for line in lines["items"].as_array().unwrap() {
        let path = format!("/terminal-lines/{}/archive", line["id"].as_str().unwrap());
        office.send("boss", http::Method::POST, &path, &[("if-match", "*")], None).await.ok();
    }
    change("archive").await;
    let work = format!("/terminals/{}/work", terminal.id);
    office.get("boss", &work).await.refused(410, "terminal_retired");
    let sign_in = json!({"operator_id": terminal.operator});
    office.post("boss", &format!("/terminals/{}/sign-in", terminal.id), sign_in).await.refused(410, "terminal_retired");
    // Somebody made these before: a tablet that comes back into the network must not have worked in vain.
    assert_eq!(device.outcomes(&entered).await, applied(2));
    assert_eq!(number(&terminal.floor.job(&jobs[0]).await["good"]), 5.0);
    change("restore").await;
    assert_eq!(terminal.work().await["terminal"]["id"], terminal.id.as_str());
}

/// What a device kept for a long shift: a thousand actions, most of them reports.
fn long_shift(device: &Device<'_>, job: &str, line: &str, count: usize) -> Vec<Value> {
    let one = |number: usize| {
        let more = json!({"job_id": job, "line_id": line});
        let (kind, own) = match number % 10 {
            0 if number == 0 => ("job.start", json!({})),
            4 => ("line.stop", json!({})),
            5 => ("line.run", json!({})),
            _ => ("job.report", json!({"good": 1})),
        };
        let mut all = more;
        all.as_object_mut().unwrap().extend(own.as_object().cloned().unwrap());
        device.did(kind, 480 - (number * 480 / count) as i64, all)
    };
    (0..count).map(one).collect()
}

#[tokio::test]
async fn a_thousand_actions_are_taken_in_one_request_and_again_as_known() {
    let terminal = Terminal::open().await;
    let (_, jobs) = terminal.floor.released("MO-1", "5000").await;
    let device = terminal.device("tablet-1");
    let shift = long_shift(&device, &jobs[0], &terminal.floor.smt[0], 1_000);
    let (mut left, mut requests, mut outcomes) = (shift.clone(), 0, Vec::new());
    // As a device does: what there was no time for is sent again. No request is answered with a refusal.
    while !left.is_empty() {
        let answer = device.send(&left).await;
        let not_yet: Vec<String> = answer["not_yet"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        outcomes.extend(answer["results"].as_array().unwrap().iter().map(|result| result["outcome"].clone()));
        left.retain(|action| not_yet.iter().any(|id| action["id"] == id.as_str()));
        requests += 1;
        assert!(requests <= 20, "it gets nowhere: {} are left", left.len());
    }
    assert_eq!((outcomes.len(), outcomes.iter().filter(|outcome| **outcome != "applied").count()), (1_000, 0));
    assert_eq!(number(&terminal.floor.job(&jobs[0]).await["good"]), 799.0);
    let known = device.send(&shift).await;
    assert!(known["results"].as_array().unwrap().iter().all(|result| result["outcome"] == "duplicate"), "once");
    assert_eq!(number(&terminal.floor.job(&jobs[0]).await["good"]), 799.0);
}

#[tokio::test]
async fn what_there_is_no_time_for_is_named_and_none_overtakes_it() {
    let terminal = Terminal::open().await;
    let (_, jobs) = terminal.floor.released("MO-1", "50").await;
    let device = terminal.device("tablet-1");
    let shift = long_shift(&device, &jobs[0], &terminal.floor.smt[0], 8);
    let place: Uuid = terminal.id.parse().unwrap();
    // Sent in no order: the sequence says which comes first.
    let sent = |actions: &[Value]| -> production::terminal::sync::Sent {
        let mut actions = actions.to_vec();
        actions.reverse();
        serde_json::from_value(json!({"device_id": "tablet-1", "device_now": now(), "actions": actions})).unwrap()
    };
    let ids: Vec<Uuid> = shift.iter().map(|action| action["id"].as_str().unwrap().parse().unwrap()).collect();
    for done in 0..ids.len() {
        let mut tx = terminal.floor.office.app.begin(&terminal.floor.office.tenant.system()).await.unwrap();
        let taken = production::terminal::sync::take(&mut tx, place, &sent(&shift), std::time::Duration::ZERO).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(taken.not_yet, ids[done + 1..], "one more each time, however little time there is");
        let fresh: Vec<Uuid> = taken.results.iter().filter(|result| result.outcome != "duplicate").filter_map(|result| result.id).collect();
        assert_eq!((fresh, taken.results.len()), (vec![ids[done]], done + 1));
    }
    assert_eq!(number(&terminal.floor.job(&jobs[0]).await["good"]), 5.0);
}
