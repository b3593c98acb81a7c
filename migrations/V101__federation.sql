-- Identity providers of an organization, who came from where, and the mail domains that lead to them.

create table oidc_providers (
    name text not null constraint oidc_providers_name_check check (length(name) between 1 and 100),
    issuer text not null,
    client_id text not null,
    client_secret_sealed bytea,
    scopes text[] not null,
    groups_claim text not null,
    just_in_time boolean not null,
    factor_methods text[] not null
);
comment on table oidc_providers is 'The identity providers (OpenID Connect) of an organization.';
comment on column oidc_providers.name is 'As people choose it at sign-in; unique in the organization.';
comment on column oidc_providers.issuer is 'Its issuer identifier: an https address, from which everything else is discovered.';
comment on column oidc_providers.client_id is 'What Gemba is called there.';
comment on column oidc_providers.client_secret_sealed is 'What Gemba proves itself with there, sealed; none for a public client.';
comment on column oidc_providers.scopes is 'What is asked for beside openid: profile, email, groups.';
comment on column oidc_providers.groups_claim is 'The claim that holds the groups.';
comment on column oidc_providers.just_in_time is 'Whether somebody who comes for the first time gets an account.';
comment on column oidc_providers.factor_methods is 'Values of the claim amr (RFC 8176) that count as a second factor: mfa, otp, hwk.';
call gemba.record('oidc_providers', 'oidc_provider', 'organization');
drop policy walls on oidc_providers;
drop trigger audited on oidc_providers;
call gemba.wall('oidc_providers', 'oidc_provider', secret => array['client_secret_sealed']);
alter table oidc_providers add constraint oidc_providers_name_key unique (organization_id, name);
create policy doors on oidc_providers for select to gemba_owner using (true);

create table group_grants (
    organization_id uuid not null references organizations,
    id uuid not null,
    provider_id uuid not null,
    group_name text not null constraint group_grants_group_check check (length(group_name) between 1 and 256),
    built_in text,
    role_id uuid,
    region_id uuid,
    plant_id uuid,
    created_at timestamptz not null,
    created_by text not null,
    primary key (organization_id, id),
    constraint group_grants_role_check check (num_nonnulls(built_in, role_id) = 1),
    constraint group_grants_place_check check (num_nonnulls(region_id, plant_id) <= 1),
    constraint group_grants_once_key unique nulls not distinct (organization_id, provider_id, group_name, built_in, role_id, region_id, plant_id),
    constraint group_grants_plant_id_fkey foreign key (organization_id, plant_id) references plants (organization_id, id)
);
comment on table group_grants is 'The role that members of a provider''s group have here, and where.';
comment on column group_grants.organization_id is 'Whose it is.';
comment on column group_grants.id is 'The mapping.';
comment on column group_grants.provider_id is 'The provider.';
comment on column group_grants.group_name is 'The group, as the provider''s claim spells it.';
comment on column group_grants.built_in is 'The built-in role, if one.';
comment on column group_grants.role_id is 'The organization''s own role, if one.';
comment on column group_grants.region_id is 'For all plants of this region.';
comment on column group_grants.plant_id is 'For this plant; without region and plant, the whole organization.';
comment on column group_grants.created_at is 'When it was made.';
comment on column group_grants.created_by is 'Who made it.';
call gemba.refers('group_grants', 'provider_id', 'oidc_providers');
call gemba.refers('group_grants', 'role_id', 'roles');
call gemba.refers('group_grants', 'region_id', 'regions');
create index group_grants_by_plant_id on group_grants (organization_id, plant_id);
call gemba.wall('group_grants', 'group_grant');
grant delete on group_grants to gemba_app;

alter table grants add column group_grant_id uuid;
comment on column grants.group_grant_id is 'The mapping of a provider''s group that it comes from, if from one.';
call gemba.refers('grants', 'group_grant_id', 'group_grants');

create table federated_identities (
    organization_id uuid not null references organizations,
    id uuid not null,
    provider_id uuid not null,
    subject text not null,
    user_id uuid not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    primary key (organization_id, id),
    constraint federated_identities_subject_key unique (organization_id, provider_id, subject)
);
comment on table federated_identities is 'Which account a provider''s subject is.';
comment on column federated_identities.organization_id is 'Whose it is.';
comment on column federated_identities.id is 'The link.';
comment on column federated_identities.provider_id is 'The provider.';
comment on column federated_identities.subject is 'The subject as the provider calls it; it never changes there.';
comment on column federated_identities.user_id is 'The account.';
comment on column federated_identities.created_at is 'When they first came.';
comment on column federated_identities.last_seen_at is 'When they came last.';
create index federated_identities_by_provider_id on federated_identities (organization_id, provider_id);
alter table federated_identities add constraint federated_identities_provider_id_fkey
    foreign key (organization_id, provider_id) references oidc_providers (organization_id, id);
call gemba.refers('federated_identities', 'user_id', 'users');
call gemba.wall('federated_identities', 'federated_identity', personal => array['subject'], subject => 'user_id', quiet => array['last_seen_at']);

