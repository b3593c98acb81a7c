-- The doors before sign-in: functions of the owner that answer one question each about what the walls hide from a caller nobody knows yet.
-- A caller proves with a hash of 256 random bits what they ask for; nothing here lists anything.

-- Row-level security is forced for the owner too; what a door reads or marks, the owner may see.
create policy doors on organizations for select to gemba_owner using (true);
create policy doors on regions for select to gemba_owner using (true);
create policy doors on plants for select to gemba_owner using (true);
create policy doors on users for select to gemba_owner using (true);
create policy doors on credentials for select to gemba_owner using (true);
create policy doors on roles for select to gemba_owner using (true);
create policy doors on grants for select to gemba_owner using (true);
create policy doors on api_keys for select to gemba_owner using (true);
create policy doors on api_key_secrets to gemba_owner using (true) with check (true);
create policy doors on sessions to gemba_owner using (true) with check (true);
create policy doors on password_links for select to gemba_owner using (true);

-- The roles of a person or a service at an instant, one row for each role and plant; plant null: the whole organization. PL/pgSQL, because it
-- keeps its plan, and a generic one, because every request asks this: planning anew costs five times the answer.
create function gemba.roles_of(organization uuid, person uuid, service uuid, at timestamptz)
returns table (role text, version bigint, plant_id uuid)
language plpgsql stable rows 4 security definer set search_path = pg_catalog, public set plan_cache_mode = force_generic_plan as $$
begin
    return query
    select coalesce(g.built_in, g.role_id::text), coalesce(r.version, 0), p.id
    from grants g
    left join roles r on r.organization_id = g.organization_id and r.id = g.role_id
    left join plants p on p.organization_id = g.organization_id and (p.id = g.plant_id or p.region_id = g.region_id)
    where g.organization_id = organization and (g.user_id = person or g.api_key_id = service)
        and (g.expires_at is null or g.expires_at > at) and r.archived_at is null
        and (p.id is not null or (g.plant_id is null and g.region_id is null));
end $$;
comment on function gemba.roles_of is 'The roles of a person or a service at an instant, regions resolved to their plants.';

-- Who is calling: from the hash of a session's token or of a key, in one row, or none. `refusal` says why it opens nothing any more.
create function gemba.caller_of(hash bytea, is_key boolean, at timestamptz, from_ip text)
returns table (
    organization_id uuid, user_id uuid, session_id uuid, api_key_id uuid, refusal text, must_change boolean, rotate boolean,
    scopes text[], settings jsonb, roles text[], versions bigint[], plants uuid[]
) language plpgsql rows 1 security definer set search_path = pg_catalog, public set plan_cache_mode = force_generic_plan as $$
declare
    s record;
    k record;
begin
    if is_key then
        select x.organization_id, x.id as secret, key.id, key.owner_id, key.scopes, x.last_used_at,
            case when o.settings ? 'rate_limits' then o.settings end as settings,
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
            array_agg(held.role), array_agg(held.version), array_agg(held.plant_id)
        from gemba.roles_of(k.organization_id, k.owner_id, case when k.owner_id is null then k.id end, at) held;
    else
        select x.organization_id, x.id, x.user_id, x.rotate, x.last_seen_at, c.password_must_change,
            case when o.settings ? 'rate_limits' then o.settings end as settings,
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
        return query select s.organization_id, s.user_id, s.id, null::uuid, s.refusal, coalesce(s.password_must_change, false), s.rotate, null::text[], s.settings,
            array_agg(held.role), array_agg(held.version), array_agg(held.plant_id)
        from gemba.roles_of(s.organization_id, s.user_id, null, at) held;
    end if;
end $$;
comment on function gemba.caller_of is 'Who is calling, from the hash of a session''s token or of a key.';

-- The roles of a person or a service of the organization this runs for.
create function gemba.roles_held(person uuid, service uuid, at timestamptz)
returns table (role text, version bigint, plant_id uuid) language sql stable security definer set search_path = pg_catalog, public as $$
    select held.role, held.version, held.plant_id from gemba.roles_of(gemba.current_organization(), person, service, at) held
$$;
comment on function gemba.roles_held is 'The roles of a person or a service of the organization this runs for.';

