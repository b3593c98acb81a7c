//! The documents of the example plant, in every language: as other programs read them.

#![expect(clippy::print_stderr, reason = "a test that is left out says so")]

use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::process::Command;

use line_plan::{DocumentContext, Language, NoClock, Options, PeriodEntry, PlanDocument};
use reports::{Brand, Cover, Kind, Logo, deck, pdf};

/// A red square.
const LOGO: &[u8] = br##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#aa1122"/></svg>"##;

/// A red and a blue point.
const PICTURE: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x02\x00\x00\x00\x01\x08\x02\x00\x00\x00{@\xe8\xdd\x00\x00\x00\x0fIDATx\xdacX%\xa8\xc4\x1d\xd3\x05\x00\x06C\x01\xcf\xc8zRE\x00\x00\x00\x00IEND\xaeB`\x82";

fn document(language: Language) -> PlanDocument {
    let workbook = include_bytes!("../../../examples/plant.xlsx");
    let mut problem = workbook::read(workbook, &workbook::ReadOptions::default()).problem.expect("the example can be planned");
    // A name that is markup, to whoever takes it for that.
    problem.models[0].name = "#Board <b>&\"[$x$]*_`\\ 7".into();
    let plan = line_plan::solve(&problem, &Options::default(), &NoClock).expect("a plan");
    let baseline =
        line_plan::solve(&problem, &Options { model: line_plan::PlanModel::Baseline, ..Options::default() }, &NoClock).expect("a plan");
    PlanDocument::new(&problem, &plan, &DocumentContext { language, baseline: Some(&baseline), ..DocumentContext::default() })
}

fn cover() -> Cover {
    Cover { title: "Autumn <plan> & #more".into(), subtitle: "Hermosillo · version 3 · approved".into() }
}

fn brand() -> Brand {
    Brand::new("Tavira Electronics", Some("#0b5c8a"), Logo::read(LOGO.to_vec()))
}

/// The text of a PDF, page by page; nothing where poppler is not here.
fn pages(pdf: &[u8]) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, pdf).expect("a file");
    let Ok(read) = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output() else {
        eprintln!("SKIPPED: pdftotext (poppler-utils) is not here: what a PDF says was not read");
        return None;
    };
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let text = String::from_utf8(read.stdout).expect("text");
    Some(text.split('\u{c}').map(str::to_owned).filter(|page| !page.trim().is_empty()).collect())
}

#[test]
#[cfg_attr(not(feature = "pdf"), ignore = "built without PDF")]
fn a_pdf_says_what_the_plan_says_in_each_language_and_numbers_its_pages() {
    for (language, constraint, page) in [
        (Language::English, "What limits the plant", "Page 1 of 2"),
        (Language::Spanish, "Qué limita la planta", "Página 1 de 2"),
        (Language::German, "Was das Werk begrenzt", "Seite 1 von 2"),
    ] {
        let document = document(language);
        let bytes = pdf(&document, Kind::Executive, &cover(), &brand()).expect("a report");
        assert!(bytes.starts_with(b"%PDF-1."), "no PDF");
        assert_eq!(bytes, pdf(&document, Kind::Executive, &cover(), &brand()).expect("a report"), "the same twice");
        let Some(pages) = pages(&bytes) else { continue };
        assert_eq!(pages.len(), 2, "{pages:?}");
        let all = pages.concat();
        assert!(pages[0].contains(constraint) && pages[0].contains(page), "{}", pages[0]);
        assert!(pages[0].contains("Autumn <plan> & #more") && all.contains("Tavira Electronics"), "{all}");
        assert!(pages[0].contains(&language.whole(document.summary.finished_units)), "{}", pages[0]);
        for gain in document.gains.iter().take(6) {
            assert!(all.contains(&language.units(gain.units)), "{all}");
        }
    }
}

#[test]
#[cfg_attr(not(feature = "pdf"), ignore = "built without PDF")]
fn the_report_of_a_plant_has_every_line_every_unmet_demand_and_names_as_they_are() {
    let document = document(Language::English);
    let bytes = pdf(&document, Kind::Plant, &cover(), &brand()).expect("a report");
    let Some(pages) = pages(&bytes) else { return };
    let all = pages.concat();
    let lines: BTreeSet<&str> = document.lines.iter().map(|line| line.line.as_str()).collect();
    for line in lines {
        assert!(all.contains(line), "{line} is not in the report");
    }
    for entry in &document.unmet {
        assert!(all.contains(&Language::English.units(entry.units)), "{entry:?}");
    }
    assert!(pages.len() > 2 && all.contains(&format!("Page {0} of {0}", pages.len())), "{all}");
}

