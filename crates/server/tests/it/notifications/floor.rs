//! Calls for help that nobody acknowledges: they go up by themselves, exactly when it is time, and those are told who should be.

use serde_json::{Value, json};

use super::house::House;

const MIN: i64 = 60;

impl House {
    /// A line of the first plant.
    async fn line(&self) -> String {
        let area = self.area("Soldering").await;
        let line = json!({ "area_id": area, "name": "SMT-01", "available_s_per_day": 86400 });
        self.post("bo", "/lines", line).await.ok()["id"].as_str().unwrap().to_owned()
    }

    async fn call(&mut self, line: &str, kind: &str) -> String {
        let call = json!({ "line_id": line, "kind": kind, "text": "Reel 4 runs out" });
        let made = self.post("bo", "/andon", call).await.ok()["id"].as_str().unwrap().to_owned();
        self.settle().await;
        made
    }

    /// Until whatever is due by then is done: workers look for what is due a few times a second.
    async fn later(&mut self, seconds: i64) {
        self.clock.forward(seconds);
        let now = platform::Clock::now(&*self.clock);
        let due = format!("select count(*) from runs where state in ('queued', 'running') and due_at <= '{now}'");
        self.until(async |house| house.count(&due).await == 0).await;
    }

    async fn level(&self) -> i64 {
        self.get("bo", "/andon").await.ok()[0]["level"].as_i64().unwrap()
    }
}

fn escalated(told: &[String]) -> Vec<&str> {
    told.iter().map(String::as_str).filter(|text| text.contains("has waited")).collect()
}

#[tokio::test]
async fn a_call_nobody_acknowledges_goes_up_by_itself_and_mail_goes_out() {
    let mut house = House::new().await;
    let line = house.line().await;
    house.call(&line, "material").await;
    let waiting = "select count(*) from runs where kind = 'production.escalate_andon' and state = 'queued'";
    assert_eq!(house.count(waiting).await, 1, "nobody made a schedule; the call itself asked for it");
    house.later(5 * MIN - 2).await;
    assert_eq!((house.level().await, house.mail().len()), (0, 0), "not before its time");
    house.later(2).await;
    assert_eq!(house.level().await, 1);
    assert_eq!(escalated(&house.told("bo").await), ["SMT-01 has waited 5 min for help: material"]);
    let mail = house.mail();
    assert_eq!(
        mail.iter().map(|letter| letter.header("to")).collect::<Vec<_>>(),
        ["\"Bo Lind\" <bo@tavira.example>"],
        "only who may be told"
    );
    assert!(mail[0].header("subject").contains("SMT-01 has waited 5 min"), "{}", mail[0].header("subject"));
    assert!(escalated(&house.told("cy").await).is_empty(), "who only reads is not told");
    house.later(10 * MIN).await;
    house.later(15 * MIN).await;
    assert_eq!(house.level().await, 3);
    house.later(24 * 60 * MIN).await;
    assert_eq!((house.level().await, escalated(&house.told("bo").await).len(), house.count(waiting).await), (3, 3, 0), "and then no more");
}

#[tokio::test]
async fn whoever_comes_ends_it() {
    let mut house = House::new().await;
    let line = house.line().await;
    let call = house.call(&line, "quality").await;
    house.later(5 * MIN).await;
    house.post("bo", &format!("/andon/{call}/acknowledge"), json!({})).await.ok();
    house.later(60 * MIN).await;
    assert_eq!(house.level().await, 1);
    house.post("bo", &format!("/andon/{call}/clear"), json!({})).await.ok();
    house.call(&line, "safety").await;
    let cleared = house.get("bo", "/andon").await.ok()[0]["id"].as_str().unwrap().to_owned();
    house.post("bo", &format!("/andon/{cleared}/clear"), json!({})).await.ok();
    house.later(60 * MIN).await;
    assert_eq!(escalated(&house.told("bo").await).len(), 1, "what is over goes up no further");
    assert_eq!(house.count("select count(*) from runs where state in ('queued', 'running')").await, 0);
}