create table session_origins (
    organization_id uuid not null references organizations,
    session_id uuid not null,
    provider_id uuid not null,
    subject text not null,
    sid text,
    id_token_sealed bytea,
    primary key (organization_id, session_id),
    constraint session_origins_session_id_fkey foreign key (organization_id, session_id) references sessions (organization_id, id) on delete cascade
);
comment on table session_origins is 'The provider''s session that a session began from, to end both.';
comment on column session_origins.organization_id is 'Whose it is.';
comment on column session_origins.session_id is 'The session.';
comment on column session_origins.provider_id is 'The provider.';
comment on column session_origins.subject is 'The subject as the provider calls it.';
comment on column session_origins.sid is 'The provider''s session, where it tells.';
comment on column session_origins.id_token_sealed is 'The provider''s statement, sealed; it wants it back at the end.';
call gemba.refers('session_origins', 'provider_id', 'oidc_providers');
call gemba.wall('session_origins', 'session_origin', secret => array['subject', 'sid', 'id_token_sealed']);
grant delete on session_origins to gemba_app;
-- They go with their session.
create policy forgets on session_origins for delete to gemba_owner using (true);
create policy forgotten on session_origins for select to gemba_owner using (true);

create table mail_domains (
    organization_id uuid not null references organizations,
    id uuid not null,
    domain text not null constraint mail_domains_domain_check check (domain = lower(domain) and domain ~ '^[a-z0-9-]+(\.[a-z0-9-]+)+$' and length(domain) <= 253),
    provider_id uuid,
    confirmed_at timestamptz,
    confirmed_by text,
    created_at timestamptz not null,
    created_by text not null,
    primary key (organization_id, id),
    constraint mail_domains_domain_key unique (organization_id, domain)
);
comment on table mail_domains is 'Mail domains that an organization says are its own.';
comment on column mail_domains.organization_id is 'Whose it is.';
comment on column mail_domains.id is 'The domain''s row.';
comment on column mail_domains.domain is 'The domain: acme.example.';
comment on column mail_domains.provider_id is 'Where people with such an address sign in; without, with a password.';
comment on column mail_domains.confirmed_at is 'When whoever runs the installation confirmed that it is theirs.';
comment on column mail_domains.confirmed_by is 'Who confirmed it.';
comment on column mail_domains.created_at is 'When it was named.';
comment on column mail_domains.created_by is 'Who named it.';
call gemba.refers('mail_domains', 'provider_id', 'oidc_providers');
call gemba.wall('mail_domains', 'mail_domain');
grant delete on mail_domains to gemba_app;
create policy doors on mail_domains for select to gemba_owner using (true);

-- A domain is one organization's at most, in the whole installation; so this one table is nobody's and reached through the functions below only.
create table gemba.realms (domain text primary key, organization_id uuid not null);
comment on table gemba.realms is 'Whose a confirmed mail domain is.';
comment on column gemba.realms.domain is 'The domain.';
comment on column gemba.realms.organization_id is 'The organization.';

-- Confirms a domain of the organization this runs for; false where another one has it.
create function gemba.confirm_domain(wanted text)
returns boolean language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    insert into gemba.realms values (wanted, gemba.current_organization()) on conflict do nothing;
    return exists (select from gemba.realms where domain = wanted and organization_id = gemba.current_organization());
end $$;
comment on function gemba.confirm_domain is 'Makes a mail domain the organization''s own; false where another one has it.';

create function gemba.release_domain(wanted text)
returns void language sql security definer set search_path = pg_catalog, public as $$
    delete from gemba.realms where domain = wanted and organization_id = gemba.current_organization()
$$;
comment on function gemba.release_domain is 'Gives a mail domain up.';

-- Where people of a mail domain, or of an organization by its short name, sign in. No account is looked at.
create function gemba.providers_for(mail_domain text, organization_slug text)
returns table (provider_id uuid, name text)
language sql stable security definer set search_path = pg_catalog, public as $$
    select p.id, p.name
    from oidc_providers p
    join organizations o on o.organization_id = p.organization_id and o.archived_at is null
    where p.archived_at is null and case
        when organization_slug is not null then o.slug = organization_slug
        else exists (
            select from gemba.realms r join mail_domains d on d.organization_id = r.organization_id and d.domain = r.domain and d.confirmed_at is not null
            where r.domain = mail_domain and r.organization_id = p.organization_id and (d.provider_id is null or d.provider_id = p.id)) end
    order by p.name limit 20
$$;
comment on function gemba.providers_for is 'The providers of a confirmed mail domain, or of an organization by its short name.';

-- The organization of a provider that people may sign in with.
create function gemba.organization_of_provider(provider uuid)
returns uuid language sql stable security definer set search_path = pg_catalog, public as $$
    select p.organization_id from oidc_providers p join organizations o on o.organization_id = p.organization_id
    where p.id = provider and p.archived_at is null and o.archived_at is null
$$;
comment on function gemba.organization_of_provider is 'The organization of a provider that people may sign in with.';

do $$
declare
    door text;
begin
    foreach door in array array['gemba.confirm_domain', 'gemba.release_domain', 'gemba.providers_for', 'gemba.organization_of_provider'] loop
        execute format('revoke all on function %s from public', door);
        execute format('grant execute on function %s to gemba_app', door);
    end loop;
end $$;
