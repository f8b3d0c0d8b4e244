//! Translates written dates ("the third of May, 1997", "3 de mayo de 1997") to ISO (1997-05-03):
//! `cargo run --release --example seq2seq_dates [-- --date TEXT] [--epochs N] [--seed N]`.
//!
//! An encoder reads the date letter by letter, a decoder writes digits and looks back at the letters. The dates are
//! made up here, in four languages; those that the model is tested on fall on days that it has never seen in any form.

use std::path::Path;
use std::time::Instant;

use plywood::data::sampler::ByLength;
use plywood::data::text::{CharTokenizer, Tokenizer};
use plywood::data::{Batch, Padded, Sample, Samples};
use plywood::models::{BeamSearch, Seq2Seq, SequenceOptions, Symbols};
use plywood::optim::{Adam, OneCycleLR};
use plywood::prelude::*;
use plywood::train::Pass;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::{AttentionMap, Chart};
use plywood_examples::{claim, flag};

const MONTHS: [&str; 4] = [
    "January,February,March,April,May,June,July,August,September,October,November,December",
    "Januar,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember",
    "janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre",
    "enero,febrero,marzo,abril,mayo,junio,julio,agosto,septiembre,octubre,noviembre,diciembre",
];
const DAYS: [&str; 4] = [
    "first,second,third,fourth,fifth,sixth,seventh,eighth,ninth,tenth,eleventh,twelfth,thirteenth,fourteenth,fifteenth,\
     sixteenth,seventeenth,eighteenth,nineteenth,twentieth,twenty-first,twenty-second,twenty-third,twenty-fourth,\
     twenty-fifth,twenty-sixth,twenty-seventh,twenty-eighth,twenty-ninth,thirtieth,thirty-first",
    "erste,zweite,dritte,vierte,fünfte,sechste,siebte,achte,neunte,zehnte,elfte,zwölfte,dreizehnte,vierzehnte,\
     fünfzehnte,sechzehnte,siebzehnte,achtzehnte,neunzehnte,zwanzigste,einundzwanzigste,zweiundzwanzigste,\
     dreiundzwanzigste,vierundzwanzigste,fünfundzwanzigste,sechsundzwanzigste,siebenundzwanzigste,achtundzwanzigste,\
     neunundzwanzigste,dreißigste,einunddreißigste",
    "premier,deux,trois,quatre,cinq,six,sept,huit,neuf,dix,onze,douze,treize,quatorze,quinze,seize,dix-sept,dix-huit,\
     dix-neuf,vingt,vingt et un,vingt-deux,vingt-trois,vingt-quatre,vingt-cinq,vingt-six,vingt-sept,vingt-huit,\
     vingt-neuf,trente,trente et un",
    "uno,dos,tres,cuatro,cinco,seis,siete,ocho,nueve,diez,once,doce,trece,catorce,quince,dieciséis,diecisiete,\
     dieciocho,diecinueve,veinte,veintiuno,veintidós,veintitrés,veinticuatro,veinticinco,veintiséis,veintisiete,\
     veintiocho,veintinueve,treinta,treinta y uno",
];

type Date = [usize; 3];
type Dates = Samples<Sample<Vec<i64>, Tensor<i64>>>;

/// The ways to write a date.
const FORMS: usize = 14;

fn written([y, m, d]: Date, form: usize) -> String {
    let [[en, de, fr, es], [nth, nte, mot, palabra]] =
        [(MONTHS, m), (DAYS, d)].map(|(words, i)| words.map(|list| list.split(',').nth(i - 1).unwrap_or_default()));
    let suffix = if d / 10 == 1 { "th" } else { ["th", "st", "nd", "rd"].get(d % 10).unwrap_or(&"th") };
    let er = if d == 1 { "er" } else { "" };
    match form {
        0 => format!("{d}{suffix} of {en}, {y}"),
        1 => format!("{en} {d}, {y}"),
        2 => format!("{d} {en} {y}"),
        3 => format!("the {nth} of {en}, {y}"),
        4 => format!("{en} the {nth}, {y}"),
        5 => format!("{y}, {en} {d}{suffix}"),
        6 => format!("{d}. {de} {y}"),
        7 => format!("der {nte} {de} {y}"),
        8 => format!("{d:02}.{m:02}.{y}"),
        9 => format!("le {d}{er} {fr} {y}"),
        10 => format!("{mot} {fr} {y}"),
        11 => format!("{d} de {es} de {y}"),
        12 => format!("el {palabra} de {es} de {y}"),
        _ => format!("{y}/{m:02}/{d:02}"),
    }
}

/// Every day from 1900 to 2099.
fn calendar() -> Vec<Date> {
    let leap = |y: usize| y.is_multiple_of(4) && y != 1900;
    let length = |y, m| [31, if leap(y) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m - 1];
    let months = (1900..2100).flat_map(|y| (1..=12).map(move |m| (y, m)));
    months.flat_map(|(y, m)| (1..=length(y, m)).map(move |d| [y, m, d])).collect()
}

