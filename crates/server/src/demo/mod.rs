//! The demo organization: Tavira Electronics with three plants, people of every role, and a second organization that sees none of it.
//!
//! It enters through the same verbs as everybody: its people are invited and granted roles by identity's actions, its rows go through the
//! walls as `system:demo`, and everything is in the trail.
//!
//! **Invariant:** loading again changes nothing that is there, and completes what an interruption left out.
//! **Invariant:** everything here is invented.

mod dice;
mod floor;
mod history;
mod material;
pub mod play;
mod story;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

use identity::Identity;
use identity::admin::{self, First, Judge, NewGrant};
use planning::results::Packed;
use planning::scenarios::{Scenario, ScenarioId};
use planning::{layout, results};
use platform::ids::{OrganizationId, PlantId, RegionId, RequestId};
use platform::places::{Plant, Region};
use platform::resource::{self, How, Kind, Kinds, Record as _};
use platform::{Caller, Database, Error, Result, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::serve;
use story::{OTHER, Organization, Person, TAVIRA, Where};

/// Counts what the demo organization gained over time: a newer program completes the data of an older one.
pub const VERSION: u32 = 3;

/// What to do about the passwords of accounts that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// They keep theirs.
    Keep,
    /// They get the given one too, and are signed out.
    Set,
}

/// Loads both organizations; `password` opens every account.
///
/// # Errors
/// What the database refused.
pub async fn load(database: &Database, identity: &Identity, password: &str, existing: Existing) -> Result<()> {
    for story in [&TAVIRA, &OTHER] {
        load_organization(database, identity, story, password, existing).await?;
    }
    Ok(())
}

