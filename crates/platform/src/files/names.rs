//! What a file is called: as its sender called it, without what could mislead whoever saves or reads it.
//!
//! **Invariant:** a name is never part of a path: the store knows files by their identifiers only.

use std::fmt::Write;

/// The longest name (characters).
pub const LONGEST: usize = 200;

/// Names that Windows gives to devices, whatever follows behind a dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A name that can be shown and saved anywhere: the last part of a path, without control characters, characters that turn the direction of
/// writing, and those that file systems forbid; short enough, with its ending kept. `file` where nothing is left.
pub fn clean(said: &str) -> String {
    let last = said.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String =
        last.chars().filter(|letter| !is_deceptive(*letter)).map(|letter| if forbidden(letter) { '_' } else { letter }).collect();
    // Blanks and dots at the ends hide what a name is; a dot in front hides the file.
    let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept = kept.trim_matches(|letter: char| letter == '.' || letter == ' ');
    let kept = shortened(kept);
    let stem = kept.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let port = |device: &str| {
        stem.strip_prefix(device).is_some_and(|number| number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match kept {
        name if name.is_empty() => "file".into(),
        name if DEVICES.contains(&stem.as_str()) || port("com") || port("lpt") => format!("_{name}"),
        name => name,
    }
}

/// Whether a letter is none that anybody sees, or changes how others are seen.
fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn forbidden(letter: char) -> bool {
    matches!(letter, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// Cut in the middle, so that the ending stays: it says what opens the file.
fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.into();
    }
    let ending = name.rfind('.').map(|dot| &name[dot..]).filter(|ending| ending.chars().count() <= 16).unwrap_or_default();
    let stem: String = name.chars().take(LONGEST - ending.chars().count()).collect();
    format!("{}{ending}", stem.trim_end())
}

/// The value of `Content-Disposition` that has a browser save a file under this name (RFC 6266): the name in plain letters for old ones, and as
/// it is for the rest.
pub fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| if letter.is_ascii_graphic() && !matches!(letter, '"' | '\\' | '%') || letter == ' ' { letter } else { '_' })
        .collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            exact.push(byte as char);
        } else {
            _ = write!(exact, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_anywhere_nor_look_like_another() {
        let cases = [
            ("drawing.pdf", "drawing.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\windows\\system32\\cmd.txt", "cmd.txt"),
            ("/", "file"),
            ("..", "file"),
            ("...hidden", "hidden"),
            ("", "file"),
            (" \u{0}\u{7}\n", "file"),
            ("a\u{0}b.pdf", "ab.pdf"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("zero\u{200b}width\u{feff}.txt", "zerowidth.txt"),
            ("what? a \"name\": <b>.csv", "what_ a _name__ _b_.csv"),
            ("con.txt", "_con.txt"),
            ("COM1", "_COM1"),
            ("combine.txt", "combine.txt"),
            ("  Prüfplan  Linie 7 .pdf ", "Prüfplan Linie 7 .pdf"),
            ("图纸.step", "图纸.step"),
            ("trailing. . .", "trailing"),
        ];
        for (said, expected) in cases {
            assert_eq!(clean(said), expected, "{said:?}");
            assert_eq!(clean(&clean(said)), clean(said), "cleaning {said:?} twice changes nothing more");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = clean(&format!("{}.xlsx", "ä".repeat(300)));
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with("ä.xlsx"));
        assert_eq!(clean(&"x".repeat(5_000)).len(), LONGEST);
    }

    #[test]
    fn the_header_holds_nothing_but_the_name() {
        assert_eq!(disposition("plan.pdf"), "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf");
        assert_eq!(disposition("Prüf\"plan.pdf"), "attachment; filename=\"Pr_f_plan.pdf\"; filename*=UTF-8''Pr%C3%BCf%22plan.pdf");
        assert!(disposition("a\r\nSet-Cookie: x=1").is_ascii());
        assert!(!disposition("a\r\nSet-Cookie: x=1").contains('\n'));
    }
}