#[test]
#[cfg_attr(not(feature = "pdf"), ignore = "built without PDF")]
fn without_a_logo_and_with_nothing_unmet_there_is_a_report_too() {
    let mut document = document(Language::German);
    document.unmet.clear();
    document.gains.clear();
    document.constraints.clear();
    document.comparison = None;
    document.finished.clear();
    let plain = Brand::new("Ä & Söhne", None, None);
    let bytes = pdf(&document, Kind::Plant, &Cover::default(), &plain).expect("a report");
    if let Some(pages) = pages(&bytes) {
        assert!(pages.concat().contains("Alles, was verlangt wird, kann gefertigt werden."), "{pages:?}");
    }
    assert!(deck(&document, &Cover::default(), &plain).expect("slides").starts_with(b"PK"));
}

#[test]
#[cfg_attr(not(feature = "pdf"), ignore = "built without PDF")]
fn long_names_and_many_periods_stay_on_the_page() {
    let mut document = long(Language::German);
    document.periods = (0..30)
        .map(|month| PeriodEntry { name: format!("{}-{:02}", 2027 + month / 12, 1 + month % 12), ..document.periods[0].clone() })
        .collect();
    let cover = Cover { title: "Kapazität ".repeat(20), subtitle: "Hermosillo · Version 3 · freigegeben · 03.05.2027".into() };
    for kind in [Kind::Executive, Kind::Plant] {
        let bytes = pdf(&document, kind, &cover, &brand()).expect("a report");
        let Some(pages) = pages(&bytes) else { return };
        // Nothing is set outside of the paper: whatever stands there is not in the text of the page's box.
        assert!(pages.iter().all(|page| page.contains("Tavira Electronics")), "{pages:?}");
        for month in ["2027-01", "2028-06", "2029-06"] {
            assert!(pages.concat().contains(month), "{month}");
        }
    }
    let parts = parts(&deck(&document, &cover, &brand()).expect("slides"));
    let slides = parts.iter().filter(|(name, _)| name.starts_with("ppt/slides/slide")).count();
    assert_eq!(slides, 11, "thirty periods are three slides of demand and three of areas");
}

/// The example with names as long as they may be, and without blanks.
fn long(language: Language) -> PlanDocument {
    let mut document = document(language);
    let long = |text: &str| format!("{text}_{}", "REV0815".repeat(12));
    for entry in &mut document.unmet {
        entry.model = long(&entry.model);
        entry.customer = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".into();
    }
    for entry in &mut document.lines {
        entry.line = long(&entry.line);
    }
    document
}

#[test]
#[cfg_attr(not(feature = "pdf"), ignore = "built without PDF")]
fn a_logo_that_cannot_be_drawn_is_refused() {
    let broken = Brand::new("Acme", None, Some(Logo { bytes: b"\x89PNG and no more".to_vec(), format: "png", aspect: 1.0 }));
    let refused = pdf(&document(Language::English), Kind::Executive, &cover(), &broken);
    assert!(refused.is_err(), "a broken picture was drawn");
}

/// The parts of a file of Office Open XML.
fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a container");
    let read = |at: usize, archive: &mut zip::ZipArchive<Cursor<&[u8]>>| {
        let mut entry = archive.by_index(at).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        (name, bytes)
    };
    (0..archive.len()).map(|at| read(at, &mut archive)).collect()
}

/// Whether every element that opens closes, in order.
fn is_well_formed(xml: &str) -> bool {
    let mut open = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        if rest[..start].contains('>') && rest[..start].contains("]]>") {
            return false;
        }
        rest = &rest[start + 1..];
        let Some(end) = rest.find('>') else { return false };
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if tag.starts_with('?') || tag.ends_with('/') {
            continue;
        }
        match tag.strip_prefix('/') {
            Some(name) if open.pop() != Some(name) => return false,
            Some(_) => {}
            None => open.push(tag.split_whitespace().next().unwrap_or_default()),
        }
    }
    open.is_empty()
}

