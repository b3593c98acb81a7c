//! Mail: to a real mail server, to one that is down, to one that refuses; once a day; and no more of it.

use http::{Method, Request};
use platform::mail::{Security, SmtpSettings};
use serde_json::{Value, json};

use super::house::{House, Post, PostOffice};

#[tokio::test]
async fn mail_reaches_a_real_server_over_tls_with_an_account() {
    for (option, security) in [("--starttls", Security::StartTls), ("--implicit", Security::Implicit)] {
        let Some(post) = PostOffice::open(&[option, "--auth", "gemba:sésamo"]) else { return };
        let account = Some(("gemba".into(), "sésamo".into()));
        let mut house = House::with(Post::Smtp(&SmtpSettings { account, ..post.settings(security) })).await;
        let area = house.area("Lötlinie 日本 🏭").await;
        let unusual = "update users set name = 'Ñandú “Lind”, Bo' where id = $1";
        house.test.admin().await.execute(unusual, &[&house.user("bo")]).await.unwrap();
        house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": "@bo <b>5 < 6</b> & so on" })).await.ok();
        house.settle().await;
        let mail = post.mail();
        assert_eq!((&mail["secure"], &mail["user"]), (&json!(true), &json!("gemba")));
        assert_eq!((&mail["from"], &mail["to"]), (&json!("gemba@mail.example"), &json!(["bo@tavira.example"])));
        assert_eq!(mail["header_from"], json!([{ "address": "gemba@mail.example", "name": "Tavira Electronics" }]));
        assert_eq!(mail["header_to"], json!([{ "address": "bo@tavira.example", "name": "Ñandú “Lind”, Bo" }]));
        let subject = "Ana Gil mentioned you on Lötlinie 日本 🏭: @Ñandú “Lind”, Bo <b>5 < 6</b> & so on";
        assert_eq!(mail["subject"], subject);
        let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
        assert!(text.contains(subject) && text.contains("Hello Ñandú “Lind”, Bo,"), "{text}");
        assert!(html.contains("&lt;b&gt;5 &lt; 6&lt;/b&gt; &amp; so on") && !html.contains("<b>5"), "{html}");
        let link = format!("https://gemba.example/data/areas/{area}");
        assert!(text.contains(&link) && html.contains(&link), "{text}");
        assert!(header(&mail, "list-unsubscribe").starts_with("List-Unsubscribe: <https://gemba.example/api/v1/unsubscribe/"));
        assert_eq!(header(&mail, "list-unsubscribe-post"), "List-Unsubscribe-Post: List-Unsubscribe=One-Click");
        assert_eq!(header(&mail, "auto-submitted"), "Auto-Submitted: auto-generated");
        assert!(mail["message_id"].as_str().unwrap().ends_with("@gemba.example>"), "{mail}");
        let raw = mail["raw"].as_str().unwrap();
        assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998), "what goes over the wire is plain");
        assert!(post.is_empty(), "once");
    }
}

fn header<'a>(mail: &'a Value, name: &str) -> &'a str {
    let found: Vec<&Value> = mail["headers"].as_array().unwrap().iter().filter(|line| line[0] == name).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found[0][1].as_str().unwrap()
}

