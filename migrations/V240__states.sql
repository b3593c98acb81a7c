-- What lines did, quarter of an hour by quarter of an hour: states and their reasons, readings of counters, and the sums from which key figures are read.

create table line_monitors (
    line_id uuid not null,
    micro_stop_s integer not null default 300 check (micro_stop_s between 0 and 3600),
    patience_s integer not null default 120 check (patience_s between 1 and 86400),
    pieces_per_count numeric(12, 4) not null default 1 check (pieces_per_count > 0),
    planned_scrap_pct numeric(6, 3) check (planned_scrap_pct > 0 and planned_scrap_pct <= 100)
);
comment on table line_monitors is 'How a line is watched. A line without one is watched by the defaults.';
comment on column line_monitors.line_id is 'The line.';
comment on column line_monitors.micro_stop_s is 'A shorter unplanned stop is a micro-stop (s).';
comment on column line_monitors.patience_s is 'A line whose counter shows nothing new for longer has stopped (s).';
comment on column line_monitors.pieces_per_count is 'Pieces for one count.';
comment on column line_monitors.planned_scrap_pct is 'Scrap that is planned with (%).';
call gemba.record('line_monitors', 'line_monitor', 'plant');
alter table line_monitors add constraint line_monitors_line_key unique (organization_id, line_id);
call gemba.refers('line_monitors', 'line_id', 'lines');

create table line_states (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    line_id uuid not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    state text not null check (state in ('running', 'stopped', 'setup', 'idle', 'offline')),
    time_class text not null
        check (time_class in ('production', 'setup', 'delay', 'failure', 'down', 'planned', 'preventive', 'off')),
    reason_id uuid,
    job_id uuid,
    operator_id uuid,
    source text not null check (source in ('manual', 'counter', 'edge', 'derived')),
    micro boolean not null default false,
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    constraint line_states_start_key unique (organization_id, plant_id, line_id, started_at),
    check (ended_at > started_at),
    check (not micro or ended_at is not null)
);
comment on table line_states is 'What a line did from when to when. An interval ends where the next begins; none is ever removed.';
comment on column line_states.organization_id is 'Whose it is.';
comment on column line_states.plant_id is 'The plant of the line.';
comment on column line_states.id is 'The interval.';
comment on column line_states.line_id is 'The line.';
comment on column line_states.started_at is 'When it began.';
comment on column line_states.ended_at is 'When it ended; none while it goes on.';
comment on column line_states.state is 'running, stopped, setup, idle (nothing to do) or offline (nothing is heard).';
comment on column line_states.time_class is 'Element of the time model of ISO 22400-2 that it counts as, by state and reason, as it was when that was told.';
comment on column line_states.reason_id is 'Why it stood.';
comment on column line_states.job_id is 'The job it was busy with.';
comment on column line_states.operator_id is 'Who said so.';
comment on column line_states.source is 'How it is known: manual, counter, edge, or derived from something else.';
comment on column line_states.micro is 'Whether it was an unplanned stop shorter than those that are asked about.';
comment on column line_states.created_at is 'When it was written.';
comment on column line_states.created_by is 'Who wrote it.';
alter table line_states add constraint line_states_line_id_fkey
    foreign key (organization_id, plant_id, line_id) references lines (organization_id, plant_id, id);
alter table line_states add constraint line_states_job_id_fkey
    foreign key (organization_id, plant_id, job_id) references jobs (organization_id, plant_id, id);
create index line_states_by_job on line_states (organization_id, plant_id, job_id);
call gemba.refers('line_states', 'reason_id', 'reasons');
call gemba.refers('line_states', 'operator_id', 'operators');
create unique index line_states_open on line_states (organization_id, plant_id, line_id) where ended_at is null;
call gemba.wall('line_states', 'line_state');

create table line_counters (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    line_id uuid not null,
    name text not null check (length(name) between 1 and 60),
    read_at timestamptz not null,
    value bigint not null check (value >= 0),
    moved_at timestamptz not null,
    running boolean,
    primary key (organization_id, line_id, name),
    foreign key (organization_id, plant_id, line_id) references lines (organization_id, plant_id, id)
);
comment on table line_counters is 'What each counter at a line showed last.';
comment on column line_counters.organization_id is 'Whose it is.';
comment on column line_counters.plant_id is 'The plant of the line.';
comment on column line_counters.line_id is 'The line.';
comment on column line_counters.name is 'What the line calls it: out, in, rejected.';
comment on column line_counters.read_at is 'When it was read last.';
comment on column line_counters.value is 'What it showed.';
comment on column line_counters.moved_at is 'When it last showed more than before.';
comment on column line_counters.running is 'What it said last: whether the line runs.';
create index line_counters_by_line on line_counters (organization_id, plant_id, line_id);
call gemba.wall('line_counters', 'line_counter');
drop trigger audited on line_counters;

