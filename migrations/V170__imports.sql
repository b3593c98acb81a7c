-- Import sessions: a file, what it was taken for, what it would change, what it did change.
create table import_sessions (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    file_name text not null check (length(file_name) between 1 and 300),
    size_bytes bigint not null check (size_bytes >= 0),
    sha256 bytea not null check (length(sha256) = 32),
    source text check (source in ('workbook', 'csv', 'project')),
    mode text not null default 'merge' check (mode in ('create', 'update', 'merge')),
    state text not null default 'reading' check (state in ('reading', 'ready', 'committed', 'undone')),
    run_id uuid,
    mapping jsonb not null default '{}',
    corrections jsonb not null default '[]',
    sheets jsonb not null default '[]',
    counts jsonb not null default '{}',
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    updated_at timestamptz not null default now(),
    expires_at timestamptz not null,
    committed_at timestamptz,
    committed_by text,
    undone_at timestamptz,
    undone_by text,
    primary key (organization_id, id),
    unique (organization_id, plant_id, id),
    foreign key (organization_id, plant_id) references plants
);
comment on table import_sessions is 'A file that somebody brings into a plant: what it was taken for, and what became of it.';
comment on column import_sessions.organization_id is 'Whose it is.';
comment on column import_sessions.plant_id is 'The plant that it is brought into.';
comment on column import_sessions.id is 'The session.';
comment on column import_sessions.file_name is 'What the file is called.';
comment on column import_sessions.size_bytes is 'Its size (bytes).';
comment on column import_sessions.sha256 is 'SHA-256 of it, also when it is gone.';
comment on column import_sessions.source is 'What it is: workbook, csv, project; null where it is none of these.';
comment on column import_sessions.mode is 'What is brought in: create only new records, update only those that are there, merge both.';
comment on column import_sessions.state is 'Where it stands: reading, ready, committed, undone.';
comment on column import_sessions.run_id is 'The run that works on it, or did last.';
comment on column import_sessions.mapping is 'What sheets and columns mean, as far as somebody said.';
comment on column import_sessions.corrections is 'Cells that are read otherwise than the file has them.';
comment on column import_sessions.sheets is 'Sheets and columns with what they were taken for.';
comment on column import_sessions.counts is 'How many issues there are by severity, and changes by kind.';
comment on column import_sessions.version is 'Counts changes; the ETag.';
comment on column import_sessions.created_at is 'When the file came.';
comment on column import_sessions.created_by is 'Who brought it.';
comment on column import_sessions.updated_at is 'When something was last done with it.';
comment on column import_sessions.expires_at is 'When it is forgotten.';
comment on column import_sessions.committed_at is 'When its changes were made.';
comment on column import_sessions.committed_by is 'Who made them.';
comment on column import_sessions.undone_at is 'When they were taken back.';
comment on column import_sessions.undone_by is 'Who took them back.';
create index import_sessions_by_plant on import_sessions (organization_id, plant_id, created_at desc);
call gemba.wall('import_sessions', 'import', quiet => '{sheets,counts,corrections,state,run_id,version,updated_at,expires_at,source}');
grant delete on import_sessions to gemba_app;

create table import_files (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    import_id uuid not null,
    content bytea not null,
    primary key (organization_id, import_id),
    foreign key (organization_id, plant_id, import_id) references import_sessions (organization_id, plant_id, id) on delete cascade
);
comment on table import_files is 'The file of an import session, until its changes are made or it is forgotten.';
comment on column import_files.organization_id is 'Whose it is.';
comment on column import_files.plant_id is 'The plant of the session.';
comment on column import_files.import_id is 'The session.';
comment on column import_files.content is 'The file.';
alter table import_files alter column content set storage external;
create index import_files_by_session on import_files (organization_id, plant_id, import_id);
call gemba.wall('import_files', 'import_file');
drop trigger audited on import_files;
grant delete on import_files to gemba_app;

