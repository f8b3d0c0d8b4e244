//! What the system says of this process. Linux only: elsewhere there is nothing to read, and the figures are `None`.

use std::fs;

/// Minor page faults so far: pages that the process asked of the system and got fresh.
pub fn minor_faults() -> Option<u64> {
    // Fields of /proc/self/stat are counted after the command's name, which may itself hold spaces (proc(5)).
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(7)?.parse().ok()
}

/// Memory that is resident now, in MiB.
pub fn resident_mib() -> Option<f64> {
    status("VmRSS:")
}

/// The most memory that has been resident, in MiB.
pub fn peak_resident_mib() -> Option<f64> {
    status("VmHWM:")
}

fn status(field: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn fresh_pages_are_seen() {
        let (faults, resident) = (minor_faults().unwrap(), resident_mib().unwrap());
        let pages = std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(minor_faults().unwrap() - faults >= 20, "64 MiB came without page faults, huge ones included");
        assert!(resident_mib().unwrap() - resident > 60.0);
        assert!(peak_resident_mib().unwrap() >= resident_mib().unwrap() - 1.0);
        drop(pages);
    }
}
