-- Whether those with an open stream may still have it: one question for all of them, every few seconds.

create function gemba.standing(organizations uuid[], people uuid[], devices uuid[], keys uuid[], at timestamptz)
returns table (number bigint, stands boolean)
language sql stable security definer set search_path = pg_catalog, public as $$
    select who.number, o.archived_at is null and case
        when who.device is not null then s.ended_at is null and s.expires_at > at and s.last_seen_at + make_interval(secs => s.idle_s) > at
            and u.archived_at is null
        when who.key is not null then k.revoked_at is null and k.archived_at is null and (k.expires_at is null or k.expires_at > at)
            and (k.owner_id is null or owner.archived_at is null)
        else false end
    from unnest(organizations, people, devices, keys) with ordinality as who (organization, person, device, key, number)
    left join organizations o on o.organization_id = who.organization
    left join sessions s on s.organization_id = who.organization and s.id = who.device and s.user_id = who.person
    left join users u on u.organization_id = who.organization and u.id = who.person
    left join api_keys k on k.organization_id = who.organization and k.id = who.key
    left join users owner on owner.organization_id = who.organization and owner.id = k.owner_id
$$;
comment on function gemba.standing is 'Whether sessions and keys, with their people and organizations, still stand.';
revoke all on function gemba.standing from public;
grant execute on function gemba.standing to gemba_app;
