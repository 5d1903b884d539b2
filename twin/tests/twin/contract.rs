//! The contract: `contract/openapi.yaml`, and whether the twin's table and its answers are as it says.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use hcxrun_twin::Port;
use hcxrun_twin::contract::{self, Confidence, Entry, Managers};
use serde_json::Value;

/// The contract as it is written.
pub(crate) static WRITTEN: LazyLock<Value> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("../../contract/openapi.yaml")).unwrap());

/// The operations of the contract: operationId, method, path and what stands there.
pub(crate) fn written() -> impl Iterator<Item = (&'static str, String, &'static str, &'static Value)> {
    WRITTEN["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        operations.filter_map(move |(method, operation)| {
            Some((operation["operationId"].as_str()?, method.to_uppercase(), path.as_str(), operation))
        })
    })
}

/// `/groups/{groupId}/start` as `/groups/{}/start`
fn without_names(path: &str) -> String {
    let mut parts = path.split('{');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |path, part| path + "{}" + part.split_once('}').unwrap().1)
}

fn line_of(it: &Entry) -> (&'static str, String) {
    let confidence = match it.confidence {
        Confidence::Documented => "documented",
        Confidence::Observed => "observed-in-client",
        Confidence::Inferred => "inferred",
    };
    let managers = match it.managers {
        Managers::Both => "connector, cloud",
        Managers::Initiator => "initiator",
    };
    let port = if it.port == Port::Appliance { "9443" } else { "443" };
    (it.id, format!("{} {} {port} {confidence} {managers}", it.method, it.path))
}

#[test]
fn the_table_is_the_contract() {
    // Paths with an action are the older ways of operations that have a row of their own.
    let table = contract::all().filter(|it| !it.path.contains('?')).map(|it| line_of(&it));
    let table: BTreeMap<_, _> = table.collect();
    let written = written().map(|(id, method, path, operation)| {
        let server = WRITTEN["paths"][path].get("servers").unwrap_or(&WRITTEN["servers"]);
        let port = if server[0]["url"].as_str().unwrap().ends_with(":9443") { "9443" } else { "443" };
        let confidence = operation["x-confidence"].as_str().unwrap();
        let managers = operation["x-managers"].as_array().unwrap().iter().map(|it| it.as_str().unwrap());
        let managers = managers.collect::<Vec<_>>().join(", ");
        (id, format!("{method} {} {port} {confidence} {managers}", without_names(path)))
    });
    let written: BTreeMap<_, _> = written.collect();
    assert_eq!(written.len(), 97);
    assert_eq!(table, written);
}
