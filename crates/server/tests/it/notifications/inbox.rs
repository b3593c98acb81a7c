//! The inbox: who is told of what, who is not, and how it is read.

use http::Method;
use serde_json::{Value, json};
use server::serve::notices;

use super::house::House;

#[test]
fn what_is_declared_does_not_contradict_itself() {
    assert_eq!(notices().contradictions(), Vec::<String>::new());
}

#[tokio::test]
async fn whoever_is_named_in_a_comment_is_told_and_nobody_else() {
    let mut house = House::new().await;
    let area = house.area("Soldering").await;
    let (ana, cy, eva) = (house.user("ana"), house.user("cy"), house.user("eva"));

    // Suggested are those who may see the record: not who works at the other plant.
    let names = |found: Value| -> Vec<String> {
        found["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let about = format!("/people?about=area/{area}");
    assert_eq!(names(house.get("cy", &about).await.ok()), ["Ana Gil", "Bo Lind", "Cy Ruiz"]);
    assert_eq!(names(house.get("cy", &format!("{about}&q=gil")).await.ok()), ["Ana Gil"]);
    assert_eq!(names(house.get("cy", &format!("{about}&q=%25")).await.ok()), Vec::<String>::new(), "a sign of patterns is itself");
    house.get("eva", &about).await.refused(404, "not_found");
    house.get("zoe", &about).await.refused(404, "not_found");

    // By identifier, by a name that means one person, and by one that means nobody.
    let path = format!("/areas/{area}/comments");
    let said = format!("@{{{cy}}} and @Ana.Gil: see @nobody, ask eva@tavira.example");
    let comment = house.post("bo", &path, json!({ "body": said })).await.ok();
    assert_eq!(comment["body"], format!("@{{{cy}}} and @{{{ana}}}: see @nobody, ask eva@tavira.example"));
    assert_eq!(comment["mentions"], json!([{ "id": ana, "name": "Ana Gil" }, { "id": cy, "name": "Cy Ruiz" }]));
    // Who may not see it, and who does not exist, are refused alike.
    for stranger in [eva.0, testkit::new_id()] {
        let refused = house.post("bo", &path, json!({ "body": format!("@{{{stranger}}}") })).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], "unknown_person", "{refused}");
    }
    let many: String = (0..51).map(|_| format!("@{{{}}} ", testkit::new_id())).collect();
    let refused = house.post("bo", &path, json!({ "body": many })).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "too_many_mentions");

    house.settle().await;
    let expected = "Bo Lind mentioned you on Soldering: @Cy Ruiz and @Ana Gil: see @nobody, ask eva@tavira.example";
    for who in ["ana", "cy"] {
        let inbox = house.inbox(who).await;
        assert_eq!(inbox.len(), 1, "{inbox:?}");
        assert_eq!((&inbox[0]["text"], &inbox[0]["subject"]), (&json!(expected), &json!(format!("area/{area}"))));
        assert_eq!(inbox[0]["address"], format!("/api/v1/areas/{area}"));
    }
    for who in ["bo", "eva", "zoe"] {
        assert!(house.inbox(who).await.is_empty(), "{who} is told of what is not for them");
    }

    // Said otherwise, only who is new in it is told; an answer is told to whom it answers.
    let id = comment["id"].as_str().unwrap();
    let other = json!({ "body": format!("@{{{cy}}} and @{{{ana}}} and @bo") });
    house.send("bo", Method::PATCH, &format!("{path}/{id}"), Some(other)).await.ok();
    house.post("cy", &path, json!({ "body": "no", "parent_id": id })).await.refused(403, "permission_missing");
    house.post("ana", &path, json!({ "body": "Done.", "parent_id": id })).await.ok();
    house.settle().await;
    assert_eq!(house.told("bo").await, ["Ana Gil answered you on Soldering: Done."], "nobody is told of what they did themselves");
    assert_eq!((house.told("ana").await.len(), house.told("cy").await.len()), (1, 1));
}

