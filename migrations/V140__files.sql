-- Files: what is known of each, how much an organization keeps, and what is on its way. The bytes lie in the file store, never here.

create table file_usage (
    organization_id uuid not null references organizations,
    used_bytes bigint not null default 0 check (used_bytes >= 0),
    largest_bytes bigint check (largest_bytes > 0),
    quota_bytes bigint check (quota_bytes >= 0),
    primary key (organization_id)
);
comment on table file_usage is 'What an organization keeps in files, and how much it may.';
comment on column file_usage.organization_id is 'Whose it is.';
comment on column file_usage.used_bytes is 'What its files hold, those under way and those waiting for removal included; kept by triggers.';
comment on column file_usage.largest_bytes is 'The largest file it may keep; the installation''s own limit where nothing is said.';
comment on column file_usage.quota_bytes is 'What all its files may hold together; the installation''s own limit where nothing is said.';
alter table file_usage enable row level security;
alter table file_usage force row level security;
create policy walls on file_usage using (organization_id = (select nullif(current_setting('gemba.organization', true), '')::uuid))
    with check (organization_id = (select nullif(current_setting('gemba.organization', true), '')::uuid));
create policy keeping on file_usage to gemba_owner using (true) with check (true);
grant select, insert, update on file_usage to gemba_app;
grant select on file_usage to gemba_auditor;

-- An object in the store without a row here or in files cannot be: the row is committed before the first byte.
create table file_uploads (
    organization_id uuid not null references organizations,
    id uuid not null,
    size_bytes bigint not null check (size_bytes >= 0),
    started_at timestamptz not null,
    started_by text not null,
    primary key (organization_id, id)
);
comment on table file_uploads is 'Files on their way into the store.';
comment on column file_uploads.organization_id is 'Whose it is.';
comment on column file_uploads.id is 'The file that it becomes.';
comment on column file_uploads.size_bytes is 'What it may hold at most, reserved of what the organization may keep.';
comment on column file_uploads.started_at is 'When it began.';
comment on column file_uploads.started_by is 'Who sends it.';
create index file_uploads_by_start on file_uploads (organization_id, started_at);
alter table file_uploads enable row level security;
alter table file_uploads force row level security;
create policy walls on file_uploads using (organization_id = (select nullif(current_setting('gemba.organization', true), '')::uuid))
    with check (organization_id = (select nullif(current_setting('gemba.organization', true), '')::uuid));
create policy keeping on file_uploads to gemba_owner using (true) with check (true);
grant select, insert, update, delete on file_uploads to gemba_app;
grant select on file_uploads to gemba_auditor;

create table files (
    organization_id uuid not null references organizations,
    id uuid not null,
    plant_id uuid,
    kind text,
    record_id uuid,
    field text,
    name text not null check (length(name) between 1 and 255),
    media_type text not null check (length(media_type) between 1 and 127),
    size_bytes bigint not null check (size_bytes >= 0),
    sha256 bytea not null check (length(sha256) = 32),
    state text not null check (state in ('scanning', 'clean', 'quarantined', 'damaged')),
    finding text,
    width int,
    height int,
    thumbnail boolean not null default false,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    created_by text not null,
    deleted_at timestamptz,
    deleted_by text,
    primary key (organization_id, id),
    check ((kind is null) = (record_id is null)),
    check (field is null or kind is not null),
    check ((deleted_at is null) = (deleted_by is null))
);
comment on table files is 'Files: attachments of records, values of custom fields, and what was uploaded to become one.';
comment on column files.organization_id is 'Whose it is.';
comment on column files.id is 'The file; also its place in the store, together with the organization.';
comment on column files.plant_id is 'The plant of the record that it belongs to, if to one.';
comment on column files.kind is 'The kind of record it belongs to: line; none while it belongs to nothing.';
comment on column files.record_id is 'The record it belongs to.';
comment on column files.field is 'The custom field of the record whose value it is; none for an attachment.';
comment on column files.name is 'As its sender called it, without what could mislead.';
comment on column files.media_type is 'What it is, by its content and what its sender said.';
comment on column files.size_bytes is 'What it holds (bytes).';
comment on column files.sha256 is 'SHA-256 of its content.';
comment on column files.state is 'scanning: not looked at yet; clean: may be had; quarantined: something was found in it; damaged: it is not what was stored.';
comment on column files.finding is 'What was found in it.';
comment on column files.width is 'Of an image: its width (pixels).';
comment on column files.height is 'Of an image: its height (pixels).';
comment on column files.thumbnail is 'Whether there is a small image of it.';
comment on column files.version is 'Counts changes; the ETag.';
comment on column files.created_at is 'When it was complete.';
comment on column files.created_by is 'Who sent it.';
comment on column files.deleted_at is 'When it was taken away, if it was; its content goes some time later, unless it is held.';
comment on column files.deleted_by is 'Who took it away.';
alter table files add constraint files_plant_fkey foreign key (organization_id, plant_id) references plants deferrable initially deferred;
create index files_by_plant on files (organization_id, plant_id);
create index files_by_record on files (organization_id, kind, record_id, id);
create index files_to_purge on files (organization_id, deleted_at) where deleted_at is not null;
create index files_of_nothing on files (organization_id, created_at) where kind is null;
create index files_to_scan on files (organization_id, created_at) where state = 'scanning';
call gemba.wall('files', 'file');
grant delete on files to gemba_app;

-- Keeps file_usage.
create function gemba.count_file_bytes() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    whose constant uuid := case when tg_op = 'DELETE' then old.organization_id else new.organization_id end;
    more constant bigint := case when tg_op = 'DELETE' then 0 else new.size_bytes end - case when tg_op = 'INSERT' then 0 else old.size_bytes end;
begin
    if more <> 0 then
        update public.file_usage set used_bytes = used_bytes + more where organization_id = whose;
        if not found then
            insert into public.file_usage (organization_id, used_bytes) values (whose, more)
            on conflict (organization_id) do update set used_bytes = file_usage.used_bytes + excluded.used_bytes;
        end if;
    end if;
    return null;
end $$;
comment on function gemba.count_file_bytes is 'Keeps what an organization uses.';
create trigger counted after insert or update or delete on files for each row execute function gemba.count_file_bytes();
create trigger counted after insert or update or delete on file_uploads for each row execute function gemba.count_file_bytes();

-- Whether a legal hold keeps a file: one over files or over the record that it belongs to, as holds cover entries of the trail.
create function gemba.file_is_held(whose uuid, file uuid, of_kind text, of_record uuid, since timestamptz) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
    select exists (
        select 1 from public.audit_holds h
        where h.organization_id = whose and whose = gemba.current_organization() and h.released_at is null
            and (h.kind is null or h.kind = 'file' or h.kind = of_kind)
            and (h.record_id is null or h.record_id = file or h.record_id = of_record)
            and (h.to_at is null or since < h.to_at))
$$;
comment on function gemba.file_is_held is 'Whether a legal hold keeps a file from being removed.';
revoke all on function gemba.file_is_held from public;
grant execute on function gemba.file_is_held to gemba_app;
