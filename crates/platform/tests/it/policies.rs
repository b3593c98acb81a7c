//! Policies: what is refused when they are kept, what they do to single records and to lists, and that both are the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use platform::caller::Grants;
use platform::ids::PlantId;
use platform::policy::{Circumstances, Compiled, Facts, LONGEST, Language, PlantFacts, RecordVerb};
use platform::resource::{Choice, Kinds, Record, Rules, count_visible, find, visible};
use platform::{Caller, Permission, PermissionInfo, Reach, Scope};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use testkit::{Tenant, TestDatabase, new_id};

use crate::records::server::Server;

platform::id_type! {
    /// A kettle.
    KettleId,
}

/// A kettle, with a member of every type that policies can speak of.
#[derive(Debug, Record, Serialize, Deserialize)]
#[record(table = "kettles", within = Plant, permission = "test.kettle")]
pub struct Kettle {
    /// The kettle.
    pub id: KettleId,
    /// Its plant, if it has one.
    pub plant_id: Option<PlantId>,
    /// As people call it.
    #[record(search)]
    pub name: String,
    /// Who looks after it.
    pub keeper: Option<String>,
    /// What it is made of.
    pub metal: Metal,
    /// How often it boiled.
    pub boils: i64,
    /// What it holds.
    #[record(unit = "l", decimals = 6)]
    pub litres: Option<Decimal>,
    /// Whether it is on.
    pub is_on: bool,
    /// When it is to be descaled.
    pub due: Option<Date>,
    /// When it boiled last.
    pub boiled_at: Option<Timestamp>,
    /// The kettle it replaced.
    pub former_id: Option<KettleId>,
    /// Words to find it by.
    pub tags: Vec<String>,
}

/// What a kettle is made of.
#[derive(Clone, Copy, Debug, Choice, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metal {
    /// Copper.
    Copper,
    /// Steel.
    Steel,
}

impl Rules for Kettle {}

const TABLE: &str = "set role gemba_owner;
create table kettles (name text not null, keeper text, metal text not null, boils bigint not null, litres numeric, is_on boolean not null, due date,
    boiled_at timestamptz, former_id uuid, tags jsonb not null default '[]');
call gemba.record('kettles', 'kettle', 'either');
reset role;";

fn kinds() -> Kinds {
    Kinds::new(platform::places::kinds().into_iter().chain([Kettle::kind()]))
}

fn language() -> Language {
    let own =
        [PermissionInfo::plant("test.kettle.descale", "Descale"), PermissionInfo::organization("identity.policy.activate", "Activate")];
    let all: Vec<PermissionInfo> = kinds().iter().flat_map(|kind| kind.permissions()).chain(own).collect();
    let verb =
        RecordVerb { permission: Permission("test.kettle.descale"), kind: "kettle", told: "kettle.descaled", amount: Some("litres") };
    Language::new(&kinds(), all, &[verb]).unwrap()
}

fn wrong(text: &str) -> Vec<(&'static str, String)> {
    let errors = Compiled::check(text, &language()).map(|_| ()).unwrap_err();
    assert!(errors.iter().all(|error| error.pointer == "/text" && error.detail.starts_with("line ")), "{errors:?}");
    errors.into_iter().map(|error| (error.code, error.detail)).collect()
}