/// Whether the demo organization is there.
///
/// # Errors
/// What the database refused.
pub async fn is_there(identity: &Identity) -> Result<bool> {
    match admin::find_organization(identity, TAVIRA.slug).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind == platform::error::Kind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The accounts of the demo organization: address, role, where it counts.
pub fn accounts() -> impl Iterator<Item = (String, &'static str, &'static str)> {
    let place = |person: &Person| match person.at {
        Where::Everywhere => "all plants",
        Where::Region(name) => name,
        Where::Plant(code) => TAVIRA.plants.iter().find(|plant| plant.code == code).map_or(code, |plant| plant.name),
    };
    [&TAVIRA, &OTHER].into_iter().flat_map(move |story| {
        story
            .people
            .iter()
            .map(move |person| (address(story, person), person.title, if story.slug == TAVIRA.slug { place(person) } else { story.name }))
    })
}

async fn load_organization(
    database: &Database,
    identity: &Identity,
    story: &Organization,
    password: &str,
    existing: Existing,
) -> Result<()> {
    let Some((first, others)) = story.people.split_first() else { return Ok(()) };
    let email = address(story, first);
    let found = match admin::find_organization(identity, story.slug).await {
        Ok(organization) => Some(organization),
        Err(error) if error.kind == platform::error::Kind::NotFound => None,
        Err(error) => return Err(error),
    };
    let organization = match found {
        Some(organization) => organization,
        None => {
            let wanted =
                First { name: story.name, slug: story.slug, operates: story.operates, admin_email: &email, admin_name: first.name };
            admin::create_organization(identity, &wanted).await?.organization
        }
    };
    let mut tx = database.begin(&caller(database, organization)).await?;
    if found.is_none() || existing == Existing::Set {
        let user = admin::find_user(&mut tx, &email).await?;
        admin::set_password(&mut tx, identity, user, password, Judge::NotAtAll).await?;
    }
    let kinds = serve::kinds();
    load_sites(&mut tx, &kinds, story).await?;
    tx.commit().await?;
    if story.makes_the_example {
        let mut tx = database.begin(&caller(database, organization)).await?;
        load_factory(&mut tx, &kinds).await?;
        load_plan(&mut tx, &kinds).await?;
        let organization = tx.caller().organization;
        if let Some(row) = tx.query_opt("select id from plants where organization_id = $1 and code = 'HMO'", &[&organization]).await? {
            material::furnish(&mut tx, &kinds, row.get(0)).await?;
        }
        tx.commit().await?;
    }
    for person in others {
        let mut tx = database.begin(&caller(database, organization)).await?;
        load_person(&mut tx, identity, story, person, password, existing).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A person in one transaction: whoever is there can sign in.
async fn load_person(
    tx: &mut Tx,
    identity: &Identity,
    story: &Organization,
    person: &Person,
    password: &str,
    existing: Existing,
) -> Result<()> {
    let email = address(story, person);
    match admin::find_user(tx, &email).await {
        Ok(user) if existing == Existing::Set => admin::set_password(tx, identity, user, password, Judge::NotAtAll).await,
        Ok(_) => Ok(()),
        Err(error) if error.kind == platform::error::Kind::NotFound => {
            let grant = grant(tx, person).await?;
            let made = admin::create_user(tx, identity, &email, person.name, vec![grant]).await?;
            admin::set_password(tx, identity, made.user, password, Judge::NotAtAll).await
        }
        Err(error) => Err(error),
    }
}

async fn grant(tx: &mut Tx, person: &Person) -> Result<NewGrant> {
    let organization = tx.caller().organization;
    let mut grant = NewGrant { role: person.role.into(), ..NewGrant::default() };
    match person.at {
        Where::Everywhere => {}
        Where::Region(name) => {
            let row = tx.query_one("select id from regions where organization_id = $1 and name = $2", &[&organization, &name]).await?;
            grant.region_id = Some(row.get::<_, RegionId>(0).0);
        }
        Where::Plant(code) => {
            let row = tx.query_one("select id from plants where organization_id = $1 and code = $2", &[&organization, &code]).await?;
            grant.plant_id = Some(row.get::<_, PlantId>(0).0);
        }
    }
    Ok(grant)
}

async fn load_sites(tx: &mut Tx, kinds: &Kinds, story: &Organization) -> Result<()> {
    let organization = tx.caller().organization;
    for (name, description) in story.regions {
        let there = tx.query_opt("select id from regions where organization_id = $1 and name = $2", &[&organization, name]).await?;
        if there.is_none() {
            create(tx, kinds, Region::kind(), json!({ "name": name, "description": description })).await?;
        }
    }
    for plant in story.plants {
        let there = tx.query_opt("select id from plants where organization_id = $1 and code = $2", &[&organization, &plant.code]).await?;
        if there.is_none() {
            let region =
                tx.query_opt("select id from regions where organization_id = $1 and name = $2", &[&organization, &plant.region]).await?;
            let body = json!({
                "region_id": region.map(|row| row.get::<_, RegionId>(0).to_string()), "code": plant.code, "name": plant.name,
                "time_zone": plant.time_zone, "country": plant.country, "description": plant.description,
            });
            create(tx, kinds, Plant::kind(), body).await?;
        }
    }
    Ok(())
}

const EXAMPLE: &[u8] = include_bytes!("../../../../examples/plant.xlsx");

/// Which of the example's lines stand in a plant (every nth), what their names begin with, and the plant's share of the example's demand.
const PLANTS: [(&str, usize, &str, f64); 3] = [("HMO", 1, "", 1.0), ("QRO", 2, "Q-", 0.3), ("BRQ", 3, "B-", 0.1)];

/// The example plan as master data: items for the organization; areas, lines, calendars, routings, capabilities, changeovers and demand for
/// its plants. One transaction: it is there whole or not at all.
async fn load_factory(tx: &mut Tx, kinds: &Kinds) -> Result<()> {
    let organization = tx.caller().organization;
    if tx.query_opt("select 1 from items where organization_id = $1 limit 1", &[&organization]).await?.is_some() {
        return Ok(());
    }
    let problem = workbook::read(EXAMPLE, &workbook::ReadOptions::default()).problem;
    let problem = problem.ok_or_else(|| Error::internal("the example plan cannot be read"))?;
    let sites = tx.query("select code, id from plants where organization_id = $1", &[&organization]).await?;
    let sites: HashMap<String, Uuid> = sites.iter().map(|row| (row.get(0), row.get::<_, PlantId>(1).0)).collect();
    let mut new_id = || tx.new_id();
    let master = layout::master(&problem, &mut new_id);
    let mut rows = Vec::new();
    for (code, nth, prefix, share) in PLANTS {
        let Some(id) = sites.get(code) else { continue };
        rows.extend(layout::plant(&problem, &master, &layout::PlantOf { id: *id, nth, prefix, share }, &mut new_id));
    }
    layout::save(tx, kinds, master.rows.into_iter().chain(rows)).await
}

/// The example plan of the first plant as an optimized scenario, and one that asks what a customer's approval would bring.
async fn load_plan(tx: &mut Tx, kinds: &Kinds) -> Result<()> {
    let organization = tx.caller().organization;
    if tx.query_opt("select 1 from scenarios where organization_id = $1 limit 1", &[&organization]).await?.is_some() {
        return Ok(());
    }
    let found = "select p.id, l.id, i.id from plants p, lines l, items i
        where p.organization_id = $1 and l.organization_id = $1 and i.organization_id = $1 and p.code = 'HMO' and l.plant_id = p.id
            and l.name = 'CC-03' and i.name = 'Zonal Controller'";
    let Some(row) = tx.query_opt(found, &[&organization]).await? else { return Ok(()) };
    let (plant, line, item): (Uuid, Uuid, Uuid) = (row.get(0), row.get(1), row.get(2));
    let plan = json!({
        "plant_id": plant, "name": "Plan 2026 to 2030", "tags": ["long-range"], "message": "The plant as it is",
        "description": "What Hermosillo can deliver with the lines, hours and approvals of today",
    });
    let plan = create(tx, kinds, Scenario::kind(), plan).await?;
    let approval = json!({
        "plant_id": plant, "name": "Zonal Controller on CC-03", "tags": ["approval"], "base_id": plan, "base_version": 1,
        "message": "If the customer approves the third coating line from 2028",
        "description": "Coating is the constraint: two of three lines may coat what is wanted most",
        "new_capabilities": [{ "line_id": line, "item_id": item, "approved_from": "2028-01-01" }],
    });
    let approval = create(tx, kinds, Scenario::kind(), approval).await?;
    for scenario in [plan, approval] {
        let asked = results::ask(tx, ScenarioId(scenario), None, None).await?;
        let question = asked.question.clone();
        let solved = tokio::task::spawn_blocking(move || Packed::new(&question, &results::solve(&question, &AtomicBool::new(false))?));
        results::keep(tx, &asked, &solved.await.map_err(Error::internal)??, None).await?;
    }
    Ok(())
}

/// As `POST` on the kind's address would.
async fn create(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, body: Value) -> Result<Uuid> {
    let Value::Object(body) = body else { return Err(Error::internal("a record is a JSON object")) };
    resource::save_one(tx, kinds, kind, body, How::Create).await.map(|saved| saved.id)
}

fn address(story: &Organization, person: &Person) -> String {
    format!("{}@{}.gemba.local", person.local_part, story.slug)
}

fn caller(database: &Database, organization: OrganizationId) -> Caller {
    Caller::system("demo", organization, RequestId(database.context().new_id::<Uuid>()))
}
