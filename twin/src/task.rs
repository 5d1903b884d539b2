//! Interconnect tasks and jobs, the two kinds of asynchronous work (`behaviour.md` section 4).

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::alert::Severity;
use crate::entity::{Entity, EntityKind};
use crate::fault::Failure;
use crate::http::Site;
use crate::paging::Paging;
use crate::pairing::PAIRING;
use crate::refusal::{Refusal, Served, not_found};
use crate::world::{Happening, World, passed};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) id: String,
    /// Of the manager that took the call.
    site: Site,
    kind: TaskKind,
    /// The mesh or the profile that takes no other one meanwhile.
    entity: String,
    about: Entity,
    status: TaskStatus,
    error: Option<String>,
    pub(crate) started: Timestamp,
    pub(crate) ends: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum TaskKind {
    UpdateComputeProfile,
    CreateComputeProfile,
    DeleteComputeProfile,
    CreateServiceMesh,
    UpdateServiceMesh,
    ResyncServiceMesh,
    DeleteServiceMesh,
    CreateHaGroup,
    DeleteHaGroup,
    ForceFailover,
    RedeployAppliance,
    UpgradeAppliance,
    ForceSyncAppliance,
    DeleteAppliance,
    RedeployHaGroup,
    UpgradeHaGroup,
    ForceSyncHaGroup,
    RecoverHaGroup,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum TaskStatus {
    Queued,
    Running,
    Success,
    Failed,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    about: String,
    /// Whether it went well, once it has ended.
    pub(crate) outcome: Option<bool>,
    pub(crate) started: Timestamp,
    pub(crate) ends: Timestamp,
}

/// A task to be.
#[derive(Clone, Copy)]
pub(crate) struct NewTask<'a> {
    pub(crate) site: Site,
    pub(crate) kind: TaskKind,
    /// The mesh or the profile that takes no other one meanwhile.
    pub(crate) entity: &'a str,
    pub(crate) from: Timestamp,
    pub(crate) seconds: u64,
}

impl TaskKind {
    /// What it goes through; those of an edit are inferred (section 8.1).
    fn steps(self) -> &'static [&'static str] {
        match self {
            TaskKind::CreateComputeProfile
            | TaskKind::UpdateComputeProfile
            | TaskKind::DeleteComputeProfile => &["Validate", "Commit"],
            TaskKind::CreateServiceMesh | TaskKind::UpdateServiceMesh => {
                &["Validate", "Reserve addresses", "Deploy appliances", "Connect tunnels", "Commit"]
            }
            TaskKind::ResyncServiceMesh => &["Validate", "Synchronize", "Commit"],
            TaskKind::DeleteServiceMesh => &["Validate", "Remove appliances", "Release addresses"],
            TaskKind::CreateHaGroup => &["Validate", "Select partner", "Form group", "Assign roles"],
            TaskKind::DeleteHaGroup => &["Validate", "Dissolve group"],
            TaskKind::ForceFailover => &["Validate", "Switch roles"],
            TaskKind::RedeployAppliance | TaskKind::UpgradeAppliance => {
                &["Validate", "Deploy appliance", "Connect tunnels", "Commit"]
            }
            TaskKind::ForceSyncAppliance | TaskKind::ForceSyncHaGroup => &["Validate", "Synchronize"],
            TaskKind::DeleteAppliance => &["Validate", "Remove appliance"],
            TaskKind::RedeployHaGroup | TaskKind::UpgradeHaGroup => {
                &["Validate", "Deploy standby", "Switch roles", "Deploy former active", "Commit"]
            }
            TaskKind::RecoverHaGroup => &["Validate", "Recover members", "Commit"],
        }
    }
}

/// How a step stands when so much of its task has passed.
fn step_status(task: &Task, nth: usize, of: usize, part: f64) -> TaskStatus {
    #[expect(clippy::cast_precision_loss, reason = "tasks have a handful of steps")]
    let (begins, ends) = (nth as f64 / of as f64, (nth + 1) as f64 / of as f64);
    match task.status {
        // What fails does so in the middle: the first half is done, the rest is never begun.
        TaskStatus::Failed if nth == of / 2 => TaskStatus::Failed,
        TaskStatus::Failed if nth > of / 2 => TaskStatus::Queued,
        TaskStatus::Failed | TaskStatus::Success => TaskStatus::Success,
        TaskStatus::Queued | TaskStatus::Running if part >= ends => TaskStatus::Success,
        TaskStatus::Queued | TaskStatus::Running if part >= begins && part > 0.0 => TaskStatus::Running,
        TaskStatus::Queued | TaskStatus::Running => TaskStatus::Queued,
    }
}