#[test]
fn what_is_wrong_with_a_text_is_told_with_line_and_column() {
    let cases = [
        ("permit (principal, action, resource);", "policy_widens", "line 1, column 1"),
        ("forbid (principal, action, resource);", "policy_unnamed", "line 1, column 1"),
        ("@id(\"a b\") forbid (principal, action, resource);", "policy_unnamed", "line 1, column 1"),
        ("@id(\"a\") forbid (principal, action, resource)", "policy_unreadable", "line 1, column"),
        ("\n\n  @id(\"a\") forbid (principal, action, resource) when { 1 };", "policy_wrong", "line 3, column"),
        ("@id(\"a\") forbid (principal, action == Action::\"test.kettle.boil\", resource);", "policy_wrong", "line 1, column"),
        (
            "@id(\"a\") forbid (principal, action == Action::\"test.kettle.update\", resource)\nwhen { resource.colour == \"red\" };",
            "policy_wrong",
            "line 2, column",
        ),
        (
            "@id(\"a\") forbid (principal, action == Action::\"test.kettle.update\", resource)\nwhen { resource.keeper == \"Ann\" };",
            "policy_wrong",
            "line 2, column",
        ),
        ("@id(\"a\") forbid (principal, action == Action::\"identity.policy.activate\", resource);", "policy_wrong", "line 1, column"),
        ("@id(\"a\") forbid (principal == ?principal, action, resource);", "policy_unreadable", "line 1, column"),
        ("@id(\"a\") forbid (principal, action == Action::\"test.kettle.update\", resource is Plant);", "policy", "line 1, column"),
        (
            "@id(\"a\") forbid (principal, action, resource);\n@id(\"a\") forbid (principal, action, resource);",
            "policy_named_twice",
            "line 2, column 1",
        ),
    ];
    for (text, code, place) in cases {
        let found = wrong(text);
        assert!(found.iter().any(|(found, detail)| found.starts_with(code) && detail.starts_with(place)), "{text}: {found:?}");
    }
}

#[test]
fn what_cannot_be_asked_of_lists_is_refused_with_its_place() {
    let about = |action: &str, condition: &str| {
        format!("@id(\"a\") forbid (principal, action == Action::\"{action}\", resource)\nwhen {{\n  {condition} }};")
    };
    for condition in ["resource.boils + 1 > 5", "resource has due && resource.due.toTime() > duration(\"1h\")", "resource.boils * 2 == 4"] {
        for action in ["test.kettle.read", "test.kettle.export"] {
            let found = wrong(&about(action, condition));
            assert_eq!(found[0].0, "policy_not_listable", "{condition}: {found:?}");
            assert!(found[0].1.starts_with("line 3, column "), "{found:?}");
        }
        // Where single records are decided it is no trouble.
        Compiled::check(&about("test.kettle.update", condition), &language()).unwrap();
    }
}

#[test]
fn hostile_texts_are_refused_in_time() {
    let deep = format!("@id(\"a\") forbid (principal, action, resource) when {{ {}true{} }};", "(".repeat(5_000), ")".repeat(5_000));
    let long = format!("@id(\"a\") forbid (principal, action, resource) when {{ 1{} > 0 }};", " + 1".repeat(10_000));
    let wide = format!("@id(\"a\") forbid (principal, action, resource) when {{ {} }};", vec!["if true then"; 300].join(" "));
    for (text, code) in [
        ("x".repeat(1 << 20), "too_long"),
        ((0..10_000).map(|n| format!("@id(\"p{n}\") forbid (principal, action, resource);")).collect::<String>(), "too_long"),
        ("a;".repeat(5_000), "too_many"),
        (deep, "too_deep"),
        (long, "too_long"),
        (wide, "policy_unreadable"),
    ] {
        assert_eq!(wrong(&text)[0].0, code, "{}", &text[..60]);
    }
    const { assert!(LONGEST < 1 << 20) };
    // What is as large as may be is judged.
    let most: String = (0..200)
        .map(|n| format!("@id(\"p{n}\")forbid(principal,action==Action::\"test.kettle.update\",resource)when{{resource.boils>{n}}};\n"))
        .collect();
    assert_eq!(Compiled::check(&most, &language()).unwrap().rules().len(), 200);
    let chain = format!(
        "@id(\"a\") forbid (principal, action == Action::\"test.kettle.update\", resource) when {{ resource.boils{} > 0 }};",
        " + 1".repeat(400)
    );
    Compiled::check(&chain, &language()).unwrap();
}

/// A tenant with two plants in two zones, and who asks there.
struct Asker {
    tenant: Tenant,
    at: Timestamp,
}

