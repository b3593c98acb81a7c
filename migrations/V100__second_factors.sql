-- A second proof of who one is: one-time codes, passkeys, recovery codes; which session has shown one and when; and what is forgotten when.

alter table credentials add column factors text[] not null default '{}';
comment on column credentials.factors is 'The kinds of second factors the person has set up: totp, passkey.';
grant select (factors) on credentials to gemba_app, gemba_auditor;

alter table sessions
    add column method text not null default 'password' constraint sessions_method_check check (method in ('password', 'passkey', 'provider')),
    add column factor text constraint sessions_factor_check check (factor in ('totp', 'passkey', 'recovery', 'provider')),
    add column factor_at timestamptz;
comment on column sessions.method is 'How they signed in.';
comment on column sessions.factor is 'The second factor shown last, if one was.';
comment on column sessions.factor_at is 'When it was shown.';
grant select (method, factor, factor_at) on sessions to gemba_app, gemba_auditor;
alter table sessions drop constraint sessions_ended_why_check;
alter table sessions add constraint sessions_ended_why_check
    check (ended_why in ('signed_out', 'revoked', 'too_many', 'password_changed', 'deactivated', 'replaced', 'provider_signed_out'));

create table second_factors (
    organization_id uuid not null references organizations,
    id uuid not null,
    user_id uuid not null,
    kind text not null constraint second_factors_kind_check check (kind in ('totp', 'passkey')),
    name text not null constraint second_factors_name_check check (length(name) between 1 and 100),
    seed_sealed bytea,
    last_step bigint,
    credential_id bytea,
    public_key bytea,
    sign_count bigint,
    transports text[] not null default '{}',
    confirmed_at timestamptz,
    last_used_at timestamptz,
    created_at timestamptz not null,
    created_by text not null,
    primary key (organization_id, id),
    constraint second_factors_credential_key unique (organization_id, credential_id),
    constraint second_factors_shape_check check ((kind = 'totp') = (seed_sealed is not null) and (kind = 'passkey') = (public_key is not null))
);
comment on table second_factors is 'What a person shows beside the password: authenticator apps and passkeys.';
comment on column second_factors.organization_id is 'Whose it is.';
comment on column second_factors.id is 'The factor.';
comment on column second_factors.user_id is 'The person.';
comment on column second_factors.kind is 'totp: codes of an app; passkey: a key in a device.';
comment on column second_factors.name is 'As the person calls it.';
comment on column second_factors.seed_sealed is 'What app and Gemba share, sealed.';
comment on column second_factors.last_step is 'The step of the last code taken; neither it nor an earlier one is taken again.';
comment on column second_factors.credential_id is 'The passkey''s own identifier.';
comment on column second_factors.public_key is 'The passkey''s public key, in COSE form.';
comment on column second_factors.sign_count is 'The passkey''s counter as shown last; one that goes back is a copy.';
comment on column second_factors.transports is 'How browsers reach the passkey.';
comment on column second_factors.confirmed_at is 'When it was shown to work; before, it counts for nothing.';
comment on column second_factors.last_used_at is 'When it was used last.';
comment on column second_factors.created_at is 'When it was set up.';
comment on column second_factors.created_by is 'Who set it up.';
call gemba.refers('second_factors', 'user_id', 'users');
call gemba.wall('second_factors', 'second_factor', secret => array['seed_sealed'], quiet => array['last_step', 'sign_count', 'last_used_at']);
grant delete on second_factors to gemba_app;

create table recovery_codes (
    organization_id uuid not null references organizations,
    id uuid not null,
    user_id uuid not null,
    code_hash bytea not null,
    used_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id)
);
comment on table recovery_codes is 'Codes that stand in once for a lost second factor.';
comment on column recovery_codes.organization_id is 'Whose it is.';
comment on column recovery_codes.id is 'The code.';
comment on column recovery_codes.user_id is 'The person.';
comment on column recovery_codes.code_hash is 'Keyed hash of the code.';
comment on column recovery_codes.used_at is 'When it was used, if it was.';
comment on column recovery_codes.created_at is 'When it was made.';
call gemba.refers('recovery_codes', 'user_id', 'users');
call gemba.wall('recovery_codes', 'recovery_code', secret => array['code_hash']);
grant delete on recovery_codes to gemba_app;

-- What was begun in a browser and has to come back once: a sign-in at a provider, a passkey's challenge, a logout token's number.
create table gemba.ceremonies (
    hash bytea primary key,
    kind text not null,
    detail jsonb not null,
    expires_at timestamptz not null
);
comment on table gemba.ceremonies is 'What was begun before somebody is known and comes back once, by the hash of its random number.';
comment on column gemba.ceremonies.hash is 'SHA-256 of the number that comes back.';
comment on column gemba.ceremonies.kind is 'What was begun.';
comment on column gemba.ceremonies.detail is 'What is needed when it comes back; nothing secret.';
comment on column gemba.ceremonies.expires_at is 'Until when it may come back.';
create index ceremonies_by_age on gemba.ceremonies (expires_at);

