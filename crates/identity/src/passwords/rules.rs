//! What makes a password acceptable: long, not one that many have, and not about its owner. No rule asks for digits or signs: those make
//! passwords worse (NIST SP 800-63B, OWASP ASVS 5 section 6.2).

use platform::FieldError;

use super::{Forbidden, widespread};

/// Characters at least.
pub const SHORTEST: usize = 12;
/// Characters at most; longer than any person types, short enough to bound the work.
pub const LONGEST: usize = 256;

/// What a password must not be made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// The address its owner signs in with.
    pub email: &'a str,
    /// The owner's name.
    pub name: &'a str,
    /// The organization's name.
    pub organization: &'a str,
    /// What the installation forbids.
    pub forbidden: Option<&'a Forbidden>,
}

/// Checks a new password; the error is at `pointer` of the body.
///
/// # Errors
/// `too_short`, `too_long`, `common_password`, `forbidden_password`, `personal_password`.
pub fn check(password: &str, about: About<'_>, pointer: &str) -> Result<(), FieldError> {
    let length = password.chars().count();
    let error = |code, detail: String| Err(FieldError::new(pointer, code, detail));
    if length < SHORTEST {
        return error(
            "too_short",
            format!("{length} characters; a password has at least {SHORTEST}: a few words that do not belong together"),
        );
    }
    if length > LONGEST {
        return error("too_long", format!("{length} characters; a password has at most {LONGEST}"));
    }
    if widespread::is_common(password) {
        return error("common_password", "many people have this password or one like it, and whoever guesses begins with those".into());
    }
    if about.forbidden.is_some_and(|list| list.holds(password)) {
        return error("forbidden_password", "whoever runs this installation forbids this password and those like it".into());
    }
    if is_personal(password, about) {
        return error("personal_password", "it is made of your name, your address, your organization or this product's name".into());
    }
    Ok(())
}

fn is_personal(password: &str, about: About<'_>) -> bool {
    let core = widespread::core(password);
    let words = [about.email, about.name, about.organization, "gemba"]
        .into_iter()
        .flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()))
        .map(widespread::folded)
        .filter(|word| word.chars().count() >= 3);
    // What is left without the words everybody knows of this person has to be long enough by itself.
    let mut rest = core;
    for word in words {
        rest = rest.replace(&word, "");
    }
    rest.chars().count() < 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str) -> &'static str {
        let about = About { email: "maria.lopez@acme.example", name: "María López", organization: "Acme Drives", forbidden: None };
        check(password, about, "/password").map_or_else(|wrong| wrong.code, |()| "fine")
    }

    #[test]
    fn passwords_are_judged() {
        for (password, expected) in [
            ("", "too_short"),
            ("Tr0ub4dor&3", "too_short"),
            ("correct horse battery", "fine"),
            ("lötkolben pfütze sieben", "fine"),
            ("密码密码密码密码密码密码密码", "common_password"),
            ("Password1234", "common_password"),
            ("p@ssw0rd!!!!", "common_password"),
            ("qwertyuiop123", "common_password"),
            ("123456789012", "common_password"),
            ("aaaaaaaaaaaa", "common_password"),
            ("abcdefghijkl", "common_password"),
            ("letmein2024!", "common_password"),
            ("Summer2026!!!", "common_password"),
            ("iloveyou1234", "common_password"),
            ("passwordpassword", "common_password"),
            ("MariaLopez1987", "personal_password"),
            ("acme-drives-2026", "personal_password"),
            ("gemba-gemba-gemba", "personal_password"),
            ("acme-drives walks at dawn", "fine"),
        ] {
            assert_eq!(code(password), expected, "{password}");
        }
        assert_eq!(code(&"lantern dust ".repeat(30)), "too_long");
    }
}
