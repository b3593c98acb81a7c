//! What the operating system knows of this process; nothing where it is not Linux.

use std::fs::read_to_string;

use crate::telemetry::gather::Sample;

/// Ticks of the clock that processor time is told in, in a second; Linux tells every program the same.
const TICKS_S: f64 = 100.0;

/// Processor time, memory, files and threads.
pub(super) fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut put = |name: &'static str, value: Option<f64>| samples.extend(value.map(|value| Sample::new(name, value)));
    let stat = read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name, in brackets, may hold anything; what follows it is numbers, the state being the first.
    let numbers: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let number = |place: usize| numbers.get(place).and_then(|text| text.parse::<f64>().ok());
    put("process_cpu_seconds_total", number(11).zip(number(12)).map(|(user, system)| (user + system) / TICKS_S));
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    put("process_resident_memory_bytes", field(&status, "VmRSS:").map(|kib| kib * 1024.0));
    put("process_virtual_memory_bytes", field(&status, "VmSize:").map(|kib| kib * 1024.0));
    put("process_threads", field(&status, "Threads:"));
    put("process_open_fds", std::fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as f64));
    let limits = read_to_string("/proc/self/limits").unwrap_or_default();
    put("process_max_fds", field(&limits, "Max open files"));
    let booted = field(&read_to_string("/proc/stat").unwrap_or_default(), "btime");
    put("process_start_time_seconds", booted.zip(number(19)).map(|(booted, ticks)| booted + ticks / TICKS_S));
    samples
}

/// The first number behind a name at the beginning of a line.
fn field(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::samples;

    #[test]
    fn the_process_knows_itself() {
        let samples = samples();
        let value = |name: &str| samples.iter().find(|sample| sample.name == name).map(|sample| sample.value).unwrap_or_default();
        assert!(value("process_resident_memory_bytes") > 1e6, "{samples:?}");
        assert!(value("process_open_fds") >= 3.0, "{samples:?}");
        assert!(value("process_max_fds") >= value("process_open_fds"), "{samples:?}");
        assert!(value("process_threads") >= 1.0, "{samples:?}");
        assert!(value("process_start_time_seconds") > 1.6e9, "{samples:?}");
    }
}
