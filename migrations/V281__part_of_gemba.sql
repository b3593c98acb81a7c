-- Whether whoever logged in is a part of Gemba is asked by a wall of every table that readers in bulk see, also where a door reads it to find out who
-- calls. With a setting of its own the function was called anew by every statement, 0.1 ms each; without one it is a part of the plan. Its body was
-- read when it was made, so that no search path leads it elsewhere.
create or replace function gemba.is_server() returns boolean language sql stable
    return pg_catalog.pg_has_role(session_user, 'gemba_app', 'member') or pg_catalog.pg_has_role(session_user, 'gemba_owner', 'member')
        or pg_catalog.pg_has_role(session_user, 'gemba_auditor', 'member');
