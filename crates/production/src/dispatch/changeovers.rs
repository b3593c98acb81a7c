//! What changing a line over takes: from an item or family to another, at the line, in its area, or anywhere in the plant.
//!
//! **Invariant:** the nearest place counts first, then the most exact description; nobody changes over between units of one item.

use platform::ids::PlantId;
use platform::{Result, Tx};
use uuid::Uuid;

/// What a line is set up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The item.
    pub item: Uuid,
    /// Its family.
    pub family: Option<Uuid>,
}

/// A changeover, as master data says it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rule {
    /// Only at this line.
    pub line: Option<Uuid>,
    /// Only in this area.
    pub area: Option<Uuid>,
    /// From this item.
    pub from_item: Option<Uuid>,
    /// From this family.
    pub from_family: Option<Uuid>,
    /// To this item.
    pub to_item: Option<Uuid>,
    /// To this family.
    pub to_family: Option<Uuid>,
    /// Time it takes (ms).
    pub millis: i64,
}

impl Rule {
    /// How near and exact it is for this change; nothing where it is about another one.
    fn fits(&self, line: Uuid, area: Uuid, from: Setup, to: Setup) -> Option<(u8, u8)> {
        let place = match (self.line, self.area) {
            (Some(own), _) => (own == line).then_some(2)?,
            (None, Some(own)) => (own == area).then_some(1)?,
            (None, None) => 0,
        };
        let end = |item: Option<Uuid>, family: Option<Uuid>, setup: Setup| match (item, family) {
            (Some(item), _) => (item == setup.item).then_some(2),
            (None, Some(family)) => (setup.family == Some(family)).then_some(1),
            (None, None) => Some(0),
        };
        Some((place, end(self.from_item, self.from_family, from)? + end(self.to_item, self.to_family, to)?))
    }
}

/// What changing over takes at a line (ms). Nothing before the first job, and where nobody said what it takes.
pub fn millis(rules: &[Rule], line: Uuid, area: Uuid, from: Option<Setup>, to: Setup) -> i64 {
    let Some(from) = from.filter(|from| from.item != to.item) else { return 0 };
    let nearest = rules.iter().filter_map(|rule| Some((rule.fits(line, area, from, to)?, rule.millis)));
    nearest.max_by_key(|(fit, millis)| (*fit, *millis)).map_or(0, |(_, millis)| millis)
}

/// The changeovers of a plant.
///
/// # Errors
/// What the database refused.
pub async fn of_plant(tx: &mut Tx, plant: PlantId) -> Result<Vec<Rule>> {
    let organization = tx.caller().organization;
    let sql = "select line_id, area_id, from_item_id, from_family_id, to_item_id, to_family_id, (minutes * 60000)::bigint
        from changeovers where organization_id = $1 and plant_id = $2 and archived_at is null";
    let rows = tx.query(sql, &[&organization, &plant]).await?;
    let one = |row: &tokio_postgres::Row| Rule {
        line: row.get(0),
        area: row.get(1),
        from_item: row.get(2),
        from_family: row.get(3),
        to_item: row.get(4),
        to_family: row.get(5),
        millis: row.get(6),
    };
    Ok(rows.iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_and_most_exact_counts() {
        let id = Uuid::from_u128;
        let (line, area) = (id(1), id(2));
        let (a, b) = (Setup { item: id(10), family: Some(id(20)) }, Setup { item: id(11), family: Some(id(21)) });
        let anywhere = Rule { millis: 1, ..Rule::default() };
        let families = Rule { from_family: Some(id(20)), to_family: Some(id(21)), millis: 2, ..Rule::default() };
        let here = Rule { line: Some(line), millis: 3, ..Rule::default() };
        let exact = Rule { line: Some(line), to_item: Some(id(11)), millis: 4, ..Rule::default() };
        let elsewhere = Rule { line: Some(id(9)), to_item: Some(id(11)), millis: 5, ..Rule::default() };
        let takes = |rules: &[Rule]| millis(rules, line, area, Some(a), b);
        assert_eq!(takes(&[]), 0);
        assert_eq!(takes(&[anywhere]), 1);
        assert_eq!(takes(&[anywhere, families]), 2);
        assert_eq!(takes(&[families, here, elsewhere]), 3);
        assert_eq!(takes(&[exact, here, families]), 4);
        assert_eq!(millis(&[anywhere], line, area, Some(a), a), 0, "units of one item");
        assert_eq!(millis(&[anywhere], line, area, None, a), 0, "the first job");
    }
}