/// How far a step is, from 0 to 100.
fn step_progress(status: TaskStatus, nth: usize, of: usize, part: f64) -> u64 {
    #[expect(clippy::cast_precision_loss, reason = "tasks have a handful of steps")]
    let (nth, of) = (nth as f64, of as f64);
    match status {
        TaskStatus::Success => 100,
        TaskStatus::Queued => 0,
        TaskStatus::Running => percent(part * of - nth),
        // What fails does so in the middle.
        TaskStatus::Failed => 50,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
fn percent(part: f64) -> u64 {
    (part * 100.0) as u64
}

impl Task {
    pub(crate) fn is_failed(&self) -> bool {
        self.status == TaskStatus::Failed
    }
}

impl World {
    /// Starts a task, at whose end something happens.
    pub(crate) fn start_task(&mut self, new: NewTask<'_>, what: Happening, fails: Option<Failure>) -> String {
        let NewTask { site, kind, entity, from: started, seconds } = new;
        let id = self.new_id("task", entity);
        let ends = started.checked_add(Duration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        let about = self.entity_of(&what);
        let about = about.unwrap_or_else(|| Entity::named(EntityKind::ComputeProfile, entity));
        let (entity, status) = (entity.to_owned(), TaskStatus::Running);
        self.tasks.push(Task {
            id: id.clone(),
            site,
            kind,
            entity,
            about,
            status,
            error: None,
            started,
            ends,
        });
        self.end_at(ends, what, Some(id.clone()), fails);
        id
    }

    pub(crate) fn end_task(&mut self, id: &str, error: Option<String>) {
        let Some(task) = self.tasks.iter_mut().rev().find(|task| task.id == id) else { return };
        task.status = if error.is_some() { TaskStatus::Failed } else { TaskStatus::Success };
        task.error.clone_from(&error);
        let about = task.about.clone();
        if let Some(message) = error {
            self.raise(Severity::Critical, about, message);
        }
    }

    /// A task or a job vanishes; the mesh that it was about stays blocked (section 13).
    pub(crate) fn lose(&mut self, task: Option<&String>, job: Option<&String>) {
        let about = self.tasks.iter().find(|it| Some(&it.id) == task).map(|it| it.entity.clone());
        if let Some(mesh) = about.and_then(|name| self.meshes.get_mut(&name)) {
            mesh.blocked = true;
        }
        self.tasks.retain(|it| Some(&it.id) != task);
        self.jobs.retain(|it| Some(&it.id) != job);
    }

    /// Whether an operation runs on this mesh, or on something of it: it takes one at a time. So does one whose task vanished.
    pub(crate) fn is_busy(&self, mesh: &str) -> bool {
        self.has_running_task(mesh) || self.meshes.get(mesh).is_some_and(|it| it.blocked)
    }

    pub(crate) fn has_running_task(&self, mesh: &str) -> bool {
        self.tasks.iter().rev().any(|task| task.status == TaskStatus::Running && task.entity == mesh)
    }

    fn task_json(&self, it: &Task) -> Value {
        let (steps, part) = (it.kind.steps(), passed(self.now, it.started, it.ends));
        let done = matches!(it.status, TaskStatus::Success | TaskStatus::Failed);
        // Those that wait for another operation on the same group.
        let waits = !done && self.now < it.started;
        let step = |(nth, title): (usize, &&str)| {
            let status = step_status(it, nth, steps.len(), part);
            let progress = step_progress(status, nth, steps.len(), part);
            let child = |site: Site| {
                json!({
                    "title": title, "status": status, "progress": progress, "location": self.endpoint_id(site),
                })
            };
            json!({ "title": title, "status": status, "progress": progress, "children": Site::BOTH.map(child) })
        };
        json!({
            "interconnectTaskId": it.id, "type": it.kind,
            "status": if waits { TaskStatus::Queued } else { it.status },
            "progress": if done { 100 } else { percent(part) }, "errorMessage": it.error,
            "entityDetails": { "id": it.about.id, "type": it.about.kind, "name": it.about.name }, "startTime": it.started.as_millisecond(),
            "endTime": done.then(|| it.ends.as_millisecond()),
            "steps": steps.iter().enumerate().map(step).collect::<Vec<_>>(),
        })
    }

    /// listTasks; the manager that took the call has the task (section 1)
    pub(crate) fn task_page(&self, site: Site, paging: &Paging) -> Value {
        let here: Vec<&Task> = self.tasks.iter().filter(|it| it.site == site).collect();
        let items: Vec<Value> = paging.page(&here).into_iter().map(|it| self.task_json(it)).collect();
        let paging = json!({ "offset": paging.before(), "pageSize": items.len(), "totalSize": here.len() });
        json!({ "paging": paging, "items": items })
    }

    /// The manager that took the call for a task.
    pub(crate) fn site_of_task(&self, id: &str) -> Option<Site> {
        self.tasks.iter().rev().find(|it| it.id == id).map(|it| it.site)
    }

    /// getTask
    pub(crate) fn task_by_id(&self, site: Site, id: &str) -> Served {
        match self.tasks.iter().rev().find(|it| it.id == id && it.site == site) {
            Some(task) => Ok((200, self.task_json(task))),
            None => not_found("task", id),
        }
    }

    /// A job that takes so many seconds from a moment on.
    pub(crate) fn start_job(&mut self, about: &str, started: Timestamp, ends: Timestamp) -> String {
        let id = self.new_id("job", about);
        self.jobs.push(Job { id: id.clone(), about: about.to_owned(), outcome: None, started, ends });
        id
    }

    pub(crate) fn end_job(&mut self, id: &str, failed: bool) {
        if let Some(job) = self.jobs.iter_mut().rev().find(|it| it.id == id) {
            job.outcome = Some(!failed);
        }
    }

    pub(crate) fn find_job(&self, id: &str) -> Result<&Job, Refusal> {
        self.jobs.iter().rev().find(|it| it.id == id).map_or_else(|| not_found("job", id), Ok)
    }

    /// getJob: a job that failed is done as well (section 4)
    pub(crate) fn job(&self, site: Site, id: &str) -> Served {
        let job = self.find_job(id)?;
        let done = job.outcome.is_some();
        // A pairing shows its endpoint once it is there (section 4).
        let paired = job.about == PAIRING && job.outcome == Some(true) && self.paired;
        Ok((
            200,
            json!({
                "jobId": id, "isQueued": !done && self.now < job.started, "isDone": done,
                "didFail": job.outcome == Some(false), "isCancelled": false, "isRolledBack": false,
                "startTime": job.started.as_millisecond(),
                "jobData": paired.then(|| json!({ "endpoint": self.paired_endpoint(site) })),
                "percentComplete": if done { 100 } else { percent(passed(self.now, job.started, job.ends)) },
            }),
        ))
    }
}
