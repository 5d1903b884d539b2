//! `hcxrun graph`

use std::process::ExitCode;

use crate::args::{GraphFormat, RunbookArgs};
use crate::failure::Failure;
use crate::render::graph as render;
use crate::{inputs, load, say};

pub(crate) fn graph(args: &RunbookArgs, format: GraphFormat) -> Result<ExitCode, Failure> {
    let loaded = load::program(&args.file)?;
    let given = inputs::read(&loaded.program, args.inputs.as_deref(), &args.set)?;
    let graph = load::prepare(&loaded.program, &args.file, &given)?.expanded.graph;
    match format {
        GraphFormat::Text => say::answer(render::text(&graph).trim_end()),
        GraphFormat::Dot => say::answer(render::dot(&graph).trim_end()),
        GraphFormat::Mermaid => say::answer(render::mermaid(&graph).trim_end()),
        GraphFormat::Svg => say::answer(&render::svg(&graph)),
        GraphFormat::Json => say::json(&render::json(&graph)),
    }
    Ok(ExitCode::SUCCESS)
}
