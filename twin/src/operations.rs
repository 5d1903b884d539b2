//! What serves which operation.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::appliance::ApplianceQuery;
use crate::appliance::work::{Manner, Work};
use crate::contract::{Effect, Operation};
use crate::fault::Failure;
use crate::http::{Request, Site};
use crate::lag;
use crate::paging::Paging;
use crate::refusal::{Family, Refusal, Served, at_initiator, body, refuse};
use crate::world::World;

/// A call that is admitted.
pub(crate) struct Call<'a> {
    pub(crate) site: Site,
    pub(crate) operation: &'a Operation,
    pub(crate) request: &'a Request,
    /// What it starts fails later.
    pub(crate) fails: Option<Failure>,
}

impl Call<'_> {
    fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        body(&self.request.body)
    }

    /// A parameter of the query.
    fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.request.path_and_query.split_once('?')?;
        query.split('&').find_map(|it| it.strip_prefix(name)?.strip_prefix('='))
    }
}

/// Serves an operation. What a manager does not know yet, it does not show.
pub(crate) fn serve(world: &mut World, call: Call<'_>) -> Served {
    let (site, effect) = (call.site, call.operation.effect);
    if lag::is_subject(call.operation.id)
        && let Cow::Owned(mut shown) = world.shown_at(site)
    {
        return dispatch(&mut shown, call);
    }
    world.remember_the_first();
    let served = dispatch(world, call);
    if effect == Effect::Change {
        world.remember_change(site);
    }
    served
}

