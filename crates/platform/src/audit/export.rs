//! Taking the trail away: as a table, as lines of JSON, or as a signed bundle that proves itself.
//!
//! **Invariant:** an export is itself an event of the trail, written before the first byte leaves.
//! **Invariant:** no cell of a table begins like a formula, whatever somebody typed into a record.
//! **Invariant:** personal values leave concealed; the bundle's proof needs them so.

use std::io::Write;
use std::pin::pin;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::audit::chain::{Bundle, BundleHeader, Entry, Ranges, Seal, Signer, instant};
use crate::audit::rows::{self, Transaction, entry_columns};
use crate::audit::verification::{introductions, removals, seals, stream};
use crate::error::{Error, Result};

/// What is taken away.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose trail.
    pub organization: Uuid,
    /// From this instant; from the beginning where absent.
    pub from: Option<Timestamp>,
    /// Before this instant; to the end where absent.
    pub to: Option<Timestamp>,
    /// Who takes it, as the trail and the bundle name them.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Entries.
    pub entries: u64,
    /// Seals, in a bundle.
    pub seals: u64,
}

/// Writes a table (RFC 4180), oldest first.
///
/// # Errors
/// What the database or `out` refused.
pub async fn csv(auditor: &Client, request: &Request, mut out: impl Write) -> Result<Exported> {
    out.write_all(HEADER.as_bytes()).map_err(Error::internal)?;
    lines(auditor, request, "csv", out, csv_line).await
}

/// Writes lines of JSON, oldest first.
///
/// # Errors
/// What the database or `out` refused.
pub async fn json_lines(auditor: &Client, request: &Request, out: impl Write) -> Result<Exported> {
    lines(auditor, request, "jsonl", out, json_line).await
}

/// Writes a signed bundle: the seals that hold the period's entries, those entries, and what it takes to verify them without a database.
/// What is not sealed yet is not in it.
///
/// # Errors
/// What the database or `out` refused.
pub async fn bundle(auditor: &Client, request: &Request, signer: &Signer, out: impl Write) -> Result<Exported> {
    begin(auditor, request, "bundle").await?;
    let header = BundleHeader {
        format: String::new(),
        organization: request.organization,
        from: request.from,
        to: request.to,
        exported_at: request.at,
        exported_by: request.by.clone(),
        introductions: introductions(auditor).await?,
    };
    let mut bundle = Bundle::begin(out, header).map_err(Error::internal)?;
    for removal in removals(auditor, request.organization).await? {
        bundle.removal(removal).map_err(Error::internal)?;
    }
    let mut exported = Exported::default();
    if let Some((mut after, last)) = period(auditor, request).await? {
        while after < last {
            let mut some = seals(auditor, request.organization, after).await?;
            some.retain(|seal| seal.number <= last);
            let Some(end) = some.last() else { break };
            after = end.number;
            pack(auditor, request, some, &mut bundle, &mut exported).await?;
        }
    }
    bundle.end(signer).map_err(Error::internal)?;
    auditor.batch_execute("commit").await?;
    Ok(exported)
}

/// Writes into the trail that it is taken away, and opens the snapshot to take.
async fn begin(auditor: &Client, request: &Request, format: &str) -> Result<()> {
    let detail = json!({ "format": format, "from": request.from, "to": request.to });
    auditor.batch_execute("begin").await?;
    let told = "select set_config('gemba.organization', $1, true), set_config('gemba.actor', $2, true)";
    auditor.query(told, &[&request.organization.to_string(), &request.by]).await?;
    auditor.query("select gemba.audit('audit.exported', 'audit', null, null, 'success', $1)", &[&detail]).await?;
    auditor.batch_execute("commit; begin isolation level repeatable read read only").await?;
    Ok(())
}

async fn lines(auditor: &Client, request: &Request, format: &str, mut out: impl Write, line: fn(&Entry, &mut String)) -> Result<Exported> {
    begin(auditor, request, format).await?;
    let sql = concat!(
        "select ",
        entry_columns!(),
        " from audit_events where organization_id = $1 and ($2::timestamptz is null or occurred_at >= $2) \
         and ($3::timestamptz is null or occurred_at < $3) order by occurred_at, position"
    );
    let mut entries = pin!(stream(auditor, sql, &[&request.organization, &request.from, &request.to]).await?);
    let (mut exported, mut text) = (Exported::default(), String::new());
    while let Some(row) = entries.try_next().await? {
        text.clear();
        line(&rows::entry(&row)?, &mut text);
        out.write_all(text.as_bytes()).map_err(Error::internal)?;
        exported.entries += 1;
    }
    out.flush().map_err(Error::internal)?;
    auditor.batch_execute("commit").await?;
    Ok(exported)
}