#[tokio::test]
async fn what_people_write_never_becomes_a_header_or_a_recipient() {
    let Some(post) = PostOffice::open(&[]) else { return };
    let mut house = House::with(Post::Smtp(&post.settings(Security::None))).await;
    let area = house.area("Soldering").await;
    let hostile = [
        "Eve\r\nBcc: victim@elsewhere.example",
        "Eve\nSubject: other\n\n<script>alert(1)</script>",
        "Eve\u{2028}Bcc: victim@elsewhere.example\u{85}\u{0b}",
        "\" <victim@elsewhere.example>, \"",
        "=?utf-8?q?Eve=0D=0ABcc:_victim@elsewhere.example?=",
        "\u{202e}eve\u{200b}\u{feff}",
    ];
    let admin = house.test.admin().await;
    for name in hostile {
        let rename = "update users set name = $2 where id = any ($1)";
        admin.execute(rename, &[&vec![house.user("bo"), house.user("ana")], &name]).await.unwrap();
        admin.execute("update organizations set name = $1", &[&name]).await.unwrap();
        admin.execute("update areas set name = $1", &[&format!("{name} {}", testkit::new_id())]).await.unwrap();
        let said = format!("@{{{}}} {name}", house.user("bo"));
        house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": said.replace(['\u{0b}', '\u{85}'], " ") })).await.ok();
        house.settle().await;
        let mail = post.mail();
        assert_eq!(mail["to"], json!(["bo@tavira.example"]), "{name:?}");
        assert_eq!((&mail["bcc"], &mail["cc"]), (&json!([]), &json!([])), "{name:?}: {mail}");
        assert_eq!(mail["header_to"].as_array().unwrap().len(), 1, "{name:?}: {mail}");
        assert_eq!(mail["header_to"][0]["address"], "bo@tavira.example", "{name:?}");
        let known = [
            "from",
            "to",
            "subject",
            "message-id",
            "auto-submitted",
            "x-auto-response-suppress",
            "references",
            "list-unsubscribe",
            "list-unsubscribe-post",
            "mime-version",
            "date",
            "content-type",
        ];
        let found: Vec<&str> = mail["headers"].as_array().unwrap().iter().map(|line| line[0].as_str().unwrap()).collect();
        assert!(found.iter().all(|name| known.contains(name)), "{name:?}: {found:?}");
        assert!(!mail["html"].as_str().unwrap().contains("<script"), "{name:?}");
    }
    // Addresses that are none are refused where they are given, or end as dead letters.
    let before = house.count("select count(*) from mails where state = 'failed'").await;
    for address in ["<victim@elsewhere.example>,bo@tavira.example", "bo@tavira.example>,<victim@elsewhere.example"] {
        admin.execute("update users set email = $2 where id = $1", &[&house.user("bo"), &address]).await.unwrap();
        house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": format!("@{{{}}}", house.user("bo")) })).await.ok();
        house.settle().await;
    }
    assert_eq!(house.count("select count(*) from mails where state = 'failed'").await - before, 2);
    assert!(post.is_empty());
}

#[tokio::test]
async fn a_mail_server_that_is_down_costs_nothing_but_time() {
    let port = testkit::port();
    let settings = SmtpSettings { host: "localhost".into(), port: Some(port), security: Security::None, account: None, authorities: None };
    let mut house = House::with(Post::Smtp(&settings)).await;
    let area = house.area("Soldering").await;
    for number in 0..3 {
        house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": format!("@bo {number}") })).await.ok();
        house.settle().await;
    }
    let standing = house.get("bo", "/mails/standing").await.ok();
    assert_eq!((&standing["pending"], &standing["failed"], &standing["failures"]), (&json!(3), &json!(0), &json!(1)), "{standing}");
    assert!(standing["held_until"].is_string() && standing["why"].is_string(), "{standing}");
    assert_eq!(house.count("select sum(attempts)::bigint from mails").await, 0, "no mail's own fault");
    // Longer each time.
    house.clock.forward(11);
    house.settle().await;
    assert_eq!(house.get("bo", "/mails/standing").await.ok()["failures"], 2);
    house.clock.forward(11);
    house.settle().await;
    assert_eq!(house.get("bo", "/mails/standing").await.ok()["failures"], 2, "it is left alone for 20 s");
    let trial = house.post("bo", "/mails/try", json!({})).await.ok();
    assert_eq!((&trial["sent"], trial["error"].is_string()), (&json!(false), true), "{trial}");

    let Some(post) = PostOffice::open(&["--port", &port.to_string()]) else { return };
    house.clock.forward(60);
    house.settle().await;
    let mut subjects: Vec<String> = (0..3).map(|_| post.mail()["subject"].as_str().unwrap().to_owned()).collect();
    subjects.sort();
    let expected: Vec<String> = (0..3).map(|number| format!("Ana Gil mentioned you on Soldering: @Bo Lind {number}")).collect();
    assert_eq!(subjects, expected);
    assert!(post.is_empty(), "each once");
    let standing = house.get("bo", "/mails/standing").await.ok();
    assert_eq!((&standing["pending"], &standing["failures"], &standing["held_until"]), (&json!(0), &json!(0), &Value::Null));
    let trial = house.post("bo", "/mails/try", json!({})).await.ok();
    assert_eq!((&trial["sent"], &trial["place"]), (&json!(true), &json!(format!("localhost:{port}"))));
    assert_eq!(post.mail()["subject"], "Mail works");
}

