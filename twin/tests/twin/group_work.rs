//! What is done to HA groups that are there (section 9.4).

use serde_json::{Value, json};

use crate::driver::{CLOUD, Client, GROUPS, SOURCE, code};

const OLDER: &str = "extends: fresh
meshes: { dc1-to-cloud: { appliances: 2, version: 4.9.0 } }
ha_groups: [{ mesh: dc1-to-cloud, active: 1, standby: 2 }]
source: { networks: { odd: { vlan: 40, kind: ephemeral } } }";

fn group(client: &mut Client) -> Value {
    client.get(SOURCE, GROUPS)["items"][0].clone()
}

fn path(client: &mut Client) -> String {
    format!("{GROUPS}/{}", group(client)["groupId"].as_str().unwrap())
}

/// The two local members with role, version and health, and what that makes of the group.
fn told(client: &mut Client) -> String {
    let it = group(client);
    let (state, availability) = (&it["status"]["groupState"], &it["status"]["availabilityState"]);
    let all = client.appliances(SOURCE);
    let member = |n: usize| {
        let health = &all[n]["status"]["summary"]["overallStatus"];
        format!("{} {} {}", it["groupMembers"][n]["role"], all[n]["version"], health)
    };
    format!("{} | {} | {state} {availability}", member(0), member(1)).replace('"', "")
}

#[test]
fn an_upgrade_takes_the_standby_first_and_the_roles_end_swapped() {
    let mut client = Client::yaml(OLDER);
    let at = path(&mut client);
    let mut moments = vec![told(&mut client)];
    assert_eq!(client.ask(&at, "upgrade").0, 202);
    assert_eq!(code(&client.ask(&at, "upgrade")), "409 HA_GROUP_NOT_READY");
    moments.push(told(&mut client));
    client.wait(320);
    moments.push(told(&mut client));
    client.wait(300);
    moments.push(told(&mut client));
    insta::assert_snapshot!(moments.join("\n"));
    assert_eq!(code(&client.ask(&at, "upgrade")), "409 NO_NEWER_VERSION");
}

#[test]
fn a_redeploy_swaps_the_roles_and_a_second_one_swaps_them_back() {
    let mut client = Client::yaml(OLDER);
    let (first, at) = (client.twin.digest(), path(&mut client));
    for same in [false, true] {
        assert_eq!(client.ask(&at, "redeploy").0, 202);
        client.wait(620);
        assert_eq!(client.twin.digest() == first, same);
    }
}

