//! A runbook with its inputs as the command line names it: a file to be read, or a plan that was kept.

use std::path::Path;
use std::sync::Arc;

use hcxrun_dsl::eval::{Format, Read, Reads};
use hcxrun_dsl::{Diagnostic, Program, Severity, Value};
use hcxrun_engine::{Expanded, Premises, RecordedPlan, RunRecord};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::args::RunbookArgs;
use crate::certificate::Certificate;
use crate::failure::Failure;
use crate::message::Message;
use crate::{inputs, load, say, text};

/// What is to be planned or run.
pub(crate) struct Subject {
    pub(crate) expanded: Expanded,
    pub(crate) files: Reads,
    pub(crate) record: RunRecord,
}

/// A plan file: the runbook as it was planned, and what was planned.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptPlan {
    /// Tells a plan from any other JSON.
    hcxrun_plan: u32,
    record: RunRecord,
    /// What it rests on: what the run is held to.
    pub(crate) premises: Arc<Premises>,
}

const PLAN_FORMAT: u32 = 2;

impl KeptPlan {
    /// What the journal keeps of it.
    fn recorded(&self) -> RecordedPlan {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let digest = blake3::hash(&text).to_hex().to_string();
        RecordedPlan { digest, premises: Arc::clone(&self.premises) }
    }
}

impl Subject {
    /// Reads what the command line names, and says its warnings.
    pub(crate) fn read(args: &RunbookArgs) -> Result<Self, Failure> {
        match kept_plan(&args.file)? {
            Some(kept) => Self::of_plan(kept, args),
            None => Self::of_file(args),
        }
    }

    fn of_plan(kept: KeptPlan, args: &RunbookArgs) -> Result<Self, Failure> {
        if args.inputs.is_some() || !args.set.is_empty() {
            return Err(Failure::with_help(
                "a kept plan has its inputs with it",
                "leave `--inputs` and `--set` out, or plan anew",
            ));
        }
        let (expanded, files) = load::kept(&kept.record)?;
        let record = RunRecord { plan: Some(kept.recorded()), ..kept.record };
        Ok(Self { expanded, files, record })
    }

    fn of_file(args: &RunbookArgs) -> Result<Self, Failure> {
        let loaded = load::program(&args.file)?;
        warn(&loaded.program, &loaded.warnings);
        let given = inputs::read(&loaded.program, args.inputs.as_deref(), &args.set)?;
        let prepared = load::prepare(&loaded.program, &args.file, &given)?;
        let warnings = prepared.expanded.warnings.clone();
        if !warnings.is_empty() {
            say::error(&format!("{}\n", given.locate(&loaded.program, &args.file, warnings).text()));
        }
        for (read, value) in &prepared.data {
            if matches!((read, value), (Read::File { format: Format::Csv, .. }, Value::List(rows)) if rows.is_empty())
            {
                let fact =
                    format!("{read} has no row below its first line: what goes over it has nothing to do");
                say::message(&Message::new(Severity::Warning, fact));
            }
        }
        let header = loaded.program.runbook().map(|runbook| &runbook.header);
        let mut record = RunRecord {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: Timestamp::now(),
            title: header.map(|it| it.title.node.to_string()).unwrap_or_default(),
            ticket: header.and_then(|it| it.ticket.as_ref()).map(|it| it.node.to_string()),
            sources: load::sources(&loaded.program),
            inputs: RunRecord::keep_inputs(&prepared.expanded.inputs),
            files: RunRecord::keep_files(&prepared.data),
            systems: std::collections::BTreeMap::new(),
            seed: uuid::Uuid::now_v7().as_u64_pair().1,
            digest: String::new(),
            rehearsed: None,
            by: String::new(),
            claims: false,
            plan: None,
        };
        record.digest = digest(&loaded.program, &record);
        Ok(Self { expanded: prepared.expanded, files: prepared.files, record })
    }

    /// Notes what the certificate of a rehearsal says.
    ///
    /// # Errors
    /// It is none, or it is about something else.
    pub(crate) fn certify(&mut self, certificate: Option<&Path>) -> Result<(), Failure> {
        if let Some(path) = certificate {
            self.record.rehearsed = Some(Certificate::read(path, &self.record.digest)?.says());
        }
        Ok(())
    }

    /// Keeps a plan of it in a file.
    pub(crate) fn keep(&self, premises: Premises, path: &Path) -> Result<(), Failure> {
        let (record, premises) = (self.record.clone(), Arc::new(premises));
        let kept = KeptPlan { hcxrun_plan: PLAN_FORMAT, record, premises };
        let text = serde_json::to_string_pretty(&kept).map_err(|error| Failure::new(error.to_string()))?;
        std::fs::write(path, text).map_err(|error| Failure::file("write", path, &error))
    }
}

fn warn(program: &Program, warnings: &[Diagnostic]) {
    if !warnings.is_empty() {
        say::error(&format!("{}\n", crate::render::diagnostic::render_all(&program.sources, warnings)));
    }
}

/// What tells runbooks with their inputs apart that mean something else.
pub(super) fn digest(program: &Program, record: &RunRecord) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(program.digest().as_bytes());
    let given = serde_json::json!([record.inputs, record.files]);
    hasher.update(given.to_string().as_bytes()).finalize().to_hex().to_string()
}

/// The plan in a file, when it is one and no runbook.
pub(super) fn kept_plan(path: &Path) -> Result<Option<KeptPlan>, Failure> {
    let text = text::read(path)?;
    if !text.trim_start().starts_with('{') {
        return Ok(None);
    }
    match serde_json::from_str::<KeptPlan>(&text) {
        Ok(kept) if kept.hcxrun_plan == PLAN_FORMAT => Ok(Some(kept)),
        Ok(kept) => Err(Failure::with_help(
            format!(
                "{} is a plan of format {}, and this hcxrun knows {PLAN_FORMAT}",
                path.display(),
                kept.hcxrun_plan
            ),
            "plan anew",
        )),
        Err(_) => {
            let fact = format!("{} is neither a runbook nor a plan", path.display());
            Err(Failure::with_help(fact, "`hcxrun plan … --out FILE` writes a plan"))
        }
    }
}
