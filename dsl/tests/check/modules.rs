use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Loader, ModuleText, load};

use crate::support::{files, program, render};

#[test]
fn files_and_headers() {
    files(
        "files_and_headers",
        &[
            ("steps without a header", "input a: string\noutput b = a"),
            (
                "a module that is not there",
                "use nowhere\nrunbook \"t\" { }\nsystem a: nowhere.manager\nstep b: nowhere.look { on = a }",
            ),
            (
                "a module that is misspelt",
                "use lba\nrunbook \"t\" { }\nsystem a: lab.manager\nstep b: lab.look { on = a }",
            ),
        ],
    );
}

#[test]
fn circles_and_runbooks() {
    let a = "edition 1\nuse \"./b\"  as b\ntype x = b.y\nrunbook \"t\" { }\ninput i: x\noutput o = i";
    let b = "edition 1\nuse \"./c\" as c\ntype y = c.z";
    let c = "edition 1\nuse \"./b\" as b\ntype z = { y: b.y? }";
    let d = "edition 1\nrunbook \"d\" { }\ntype y = string";
    let mut all = String::new();
    for modules in [[("./b", b), ("./c", c)], [("./b", d), ("./c", c)]] {
        let (program, found) = program(a, &modules);
        all += &format!("{}\n", render(&program.sources, &found));
    }
    insta::assert_snapshot!("circles_and_runbooks", all);
}

#[test]
fn one_module_under_two_names_is_one() {
    let main = "edition 1\nrunbook \"t\" { }\nuse \"./b\" as b\nuse \"./c\" as c\nsystem s: b.m\nstep x: c.look { on = s }";
    let b = "edition 1\napi m { input url: url }";
    let c = "edition 1\nuse \"./b\" as other\naction look { input on: other.m require on.get(\"/\").ok else \"\" }";
    let (program, found) = program(main, &[("./b", b), ("./c", c)]);
    assert_eq!(render(&program.sources, &found), "nothing wrong\n");
    let names: Vec<_> = program.modules.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn what_the_parser_lost_is_not_missed() {
    files(
        "what_the_parser_lost",
        &[
            ("a let", "runbook \"t\" { }\nlet a = = 1\noutput b = a + \"x\" + 1"),
            (
                "a clause",
                "api m { input url: url }\naction a {\n  input on: m\n  done when on.get(\"/\").ok\n  change \"x\" on.put(\"/\")\n  undo on.put(\"/\")\n}",
            ),
            (
                "an argument",
                "runbook \"t\" { }\naction a { input b: number require b == 1 else \"\" }\nstep s: a { b = = 1 }",
            ),
            ("an action", "runbook \"t\" { }\naction a b { }\nstep s: a { }"),
        ],
    );
}

#[test]
fn messages_are_sorted_and_each_cause_has_one() {
    let text = "edition 1\nrunbook \"t\" { }\noutput a = nothing\noutput b = void.x + nothing";
    let (_, found) = program(text, &[]);
    let places: Vec<_> = found.iter().map(|it| it.label.span.start).collect();
    assert_eq!(places.len(), 2);
    assert!(places.is_sorted());
    assert_eq!(found[0].label.text, "and 1 more time below");
}

/// Gives the same files for every `use`.
struct Folder;

impl Loader for Folder {
    fn module(&mut self, _: &UseTarget, _: &str) -> Result<ModuleText, String> {
        let api = "edition 1\napi m { input url: url }\ntype thing = { id: string }";
        let action = "edition 1\naction look {\n  input on: m\n  input at: thing\n  require on.get(at.id).ok else \"\"\n}";
        let files = [
            ("lab/api.hcxrun", api),
            ("lab/look.hcxrun", action),
            ("lab/more.hcxrun", "edition 1\ntype thing = string"),
        ];
        Ok(ModuleText {
            name: "lab".to_owned(),
            files: files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec(),
        })
    }
}

#[test]
fn the_files_of_a_folder_share_their_names() {
    let main = "edition 1\nrunbook \"t\" { }\nuse \"./lab\" as lab\nsystem s: lab.m\nstep x: lab.look { on = s at = { id: \"/\" } }";
    let (program, found) = load(&ModuleText::file("a.hcxrun", main), &mut Folder);
    insta::assert_snapshot!("the_files_of_a_folder", render(&program.sources, &found));
}
