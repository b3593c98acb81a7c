//! `GET /reports/export`: each form, each language, the rights it takes, and what is no report.

use http::Method;
use serde_json::json;

#[cfg(feature = "pdf")]
use super::text_of;
use super::{DOCUMENT, File, house_with_a_plan, parts_of, says};
use crate::notifications::house::Post;

/// A red and a blue point.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR42mNYJajEHdMFAAZDAc/IelJFAAAAAElFTkSuQmCC";

#[tokio::test]
async fn a_result_leaves_in_each_form_for_whoever_has_the_right_that_it_takes() {
    let (house, scenario) = house_with_a_plan(Post::Folder).await;
    let path = |format: &str| format!("/reports/export?scenario={scenario}&format={format}");
    let office = "application/vnd.openxmlformats-officedocument";
    let forms = [
        ("xlsx", format!("{office}.spreadsheetml.sheet"), &b"PK"[..], false),
        ("csv", "text/csv; charset=utf-8".into(), b"plant,area,line,", false),
        ("json", "application/json".into(), b"{", false),
        #[cfg(feature = "pdf")]
        ("pdf", "application/pdf".into(), b"%PDF-1.", true),
        ("pptx", format!("{office}.presentationml.presentation"), b"PK", true),
    ];
    for (format, media, beginning, is_document) in &forms {
        let file = File::of(&house, "ana", &path(format), "en").await.ok();
        assert_eq!(file.header("content-type"), media, "{format}");
        assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"Autumn-more-v1.{format}\""));
        assert!(file.bytes.starts_with(beginning), "{format}");
        // Whoever only reads takes a document to a meeting, and no data to work on with.
        let viewer = File::of(&house, "cy", &path(format), "en").await;
        if *is_document {
            viewer.ok();
        } else {
            viewer.refused(403, "permission_missing");
        }
        for stranger in ["eva", "zoe"] {
            File::of(&house, stranger, &path(format), "en").await.refused(404, "not_found");
        }
    }
    // The trail tells who took what: all by ana, the documents by cy.
    let documents = forms.iter().filter(|form| form.3).count();
    let taken = house.count("select count(*) from audit_events where action = 'scenario.exported'").await;
    assert_eq!(taken as usize, forms.len() + documents);
    let noted = "select count(*) from audit_events where action = 'scenario.exported' and detail ->> 'format' = 'pptx' and detail ->> 'version' = '1'";
    assert_eq!(house.count(noted).await, 2);
}

#[cfg(feature = "pdf")]
#[tokio::test]
async fn documents_speak_the_language_of_whoever_asks() {
    let (house, scenario) = house_with_a_plan(Post::Folder).await;
    let path = format!("/reports/export?scenario={scenario}&format=pdf");
    let said = [
        ("en-GB", "", "What limits the plant", "Page 1 of 2", "version 1 · draft · 3 May 2027"),
        ("de-CH,de;q=0.9", "", "Was das Werk begrenzt", "Seite 1 von 2", "Version 1 · Entwurf · 03.05.2027"),
        // What is asked for by name comes before what the program prefers.
        ("de", "&language=es", "Qué limita la planta", "Página 1 de 2", "versión 1 · borrador · 03/05/2027"),
    ];
    for (prefers, asks, heading, page, standing) in said {
        let executive = File::of(&house, "cy", &format!("{path}{asks}"), prefers).await.ok();
        let plant = File::of(&house, "cy", &format!("{path}{asks}&report=plant"), prefers).await.ok();
        assert!(executive.bytes != plant.bytes, "two reports");
        let (Some(executive), Some(plant)) = (text_of(&executive.bytes), text_of(&plant.bytes)) else { return };
        for text in [&executive, &plant] {
            assert!(text.contains(heading) && text.contains(standing), "{text}");
            assert!(text.contains("Autumn & <more>") && text.contains("Tavira Electronics"), "{text}");
        }
        assert!(executive.contains(page), "{executive}");
        // The short one is for those who decide; the long one has every line.
        assert!(!executive.contains("SMT-07") && plant.contains("SMT-07") && plant.contains("CC-02"), "{plant}");
    }
}

