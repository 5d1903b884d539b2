//! `hcxrun twin`

use std::path::Path;
use std::process::ExitCode;

use hcxrun_twin::server::{self, Serving, Settings};
use hcxrun_twin::{Endpoint, Port, Scene, Site, Twin};

use crate::args::TwinArgs;
use crate::failure::Failure;
use crate::{embedded, say};

/// The systems of the shipped runbooks, by the names that those use.
const SYSTEMS: [(&str, Endpoint); 4] = [
    ("source", Endpoint { site: Site::Source, port: Port::Service }),
    ("cloud", Endpoint { site: Site::Cloud, port: Port::Service }),
    ("source_admin", Endpoint { site: Site::Source, port: Port::Appliance }),
    ("cloud_admin", Endpoint { site: Site::Cloud, port: Port::Appliance }),
];

pub(crate) fn twin(args: &TwinArgs) -> Result<ExitCode, Failure> {
    if args.scenes {
        Scene::shipped().for_each(|(name, about)| say::answer(&format!("{name:<21} {about}")));
        return Ok(ExitCode::SUCCESS);
    }
    let twin = embedded::twin(&args.scene, &args.fault, args.faults.as_deref())?;
    if !args.speed.is_finite() || args.speed <= 0.0 || args.speed > 1e6 {
        return Err(Failure::new(format!(
            "`--speed {}` is no factor; it lies above 0 and not above 1000000",
            args.speed
        )));
    }
    let users = SYSTEMS.map(|(name, endpoint)| (name, endpoint, twin.user(endpoint)));
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| Failure::new(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let settings = Settings { listen: args.listen, tls: !args.plain, speed: args.speed };
        let serving = serve(twin, &settings).await?;
        write(&args.dir, &serving, &users)?;
        let file = args.dir.join("systems.yaml");
        say::answer(&format!("The twin listens; its systems are in {}. Ctrl-C ends it.", file.display()));
        for (name, endpoint, _) in &users {
            say::answer(&format!("  {name:<13} {}", serving.url(*endpoint)));
        }
        let _ = tokio::signal::ctrl_c().await;
        serving.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

async fn serve(twin: Twin, settings: &Settings) -> Result<Serving, Failure> {
    let listening = server::serve(twin, settings).await;
    listening.map_err(|error| Failure::new(format!("cannot listen on {}: {error}", settings.listen)))
}

/// A systems.yaml that leads to the twin, with everything that it refers to beside it.
fn write(
    dir: &Path,
    serving: &Serving,
    users: &[(&str, Endpoint, hcxrun_twin::User)],
) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(|error| Failure::file("make", dir, &error))?;
    let put = |name: &str, text: &str| {
        let path = dir.join(name);
        std::fs::write(&path, text).map_err(|error| Failure::file("write", &path, &error))
    };
    let mut yaml =
        "# The twin's systems. Its passwords protect nothing: they are those of its scene.\n".to_owned();
    for (name, endpoint, user) in users {
        put(&format!("{name}.password"), &user.password)?;
        yaml += &format!("{name}:\n  url: {}\n  username: {}\n", serving.url(*endpoint), user.name);
        yaml += &format!("  password: file:{name}.password\n");
        if let Some(pem) = serving.ca() {
            put("ca.pem", pem)?;
            yaml += "  ca: ca.pem\n";
        }
    }
    put("systems.yaml", &yaml)
}
