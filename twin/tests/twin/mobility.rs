//! Mobility groups (section 11).

use serde_json::{Value, json};

use crate::driver::{CLOUD, Client, MIGRATIONS, SOURCE, code, text};

const MOBILITY: &str = "/hybridity/api/mobility/groups";

/// With network web-30 extended.
fn ready(scene: &str) -> Client {
    let mut client = Client::yaml(&format!("extends: fresh\n{scene}"));
    client.extended("web-30", "10.20.30.1", None);
    client
}

/// A group of these machines as it is drafted; its switchover waits for this moment.
fn group(client: &mut Client, name: &str, kind: &str, vms: &[&str], parked: Option<i64>) -> Value {
    let intent = |vm: &&str| client.intent(kind, vm, ("web-30", "L2E_web-30"), SOURCE);
    let intents: Vec<_> = vms.iter().map(intent).collect();
    let schedule = parked.map(|at| json!({ "startTime": at }));
    json!({
        "name": name, "migrations": intents, "groupDefaults": { "switchoverParams": { "schedule": schedule } },
    })
}

/// A drafted group; its id.
fn drafted(client: &mut Client, kind: &str, vms: &[&str], parked: Option<i64>) -> String {
    let group = group(client, "wave", kind, vms, parked);
    let (status, body) = client.post(MOBILITY, &json!({ "items": [group] }));
    assert_eq!(status, 201, "{body}");
    text(&body["items"][0]["migrationGroupId"])
}

fn ask(client: &mut Client, how: &str, id: &str) -> String {
    code(&client.post(&format!("{MOBILITY}/{how}"), &json!({ "items": [{ "migrationGroupId": id }] })))
}

fn named(client: &mut Client, name: &str) -> Value {
    let query = json!({ "filters": { "groups": [{ "name": name }] } });
    client.query(SOURCE, &format!("{MOBILITY}/query"), &query)["items"].clone()
}

#[test]
fn a_group_is_a_draft_until_it_is_started() {
    let mut client = ready("");
    let first = client.twin.digest();
    let id = drafted(&mut client, "RAV", &["web-01", "web-02"], None);
    assert_eq!(named(&mut client, "wave")[0]["state"], "DRAFT");
    assert_eq!(client.migrations(), [""; 0]);
    client.wait(3600);
    assert_eq!(client.machines(CLOUD), [""; 0]);
    assert_eq!(ask(&mut client, "delete", &id), "202 -");
    assert_eq!((named(&mut client, "wave"), client.twin.digest()), (json!([]), first));
    let id = drafted(&mut client, "RAV", &["web-01", "web-02"], None);
    assert_eq!(ask(&mut client, "validate", &id), "202 -");
    assert_eq!(ask(&mut client, "start", &id), "202 -");
    assert_eq!(ask(&mut client, "start", &id), "400 NOTHING_TO_START");
    assert_eq!(ask(&mut client, "archive", &id), "403 NOT_TERMINAL");
    client.wait(330);
    // RAV replicates side by side, and switches over one after another.
    assert_eq!(client.migrations(), ["web-01 SWITCHOVER_STARTED", "web-02 MIGRATING"]);
    client.wait(120);
    assert_eq!(client.migrations(), ["web-01 MIGRATED", "web-02 SWITCHOVER_STARTED"]);
    client.wait(120);
    assert_eq!(client.machines(CLOUD).len(), 2);
    assert_eq!(
        code(&client.post(&format!("{MOBILITY}/delete"), &json!({ "items": [{ "migrationGroupId": id }] }))),
        "202 NOT_A_DRAFT"
    );
    assert_eq!(ask(&mut client, "archive", &id), "200 -");
    assert_eq!(named(&mut client, "wave"), json!([]));
}

