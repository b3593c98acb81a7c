//! A client of OData that is not ours reads the feed.

use super::*;

/// The interpreter of scripts/setup --full that has a client of OData, else the machine's own.
fn python() -> std::path::PathBuf {
    let here = std::env::current_exe().expect("this program");
    let built = here.ancestors().nth(3).map(|target| target.join("odata/bin/python")).filter(|python| python.exists());
    built.unwrap_or_else(|| "python3".into())
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
async fn a_client_that_is_not_ours_reads_the_feed_by_its_model() {
    let (office, _) = planned().await;
    let expected = read(&office, "planner", "/line_loads").await.rows();
    let number = |load: &Value| load["hours_used"].as_f64().unwrap_or_default();
    // It sends the key as a password; the office knows tokens only.
    let basic = |request: axum::extract::Request, next: axum::middleware::Next| async move {
        let mut request = request;
        if request.headers().get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"Basic ")) {
            request.headers_mut().insert("authorization", http::HeaderValue::from_static("Bearer planner"));
        }
        next.run(request).await
    };
    let router = office.router.clone().layer(axum::middleware::from_fn(basic));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}/api/v1/odata/", listener.local_addr().unwrap());
    let app = office.app.clone();
    let serving = tokio::spawn(async move { platform::http::listen(listener, &app, router, std::future::pending()).await });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/odata/read.py");
    let asking = tokio::task::spawn_blocking(move || std::process::Command::new(python()).args([script, &root, "planner"]).output());
    let asked = asking.await.unwrap();
    serving.abort();
    let asked = match asked {
        Ok(asked) if !String::from_utf8_lossy(&asked.stderr).contains("No module named") => asked,
        _ => {
            eprintln!("SKIPPED: python-odata is not here (scripts/setup --full installs it): no other program has read the feed");
            return;
        }
    };
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let found: Value = serde_json::from_slice(&asked.stdout).unwrap();
    let sets: BTreeSet<String> =
        read(&office, "planner", "").await.rows().iter().map(|set| set["name"].as_str().unwrap().to_owned()).collect();
    let known: BTreeSet<String> = found["sets"].as_array().unwrap().iter().map(|set| set.as_str().unwrap().to_owned()).collect();
    assert_eq!(known, sets);
    assert_eq!(found["loads"], expected.len());
    let sum: f64 = expected.iter().map(number).sum();
    assert!((found["hours"].as_f64().unwrap() - sum).abs() < 1e-6 * sum);
    assert_eq!(found["counted"], expected.iter().filter(|load| number(load) > 4000.0).count());
    let sums = read(&office, "planner", "/line_loads?$apply=groupby((period),aggregate($count as n))&$orderby=period").await.rows();
    assert_eq!(found["sums"].as_array().or_else(|| found["sums"]["value"].as_array()), Some(&sums));
    let mut busy: Vec<f64> = expected.iter().filter(|load| number(load) > 1000.0 && load["is_constraint"] == true).map(number).collect();
    busy.sort_by(|one, other| other.total_cmp(one));
    let told: Vec<f64> = found["busy"].as_array().unwrap().iter().map(|hours| hours.as_f64().unwrap()).collect();
    assert_eq!(told.len(), busy.len());
    assert!(told.iter().zip(&busy).all(|(told, busy)| (told - busy).abs() < 1e-9 * busy), "{told:?} are not {busy:?}");
    let lines = read(&office, "planner", "/lines?$orderby=line").await.rows();
    assert_eq!(found["lines"], json!(lines[1..4].iter().map(|line| &line["line"]).collect::<Vec<_>>()));
    assert_eq!(found["one"], lines[1]["line"]);
    let named = lines.iter().filter(|line| line["line"].as_str().is_some_and(|name| name.starts_with("SMT") && name.contains('-')));
    assert_eq!(found["named"], json!(named.map(|line| &line["line"]).collect::<Vec<_>>()));
    assert!(found["first_day"].as_str().unwrap().starts_with("2026-01-01"), "{found}");
}
