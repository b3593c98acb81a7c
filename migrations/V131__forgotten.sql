-- Whom a forgotten password belongs to, before anybody is known.

create policy doors on federated_identities for select to gemba_owner using (true);

-- The accounts of an address, a few at most: in the organization named, or in all. Whether they have a password, were invited and have none yet, or sign in
-- at an identity provider.
create function gemba.accounts_forgotten(address text, organization_slug text)
returns table (organization_id uuid, user_id uuid, has_password boolean, is_invited boolean, is_elsewhere boolean)
language sql stable security definer set search_path = pg_catalog, public as $$
    select u.organization_id, u.id, c.password_hash is not null,
        exists (select from password_links l where l.organization_id = u.organization_id and l.user_id = u.id and l.purpose = 'invitation'),
        exists (select from federated_identities f where f.organization_id = u.organization_id and f.user_id = u.id)
    from users u
    join organizations o on o.organization_id = u.organization_id and o.archived_at is null
    join credentials c on c.organization_id = u.organization_id and c.user_id = u.id
    where u.email = address and u.archived_at is null and (organization_slug is null or o.slug = organization_slug)
    order by u.organization_id limit 5
$$;
comment on function gemba.accounts_forgotten is 'The accounts of an address, for a forgotten password.';
revoke all on function gemba.accounts_forgotten from public;
grant execute on function gemba.accounts_forgotten to gemba_app;
