-- Schedules: what is started again and again, by the clock of a place.

create table schedules (
    organization_id uuid not null references organizations,
    id uuid not null,
    plant_id uuid,
    name text not null check (length(name) between 1 and 200),
    kind text not null,
    cron text not null check (length(cron) <= 200),
    time_zone text not null,
    payload jsonb not null default '{}',
    paused boolean not null default false,
    acting jsonb not null,
    next_at timestamptz,
    last_at timestamptz,
    last_run_id uuid,
    version bigint not null default 1,
    created_at timestamptz not null,
    created_by text not null,
    updated_at timestamptz not null,
    updated_by text not null,
    primary key (organization_id, id),
    constraint schedules_name_key unique (organization_id, name),
    constraint schedules_plant_fkey foreign key (organization_id, plant_id) references plants
);
comment on table schedules is 'What is started again and again, by the clock of a place.';
comment on column schedules.organization_id is 'Whose it is.';
comment on column schedules.id is 'The schedule.';
comment on column schedules.plant_id is 'The plant it is about, if about one.';
comment on column schedules.name is 'As people call it; the title of its runs.';
comment on column schedules.kind is 'What is done: planning.optimize.';
comment on column schedules.cron is 'When: minute, hour, day of month, month, day of week.';
comment on column schedules.time_zone is 'By which clock: the IANA name of a zone.';
comment on column schedules.payload is 'What its runs work on.';
comment on column schedules.paused is 'Whether it rests.';
comment on column schedules.acting is 'For whom its runs act: who made it.';
comment on column schedules.next_at is 'When it starts a run next; none while it rests.';
comment on column schedules.last_at is 'When it started one last.';
comment on column schedules.last_run_id is 'The last run it started.';
comment on column schedules.version is 'Counts changes; the ETag.';
comment on column schedules.created_at is 'When it was made.';
comment on column schedules.created_by is 'Who made it.';
comment on column schedules.updated_at is 'When it was last changed.';
comment on column schedules.updated_by is 'Who changed it last.';
create index schedules_by_plant on schedules (organization_id, plant_id);
create index schedules_due on schedules (next_at) where next_at is not null;
call gemba.wall('schedules', 'schedule', quiet => array['next_at', 'last_at', 'last_run_id']);
grant delete on schedules to gemba_app;
create policy doors on schedules for select to gemba_owner using (true);

-- The schedules whose time has come, of all organizations.
create function gemba.schedules_due(at timestamptz, most int)
returns table (organization_id uuid, id uuid, next_at timestamptz, kind text, acting jsonb)
language sql stable security definer set search_path = pg_catalog, public as $$
    select s.organization_id, s.id, s.next_at, s.kind, s.acting from schedules s where s.next_at <= at order by s.next_at limit most
$$;
comment on function gemba.schedules_due is 'The schedules whose time has come.';
revoke all on function gemba.schedules_due from public;
grant execute on function gemba.schedules_due to gemba_app;
