//! Misspelt names: what was probably meant.

/// The candidate that is nearest to a word, when one is near enough to be meant.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let most = (word.chars().count() / 3).clamp(1, 3);
    let distance = |candidate: &str| strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase());
    candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        // A word of which nothing is left would be a guess.
        .filter(|(distance, _)| *distance <= most && *distance < word.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// One way out for a word that means nothing: the nearest one, or all there are when they are few.
pub fn suggestion<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
    what: &str,
) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(here) = elsewhere(word).filter(|here| candidates.contains(here)) {
        return Some(format!("write `{here}`"));
    }
    if let Some(near) = nearest(word, candidates.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    (1..=8).contains(&candidates.len()).then(|| format!("{what} {}", list(&candidates)))
}

/// The method that other languages call so.
pub(super) fn elsewhere(word: &str) -> Option<&'static str> {
    Some(match word {
        "filter" | "select" | "grep" => "where",
        "find" | "detect" | "head" => "first",
        "len" | "length" | "size" => "count",
        "some" | "exists" => "any",
        "every" => "all",
        "includes" | "include" | "has" => "contains",
        "collect" | "each" => "map",
        "order_by" | "sorted" | "orderBy" => "sort",
        "unique" | "uniq" => "distinct",
        "strip" => "trim",
        "toLowerCase" | "downcase" | "to_lower" => "lower",
        "toUpperCase" | "upcase" | "to_upper" => "upper",
        "startswith" | "startsWith" => "starts_with",
        "endswith" | "endsWith" => "ends_with",
        "group_by" | "groupBy" => "group",
        "single" | "one" => "only",
        _ => return None,
    })
}

/// Names as a sentence lists them: `a`, `b` and `c`.
pub(crate) fn list<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_listed() {
        let names = ["network", "gateway"];
        assert_eq!(suggestion("netwrok", names, "it has").as_deref(), Some("did you mean `network`?"));
        assert_eq!(suggestion("vm", names, "it has").as_deref(), Some("it has `network` and `gateway`"));
        assert_eq!(suggestion("vm", [], "it has"), None);
    }
}
