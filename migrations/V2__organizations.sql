-- Tenants, and where they work.

create table organizations (
    organization_id uuid primary key,
    name text not null check (length(name) between 1 and 200),
    slug text not null check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    operates boolean not null default false,
    settings jsonb not null default '{}',
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'system:migrate'),
    updated_at timestamptz not null default now(),
    updated_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'system:migrate'),
    archived_at timestamptz,
    id uuid not null generated always as (organization_id) stored
);
comment on table organizations is 'A tenant: the outermost wall.';
comment on column organizations.organization_id is 'The organization; every tenant table carries it.';
comment on column organizations.name is 'As people call it.';
comment on column organizations.slug is 'Short name for addresses and sign-in: small letters, digits, hyphens.';
comment on column organizations.operates is 'Whether its Global Admins may make and close other organizations of this installation.';
comment on column organizations.settings is 'Rate limits, session rules, retention: what an organization decides for itself.';
comment on column organizations.version is 'Counts changes; the ETag.';
comment on column organizations.created_at is 'When it was made.';
comment on column organizations.created_by is 'Who made it.';
comment on column organizations.updated_at is 'When it was last changed.';
comment on column organizations.updated_by is 'Who changed it last.';
comment on column organizations.archived_at is 'When it was closed, if it is; nobody signs in then.';
comment on column organizations.id is 'The organization again, by the name every record has.';
create unique index organizations_slug_key on organizations (slug);
call gemba.wall('organizations', 'organization');

create table regions (
    name text not null,
    description text
);
comment on table regions is 'A group of plants, for roles and roll-ups.';
comment on column regions.name is 'As people call it; unique in the organization.';
comment on column regions.description is 'What else there is to say.';
call gemba.record('regions', 'region', 'organization');
alter table regions add constraint regions_name_key unique (organization_id, name);

create table plants (
    region_id uuid,
    code text not null,
    name text not null,
    time_zone text not null default 'UTC',
    country text check (country ~ '^[A-Z]{2}$'),
    description text
);
comment on table plants is 'A site: the inner wall.';
comment on column plants.region_id is 'The region it belongs to, if to one.';
comment on column plants.code is 'Short name, as on labels; unique in the organization.';
comment on column plants.name is 'As people call it.';
comment on column plants.time_zone is 'IANA name, for the plant''s days and shifts.';
comment on column plants.country is 'ISO 3166-1 alpha-2.';
comment on column plants.description is 'What else there is to say.';
-- A plant is behind its own wall: what holds for its rows holds for itself.
call gemba.record('plants', 'plant', 'organization');
alter table plants add constraint plants_code_key unique (organization_id, code);
alter table plants add column plant_id uuid not null generated always as (id) stored;
comment on column plants.plant_id is 'The plant again, by the name every row of a plant has.';
drop policy walls on plants;
drop trigger audited on plants;
call gemba.wall('plants', 'plant');
call gemba.refers('plants', 'region_id', 'regions');
