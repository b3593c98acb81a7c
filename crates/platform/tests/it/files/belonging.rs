//! Who gets a file: whoever may see its record, and nobody else; and what the trail says of it.

use axum::body::Body;
use http::Method;
use serde_json::json;

use super::{Desk, text};

#[tokio::test]
async fn a_file_is_seen_by_whoever_sees_its_record_and_changed_by_whoever_changes_it() {
    let desk = Desk::new().await;
    let sent = desk.attach("ann", "plan.txt", "text/plain", "words").await.expect(201);
    let path = format!("/files/{}", sent.id());
    let listed = desk.get("ben", &format!("/regions/{}/attachments", desk.region)).await.expect(200);
    assert_eq!(listed.json["items"][0]["id"], sent.json["id"]);
    desk.get("ben", &path).await.expect(200);
    assert_eq!(desk.attach("ben", "x.txt", "text/plain", "x").await.verdict(), (403, "permission_missing"));
    assert_eq!(desk.delete("ben", &path).await.verdict(), (403, "permission_missing"));
    assert_eq!(desk.upload("ben", "/files", "text/plain", "x").await.verdict(), (403, "permission_missing"));
    for path in [path.clone(), format!("{path}/content"), format!("{path}/thumbnail"), format!("/regions/{}/attachments", desk.region)] {
        assert_eq!(desk.get("zoe", &path).await.verdict(), (404, "not_found"), "{path}");
        assert_eq!(desk.get("", &path).await.status.as_u16(), 401, "{path}");
    }
    assert_eq!(desk.attach("zoe", "x.txt", "text/plain", "x").await.verdict(), (404, "not_found"));
    assert_eq!(desk.delete("zoe", &path).await.verdict(), (404, "not_found"));
    assert_eq!(desk.post("zoe", &format!("{path}/link"), json!({})).await.verdict(), (404, "not_found"));
    desk.delete("ann", &path).await.expect(204);
    for path in [path.clone(), format!("{path}/content")] {
        assert_eq!(desk.get("ann", &path).await.verdict(), (404, "not_found"));
    }
    assert_eq!(desk.delete("ann", &path).await.verdict(), (404, "not_found"));
}

#[tokio::test]
async fn a_file_of_one_plant_is_behind_the_plants_wall() {
    let desk = Desk::new().await;
    let [first, second] = [desk.one.plants[0], desk.one.plants[1]];
    let ours = desk.upload("cleo", &format!("/plants/{first}/attachments?name=a.txt"), "text/plain", "a").await.expect(201);
    assert_eq!(ours.json["plant_id"], first.to_string());
    let theirs = desk.upload("ann", &format!("/plants/{second}/attachments?name=b.txt"), "text/plain", "b").await.expect(201);
    desk.get("cleo", &format!("/files/{}", ours.id())).await.expect(200);
    assert_eq!(desk.get("cleo", &format!("/files/{}", theirs.id())).await.verdict(), (404, "not_found"));
    assert_eq!(desk.get("cleo", &format!("/files/{}/content", theirs.id())).await.verdict(), (404, "not_found"));
    let there = desk.upload("cleo", &format!("/plants/{second}/attachments"), "text/plain", "c").await;
    assert_eq!(there.verdict(), (404, "not_found"));
}

#[tokio::test]
async fn an_archived_record_keeps_its_files_and_takes_none() {
    let desk = Desk::new().await;
    let sent = desk.attach("ann", "plan.txt", "text/plain", "words").await.expect(201);
    desk.post("ann", &format!("/regions/{}/archive", desk.region), json!({})).await.expect(200);
    desk.get("ben", &format!("/files/{}/content", sent.id())).await.expect(200);
    assert_eq!(desk.attach("ann", "x.txt", "text/plain", "x").await.verdict(), (409, "archived"));
    assert_eq!(desk.delete("ann", &format!("/files/{}", sent.id())).await.verdict(), (409, "archived"));
    desk.post("ann", &format!("/regions/{}/restore", desk.region), json!({})).await.expect(200);
    desk.attach("ann", "x.txt", "text/plain", "x").await.expect(201);
}

#[tokio::test]
async fn what_belongs_to_nothing_is_its_senders_alone() {
    let desk = Desk::new().await;
    let sent = desk.upload("ann", "/files?name=later.txt", "text/plain", "words").await.expect(201);
    let path = format!("/files/{}", sent.id());
    assert_eq!(desk.get("ann", &path).await.expect(200).json["kind"], json!(null));
    assert_eq!(desk.get("ann", &format!("{path}/content")).await.expect(200).bytes, b"words");
    for who in ["ben", "cleo", "zoe"] {
        assert_eq!(desk.get(who, &path).await.verdict(), (404, "not_found"), "{who}");
    }
    desk.delete("ann", &path).await.expect(204);
}

