-- What every kind of record has beside its own table: search, custom values, comments, saved views.
create extension if not exists btree_gin with schema public;

-- Search. Full-text operators are not leakproof, so no index serves them behind a policy; a function of the owner looks here instead, for the
-- caller's organization only, and the policies of the records' own tables decide what of its answer is seen.
create table search_entries (
    organization_id uuid not null references organizations,
    kind text not null,
    record_id uuid not null,
    document tsvector not null,
    primary key (organization_id, kind, record_id)
);
comment on table search_entries is 'The words of every record, kept by triggers.';
comment on column search_entries.organization_id is 'Whose it is.';
comment on column search_entries.kind is 'The kind of record: line.';
comment on column search_entries.record_id is 'The record.';
comment on column search_entries.document is 'Its words, small letters, without stemming: names and numbers are no prose.';
create index search_entries_words on search_entries using gin (organization_id, kind, document);
alter table search_entries enable row level security;
alter table search_entries force row level security;
-- Nobody reads it but through gemba.search: not even the organization's own server role needs to.
create policy walls on search_entries using (organization_id = (select nullif(current_setting('gemba.organization', true), '')::uuid));
create policy keeping on search_entries to gemba_owner using (true) with check (true);

-- Custom values once more, one row each, where ordinary indexes with leakproof comparisons work behind policies.
create table field_entries (
    organization_id uuid not null references organizations,
    kind text not null,
    record_id uuid not null,
    key text not null,
    plant_id uuid,
    text_value text,
    number_value double precision,
    primary key (organization_id, kind, record_id, key)
);
comment on table field_entries is 'The custom values of every record, one row each, kept by triggers.';
comment on column field_entries.organization_id is 'Whose it is.';
comment on column field_entries.kind is 'The kind of record: line.';
comment on column field_entries.record_id is 'The record.';
comment on column field_entries.key is 'The custom field.';
comment on column field_entries.plant_id is 'The plant the record belongs to, if to one.';
comment on column field_entries.text_value is 'The value as text; dates and identifiers sort rightly so.';
comment on column field_entries.number_value is 'The value of a number, near enough to compare; the record has every digit.';
create index field_entries_by_text on field_entries (organization_id, kind, key, text_value, record_id);
create index field_entries_by_number on field_entries (organization_id, kind, key, number_value, record_id) where number_value is not null;
create index field_entries_by_plant on field_entries (organization_id, plant_id);
alter table field_entries add constraint field_entries_plant_fkey foreign key (organization_id, plant_id) references plants deferrable initially deferred;
alter table field_entries enable row level security;
alter table field_entries force row level security;
create policy walls on field_entries using (
    organization_id = (select nullif(current_setting('gemba.organization', true), '')::uuid)
    and (plant_id is null or (select current_setting('gemba.plants', true)) = '*'
        or plant_id = any ((select string_to_array(nullif(current_setting('gemba.plants', true), ''), ','))::uuid[])));
create policy keeping on field_entries to gemba_owner using (true) with check (true);
grant select on field_entries to gemba_app, gemba_auditor;

-- Words as search compares them: small letters, anything else is a gap.
create function gemba.words(written text) returns text language sql immutable parallel safe
    return regexp_replace(lower(written), '[^[:alnum:]]+', ' ', 'g');
comment on function gemba.words is 'A text as search compares it.';

-- Keeps search and custom values of a record. Arguments: the kind, then the columns with words.
create function gemba.index_record() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    after constant jsonb := to_jsonb(new);
    own_plant constant uuid := (after ->> 'plant_id')::uuid;
    written text := '';
    entry record;
