//! A circle in a graph of names.

use std::collections::HashSet;

use maestro_core::source::Span;

/// A name on the way.
struct Stop<'a> {
    name: &'a str,
    /// The place that leads to it.
    span: Option<Span>,
    /// What is still to be looked at from there.
    rest: Vec<(&'a str, Span)>,
}

/// The first circle that is found: each name with the place that leads to it. The depth is not limited by the stack.
pub(super) fn circle<'a>(
    names: impl Iterator<Item = &'a str>,
    dependencies: impl Fn(&str) -> Vec<(&'a str, Span)>,
) -> Option<Vec<(&'a str, Span)>> {
    let mut done: HashSet<&str> = HashSet::new();
    for start in names {
        let mut way = vec![Stop { name: start, span: None, rest: dependencies(start) }];
        while let Some(stop) = way.last_mut() {
            let Some((next, span)) = stop.rest.pop() else {
                done.insert(stop.name);
                way.pop();
                continue;
            };
            if let Some(at) = way.iter().position(|stop| stop.name == next) {
                let inside = way[at + 1..].iter().filter_map(|stop| Some((stop.name, stop.span?)));
                return Some(inside.chain([(next, span)]).collect());
            }
            if !done.contains(next) {
                way.push(Stop { name: next, span: Some(span), rest: dependencies(next) });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::source::Sources;

    #[test]
    fn a_circle_is_found_and_none_where_there_is_none() {
        let span = Span::new(Sources::default().add("", ""), 0..0);
        let find = |edges: &'static [(&'static str, &'static str)]| {
            let names = edges.iter().map(|(from, _)| *from);
            let of = |name: &str| {
                edges.iter().filter(|(from, _)| *from == name).map(|(_, to)| (*to, span)).collect::<Vec<_>>()
            };
            circle(names, of).map(|found| found.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
        };
        assert_eq!(find(&[("a", "b"), ("a", "c"), ("b", "c")]), None);
        assert_eq!(find(&[("a", "b"), ("b", "c"), ("c", "b")]), Some(vec!["c", "b"]));
        assert_eq!(find(&[("a", "a")]), Some(vec!["a"]));
    }
}