impl Asker {
    fn caller(&self, text: &str, facts: Facts) -> Caller {
        let compiled = Compiled::check(text, &language()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        let all: Vec<&str> = [
            "test.kettle.read",
            "test.kettle.create",
            "test.kettle.update",
            "test.kettle.export",
            "test.kettle.descale",
            "identity.plant.read",
        ]
        .into();
        let caller = self.tenant.person(&all);
        let zones = ["Europe/Berlin", "America/Los_Angeles"];
        let plants: Vec<_> = self
            .tenant
            .plants
            .iter()
            .zip(zones)
            .enumerate()
            .map(|(at, (plant, zone))| PlantFacts { id: *plant, code: format!("P{}", at + 1), zone: zone.into() })
            .collect();
        let policies = Some(Arc::new(Circumstances::new(Arc::new(compiled), facts, &plants, self.at)));
        let grants = Grants { policies, roles: ["planner".to_string()].into(), ..Grants::clone(&caller.grants) };
        Caller { grants: grants.into(), ..caller }
    }
}

async fn asker(test: &TestDatabase) -> Asker {
    let tenant = test.organization("One", 2).await;
    // A Monday, 08:30 in Berlin, 23:30 of the Sunday before in Los Angeles.
    Asker { tenant, at: "2026-11-02T07:30:00Z".parse().unwrap() }
}

fn condition() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        Just("resource.name == \"K1\""),
        Just("resource.name like \"*2\""),
        Just("resource.name like \"K_\""),
        Just("resource has keeper"),
        Just("(resource has keeper && resource.keeper != \"Ann\")"),
        Just("resource.metal == \"steel\""),
        Just("resource.boils > 5"),
        Just("5 <= resource.boils"),
        Just("resource.boils != context.weekday"),
        Just("[1, 5, 7].contains(resource.boils)"),
        Just("[\"K1\", \"K3\"].contains(resource.name)"),
        Just("(resource has litres && resource.litres.lessThan(decimal(\"1.5\")))"),
        Just("(resource has litres && resource.litres == decimal(\"2.3457\"))"),
        Just("resource.is_on"),
        Just("resource.is_on == true"),
        Just("resource.is_archived"),
        Just("(resource has due && resource.due < datetime(\"2026-11-02\"))"),
        Just("(resource has boiled_at && resource.boiled_at >= context.at)"),
        Just("(resource has boiled_at && resource.boiled_at == datetime(\"2026-11-02T07:30:00.123Z\"))"),
        Just("(resource has boiled_at && resource has due && resource.boiled_at > resource.due)"),
        Just("(resource has former_id && resource.former_id == resource.id)"),
        Just("(resource has former_id && resource.former_id like \"0*\")"),
        Just("resource.tags.contains(\"x\")"),
        Just("resource.tags.containsAny([\"y\", \"z\"])"),
        Just("resource.tags.containsAll([\"x\", \"y\"])"),
        Just("resource.tags.isEmpty()"),
        Just("resource has plant"),
        Just("(resource has plant && resource.plant.code == \"P2\")"),
        Just("(resource has plant && resource.plant.zone like \"Europe*\")"),
        Just("context.minute_of_day >= 600"),
        Just("context.weekday == 7"),
        Just("principal.certifications.contains(\"boiling\")"),
        Just("principal.roles.contains(\"planner\")"),
        Just("(context has ip && context.ip.isInRange(ip(\"192.0.2.0/24\")))"),
        Just("resource.created_by == principal.label"),
        Just("resource is Kettle"),
    ]
    .prop_map(String::from);
    // Something that cannot be evaluated, and something like it that can.
    let failing = prop_oneof![Just("(9223372036854775807 + 1 > 0)".to_string()), Just("(1 - 9223372036854775807 * 2 < 0)".to_string())];
    prop_oneof![12 => atom, 1 => failing].prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} && {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} || {right})")),
            inner.clone().prop_map(|inner| format!("!({inner})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
        ]
    })
}

