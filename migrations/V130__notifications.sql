-- What people are told: the inbox of each, what they watch and prefer, and the mail that leaves.
--
-- Notifications are made from events by one reader, whose place is kept per organization. A person's rows are behind a wall of their own beside that
-- of the organization: only they, and Gemba itself, see them.

create function gemba.current_person() returns uuid language sql stable parallel safe
    return substring(current_setting('gemba.actor', true) from '^user:([0-9a-f-]{36})$')::uuid;
comment on function gemba.current_person is 'The person this transaction runs for; null for programs and for Gemba itself.';

-- Puts rows of single people behind a wall of their own. Nobody's deeds, so without a trail.
create procedure gemba.own(target regclass, kind text) language plpgsql as $$
begin
    call gemba.wall(target, kind);
    execute format('drop trigger audited on %s', target);
    execute format('create policy own on %s as restrictive to gemba_app using ((select gemba.current_person()) = user_id
        or (select starts_with(current_setting(''gemba.actor'', true), ''system:'')))', target);
    execute format('revoke select on %s from gemba_auditor', target);
end $$;
comment on procedure gemba.own is 'Puts rows of single people behind a wall of their own.';

create table notifications (
    organization_id uuid not null references organizations,
    id uuid not null,
    user_id uuid not null,
    topic text not null,
    said text not null,
    event_id uuid not null,
    actor text not null,
    plant_id uuid,
    kind text,
    record_id uuid,
    data jsonb not null default '{}',
    count int not null default 1 check (count > 0),
    coalesces boolean not null default false,
    shown boolean not null default true,
    digest boolean not null default false,
    occurred_at timestamptz not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    read_at timestamptz,
    transaction xid8 not null default pg_current_xact_id(),
    primary key (organization_id, id)
);
comment on table notifications is 'What single people were told.';
comment on column notifications.organization_id is 'Whose it is.';
comment on column notifications.id is 'The notification.';
comment on column notifications.user_id is 'Who is told.';
comment on column notifications.topic is 'What it is about, as preferences name it: approvals.';
comment on column notifications.said is 'Which sentence: scenario.submitted.';
comment on column notifications.event_id is 'The entry of the trail that it was made from, the last one where there were several.';
comment on column notifications.actor is 'Who did it: user:…, key:…, system:….';
comment on column notifications.plant_id is 'The plant it happened at, if at one.';
comment on column notifications.kind is 'The kind of thing it is about.';
comment on column notifications.record_id is 'The thing it is about.';
comment on column notifications.data is 'What the sentence names: the record, a note, a reason.';
comment on column notifications.count is 'How often it happened since it was read last.';
comment on column notifications.coalesces is 'Whether the next one of its kind about the same thing is added to it while it is unread.';
comment on column notifications.shown is 'Whether it is in the inbox; false for what the person wants as mail only.';
comment on column notifications.digest is 'Whether the next daily mail has it.';
comment on column notifications.occurred_at is 'When it happened.';
comment on column notifications.created_at is 'When they were told first.';
comment on column notifications.updated_at is 'When they were told last; the inbox is in this order.';
comment on column notifications.read_at is 'When they read it.';
comment on column notifications.transaction is 'What wrote it last: streams look for what is new by it.';
call gemba.refers('notifications', 'user_id', 'users');
create index notifications_inbox on notifications (organization_id, user_id, updated_at desc, id desc) where shown;
create index notifications_unread on notifications (organization_id, user_id) where shown and read_at is null;
create index notifications_for_digest on notifications (organization_id, user_id, updated_at) where digest;
create index notifications_by_transaction on notifications (transaction);
create index notifications_by_age on notifications (updated_at);
create unique index notifications_coalesced on notifications (organization_id, user_id, topic, kind, record_id) where coalesces and read_at is null;
call gemba.own('notifications', 'notification');
create policy doors on notifications to gemba_owner using (true) with check (true);

