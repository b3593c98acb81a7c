//! The schema `bi`: what its readers see of a plan, and every way out of their walls that somebody with a login could try.

use platform::feed::accounts::{self, Made, NewAccount};
use platform::ids::PlantId;
use serde_json::json;
use testkit::{Tenant, TestDatabase};

use crate::planning::Office;

pub async fn account(test: &TestDatabase, tenant: &Tenant, name: &str, plants: Vec<PlantId>) -> Made {
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    let made = accounts::open(&mut tx, &NewAccount { name, plants, days: Some(30), connections: 4 }).await.unwrap();
    tx.commit().await.unwrap();
    // As `gemba migrate --print-roles` leaves a database.
    let database =
        "do $$ begin execute format('grant connect on database %I to gemba_owner, gemba_app, gemba_auditor', current_database()); end $$";
    test.admin().await.batch_execute(database).await.unwrap();
    // As a superuser would; twice, because it may be run again.
    test.admin().await.batch_execute(&made.sql).await.unwrap();
    test.admin().await.batch_execute(&made.sql).await.unwrap();
    made
}

pub async fn forget(test: &TestDatabase, made: &Made) {
    let role = &made.role;
    test.admin().await.batch_execute(&format!("drop owned by {role}; drop role {role}")).await.unwrap();
}

/// Every view there is.
async fn views(test: &TestDatabase) -> Vec<String> {
    let sql = "select relname::text from pg_class where relnamespace = 'bi'::regnamespace order by 1";
    test.admin().await.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn an_analyst_reads_plans_with_the_figures_of_the_api() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    office.optimized(&scenario).await;
    let made = account(&office.test, &office.tenant, "Power BI", Vec::new()).await;
    let analyst = office.test.login(&made.role).await.unwrap();

    let plan = office.get("planner", &format!("/scenarios/{scenario}/results")).await.ok()["plan"].clone();
    for (view, list) in [
        ("allocations", "allocations"),
        ("line_loads", "lines"),
        ("area_loads", "area_loads"),
        ("unmet", "unmet"),
        ("constraints", "constraints"),
        ("supply", "finished"),
        ("periods", "periods"),
    ] {
        let rows: i64 = analyst.query_one(&format!("select count(*) from {view}"), &[]).await.unwrap().get(0);
        assert_eq!(rows as usize, plan[list].as_array().unwrap().len(), "{view}");
    }
    let sum = |list: &str, member: &str| plan[list].as_array().unwrap().iter().map(|entry| entry[member].as_f64().unwrap()).sum::<f64>();
    let sql = "select (select sum(units) from allocations), (select sum(hours_used) from line_loads), (select sum(units) from unmet),
        (select finished_units from results where newest), (select sum(delivered_units) from supply),
        (select count(*) from plant_plans p join results r using (result_id) join scenarios s on s.scenario_id = r.scenario_id),
        (select count(*) from line_loads l join lines using (line_id)), (select count(*) from line_loads),
        (select count(*) from allocations a join items i using (item_id) where i.code = a.item or i.item = a.item), (select count(*) from allocations)";
    let row = analyst.query_one(sql, &[]).await.unwrap();
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-6 * expected.max(1.0), "{found} is not {expected}");
    near(row.get(0), sum("allocations", "units"));
    near(row.get(1), sum("lines", "hours_used"));
    near(row.get(2), sum("unmet", "units"));
    near(row.get(3), plan["summary"]["finished_units"].as_f64().unwrap());
    near(row.get(4), sum("finished", "delivered_units"));
    assert_eq!(row.get::<_, i64>(5), 1);
    assert_eq!(row.get::<_, i64>(6), row.get::<_, i64>(7), "every line of the plan is a line of the plant");
    assert_eq!(row.get::<_, i64>(8), row.get::<_, i64>(9), "every model of the plan is an item");

    // Results from before there were figures get theirs when they are asked for again.
    office.test.admin().await.batch_execute("delete from plan_figures").await.unwrap();
    assert_eq!(office.optimized(&scenario).await["result"]["from_cache"], true);
    let rows: i64 = analyst.query_one("select count(*) from line_loads", &[]).await.unwrap().get(0);
    assert_eq!(rows as usize, 2 * plan["lines"].as_array().unwrap().len(), "of both results");
    forget(&office.test, &made).await;
}

