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
-- Partitions are made while the server runs, whoever owns the database then.
grant usage, create on schema public to gemba_owner;
create extension if not exists pgcrypto with schema public;

create table audit_events (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    -- Sessions draw numbers fifty at a time: only the order within a transaction matters, and one sequence is nobody's queue then.
    position bigint generated always as identity (cache 50),
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
    primary key (organization_id, occurred_at, position)
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
comment on column audit_events.before is 'The record before, where it existed; personal values only as their subject''s key conceals them.';
comment on column audit_events.after is 'The record after, where it still exists; personal values only as their subject''s key conceals them.';
comment on column audit_events.detail is 'What else an auditor needs: a reason, a permission, a number of rows.';
create index audit_events_by_record on audit_events (organization_id, kind, record_id, occurred_at desc);
create index audit_events_unsealed on audit_events (organization_id, transaction, position);
create table audit_events_default partition of audit_events default;
comment on table audit_events_default is 'Events outside the partitions made ahead.';

alter table audit_events enable row level security;
alter table audit_events force row level security;
create policy walls on audit_events for select to gemba_app using (
    organization_id = (select nullif(current_setting('gemba.organization', true), '')::uuid)
    and (plant_id is null
        or (select current_setting('gemba.plants', true)) = '*'
        or plant_id = any ((select string_to_array(nullif(current_setting('gemba.plants', true), ''), ','))::uuid[])));
create policy auditors on audit_events for select to gemba_auditor using (true);
-- The owner appends for everybody, tells the sealer what waits, and removes what retention lets go: through the functions of this schema,
-- which run as the owner, and through nothing else.
create policy append on audit_events for insert to gemba_owner with check (true);
create policy look on audit_events for select to gemba_owner using (true);
create policy remove on audit_events for delete to gemba_owner using (true);
alter table audit_events_default enable row level security;
alter table audit_events_default force row level security;
grant select on audit_events to gemba_app, gemba_auditor;

-- Refuses every change of what is only ever appended, to whoever may otherwise do anything; retention says so before it removes.
create function gemba.refuse_change() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    if tg_op = 'DELETE' and current_user = 'gemba_owner' and current_setting('gemba.removing', true) = 'on' then
        return old;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
comment on function gemba.refuse_change is 'Keeps a table append-only.';
create trigger append_only before update or delete on audit_events for each row execute function gemba.refuse_change();
create trigger never_emptied before truncate on audit_events for each statement execute function gemba.refuse_change();
create trigger never_emptied before truncate on audit_events_default for each statement execute function gemba.refuse_change();

-- Makes the partitions of the months from the one of `at` to `ahead` months later, and returns how many were missing. Rows that fell into
-- the default partition meanwhile move to where they belong.
create function gemba.audit_partitions(at timestamptz, ahead int) returns int
language plpgsql security definer set search_path = pg_catalog, public set lock_timeout = '2s' set timezone = 'UTC' as $$
declare
    month timestamptz;
    name text;
    made int := 0;
begin
    for month in select generate_series(date_trunc('month', at), date_trunc('month', at) + make_interval(months => least(ahead, 24)), '1 month') loop
        name := 'audit_events_' || to_char(month, 'YYYY_MM');
        continue when to_regclass('public.' || name) is not null;
        perform set_config('gemba.removing', 'on', true);
        execute format('create table public.%I (like public.audit_events including defaults including constraints including storage)', name);
        execute format('comment on table public.%I is %L', name, 'Audit events of ' || to_char(month, 'YYYY-MM') || '.');
        execute format('with moved as (delete from public.audit_events_default where occurred_at >= %L and occurred_at < %L returning *)
            insert into public.%I select * from moved', month, month + interval '1 month', name);
        execute format('alter table public.audit_events attach partition public.%I for values from (%L) to (%L)', name, month, month + interval '1 month');
        execute format('alter table public.%I enable row level security', name);
        execute format('alter table public.%I force row level security', name);
        execute format('create trigger never_emptied before truncate on public.%I for each statement execute function gemba.refuse_change()', name);
        perform set_config('gemba.removing', '', true);
        made := made + 1;
    end loop;
    return made;
end $$;
comment on function gemba.audit_partitions is 'Makes the audit trail''s partitions ahead of time.';
revoke all on function gemba.audit_partitions from public;
grant execute on function gemba.audit_partitions to gemba_app;
create policy look on audit_events_default for select to gemba_owner using (true);
create policy remove on audit_events_default for delete to gemba_owner using (true);
select gemba.audit_partitions(now(), 3);

create function gemba.current_organization() returns uuid language sql stable parallel safe
    return nullif(current_setting('gemba.organization', true), '')::uuid;
comment on function gemba.current_organization is 'The organization this transaction runs for; null before somebody is known.';

-- Personal data in the trail is concealed by a key of the person it is about. Erasing the key erases the person from the trail, and leaves
-- every entry, and the seal over it, as it was.
create table subject_keys (
    organization_id uuid not null,
    subject_id uuid not null,
    key bytea check (length(key) = 32),
    created_at timestamptz not null default now(),
    erased_at timestamptz,
    primary key (organization_id, subject_id),
    check ((key is null) = (erased_at is not null))
);
comment on table subject_keys is 'What conceals a person''s data in the audit trail; erased with the person.';
comment on column subject_keys.organization_id is 'Whose it is.';
comment on column subject_keys.subject_id is 'The person: users.id, or what else personal data is about.';
comment on column subject_keys.key is 'AES-256 key; null once erased.';
comment on column subject_keys.created_at is 'When the person first appeared in the trail.';
comment on column subject_keys.erased_at is 'When the key was erased, if it was.';
alter table subject_keys enable row level security;
alter table subject_keys force row level security;
-- Nobody but the owner's functions sees a key: the server asks for deciphered values, never for keys.
create policy doors on subject_keys to gemba_owner using (true) with check (true);

-- A personal value as the trail stores it: {"$personal": subject, "data": base64 of IV and AES-256-CBC}. The IV is drawn from key and value, so
-- that an unchanged value looks unchanged. Of an erased person, or of nobody, nothing is stored.
create function gemba.conceal(organization uuid, subject uuid, value jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    person record;
    plain bytea := convert_to(value::text, 'UTF8');
    iv bytea;
begin
    if value is null or value = 'null' then
        return value;
    end if;
    if organization <> coalesce(gemba.current_organization(), organization) then
        raise exception 'another organization''s person' using errcode = 'insufficient_privilege';
    end if;
    if subject is null then
        return jsonb_build_object('$personal', null);
    end if;
    select subject_keys.key into person from public.subject_keys where organization_id = organization and subject_id = subject;
    if not found then
        insert into public.subject_keys (organization_id, subject_id, key) values (organization, subject, public.gen_random_bytes(32))
        on conflict (organization_id, subject_id) do nothing;
        select subject_keys.key into person from public.subject_keys where organization_id = organization and subject_id = subject;
    end if;
    if person.key is null then
        return jsonb_build_object('$personal', subject);
    end if;
    iv := substr(public.hmac(plain, person.key, 'sha256'), 1, 16);
    return jsonb_build_object('$personal', subject,
        'data', translate(encode(iv || public.encrypt_iv(plain, person.key, iv, 'aes-cbc/pad:pkcs'), 'base64'), E'\n', ''));
end $$;
comment on function gemba.conceal is 'A personal value as the audit trail stores it.';
revoke all on function gemba.conceal from public;
grant execute on function gemba.conceal to gemba_app;

-- An object of the trail with its personal values readable; those of erased persons are "(erased)".
create function gemba.reveal(entry jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
    member record;
    sealed bytea;
begin
    if entry is null or jsonb_typeof(entry) <> 'object' or position('"$personal"' in entry::text) = 0 then
        return entry;
    end if;
    for member in
        select each.key as name, each.value, subject_keys.key as secret
        from jsonb_each(entry) each left join public.subject_keys
            on organization_id = gemba.current_organization() and subject_id = (each.value ->> '$personal')::uuid
        where jsonb_typeof(each.value) = 'object' and each.value ? '$personal'
    loop
        sealed := decode(member.value ->> 'data', 'base64');
        entry := jsonb_set(entry, array[member.name], case when sealed is null or member.secret is null then '"(erased)"' else
            convert_from(public.decrypt_iv(substr(sealed, 17), member.secret, substr(sealed, 1, 16), 'aes-cbc/pad:pkcs'), 'UTF8')::jsonb end);
    end loop;
    return entry;
end $$;
comment on function gemba.reveal is 'An object of the audit trail with its personal values readable.';
revoke all on function gemba.reveal from public;
grant execute on function gemba.reveal to gemba_app;

-- Erases a person from the trail of the organization this runs for; returns whether there was something to erase.
create function gemba.erase_subject(subject uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    update public.subject_keys set key = null, erased_at = now()
    where organization_id = gemba.current_organization() and subject_id = subject and erased_at is null;
    return found;
end $$;
comment on function gemba.erase_subject is 'Erases a person from the audit trail, by erasing their key.';
revoke all on function gemba.erase_subject from public;
grant execute on function gemba.erase_subject to gemba_app;

-- Appends what an action did that is no change of a row: a sign-in, an export, a refusal. Personal values in `detail` go through
-- gemba.conceal first.
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

-- A row as the trail stores it: without its secrets, its personal values concealed.
create function gemba.audited_row(stored jsonb, subject text, personal text[], secret text[]) returns jsonb
language plpgsql set search_path = pg_catalog as $$
declare
    column_name text;
begin
    stored := stored - secret;
    foreach column_name in array personal loop
        stored := jsonb_set(stored, array[column_name],
            gemba.conceal((stored ->> 'organization_id')::uuid, (stored ->> subject)::uuid, stored -> column_name), false);
    end loop;
    return stored;
end $$;
comment on function gemba.audited_row is 'A row as the audit trail stores it.';
revoke all on function gemba.audited_row from public;

-- The trigger of every tenant table. Its arguments: the kind of record, and, only where a table has such columns, the column that names the
-- person and the arrays of personal, secret and quiet columns (see gemba.wall).
create function gemba.audit_row() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    before jsonb;
    after jsonb;
    row_now jsonb;
    verb text;
begin
    if tg_op = 'INSERT' then
        after := to_jsonb(new);
        verb := '.created';
    elsif tg_op = 'UPDATE' then
        before := to_jsonb(old);
        after := to_jsonb(new);
        if before = after then
            return null;
        end if;
        verb := case
            when before -> 'archived_at' is not distinct from after -> 'archived_at' then '.updated'
            when after -> 'archived_at' = 'null' then '.restored'
            when before -> 'archived_at' = 'null' then '.archived'
            else '.updated' end;
    else
        before := to_jsonb(old);
        verb := '.deleted';
    end if;
    if tg_nargs > 1 then
        if tg_op = 'UPDATE' and tg_argv[4] <> '{}' and before - tg_argv[4]::text[] = after - tg_argv[4]::text[] then
            return null;
        end if;
        before := gemba.audited_row(before, tg_argv[1], tg_argv[2]::text[], tg_argv[3]::text[]);
        after := gemba.audited_row(after, tg_argv[1], tg_argv[2]::text[], tg_argv[3]::text[]);
    end if;
    row_now := coalesce(after, before);
    insert into public.audit_events (organization_id, plant_id, actor, ip, request_id, action, kind, record_id, before, after)
    values ((row_now ->> 'organization_id')::uuid, (row_now ->> 'plant_id')::uuid,
            coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
            nullif(current_setting('gemba.ip', true), '')::inet, nullif(current_setting('gemba.request', true), '')::uuid,
            tg_argv[0] || verb, tg_argv[0], (row_now ->> 'id')::uuid, before, after);
    return null;
end $$;
comment on function gemba.audit_row is 'Appends the change of a row to the trail, in the transaction that changed it.';

-- Puts a tenant table behind its walls: row-level security enabled and forced, the policy, grants, and the audit trigger.
--   kind       the kind of record, as audit and API name it
--   personal   columns with personal data: the trail stores them concealed by the key of the person
--   subject    the column that says which person that is
--   secret     columns that the trail never stores: hashes of passwords and tokens
--   quiet      columns whose change alone leaves no trail: last_seen_at
-- A plant_id that may be null belongs to the whole organization where it is.
create procedure gemba.wall(
    target regclass, kind text, personal text[] default '{}', subject text default 'id', secret text[] default '{}', quiet text[] default '{}'
) language plpgsql as $$
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
    if personal || secret || quiet = '{}' then
        execute format('create trigger audited after insert or update or delete on %s for each row execute function gemba.audit_row(%L)', target, kind);
    else
        execute format('create trigger audited after insert or update or delete on %s for each row execute function gemba.audit_row(%L, %L, %L, %L, %L)',
            target, kind, subject, personal, secret, quiet);
    end if;
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
    -- Search and custom values come with V30, which sees to the tables before it.
    if to_regproc('gemba.indexed') is not null then
        call gemba.indexed(target::regclass, kind);
    end if;
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
