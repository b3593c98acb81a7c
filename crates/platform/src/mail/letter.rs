//! What a mail says, apart from how it looks: the same letter becomes plain text and HTML, so that they cannot disagree.
//!
//! **Invariant:** every text is escaped where HTML is written; a letter holds no markup of its own.
//! **Invariant:** only addresses beginning with `https://` or `http://` become links.

use std::fmt::Write;

use crate::language::{Language, Words};

/// A mail, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// The subject.
    pub subject: String,
    /// Paragraphs at its beginning.
    pub paragraphs: Vec<String>,
    /// What to press, if there is something.
    pub button: Option<Button>,
    /// Lists, each under a heading: what a daily mail is made of.
    pub sections: Vec<Section>,
    /// Small print at its end: why they get it.
    pub footer: Vec<String>,
    /// Where to get no more of its kind, if one may.
    pub unsubscribe: Option<String>,
    /// What it is about, so that mail programs show mail about one thing together: `scenario/0199…`.
    pub thread: Option<String>,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// As mail programs show it.
    pub name: String,
    /// What it is: `application/pdf`.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Something to press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub address: String,
}

/// A list under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// The list: what it says, and where it leads if somewhere.
    pub items: Vec<(String, Option<String>)>,
}

const UNSUBSCRIBE: Words = Words::new("Stop mail like this", "Dejar de recibir correos como este", "Keine Nachrichten dieser Art mehr");

/// The longest text of people in a header or a line (characters).
const LONGEST: usize = 200;

/// Text of people as a header or one line may have it: what breaks lines or is invisible becomes a blank, blanks are joined, and what is longer than 200
/// characters is cut.
pub fn plain(text: &str) -> String {
    let is_blank = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            // Marks that reorder or hide text have no place in a subject that somebody else wrote.
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
    };
    let words: Vec<&str> = text.split(is_blank).filter(|word| !word.is_empty()).collect();
    // What would be read as an encoded word (RFC 2047) could hold what was just taken out.
    let joined = words.join(" ").replace("=?", "= ?");
    match joined.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &joined[..at]),
        None => joined,
    }
}

/// Somebody's name as a mailbox may have it: without the signs that would end it.
pub(super) fn display_name(text: &str) -> Option<String> {
    let name = plain(&text.replace(['"', '\\', '<', '>'], " "));
    Some(name).filter(|name| !name.is_empty())
}

impl Letter {
    /// As plain text, lines wrapped by whoever shows it.
    pub fn text(&self, greeting: &str, language: Language) -> String {
        let mut text = format!("{greeting}\n");
        for paragraph in &self.paragraphs {
            let _ = write!(text, "\n{paragraph}\n");
        }
        if let Some(button) = self.button.as_ref().filter(|button| is_address(&button.address)) {
            let _ = write!(text, "\n{}:\n{}\n", button.label, button.address);
        }
        for section in &self.sections {
            let _ = write!(text, "\n{}\n", section.heading);
            for (item, address) in &section.items {
                let _ = writeln!(text, "- {item}");
                if let Some(address) = address.as_deref().filter(|address| is_address(address)) {
                    let _ = writeln!(text, "  {address}");
                }
            }
        }
        // What mail programs know as the beginning of what is not the message.
        text.push_str("\n-- \n");
        for line in &self.footer {
            let _ = writeln!(text, "{line}");
        }
        if let Some(address) = self.unsubscribe.as_deref().filter(|address| is_address(address)) {
            let _ = writeln!(text, "{}: {address}", UNSUBSCRIBE.text(language));
        }
        text
    }

