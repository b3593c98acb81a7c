//! The policy matrix: what every built-in role allows, at the own plant, at another plant, in another organization, decided by the database and
//! the caller that comes of it.

use http::header::COOKIE;
use identity::matrix::{self, Place};
use identity::roles::built_in::BUILT_IN;
use platform::http::Authenticate;
use platform::{Caller, Scope};

use crate::site::Site;

#[tokio::test]
async fn the_policy_matrix_is_the_committed_one() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let stranger = site.company("apex", false).await;
    let mut callers = Vec::new();
    for role in BUILT_IN {
        for place in [Place::Organization, Place::Plant(company.plants[0])] {
            let plant = match place {
                Place::Organization => None,
                Place::Plant(plant) => Some(plant),
            };
            let name = format!("{}-{}", role.key.replace('_', "-"), if plant.is_some() { "plant" } else { "whole" });
            site.person(&company, &name, &[(role.key, plant)]).await;
            callers.push((role.key, place, caller(&site, &format!("{name}@acme.example")).await));
        }
    }
    let found =
        |key: &str, place: Place| callers.iter().find(|(role, at, _)| *role == key && *at == place).map(|(.., caller)| caller).unwrap();
    for (role, place, caller) in &callers {
        // Another organization's plant is not among what is reached by plant, and not a row of the other organization is in sight.
        assert!(stranger.plants.iter().all(|plant| !caller.grants.plants.contains_key(plant)), "{role}");
        let rows = site.database().read(caller).await.unwrap();
        let rows = rows.query_once("select id from plants order by code", &[]).await.unwrap();
        let seen: Vec<platform::ids::PlantId> = rows.iter().map(|row| row.get(0)).collect();
        match place {
            Place::Organization => assert_eq!(seen, company.plants, "{role}"),
            Place::Plant(plant) => assert_eq!(seen, [*plant], "{role}"),
        }
    }
    let text = matrix::render(site.identity.catalogue().all(), company.plants[0], company.plants[2], |key, place| {
        found(key, place).grants.as_ref().clone()
    });
    let committed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policy-matrix.txt");
    let expected = std::fs::read_to_string(&committed).unwrap_or_default();
    if text != expected {
        std::fs::write(committed.with_extension("found.txt"), &text).unwrap();
    }
    assert!(
        text == expected,
        "rights have changed: compare policy-matrix.found.txt with policy-matrix.txt, and commit it if that is meant\n{text}"
    );
    let viewer = found("viewer", Place::Organization);
    assert!(!viewer.grants.organization.names().any(|name| name.ends_with(".export")), "a viewer exports nothing");
    let tenant_admin = found("tenant_admin", Place::Organization);
    assert!(tenant_admin.may(platform::Permission("factory.line.update"), Scope::Plant(company.plants[2])));
}

/// The caller that a signed-in browser is.
async fn caller(site: &Site, email: &str) -> Caller {
    let browser = site.signed_in(email).await;
    let cookie = format!("gemba_session={}", browser.cookie("gemba_session").unwrap());
    let (parts, ()) = http::Request::get("/").header(COOKIE, cookie).body(()).unwrap().into_parts();
    site.identity.caller(&parts).await.unwrap()
}