#[tokio::test]
async fn a_refused_mail_is_tried_again_or_becomes_a_dead_letter() {
    let Some(mut post) = PostOffice::open(&[]) else { return };
    let mut house = House::with(Post::Smtp(&post.settings(Security::None))).await;
    let area = house.area("Soldering").await;
    post.behave(&json!({ "recipients": { "cy@tavira.example": 450, "ana.gil@tavira.example": 550 } }));
    house.post("bo", &format!("/areas/{area}/comments"), json!({ "body": "@cy and @ana.gil" })).await.ok();
    house.settle().await;
    let list = house.get("bo", "/mails").await.ok();
    let by_state = |state: &str| -> Value {
        list["items"].as_array().unwrap().iter().find(|mail| mail["state"] == state).cloned().unwrap_or_default()
    };
    let (later, dead) = (by_state("pending"), by_state("failed"));
    assert_eq!((&later["user_id"], &later["attempts"]), (&json!(house.user("cy")), &json!(1)), "{list}");
    assert_eq!((&dead["user_id"], &dead["attempts"]), (&json!(house.user("ana")), &json!(1)), "{list}");
    assert!(dead["why"].as_str().unwrap().contains("550"), "{dead}");
    assert!(!list.to_string().contains("tavira.example") || dead["why"].is_string(), "what it said is not told");
    // Whoever looks after mail is told, in the inbox alone: a mail about mail that fails would fail.
    assert_eq!(house.told("bo").await, ["A mail could not be delivered (notification)"]);
    assert_eq!(house.count("select count(*) from mails").await, 2);

    // Not everybody may look, and another organization sees nothing.
    let id = dead["id"].as_str().unwrap();
    house.get("ana", "/mails").await.refused(403, "permission_missing");
    assert_eq!(house.get("zoe", "/mails").await.ok()["items"], json!([]));
    house.post("ana", &format!("/mails/{id}/redrive"), json!({})).await.refused(403, "permission_missing");
    house.post("zoe", &format!("/mails/{id}/redrive"), json!({})).await.refused(404, "not_found");
    house.post("bo", &format!("/mails/{}/redrive", later["id"].as_str().unwrap()), json!({})).await.refused(409, "not_failed");

    post.behave(&json!({}));
    house.clock.forward(90);
    house.settle().await;
    assert_eq!(post.mail()["to"], json!(["cy@tavira.example"]), "tried again");
    assert_eq!(house.post("bo", &format!("/mails/{id}/redrive"), json!({})).await.ok()["state"], "pending");
    house.settle().await;
    assert_eq!(post.mail()["to"], json!(["ana.gil@tavira.example"]));
    assert_eq!(house.count("select count(*) from mails where state = 'sent' and attempts between 1 and 2").await, 2);
    assert_eq!(house.count("select count(*) from audit_events where action in ('mail.failed', 'mail.redriven')").await, 2);

    // A mail server that refuses our account is at fault itself: nothing is lost.
    post.behave(&json!({ "everybody": 421 }));
    house.post("bo", &format!("/areas/{area}/comments"), json!({ "body": "@cy once more" })).await.ok();
    house.settle().await;
    assert_eq!(house.count("select count(*) from mails where state = 'pending' and attempts = 0").await, 1);
}

