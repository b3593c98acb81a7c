-- How far runs are, for live streams: read now and then, by nobody else.
create function gemba.runs_progressing()
returns table (organization_id uuid, id uuid, plant_id uuid, title text, progress real, progress_text text, created_by text)
language sql stable security definer set search_path = pg_catalog, public as $$
    select r.organization_id, r.id, r.plant_id, r.title, r.progress, r.progress_text, r.created_by
    from runs r where r.state = 'running' and r.audited and r.progress_text is not null
$$;
comment on function gemba.runs_progressing is 'How far the runs at work are.';
revoke all on function gemba.runs_progressing from public;
grant execute on function gemba.runs_progressing to gemba_app;
