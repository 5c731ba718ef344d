//! What a debugger would read of a running process (Linux).

use std::{fs, io, os::unix::fs::FileExt as _};

/// Gives each stretch of a process' writable memory to `look`, and says how
/// many bytes those were.
///
/// # Errors
/// Whoever is neither root nor its owner may not read it, and its owner only
/// where it has not forbidden that (SR-13).
pub fn each_part(process: u32, mut look: impl FnMut(&[u8])) -> io::Result<usize> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
    let memory = fs::File::open(format!("/proc/{process}/mem"))?;
    let mut bytes = 0;
    let mut part = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let span = line.split(' ').next().and_then(|span| span.split_once('-'));
        let Some((from, to)) = span else { continue };
        let number = |text| u64::from_str_radix(text, 16).map_err(io::Error::other);
        let (from, to) = (number(from)?, number(to)?);
        part.resize(usize::try_from(to - from).map_err(io::Error::other)?, 0);
        // A stretch of the kernel's own is not to be read.
        if memory.read_exact_at(&mut part, from).is_ok() {
            bytes += part.len();
            look(&part);
        }
    }
    Ok(bytes)
}
