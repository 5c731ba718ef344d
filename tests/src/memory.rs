//! What a debugger would read of a running process (Linux).

use std::{fs, io, os::unix::fs::FileExt as _};

/// A page; one of zeros has nothing in it, and an allocator sets aside many.
const PAGE: usize = 4096;
const NOTHING: [u8; PAGE] = [0; PAGE];

/// Gives each stretch of a process' writable memory that holds something to
/// `look`, and says how many bytes those were.
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
            for stretch in written(&part) {
                bytes += stretch.len();
                look(stretch);
            }
        }
    }
    Ok(bytes)
}

/// The stretches between pages of zeros.
fn written(part: &[u8]) -> Vec<&[u8]> {
    let pages = part.len().div_ceil(PAGE);
    let is_blank = |page: &usize| {
        let rest = part.get(page * PAGE..).unwrap_or_default();
        rest.starts_with(&NOTHING)
    };
    let (mut found, mut from) = (Vec::new(), None);
    for page in 0..=pages {
        if page == pages || is_blank(&page) {
            let stretch = from.take().map(|from| from..(page * PAGE).min(part.len()));
            found.extend(stretch.and_then(|stretch| part.get(stretch)));
        } else {
            from.get_or_insert(page * PAGE);
        }
    }
    found
}

/// Says that a memory was not searched, which counts as skipped.
///
/// # Panics
/// On Linux where a debugger is installed: there the search has to work.
pub fn is_not_searched(why: &str) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_debugger = std::env::split_paths(&path).any(|folder| folder.join("gdb").is_file());
    let has_to = cfg!(target_os = "linux") && has_debugger;
    assert!(!has_to, "{why}");
    println!("skipped: {why}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_found_between_blank_pages_and_at_both_ends() {
        let page = |byte: u8| [byte; PAGE];
        let part = [1, 2, 0, 0, 3].map(|byte| page(byte).to_vec()).concat();
        let short = [part.as_slice(), &[4, 5]].concat();
        let lengths =
            |part: &[u8]| -> Vec<usize> { written(part).iter().map(|one| one.len()).collect() };
        assert_eq!(lengths(&part), [2 * PAGE, PAGE]);
        assert_eq!(lengths(&short), [2 * PAGE, PAGE + 2]);
        assert!(written(&page(0)).is_empty() && written(&[]).is_empty());
    }
}