-- The password's hash of a person of the organization this runs for, to check the old one before a new one.
create function gemba.password_hash_of(person uuid)
returns text language sql stable security definer set search_path = pg_catalog, public as $$
    select password_hash from credentials where organization_id = gemba.current_organization() and user_id = person
$$;
comment on function gemba.password_hash_of is 'The password''s hash of a person, to check the old one before a new one.';

-- Puts a new token in the place of a session's old one, once; the old one is still taken for a moment, for requests on their way.
create function gemba.rotate_session(session uuid, hash bytea, at timestamptz, grace_s double precision)
returns boolean language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    update sessions set previous_hash = token_hash, previous_until = at + make_interval(secs => grace_s), token_hash = hash, rotate = false
    where organization_id = gemba.current_organization() and id = session and rotate and ended_at is null;
    return found;
end $$;
comment on function gemba.rotate_session is 'Puts a new token in the place of a session''s old one.';

-- The account an address means: in the organization named, or, where none is, in the only one that knows the address.
create function gemba.account_of(address text, organization_slug text)
returns table (organization_id uuid, user_id uuid, password_hash text, must_change boolean, settings jsonb)
language sql stable security definer set search_path = pg_catalog, public as $$
    select u.organization_id, u.id, c.password_hash, c.password_must_change, o.settings
    from users u
    join organizations o on o.organization_id = u.organization_id and o.archived_at is null
    join credentials c on c.organization_id = u.organization_id and c.user_id = u.id
    where u.email = address and u.archived_at is null and (organization_slug is null or o.slug = organization_slug)
    limit 2
$$;
comment on function gemba.account_of is 'The account an address means; two rows where it is in several organizations and none was named.';

-- What a link that works once is for.
create function gemba.link_of(hash bytea, at timestamptz)
returns table (organization_id uuid, link_id uuid, user_id uuid, purpose text, email text, organization text)
language sql stable security definer set search_path = pg_catalog, public as $$
    select l.organization_id, l.id, l.user_id, l.purpose, u.email, o.name
    from password_links l
    join organizations o on o.organization_id = l.organization_id and o.archived_at is null
    join users u on u.organization_id = l.organization_id and u.id = l.user_id and u.archived_at is null
    where l.token_hash = hash and l.used_at is null and l.expires_at > at
$$;
comment on function gemba.link_of is 'What a link is for, while it still works.';

-- The organization of a short name, for the command line.
create function gemba.organization_of(organization_slug text)
returns uuid language sql stable security definer set search_path = pg_catalog, public as $$
    select organization_id from organizations where slug = organization_slug
$$;
comment on function gemba.organization_of is 'The organization of a short name.';