create table watches (
    organization_id uuid not null references organizations,
    kind text not null,
    record_id uuid not null,
    user_id uuid not null,
    plant_id uuid,
    created_at timestamptz not null,
    transaction xid8 not null default pg_current_xact_id(),
    primary key (organization_id, kind, record_id, user_id)
);
comment on table watches is 'Which records single people want to be told of.';
comment on column watches.organization_id is 'Whose it is.';
comment on column watches.kind is 'The kind of record: line.';
comment on column watches.record_id is 'The record.';
comment on column watches.user_id is 'Who watches it.';
comment on column watches.plant_id is 'The plant the record belongs to, if to one.';
comment on column watches.created_at is 'Since when.';
comment on column watches.transaction is 'What wrote it: only what later transactions do to the record is told.';
call gemba.refers('watches', 'user_id', 'users');
call gemba.own('watches', 'watch');
grant delete on watches to gemba_app;
create policy doors on watches for select to gemba_owner using (true);

create table notification_preferences (
    organization_id uuid not null references organizations,
    user_id uuid not null,
    topic text not null check (topic ~ '^[a-z_]{1,60}$'),
    in_app boolean not null,
    mail text not null check (mail in ('at_once', 'daily', 'off')),
    changed_at timestamptz not null,
    primary key (organization_id, user_id, topic)
);
comment on table notification_preferences is 'How single people want to be told, where they want it otherwise than usual.';
comment on column notification_preferences.organization_id is 'Whose it is.';
comment on column notification_preferences.user_id is 'Who wants it so.';
comment on column notification_preferences.topic is 'Of what.';
comment on column notification_preferences.in_app is 'Whether in the inbox.';
comment on column notification_preferences.mail is 'By mail at once, once a day, or not.';
comment on column notification_preferences.changed_at is 'When they decided; links to unsubscribe that are older count no more.';
call gemba.refers('notification_preferences', 'user_id', 'users');
call gemba.own('notification_preferences', 'notification_preference');

create table notification_days (
    organization_id uuid not null references organizations,
    user_id uuid not null,
    time_zone text not null check (length(time_zone) between 1 and 100),
    minute smallint not null default 420 check (minute between 0 and 1439),
    next_at timestamptz,
    primary key (organization_id, user_id)
);
comment on table notification_days is 'When single people get their daily mail.';
comment on column notification_days.organization_id is 'Whose it is.';
comment on column notification_days.user_id is 'Who gets it.';
comment on column notification_days.time_zone is 'By which clock: IANA name.';
comment on column notification_days.minute is 'At which minute of the day.';
comment on column notification_days.next_at is 'When the next one is due; none while there is nothing for it.';
call gemba.refers('notification_days', 'user_id', 'users');
create index notification_days_due on notification_days (next_at) where next_at is not null;
call gemba.own('notification_days', 'notification_day');
create policy doors on notification_days for select to gemba_owner using (true);

create table comment_mentions (
    organization_id uuid not null references organizations,
    comment_id uuid not null,
    user_id uuid not null,
    version bigint not null,
    primary key (organization_id, comment_id, user_id)
);
comment on table comment_mentions is 'Who is named in a comment.';
comment on column comment_mentions.organization_id is 'Whose it is.';
comment on column comment_mentions.comment_id is 'The comment.';
comment on column comment_mentions.user_id is 'Who is named.';
comment on column comment_mentions.version is 'Since which version of the comment: only then they are told.';
call gemba.refers('comment_mentions', 'comment_id', 'comments');
call gemba.refers('comment_mentions', 'user_id', 'users');
call gemba.wall('comment_mentions', 'comment_mention');
drop trigger audited on comment_mentions;
grant delete on comment_mentions to gemba_app;

create table notification_places (
    organization_id uuid primary key references organizations,
    behind bigint not null,
    upto bigint not null
);
comment on table notification_places is 'How far each organization''s events were told to people.';
comment on column notification_places.organization_id is 'Whose it is.';
comment on column notification_places.behind is 'The number of the last event that was looked at.';
comment on column notification_places.upto is 'The number of the last event that may be told to somebody.';
call gemba.wall('notification_places', 'notification_place');
drop trigger audited on notification_places;
revoke insert on notification_places from gemba_app;
create policy doors on notification_places to gemba_owner using (true) with check (true);

create table gemba.noticing (
    single boolean primary key default true check (single),
    number bigint not null
);
comment on table gemba.noticing is 'Up to which event was looked whether somebody is to be told.';
comment on column gemba.noticing.single is 'There is one row.';
comment on column gemba.noticing.number is 'The number of the last event that was looked at.';
insert into gemba.noticing (number) select p.number from gemba.publishing p;

