//! Pages of a list, in the four dialects of the contract's `Paging`. Without a word about pages a list comes whole.

use serde::Deserialize;

/// Which page: a list reads the words of its own dialect.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Paging {
    /// Inventories and migrations, with `page_size`.
    skip_count: Option<usize>,
    /// From 1; lists of v2, with `page_size`.
    page_number: Option<usize>,
    /// Tasks, with `page_size`.
    offset: Option<usize>,
    page_size: Option<usize>,
    /// Metrics.
    count: Option<usize>,
    /// Metrics: as the page before gave it. That a client sends it back here is inferred.
    next: Option<String>,
}

impl Paging {
    /// Out of the parameters of a query.
    pub(crate) fn of_query<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Self {
        let number = |name: &str| parameter(name).and_then(|it| it.parse().ok());
        Self { offset: number("offset"), page_size: number("pageSize"), ..Self::default() }
    }

    /// How many come before the page. Nothing follows a `next` that nobody gave.
    pub(crate) fn before(&self) -> usize {
        let next = self.next.as_ref().map(|it| it.parse().unwrap_or(usize::MAX));
        let pages = self.page_number.map(|it| it.saturating_sub(1).saturating_mul(self.size()));
        next.or(self.offset).or(self.skip_count).or(pages).unwrap_or(0)
    }

    fn size(&self) -> usize {
        self.page_size.or(self.count).unwrap_or(usize::MAX)
    }

    /// What is on the page.
    pub(crate) fn page<T>(&self, items: impl IntoIterator<Item = T>) -> Vec<T> {
        items.into_iter().skip(self.before()).take(self.size()).collect()
    }

    /// The `next` of this page of a list of so many; none on the last one.
    pub(crate) fn next(&self, total: usize) -> Option<String> {
        let end = self.before().saturating_add(self.size());
        (end < total && self.size() > 0).then(|| end.to_string())
    }
}
