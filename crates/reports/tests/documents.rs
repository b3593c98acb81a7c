//! The documents of the example plant, in every language: as other programs read them.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::process::Command;

use line_plan::{DocumentContext, Language, NoClock, Options, PlanDocument};
use reports::{Brand, Cover, Logo, deck};

/// A red square.
const LOGO: &[u8] = br##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#aa1122"/></svg>"##;

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

#[test]
fn without_a_logo_and_with_nothing_unmet_there_are_slides_too() {
    let mut document = document(Language::German);
    document.unmet.clear();
    document.gains.clear();
    document.constraints.clear();
    document.comparison = None;
    document.finished.clear();
    let slides = deck(&document, &Cover::default(), &Brand::new("Ä & Söhne", None, None)).expect("slides");
    let parts = parts(&slides);
    assert!(parts.iter().all(|(name, _)| !name.starts_with("ppt/media")));
    let constraint = parts.iter().find(|(name, _)| name == "ppt/slides/slide3.xml").expect("a slide");
    assert!(String::from_utf8_lossy(&constraint.1).contains("Keiner Gruppe von Linien fehlen Stunden"));
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
    let png = Logo::read(b"\x89PNG\r\n\x1a\n".to_vec());
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
