//! What came of tests as XML in the form of `JUnit`, which CI servers read.

use super::Tried;
use super::report::story;

/// One document: a suite for each file.
pub(crate) fn render(tried: &[Tried]) -> String {
    let failed = |tried: &[Tried]| tried.iter().filter(|it| !it.missed.is_empty()).count();
    let seconds = |tried: &[Tried]| tried.iter().map(|it| it.took.as_secs_f64()).sum::<f64>();
    let counts = |all: &[Tried]| {
        format!("tests=\"{}\" failures=\"{}\" time=\"{:.3}\"", all.len(), failed(all), seconds(all))
    };
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml += &format!("<testsuites name=\"hcxrun\" {}>\n", counts(tried));
    for suite in tried.chunk_by(|a, b| a.case.file() == b.case.file()) {
        let file = suite.first().map_or("", |it| it.case.file());
        xml += &format!("  <testsuite name=\"{}\" {}>\n", escaped(file), counts(suite));
        suite.iter().for_each(|it| xml += &case(it));
        xml += "  </testsuite>\n";
    }
    xml + "</testsuites>\n"
}

fn case(it: &Tried) -> String {
    let name = escaped(&it.case.test.name.node);
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{name}\" time=\"{:.3}\"",
        escaped(it.case.file()),
        it.took.as_secs_f64()
    );
    let Some(first) = it.missed.first() else { return format!("{head}/>\n") };
    let message = escaped(it.case.slice(first.at));
    let story = escaped(&story(it));
    format!("{head}>\n      <failure message=\"{message}\">{story}</failure>\n    </testcase>\n")
}

/// Text and attributes alike; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}
