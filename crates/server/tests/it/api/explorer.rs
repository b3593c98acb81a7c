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

#[tokio::test]
async fn the_document_comes_packed_once_and_not_again_to_whoever_has_it() {
    let installation = Installation::new().await;
    let asked = async |headers: &[(header::HeaderName, &str)]| {
        let request = headers.iter().fold(Request::get("/api/v1/openapi.json"), |request, (name, value)| request.header(name, *value));
        installation.send(request.body(axum::body::Body::empty()).unwrap()).await
    };
    let plain = asked(&[]).await;
    let committed: serde_json::Value = serde_json::from_str(&server::serve::openapi_document()).unwrap();
    assert!(serde_json::from_slice::<serde_json::Value>(&plain.body).unwrap() == committed);
    let packed = asked(&[(header::ACCEPT_ENCODING, "br;q=1.0, gzip;q=0.8, *;q=0.1")]).await;
    assert_eq!(packed.headers[header::CONTENT_ENCODING], "gzip");
    assert!(packed.body.len() < 500_000, "{} bytes", packed.body.len());
    let mut unpacked = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed.body[..]), &mut unpacked).unwrap();
    assert!(unpacked.as_bytes() == &plain.body[..]);
    let mark = packed.headers[header::ETAG].to_str().unwrap();
    let again = asked(&[(header::IF_NONE_MATCH, mark)]).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(asked(&[(header::IF_NONE_MATCH, "W/\"other\"")]).await.status, 200);
    // Nobody has it packed for himself.
    for taken in ["gzip;q=0", "br", "zstd, br"] {
        let unpacked = asked(&[(header::ACCEPT_ENCODING, taken)]).await;
        assert!(unpacked.headers.get(header::CONTENT_ENCODING).is_none() && unpacked.body == plain.body, "{taken}");
    }
}
