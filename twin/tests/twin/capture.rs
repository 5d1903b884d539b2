//! The captured scene of a twin equals that twin.

use hcxrun_twin::{CaptureError, CaptureRead, Captured, Endpoint, Port, Scene, Site, Twin, capture};
use serde_json::Value;

use crate::driver::{CLOUD, Client, GROUPS, SOURCE};

fn captured(client: &mut Client) -> Result<Captured, CaptureError> {
    let ports =
        Site::BOTH.map(|site| [Port::Service, Port::Appliance].map(|port| Endpoint { site, port })).concat();
    capture(&ports, &mut |at, read| {
        let (status, body) = match read {
            CaptureRead::Get(path) => client.call(at, "GET", path, &Value::Null),
            CaptureRead::Query(path, body) => client.call(at, "POST", path, body),
        };
        if status == 200 { Ok(body) } else { Err(format!("{status} {body}")) }
    })
}

#[track_caller]
fn comes_back(client: &mut Client) -> String {
    let yaml = captured(client).unwrap().to_yaml("in a test");
    let again = Scene::parse(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    let twin = Twin::new(&again);
    assert_eq!(twin.world(), client.twin.world(), "{yaml}");
    assert_eq!(twin.digest(), client.twin.digest());
    yaml
}

#[test]
fn every_shipped_scene_comes_back() {
    for name in Scene::names() {
        comes_back(&mut Client::new(name));
    }
}

#[test]
fn a_world_that_a_run_led_to_comes_back() {
    let mut client = Client::new("fresh");
    let group = client.grouped();
    client.extended("web-30", "10.20.30.1", Some(&group));
    let routed = client.extended("app-31", "10.20.31.1", Some(&group));
    assert_eq!(client.start("vMotion", "web-01", SOURCE).0, 202);
    client.wait(36_000);
    assert_eq!(client.machines(CLOUD), ["web-01 L2E_web-30 poweredOn"]);
    client.delete(&format!("/hybridity/api/l2Extensions/{routed}?connectToLocalRouter=true"));
    client.ask(&format!("{GROUPS}/{group}"), "forceFailover");
    client.wait(3600);
    insta::assert_snapshot!(comes_back(&mut client));
}

#[test]
fn a_written_scene_with_everything_comes_back() {
    let text = "extends: fresh
system_mesh: true
source: { networks: { dmz-50: { vlan: 50, switch: dvs-dmz }, \"odd: [name]\": { vlan: 51 } } }
cloud: { version: 4.11.2, segments: { web-prod: { gateway: 10.20.30.1/24, router: tier1-production } } }
meshes:
  plain: { appliances: 0, services: [INTERCONNECT, VMOTION] }
  dc1-to-cloud: { appliances: 3, switches: { dvs-dmz: 1 }, version: 4.9.0, pairs: { 1: { up: false }, 3: { version: { source: 4.9.0, cloud: 4.8.0 } } } }
ha_groups: [{ mesh: dc1-to-cloud, active: 1, standby: 2 }]
extensions:
  - { network: web-30, gateway: 10.20.30.1/24, mesh: dc1-to-cloud, pair: 1, router: tier1-production }
  - { network: dmz-50, gateway: 10.20.50.1/24, mesh: dc1-to-cloud, pair: 4, router: tier1-production }";
    insta::assert_snapshot!(comes_back(&mut Client::yaml(text)));
}

#[test]
fn no_secret_is_captured() {
    let mut client = Client::yaml("extends: fresh\nsource: { user: { name: operator, password: hunter2 } }");
    let yaml = captured(&mut client).unwrap().to_yaml("in a test");
    assert!(!yaml.contains("hunter2") && !yaml.contains("operator") && !yaml.contains("password"), "{yaml}");
}

#[test]
fn a_capture_changes_nothing_and_pages() {
    let vms: Vec<_> = (0..1234).map(|n| format!("    m-{n}: {{ network: web-30 }}")).collect();
    let mut client = Client::yaml(&format!("extends: fresh\nsource:\n  vms:\n{}", vms.join("\n")));
    let first = client.twin.digest();
    let got = captured(&mut client).unwrap();
    assert_eq!(got.scene.source.vms.len(), 1242);
    assert!(client.twin.log().iter().all(|it| !it.changing));
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn what_is_under_way_is_no_scene() {
    let mut client = Client::new("fresh");
    client.scale(2);
    let error = captured(&mut client).unwrap_err().to_string();
    assert!(error.contains("dc1-to-cloud is under way") && error.contains("wait"), "{error}");
}

#[test]
fn an_error_names_manager_and_operation() {
    let mut client = Client::new("fresh");
    client.fault("cloud:listNetworks=refuse:503*9");
    let error = captured(&mut client).unwrap_err().to_string();
    assert!(error.starts_with("the cloud manager's listNetworks (POST /hybridity/api/service/"), "{error}");
}

#[test]
fn a_license_that_nobody_asked_for_is_said() {
    let mut client = Client::new("advanced-license");
    let got = capture(&[], &mut |at, read| {
        Ok(match read {
            CaptureRead::Get(path) => client.get(at, path),
            CaptureRead::Query(path, body) => client.query(at, path, body),
        })
    });
    let yaml = got.unwrap().to_yaml("in a test");
    assert!(yaml.contains("# The license of the cloud was not asked for"), "{yaml}");
}