create table mails (
    organization_id uuid not null references organizations,
    id uuid not null,
    user_id uuid not null,
    template text not null check (length(template) between 1 and 60),
    topic text,
    data jsonb not null default '{}',
    secret_sealed bytea,
    state text not null default 'pending' check (state in ('pending', 'sent', 'failed', 'dropped')),
    attempts int not null default 0,
    next_at timestamptz,
    expires_at timestamptz,
    why text,
    created_at timestamptz not null,
    created_by text not null,
    attempted_at timestamptz,
    primary key (organization_id, id),
    check ((state = 'pending') = (next_at is not null)),
    check (state = 'pending' or state = 'failed' or secret_sealed is null)
);
comment on table mails is 'Mail to people: what waits to be sent, and how sending went. Addresses are looked up when it is sent.';
comment on column mails.organization_id is 'Whose it is.';
comment on column mails.id is 'The mail; also its Message-ID, so that one sent twice is known as one.';
comment on column mails.user_id is 'Whom it is for.';
comment on column mails.template is 'What is written: notification, digest, invitation.';
comment on column mails.topic is 'Which preference it obeys; none for what must arrive.';
comment on column mails.data is 'What it is written from; nothing secret.';
comment on column mails.secret_sealed is 'A link that works once, sealed by the program; gone once sent.';
comment on column mails.state is 'pending, sent, dropped (nobody to read it any more), or failed: a dead letter until it is driven again.';
comment on column mails.attempts is 'How often it was tried.';
comment on column mails.next_at is 'When it is tried next, while it is pending.';
comment on column mails.expires_at is 'After this it is of no use to anybody, and dropped.';
comment on column mails.why is 'What went wrong last, or why it was dropped.';
comment on column mails.created_at is 'When it was written.';
comment on column mails.created_by is 'Who caused it: user:…, system:….';
comment on column mails.attempted_at is 'When it was tried last.';
call gemba.refers('mails', 'user_id', 'users');
create index mails_due on mails (next_at) where state = 'pending';
create index mails_by_age on mails (created_at);
call gemba.wall('mails', 'mail', secret => array['secret_sealed']);
drop trigger audited on mails;
create policy doors on mails to gemba_owner using (true) with check (true);

create table gemba.mail_rest (
    single boolean primary key default true check (single),
    failures int not null default 0,
    held_until timestamptz,
    why text
);
comment on table gemba.mail_rest is 'Whether the mail server is left alone for a while, because it did not answer.';
comment on column gemba.mail_rest.single is 'There is one row.';
comment on column gemba.mail_rest.failures is 'How often in a row it could not be used.';
comment on column gemba.mail_rest.held_until is 'Until when it is left alone.';
comment on column gemba.mail_rest.why is 'What went wrong last.';
insert into gemba.mail_rest default values;

-- Looks through what was published for what somebody may be told of, and returns the organizations with something to tell and nobody at it. One looks
-- at a time; another one that comes meanwhile only asks who waits.
--   actions   what somebody is told of whoever watches what; beyond these, what happens to watched records
create function gemba.notices_waiting(actions text[]) returns setof uuid
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    looked bigint;
    last bigint;
begin
    select n.number into looked from gemba.noticing n for update skip locked;
    if found then
        select p.number into last from gemba.publishing p;
        if last > looked then
            insert into notification_places as place (organization_id, behind, upto)
            select e.organization_id, min(e.number) - 1, max(e.number) from events e
            where e.number > looked and e.number <= last and (e.action = any (actions) or exists (
                select from watches w where w.organization_id = e.organization_id and w.kind = e.kind and w.record_id = e.record_id))
            group by e.organization_id
            on conflict (organization_id) do update
            set behind = case when place.behind >= place.upto then excluded.behind else place.behind end, upto = excluded.upto;
            update gemba.noticing n set number = last;
        end if;
    end if;
    return query select p.organization_id from notification_places p
        where p.behind < p.upto and not exists (
            select from runs r where r.organization_id = p.organization_id and r.concurrency_key = 'notifications'
                and (r.state = 'running' or r.position is not null));
end $$;
comment on function gemba.notices_waiting is 'The organizations in which somebody is to be told something, and nobody at it.';

