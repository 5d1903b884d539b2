//! A wave of ten thousand machines on five hundred networks, in virtual time: `cargo bench --bench wave`. Prints time and
//! peak memory of `hcxrun run --twin`; the memory is read from `/proc`, so on Linux alone. `-- NETWORKS MACHINES` asks for
//! another size, MACHINES being those of each network.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints what it measured"
)]

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNBOOK: &str = r#"edition 1
runbook "A large wave" { on failure hold }
use hcx
system source: hcx.manager
system cloud:  hcx.manager
let wave   = csv("wave.csv")
let groups = wave.group(m => m.network).keys()
step pairing: hcx.check_pairing { source = source  cloud = cloud }
step machines: hcx.check_wave { source = source  cloud = cloud  between = pairing  wave = wave  profile = "BULK" }
step draft for g in groups by g: hcx.draft_group {
  source = source  between = pairing  name = g  machines = machines.groups[g]  landing = machines.landing  limit 10
}
// Ten groups of twenty are the two hundred that a mesh takes at once.
step move for g in groups by g: hcx.start_group {
  source = source  cloud = cloud  between = pairing  group = draft[g]  limit 10
}
"#;

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|it| it.parse().ok()).collect();
    let (networks, machines) = match sizes[..] {
        [networks, machines] => (networks, machines),
        _ => (500, 20),
    };
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("wave.hcxrun", RUNBOOK);
    write("wave.csv", &csv(networks, machines));
    write("scene.yaml", &scene(networks, machines));
    let (took, peak) = run(dir.path());
    println!("{} machines on {networks} networks: {took:.1?}, {peak} at the most", networks * machines);
}

fn csv(networks: usize, machines: usize) -> String {
    let mut text = "vm,network,to\n".to_owned();
    for (network, machine) in each(networks, machines) {
        writeln!(text, "vm-{network:03}-{machine:03},net-{network:03},seg-{network:03}").unwrap();
    }
    text
}

fn each(networks: usize, machines: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..networks).flat_map(move |network| (0..machines).map(move |machine| (network, machine)))
}

fn scene(networks: usize, machines: usize) -> String {
    let mut text = "extends: fresh\nsource:\n  networks:\n".to_owned();
    for network in 0..networks {
        writeln!(text, "    net-{network:03}: {{ vlan: {} }}", network % 4000 + 1).unwrap();
    }
    text.push_str("  vms:\n");
    for (network, machine) in each(networks, machines) {
        writeln!(text, "    vm-{network:03}-{machine:03}: {{ network: net-{network:03} }}").unwrap();
    }
    text.push_str("cloud:\n  segments:\n");
    for network in 0..networks {
        let (high, low) = (network.div_euclid(250) + 1, network % 250);
        writeln!(text, "    seg-{network:03}: {{ gateway: 10.{high}.{low}.1/24, router: tier1-production }}")
            .unwrap();
    }
    text
}

/// How long it takes, and its peak memory as the kernel says it.
fn run(dir: &Path) -> (Duration, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hcxrun"));
    command.args(["run", "wave.hcxrun", "--twin", "scene.yaml", "--approve-all"]);
    command.current_dir(dir).env("HCXRUN_JOURNAL", dir.join("journal.db"));
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak = "unknown".to_owned();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "the run ended with {status}");
            return (began.elapsed(), peak);
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        if let Some(line) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            line.trim().clone_into(&mut peak);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
