//! Finding the files of a named set, or fetching them.

use std::path::PathBuf;

use super::locate::{cache_folder, data_folder, find};
use super::remote::{Remote, RemoteFile};
use crate::checksum;
use crate::progress::{Progress, bar};
use crate::{Error, Result};

/// A named set and where to look for it.
pub(super) struct Source {
    pub(super) remote: Remote,
    pub(super) dir: Option<PathBuf>,
    pub(super) progress: Box<dyn FnMut(&Progress)>,
}

impl Source {
    pub(super) fn new(remote: Remote) -> Self {
        Self { remote, dir: None, progress: Box::new(bar()) }
    }

    fn folders(&self) -> Vec<PathBuf> {
        match &self.dir {
            Some(dir) => vec![dir.clone()],
            None => [data_folder(), cache_folder()].into_iter().flatten().collect(),
        }
    }

    /// The paths of `names`, if all lie in one of the folders.
    pub(super) fn find(&self, names: &[&str]) -> Option<Vec<PathBuf>> {
        self.folders().iter().find_map(|folder| find(folder, self.remote.folders, names))
    }

    /// The paths of the set's files, downloaded if need be and allowed.
    ///
    /// Where a set can't be downloaded, and so wasn't checked on its way, files are checked that lie there as published.
    pub(super) fn files(&mut self) -> Result<Vec<PathBuf>> {
        let names: Vec<&str> = self.remote.files.iter().map(|file| file.name).collect();
        if let Some(paths) = self.find(&names) {
            if self.remote.mirrors.is_empty() {
                let as_published = |(path, file): &(&PathBuf, &RemoteFile)| path.ends_with(file.name);
                let mut placed = paths.iter().zip(&self.remote.files).filter(as_published);
                placed.try_for_each(|(path, file)| checksum::verify(path, file.pin))?;
            }
            return Ok(paths);
        }
        let tried = if self.dir.is_some() {
            "a folder was named, so nothing was downloaded".into()
        } else {
            match fetch(&self.remote, &mut *self.progress) {
                Ok(files) => return Ok(files),
                Err(tried) => tried,
            }
        };
        let looked = self.folders().iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(" and ");
        let looked = if looked.is_empty() { "no folder (neither PLYWOOD_DATA nor HOME is set)".into() } else { looked };
        let message = format!(
            "the files are not in {looked}, and {tried}; put {} (from {}) into a folder and name it in PLYWOOD_DATA or \
             to the loader",
            names.join(", "),
            self.remote.home,
        );
        Err(Error::state(self.remote.name, message))
    }
}

/// Downloads all files into the cache; otherwise what was tried, as a part of a sentence.
#[cfg(feature = "download")]
fn fetch(remote: &Remote, progress: &mut dyn FnMut(&Progress)) -> Result<Vec<PathBuf>, String> {
    if remote.mirrors.is_empty() {
        return Err("no place offers them for download without TLS".into());
    }
    let folder = cache_folder().ok_or("there is no cache folder to download to, as HOME is not set")?.join(remote.name);
    let get = |file| crate::download::fetch(remote.mirrors, file, &folder, progress);
    remote.files.iter().map(get).collect()
}

#[cfg(not(feature = "download"))]
fn fetch(_remote: &Remote, _progress: &mut dyn FnMut(&Progress)) -> Result<Vec<PathBuf>, String> {
    Err("this build can't download (feature `download` of plywood-data)".into())
}

#[cfg(all(test, feature = "download"))]
mod tests {
    use super::*;
    use crate::sets::remote;

    #[test]
    fn what_is_served_over_tls_alone_is_not_tried() {
        for set in [remote::qmnist(), remote::emnist()] {
            let tried = fetch(&set, &mut |_| unreachable!("nothing is downloaded")).unwrap_err();
            assert_eq!(tried, "no place offers them for download without TLS");
        }
    }
}
