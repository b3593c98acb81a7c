-- What the API keeps about requests: answers to be given again, and how much each client asked.
-- Neither is business data: no row of theirs is audited, and both forget.

create table idempotency_keys (
    organization_id uuid not null references organizations,
    principal text not null,
    key text not null check (length(key) between 1 and 255),
    request_hash bytea not null,
    status int,
    headers jsonb,
    body bytea,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (organization_id, principal, key)
);
comment on table idempotency_keys is 'Requests that were carried out under an Idempotency-Key, in the transaction that carried them out, and their answers.';
comment on column idempotency_keys.organization_id is 'Whose it is.';
comment on column idempotency_keys.principal is 'Who sent it: user:… or key:….';
comment on column idempotency_keys.key is 'As the client chose it.';
comment on column idempotency_keys.request_hash is 'SHA-256 of method, address and body.';
comment on column idempotency_keys.status is 'The answer''s status; null until it is known, and where it must not be kept.';
comment on column idempotency_keys.headers is 'The answer''s headers worth repeating.';
comment on column idempotency_keys.body is 'The answer''s body.';
comment on column idempotency_keys.created_at is 'When it was carried out.';
comment on column idempotency_keys.expires_at is 'When it is forgotten.';
create index idempotency_keys_expiring on idempotency_keys (expires_at);
call gemba.wall('idempotency_keys', 'idempotency_key');
drop trigger audited on idempotency_keys;
grant delete on idempotency_keys to gemba_app;

create table rate_counts (
    organization_id uuid not null references organizations,
    principal text not null,
    hour timestamptz not null,
    requests bigint not null,
    primary key (organization_id, principal, hour)
);
comment on table rate_counts is 'How much each client asked in an hour, over all servers; reconciled every few seconds.';
comment on column rate_counts.organization_id is 'Whose it is.';
comment on column rate_counts.principal is 'Who asked: user:… or key:….';
comment on column rate_counts.hour is 'The hour, by its beginning.';
comment on column rate_counts.requests is 'Requests counted so far.';
create index rate_counts_by_hour on rate_counts (hour);
call gemba.wall('rate_counts', 'rate_count');
drop trigger audited on rate_counts;

-- Doors for the server itself, across organizations: one statement where a transaction for each would be too many.
create policy door on idempotency_keys to gemba_owner using (true) with check (true);
create policy door on rate_counts to gemba_owner using (true) with check (true);

-- Adds what one server counted and tells what all of them counted.
create function gemba.reconcile_rates(organizations uuid[], principals text[], hours timestamptz[], counted bigint[])
returns table (organization_id uuid, principal text, hour timestamptz, requests bigint)
language sql security definer set search_path = pg_catalog, public as $$
    -- In one order, so that two servers never wait for each other in a circle.
    insert into public.rate_counts as known (organization_id, principal, hour, requests)
    select told.organization_id, told.principal, told.hour, told.requests
    from unnest(organizations, principals, hours, counted) as told (organization_id, principal, hour, requests)
    order by told.organization_id, told.principal, told.hour
    on conflict (organization_id, principal, hour) do update set requests = known.requests + excluded.requests
    returning known.organization_id, known.principal, known.hour, known.requests
$$;
comment on function gemba.reconcile_rates is 'Adds what one server counted and tells what all of them counted.';
revoke all on function gemba.reconcile_rates from public;
grant execute on function gemba.reconcile_rates to gemba_app;

-- Forgets answers that have expired and hours that no longer count.
create function gemba.forget_requests() returns void
language sql security definer set search_path = pg_catalog, public as $$
    delete from public.idempotency_keys where expires_at < now();
    delete from public.rate_counts where hour < now() - interval '3 hours';
$$;
comment on function gemba.forget_requests is 'Forgets answers that have expired and hours that no longer count.';
revoke all on function gemba.forget_requests from public;
grant execute on function gemba.forget_requests to gemba_app;
