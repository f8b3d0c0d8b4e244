//! Models of sequences, each over [`RNN`](plywood_nn::RNN), [`LSTM`](plywood_nn::LSTM) or [`GRU`](plywood_nn::GRU).

mod char_lm;
mod classifier;
mod options;
mod sampling;
mod search;
mod seq2seq;
mod tagger;

pub use char_lm::CharLm;
pub use classifier::SequenceClassifier;
pub use options::SequenceOptions;
pub use sampling::Sampling;
pub use search::{BeamSearch, Found};
pub use seq2seq::{Memory, Seq2Seq, Symbols};
pub use tagger::SequenceTagger;
