//! Named sets that are not embedded: what their files are called, where they lie, and how they are told apart.

use std::borrow::Cow;

/// One file of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteFile {
    /// The name, as it is published.
    pub(crate) name: Cow<'static, str>,
    /// Bytes of the published file and its SHA-256 in hexadecimal; without them a file is never downloaded.
    pub(crate) pin: Option<(u64, &'static str)>,
}

/// The files of a set and the places that publish them.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    /// The set's name, which is also that of its folder.
    pub(crate) name: &'static str,
    /// The folders within a folder of data that it may lie in: its own, and torchvision's.
    pub(crate) folders: &'static [&'static str],
    /// Addresses that a file's name is appended to, tried in order; none where no place serves it without TLS.
    #[cfg_attr(not(feature = "download"), expect(dead_code, reason = "only downloading needs it"))]
    pub(crate) mirrors: &'static [&'static str],
    /// The files; for sets in the form of MNIST training images and labels, then test images and labels.
    pub(crate) files: Vec<RemoteFile>,
    /// Where a person finds the files.
    pub(crate) home: &'static str,
}

/// The usual four files with their sizes and hashes.
fn pinned(pins: [(u64, &'static str); 4]) -> Vec<RemoteFile> {
    let [a, b, c, d] = pins;
    vec![
        RemoteFile { name: "train-images-idx3-ubyte.gz".into(), pin: Some(a) },
        RemoteFile { name: "train-labels-idx1-ubyte.gz".into(), pin: Some(b) },
        RemoteFile { name: "t10k-images-idx3-ubyte.gz".into(), pin: Some(c) },
        RemoteFile { name: "t10k-labels-idx1-ubyte.gz".into(), pin: Some(d) },
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

fn unpinned(names: [String; 4]) -> Vec<RemoteFile> {
    names.into_iter().map(|name| RemoteFile { name: name.into(), pin: None }).collect()
}

pub(super) fn qmnist() -> Remote {
    let name = |part: &str, what: &str| format!("qmnist-{part}-{what}.gz");
    let (images, labels) = ("images-idx3-ubyte", "labels-idx2-int");
    Remote {
        name: "qmnist",
        folders: &["qmnist", "QMNIST/raw"],
        mirrors: &[],
        files: unpinned([name("train", images), name("train", labels), name("test", images), name("test", labels)]),
        home: "https://github.com/facebookresearch/qmnist",
    }
}

pub(super) fn emnist(split: &str) -> Remote {
    let name = |part: &str, what: &str| format!("emnist-{split}-{part}-{what}.gz");
    let (images, labels) = ("images-idx3-ubyte", "labels-idx1-ubyte");
    Remote {
        name: "emnist",
        folders: &["emnist", "EMNIST/raw"],
        mirrors: &[],
        files: unpinned([name("train", images), name("train", labels), name("test", images), name("test", labels)]),
        home: "gzip.zip at https://www.nist.gov/itl/products-and-services/emnist-dataset",
    }
}

pub(super) fn cifar10() -> Remote {
    let pin = (170_052_171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd");
    Remote {
        name: "cifar10",
        folders: &["cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"],
        mirrors: &["http://www.cs.toronto.edu/~kriz/"],
        files: vec![RemoteFile { name: "cifar-10-binary.tar.gz".into(), pin: Some(pin) }],
        home: "https://www.cs.toronto.edu/~kriz/cifar.html",
    }
}

pub(super) fn cifar100() -> Remote {
    let pin = (168_513_733, "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec");
    Remote {
        name: "cifar100",
        folders: &["cifar100", "cifar-100-binary", "cifar100/cifar-100-binary"],
        mirrors: &["http://www.cs.toronto.edu/~kriz/"],
        files: vec![RemoteFile { name: "cifar-100-binary.tar.gz".into(), pin: Some(pin) }],
        home: "https://www.cs.toronto.edu/~kriz/cifar.html",
    }
}