begin
    for number in 1 .. tg_nargs - 1 loop
        written := written || ' ' || coalesce(after ->> tg_argv[number], '');
    end loop;
    for entry in select value from jsonb_each_text(new.fields) where value !~ '^[0-9a-f]{8}-[0-9a-f]{4}-' loop
        written := written || ' ' || coalesce(entry.value, '');
    end loop;
    insert into public.search_entries (organization_id, kind, record_id, document)
    values (new.organization_id, tg_argv[0], new.id, to_tsvector('simple', gemba.words(written)))
    on conflict (organization_id, kind, record_id) do update set document = excluded.document
        where search_entries.document <> excluded.document;
    if tg_op = 'INSERT' and new.fields = '{}' then
        return null;
    end if;
    if tg_op = 'UPDATE' then
        if new.fields = old.fields then
            return null;
        end if;
        delete from public.field_entries where organization_id = new.organization_id and kind = tg_argv[0] and record_id = new.id;
    end if;
    insert into public.field_entries (organization_id, kind, record_id, key, plant_id, text_value, number_value)
    select new.organization_id, tg_argv[0], new.id, each.key, own_plant, each.value,
        case when each.value ~ '^-?[0-9]{1,18}(\.[0-9]{1,18})?$' then each.value::double precision end
    from jsonb_each_text(new.fields) each where each.value is not null;
    return null;
end $$;
comment on function gemba.index_record is 'Keeps search and custom values of a record.';

-- Lets search and custom values follow a table of records: every column of text has words.
create procedure gemba.indexed(target regclass, kind text) language plpgsql as $$
declare
    columns text;
begin
    select string_agg(quote_literal(attname), ', ' order by attnum) into columns from pg_attribute
    where attrelid = target and attnum > 0 and not attisdropped and atttypid = 'text'::regtype and attname not in ('created_by', 'updated_by');
    execute format('create trigger indexed after insert or update on %s for each row execute function gemba.index_record(%L%s)',
        target, kind, coalesce(', ' || columns, ''));
end $$;
comment on procedure gemba.indexed is 'Lets search and custom values follow a table of records.';
call gemba.indexed('regions', 'region');
call gemba.indexed('plants', 'plant');

-- Records of the caller's organization with words that begin as those asked for, all of them.
create function gemba.search(wanted_kind text, asked text) returns setof uuid
    language plpgsql stable security definer set search_path = pg_catalog, public rows 50 as $$
declare
    own constant uuid := gemba.current_organization();
    query tsquery;
begin
    select string_agg(quote_literal(word) || ':*', ' & ')::tsquery into query
    from (select word from regexp_split_to_table(gemba.words(left(asked, 200)), ' ') word where word <> '' limit 12) words;
    if own is null or query is null then
        return;
    end if;
    return query select entry.record_id from public.search_entries entry
    where entry.organization_id = own and entry.kind = wanted_kind and entry.document @@ query;
end $$;
comment on function gemba.search is 'Records of the caller''s organization by words; what of it the caller sees, the records'' own policies decide.';
revoke all on function gemba.search from public;
grant execute on function gemba.search to gemba_app;

create table type_lists (
    key text not null,
    name text not null,
    description text,
    entries jsonb not null default '[]'
);
comment on table type_lists is 'A list of values that an organization keeps itself: defect codes, kinds of lines.';
comment on column type_lists.key is 'For programs; never changed.';
comment on column type_lists.name is 'As people call it.';
comment on column type_lists.description is 'What else there is to say.';
comment on column type_lists.entries is 'Its values in order: value, label, whether retired.';
call gemba.record('type_lists', 'type_list', 'organization');
alter table type_lists add constraint type_lists_key_key unique (organization_id, key);

create table field_definitions (
    kind text not null,
    key text not null check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    label text not null,
    description text,
    value_type text not null,
    unit text,
    type_list_id uuid,
    reference_kind text,
    required boolean not null default false,
    default_value text,
    minimum numeric(24, 6),
    maximum numeric(24, 6),
    expression text,
    message text,
    visible_to jsonb not null default '[]',
    position integer not null default 0
);
comment on table field_definitions is 'A field that an organization adds to a kind of record. Archived means retired: its values stay, nobody enters new ones.';
comment on column field_definitions.kind is 'The kind of record: line.';
comment on column field_definitions.key is 'For programs; unique for the kind, also among retired ones, never changed.';
comment on column field_definitions.label is 'As people call it.';
comment on column field_definitions.description is 'What it means.';
comment on column field_definitions.value_type is 'text, number, date, choice, reference, boolean or file; never changed.';
comment on column field_definitions.unit is 'Unit of a number.';
comment on column field_definitions.type_list_id is 'Where the values of a choice come from.';
comment on column field_definitions.reference_kind is 'The kind of record a reference points to.';
comment on column field_definitions.required is 'Whether every record must have a value.';
comment on column field_definitions.default_value is 'The value of new records where nothing is said.';
comment on column field_definitions.minimum is 'The least number, or the shortest text.';
comment on column field_definitions.maximum is 'The greatest number, or the longest text.';
comment on column field_definitions.expression is 'A condition in CEL over value and record that must hold.';
comment on column field_definitions.message is 'What a person reads where it does not hold.';
comment on column field_definitions.visible_to is 'Keys of the roles that see it; empty for everybody.';
comment on column field_definitions.position is 'Order in forms.';
call gemba.record('field_definitions', 'field_definition', 'organization');
alter table field_definitions add constraint field_definitions_key_key unique (organization_id, kind, key);
call gemba.refers('field_definitions', 'type_list_id', 'type_lists');

