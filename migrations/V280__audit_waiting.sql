-- Which organizations wait for a seal, asked several times a second: one step down an index each. Asked with 'exists', a trail of millions was
-- joined as a whole (eleven seconds at 2.6 million entries), for the planner believes that most entries wait.
create or replace function gemba.audit_waiting(since timestamptz) returns setof uuid
language sql stable security definer set search_path = pg_catalog, public as $$
    select o.organization_id
    from public.organizations o
    cross join lateral (
        select coalesce((
            select s.to_transaction from public.audit_seals s where s.organization_id = o.organization_id order by s.number desc limit 1
        ), 0)::text::xid8 as sealed
    ) chain
    -- In the order of audit_events_unsealed, so that no other index is taken for cheaper.
    where (
        select e.transaction from public.audit_events e
        where e.organization_id = o.organization_id and e.transaction >= chain.sealed
            and e.transaction < pg_snapshot_xmin(pg_current_snapshot()) and e.occurred_at >= since
        order by e.transaction, e.position limit 1) is not null
$$;
