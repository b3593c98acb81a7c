-- Webhooks: addresses that are told of events, how each telling went, and the secrets that sign.

create table webhooks (
    organization_id uuid not null references organizations,
    id uuid not null,
    name text not null check (length(name) between 1 and 200),
    url text not null check (length(url) <= 2000),
    types text[] not null default '{}',
    paused boolean not null default false,
    disabled_at timestamptz,
    disabled_why text,
    acting jsonb not null,
    behind bigint not null,
    wake_at timestamptz,
    held_until timestamptz,
    failures int not null default 0,
    failing_since timestamptz,
    delivered_at timestamptz,
    version bigint not null default 1,
    created_at timestamptz not null,
    created_by text not null,
    updated_at timestamptz not null,
    updated_by text not null,
    primary key (organization_id, id),
    constraint webhooks_name_key unique (organization_id, name),
    check ((disabled_at is null) = (disabled_why is null))
);
comment on table webhooks is 'Addresses that are told of events.';
comment on column webhooks.organization_id is 'Whose it is.';
comment on column webhooks.id is 'The webhook.';
comment on column webhooks.name is 'As people call it; unique in the organization.';
comment on column webhooks.url is 'Where to.';
comment on column webhooks.types is 'Of which types of events, * at the end for any rest; all where there are none.';
comment on column webhooks.paused is 'Whether it rests; what happens meanwhile is told afterwards.';
comment on column webhooks.disabled_at is 'When Gemba gave up on it, if so.';
comment on column webhooks.disabled_why is 'Why Gemba gave up on it.';
comment on column webhooks.acting is 'Whose rights decide what it learns: whoever made or changed it last.';
comment on column webhooks.behind is 'The number of the last event that was looked at for it.';
comment on column webhooks.wake_at is 'When the next telling that failed is tried again.';
comment on column webhooks.held_until is 'Until when nothing is tried, after many failures in a row.';
comment on column webhooks.failures is 'Failures in a row.';
comment on column webhooks.failing_since is 'When the first of the failures in a row was.';
comment on column webhooks.delivered_at is 'When something was told last.';
comment on column webhooks.version is 'Counts changes; the ETag.';
comment on column webhooks.created_at is 'When it was made.';
comment on column webhooks.created_by is 'Who made it.';
comment on column webhooks.updated_at is 'When it was last changed.';
comment on column webhooks.updated_by is 'Who changed it last.';
call gemba.wall('webhooks', 'webhook', quiet => array['behind', 'wake_at', 'held_until', 'failures', 'failing_since', 'delivered_at']);
grant delete on webhooks to gemba_app;
create policy doors on webhooks for select to gemba_owner using (true);

create table webhook_secrets (
    organization_id uuid not null,
    id uuid not null,
    webhook_id uuid not null,
    secret_sealed bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    primary key (organization_id, id)
);
comment on table webhook_secrets is 'What signs messages of a webhook: one, or two while it is being rotated.';
comment on column webhook_secrets.organization_id is 'Whose it is.';
comment on column webhook_secrets.id is 'The secret.';
comment on column webhook_secrets.webhook_id is 'What it signs for.';
comment on column webhook_secrets.secret_sealed is 'The secret, sealed by the program; the database cannot open it.';
comment on column webhook_secrets.created_at is 'When it was made.';
comment on column webhook_secrets.expires_at is 'When it stops signing, once a newer one was made.';
call gemba.refers('webhook_secrets', 'webhook_id', 'webhooks');
call gemba.wall('webhook_secrets', 'webhook_secret', secret => array['secret_sealed']);
grant delete on webhook_secrets to gemba_app;