-- False where the number was there already.
create function gemba.begin_ceremony(hash bytea, kind text, detail jsonb, expires_at timestamptz)
returns boolean language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    -- What did not come back goes with what is begun, so that whoever begins without end does not fill the disk: none lives longer than 10 minutes.
    delete from gemba.ceremonies c where c.hash in (
        select old.hash from gemba.ceremonies old where old.expires_at < begin_ceremony.expires_at - interval '15 minutes' order by old.expires_at limit 20
        for update skip locked);
    insert into gemba.ceremonies values (hash, kind, detail, expires_at) on conflict do nothing;
    return found;
end $$;
comment on function gemba.begin_ceremony is 'Notes what was begun and has to come back once.';

create function gemba.take_ceremony(wanted bytea, wanted_kind text, at timestamptz)
returns jsonb language sql security definer set search_path = pg_catalog, public as $$
    with taken as (delete from gemba.ceremonies where hash = wanted and kind = wanted_kind returning detail, expires_at)
    select detail from taken where expires_at > at
$$;
comment on function gemba.take_ceremony is 'What was begun, once.';

-- Who is calling, as before, and what is known of their second factor.
drop function gemba.caller_of(bytea, boolean, timestamptz, text);
create function gemba.caller_of(hash bytea, is_key boolean, at timestamptz, from_ip text)
returns table (
    organization_id uuid, user_id uuid, session_id uuid, api_key_id uuid, refusal text, must_change boolean, rotate boolean,
    scopes text[], settings jsonb, roles text[], versions bigint[], plants uuid[], factors text[], factor text, factor_at timestamptz
) language plpgsql rows 1 security definer set search_path = pg_catalog, public set plan_cache_mode = force_generic_plan as $$
declare
    s record;
    k record;
begin
    if is_key then
        select x.organization_id, x.id as secret, key.id, key.owner_id, key.scopes, x.last_used_at,
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
            array_agg(held.role), array_agg(held.version), array_agg(held.plant_id), null::text[], null::text, null::timestamptz
        from gemba.roles_of(k.organization_id, k.owner_id, case when k.owner_id is null then k.id end, at) held;
    else
        select x.organization_id, x.id, x.user_id, x.rotate, x.last_seen_at, x.factor, x.factor_at, c.password_must_change, c.factors,
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
            null::text[], s.settings, array_agg(held.role), array_agg(held.version), array_agg(held.plant_id), s.factors, s.factor, s.factor_at
        from gemba.roles_of(s.organization_id, s.user_id, null, at) held;
    end if;
end $$;
comment on function gemba.caller_of is 'Who is calling, from the hash of a session''s token or of a key.';

-- A failed sign-in in the trail. The trail is kept for years and sealed, so it holds no address in the clear of somebody who is not known: of an
-- account's it is concealed by the person's key, which erases it with them; of nobody's there is a keyed hash, enough to see that two are one.
create or replace function gemba.audit_sign_in(action text, outcome text, organization uuid, detail jsonb, from_ip text, request text)
returns void language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    target uuid := coalesce(organization, (select o.organization_id from organizations o where o.operates order by o.created_at limit 1));
    person uuid := (detail ->> 'user_id')::uuid;
begin
    if target is null then
        return;
    end if;
    if person is not null and nullif(from_ip, '') is not null then
        detail := detail || jsonb_build_object('ip', gemba.conceal(target, person, to_jsonb(from_ip)));
    end if;
    insert into public.audit_events (organization_id, actor, request_id, action, kind, outcome, detail)
    values (target, 'nobody', nullif(request, '')::uuid, action, 'session', outcome, detail);
end $$;

-- What nobody needs any more, a few at a time: sessions and links a month after their end, and what did not come back. Returns how many rows went.
create policy forgets on password_links for delete to gemba_owner using (true);
create function gemba.forget_identity(at timestamptz, most integer)
returns bigint language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    gone bigint;
    total bigint := 0;
    before constant timestamptz := at - interval '30 days';
begin
    perform set_config('gemba.actor', 'system:upkeep', true);
    delete from sessions s using (
        select x.organization_id, x.id from sessions x
        where coalesce(x.ended_at, least(x.expires_at, x.last_seen_at + make_interval(secs => x.idle_s))) < before limit most) old
    where s.organization_id = old.organization_id and s.id = old.id;
    get diagnostics gone = row_count;
    total := total + gone;
    delete from password_links l using (
        select x.organization_id, x.id from password_links x where coalesce(x.used_at, x.expires_at) < before limit most) old
    where l.organization_id = old.organization_id and l.id = old.id;
    get diagnostics gone = row_count;
    total := total + gone;
    delete from gemba.ceremonies where hash in (select c.hash from gemba.ceremonies c where c.expires_at < at limit most);
    get diagnostics gone = row_count;
    return total + gone;
end $$;
comment on function gemba.forget_identity is 'Removes sessions and links that ended a month ago, and what was begun and did not come back.';

do $$
declare
    door text;
begin
    foreach door in array array['gemba.caller_of', 'gemba.begin_ceremony', 'gemba.take_ceremony', 'gemba.forget_identity'] loop
        execute format('revoke all on function %s from public', door);
        execute format('grant execute on function %s to gemba_app', door);
    end loop;
end $$;
