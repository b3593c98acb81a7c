-- Events: what the outside learns. The trail is the outbox: every entry is written in the transaction it is about, by the database, so nothing can forget
-- it. Once that transaction has ended, one publisher gives the entry a number; whoever reads by number misses nothing and sees nothing twice.
--
-- What is new is what this snapshot sees and the last one did not, so that no open transaction holds anything back, and none that ends late is passed over.
-- The order of transactions is not the order in which they changed a record: one that began earlier may have waited for the record. But who waited is never
-- seen before the one it waited for; and of those seen together, entries say when they were written, which is while their transaction had the record.

alter table audit_events add column written_at timestamptz not null default clock_timestamp();
comment on column audit_events.written_at is 'When it was written, within its transaction: orders what different transactions did to one record.';
create index audit_events_by_transaction on audit_events (transaction);

create table events (
    organization_id uuid not null,
    number bigint not null,
    published_at timestamptz not null default clock_timestamp(),
    occurred_at timestamptz not null,
    entry bigint not null,
    plant_id uuid,
    kind text,
    action text not null,
    record_id uuid,
    primary key (organization_id, number)
) partition by range (number);
comment on table events is 'The numbers of published events, and where in the trail each is; old ones go with their partition.';
comment on column events.organization_id is 'Whose it is.';
comment on column events.number is 'Its number: one counter for all organizations, without order between them meaning anything.';
comment on column events.published_at is 'When it got its number.';
comment on column events.occurred_at is 'When its transaction began: with the next, where it is in the trail.';
comment on column events.entry is 'Its position in the trail.';
comment on column events.plant_id is 'The plant it belongs to, if to one.';
comment on column events.kind is 'The kind of record it is about.';
comment on column events.action is 'What: line.updated.';
comment on column events.record_id is 'The record it is about.';
create index events_by_number on events (number);
call gemba.wall('events', 'event');
drop trigger audited on events;
revoke insert, update on events from gemba_app;
create policy doors on events to gemba_owner using (true) with check (true);

create table gemba.publishing (
    single boolean primary key default true check (single),
    number bigint not null,
    seen pg_snapshot not null
);
comment on table gemba.publishing is 'How far events are published.';
comment on column gemba.publishing.single is 'There is one row.';
comment on column gemba.publishing.number is 'The last number given.';
comment on column gemba.publishing.seen is 'What transactions wrote that this snapshot sees is published.';
insert into gemba.publishing (number, seen) values (0, pg_current_snapshot());

-- Numbers in a partition.
create function gemba.event_partition_size() returns bigint language sql immutable parallel safe return 2000000;
comment on function gemba.event_partition_size is 'Numbers in a partition of events.';

-- Makes the partition that holds a number, and the next ones: what one transaction did is published at once.
create function gemba.event_partitions(holding bigint) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    part bigint;
    name text;
begin
    for part in select holding / gemba.event_partition_size() + ahead from generate_series(0, 3) ahead loop
        name := 'events_' || part;
        continue when to_regclass('public.' || name) is not null;
        execute format('create table public.%I partition of public.events for values from (%L) to (%L)', name,
            part * gemba.event_partition_size(), (part + 1) * gemba.event_partition_size());
        execute format('comment on table public.%I is %L', name, 'Events of a range of numbers.');
        execute format('alter table public.%I enable row level security', name);
        execute format('alter table public.%I force row level security', name);
    end loop;
end $$;
comment on function gemba.event_partitions is 'Makes the partitions of events ahead.';
revoke all on function gemba.event_partitions from public;
select gemba.event_partitions(0);

-- Gives numbers to what ended transactions wrote into the trail, and returns the last number given. One publisher works at a time; another one that
-- comes meanwhile returns at once. Refusals are nobody's news.
create function gemba.publish_events() returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    state gemba.publishing;
    given bigint;
