//! One or many in, one or many out: `cargo run --release --example 26_sequences`.
//!
//! A recurrent network maps sequences of any length in four ways:
//! - one to many: from a character to a text, each output being the next input;
//! - many to one: from a sentence to its mood, read off the last state;
//! - many to many, in step: from words to their kinds, an output at each step;
//! - many to many: an encoder reads a number, a decoder with attention writes it in words.
//!
//! The data is generated; what is claimed is measured on sequences that weren't learned from.

use plywood::data::text::{CharTokenizer, Tokenizer};
use plywood::models::{CharLm, Sampling, Seq2Seq, SequenceClassifier, SequenceOptions, SequenceTagger};
use plywood::optim::Adam;
use plywood::prelude::*;
use plywood_examples::drawings::{Sample, unfolded};
use plywood_examples::languages::{KINDS, LEXICON, MOODS, WORDS};
use plywood_examples::languages::{Numbers, first_row, in_words, opinions, sentences, table};
use plywood_examples::{agreement, claim, picture};

const TOPIC: &str = "26_sequences";
const SMALL: SequenceOptions =
    SequenceOptions { cell: CellKind::Gru, embedding: 16, hidden: 32, layers: 1, dropout: 0.0 };
const POEM: &str =
    "Row, row, row your boat,\ngently down the stream.\nMerrily, merrily, merrily, merrily,\nlife is but a dream.\n";

/// Steps of Adam on the losses that `loss` gives.
fn train<M: Module<f32>>(
    model: &mut M,
    steps: usize,
    mut loss: impl FnMut(&M, &mut Stream, &mut Context) -> Result<Var>,
) -> Result<()> {
    let (mut optimizer, mut cx, mut random) = (Adam::new(model, 0.01)?, Context::train(0), Stream::new(1));
    for _ in 0..steps {
        let gradients = loss(model, &mut random, &mut cx)?.backward()?;
        optimizer.step(model, &gradients)?;
    }
    Ok(())
}

fn one_to_many() -> Result<String> {
    let tokens = CharTokenizer::train(POEM);
    let text = tokens.encode(POEM);
    let mut model = CharLm::new(tokens.vocabulary_size(), &SMALL, &mut Stream::new(0));
    let (before, after) = (table(&[text[..text.len() - 1].to_vec()])?, table(&[text[1..].to_vec()])?);
    train(&mut model, 250, |model, _, cx| {
        cross_entropy(&model.forward(&before, None, cx)?.0.transpose(1, 2)?, &after)
    })?;
    let written = model.generate(&tokens.encode("R"), POEM.len() - 1, &Sampling::greedy(), &mut Stream::new(0))?;
    Ok(format!("R{}", tokens.decode(&written)?))
}

fn many_to_one() -> Result<(f64, Sample)> {
    let mut model = SequenceClassifier::new(WORDS.len(), MOODS.len(), &SMALL, &mut Stream::new(0));
    train(&mut model, 200, |model, random, cx| {
        let (words, moods) = opinions(64, false, random)?;
        cross_entropy(&model.forward(&words, None, cx)?, &moods)
    })?;
    let (words, moods) = opinions(64, true, &mut Stream::new(9))?;
    let said = model.forward(&words, None, &mut Context::eval())?.value().argmax(1, false)?;
    let (inputs, outputs) = (first_row(&words, &WORDS)?, first_row(&said, &MOODS)?);
    Ok((agreement(&said, &moods), Sample { inputs, outputs, first_output: 4 }))
}

fn many_to_many() -> Result<(f64, Sample)> {
    let mut model = SequenceTagger::new(LEXICON.len(), KINDS.len(), &SMALL, &mut Stream::new(0));
    train(&mut model, 100, |model, random, cx| {
        let (words, kinds) = sentences(32, false, random)?;
        cross_entropy(&model.forward(&words, None, cx)?.transpose(1, 2)?, &kinds)
    })?;
    let (words, kinds) = sentences(300, true, &mut Stream::new(9))?;
    let said = model.forward(&words, None, &mut Context::eval())?.value().argmax(2, false)?;
    let (inputs, outputs) = (first_row(&words, &LEXICON)?, first_row(&said, &KINDS)?);
    Ok((agreement(&said, &kinds), Sample { inputs, outputs, first_output: 0 }))
}

fn translation() -> Result<(f64, Sample)> {
    let language = Numbers::default();
    let options = SequenceOptions { hidden: 64, ..SMALL };
    let mut model = Seq2Seq::new(language.symbols(), &options, &mut Stream::new(0));
    let mut numbers: Vec<i64> = (0..1000).collect();
    Stream::new(3).shuffle(&mut numbers);
    let (known, unseen) = numbers.split_at(800);
    train(&mut model, 400, |model, random, cx| {
        let (digits, words) = language.written(&random.sample(known, 64))?;
        cross_entropy(&model.forward(&digits, None, &words, cx)?.transpose(1, 2)?, &words)
    })?;
    let written = model.greedy(&language.written(unseen)?.0, None, 6)?;
    let said: Vec<String> = written.iter().map(|symbols| language.read(symbols)).collect();
    let right = unseen.iter().zip(&said).filter(|(n, said)| in_words(**n as usize) == **said).count();
    let inputs = format!("{:03}", unseen[0]).chars().map(String::from).collect();
    let outputs = said[0].split_whitespace().map(String::from).collect();
    Ok((100.0 * right as f64 / unseen.len() as f64, Sample { inputs, outputs, first_output: 3 }))
}

fn main() -> Result<()> {
    let text = one_to_many()?;
    println!("One to many, after the character R:\n{text}");
    let letters = text.chars().map(|letter| format!("{letter:?}")).take(8).collect::<Vec<_>>();
    let writing = Sample { inputs: vec![letters[0].clone()], outputs: letters[1..].to_vec(), first_output: 0 };
    let ((moods, opinion), (tags, tagged), (numbers, number)) = (many_to_one()?, many_to_many()?, translation()?);
    for (name, sample) in [("Many to one", &opinion), ("Many to many", &tagged), ("Translation", &number)] {
        println!("{name}: {} → {}", sample.inputs.join(" "), sample.outputs.join(" "));
    }
    let panels = [
        ("one to many: a text from its first character, each output being the next input", &writing),
        ("many to one: the mood of a sentence", &opinion),
        ("many to many, in step: kinds of words", &tagged),
        ("many to many: a number, then the number in words", &number),
    ];
    unfolded(&panels).save(picture(TOPIC, "shapes.png"))?;

    claim(text == POEM, "one to many: from its first letter the network writes the whole rhyme")?;
    claim(moods > 95.0, &format!("many to one: {moods:.1} % of sentences with pairs of words that it hasn't seen"))?;
    claim(
        tags > 98.0,
        &format!("many to many: {tags:.1} % of the words in such sentences, though most could be noun or verb"),
    )?;
    claim(numbers > 90.0, &format!("translation: {numbers:.1} % of numbers that it has never seen, all words right"))
}