    /// As HTML that needs nothing from anywhere: no pictures, no styles from elsewhere, nothing that tells whether it was read.
    pub fn html(&self, greeting: &str, from: &str, language: Language) -> String {
        let mut html = format!(
            "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{}</title></head>\
             <body style=\"margin:0;padding:24px 12px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif\">\
             <div style=\"max-width:36em;margin:0 auto\"><p style=\"font-size:13px;margin:0 0 24px\">{}</p><p>{}</p>",
            language.tag(),
            escaped(&self.subject),
            escaped(from),
            escaped(greeting)
        );
        for paragraph in &self.paragraphs {
            let _ = write!(html, "<p>{}</p>", escaped(paragraph).replace('\n', "<br>"));
        }
        if let Some(button) = self.button.as_ref().filter(|button| is_address(&button.address)) {
            let _ = write!(
                html,
                "<p style=\"margin:24px 0\"><a href=\"{}\" style=\"background:#0b5cad;color:#ffffff;padding:12px 20px;border-radius:6px;\
                 text-decoration:none;display:inline-block\">{}</a></p>",
                escaped(&button.address),
                escaped(&button.label)
            );
        }
        for section in &self.sections {
            let _ = write!(
                html,
                "<h2 style=\"font-size:16px;margin:24px 0 8px\">{}</h2><ul style=\"padding-left:20px\">",
                escaped(&section.heading)
            );
            for (item, address) in &section.items {
                let _ = match address.as_deref().filter(|address| is_address(address)) {
                    Some(address) => write!(html, "<li><a href=\"{}\">{}</a></li>", escaped(address), escaped(item)),
                    None => write!(html, "<li>{}</li>", escaped(item)),
                };
            }
            html.push_str("</ul>");
        }
        html.push_str("<hr style=\"border:0;border-top:1px solid #8888;margin:32px 0 12px\"><p style=\"font-size:13px\">");
        for line in &self.footer {
            let _ = write!(html, "{}<br>", escaped(line));
        }
        if let Some(address) = self.unsubscribe.as_deref().filter(|address| is_address(address)) {
            let _ = write!(html, "<a href=\"{}\">{}</a>", escaped(address), escaped(UNSUBSCRIBE.text(language)));
        }
        html.push_str("</p></div></body></html>");
        html
    }
}

fn is_address(address: &str) -> bool {
    (address.starts_with("https://") || address.starts_with("http://"))
        && !address.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_lines_or_reorders_them_becomes_a_blank() {
        assert_eq!(plain("Line 4\r\nBcc: everybody@example.com"), "Line 4 Bcc: everybody@example.com");
        assert_eq!(plain("a\u{2028}b\u{85}c\u{0}d\u{202e}e\u{feff}"), "a b c d e");
        assert_eq!(plain("=?utf-8?q?a=0D=0AB:?="), "= ?utf-8?q?a=0D=0AB:?=");
        assert_eq!(display_name("\" <v@x.example>, \"\\").as_deref(), Some("v@x.example ,"));
        assert_eq!(display_name("<\"\r\n>"), None);
        assert_eq!(plain("  señal \t 日本 🏭 "), "señal 日本 🏭");
        assert_eq!(plain(&"x".repeat(10_000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn a_letter_has_the_same_words_in_both_forms_and_no_markup_of_people() {
        let letter = Letter {
            subject: "<b>".into(),
            paragraphs: vec!["5 < 6 & \"so\"\non".into()],
            button: Some(Button { label: "Open <it>".into(), address: "https://gemba.example/a?b=1&c=\"".into() }),
            sections: vec![Section { heading: "Runs".into(), items: vec![("one".into(), Some("javascript:alert(1)".into()))] }],
            footer: vec!["Because.".into()],
            unsubscribe: Some("https://gemba.example/u".into()),
            ..Letter::default()
        };
        let (text, html) = (letter.text("Hello Ana,", Language::Es), letter.html("Hello Ana,", "Acme <Drives>", Language::Es));
        assert!(text.contains("5 < 6 & \"so\"\non") && html.contains("5 &lt; 6 &amp; &quot;so&quot;<br>on"), "{html}");
        assert!(html.contains("href=\"https://gemba.example/a?b=1&amp;c=&quot;\"") && html.contains("Open &lt;it&gt;"));
        assert!(!html.contains("javascript:") && !text.contains("javascript:"));
        assert!(html.contains("Acme &lt;Drives&gt;") && html.contains("lang=\"es\""));
        assert!(text.contains("Dejar de recibir correos como este: https://gemba.example/u"));
    }
}
