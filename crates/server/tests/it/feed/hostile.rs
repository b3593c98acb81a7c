//! What the feed refuses: conditions, options and cursors that mean harm or nothing.

use super::*;

#[tokio::test]
async fn hostile_conditions_are_refused_with_their_place() {
    let office = Office::bare().await;
    let deep = format!("{}true{}", "not (".repeat(60), ")".repeat(60));
    let parentheses = format!("{}1 eq 1{}", "(".repeat(5_000), ")".repeat(5_000));
    let functions = format!("{}line{} eq 'x'", "tolower(".repeat(100), ")".repeat(100));
    let nots = format!("{} active", "not ".repeat(2_000));
    let long = format!("line eq '{}'", "x".repeat(20_000));
    let many = format!("line in ({})", vec!["'x'"; 1_500].join(","));
    let refused: Vec<&str> = vec![
        &deep,
        &parentheses,
        &functions,
        &nots,
        &long,
        &many,
        "",
        "(",
        ")",
        "line",
        "line eq",
        "eq",
        "line eq eq",
        "line eq 'x",
        "line eq x",
        "line = 'x'",
        "nothing eq 1",
        "line eq 'x'; drop table lines",
        "line eq 'x' -- ",
        "line eq 'x' /* */",
        "1; select 1",
        "line eq 5",
        "line_id eq 'x'",
        "line_id gt null and line_id",
        "line_id lt 0199d1a0-0000-7000-8000-000000000000",
        "active gt true",
        "active and line",
        "not line",
        "line in ()",
        "line in ('a' 'b')",
        "line in 'a'",
        "pg_sleep(10) eq 1",
        "gemba.audit(1)",
        "contains(line)",
        "contains(line,'x','y')",
        "contains(line,1)",
        "lower(line) eq 'x'",
        "length(null) eq 1",
        "v.line eq 'x'",
        "efficiency_pct gt 99999999999999999999999999999999999999999999999999999999999999999",
        "efficiency_pct gt 1e999",
        "efficiency_pct gt 0x10",
        "efficiency_pct gt NaN",
        "plant/code eq 'x'",
        "$it/line eq 'x'",
        "line eq \u{0}",
        "line eq 'a\u{0}b'",
        "line eq \"x\"",
        "lines/any(x:x eq 1)",
        "active eq 2027-01-01",
        "line eq $1",
        "line eq ?",
        "line eq 'x' and",
        "and line eq 'x'",
        "line eq 'x' or or line eq 'y'",
        "line.name eq 'x'",
        "\u{202e}line eq 'x'",
        "line eq 2027-13-45",
        "'x'",
        "1",
        "null",
    ];
    for filter in refused.iter().filter(|filter| !filter.is_empty()) {
        let encoded: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let found = read(&office, "planner", &format!("/lines?$filter={encoded}")).await;
        let shown: String = filter.chars().take(60).collect();
        assert_eq!(found.status, 400, "{shown}: {}", found.text);
        let problem = found.json();
        assert_eq!(
            (problem["code"].as_str(), problem["error"]["code"].as_str()),
            (Some("bad_parameter"), Some("bad_parameter")),
            "{shown}"
        );
        assert!(
            problem["error"]["message"].as_str().unwrap().starts_with("$filter: ") && found.header("odata-version") == "4.0",
            "{shown}"
        );
        assert_eq!(read(&office, "planner", &format!("/lines/$count?$filter={encoded}")).await.status, 400, "{shown}");
    }
    for address in [
        "/lines?$orderby=nothing",
        "/lines?$orderby=line up",
        "/lines?$orderby=line;drop",
        "/lines?$orderby=line,area,active,archived,plant_id,line_id",
        "/lines?$select=nothing",
        "/lines?$select=line,%22x%22",
        "/lines?$top=-1",
        "/lines?$top=1.5",
        "/lines?$top=99999999999",
        "/lines?$skip=x",
        "/lines?$count=maybe",
        "/lines?$apply=",
        "/lines?$apply=aggregate()",
        "/lines?$apply=aggregate($count as n",
        "/lines?$apply=aggregate($count as n)/aggregate($count as m)",
        "/lines?$apply=aggregate($count as n,$count as n)",
        "/lines?$apply=aggregate($count as n;drop)",
        "/lines?$apply=aggregate($count as %22n%22)",
        "/lines?$apply=aggregate(line with sum as n)",
        "/lines?$apply=aggregate(line_id with max as n)",
        "/lines?$apply=aggregate(nothing with max as n)",
        "/lines?$apply=aggregate(line with pg_sleep as n)",
        "/lines?$apply=groupby(area)",
        "/lines?$apply=groupby((nothing))",
        "/lines?$apply=groupby((area),aggregate($count as area))",
        "/lines?$apply=groupby((area),concat(a,b))",
        "/lines?$apply=filter(active)",
        "/lines?$apply=filter(line eq 5)/aggregate($count as n)",
        "/lines?$apply=filter(active))/aggregate($count as n)",
        "/lines?$apply=identity",
        "/lines?$apply=aggregate($count as n)&$filter=active",
        "/lines?$apply=aggregate($count as n)&$orderby=line",
        "/lines/$count?$apply=aggregate($count as n)",
        "/lines?$expand=area",
        "/lines?$search=x",
        "/lines?limit=5",
        "/lines?$top=1&top=2",
        "/lines?$skiptoken=x",
        "/lines?$format=csv",
        "/lines(x)",
        "/lines('x')",
        "/lines()",
        "/lines(0199d1a0-0000-7000-8000-000000000000,1)",
        "/line_loads(1)",
        "/line_loads(result_id=0199d1a0-0000-7000-8000-000000000000)",
        "/line_loads(row_number=1,row_number=2)",
        "/lines(line='x')",
        "/periods('2030' or 1 eq 1)",
    ] {
        let found = read(&office, "planner", address).await;
        assert_eq!(found.status, 400, "{address}: {}", found.text);
    }
    for address in ["/nothing", "/pg_class", "/lines%22", "/custom_values", "/lines(1", "/nothing/$count", "/lines/x/y"] {
        assert_eq!(read(&office, "planner", address).await.status, 404, "{address}");
    }
    // A link that another set, or another order, gave out; and one that somebody made.
    for cursor in [
        json!({ "s": "lines:", "v": ["x"], "i": testkit::new_id() }),
        json!({ "s": "lines:", "v": [], "i": testkit::new_id() }),
        json!({ "s": "lines:", "v": [1], "i": testkit::new_id() }),
        json!({ "s": "areas:", "v": [testkit::new_id()], "i": testkit::new_id() }),
    ] {
        let cursor: platform::http::Cursor = serde_json::from_value(cursor).unwrap();
        assert_eq!(read(&office, "planner", &format!("/lines?$skiptoken={}", cursor.text())).await.status, 400);
    }
    // It only reads.
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let request = Request::builder()
            .method(method)
            .uri("/api/v1/odata/lines")
            .header("authorization", "Bearer planner")
            .body(Body::empty())
            .unwrap();
        let status = office.router.clone().oneshot(request).await.unwrap().status();
        assert_eq!(status, 405);
    }
}