#[test]
fn names_are_unique_and_one_refused_group_refuses_all() {
    let mut client = ready("");
    drafted(&mut client, "RAV", &["web-01"], None);
    let again = group(&mut client, "wave", "RAV", &["web-02"], None);
    let other = group(&mut client, "other", "RAV", &["web-03"], None);
    let (status, body) = client.post(MOBILITY, &json!({ "items": [again, other] }));
    assert_eq!(status, 400);
    assert_eq!(body["items"][0]["errors"][0]["message"], "Mobility group with same name exist.");
    assert_eq!(named(&mut client, "other"), json!([]));
    let mut client = ready("source: { edition: ADVANCED }");
    let group = group(&mut client, "wave", "VR", &["web-01"], None);
    assert_eq!(code(&client.post(MOBILITY, &json!({ "items": [group] }))), "400 LICENSE_REQUIRED");
}

#[test]
fn what_is_replicated_is_parked_until_its_window_opens() {
    let mut client = ready("");
    let at = client.now().as_millisecond() + 7_200_000;
    let id = drafted(&mut client, "VR", &["web-01", "web-02"], Some(at));
    ask(&mut client, "start", &id);
    client.wait(3600);
    assert_eq!(client.migrations(), ["web-01 PARKED", "web-02 PARKED"]);
    assert_eq!(client.machines(CLOUD), [""; 0]);
    let kept = client.twin.clone();
    client.wait(3600 + 120);
    assert_eq!(client.migrations(), ["web-01 MIGRATED", "web-02 MIGRATED"]);
    // Or somebody opens it before.
    client.twin = kept;
    let path = format!("{MOBILITY}/{id}/schedule");
    let open = json!({ "mobilityGroupDefaults": { "switchover": { "clearSchedule": true } } });
    assert_eq!(client.post(&path, &open).0, 200);
    client.wait(120);
    assert_eq!(client.migrations(), ["web-01 MIGRATED", "web-02 MIGRATED"]);
}

#[test]
fn a_window_that_is_over_keeps_machines_parked() {
    let mut client = ready("");
    let id = drafted(&mut client, "VR", &["web-01"], None);
    let now = client.now().as_millisecond();
    let window = json!({ "startTime": now, "expiryTime": now + 60_000 });
    let path = format!("{MOBILITY}/{id}/schedule");
    client.post(&path, &json!({ "mobilityGroupDefaults": { "switchover": window } }));
    ask(&mut client, "start", &id);
    client.wait(86_400);
    assert_eq!(client.migrations(), ["web-01 PARKED"]);
    let intents = client.query(SOURCE, &format!("{MOBILITY}/intents"), &json!({}));
    assert_eq!(intents["items"][0]["groupDefaults"]["switchoverParams"]["schedule"], window);
    let id = text(&drafted_vmotion(&mut client));
    let path = format!("{MOBILITY}/{id}/schedule");
    assert_eq!(code(&client.post(&path, &json!({}))), "400 CANNOT_SCHEDULE");
}

#[test]
fn the_window_of_a_migration_comes_before_that_of_its_group() {
    let mut client = ready("");
    let now = client.now().as_millisecond();
    let id = drafted(&mut client, "VR", &["web-01", "web-02", "web-03"], Some(now + 7_200_000));
    let intents = |client: &mut Client| {
        client.query(SOURCE, &format!("{MOBILITY}/intents"), &json!({}))["items"][0]["migrations"].clone()
    };
    let drafts = intents(&mut client);
    let path = format!("{MOBILITY}/{id}/schedule");
    let at = |nth: usize, window: Value| json!({ "migrationId": drafts[nth]["migrationId"], "schedule": { "switchover": window } });
    let asked = json!({ "migrations": [
        at(0, json!({ "startTime": now + 3_600_000 })),
        at(1, json!({ "startTime": now + 10_800_000 })),
        { "migrationId": "none", "schedule": {} },
    ] });
    let (status, answer) = client.post(&path, &asked);
    assert_eq!((status, &answer["affectedSwitchoverScheduleCount"]), (200, &json!(2)));
    assert_eq!(answer["errors"]["migrations"][0]["id"], "none");
    assert_eq!(intents(&mut client)[0]["switchoverParams"]["schedule"]["startTime"], now + 3_600_000);
    ask(&mut client, "start", &id);
    client.wait(3600 + 120);
    assert_eq!(client.migrations(), ["web-01 MIGRATED", "web-02 PARKED", "web-03 PARKED"]);
    client.wait(3600);
    assert_eq!(client.migrations(), ["web-01 MIGRATED", "web-02 PARKED", "web-03 MIGRATED"]);
    // Without a window of its own it has that of its group, which is open.
    client.post(&path, &json!({ "migrations": [at(1, json!({ "clearSchedule": true }))] }));
    client.wait(120);
    assert_eq!(client.migrations(), ["web-01 MIGRATED", "web-02 MIGRATED", "web-03 MIGRATED"]);
}

