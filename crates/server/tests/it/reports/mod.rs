//! Results as files, and reports that come by mail, over HTTP on a real database with the example plant.

mod files;
mod subscriptions;

use std::io::Read;
use std::process::Command;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use planning::layout;
use platform::Caller;
use platform::ids::RequestId;
use serde_json::{Value, json};
use server::serve::kinds;
use testkit::new_id;
use tower::ServiceExt;

use crate::notifications::house::{House, Post};
use crate::planning::example;

/// A house whose first plant is the example, and the scenario “Autumn” that `ana` optimized.
async fn house_with_a_plan(post: Post<'_>) -> (House, String) {
    let mut house = House::with(post).await;
    let caller = Caller::system("test", house.organization, RequestId(new_id()));
    let mut tx = house.app.begin(&caller).await.unwrap();
    let problem = example();
    let mut id = new_id;
    let master = layout::master(&problem, &mut id);
    let of = layout::PlantOf { id: house.plants[0].0, nth: 1, prefix: "", share: 1.0 };
    let rows = layout::plant(&problem, &master, &of, &mut id);
    layout::save(&mut tx, &kinds(), master.rows.into_iter().chain(rows)).await.unwrap();
    tx.commit().await.unwrap();
    let made = house.post("ana", &format!("/plants/{}/scenarios", house.plants[0]), json!({ "name": "Autumn & <more>" })).await.ok();
    let scenario = made["id"].as_str().unwrap().to_owned();
    house.post("ana", &format!("/scenarios/{scenario}/optimize"), json!({})).await.ok();
    house.settle().await;
    house.get("ana", &format!("/scenarios/{scenario}/results?sections=summary")).await.ok();
    (house, scenario)
}

/// A file as it was answered.
struct File {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl File {
    async fn of(house: &House, who: &str, path: &str, language: &str) -> File {
        let request = Request::get(format!("/api/v1{path}")).header("authorization", format!("Bearer {who}"));
        let request = request.header("accept-language", language).body(Body::empty()).unwrap();
        let response = house.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        File { status: head.status, headers: head.headers, bytes: body.collect().await.unwrap().to_bytes().to_vec() }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    #[track_caller]
    fn refused(&self, status: u16, code: &str) -> Value {
        let problem: Value = serde_json::from_slice(&self.bytes).unwrap_or_default();
        assert_eq!((self.status.as_u16(), problem["code"].as_str()), (status, Some(code)), "{problem}");
        problem
    }

    #[track_caller]
    fn ok(self) -> File {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }
}

/// The document that this program makes: PDF, where it was built with it.
const DOCUMENT: &str = if cfg!(feature = "pdf") { "pdf" } else { "pptx" };

/// Whether a document says this; true where what could read it is not here.
fn says(document: &[u8], words: &str) -> bool {
    if document.starts_with(b"%PDF") {
        return text_of(document).is_none_or(|text| text.contains(words));
    }
    let escaped = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    parts_of(document).iter().any(|(_, part)| String::from_utf8_lossy(part).contains(&escaped))
}

/// The text of a PDF; nothing where poppler is not here.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn text_of(pdf: &[u8]) -> Option<String> {
    assert!(pdf.starts_with(b"%PDF-1."), "no PDF");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, pdf).unwrap();
    let Ok(read) = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output() else {
        eprintln!("SKIPPED: pdftotext (poppler-utils) is not here: what a PDF says was not read");
        return None;
    };
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    Some(String::from_utf8(read.stdout).unwrap())
}

/// The parts of a file of Office Open XML, by name.
fn parts_of(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).expect("a container");
    let mut parts = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        parts.push((entry.name().unwrap().into_owned(), bytes));
    }
    parts
}
