//! Letters of the fonts that every PDF reader has: how wide they are, and how they are written.
//!
//! Widths are those of the font metrics that come with PDF (Helvetica and Helvetica-Bold), in thousandths of the size.
//!
//! **Invariant:** a letter that the fonts do not have is written as its plain letter or a question mark, never left out.

/// Regular or bold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Helvetica.
    #[default]
    Regular,
    /// Helvetica-Bold.
    Bold,
}

/// From space to tilde.
const REGULAR: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278,
    278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722,
    667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556,
    556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333,
    333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722,
    667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611,
    611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

/// How wide a text is at a size of 1.
pub fn width(text: &str, weight: Weight) -> f64 {
    let table = match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
    };
    let of = |letter: char| -> u32 {
        let plain = u32::from(plain(letter));
        table.get(plain.wrapping_sub(32) as usize).map_or(600, |width| u32::from(*width))
    };
    f64::from(text.chars().map(of).sum::<u32>()) / 1000.0
}

/// The text as the fonts' encoding (WinAnsi) writes it.
pub fn win_ansi(text: &str) -> Vec<u8> {
    text.chars().map(byte).collect()
}

fn byte(letter: char) -> u8 {
    const HIGH: &[(char, u8)] = &[
        ('€', 0x80),
        ('‚', 0x82),
        ('ƒ', 0x83),
        ('„', 0x84),
        ('…', 0x85),
        ('†', 0x86),
        ('‡', 0x87),
        ('‰', 0x89),
        ('Š', 0x8a),
        ('‹', 0x8b),
        ('Œ', 0x8c),
        ('Ž', 0x8e),
        ('‘', 0x91),
        ('’', 0x92),
        ('“', 0x93),
        ('”', 0x94),
        ('•', 0x95),
        ('–', 0x96),
        ('—', 0x97),
        ('™', 0x99),
        ('š', 0x9a),
        ('›', 0x9b),
        ('œ', 0x9c),
        ('ž', 0x9e),
        ('Ÿ', 0x9f),
    ];
    match letter {
        ' '..='~' | '\u{a0}'..='ÿ' => u8::try_from(u32::from(letter)).unwrap_or(b'?'),
        _ => HIGH
            .iter()
            .find(|(known, _)| *known == letter)
            .map_or_else(|| u8::try_from(u32::from(plain(letter))).unwrap_or(b'?'), |(_, byte)| *byte),
    }
}

/// The letter without its accent, where that is known; else a question mark.
fn plain(letter: char) -> char {
    const ACCENTS: &[(&str, char)] = &[
        ("ÀÁÂÃÄÅĀĂĄ", 'A'),
        ("àáâãäåāăą", 'a'),
        ("ÇĆĈĊČ", 'C'),
        ("çćĉċč", 'c'),
        ("ĎĐÐ", 'D'),
        ("ďđð", 'd'),
        ("ÈÉÊËĒĖĘĚ", 'E'),
        ("èéêëēėęě", 'e'),
        ("ĜĞĠĢ", 'G'),
        ("ĝğġģ", 'g'),
        ("ÌÍÎÏĪĮİ", 'I'),
        ("ìíîïīįı", 'i'),
        ("ĹĽŁ", 'L'),
        ("ĺľł", 'l'),
        ("ÑŃŇ", 'N'),
        ("ñńň", 'n'),
        ("ÒÓÔÕÖØŌŐ", 'O'),
        ("òóôõöøōő", 'o'),
        ("ŔŘ", 'R'),
        ("ŕř", 'r'),
        ("ŚŞŠȘ", 'S'),
        ("śşšș", 's'),
        ("ŢŤȚ", 'T'),
        ("ţťț", 't'),
        ("ÙÚÛÜŪŮŰ", 'U'),
        ("ùúûüūůű", 'u'),
        ("ÝŸ", 'Y'),
        ("ýÿ", 'y'),
        ("ŹŻŽ", 'Z'),
        ("źżž", 'z'),
        ("\u{a0}\u{202f}\u{2009}", ' '),
        ("‘’‚", '\''),
        ("“”„", '"'),
        ("–−‐‑", '-'),
        ("→", '>'),
        ("←", '<'),
        ("×", 'x'),
    ];
    if (' '..='~').contains(&letter) {
        return letter;
    }
    ACCENTS.iter().find(|(letters, _)| letters.contains(letter)).map_or('?', |(_, plain)| *plain)
}

/// The text in lines that are no wider than this at this size; a word that is wider is broken. As many lines as it takes, one at least.
pub fn wrapped(text: &str, weight: Weight, size: f64, most: f64) -> Vec<String> {
    let fits = |line: &str| width(line, weight) * size <= most;
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if fits(&longer) {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if !fits(&line) && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, letter.to_string()));
                }
            }
        }
        lines.push(line);
    }
    lines
}

/// The text, ended with an ellipsis where it is wider than this at this size.
pub fn shortened(text: &str, weight: Weight, size: f64, most: f64) -> String {
    if width(text, weight) * size <= most {
        return text.to_owned();
    }
    let mut short: String = text.to_owned();
    while short.pop().is_some() {
        let ended = format!("{}…", short.trim_end());
        if width(&ended, weight) * size <= most {
            return ended;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        assert!((width("Hello", Weight::Regular) - 2.278).abs() < 1e-9);
        assert!((width("Ä", Weight::Bold) - width("A", Weight::Bold)).abs() < 1e-9);
    }

    #[test]
    fn letters_are_written_or_replaced() {
        assert_eq!(win_ansi("Aä€–ł漢"), [0x41, 0xe4, 0x80, 0x96, b'l', b'?']);
    }

    #[test]
    fn lines_are_no_wider_than_they_may_be_and_lose_nothing() {
        for most in [5.0, 12.0, 40.0] {
            let text = "Solder paste SAC305 type 4, keep below 10 °C, Donaudampfschifffahrtsgesellschaft";
            let lines = wrapped(text, Weight::Regular, 3.0, most);
            assert!(lines.iter().all(|line| line.chars().count() == 1 || width(line, Weight::Regular) * 3.0 <= most));
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
        assert_eq!(wrapped("", Weight::Regular, 3.0, 10.0), [""]);
        assert!(width(&shortened("A long name of an item", Weight::Bold, 3.0, 20.0), Weight::Bold) * 3.0 <= 20.0);
    }
}