#[test]
fn a_force_sync_changes_nothing() {
    let mut client = Client::yaml(OLDER);
    let (first, at) = (client.twin.digest(), path(&mut client));
    let made = client.ask(&at, "forceSync");
    assert_eq!(group(&mut client)["status"]["groupState"], "UPDATING");
    client.wait(30);
    assert_eq!(client.task(&made)["status"], "SUCCESS");
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_task_that_fails_half_way_leaves_a_degraded_group_that_is_recovered() {
    let mut client = Client::yaml(OLDER);
    let at = path(&mut client);
    assert_eq!(code(&client.ask(&at, "recover")), "409 HA_GROUP_NOT_DEGRADED");
    client.fault("redeployHaGroup=fail-late the tunnels stay down");
    client.ask(&at, "redeploy");
    client.wait(620);
    assert_eq!(told(&mut client), "STANDBY 4.9.0 DOWN | ACTIVE 4.9.0 UP | READY DEGRADED");
    assert_eq!(code(&client.ask(&at, "forceFailover")), "409 HA_NO_HEALTHY_STANDBY");
    assert_eq!(client.ask(&at, "recover").0, 202);
    client.wait(300);
    assert_eq!(told(&mut client), "STANDBY 4.9.0 UP | ACTIVE 4.9.0 UP | READY AVAILABLE");
}

#[test]
fn a_task_that_fails_at_once_leaves_the_group_as_it_was() {
    let mut client = Client::yaml(OLDER);
    let (first, at) = (client.twin.digest(), path(&mut client));
    client.fault("upgradeHaGroup=fail-job no room");
    client.ask(&at, "upgrade");
    client.wait(1000);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_group_is_not_made_anew_for_what_stands_in_the_way() {
    let mut client = Client::yaml(&format!(
        "{OLDER}\nextensions: [{{ network: odd, gateway: 10.40.0.1/24, mesh: dc1-to-cloud, pair: 1, router: tier1-production }}]"
    ));
    let at = path(&mut client);
    assert_eq!(code(&client.ask(&at, "redeploy")), "409 EPHEMERAL_NETWORK");
    assert_eq!(client.ask(&format!("{GROUPS}/none"), "redeploy").0, 404);
    assert_eq!(client.scale(3).0, 202);
    assert_eq!(code(&client.ask(&at, "forceSync")), "409 OPERATION_IN_PROGRESS");
}

#[test]
fn what_is_extended_meanwhile_waits_for_its_turn() {
    let mut client = Client::yaml(OLDER);
    let at = path(&mut client);
    client.ask(&at, "redeploy");
    let id = at.rsplit('/').next().unwrap().to_owned();
    assert_eq!(client.extend("web-30", "10.20.30.1", Some(&id)).0, 202);
    client.wait(620);
    let state = |client: &mut Client| {
        client.get(SOURCE, crate::driver::EXTENSIONS)["items"][0]["operationStatus"]["state"].clone()
    };
    assert_eq!(state(&mut client), json!("EXTENDING"));
    client.wait(90);
    assert_eq!(state(&mut client), json!("COMPLETED"));
}

#[test]
fn a_group_whose_active_pair_is_down_is_degraded_and_its_standby_has_taken_over() {
    for (call, roles) in [("recover", ["STANDBY", "ACTIVE"]), ("redeploy", ["ACTIVE", "STANDBY"])] {
        let mut client = Client::new("degraded-group");
        let at = path(&mut client);
        assert_eq!(told(&mut client), "STANDBY 4.11.1 DOWN | ACTIVE 4.11.1 UP | READY DEGRADED");
        assert_eq!(group(&mut client)["status"]["availabilityDescription"], "a pair is down");
        // The network is carried all the same.
        assert_eq!(client.appliances(SOURCE)[1]["networkExtensionCount"], 1);
        assert_eq!(code(&client.ask(&at, "forceFailover")), "409 HA_NO_HEALTHY_STANDBY");
        assert_eq!(client.ask(&at, call).0, 202);
        client.wait(620);
        // No preemption: that it is well again gives nobody a role back. A redeploy swaps them.
        let expected = format!("{} 4.11.1 UP | {} 4.11.1 UP | READY AVAILABLE", roles[0], roles[1]);
        assert_eq!(told(&mut client), expected);
        assert_eq!(client.ask(&at, "forceFailover").0, 202);
    }
}

#[test]
fn with_both_pairs_down_there_is_nothing_to_take_over() {
    let mut client =
        Client::yaml("extends: degraded-group\nmeshes: { dc1-to-cloud: { pairs: { 2: { up: false } } } }");
    let at = path(&mut client);
    assert_eq!(told(&mut client), "ACTIVE 4.11.1 DOWN | STANDBY 4.11.1 DOWN | READY UNAVAILABLE");
    client.ask(&at, "recover");
    client.wait(300);
    assert_eq!(told(&mut client), "ACTIVE 4.11.1 UP | STANDBY 4.11.1 UP | READY AVAILABLE");
}

#[test]
fn the_cloud_manager_takes_the_calls_as_well_and_has_the_task() {
    let mut client = Client::yaml(OLDER);
    let at = path(&mut client);
    let (status, body) = client.call(CLOUD, "POST", &format!("{at}/forceSync"), &Value::Null);
    assert_eq!(status, 202);
    let task =
        format!("/hybridity/api/interconnect/tasks/{}", body["data"]["interconnectTaskId"].as_str().unwrap());
    assert_eq!(client.get(CLOUD, &task)["entityDetails"]["name"], "dc1-to-cloud-HA-12");
    assert_eq!(client.call(SOURCE, "GET", &task, &Value::Null).0, 404);
}