create table line_counts (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    line_id uuid not null,
    name text not null,
    at timestamptz not null,
    pieces numeric(18, 6) not null check (pieces > 0),
    job_id uuid,
    primary key (organization_id, line_id, name, at),
    foreign key (organization_id, plant_id, line_id) references lines (organization_id, plant_id, id)
);
comment on table line_counts is 'Pieces that a counter saw since its reading before: a ledger.';
comment on column line_counts.organization_id is 'Whose it is.';
comment on column line_counts.plant_id is 'The plant of the line.';
comment on column line_counts.line_id is 'The line.';
comment on column line_counts.name is 'The counter.';
comment on column line_counts.at is 'When it was read.';
comment on column line_counts.pieces is 'Pieces.';
comment on column line_counts.job_id is 'The job that the line was busy with.';
create index line_counts_by_line on line_counts (organization_id, plant_id, line_id, at);
call gemba.wall('line_counts', 'line_count');
drop trigger audited on line_counts;
revoke update on line_counts from gemba_app;
create trigger append_only before update or delete on line_counts for each row execute function gemba.refuse_change();

create table line_quarters (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    line_id uuid not null,
    quarter timestamptz not null check (quarter = date_bin('15 minutes', quarter, '2000-01-01 00:00:00+00')),
    job_id uuid not null default '00000000-0000-0000-0000-000000000000',
    production_us bigint not null default 0,
    setup_us bigint not null default 0,
    delay_us bigint not null default 0,
    failure_us bigint not null default 0,
    down_us bigint not null default 0,
    planned_us bigint not null default 0,
    preventive_us bigint not null default 0,
    off_us bigint not null default 0,
    micro_us bigint not null default 0,
    stops bigint not null default 0,
    micro_stops bigint not null default 0,
    failures bigint not null default 0,
    good numeric(24, 6) not null default 0,
    scrapped numeric(24, 6) not null default 0,
    reworked numeric(24, 6) not null default 0,
    first_pass numeric(24, 6) not null default 0,
    ideal_s numeric(30, 12) not null default 0,
    planned_scrap numeric(30, 12) not null default 0,
    counted numeric(24, 6) not null default 0,
    primary key (organization_id, plant_id, line_id, quarter, job_id)
);
comment on table line_quarters is 'What every line did in every quarter of an hour on every job, added up as it is written: never by looking at all of it again.';
do $$
declare
    said record;
begin
    for said in values ('organization_id', 'Whose it is.'), ('plant_id', 'The plant of the line.'), ('line_id', 'The line.'),
        ('quarter', 'The beginning of the quarter of an hour.'), ('job_id', 'The job; zeros for none.'),
        ('production_us', 'APT (µs). Intervals that have ended, the part within the quarter.'), ('setup_us', 'AUST (µs).'),
        ('delay_us', 'ADET that is no failure (µs).'), ('failure_us', 'ADET that is failures (µs).'), ('down_us', 'ADOT (µs).'),
        ('planned_us', 'Planned down time (µs).'), ('preventive_us', 'Preventive maintenance (µs).'), ('off_us', 'Outside planned operation time (µs).'),
        ('micro_us', 'Of the delays, what were micro-stops (µs).'), ('stops', 'Unplanned stops that began in it.'),
        ('micro_stops', 'Of them micro-stops.'), ('failures', 'Failures that began in it.'), ('good', 'Good units reported.'),
        ('scrapped', 'Units reported as scrap.'), ('reworked', 'Units reported to be made again.'),
        ('first_pass', 'Good units that were not made again.'), ('ideal_s', 'Time that what was made needs by its planned run time (s).'),
        ('planned_scrap', 'Scrap planned for what was made.'), ('counted', 'Pieces that counters saw.')
    loop
        execute format('comment on column line_quarters.%I is %L', said.column1, said.column2);
    end loop;
end $$;
create index line_quarters_by_job on line_quarters (organization_id, plant_id, job_id);
call gemba.wall('line_quarters', 'line_quarters');
drop trigger audited on line_quarters;
-- Only the triggers below write it.
revoke insert, update on line_quarters from gemba_app;
create policy keeping on line_quarters to gemba_owner using (true) with check (true);

-- The quarters of an hour that a stretch of time touches, and how much of each (µs).
create function gemba.quarters_of(starts timestamptz, ends timestamptz) returns table (quarter timestamptz, us bigint)
language sql stable parallel safe as $$
    select h, ((extract(epoch from least(ends, h + interval '15 minutes')) - extract(epoch from greatest(starts, h))) * 1000000)::bigint
    from generate_series(date_bin('15 minutes', starts, '2000-01-01 00:00:00+00'), ends, interval '15 minutes') h
    where ends > h
