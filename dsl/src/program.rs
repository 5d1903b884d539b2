//! A program: the modules of a runbook, with every name at hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::source::{SourceId, Sources};
use crate::syntax::{
    Action, Api, Input, Invariant, Let, Member, Output, Runbook, Step, System, Test, TypeDecl, TypeExpr, Use,
};
use crate::types::Type;

/// Which module of a [`Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(pub u16);

/// Everything that a runbook means, without what it is run with.
#[derive(Debug, Clone)]
pub struct Program {
    /// The texts that it was made of: the runbook's first.
    pub sources: Sources,
    /// Its modules: that of the runbook's file first, then in the order in which `use` brought them in.
    pub modules: Vec<Module>,
}

/// One file, or a folder of files that share their names.
#[derive(Debug, Clone)]
pub struct Module {
    /// `hcx` for `use hcx`; the name that the first `use` gave it; the file's own name for the runbook's.
    pub name: Arc<str>,
    /// Its texts.
    pub sources: Vec<SourceId>,
    /// Its `use`s in the order of the text, those that bring nothing in too.
    pub imports: Vec<Use>,
    /// What its names for other modules mean.
    pub uses: BTreeMap<Arc<str>, ModuleId>,
    /// Its apis.
    pub apis: BTreeMap<Arc<str>, Api>,
    /// Its actions.
    pub actions: BTreeMap<Arc<str>, Arc<Action>>,
    /// What a step of each action is worth: a record of its outputs.
    pub results: BTreeMap<Arc<str>, Type>,
    /// Its names for types.
    pub types: BTreeMap<Arc<str>, TypeDecl>,
    /// The runbook, when the file is one.
    pub runbook: Option<RunbookBody>,
    /// Its tests in the order of the text.
    pub tests: Vec<Arc<Test>>,
}

/// What a runbook says, in order.
#[derive(Debug, Clone)]
pub struct RunbookBody {
    /// Title, ticket, window, policy.
    pub header: Runbook,
    /// Systems by declaration.
    pub systems: Vec<System>,
    /// Inputs by declaration.
    pub inputs: Vec<Input>,
    /// Names for values.
    pub lets: Vec<Let>,
    /// Phases, parallels, steps and gates.
    pub members: Vec<Member>,
    /// What the run hands back.
    pub outputs: Vec<Output>,
    /// What is watched beside the steps, in the order of the text.
    pub invariants: Vec<Invariant>,
}

impl Program {
    /// The module behind an id.
    pub fn module(&self, id: ModuleId) -> Option<&Module> {
        self.modules.get(usize::from(id.0))
    }

    /// The module of the runbook's own file.
    pub fn main(&self) -> Option<&Module> {
        self.modules.first()
    }

    /// The runbook; `None` when the file is only a module.
    pub fn runbook(&self) -> Option<&RunbookBody> {
        self.main().and_then(|module| module.runbook.as_ref())
    }

    /// What a test of the runbook's module tries: the same program with the test's own steps for a runbook, or as it
    /// is when the test tries the runbook of its file.
    #[must_use]
    pub fn tried_by(&self, test: &Test) -> Program {
        let mut program = self.clone();
        if let (Some(main), Some(body)) = (program.modules.first_mut(), RunbookBody::of_test(test)) {
            main.runbook = Some(body);
        }
        program
    }

    /// The action that a step of the runbook uses, with the module that declares it.
    pub fn action_of(&self, step: &Step) -> Option<(ModuleId, &Arc<Action>)> {
        let id = match &step.module {
            None => ModuleId(0),
            Some(name) => *self.main()?.uses.get(&name.node)?,
        };
        Some((id, self.module(id)?.actions.get(&step.action.node)?))
    }

    /// The inputs that a step must give to an action of a module.
    pub fn needed<'a>(&self, module: ModuleId, action: &'a Action) -> impl Iterator<Item = &'a Input> {
        let is_optional =
            move |ty: &TypeExpr| matches!(self.resolve(module, ty), Type::Optional(_) | Type::Unknown);
        action.inputs.iter().filter(move |it| it.default.is_none() && !is_optional(&it.ty))
    }

    /// The api of a system of the runbook, with the module that declares it.
    pub fn api_of(&self, system: &System) -> Option<(ModuleId, &Api)> {
        let id = match &system.module {
            None => ModuleId(0),
            Some(name) => *self.main()?.uses.get(&name.node)?,
        };
        Some((id, self.module(id)?.apis.get(&system.api.node)?))
    }
}

impl Program {
    /// What tells programs apart that mean something else: a comment or another layout keeps it, another time-out or
    /// another library does not. Taken of [`meaning`](crate::meaning::meaning). As hexadecimal digits.
    pub fn digest(&self) -> String {
        blake3::hash(crate::meaning::meaning(self).as_bytes()).to_hex().to_string()
    }
}

impl RunbookBody {
    /// The small runbook that a test is; `None` for a test that tries the runbook of its file.
    pub fn of_test(test: &Test) -> Option<RunbookBody> {
        let header = Runbook {
            doc: test.doc.clone(),
            title: test.name.clone(),
            ticket: None,
            window: None,
            on_failure: None,
            span: test.name.span,
        };
        test.is_runbook().then(|| RunbookBody {
            header,
            systems: test.systems.clone(),
            inputs: Vec::new(),
            lets: test.lets.clone(),
            members: test.members.clone(),
            outputs: Vec::new(),
            invariants: Vec::new(),
        })
    }
}
