//! Migrations (section 11).

use serde_json::{Value, json};

use crate::driver::{CLOUD, Client, MIGRATIONS, SOURCE, code, text};

/// With network web-30 extended.
fn ready(scene: &str) -> Client {
    let mut client = Client::yaml(&format!("extends: fresh\n{scene}"));
    client.extended("web-30", "10.20.30.1", None);
    client
}

#[test]
fn a_machine_goes_through_its_phases_and_back() {
    for kind in ["RAV", "vMotion", "ColdMigration"] {
        let mut client = ready("");
        let first = client.twin.digest();
        assert_eq!(client.start(kind, "web-01", SOURCE).0, 202);
        assert_eq!(code(&client.start(kind, "web-01", SOURCE)), "400 MIGRATION_IN_PROGRESS");
        client.wait(160);
        let running = progress(&mut client);
        assert_eq!(
            (&running["percentComplete"], &running["log"][0]["bytesTransferred"]),
            (&json!(45), &json!(20_u64 << 30))
        );
        client.wait(160);
        assert_eq!(client.migrations(), ["web-01 SWITCHOVER_STARTED"]);
        assert_eq!(client.machines(SOURCE).len(), 8);
        client.wait(120);
        assert_eq!(client.migrations(), ["web-01 MIGRATED"]);
        assert_eq!(progress(&mut client)["state"]["isSwitchoverCompleted"], 1);
        assert_eq!(client.machines(CLOUD), ["web-01 L2E_web-30 poweredOn"]);
        assert_eq!(client.machines(SOURCE).len(), 7);
        assert_eq!(client.start(kind, "web-01", CLOUD).0, 202);
        client.wait(3600);
        assert_eq!(client.twin.digest(), first, "{kind}");
    }
}

fn progress(client: &mut Client) -> Value {
    let all = client.query(SOURCE, "/hybridity/api/migrations?action=query", &json!({}));
    all["data"]["items"][0]["progress"].clone()
}

#[test]
fn bulk_keeps_the_machine_at_the_source() {
    let mut client = ready("");
    let after = |wait| {
        let mut client = ready("");
        client.wait(wait);
        client.start("vSphereReplication", "web-01", SOURCE);
        client.wait(3600);
        client.twin.digest()
    };
    client.start("VR", "web-01", SOURCE);
    client.wait(3600);
    let kept: Vec<_> = client.machines(SOURCE).into_iter().filter(|it| it.starts_with("web-01")).collect();
    assert_eq!(kept, ["web-01_4040 web-30 poweredOff"]);
    assert_eq!(client.machines(CLOUD), ["web-01 L2E_web-30 poweredOn"]);
    // The moment in its name is no part of the world.
    assert_eq!((client.twin.digest(), after(0)), (after(7777), after(99)));
}

#[test]
fn vmotion_moves_one_after_another_and_the_others_side_by_side() {
    let mut client = ready("");
    for vm in ["web-01", "web-02", "web-03"] {
        client.start("vMotion", vm, SOURCE);
    }
    assert_eq!(client.migrations(), ["web-01 MIGRATING", "web-02 QUEUED", "web-03 QUEUED"]);
    let first = client.query(SOURCE, "/hybridity/api/migrations?action=query", &json!({}));
    let ids = |n: usize| json!({ "items": [{ "migrationId": first["data"]["items"][n]["migrationId"] }] });
    assert_eq!(client.post(&format!("{MIGRATIONS}/cancel"), &ids(1)).0, 202);
    client.wait(440);
    assert_eq!(client.migrations(), ["web-01 MIGRATED", "web-02 MIGRATE_CANCELED", "web-03 MIGRATING"]);
    let mut client = ready("");
    client.start("RAV", "web-01", SOURCE);
    client.start("RAV", "web-02", SOURCE);
    assert_eq!(client.migrations(), ["web-01 MIGRATING", "web-02 MIGRATING"]);
}

