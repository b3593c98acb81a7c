-- An organization's policies, and what people are certified for.

create table policies (
    number bigint not null,
    text text not null,
    state text not null default 'draft' constraint policies_state_check check (state in ('draft', 'active', 'retired')),
    note text constraint policies_note_check check (length(note) <= 1000),
    tried_at timestamptz,
    tried_by text,
    tried_with text,
    tried jsonb,
    activated_at timestamptz,
    activated_by text,
    retired_at timestamptz,
    retired_by text
);
comment on table policies is 'The versions of an organization''s policies: rules in Cedar that narrow what roles grant.';
comment on column policies.number is 'Counts the versions of the organization from 1.';
comment on column policies.text is 'The policies, in Cedar; never changed.';
comment on column policies.state is 'draft, active (one at most) or retired.';
comment on column policies.note is 'What this version is for.';
comment on column policies.tried_at is 'When it was last tried on past decisions.';
comment on column policies.tried_by is 'Who tried it.';
comment on column policies.tried_with is 'The schema it was tried with, as its hash.';
comment on column policies.tried is 'What the trial found, in figures.';
comment on column policies.activated_at is 'When it was last activated.';
comment on column policies.activated_by is 'Who activated it.';
comment on column policies.retired_at is 'When it last ceased to count.';
comment on column policies.retired_by is 'Who or what ended it.';
call gemba.record('policies', 'policy', 'organization');
alter table policies add constraint policies_number_key unique (organization_id, number);
create unique index policies_active_key on policies (organization_id) where state = 'active';

-- The number of the active version stands with the organization, where every request looks anyway: without one nothing more is asked.
alter table organizations add column policies_number bigint;
comment on column organizations.policies_number is 'The version of its policies that counts; none where it has none.';

create table certifications (
    user_id uuid not null,
    name text not null,
    valid_from date not null,
    valid_until date,
    evidence text
);
comment on table certifications is 'What people are certified for, and how long.';
comment on column certifications.user_id is 'Who.';
comment on column certifications.name is 'For what, as policies name it.';
comment on column certifications.valid_from is 'The first day it counts (UTC).';
comment on column certifications.valid_until is 'The last day it counts (UTC); none where it does not end.';
comment on column certifications.evidence is 'Where the proof is: a certificate''s number, a training.';
call gemba.record('certifications', 'certification', 'organization');
call gemba.refers('certifications', 'user_id', 'users');
alter table certifications add constraint certifications_once_key unique (organization_id, user_id, name);
create policy doors on certifications for select to gemba_owner using (true);

-- What policies can know of whoever asks, and of the plants; nothing where the organization has no policies.
create function gemba.circumstances_of(organization uuid, person uuid, at timestamptz)
returns jsonb language sql stable security definer set search_path = pg_catalog, public as $$
    select jsonb_build_object(
        'number', o.policies_number,
        'email_domain', coalesce((select split_part(u.email, '@', 2) from users u where u.organization_id = organization and u.id = person), ''),
        'certifications', coalesce((select jsonb_agg(c.name order by c.name) from certifications c
            where c.organization_id = organization and c.user_id = person and c.archived_at is null
                and c.valid_from <= (at at time zone 'UTC')::date and (c.valid_until is null or c.valid_until >= (at at time zone 'UTC')::date)), '[]'),
        'plants', coalesce((select jsonb_agg(jsonb_build_object('id', p.id, 'code', p.code, 'zone', p.time_zone)) from plants p
            where p.organization_id = organization), '[]'))
    from organizations o where o.organization_id = organization and o.policies_number is not null
$$;
comment on function gemba.circumstances_of is 'What policies can know of whoever asks, where an organization has policies.';
revoke all on function gemba.circumstances_of from public;

-- The same for work that goes on without a request, in the organization it runs for.
create function gemba.circumstances_here(person uuid, at timestamptz)
returns jsonb language sql stable security definer set search_path = pg_catalog, public as $$
    select gemba.circumstances_of(gemba.current_organization(), person, at)
$$;
comment on function gemba.circumstances_here is 'What policies can know of a person, in the organization this runs for.';

