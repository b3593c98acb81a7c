-- The walls: what every tenant table gets, and the trail that every change leaves.
--
-- A transaction says with set_config(…, true) for whom it runs:
--   gemba.organization   the organization, '' before somebody is known
--   gemba.plants         '*', or the identifiers of the plants within reach, with commas between
--   gemba.actor          'user:…', 'key:…', 'system:…'
--   gemba.ip             the caller's address, or ''
--   gemba.request        the request's identifier, or ''
-- The roles gemba_owner, gemba_app and gemba_auditor belong to the cluster; `gemba migrate` sees to them before this runs.

create schema gemba;
comment on schema gemba is 'Functions of the platform: walls, audit, doors before sign-in.';
grant usage on schema gemba to gemba_app, gemba_auditor;
revoke create on schema public from public;
grant usage on schema public to gemba_app, gemba_auditor;
create extension if not exists pgcrypto with schema public;

create table audit_events (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    position bigint generated always as identity,
    transaction xid8 not null default pg_current_xact_id(),
    occurred_at timestamptz not null default now(),
    plant_id uuid,
    actor text not null,
    ip inet,
    request_id uuid,
    action text not null,
    kind text,
    record_id uuid,
    outcome text not null default 'success' check (outcome in ('success', 'refused', 'failed')),
    before jsonb,
    after jsonb,
    detail jsonb,
    primary key (organization_id, occurred_at, id)
) partition by range (occurred_at);
comment on table audit_events is 'Who did what, when and from where: appended by the database itself, never changed, sealed after commit.';
comment on column audit_events.organization_id is 'Whose event it is.';
comment on column audit_events.id is 'The event, as the API names it.';
comment on column audit_events.position is 'Order within a transaction; never leaves the server.';
comment on column audit_events.transaction is 'The transaction that wrote it; the sealer orders by (transaction, position) below the snapshot horizon.';
comment on column audit_events.occurred_at is 'When the transaction began.';
comment on column audit_events.plant_id is 'The plant it belongs to, if to one.';
comment on column audit_events.actor is 'Who: user:…, key:…, system:…; nobody before sign-in.';
comment on column audit_events.ip is 'The address the request came from.';
comment on column audit_events.request_id is 'The request, as the client was told it.';
comment on column audit_events.action is 'What: line.created, line.updated, session.opened.';
comment on column audit_events.kind is 'The kind of record, where it is about one: line.';
comment on column audit_events.record_id is 'The record, where it is about one.';
comment on column audit_events.outcome is 'Whether it happened, was refused, or failed.';
comment on column audit_events.before is 'The record before, where it existed.';
comment on column audit_events.after is 'The record after, where it still exists.';
comment on column audit_events.detail is 'What else an auditor needs: a reason, a permission, a number of rows.';
create index audit_events_by_record on audit_events (organization_id, kind, record_id, occurred_at desc);
create index audit_events_unsealed on audit_events (organization_id, transaction, position);
create table audit_events_default partition of audit_events default;
comment on table audit_events_default is 'Events outside the partitions made ahead.';

alter table audit_events enable row level security;
alter table audit_events force row level security;
create policy walls on audit_events for select using (
    organization_id = (select nullif(current_setting('gemba.organization', true), '')::uuid)
    and (plant_id is null
        or (select current_setting('gemba.plants', true)) = '*'
        or plant_id = any ((select string_to_array(nullif(current_setting('gemba.plants', true), ''), ','))::uuid[])));
-- The owner appends for everybody: through the functions below, which run as the owner, and through nothing else.
create policy append on audit_events for insert to gemba_owner with check (true);
alter table audit_events_default enable row level security;
alter table audit_events_default force row level security;
grant select on audit_events to gemba_app, gemba_auditor;

create function gemba.current_organization() returns uuid language sql stable parallel safe
    return nullif(current_setting('gemba.organization', true), '')::uuid;
comment on function gemba.current_organization is 'The organization this transaction runs for; null before somebody is known.';

-- Appends what an action did that is no change of a row: a sign-in, an export, a refusal.
create function gemba.audit(
    action text, kind text, record_id uuid, plant_id uuid, outcome text, detail jsonb, organization uuid default null
) returns void language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    own uuid := gemba.current_organization();
begin
    -- Whoever is known writes about their own organization; only before sign-in may the organization be named.
    if own is null and organization is null then
        return;
    end if;
    insert into public.audit_events (organization_id, plant_id, actor, ip, request_id, action, kind, record_id, outcome, detail)
    values (coalesce(own, organization), plant_id, coalesce(nullif(current_setting('gemba.actor', true), ''), 'nobody'),
            nullif(current_setting('gemba.ip', true), '')::inet, nullif(current_setting('gemba.request', true), '')::uuid,
            action, kind, record_id, outcome, detail);
end $$;
comment on function gemba.audit is 'Appends an event that is no change of a row.';
revoke all on function gemba.audit from public;
grant execute on function gemba.audit to gemba_app;

-- The trigger of every tenant table. Its argument is the kind of record.
create function gemba.audit_row() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    before jsonb;
    after jsonb;
    row_now jsonb;
    verb text;
