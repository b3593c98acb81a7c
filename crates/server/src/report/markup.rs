//! HTML text under construction. **Invariant:** [`Html::text`] escapes; only our own markup goes through [`Html::raw`].

/// Markup that grows.
#[derive(Default)]
pub struct Html(String);

impl Html {
    /// Our own markup.
    pub fn raw(&mut self, markup: &str) -> &mut Html {
        self.0.push_str(markup);
        self
    }

    /// Somebody's text.
    pub fn text(&mut self, text: &str) -> &mut Html {
        self.0.push_str(&escaped(text));
        self
    }

    /// An element of our own around somebody's text; `open` may carry attributes.
    pub fn element(&mut self, open: &str, text: &str) -> &mut Html {
        let name = open.split(' ').next().unwrap_or(open);
        self.raw(&format!("<{open}>")).text(text).raw(&format!("</{name}>"))
    }

    /// A section with its heading.
    pub fn section(&mut self, id: &str, title: &str) -> &mut Html {
        self.raw(&format!("<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{}</h2>\n", escaped(title)))
    }

    /// Ends a section.
    pub fn end_section(&mut self) {
        self.raw("</section>\n");
    }

    /// A scrolling table's beginning with its header cells; numeric ones start with `#`.
    pub fn table(&mut self, class: &str, caption: &str, header: &[&str]) -> &mut Html {
        self.raw(&format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table class=\"{class}\">\n<caption class=\"hidden\">{0}</caption>\n<thead><tr>", escaped(caption)));
        for cell in header {
            match cell.strip_prefix('#') {
                Some(name) => self.element("th scope=\"col\" class=\"n\"", name),
                None => self.element("th scope=\"col\"", cell),
            };
        }
        self.raw("</tr></thead>\n<tbody>\n")
    }

    /// Ends a table.
    pub fn end_table(&mut self) {
        self.raw("</tbody>\n</table></div>\n");
    }

    /// A cell of text.
    pub fn cell(&mut self, text: &str) -> &mut Html {
        self.element("td", text)
    }

    /// A cell with a number.
    pub fn number(&mut self, text: &str) -> &mut Html {
        self.element("td class=\"n\"", text)
    }

    /// The page.
    pub fn finish(self) -> String {
        self.0
    }
}

/// Text as it must stand in markup and in quoted attributes.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Control characters and the marks that turn text around have no business in a name.
            c if c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}') => safe.push(' '),
            c => safe.push(c),
        }
    }
    // A number and its sign stay on one line.
    safe.replace(" %", "\u{a0}%")
}

/// The class of the product's colour of a utilisation.
pub fn band(utilization_pct: f64) -> &'static str {
    match utilization_pct {
        u if u < 1e-9 => "u0",
        u if u < 70.0 => "u1",
        u if u < 85.0 => "u2",
        u if u < 95.0 => "u3",
        u if u <= 100.0 + 1e-6 => "u4",
        _ => "u5",
    }
}

/// A name with its plant, where there are several.
pub fn placed(plant: &str, name: &str, several_plants: bool) -> String {
    if several_plants && !plant.is_empty() { format!("{plant} / {name}") } else { name.to_owned() }
}
