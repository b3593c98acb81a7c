//! The roles that every organization has: patterns over the catalogue of permissions, so that what a new version brings finds its people.
//!
//! **Invariant:** a key is never renamed and never means less important things tomorrow: grants refer to it.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;

/// A role that is part of the program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Stable name, as grants store it.
    pub key: &'static str,
    /// As people call it.
    pub name: &'static str,
    /// Whom it is for.
    pub description: &'static str,
    /// Patterns of what it allows.
    pub allow: &'static [&'static str],
    /// Patterns of what it does not allow although `allow` matches.
    pub except: &'static [&'static str],
}

impl BuiltIn {
    /// The built-in role of this key.
    pub fn find(key: &str) -> Option<&'static BuiltIn> {
        BUILT_IN.iter().find(|role| role.key == key)
    }

    /// What it allows.
    pub fn permissions(&self, catalogue: &Catalogue) -> BTreeSet<&'static str> {
        catalogue.select(self.allow, self.except)
    }
}

/// What only administrators see: people, rights, keys, the trail.
const PRIVATE: &[&str] = &[
    "identity.user.*",
    "identity.session.*",
    "identity.grant.*",
    "identity.api_key.*",
    "identity.provider.*",
    "identity.mail_domain.*",
    "identity.policy.*",
    "identity.authorization.*",
    "audit.*",
    "integration.mail.*",
];

