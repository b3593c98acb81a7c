//! Lists: which part is wanted, where the last one ended, and which members of each record.
//!
//! A cursor holds the values by which the last record was sorted, and its identifier; the next page begins behind them. Records that come
//! in meanwhile therefore neither repeat nor hide others.
//!
//! **Invariant:** a cursor is data: a value of it reaches the database as a parameter, after the reader has checked that it belongs to the
//! same order; it never becomes SQL text.

use axum::extract::FromRequestParts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{Error, Kind, Result};
use crate::http::Query;

/// Records in a page where the client does not say.
const USUAL: u32 = 50;
/// Records in a page at most.
const MOST: u32 = 500;

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Records at most, 1–500.
    pub limit: u32,
    /// Where the page before ended; absent for the first.
    pub after: Option<Cursor>,
}

/// The parameters of [`Page`] for OpenAPI: `params(PageQuery)`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Records in a page at most.
    #[param(minimum = 1, maximum = 500, default = 50, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Query(asked) = Query::<PageQuery>::from_request_parts(parts, state).await?;
        let limit = asked.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Error::new(Kind::Malformed, "bad_parameter", format!("limit: found {limit}, expected 1 to {MOST}")));
        }
        Ok(Page { limit, after: asked.cursor.as_deref().map(Cursor::read).transpose()? })
    }
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// The order it belongs to, as the reader spells it: `name,-created_at`.
    #[serde(rename = "s")]
    pub sort: String,
    /// The last record's values in that order.
    #[serde(rename = "v")]
    pub values: Vec<Value>,
    /// The last record, which decides between equal values.
    #[serde(rename = "i")]
    pub id: Uuid,
}

impl Cursor {
    /// As the client gets it: opaque text.
    pub fn text(&self) -> String {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mut bytes = check(&body).to_vec();
        bytes.extend_from_slice(&body);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// 400 `bad_cursor` for anything that was not a cursor of ours.
    pub fn read(text: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let (sum, body) = bytes.split_at_checked(SUM).ok_or_else(bad)?;
        if check(body) != sum {
            return Err(bad());
        }
        serde_json::from_slice(body).map_err(|_| bad())
    }

    /// Refuses a cursor of another order than `sort`.
    ///
    /// # Errors
    /// 400 `bad_cursor`.
    pub fn of_sort(&self, sort: &str) -> Result<()> {
        if self.sort == sort { Ok(()) } else { Err(bad()) }
    }
}

const SUM: usize = 6;

/// Finds what was damaged on the way; it guards against mistakes, not against malice, from which the readers' checks protect.
fn check(body: &[u8]) -> [u8; SUM] {
    let digest = Sha256::digest(body);
    let mut sum = [0; SUM];
    sum.copy_from_slice(&digest[..SUM]);
    sum
}

fn bad() -> Error {
    Error::new(Kind::Malformed, "bad_cursor", "cursor: not one that this list gave out; begin again without it")
}

/// A part of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Paged<T> {
    /// The records.
    pub items: Vec<T>,
    /// Give it as `cursor` to get the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl<T> Paged<T> {
    /// A page of `rows`, which were read with a limit of one more than the page's to see whether there is another page. `end` gives the
    /// cursor of a record.
    pub fn of(mut rows: Vec<T>, page: &Page, end: impl FnOnce(&T) -> Cursor) -> Self {
        let limit = page.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(|last| end(last).text()) } else { None };
        Paged { items: rows, next_cursor }
    }

    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(change).collect(), next_cursor: self.next_cursor }
    }
}

/// Which members of each record are wanted: `fields=id,name`; all of them where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Option<Vec<String>>);

/// The parameter of [`Fields`] for OpenAPI.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FieldsQuery {
    /// Members wanted of each record, with commas between; `id` always comes.
    #[param(example = "id,name")]
    pub fields: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Query(asked) = Query::<FieldsQuery>::from_request_parts(parts, state).await?;
        Ok(Fields(asked.fields.map(|names| names.split(',').map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect())))
    }
}

impl Fields {
    /// The names asked for, if some were.
    pub fn names(&self) -> Option<&[String]> {
        self.0.as_deref()
    }

    /// The record with only the members wanted.
    pub fn pick(&self, record: Value) -> Value {
        match (&self.0, record) {
            (Some(names), Value::Object(members)) => {
                Value::Object(members.into_iter().filter(|(name, _)| name == "id" || names.contains(name)).collect())
            }
            (_, record) => record,
        }
    }

    /// Refuses names that no record has.
    ///
    /// # Errors
    /// 400 `bad_parameter`, with those that there are.
    pub fn check(&self, known: &[&str]) -> Result<()> {
        match self.0.iter().flatten().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => {
                Err(Error::new(Kind::Malformed, "bad_parameter", format!("fields: there is no {name}; there are {}", known.join(", "))))
            }
        }
    }
}
