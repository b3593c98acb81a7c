//! Identifiers: UUID version 7 (RFC 9562), a type for each kind of record, so that a line's cannot be passed for a plant's.

/// Declares an identifier type over a UUID that goes to and from the database, JSON and paths as one.
#[macro_export]
macro_rules! id_type {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                $name(id)
            }
        }

        impl<'a> tokio_postgres::types::FromSql<'a> for $name {
            fn from_sql(
                ty: &tokio_postgres::types::Type,
                raw: &'a [u8],
            ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
                <uuid::Uuid as tokio_postgres::types::FromSql>::from_sql(ty, raw).map($name)
            }
            fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                <uuid::Uuid as tokio_postgres::types::FromSql>::accepts(ty)
            }
        }

        impl tokio_postgres::types::ToSql for $name {
            fn to_sql(
                &self,
                ty: &tokio_postgres::types::Type,
                out: &mut $crate::ids::BytesMut,
            ) -> Result<tokio_postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
                self.0.to_sql(ty, out)
            }
            fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                <uuid::Uuid as tokio_postgres::types::ToSql>::accepts(ty)
            }
            tokio_postgres::types::to_sql_checked!();
        }
    )+};
}

#[doc(hidden)]
pub use tokio_postgres::types::private::BytesMut;

id_type! {
    /// A tenant: the outermost wall.
    OrganizationId,
    /// A site of an organization: the inner wall.
    PlantId,
    /// A group of plants, for roles and roll-ups.
    RegionId,
    /// A person's account in one organization.
    UserId,
    /// A signed-in device.
    SessionId,
    /// A key for programs.
    ApiKeyId,
    /// Work that takes time.
    RunId,
    /// One request, as told to the client and written in log and audit.
    RequestId,
}
