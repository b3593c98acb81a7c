//! What the derives write.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Field, Fields, LitStr, Result};

use crate::attributes::{OfField, OfKind, doc, json_option, option};

/// `impl Record` and, for the type of `id`, `impl Shape` as a reference to this kind.
pub fn record(input: &DeriveInput) -> Result<TokenStream> {
    let of = OfKind::read(&input.attrs)?;
    let ident = &input.ident;
    let missing = |what: &str| Error::new_spanned(ident, format!("#[record({what} = …)] is missing"));
    let table = of.table.clone().ok_or_else(|| missing("table"))?;
    let permission = of.permission.clone().ok_or_else(|| missing("permission"))?;
    let within = of.within.clone().ok_or_else(|| missing("within"))?;
    let name = of.name.clone().unwrap_or_else(|| text(&snake(&ident.to_string())));
    let path = of.path.clone().unwrap_or_else(|| text(&table.value().replace('_', "-")));
    let title = of.title.clone().unwrap_or_else(|| text(&sentence(&name.value())));
    let plural = of.plural.clone().unwrap_or_else(|| text(&sentence(&table.value())));
    let said = doc(&input.attrs);
    let fields = named(input)?;
    let id = fields.iter().find(|field| is(field, "id")).ok_or_else(|| Error::new_spanned(ident, "a record has a field `id`"))?;
    let id_type = &id.ty;
    let plant = fields.iter().find(|field| is(field, "plant_id"));
    let within = match (within.to_string().as_str(), plant) {
        ("Organization", None) => quote!(::platform::resource::Within::Organization),
        ("Plant", Some(field)) => {
            let plant = &field.ty;
            quote!(::platform::resource::Within::plant(<#plant as ::platform::resource::Shape>::OPTIONAL))
        }
        ("Plant", None) => return Err(Error::new_spanned(ident, "a record within a plant has a field `plant_id`")),
        ("Itself", None) => quote!(::platform::resource::Within::Itself),
        (parent, None) => {
            let field = text(&format!("{}_id", snake(parent)));
            quote!(::platform::resource::Within::Parent(#field))
        }
        (_, Some(field)) => return Err(Error::new_spanned(field, "the plant follows from what it is within: leave `plant_id` out")),
    };
    let label = match &of.label {
        Some(label) => label.clone(),
        None => text(if fields.iter().any(|field| is(field, "name")) { "name" } else { "id" }),
    };
    let described = fields.iter().filter(|field| !is(field, "id")).map(|field| describe(field)).collect::<Result<Vec<_>>>()?;
    let mut keys = Vec::new();
    for field in fields.iter().filter(|field| !is(field, "id")) {
        if OfField::read(&field.attrs)?.unique {
            let field = text(&name_of(field));
            keys.push(quote!(&[#field]));
        }
    }
    for together in &of.unique {
        let members = together.iter().map(|member| text(&member.to_string()));
        keys.push(quote!(&[#(#members),*]));
    }
    let kind = format_ident!("KIND_OF_{}", name.value().to_uppercase());
    let permissions =
        ["read", "create", "update", "archive", "export", "import", "comment"].map(|verb| text(&format!("{}.{verb}", permission.value())));
    let [read, create, update, archive, export, import, comment] = permissions;
    Ok(quote! {
        static #kind: ::platform::resource::Kind = ::platform::resource::Kind {
            name: #name, path: #path, table: #table, title: #title, plural: #plural, doc: #said, label: #label, within: #within,
            verbs: ::platform::resource::Verbs {
                read: ::platform::Permission(#read), create: ::platform::Permission(#create), update: ::platform::Permission(#update),
                archive: ::platform::Permission(#archive), export: ::platform::Permission(#export), import: ::platform::Permission(#import),
                comment: ::platform::Permission(#comment),
            },
            fields: &[#(#described),*],
            unique: &[#(#keys),*],
            hooks: ::platform::resource::Hooks::of::<#ident>(),
            statements: ::platform::resource::Statements::new(),
        };
        impl ::platform::resource::Record for #ident {
            fn kind() -> &'static ::platform::resource::Kind { &#kind }
        }
        impl ::platform::resource::Shape for #id_type {
            const TYPE: ::platform::resource::Type = ::platform::resource::Type::Reference(#name);
        }
    })
}

/// `impl Shape` as an object.
pub fn part(input: &DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let described = named(input)?.iter().map(|field| describe(field)).collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        impl ::platform::resource::Shape for #ident {
            const TYPE: ::platform::resource::Type = ::platform::resource::Type::Object(&[#(#described),*]);
        }
    })
}

/// `impl Shape` as a choice.
pub fn choice(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else { return Err(Error::new_spanned(&input.ident, "a choice is an enumeration")) };
    let ident = &input.ident;
    let mut options = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "a choice has no contents"));
        }
        let value = snake(&variant.ident.to_string());
        let (title, value, said) = (text(&sentence(&value)), text(&value), doc(&variant.attrs));
        options.push(quote!(::platform::resource::Choice { value: #value, title: #title, doc: #said }));
    }
    Ok(quote! {
        impl ::platform::resource::Shape for #ident {
            const TYPE: ::platform::resource::Type = ::platform::resource::Type::Choice(&[#(#options),*]);
        }
    })
}

fn describe(field: &Field) -> Result<TokenStream> {
    let of = OfField::read(&field.attrs)?;
    let name = name_of(field);
    let said = doc(&field.attrs);
    if said.is_empty() {
        return Err(Error::new_spanned(field, "a field says in a doc comment what it means: the API and the forms show it"));
    }
    let title = of.title.clone().unwrap_or_else(|| text(&sentence(name.strip_suffix("_id").unwrap_or(&name))));
    let (unit, pattern, type_list) = (option(of.unit), option(of.pattern), option(of.type_list));
    let (min, max) = (json_option(of.min.as_ref())?, json_option(of.max.as_ref())?);
    let (default, example) = (json_option(of.default.as_ref())?, json_option(of.example.as_ref())?);
    let (max_length, decimals) = (option(of.max_length), option(of.decimals));
    let (search, immutable, read_only) = (of.search, of.immutable, of.read_only);
    let ty = &field.ty;
    let name = text(&name);
    Ok(quote! {
        ::platform::resource::Field {
            name: #name, title: #title, doc: #said,
            ty: <#ty as ::platform::resource::Shape>::TYPE, required: !<#ty as ::platform::resource::Shape>::OPTIONAL,
            search: #search, immutable: #immutable, read_only: #read_only, unit: #unit, pattern: #pattern, type_list: #type_list,
            min: #min, max: #max, max_length: #max_length, decimals: #decimals, default: #default, example: #example,
        }
    })
}

fn named(input: &DeriveInput) -> Result<Vec<&Field>> {
    match &input.data {
        Data::Struct(data) if matches!(data.fields, Fields::Named(_)) => Ok(data.fields.iter().collect()),
        _ => Err(Error::new_spanned(&input.ident, "expected a struct with named fields")),
    }
}

fn is(field: &Field, name: &str) -> bool {
    field.ident.as_ref().is_some_and(|ident| ident == name)
}

/// A field's name in table and JSON: `type` of `r#type`.
fn name_of(field: &Field) -> String {
    field.ident.as_ref().map(|ident| ident.unraw().to_string()).unwrap_or_default()
}

fn text(value: &str) -> LitStr {
    LitStr::new(value, Span::call_site())
}

/// `ShiftPattern` → `shift_pattern`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// `shift_pattern` → `Shift pattern`.
fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