/// All of them, from the most to the least rights, roughly.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        key: "global_admin",
        name: "Global Admin",
        description: "Runs the installation: everything, and in the operating organization also makes and closes organizations.",
        allow: &["*"],
        except: &[],
    },
    BuiltIn {
        key: "tenant_admin",
        name: "Tenant Admin",
        description: "Runs the organization: everything in it.",
        allow: &["*"],
        except: &["identity.organization.list", "identity.organization.create", "identity.organization.close"],
    },
    BuiltIn {
        key: "plant_admin",
        name: "Plant Admin",
        description: "Runs a plant: everything in it, including who works there.",
        allow: &["*"],
        except: &[
            "identity.organization.list",
            "identity.organization.create",
            "identity.organization.close",
            "identity.organization.update",
            "identity.role.create",
            "identity.role.update",
            "identity.role.archive",
            "identity.api_key.*",
            "identity.provider.*",
            "identity.mail_domain.*",
            "identity.policy.create",
            "identity.policy.activate",
            "identity.session.*",
            "identity.user.update",
            "identity.user.deactivate",
            "identity.user.reset_password",
            "identity.user.reset_second_factors",
            "audit.event.reveal",
            "audit.event.export",
            "audit.subject.*",
            "audit.retention.*",
            "audit.hold.*",
        ],
    },
    BuiltIn {
        key: "engineer",
        name: "Engineer",
        description: "Keeps the factory's data: lines, equipment, items, routings, capabilities.",
        allow: &[
            "*.read",
            "*.comment",
            "*.export",
            "factory.*",
            "records.type_list.*",
            "inventory.location.*",
            "inventory.label_template.*",
            "planning.scenario.create",
            "planning.scenario.update",
            "planning.run.*",
            "planning.import.*",
            "production.work_instruction.*",
            "production.instruction_step.*",
            "production.skill.*",
            "production.skill_requirement.*",
            "production.tool_requirement.*",
            "production.machine_program.*",
            "production.reason.*",
        ],
        except: PRIVATE,
    },
    BuiltIn {
        key: "planner",
        name: "Planner",
        description: "Plans: demand, scenarios, optimizer runs, and what a planner's workbook brings: lines, items, capabilities, calendars.",
        allow: &[
            "*.read",
            "*.comment",
            "*.export",
            "planning.*",
            "production.production_order.*",
            "production.manufacturing_order.*",
            "production.job.assign",
            "production.calendar_exception.*",
            "factory.area.*",
            "factory.calendar.*",
            "factory.capability.*",
            "factory.changeover.*",
            "factory.customer.*",
            "factory.demand.*",
            "factory.family.*",
            "factory.holiday.*",
            "factory.item.*",
            "factory.layout.*",
            "factory.line.*",
            "factory.plant_item.*",
            "factory.routing.*",
            "factory.routing_link.*",
            "factory.routing_step.*",
            "factory.shift.*",
            "factory.shift_pattern.*",
            "factory.unit.*",
        ],
        except: PRIVATE,
    },
    BuiltIn { key: "viewer", name: "Viewer", description: "Looks, and exports nothing raw.", allow: &["*.read"], except: PRIVATE },
    BuiltIn {
        key: "supervisor",
        name: "Supervisor",
        description: "Leads shifts: sees everything of the plant, and keeps its calendars.",
        allow: &[
            "*.read",
            "*.comment",
            "*.export",
            "production.*",
            "inventory.stock.*",
            "inventory.lot.*",
            "inventory.serial.*",
            "inventory.license_plate.*",
            "factory.calendar.update",
            "factory.shift_pattern.update",
            "factory.shift.update",
            "factory.holiday.*",
        ],
        except: PRIVATE,
    },
    BuiltIn {
        key: "operator",
        name: "Operator",
        description: "Works at a line: sees the plant's data, and reports.",
        allow: &[
            "factory.*.read",
            "records.*.read",
            "identity.plant.read",
            "identity.region.read",
            "integration.event.read",
            "production.*.read",
            "production.*.report",
            "inventory.*.read",
            "inventory.stock.issue",
            "inventory.stock.move",
            "factory.line.comment",
            "factory.equipment.comment",
        ],
        except: &["factory.demand.*", "factory.customer.*", "factory.supplier.*"],
    },
    BuiltIn {
        key: "quality",
        name: "Quality",
        description: "Keeps quality: inspections, defects, yields.",
        allow: &["*.read", "*.comment", "*.export", "quality.*", "inventory.stock.set_status", "factory.capability.update"],
        except: PRIVATE,
    },
    BuiltIn {
        key: "maintenance",
        name: "Maintenance",
        description: "Keeps the equipment running.",
        allow: &[
            "factory.*.read",
            "records.*.read",
            "identity.plant.read",
            "identity.region.read",
            "integration.event.read",
            "production.*.read",
            "inventory.*.read",
            "maintenance.*",
            "*.comment",
            "factory.equipment.*",
            "factory.cell.update",
        ],
        except: &["factory.demand.*", "factory.customer.*"],
    },
    BuiltIn {
        key: "warehouse",
        name: "Warehouse",
        description: "Keeps stock and moves goods.",
        allow: &[
            "factory.*.read",
            "records.*.read",
            "identity.plant.read",
            "identity.region.read",
            "integration.event.read",
            "inventory.*",
            "logistics.*",
            "factory.item.comment",
        ],
        except: &["factory.demand.*"],
    },
    BuiltIn {
        key: "procurement",
        name: "Procurement",
        description: "Buys: suppliers and what comes from them.",
        allow: &[
            "factory.*.read",
            "records.*.read",
            "identity.plant.read",
            "identity.region.read",
            "integration.event.read",
            "planning.*.read",
            "inventory.*.read",
            "factory.supplier.*",
            "*.comment",
            "factory.item.export",
            "factory.demand.export",
        ],
        except: &[],
    },
    BuiltIn {
        key: "it_admin",
        name: "IT Admin",
        description: "Keeps accounts, sessions, keys and connections, without a say in the factory's data.",
        allow: &[
            "identity.user.*",
            "identity.session.*",
            "identity.role.*",
            "identity.grant.*",
            "identity.api_key.*",
            "identity.*.read",
            "identity.provider.test",
            "identity.authorization.explain",
            "identity.organization.update",
            "records.*.read",
            "integration.*",
            "audit.event.read",
        ],
        except: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_the_thirteen_are_there() {
        let keys: BTreeSet<&str> = BUILT_IN.iter().map(|role| role.key).collect();
        assert_eq!(keys.len(), BUILT_IN.len());
        assert_eq!(BUILT_IN.len(), 13);
        assert!(BUILT_IN.iter().all(|role| BuiltIn::find(role.key).is_some_and(|found| found.name == role.name)));
    }
}