$$;
comment on function gemba.quarters_of is 'The quarters of an hour that a stretch of time touches, and how much of each (µs).';

create function gemba.roll_up_new_states() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    -- One at a time is how they come; a line's open interval has nothing to add up yet.
    if not exists (select from added where ended_at is not null) then
        return null;
    end if;
    insert into public.line_quarters as kept (organization_id, plant_id, line_id, quarter, job_id, production_us, setup_us, delay_us, failure_us, down_us,
        planned_us, preventive_us, off_us, micro_us, stops, micro_stops, failures)
    select s.organization_id, s.plant_id, s.line_id, q.quarter, coalesce(s.job_id, '00000000-0000-0000-0000-000000000000'),
        coalesce(sum(q.us) filter (where time_class = 'production'), 0), coalesce(sum(q.us) filter (where time_class = 'setup'), 0),
        coalesce(sum(q.us) filter (where time_class = 'delay'), 0), coalesce(sum(q.us) filter (where time_class = 'failure'), 0),
        coalesce(sum(q.us) filter (where time_class = 'down'), 0), coalesce(sum(q.us) filter (where time_class = 'planned'), 0),
        coalesce(sum(q.us) filter (where time_class = 'preventive'), 0), coalesce(sum(q.us) filter (where time_class = 'off'), 0),
        coalesce(sum(q.us) filter (where micro), 0),
        count(*) filter (where time_class in ('delay', 'failure') and started_at >= q.quarter),
        count(*) filter (where micro and started_at >= q.quarter), count(*) filter (where time_class = 'failure' and started_at >= q.quarter)
    from added s cross join lateral gemba.quarters_of(s.started_at, s.ended_at) q
    where s.ended_at is not null
    group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (organization_id, plant_id, line_id, quarter, job_id) do update set production_us = kept.production_us + excluded.production_us,
        setup_us = kept.setup_us + excluded.setup_us, delay_us = kept.delay_us + excluded.delay_us, failure_us = kept.failure_us + excluded.failure_us,
        down_us = kept.down_us + excluded.down_us, planned_us = kept.planned_us + excluded.planned_us,
        preventive_us = kept.preventive_us + excluded.preventive_us, off_us = kept.off_us + excluded.off_us, micro_us = kept.micro_us + excluded.micro_us,
        stops = kept.stops + excluded.stops, micro_stops = kept.micro_stops + excluded.micro_stops, failures = kept.failures + excluded.failures;
    return null;
end $$;
comment on function gemba.roll_up_new_states is 'Adds what lines did to their quarters of an hour.';
create trigger rolled_up after insert on line_states referencing new table as added for each statement execute function gemba.roll_up_new_states();

create function gemba.roll_up_changed_states() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    insert into public.line_quarters as kept (organization_id, plant_id, line_id, quarter, job_id, production_us, setup_us, delay_us, failure_us, down_us,
        planned_us, preventive_us, off_us, micro_us, stops, micro_stops, failures)
    select s.organization_id, s.plant_id, s.line_id, q.quarter, coalesce(s.job_id, '00000000-0000-0000-0000-000000000000'),
        coalesce(sum(sign * q.us) filter (where time_class = 'production'), 0), coalesce(sum(sign * q.us) filter (where time_class = 'setup'), 0),
        coalesce(sum(sign * q.us) filter (where time_class = 'delay'), 0), coalesce(sum(sign * q.us) filter (where time_class = 'failure'), 0),
        coalesce(sum(sign * q.us) filter (where time_class = 'down'), 0), coalesce(sum(sign * q.us) filter (where time_class = 'planned'), 0),
        coalesce(sum(sign * q.us) filter (where time_class = 'preventive'), 0), coalesce(sum(sign * q.us) filter (where time_class = 'off'), 0),
        coalesce(sum(sign * q.us) filter (where micro), 0),
        coalesce(sum(sign) filter (where time_class in ('delay', 'failure') and started_at >= q.quarter), 0),
        coalesce(sum(sign) filter (where micro and started_at >= q.quarter), 0),
        coalesce(sum(sign) filter (where time_class = 'failure' and started_at >= q.quarter), 0)
    from (select -1 as sign, * from removed union all select 1, * from added) s cross join lateral gemba.quarters_of(s.started_at, s.ended_at) q
    where s.ended_at is not null
    group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (organization_id, plant_id, line_id, quarter, job_id) do update set production_us = kept.production_us + excluded.production_us,
        setup_us = kept.setup_us + excluded.setup_us, delay_us = kept.delay_us + excluded.delay_us, failure_us = kept.failure_us + excluded.failure_us,
        down_us = kept.down_us + excluded.down_us, planned_us = kept.planned_us + excluded.planned_us,
        preventive_us = kept.preventive_us + excluded.preventive_us, off_us = kept.off_us + excluded.off_us, micro_us = kept.micro_us + excluded.micro_us,
        stops = kept.stops + excluded.stops, micro_stops = kept.micro_stops + excluded.micro_stops, failures = kept.failures + excluded.failures;
    return null;