#[tokio::test]
async fn whatever_a_reader_sets_it_sees_its_own_organization_and_plants_only() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    office.optimized(&scenario).await;
    let test = &office.test;
    let other = test.organization("Rival", 1).await;
    let theirs = account(test, &other, "Spy", Vec::new()).await;
    let neighbour = account(test, &office.tenant, "Second plant", vec![office.tenant.plants[1]]).await;
    let views = views(test).await;
    assert!(views.len() >= 20, "{views:?}");
    let (organization, plant) = (office.tenant.organization, office.plant());

    let spy = test.login(&theirs.role).await.unwrap();
    for set in [
        "",
        "set gemba.organization = '{organization}'; set gemba.plants = '*'",
        "set role gemba_bi",
        "set row_security = off",
        "set row_security = on; reset role",
    ] {
        let set = set.replace("{organization}", &organization.to_string());
        spy.batch_execute(&set).await.unwrap();
        for view in &views {
            let rows = spy.query(&format!("select to_jsonb(v)::text from bi.{view} v"), &[]).await;
            // With row_security off, PostgreSQL refuses what a policy would filter.
            let texts: Vec<String> = rows.iter().flatten().map(|row| row.get(0)).collect();
            assert!(
                !texts.iter().any(|text| text.contains(&organization.to_string()) || text.contains(&plant.to_string())),
                "{set}: {view}"
            );
            if !["about", "days", "plants", "regions"].contains(&view.as_str()) {
                assert!(texts.is_empty(), "{set}: {view}: {texts:?}");
            }
        }
    }
    for role in ["gemba_app", "gemba_owner", "gemba_auditor", "gemba_bi_views", "postgres", &neighbour.role] {
        assert!(spy.batch_execute(&format!("set role {role}")).await.is_err(), "{role}");
        assert!(spy.batch_execute(&format!("set session authorization {role}")).await.is_err(), "{role}");
    }

    // The other plant of the same organization.
    let reader = test.login(&neighbour.role).await.unwrap();
    reader.batch_execute(&format!("set gemba.organization = '{organization}'; set gemba.plants = '*'")).await.unwrap();
    for view in &views {
        let rows = reader.query(&format!("select to_jsonb(v)::text from bi.{view} v"), &[]).await.unwrap();
        let texts: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(!texts.iter().any(|text| text.contains(&plant.to_string())), "{view}");
    }
    let seen: i64 = reader.query_one("select count(*) from plants", &[]).await.unwrap().get(0);
    assert_eq!(seen, 1);

    // Closed, expired, or claimed by two: nothing.
    let all = account(test, &office.tenant, "All", Vec::new()).await;
    let reader_of_all = test.login(&all.role).await.unwrap();
    let count = async || reader_of_all.query_one("select count(*) from bi.plants", &[]).await.unwrap().get::<_, i64>(0);
    assert_eq!(count().await, 2);
    let admin = test.admin().await;
    let claim = format!(
        "insert into bi_accounts (organization_id, id, name) select '{}', id, name from bi_accounts where role_name = '{}'",
        other.organization, all.role
    );
    admin.batch_execute(&claim).await.unwrap();
    assert_eq!(count().await, 0);
    admin
        .batch_execute(&format!("delete from bi_accounts where organization_id = '{}' and role_name = '{}'", other.organization, all.role))
        .await
        .unwrap();
    admin
        .batch_execute(&format!("update bi_accounts set expires_at = now() - interval '1 s' where role_name = '{}'", all.role))
        .await
        .unwrap();
    assert_eq!(count().await, 0);
    admin.batch_execute(&format!("update bi_accounts set expires_at = null where role_name = '{}'", all.role)).await.unwrap();
    assert_eq!(count().await, 2);
    let mut tx = test.database.begin(&office.tenant.system()).await.unwrap();
    let drop = accounts::close(&mut tx, "All").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count().await, 0);
    admin.batch_execute(&drop).await.unwrap();
    assert!(test.login(&all.role).await.is_err());
    for made in [theirs, neighbour] {
        forget(test, &made).await;
    }
}