begin
    select * into state from gemba.publishing for update skip locked;
    if not found then
        return (select p.number from gemba.publishing p);
    end if;
    if pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax(state.seen) then
        raise exception 'events are ahead of the database''s transactions: it was restored into another cluster; move its transaction counter on with pg_resetwal';
    end if;
    -- One statement has one snapshot: what it sees is what it notes as seen.
    with now as materialized (
        select pg_current_snapshot() as sees
    ), fresh as materialized (
        select a.* from audit_events a where a.transaction >= pg_snapshot_xmax(state.seen) and a.outcome <> 'refused'
        union all
        select a.* from audit_events a where a.transaction = any (array(select pg_snapshot_xip(state.seen))) and a.outcome <> 'refused'
    ), numbered as (
        insert into events (organization_id, number, occurred_at, entry, plant_id, kind, action, record_id)
        select f.organization_id, state.number + row_number() over (order by f.written_at, f.transaction, f.position),
            f.occurred_at, f.position, f.plant_id, f.kind, f.action, f.record_id
        from fresh f
        returning 1
    ), counted as (
        select count(*) as given from numbered
    ), noted as (
        -- Without news the place is noted only now and then: every note is a version of the row that an old snapshot may hold.
        update gemba.publishing p set number = p.number + counted.given, seen = now.sees from now, counted
        where counted.given > 0 or pg_snapshot_xmax(p.seen)::text::bigint + 1000 < pg_snapshot_xmax(now.sees)::text::bigint
    )
    select counted.given into given from counted;
    if (state.number + given) / gemba.event_partition_size() <> state.number / gemba.event_partition_size() then
        perform gemba.event_partitions(state.number + given);
    end if;
    return state.number + given;
end $$;
comment on function gemba.publish_events is 'Gives numbers to what ended transactions wrote into the trail.';

-- What was published behind a number, of all organizations, for whoever tells it on.
create function gemba.events_behind(behind bigint, most int)
returns table (organization_id uuid, number bigint, id uuid, occurred_at timestamptz, plant_id uuid, kind text, action text, record_id uuid,
    actor text, request_id uuid, before jsonb, after jsonb, detail jsonb)
language sql stable security definer set search_path = pg_catalog, public as $$
    select e.organization_id, e.number, a.id, e.occurred_at, e.plant_id, e.kind, e.action, e.record_id, a.actor, a.request_id, a.before, a.after,
        a.detail
    from (select * from events x where x.number > behind order by x.number limit most) e
    join audit_events a on a.organization_id = e.organization_id and a.occurred_at = e.occurred_at and a.position = e.entry
    order by e.number
$$;
comment on function gemba.events_behind is 'What was published behind a number.';

-- Forgets partitions whose last event is older than `keep_days`; returns how many.
create function gemba.forget_events(at timestamptz, keep_days int) returns int
language plpgsql security definer set search_path = pg_catalog, public set lock_timeout = '2s' as $$
declare
    name text;
    newest timestamptz;
    forgotten int := 0;
begin
    for name in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'public.events'::regclass
            and substr(c.relname, 8)::bigint < (select p.number / gemba.event_partition_size() from gemba.publishing p)
        order by substr(c.relname, 8)::bigint
    loop
        execute format('select published_at from public.%I order by number desc limit 1', name) into newest;
        exit when newest >= at - make_interval(days => keep_days);
        execute format('drop table public.%I', name);
        forgotten := forgotten + 1;
    end loop;
    return forgotten;
end $$;
comment on function gemba.forget_events is 'Forgets old events.';

-- The last number given.
create function gemba.events_end() returns bigint language sql stable security definer set search_path = pg_catalog, public as $$
    select p.number from gemba.publishing p
$$;
comment on function gemba.events_end is 'The number of the last event.';

-- The number behind which events are kept.
create function gemba.events_kept_behind() returns bigint language sql stable security definer set search_path = pg_catalog, public as $$
    select coalesce(min(substr(c.relname, 8)::bigint), 0) * gemba.event_partition_size() - 1
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'public.events'::regclass
$$;
comment on function gemba.events_kept_behind is 'The number behind which events are kept.';

do $$
declare
    door text;
begin
    foreach door in array array['publish_events', 'events_behind', 'forget_events', 'events_end', 'events_kept_behind'] loop
        execute format('revoke all on function gemba.%I from public', door);
        execute format('grant execute on function gemba.%I to gemba_app', door);
    end loop;
end $$;
