//! Columns of secrets, as the catalog has them and as the program lists them.

use std::collections::BTreeSet;

use testkit::TestDatabase;

#[tokio::test]
async fn every_sealed_column_is_listed_binary_and_kept_out_of_the_trail() {
    let test = TestDatabase::new().await;
    let sql = "select c.relname::text, a.attname::text, a.atttypid = 'bytea'::regtype,
            not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'audited' and encode(t.tgargs, 'escape') !~ a.attname)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'gemba')
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attname like '%\\_sealed'
        where c.relkind in ('r', 'p') and not c.relispartition";
    let rows = test.admin().await.query(sql, &[]).await.unwrap();
    let mut there = BTreeSet::new();
    for row in &rows {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        assert!(row.get::<_, bool>(2), "{table}.{column} is no bytea");
        assert!(row.get::<_, bool>(3), "{table}.{column} is not among the columns that the trail never stores");
        there.insert((table, column));
    }
    let listed: BTreeSet<_> = server::serve::sealed().iter().map(|at| (at.table.to_string(), at.column.to_string())).collect();
    assert_eq!(there, listed, "columns named …_sealed, and the list for the rotation of keys");
}
