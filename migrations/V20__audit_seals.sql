-- What makes the audit trail provable: seals over entries, statements of what retention removed, the keys that sign, and what decides how long
-- entries stay.

create table audit_seals (
    organization_id uuid not null,
    number bigint not null check (number > 0),
    first_entry bigint not null check (first_entry > 0),
    from_transaction bigint not null,
    to_transaction bigint not null,
    sealed_at timestamptz not null,
    previous bytea not null check (length(previous) = 32),
    leaves bytea not null check (length(leaves) > 0 and length(leaves) % 32 = 0),
    root bytea not null check (length(root) = 32),
    hash bytea not null check (length(hash) = 32),
    key bytea not null check (length(key) = 32),
    signature bytea not null check (length(signature) = 64),
    primary key (organization_id, number),
    check (from_transaction < to_transaction)
);
comment on table audit_seals is 'The chain of seals over the audit trail; docs/audit-trail.md says what the bytes are.';
comment on column audit_seals.organization_id is 'Whose chain.';
comment on column audit_seals.number is 'Which link, from 1.';
comment on column audit_seals.first_entry is 'The number of its first entry in the whole chain, from 1.';
comment on column audit_seals.from_transaction is 'It holds what transactions from this one wrote …';
comment on column audit_seals.to_transaction is '… to the one before this.';
comment on column audit_seals.sealed_at is 'When it was made.';
comment on column audit_seals.previous is 'The hash of the seal before; zeros for the first.';
comment on column audit_seals.leaves is 'The SHA-256 hashes of its entries, one behind the other; they stay when retention removes the entries.';
comment on column audit_seals.root is 'The root of the tree over the leaves (RFC 6962).';
comment on column audit_seals.hash is 'SHA-256 of what the seal says.';
comment on column audit_seals.key is 'The Ed25519 public key that signed its head.';
comment on column audit_seals.signature is 'The signature of its head.';
-- Hashes do not compress.
alter table audit_seals alter column leaves set storage external;

create table audit_removals (
    organization_id uuid not null,
    id uuid not null,
    entries text not null,
    reason text not null,
    removed_at timestamptz not null,
    key bytea not null check (length(key) = 32),
    signature bytea not null check (length(signature) = 64),
    primary key (organization_id, id)
);
comment on table audit_removals is 'Signed statements of what retention removed from the audit trail: they close the gaps.';
comment on column audit_removals.organization_id is 'Whose entries.';
comment on column audit_removals.id is 'The statement.';
comment on column audit_removals.entries is 'Their numbers in the chain: 1-200,205.';
comment on column audit_removals.reason is 'Why.';
comment on column audit_removals.removed_at is 'When.';
comment on column audit_removals.key is 'The Ed25519 public key that signed.';
comment on column audit_removals.signature is 'The signature of the statement.';

do $$
declare
    name text;
begin
    foreach name in array '{audit_seals,audit_removals}'::text[] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy walls on %I to gemba_app using (%s) with check (%2$s)', name,
            'organization_id = (select nullif(current_setting(''gemba.organization'', true), '''')::uuid)');
        execute format('create policy auditors on %I for select to gemba_auditor using (true)', name);
        execute format('create policy look on %I for select to gemba_owner using (true)', name);
        execute format('grant select, insert on %I to gemba_app', name);
        execute format('grant select on %I to gemba_auditor', name);
        execute format('create trigger append_only before update or delete on %I for each row execute function gemba.refuse_change()', name);
        execute format('create trigger never_emptied before truncate on %I for each statement execute function gemba.refuse_change()', name);
    end loop;
end $$;

-- Auditors name organizations as people do.
create policy auditors on organizations for select to gemba_auditor using (true);

create table gemba.audit_keys (
    key bytea primary key check (length(key) = 32),
    introduced_by bytea check (length(introduced_by) = 32),
    signature bytea check (length(signature) = 64),
    created_at timestamptz not null default now(),
    check ((introduced_by is null) = (signature is null))
);
comment on table gemba.audit_keys is 'Public keys that sign the audit trail, each introduced by the one before. A copy outside is what to trust; this is only where to find them.';
comment on column gemba.audit_keys.key is 'The Ed25519 public key.';
comment on column gemba.audit_keys.introduced_by is 'The key that vouches for it; null for the first.';
comment on column gemba.audit_keys.signature is 'That key''s signature.';
comment on column gemba.audit_keys.created_at is 'When it was first used.';
grant select, insert on gemba.audit_keys to gemba_app;
grant select on gemba.audit_keys to gemba_auditor;
create trigger append_only before update or delete on gemba.audit_keys for each row execute function gemba.refuse_change();
create trigger never_emptied before truncate on gemba.audit_keys for each statement execute function gemba.refuse_change();

-- The sealer asks for all organizations; nobody else may see more than one.
create policy look on organizations for select to gemba_owner using (true);

-- The organizations with committed entries that no seal holds, among those whose transactions began after `since`. All of them are looked
-- through with '-infinity'; a recent instant spares the old partitions.
create function gemba.audit_waiting(since timestamptz) returns setof uuid
language sql stable security definer set search_path = pg_catalog, public as $$
    select o.organization_id
    from public.organizations o
    cross join lateral (
        select coalesce((
            select s.to_transaction from public.audit_seals s where s.organization_id = o.organization_id order by s.number desc limit 1
        ), 0)::text::xid8 as sealed
    ) chain
    where exists (
        select 1 from public.audit_events e
        where e.organization_id = o.organization_id and e.transaction >= chain.sealed
            and e.transaction < pg_snapshot_xmin(pg_current_snapshot()) and e.occurred_at >= since)
$$;
comment on function gemba.audit_waiting is 'The organizations whose audit trail has something to seal.';
revoke all on function gemba.audit_waiting from public;
grant execute on function gemba.audit_waiting to gemba_app;
