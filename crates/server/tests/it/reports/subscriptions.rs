//! Reports that come by mail: made when their time has come, to whom may see them, through a real mail server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use platform::mail::Security;
use serde_json::{Value, json};

use super::{DOCUMENT, house_with_a_plan, parts_of, says};
use crate::notifications::house::{Answer, House, Post, PostOffice};

const WEEK: i64 = 7 * 86_400;

/// How many reports were to be sent, and have been or have failed.
const SENT: &str = "select count(*) from runs where kind = 'planning.report' and state in ('succeeded', 'failed')";

impl House {
    /// A subscription of the first plant, made by `who`: on Mondays at 7 in Madrid.
    async fn subscribe(&self, who: &str, recipients: &[&str], more: Value) -> Answer {
        let recipients: Vec<_> = recipients.iter().map(|token| self.user(token)).collect();
        let mut body = json!({ "format": DOCUMENT, "plant_id": self.plants[0], "name": "Capacity on Mondays", "cron": "0 7 * * MON", "time_zone": "Europe/Madrid",
            "recipients": recipients });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.post(who, "/report-subscriptions", body).await
    }

    async fn sending(&self, id: &str) -> Value {
        self.get("cy", &format!("/report-subscriptions/{id}/sending")).await.ok()
    }

    async fn approve(&self, scenario: &str) {
        self.post("ana", &format!("/scenarios/{scenario}/submit"), json!({})).await.ok();
        self.post("bo", &format!("/scenarios/{scenario}/approve"), json!({})).await.ok();
    }
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

/// The file that came with a mail.
fn attached(mail: &Value) -> (String, String, Vec<u8>) {
    let files = mail["files"].as_array().unwrap();
    assert_eq!(files.len(), 1, "{}", mail["headers"]);
    let text = |name: &str| files[0][name].as_str().unwrap().to_owned();
    (text("filename"), text("contentType"), STANDARD.decode(text("base64")).unwrap())
}

#[tokio::test]
async fn a_report_comes_by_mail_at_its_time_in_the_language_of_each_reader() {
    let Some(post) = PostOffice::open(&[]) else { return };
    let (mut house, scenario) = house_with_a_plan(Post::Smtp(&post.settings(Security::None))).await;
    let spanish = "update users set locale = 'es' where id = $1";
    house.test.admin().await.execute(spanish, &[&house.user("cy")]).await.unwrap();
    let made = house.subscribe("ana", &["ana", "cy"], json!({ "message": "For the meeting\nat ten." })).await.ok();
    assert_eq!(
        (&made["format"], &made["report"], &made["language"], &made["paused"]),
        (&json!(DOCUMENT), &json!("executive"), &Value::Null, &json!(false))
    );
    let subscription = id(&made);
    // It is 2027-05-03, a Monday, 08:00 in Madrid: the next seven o'clock of a Monday is in a week.
    let sending = house.sending(&subscription).await;
    assert_eq!((&sending["next_at"], &sending["run_id"]), (&json!("2027-05-10T05:00:00Z"), &Value::Null), "{sending}");
    house.settle().await;
    assert!(post.is_empty(), "not before its time");

    // Nothing is approved yet: the run fails for good, and whoever made the subscription is told why.
    house.clock.forward(WEEK);
    house.until(async |house| house.count(SENT).await == 1).await;
    let sending = house.sending(&subscription).await;
    assert_eq!((&sending["run_state"], &sending["error"]["code"]), (&json!("failed"), &json!("no_approved_scenario")), "{sending}");
    let told = house.told("ana").await;
    assert!(told.iter().any(|text| text.contains("Capacity on Mondays") && text.contains("no_approved_scenario")), "{told:?}");
    assert!(post.mail()["subject"].as_str().unwrap().contains("Capacity on Mondays"), "told by mail too");

    house.approve(&scenario).await;
    house.settle().await;
    while !post.is_empty() {}
    house.clock.forward(WEEK);
    house.until(async |house| house.count(SENT).await == 2).await;
    let mut mails = [post.mail(), post.mail()];
    mails.sort_by_key(|mail| mail["to"].to_string());
    let [ana, cy] = mails;
    assert_eq!((&ana["to"], &cy["to"]), (&json!(["ana.gil@tavira.example"]), &json!(["cy@tavira.example"])));
    assert_eq!(ana["subject"], "Capacity on Mondays · P1");
    let text = cy["text"].as_str().unwrap();
    assert!(
        text.contains("For the meeting\nat ten.") && text.contains(&format!("Va adjunto el informe de P1: Autumn-more-v1.{DOCUMENT}.")),
        "{text}"
    );
    assert!(text.contains("Ana Gil te ha puesto en la lista de «Capacity on Mondays»"), "{text}");
    for (mail, heading) in [(&ana, "What limits the plant"), (&cy, "Qué limita la planta")] {
        let (name, media, bytes) = attached(mail);
        assert_eq!((name, media.starts_with("application/")), (format!("Autumn-more-v1.{DOCUMENT}"), true));
        assert!(says(&bytes, heading) && says(&bytes, "Autumn & <more>"));
        let raw = mail["raw"].as_str().unwrap();
        assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998), "what goes over the wire is plain");
    }
    assert!(post.is_empty(), "once");
    let sending = house.sending(&subscription).await;
    assert_eq!((&sending["run_state"], &sending["next_at"]), (&json!("succeeded"), &json!("2027-05-24T05:00:00Z")), "{sending}");
    assert_eq!(sending["result"]["sent_to"], json!([house.user("ana"), house.user("cy")]), "{sending}");
    // The trail tells that it went, and that the result was taken away.
    assert_eq!(house.count("select count(*) from audit_events where action = 'report_subscription.sent'").await, 1);
    let taken = "select count(*) from audit_events where action = 'scenario.exported' and detail ->> 'subscription_id' is not null";
    assert_eq!(house.count(taken).await, 1);
    // What the files held is in no trail, and forgotten with their mail.
    assert_eq!(house.count("select count(*) from report_files").await, 2, "one for each language");
    assert_eq!(house.count("select count(*) from audit_events where kind = 'report_file'").await, 0);
    house.clock.forward(31 * 86_400);
    platform::notifications::forget(&house.database).await.unwrap();
    assert_eq!(house.count("select count(*) from report_files").await, 0);
}

