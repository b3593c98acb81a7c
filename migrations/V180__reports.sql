-- Reports that come by mail: who wants which, when; and the files that were sent.
create table report_subscriptions (
    name text not null,
    scenario_id uuid,
    report text not null,
    format text not null,
    language text,
    message text,
    recipients jsonb not null default '[]',
    cron text not null,
    time_zone text not null,
    paused boolean not null default false
);
comment on table report_subscriptions is 'A report that comes by mail, again and again.';
comment on column report_subscriptions.name is 'As people call it; the subject of the mail.';
comment on column report_subscriptions.scenario_id is 'The scenario; none for the one of the plant that was approved last.';
comment on column report_subscriptions.report is 'How much of it a PDF tells: executive, plant.';
comment on column report_subscriptions.format is 'pdf, pptx, xlsx, csv or json.';
comment on column report_subscriptions.language is 'en, es or de; none for the language of each recipient.';
comment on column report_subscriptions.message is 'What the mail says beside the report.';
comment on column report_subscriptions.recipients is 'Who gets it: accounts of the organization.';
comment on column report_subscriptions.cron is 'When: minute, hour, day of month, month, day of week.';
comment on column report_subscriptions.time_zone is 'By which clock: the IANA name of a zone.';
comment on column report_subscriptions.paused is 'Whether it rests.';
call gemba.record('report_subscriptions', 'report_subscription', 'plant');
call gemba.refers('report_subscriptions', 'scenario_id', 'scenarios');
alter table report_subscriptions add constraint report_subscriptions_name_key unique (organization_id, plant_id, name);

-- A schedule of a record has the record's identifier, and may be called like another one.
alter table schedules add column kept_by text;
comment on column schedules.kept_by is 'The kind of record that keeps it: report_subscription; none where people made it.';
alter table schedules drop constraint schedules_name_key;
create unique index schedules_name_key on schedules (organization_id, name) where kept_by is null;

-- What was sent, until nobody can need it again. Its bytes are in no trail.
create table report_files (
    organization_id uuid not null references organizations,
    id uuid not null,
    plant_id uuid not null,
    subscription_id uuid not null,
    name text not null,
    media_type text not null,
    format text not null,
    bytes bytea not null,
    created_at timestamptz not null,
    primary key (organization_id, id),
    constraint report_files_plant_fkey foreign key (organization_id, plant_id) references plants
);
comment on table report_files is 'Files that go out by mail, kept while their mail may be sent.';
comment on column report_files.organization_id is 'Whose it is.';
comment on column report_files.id is 'The file.';
comment on column report_files.plant_id is 'The plant it is about.';
comment on column report_files.subscription_id is 'The subscription it was made for.';
comment on column report_files.name is 'As mail programs show it.';
comment on column report_files.media_type is 'What it is: application/pdf.';
comment on column report_files.format is 'pdf, pptx, xlsx, csv or json.';
comment on column report_files.bytes is 'The file.';
comment on column report_files.created_at is 'When it was made.';
create index report_files_by_plant on report_files (organization_id, plant_id);
create index report_files_by_age on report_files (created_at);
call gemba.refers('report_files', 'subscription_id', 'report_subscriptions');
call gemba.wall('report_files', 'report_file');
drop trigger audited on report_files;
create policy doors on report_files to gemba_owner using (true) with check (true);

-- Forgets what was told and sent long ago, and the files that went with it.
create or replace function gemba.forget_notifications(at timestamptz, most int) returns bigint
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
    ), files as (
        delete from report_files f using (
            select o.organization_id, o.id from report_files o where o.created_at < at - interval '30 days' order by o.created_at limit most) old
        where f.organization_id = old.organization_id and f.id = old.id returning 1
    )
    select (select count(*) from told) + (select count(*) from sent) + (select count(*) from files)
$$;
