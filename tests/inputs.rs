//! Wrong data: each message points at the line and column of the value, and nothing was contacted before it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::Night;

const RUNBOOK: &str = r#"edition 1

runbook "Networks of a site" {
  on failure rollback
}

use hcx

system source: hcx.manager

input site:     string
input vlan:     number
input networks: list<{ name: string, gateway: ifaddr, vlan: number? }>

/// Looks, and changes nothing.
action look {
  input at:       hcx.manager
  input site:     string
  input vlan:     number
  input networks: list<{ name: string, gateway: ifaddr, vlan: number? }>

  let about = at.query("/hybridity/api/about", { site: site, vlan: vlan, names: networks.map(n => n.name) })

  require about.version == "4.9" else "it is another version"
}

step see: look {
  at       = source
  site     = site
  vlan     = vlan
  networks = networks
}
"#;

const INPUTS: &str = "\
# The site.
site: berlin
vlan: 30
networks:
  - name: web-30
    gateway: 10.20.30.1/24
  - { name: app-31, gateway: 10.20.31.1/24, vlan: 31 }
";

const SYSTEMS: &str = "\
source:
  url: http://ADDRESS
  username: administrator@vsphere.local
  password: file:secret
";

/// What is asked, in its folder, with a listener in the place of the system.
struct Desk {
    night: Night,
    address: String,
    contacts: Arc<AtomicUsize>,
}