-- The organizations with mail to send, or a daily mail to write, and nobody at it.
create function gemba.mails_waiting(at timestamptz) returns table (organization_id uuid, work text)
language sql stable security definer set search_path = pg_catalog, public as $$
    select o.organization_id, o.work from (
        select distinct m.organization_id, 'mail' as work from mails m
        where m.state = 'pending' and m.next_at <= at and not exists (select from gemba.mail_rest r where r.held_until > at)
        union
        select distinct d.organization_id, 'digest' from notification_days d where d.next_at <= at) o
    where not exists (
        select from runs r where r.organization_id = o.organization_id and r.concurrency_key = o.work and (r.state = 'running' or r.position is not null))
$$;
comment on function gemba.mails_waiting is 'The organizations with mail to send or to write, and nobody at it.';

-- Leaves the mail server alone for a while, longer each time; or, where it answered, no more.
create function gemba.rest_mail(at timestamptz, reason text) returns void
language sql security definer set search_path = pg_catalog, public as $$
    update gemba.mail_rest r set
        failures = case when reason is null then 0 when r.held_until > at then r.failures else r.failures + 1 end,
        held_until = case when reason is null then null when r.held_until > at then r.held_until
            else at + least(interval '15 minutes', interval '10 seconds' * power(2, least(r.failures, 10))) end,
        why = reason
    where reason is not null or r.failures > 0
$$;
comment on function gemba.rest_mail is 'Leaves the mail server alone for a while, or no more.';

-- How the mail server is: failures in a row, until when it rests, and why.
create function gemba.mail_standing() returns table (failures int, held_until timestamptz, why text)
language sql stable security definer set search_path = pg_catalog, public as $$
    select r.failures, r.held_until, r.why from gemba.mail_rest r
$$;
comment on function gemba.mail_standing is 'How the mail server is.';

-- Whose inbox was changed by transactions that this snapshot sees and the one before did not: how much is unread, and the newest that is new.
create function gemba.inboxes_changed(seen pg_snapshot)
returns table (organization_id uuid, user_id uuid, unread bigint, notification jsonb)
language sql stable security definer set search_path = pg_catalog, public as $$
    with fresh as materialized (
        select n.organization_id, n.user_id, n.id from notifications n where n.transaction >= pg_snapshot_xmax(seen) and n.shown
        union all
        select n.organization_id, n.user_id, n.id from notifications n
        where n.transaction = any (array(select pg_snapshot_xip(seen))) and n.shown
    ), people as (
        select distinct f.organization_id, f.user_id from fresh f limit 10000
    )
    select p.organization_id, p.user_id,
        (select count(*) from notifications u
            where u.organization_id = p.organization_id and u.user_id = p.user_id and u.shown and u.read_at is null),
        (select jsonb_build_object('id', n.id, 'topic', n.topic, 'said', n.said, 'plant_id', n.plant_id, 'kind', n.kind, 'record_id', n.record_id,
                'count', n.count, 'occurred_at', n.occurred_at)
            from notifications n where n.organization_id = p.organization_id and n.read_at is null
                and n.id in (select f.id from fresh f where f.organization_id = p.organization_id and f.user_id = p.user_id)
            order by n.updated_at desc, n.id desc limit 1)
    from people p
$$;
comment on function gemba.inboxes_changed is 'Whose inbox has changed since a snapshot.';

-- Forgets what was told and sent long ago.
create function gemba.forget_notifications(at timestamptz, most int) returns bigint
language sql security definer set search_path = pg_catalog, public as $$
    with told as (
        delete from notifications n using (
            select o.organization_id, o.id from notifications o
            where o.updated_at < at - interval '1 year' or (o.updated_at < at - interval '90 days' and (o.read_at is not null or not o.shown))
            order by o.updated_at limit most) old
        where n.organization_id = old.organization_id and n.id = old.id returning 1
    ), sent as (
        delete from mails m using (
            select o.organization_id, o.id from mails o where o.created_at < at - interval '30 days' and o.state <> 'pending'
            order by o.created_at limit most) old
        where m.organization_id = old.organization_id and m.id = old.id returning 1
    )
    select (select count(*) from told) + (select count(*) from sent)
$$;
comment on function gemba.forget_notifications is 'Forgets what was told and sent long ago.';

do $$
declare
    door text;
begin
    foreach door in array array['notices_waiting', 'mails_waiting', 'rest_mail', 'mail_standing', 'inboxes_changed', 'forget_notifications'] loop
        execute format('revoke all on function gemba.%I from public', door);
        execute format('grant execute on function gemba.%I to gemba_app', door);
    end loop;
end $$;
