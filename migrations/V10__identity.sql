-- Who may do what: accounts, roles, grants, sessions, keys, links, and the doors through which somebody unknown becomes known.
--
-- What is secret (password, token, key) is kept as a hash in tables of its own; neither the trail nor the server's role reads it back.

create table users (
    email text not null constraint users_email_check check (email = lower(btrim(email)) and length(email) between 3 and 254 and email like '_%@_%'),
    name text not null constraint users_name_check check (length(name) between 1 and 200),
    locale text not null default 'en' constraint users_locale_check check (locale ~ '^[a-z]{2}(-[A-Z]{2})?$')
);
comment on table users is 'A person''s account in one organization.';
comment on column users.email is 'The address they sign in with, in small letters; unique in the organization.';
comment on column users.name is 'As colleagues call them.';
comment on column users.locale is 'The language the product speaks to them: BCP 47, en or en-GB.';
call gemba.record('users', 'user', 'organization');
-- Behind the walls again, now with what is personal.
drop policy walls on users;
drop trigger audited on users;
call gemba.wall('users', 'user', personal => array['email', 'name']);
alter table users add constraint users_email_key unique (organization_id, email);
create index users_of_address on users (email);

create table credentials (
    organization_id uuid not null,
    user_id uuid not null,
    password_hash text,
    password_changed_at timestamptz,
    password_must_change boolean not null default false,
    signed_in_at timestamptz,
    primary key (organization_id, user_id),
    constraint credentials_user_id_fkey foreign key (organization_id, user_id) references users (organization_id, id)
);
comment on table credentials is 'What a person proves who they are with; never in the trail.';
comment on column credentials.organization_id is 'Whose it is.';
comment on column credentials.user_id is 'The person.';
comment on column credentials.password_hash is 'Argon2id in PHC notation; none before the first password is set.';
comment on column credentials.password_changed_at is 'When the password was set last.';
comment on column credentials.password_must_change is 'Whether somebody else set it, so that the person must choose another one first.';
comment on column credentials.signed_in_at is 'When they signed in last.';
call gemba.wall('credentials', 'credential', secret => array['password_hash'], quiet => array['signed_in_at']);
revoke select on credentials from gemba_app, gemba_auditor;
grant select (organization_id, user_id, password_changed_at, password_must_change, signed_in_at) on credentials to gemba_app, gemba_auditor;

create table roles (
    name text not null constraint roles_name_check check (length(name) between 1 and 100),
    description text,
    permissions text[] not null
);
comment on table roles is 'An organization''s own roles; the built-in ones are part of the program.';
comment on column roles.name is 'As people call it; unique in the organization.';
comment on column roles.description is 'Whom it is for.';
comment on column roles.permissions is 'The atomic permissions it groups, by name, in alphabetical order.';
call gemba.record('roles', 'role', 'organization');
alter table roles add constraint roles_name_key unique (organization_id, name);

create table api_keys (
    name text not null constraint api_keys_name_check check (length(name) between 1 and 100),
    owner_id uuid,
    scopes text[] not null,
    expires_at timestamptz,
    revoked_at timestamptz
);
comment on table api_keys is 'A program that calls: for a person, within their rights; or as a service with roles of its own.';
comment on column api_keys.name is 'What the program is.';
comment on column api_keys.owner_id is 'The person whose rights it has; none for a service, which has its own grants.';
comment on column api_keys.scopes is 'Patterns of permissions, which bound its rights: factory.*, *.read.';
comment on column api_keys.expires_at is 'When it ends by itself, if ever.';
comment on column api_keys.revoked_at is 'When it was ended, if it was.';
call gemba.record('api_keys', 'api_key', 'organization');
call gemba.refers('api_keys', 'owner_id', 'users');

create table api_key_secrets (
    organization_id uuid not null,
    id uuid not null,
    api_key_id uuid not null,
    secret_hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    last_used_ip inet,
    primary key (organization_id, id)
);
comment on table api_key_secrets is 'The secrets of a key: one, or two while it is being rotated; never in the trail.';
comment on column api_key_secrets.organization_id is 'Whose it is.';
comment on column api_key_secrets.id is 'The secret.';
comment on column api_key_secrets.api_key_id is 'The key it opens.';
comment on column api_key_secrets.secret_hash is 'SHA-256 of the key as it is sent.';
comment on column api_key_secrets.created_at is 'When it was made.';
comment on column api_key_secrets.expires_at is 'When it stops, once a newer one was made.';
comment on column api_key_secrets.last_used_at is 'When it was used last, to the minute.';
comment on column api_key_secrets.last_used_ip is 'The address it was used from last.';
call gemba.refers('api_key_secrets', 'api_key_id', 'api_keys');
-- By it a door finds the row before the organization is known; 256 random bits are never the same twice.
create index api_key_secrets_by_hash on api_key_secrets (secret_hash);
call gemba.wall('api_key_secrets', 'api_key_secret', secret => array['secret_hash'], quiet => array['last_used_at', 'last_used_ip']);
revoke select on api_key_secrets from gemba_app, gemba_auditor;
grant select (organization_id, id, api_key_id, created_at, expires_at, last_used_at, last_used_ip) on api_key_secrets to gemba_app, gemba_auditor;