#[test]
fn a_guest_that_refuses_to_shut_down_fails_a_bulk_switchover() {
    let scene = "source: { vms: { web-01: { refuses_shutdown: true } } }";
    let ended = |kind: &str, force: bool| {
        let mut client = ready(scene);
        let first = client.twin.digest();
        let mut intent = client.intent(kind, "web-01", ("web-30", "L2E_web-30"), SOURCE);
        intent["switchoverParams"] =
            json!({ "switchoverProfile": [{ "option": "forcePowerOffVm", "value": force }] });
        client.post(&format!("{MIGRATIONS}/start"), &json!({ "items": [intent] }));
        client.wait(330);
        assert_eq!(client.migrations(), ["web-01 SWITCHOVER_STARTED"]);
        client.wait(3600);
        assert_eq!(client.migrations() == ["web-01 MIGRATE_FAILED"], client.twin.digest() == first);
        (client.migrations(), text(&progress(&mut client)["error"]["message"]))
    };
    let refused = "the guest of web-01 did not shut down".to_owned();
    assert_eq!(ended("VR", false), (vec!["web-01 MIGRATE_FAILED".to_owned()], refused));
    assert_eq!(ended("VR", true).0, ["web-01 MIGRATED"]);
    // The others shut nothing down.
    assert_eq!(ended("RAV", false).0, ["web-01 MIGRATED"]);
}

#[test]
fn a_seed_checkpoint_spares_the_next_one_what_was_transferred() {
    let cancelled = |kind: &str, checkpoint: bool| {
        let mut client = ready("");
        let mut intent = client.intent(kind, "web-01", ("web-30", "L2E_web-30"), SOURCE);
        intent["transferParams"] =
            json!({ "transferProfile": [{ "option": "enableSeedCheckpoint", "value": checkpoint }] });
        let start = |client: &mut Client| {
            let (_, body) = client.post(&format!("{MIGRATIONS}/start"), &json!({ "items": [intent] }));
            json!({ "items": [{ "migrationId": body["items"][0]["migrationId"] }] })
        };
        let id = start(&mut client);
        // Half of the disk.
        client.wait(160);
        client.post(&format!("{MIGRATIONS}/cancel"), &id);
        start(&mut client);
        client.wait(160);
        client.migrations().pop().unwrap()
    };
    assert_eq!(cancelled("VR", true), "web-01 SWITCHOVER_STARTED");
    assert_eq!(cancelled("VR", false), "web-01 MIGRATING");
    assert_eq!(cancelled("RAV", true), "web-01 SWITCHOVER_STARTED");
    assert_eq!(cancelled("vMotion", true), "web-01 MIGRATING");
}