#[test]
fn slides_are_a_whole_file_of_office_open_xml() {
    let png = Logo::read(PICTURE.to_vec());
    assert!(png.is_some(), "a PNG is a logo");
    let with_picture = Brand::new("Tavira & Co", None, png);
    let document = document(Language::English);
    let bytes = deck(&document, &cover(), &with_picture).expect("slides");
    assert_eq!(bytes, deck(&document, &cover(), &with_picture).expect("slides"), "the same twice");
    let parts = parts(&bytes);
    assert_eq!(parts[0].0, "[Content_Types].xml");
    let names: BTreeSet<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    let text = |name: &str| String::from_utf8(parts.iter().find(|(found, _)| found == name).expect("a part").1.clone()).expect("text");
    let types = text("[Content_Types].xml");
    for (name, bytes) in parts.iter().filter(|(name, _)| !name.ends_with(".png")) {
        let xml = std::str::from_utf8(bytes).expect("text");
        assert!(is_well_formed(xml), "{name}: {xml}");
        assert!(
            name.ends_with(".rels") || name == "[Content_Types].xml" || types.contains(&format!("PartName=\"/{name}\"")),
            "{name} has no type"
        );
        // Whatever a part refers to is there, and it refers to nothing that it does not list.
        if let Some((folder, file)) = name.rsplit_once('/').filter(|_| !name.ends_with(".rels")) {
            let rels = format!("{folder}/_rels/{file}.rels");
            let listed = if names.contains(rels.as_str()) { text(&rels) } else { String::new() };
            for id in xml.split("r:id=\"").chain(xml.split("r:embed=\"")).skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(!id.starts_with("rId") || listed.contains(&format!("Id=\"{id}\"")), "{name} refers to {id}");
            }
            for target in listed.split("Target=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let path = target.strip_prefix("../").map_or_else(|| format!("{folder}/{target}"), |rest| format!("ppt/{rest}"));
                assert!(names.contains(path.as_str()), "{name}: {path} is not there");
            }
        }
    }
    assert!(text("ppt/slides/slide1.xml").contains("Autumn &lt;plan&gt; &amp; #more"));
}

#[test]
fn other_programs_open_the_slides() {
    let document = document(Language::Spanish);
    let bytes = deck(&document, &cover(), &brand()).expect("slides");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deck.pptx");
    std::fs::write(&path, bytes).expect("a file");
    let script = "import sys; from pptx import Presentation\n\
        p = Presentation(sys.argv[1])\n\
        for s in p.slides:\n    print('SLIDE', s.shapes.title.text_frame.text)\n    for x in s.shapes:\n        \
        assert 0 <= x.left and 0 <= x.top and x.left + x.width <= p.slide_width and x.top + x.height <= p.slide_height, (x.name, x.top, x.height)\n        \
        if x.has_text_frame: print(x.text_frame.text)\n        \
        if x.has_table:\n            for r in x.table.rows: print(' | '.join(c.text for c in r.cells))\n";
    let here = std::env::current_exe().expect("this program");
    let built = here.ancestors().nth(3).map(|target| target.join("python-pptx/bin/python")).filter(|python| python.exists());
    let python = built.unwrap_or_else(|| "python3".into());
    let read = Command::new(python).args(["-c", script]).arg(&path).output();
    let read = match read {
        Ok(read) if !String::from_utf8_lossy(&read.stderr).contains("No module named") => read,
        _ => {
            eprintln!("SKIPPED: python-pptx is not here (scripts/setup --full installs it): only our own checks of the slides ran");
            return;
        }
    };
    let said = String::from_utf8_lossy(&read.stdout).into_owned();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let titles: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("SLIDE ")).collect();
    assert_eq!(titles.len(), 7, "{said}");
    assert_eq!((titles[0], titles[2]), ("Autumn <plan> & #more", "Qué limita la planta"));
    assert!(said.contains(&document.constraints.iter().find(|constraint| constraint.short).expect("one").explanation), "{said}");
    assert!(said.contains(&Language::Spanish.units(document.unmet[0].units)), "{said}");
}
