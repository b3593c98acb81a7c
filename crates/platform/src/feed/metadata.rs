//! What the feed says of itself: the service document, and the model of its sets as CSDL 4.0 in XML and 4.01 in JSON.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::schema::{Schema, Table, Type};

/// Where the types of the feed live.
pub const NAMESPACE: &str = "gemba.bi";
const CORE: &str = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1";

/// The sets there are, as programs look for them first.
pub(super) fn service(schema: &Schema, root: &str, annotated: bool) -> Value {
    let sets: Vec<Value> =
        schema.tables.iter().map(|table| json!({ "name": table.set.name, "kind": "EntitySet", "url": table.set.name })).collect();
    if annotated { json!({ "@odata.context": format!("{root}/$metadata"), "value": sets }) } else { json!({ "value": sets }) }
}

/// The model as XML.
pub(super) fn csdl_xml(schema: &Schema) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n  \
         <edmx:Reference Uri=\"{CORE}.xml\"><edmx:Include Namespace=\"Org.OData.Core.V1\" Alias=\"Core\"/></edmx:Reference>\n  \
         <edmx:DataServices>\n    <Schema Namespace=\"{NAMESPACE}\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n"
    );
    for table in &schema.tables {
        entity_xml(&mut text, table);
    }
    text.push_str("      <EntityContainer Name=\"Container\">\n");
    for table in &schema.tables {
        let name = table.set.name;
        _ = writeln!(text, "        <EntitySet Name=\"{name}\" EntityType=\"{NAMESPACE}.{name}\"/>");
    }
    text.push_str("      </EntityContainer>\n    </Schema>\n  </edmx:DataServices>\n</edmx:Edmx>\n");
    text
}

fn entity_xml(text: &mut String, table: &Table) {
    _ = writeln!(text, "      <EntityType Name=\"{}\">", table.set.name);
    text.push_str("        <Key>");
    for column in table.key() {
        _ = write!(text, "<PropertyRef Name=\"{}\"/>", column.name);
    }
    text.push_str("</Key>\n");
    for column in &table.columns {
        _ = write!(text, "        <Property Name=\"{}\" Type=\"Edm.{}\"", column.name, column.ty.edm());
        if column.is_key {
            text.push_str(" Nullable=\"false\"");
        }
        match column.ty {
            Type::Decimal => text.push_str(" Scale=\"variable\""),
            Type::Instant => text.push_str(" Precision=\"6\""),
            _ => {}
        }
        _ = writeln!(text, "><Annotation Term=\"Core.Description\" String=\"{}\"/></Property>", escaped(&column.about));
    }
    _ = writeln!(text, "        <Annotation Term=\"Core.Description\" String=\"{}\"/>\n      </EntityType>", escaped(&table.about));
}

/// Text inside an attribute of XML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// The model as JSON.
pub(super) fn csdl_json(schema: &Schema) -> Value {
    let mut own = Map::new();
    let mut container = Map::from_iter([("$Kind".to_string(), json!("EntityContainer"))]);
    for table in &schema.tables {
        let name = table.set.name;
        let mut entity = Map::from_iter([
            ("$Kind".to_string(), json!("EntityType")),
            ("$Key".to_string(), json!(table.set.key)),
            ("@Core.Description".to_string(), json!(table.about)),
        ]);
        for column in &table.columns {
            let mut property = Map::from_iter([("@Core.Description".to_string(), json!(column.about))]);
            if column.ty != Type::Text {
                property.insert("$Type".into(), json!(format!("Edm.{}", column.ty.edm())));
            }
            if !column.is_key {
                property.insert("$Nullable".into(), json!(true));
            }
            match column.ty {
                Type::Decimal => _ = property.insert("$Scale".into(), json!("variable")),
                Type::Instant => _ = property.insert("$Precision".into(), json!(6)),
                _ => {}
            }
            entity.insert(column.name.clone(), property.into());
        }
        own.insert(name.into(), entity.into());
        container.insert(name.into(), json!({ "$Collection": true, "$Type": format!("{NAMESPACE}.{name}") }));
    }
    own.insert("Container".into(), container.into());
    json!({
        "$Version": "4.01", "$EntityContainer": format!("{NAMESPACE}.Container"),
        "$Reference": { format!("{CORE}.json"): { "$Include": [{ "$Namespace": "Org.OData.Core.V1", "$Alias": "Core" }] } },
        NAMESPACE: own,
    })
}
