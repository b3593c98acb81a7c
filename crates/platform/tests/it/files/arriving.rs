//! Files on their way in and out: whole, checked, of a known type, within limits, and in pieces.

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::Method;
use platform::files::{Allowed, Key, Limits};
use serde_json::json;

use super::{Desk, PNG, Special, digest, text};

#[tokio::test]
async fn a_file_comes_back_as_it_was_sent_and_only_to_be_saved() {
    let desk = Desk::new().await;
    let bytes = text(3_000_000);
    let sent = desk.attach("ann", "../Prüf\u{202e}plan.csv", "text/csv", bytes.clone()).await.expect(201);
    assert_eq!(sent.json["name"], "Prüfplan.csv");
    assert_eq!((sent.json["media_type"].as_str(), sent.json["size_bytes"].as_u64()), (Some("text/csv"), Some(3_000_000)));
    assert_eq!((sent.json["state"].as_str(), sent.json["kind"].as_str()), (Some("clean"), Some("region")));
    assert_eq!(sent.header("location"), format!("/api/v1/files/{}", sent.id()));
    let back = desk.get("ben", &format!("/files/{}/content", sent.id())).await.expect(200);
    assert!(back.bytes == bytes);
    assert_eq!(back.header("repr-digest"), digest(&bytes));
    assert!(back.header("digest").starts_with("sha-256="));
    assert_eq!(back.header("content-disposition"), "attachment; filename=\"Pr_fplan.csv\"; filename*=UTF-8''Pr%C3%BCfplan.csv");
    assert_eq!((back.header("x-content-type-options"), back.header("content-type")), ("nosniff", "text/csv"));
    assert!(back.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    assert_eq!((back.header("content-length"), back.header("content-encoding")), ("3000000", ""));
    let etag = back.header("etag").to_owned();
    let known = desk.request(Method::GET, "ben", &format!("/files/{}/content", sent.id())).header("if-none-match", &etag);
    desk.send(known.body(Body::empty()).unwrap()).await.expect(304);
    let part = desk.request(Method::GET, "ben", &format!("/files/{}/content", sent.id())).header("range", "bytes=9-17");
    let part = desk.send(part.body(Body::empty()).unwrap()).await.expect(206);
    assert_eq!((part.bytes.as_slice(), part.header("content-range")), (&bytes[9..18], "bytes 9-17/3000000"));
    // Compressed on the way it would not be what its checksum says.
    let packed = desk.request(Method::GET, "ben", &format!("/files/{}/content", sent.id())).header("accept-encoding", "gzip, br");
    assert_eq!(desk.send(packed.body(Body::empty()).unwrap()).await.expect(200).header("content-encoding"), "");
}

#[tokio::test]
async fn a_large_file_arrives_in_pieces_of_unknown_number() {
    let desk = Desk::new().await;
    let bytes = text(9_500_000);
    let pieces: Vec<Result<Bytes, std::io::Error>> = bytes.chunks(70_001).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let sent = desk.attach("ann", "log.txt", "text/plain", Body::from_stream(stream::iter(pieces))).await.expect(201);
    let back = desk.get("ann", &format!("/files/{}/content", sent.id())).await.expect(200);
    assert!(back.bytes == bytes);
    assert_eq!(desk.count("select used_bytes from file_usage").await, 9_500_000, "what was reserved and not used was given back");
    let empty = desk.attach("ann", "empty.txt", "text/plain", Body::empty()).await.expect(201);
    assert_eq!(desk.get("ann", &format!("/files/{}/content", empty.id())).await.expect(200).bytes, b"");
}

#[tokio::test]
async fn what_breaks_off_leaves_nothing() {
    let desk = Desk::new().await;
    let broken = stream::iter([Ok(Bytes::from(text(3_000_000))), Err(std::io::Error::other("hung up"))]);
    let refused = desk.attach("ann", "log.txt", "text/plain", Body::from_stream(broken)).await;
    assert_eq!(refused.verdict(), (400, "body_unreadable"));
    let wrong = desk.request(Method::POST, "ann", &format!("/regions/{}/attachments", desk.region)).header("content-type", "text/plain");
    let wrong = desk.send(wrong.header("repr-digest", digest(b"another")).body(Body::from("this one")).unwrap()).await;
    assert_eq!(wrong.verdict(), (422, "checksum_mismatch"));
    let right = desk.request(Method::POST, "ann", &format!("/regions/{}/attachments", desk.region)).header("content-type", "text/plain");
    desk.send(right.header("repr-digest", digest(b"this one")).body(Body::from("this one")).unwrap()).await.expect(201);
    let nonsense = desk.request(Method::POST, "ann", "/files").header("repr-digest", "sha-256=:?:");
    assert_eq!(desk.send(nonsense.body(Body::from("x")).unwrap()).await.verdict(), (400, "bad_digest"));
    assert_eq!(desk.stored().len(), 1);
    assert_eq!(desk.count("select count(*) from file_uploads").await, 0);
    assert_eq!(desk.count("select used_bytes from file_usage").await, 8);
}

#[tokio::test]
async fn a_file_is_what_its_bytes_say_and_of_a_type_that_is_taken() {
    let desk = Desk::new().await;
    let cases: [(&[u8], &str, u16, &str); 6] = [
        (PNG, "image/jpeg", 415, "type_mismatch"),
        (b"<html><script>alert(1)</script>", "text/plain", 415, "type_mismatch"),
        (b"<html><body>", "text/html", 415, "type_not_allowed"),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0", "application/octet-stream", 415, "type_not_allowed"),
        (b"#!/bin/sh\n", "text/plain", 415, "type_mismatch"),
        (b"\0\x01\x02\x03", "application/octet-stream", 415, "type_not_allowed"),
    ];
    for (bytes, declared, status, code) in cases {
        let refused = desk.attach("ann", "x", declared, bytes).await;
        assert_eq!(refused.verdict(), (status, code), "{declared}: {}", refused.json);
    }
    assert_eq!((desk.stored().len(), desk.count("select used_bytes from file_usage").await), (0, 0));
    let limits = Limits { allowed: Allowed::of("text/*"), ..Limits::default() };
    let strict = Desk::with(Special { limits: Some(limits), ..Special::default() }).await;
    assert_eq!(strict.attach("ann", "x.png", "image/png", PNG).await.verdict(), (415, "type_not_allowed"));
    strict.attach("ann", "x.txt", "text/plain", "words").await.expect(201);
    assert_eq!(strict.get("ben", "/files/limits").await.expect(200).json["types"], json!(["text/*"]));
}

#[tokio::test]
async fn an_organization_has_limits_of_its_own_and_nobody_elses() {
    let limits = Limits { largest: 5_000, quota: 12_000, ..Limits::default() };
    let desk = Desk::with(Special { limits: Some(limits), ..Special::default() }).await;
    assert_eq!(desk.attach("ann", "a", "text/plain", text(5_001)).await.verdict(), (413, "file_too_large"));
    let pieces = |size: usize| {
        Body::from_stream(stream::iter(
            text(size).chunks(999).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece))).collect::<Vec<_>>(),
        ))
    };
    assert_eq!(desk.attach("ann", "a", "text/plain", pieces(5_001)).await.verdict(), (413, "file_too_large"));
    for _ in 0..2 {
        desk.attach("ann", "a", "text/plain", text(5_000)).await.expect(201);
    }
    assert_eq!(desk.attach("ann", "a", "text/plain", text(2_001)).await.verdict(), (409, "quota_exceeded"));
    assert_eq!(desk.attach("ann", "a", "text/plain", pieces(2_001)).await.verdict(), (413, "file_too_large"), "no more than is left");
    // Another organization is not concerned, and learns nothing: the same content is its own.
    let theirs = desk.upload("zoe", "/files", "text/plain", text(5_000)).await.expect(201);
    let used = desk.get("zoe", "/files/limits").await.expect(200);
    assert_eq!((used.json["used_bytes"].as_u64(), used.json["quota_bytes"].as_u64()), (Some(5_000), Some(12_000)));
    let path = desk.files.store().file_of(Key::content(desk.two.organization, theirs.id().parse().unwrap())).unwrap();
    assert!(path.is_file() && path.to_string_lossy().contains(&desk.two.organization.to_string()));
    let mut tx = desk.database.begin(&desk.system()).await.unwrap();
    platform::files::set_limits(&mut tx, Some(20_000), Some(40_000)).await.unwrap();
    tx.commit().await.unwrap();
    desk.attach("ann", "a", "text/plain", text(20_000)).await.expect(201);
    let own = desk.get("ann", "/files/limits").await.expect(200);
    assert_eq!((own.json["largest_bytes"].as_u64(), own.json["used_bytes"].as_u64()), (Some(20_000), Some(30_000)));
}