/// The number before the first seal of the period, and that of its last; nothing when no seal is of it.
async fn period(auditor: &Client, request: &Request) -> Result<Option<(u64, u64)>> {
    // An open end takes the chain's own, so that the bundle shows that nothing is missing there.
    let span = "with span as (select min(transaction) as first, max(transaction) as last from audit_events where organization_id = $1
            and ($2::timestamptz is null or occurred_at >= $2) and ($3::timestamptz is null or occurred_at < $3))
        select min(number), max(number) from audit_seals, span where organization_id = $1
            and ($2::timestamptz is null or to_transaction::text::xid8 > span.first)
            and ($3::timestamptz is null or from_transaction::text::xid8 <= span.last)";
    let row = auditor.query_one(span, &[&request.organization, &request.from, &request.to]).await?;
    let (first, last): (Option<i64>, Option<i64>) = (row.get(0), row.get(1));
    Ok(first.zip(last).map(|(first, last)| (first as u64 - 1, last as u64)))
}

/// Writes seals, one behind the other, with their entries of the period.
async fn pack<W: Write>(
    auditor: &Client,
    request: &Request,
    seals: Vec<Seal>,
    bundle: &mut Bundle<W>,
    exported: &mut Exported,
) -> Result<()> {
    let span = seals.first().zip(seals.last()).map_or((0, 0), |(first, last)| (first.from_transaction, last.to_transaction));
    let sql = concat!(
        "select ",
        entry_columns!(),
        ", transaction from audit_events where organization_id = $1 and transaction >= $2::text::xid8 and transaction < $3::text::xid8 \
         order by transaction, position"
    );
    let mut rows = pin!(stream(auditor, sql, &[&request.organization, &span.0.to_string(), &span.1.to_string()]).await?);
    let mut next = rows.try_next().await?;
    for seal in seals {
        let (mut inside, mut outside, mut behind) = (Vec::new(), Ranges::default(), 0);
        while let Some(row) = next.take_if(|row| row.get::<_, Transaction>(14).0 < seal.to_transaction) {
            let entry = rows::entry(&row)?;
            let leaf = entry.leaf();
            let place = seal.leaves[behind..].iter().position(|known| *known == leaf).map(|place| place + behind);
            behind = place.map_or(behind, |place| place + 1);
            let wanted = request.from.is_none_or(|from| entry.occurred_at >= from) && request.to.is_none_or(|to| entry.occurred_at < to);
            match place {
                Some(place) if !wanted => outside.push(seal.first + place as u64),
                // What does not fit its seal is evidence, and goes along.
                _ => inside.push(entry),
            }
            next = rows.try_next().await?;
        }
        bundle.seal(seal, outside).map_err(Error::internal)?;
        exported.seals += 1;
        for entry in inside {
            bundle.entry(entry).map_err(Error::internal)?;
            exported.entries += 1;
        }
    }
    Ok(())
}

const HEADER: &str = "occurred_at,actor,action,kind,record,plant,outcome,ip,request,id,before,after,detail\r\n";

fn csv_line(entry: &Entry, line: &mut String) {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let cells = [
        &instant(entry.occurred_at),
        &entry.actor,
        &entry.action,
        entry.kind.as_deref().unwrap_or_default(),
        &id(entry.record),
        &id(entry.plant),
        &entry.outcome,
        entry.ip.as_deref().unwrap_or_default(),
        &id(entry.request),
        &entry.id.to_string(),
        entry.before.as_deref().unwrap_or_default(),
        entry.after.as_deref().unwrap_or_default(),
        entry.detail.as_deref().unwrap_or_default(),
    ];
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        push_cell(line, cell);
    }
    line.push_str("\r\n");
}

/// Adds a cell: quoted where needed, and with an apostrophe before what a spreadsheet would take for a formula.
fn push_cell(line: &mut String, cell: &str) {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if !formula && !cell.contains(['"', ',', '\r', '\n']) {
        line.push_str(cell);
        return;
    }
    line.push('"');
    if formula {
        line.push('\'');
    }
    line.push_str(&cell.replace('"', "\"\""));
    line.push('"');
}

fn json_line(entry: &Entry, line: &mut String) {
    let mut text = json!({
        "id": entry.id,
        "occurred_at": instant(entry.occurred_at),
        "organization_id": entry.organization,
        "plant_id": entry.plant,
        "actor": entry.actor,
        "ip": entry.ip,
        "request_id": entry.request,
        "action": entry.action,
        "kind": entry.kind,
        "record_id": entry.record,
        "outcome": entry.outcome,
    })
    .to_string();
    text.pop();
    // Documents go through as the database spells them: reading them as numbers could round one.
    for (name, document) in [("before", &entry.before), ("after", &entry.after), ("detail", &entry.detail)] {
        text.push_str(&format!(",\"{name}\":{}", document.as_deref().unwrap_or("null")));
    }
    line.push_str(&text);
    line.push_str("}\n");
}

#[cfg(test)]
mod tests {
    use super::push_cell;

    fn check(cell: &str, expected: &str) {
        let mut line = String::new();
        push_cell(&mut line, cell);
        assert_eq!(line, expected);
    }

    #[test]
    fn a_cell_never_begins_like_a_formula() {
        check("line.updated", "line.updated");
        check("", "");
        check("a,b", "\"a,b\"");
        check("say \"hi\"", "\"say \"\"hi\"\"\"");
        check("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"");
        for begin in ["+", "-", "@", "\t", "\r", "\n"] {
            check(&format!("{begin}1"), &format!("\"'{begin}1\""));
        }
    }
}
