//! For whom is made, and from whom is bought.

use platform::resource::{Record, Rules, Sight};
use platform::{FieldError, Result};
use serde::{Deserialize, Serialize};

use crate::items::check_digit_is_right;

platform::id_type! {
    /// Who is delivered to.
    CustomerId,
    /// Who is bought from.
    SupplierId,
}

/// Who is delivered to.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "customers", within = Organization, permission = "factory.customer")]
pub struct Customer {
    /// The record.
    pub id: CustomerId,
    /// Short name; unique in the organization.
    #[record(unique, search, max_length = 100)]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// GS1 Global Location Number, 13 digits.
    #[record(pattern = r"^[0-9]{13}$", example = "4012345000009")]
    pub gln: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[record(pattern = r"^[A-Z]{2}$", example = "DE")]
    pub country: Option<String>,
    /// Whom to ask.
    #[record(max_length = 2000)]
    pub contact: Option<String>,
    /// Whether business goes on.
    #[record(default = true)]
    pub active: bool,
}

impl Rules for Customer {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        Ok(location_number(self.gln.as_deref()))
    }
}

/// Who is bought from.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "suppliers", within = Organization, permission = "factory.supplier")]
pub struct Supplier {
    /// The record.
    pub id: SupplierId,
    /// Short name; unique in the organization.
    #[record(unique, search, max_length = 100)]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// GS1 Global Location Number, 13 digits.
    #[record(pattern = r"^[0-9]{13}$", example = "4012345000009")]
    pub gln: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[record(pattern = r"^[A-Z]{2}$", example = "DE")]
    pub country: Option<String>,
    /// Whom to ask.
    #[record(max_length = 2000)]
    pub contact: Option<String>,
    /// Whether business goes on.
    #[record(default = true)]
    pub active: bool,
}

impl Rules for Supplier {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        Ok(location_number(self.gln.as_deref()))
    }
}

fn location_number(gln: Option<&str>) -> Vec<FieldError> {
    match gln {
        Some(gln) if !check_digit_is_right(gln) => {
            vec![FieldError::new("/gln", "check_digit", "the last digit does not fit the others (GS1 check digit)")]
        }
        _ => Vec::new(),
    }
}