#[tokio::test]
async fn it_goes_now_when_asked_in_each_format_and_of_the_scenario_that_is_named() {
    let Some(post) = PostOffice::open(&[]) else { return };
    let (mut house, scenario) = house_with_a_plan(Post::Smtp(&post.settings(Security::None))).await;
    for (format, beginning) in [("pptx", &b"PK"[..]), ("xlsx", b"PK"), ("csv", b"plant,area"), ("json", b"{\"schema\"")] {
        let more = json!({ "name": format!("As {format}"), "format": format, "scenario_id": scenario, "language": "de", "paused": true });
        // Nobody is named: whoever made it gets it.
        let made = house.subscribe("ana", &[], more).await.ok();
        assert_eq!(house.sending(&id(&made)).await["next_at"], Value::Null, "it rests");
        let run = house.post("ana", &format!("/report-subscriptions/{}/send", id(&made)), json!({})).await.ok();
        assert_eq!((&run["kind"], &run["title"]), (&json!("planning.report"), &json!(format!("As {format}"))));
        house.settle().await;
        let mail = post.mail();
        assert_eq!(mail["to"], json!(["ana.gil@tavira.example"]));
        let (name, _, bytes) = attached(&mail);
        assert_eq!(name, format!("Autumn-more-v1.{format}"));
        assert!(bytes.starts_with(beginning), "{format}");
        match format {
            "pptx" => assert!(parts_of(&bytes).iter().any(|(_, part)| String::from_utf8_lossy(part).contains("Was das Werk begrenzt"))),
            "json" => assert!(String::from_utf8_lossy(&bytes).contains("\"language\":\"de\"")),
            _ => {}
        }
    }
    assert!(post.is_empty());
    // What rests sends nothing, however much time goes by; what does not rest goes once for all that was missed.
    let active = house.subscribe("ana", &[], json!({ "scenario_id": scenario })).await.ok();
    house.clock.forward(5 * WEEK);
    house.until(async |house| house.count(SENT).await == 5).await;
    assert_eq!(post.mail()["subject"], "Capacity on Mondays · P1");
    assert!(post.is_empty(), "{active}");
}

