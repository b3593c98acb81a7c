//! Invitations, forgotten passwords and the safety of accounts, by mail.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::{Method, Request};
use serde_json::{Value, json};

use super::house::{Answer, House, PASSWORD};

/// Somebody unknown at an address of the network, in a browser.
async fn ask(house: &House, path: &str, body: Value, ip: [u8; 4], browser: &str) -> Answer {
    let request = Request::post(format!("/api/v1{path}")).header("user-agent", browser);
    House::answer(&house.front, request.extension(ConnectInfo(SocketAddr::from((ip, 4_000)))), Some(body)).await
}

async fn forgot(house: &House, email: &str, ip: [u8; 4]) -> Answer {
    ask(house, "/auth/password/forgot", json!({ "email": email }), ip, "Firefox").await
}

/// The token of the link in a mail.
fn token(body: &str) -> String {
    let (_, behind) = body.split_once("https://gemba.example/set-password#token=").expect("a link");
    behind.split(['\n', '"', ' ']).next().unwrap().to_owned()
}

async fn choose(house: &House, token: &str) -> u16 {
    let body = json!({ "token": token, "password": "eleven lanterns at the gate" });
    ask(house, "/auth/password-link", body, [192, 0, 2, 9], "Firefox").await.status.as_u16()
}

#[tokio::test]
async fn an_invitation_by_mail_is_in_no_answer_and_works_once() {
    let mut house = House::new().await;
    let person = json!({ "email": "ines@tavira.example", "name": "Inés Ferrer", "locale": "es" });
    let handed = house.post("bo", "/users", json!({ "email": "uwe@tavira.example", "name": "Uwe" })).await.ok();
    assert!(handed["invitation"]["token"].is_string() && handed["mail_id"].is_null(), "handing over is still there: {handed}");
    let invited = house.post("bo", "/users?delivery=mail", person).await.ok();
    assert_eq!(invited["invitation"], Value::Null);
    house.post("bo", "/users?delivery=pigeon", json!({})).await.refused(400, "bad_parameter");

    // While it waits, the link is nowhere in the clear.
    let waiting =
        "select count(*) from mails where state = 'pending' and secret_sealed is not null and mails::text not like '%set-password%'
        and position(convert_to('set-password', 'UTF8') in secret_sealed) = 0";
    assert_eq!(house.count(waiting).await, 1);
    house.settle().await;
    assert_eq!(house.count("select count(*) from mails where state = 'sent' and secret_sealed is null").await, 1);
    let mail = house.mail();
    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0].header("subject"), "Tu cuenta en Tavira Electronics");
    assert!(mail[0].header("list-unsubscribe").is_empty(), "what must arrive cannot be turned off");
    let token = token(&mail[0].body);
    assert_eq!((choose(&house, &token).await, choose(&house, &token).await), (204, 410));
    let listed = house.get("bo", "/mails").await.text;
    assert!(listed.contains("invitation") && !listed.contains(&token));

    // A reset by mail likewise.
    let user = invited["user"]["id"].as_str().unwrap();
    let sent = house.send("bo", Method::POST, &format!("/users/{user}/reset-password?delivery=mail"), None).await;
    assert_eq!((sent.status.as_u16(), sent.json["mail_id"].is_string(), sent.json["token"].is_null()), (202, true, true), "{}", sent.text);
    house.settle().await;
    let mail = house.mail();
    assert!(mail.iter().any(|mail| mail.header("subject").starts_with("Elige una ")), "{:?}", mail[0].header("subject"));
}

#[tokio::test]
async fn a_forgotten_password_tells_nobody_whether_there_is_an_account() {
    let mut house = House::new().await;
    let mut answers = Vec::new();
    for email in ["ana.gil@tavira.example", " ANA.Gil@Tavira.example ", "nobody@tavira.example", "no address\r\nBcc: x@y.example", ""] {
        let answer = forgot(&house, email, [192, 0, 2, 10]).await;
        answers.push((answer.status.as_u16(), answer.text));
    }
    assert!(answers.iter().all(|answer| *answer == (202, String::new())), "{answers:?}");
    house.until(async |house| house.count("select count(*) from mails where state = 'sent'").await == 2).await;
    let mail = house.mail();
    assert!(mail.iter().all(|mail| mail.header("to") == "\"Ana Gil\" <ana.gil@tavira.example>"));
    // Whoever asks without being known ends no link that was made before; the first that is used ends the others.
    let tokens: Vec<String> = mail.iter().map(|mail| token(&mail.body)).collect();
    assert_eq!((choose(&house, &tokens[0]).await, choose(&house, &tokens[1]).await), (204, 410));
    let login = json!({ "email": "ana.gil@tavira.example", "password": "eleven lanterns at the gate" });
    assert!(ask(&house, "/auth/login", login, [192, 0, 2, 10], "Firefox").await.status.is_success());

    // Three in a row, then they wait; the answer stays the same.
    for _ in 0..4 {
        assert_eq!(forgot(&house, "ana.gil@tavira.example", [192, 0, 2, 11]).await.status.as_u16(), 202);
    }
    house.until(async |house| house.count("select count(*) from audit_events where action = 'user.password_forgotten'").await >= 3).await;
    house.settle().await;
    assert_eq!(house.count("select count(*) from audit_events where action = 'user.password_forgotten'").await, 3);
    // Who asks for everybody is slowed down.
    let mut delayed = None;
    for number in 0..25 {
        let answer = forgot(&house, &format!("p{number}@tavira.example"), [192, 0, 2, 12]).await;
        delayed = delayed.or((answer.status.as_u16() == 429).then_some(answer));
    }
    delayed.expect("a limit").refused(429, "reset_delayed");
}

