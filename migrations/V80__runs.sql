-- Work that takes time: runs, what they say while they run, the programs that carry them out, and schedules that start them.
--
-- A run that may start has a position; one that waits (for its time, or for another run of its key) has none. Workers look for positions above
-- the last they saw, so that what was done before lies behind them: versions of rows that an old snapshot still holds are never walked through.

create sequence gemba.run_positions;
grant usage on sequence gemba.run_positions to gemba_app;

-- A transaction has its number before its runs have positions: whoever has seen a later transaction end knows that no lower position is to come
-- from an earlier one.
create function gemba.next_run_position() returns bigint language plpgsql volatile set search_path = pg_catalog as $$
begin
    perform pg_current_xact_id();
    return nextval('gemba.run_positions');
end $$;
comment on function gemba.next_run_position is 'The position of a run that may start.';

create table runs (
    organization_id uuid not null references organizations,
    id uuid not null,
    plant_id uuid,
    kind text not null,
    title text not null check (length(title) between 1 and 300),
    queue text not null,
    state text not null default 'queued' check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    priority smallint not null default 0 check (priority between -9 and 9),
    position bigint,
    blocked boolean not null default false,
    due_at timestamptz not null,
    concurrency_key text check (length(concurrency_key) between 1 and 300),
    attempt int not null default 0,
    attempts_max int not null check (attempts_max > 0),
    payload jsonb not null default '{}',
    progress real not null default 0 check (progress between 0 and 1),
    progress_text text,
    result jsonb,
    error jsonb,
    cancel_requested_at timestamptz,
    worker uuid,
    acting jsonb not null,
    audited boolean not null,
    ip inet,
    request_id uuid,
    schedule_id uuid,
    created_at timestamptz not null,
    created_by text not null,
    started_at timestamptz,
    finished_at timestamptz,
    primary key (organization_id, id),
    constraint runs_plant_fkey foreign key (organization_id, plant_id) references plants,
    check (state = 'queued' or position is null),
    check (not blocked or position is null),
    check ((state = 'running') = (worker is not null))
) with (fillfactor = 80);
comment on table runs is 'Work that takes time: who asked for it, how far it is, and what came of it.';
comment on column runs.organization_id is 'Whose it is.';
comment on column runs.id is 'The run.';
comment on column runs.plant_id is 'The plant it is about, if about one.';
comment on column runs.kind is 'What is done: planning.optimize.';
comment on column runs.title is 'What is done, for people.';
comment on column runs.queue is 'The queue it waits in; workers serve some or all.';
comment on column runs.state is 'queued, running, or how it ended; a failed one is a dead letter until it is driven again.';
comment on column runs.priority is 'Among the runs of its organization: higher first.';
comment on column runs.position is 'Its place in the queue; none while it waits for its time or its key, and once it was started.';
comment on column runs.blocked is 'Whether it waits for another run of its concurrency key.';
comment on column runs.due_at is 'Not before this.';
comment on column runs.concurrency_key is 'Of the runs of one key, one at a time may start.';
comment on column runs.attempt is 'How often it was started; with the worker, the fence against late results.';
comment on column runs.attempts_max is 'How often it may be started.';
comment on column runs.payload is 'What it works on; never secrets.';
comment on column runs.progress is 'How much is done, 0 to 1.';
comment on column runs.progress_text is 'What is being done.';
comment on column runs.result is 'What came of it.';
comment on column runs.error is 'Why it failed last: a problem of RFC 9457.';
comment on column runs.cancel_requested_at is 'When somebody asked to stop it, if so.';
comment on column runs.worker is 'The worker that has it.';
comment on column runs.acting is 'For whom it runs: {"user", "session"}, {"key", "owner"}, or {} for Gemba itself.';
comment on column runs.audited is 'Whether its beginning and end are in the trail; false for housekeeping.';
comment on column runs.ip is 'The address of the request that caused it.';
comment on column runs.request_id is 'The request that caused it.';
comment on column runs.schedule_id is 'The schedule that caused it, if one did.';
comment on column runs.created_at is 'When it was asked for.';
comment on column runs.created_by is 'Who asked: user:…, key:…, system:….';
comment on column runs.started_at is 'When it was started last.';
comment on column runs.finished_at is 'When it ended.';
create index runs_by_plant on runs (organization_id, plant_id);
create index runs_ready on runs (queue, organization_id, priority, position) where position is not null;
create index runs_arriving on runs (position) where position is not null;
create index runs_waiting on runs (due_at) where state = 'queued' and position is null and not blocked;
create index runs_blocked on runs (organization_id, concurrency_key, created_at, id) where state = 'queued' and blocked;
create index runs_at_work on runs (worker) where state = 'running';
create index runs_finished on runs (finished_at) where finished_at is not null;
create unique index runs_active_key on runs (organization_id, concurrency_key)
    where concurrency_key is not null and (state = 'running' or position is not null);