create table import_issues (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    import_id uuid not null,
    number integer not null,
    severity text not null check (severity in ('error', 'warning', 'note')),
    code text not null,
    sheet text not null,
    row_number integer,
    column_name text,
    found text not null,
    expected text not null,
    message text not null,
    primary key (organization_id, import_id, number),
    foreign key (organization_id, plant_id, import_id) references import_sessions (organization_id, plant_id, id) on delete cascade
);
comment on table import_issues is 'What was found in a file: errors, warnings, notes.';
comment on column import_issues.organization_id is 'Whose it is.';
comment on column import_issues.plant_id is 'The plant of the session.';
comment on column import_issues.import_id is 'The session.';
comment on column import_issues.number is 'Their order: errors, warnings, notes, each by sheet, row and column.';
comment on column import_issues.severity is 'error, warning or note.';
comment on column import_issues.code is 'A stable code: unknown_line.';
comment on column import_issues.sheet is 'The sheet; empty when it concerns the file.';
comment on column import_issues.row_number is 'The row as Excel counts.';
comment on column import_issues.column_name is 'The column: C (Cycle Time).';
comment on column import_issues.found is 'What was found.';
comment on column import_issues.expected is 'What is expected instead.';
comment on column import_issues.message is 'A sentence that a person can act on.';
create index import_issues_by_session on import_issues (organization_id, plant_id, import_id);
call gemba.wall('import_issues', 'import_issue');
drop trigger audited on import_issues;
grant delete on import_issues to gemba_app;

create table import_changes (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    import_id uuid not null,
    number integer not null,
    kind text not null,
    record_id uuid not null,
    change text not null check (change in ('created', 'updated', 'restored', 'unchanged')),
    label text not null,
    sheet text not null,
    row_number integer,
    before jsonb,
    after jsonb not null,
    version bigint,
    left_because text,
    written_version bigint,
    primary key (organization_id, import_id, number),
    foreign key (organization_id, plant_id, import_id) references import_sessions (organization_id, plant_id, id) on delete cascade
);
comment on table import_changes is 'What a file would do to each record it speaks of; once committed, what it did.';
comment on column import_changes.organization_id is 'Whose it is.';
comment on column import_changes.plant_id is 'The plant of the session.';
comment on column import_changes.import_id is 'The session.';
comment on column import_changes.number is 'Their order, in which each refers only to earlier ones.';
comment on column import_changes.kind is 'The kind of record: line.';
comment on column import_changes.record_id is 'The record, or what it will be.';
comment on column import_changes.change is 'created, updated, restored (it was archived), unchanged.';
comment on column import_changes.label is 'What people call it.';
comment on column import_changes.sheet is 'The sheet that speaks of it first.';
comment on column import_changes.row_number is 'The row as Excel counts.';
comment on column import_changes.before is 'Members that differ, as they are; null for a new record.';
comment on column import_changes.after is 'Members that differ, as they are to be; all that is said of a new record.';
comment on column import_changes.version is 'The version that this is meant for; null for a new record.';
comment on column import_changes.left_because is 'Why it is not done: the mode, or something it refers to that is left.';
comment on column import_changes.written_version is 'The version that was written, which undoing asks for.';
create index import_changes_by_session on import_changes (organization_id, plant_id, import_id);
call gemba.wall('import_changes', 'import_change');
drop trigger audited on import_changes;
grant delete on import_changes to gemba_app;

create table import_mappings (
    organization_id uuid not null references organizations,
    signature text not null check (length(signature) between 1 and 600),
    meaning text not null,
    columns jsonb not null,
    updated_at timestamptz not null default now(),
    updated_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, signature)
);
comment on table import_mappings is 'What sheets with such headings hold, as somebody said when they brought one in.';
comment on column import_mappings.organization_id is 'Whose it is.';
comment on column import_mappings.signature is 'The headings, folded and in order.';
comment on column import_mappings.meaning is 'What such a sheet holds; empty for nothing that is wanted.';
comment on column import_mappings.columns is 'What columns hold, by heading.';
comment on column import_mappings.updated_at is 'When that was last said.';
comment on column import_mappings.updated_by is 'Who said it.';
call gemba.wall('import_mappings', 'import_mapping');
drop trigger audited on import_mappings;
grant delete on import_mappings to gemba_app;
