//! What the grammar expects, in words.

use super::Rule;

/// What would have been right; many possibilities are no help.
pub(super) fn expected(rules: &[Rule]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in rules.iter().filter_map(|rule| word(*rule)) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    // After a whole operand anything that goes on with it is possible; what has to come is more to the point.
    if words.len() > 1 {
        words.retain(|word| *word != OPERATOR);
    }
    // A text in quotes is a value too.
    if words.contains(&VALUE) {
        words.retain(|word| *word != super::forms::TEXT);
    }
    match words.as_slice() {
        [one] => (*one).to_owned(),
        [most @ .., last] if most.len() < 4 && !most.is_empty() => format!("{} or {last}", most.join(", ")),
        _ => String::new(),
    }
}

/// What any expression is called.
pub(super) const VALUE: &str = "a value";

/// What can follow a whole value.
pub(super) const OPERATOR: &str = "an operator or a `,`";

fn word(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::expr
        | Rule::name
        | Rule::list
        | Rule::record
        | Rule::paren
        | Rule::if_
        | Rule::null
        | Rule::bool
        | Rule::time
        | Rule::no_time
        | Rule::prefixed
        | Rule::dotted
        | Rule::size
        | Rule::number
        | Rule::odd
        | Rule::not
        | Rule::negate => VALUE,
        Rule::add
        | Rule::subtract
        | Rule::multiply
        | Rule::divide
        | Rule::equal
        | Rule::not_equal
        | Rule::less
        | Rule::less_equal
        | Rule::greater
        | Rule::greater_equal
        | Rule::and
        | Rule::or
        | Rule::coalesce
        | Rule::field
        | Rule::method_call
        | Rule::index
        | Rule::with
        | Rule::arguments => OPERATOR,
        Rule::text | Rule::block => super::forms::TEXT,
        Rule::ident => "a name",
        Rule::duration | Rule::odd_duration => "a duration like 5m",
        Rule::integer => "a whole number",
        Rule::percent => "a percentage",
        Rule::type_
        | Rule::choice
        | Rule::record_type
        | Rule::list_type
        | Rule::map_type
        | Rule::path_type => "a type",
        Rule::method => "`post`, `put`, `patch` or `delete`",
        Rule::record_field | Rule::type_field => "a field",
        _ => return None,
    })
}
