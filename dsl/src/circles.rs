//! What needs what: an order in which everything comes after what it needs, and the circles that have none.

/// What came of ordering the nodes `0..n`.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// All nodes, each after those that it needs (but for those of a circle).
    pub(crate) order: Vec<usize>,
    /// Nodes that need themselves, each circle in the order of its needs; no node is in two.
    pub(crate) circles: Vec<Vec<usize>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    Open,
    Done,
}

/// Orders nodes; `needs[n]` are those that `n` needs. Without recursion, because a chain can be as long as a file.
pub(crate) fn sort(needs: &[Vec<usize>]) -> Sorted {
    let mut walk =
        Walk { needs, marks: vec![Mark::New; needs.len()], path: Vec::new(), sorted: Sorted::default() };
    (0..needs.len()).for_each(|node| walk.from(node));
    walk.sorted
}

struct Walk<'a> {
    needs: &'a [Vec<usize>],
    marks: Vec<Mark>,
    /// Nodes on the way, each with how many of its needs have been followed.
    path: Vec<(usize, usize)>,
    sorted: Sorted,
}

impl Walk<'_> {
    fn from(&mut self, start: usize) {
        self.enter(start);
        while let Some((node, followed)) = self.path.last_mut() {
            let (node, next) = (*node, self.needs.get(*node).and_then(|needs| needs.get(*followed)));
            *followed += 1;
            match next {
                Some(next) => self.enter(*next),
                None => self.leave(node),
            }
        }
    }

    fn enter(&mut self, node: usize) {
        match self.marks.get(node) {
            Some(Mark::New) => {
                self.mark(node, Mark::Open);
                self.path.push((node, 0));
            }
            Some(Mark::Open) => self.circle(node),
            Some(Mark::Done) | None => {}
        }
    }

    fn leave(&mut self, node: usize) {
        self.path.pop();
        self.mark(node, Mark::Done);
        self.sorted.order.push(node);
    }

    fn circle(&mut self, start: usize) {
        let from = self.path.iter().position(|(node, _)| *node == start).unwrap_or_default();
        let circle: Vec<usize> = self.path.iter().skip(from).map(|(node, _)| *node).collect();
        let known = self.sorted.circles.iter().flatten().any(|node| circle.contains(node));
        if !known {
            self.sorted.circles.push(circle);
        }
    }

    fn mark(&mut self, node: usize, mark: Mark) {
        if let Some(slot) = self.marks.get_mut(node) {
            *slot = mark;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_first() {
        let sorted = sort(&[vec![2], vec![0], vec![]]);
        assert_eq!((sorted.order, sorted.circles), (vec![2, 0, 1], vec![]));
    }

    #[test]
    fn a_circle_is_named_once() {
        assert_eq!(sort(&[vec![1], vec![2], vec![0, 1], vec![3]]).circles, vec![vec![0, 1, 2], vec![3]]);
    }

    #[test]
    fn a_long_chain_is_no_deep_stack() {
        let needs: Vec<_> = (0..200_000).map(|node| vec![node + 1]).collect();
        assert_eq!(sort(&needs).order.first(), Some(&199_999));
    }
}
