//! The runbooks that are measured.

use std::fmt::Write;

/// Switches that answer at once.
pub(crate) const SWITCHES: &str = r#"edition 1
api switches {
  input url: url
  error response.error
}
action on {
  input at:   switches
  input name: string
  let switch = at.get("/switches/${name}")
  done when switch.state == "on"
  change "switch ${name} on"
    at.put("/switches/${name}", { state: "on" })
  poll every 1s for 1m
  undo "switch ${name} off"
    at.put("/switches/${name}", { state: "off" })
  undone when switch.state == "off"
  touches "switch/${name}"
  output name = name
}
action nothing {
  input n: number
  require n >= 0 else "below zero"
  output n = n
}
"#;

const HEAD: &str =
    "edition 1\nrunbook \"Speed\" { }\nuse \"switches.hcxrun\" as switches\nsystem at: switches.switches\n";

pub(crate) fn chain(steps: usize) -> String {
    (0..steps).fold(HEAD.to_owned(), |text, n| text + &step(n, "") + "\n")
}

pub(crate) fn fan_out(steps: usize) -> String {
    let names: Vec<_> = (0..steps).map(|n| format!("\"s{n}\"")).collect();
    format!(
        "{HEAD}let names = [{}]\nstep all for n in names by n: switches.on {{ at = at  name = n }}\n",
        names.join(", ")
    )
}

/// Layers of a hundred, every step behind three of the layer before.
pub(crate) fn layers(steps: usize) -> String {
    const WIDTH: usize = 100;
    let mut text = HEAD.to_owned() + "parallel {\n";
    for n in 0..steps {
        let (layer, place) = (n / WIDTH, n % WIDTH);
        let before = (0..3).map(|k| {
            format!("s{}", layer.wrapping_sub(1).wrapping_mul(WIDTH).wrapping_add((place + 7 * k) % WIDTH))
        });
        let before = if layer == 0 {
            String::new()
        } else {
            format!("  after {}", before.collect::<Vec<_>>().join(", "))
        };
        writeln!(text, "{}", step(n, &before)).unwrap();
    }
    text + "}\n"
}

fn step(n: usize, after: &str) -> String {
    format!("step s{n}: switches.on {{ at = at  name = \"s{n}\"{after} }}")
}

/// One step that needs nobody.
pub(crate) fn one_of_nothing() -> String {
    "edition 1\nrunbook \"One step\" { }\nuse \"switches.hcxrun\" as switches\nstep one: switches.nothing { n = 1 }\n"
        .to_owned()
}

/// One step that changes a twin.
pub(crate) fn one_of_hcx() -> String {
    "edition 1\nrunbook \"One step\" { on failure rollback }\nuse hcx\nsystem site: hcx.manager\nstep one: hcx.scale_appliances { site = site  mesh = \
     \"dc1-to-cloud\"  count = 2 }\n"
        .to_owned()
}
