//! The shape of the database: walks the catalog, so that a table which forgets a wall, a key, an index or a comment fails here.
//!
//! Each law is a query for what breaks it.

use testkit::TestDatabase;

/// Tables that belong to no tenant, each with its reason.
const WITHOUT_TENANT: &[(&str, &str)] = &[("refinery_schema_history", "the history of migrations")];

/// Tenant tables: ordinary and partitioned ones of the schema `public`, without those of no tenant.
const TABLES: &str = "with tables as (
        select c.oid, c.relname as name, c.relispartition as is_part, c.relrowsecurity as walled, c.relforcerowsecurity as forced
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname <> all ($1))";

async fn nothing_breaks(law: &str, offenders: &str) {
    let test = TestDatabase::new().await;
    let admin = test.admin().await;
    let free: Vec<&str> = WITHOUT_TENANT.iter().map(|(name, _)| *name).collect();
    let query = format!("{TABLES} select distinct offender::text from ({offenders}) as found (offender) order by 1");
    let rows = admin.query(&query, &[&free]).await.unwrap();
    let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(found.is_empty(), "{law}, but not:\n  {}", found.join("\n  "));
}

#[tokio::test]
async fn every_table_is_walled_and_the_walls_hold_for_its_owner_too() {
    nothing_breaks("row-level security is enabled and forced", "select name from tables where not walled or not forced").await;
}

#[tokio::test]
async fn every_wall_asks_for_the_organization_once_per_query() {
    let law = "what the server may touch has a policy that compares organization_id with the setting, in a sub-select, and no other";
    // Without a policy for writing, writing is refused; the owner's functions and the auditor see all organizations on purpose.
    let offenders = "select name from tables t
        where not is_part and has_table_privilege('gemba_app', t.oid, 'select, insert, update, delete') and not exists (
            select from pg_policy p where p.polrelid = t.oid and p.polroles <@ array[0, 'gemba_app'::regrole::oid])
        union all
        select name || ': ' || polname from tables t join pg_policy p on p.polrelid = t.oid
        where not p.polroles <@ array['gemba_owner'::regrole::oid, 'gemba_auditor'::regrole::oid] and p.polpermissive
            and (coalesce(pg_get_expr(p.polqual, p.polrelid), '') !~ 'organization_id = \\( SELECT .*gemba\\.organization' and p.polcmd <> 'a'
                or pg_get_expr(p.polwithcheck, p.polrelid) !~ 'organization_id = \\( SELECT .*gemba\\.organization')";
    nothing_breaks(law, offenders).await;
}

#[tokio::test]
async fn every_table_of_a_plant_asks_for_the_plants_too() {
    let offenders = "select name from tables t join pg_attribute a on a.attrelid = t.oid and a.attname = 'plant_id' and not a.attisdropped
        where not is_part and not exists (
            select from pg_policy p where p.polrelid = t.oid and p.polroles <@ array[0, 'gemba_app'::regrole::oid]
                and pg_get_expr(p.polqual, p.polrelid) ~ 'gemba\\.plants')";
    nothing_breaks("a table with plant_id is behind the plants' wall", offenders).await;
}

#[tokio::test]
async fn every_key_carries_the_organization() {
    let offenders = "select name || ' has no organization_id that is never null' from tables t where not exists (
            select from pg_attribute a where a.attrelid = t.oid and a.attname = 'organization_id' and a.attnotnull and a.atttypid = 'uuid'::regtype)
        union all
        select name || ' has no primary key' from tables t where not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)
        union all
        -- A slug is how an organization is found before it is known.
        select i.indexrelid::regclass::text from tables t join pg_index i on i.indrelid = t.oid and i.indisunique
        where i.indexrelid <> 'organizations_slug_key'::regclass and not exists (
            select from pg_attribute a where a.attrelid = t.oid and a.attname = 'organization_id' and a.attnum = any (i.indkey))";
    nothing_breaks("primary and unique keys carry the organization", offenders).await;
}

#[tokio::test]
async fn every_reference_carries_the_organization_and_has_an_index_behind_it() {
    let carries = "select c.conname from tables t join pg_constraint c on c.conrelid = t.oid and c.contype = 'f'
        where not exists (
            select from pg_attribute a where a.attrelid = t.oid and a.attname = 'organization_id' and a.attnum = any (c.conkey))";
    nothing_breaks("a reference carries the organization", carries).await;
    let indexed = "select c.conname from tables t join pg_constraint c on c.conrelid = t.oid and c.contype = 'f'
        where not is_part and not exists (
            select from pg_index i
            where i.indrelid = t.oid and i.indpred is null
                and (select array_agg(k order by k) from unnest((i.indkey::int2[])[0:cardinality(c.conkey) - 1]) k)
                    = (select array_agg(k order by k) from unnest(c.conkey) k)
                and (select a.attname from pg_attribute a where a.attrelid = t.oid and a.attnum = i.indkey[0]) = 'organization_id')";
    nothing_breaks("behind a reference is an index that begins with its columns, organization first", indexed).await;
}

#[tokio::test]
async fn every_table_and_column_is_explained() {
    let offenders = "select name from tables t where obj_description(t.oid) is null and not is_part
        union all
        select name || '.' || a.attname from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
        where not is_part and col_description(t.oid, a.attnum) is null";
    nothing_breaks("tables and columns have comments", offenders).await;
}

#[tokio::test]
async fn the_servers_roles_own_nothing_and_walk_through_no_wall() {
    let offenders = "select rolname from pg_roles where rolname in ('gemba_owner', 'gemba_app', 'gemba_auditor')
            and (rolsuper or rolbypassrls or rolcreaterole)
        union all
        select c.relname from pg_class c where c.relowner in ('gemba_app'::regrole, 'gemba_auditor'::regrole)
        union all
        select p.proname from pg_proc p where p.proowner in ('gemba_app'::regrole, 'gemba_auditor'::regrole)
        union all
        select name || ': the auditor may write' from tables t
        where has_table_privilege('gemba_auditor', t.oid, 'insert, update, delete, truncate')
        union all
        select name || ': the server may truncate' from tables t where has_table_privilege('gemba_app', t.oid, 'truncate')";
    nothing_breaks("the server reads and writes rows, the auditor reads, neither owns anything", offenders).await;
}

#[tokio::test]
async fn views_have_the_walls_of_their_tables() {
    let offenders = "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'gemba') and c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)
            and not coalesce('security_invoker=on' = any (c.reloptions), false)
        union all
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'gemba') and c.relkind = 'm' and has_table_privilege('gemba_app', c.oid, 'select')";
    nothing_breaks("a view asks as whoever reads it; a materialised one, which knows no walls, is out of the server's reach", offenders)
        .await;
}

#[tokio::test]
async fn what_walls_ask_is_a_part_of_the_plan() {
    let offenders = "select distinct p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        join pg_policy w on pg_get_expr(w.polqual, w.polrelid) like '%' || n.nspname || '.' || p.proname || '(%'
        where not p.prosecdef and p.proconfig is not null";
    nothing_breaks("a wall calls no function with settings of its own, which every statement would pay for", offenders).await;
}

#[tokio::test]
async fn doors_are_few_and_narrow() {
    let offenders = "select p.proname || ' trusts the search path' from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('public', 'gemba') and p.prosecdef
            and not exists (select from unnest(p.proconfig) setting where setting like 'search_path=%')
        union all
        select p.proname || ' is open to everybody' from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('public', 'gemba') and p.prosecdef and p.prorettype <> 'trigger'::regtype
            and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) who where who.grantee = 0)";
    nothing_breaks("a function that runs as the owner fixes its search path and names who may call it", offenders).await;
}