fn main() -> Result<()> {
    let epochs = flag("--epochs")?.unwrap_or(8);
    let seed = flag("--seed")?.unwrap_or(0);
    let (random, mut days) = (&mut Stream::new(seed), calendar());
    random.shuffle(&mut days);
    let (held_out, known) = days.split_at(days.len() / 10);
    let mut draw = |days: &[Date], n: usize| -> Vec<(Date, String)> {
        let mut one = || (days[random.below(days.len())], random.below(FORMS));
        (0..n).map(|_| one()).map(|(date, form)| (date, written(date, form))).collect()
    };
    let (train, test) = (draw(known, 30_000), draw(held_out, 2_000));
    let letters = CharTokenizer::train(&train.iter().map(|(_, text)| text.as_str()).collect::<String>());
    let digits = CharTokenizer::train("0123456789-");
    // A target never holds the digits' token for an unknown character, so that one can stand for its start.
    let (start, end) = (0, digits.vocabulary_size() as i64);
    let sample = |([y, m, d], text): &(Date, String)| Sample {
        input: letters.encode(text),
        target: Tensor::from([digits.encode(&format!("{y}-{m:02}-{d:02}")), vec![end]].concat()),
    };
    let (train, samples): (Dates, Dates) = (train.iter().map(sample).collect(), test.iter().map(sample).collect());
    println!("{} dates to learn from, {} on other days to be tested on", train.len(), test.len());

    let by_length = ByLength::new(train.iter().map(|sample| sample.input.len()).collect(), 50, seed);
    let train = DataLoader::new(&train).batch_size(64).sampler(by_length);
    let validation = DataLoader::new(&samples).batch_size(500);
    let symbols = Symbols { source: letters.vocabulary_size(), target: end as usize + 1, start, end };
    let options = SequenceOptions { embedding: 32, hidden: 128, ..Default::default() };
    let mut model = Seq2Seq::<f32>::new(symbols, &options, &mut Stream::new(seed));
    let forward = |model: &Seq2Seq, batch: &Batch<Padded<i64>>, cx: &mut Context| {
        let logits = model.forward(&batch.input.values, Some(&lengths(&batch.input)), &batch.target, cx)?;
        let logits = logits.transpose(1, 2)?; // [n, symbols, steps]
        Ok(Pass { loss: cross_entropy(&logits, &batch.target)?, output: logits.value().clone() })
    };
    let mut trainer = Trainer::with_forward(Adam::new(&model, 4e-3)?, forward)
        .epochs(epochs)
        .schedule_by_step(OneCycleLR::new(4e-3, epochs * train.len())?)
        .clip_norm(1.0)
        .metric(Accuracy::new())
        .validation(&validation);
    let begin = Instant::now();
    let history = trainer.fit(&mut model, &train)?;
    println!("{history}\n");

    // Without the true symbols before each: what the model writes by itself.
    let search = BeamSearch { width: 4, longest: 12, ..Default::default() };
    let (mut greedy, mut best) = (Vec::new(), Vec::new());
    for batch in &validation {
        let input = batch?.input;
        greedy.extend(model.greedy(&input.values, Some(&lengths(&input)), 12)?);
    }
    for sample in &samples {
        best.push(model.beam_search(&sample.input, &search)?.swap_remove(0).symbols);
    }
    let exact = |said: &[Vec<i64>]| {
        let right = |(said, sample): &(&Vec<i64>, &Sample<_, Tensor<i64>>)| {
            sample.target.to_vec().strip_suffix(&[end]) == Some(said)
        };
        100.0 * said.iter().zip(&samples).filter(right).count() as f64 / samples.len() as f64
    };
    for ((_, text), said) in test.iter().zip(&greedy).take(12) {
        println!("{text:>42} → {}", digits.decode(said)?);
    }
    let (greedily, by_beam) = (exact(&greedy), exact(&best));
    println!("Exact: {greedily:.2} % greedily, {by_beam:.2} % by beam search; {:.0} s.", begin.elapsed().as_secs_f64());

    let text: String = flag("--date")?.unwrap_or(written(held_out[0], 3));
    let source = letters.encode(&text);
    println!("\n{text}, by beam search:");
    for found in model.beam_search(&source, &search)? {
        println!("  {} with probability {:.4}", digits.decode(&found.symbols)?, found.log_probability.exp());
    }
    let target = model.greedy(&Tensor::from(source.clone()).unsqueeze(0)?, None, 12)?.swap_remove(0);
    let names = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
    let (queries, keys) = (names(&digits.decode(&target)?), names(&text));
    let path = Path::new("target/seq2seq_dates/attention.png");
    AttentionMap::new("Where the decoder looks", &queries, &keys, &model.attention(&source, &target)?)?.save(path)?;
    println!("Where the decoder looks as it writes that is in {}.", path.display());
    claim(greedily >= 99.0, "at least 99 % of dates on days never seen are translated exactly")
}

fn lengths(padded: &Padded<i64>) -> Vec<usize> {
    padded.lengths.values().iter().map(|&n| n as usize).collect()
}
