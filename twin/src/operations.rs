//! Which operation of the contract a request is, and what serves it.

use serde_json::{Value, json};

use crate::http::{Body, Endpoint, Port, Served, refuse};
use crate::world::World;

/// A request, understood: the operation's id and what its path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    /// Whether it changes something.
    pub(crate) changing: bool,
    argument: String,
}

const READ: bool = false;
const CHANGE: bool = true;

/// Method, path with `{}` where an id stands, operationId, whether it changes something.
const SERVICE: &[(&str, &str, &str, bool)] = &[
    ("GET", "/hybridity/api/about", "getAbout", READ),
    ("GET", "/hybridity/api/metainfo/context/support", "getSupportContext", READ),
    ("GET", "/hybridity/api/metainfo/context/interconnect", "getInterconnectContext", READ),
    ("GET", "/hybridity/api/cloudConfigs", "listSitePairings", READ),
    ("POST", "/hybridity/api/service/inventory/networks", "listNetworks", READ),
    ("POST", "/hybridity/api/service/inventory/virtualmachines", "listVirtualMachines", READ),
    ("POST", "/hybridity/api/service/inventory/datastores", "listDatastores", READ),
    ("POST", "/hybridity/api/service/inventory/containers", "listContainers", READ),
    ("GET", "/hybridity/api/interconnect/computeProfiles", "listComputeProfiles", READ),
    ("GET", "/hybridity/api/interconnect/serviceMesh", "listServiceMeshes", READ),
    ("POST", "/hybridity/api/interconnect/serviceMesh", "createServiceMesh", CHANGE),
    ("GET", "/hybridity/api/interconnect/serviceMesh/{}", "getServiceMesh", READ),
    ("PUT", "/hybridity/api/interconnect/serviceMesh/{}", "updateServiceMesh", CHANGE),
    ("DELETE", "/hybridity/api/interconnect/serviceMesh/{}", "deleteServiceMesh", CHANGE),
    ("GET", "/hybridity/api/interconnect/appliances", "listAppliances", READ),
    ("POST", "/hybridity/api/interconnect/appliances/query", "queryAppliances", READ),
    ("GET", "/hybridity/api/interconnect/appliances/ha/groups", "listHaGroups", READ),
    ("POST", "/hybridity/api/interconnect/appliances/ha/groups", "createHaGroup", CHANGE),
    ("GET", "/hybridity/api/interconnect/appliances/ha/groups/{}", "getHaGroup", READ),
    ("DELETE", "/hybridity/api/interconnect/appliances/ha/groups/{}", "deleteHaGroup", CHANGE),
    (
        "POST",
        "/hybridity/api/interconnect/appliances/ha/groups/{}/forceFailover",
        "forceFailoverHaGroup",
        CHANGE,
    ),
    ("POST", "/hybridity/api/l2NetworkExtensions/validate", "validateExtensions", READ),
    ("POST", "/hybridity/api/l2NetworkExtensions", "createExtensions", CHANGE),
    ("GET", "/hybridity/api/l2NetworkExtensions", "listExtensions", READ),
    ("GET", "/hybridity/api/l2Extensions", "listLegacyExtensions", READ),
    ("DELETE", "/hybridity/api/l2Extensions/{}", "deleteExtension", CHANGE),
    ("POST", "/hybridity/api/mobility/migrations/validate", "validateMigrations", READ),
    ("POST", "/hybridity/api/mobility/migrations/start", "startMigrations", CHANGE),
    ("POST", "/hybridity/api/mobility/migrations/cancel", "cancelMigrations", CHANGE),
    ("POST", "/hybridity/api/mobility/migrations/forceCancel", "forceCancelMigrations", CHANGE),
    ("POST", "/hybridity/api/migrations", "queryMigrations", READ),
    ("GET", "/hybridity/api/jobs/{}", "getJob", READ),
    ("GET", "/hybridity/api/interconnect/tasks", "listTasks", READ),
    ("GET", "/hybridity/api/interconnect/tasks/{}", "getTask", READ),
];

const APPLIANCE: &[(&str, &str, &str, bool)] = &[("GET", "/api/admin/licenses", "listLicences", READ)];