fn policies() -> impl Strategy<Value = String> {
    let one = (condition(), proptest::option::of(condition()), 0..3_usize).prop_map(|(when, unless, who)| {
        let who = ["principal", "principal is User", "principal is Service"][who];
        let unless = unless.map(|unless| format!(" unless {{ {unless} }}")).unwrap_or_default();
        format!("forbid ({who}, action == Action::\"test.kettle.read\", resource) when {{ {when} }}{unless};")
    });
    proptest::collection::vec(one, 1..3)
        .prop_map(|all| all.into_iter().enumerate().map(|(at, text)| format!("@id(\"p{at}\") {text}\n")).collect())
}

/// Rows that differ in every member, with and without a plant.
async fn kettles(test: &TestDatabase, asker: &Asker, caller: &Caller) -> Vec<uuid::Uuid> {
    let admin = test.admin().await;
    let mut ids = Vec::new();
    for number in 0..24_i64 {
        let id = new_id();
        ids.push(id);
        let plant = match number % 5 {
            0 => None,
            odd => Some(asker.tenant.plants[(odd % 2) as usize].0),
        };
        let some = |every: i64, text: &str| (number % every != 0).then(|| text.to_string());
        let values: [Option<String>; 8] = [
            some(3, if number % 2 == 0 { "Ann" } else { "Bob" }),
            some(4, ["1.49999", "2.34565", "1.5", "-0.00005"][(number % 4) as usize]),
            some(5, ["2026-11-01", "2026-11-02", "2027-01-31"][(number % 3) as usize]),
            some(2, ["2026-11-02T07:30:00.1239Z", "2026-11-02T07:29:59Z", "2026-11-30T00:00:00Z"][(number % 3) as usize]),
            (number % 3 == 0).then(|| if number % 2 == 0 { id.to_string() } else { new_id().to_string() }),
            Some(["[]", "[\"x\"]", "[\"x\", \"y\"]", "[\"z\"]"][(number % 4) as usize].into()),
            Some(if number % 2 == 0 { caller.principal.label() } else { "system:test".into() }),
            (number % 7 == 0).then(|| "2026-10-01T00:00:00Z".into()),
        ];
        let name = format!("K{}", number % 4);
        let metal = if number % 3 == 0 { "steel" } else { "copper" };
        let text = "insert into kettles (organization_id, id, plant_id, name, keeper, metal, boils, litres, is_on, due, boiled_at, former_id, tags,
                created_by, archived_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8::text::numeric, $9, $10::text::date, $11::text::timestamptz, $12::text::uuid, $13::text::jsonb, $14,
                $15::text::timestamptz)";
        let on = number % 2 == 1;
        let organization = asker.tenant.organization.0;
        admin
            .execute(
                text,
                &[
                    &organization,
                    &id,
                    &plant,
                    &name,
                    &values[0],
                    &metal,
                    &(number % 9),
                    &values[1],
                    &on,
                    &values[2],
                    &values[3],
                    &values[4],
                    &values[5],
                    &values[6],
                    &values[7],
                ],
            )
            .await
            .unwrap();
    }
    ids
}

