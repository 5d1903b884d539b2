//! The four dialects of pages. Each list shows the same whole and in pages, and ends.

use serde_json::{Value, json};

use crate::driver::{Client, MACHINES, SOURCE, text};

const METRICS: &str = "/hybridity/api/metrics/interconnect";

fn items(answer: &Value) -> Vec<Value> {
    let items = answer.pointer("/data/items").or(answer.get("items"));
    items.unwrap().as_array().unwrap().clone()
}

/// Pages of two until one is empty.
fn pages(mut page: impl FnMut(usize) -> Value) -> Vec<Value> {
    let pages = (0..).map(|n| items(&page(n))).take_while(|page| !page.is_empty());
    pages.inspect(|page| assert!(page.len() <= 2)).flatten().collect()
}

#[test]
fn inventories_and_migrations_skip_a_count() {
    let mut client = Client::new("networks-extended");
    for vm in ["web-01", "web-02", "web-03"] {
        assert_eq!(client.start("RAV", vm, SOURCE).0, 202);
    }
    for (path, count) in [(MACHINES, 8), ("/hybridity/api/migrations?action=query", 3)] {
        let whole = items(&client.query(SOURCE, path, &json!({})));
        assert_eq!(whole.len(), count);
        let page = |n| json!({ "paging": { "skipCount": 2 * n, "pageSize": 2 } });
        assert_eq!(pages(|n| client.query(SOURCE, path, &page(n))), whole);
    }
}

#[test]
fn tasks_have_an_offset_and_tell_how_many_there_are() {
    let mut client = Client::new("fresh");
    for count in [2, 3, 4] {
        client.scaled(count);
    }
    let path = "/hybridity/api/interconnect/tasks";
    let whole = client.get(SOURCE, path);
    assert_eq!(whole["paging"], json!({ "offset": 0, "pageSize": 3, "totalSize": 3 }));
    assert_eq!(pages(|n| client.get(SOURCE, &format!("{path}?offset={}&pageSize=2", 2 * n))), items(&whole));
    let last = client.get(SOURCE, &format!("{path}?offset=2&pageSize=2"));
    assert_eq!(last["paging"], json!({ "offset": 2, "pageSize": 1, "totalSize": 3 }));
}

#[test]
fn metrics_have_a_count_and_say_what_is_next() {
    let mut client = Client::new("networks-extended");
    client.scaled(3);
    let whole = client.query(SOURCE, METRICS, &json!({}));
    assert_eq!(whole["paging"], json!({ "count": 4 }), "three of networks, one of machines");
    let (mut found, mut next) = (Vec::new(), Value::Null);
    for last in [false, true] {
        let page = client.query(SOURCE, METRICS, &json!({ "paging": { "count": 2, "next": next } }));
        found.extend(items(&page));
        next = page["paging"]["next"].clone();
        assert_eq!(next.is_null(), last);
    }
    assert_eq!(found, items(&whole));
    let unknown = json!({ "paging": { "next": "made up" } });
    assert!(items(&client.query(SOURCE, METRICS, &unknown)).is_empty());
}

#[test]
fn newer_lists_of_groups_have_numbered_pages() {
    let mut client = Client::new("networks-extended");
    for (n, vm) in ["web-01", "web-02", "web-03"].into_iter().enumerate() {
        let intent = client.intent("RAV", vm, ("web-30", "L2E_web-30"), SOURCE);
        let group = json!({ "name": format!("wave-{n}"), "migrations": [intent] });
        assert_eq!(client.post("/hybridity/api/mobility/groups", &json!({ "items": [group] })).0, 201);
    }
    let path = "/hybridity/api/v2/mobility-groups/query";
    let whole = items(&client.query(SOURCE, path, &json!({})));
    assert_eq!(whole.len(), 3);
    let page = |n| json!({ "pageParameters": { "pageNumber": n + 1, "pageSize": 2 } });
    assert_eq!(pages(|n| client.query(SOURCE, path, &page(n))), whole);
    let group = text(&whole[0]["info"]["id"]);
    let path = format!("/hybridity/api/v2/mobility-groups/{group}/migrations/query");
    assert_eq!(items(&client.query(SOURCE, &path, &page(0))).len(), 1);
    assert!(items(&client.query(SOURCE, &path, &page(1))).is_empty());
}