#[tokio::test]
async fn a_reader_changes_calls_and_keeps_nothing() {
    let office = Office::open().await;
    let test = &office.test;
    let made = account(test, &office.tenant, "Reader", Vec::new()).await;
    let reader = test.login(&made.role).await.unwrap();
    // What is only the usual for the session does not count: it can be changed.
    reader.batch_execute("set default_transaction_read_only = off; set search_path = bi, public, gemba, pg_catalog").await.unwrap();
    let refused = [
        // Tables beneath the views, the trail, secrets.
        "select * from public.lines",
        "select * from public.plan_answers",
        "select * from public.bi_accounts",
        "select * from public.audit_events",
        "select * from public.credentials",
        "select * from public.sessions",
        "select * from public.users",
        "select * from public.field_values",
        "select * from public.refinery_schema_history",
        "select * from gemba.workers",
        // Writing, also through the views.
        "insert into bi.regions (region_id, region) values (gen_random_uuid(), 'x')",
        "update bi.lines set line = 'x'",
        "delete from bi.lines",
        "update bi.plants set code = 'x'",
        "truncate public.lines",
        "insert into public.lines select * from public.lines",
        "create table bi.mine (a int)",
        "create table public.mine (a int)",
        "create temporary table mine (a int)",
        "create schema mine",
        "create view bi.mine as select 1",
        "create function bi.f() returns int language sql as 'select 1'",
        "create function public.f() returns int language sql as 'select 1'",
        "create extension dblink",
        "create role mine",
        "create database mine",
        "alter view bi.lines set (security_invoker = true)",
        "drop view bi.lines",
        "comment on view bi.lines is 'x'",
        "alter role current_user superuser",
        "alter role current_user connection limit -1",
        // Functions of the platform, and those of the server that leave the database or outlast a transaction.
        "select gemba.audit('x', null, null, null, 'success', null)",
        "select gemba.search('line', 'smt')",
        "select gemba.current_organization()",
        "select gemba.organization_of_reader()",
        "select gemba.caller_of(null, false, now(), '')",
        "call gemba.bi_view('bi.lines')",
        "select pg_advisory_lock(7401385021)",
        "select pg_try_advisory_lock(1, 2)",
        "select pg_advisory_xact_lock(1)",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'x')",
        "select pg_notify('x', 'y')",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('/')",
        "copy bi.lines to '/tmp/x'",
        "copy bi.lines to program 'true'",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
        "select rolpassword from pg_authid",
        "select * from pg_statistic",
        "set temp_file_limit = -1",
        "set session_replication_role = replica",
        "alter system set work_mem = '1GB'",
        "load 'dblink'",
    ];
    for statement in refused {
        let tried = reader.batch_execute(statement).await;
        assert!(tried.is_err(), "{statement}");
    }
    // What a condition of the reader's own sees on its way: rows of its organization only, whatever it costs.
    let other = test.organization("Rival", 1).await;
    let sees = "select count(*) from bi.plants where (select set_config('gemba.organization', $1, false)) is not null";
    let seen: i64 = reader.query_one(sees, &[&other.organization.to_string()]).await.unwrap().get(0);
    assert_eq!(seen, 2);
    // Estimates of the planner tell values of no other organization.
    let told = reader.query("select * from pg_stats where schemaname = 'public'", &[]).await.unwrap();
    assert!(told.is_empty());
    // Other sessions are there; what they ask is not shown.
    let heard = "select count(*) from pg_stat_activity where usename <> current_user and query not in ('', '<insufficient privilege>')";
    let heard: i64 = reader.query_one(heard, &[]).await.unwrap().get(0);
    assert_eq!(heard, 0);
    let limits = "select rolconnlimit, not (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication) from pg_roles where rolname = current_user";
    let limits = reader.query_one(limits, &[]).await.unwrap();
    assert_eq!((limits.get::<_, i32>(0), limits.get::<_, bool>(1)), (4, true));
    forget(test, &made).await;
}