drop function gemba.caller_of(bytea, boolean, timestamptz, text);
create function gemba.caller_of(hash bytea, is_key boolean, at timestamptz, from_ip text)
returns table (
    organization_id uuid, user_id uuid, session_id uuid, api_key_id uuid, refusal text, must_change boolean, rotate boolean,
    scopes text[], settings jsonb, roles text[], versions bigint[], plants uuid[], factors text[], factor text, factor_at timestamptz,
    circumstances jsonb
) language plpgsql rows 1 security definer set search_path = pg_catalog, public set plan_cache_mode = force_generic_plan as $$
declare
    s record;
    k record;
begin
    if is_key then
        select x.organization_id, x.id as secret, key.id, key.owner_id, key.scopes, x.last_used_at, o.policies_number,
            case when o.settings ?| array['rate_limits', 'second_factor'] then o.settings end as settings,
            case when key.revoked_at is not null or key.archived_at is not null then 'key_revoked'
                when key.expires_at <= at or x.expires_at <= at then 'key_expired'
                when o.archived_at is not null then 'organization_closed'
                when u.archived_at is not null then 'account_deactivated' end as refusal
        into k
        from api_key_secrets x
        join api_keys key on key.organization_id = x.organization_id and key.id = x.api_key_id
        join organizations o on o.organization_id = x.organization_id
        left join users u on u.organization_id = key.organization_id and u.id = key.owner_id
        where x.secret_hash = hash;
        if not found then
            return;
        end if;
        if k.refusal is null and (k.last_used_at is null or k.last_used_at < at - interval '1 minute') then
            update api_key_secrets x set last_used_at = at, last_used_ip = nullif(from_ip, '')::inet
            where x.organization_id = k.organization_id and x.id = k.secret;
        end if;
        return query select k.organization_id, k.owner_id, null::uuid, k.id, k.refusal, false, false, k.scopes, k.settings,
            array_agg(held.role), array_agg(held.version), array_agg(held.plant_id), null::text[], null::text, null::timestamptz,
            case when k.policies_number is not null then gemba.circumstances_of(k.organization_id, k.owner_id, at) end
        from gemba.roles_of(k.organization_id, k.owner_id, case when k.owner_id is null then k.id end, at) held;
    else
        select x.organization_id, x.id, x.user_id, o.policies_number, x.rotate, x.last_seen_at, x.factor, x.factor_at, c.password_must_change, c.factors,
            case when o.settings ?| array['rate_limits', 'second_factor'] then o.settings end as settings,
            case when x.ended_at is not null then 'session_ended'
                when x.expires_at <= at or x.last_seen_at + make_interval(secs => x.idle_s) <= at then 'session_expired'
                when o.archived_at is not null then 'organization_closed'
                when u.archived_at is not null then 'account_deactivated' end as refusal
        into s
        from sessions x
        join organizations o on o.organization_id = x.organization_id
        join users u on u.organization_id = x.organization_id and u.id = x.user_id
        left join credentials c on c.organization_id = x.organization_id and c.user_id = x.user_id
        where x.token_hash = hash or (x.previous_hash = hash and x.previous_until > at);
        if not found then
            return;
        end if;
        if s.refusal is null and s.last_seen_at < at - interval '1 minute' then
            update sessions x set last_seen_at = at, last_ip = nullif(from_ip, '')::inet
            where x.organization_id = s.organization_id and x.id = s.id;
        end if;
        return query select s.organization_id, s.user_id, s.id, null::uuid, s.refusal, coalesce(s.password_must_change, false), s.rotate,
            null::text[], s.settings, array_agg(held.role), array_agg(held.version), array_agg(held.plant_id), s.factors, s.factor, s.factor_at,
            case when s.policies_number is not null then gemba.circumstances_of(s.organization_id, s.user_id, at) end
        from gemba.roles_of(s.organization_id, s.user_id, null, at) held;
    end if;
end $$;
comment on function gemba.caller_of is 'Who is calling, from the hash of a session''s token or of a key.';

do $$
declare
    door text;
begin
    foreach door in array array['gemba.caller_of', 'gemba.circumstances_here'] loop
        execute format('revoke all on function %s from public', door);
        execute format('grant execute on function %s to gemba_app', door);
    end loop;
end $$;
