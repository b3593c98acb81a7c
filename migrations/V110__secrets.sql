-- Sealed columns: ciphertext in `…_sealed` (see platform::secrets). The database holds no key, so nothing here can open one.

-- Whose secrets a rotation goes through; which organizations there are is no secret of theirs, and nothing else is told.
create function gemba.sealed_organizations() returns setof uuid language sql stable security definer set search_path = pg_catalog, public as $$
    select organization_id from organizations order by organization_id
$$;
comment on function gemba.sealed_organizations is 'All organizations, for the rotation of the key of secrets.';
revoke all on function gemba.sealed_organizations from public;
grant execute on function gemba.sealed_organizations to gemba_app;