#[tokio::test]
async fn a_day_is_one_mail_by_the_clock_of_the_person() {
    let mut house = House::new().await;
    let (first, second) = (house.area("Soldering").await, house.area("Assembly").await);
    for area in [&first, &second] {
        house.post("cy", &format!("/areas/{area}/watch"), json!({})).await.ok();
    }
    house.settle().await;
    let day = json!({ "time_zone": "America/Mexico_City", "daily_at": "06:30" });
    let told = house.send("cy", Method::PATCH, "/me/notification-preferences", Some(day)).await.ok();
    assert_eq!(
        (&told["time_zone"], &told["daily_at"], &told["next_daily_at"]),
        (&json!("America/Mexico_City"), &json!("06:30"), &Value::Null)
    );
    for (area, name) in [(&first, "Soldering 2"), (&second, "Assembly 2"), (&second, "Assembly 3")] {
        house.send("ana", Method::PATCH, &format!("/areas/{area}"), Some(json!({ "name": name }))).await.ok();
    }
    house.settle().await;
    assert!(house.mail().is_empty(), "not before its time");
    let next = house.get("cy", "/me/notification-preferences").await.ok()["next_daily_at"].as_str().unwrap().to_owned();
    assert_eq!(next, "2027-05-03T12:30:00Z", "half past six in Mexico is 12:30 UTC, today");
    // What was read until then is no news.
    let read = house.inbox("cy").await.iter().find(|item| item["text"].as_str().unwrap().contains("Soldering")).unwrap()["id"].clone();
    house.post("cy", &format!("/me/notifications/{}/read", read.as_str().unwrap()), json!({})).await;
    house.clock.forward(6 * 3600 + 1800);
    house.settle().await;
    let mail = house.mail();
    assert_eq!(mail.len(), 1);
    assert_eq!(
        (mail[0].header("subject"), mail[0].header("to")),
        ("Your day in Tavira Electronics".into(), "\"Cy Ruiz\" <cy@tavira.example>".into())
    );
    assert!(mail[0].body.contains("Ana Gil changed Assembly 3") && !mail[0].body.contains("Soldering"), "{}", mail[0].body);
    assert!(mail[0].header("list-unsubscribe").contains("/api/v1/unsubscribe/"));
    // With nothing new there is no mail the next day.
    house.clock.forward(86_400);
    house.settle().await;
    assert!(house.mail().is_empty());
    assert_eq!(house.count("select count(*) from notification_days where next_at is not null").await, 0);
}

#[tokio::test]
async fn a_link_turns_off_one_kind_of_mail_for_one_person_and_does_nothing_else() {
    let mut house = House::new().await;
    let area = house.area("Soldering").await;
    let mention = async |house: &mut House| {
        house.post("ana", &format!("/areas/{area}/comments"), json!({ "body": "@bo @cy look" })).await.ok();
        house.settle().await;
        house.mail()
    };
    let mail = mention(&mut house).await;
    assert_eq!(
        mail.iter().map(|mail| mail.header("to")).collect::<Vec<_>>(),
        ["\"Bo Lind\" <bo@tavira.example>", "\"Cy Ruiz\" <cy@tavira.example>"]
    );
    let link = mail[0].header("list-unsubscribe").trim_matches(['<', '>']).strip_prefix("https://gemba.example/api/v1").unwrap().to_owned();
    // Without any sign-in, as mail programs do (RFC 8058).
    let one_click = async |house: &House, link: &str| {
        let request = Request::post(format!("/api/v1{link}")).header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("origin", "https://mail.elsewhere.example").header("sec-fetch-site", "cross-site");
        House::answer(&house.front, request, None).await
    };
    // Looking changes nothing: programs that look through mail follow every link.
    let page = house.send("", Method::GET, &link, None).await;
    assert!(
        page.status.is_success() && page.text.contains("<form method=\"post\">") && page.text.contains("Somebody names or answers you"),
        "{}",
        page.text
    );
    assert_eq!(mention(&mut house).await.len(), 2);

    let done = one_click(&house, &link).await;
    assert!(done.status.is_success() && done.text.contains("You get no more mail"), "{}", done.text);
    let mail = mention(&mut house).await;
    assert_eq!(
        mail.iter().map(|mail| mail.header("to")).collect::<Vec<_>>(),
        ["\"Cy Ruiz\" <cy@tavira.example>"],
        "the other one still gets theirs"
    );
    let preferences = house.get("bo", "/me/notification-preferences").await.ok();
    assert_eq!(preferences["topics"][0]["mail"], "off");
    assert_eq!(
        (&preferences["topics"][0]["in_app"], &preferences["topics"][1]["mail"]),
        (&json!(true), &json!("at_once")),
        "and nothing else"
    );

    // Again it does nothing more; once the person has decided otherwise, it does nothing at all.
    assert!(one_click(&house, &link).await.status.is_success());
    let on = json!({ "topics": [{ "topic": "mentions", "mail": "at_once" }] });
    house.clock.forward(5);
    house.send("bo", Method::PATCH, "/me/notification-preferences", Some(on)).await.ok();
    one_click(&house, &link).await.refused(410, "link_outdated");
    assert_eq!(mention(&mut house).await.len(), 2);

    // Forged: each byte changed, cut short, for another purpose, for nothing.
    let token = link.rsplit('/').next().unwrap().to_owned();
    for at in (0..token.len()).step_by(7) {
        let mut forged = token.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = format!("/unsubscribe/{}", String::from_utf8(forged).unwrap());
        one_click(&house, &forged).await.refused(404, "not_found");
    }
    for forged in [&token[..40], "AAAA", "x", &platform::mail::Signer::new(&[8; 32]).sign("unsubscribe", &[0; 48])] {
        one_click(&house, &format!("/unsubscribe/{forged}")).await.refused(404, "not_found");
        house.send("", Method::GET, &format!("/unsubscribe/{forged}"), None).await.refused(404, "not_found");
    }
    assert_eq!(mention(&mut house).await.len(), 2);
}