fn dispatch(world: &mut World, call: Call<'_>) -> Served {
    // Bodies are looked at even where nothing of them is needed: what is no JSON is refused everywhere.
    call.body::<Value>()?;
    match call.operation.family {
        Family::Appliance => appliance_port(world, call),
        _ if EXTENSIONS.iter().any(|it| call.operation.id.contains(it)) => extensions(world, call),
        Family::Legacy => older(world, call),
        Family::Service if call.operation.id.contains("Mesh") => meshes(world, call),
        Family::Service if call.operation.id.contains("Appliance") => appliances(world, call),
        Family::Service if MOBILITY.iter().any(|it| call.operation.id.contains(it)) => mobility(world, call),
        Family::Service if call.operation.id.contains("HaGroup") => groups(world, call),
        Family::Service => service(world, call),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside what can refuse")]
fn fine(value: Value) -> Served {
    Ok((200, value))
}

/// No operation of the contract ends here; a test calls them all.
fn not_served(call: &Call<'_>) -> Served {
    refuse(501, "NOT_IMPLEMENTED", format!("this twin does not serve {}", call.operation.id))
}

fn appliance_port(world: &mut World, call: Call<'_>) -> Served {
    let site = call.site;
    match call.operation.id {
        "listLicences" => fine(world.licences(site)),
        "activateLicence" => world.activate(site, &call.body()?, call.fails),
        "getLicenceJob" => world.licence_job(&call.operation.argument),
        "getActivationStatus" => fine(world.activation(site)),
        "getAppEngineStatus" => fine(json!({ "result": "RUNNING" })),
        "getHcxConfig" => fine(world.hcx_config(site)),
        "setHcxConfig" => world.set_hcx_config(site, &call.body()?, call.fails),
        _ => not_served(&call),
    }
}

fn older(world: &mut World, call: Call<'_>) -> Served {
    let (site, id) = (call.site, call.operation.argument.as_str());
    match call.operation.id {
        "listSitePairings" => fine(world.pairings(site)),
        "createSitePairing" => world.create_pairing(site, &call.body()?, call.fails),
        "deleteSitePairing" => world.delete_pairing(site, id, call.fails),
        "importCertificate" => world.import_certificate(site, &call.body()?),
        "createNetworkProfile" => Ok(world.create_network_profile(site, &call.body()?, call.fails)),
        "updateNetworkProfile" => world.update_network_profile(site, id, &call.body()?, call.fails),
        "deleteNetworkProfile" => world.delete_network_profile(site, id, call.fails),
        "listClouds" => fine(world.clouds(site, &call.body()?)),
        "listResourceContainers" => fine(world.resource_containers(site, &call.body()?)),
        "listNetworks" => fine(world.networks(site, &call.body()?)),
        "listVirtualMachines" => fine(world.machines(site, &call.body()?)),
        "listDatastores" => fine(world.datastores(site, &call.body()?)),
        "listContainers" => fine(world.containers(site, &call.body()?)),
        "listStorageProfiles" => fine(world.storage_profiles(site, &call.body()?)),
        "listVcTree" => fine(world.vc_tree(site)),
        "queryVcDatastores" => world.vc_datastores(site, &call.body()?),
        "queryVcSwitches" => world.vc_switches(site, &call.body()?),
        "queryVcEntities" => fine(world.vc_entities(site, call.parameter("entityType"))),
        "listNetworkProfiles" | "queryNetworkProfiles" => fine(world.network_profiles(site)),
        "validateMigrations" => Ok(world.validate_migrations(&call.body()?, true)),
        "startMigrations" => world.start_migrations(site, &call.body()?, true, call.fails.as_ref()),
        "getJob" => world.job(site, id),
        _ => not_served(&call),
    }
}

fn meshes(world: &mut World, call: Call<'_>) -> Served {
    let (site, id) = (call.site, call.operation.argument.as_str());
    match call.operation.id {
        "listServiceMeshes" => fine(world.mesh_list()),
        "getServiceMesh" => world.mesh_by_id(id),
        "previewServiceMesh" => world.preview_mesh(&call.body()?),
        "createServiceMesh" => world.create_mesh(site, &call.body()?, call.fails),
        "updateServiceMesh" => world.update_mesh(site, id, &call.body()?, call.fails),
        "resyncServiceMesh" => world.resync_mesh(site, id, call.fails),
        "deleteServiceMesh" => {
            let force = call.parameter("force") == Some("true");
            world.delete_mesh(site, id, force, call.fails)
        }
        _ => not_served(&call),
    }
}

fn appliances(world: &mut World, call: Call<'_>) -> Served {
    let (site, id) = (call.site, call.operation.argument.as_str());
    let manner = || Manner::read(call.parameter("method"), call.parameter("local"));
    match call.operation.id {
        "listAppliances" => fine(world.appliances(site, &ApplianceQuery::default())),
        "queryAppliances" => fine(world.appliances(site, &call.body()?)),
        "queryApplianceMetrics" => fine(world.appliance_metrics(site, &call.body()?)),
        "redeployAppliance" => world.work_on_appliance(site, id, Work::Redeploy, &manner()?, call.fails),
        "upgradeAppliance" => world.work_on_appliance(site, id, Work::Upgrade, &manner()?, call.fails),
        "forceSyncAppliance" => {
            world.work_on_appliance(site, id, Work::ForceSync, &Manner::quiet(), call.fails)
        }
        "deleteAppliance" => world.delete_appliance(site, id, call.fails),
        _ => not_served(&call),
    }
}

fn groups(world: &mut World, call: Call<'_>) -> Served {
    let (site, id) = (call.site, call.operation.argument.as_str());
    match call.operation.id {
        "listHaGroups" => fine(world.group_list(site, call.parameter("serviceMeshId"))),
        "getHaGroup" => world.group_by_id(site, id),
        "listHaGroupEvents" => world.group_event_list(id),
        "createHaGroup" => world.create_group(site, &call.body()?, call.fails),
        "deleteHaGroup" => {
            let force = call.parameter("force") == Some("true");
            world.delete_group(site, id, force, call.fails)
        }
        "forceFailoverHaGroup" => world.fail_over(site, id, call.fails),
        "redeployHaGroup" => world.work_on_group(site, id, Work::Redeploy, call.fails),
        "upgradeHaGroup" => world.work_on_group(site, id, Work::Upgrade, call.fails),
        "forceSyncHaGroup" => world.work_on_group(site, id, Work::ForceSync, call.fails),
        "recoverHaGroup" => world.recover_group(site, id, call.fails),
        _ => not_served(&call),
    }
}

/// What the names of the operations on mobility groups have in them.
const MOBILITY: [&str; 2] = ["Mobility", "GroupMigrations"];

/// What the names of the operations on extensions have in them, newer and older ones.
const EXTENSIONS: [&str; 2] = ["Extension", "Transition"];

fn extensions(world: &mut World, call: Call<'_>) -> Served {
    let id = call.operation.argument.as_str();
    if call.operation.effect == Effect::Change {
        at_initiator(call.site)?;
    }
    match call.operation.id {
        "validateExtensions" => {
            let at_destination = call.parameter("validateDestination") == Some("true");
            world.validate_extensions(&call.body()?, at_destination)
        }
        "createExtensions" => world.create_extensions(&call.body()?, call.fails.as_ref()),
        "listExtensions" => fine(world.extension_list()),
        "getExtension" => world.extension_by_id(id),
        "checkTransitionEligibility" => world.eligible_targets(&call.body()?),
        "transitionExtensions" => world.move_extensions(&call.body()?, call.fails.as_ref()),
        "listLegacyExtensions" => fine(world.legacy_list()),
        "createLegacyExtension" => world.create_legacy_extension(&call.body()?, call.fails),
        "deleteExtension" => {
            let connect = call.parameter("connectToLocalRouter") == Some("true");
            world.delete_extension(id, connect, call.fails)
        }
        _ => not_served(&call),
    }
}

fn mobility(world: &mut World, call: Call<'_>) -> Served {
    let (site, id) = (call.site, call.operation.argument.as_str());
    match call.operation.id {
        "createMobilityGroups" => world.create_mobility_groups(site, &call.body()?),
        "queryMobilityGroups" => fine(world.mobility_groups(site, &call.body()?, false)),
        "listMobilityGroupIntents" => fine(world.mobility_groups(site, &call.body()?, true)),
        "validateMobilityGroups" => world.validate_mobility_groups(&call.body()?),
        "startMobilityGroups" => {
            world.start_mobility_groups(site, &call.body()?, call.fails.map(|it| it.message))
        }
        "updateMobilityGroups" => world.update_mobility_groups(site, &call.body()?),
        "queryMobilityGroupsV2" => fine(world.counted_groups(site, &call.body()?)),
        "queryGroupMigrationsV2" => world.counted_migrations(id, &call.body()?),
        "scheduleMobilityGroup" => world.schedule_mobility_group(id, &call.body()?),
        "deleteMobilityGroups" => Ok(world.delete_mobility_groups(&call.body()?)),
        "archiveMobilityGroups" => world.archive_mobility_groups(&call.body()?),
        _ => not_served(&call),
    }
}

fn service(world: &mut World, call: Call<'_>) -> Served {
    let (site, id) = (call.site, call.operation.argument.as_str());
    match call.operation.id {
        "getAbout" => fine(world.about(site)),
        "getSupportContext" => fine(world.support(site)),
        "getInterconnectContext" => fine(world.context(site)),
        "getInterconnectCapabilities" => fine(world.capabilities(site)),
        "getSitePairCapabilities" => world.pair_capabilities(&call.body()?),
        "listComputeProfiles" => fine(world.compute_profiles(site, call.parameter("endpointId"))),
        "getComputeProfile" => world.compute_profile_by_id(id),
        "previewComputeProfile" => world.preview_profile(site, &call.body()?),
        "createComputeProfile" => world.create_profile(site, &call.body()?, call.fails),
        "deleteComputeProfile" => world.delete_profile(site, id, call.fails),
        "updateComputeProfile" => world.update_profile(site, id, &call.body()?, call.fails),
        "validateMigrations" => Ok(world.validate_migrations(&call.body()?, false)),
        "startMigrations" => world.start_migrations(site, &call.body()?, false, call.fails.as_ref()),
        "cancelMigrations" => Ok(world.cancel_migrations(&call.body()?, call.fails.is_some())),
        "forceCancelMigrations" => Ok(world.clean_up_migrations(&call.body()?)),
        "queryMigrations" => fine(world.query_migrations(site, &call.body()?)),
        "listTasks" => fine(world.task_page(site, &Paging::of_query(|name| call.parameter(name)))),
        "getTask" => world.task_by_id(site, id),
        "queryAlerts" => fine(world.query_alerts(&call.body()?)),
        "acknowledgeAlert" => Ok(world.acknowledge_alert(site, id)),
        "deleteAlert" => Ok(world.delete_alert(id)),
        _ => not_served(&call),
    }
}
