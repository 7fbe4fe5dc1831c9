//! How pushes and pops move the stack pointer, as against arithmetic on it.

use crate::facts::Facts;
use crate::machine::trace::TraceId;

impl Facts {
    /// By how many bytes pushes and pops move the stack pointer on a way to the end of a path,
    /// calls and returns within the block included.
    pub fn moved_by_pushes(&self, trace: TraceId) -> i64 {
        let way = self.traces.one_way_to(trace);
        let on_the_way = self.executions.iter().filter(|(_, trace)| way.contains(trace));
        let steps = on_the_way.map(|&(site, _)| {
            let comes_back = self.calls.iter().any(|call| call.site == site);
            let pushed = self.instruction(site).instruction.pushed_bytes();
            pushed.filter(|_| !comes_back).unwrap_or(0)
        });
        steps.sum()
    }
}
