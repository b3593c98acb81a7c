//! Names of lines, models, areas and plants: what was declared, in which spelling, and what an unknown one was meant to be.
//!
//! **Invariant:** a name keeps its first spelling. Lines and models differ when their case differs; areas and plants do not.

use std::collections::HashMap;

use super::fold::{collapse, fold, nearest};

/// How two spellings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// White space aside.
    Exact,
    /// Case, accents and white space aside.
    Folded,
}

/// Declared names, each with its index.
#[derive(Debug)]
pub(super) struct Names {
    comparison: Comparison,
    indices: HashMap<String, usize>,
    names: Vec<String>,
    /// Suggestions already searched for: an unknown name tends to come in many rows.
    suggestions: HashMap<String, Option<String>>,
}

/// Suggestions are a courtesy; a workbook where nothing matches must not cost a comparison of everything with everything.
const MOST_SUGGESTIONS: usize = 200;

impl Names {
    pub(super) fn new(comparison: Comparison) -> Names {
        Names { comparison, indices: HashMap::new(), names: Vec::new(), suggestions: HashMap::new() }
    }

    fn key(&self, name: &str) -> String {
        match self.comparison {
            Comparison::Exact => collapse(name).into_owned(),
            Comparison::Folded => fold(name),
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        match (self.comparison, self.indices.get(name)) {
            (_, Some(index)) => Some(*index),
            (Comparison::Exact, None) if collapse(name) == name => None,
            _ => self.indices.get(&self.key(name)).copied(),
        }
    }

    /// The index of a name, new if it was not declared before.
    pub(super) fn declare(&mut self, name: &str) -> usize {
        let key = self.key(name);
        if let Some(index) = self.indices.get(&key) {
            return *index;
        }
        self.names.push(collapse(name).into_owned());
        self.indices.insert(key, self.names.len() - 1);
        self.names.len() - 1
    }

    /// Lets a second name, such as an area's code, stand for the first; a name proper is never overruled.
    pub(super) fn alias(&mut self, alias: &str, index: usize) {
        let key = self.key(alias);
        self.indices.entry(key).or_insert(index);
    }

    pub(super) fn name(&self, index: usize) -> &str {
        &self.names[index]
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// A tail for a message: `; did you mean 'SMT-L1'?`, or nothing.
    pub(super) fn suggestion(&mut self, name: &str) -> String {
        let known = match self.suggestions.get(name) {
            Some(known) => known.clone(),
            None if self.suggestions.len() >= MOST_SUGGESTIONS => None,
            None => {
                let found = nearest(name, self.names.iter().map(String::as_str)).map(str::to_owned);
                self.suggestions.insert(name.to_owned(), found.clone());
                found
            }
        };
        known.map_or_else(String::new, |known| format!("; did you mean '{known}'?"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_differ_by_case_and_areas_do_not() {
        let mut lines = Names::new(Comparison::Exact);
        lines.declare("SMT-L1");
        assert_eq!(lines.find(" SMT-L1\n"), Some(0));
        assert_eq!(lines.find("SMT-l1"), None);
        assert_eq!(lines.suggestion("SMT-l1"), "; did you mean 'SMT-L1'?");
        let mut areas = Names::new(Comparison::Folded);
        areas.declare("Final  Assembly");
        areas.alias("FA", 0);
        assert_eq!(areas.declare("FINAL\nASSEMBLY"), 0);
        assert_eq!(areas.find("fa"), Some(0));
        assert_eq!(areas.name(0), "Final Assembly");
    }
}