create table webhook_deliveries (
    organization_id uuid not null,
    webhook_id uuid not null,
    number bigint not null,
    id uuid not null,
    event_id uuid not null,
    type text not null,
    subject text not null,
    state text not null check (state in ('pending', 'delivered', 'failed')),
    attempts int not null default 0,
    next_at timestamptz,
    status int,
    error text,
    took_ms int,
    created_at timestamptz not null,
    attempted_at timestamptz,
    primary key (organization_id, webhook_id, number),
    constraint webhook_deliveries_webhook_fkey foreign key (organization_id, webhook_id) references webhooks (organization_id, id),
    check ((state = 'pending') = (next_at is not null))
) with (fillfactor = 70);
comment on table webhook_deliveries is 'Which events were told to which webhook, and how that went.';
comment on column webhook_deliveries.organization_id is 'Whose it is.';
comment on column webhook_deliveries.webhook_id is 'The webhook.';
comment on column webhook_deliveries.number is 'The number of the event.';
comment on column webhook_deliveries.id is 'The delivery, as the API names it.';
comment on column webhook_deliveries.event_id is 'The event; the webhook-id of its messages.';
comment on column webhook_deliveries.type is 'The type of the event.';
comment on column webhook_deliveries.subject is 'What the event is about: later ones wait for earlier ones.';
comment on column webhook_deliveries.state is 'pending, delivered, or failed for good.';
comment on column webhook_deliveries.attempts is 'How often it was tried.';
comment on column webhook_deliveries.next_at is 'When it is tried next, while it is pending.';
comment on column webhook_deliveries.status is 'The HTTP status of the last answer, if there was one.';
comment on column webhook_deliveries.error is 'What went wrong last.';
comment on column webhook_deliveries.took_ms is 'How long the last attempt took (ms).';
comment on column webhook_deliveries.created_at is 'When the event was noted for the webhook.';
comment on column webhook_deliveries.attempted_at is 'When it was tried last.';
create index webhook_deliveries_pending on webhook_deliveries (organization_id, webhook_id, subject, number) where state = 'pending';
create index webhook_deliveries_due on webhook_deliveries (organization_id, webhook_id, next_at) where state = 'pending';
create index webhook_deliveries_by_age on webhook_deliveries (created_at);
call gemba.wall('webhook_deliveries', 'webhook_delivery');
drop trigger audited on webhook_deliveries;
grant delete on webhook_deliveries to gemba_app;
create policy doors on webhook_deliveries to gemba_owner using (true) with check (true);

-- The webhooks that have something to tell, or to try again, and nobody at it.
create function gemba.webhooks_waiting(at timestamptz) returns table (organization_id uuid, id uuid)
language sql stable security definer set search_path = pg_catalog, public as $$
    select w.organization_id, w.id from webhooks w
    where not w.paused and w.disabled_at is null and (w.held_until is null or w.held_until <= at)
        and (w.wake_at <= at or exists (select from events e where e.organization_id = w.organization_id and e.number > w.behind))
        and not exists (
            select from runs r
            where r.organization_id = w.organization_id and r.concurrency_key = 'webhook:' || w.id and (r.state = 'running' or r.position is not null))
$$;
comment on function gemba.webhooks_waiting is 'The webhooks that have something to tell and nobody at it.';
revoke all on function gemba.webhooks_waiting from public;
grant execute on function gemba.webhooks_waiting to gemba_app;

-- Forgets what was told long ago.
create function gemba.forget_deliveries(at timestamptz, keep_days int, most int) returns bigint
language sql security definer set search_path = pg_catalog, public as $$
    with old as (
        select d.organization_id, d.webhook_id, d.number from webhook_deliveries d
        where d.created_at < at - make_interval(days => keep_days) and d.state <> 'pending' order by d.created_at limit most
    ), gone as (
        delete from webhook_deliveries d using old o
        where d.organization_id = o.organization_id and d.webhook_id = o.webhook_id and d.number = o.number returning 1
    )
    select count(*) from gone
$$;
comment on function gemba.forget_deliveries is 'Forgets what was told long ago.';
revoke all on function gemba.forget_deliveries from public;
grant execute on function gemba.forget_deliveries to gemba_app;
