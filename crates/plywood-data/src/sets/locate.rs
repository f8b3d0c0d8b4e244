//! Where the files of a named set are: a folder that the user names, `PLYWOOD_DATA`, the cache.

use std::env;
use std::path::{Path, PathBuf};

/// The folder that downloads are kept in: `plywood` within the system's cache folder for the user.
///
/// That is `$XDG_CACHE_HOME` or `~/.cache`, on macOS `~/Library/Caches`, on Windows `%LOCALAPPDATA%`; `None` where the
/// environment names no home.
pub fn cache_folder() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
    };
    base.map(|base| base.join("plywood"))
}

/// The folder that the environment variable `PLYWOOD_DATA` names.
pub fn data_folder() -> Option<PathBuf> {
    env::var_os("PLYWOOD_DATA").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The paths of all of `names`, where they lie together: in `folder` itself or in one of `within` it; each name as it is
/// or without `.gz`.
pub(crate) fn find(folder: &Path, within: &[&str], names: &[&str]) -> Option<Vec<PathBuf>> {
    let mut places = [folder.to_path_buf()].into_iter().chain(within.iter().map(|name| folder.join(name)));
    places.find_map(|place| {
        names
            .iter()
            .map(|name| {
                let plain = name.strip_suffix(".gz").unwrap_or(name);
                [*name, plain].iter().map(|name| place.join(name)).find(|path| path.is_file())
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn files_are_found_packed_or_not_in_any_of_the_usual_places() {
        let names = ["a.gz", "b.gz"];
        let dir = TempDir::new("locate");
        assert_eq!(find(dir.path(), &["set", "Set/raw"], &names), None);
        let a = dir.write("Set/raw/a", b"");
        assert_eq!(find(dir.path(), &["set", "Set/raw"], &names), None, "one file of two is not the set");
        let b = dir.write("Set/raw/b.gz", b"");
        assert_eq!(find(dir.path(), &["set", "Set/raw"], &names), Some(vec![a, b]));
        let nearer = vec![dir.write("set/a.gz", b""), dir.write("set/b.gz", b"")];
        assert_eq!(find(dir.path(), &["set", "Set/raw"], &names), Some(nearer));
    }
}
