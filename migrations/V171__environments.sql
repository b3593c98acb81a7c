-- Archives of configuration and data that wait to be fetched, or to be brought in.
create table environment_archives (
    organization_id uuid not null references organizations,
    id uuid not null,
    direction text not null check (direction in ('export', 'import')),
    content bytea not null,
    run_id uuid,
    created_at timestamptz not null,
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    expires_at timestamptz not null,
    primary key (organization_id, id)
);
comment on table environment_archives is 'An archive of configuration and data, for a week.';
comment on column environment_archives.organization_id is 'Whose it is.';
comment on column environment_archives.id is 'The archive.';
comment on column environment_archives.direction is 'export where it waits to be fetched, import where it waits to be brought in.';
comment on column environment_archives.content is 'The zip.';
comment on column environment_archives.run_id is 'The run that made it.';
comment on column environment_archives.created_at is 'When it came or was made.';
comment on column environment_archives.created_by is 'Who asked for it.';
comment on column environment_archives.expires_at is 'When it is forgotten.';
alter table environment_archives alter column content set storage external;
call gemba.wall('environment_archives', 'environment_archive');
drop trigger audited on environment_archives;
grant delete on environment_archives to gemba_app;