/// The law: what a list shows under policies is what single decisions leave of it, for any policies over any rows.
#[test]
fn a_list_shows_what_single_decisions_leave_of_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (server, asker, ids) = runtime.block_on(async {
        let server = Server::with(kinds()).await;
        server.test.admin().await.batch_execute(TABLE).await.unwrap();
        let asker = asker(&server.test).await;
        let me = asker.caller("", Facts::default());
        let ids = kettles(&server.test, &asker, &me).await;
        (server, asker, ids)
    });
    let mut runner = TestRunner::new(Config { cases: 250, failure_persistence: None, ..Config::default() });
    let certified = proptest::bool::ANY;
    let outcome = runner.run(&(policies(), certified), |(text, certified)| {
        let compiled = Compiled::check(&text, &language());
        if let Err(errors) = &compiled {
            // What never applies is refused; nothing else of this grammar is.
            prop_assert!(errors.iter().all(|error| error.code == "policy_never_applies"), "{text}: {errors:?}");
            return Ok(());
        }
        let certifications = if certified { vec!["boiling".to_string()] } else { Vec::new() };
        let caller = asker.caller(&text, Facts { certifications, ..Facts::default() });
        server.knows("me", caller.clone());
        let (listed, single, counted) = runtime.block_on(async {
            let listed = server.get("me", "/kettles?archived=include&limit=100").await;
            let listed: BTreeSet<String> = match listed.status.as_u16() {
                200 => listed.each("id").into_iter().collect(),
                403 => BTreeSet::new(),
                other => panic!("{other}: {}", listed.json),
            };
            let mut single = BTreeSet::new();
            let mut tx = server.test.database.read(&caller).await.unwrap();
            for id in &ids {
                let record = find(&mut tx, Kettle::kind(), *id).await.unwrap().unwrap();
                if visible(&caller, Kettle::kind(), &record) {
                    single.insert(id.to_string());
                }
            }
            let counted = count_visible(&mut tx, Kettle::kind()).await.unwrap();
            tx.commit().await.unwrap();
            (listed, single, counted)
        });
        prop_assert_eq!(&listed, &single, "{}", text);
        prop_assert!(counted.1 <= counted.0);
        Ok(())
    });
    outcome.unwrap();
}

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    /// The law: whatever policies say, nobody may do more than roles grant.
    #[test]
    fn policies_only_narrow(text in policies(), granted in proptest::collection::btree_set(0..4_usize, 0..4), at_plant in proptest::bool::ANY) {
        let names = ["test.kettle.read", "test.kettle.update", "test.kettle.descale", "identity.plant.read"];
        let Ok(compiled) = Compiled::check(&text, &language()) else { return Ok(()) };
        let tenant = Tenant { organization: platform::ids::OrganizationId(new_id()), plants: vec![PlantId(new_id()), PlantId(new_id())] };
        let some: Vec<&str> = granted.iter().map(|at| names[*at]).collect();
        let plain = if at_plant { tenant.person_at(tenant.plants[0], &some) } else { tenant.person(&some) };
        let facts = |plant: &PlantId| PlantFacts { id: *plant, code: "P1".into(), zone: "UTC".into() };
        let plants: Vec<_> = tenant.plants.iter().map(facts).collect();
        let policies = Some(Arc::new(Circumstances::new(Arc::new(compiled), Facts::default(), &plants, "2026-11-02T07:30:00Z".parse().unwrap())));
        let narrowed = Caller { grants: Grants { policies, ..Grants::clone(&plain.grants) }.into(), ..plain.clone() };
        for name in names {
            let permission = Permission(name);
            for scope in [Scope::Organization, Scope::Plant(tenant.plants[0]), Scope::Plant(tenant.plants[1])] {
                prop_assert!(!narrowed.may(permission, scope) || plain.may(permission, scope));
                prop_assert_eq!(narrowed.require(permission, scope).is_ok(), narrowed.may(permission, scope));
            }
            let held = |reach: &Reach, plant| reach.holds(plant);
            for plant in &tenant.plants {
                prop_assert!(!held(&narrowed.reach_of(permission), *plant) || held(&plain.reach_of(permission), *plant));
            }
            prop_assert!(!narrowed.may_somewhere(permission) || plain.may_somewhere(permission));
        }
    }
}

#[tokio::test]
async fn a_policy_that_fails_forbids_and_is_named() {
    let test = TestDatabase::new().await;
    let asker = asker(&test).await;
    let text = "@id(\"overflow\") forbid (principal, action == Action::\"test.kettle.update\", resource) when { resource.boils * 9223372036854775807 > 0 };";
    let caller = asker.caller(text, Facts::default());
    let record = json!({ "id": new_id(), "plant_id": asker.tenant.plants[0], "name": "K", "metal": "steel", "boils": 3, "is_on": true, "tags": [], "created_by": "x" });
    let update = Permission("test.kettle.update");
    let refused = platform::resource::permitted(&caller, Kettle::kind(), update, record.as_object().unwrap(), None).unwrap_err();
    assert_eq!((refused.code, refused.fields[0].code), ("policy_forbids", "policy_failed"));
    assert!(refused.detail.contains("overflow") && refused.fields[0].detail.starts_with("overflow: "), "{refused:?}");
    let once = json!({ "id": new_id(), "plant_id": asker.tenant.plants[0], "name": "K", "metal": "steel", "boils": 0, "is_on": true, "tags": [], "created_by": "x" });
    platform::resource::permitted(&caller, Kettle::kind(), update, once.as_object().unwrap(), None).unwrap();
}