#[tokio::test]
async fn uploads_that_run_at_once_cannot_exceed_the_quota_together() {
    let limits = Limits { quota: 10_000, at_once: 16, ..Limits::default() };
    let desk = Desk::with(Special { limits: Some(limits), ..Special::default() }).await;
    let sending = (0..6).map(|number| {
        let desk = &desk;
        async move { desk.attach("ann", &format!("{number}.txt"), "text/plain", text(3_000)).await.status.as_u16() }
    });
    let mut statuses = futures_util::future::join_all(sending).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 201, 409, 409, 409]);
    assert_eq!(desk.count("select used_bytes from file_usage").await, 9_000);
}

#[tokio::test]
async fn one_organization_does_not_take_every_place() {
    let desk = Desk::with(Special { limits: Some(Limits { at_once: 2, ..Limits::default() }), ..Special::default() }).await;
    let (mut sender, receiver) = futures_util_channel();
    let slow = desk.attach("ann", "slow.txt", "text/plain", Body::from_stream(receiver));
    let others = async {
        // The first has its place once its room is reserved.
        while desk.count("select count(*) from file_uploads").await == 0 {
            tokio::task::yield_now().await;
        }
        let busy = desk.attach("ann", "second.txt", "text/plain", "x").await;
        assert_eq!((busy.verdict(), busy.header("retry-after")), ((503, "uploads_busy"), "2"));
        desk.upload("zoe", "/files", "text/plain", "y").await.expect(201);
        sender.send("the rest").await;
    };
    let (sent, ()) = futures_util::future::join(slow, others).await;
    sent.expect(201);
    desk.attach("ann", "second.txt", "text/plain", "x").await.expect(201);
}