#[tokio::test]
async fn a_watched_record_is_told_of_once_until_it_is_read() {
    let mut house = House::new().await;
    let (area, other) = (house.area("Soldering").await, house.area("Assembly").await);
    let watch = format!("/areas/{area}/watch");
    assert_eq!(house.get("cy", &watch).await.ok(), json!({ "watching": false }));
    for who in ["cy", "ana", "ana"] {
        assert_eq!(house.post(who, &watch, json!({})).await.ok(), json!({ "watching": true }));
    }
    house.post("eva", &watch, json!({})).await.refused(404, "not_found");
    house.post("zoe", &watch, json!({})).await.refused(404, "not_found");
    let watches = house.get("cy", "/me/watches").await.ok();
    assert_eq!(watches["items"][0]["subject"], format!("area/{area}"));
    house.settle().await;

    let rename = |name: &str| json!({ "name": name });
    for name in ["Soldering 2", "Soldering 3"] {
        house.send("ana", Method::PATCH, &format!("/areas/{area}"), Some(rename(name))).await.ok();
    }
    house.send("ana", Method::PATCH, &format!("/areas/{other}"), Some(rename("Assembly 2"))).await.ok();
    house.settle().await;
    let inbox = house.inbox("cy").await;
    assert_eq!(inbox.len(), 1, "{inbox:?}");
    assert_eq!((&inbox[0]["text"], &inbox[0]["count"]), (&json!("Ana Gil changed Soldering 3"), &json!(2)));
    assert!(house.inbox("ana").await.is_empty(), "who changed it knows");

    // Read, it begins anew.
    house.post("cy", &format!("/me/notifications/{}/read", inbox[0]["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(house.get("cy", "/me/notifications/unread-count").await.ok(), json!({ "unread": 0 }));
    house.send("bo", Method::POST, &format!("/areas/{area}/archive"), None).await.ok();
    house.settle().await;
    assert_eq!(house.told("cy").await, ["Bo Lind archived Soldering 3", "Ana Gil changed Soldering 3"]);
    assert_eq!(house.get("cy", "/me/notifications?unread=true").await.ok()["items"].as_array().unwrap().len(), 1);

    // Watched no more, nothing is told.
    assert_eq!(house.send("cy", Method::DELETE, &watch, None).await.ok(), json!({ "watching": false }));
    house.send("bo", Method::POST, &format!("/areas/{area}/restore"), None).await.ok();
    house.settle().await;
    assert_eq!((house.told("cy").await.len(), house.told("ana").await.len()), (2, 1));
}

#[tokio::test]
async fn whoever_loses_the_right_is_told_no_more_and_the_inbox_is_ones_own() {
    let mut house = House::new().await;
    let area = house.area("Soldering").await;
    house.post("cy", &format!("/areas/{area}/watch"), json!({})).await.ok();
    house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": "@cy look" })).await.ok();
    house.settle().await;
    let id = house.inbox("cy").await[0]["id"].as_str().unwrap().to_owned();
    // Neither a colleague, nor who runs the organization, nor another organization finds it.
    for who in ["ana", "bo", "zoe"] {
        house.post(who, &format!("/me/notifications/{id}/read"), json!({})).await.refused(404, "not_found");
    }
    // The wall stands in the database itself: whoever runs as somebody else sees nothing, whatever the statement.
    let mut tx = house.database.begin(&caller_of(&house, "bo")).await.unwrap();
    for table in ["notifications", "watches", "notification_preferences", "notification_days"] {
        let counted: i64 = match table {
            "notifications" => tx.query_one("select count(*) from notifications", &[]).await.unwrap().get(0),
            "watches" => tx.query_one("select count(*) from watches", &[]).await.unwrap().get(0),
            "notification_preferences" => tx.query_one("select count(*) from notification_preferences", &[]).await.unwrap().get(0),
            _ => tx.query_one("select count(*) from notification_days", &[]).await.unwrap().get(0),
        };
        assert_eq!(counted, 0, "{table}");
    }
    tx.rollback().await.unwrap();

    let (organization, cy) = (house.organization, house.user("cy"));
    let taken = "delete from grants where organization_id = $1 and user_id = $2";
    house.test.admin().await.execute(taken, &[&organization, &cy]).await.unwrap();
    house.send("ana", Method::PATCH, &format!("/areas/{area}"), Some(json!({ "name": "Secret" }))).await.ok();
    house.settle().await;
    let query = "select count(*) from notifications where topic = 'watching'";
    assert_eq!(house.count(query).await, 0, "who may not see it is not told, whatever they watch");
}

fn caller_of(house: &House, who: &str) -> platform::Caller {
    let principal = platform::Principal::User { id: house.user(who), session: platform::ids::SessionId(testkit::new_id()) };
    let grants = platform::caller::Grants { everywhere: true, ..Default::default() };
    platform::Caller {
        organization: house.organization,
        principal,
        grants: grants.into(),
        ip: None,
        request: platform::ids::RequestId(testkit::new_id()),
    }
}

#[tokio::test]
async fn decisions_are_told_to_who_decides_and_who_waits() {
    let mut house = House::new().await;
    let made = house.post("ana", &format!("/plants/{}/scenarios", house.plants[0]), json!({ "name": "Autumn 2027" })).await.ok();
    let scenario = made["id"].as_str().unwrap().to_owned();
    house.post("cy", &format!("/scenarios/{scenario}/watch"), json!({})).await.ok();
    house.settle().await;
    house.post("ana", &format!("/scenarios/{scenario}/submit"), json!({})).await.ok();
    house.settle().await;
    assert_eq!(house.told("bo").await, ["Ana Gil asks you to decide on Autumn 2027"]);
    assert_eq!(house.told("cy").await, ["Ana Gil submitted Autumn 2027"], "the changed row is not told beside the verb");
    house.post("bo", &format!("/scenarios/{scenario}/send-back"), json!({ "note": "the night shift is missing" })).await.ok();
    house.settle().await;
    assert_eq!(house.told("ana").await, ["Bo Lind sent back Autumn 2027: the night shift is missing"]);
    for who in ["eva", "zoe"] {
        assert!(house.told(who).await.is_empty());
    }
    // In the language of each.
    let german = "update users set locale = 'de-CH' where id = $1";
    house.test.admin().await.execute(german, &[&house.user("ana")]).await.unwrap();
    assert_eq!(house.told("ana").await, ["Bo Lind hat Autumn 2027 zurückgegeben: the night shift is missing"]);
    let titles = house.get("ana", "/me/notification-preferences").await.ok();
    assert_eq!(titles["topics"][0]["title"], "Jemand nennt dich oder antwortet dir");
    assert_eq!((&titles["time_zone"], &titles["daily_at"]), (&json!("Europe/Madrid"), &json!("07:00")));
}

#[tokio::test]
async fn runs_are_told_to_who_asked_for_them() {
    let mut house = House::new().await;
    for (name, payload) in [("Probe", json!({ "steps": 1 })), ("Broken probe", json!({ "steps": "many" }))] {
        let schedule = json!({ "name": name, "kind": "work.probe", "cron": "0 0 1 1 *", "time_zone": "UTC", "payload": payload });
        let made = house.post("bo", "/schedules", schedule).await.ok();
        let run = house.post("bo", &format!("/schedules/{}/run", made["id"].as_str().unwrap()), json!({})).await;
        assert!(run.status.is_success(), "{}", run.text);
        house.settle().await;
    }
    let inbox = house.inbox("bo").await;
    let told: Vec<(&str, &str)> = inbox.iter().map(|one| (one["topic"].as_str().unwrap(), one["text"].as_str().unwrap())).collect();
    assert_eq!(told, [("runs_failed", "Broken probe failed (bad_payload)"), ("runs_done", "Probe is done")]);
    assert!(inbox[0]["address"].as_str().unwrap().starts_with("/api/v1/runs/"), "{inbox:?}");
    let mail = house.mail();
    assert_eq!(
        (mail.len(), mail[0].header("subject").as_str()),
        (1, "Broken probe failed (bad_payload)"),
        "what is done comes as mail to nobody who did not ask"
    );
    for who in ["ana", "cy", "eva", "zoe"] {
        assert!(house.inbox(who).await.is_empty());
    }
}

#[tokio::test]
async fn the_inbox_comes_in_pages_and_is_read_whole_or_until_then() {
    let mut house = House::new().await;
    let area = house.area("Soldering").await;
    for number in 0..7 {
        house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": format!("@bo number {number}") })).await.ok();
        house.settle().await;
    }
    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = house.get("bo", &format!("/me/notifications?limit=3{cursor}")).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap().to_owned()));
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<String> =
        (0..7).rev().map(|number| format!("Ana Gil mentioned you on Soldering: @Bo Lind number {number}")).collect();
    assert_eq!((seen, pages), (expected, 3));
    house.get("bo", "/me/notifications?cursor=x").await.refused(400, "bad_cursor");
    house.get("bo", "/me/notifications?topic=x").await.refused(400, "bad_parameter");
    assert!(house.get("bo", "/me/notifications?topic=approvals").await.ok()["items"].as_array().unwrap().is_empty());

    let third = house.inbox("bo").await[4]["occurred_at"].as_str().unwrap().to_owned();
    let read = house.post("bo", "/me/notifications/read-all", json!({ "until": third })).await.ok();
    assert_eq!(read, json!({ "read": 3 }));
    assert_eq!(house.get("bo", "/me/notifications/unread-count").await.ok(), json!({ "unread": 4 }));
    assert_eq!(house.post("bo", "/me/notifications/read-all", json!({})).await.ok(), json!({ "read": 4 }));
    let newest = house.inbox("bo").await[0]["id"].as_str().unwrap().to_owned();
    house.post("bo", &format!("/me/notifications/{newest}/unread"), json!({})).await;
    assert_eq!(house.get("bo", "/me/notifications/unread-count").await.ok(), json!({ "unread": 1 }));
}

#[tokio::test]
async fn preferences_say_where_and_what_is_about_safety_stays() {
    let mut house = House::new().await;
    let area = house.area("Soldering").await;
    let change = |topics: Value| json!({ "topics": topics });
    let patch = async |house: &House, body: Value| house.send("bo", Method::PATCH, "/me/notification-preferences", Some(body)).await;
    let off = change(json!([{ "topic": "mentions", "in_app": false, "mail": "off" }]));
    let told = patch(&house, off).await.ok();
    assert_eq!((&told["topics"][0]["in_app"], &told["topics"][0]["mail"]), (&json!(false), &json!("off")));
    house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": "@bo one" })).await.ok();
    house.settle().await;
    assert!(house.inbox("bo").await.is_empty() && house.mail().is_empty());
    patch(&house, change(json!([{ "topic": "mentions", "mail": "at_once" }]))).await.ok();
    house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": "@bo two" })).await.ok();
    house.settle().await;
    let mail = house.mail();
    assert!(house.inbox("bo").await.is_empty(), "by mail only");
    assert_eq!((mail.len(), mail[0].header("to").as_str()), (1, "\"Bo Lind\" <bo@tavira.example>"));

    for (wrong, pointer, code) in [
        (change(json!([{ "topic": "security", "mail": "off" }])), "/topics/0/topic", "fixed"),
        (change(json!([{ "topic": "security", "in_app": false }])), "/topics/0/topic", "fixed"),
        (change(json!([{ "topic": "weather" }])), "/topics/0/topic", "unknown"),
        (change(json!([{ "topic": "mentions" }, { "topic": "mentions" }])), "/topics/1/topic", "repeated"),
        (json!({ "time_zone": "Europe/Atlantis" }), "/time_zone", "unknown_zone"),
        (json!({ "daily_at": "24:00" }), "/daily_at", "bad_time"),
        (json!({ "daily_at": "7:00" }), "/daily_at", "bad_time"),
    ] {
        let refused = patch(&house, wrong).await.refused(422, "invalid");
        assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]), (&json!(pointer), &json!(code)), "{refused}");
    }
    // Nobody's preferences are another's.
    assert_eq!(house.get("ana", "/me/notification-preferences").await.ok()["topics"][0]["mail"], "at_once");
    assert_eq!(house.get("ana", "/me/notification-preferences").await.ok()["topics"][0]["in_app"], true);
}