/// The operation that opens a session on a port, by method and path.
pub(crate) fn is_login(port: Port, method: &str, path: &str) -> Option<&'static str> {
    match (port, method, path) {
        (Port::Service, "POST", "/hybridity/api/sessions") => Some("createSession"),
        (Port::Appliance, "POST", "/api/admin/v1/sessions") => Some("createAdminSession"),
        _ => None,
    }
}

pub(crate) fn find(port: Port, method: &str, path: &str) -> Option<Operation> {
    let table = match port {
        Port::Service => SERVICE,
        Port::Appliance => APPLIANCE,
    };
    table.iter().find_map(|(wanted, template, id, changing)| {
        let argument = (*wanted == method).then(|| matches(template, path))??;
        Some(Operation { id, changing: *changing, argument })
    })
}

/// What stands for the `{}` of a template; empty when it has none.
fn matches(template: &str, path: &str) -> Option<String> {
    let Some((before, after)) = template.split_once("{}") else {
        return (template == path).then(String::new);
    };
    let middle = path.strip_prefix(before)?.strip_suffix(after)?;
    (!middle.is_empty() && !middle.contains('/')).then(|| middle.to_owned())
}

/// Serves an operation. `fails`: what it starts comes to nothing later, for this reason.
pub(crate) fn serve(
    world: &mut World,
    at: Endpoint,
    operation: &Operation,
    body: &[u8],
    fails: Option<String>,
) -> Served {
    let body = Body::parse(body)?;
    let (site, id) = (at.site, operation.argument.as_str());
    let fine = |value: Value| Ok((200, value));
    match operation.id {
        "getAbout" => fine(world.about(site)),
        "getSupportContext" => fine(world.support(site)),
        "getInterconnectContext" => fine(world.context(site)),
        "listSitePairings" => fine(world.pairings(site)),
        "listNetworks" => fine(world.networks(site)),
        "listVirtualMachines" => fine(world.machines(site)),
        "listDatastores" => fine(world.datastores(site)),
        "listContainers" => fine(world.containers(site)),
        "listLicences" => fine(world.licences(site)),
        "listComputeProfiles" => fine(world.compute_profiles(site)),
        "listServiceMeshes" => fine(world.mesh_list()),
        "getServiceMesh" => world.mesh_by_id(id),
        "createServiceMesh" => world.create_mesh(&body, fails),
        "updateServiceMesh" => world.update_mesh(id, &body, fails),
        "deleteServiceMesh" => world.delete_mesh(id, fails),
        "listAppliances" => fine(world.appliances(site, None)),
        "queryAppliances" => fine(world.appliances(site, Some(&body))),
        "listHaGroups" => fine(world.group_list(site)),
        "getHaGroup" => match world.groups.get(id) {
            Some(group) => fine(world.group_json(site, id, group)),
            None => refuse(404, "NOT_FOUND", format!("there is no HA group {id}")),
        },
        "createHaGroup" => world.create_group(site, &body, fails),
        "deleteHaGroup" => world.delete_group(id, fails),
        "forceFailoverHaGroup" => world.fail_over(id, fails),
        "validateExtensions" => world.validate_extensions(&body),
        "createExtensions" => world.create_extensions(&body, fails.as_ref()),
        "listExtensions" => fine(world.extension_list()),
        "listLegacyExtensions" => fine(world.legacy_list()),
        "deleteExtension" => world.delete_extension(id, fails),
        "validateMigrations" => world.validate_migrations(&body),
        "startMigrations" => world.start_migrations(&body, fails.as_ref()),
        "cancelMigrations" | "forceCancelMigrations" => world.cancel_migrations(&body),
        "queryMigrations" => fine(world.query_migrations(&body)),
        "getJob" => world.job(id),
        "listTasks" => fine(json!({ "items": world.task_list(site) })),
        "getTask" => match world.task_list(site).into_iter().find(|task| task["interconnectTaskId"] == id) {
            Some(task) => fine(task),
            None => refuse(404, "NOT_FOUND", format!("there is no task {id}")),
        },
        other => refuse(501, "NOT_SERVED", format!("this twin does not serve {other}")),
    }
}
