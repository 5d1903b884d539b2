//! What a command works against: real systems in real time, or the embedded twin in virtual time.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use hcxrun_dsl::eval::{Read, ReadFailure, Reads};
use hcxrun_dsl::{Program, Value};
use hcxrun_engine::{
    Clock, Graph, HttpTransport, Plan, Planning, Premises, RealClock, StoredSystem, Systems, VirtualClock,
    plan,
};
use hcxrun_twin::Twin;
use jiff::Timestamp;

use crate::args::TargetArgs;
use crate::embedded::{self, TwinTransport};
use crate::failure::Failure;
use crate::systems;

/// The engine's ports, ready for use.
pub(crate) struct Ports<'a> {
    pub(crate) systems: &'a Systems<'a>,
    pub(crate) clock: &'a dyn Clock,
    /// Whether time passes while somebody watches.
    pub(crate) real: bool,
    /// What the journal keeps of the systems.
    pub(crate) stored: BTreeMap<String, StoredSystem>,
}

/// Does something with the systems that the command line names.
pub(crate) fn with<T>(
    program: &Program,
    args: &TargetArgs,
    work: impl AsyncFnOnce(Ports<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match (&args.systems, &args.twin) {
        (Some(path), _) => with_real(program, path, args.speed, work),
        (None, Some(scene)) => {
            with_twin(program, embedded::twin(scene, &args.fault, args.faults.as_deref())?, work)
        }
        (None, None) => Err(Failure::with_help(
            "nobody said where the systems are",
            "name them with `--systems FILE`, or try it on the embedded twin with `--twin`",
        )),
    }
}

/// Does something with real systems.
pub(crate) fn with_real<T>(
    program: &Program,
    path: &Path,
    speed: Option<f64>,
    work: impl AsyncFnOnce(Ports<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let systems = systems::read(program, path)?;
    let speed = speed.unwrap_or(1.0);
    if !speed.is_finite() || speed <= 0.0 || speed > 1e6 {
        return Err(Failure::new(format!(
            "`--speed {speed}` is no factor; it lies above 0 and not above 1000000"
        )));
    }
    if (speed - 1.0).abs() > f64::EPSILON && !systems.are_local() {
        return Err(Failure::with_help(
            "`--speed` would shorten every time-out on real systems",
            "it is for a twin server on this machine",
        ));
    }
    let stored = systems.stored();
    let transport = HttpTransport::new(systems.servers);
    let systems = Systems::new(&transport, systems.configs);
    let clock = RealClock::new(speed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("cannot start: {error}")))?;
    if crate::say::is_watched() {
        crate::say::error("Reading the systems …");
    }
    let done = runtime.block_on(work(Ports { systems: &systems, clock: &clock, real: true, stored }));
    // A question at the terminal that nobody answers any more must not keep the program from ending.
    runtime.shutdown_background();
    done
}

fn with_twin<T>(
    program: &Program,
    twin: Twin,
    work: impl AsyncFnOnce(Ports<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let systems = embedded::systems(program, &twin)?;
    let stored = systems.stored();
    let start = hcxrun_dsl::window(program).map_or_else(Timestamp::now, |window| window.start);
    let clock = VirtualClock::new(start);
    let transport = TwinTransport::new(twin, embedded::endpoints(program), &clock);
    let systems = Systems::new(&transport, systems.configs);
    let ports = Ports { systems: &systems, clock: &clock, real: false, stored };
    clock
        .run(work(ports))
        .unwrap_or_else(|| Err(Failure::new("the run waits for something that cannot come")))
}

/// A plan with what it was made from.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    reads: Reads,
    /// When.
    pub(crate) made: Timestamp,
}

impl Planned {
    /// What it rests on.
    pub(crate) fn premises(&self, graph: &Graph) -> Premises {
        Premises::of(graph, &self.plan, &self.reads, self.made)
    }
}

/// Reads what a plan needs, and makes it.
pub(crate) async fn make_plan(
    graph: &Graph,
    files: &Reads,
    systems: &Systems<'_>,
    clock: &dyn Clock,
) -> Planned {
    let mut reads = files.clone();
    loop {
        match plan(graph, &reads) {
            Planning::Done(plan) => return Planned { plan, reads, made: clock.now() },
            Planning::Needs(needs) => {
                let answers = needs.into_iter().map(|read| async move {
                    let answer = patiently(&read, systems, clock).await;
                    (read, answer)
                });
                for (read, answer) in join_all(answers).await {
                    reads.insert(read, answer);
                }
            }
        }
    }
}

/// Pauses before a read is made anew that failed in a way that passes: nobody is refused for one broken connection, or for a
/// manager that has just been started.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];

async fn patiently(read: &Read, systems: &Systems<'_>, clock: &dyn Clock) -> Result<Value, ReadFailure> {
    for pause in PAUSES {
        match systems.read(read).await {
            Err(failure) if failure.passing => {
                clock.sleep_until(clock.now().checked_add(pause).unwrap_or(Timestamp::MAX)).await;
            }
            answer => return answer,
        }
    }
    systems.read(read).await
}
