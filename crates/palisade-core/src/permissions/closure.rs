//! What follows from what, over numbers; pure.

/// How many circles are told.
const CIRCLES: usize = 8;

/// For each node the nodes that can be reached from it, itself among them; or circles, as the nodes along each.
pub(super) fn closure(edges: &[Vec<usize>]) -> Result<Vec<Vec<bool>>, Vec<Vec<usize>>> {
    let mut walk =
        Walk { edges, reached: vec![Vec::new(); edges.len()], way: Vec::new(), circles: Vec::new() };
    for node in 0..edges.len() {
        walk.visit(node);
    }
    if walk.circles.is_empty() { Ok(walk.reached) } else { Err(walk.circles) }
}

struct Walk<'e> {
    edges: &'e [Vec<usize>],
    /// Empty until a node was left for good.
    reached: Vec<Vec<bool>>,
    way: Vec<usize>,
    circles: Vec<Vec<usize>>,
}

impl Walk<'_> {
    /// As deep as there are nodes at most, which is bounded by what can be declared.
    fn visit(&mut self, node: usize) {
        if self.reached.get(node).is_none_or(|reached| !reached.is_empty()) {
            return;
        }
        if let Some(at) = self.way.iter().position(|before| *before == node) {
            if self.circles.len() < CIRCLES {
                self.circles.extend(self.way.get(at..).map(<[usize]>::to_vec));
            }
            return;
        }
        self.way.push(node);
        let mut all: Vec<bool> = (0..self.edges.len()).map(|other| other == node).collect();
        for &next in self.edges.get(node).into_iter().flatten() {
            self.visit(next);
            for (all, reached) in all.iter_mut().zip(self.reached.get(next).into_iter().flatten()) {
                *all |= reached;
            }
        }
        self.way.pop();
        if let Some(reached) = self.reached.get_mut(node) {
            *reached = all;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, proptest};

    fn graph() -> impl Strategy<Value = Vec<Vec<usize>>> {
        (1_usize..9).prop_flat_map(|len| prop::collection::vec(prop::collection::vec(0..len, 0..3), len))
    }

    /// Whether there is a way of at least one edge, by trying ever longer ones.
    fn leads(edges: &[Vec<usize>], from: usize, to: usize) -> bool {
        let mut there: Vec<usize> = edges[from].clone();
        for _ in 0..edges.len() {
            there = there.iter().flat_map(|&at| edges[at].iter().copied().chain([at])).collect();
            there.sort_unstable();
            there.dedup();
        }
        there.contains(&to)
    }

    proptest! {
        #[test]
        fn it_is_what_a_naive_search_says(edges in graph()) {
            let nodes = 0..edges.len();
            match closure(&edges) {
                Ok(all) => for from in nodes.clone() {
                    prop_assert!(!leads(&edges, from, from));
                    for to in nodes.clone() {
                        prop_assert_eq!(all[from][to], from == to || leads(&edges, from, to));
                    }
                },
                Err(circles) => {
                    prop_assert!(nodes.clone().any(|node| leads(&edges, node, node)));
                    for circle in circles {
                        for (at, node) in circle.iter().enumerate() {
                            let next = circle[(at + 1) % circle.len()];
                            prop_assert!(edges[*node].contains(&next), "{:?}", circle);
                        }
                    }
                }
            }
        }
    }
}