#[tokio::test]
async fn whoever_may_not_see_a_report_any_more_gets_none() {
    let Some(mut post) = PostOffice::open(&[]) else { return };
    let (mut house, scenario) = house_with_a_plan(Post::Smtp(&post.settings(Security::None))).await;
    let made = house.subscribe("ana", &["ana", "cy", "bo"], json!({ "scenario_id": scenario })).await.ok();
    let send = format!("/report-subscriptions/{}/send", id(&made));
    let admin = house.test.admin().await;
    admin.execute("update users set archived_at = now() where id = $1", &[&house.user("bo")]).await.unwrap();
    // Mail waits, because the server takes none at the moment; meanwhile a right is taken away.
    post.behave(&json!({ "everybody": 450 }));
    house.post("ana", &send, json!({})).await.ok();
    house.settle().await;
    let sending = house.sending(&id(&made)).await;
    assert_eq!(sending["result"]["left_out"], json!([{ "user_id": house.user("bo"), "why": "the account is closed" }]), "{sending}");
    assert_eq!(sending["result"]["sent_to"].as_array().unwrap().len(), 2);
    admin.execute("delete from grants where user_id = $1", &[&house.user("cy")]).await.unwrap();
    post.behave(&json!({}));
    house.clock.forward(600);
    house.settle().await;
    assert_eq!(post.mail()["to"], json!(["ana.gil@tavira.example"]));
    assert!(post.is_empty(), "a report waits for nobody who may not see it");
    assert_eq!(house.count("select count(*) from mails where template = 'report' and state = 'dropped'").await, 1);

    // Next time it is not made for them at all; and when nobody is left, whoever made it is told.
    let only_bo = json!({ "recipients": [house.user("bo")] });
    admin.execute("update users set archived_at = null where id = $1", &[&house.user("bo")]).await.unwrap();
    house.send("ana", Method::PATCH, &format!("/report-subscriptions/{}", id(&made)), Some(only_bo)).await.ok();
    admin.execute("update users set archived_at = now() where id = $1", &[&house.user("bo")]).await.unwrap();
    house.post("ana", &send, json!({})).await.ok();
    house.settle().await;
    let sending = house.get("ana", &format!("/report-subscriptions/{}/sending", id(&made))).await.ok();
    assert_eq!((&sending["run_state"], &sending["error"]["code"]), (&json!("failed"), &json!("no_recipients")), "{sending}");
    assert!(house.told("ana").await.iter().any(|text| text.contains("no_recipients")));
}

#[tokio::test]
async fn a_subscription_that_cannot_work_is_refused_with_its_reason() {
    let (house, scenario) = house_with_a_plan(Post::Folder).await;
    let refused = async |recipients: &[&str], more: Value| {
        let refused = house.subscribe("ana", recipients, more).await.refused(422, "invalid");
        let error = &refused["errors"][0];
        (error["pointer"].as_str().unwrap().to_owned(), error["code"].as_str().unwrap().to_owned())
    };
    let wrong = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    // Whoever is of another organization, of another plant only, or may not take data away.
    let theirs = "select id from users where email = 'bo@norwick.example'";
    let stranger: uuid::Uuid = house.test.admin().await.query_one(theirs, &[]).await.unwrap().get(0);
    assert_eq!(refused(&[], json!({ "recipients": [house.user("ana"), stranger] })).await, wrong("/recipients/1", "unknown_reference"));
    assert_eq!(refused(&["eva"], json!({})).await, wrong("/recipients/0", "recipient_may_not"));
    assert_eq!(refused(&["cy"], json!({ "format": "xlsx" })).await, wrong("/recipients/0", "recipient_may_not"));
    assert_eq!(refused(&["cy", "cy"], json!({})).await, wrong("/recipients/1", "repeated"));
    assert_eq!(refused(&[], json!({ "recipients": [testkit::new_id()] })).await, wrong("/recipients/0", "unknown_reference"));
    assert_eq!(refused(&["cy"], json!({ "cron": "7 o'clock" })).await, wrong("/cron", "not_understood"));
    assert_eq!(refused(&["cy"], json!({ "time_zone": "Europe/Atlantis" })).await, wrong("/time_zone", "not_understood"));
    assert_eq!(refused(&["cy"], json!({ "scenario_id": testkit::new_id() })).await, wrong("/scenario_id", "unknown_reference"));
    let elsewhere = house.post("eva", &format!("/plants/{}/scenarios", house.plants[1]), json!({ "name": "Other" })).await.ok();
    assert_eq!(refused(&["cy"], json!({ "scenario_id": elsewhere["id"] })).await.0, "/scenario_id");
    for (name, value) in [("format", "doc"), ("report", "all"), ("language", "fr")] {
        assert_eq!(refused(&["cy"], json!({ name: value })).await.0, format!("/{name}"));
    }
    house.subscribe("cy", &["cy"], json!({})).await.refused(403, "permission_missing");

    let made = house.subscribe("ana", &["cy"], json!({ "scenario_id": scenario })).await.ok();
    house.subscribe("ana", &["cy"], json!({})).await.refused(409, "taken");
    let address = format!("/report-subscriptions/{}", id(&made));
    let send = format!("{address}/send");
    house.get("cy", &address).await.ok();
    house.post("cy", &send, json!({})).await.refused(403, "permission_missing");
    for stranger in ["eva", "zoe"] {
        house.get(stranger, &address).await.refused(404, "not_found");
        house.get(stranger, &format!("{address}/sending")).await.refused(404, "not_found");
        house.post(stranger, &send, json!({})).await.refused(404, "not_found");
    }
    // What a subscription refers to is not put away under it.
    house.post("ana", &format!("/scenarios/{scenario}/archive"), json!({})).await.refused(409, "in_use");
}

