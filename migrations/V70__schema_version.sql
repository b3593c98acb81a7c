-- What the server's role may know of the migrations: the version, to compare with its own before it serves.

create function gemba.schema_version() returns int language sql stable security definer set search_path = pg_catalog, public
    return (select coalesce(max(version), 0)::int from public.refinery_schema_history);
comment on function gemba.schema_version is 'The newest migration that was applied.';
revoke all on function gemba.schema_version from public;
grant execute on function gemba.schema_version to gemba_app, gemba_auditor;
