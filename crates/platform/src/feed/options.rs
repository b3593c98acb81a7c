//! What an address asks for: the system query options of OData, with or without their `$`.

use super::apply::Apply;
use super::filter::Wrong;
use super::schema::{Column, Table};
use crate::error::{Error, Kind, Result};

/// Rows in a page unless a reader prefers fewer.
const USUAL: i64 = 5_000;
/// Rows in a page at most.
pub(super) const MOST: i64 = 20_000;
/// Members of an order at most.
const MOST_ORDERS: usize = 5;

/// What is wanted of a set.
#[derive(Default)]
pub(super) struct Options<'a> {
    pub filter: Option<&'a str>,
    /// In the set's order; none for all.
    pub select: Option<Vec<&'a Column>>,
    /// Columns and whether each descends.
    pub order: Vec<(&'a Column, bool)>,
    pub top: Option<i64>,
    pub skip: i64,
    pub count: bool,
    /// What is made of the rows instead of giving them, and in which order that comes.
    pub apply: Option<(Apply<'a>, Vec<(String, bool)>)>,
    pub after: Option<&'a str>,
}

/// How much a row says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Annotations {
    None,
    Minimal,
    Full,
}

impl Annotations {
    pub fn media(self) -> &'static str {
        match self {
            Annotations::None => "application/json;odata.metadata=none",
            Annotations::Minimal => "application/json;odata.metadata=minimal",
            Annotations::Full => "application/json;odata.metadata=full",
        }
    }
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Xml,
    Json(Annotations),
}

pub(super) fn bad(option: &str, why: impl std::fmt::Display) -> Error {
    Error::new(Kind::Malformed, "bad_parameter", format!("{option}: {why}"))
}

/// The name of an option without its `$`, which clients of OData 4.01 may leave out.
fn plain(name: &str) -> String {
    name.strip_prefix('$').unwrap_or(name).to_ascii_lowercase()
}

impl<'a> Options<'a> {
    /// Reads the parameters of an address.
    ///
    /// # Errors
    /// 400 `bad_parameter` for what there is not, what cannot be read, and what is said twice.
    pub fn read(table: &'a Table, said: &'a [(String, String)]) -> Result<Options<'a>> {
        let mut options = Options::default();
        let value_of = |option: &str| said.iter().find(|(name, _)| plain(name) == option).map(|(_, value)| value.as_str());
        if let Some(text) = value_of("apply") {
            let apply = Apply::read(text, table).map_err(|wrong| bad("$apply", wrong))?;
            let order = order_of_made(&apply, value_of("orderby").unwrap_or_default()).map_err(|wrong| bad("$orderby", wrong))?;
            options.apply = Some((apply, order));
        }
        for (position, (name, value)) in said.iter().enumerate() {
            if said[..position].iter().any(|(earlier, _)| plain(earlier) == plain(name)) {
                return Err(bad(name, "said twice"));
            }
            let wrong = |why: Wrong| bad(name, why);
            match plain(name).as_str() {
                "filter" | "select" | "skiptoken" if options.apply.is_some() => {
                    return Err(bad(name, "not together with $apply, which begins with filter(…) itself and says what comes out"));
                }
                "orderby" if options.apply.is_some() => {}
                "filter" => options.filter = Some(value.as_str()).filter(|value| !value.trim().is_empty()),
                "select" => options.select = select(table, value).map_err(wrong)?,
                "orderby" => options.order = order(table, value).map_err(wrong)?,
                "top" => options.top = Some(amount(value).map_err(wrong)?),
                "skip" => options.skip = amount(value).map_err(wrong)?,
                "count" => {
                    options.count = value.parse().map_err(|_| bad(name, format!("found {value}, expected true or false")))?;
                }
                "skiptoken" => options.after = Some(value),
                "format" | "apply" => {}
                "expand" | "search" | "compute" | "levels" | "index" | "deltatoken" | "schemaversion" => {
                    return Err(bad(
                        name,
                        "this feed does not know it; there are $filter, $select, $orderby, $top, $skip, $count, $apply and $format",
                    ));
                }
                _ => return Err(bad(name, "unknown; there are $filter, $select, $orderby, $top, $skip, $count, $apply and $format")),
            }
        }
        Ok(options)
    }

    /// The order as cursors remember it.
    pub fn order_text(&self) -> String {
        self.order.iter().map(|(column, down)| format!("{}{}", if *down { "-" } else { "" }, column.name)).collect::<Vec<_>>().join(",")
    }
}

