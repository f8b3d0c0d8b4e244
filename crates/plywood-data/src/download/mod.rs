//! Files from the network, whole and as pinned or not at all.
//!
//! Plain HTTP is enough: a file counts only if its SHA-256 is the one in the source, so whoever tampers with it on the
//! way can't do more than make the download fail.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use plywood_tensor::file::write_atomically;

use crate::checksum::{Pin, Sha256, each_piece};
use crate::progress::Progress;
use crate::sets::RemoteFile;

/// Seconds that one file may take.
const TIMEOUT: u64 = 900;

/// Downloads `file` from the first of `mirrors` that has it into `folder`, written under a temporary name, checked,
/// synced and then renamed; nothing if it is there already. Otherwise what was tried, as a part of a sentence.
pub(crate) fn fetch(
    mirrors: &[&str],
    file: &RemoteFile,
    folder: &Path,
    progress: &mut dyn FnMut(&Progress),
) -> Result<PathBuf, String> {
    let path = folder.join(file.name);
    if path.is_file() {
        return Ok(path);
    }
    let Pin::Sha256 { bytes, hash } = file.pin else {
        return Err(format!("{} has no known SHA-256, so it is not downloaded", file.name));
    };
    let mut tried = String::from("downloading failed");
    for mirror in mirrors {
        let url = format!("{mirror}{}", file.name);
        match fetch_from(&url, (bytes, hash), &path, progress) {
            Ok(()) => return Ok(path),
            Err(why) => write!(tried, " from {url} ({why})").expect("text is written to memory"),
        }
    }
    Err(tried)
}

fn fetch_from(url: &str, pin: (u64, &str), path: &Path, progress: &mut dyn FnMut(&Progress)) -> Result<(), String> {
    let mut response = minreq::get(url).with_timeout(TIMEOUT).send_lazy().map_err(|e| e.to_string())?;
    if response.status_code != 200 {
        return Err(format!("{} {}", response.status_code, response.reason_phrase));
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut why = String::new();
    write_atomically(path, |out| {
        copy(&mut response, out, name, pin, progress).inspect_err(|error| {
            why = error.to_string();
        })
    })
    .map_err(|error| if why.is_empty() { error.to_string() } else { why })
}

/// Copies exactly `total` bytes of that hash, or fails.
fn copy(
    from: &mut dyn Read,
    out: &mut dyn io::Write,
    file: &str,
    (total, sha256): (u64, &str),
    progress: &mut dyn FnMut(&Progress),
) -> io::Result<()> {
    let (mut hash, mut done) = (Sha256::new(), 0);
    each_piece(from, |piece| {
        done += piece.len() as u64;
        if done > total {
            return Err(io::Error::other(format!("more than the expected {total} bytes")));
        }
        hash.update(piece);
        out.write_all(piece)?;
        progress(&Progress { file, done, total });
        Ok(())
    })?;
    if done < total {
        return Err(io::Error::other(format!("{done} bytes instead of the expected {total}")));
    }
    match hash.finish() {
        got if got == sha256 => Ok(()),
        got => Err(io::Error::other(format!("SHA-256 is {got} instead of the expected {sha256}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::testing::TempDir;

    const ABC: RemoteFile = RemoteFile {
        name: "abc.txt",
        pin: Pin::Sha256 { bytes: 3, hash: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    };

    /// The address of a server on this machine that answers the given requests, one connection each, then goes.
    fn serve(answers: Vec<&'static str>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        thread::spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
                { stream }.write_all(answer.as_bytes()).unwrap();
            }
        });
        address
    }

    fn ok(body: &str) -> &'static str {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).leak()
    }

    #[test]
    fn a_file_arrives_once_and_whole() {
        let dir = TempDir::new("download");
        let server = serve(vec![ok("abc")]);
        let mut seen = vec![];
        let path = fetch(&[&server], &ABC, dir.path(), &mut |p| seen.push((p.done, p.total))).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
        assert_eq!(seen.last(), Some(&(3, 3)));
        assert_eq!(fetch(&[], &ABC, dir.path(), &mut |_| {}).unwrap(), path, "what is there is not fetched again");
    }

    #[test]
    fn wrong_contents_are_refused_and_the_next_mirror_is_tried() {
        let dir = TempDir::new("download");
        let bad = serve(vec![
            ok("abd"),
            ok("ab"),
            ok("abcd"),
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ]);
        let tried = fetch(&[&bad, &bad, &bad, &bad], &ABC, dir.path(), &mut |_| {}).unwrap_err();
        for why in [
            "SHA-256 is a52d159f",
            "2 bytes instead of the expected 3",
            "more than the expected 3 bytes",
            "404 Not Found",
        ] {
            assert!(tried.contains(why), "{why}: {tried}");
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing half is left");
        let (bad, good) = (serve(vec![ok("xyz")]), serve(vec![ok("abc")]));
        assert!(fetch(&[&bad, &good], &ABC, dir.path(), &mut |_| {}).is_ok());
    }

    #[test]
    fn without_a_network_the_reason_is_given() {
        let dir = TempDir::new("download");
        let gone = serve(vec![]);
        let tried = fetch(&[&gone], &ABC, dir.path(), &mut |_| {}).unwrap_err();
        assert!(tried.starts_with(&format!("downloading failed from {gone}abc.txt (")), "{tried}");
    }
}
