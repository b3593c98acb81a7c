-- How long entries of the audit trail stay, what is held for courts and auditors, and the removal of what neither keeps.

create table audit_retention (
    organization_id uuid not null references organizations,
    id uuid not null,
    class text not null check (class in ('change', 'access', 'reading', 'action')),
    keep_days int not null check (keep_days between 30 and 36525),
    version bigint not null default 1,
    updated_at timestamptz not null default now(),
    updated_by text not null,
    primary key (organization_id, class),
    unique (organization_id, id)
);
comment on table audit_retention is 'How long an organization keeps the entries of a class; seven years where it says nothing.';
comment on column audit_retention.organization_id is 'Whose it is.';
comment on column audit_retention.id is 'The rule.';
comment on column audit_retention.class is 'change: of a record; access: sign-ins and sessions; reading: reads and exports; action: everything else.';
comment on column audit_retention.keep_days is 'Days that entries stay.';
comment on column audit_retention.version is 'Counts changes; the ETag.';
comment on column audit_retention.updated_at is 'When it was last changed.';
comment on column audit_retention.updated_by is 'Who changed it last.';
call gemba.wall('audit_retention', 'audit_retention');

create table audit_holds (
    organization_id uuid not null references organizations,
    id uuid not null,
    reason text not null check (length(reason) between 1 and 1000),
    kind text,
    record_id uuid,
    from_at timestamptz,
    to_at timestamptz,
    placed_at timestamptz not null,
    placed_by text not null,
    released_at timestamptz,
    released_by text,
    primary key (organization_id, id),
    check (record_id is null or kind is not null),
    check ((released_at is null) = (released_by is null))
);
comment on table audit_holds is 'Legal holds: entries that retention must not remove.';
comment on column audit_holds.organization_id is 'Whose entries; all of them where nothing else is said.';
comment on column audit_holds.id is 'The hold.';
comment on column audit_holds.reason is 'Why, as a court or an auditor names it.';
comment on column audit_holds.kind is 'Only entries about this kind of record.';
comment on column audit_holds.record_id is 'Only entries about this record.';
comment on column audit_holds.from_at is 'Only entries from this instant.';
comment on column audit_holds.to_at is 'Only entries before this instant.';
comment on column audit_holds.placed_at is 'When it was placed.';
comment on column audit_holds.placed_by is 'Who placed it.';
comment on column audit_holds.released_at is 'When it was released, if it was.';
comment on column audit_holds.released_by is 'Who released it.';
call gemba.wall('audit_holds', 'audit_hold');

create policy look on audit_retention for select to gemba_owner using (true);
create policy look on audit_holds for select to gemba_owner using (true);

create function gemba.audit_class(kind text, action text, changed boolean) returns text language sql immutable parallel safe
    return case
        when kind = 'session' or action like 'session.%' or action like 'sign_in.%' then 'access'
        when action ~ '\.(read|exported|downloaded)$' then 'reading'
        when changed then 'change'
        else 'action' end;
comment on function gemba.audit_class is 'The class of an entry, which decides how long it stays.';

-- The sealed entries of the organization this runs for that nothing keeps at the instant `at`: older than their class stays, and not held.
-- The clock of the database bounds `at`, so that nobody ages the trail by telling another time.
create function gemba.audit_expired(at timestamptz, most int)
returns table (transaction xid8, "position" bigint, occurred_at timestamptz, class text, keep_days int)
language sql stable security definer set search_path = pg_catalog, public as $$
    select e.transaction, e.position, e.occurred_at, c.class, coalesce(r.keep_days, 2557)
    from public.audit_events e
    cross join lateral (select gemba.audit_class(e.kind, e.action, e.before is not null or e.after is not null) as class) c
    left join public.audit_retention r on r.organization_id = e.organization_id and r.class = c.class
    where e.organization_id = gemba.current_organization()
        and e.occurred_at < least(at, now()) - make_interval(days => coalesce(r.keep_days, 2557))
        and e.occurred_at < least(at, now()) - make_interval(days => coalesce((
            select min(s.keep_days) from public.audit_retention s where s.organization_id = gemba.current_organization()), 2557))
        and e.transaction < (
            select s.to_transaction::text::xid8 from public.audit_seals s
            where s.organization_id = gemba.current_organization() order by s.number desc limit 1)
        and not exists (
            select 1 from public.audit_holds h
            where h.organization_id = e.organization_id and h.released_at is null
                and (h.kind is null or h.kind = e.kind) and (h.record_id is null or h.record_id = e.record_id)
                and (h.from_at is null or e.occurred_at >= h.from_at) and (h.to_at is null or e.occurred_at < h.to_at))
    order by e.transaction, e.position
    limit most
$$;
comment on function gemba.audit_expired is 'Sealed entries that neither retention nor a hold keeps.';
revoke all on function gemba.audit_expired from public;
grant execute on function gemba.audit_expired to gemba_app;

-- Removes the entries at these instants and positions, as far as gemba.audit_expired names them, and returns how many.
create function gemba.audit_remove(at timestamptz, instants timestamptz[], positions bigint[]) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    removed bigint;
begin
    perform set_config('gemba.removing', 'on', true);
    delete from public.audit_events e
    using unnest(instants, positions) as named (occurred_at, "position"),
        gemba.audit_expired(at, 2 * cardinality(positions) + 10000) x
    where e.organization_id = gemba.current_organization() and e.occurred_at = named.occurred_at and e.position = named.position
        and x.occurred_at = named.occurred_at and x.position = named.position;
    get diagnostics removed = row_count;
    perform set_config('gemba.removing', '', true);
    return removed;
end $$;
comment on function gemba.audit_remove is 'Removes expired entries from the audit trail.';
revoke all on function gemba.audit_remove from public;
grant execute on function gemba.audit_remove to gemba_app;

-- Drops partitions of past months that hold nothing any more, and returns how many.
create function gemba.audit_drop_partitions(at timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, public set lock_timeout = '2s' set timezone = 'UTC' as $$
declare
    name text;
    month timestamptz;
    dropped int := 0;
begin
    for name in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'public.audit_events'::regclass and c.relname ~ '^audit_events_\d{4}_\d{2}$' order by 1
    loop
        month := to_date(right(name, 7), 'YYYY_MM');
        -- What began a month ago and is still open may yet write there.
        continue when month + interval '2 months' > least(at, now());
        continue when exists (select 1 from public.audit_events where occurred_at >= month and occurred_at < month + interval '1 month');
        execute format('drop table public.%I', name);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;
comment on function gemba.audit_drop_partitions is 'Drops the empty partitions of the past.';
revoke all on function gemba.audit_drop_partitions from public;
grant execute on function gemba.audit_drop_partitions to gemba_app;

-- The organizations, for tasks that go through all of them.
create function gemba.audit_organizations() returns setof uuid language sql stable security definer set search_path = pg_catalog, public as $$
    select organization_id from public.organizations
$$;
comment on function gemba.audit_organizations is 'All organizations, for retention.';
revoke all on function gemba.audit_organizations from public;
grant execute on function gemba.audit_organizations to gemba_app;

-- An auditor's export is written into the trail, too.
grant usage on schema gemba to gemba_auditor;
grant execute on function gemba.audit to gemba_auditor;