#[tokio::test]
async fn every_view_is_walled_explained_and_read_only() {
    let office = Office::bare().await;
    let admin = office.test.admin().await;
    let offenders = [
        ("views belong to the role whose policies hold", "select relname::text from pg_class where relnamespace = 'bi'::regnamespace and relkind <> 'v'
            union all select relname from pg_class where relnamespace = 'bi'::regnamespace and relowner <> 'gemba_bi_views'::regrole
            union all select relname from pg_class where relowner = 'gemba_bi_views'::regrole and relnamespace <> 'bi'::regnamespace"),
        ("readers read views and nothing else", "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('public', 'gemba') and c.relkind in ('r', 'p', 'v', 'm', 'S')
                and (has_table_privilege('gemba_bi', c.oid, 'select, insert, update, delete') or has_any_column_privilege('gemba_bi', c.oid, 'select'))
            union all select relname from pg_class where relnamespace = 'bi'::regnamespace
                and (has_table_privilege('gemba_bi', oid, 'insert, update, delete, truncate') or not has_table_privilege('gemba_bi', oid, 'select'))"),
        ("what views read is behind the reader's walls", "select c.relname::text from pg_class c where c.relkind in ('r', 'p')
            and has_any_column_privilege('gemba_bi_views', c.oid, 'select') and c.relnamespace = 'public'::regnamespace and not exists (
                select from pg_policy p where p.polrelid = c.oid and not p.polpermissive and p.polcmd = 'r' and p.polroles = array['gemba_bi_views'::regrole::oid]
                    and pg_get_expr(p.polqual, p.polrelid) ~ 'organization_id = \\( SELECT gemba\\.organization_of_reader'
                    and (pg_get_expr(p.polqual, p.polrelid) ~ 'gemba\\.plants_of_reader' or not exists (
                        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'plant_id' and not a.attisdropped)))"),
        ("nobody but the owner hands views over", "select r.rolname from pg_roles r where r.rolname in ('gemba_app', 'gemba_auditor', 'gemba_bi') and pg_has_role(r.rolname, 'gemba_bi_views', 'member')"),
        ("views and columns are explained", "select relname::text from pg_class where relnamespace = 'bi'::regnamespace and obj_description(oid) is null
            union all select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
                where c.relnamespace = 'bi'::regnamespace and col_description(c.oid, a.attnum) is null"),
    ];
    for (law, sql) in offenders {
        let found: Vec<String> = admin.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
        assert!(found.is_empty(), "{law}, but not: {found:?}");
    }
}

/// Everything behind this line is made from the database.
const MADE: &str = "<!-- Below: made from the database by a test (UPDATE_OPENAPI=1). -->\n";

#[tokio::test]
async fn the_page_lists_every_view_and_column_as_the_database_has_them() {
    let office = Office::bare().await;
    let sql = "select c.relname::text, obj_description(c.oid, 'pg_class'), a.attname::text, format_type(a.atttypid, null), col_description(c.oid, a.attnum)
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 where c.relnamespace = 'bi'::regnamespace order by 1, a.attnum";
    let mut made = String::new();
    let mut last = String::new();
    for row in office.test.admin().await.query(sql, &[]).await.unwrap() {
        let (view, about, column, ty, meaning): (String, String, String, String, String) =
            (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
        if view != last {
            made.push_str(&format!("\n### {view}\n\n{about}\n\n| column | type | meaning |\n|---|---|---|\n"));
            last = view;
        }
        made.push_str(&format!("| `{column}` | {ty} | {meaning} |\n"));
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/bi.md");
    let page = std::fs::read_to_string(file).unwrap_or_default();
    let written = page.split_once(MADE).map_or(page.as_str(), |(written, _)| written).to_owned();
    let whole = format!("{written}{MADE}{made}");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(file, &whole).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(committed == whole, "docs/bi.md is not that of the database; UPDATE_OPENAPI=1 writes it");
}

#[tokio::test]
async fn the_command_line_makes_lists_and_closes_accounts() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("Acme", 2).await;
    let desk = crate::Desk::empty();
    let key = "ab".repeat(32);
    let environment = [("GEMBA_DATABASE_URL", test.urls.app.as_str()), ("GEMBA_KEY", key.as_str())];
    let admin = |arguments: &[&str]| desk.run_with(&[&["admin"], arguments].concat(), &environment);
    let printed = admin(&["bi-account", "acme", "Gateway", "--plant", "P2", "--days", "30"]).succeeds().stdout();
    let shown: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("--   ")).collect();
    let [role, password] = shown[..] else { panic!("{printed}") };
    assert!(role.starts_with("gemba_bi_") && password.len() == 32 && printed.matches(password).count() == 1, "{printed}");
    test.admin().await.batch_execute(&printed).await.unwrap();
    let reader = test.login(role).await.unwrap();
    let seen = reader.query_one("select plant_id::text from plants", &[]).await.unwrap();
    assert_eq!(seen.get::<_, String>(0), tenant.plants[1].to_string());
    let listed = admin(&["bi-accounts", "acme"]).succeeds().stdout();
    assert!(listed.contains(role) && listed.contains("Gateway  1 plants, since") && !listed.contains(password), "{listed}");
    admin(&["bi-account", "acme", "Gateway"]).fails(1, "there is an account “Gateway” already");
    admin(&["bi-account", "acme", "Other", "--plant", "P9"]).fails(1, "there is no such plant");
    let drop = admin(&["close-bi-account", "acme", "Gateway"]).succeeds().stdout();
    assert!(reader.query("select 1 from plants", &[]).await.unwrap().is_empty());
    drop_role(&test, &drop).await;
    admin(&["close-bi-account", "acme", "Gateway"]).fails(1, "there is no such account");
    let told = "select count(*) from audit_events where kind = 'bi_account' and actor = 'system:admin'";
    assert_eq!(test.admin().await.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 2);
}

async fn drop_role(test: &TestDatabase, sql: &str) {
    test.admin().await.batch_execute(sql).await.unwrap();
}