#[tokio::test]
async fn its_clock_goes_as_the_record_says_and_is_nobody_elses() {
    let (house, _) = house_with_a_plan(Post::Folder).await;
    let made = house.subscribe("ana", &["cy"], json!({})).await.ok();
    let address = format!("/report-subscriptions/{}", id(&made));
    let next = async || house.sending(&id(&made)).await["next_at"].clone();
    let change = async |change: Value| house.send("ana", Method::PATCH, &address, Some(change)).await.ok();
    assert_eq!(next().await, "2027-05-10T05:00:00Z");
    // The clock on the wall, also where it is changed: Mexico City knows no summer time.
    change(json!({ "time_zone": "America/Mexico_City", "cron": "30 6 1 * *" })).await;
    assert_eq!(next().await, "2027-06-01T12:30:00Z");
    change(json!({ "paused": true })).await;
    assert_eq!(next().await, Value::Null);
    change(json!({ "paused": false })).await;
    assert_eq!(next().await, "2027-06-01T12:30:00Z");
    house.post("ana", &format!("{address}/archive"), json!({})).await.ok();
    assert_eq!(next().await, Value::Null);
    house.post("ana", &format!("{address}/send"), json!({})).await.refused(409, "archived");
    house.post("ana", &format!("{address}/restore"), json!({})).await.ok();
    assert_eq!(next().await, "2027-06-01T12:30:00Z");
    // What is undone keeps no clock.
    let before = house.count("select count(*) from schedules").await;
    let row = |name: &str, cron: &str| json!({ "plant_id": house.plants[0], "name": name, "cron": cron, "time_zone": "UTC" });
    let half = json!({ "rows": [row("Right", "0 7 * * *"), row("Wrong", "never")] });
    house.post("ana", "/report-subscriptions/bulk", half).await.refused(422, "invalid");
    assert_eq!(house.count("select count(*) from schedules").await, before);
    // Among the schedules that people make it is not: it changes with the record and in no other way.
    assert_eq!(house.get("bo", "/schedules").await.ok()["items"], json!([]));
    let schedule = format!("/schedules/{}", id(&made));
    house.get("bo", &schedule).await.refused(404, "not_found");
    house.send("bo", Method::PATCH, &schedule, Some(json!({ "paused": true }))).await.refused(404, "not_found");
    house.send("bo", Method::DELETE, &schedule, None).await.refused(404, "not_found");
    house.post("bo", &format!("{schedule}/run"), json!({})).await.refused(404, "not_found");
    let direct = json!({ "name": "Direct", "kind": "planning.report", "cron": "0 7 * * *", "time_zone": "UTC" });
    house.post("bo", "/schedules", direct).await.refused(422, "invalid");
    // It is a record like others: its history says who changed what.
    let history = house.get("cy", &format!("{address}/history")).await.ok();
    assert!(history["items"].as_array().unwrap().len() >= 6, "{history}");
}
