//! Lists, and who sees what.

use serde_json::json;

use super::server::Server;

#[tokio::test]
async fn what_is_behind_a_wall_is_not_there_and_a_refusal_says_what_is_missing() {
    let server = Server::new().await;
    let (one, two) = (server.test.organization("One", 2).await, server.test.organization("Two", 1).await);
    let read = "identity.plant.read";
    server.knows("ann", one.person(&[read]));
    server.knows("bob", one.person_at(one.plants[0], &[read, "identity.plant.update"]));
    server.knows("eve", two.person(&[read]));
    server.knows("out", one.person(&[]));
    assert_eq!(server.get("ann", "/plants").await.expect(200).each("code"), ["P1", "P2"]);
    assert_eq!(server.get("bob", "/plants").await.expect(200).each("code"), ["P1"]);
    let refused = server.get("out", "/plants").await.expect(403);
    assert!(refused.json["detail"].as_str().unwrap().contains(read));
    let at = format!("/plants/{}", one.plants[1]);
    server.get("ann", &at).await.expect(200);
    for who in ["bob", "eve"] {
        server.get(who, &at).await.expect(404);
        server.patch(who, &at, "*", json!({"name": "X"})).await.expect(404);
    }
    server.patch("ann", &at, "*", json!({"name": "X"})).await.expect(403);
    server.patch("bob", &format!("/plants/{}", one.plants[0]), "*", json!({"name": "X"})).await.expect(200);
    server.get("nobody", "/plants").await.expect(401);
}

#[tokio::test]
async fn pages_neither_repeat_nor_hide_while_records_come_in() {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 0).await;
    server.knows("ann", tenant.person(&["identity.plant.read", "identity.plant.create"]));
    for number in 0..25 {
        let country = if number % 3 == 0 { json!(null) } else { json!(["DE", "AT"][number % 2]) };
        server
            .post("ann", "/plants", json!({"code": format!("P{number:02}"), "name": format!("Plant {number}"), "country": country}))
            .await
            .expect(201);
    }
    for sort in ["", "country", "-country", "-country,-code", "created_at", "-name"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = server.get("ann", &format!("/plants?limit=4&sort={sort}{cursor}")).await.expect(200);
            seen.extend(page.each("code").into_iter().filter(|code| code.starts_with('P')));
            // One that is made meanwhile, at an end of every order.
            server.post("ann", "/plants", json!({"code": format!("X{}{}", seen.len(), sort.len()), "name": "Z", "country": "AA"})).await;
            match page.json["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let mut codes = seen.clone();
        codes.sort();
        codes.dedup();
        assert_eq!((codes.len(), seen.len()), (25, 25), "sort {sort}");
    }
    server.get("ann", "/plants?cursor=abc").await.expect(400);
}

#[tokio::test]
async fn filters_and_search_find_what_they_say() {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 0).await;
    server.knows("ann", tenant.person(&["identity.plant.read", "identity.plant.create"]));
    for (code, name, country) in
        [("ULM", "Ulm Electronics", Some("DE")), ("LNZ", "Linz 100% Steel", Some("AT")), ("BRN", "Brno_Assembly", None)]
    {
        server.post("ann", "/plants", json!({"code": code, "name": name, "country": country})).await.expect(201);
    }
    let cases = [
        ("code=ULM", vec!["ULM"]),
        ("country[ne]=DE", vec!["BRN", "LNZ"]),
        ("country[in]=DE,AT", vec!["LNZ", "ULM"]),
        ("country[null]=true", vec!["BRN"]),
        ("name[contains]=100%25", vec!["LNZ"]),
        ("name[contains]=_", vec!["BRN"]),
        ("name[starts]=ul", vec!["ULM"]),
        ("name[gte]=L", vec!["LNZ", "ULM"]),
        ("q=elec", vec!["ULM"]),
        ("q=assem%20brno", vec!["BRN"]),
        ("q=lnz", vec!["LNZ"]),
        ("q=nothing", vec![]),
        ("version=1&code[starts]=b", vec!["BRN"]),
        ("created_at[lt]=2001-01-01T00:00:00Z", vec![]),
    ];
    for (query, expected) in cases {
        assert_eq!(server.get("ann", &format!("/plants?sort=code&{query}")).await.expect(200).each("code"), expected, "{query}");
    }
    for query in
        ["nmae=x", "name[like]=x", "version=one", "sort=nmae", "id=7", "limit=0", "fields=nmae", "q[x]=1", "archived=maybe", "name=%00"]
    {
        server.get("ann", &format!("/plants?{query}")).await.expect(400);
    }
    let sparse = server.get("ann", "/plants?fields=code&code=ULM").await.expect(200);
    let members = sparse.json["items"][0].as_object().unwrap().keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(members, ["code", "id"].into());
}