#[tokio::test]
async fn ten_thousand_are_told_each_for_themselves() {
    let mut house = House::new().await;
    let area = house.area("Soldering").await;
    let admin = house.test.admin().await;
    let people = "insert into users (organization_id, id, email, name)
        select $1, gen_random_uuid(), 'p' || n || '@tavira.example', 'Person ' || n from generate_series(1, 10000) n";
    admin.execute(people, &[&house.organization]).await.unwrap();
    let roles = "insert into grants (organization_id, id, user_id, built_in, plant_id)
        select organization_id, gen_random_uuid(), id, 'viewer', $2 from users where organization_id = $1 and email like 'p%@tavira.example'";
    admin.execute(roles, &[&house.organization, &house.plants[0]]).await.unwrap();
    let watching = "insert into watches (organization_id, kind, record_id, user_id, plant_id, created_at)
        select organization_id, 'area', $2, id, $3, now() from users where organization_id = $1 and email like 'p%@tavira.example'";
    admin.execute(watching, &[&house.organization, &area.parse::<uuid::Uuid>().unwrap(), &house.plants[0]]).await.unwrap();
    house.send("ana", Method::PATCH, &format!("/areas/{area}"), Some(json!({ "name": "Soldering 2" }))).await.ok();
    house.settle().await;
    assert_eq!(house.count("select count(distinct user_id) from notifications").await, 10_000);
    assert_eq!(house.count("select count(*) from notifications").await, 10_000);
    assert_eq!(
        house.count("select count(*) from notification_days where next_at is not null and time_zone = 'Europe/Madrid'").await,
        10_000
    );
    // By mail at once for some of them: one mail, one recipient.
    let eager = "insert into notification_preferences (organization_id, user_id, topic, in_app, mail, changed_at)
        select organization_id, id, 'watching', true, 'at_once', now() from users where organization_id = $1 and email like 'p%@tavira.example'
        order by email limit 300";
    admin.execute(eager, &[&house.organization]).await.unwrap();
    admin.execute("update notifications set read_at = now()", &[]).await.unwrap();
    house.send("ana", Method::PATCH, &format!("/areas/{area}"), Some(json!({ "name": "Soldering 3" }))).await.ok();
    house.settle().await;
    let mail = house.mail();
    let mut to: Vec<String> = mail.iter().map(|mail| mail.header("to")).collect();
    to.dedup();
    assert_eq!(to.len(), 300);
    assert!(
        mail.iter()
            .all(|mail| mail.header("to").matches('@').count() == 1 && mail.header("cc").is_empty() && mail.header("bcc").is_empty())
    );
}