#[tokio::test]
async fn a_record_that_a_policy_hides_is_nowhere() {
    let server = Server::with(kinds()).await;
    server.test.admin().await.batch_execute(TABLE).await.unwrap();
    let asker = asker(&server.test).await;
    let plain = asker.caller("", Facts::default());
    server.knows("all", plain);
    let text = "@id(\"steel\") forbid (principal, action in [Action::\"test.kettle.read\", Action::\"test.kettle.export\"], resource) when { resource.metal == \"steel\" };
        @id(\"cold\") @refusal(\"kettles that are on are left alone\") forbid (principal, action == Action::\"test.kettle.update\", resource) when { resource.is_on };";
    server.knows("ann", asker.caller(text, Facts::default()));
    let plant = asker.tenant.plants[0];
    let kettle = |name: &str, metal: &str, on: bool| json!({ "plant_id": plant, "name": name, "metal": metal, "boils": 1, "is_on": on, "tags": ["x"] });
    let steel = server.post("all", "/kettles", kettle("S", "steel", false)).await.expect(201).id();
    let copper = server.post("all", "/kettles", kettle("C", "copper", false)).await.expect(201).id();
    for path in ["", "/history", "/comments"] {
        server.get("ann", &format!("/kettles/{steel}{path}")).await.expect(404);
        server.get("ann", &format!("/kettles/{copper}{path}")).await.expect(200);
    }
    for query in ["", "?q=S", "?metal=steel", "?sort=-name", "?archived=include", "?id[in]="] {
        let query = if query.ends_with("[in]=") { format!("{query}{steel},{copper}") } else { query.to_string() };
        let found = server.get("ann", &format!("/kettles{query}")).await.expect(200).each("id");
        assert!(!found.contains(&steel), "{query}");
    }
    let file = server.get("ann", "/kettles/export").await.expect(200);
    let file = String::from_utf8(file.bytes).unwrap();
    assert!(file.contains(&copper) && !file.contains(&steel));
    for (path, body) in [("", json!({ "name": "T" })), ("", json!({ "is_on": true }))] {
        server.patch("ann", &format!("/kettles/{steel}{path}"), "*", body).await.expect(404);
    }
    server.post("ann", &format!("/kettles/{steel}/comments"), json!({ "body": "?" })).await;
    // A change is refused by what the record is and by what it would be.
    let refused = server.patch("ann", &format!("/kettles/{copper}"), "*", json!({ "is_on": true })).await.expect(403);
    assert_eq!(refused.json["code"], "policy_forbids");
    assert_eq!(refused.json["detail"], "kettles that are on are left alone (policy cold)");
    server.patch("ann", &format!("/kettles/{copper}"), "*", json!({ "name": "D" })).await.expect(200);
    server.patch("all", &format!("/kettles/{copper}"), "*", json!({ "is_on": true })).await.expect(200);
    server.patch("ann", &format!("/kettles/{copper}"), "*", json!({ "is_on": false })).await.expect(403);
    // What it was while it was hidden stays hidden when it is seen again.
    server.patch("all", &format!("/kettles/{steel}"), "*", json!({ "name": "secret", "keeper": "Ann" })).await.expect(200);
    server.patch("all", &format!("/kettles/{steel}"), "*", json!({ "metal": "copper" })).await.expect(200);
    server.patch("all", &format!("/kettles/{steel}"), "*", json!({ "name": "open" })).await.expect(200);
    let history = server.get("ann", &format!("/kettles/{steel}/history")).await.expect(200);
    assert_eq!(history.each("action"), ["kettle.updated"]);
    assert!(!history.json.to_string().contains("keeper"), "{}", history.json);
}
