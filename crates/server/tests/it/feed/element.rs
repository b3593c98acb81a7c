//! XML, as strictly as the feed has to be well-formed.

/// An element of XML; the feed's has no text between tags.
#[derive(Debug)]
pub struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
}

impl Element {
    /// Reads a document, and panics where it is not well-formed.
    pub fn read(text: &str) -> Element {
        let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>").expect("a declaration").trim();
        let mut open: Vec<Element> = Vec::new();
        loop {
            let (tag, after) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).expect("a tag");
            rest = after.trim_start();
            let done = if let Some(name) = tag.strip_prefix('/') {
                let done = open.pop().expect("a beginning");
                assert_eq!(done.name, name);
                Some(done)
            } else {
                let is_whole = tag.ends_with('/');
                let element = Element::of(tag.trim_end_matches('/'));
                if is_whole {
                    Some(element)
                } else {
                    open.push(element);
                    None
                }
            };
            match (done, open.last_mut()) {
                (Some(done), Some(parent)) => parent.children.push(done),
                (Some(done), None) => {
                    assert!(rest.is_empty(), "something behind the end: {rest}");
                    return done;
                }
                (None, _) => {}
            }
        }
    }

    fn of(tag: &str) -> Element {
        let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while !rest.trim().is_empty() {
            let (name, value) = rest.trim_start().split_once("=\"").expect("an attribute");
            let (value, after) = value.split_once('"').expect("its end");
            assert!(!value.contains('<') && attributes.iter().all(|(known, _)| known != name), "{tag}");
            assert!(
                value
                    .split('&')
                    .skip(1)
                    .all(|entity| ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|known| entity.starts_with(known))),
                "{value}"
            );
            attributes.push((name.to_owned(), value.to_owned()));
            rest = after;
        }
        Element { name: name.to_owned(), attributes, children: Vec::new() }
    }

    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> + 'a {
        self.children.iter().filter(move |child| child.name == name)
    }

    #[track_caller]
    pub fn only<'a>(&'a self, name: &'a str) -> &'a Element {
        let mut all = self.all(name);
        let only = all.next().unwrap_or_else(|| panic!("{} without {name}", self.name));
        assert!(all.next().is_none(), "{} with several {name}", self.name);
        only
    }
}
