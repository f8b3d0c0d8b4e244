//! Text into numbers and back: tokenizers, vocabularies and windows for language models.

mod bpe;
mod chars;
mod tokenizer;
mod vocabulary;
mod windows;
mod words;

pub use bpe::BpeTokenizer;
pub use chars::CharTokenizer;
pub use tokenizer::Tokenizer;
pub use vocabulary::Vocabulary;
pub use windows::TokenWindows;
pub use words::WordTokenizer;