end $$;
comment on function gemba.roll_up_changed_states is 'Takes from the quarters of lines what is not so any more, and adds what is.';
create trigger rolled_up_again after update on line_states referencing old table as removed new table as added
    for each statement execute function gemba.roll_up_changed_states();

create function gemba.roll_up_counts() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    insert into public.line_quarters as kept (organization_id, plant_id, line_id, quarter, job_id, counted)
    select organization_id, plant_id, line_id, date_bin('15 minutes', at, '2000-01-01 00:00:00+00'),
        coalesce(job_id, '00000000-0000-0000-0000-000000000000'), sum(pieces)
    from added group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (organization_id, plant_id, line_id, quarter, job_id) do update set counted = kept.counted + excluded.counted;
    return null;
end $$;
comment on function gemba.roll_up_counts is 'Adds what counters saw to the quarters of lines.';
create trigger rolled_up after insert on line_counts referencing new table as added for each statement execute function gemba.roll_up_counts();

-- Planned run time per item (PRI, s) of a job's unit at a line: the capability's cycle time without its efficiency, or what the job was planned with
-- where no capability is known. Whoever reports is judged by what the line can do, not by what was hoped for.
create function gemba.planned_run_time(organization uuid, job uuid, line uuid) returns numeric
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
    -- In a function of this language the plan is made once for a session, not at every report.
    if organization is distinct from gemba.current_organization() then
        return null;
    end if;
    return (
        select coalesce((
            select c.cycle_time_s * j.passes / c.pieces_per_panel from capabilities c
            where c.organization_id = organization and c.line_id = line and c.item_id = m.item_id and c.archived_at is null
            order by c.step is not distinct from j.name desc, c.step is null desc, c.cycle_time_s / c.pieces_per_panel limit 1), j.cycle_time_s)
        from jobs j
        join manufacturing_orders m on m.organization_id = organization and m.plant_id = j.plant_id and m.id = j.manufacturing_order_id
        where j.organization_id = organization and j.id = job);
end $$;
comment on function gemba.planned_run_time is 'Planned run time of a job''s unit at a line (s).';
revoke all on function gemba.planned_run_time from public;
grant execute on function gemba.planned_run_time to gemba_app;
create policy reading on jobs for select to gemba_owner using (true);
create policy reading on manufacturing_orders for select to gemba_owner using (true);
create policy reading on capabilities for select to gemba_owner using (true);
create policy reading on line_monitors for select to gemba_owner using (true);

create function gemba.roll_up_reports() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    insert into public.line_quarters as kept (organization_id, plant_id, line_id, quarter, job_id, good, scrapped, reworked, first_pass, ideal_s, planned_scrap)
    select r.organization_id, r.plant_id, r.line_id, r.quarter, r.job_id, r.good, r.scrapped, r.reworked,
        case when m.type = 'rework' then 0 else r.good end,
        (r.good + r.scrapped + r.reworked) * coalesce(gemba.planned_run_time(r.organization_id, r.job_id, r.line_id), 0),
        (r.good + r.scrapped + r.reworked) * coalesce(w.planned_scrap_pct, 0) / 100
    from (
        select a.organization_id, a.plant_id, a.line_id, date_bin('15 minutes', a.at, '2000-01-01 00:00:00+00') as quarter, a.job_id, a.manufacturing_order_id,
            sum(a.good) as good, sum(a.scrapped) as scrapped, sum(a.reworked) as reworked
        from added a where a.line_id is not null group by 1, 2, 3, 4, 5, 6) r
    join manufacturing_orders m on m.organization_id = r.organization_id and m.plant_id = r.plant_id and m.id = r.manufacturing_order_id
    left join line_monitors w on w.organization_id = r.organization_id and w.line_id = r.line_id and w.archived_at is null
    order by 1, 2, 3, 4, 5
    on conflict (organization_id, plant_id, line_id, quarter, job_id) do update set good = kept.good + excluded.good,
        scrapped = kept.scrapped + excluded.scrapped, reworked = kept.reworked + excluded.reworked, first_pass = kept.first_pass + excluded.first_pass,
        ideal_s = kept.ideal_s + excluded.ideal_s, planned_scrap = kept.planned_scrap + excluded.planned_scrap;
    return null;
end $$;
comment on function gemba.roll_up_reports is 'Adds what was reported to the quarters of lines.';
create trigger rolled_up after insert on job_reports referencing new table as added for each statement execute function gemba.roll_up_reports();