#[tokio::test]
async fn an_inbox_is_live_on_the_stream_of_its_owner_alone() {
    let mut house = House::new().await;
    let area = house.area("Soldering").await;
    house.settle().await;
    // Streams last as long as the devices they are open on.
    for who in ["cy", "bo"] {
        let device = "insert into sessions (organization_id, id, user_id, token_hash, created_at, last_seen_at, idle_s, expires_at)
            values ($1, $2, $3, sha256(convert_to($4::text, 'UTF8')), '2027-05-03', '2027-05-03', 2592000, '2028-01-01')";
        let (user, session) = (house.user(who), house.session(who));
        house.test.admin().await.execute(device, &[&house.organization, &session, &user, &who]).await.unwrap();
    }
    let hub: platform::streams::Hub = house.app.part().unwrap();
    tokio::spawn(hub.keep(std::future::pending()));
    let (mut own, mut others) = (stream(&house, "cy").await, stream(&house, "bo").await);
    // What changes before the server has looked for the first time is read, not streamed: so it is said again until it is heard. An earlier one may be heard late.
    let mut said = 0;
    let told = loop {
        said += 1;
        assert!(said < 20, "nothing was heard");
        house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": "@cy one" })).await.ok();
        house.settle().await;
        let heard = tokio::time::timeout(std::time::Duration::from_secs(3), until_unread(&mut own, said));
        if let Ok(told) = heard.await {
            break told;
        }
    };
    assert_eq!(told["type"], "gemba.notification.changed", "{told}");
    assert_eq!(
        (&told["data"]["newest"]["topic"], told["subject"].as_str().unwrap()),
        (&json!("mentions"), &*format!("user/{}", house.user("cy")))
    );
    house.post("cy", "/me/notifications/read-all", json!({})).await.ok();
    let told = until_unread(&mut own, 0).await;
    assert_eq!(told["data"]["newest"], Value::Null, "{told}");
    // The other one hears of their own only.
    house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": "@bo two" })).await.ok();
    house.settle().await;
    assert_eq!(next(&mut others).await["subject"], format!("user/{}", house.user("bo")));
}

/// The stream of what changes in somebody's inbox.
async fn stream(house: &House, who: &str) -> axum::body::Body {
    use tower::ServiceExt;
    for _ in 0..20_000 {
        let request = http::Request::get("/api/v1/stream?type=gemba.notification.*").header("authorization", format!("Bearer {who}"));
        let answer = house.router.clone().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        if answer.status() == 200 {
            return answer.into_body();
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    panic!("there is no stream");
}

/// The event that tells of so many unread.
async fn until_unread(body: &mut axum::body::Body, unread: i64) -> Value {
    loop {
        let told = next(body).await;
        if told["data"]["unread"] == json!(unread) {
            return told;
        }
    }
}

/// The next event of a stream.
async fn next(body: &mut axum::body::Body) -> Value {
    use http_body_util::BodyExt;
    loop {
        let frame = tokio::time::timeout(std::time::Duration::from_secs(30), body.frame()).await.expect("an event").unwrap().unwrap();
        let text = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
        if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")) {
            return serde_json::from_str(data).unwrap();
        }
    }
}
