//! A small plant to try things in.

use platform::resource::{How, Kinds, save_one};
use platform::{Caller, Error, Tx};
use serde_json::{Map, Value, json};
use testkit::TestDatabase;

pub struct Workshop {
    pub test: TestDatabase,
    pub kinds: Kinds,
    pub caller: Caller,
    pub plant: String,
}

impl Workshop {
    pub async fn new() -> Workshop {
        let test = TestDatabase::new().await;
        let tenant = test.organization("One", 1).await;
        let kinds = Kinds::new(platform::resource::kinds().into_iter().chain(platform::places::kinds()).chain(factory::kinds()));
        Workshop { kinds, caller: tenant.system(), plant: tenant.plants[0].to_string(), test }
    }

    pub async fn tx(&self) -> Tx {
        self.test.database.begin(&self.caller).await.unwrap()
    }

    /// Makes a record in a transaction of its own.
    pub async fn make(&self, kind: &str, body: Value) -> Result<Map<String, Value>, Error> {
        let mut tx = self.tx().await;
        let made = self.make_in(&mut tx, kind, body).await?;
        tx.commit().await?;
        Ok(made)
    }

    pub async fn make_in(&self, tx: &mut Tx, kind: &str, body: Value) -> Result<Map<String, Value>, Error> {
        let kind = self.kinds.find(kind).unwrap();
        let Value::Object(body) = body else { panic!("a record is an object") };
        Ok(save_one(tx, &self.kinds, kind, body, How::Create).await?.record)
    }

    /// The identifier of a new record that must be accepted.
    pub async fn id(&self, kind: &str, body: Value) -> String {
        let made = self.make(kind, body).await.unwrap_or_else(|refused| panic!("{kind}: {refused} {:?}", refused.fields));
        made["id"].as_str().unwrap().to_owned()
    }

    /// What is wrong with a record that must be refused, as pointers and codes.
    pub async fn wrong(&self, kind: &str, body: Value) -> Vec<(String, &'static str)> {
        let refused = self.make(kind, body).await.expect_err("it is refused");
        refused.fields.into_iter().map(|field| (field.pointer, field.code)).collect()
    }

    pub async fn piece(&self) -> String {
        self.id("unit", json!({"code": "C62", "name": "Piece", "symbol": "pc", "dimension": "count"})).await
    }

    pub async fn item(&self, code: &str, unit: &str) -> String {
        self.id("item", json!({"code": code, "name": code, "category": "assembly", "unit_id": unit})).await
    }

    pub async fn area(&self, code: &str) -> String {
        self.id("area", json!({"plant_id": self.plant, "code": code, "name": code})).await
    }
}