call gemba.wall('runs', 'run');
-- Who asked for a run, and how it ended, is told to the trail by the verbs; its steps in between are nobody's deed.
drop trigger audited on runs;
create policy doors on runs to gemba_owner using (true) with check (true);

create table run_lines (
    organization_id uuid not null,
    run_id uuid not null,
    number bigint not null,
    at timestamptz not null,
    level text not null check (level in ('info', 'warning', 'error')),
    text text not null check (length(text) <= 4000),
    primary key (organization_id, run_id, number),
    constraint run_lines_run_fkey foreign key (organization_id, run_id) references runs (organization_id, id)
);
comment on table run_lines is 'What runs say while they run.';
comment on column run_lines.organization_id is 'Whose it is.';
comment on column run_lines.run_id is 'The run.';
comment on column run_lines.number is 'Its order.';
comment on column run_lines.at is 'When it was said.';
comment on column run_lines.level is 'info, warning or error.';
comment on column run_lines.text is 'What was said.';
call gemba.wall('run_lines', 'run_line');
drop trigger audited on run_lines;
create policy doors on run_lines to gemba_owner using (true) with check (true);

create table gemba.workers (
    id uuid primary key,
    queues text[] not null,
    started_at timestamptz not null default now(),
    lease_until timestamptz not null
) with (fillfactor = 50);
comment on table gemba.workers is 'The programs that carry out runs, as long as they say that they live.';
comment on column gemba.workers.id is 'The worker; new at every start.';
comment on column gemba.workers.queues is 'What it serves; empty for all.';
comment on column gemba.workers.started_at is 'When it began.';
comment on column gemba.workers.lease_until is 'Until when it is believed to live.';

-- Asks for a run. It may start at once, unless it has to wait for its time, or for another run of its key that was asked for before.
create function gemba.enqueue_run(
    organization uuid, run uuid, plant uuid, kind text, title text, queue text, priority smallint, due timestamptz, key text, attempts int,
    payload jsonb, acting jsonb, audited boolean, ip text, request uuid, schedule uuid, at timestamptz
) returns void language plpgsql set search_path = pg_catalog, public as $$
begin
    insert into runs (organization_id, id, plant_id, kind, title, queue, priority, position, due_at, concurrency_key, attempts_max, payload,
        acting, audited, ip, request_id, schedule_id, created_at, created_by)
    values (organization, run, plant, enqueue_run.kind, enqueue_run.title, enqueue_run.queue, enqueue_run.priority,
        case when due is null then gemba.next_run_position() end, coalesce(due, at), key, attempts, enqueue_run.payload, enqueue_run.acting,
        enqueue_run.audited, enqueue_run.ip::inet, request, schedule, at, coalesce(nullif(current_setting('gemba.actor', true), ''), 'nobody'))
    on conflict (organization_id, concurrency_key) where concurrency_key is not null and (state = 'running' or position is not null) do nothing;
    if not found then
        insert into runs (organization_id, id, plant_id, kind, title, queue, priority, blocked, due_at, concurrency_key, attempts_max, payload,
            acting, audited, ip, request_id, schedule_id, created_at, created_by)
        values (organization, run, plant, enqueue_run.kind, enqueue_run.title, enqueue_run.queue, enqueue_run.priority, true, at, key, attempts,
            enqueue_run.payload, enqueue_run.acting, enqueue_run.audited, enqueue_run.ip::inet, request, schedule, at,
            coalesce(nullif(current_setting('gemba.actor', true), ''), 'nobody'));
    end if;
end $$;
comment on function gemba.enqueue_run is 'Asks for a run.';

-- Says that a worker lives, for so long. A worker that is not known any more has lost its runs and must begin anew: false.
create function gemba.worker_lives(me uuid, serving text[], lease_s double precision, beginning boolean) returns boolean
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    if beginning then
        insert into gemba.workers (id, queues, lease_until) values (me, serving, clock_timestamp() + make_interval(secs => lease_s));
        return true;
    end if;
    update gemba.workers set lease_until = clock_timestamp() + make_interval(secs => lease_s) where id = me;
    return found;