#[test]
fn a_migration_without_a_group_may_have_a_window_too() {
    let mut client = ready("");
    let mut intent = client.intent("RAV", "web-01", ("web-30", "L2E_web-30"), SOURCE);
    let at = client.now().as_millisecond() + 3_600_000;
    intent["transferParams"] = json!({ "schedule": { "startTime": at } });
    client.post(&format!("{MIGRATIONS}/start"), &json!({ "items": [intent] }));
    client.wait(3599);
    assert_eq!(client.migrations(), ["web-01 QUEUED"]);
    client.wait(1);
    assert_eq!(client.migrations(), ["web-01 MIGRATING"]);
}

fn drafted_vmotion(client: &mut Client) -> Value {
    let group = group(client, "serial", "vMotion", &["web-02"], None);
    client.post(MOBILITY, &json!({ "items": [group] })).1["items"][0]["migrationGroupId"].clone()
}

#[test]
fn a_retry_is_a_new_migration_of_the_same_group() {
    let mut client = ready("");
    let id = drafted(&mut client, "RAV", &["web-01"], None);
    client.fault("startMobilityGroups=fail-job the snapshot could not be taken");
    ask(&mut client, "start", &id);
    client.wait(3600);
    let mut intent = client.intent("RAV", "web-01", ("web-30", "L2E_web-30"), SOURCE);
    intent["migrationGroupId"] = json!(id);
    assert_eq!(client.post(&format!("{MIGRATIONS}/start"), &json!({ "items": [intent] })).0, 202);
    let query = json!({ "filter": { "migrationGroupId": [id] } });
    let all = client.query(SOURCE, "/hybridity/api/migrations?action=query", &query);
    let (failed, retried) = (&all["data"]["items"][0], &all["data"]["items"][1]);
    assert_eq!((&failed["state"], &retried["state"]), (&json!("MIGRATE_FAILED"), &json!("MIGRATING")));
    assert_ne!(failed["migrationId"], retried["migrationId"]);
}

#[test]
fn what_a_group_says_of_its_machines_counts_for_a_retry_too() {
    let mut client = ready("source: { vms: { web-01: { refuses_shutdown: true } } }");
    let mut group = group(&mut client, "wave", "VR", &["web-01"], None);
    group["groupDefaults"]["switchoverParams"]["switchoverProfile"] =
        json!([{ "option": "forcePowerOffVm", "value": true }]);
    let (_, body) = client.post(MOBILITY, &json!({ "items": [group] }));
    let id = text(&body["items"][0]["migrationGroupId"]);
    client.fault("startMobilityGroups=fail-job the snapshot could not be taken");
    ask(&mut client, "start", &id);
    client.wait(3600);
    let mut intent = client.intent("VR", "web-01", ("web-30", "L2E_web-30"), SOURCE);
    intent["migrationGroupId"] = json!(id);
    client.post(&format!("{MIGRATIONS}/start"), &json!({ "items": [intent] }));
    client.wait(3600);
    assert_eq!(client.migrations(), ["web-01 MIGRATE_FAILED", "web-01 MIGRATED"]);
}

#[test]
fn a_group_of_a_name_that_was_archived_is_another_one() {
    let mut client = ready("");
    let id = drafted(&mut client, "RAV", &["web-01"], None);
    ask(&mut client, "start", &id);
    client.wait(3600);
    ask(&mut client, "archive", &id);
    let again = drafted(&mut client, "RAV", &["web-02"], None);
    assert_ne!(id, again);
    let query = json!({ "filter": { "migrationGroupId": [again], "skipDrafts": true } });
    let all = client.query(SOURCE, "/hybridity/api/migrations?action=query", &query);
    assert_eq!(all["data"]["items"], json!([]));
}