fn amount(text: &str) -> Result<i64, Wrong> {
    text.parse()
        .ok()
        .filter(|amount| (0..=i64::from(i32::MAX)).contains(amount))
        .ok_or_else(|| format!("found {}, expected a whole number from 0", short(text)))
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn column<'a>(table: &'a Table, name: &str) -> Result<&'a Column, Wrong> {
    table.column(name).ok_or_else(|| {
        let known: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        format!("{} has no property {}; it has {}", table.set.name, short(name), known.join(", "))
    })
}

fn select<'a>(table: &'a Table, text: &str) -> Result<Option<Vec<&'a Column>>, Wrong> {
    let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).take(200).collect();
    if names.is_empty() || names.contains(&"*") {
        return Ok(None);
    }
    for name in &names {
        column(table, name)?;
    }
    Ok(Some(table.columns.iter().filter(|column| names.contains(&column.name.as_str())).collect()))
}

/// What to order by, each with whether it descends.
fn directions(text: &str) -> impl Iterator<Item = Result<(&str, bool), Wrong>> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| {
        let (name, direction) = part.split_once(char::is_whitespace).unwrap_or((part, "asc"));
        match direction.trim() {
            "asc" => Ok((name, false)),
            "desc" => Ok((name, true)),
            other => Err(format!("found {}, expected asc or desc", short(other))),
        }
    })
}

fn order_of_made(apply: &Apply<'_>, text: &str) -> Result<Vec<(String, bool)>, Wrong> {
    let order = directions(text).map(|said| {
        let (name, down) = said?;
        let known = apply.names().find(|known| *known == name).ok_or_else(|| format!("{} does not come out of $apply", short(name)))?;
        Ok((known.to_owned(), down))
    });
    let order = order.collect::<Result<Vec<_>, Wrong>>()?;
    if order.len() > MOST_ORDERS { Err(format!("found {} properties, expected at most {MOST_ORDERS}", order.len())) } else { Ok(order) }
}

fn order<'a>(table: &'a Table, text: &str) -> Result<Vec<(&'a Column, bool)>, Wrong> {
    let mut order: Vec<(&Column, bool)> = Vec::new();
    for said in directions(text) {
        let (name, down) = said?;
        let column = column(table, name)?;
        // Said again, it decides nothing any more.
        if !order.iter().any(|(earlier, _)| earlier.name == column.name) {
            order.push((column, down));
        }
    }
    if order.len() > MOST_ORDERS { Err(format!("found {} properties, expected at most {MOST_ORDERS}", order.len())) } else { Ok(order) }
}

/// Rows in a page: as `Prefer: odata.maxpagesize=…` wants, within bounds; and whether that was heeded.
pub(super) fn page_size(headers: &http::HeaderMap) -> (i64, bool) {
    let said = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut sizes = said.filter_map(|part| {
        let (name, value) = part.trim().split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        (name == "odata.maxpagesize" || name == "maxpagesize").then(|| value.trim().trim_matches('"').parse::<i64>().ok())?
    });
    match sizes.next_back() {
        Some(size) if size > 0 => (size.min(MOST), true),
        _ => (USUAL, false),
    }
}

/// The form that `$format` asks for, else the header `Accept`; `usual` where neither says something that there is.
///
/// # Errors
/// 406 where only something else would do.
pub(super) fn form(said: &[(String, String)], headers: &http::HeaderMap, usual: Form, has_xml: bool) -> Result<Form> {
    if let Some((name, value)) = said.iter().find(|(name, _)| plain(name) == "format") {
        return one(value, has_xml)
            .ok_or_else(|| bad(name, format!("found {}, expected json{}", short(value), if has_xml { " or xml" } else { "" })));
    }
    let accepted: Vec<&str> =
        headers.get_all("accept").iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
    if accepted.is_empty() {
        return Ok(usual);
    }
    for range in &accepted {
        let media = range.split(';').next().unwrap_or_default().trim();
        if media == "*/*" || media == "application/*" {
            return Ok(usual);
        }
        if let Some(form) = one(range, has_xml) {
            return Ok(form);
        }
    }
    Err(Error::new(Kind::NotAcceptable, "not_acceptable", "this comes as application/json"))
}

fn one(text: &str, has_xml: bool) -> Option<Form> {
    let mut parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
    match parts.next()?.as_str() {
        "json" | "application/json" => {}
        "xml" | "application/xml" if has_xml => return Some(Form::Xml),
        _ => return None,
    }
    let mut annotations = Annotations::Minimal;
    for part in parts {
        match part.strip_prefix("odata.metadata=").or_else(|| part.strip_prefix("metadata=")) {
            Some("none") => annotations = Annotations::None,
            Some("minimal") => annotations = Annotations::Minimal,
            Some("full") => annotations = Annotations::Full,
            Some(_) => return None,
            // Weights, streaming, character sets: as they come.
            None => {}
        }
    }
    Some(Form::Json(annotations))
}