end $$;
comment on function gemba.worker_lives is 'Says that a worker lives.';

-- What has come into the queues above a position, by lane; and what is needed to know up to where nothing more can come.
create function gemba.runs_arriving(serving text[], above bigint)
returns table (queue text, organization_id uuid, priority smallint, lowest bigint, highest bigint)
language sql stable security definer set search_path = pg_catalog, public as $$
    select r.queue, r.organization_id, r.priority, min(r.position), max(r.position)
    from runs r
    where r.position > above and (serving = '{}' or r.queue = any (serving))
    group by 1, 2, 3
$$;
comment on function gemba.runs_arriving is 'What has come into the queues above a position.';

-- Starts runs of the kinds that a worker knows: of each lane so many, above the position where the lane was left.
create function gemba.claim_runs(
    me uuid, kinds text[], queues text[], organizations uuid[], priorities smallint[], aboves bigint[], takes int[], at timestamptz
) returns table (
    lane int, place bigint, organization_id uuid, id uuid, plant_id uuid, kind text, payload jsonb, acting jsonb, attempt int, attempts_max int,
    ip text, request_id uuid
) language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    -- Held to the end: whoever thinks this worker dead waits until its claim is there to be taken back.
    perform from gemba.workers w where w.id = me and w.lease_until > clock_timestamp() for share;
    if not found then
        raise exception 'this worker is believed dead' using errcode = 'GMW01';
    end if;
    return query
    with picked as materialized (
        select r.organization_id, r.id, l.lane, r.position
        from unnest(queues, organizations, priorities, aboves, takes) with ordinality as l (queue, organization, priority, above, take, lane)
        cross join lateral (
            select x.organization_id, x.id, x.position from runs x
            where x.queue = l.queue and x.organization_id = l.organization and x.priority = l.priority and x.position > l.above
                and x.kind = any (kinds)
            order by x.position limit l.take for update skip locked
        ) r
    )
    update runs u set state = 'running', position = null, worker = me, attempt = u.attempt + 1, started_at = at
    from picked p where u.organization_id = p.organization_id and u.id = p.id
    returning p.lane::int, p.position, u.organization_id, u.id, u.plant_id, u.kind, u.payload, u.acting, u.attempt, u.attempts_max,
        host(u.ip), u.request_id;
end $$;
comment on function gemba.claim_runs is 'Starts runs.';

-- Starts the next run of a key, where none is active. Whoever comes second at the same moment finds it active and leaves it.
create function gemba.next_of_key(organization uuid, key text) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    update runs set position = gemba.next_run_position(), blocked = false
    where organization_id = organization and id = (
        select r.id from runs r
        where r.organization_id = organization and r.concurrency_key = key and r.state = 'queued' and r.blocked
        -- Identifiers of one millisecond are in no order.
        order by r.priority desc, r.created_at, r.id limit 1 for update skip locked)
    and not exists (
        select from runs a
        where a.organization_id = organization and a.concurrency_key = key and (a.state = 'running' or a.position is not null));
exception when unique_violation then
    null;
end $$;
comment on function gemba.next_of_key is 'Lets the next run of a concurrency key start.';

-- Ends an attempt, if the run is still the worker's; false where it is not. `ended` is how: succeeded, failed, cancelled; or returned, where
-- the worker stops and the run begins anew elsewhere. A failed one with `retry_at` waits until then.
create function gemba.end_run(
    organization uuid, run uuid, me uuid, try int, ended text, outcome jsonb, problem jsonb, retry_at timestamptz, at timestamptz
) returns boolean language plpgsql set search_path = pg_catalog, public as $$
declare
    again constant boolean := ended = 'returned' or retry_at is not null;
    was runs;
begin
    update runs r set state = case when again then 'queued' else ended end, worker = null,
        position = case when ended = 'returned' then gemba.next_run_position() end,
        attempts_max = r.attempts_max + (ended = 'returned')::int,
        progress = case when ended = 'succeeded' then 1 else r.progress end,
        result = coalesce(outcome, r.result), error = problem, due_at = coalesce(retry_at, r.due_at), finished_at = case when not again then at end
    where r.organization_id = organization and r.id = run and r.worker = me and r.attempt = try
    returning r.* into was;
    if not found then
        return false;
    end if;
    if was.concurrency_key is not null and was.position is null then
        perform gemba.next_of_key(organization, was.concurrency_key);
    end if;
    if was.audited and not again then
        perform gemba.audit('run.' || ended, 'run', run, was.plant_id, case ended when 'failed' then 'failed' else 'success' end,
            jsonb_strip_nulls(jsonb_build_object('kind', was.kind, 'title', was.title, 'attempt', was.attempt, 'error', problem ->> 'code')));
    end if;
    return true;
