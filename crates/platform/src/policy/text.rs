//! A text of policies, taken apart before Cedar sees it: where each policy stands, and that none is larger or deeper than it can be judged.
//!
//! **Invariant:** what a person typed costs no more than a walk along it until it is known to be of a size that its judging can bear.

/// The longest text (bytes).
pub const LONGEST: usize = 64 << 10;
/// Policies in a text at most.
pub const MOST: usize = 200;
/// Brackets within brackets at most.
const DEEPEST: usize = 20;
/// Words and signs of a policy at most: whatever judges a policy descends into it.
const MOST_WORDS: usize = 1_000;

/// A policy as it stands in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// From its first sign to its semicolon.
    pub text: &'a str,
    /// Where it begins in the whole (bytes).
    pub start: usize,
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Where in the whole text (bytes).
    pub at: usize,
    /// Stable, for programs.
    pub code: &'static str,
    /// What was found and what is expected.
    pub detail: String,
}

/// Line and column of a place in a text, both from 1; columns count letters.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The policies of a text.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Wrong> {
    if text.len() > LONGEST {
        let detail = format!("the text has {} bytes, expected at most {LONGEST}", text.len());
        return Err(Wrong { at: 0, code: "too_long", detail });
    }
    let mut reading = Reading { text, pieces: Vec::new(), start: None, depth: 0, words: 0 };
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '/' if letters.peek().is_some_and(|(_, next)| *next == '/') => while letters.next_if(|(_, next)| *next != '\n').is_some() {},
            letter if letter.is_whitespace() => {}
            '"' => {
                reading.word(at)?;
                while let Some((_, inner)) = letters.next() {
                    match inner {
                        '\\' => _ = letters.next(),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            letter if is_of_word(letter) => {
                reading.word(at)?;
                while letters.next_if(|(_, next)| is_of_word(*next)).is_some() {}
            }
            letter => {
                reading.word(at)?;
                reading.sign(at, letter)?;
            }
        }
    }
    reading.end()
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

struct Reading<'a> {
    text: &'a str,
    pieces: Vec<Piece<'a>>,
    start: Option<usize>,
    depth: usize,
    words: usize,
}

impl<'a> Reading<'a> {
    fn word(&mut self, at: usize) -> Result<(), Wrong> {
        if self.start.is_none() {
            if self.pieces.len() == MOST {
                let detail = format!("found more than {MOST} policies; one policy can name several actions and conditions");
                return Err(Wrong { at, code: "too_many", detail });
            }
            (self.start, self.words, self.depth) = (Some(at), 0, 0);
        }
        self.words += 1;
        if self.words > MOST_WORDS {
            let detail = format!("the policy has more than {MOST_WORDS} words and signs; make several of it");
            return Err(Wrong { at, code: "too_long", detail });
        }
        Ok(())
    }

    fn sign(&mut self, at: usize, sign: char) -> Result<(), Wrong> {
        match sign {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            ';' if self.depth == 0 => {
                if let Some(start) = self.start.take() {
                    self.pieces.push(Piece { text: &self.text[start..=at], start });
                }
            }
            _ => {}
        }
        if self.depth > DEEPEST {
            return Err(Wrong { at, code: "too_deep", detail: format!("brackets nest deeper than {DEEPEST}") });
        }
        Ok(())
    }

    fn end(mut self) -> Result<Vec<Piece<'a>>, Wrong> {
        if let Some(start) = self.start {
            // Without its semicolon: that is for Cedar to say.
            self.pieces.push(Piece { text: self.text[start..].trim_end(), start });
        }
        Ok(self.pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_found_with_their_places() {
        let text = "// none; here\nforbid (principal, action, resource) when { \"a;b\\\" ; \" == \"x\" };\n\n  permit(a);forbid";
        let found = pieces(text).unwrap();
        let places: Vec<_> = found.iter().map(|piece| place(text, piece.start)).collect();
        assert_eq!(places, [(2, 1), (4, 3), (4, 13)]);
        assert!(found[0].text.ends_with("};") && found[1].text == "permit(a);" && found[2].text == "forbid");
        assert!(pieces("// nothing but words\n  ").unwrap().is_empty());
    }

    #[test]
    fn what_is_too_large_or_too_deep_is_refused_with_its_place() {
        let code = |text: &str| pieces(text).map(|pieces| pieces.len()).map_err(|wrong| wrong.code);
        assert_eq!(code(&"x".repeat(1 << 20)), Err("too_long"));
        assert_eq!(code(&"a;".repeat(MOST)), Ok(MOST));
        assert_eq!(code(&"a;".repeat(10_000)), Err("too_many"));
        assert_eq!(code(&format!("{}1{}", "(".repeat(21), ")".repeat(21))), Err("too_deep"));
        assert_eq!(code(&"1+".repeat(2_000)), Err("too_long"));
        assert_eq!(pieces("a\n  ((((((((((((((((((((((").unwrap_err().at, 24);
        assert_eq!(place("ä\nöx", 5), (2, 2));
    }
}
