//! Cells of a table that are empty where a text is wanted: an empty text is one, and mostly a cell that was forgotten.

use hcxrun_dsl::data::{DataPath, Part};
use hcxrun_dsl::eval::{Format, Read};
use hcxrun_dsl::syntax::Input;
use hcxrun_dsl::{Diagnostic, Fields, Given, Program, Type, Value};

/// A warning for the first empty cell of each column of a table that an input is by default.
pub(super) fn cells(program: &Program, given: &Fields, inputs: &Fields) -> Vec<Diagnostic> {
    let declared = program.runbook().map_or(&[][..], |runbook| &runbook.inputs);
    let is_table = |it: &&Input| {
        let file = it.default.as_ref().and_then(Read::file_of);
        !given.contains_key(&it.name.node) && matches!(file, Some(Read::File { format: Format::Csv, .. }))
    };
    declared.iter().filter(is_table).flat_map(|it| of_input(program, it, inputs)).collect()
}

fn of_input(program: &Program, input: &Input, inputs: &Fields) -> Vec<Diagnostic> {
    let name = &input.name.node;
    let ty = program.resolve(hcxrun_dsl::ModuleId(0), &input.ty);
    let (Type::List(of), Some(Value::List(rows))) = (ty.required(), inputs.get(name)) else {
        return Vec::new();
    };
    let Type::Record(columns) = of.required() else { return Vec::new() };
    let is_empty =
        |row: &Value, column: &str| matches!(row.field(column), Value::Text(text) if text.is_empty());
    let texts = columns.iter().filter(|(_, ty)| matches!(ty, Type::String));
    let found = texts.filter_map(|(column, _)| {
        let empty = || rows.iter().enumerate().filter(|(_, row)| is_empty(row, column));
        let (first, _) = empty().next()?;
        let path = DataPath::default().key(name).then(Part::At(first)).key(column);
        let more = match empty().count() - 1 {
            0 => String::new(),
            more => format!(", and in {more} more of its column"),
        };
        let message = format!("`{path}` is empty, where a string is wanted{more}");
        let warning = Diagnostic::warning("HR024", input.name.span, message).given(Given::Value(path));
        Some(warning.help("fill it in"))
    });
    found.collect()
}