end $$;
comment on function gemba.end_run is 'Ends an attempt of a run.';

-- Stops a run: one that waits at once, one at work as soon as it looks. Returns the state, or nothing where it has ended before.
create function gemba.cancel_run(organization uuid, run uuid, at timestamptz) returns text
language plpgsql set search_path = pg_catalog, public as $$
declare
    was runs;
begin
    update runs r set state = case r.state when 'queued' then 'cancelled' else r.state end, position = null, blocked = false,
        cancel_requested_at = coalesce(r.cancel_requested_at, at), finished_at = case r.state when 'queued' then at end
    where r.organization_id = organization and r.id = run and r.state in ('queued', 'running')
    returning r.* into was;
    if not found then
        return null;
    end if;
    if was.state = 'cancelled' and was.concurrency_key is not null then
        perform gemba.next_of_key(organization, was.concurrency_key);
    end if;
    perform gemba.audit(case was.state when 'cancelled' then 'run.cancelled' else 'run.cancel_requested' end, 'run', run, was.plant_id, 'success',
        jsonb_build_object('kind', was.kind, 'title', was.title));
    return was.state;
end $$;
comment on function gemba.cancel_run is 'Stops a run.';

-- Drives a run again that failed or was stopped; false where it did neither.
create function gemba.redrive_run(organization uuid, run uuid, at timestamptz) returns boolean
language plpgsql set search_path = pg_catalog, public as $$
declare
    was runs;
begin
    update runs r set state = 'queued', attempts_max = r.attempt + 5, due_at = at, finished_at = null, cancel_requested_at = null,
        progress = 0, progress_text = null, blocked = r.concurrency_key is not null,
        position = case when r.concurrency_key is null then gemba.next_run_position() end
    where r.organization_id = organization and r.id = run and r.state in ('failed', 'cancelled')
    returning r.* into was;
    if not found then
        return false;
    end if;
    if was.concurrency_key is not null then
        perform gemba.next_of_key(organization, was.concurrency_key);
    end if;
    perform gemba.audit('run.redriven', 'run', run, was.plant_id, 'success', jsonb_build_object('kind', was.kind, 'title', was.title));
    return true;
end $$;
comment on function gemba.redrive_run is 'Drives a run again.';

-- Lets runs start whose time has come, and returns how many. `since` spares what was looked at before.
create function gemba.runs_due(since timestamptz, at timestamptz, most int) returns int
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    waiting record;
    started int := 0;
begin
    for waiting in
        select r.organization_id, r.id, r.concurrency_key from runs r
        where r.state = 'queued' and r.position is null and not r.blocked and r.due_at > since and r.due_at <= at
        order by r.due_at limit most for update skip locked
    loop
        started := started + 1;
        if waiting.concurrency_key is null then
            update runs r set position = gemba.next_run_position() where r.organization_id = waiting.organization_id and r.id = waiting.id;
        else
            update runs r set blocked = true where r.organization_id = waiting.organization_id and r.id = waiting.id;
            perform gemba.next_of_key(waiting.organization_id, waiting.concurrency_key);
        end if;
    end loop;
    return started;
end $$;
comment on function gemba.runs_due is 'Lets runs start whose time has come.';

-- What is left of keys whose last run ended while the next was just being put behind it.
create function gemba.runs_unblocked() returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    key record;
begin
    for key in
        select distinct b.organization_id, b.concurrency_key from runs b
        where b.state = 'queued' and b.blocked and not exists (
            select from runs a
            where a.organization_id = b.organization_id and a.concurrency_key = b.concurrency_key and (a.state = 'running' or a.position is not null))
    loop
        perform gemba.next_of_key(key.organization_id, key.concurrency_key);
    end loop;
end $$;
comment on function gemba.runs_unblocked is 'Lets runs start that wait for a key which nobody holds.';