-- For reports: every custom value with what it means. It shows what its reader may see.
create view field_values with (security_invoker) as
select entry.organization_id, entry.plant_id, entry.kind, entry.record_id, entry.key, definition.label, definition.value_type, definition.unit,
    entry.text_value,
    case when definition.value_type = 'number' then entry.text_value::numeric end as number_value,
    case when definition.value_type = 'date' then entry.text_value::date end as date_value,
    case when definition.value_type = 'boolean' then entry.text_value::boolean end as boolean_value
from field_entries entry
join field_definitions definition using (organization_id, kind, key);
comment on view field_values is 'Every custom value with what it means, for reports.';
grant select on field_values to gemba_app, gemba_auditor;

create table comments (
    organization_id uuid not null references organizations,
    id uuid not null,
    plant_id uuid,
    kind text not null,
    record_id uuid not null,
    parent_id uuid,
    body text not null check (length(body) between 1 and 10000),
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    created_by text not null,
    edited_at timestamptz,
    deleted_at timestamptz,
    deleted_by text,
    primary key (organization_id, id)
);
comment on table comments is 'What people say about a record.';
comment on column comments.organization_id is 'Whose it is.';
comment on column comments.id is 'The comment.';
comment on column comments.plant_id is 'The plant the record belongs to, if to one.';
comment on column comments.kind is 'The kind of record: line.';
comment on column comments.record_id is 'The record.';
comment on column comments.parent_id is 'The comment it answers, if one.';
comment on column comments.body is 'What is said; the audit trail keeps what it was before.';
comment on column comments.version is 'Counts changes; the ETag.';
comment on column comments.created_at is 'When it was written.';
comment on column comments.created_by is 'Who wrote it.';
comment on column comments.edited_at is 'When it was last changed, if ever.';
comment on column comments.deleted_at is 'When it was withdrawn, if it is.';
comment on column comments.deleted_by is 'Who withdrew it.';
alter table comments add constraint comments_plant_fkey foreign key (organization_id, plant_id) references plants;
create index comments_by_plant on comments (organization_id, plant_id);
create index comments_by_record on comments (organization_id, kind, record_id, id);
call gemba.refers('comments', 'parent_id', 'comments');
call gemba.wall('comments', 'comment');

create table saved_views (
    organization_id uuid not null references organizations,
    id uuid not null,
    kind text not null,
    name text not null check (length(name) between 1 and 200),
    shared boolean not null default false,
    query jsonb not null,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    created_by text not null,
    updated_at timestamptz not null default now(),
    primary key (organization_id, id)
);
comment on table saved_views is 'A list as somebody arranged it: filters, order, columns.';
comment on column saved_views.organization_id is 'Whose it is.';
comment on column saved_views.id is 'The view.';
comment on column saved_views.kind is 'The kind of record it lists.';
comment on column saved_views.name is 'As its owner calls it.';
comment on column saved_views.shared is 'Whether everybody in the organization may use it, or its owner only.';
comment on column saved_views.query is 'The parameters of the list, by name.';
comment on column saved_views.version is 'Counts changes; the ETag.';
comment on column saved_views.created_at is 'When it was made.';
comment on column saved_views.created_by is 'Its owner, who alone changes it.';
comment on column saved_views.updated_at is 'When it was last changed.';
create unique index saved_views_name_key on saved_views (organization_id, kind, created_by, name);
call gemba.wall('saved_views', 'saved_view');
grant delete on saved_views to gemba_app;
