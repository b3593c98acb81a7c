//! The explorer: all of it from this program.

use http::{Request, header};

use super::installation::Installation;

#[tokio::test]
async fn the_explorer_loads_nothing_from_elsewhere() {
    let installation = Installation::new().await;
    let page = installation.get("/api/docs", "").await;
    assert_eq!(page.status, 200);
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    for rule in ["default-src 'none'", "script-src 'self';", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    for part in text.split('"').filter(|part| part.starts_with("/api/")) {
        let answer = installation.get(part, "").await;
        assert_eq!(answer.status, 200, "{part}");
        assert!(!answer.body.is_empty());
    }
}

#[tokio::test]
async fn the_script_comes_packed_or_plain_as_the_client_takes_it() {
    let installation = Installation::new().await;
    let plain = installation.get("/api/docs/scalar.js", "").await;
    assert!(plain.body.starts_with(b"/**"));
    let packed = Request::get("/api/docs/scalar.js").header(header::ACCEPT_ENCODING, "gzip, br");
    let packed = installation.send(packed.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(packed.headers[header::CONTENT_ENCODING], "gzip");
    assert!(packed.body.len() * 3 < plain.body.len());
}