create table grants (
    organization_id uuid not null references organizations,
    id uuid not null,
    user_id uuid,
    api_key_id uuid,
    built_in text,
    role_id uuid,
    region_id uuid,
    plant_id uuid,
    expires_at timestamptz,
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    constraint grants_holder_check check (num_nonnulls(user_id, api_key_id) = 1),
    constraint grants_role_check check (num_nonnulls(built_in, role_id) = 1),
    constraint grants_place_check check (num_nonnulls(region_id, plant_id) <= 1),
    constraint grants_once_key unique nulls not distinct (organization_id, user_id, api_key_id, built_in, role_id, region_id, plant_id),
    constraint grants_plant_id_fkey foreign key (organization_id, plant_id) references plants (organization_id, id)
);
comment on table grants is 'A role, given to a person or a service for the whole organization, a region or a plant.';
comment on column grants.organization_id is 'Whose it is.';
comment on column grants.id is 'The grant.';
comment on column grants.user_id is 'The person, if to one.';
comment on column grants.api_key_id is 'The service, if to one.';
comment on column grants.built_in is 'The built-in role, if one: planner.';
comment on column grants.role_id is 'The organization''s own role, if one.';
comment on column grants.region_id is 'All plants of this region, those of tomorrow included.';
comment on column grants.plant_id is 'This plant; without region and plant, the whole organization.';
comment on column grants.expires_at is 'When it ends by itself, if ever.';
comment on column grants.created_at is 'When it was given.';
comment on column grants.created_by is 'Who gave it.';
call gemba.refers('grants', 'user_id', 'users');
call gemba.refers('grants', 'api_key_id', 'api_keys');
call gemba.refers('grants', 'role_id', 'roles');
call gemba.refers('grants', 'region_id', 'regions');
create index grants_by_plant_id on grants (organization_id, plant_id);
call gemba.wall('grants', 'grant');
grant delete on grants to gemba_app;

create table sessions (
    organization_id uuid not null references organizations,
    id uuid not null,
    user_id uuid not null,
    token_hash bytea not null,
    previous_hash bytea,
    previous_until timestamptz,
    rotate boolean not null default false,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    idle_s integer not null check (idle_s > 0),
    expires_at timestamptz not null,
    ended_at timestamptz,
    ended_why text check (ended_why in ('signed_out', 'revoked', 'too_many', 'password_changed', 'deactivated', 'replaced')),
    ip inet,
    last_ip inet,
    device text not null default '',
    primary key (organization_id, id)
);
comment on table sessions is 'The devices people are signed in on; ended ones remain for a while, to be shown.';
comment on column sessions.organization_id is 'Whose it is.';
comment on column sessions.id is 'The session.';
comment on column sessions.user_id is 'Who is signed in.';
comment on column sessions.token_hash is 'SHA-256 of the token in the cookie.';
comment on column sessions.previous_hash is 'The token before the last rotation, for requests that were on their way.';
comment on column sessions.previous_until is 'Until when that one is still taken.';
comment on column sessions.rotate is 'Whether the token must change with the next answer, because rights were added.';
comment on column sessions.created_at is 'When they signed in.';
comment on column sessions.last_seen_at is 'When a request came last, to the minute.';
comment on column sessions.idle_s is 'How long it lives without a request (s).';
comment on column sessions.expires_at is 'When it ends whatever happens.';
comment on column sessions.ended_at is 'When it was ended, if it was.';
comment on column sessions.ended_why is 'Why it was ended.';
comment on column sessions.ip is 'The address of the sign-in.';
comment on column sessions.last_ip is 'The address a request came from last.';
comment on column sessions.device is 'What the browser or program calls itself.';
call gemba.refers('sessions', 'user_id', 'users');
create index sessions_by_previous_hash on sessions (previous_hash) where previous_hash is not null;
-- By it a door finds the row before the organization is known; 256 random bits are never the same twice.
create index sessions_by_hash on sessions (token_hash);
call gemba.wall('sessions', 'session', personal => array['ip', 'last_ip', 'device'], subject => 'user_id',
    secret => array['token_hash', 'previous_hash'], quiet => array['last_seen_at', 'last_ip', 'rotate']);
revoke select on sessions from gemba_app, gemba_auditor;
grant select (organization_id, id, user_id, rotate, created_at, last_seen_at, idle_s, expires_at, ended_at, ended_why, ip, last_ip, device)
    on sessions to gemba_app, gemba_auditor;

create table password_links (
    organization_id uuid not null references organizations,
    id uuid not null,
    user_id uuid not null,
    purpose text not null check (purpose in ('invitation', 'reset')),
    token_hash bytea not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null,
    created_by text not null,
    primary key (organization_id, id)
);
comment on table password_links is 'Links that work once, with which a person sets a password: invitation and reset.';
comment on column password_links.organization_id is 'Whose it is.';
comment on column password_links.id is 'The link.';
comment on column password_links.user_id is 'Whose password it sets.';
comment on column password_links.purpose is 'Why it was made.';
comment on column password_links.token_hash is 'SHA-256 of the token in the link.';
comment on column password_links.expires_at is 'Until when it works.';
comment on column password_links.used_at is 'When it was used, or a newer one took its place.';
comment on column password_links.created_at is 'When it was made.';
comment on column password_links.created_by is 'Who made it.';
call gemba.refers('password_links', 'user_id', 'users');
-- By it a door finds the row before the organization is known; 256 random bits are never the same twice.
create index password_links_by_hash on password_links (token_hash);
call gemba.wall('password_links', 'password_link', secret => array['token_hash']);
revoke select on password_links from gemba_app, gemba_auditor;
grant select (organization_id, id, user_id, purpose, expires_at, used_at, created_at, created_by) on password_links to gemba_app, gemba_auditor;
