//! What `#[record(…)]` says about a struct and its fields.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, Ident, Lit, LitStr, Result};

/// `#[record(table = "lines", within = Area, permission = "factory.line")]` on the struct.
#[derive(Default)]
pub struct OfKind {
    pub table: Option<LitStr>,
    pub name: Option<LitStr>,
    pub path: Option<LitStr>,
    pub title: Option<LitStr>,
    pub plural: Option<LitStr>,
    pub permission: Option<LitStr>,
    pub label: Option<LitStr>,
    pub within: Option<Ident>,
    pub unique: Vec<Vec<Ident>>,
}

impl OfKind {
    pub fn read(attributes: &[Attribute]) -> Result<OfKind> {
        let mut of = OfKind::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("record")) {
            attribute.parse_nested_meta(|meta| of.take(&meta))?;
        }
        Ok(of)
    }

    fn take(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        let place = match name_of(meta)?.as_str() {
            "within" => {
                self.within = Some(meta.value()?.parse()?);
                return Ok(());
            }
            "unique" => {
                let mut together = Vec::new();
                meta.parse_nested_meta(|field| {
                    together.push(field.path.require_ident()?.clone());
                    Ok(())
                })?;
                self.unique.push(together);
                return Ok(());
            }
            "table" => &mut self.table,
            "name" => &mut self.name,
            "path" => &mut self.path,
            "title" => &mut self.title,
            "plural" => &mut self.plural,
            "permission" => &mut self.permission,
            "label" => &mut self.label,
            other => {
                return Err(meta.error(format!(
                    "a record has no {other}; there are table, within, permission, name, path, title, plural, label, unique(a, b)"
                )));
            }
        };
        *place = Some(meta.value()?.parse()?);
        Ok(())
    }
}

/// `#[record(search, unique, unit = "s/d", min = 0, max = 86_400)]` on a field.
#[derive(Default)]
pub struct OfField {
    pub search: bool,
    pub unique: bool,
    pub immutable: bool,
    pub read_only: bool,
    pub unit: Option<LitStr>,
    pub title: Option<LitStr>,
    pub pattern: Option<LitStr>,
    pub type_list: Option<LitStr>,
    pub example: Option<Expr>,
    pub min: Option<Expr>,
    pub max: Option<Expr>,
    pub max_length: Option<Expr>,
    pub decimals: Option<Expr>,
    pub default: Option<Expr>,
}

impl OfField {
    pub fn read(attributes: &[Attribute]) -> Result<OfField> {
        let mut of = OfField::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("record")) {
            attribute.parse_nested_meta(|meta| of.take(&meta))?;
        }
        Ok(of)
    }

    fn take(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        match name_of(meta)?.as_str() {
            "search" => self.search = true,
            "unique" => self.unique = true,
            "immutable" => self.immutable = true,
            "read_only" => self.read_only = true,
            "unit" => self.unit = Some(meta.value()?.parse()?),
            "title" => self.title = Some(meta.value()?.parse()?),
            "pattern" => self.pattern = Some(meta.value()?.parse()?),
            "type_list" => self.type_list = Some(meta.value()?.parse()?),
            "example" => self.example = Some(meta.value()?.parse()?),
            "min" => self.min = Some(meta.value()?.parse()?),
            "max" => self.max = Some(meta.value()?.parse()?),
            "max_length" => self.max_length = Some(meta.value()?.parse()?),
            "decimals" => self.decimals = Some(meta.value()?.parse()?),
            "default" => self.default = Some(meta.value()?.parse()?),
            other => {
                return Err(meta.error(format!(
                    "a field has no {other}; there are search, unique, immutable, read_only, unit, title, pattern, type_list, example, \
                     min, max, max_length, decimals, default"
                )));
            }
        }
        Ok(())
    }
}

fn name_of(meta: &ParseNestedMeta) -> Result<String> {
    Ok(meta.path.require_ident()?.to_string())
}

/// The first paragraph-joined text of the doc comment.
pub fn doc(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let syn::Meta::NameValue(pair) = &attribute.meta
            && let Expr::Lit(literal) = &pair.value
            && let Lit::Str(line) = &literal.lit
        {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(line.value().trim());
        }
    }
    text
}

/// A literal as JSON text: `86_400` → `86400`, `"draft"` → `"draft"`, `-1` → `-1`, `true`.
pub fn json(value: &Expr) -> Result<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => Ok(number.base10_digits().to_string()),
            Lit::Float(number) => Ok(number.base10_digits().to_string()),
            Lit::Bool(truth) => Ok(truth.value.to_string()),
            Lit::Str(text) => Ok(quoted(&text.value())),
            other => Err(syn::Error::new_spanned(other, "expected a number, a text or a truth value")),
        },
        Expr::Unary(negative) => Ok(format!("-{}", json(&negative.expr)?)),
        other => Err(syn::Error::new_spanned(other, "expected a number, a text or a truth value")),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// `Some(…)` or `None` of something that may not be said.
pub fn option<T: ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// The JSON text of a literal that may not be said.
pub fn json_option(value: Option<&Expr>) -> Result<TokenStream> {
    Ok(option(value.map(json).transpose()?.map(|text| LitStr::new(&text, Span::call_site()))))
}
