//! `gemba workbook`, `gemba completions`, `gemba man` and help.

use std::io::{Read, Write};

use super::{Desk, names};

#[test]
fn a_generated_workbook_checks_clean() {
    let desk = Desk::with_plan();
    let run = desk.run(&["workbook", "check", "plan.xlsx"]).succeeds();
    assert!(run.stdout().contains("can be planned"), "{}", run.stdout());
    let findings: serde_json::Value =
        serde_json::from_str(&desk.run(&["workbook", "check", "plan.xlsx", "--json"]).succeeds().stdout()).expect("JSON");
    assert_eq!((findings["schema"].as_str(), findings["plannable"].as_bool()), (Some("gemba.workbook-check/1"), Some(true)));
}

#[test]
fn a_broken_workbook_tells_every_error_and_exits_with_1() {
    let desk = Desk::empty();
    std::fs::write(desk.path("renamed.xlsx"), "line;model\nA;B\n").expect("written");
    let run = desk.run(&["workbook", "check", "renamed.xlsx"]);
    assert_eq!(run.code(), 1);
    assert!(run.stdout().contains("cannot be planned; 1 error"), "{}", run.stdout());
    let run = desk.run(&["workbook", "check", "renamed.xlsx", "--json"]);
    assert_eq!(run.code(), 1);
    let findings: serde_json::Value = serde_json::from_str(&run.stdout()).expect("JSON");
    assert_eq!(findings["issues"][0]["severity"], "error");
}

#[test]
fn an_error_tells_what_was_found_and_what_is_expected() {
    let desk = Desk::empty();
    desk.run(&["workbook", "template", "-o", "plan.xlsx"]).succeeds();
    let mut plan = zip::ZipArchive::new(std::fs::File::open(desk.path("plan.xlsx")).expect("written")).expect("a container");
    let mut broken = zip::ZipWriter::new(std::fs::File::create(desk.path("broken.xlsx")).expect("a file"));
    for at in 0..plan.len() {
        let mut part = plan.by_index(at).expect("a part");
        let mut text = String::new();
        part.read_to_string(&mut text).expect("XML");
        broken.start_file(part.name().expect("a name"), zip::write::SimpleFileOptions::default()).expect("room");
        broken.write_all(text.replace(r#""D5"><v>82<"#, r#""D5"><v>820<"#).as_bytes()).expect("room");
    }
    broken.finish().expect("room");
    let run = desk.run(&["workbook", "check", "broken.xlsx"]);
    assert_eq!(run.code(), 1);
    let told = run.stdout().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("is over 100 %; found 820, expected more than 0 % and at most 100 %"), "{told}");
}

#[test]
fn templates_come_in_three_languages_and_read_back() {
    let desk = Desk::empty();
    for language in ["en", "es", "de"] {
        let file = format!("{language}.xlsx");
        desk.run(&["workbook", "template", "-o", &file, "--lang", language]).succeeds();
        let run = desk.run(&["workbook", "check", &file]);
        assert!(run.stdout().contains("planned"), "{}", run.stdout());
    }
    desk.run(&["workbook", "template", "-o", "fr.xlsx", "--lang", "fr"]).fails(2, "possible values");
    // Whoever asks twice may have filled the first one in.
    desk.run(&["workbook", "template", "-o", "es.xlsx"]).fails(1, "es.xlsx is there already");
}

#[test]
fn generating_twice_gives_the_same_bytes() {
    let desk = Desk::with_plan();
    desk.run(&["workbook", "generate", "--size", "s", "--shape", "mixed", "--seed", "1", "-o", "again.xlsx"]).succeeds();
    assert_eq!(std::fs::read(desk.path("plan.xlsx")).expect("there"), std::fs::read(desk.path("again.xlsx")).expect("there"));
}

#[test]
fn completions_exist_for_every_shell() {
    let desk = Desk::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = desk.run(&["completions", shell]).succeeds().stdout();
        assert!(script.contains("gemba") && script.contains("optimize"), "{shell}");
    }
}

#[test]
fn manual_pages_are_printed_and_written() {
    let desk = Desk::empty();
    assert!(desk.run(&["man"]).succeeds().stdout().contains(".TH GEMBA"));
    std::fs::create_dir(desk.path("man1")).expect("a folder");
    desk.run(&["man", "man1"]).succeeds();
    let pages = names(&desk.path("man1"));
    assert!(pages.contains(&"gemba-optimize.1".to_owned()) && pages.contains(&"gemba-workbook-check.1".to_owned()), "{pages:?}");
    desk.run(&["man", "nowhere"]).fails(1, "there is no folder nowhere");
}

#[test]
fn every_command_explains_itself_with_examples() {
    let desk = Desk::empty();
    for command in
        [&["optimize"][..], &["workbook", "check"], &["workbook", "template"], &["workbook", "generate"], &["completions"], &["man"], &[]]
    {
        let arguments: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let help = desk.run(&arguments).succeeds().stdout();
        assert!(help.contains("Examples:") && help.contains("  gemba "), "{command:?}:\n{help}");
    }
}
