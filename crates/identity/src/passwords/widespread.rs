//! Passwords that many people have.
//!
//! Lists of broken passwords are millions of lines of few words, dressed up by few habits: a capital in front, a year or `123!` behind, `0`
//! for `o`, the word twice. So this holds the words and undoes the habits, and thereby knows far more variants than a list could hold.
//!
//! **Invariant:** the words are common knowledge, written for this file; no collection of anybody's passwords is in it.

/// Whether this is a password that many people have, or one like it.
pub(super) fn is_common(password: &str) -> bool {
    let core = core(password);
    let length = core.chars().count();
    length < 4 || is_run(&core) || is_known(&core) || halves(&core).any(is_known)
}

/// A password without its dress: small letters, signs that stand for letters undone, and what stands before and behind gone.
pub(super) fn core(password: &str) -> String {
    let small = password.to_lowercase();
    let bare = small.trim_matches(|letter: char| !letter.is_alphabetic() && letter != '$' && letter != '@');
    folded(bare)
}

/// Small letters without accents, and letters in place of the signs that stand for them; everything else gone.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .filter_map(|letter| {
            let letter = LETTERS_AS_SIGNS.iter().find(|(sign, _)| *sign == letter).map_or(letter, |(_, meant)| *meant);
            let letter = ACCENTS.iter().find(|(accented, _)| accented.contains(letter)).map_or(letter, |(_, plain)| *plain);
            letter.is_alphanumeric().then_some(letter)
        })
        .collect()
}

const LETTERS_AS_SIGNS: &[(char, char)] =
    &[('0', 'o'), ('1', 'i'), ('3', 'e'), ('4', 'a'), ('5', 's'), ('7', 't'), ('8', 'b'), ('@', 'a'), ('$', 's'), ('!', 'i'), ('€', 'e')];

const ACCENTS: &[(&str, char)] =
    &[("àáâãäå", 'a'), ("èéêë", 'e'), ("ìíîï", 'i'), ("òóôõö", 'o'), ("ùúûü", 'u'), ("ç", 'c'), ("ñ", 'n'), ("ýÿ", 'y')];

/// One or a few characters over and over, a row of the keyboard, or the alphabet or the digits in order.
fn is_run(core: &str) -> bool {
    let letters: Vec<char> = core.chars().collect();
    let repeats = (1..=4.min(letters.len() / 2)).any(|period| letters.iter().zip(&letters[period..]).all(|(one, next)| one == next));
    let ordered = letters.windows(2).filter(|pair| (pair[0] as i64 - pair[1] as i64).abs() == 1).count();
    repeats
        || ordered + 2 >= letters.len()
        || ROWS.iter().any(|row| row.contains(core) || row.chars().rev().collect::<String>().contains(core))
}

/// Rows of keyboards (also with the digits above), as the fingers go, folded as passwords are.
const ROWS: &[&str] = &[
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qazwsxedcrfvtgbyhnujmikolp",
    "iqazzwsxeedc",
    "iqaz2wsxeedcartv",
    "iqazxswzedc",
    "qweasdzxc",
    "qiwzeeratsy6ut",
    "asdfghjklqwertyuiop",
    "zxcvbnmasdfghjkl",
];

/// The core in two words, where it can be cut in two.
fn halves(core: &str) -> impl Iterator<Item = &str> {
    let cuts = core.char_indices().skip(3).map(|(at, _)| at);
    // Both parts have to be known: then the first one is returned, and with it the answer.
    cuts.filter(|at| is_known(&core[*at..])).map(|at| &core[..at])
}

fn is_known(core: &str) -> bool {
    WORDS.split_ascii_whitespace().any(|word| word == core || core.strip_suffix('s') == Some(word))
}

const WORDS: &str = include_str!("widespread.txt");
