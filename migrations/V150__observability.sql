-- Which trace work belongs to, from the request through the trail and the queue to whoever is told; and what is measured of the installation as a whole.
--
-- A trace is named as W3C Trace Context writes it, and only where traces are recorded: otherwise there is nothing in these columns. It is no part of what
-- the trail proves.

alter table audit_events add column trace text;
alter table audit_events alter column trace set default nullif(current_setting('gemba.trace', true), '');
comment on column audit_events.trace is 'The trace it was written in (W3C traceparent), where traces are recorded; no part of the seals.';

alter table runs add column trace text;
alter table runs alter column trace set default nullif(current_setting('gemba.trace', true), '');
comment on column runs.trace is 'The trace it was asked for in (W3C traceparent), where traces are recorded.';

-- Dead letters, for whoever watches them.
create index runs_dead on runs (queue) where state = 'failed';

-- Starts runs, as gemba.claim_runs does, and tells the trace of each.
create function gemba.claim_traced_runs(
    me uuid, kinds text[], queues text[], organizations uuid[], priorities smallint[], aboves bigint[], takes int[], at timestamptz
) returns table (
    lane int, place bigint, organization_id uuid, id uuid, plant_id uuid, kind text, payload jsonb, acting jsonb, attempt int, attempts_max int,
    ip text, request_id uuid, trace text, waited_s double precision, queue text
) language sql volatile security definer set search_path = pg_catalog, public as $$
    select c.lane, c.place, c.organization_id, c.id, c.plant_id, c.kind, c.payload, c.acting, c.attempt, c.attempts_max, c.ip, c.request_id, r.trace,
        greatest(extract(epoch from at - greatest(r.due_at, r.created_at)), 0)::double precision, r.queue
    from gemba.claim_runs(me, kinds, queues, organizations, priorities, aboves, takes, at) c
    -- One look by key for each, whatever the planner thinks of how many there are.
    cross join lateral (
        select x.trace, x.queue, x.due_at, x.created_at from runs x where x.organization_id = c.organization_id and x.id = c.id limit 1) r
$$;
comment on function gemba.claim_traced_runs is 'Starts runs, and tells the trace of each.';

-- What was published behind a number, as gemba.events_behind tells it, with the trace of each.
create function gemba.traced_events_behind(behind bigint, most int)
returns table (organization_id uuid, number bigint, id uuid, occurred_at timestamptz, plant_id uuid, kind text, action text, record_id uuid,
    actor text, request_id uuid, before jsonb, after jsonb, detail jsonb, trace text)
language sql stable security definer set search_path = pg_catalog, public as $$
    select e.organization_id, e.number, a.id, e.occurred_at, e.plant_id, e.kind, e.action, e.record_id, a.actor, a.request_id, a.before, a.after,
        a.detail, a.trace
    from (select * from events x where x.number > behind order by x.number limit most) e
    join audit_events a on a.organization_id = e.organization_id and a.occurred_at = e.occurred_at and a.position = e.entry
    order by e.number
$$;
comment on function gemba.traced_events_behind is 'What was published behind a number, with its traces.';

-- The installation in numbers, of all organizations together: what waits, since when, and what was given up. Nothing of whom. Whatever may be large is
-- counted up to `most`.
create function gemba.measure(at timestamptz, most int) returns table (name text, label text, value double precision)
language sql stable security definer set search_path = pg_catalog, public as $$
    select 'runs_ready', w.queue, count(*)::double precision
    from (select r.queue from runs r where r.position is not null limit most) w group by w.queue
    union all
    select 'runs_waiting', w.queue, count(*)
    from (select r.queue from runs r where r.state = 'queued' and r.position is null and not r.blocked limit most) w group by w.queue
    union all
    select 'runs_blocked', w.queue, count(*)
    from (select r.queue from runs r where r.state = 'queued' and r.blocked limit most) w group by w.queue
    union all
    select 'runs_running', r.queue, count(*) from runs r where r.state = 'running' group by r.queue
    union all
    select 'runs_dead', w.queue, count(*) from (select r.queue from runs r where r.state = 'failed' limit most) w group by w.queue
    union all
    -- Of a queue the longest wait: positions are given in the order in which runs may start.
    select 'runs_age', q.queue, greatest(extract(epoch from at - greatest(first.due_at, first.created_at)), 0)
    from (select distinct w.queue from (select r.queue from runs r where r.position is not null limit most) w) q
    cross join lateral (select r.due_at, r.created_at from runs r where r.queue = q.queue and r.position is not null order by r.position limit 1) first
    union all
    select 'workers', '', count(*) from gemba.workers w where w.lease_until > at
    union all
    select 'outbox_waiting', '', count(*)
    from (select from audit_events a, gemba.publishing p
          where a.transaction >= pg_snapshot_xmax(p.seen) and a.outcome <> 'refused' limit most) w
    union all
    select 'outbox_age', '', coalesce(greatest(extract(epoch from at - (
        select min(w.written_at) from (
            select a.written_at from audit_events a, gemba.publishing p
            where a.transaction >= pg_snapshot_xmax(p.seen) and a.outcome <> 'refused' order by a.transaction limit most) w)), 0), 0)
    union all
    select 'events', '', p.number from gemba.publishing p
    union all
    select 'seal_age', '', coalesce(max(greatest(extract(epoch from at - first.written_at), 0)), 0)
    from organizations o
    cross join lateral (
        select coalesce((
            select s.to_transaction from audit_seals s where s.organization_id = o.organization_id order by s.number desc limit 1
        ), 0)::text::xid8 as sealed
    ) chain
    cross join lateral (
        select a.written_at from audit_events a where a.organization_id = o.organization_id and a.transaction >= chain.sealed
        order by a.transaction limit 1
    ) first
    union all
    select 'webhooks', case when w.disabled_at is not null then 'disabled' when w.paused then 'paused' when w.held_until > at then 'resting' else 'active' end,
        count(*)
    from webhooks w group by 2
    union all
    select 'webhook_age', '', coalesce(max(greatest(extract(epoch from at - first.published_at), 0)), 0)
    from webhooks w
    cross join lateral (
        select e.published_at from events e where e.organization_id = w.organization_id and e.number > w.behind order by e.number limit 1) first
    where not w.paused and w.disabled_at is null
    union all
    select 'deliveries_pending', '', count(*) from (select from webhook_deliveries d where d.state = 'pending' limit most) w
    union all
    select 'schema_version', '', gemba.schema_version()
$$;
comment on function gemba.measure is 'The installation in numbers, for whoever watches it.';

-- The zones that plants and schedules go by, for whoever checks that a machine knows them.
create function gemba.time_zones() returns setof text language sql stable security definer set search_path = pg_catalog, public as $$
    select p.time_zone from plants p union select s.time_zone from schedules s
$$;
comment on function gemba.time_zones is 'The zones that plants and schedules go by.';

do $$
declare
    door text;
begin
    foreach door in array array['claim_traced_runs', 'traced_events_behind', 'measure', 'time_zones'] loop
        execute format('revoke all on function gemba.%I from public', door);
        execute format('grant execute on function gemba.%I to gemba_app', door);
    end loop;
end $$;