-- Takes back the runs of workers that stopped saying that they live: to be started again, or failed where that was the last attempt.
create function gemba.runs_of_the_dead(at timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    dead uuid;
    lost record;
    taken int := 0;
begin
    for dead in select w.id from gemba.workers w where w.lease_until < clock_timestamp() for update skip locked loop
        for lost in select r.* from runs r where r.worker = dead and r.state = 'running' for update loop
            taken := taken + 1;
            if lost.cancel_requested_at is not null then
                update runs r set state = 'cancelled', worker = null, finished_at = at where r.organization_id = lost.organization_id and r.id = lost.id;
            elsif lost.attempt >= lost.attempts_max then
                update runs r set state = 'failed', worker = null, finished_at = at, error = jsonb_build_object(
                    'type', 'urn:gemba:problem:worker_lost', 'title', 'Service Unavailable', 'status', 503, 'code', 'worker_lost',
                    'detail', 'the program that carried it out stopped without a word, ' || lost.attempt || ' times')
                where r.organization_id = lost.organization_id and r.id = lost.id;
            else
                update runs r set state = 'queued', worker = null, position = gemba.next_run_position()
                where r.organization_id = lost.organization_id and r.id = lost.id;
            end if;
            insert into run_lines (organization_id, run_id, number, at, level, text)
            values (lost.organization_id, lost.id, nextval('gemba.run_positions'), at, 'warning', 'the program that carried it out stopped without a word');
            if lost.concurrency_key is not null then
                perform gemba.next_of_key(lost.organization_id, lost.concurrency_key);
            end if;
        end loop;
        delete from gemba.workers w where w.id = dead;
    end loop;
    return taken;
end $$;
comment on function gemba.runs_of_the_dead is 'Takes back the runs of workers that died.';

-- Notes how far runs are, as their worker says, and tells which of them go on: those still its own, and whether somebody wants them stopped.
create function gemba.report_runs(me uuid, organizations uuid[], ids uuid[], attempts int[], progresses real[], texts text[])
returns table (id uuid, attempt int, stop boolean)
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    update runs r set progress = said.progress, progress_text = said.text
    from unnest(organizations, ids, attempts, progresses, texts) as said (organization, id, attempt, progress, text)
    where r.organization_id = said.organization and r.id = said.id and r.worker = me and r.attempt = said.attempt and said.progress is not null;
    return query
    select r.id, r.attempt, r.cancel_requested_at is not null
    from unnest(organizations, ids, attempts) as said (organization, id, attempt)
    join runs r on r.organization_id = said.organization and r.id = said.id and r.worker = me and r.attempt = said.attempt;
end $$;
comment on function gemba.report_runs is 'Notes how far runs are, and tells which of them go on.';

create function gemba.write_run_lines(organizations uuid[], ids uuid[], ats timestamptz[], levels text[], texts text[]) returns void
language sql security definer set search_path = pg_catalog, public as $$
    insert into run_lines (organization_id, run_id, number, at, level, text)
    select said.organization, said.id, nextval('gemba.run_positions'), said.at, said.level, said.text
    from unnest(organizations, ids, ats, levels, texts) as said (organization, id, at, level, text)
$$;
comment on function gemba.write_run_lines is 'Keeps what runs say.';

-- Forgets what ended long ago: housekeeping that went well after ten minutes, that did not after a week, the rest as `keep_days` says.
create function gemba.forget_runs(at timestamptz, keep_days int, most int) returns int
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    old record;
    forgotten int := 0;
begin
    for old in
        select r.organization_id, r.id from runs r
        where r.finished_at < at - interval '10 minutes' and r.finished_at < at - case
            when r.audited then make_interval(days => keep_days)
            when r.state = 'succeeded' then interval '10 minutes'
            else interval '7 days' end
        order by r.finished_at limit most for update skip locked
    loop
        delete from run_lines l where l.organization_id = old.organization_id and l.run_id = old.id;
        delete from runs r where r.organization_id = old.organization_id and r.id = old.id;
        forgotten := forgotten + 1;
    end loop;
    return forgotten;
end $$;
comment on function gemba.forget_runs is 'Forgets runs that ended long ago.';

do $$
declare
    door text;
begin
    foreach door in array array['worker_lives', 'runs_arriving', 'claim_runs', 'next_of_key', 'runs_due', 'runs_unblocked', 'runs_of_the_dead',
        'report_runs', 'write_run_lines', 'forget_runs', 'next_run_position'] loop
        execute format('revoke all on function gemba.%I from public', door);
        execute format('grant execute on function gemba.%I to gemba_app', door);
    end loop;
end $$;