impl Desk {
    fn new() -> Self {
        let (night, listener) = (Night::bare(), TcpListener::bind("127.0.0.1:0").unwrap());
        let (address, contacts) = (listener.local_addr().unwrap().to_string(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&contacts);
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        night.write("site.hcxrun", RUNBOOK);
        night.write("secret", "hunter-2");
        night.write("inputs.yaml", INPUTS);
        night.write("systems.yaml", SYSTEMS);
        Desk { night, address, contacts }
    }

    /// What a plan beside the twin says.
    #[track_caller]
    fn on_twin(&self, more: &[&str]) -> String {
        self.says(&[&["plan", "site.hcxrun", "--inputs", "inputs.yaml"], more].concat())
    }

    /// What a plan beside a system says.
    #[track_caller]
    fn plan(&self, more: &[&str]) -> String {
        self.says(&[&["plan", "site.hcxrun", "--systems", "systems.yaml"], more].concat())
    }

    /// What a command says; it is a wrong input, and the system was left alone.
    #[track_caller]
    fn says(&self, args: &[&str]) -> String {
        let systems = self.night.dir.path().join("systems.yaml");
        let text = std::fs::read_to_string(&systems).unwrap();
        std::fs::write(&systems, text.replace("ADDRESS", &self.address)).unwrap();
        let mut command = self.night.command(args);
        let output = command.current_dir(self.night.dir.path()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{said}");
        assert_eq!(self.contacts.load(Ordering::SeqCst), 0, "somebody contacted the system");
        assert!(!said.contains("hunter"), "{said}");
        said.replace(&self.address, "ADDRESS")
    }
}

/// What is said when the inputs are changed.
#[track_caller]
fn with_inputs(from: &str, to: &str) -> String {
    let desk = Desk::new();
    assert!(INPUTS.contains(from));
    desk.night.write("inputs.yaml", &INPUTS.replacen(from, to, 1));
    desk.plan(&["--inputs", "inputs.yaml"])
}

/// What is said when the runbook has a secret among its inputs.
#[track_caller]
fn with_secret(lines: &str, more: &[&str]) -> String {
    let desk = Desk::new();
    let secret = "input key:      secret\n";
    desk.night.write("site.hcxrun", &RUNBOOK.replace("\n/// Looks", &format!("{secret}\n/// Looks")));
    desk.night.write("inputs.yaml", &format!("{INPUTS}{lines}"));
    let said = desk.plan(&[&["--inputs", "inputs.yaml"], more].concat());
    said.split_once("help: remove it\n").map_or(said.clone(), |(_, errors)| errors.to_owned())
}

/// What is said of a table that the runbook reads by itself.
#[track_caller]
fn with_table(table: &str) -> String {
    let desk = Desk::new();
    let declared = "input networks: list<{ name: string, gateway: ifaddr, vlan: number? }>\n\n///";
    let reads = declared.replace("}>\n", "}> = csv(\"networks.csv\")\n");
    desk.night.write("site.hcxrun", &RUNBOOK.replacen(declared, &reads, 1));
    desk.night.write("inputs.yaml", "site: berlin\nvlan: 30\n");
    desk.night.write("networks.csv", table);
    desk.plan(&["--inputs", "inputs.yaml"])
}

/// What is said of a table that two fan-outs go over.
#[track_caller]
fn with_twice(table: &str) -> String {
    let desk = Desk::new();
    let declared = "input networks: list<{ name: string, gateway: ifaddr, vlan: number? }>\n\n///";
    let reads = declared.replace("}>\n", "}> = csv(\"networks.csv\")\n");
    let (before, _) = RUNBOOK.split_once("step see").unwrap();
    let step = |name: &str| {
        format!(
            "step {name} for n in networks by n.name: look {{ at = source  site = n.name  vlan = 1  networks = networks }}\n"
        )
    };
    let text = before.replacen(declared, &reads, 1);
    desk.night.write("site.hcxrun", &format!("{text}{}{}", step("one"), step("two")));
    desk.night.write("inputs.yaml", "site: berlin\nvlan: 30\n");
    desk.night.write("networks.csv", table);
    desk.plan(&["--inputs", "inputs.yaml"])
}

/// What is said when the systems are changed.
#[track_caller]
fn with_systems(from: &str, to: &str) -> String {
    let desk = Desk::new();
    assert!(SYSTEMS.contains(from));
    desk.night.write("systems.yaml", &SYSTEMS.replacen(from, to, 1));
    desk.plan(&["--inputs", "inputs.yaml"])
}

/// What is said when the systems are changed and a file lies beside them.
#[track_caller]
fn with_file(name: &str, content: &[u8], from: &str, to: &str) -> String {
    let desk = Desk::new();
    assert!(SYSTEMS.contains(from));
    desk.night.write("systems.yaml", &SYSTEMS.replacen(from, to, 1));
    std::fs::write(desk.night.dir.path().join(name), content).unwrap();
    desk.plan(&["--inputs", "inputs.yaml"])
}

/// What is said of inputs that are these bytes.
#[track_caller]
fn with_bytes(content: &[u8]) -> String {
    let desk = Desk::new();
    std::fs::write(desk.night.dir.path().join("inputs.yaml"), content).unwrap();
    desk.plan(&["--inputs", "inputs.yaml"])
}

/// A text as Windows keeps it.
fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// What is said of a scene of one's own.
#[track_caller]
fn with_scene(scene: &str) -> String {
    let desk = Desk::new();
    desk.night.write("scene.yaml", scene);
    desk.on_twin(&["--twin", "scene.yaml"])
}

/// What is said of the faults of a file.
#[track_caller]
fn with_faults(faults: &str) -> String {
    let desk = Desk::new();
    desk.night.write("faults.yaml", faults);
    desk.on_twin(&["--twin", "--faults", "faults.yaml"])
}

/// What is said of a value on the command line.
#[track_caller]
fn with_set(set: &str) -> String {
    Desk::new().plan(&["--inputs", "inputs.yaml", "--set", set])
}

macro_rules! messages {
    ($($name:ident: $said:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!($said);
        })*
    };
}

messages! {
    an_unknown_input: with_inputs("vlan: 30", "vlan: 30\nnetwrks: []");
    an_input_that_is_missing: with_inputs("vlan: 30\n", "");
    a_field_of_a_list_of_another_type: with_inputs("vlan: 31", "vlan: many");
    a_record_without_a_field: with_inputs("    gateway: 10.20.30.1/24\n", "    vlan: 30\n");
    a_gateway_that_is_the_network_address: with_inputs("10.20.30.1/24", "10.20.30.0/24");
    a_text_where_a_number_is_wanted: with_inputs("vlan: 30", "vlan: \"30\"");
    a_number_where_a_text_is_wanted: with_inputs("site: berlin", "site: 815");
    a_record_where_a_list_is_wanted: with_inputs("  - name: web-30\n    gateway: 10.20.30.1/24\n  - { name: app-31, gateway: 10.20.31.1/24, vlan: 31 }", "  web-30: 10.20.30.1/24");
    two_inputs_are_wrong: with_inputs("site: berlin\nvlan: 30", "site: [berlin]\nvlan: thirty");
    a_key_that_stands_twice: with_inputs("vlan: 31", "name: app-32");
    a_text_that_is_no_yaml: with_inputs("vlan: 31 }", "vlan: 31");
    a_line_that_is_indented_with_a_tab: with_inputs("    gateway: 10.20.30.1/24", "\tgateway: 10.20.30.1/24");
    a_colon_without_a_blank: with_inputs("site: berlin", "site:berlin");
    a_sign_in_the_place_of_a_colon: with_inputs("site: berlin", "site = berlin");
    a_colon_without_a_blank_in_the_last_line: with_inputs(INPUTS, "site: berlin\nvlan:30\n");
    a_second_colon_in_a_line: with_inputs("site: berlin", "site: berlin: mitte");
    a_quote_that_is_not_closed: with_inputs("site: berlin", "site: \"berlin");
    a_line_too_far_right: with_inputs("vlan: 30", "  vlan: 30");
    a_merge_that_is_not_done: with_inputs("vlan: 30", "<<<<<<< HEAD\nvlan: 30\n=======\nvlan: 31\n>>>>>>> night");
    a_tag_of_another_tool: with_inputs("site: berlin", "site: !vault abc");
    a_template_that_nobody_filled_in: with_inputs("site: berlin", "site: {{ site }}");
    two_documents: with_inputs("vlan: 30", "---\nvlan: 30");
    a_value_that_begins_with_a_sign: with_inputs("site: berlin", "site: @berlin");
    inputs_that_are_a_list: with_inputs(INPUTS, "- site: berlin\n- vlan: 30\n");
    a_cell_of_a_table: with_table("name,gateway\nweb-30,10.20.30.1/24\napp-31,10.20.31.1\n");
    a_table_with_other_columns: with_table("name;gateway\nweb-30;10.20.30.1/24\n");
    a_table_with_tabs: with_table("name\tgateway\nweb-30\t10.20.30.1/24\n");
    a_table_that_is_empty: with_table("\n");
    two_rows_with_one_key: with_twice("name,gateway\nweb-30,10.20.30.1/24\nweb-30,10.20.31.1/24\n");
    a_row_that_is_too_short: with_table("name,gateway\nweb-30\n");
    an_option_of_another_type: with_set("vlan=thirty");
    a_number_for_a_text_in_an_option: with_set("site=815");
    a_list_in_an_option: with_set("networks=[{ name: web-30, gateway: 10.20.30.1/24, vlan: x }]");
    an_unknown_input_in_an_option: with_set("vlna=30");
    an_option_that_is_no_yaml: with_set("networks=[{ name: web-30");
    a_secret_that_is_no_text: with_secret("key: [hunter]\n", &[]);
    a_secret_beside_what_is_wrong: with_secret("key: hunter # hunter\nvlna: 7\n", &[]);
    a_secret_in_what_is_no_yaml: with_secret("key: [hunter\n", &[]);
    a_secret_that_is_no_text_in_an_option: with_secret("", &["--set", "key=[hunter]"]);
    a_system_that_is_misspelt: with_systems("source:", "sorce:");
    a_system_that_is_missing: with_systems("source:", "target:");
    a_secret_in_clear: with_systems("file:secret", "hunter-2");
    a_misspelt_secret_in_clear: with_systems("password: file:secret", "pasword: hunter-2 # hunter-3");
    an_unknown_field_of_a_system: with_systems("username:", "user:");
    a_system_without_a_field: with_systems("  username: administrator@vsphere.local\n", "");
    a_variable_that_is_not_set: with_systems("file:secret", "env:HCXRUN_NO_SUCH_VARIABLE");
    a_file_that_is_not_there: with_systems("file:secret", "file:no-such-file");
    a_password_in_an_address: with_systems("http://ADDRESS", "https://admin:hunter-2@127.0.0.1:1");
    a_password_in_an_address_beside_what_is_wrong: with_systems("url: http://ADDRESS\n  username:", "url: \"admin:hunter-2@127.0.0.1\"\n  user:");
    an_address_without_its_beginning: with_systems("http://ADDRESS", "hcx.example.com");
    an_address_with_a_blank: with_systems("http://ADDRESS", "https://hcx.example.com /hybridity");
    an_address_whose_port_is_none: with_systems("http://ADDRESS", "https://hcx.example.com:99999");
    an_address_whose_host_is_none: with_systems("http://ADDRESS", "https://10.0.0.300");
    an_address_with_a_query: with_systems("http://ADDRESS", "https://hcx.example.com/?x=1");
    a_secret_file_that_is_empty: with_file("empty", b"\n", "file:secret", "file:empty");
    a_certificate_that_is_no_pem: with_file("ca.pem", b"\x30\x82\x01", "  username:", "  ca: ca.pem\n  username:");
    a_certificate_that_is_none: with_file("ca.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "  username:", "  ca: ca.pem\n  username:");
    inputs_in_latin_1: with_bytes(b"site: berlin\n# gr\xfc\xdfe\nvlan: 30\n");
    inputs_in_utf_16: with_bytes(&utf16("\u{feff}site: berlin\nvlan: 30\n"));
    inputs_behind_the_mark_of_their_encoding: with_bytes("\u{feff}site: berlin\nvlan: thirty\n".as_bytes());
    an_unknown_key_of_a_scene: with_scene("extends: fresh\nsource:\n  versoin: 4.9.0\n");
    a_key_of_a_scene_that_is_like_no_other: with_scene("extends: fresh\nmeshes:\n  dc1-to-cloud: { colour: red }\n");
    a_word_of_a_scene: with_scene("extends: fresh\ncloud:\n  edition: GOLD\n");
    a_number_of_a_scene_that_is_out_of_range: with_scene("extends: fresh\ngenerate:\n  networks: 1000000\n  machines: 1\n");
    a_text_of_a_scene_where_a_number_is_wanted: with_scene("extends: fresh\nlag: long\n");
    a_scene_that_names_what_is_not_there: with_scene("extends: fresh\nsource:\n  vms:\n    old-01: { network: nowhere }\n");
    a_scene_whose_base_lacks_something: with_scene("source: { name: a }\ncloud: { name: b }\n");
    a_fault_of_a_scene: with_scene("extends: fresh\nfaults:\n  - createHaGroup=refuse\n  - createHaGroup=explode\n");
    a_scene_that_is_no_yaml: with_scene("extends: fresh\nsource: {\n");
    a_fault_of_a_file: with_faults("# At the first try.\n- createHaGroup=refuse\n- \"createHaGruop=refuse\"\n");
    a_fault_in_an_option: Desk::new().on_twin(&["--twin", "--fault", "createHaGroup=refuse:200"]);
    a_system_with_a_colon_without_a_blank: with_systems("url: http://ADDRESS", "url:http://ADDRESS");
    a_reference_with_a_blank: with_systems("file:secret", "env: hunter");
    a_scene_that_is_a_text: with_scene("hello\n");
    a_record_of_a_scene_that_is_a_list: with_scene("extends: fresh\ncloud: [a]\n");
    a_record_of_a_scene_that_is_a_text: with_scene("extends: fresh\ndurations: long\n");
    too_many_appliances_of_a_scene: with_scene("extends: fresh\nmeshes:\n  dc1-to-cloud: { appliances: 1000000 }\n");
    too_many_machines_of_a_scene: with_scene("extends: fresh\ngenerate: { networks: 1, machines: 4000000000 }\n");
    systems_that_are_no_yaml: with_systems("password: file:secret", "password: [hunter-2");
}