begin
    if tg_op = 'INSERT' then
        after := to_jsonb(new);
        row_now := after;
        verb := 'created';
    elsif tg_op = 'UPDATE' then
        before := to_jsonb(old);
        after := to_jsonb(new);
        row_now := after;
        verb := case
            when before -> 'archived_at' = 'null' and after -> 'archived_at' <> 'null' then 'archived'
            when before -> 'archived_at' <> 'null' and after -> 'archived_at' = 'null' then 'restored'
            else 'updated' end;
    else
        before := to_jsonb(old);
        row_now := before;
        verb := 'deleted';
    end if;
    insert into public.audit_events (organization_id, plant_id, actor, ip, request_id, action, kind, record_id, before, after)
    values ((row_now ->> 'organization_id')::uuid, (row_now ->> 'plant_id')::uuid,
            coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
            nullif(current_setting('gemba.ip', true), '')::inet, nullif(current_setting('gemba.request', true), '')::uuid,
            tg_argv[0] || '.' || verb, tg_argv[0], (row_now ->> 'id')::uuid, before, after);
    return null;
end $$;
comment on function gemba.audit_row is 'Appends the change of a row to the trail, in the transaction that changed it.';

-- Puts a tenant table behind its walls: row-level security enabled and forced, the policy, grants, and the audit trigger.
--   kind     the kind of record, as audit and API name it
-- A plant_id that may be null belongs to the whole organization where it is.
create procedure gemba.wall(target regclass, kind text) language plpgsql as $$
declare
    plant_column record;
    condition text := 'organization_id = (select nullif(current_setting(''gemba.organization'', true), '''')::uuid)';
    plants constant text := '((select current_setting(''gemba.plants'', true)) = ''*'' or plant_id = any '
        '((select string_to_array(nullif(current_setting(''gemba.plants'', true), ''''), '',''))::uuid[]))';
begin
    select attnotnull as required into plant_column from pg_attribute where attrelid = target and attname = 'plant_id' and not attisdropped;
    if plant_column.required then
        condition := condition || ' and ' || plants;
    elsif plant_column.required is not null then
        condition := condition || ' and (plant_id is null or ' || plants || ')';
    end if;
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy walls on %s using (%s) with check (%s)', target, condition, condition);
    execute format('grant select, insert, update on %s to gemba_app', target);
    execute format('grant select on %s to gemba_auditor', target);
    execute format('create trigger audited after insert or update or delete on %s for each row execute function gemba.audit_row(%L)', target, kind);
end $$;
comment on procedure gemba.wall is 'Puts a tenant table behind its walls and under audit.';

-- Makes a table of declared records out of one that has only its own columns: adds what every record has, keys, walls, audit.
--   kind     as audit and API name it: line
--   within   'organization'; 'plant'; or 'either', for records of the whole organization or of one plant
create procedure gemba.record(target text, kind text, within text) language plpgsql as $$
declare
    actor constant text := 'text not null default coalesce(nullif(current_setting(''gemba.actor'', true), ''''), ''database:'' || session_user)';
    said record;
begin
    execute format('alter table %I
        add column organization_id uuid not null references organizations,
        add column id uuid not null,
        add column fields jsonb not null default ''{}'',
        add column version bigint not null default 1,
        add column created_at timestamptz not null default now(),
        add column created_by %s,
        add column updated_at timestamptz not null default now(),
        add column updated_by %s,
        add column archived_at timestamptz,
        add primary key (organization_id, id)', target, actor, actor);
    if within <> 'organization' then
        execute format('alter table %I add column plant_id uuid %s', target, case within when 'plant' then 'not null' else '' end);
        execute format('alter table %I add constraint %I foreign key (organization_id, plant_id) references plants', target, target || '_plant_fkey');
        execute format('alter table %I add constraint %I unique (organization_id, plant_id, id)', target, target || '_plant_key');
        execute format('comment on column %I.plant_id is %L', target,
            case within when 'plant' then 'The plant it belongs to.' else 'The plant it belongs to; none where it is the whole organization''s.' end);
    end if;
    for said in values ('organization_id', 'Whose it is.'), ('id', 'The record.'), ('fields', 'Values of custom fields, by key.'),
            ('version', 'Counts changes; the ETag.'), ('created_at', 'When it was made.'), ('created_by', 'Who made it.'),
            ('updated_at', 'When it was last changed.'), ('updated_by', 'Who changed it last.'), ('archived_at', 'When it was archived, if it is.')
    loop
        execute format('comment on column %I.%I is %L', target, said.column1, said.column2);
    end loop;
    call gemba.wall(target::regclass, kind);
end $$;
comment on procedure gemba.record is 'Makes a table of declared records out of one that has only its own columns.';

-- A reference that cannot cross a wall, and the index behind it. Where both belong to a plant, it must be the same one.
create procedure gemba.refers(source text, source_column text, target text) language plpgsql as $$
declare
    same_plant boolean;
    keys text;
begin
    select count(*) = 2 into same_plant from pg_attribute
    where attrelid in (source::regclass, target::regclass) and attname = 'plant_id' and attnotnull and not attisdropped
        and target <> 'plants';
    keys := case when same_plant then 'organization_id, plant_id' else 'organization_id' end;
    execute format('alter table %I add constraint %I foreign key (%s, %I) references %I (%s, id)',
        source, source || '_' || source_column || '_fkey', keys, source_column, target, keys);
    execute format('create index %I on %I (%s, %I)', source || '_by_' || source_column, source, keys, source_column);
end $$;
comment on procedure gemba.refers is 'A reference that cannot cross a wall, and the index behind it.';