#[tokio::test]
async fn the_trail_says_who_sent_had_and_took_away_a_file() {
    let desk = Desk::new().await;
    let sent = desk.attach("ann", "plan.txt", "text/plain", "words").await.expect(201);
    desk.get("ben", &format!("/files/{}/content", sent.id())).await.expect(200);
    desk.delete("ann", &format!("/files/{}", sent.id())).await.expect(204);
    let query = "select array_agg(action order by transaction, position) from audit_events where detail ->> 'file' = $1 and kind = 'region' and record_id = $2";
    let region: uuid::Uuid = desk.region.parse().unwrap();
    let told = desk.test.admin().await.query_one(query, &[&sent.id(), &region]).await.unwrap();
    assert_eq!(told.get::<_, Vec<String>>(0), ["region.file_attached", "region.file.downloaded", "region.file_detached"]);
    let history = desk.get("ben", &format!("/regions/{}/history", desk.region)).await.expect(200);
    assert!(history.json.to_string().contains("region.file_attached"));
    // A name may be somebody's: what is told outside holds none.
    let names = "select count(*) from audit_events where detail::text like '%plan.txt%'";
    assert_eq!(desk.count(names).await, 0);
    // Reads are a class of their own to retention.
    assert_eq!(
        desk.count("select count(*) from audit_events where gemba.audit_class(kind, action, false) = 'reading' and detail ? 'file'").await,
        1
    );
}

#[tokio::test]
async fn a_link_opens_its_file_without_signing_in_until_its_maker_may_no_more() {
    let desk = Desk::new().await;
    let sent = desk.attach("ann", "plan.txt", "text/plain", text(5_000)).await.expect(201);
    let made = desk.post("ben", &format!("/files/{}/link", sent.id()), json!({ "expires_in_s": 60 })).await.expect(201);
    let url = made.json["url"].as_str().unwrap().trim_start_matches("/api/v1").to_owned();
    let got = desk.get("", &url).await.expect(200);
    assert!(got.bytes == text(5_000) && got.header("content-disposition").starts_with("attachment"));
    let part = desk.request(Method::GET, "", &url).header("range", "bytes=0-8").body(Body::empty()).unwrap();
    assert_eq!(desk.send(part).await.expect(206).bytes.len(), 9);
    for wrong in [url[..url.len() - 2].to_owned(), format!("{url}A"), "/file-links/none".into(), format!("{}..%2f..", &url[..30])] {
        assert_eq!(desk.get("", &wrong).await.verdict(), (404, "not_found"), "{wrong}");
    }
    for seconds in [0, 9, 86_401, -1] {
        assert_eq!(desk.post("ben", &format!("/files/{}/link", sent.id()), json!({ "expires_in_s": seconds })).await.status.as_u16(), 422);
    }
    let by_link = "select count(*) from audit_events where action = 'region.file.downloaded' and detail ->> 'link_until' is not null";
    assert_eq!(desk.count(by_link).await, 2);
    desk.delete("ann", &format!("/files/{}", sent.id())).await.expect(204);
    assert_eq!(desk.get("", &url).await.verdict(), (404, "not_found"));
}

#[tokio::test]
async fn a_link_ends_with_its_time_and_with_its_maker() {
    let desk = Desk::new().await;
    let sent = desk.attach("ann", "plan.txt", "text/plain", "words").await.expect(201);
    let key = platform::files::LinkKey::derived(&[7; 32]).unwrap();
    let link = |organization, made_by, expires_at: &str| {
        let link =
            platform::files::Link { organization, file: sent.id().parse().unwrap(), made_by, expires_at: expires_at.parse().unwrap() };
        format!("/file-links/{}", key.sign(&link))
    };
    let known = desk.person("ann");
    desk.get("", &link(desk.one.organization, known.clone(), "2099-01-01T00:00:00Z")).await.expect(200);
    let over = desk.get("", &link(desk.one.organization, known.clone(), "2020-01-01T00:00:00Z")).await;
    assert_eq!(over.verdict(), (410, "link_expired"));
    // Whoever is not known any more opens nothing; nor does another organization's account.
    let left = desk.one.person(&[]).principal;
    assert_eq!(desk.get("", &link(desk.one.organization, left, "2099-01-01T00:00:00Z")).await.verdict(), (404, "not_found"));
    assert_eq!(desk.get("", &link(desk.two.organization, known, "2099-01-01T00:00:00Z")).await.verdict(), (404, "not_found"));
    let theirs = desk.person("zoe");
    assert_eq!(desk.get("", &link(desk.two.organization, theirs, "2099-01-01T00:00:00Z")).await.verdict(), (404, "not_found"));
}
