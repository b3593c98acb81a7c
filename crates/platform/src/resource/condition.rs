//! Conditions that an organization writes for its custom fields, in CEL (Common Expression Language) over `value` and `record`.
//!
//! CEL has no loops but over the lists it is given, no side effects and no way out; what is left to bound is the expression itself.

use std::panic::AssertUnwindSafe;

use cel::{Context, Program, Value as Cel};
use serde_json::{Map, Value};

/// The longest expression (characters).
pub(super) const LONGEST: usize = 500;
/// Brackets within brackets: the parser descends once for each.
const DEEPEST: usize = 20;

/// Whether the expression can be understood.
pub(super) fn understood(expression: &str) -> Result<(), String> {
    compile(expression).map(|_| ())
}

/// Whether the condition holds for `value` of `record`; why it does not, as the end of a sentence.
pub(super) fn holds(expression: &str, value: &Value, record: &Map<String, Value>) -> Result<(), String> {
    let program = compile(expression).map_err(|why| format!(": {why}"))?;
    let mut context = Context::default();
    let given = [("value", value), ("record", &Value::Object(record.clone()))];
    for (name, given) in given {
        context.add_variable(name, given).map_err(|why| format!(": {why}"))?;
    }
    match program.execute(&context) {
        Ok(Cel::Bool(true)) => Ok(()),
        Ok(Cel::Bool(false)) => Err(String::new()),
        Ok(other) => Err(format!(": it gave {:?} instead of true or false", other.type_of())),
        Err(why) => Err(format!(": {why}")),
    }
}

fn compile(expression: &str) -> Result<Program, String> {
    if expression.chars().count() > LONGEST {
        return Err(format!("it is longer than {LONGEST} characters"));
    }
    let mut depth = 0_usize;
    for letter in expression.chars() {
        match letter {
            '(' | '[' | '{' | '!' | '-' | '?' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("it nests deeper than {DEEPEST}"));
        }
    }
    // The parser is generated code that has panicked on odd input before; a person's typing must not end a request so.
    let program = std::panic::catch_unwind(AssertUnwindSafe(|| Program::compile(expression)));
    match program {
        Ok(program) => program.map_err(|why| why.to_string().lines().next().unwrap_or_default().to_lowercase()),
        Err(_) => Err("it cannot be understood".into()),
    }
}
