//! A runbook as an author writes it, only longer.

#![allow(unreachable_pub, reason = "shared by benchmarks")]

use std::fmt::Write;

const HEAD: &str = r#"edition 1

runbook "Many networks" {
  on failure rollback
}

use hcx

system source: hcx.manager
system cloud:  hcx.manager

input mesh:   string = "dc1-to-cloud"
input router: string = "T1-DR"

step pairing: hcx.check_pairing { source = source  cloud = cloud }
"#;

/// Each step looks at a network of its own.
pub fn runbook(steps: usize) -> String {
    let mut text = HEAD.to_owned();
    for n in 0..steps {
        let gateway = format!("10.{}.{}.1/24", n / 250, n % 250);
        writeln!(
            text,
            "\nstep n{n}: hcx.check_network {{\n  source  = source  cloud = cloud\n  between = pairing  mesh = mesh\n  \
             network = \"N{n}\"\n  gateway = {gateway}\n  router  = router\n}}"
        )
        .unwrap();
    }
    text
}
