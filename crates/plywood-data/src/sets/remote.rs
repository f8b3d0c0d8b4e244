//! Named sets that are not embedded: what their files are called, where they lie, and how they are told apart.

use crate::checksum::Pin;

/// One file of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteFile {
    /// The name, as it is published.
    pub(crate) name: &'static str,
    pub(crate) pin: Pin,
}

/// The files of a set and the places that publish them.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    /// The set's name, which is also that of its folder.
    pub(crate) name: &'static str,
    /// The folders within a folder of data that it may lie in: its own, and torchvision's.
    pub(crate) folders: &'static [&'static str],
    /// Addresses that a file's name is appended to, tried in order; none where no place serves it without TLS.
    pub(crate) mirrors: &'static [&'static str],
    /// The files, or the one archive of them; for sets in the form of MNIST training images and labels, then test
    /// images and labels.
    pub(crate) files: Vec<RemoteFile>,
    /// Where a person finds the files.
    pub(crate) home: &'static str,
}

fn sized(name: &'static str, bytes: u64, hash: &'static str) -> RemoteFile {
    RemoteFile { name, pin: Pin::Sha256 { bytes, hash } }
}

/// The usual four files with their sizes and hashes.
fn pinned(pins: [(u64, &'static str); 4]) -> Vec<RemoteFile> {
    let [a, b, c, d] = pins;
    vec![
        sized("train-images-idx3-ubyte.gz", a.0, a.1),
        sized("train-labels-idx1-ubyte.gz", b.0, b.1),
        sized("t10k-images-idx3-ubyte.gz", c.0, c.1),
        sized("t10k-labels-idx1-ubyte.gz", d.0, d.1),
    ]
}

pub(super) fn mnist() -> Remote {
    Remote {
        name: "mnist",
        folders: &["mnist", "MNIST/raw"],
        mirrors: &[
            "http://ossci-datasets.s3.amazonaws.com/mnist/",
            "http://storage.googleapis.com/cvdf-datasets/mnist/",
        ],
        files: pinned([
            (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ]),
        home: "https://storage.googleapis.com/cvdf-datasets/mnist/",
    }
}

pub(super) fn fashion_mnist() -> Remote {
    Remote {
        name: "fashion-mnist",
        folders: &["fashion-mnist", "FashionMNIST/raw"],
        mirrors: &["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
        files: pinned([
            (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ]),
        home: "https://github.com/zalandoresearch/fashion-mnist",
    }
}

pub(super) fn kmnist() -> Remote {
    Remote {
        name: "kmnist",
        folders: &["kmnist", "KMNIST/raw"],
        mirrors: &["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
        files: pinned([
            (18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            (29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            (3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            (5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ]),
        home: "https://github.com/rois-codh/kmnist",
    }
}

pub(super) fn qmnist() -> Remote {
    let file = |name, md5| RemoteFile { name, pin: Pin::Md5(md5) };
    Remote {
        name: "qmnist",
        folders: &["qmnist", "QMNIST/raw"],
        mirrors: &[],
        files: vec![
            file("qmnist-train-images-idx3-ubyte.gz", "ed72d4157d28c017586c42bc6afe6370"),
            file("qmnist-train-labels-idx2-int.gz", "0058f8dd561b90ffdd0f734c6a30e5e4"),
            file("qmnist-test-images-idx3-ubyte.gz", "1394631089c404de565df7b7aeaf9412"),
            file("qmnist-test-labels-idx2-int.gz", "5b5b05890a5e13444e108efe57b788aa"),
        ],
        home: "https://github.com/facebookresearch/qmnist",
    }
}

/// The archive of all ways to divide EMNIST.
pub(super) fn emnist() -> Remote {
    let hash = "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e";
    Remote {
        name: "emnist",
        folders: &["emnist", "EMNIST/raw"],
        mirrors: &[],
        files: vec![sized("gzip.zip", 561_753_746, hash)],
        home: "https://www.nist.gov/itl/products-and-services/emnist-dataset",
    }
}

pub(super) fn cifar10() -> Remote {
    let hash = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd";
    Remote {
        name: "cifar10",
        folders: &["cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"],
        mirrors: &["http://www.cs.toronto.edu/~kriz/"],
        files: vec![sized("cifar-10-binary.tar.gz", 170_052_171, hash)],
        home: "https://www.cs.toronto.edu/~kriz/cifar.html",
    }
}

pub(super) fn cifar100() -> Remote {
    let hash = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec";
    Remote {
        name: "cifar100",
        folders: &["cifar100", "cifar-100-binary", "cifar100/cifar-100-binary"],
        mirrors: &["http://www.cs.toronto.edu/~kriz/"],
        files: vec![sized("cifar-100-binary.tar.gz", 168_513_733, hash)],
        home: "https://www.cs.toronto.edu/~kriz/cifar.html",
    }
}
