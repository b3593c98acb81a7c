//! Who and what is in the demo organizations, as a table. The plants, products and people are invented.

/// An organization of the story.
pub(super) struct Organization {
    pub name: &'static str,
    pub slug: &'static str,
    /// Whether its administrator runs the installation.
    pub operates: bool,
    /// Name and description.
    pub regions: &'static [(&'static str, &'static str)],
    pub plants: &'static [Plant],
    /// Whether its plants make what the example workbook plans.
    pub makes_the_example: bool,
    /// The first one runs the organization.
    pub people: &'static [Person],
}

/// A plant of the story.
pub(super) struct Plant {
    pub code: &'static str,
    pub name: &'static str,
    pub region: &'static str,
    pub country: &'static str,
    pub time_zone: &'static str,
    pub description: &'static str,
}

/// A person of the story.
pub(super) struct Person {
    pub local_part: &'static str,
    pub name: &'static str,
    /// Key of the built-in role.
    pub role: &'static str,
    /// The role as people call it.
    pub title: &'static str,
    pub at: Where,
}

/// Where a person's role counts.
#[derive(Clone, Copy)]
pub(super) enum Where {
    Everywhere,
    Region(&'static str),
    Plant(&'static str),
}

const fn person(local_part: &'static str, name: &'static str, role: &'static str, title: &'static str, at: Where) -> Person {
    Person { local_part, name, role, title, at }
}

pub(super) const TAVIRA: Organization = Organization {
    name: "Tavira Electronics",
    slug: "demo",
    operates: true,
    regions: &[("Americas", "Plants in Mexico, for customers in North America"), ("Europe", "Plants for customers in Europe")],
    plants: &[
        Plant {
            code: "HMO",
            name: "Hermosillo",
            region: "Americas",
            country: "MX",
            time_zone: "America/Hermosillo",
            description: "Driver assistance, electric drive and medical boards on 32 lines; the plant of the example plan",
        },
        Plant {
            code: "QRO",
            name: "Querétaro",
            region: "Americas",
            country: "MX",
            time_zone: "America/Mexico_City",
            description: "Body and comfort electronics",
        },
        Plant {
            code: "BRQ",
            name: "Brno",
            region: "Europe",
            country: "CZ",
            time_zone: "Europe/Prague",
            description: "Industrial drives and prototypes",
        },
    ],
    makes_the_example: true,
    people: &[
        person("admin", "Inês Tavira", "global_admin", "Global Admin", Where::Everywhere),
        person("tenant", "Rui Salgado", "tenant_admin", "Tenant Admin", Where::Everywhere),
        person("plant", "Marisol Ibarra", "plant_admin", "Plant Admin", Where::Plant("HMO")),
        person("engineer", "Daniel Ochoa", "engineer", "Engineer", Where::Everywhere),
        person("planner", "Lucía Ferrer", "planner", "Planner", Where::Region("Americas")),
        person("viewer", "Hana Dvořáková", "viewer", "Viewer", Where::Everywhere),
        person("supervisor", "Ernesto Valdez", "supervisor", "Supervisor", Where::Plant("HMO")),
        person("operator", "Paola Cruz", "operator", "Operator", Where::Plant("HMO")),
        person("quality", "Tomáš Novotný", "quality", "Quality", Where::Plant("BRQ")),
        person("maintenance", "Gilberto Ruiz", "maintenance", "Maintenance", Where::Plant("HMO")),
        person("warehouse", "Alma Quintero", "warehouse", "Warehouse", Where::Plant("QRO")),
        person("procurement", "Petra Malá", "procurement", "Procurement", Where::Everywhere),
        person("it", "Jorge Peralta", "it_admin", "IT Admin", Where::Everywhere),
    ],
};

pub(super) const OTHER: Organization = Organization {
    name: "Norwick Castings",
    slug: "other",
    operates: false,
    regions: &[],
    plants: &[Plant {
        code: "NOR",
        name: "Norwick",
        region: "",
        country: "GB",
        time_zone: "Europe/London",
        description: "A foundry of another company, behind the wall between organizations",
    }],
    makes_the_example: false,
    people: &[person("admin", "Owen Pryce", "tenant_admin", "Tenant Admin", Where::Everywhere)],
};