/// A body whose piece comes when it is sent.
fn futures_util_channel() -> (Sender, impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static) {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
    let pieces = stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|piece| (Ok(piece), receiver)) });
    (Sender(Some(sender)), pieces)
}

struct Sender(Option<tokio::sync::mpsc::Sender<Bytes>>);

impl Sender {
    /// The last piece.
    async fn send(&mut self, piece: &'static str) {
        if let Some(sender) = self.0.take() {
            sender.send(Bytes::from_static(piece.as_bytes())).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_repeated_upload_is_carried_out_once() {
    let desk = Desk::new().await;
    let send = async |body: &'static str| {
        let request = desk.request(Method::POST, "ann", &format!("/regions/{}/attachments", desk.region));
        let request =
            request.header("content-type", "text/plain").header("idempotency-key", "one").header("repr-digest", digest(body.as_bytes()));
        desk.send(request.body(Body::from(body)).unwrap()).await
    };
    let first = send("words").await.expect(201);
    let again = send("words").await.expect(201);
    assert_eq!((first.id(), again.header("idempotent-replayed")), (again.id(), "true"));
    assert_eq!(send("other words").await.verdict(), (422, "idempotency_key_reused"));
    assert_eq!(desk.count("select count(*) from files").await, 1);
}

#[tokio::test]
async fn a_file_that_is_not_what_was_stored_is_not_handed_out() {
    let desk = Desk::new().await;
    for size in [20_000, 6_000_000] {
        let sent = desk.attach("ann", "log.txt", "text/plain", text(size)).await.expect(201);
        let path = desk.files.store().file_of(Key::content(desk.one.organization, sent.id().parse().unwrap())).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[size / 2] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let first = desk.get("ann", &format!("/files/{}/content", sent.id())).await;
        if size < 4 << 20 {
            assert_eq!(first.verdict(), (409, "file_damaged"));
        } else {
            assert!(first.bytes.starts_with(b"broken: "), "a large one breaks off instead of coming whole");
        }
        let after = desk.get("ann", &format!("/files/{}/content", sent.id())).await;
        assert_eq!(after.verdict(), (409, "file_damaged"));
        assert_eq!(desk.get("ann", &format!("/files/{}", sent.id())).await.expect(200).json["state"], "damaged");
    }
}