#[test]
fn a_failed_or_cancelled_migration_changes_nothing() {
    let mut client = ready("");
    let first = client.twin.digest();
    client.fault("startMigrations=fail-job the snapshot could not be taken");
    client.start("RAV", "web-01", SOURCE);
    client.wait(3600);
    assert_eq!(client.migrations(), ["web-01 MIGRATE_FAILED"]);
    let ended = progress(&mut client);
    assert_eq!((&ended["isDone"], &ended["didFail"]), (&json!(true), &json!(true)));
    assert_eq!(ended["error"]["message"], "the snapshot could not be taken");
    assert_eq!(client.twin.digest(), first);
    // Again: another migration of the same machine.
    let started = client.start("RAV", "web-01", SOURCE);
    let id = text(&started.1["items"][0]["migrationId"]);
    let cancel = |client: &mut Client, how: &str| {
        let ids = json!({ "items": [{ "migrationId": id }] });
        code(&client.post(&format!("{MIGRATIONS}/{how}"), &ids))
    };
    client.wait(330);
    assert_eq!(cancel(&mut client, "cancel"), "400 CANNOT_CANCEL");
    assert_eq!(cancel(&mut client, "forceCancel"), "202 -");
    assert_eq!(client.migrations(), ["web-01 MIGRATE_FAILED", "web-01 MIGRATE_CANCELED"]);
    client.wait(3600);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_migration_is_refused_for_what_it_needs() {
    let mut client = ready("");
    let mapped = ("web-30", "L2E_web-30");
    let refused = |client: &mut Client, intent: &Value| {
        let body = json!({ "items": [intent] });
        let (validated, started) = (
            client.post(&format!("{MIGRATIONS}/validate"), &body),
            client.post(&format!("{MIGRATIONS}/start"), &body),
        );
        assert_eq!(code(&validated), code(&started));
        code(&started)
    };
    let c = &mut client;
    let none = c.intent("RAV", "none", mapped, SOURCE);
    assert_eq!(refused(c, &none), "400 VM_NOT_FOUND");
    let mut elsewhere = c.intent("RAV", "web-01", mapped, SOURCE);
    elsewhere["source"] = elsewhere["destination"].clone();
    assert_eq!(refused(c, &elsewhere), "400 VM_NOT_AT_SOURCE");
    let mut nowhere = c.intent("RAV", "web-01", mapped, SOURCE);
    nowhere["destination"] = nowhere["source"].clone();
    assert_eq!(refused(c, &nowhere), "400 DESTINATION_NOT_PAIRED");
    let unmapped = c.intent("RAV", "web-01", ("app-31", "L2E_web-30"), SOURCE);
    assert_eq!(refused(c, &unmapped), "400 NETWORK_NOT_MAPPED");
    let unknown = c.intent("RAV", "app-01", ("app-31", "L2E_app-31"), SOURCE);
    assert_eq!(refused(c, &unknown), "400 DESTINATION_NETWORK_NOT_FOUND");
    assert_eq!(
        code(&c.call(CLOUD, "POST", &format!("{MIGRATIONS}/start"), &json!({ "items": [unknown] }))),
        "400 NOT_INITIATOR"
    );
    let mut client = ready("source: { edition: ADVANCED }");
    assert_eq!(code(&client.start("RAV", "web-01", SOURCE)), "400 LICENSE_REQUIRED");
    assert_eq!(code(&client.start("vMotion", "web-01", SOURCE)), "202 -");
    assert_eq!(code(&client.start("teleport", "web-02", SOURCE)), "400 INVALID_REQUEST");
}

#[test]
fn one_refused_machine_does_not_hold_up_the_others() {
    let mut client = ready("");
    let good = client.intent("RAV", "web-01", ("web-30", "L2E_web-30"), SOURCE);
    let bad = client.intent("RAV", "none", ("web-30", "L2E_web-30"), SOURCE);
    let (status, body) = client.post(&format!("{MIGRATIONS}/start"), &json!({ "items": [bad, good] }));
    assert_eq!((status, text(&body["items"][0]["errors"][0]["code"])), (202, "VM_NOT_FOUND".to_owned()));
    assert_eq!(client.migrations(), ["web-01 MIGRATING"]);
}

#[test]
fn a_mesh_takes_two_hundred_at_once() {
    let vms: Vec<_> = (0..201).map(|n| format!("vm-{n:03}: {{ network: web-30 }}")).collect();
    let vms = vms.join(", ");
    let mut client = ready(&format!("source: {{ vms: {{ {vms} }} }}"));
    for n in 0..200 {
        assert_eq!(client.start("RAV", &format!("vm-{n:03}"), SOURCE).0, 202, "{n}");
    }
    assert_eq!(code(&client.start("RAV", "vm-200", SOURCE)), "400 LIMIT_EXCEEDED");
    client.wait(3600);
    assert_eq!(client.start("RAV", "vm-200", SOURCE).0, 202);
}

#[test]
fn the_older_ways_to_validate_and_start() {
    let mut client = ready("");
    let intent = client.intent("vMotion", "web-01", ("app-31", "L2E_web-30"), SOURCE);
    let (status, body) =
        client.post("/hybridity/api/migrations?action=validate", &json!({ "migrations": [intent] }));
    let errors = &body["migrations"][0]["validationInfo"]["validationResult"]["errors"];
    assert_eq!((status, text(&errors[0]["code"])), (200, "NETWORK_NOT_MAPPED".to_owned()));
    let intent = client.intent("vMotion", "web-01", ("web-30", "L2E_web-30"), SOURCE);
    let (status, body) =
        client.post("/hybridity/api/migrations?action=start", &json!({ "migrations": [intent] }));
    assert_eq!(status, 202);
    let id = body["migrations"][0]["migrationId"].clone();
    let query = json!({ "filter": { "migrationId": [id], "state": ["MIGRATING", "PARKED"] } });
    let found = client.query(SOURCE, "/hybridity/api/migrations?action=query", &query);
    assert_eq!(found["data"]["items"].as_array().unwrap().len(), 1);
}
