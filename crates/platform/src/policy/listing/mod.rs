//! Policies over many records at once: a condition becomes a predicate of SQL over the columns of its kind, with what does not depend on the row
//! decided before and bound as parameters. No row is ever handed to Cedar.
//!
//! What speaks of rows may compare members with values and with each other (`==`, `!=`, `<`, `<=`, `>`, `>=`, the comparisons of decimals), ask whether
//! they are there (`has`), are like a pattern, or hold or are among values (`contains`, `containsAny`, `containsAll`, `isEmpty`), joined by `&&`, `||`,
//! `!` and `if`; and so for the plant's identifier, code and time zone, and for the minute of the day and weekday there. Arithmetic with members and
//! methods of instants are refused when a policy is saved.
//!
//! **Invariant:** a predicate says of a row what Cedar says of it; what Cedar could not evaluate hides the row.
//! **Invariant:** only names from a [`Kind`] and numbered parameters are put into a predicate.

mod predicate;

use std::str::FromStr;

use cedar_policy::Expression;
use cedar_policy::pst::{
    BinaryOp, Clause, EntityOrSlot, Expr, Literal, PatternElem, PrincipalConstraint, ResourceConstraint, Template, UnaryOp, Var,
};

use crate::policy::language::entity_type;
use crate::resource::{Kind, Type, Within};

pub use predicate::Parameter;
pub(super) use predicate::{Asking, Here, Term};

