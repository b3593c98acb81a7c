//! Files are looked at before anybody gets them, and images get small ones.

use axum::body::Body;
use futures_util::FutureExt;
use http::Method;
use image::ImageEncoder;
use platform::files::Scanner;
use serde_json::json;

use super::{Desk, Special};

/// A program that finds the word.
fn scanner(word: &str) -> Option<Scanner> {
    Some(Scanner::Program("/bin/sh".into(), vec!["-c".into(), format!("if grep -q {word}; then echo Test-Word; exit 1; fi")]))
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels: Vec<u8> = (0..width * height * 3).map(|at| (at % 251) as u8).collect();
    image::codecs::png::PngEncoder::new(&mut bytes).write_image(&pixels, width, height, image::ExtendedColorType::Rgb8).unwrap();
    bytes
}

#[tokio::test]
async fn nobody_gets_a_file_before_it_was_looked_at_and_never_one_with_a_finding() {
    let desk = Desk::with(Special { scanner: scanner("evil"), ..Special::default() }).await;
    let good = desk.attach("ann", "good.txt", "text/plain", "a good plan").await.expect(201);
    let bad = desk.attach("ann", "bad.txt", "text/plain", "an evil plan").await.expect(201);
    assert_eq!((good.json["state"].as_str(), bad.json["state"].as_str()), (Some("scanning"), Some("scanning")));
    let early = desk.get("ann", &format!("/files/{}/content", good.id())).await;
    assert_eq!((early.verdict(), early.header("retry-after")), ((409, "file_not_scanned"), "5"));
    assert_eq!(desk.post("ann", &format!("/files/{}/link", good.id()), json!({})).await.verdict(), (409, "file_not_scanned"));
    desk.work_until(async || desk.count("select count(*) from files where state = 'scanning'").await == 0).await;
    assert_eq!(desk.get("ann", &format!("/files/{}/content", good.id())).await.expect(200).bytes, b"a good plan");
    let refused = desk.get("ann", &format!("/files/{}/content", bad.id())).await;
    assert_eq!(refused.verdict(), (403, "file_quarantined"));
    let known = desk.get("ben", &format!("/files/{}", bad.id())).await.expect(200);
    assert_eq!((known.json["state"].as_str(), known.json["finding"].as_str()), (Some("quarantined"), Some("Test-Word")));
    assert_eq!(desk.count("select count(*) from audit_events where action = 'region.file_quarantined'").await, 1);
    desk.delete("ann", &format!("/files/{}", bad.id())).await.expect(204);
}

#[tokio::test]
async fn a_scanner_that_is_away_keeps_files_back_until_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let word = folder.path().join("there");
    let script = format!("cat >/dev/null; test -e {} || exit 2", word.display());
    let scanner = Some(Scanner::Program("/bin/sh".into(), vec!["-c".into(), script]));
    let desk = Desk::with(Special { scanner, ..Special::default() }).await;
    let sent = desk.attach("ann", "plan.txt", "text/plain", "words").await.expect(201);
    desk.work_until(async || {
        desk.count("select count(*) from runs where kind = 'file.inspect' and state = 'queued' and attempt = 1").await == 1
    })
    .await;
    assert_eq!(desk.get("ann", &format!("/files/{}/content", sent.id())).await.verdict(), (409, "file_not_scanned"));
    std::fs::write(word, "").unwrap();
    desk.test.admin().await.execute("update runs set due_at = now() - interval '1 minute'", &[]).await.unwrap();
    // Whoever lost its run gets another one from the sweep; here, the run is simply asked for anew.
    desk.test
        .admin()
        .await
        .execute("update runs set state = 'failed', position = null, finished_at = now() where state = 'queued'", &[])
        .await
        .unwrap();
    desk.test.admin().await.execute("update files set created_at = now() - interval '1 hour'", &[]).await.unwrap();
    assert_eq!(platform::files::sweep(&desk.files, &desk.database).await.unwrap().asked, 1);
    assert_eq!(platform::files::sweep(&desk.files, &desk.database).await.unwrap().asked, 0, "one run is enough");
    desk.work_until(async || desk.get("ann", &format!("/files/{}/content", sent.id())).await.status == 200).await;
}

#[tokio::test]
async fn an_image_gets_a_small_one_that_says_nothing_else() {
    let desk = Desk::new().await;
    let sent = desk.attach("ann", "photo.png", "image/png", png(900, 600)).await.expect(201);
    assert_eq!(desk.get("ann", &format!("/files/{}/thumbnail", sent.id())).await.verdict(), (404, "not_found"));
    desk.work_until(async || desk.count("select count(*) from files where thumbnail").await == 1).await;
    let known = desk.get("ann", &format!("/files/{}", sent.id())).await.expect(200);
    assert_eq!((known.json["width"].as_u64(), known.json["height"].as_u64()), (Some(900), Some(600)));
    let small = desk.get("ben", &format!("/files/{}/thumbnail", sent.id())).await.expect(200);
    let decoded = image::load_from_memory(&small.bytes).unwrap();
    assert_eq!((decoded.width(), decoded.height(), small.header("content-type")), (320, 213, "image/jpeg"));
    assert!(
        small.header("content-disposition").starts_with("attachment") && small.header("content-security-policy").starts_with("sandbox")
    );
    assert_eq!(desk.stored().len(), 2);
}

#[tokio::test]
async fn an_image_that_is_broken_or_huge_stays_a_file_without_a_small_one() {
    let desk = Desk::new().await;
    let whole = png(64, 64);
    let sent = desk.attach("ann", "broken.png", "image/png", whole[..whole.len() / 2].to_vec()).await.expect(201);
    desk.work_until(async || desk.count("select count(*) from runs where kind = 'file.inspect' and state = 'succeeded'").await == 1).await;
    assert_eq!(desk.count("select count(*) from files where thumbnail").await, 0);
    desk.get("ann", &format!("/files/{}/content", sent.id())).await.expect(200);
}

#[tokio::test]
async fn a_head_request_learns_of_a_file_without_its_bytes() {
    let desk = Desk::new().await;
    let sent = desk.attach("ann", "plan.txt", "text/plain", "words").await.expect(201);
    let head = desk.request(Method::HEAD, "ann", &format!("/files/{}/content", sent.id())).body(Body::empty()).unwrap();
    let answer = desk.send(head).map(|answer| answer.expect(200)).await;
    assert_eq!((answer.header("content-length"), answer.bytes.len()), ("5", 0));
}