#[tokio::test]
async fn a_plant_says_when_and_whom() {
    let mut house = House::new().await;
    let (line, plant) = (house.line().await, house.plants[0]);
    let (ana, cy, eva) = (house.user("ana"), house.user("cy"), house.user("eva"));
    let step = |name: &str, call: Value, after_min: i64, recipients: Value| json!({ "plant_id": plant, "name": name, "call": call, "after_min": after_min, "recipients": recipients });
    house.post("bo", "/andon-steps", step("Shift lead", Value::Null, 2, json!([cy]))).await.ok();
    house.post("bo", "/andon-steps", step("Everybody who may", Value::Null, 4, json!([]))).await.ok();
    // Eva plans the other plant and may not see this one's calls, whatever somebody writes here.
    house.post("bo", "/andon-steps", step("Safety at once", json!("safety"), 1, json!([ana, eva]))).await.ok();
    let twice = house.post("bo", "/andon-steps", step("The same again", Value::Null, 4, json!([]))).await.refused(422, "invalid");
    assert_eq!(twice["errors"][0]["code"], "repeated");
    for (recipients, code) in [(json!([testkit::new_id()]), "unknown_reference"), (json!([cy, cy]), "repeated")] {
        let refused = house.post("bo", "/andon-steps", step("Wrong", Value::Null, 9, recipients)).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], code);
    }
    for after_min in [0, -1, 10_081] {
        house.post("bo", "/andon-steps", step("Wrong", Value::Null, after_min, json!([]))).await.refused(422, "invalid");
    }
    house.post("cy", "/andon-steps", step("Not theirs", Value::Null, 9, json!([]))).await.refused(403, "permission_missing");
    house.call(&line, "material").await;
    house.later(2 * MIN).await;
    assert_eq!(escalated(&house.told("cy").await), ["SMT-01 has waited 2 min for help: material"]);
    assert!(escalated(&house.told("bo").await).is_empty(), "somebody else is named");
    house.later(2 * MIN).await;
    assert_eq!((escalated(&house.told("cy").await).len(), escalated(&house.told("bo").await).len()), (1, 1));
    house.later(60 * MIN).await;
    assert_eq!(house.level().await, 2, "there is no third step");
    house.call(&line, "safety").await;
    house.later(MIN).await;
    assert_eq!(escalated(&house.told("ana").await), ["SMT-01 has waited 1 min for help: safety"]);
    assert!(escalated(&house.told("eva").await).is_empty());
    house.later(60 * MIN).await;
    assert_eq!(escalated(&house.told("bo").await).len(), 1, "a kind with steps of its own goes by those alone");
}

#[tokio::test]
async fn what_was_called_without_a_network_goes_up_as_far_as_its_time_has_come() {
    let mut house = House::new().await;
    let (line, plant) = (house.line().await, house.plants[0]);
    let terminal = house.post("bo", "/terminals", json!({ "plant_id": plant, "code": "T-1", "name": "T-1" })).await.ok();
    let terminal = terminal["id"].as_str().unwrap().to_owned();
    house.post("bo", "/terminal-lines", json!({ "terminal_id": terminal, "line_id": line })).await.ok();
    let now = platform::Clock::now(&*house.clock);
    let at = now - jiff::SignedDuration::from_mins(17);
    let action = json!({ "id": testkit::new_id(), "sequence": 1, "at": at, "kind": "andon.call", "line_id": line, "call": "maintenance" });
    let sent = json!({ "device_id": "tablet-1", "device_now": now, "actions": [action] });
    house.post("bo", &format!("/terminals/{terminal}/actions"), sent).await.ok();
    house.settle().await;
    assert_eq!((house.level().await, escalated(&house.told("bo").await).len()), (2, 1), "two steps at once are told once");
    house.later(13 * MIN).await;
    assert_eq!(house.level().await, 3, "and it goes on from there");
}
