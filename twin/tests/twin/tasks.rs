//! Interconnect tasks (section 4).

use serde_json::Value;

use crate::driver::{CLOUD, Client, SOURCE, text};

const TASKS: &str = "/hybridity/api/interconnect/tasks";

#[test]
fn a_task_names_what_it_is_about_and_is_of_the_manager_that_took_the_call() {
    let mut client = Client::new("fresh");
    client.grouped();
    let about = |it: &Value| {
        format!(
            "{} {} {}",
            text(&it["type"]),
            text(&it["entityDetails"]["type"]),
            text(&it["entityDetails"]["name"])
        )
    };
    let all = client.get(SOURCE, TASKS)["items"].as_array().unwrap().clone();
    let told: Vec<_> = all.iter().map(about).collect();
    assert_eq!(
        told,
        ["UPDATE_SERVICE_MESH ServiceMesh dc1-to-cloud", "CREATE_HA_GROUP HaGroup dc1-to-cloud-HA-12"]
    );
    assert_eq!(client.get(CLOUD, TASKS)["items"].as_array().unwrap().len(), 0);
}

#[test]
fn each_step_has_a_part_at_each_site_and_gets_on() {
    let mut client = Client::new("fresh");
    let edit = client.scale(2);
    client.wait(100);
    let task = client.task(&edit);
    let steps = task["steps"].as_array().unwrap();
    let progress: Vec<_> = steps.iter().map(|it| it["progress"].as_u64().unwrap()).collect();
    assert_eq!(progress, [100, 28, 0, 0, 0]);
    let children = steps[1]["children"].as_array().unwrap();
    let places: Vec<_> = children.iter().map(|it| text(&it["location"])).collect();
    assert_eq!(places.len(), 2);
    assert_ne!(places[0], places[1]);
}
