//! Containers that write numbered lines, and whether all of them were seen.

/// A command that writes `line 0`, `line 1` …, and `end N` when it is asked to stop, N being the last line or the next.
pub const COUNTS: &str = "[/bin/busybox, sh, -c, \"i=0; trap 'echo end $i; exit 0' TERM; \
     while true; do echo line $i; i=$((i+1)); /bin/busybox sleep 0.01; done\"]";

/// Asserts that `lines` are those of such containers one after another, none missing and none doubled. How many have come
/// to their end.
pub fn assert_counted<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    let (mut next, mut ended) = (0, 0);
    for line in lines {
        // The end may be asked for before the last line is counted.
        if line == format!("end {next}") || next > 0 && line == format!("end {}", next - 1) {
            (next, ended) = (0, ended + 1);
        } else {
            assert_eq!(line, format!("line {next}"), "after {ended} that have ended");
            next += 1;
        }
    }
    ended
}