#[tokio::test]
async fn a_link_that_has_expired_is_not_sent_and_who_signs_in_elsewhere_gets_none() {
    let mut house = House::new().await;
    forgot(&house, "ana.gil@tavira.example", [192, 0, 2, 10]).await;
    for _ in 0..20_000 {
        if house.count("select count(*) from mails").await == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    house.clock.forward(2 * 3600);
    house.settle().await;
    assert!(house.mail().is_empty());
    assert_eq!(
        house.count("select count(*) from mails where state = 'dropped' and why like '%expired%' and secret_sealed is null").await,
        1
    );

    let without = "update credentials set password_hash = null where user_id = $1";
    house.test.admin().await.execute(without, &[&house.user("cy")]).await.unwrap();
    house.test.admin().await.execute("delete from password_links where user_id = $1", &[&house.user("cy")]).await.unwrap();
    forgot(&house, "cy@tavira.example", [192, 0, 2, 10]).await;
    house.until(async |house| house.count("select count(*) from mails where template = 'elsewhere' and state = 'sent'").await == 1).await;
    let mail = house.mail();
    assert!(mail[0].body.contains("It has none") && !mail[0].body.contains("#token="), "{}", mail[0].body);
}

#[tokio::test]
async fn what_happens_to_an_account_is_told_to_its_owner_whoever_does_it() {
    let mut house = House::new().await;
    let login = async |house: &House, ip: [u8; 4], browser: &str| {
        let body = json!({ "email": "cy@tavira.example", "password": PASSWORD });
        assert!(ask(house, "/auth/login", body, ip, browser).await.status.is_success());
    };
    login(&house, [192, 0, 2, 10], "Firefox/146.0").await;
    house.settle().await;
    assert!(house.inbox("cy").await.is_empty(), "the first place is no news");
    // The same browser, newer, from next door.
    login(&house, [192, 0, 2, 77], "Firefox/147.0.1").await;
    house.settle().await;
    assert!(house.inbox("cy").await.is_empty());
    login(&house, [198, 51, 100, 4], "Firefox/147.0").await;
    house.settle().await;
    login(&house, [192, 0, 2, 10], "curl/8").await;
    house.settle().await;
    let told = house.told("cy").await;
    assert_eq!(told.len(), 2, "{told:?}");
    let from_firefox = "Somebody signed in to your account from a new place: Firefox/147.0, 198.51.100.4";
    assert!(told.iter().any(|one| one == from_firefox) && told.iter().any(|one| one.contains("curl")), "{told:?}");
    let mail = house.mail();
    assert_eq!(mail.len(), 2);
    assert!(mail.iter().all(|mail| mail.header("to").contains("<cy@tavira.example>") && mail.header("list-unsubscribe").is_empty()));
    assert!(mail[0].body.contains("change your password"), "{}", mail[0].body);
    // In the trail, place and browser are concealed by the person's key.
    let shown = "select count(*) from audit_events where action = 'session.new_place' and (detail::text like '%198.51%' or detail::text like '%Firefox%')";
    assert_eq!(house.count(shown).await, 0);

    forgot(&house, "cy@tavira.example", [192, 0, 2, 10]).await;
    house.until(async |house| house.count("select count(*) from mails where template = 'reset' and state = 'sent'").await == 1).await;
    let reset = house.mail();
    assert_eq!(choose(&house, &token(&reset[0].body)).await, 204);
    house.settle().await;
    assert_eq!(house.told("cy").await[0], "The password of your account was changed");
    assert!(house.told("bo").await.is_empty());
}