#[test]
fn a_cancel_that_does_not_finish_has_to_be_cleaned_up() {
    let mut client = ready("");
    client.start("RAV", "web-01", SOURCE);
    let query = json!({ "filter": {} });
    let all = client.query(SOURCE, "/hybridity/api/migrations?action=query", &query);
    let ids = json!({ "items": [{ "migrationId": all["data"]["items"][0]["migrationId"] }] });
    client.fault("cancelMigrations=fail-job");
    assert_eq!(client.post(&format!("{MIGRATIONS}/cancel"), &ids).0, 202);
    let all = client.query(SOURCE, "/hybridity/api/migrations?action=query", &query);
    assert_eq!(all["data"]["items"][0]["progress"]["isDone"], false);
    assert_eq!(code(&client.start("RAV", "web-01", SOURCE)), "400 CLEANUP_REQUIRED");
    assert_eq!(client.post(&format!("{MIGRATIONS}/forceCancel"), &ids).0, 202);
    assert_eq!(client.start("RAV", "web-01", SOURCE).0, 202);
}

#[test]
fn newer_managers_spell_the_ends_anew() {
    let mut client = ready("source: { version: 9.1.0 }\ncloud: { version: 9.1.0 }");
    client.start("RAV", "web-01", SOURCE);
    client.wait(3600);
    client.fault("startMigrations=fail-job");
    client.start("RAV", "web-02", SOURCE);
    client.wait(3600);
    assert_eq!(client.migrations(), ["web-01 MIGRATION_COMPLETE", "web-02 MIGRATION_FAILED"]);
}

#[test]
fn newer_managers_count_the_machines_of_a_group_by_phase() {
    let mut client = ready("source: { version: 9.1.0 }\ncloud: { version: 9.1.0 }");
    let whole = group(&mut client, "", "RAV", &["web-01"], None);
    let group = |name: &str| {
        let mut named = whole.clone();
        named["name"] = json!(name);
        json!({ "items": [named] })
    };
    let (_, made) = client.post(MOBILITY, &group("night one"));
    let id = made["items"][0]["migrationGroupId"].clone();
    let mut renamed = group("night two");
    renamed["items"][0]["migrationGroupId"] = id.clone();
    assert_eq!(client.put(MOBILITY, &renamed).0, 200);
    let counts = |client: &mut Client| {
        let found = client.query(SOURCE, "/hybridity/api/v2/mobility-groups/query", &json!({}));
        let summary = &found["items"][0]["summary"]["countSummary"];
        (
            found["items"][0]["info"]["name"].clone(),
            summary["totalVmsDraft"].clone(),
            summary["totalVmsInTransfer"].clone(),
        )
    };
    assert_eq!(counts(&mut client), (json!("night two"), json!(1), json!(0)));
    let (status, started) =
        client.post(&format!("{MOBILITY}/start"), &json!({ "items": [{ "migrationGroupId": id }] }));
    assert_eq!(status, 202, "{started}");
    client.wait(1);
    assert_eq!(counts(&mut client), (json!("night two"), json!(0), json!(1)));
    let path = format!("/hybridity/api/v2/mobility-groups/{}/migrations/query", id.as_str().unwrap());
    let progress = |client: &mut Client| {
        client.query(SOURCE, &path, &json!({}))["items"][0]["summary"]["progressSummary"].clone()
    };
    let running = progress(&mut client);
    assert_eq!(
        (&running["status"], &running["total"]["totalBytes"]),
        (&json!("MIGRATING"), &json!(40_u64 << 30))
    );
    assert_eq!(client.put(MOBILITY, &renamed).1["items"][0]["errors"][0]["code"], "NOT_A_DRAFT");
    client.wait(3600);
    assert_eq!(progress(&mut client)["status"], "MIGRATION_COMPLETE");
}