#[tokio::test]
async fn the_deck_is_a_file_that_presentations_are_made_of() {
    let (house, scenario) = house_with_a_plan(Post::Folder).await;
    let branding = json!({ "branding": { "colour": "#AA1122", "logo": PICTURE } });
    house.send("bo", Method::PATCH, "/organization", Some(branding)).await.ok();
    let path = format!("/reports/export?scenario={scenario}&format=pptx&language=de");
    let parts = parts_of(&File::of(&house, "ana", &path, "en").await.ok().bytes);
    let text = |name: &str| -> String {
        let part = parts.iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("{name} is not there"));
        String::from_utf8(part.1.clone()).unwrap()
    };
    let slides: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("ppt/slides/slide")).collect();
    assert_eq!(slides.len(), 7, "{slides:?}");
    let (types, relations) = (text("[Content_Types].xml"), text("ppt/_rels/presentation.xml.rels"));
    for slide in &slides {
        assert!(
            types.contains(&format!(
                "PartName=\"/{slide}\" ContentType=\"application/vnd.openxmlformats-officedocument.presentationml.slide+xml\""
            )),
            "{slide}"
        );
        assert!(relations.contains(&format!("Target=\"{}\"", slide.trim_start_matches("ppt/"))), "{slide}");
        // Each shows the logo, which is in the file.
        let own = text(&slide.replace("slides/", "slides/_rels/").replace(".xml", ".xml.rels"));
        assert!(own.contains("Target=\"../media/logo.png\"") && own.contains("slideLayout1.xml"), "{own}");
    }
    assert!(parts.iter().any(|(name, bytes)| name == "ppt/media/logo.png" && bytes.starts_with(b"\x89PNG")));
    assert!(text("ppt/theme/theme1.xml").contains("<a:accent1><a:srgbClr val=\"AA1122\"/></a:accent1>"));
    assert!(text("docProps/core.xml").contains("<dc:title>Autumn &amp; &lt;more&gt;</dc:title>"));
    let first = text("ppt/slides/slide1.xml");
    assert!(first.contains("Autumn &amp; &lt;more&gt;") && first.contains("Version 1 · Entwurf"), "{first}");
    assert!(slides.iter().any(|slide| text(slide).contains("Was das Werk begrenzt")));
}

#[tokio::test]
async fn a_logo_that_cannot_be_drawn_keeps_nobody_from_the_figures() {
    let (house, scenario) = house_with_a_plan(Post::Folder).await;
    // The beginning of a picture and nothing else; and one that would unfold to 14 GB.
    for logo in ["iVBORw0KGgo=", "iVBORw0KGgoAAAANSUhEUgAA6mAAAOpgCAYAAAA="] {
        house.send("bo", Method::PATCH, "/organization", Some(json!({ "branding": { "colour": "#ffff00", "logo": logo } }))).await.ok();
        for format in [DOCUMENT, "pptx"] {
            let path = format!("/reports/export?scenario={scenario}&format={format}");
            File::of(&house, "cy", &path, "en").await.ok();
        }
    }
    // What is no picture at all is no logo.
    let no_picture = json!({ "branding": { "logo": "bm8gcGljdHVyZQ==" } });
    let refused = house.send("bo", Method::PATCH, "/organization", Some(no_picture)).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/branding/logo", "{refused}");
}

#[tokio::test]
async fn what_is_no_report_is_refused_with_its_reason() {
    let (house, scenario) = house_with_a_plan(Post::Folder).await;
    for wrong in [
        "format=doc".to_owned(),
        "format=PDF".to_owned(),
        "format=".to_owned(),
        "format=pdf&format=csv".to_owned(),
        format!("scenario={scenario}&format=pdf&report=all"),
        format!("scenario={scenario}&format=pdf&language=fr"),
        format!("scenario={scenario}&version=first"),
        format!("scenario={scenario}&version=99999999999999999999"),
        format!("scenario={scenario}&paper=a3"),
        "scenario=Autumn&format=pdf".to_owned(),
        "scenario=&format=pdf".to_owned(),
        "format=pdf".to_owned(),
        String::new(),
    ] {
        File::of(&house, "ana", &format!("/reports/export?{wrong}"), "en").await.refused(400, "bad_parameter");
    }
    let nothing = testkit::new_id();
    File::of(&house, "ana", &format!("/reports/export?scenario={nothing}&format=pdf"), "en").await.refused(404, "not_found");
    for version in [0, -1, 2, i64::MAX] {
        let path = format!("/reports/export?scenario={scenario}&format=pdf&version={version}");
        File::of(&house, "ana", &path, "en").await.refused(404, "no_result");
    }
    let made = house.post("ana", &format!("/plants/{}/scenarios", house.plants[0]), json!({ "name": "New" })).await.ok();
    for format in ["xlsx", "csv", "json", "pdf", "pptx"] {
        let path = format!("/reports/export?scenario={}&format={format}", made["id"].as_str().unwrap());
        let refused = File::of(&house, "ana", &path, "en").await.refused(404, "no_result");
        assert!(refused["detail"].as_str().unwrap().contains("optimize"), "{refused}");
    }
    // What was refused took nothing away.
    assert_eq!(house.count("select count(*) from audit_events where action = 'scenario.exported'").await, 0);
    // An archived scenario is still what it was, and says so.
    house.post("ana", &format!("/scenarios/{scenario}/archive"), json!({})).await.ok();
    let archived = File::of(&house, "ana", &format!("/reports/export?scenario={scenario}&format={DOCUMENT}"), "es").await.ok();
    assert!(says(&archived.bytes, "archivado"));
}