/// A condition over the rows of a kind.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Does not depend on the row.
    Known(Known),
    Always(bool),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Compare {
        how: How,
        left: Operand,
        right: Operand,
    },
    /// A member is one of some values.
    Among {
        column: Column,
        values: Known,
    },
    /// A member that is several texts holds one, any, or all of some values.
    Holds {
        column: &'static str,
        how: Holding,
        values: Known,
    },
    IsEmpty(&'static str),
    HasValue(&'static str),
    Truth(Column),
    Like {
        column: Column,
        pattern: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holding {
    One,
    Any,
    All,
}

/// Something that is asked before any row is looked at.
#[derive(Clone)]
pub(super) struct Known(Box<Expression>);

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Operand {
    Known(Known),
    Row(Column),
}

/// Something of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    of: Source,
    sort: Sort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// A column of its own.
    Own(&'static str),
    IsArchived,
    /// The record itself, as an entity.
    Itself,
    PlantCode,
    PlantZone,
    MinuteOfDay,
    Weekday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Text,
    Long,
    Decimal,
    Boolean,
    Instant,
    Day,
    Identifier,
    Entity,
}

/// Why a policy cannot be asked of many records: the part of it that cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unlistable {
    /// The part, in Cedar.
    pub part: String,
    /// A word of it by which its place is found.
    pub word: String,
}

fn unlistable(expression: &Expr) -> Unlistable {
    let word = match expression {
        Expr::BinaryOp { op, .. } => op.to_string(),
        Expr::UnaryOp { op, .. } => op.to_string(),
        Expr::GetAttr { attr, .. } => attr.to_string(),
        _ => "resource".into(),
    };
    Unlistable { part: expression.to_string(), word }
}

/// When a policy forbids, over the rows of `kind`.
pub(super) fn condition(policy: &Template, kind: &'static Kind) -> Result<Node, Unlistable> {
    let head = match &policy.principal {
        PrincipalConstraint::Any => None,
        PrincipalConstraint::Eq(who) => Some(format!("principal == {}", named(who))),
        PrincipalConstraint::In(who) => Some(format!("principal in {}", named(who))),
        PrincipalConstraint::Is(ty) => Some(format!("principal is {ty}")),
        PrincipalConstraint::IsIn(ty, who) => Some(format!("principal is {ty} in {}", named(who))),
    };
    let mut all = match head {
        Some(text) => Node::Known(known_text(&text)?),
        None => Node::Always(true),
    };
    match &policy.resource {
        ResourceConstraint::Any | ResourceConstraint::Is(_) => {}
        // Records are in nothing but themselves.
        ResourceConstraint::Eq(one) | ResourceConstraint::In(one) | ResourceConstraint::IsIn(_, one) => {
            let right = Operand::Known(known_text(&named(one))?);
            all = and(all, Node::Compare { how: How::Equal, left: Operand::Row(ITSELF), right });
        }
    }
    for clause in policy.clauses() {
        let next = match clause {
            Clause::When(condition) => boolean(condition, kind)?,
            Clause::Unless(condition) => Node::Not(Box::new(boolean(condition, kind)?)),
        };
        all = and(all, next);
    }
    Ok(all)
}

/// Whether a policy speaks of the record itself, beyond the plant it belongs to.
pub(super) fn speaks_of_record(policy: &Template) -> bool {
    let by_head = matches!(policy.resource, ResourceConstraint::Eq(_) | ResourceConstraint::In(_) | ResourceConstraint::IsIn(..));
    by_head || policy.clauses().iter().any(|(Clause::When(condition) | Clause::Unless(condition))| mentions(condition, true, false))
}

const ITSELF: Column = Column { of: Source::Itself, sort: Sort::Entity };

fn and(left: Node, right: Node) -> Node {
    match left {
        Node::Always(true) => right,
        left => Node::And(Box::new(left), Box::new(right)),
    }
}

fn named(entity: &EntityOrSlot) -> String {
    match entity {
        EntityOrSlot::Entity(uid) => uid.to_string(),
        EntityOrSlot::Slot(slot) => slot.to_string(),
    }
}

fn known_text(text: &str) -> Result<Known, Unlistable> {
    let read = Expression::from_str(text);
    read.map(|expression| Known(Box::new(expression))).map_err(|_| Unlistable { part: text.into(), word: "principal".into() })
}

fn known(expression: &Expr) -> Result<Known, Unlistable> {
    known_text(&expression.to_string()).map_err(|_| unlistable(expression))
}

/// Whether an expression depends on the row: on the record, or on what its plant decides. With `own` only what the record itself says counts; with
/// `time` also the time of day at its plant.
fn mentions(expression: &Expr, own: bool, time: bool) -> bool {
    let any = |parts: &[&Expr]| parts.iter().any(|part| mentions(part, own, time));
    match expression {
        Expr::Var(Var::Resource) => true,
        Expr::Var(Var::Context) => time,
        Expr::GetAttr { expr, attr } if **expr == Expr::Var(Var::Context) => time && matches!(attr.as_str(), "minute_of_day" | "weekday"),
        Expr::HasAttr { expr, .. } if **expr == Expr::Var(Var::Context) => false,
        Expr::GetAttr { expr, attr } if own && attr == "plant" && **expr == Expr::Var(Var::Resource) => false,
        Expr::HasAttr { expr, attrs } if own && attrs.head == "plant" && **expr == Expr::Var(Var::Resource) => false,
        Expr::Is { expr, in_expr: None, .. } if own && **expr == Expr::Var(Var::Resource) => false,
        Expr::GetAttr { expr, .. } | Expr::HasAttr { expr, .. } | Expr::UnaryOp { expr, .. } | Expr::Like { expr, .. } => any(&[expr]),
        Expr::BinaryOp { left, right, .. } => any(&[left, right]),
        Expr::Is { expr, in_expr, .. } => any(&[expr]) || in_expr.as_deref().is_some_and(|within| any(&[within])),
        Expr::IfThenElse { cond, then_expr, else_expr } => any(&[cond, then_expr, else_expr]),
        Expr::Set(parts) => parts.iter().any(|part| mentions(part, own, time)),
        Expr::Record(parts) => parts.values().any(|part| mentions(part, own, time)),
        Expr::Literal(_) | Expr::Var(Var::Principal | Var::Action) | Expr::Slot(_) => false,
        // What a newer Cedar adds is not understood here.
        _ => true,
    }
}

fn depends_on_row(expression: &Expr) -> bool {
    mentions(expression, false, true)
}

fn boolean(expression: &Expr, kind: &'static Kind) -> Result<Node, Unlistable> {
    if let Expr::Literal(Literal::Bool(truth)) = expression {
        return Ok(Node::Always(*truth));
    }
    if !depends_on_row(expression) {
        return known(expression).map(Node::Known);
    }
    let boxed = |part: &Expr| boolean(part, kind).map(Box::new);
    match expression {
        Expr::BinaryOp { op: BinaryOp::And, left, right } => Ok(Node::And(boxed(left)?, boxed(right)?)),
        Expr::BinaryOp { op: BinaryOp::Or, left, right } => Ok(Node::Or(boxed(left)?, boxed(right)?)),
        Expr::UnaryOp { op: UnaryOp::Not, expr } => Ok(Node::Not(boxed(expr)?)),
        Expr::UnaryOp { op: UnaryOp::IsEmpty, expr } => list(expr, kind).map(Node::IsEmpty).ok_or_else(|| unlistable(expression)),
        Expr::IfThenElse { cond, then_expr, else_expr } => Ok(Node::If(boxed(cond)?, boxed(then_expr)?, boxed(else_expr)?)),
        Expr::BinaryOp { op, left, right } => binary(expression, *op, left, right, kind),
        Expr::HasAttr { expr, attrs } if **expr == Expr::Var(Var::Resource) => {
            let names: Vec<&str> = attrs.iter().map(|name| name.as_str()).collect();
            has(&names, kind).ok_or_else(|| unlistable(expression))
        }
        Expr::HasAttr { expr, attrs } if is_plant(expr) && attrs.len() == 1 => {
            has(&["plant", attrs.head.as_str()], kind).ok_or_else(|| unlistable(expression))
        }
        Expr::Is { expr, entity_type: ty, in_expr: None } if **expr == Expr::Var(Var::Resource) => {
            Ok(Node::Always(ty.to_string() == entity_type(kind)))
        }
        Expr::Like { expr, pattern } => match column(expr, kind) {
            Some(column) if matches!(column.sort, Sort::Text | Sort::Identifier) => Ok(Node::Like { column, pattern: like(pattern) }),
            _ => Err(unlistable(expression)),
        },
        Expr::GetAttr { .. } => match column(expression, kind) {
            Some(column) if column.sort == Sort::Boolean => Ok(Node::Truth(column)),
            _ => Err(unlistable(expression)),
        },
        _ => Err(unlistable(expression)),
    }
}

fn is_plant(expression: &Expr) -> bool {
    matches!(expression, Expr::GetAttr { expr, attr } if attr == "plant" && **expr == Expr::Var(Var::Resource))
}

fn binary(whole: &Expr, op: BinaryOp, left: &Expr, right: &Expr, kind: &'static Kind) -> Result<Node, Unlistable> {
    let how = match op {
        BinaryOp::Eq => How::Equal,
        BinaryOp::NotEq => How::Unequal,
        BinaryOp::Less | BinaryOp::DecimalLessThan => How::Less,
        BinaryOp::LessEq | BinaryOp::DecimalLessEq => How::LessOrEqual,
        BinaryOp::Greater | BinaryOp::DecimalGreater => How::Greater,
        BinaryOp::GreaterEq | BinaryOp::DecimalGreaterEq => How::GreaterOrEqual,
        BinaryOp::Contains | BinaryOp::ContainsAny | BinaryOp::ContainsAll => return contains(whole, op, left, right, kind),
        // Records are in nothing but themselves.
        BinaryOp::In if *left == Expr::Var(Var::Resource) && !depends_on_row(right) => {
            return Ok(Node::Compare { how: How::Equal, left: Operand::Row(ITSELF), right: Operand::Known(known(right)?) });
        }
        _ => return Err(unlistable(whole)),
    };
    // The part of a comparison that cannot be asked, not the comparison.
    if let Some(part) = [left, right].into_iter().find(|side| depends_on_row(side) && column(side, kind).is_none()) {
        return Err(unlistable(part));
    }
    let sort = [left, right].into_iter().find_map(|side| column(side, kind)).map(|column| column.sort).ok_or_else(|| unlistable(whole))?;
    Ok(Node::Compare { how, left: operand(whole, left, sort, kind)?, right: operand(whole, right, sort, kind)? })
}

fn operand(whole: &Expr, side: &Expr, sort: Sort, kind: &'static Kind) -> Result<Operand, Unlistable> {
    if !depends_on_row(side) {
        return as_sort(side, sort).map(Operand::Known);
    }
    let is_alike = |other: Sort| {
        let family = |sort| match sort {
            Sort::Day => Sort::Instant,
            Sort::Identifier => Sort::Text,
            sort => sort,
        };
        family(other) == family(sort)
    };
    column(side, kind).filter(|column| is_alike(column.sort)).map(Operand::Row).ok_or_else(|| unlistable(whole))
}

/// A value in a form that can be bound: Cedar hands instants out as text of its own, so it is asked for milliseconds.
fn as_sort(side: &Expr, sort: Sort) -> Result<Known, Unlistable> {
    match sort {
        Sort::Instant | Sort::Day => {
            known_text(&format!("({side}).durationSince(datetime(\"1970-01-01\")).toMilliseconds()")).map_err(|_| unlistable(side))
        }
        _ => known(side),
    }
}

fn contains(whole: &Expr, op: BinaryOp, left: &Expr, right: &Expr, kind: &'static Kind) -> Result<Node, Unlistable> {
    if let Some(member) = list(left, kind)
        && !depends_on_row(right)
    {
        let how = match op {
            BinaryOp::ContainsAny => Holding::Any,
            BinaryOp::ContainsAll => Holding::All,
            _ => Holding::One,
        };
        return Ok(Node::Holds { column: member, how, values: known(right)? });
    }
    match column(right, kind) {
        // Sets of instants and decimals cannot be handed on.
        Some(column)
            if op == BinaryOp::Contains
                && !depends_on_row(left)
                && matches!(column.sort, Sort::Text | Sort::Identifier | Sort::Long | Sort::Entity) =>
        {
            Ok(Node::Among { column, values: known(left)? })
        }
        _ => Err(unlistable(whole)),
    }
}

/// A member that is a list of texts.
fn list(expression: &Expr, kind: &'static Kind) -> Option<&'static str> {
    let Expr::GetAttr { expr, attr } = expression else { return None };
    let field = kind.field(attr.as_str()).filter(|_| **expr == Expr::Var(Var::Resource))?;
    matches!(field.ty, Type::List(Type::Text | Type::Choice(_) | Type::Reference(_))).then_some(field.name)
}

fn column(expression: &Expr, kind: &'static Kind) -> Option<Column> {
    let Expr::GetAttr { expr, attr } = expression else {
        return (*expression == Expr::Var(Var::Resource)).then_some(ITSELF);
    };
    if is_plant(expr) {
        let id = if kind.within == Within::Itself { "id" } else { "plant_id" };
        return Some(match attr.as_str() {
            "id" if kind.within.has_plant() => Column { of: Source::Own(id), sort: Sort::Identifier },
            "code" => Column { of: Source::PlantCode, sort: Sort::Text },
            "zone" => Column { of: Source::PlantZone, sort: Sort::Text },
            _ => return None,
        });
    }
    match &**expr {
        Expr::Var(Var::Context) => Some(match attr.as_str() {
            "minute_of_day" => Column { of: Source::MinuteOfDay, sort: Sort::Long },
            "weekday" => Column { of: Source::Weekday, sort: Sort::Long },
            _ => return None,
        }),
        Expr::Var(Var::Resource) => match attr.as_str() {
            "id" => Some(Column { of: Source::Own("id"), sort: Sort::Identifier }),
            "created_by" => Some(Column { of: Source::Own("created_by"), sort: Sort::Text }),
            "is_archived" => Some(Column { of: Source::IsArchived, sort: Sort::Boolean }),
            name => {
                let field = kind.field(name)?;
                let sort = match field.ty {
                    Type::Text | Type::Choice(_) => Sort::Text,
                    Type::Integer(..) => Sort::Long,
                    Type::Decimal => Sort::Decimal,
                    Type::Boolean => Sort::Boolean,
                    Type::Date => Sort::Day,
                    Type::Instant => Sort::Instant,
                    Type::Reference(_) => Sort::Identifier,
                    Type::List(_) | Type::Object(_) => return None,
                };
                Some(Column { of: Source::Own(field.name), sort })
            }
        },
        _ => None,
    }
}

fn has(names: &[&str], kind: &'static Kind) -> Option<Node> {
    let plant = match kind.within {
        Within::Organization => Node::Always(false),
        Within::Either => Node::HasValue("plant_id"),
        Within::Plant | Within::Parent(_) | Within::Itself => Node::Always(true),
    };
    match names {
        ["plant"] => Some(plant),
        ["plant", "id" | "code" | "zone"] => Some(plant),
        ["plant", ..] => Some(Node::Always(false)),
        ["id" | "created_by" | "is_archived"] => Some(Node::Always(true)),
        [name] => {
            let field = kind.field(name)?;
            Some(if field.required { Node::Always(true) } else { Node::HasValue(field.name) })
        }
        _ => None,
    }
}

fn like(pattern: &[PatternElem]) -> String {
    let mut text = String::new();
    for part in pattern {
        match part {
            PatternElem::Wildcard => text.push('%'),
            PatternElem::Char(letter) => {
                if matches!(letter, '%' | '_' | '\\') {
                    text.push('\\');
                }
                text.push(*letter);
            }
        }
    }
    text
}
