//! Replays a graph: every thread goes on as soon as all that it had to wait for is there.

use super::graph::{Graph, NodeId, Step, Stretch};

/// When each node would have been, in nanoseconds of the recording's clock, given the new length of
/// each stretch. With the lengths of the recording that is when it was.
pub fn replay(graph: &Graph, lengths_ns: &[u64]) -> Vec<u64> {
    let mut times_ns: Vec<u64> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        times_ns.push(match node.step {
            Step::Given => node.at_ns,
            Step::Was(on) => times_ns[on],
            Step::Own { before, stretch } if is_gone(graph, &times_ns, before, stretch) => {
                times_ns[before]
            }
            Step::Own { before, stretch } => {
                let length_ns = lengths_ns[stretch];
                let stretch = &graph.stretches[stretch];
                let since_ns = within(stretch, length_ns, graph.nodes[before].at_ns);
                times_ns[before] + within(stretch, length_ns, node.at_ns) - since_ns
            }
            Step::Awaits { before, on, .. } => times_ns[before].max(times_ns[on]),
        });
    }
    times_ns
}

/// Whether a stretch is a wait for a CPU after a wait that is over before it began: the thread goes on.
fn is_gone(graph: &Graph, times_ns: &[u64], before: NodeId, stretch: usize) -> bool {
    let is_over = match graph.nodes[before].step {
        Step::Awaits { before, on, .. } => times_ns[on] <= times_ns[before],
        Step::Given | Step::Was(_) | Step::Own { .. } => false,
    };
    is_over && graph.stretches[stretch].is_latency
}

/// The new length of a stretch up to an instant: in proportion, rounded down.
fn within(stretch: &Stretch, length_ns: u64, at_ns: u64) -> u64 {
    let whole_ns = stretch.end_ns - stretch.start_ns;
    let part_ns = at_ns.clamp(stretch.start_ns, stretch.end_ns) - stretch.start_ns;
    let scaled = u128::from(part_ns) * u128::from(length_ns) / u128::from(whole_ns.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}