-- The organizations of this installation, for the operating one; nobody else gets a row.
create function gemba.organizations_operated()
returns table (organization_id uuid, name text, slug text, operates boolean, created_at timestamptz, archived_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public as $$
    select o.organization_id, o.name, o.slug, o.operates, o.created_at, o.archived_at
    from organizations o
    where (select own.operates and own.archived_at is null from organizations own where own.organization_id = gemba.current_organization())
    order by o.slug
$$;
comment on function gemba.organizations_operated is 'The organizations of this installation, for the operating one.';

-- Failed sign-ins by keyed hashes of account, address and device: nobody's data, so no organization; reached through the functions below only.
create table gemba.sign_in_failures (
    key bytea primary key,
    count integer not null,
    last_at timestamptz not null,
    blocked_until timestamptz
);
comment on table gemba.sign_in_failures is 'Failed sign-ins by keyed hash of account, address or device, for the growing delay.';
comment on column gemba.sign_in_failures.key is 'Keyed hash of what is counted; tells nobody who it is.';
comment on column gemba.sign_in_failures.count is 'Failures in a row, or attempts under way.';
comment on column gemba.sign_in_failures.last_at is 'When it was counted last.';
comment on column gemba.sign_in_failures.blocked_until is 'Until when nothing is tried.';
create index sign_in_failures_by_age on gemba.sign_in_failures (last_at);

-- Counts an attempt before it is made, so that many at once are counted too. Returns the seconds to wait, 0 to go ahead.
--   free     how many failures each key has without delay; then 1 s, 2 s, 4 s, … up to 15 min
create function gemba.count_sign_in(keys bytea[], free integer[], at timestamptz)
returns integer language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    wait integer;
begin
    delete from gemba.sign_in_failures where key in (
        select key from gemba.sign_in_failures where last_at < at - interval '1 day' order by last_at limit 20 for update skip locked);
    -- First the rows are there and locked, in the order of the keys so that two at once cannot wait for each other; only then they are read:
    -- attempts at the same moment see each other.
    insert into gemba.sign_in_failures (key, count, last_at) select k.key, 0, at from unnest(keys) as k (key) order by k.key on conflict (key) do nothing;
    perform from gemba.sign_in_failures f where f.key = any (keys) order by f.key for update;
    select coalesce(ceil(extract(epoch from max(f.blocked_until) - at)), 0)::integer into wait
    from gemba.sign_in_failures f where f.key = any (keys) and f.blocked_until > at;
    if wait > 0 then
        return wait;
    end if;
    update gemba.sign_in_failures f set count = case when f.last_at < at - interval '1 day' then 1 else f.count + 1 end, last_at = at
    where f.key = any (keys);
    update gemba.sign_in_failures f
    set blocked_until = at + least(interval '15 minutes', interval '1 second' * power(2, least(f.count - allowed.free - 1, 20)))
    from unnest(keys, free) as allowed (key, free)
    where f.key = allowed.key and f.count > allowed.free;
    return 0;
end $$;
comment on function gemba.count_sign_in is 'Counts an attempt to sign in, and says how long to wait before it.';

-- Forgets the failures of a key after success; gives back the one attempt of a key that others share.
create function gemba.clear_sign_in(own bytea[], shared bytea[])
returns void language sql security definer set search_path = pg_catalog, public as $$
    delete from gemba.sign_in_failures where key = any (own);
    update gemba.sign_in_failures set count = greatest(count - 1, 0), blocked_until = null where key = any (shared);
$$;
comment on function gemba.clear_sign_in is 'Forgets failures after success.';

-- A failed sign-in in the trail: of the organization it was meant for, else of the operating one.
create function gemba.audit_sign_in(action text, outcome text, organization uuid, detail jsonb, from_ip text, request text)
returns void language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    insert into public.audit_events (organization_id, actor, ip, request_id, action, kind, outcome, detail)
    select coalesce(organization, (select o.organization_id from organizations o where o.operates order by o.created_at limit 1)), 'nobody',
        nullif(from_ip, '')::inet, nullif(request, '')::uuid, action, 'session', outcome, detail
    where coalesce(organization, (select o.organization_id from organizations o where o.operates limit 1)) is not null;
end $$;
comment on function gemba.audit_sign_in is 'A failed sign-in in the trail.';

do $$
declare
    door text;
begin
    foreach door in array array['gemba.roles_of', 'gemba.caller_of', 'gemba.account_of', 'gemba.link_of', 'gemba.organization_of',
        'gemba.organizations_operated', 'gemba.roles_held', 'gemba.rotate_session', 'gemba.password_hash_of', 'gemba.count_sign_in', 'gemba.clear_sign_in', 'gemba.audit_sign_in'] loop
        execute format('revoke all on function %s from public', door);
    end loop;
    foreach door in array array['gemba.caller_of', 'gemba.account_of', 'gemba.link_of', 'gemba.organization_of',
        'gemba.organizations_operated', 'gemba.roles_held', 'gemba.rotate_session', 'gemba.password_hash_of', 'gemba.count_sign_in', 'gemba.clear_sign_in', 'gemba.audit_sign_in'] loop
        execute format('grant execute on function %s to gemba_app', door);
    end loop;
end $$;

-- What the operating organization did to another one, in the operating one's trail; the other one's has the change itself.
create function gemba.audit_operated(operating uuid, action text, about uuid)
returns void language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    insert into public.audit_events (organization_id, actor, ip, request_id, action, kind, record_id)
    select operating, coalesce(nullif(current_setting('gemba.actor', true), ''), 'nobody'), nullif(current_setting('gemba.ip', true), '')::inet,
        nullif(current_setting('gemba.request', true), '')::uuid, action, 'organization', about
    from organizations o where o.organization_id = operating and o.operates;
end $$;
comment on function gemba.audit_operated is 'What the operating organization did to another one, in its own trail.';
revoke all on function gemba.audit_operated from public;
grant execute on function gemba.audit_operated to gemba_app;
