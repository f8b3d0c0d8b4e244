//! CSV files into tables.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use super::missing::{Missing, common, fill, is_missing};
use super::{Column, Table, Values};
use crate::{Error, Result};

/// What a column is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers.
    Number,
    /// Categories.
    Category,
}

/// Reads CSV files into [`Table`]s.
///
/// A column is taken to hold numbers if all its values are numbers, and categories otherwise; [`kind`](Self::kind) says
/// otherwise. [`like`](Self::like) reads a second file as the first was, so that the same category has the same code.
///
/// ```no_run
/// use plywood_data::formats::{CsvReader, Missing};
/// let train = CsvReader::new().missing(Missing::Median).read("train.csv")?;
/// let test = CsvReader::new().missing(Missing::Median).like(&train).read("test.csv")?;
/// let set = train.classification::<f32>("survived")?;
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CsvReader {
    header: bool,
    delimiter: u8,
    missing: Missing,
    kinds: Vec<(String, Kind)>,
    /// The categories of each column that a table before had; numbers are `None`.
    known: Vec<(String, Option<Vec<String>>)>,
}

impl Default for CsvReader {
    fn default() -> Self {
        Self::new()
    }
}

impl CsvReader {
    /// A header row, commas, no missing values, types inferred.
    pub fn new() -> Self {
        Self { header: true, delimiter: b',', missing: Missing::Refuse, kinds: vec![], known: vec![] }
    }

    /// Whether the first row has the columns' names; without it they are `0`, `1`, ….
    pub fn header(self, header: bool) -> Self {
        Self { header, ..self }
    }

    /// What stands between fields.
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }
    }

    /// What to do where a value is missing.
    pub fn missing(self, missing: Missing) -> Self {
        Self { missing, ..self }
    }

    /// What a column holds, instead of inferring it.
    pub fn kind(mut self, column: &str, kind: Kind) -> Self {
        self.kinds.push((column.into(), kind));
        self
    }

    /// Reads columns as `table` has them: a number where it has numbers, and its categories with its codes, any other
    /// being an error.
    pub fn like(mut self, table: &Table) -> Self {
        let known = table.columns().iter().map(|column| match &column.values {
            Values::Numbers(_) => (column.name.clone(), None),
            Values::Categories { names, .. } => (column.name.clone(), Some(names.clone())),
        });
        self.known = known.collect();
        self
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// If it can't be read, a row has more or fewer fields than the first, a value has the wrong type or is missing, or a
    /// column that settings name is not there; with path, row and column.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Table> {
        self.whole(self.open(path.as_ref())?)
    }

    /// Reads what isn't a file: text in memory, standard input, an archive's entry.
    ///
    /// ```
    /// use plywood_data::formats::CsvReader;
    /// let pets = CsvReader::new().read_from("age,animal\n3,cat\n10,dog\n".as_bytes())?;
    /// assert_eq!(pets.numbers::<f64>("age")?.to_vec(), [3.0, 10.0]);
    /// # Ok::<(), plywood_data::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`read`](Self::read), with `csv` in the place of the path.
    pub fn read_from(&self, source: impl Read) -> Result<Table> {
        self.whole(self.source(Path::new("csv"), source)?)
    }

    fn whole(&self, mut source: Source<impl Read>) -> Result<Table> {
        let rows = source.rows(usize::MAX)?;
        self.table(&source, rows)
    }

    /// Reads a file in tables of `rows` rows (the last may have fewer), for files larger than memory.
    ///
    /// Types and categories are those of the first chunk unless [`like`](Self::like) gave them before; means and medians
    /// are each chunk's own.
    ///
    /// # Errors
    /// As [`read`](Self::read), or if `rows` is 0.
    pub fn chunks(&self, path: impl AsRef<Path>, rows: usize) -> Result<Chunks> {
        if rows == 0 {
            return Err(Error::value("csv", "rows a chunk", "at least 1", 0));
        }
        Ok(Chunks { source: Some(self.open(path.as_ref())?), reader: self.clone(), rows })
    }

    fn open(&self, path: &Path) -> Result<Source<File>> {
        self.source(path, File::open(path).map_err(|e| Error::io("open", path, e))?)
    }

    fn source<R: Read>(&self, path: &Path, reader: R) -> Result<Source<R>> {
        let mut csv = csv::ReaderBuilder::new()
            .has_headers(self.header)
            .delimiter(self.delimiter)
            .trim(csv::Trim::All)
            .from_reader(reader);
        let first = csv.headers().map_err(|e| wrong(path, e))?.clone();
        let names = if self.header {
            first.iter().map(str::to_string).collect()
        } else {
            (0..first.len()).map(|i| i.to_string()).collect::<Vec<_>>()
        };
        let source = Source { path: path.into(), csv, names };
        for name in self.kinds.iter().map(|(name, _)| name).chain(self.known.iter().map(|(name, _)| name)) {
            if !source.names.contains(name) {
                let expected = format!("a column `{name}`");
                return Err(Error::format(path, "header", expected, source.names.join(", ")));
            }
        }
        Ok(source)
    }

    fn table(&self, source: &Source<impl Read>, mut rows: Vec<(u64, StringRecord)>) -> Result<Table> {
        if self.missing == Missing::DropRow {
            rows.retain(|(_, row)| !row.iter().any(is_missing));
        }
        let column = |(i, name): (usize, &String)| {
            let fields: Vec<(u64, &str)> = rows.iter().map(|(line, row)| (*line, &row[i])).collect();
            Ok(Column { name: name.clone(), values: self.values(source, name, &fields)? })
        };
        Table::new(source.names.iter().enumerate().map(column).collect::<Result<_>>()?)
    }

    fn values(&self, source: &Source<impl Read>, name: &str, fields: &[(u64, &str)]) -> Result<Values> {
        let known = self.known.iter().find(|(known, _)| known == name).map(|(_, names)| names);
        let given = self.kinds.iter().rev().find(|(column, _)| column == name).map(|(_, kind)| *kind);
        let inferred = || {
            let number = fields.iter().all(|(_, field)| is_missing(field) || field.parse::<f64>().is_ok());
            if number { Kind::Number } else { Kind::Category }
        };
        let kind = match known {
            Some(None) => Kind::Number,
            Some(Some(_)) => Kind::Category,
            None => given.unwrap_or_else(inferred),
        };
        let wrong = |line: u64, expected: &str, field: &str| {
            Error::format(&source.path, format!("line {line}, column {name}"), expected, format!("`{field}`"))
        };
        let lacks = fields.iter().find(|(_, field)| is_missing(field));
        if let (Some((line, field)), Missing::Refuse) = (lacks, self.missing) {
            return Err(wrong(*line, "a value", field));
        }
        match kind {
            Kind::Number => {
                let parse = |&(line, field): &(u64, &str)| match is_missing(field) {
                    true => Ok(None),
                    false => field.parse().map(Some).map_err(|_| wrong(line, "a number", field)),
                };
                let parsed = fields.iter().map(parse).collect::<Result<Vec<Option<f64>>>>()?;
                let present: Vec<f64> = parsed.iter().flatten().copied().collect();
                let unfillable = present.is_empty() && !matches!(self.missing, Missing::Fill(_));
                if let (Some((line, field)), true) = (lacks, unfillable) {
                    return Err(wrong(*line, "at least one value in the column to fill from", field));
                }
                let fill = fill(self.missing, present);
                Ok(Values::Numbers(parsed.into_iter().map(|x| x.unwrap_or(fill)).collect()))
            }
            Kind::Category => {
                let fill = common(self.missing, fields);
                let value = |field: &str| if is_missing(field) { fill.clone() } else { field.to_string() };
                let names =
                    known.cloned().flatten().unwrap_or_else(|| categories(fields.iter().map(|(_, f)| value(f))));
                let code = |&(line, field): &(u64, &str)| {
                    let value = value(field);
                    let code = names.iter().position(|name| *name == value);
                    code.map(|code| code as i64)
                        .ok_or_else(|| wrong(line, &format!("one of {}", names.join(", ")), field))
                };
                let codes = fields.iter().map(code).collect::<Result<_>>()?;
                Ok(Values::Categories { names, codes })
            }
        }
    }
}

/// The tables that [`CsvReader::chunks`] yields; after an error there are no more.
pub struct Chunks {
    source: Option<Source<File>>,
    reader: CsvReader,
    rows: usize,
}

impl Iterator for Chunks {
    type Item = Result<Table>;

    fn next(&mut self) -> Option<Result<Table>> {
        let mut source = self.source.take()?;
        let rows = match source.rows(self.rows) {
            Ok(rows) if rows.is_empty() => return None,
            Ok(rows) => rows,
            Err(error) => return Some(Err(error)),
        };
        let table = self.reader.table(&source, rows);
        if let Ok(table) = &table {
            if self.reader.known.is_empty() {
                self.reader = self.reader.clone().like(table);
            }
            self.source = Some(source);
        }
        Some(table)
    }
}

/// An open file, or what stands for one, and its columns' names.
struct Source<R> {
    path: PathBuf,
    csv: csv::Reader<R>,
    names: Vec<String>,
}

impl<R: Read> Source<R> {
    /// Up to `n` further rows with their lines in the file.
    fn rows(&mut self, n: usize) -> Result<Vec<(u64, StringRecord)>> {
        let path = &self.path;
        let row = |record: csv::Result<StringRecord>| {
            let record = record.map_err(|e| wrong(path, e))?;
            Ok((record.position().map_or(0, |position| position.line()), record))
        };
        self.csv.records().take(n).map(row).collect()
    }
}

fn wrong(path: &Path, error: csv::Error) -> Error {
    let line = |position: &Option<csv::Position>| position.as_ref().map_or(0, |position| position.line());
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let expected = format!("{expected_len} fields, as in the first row");
            Error::format(path, format!("line {}", line(pos)), expected, len)
        }
        csv::ErrorKind::Utf8 { pos, .. } => Error::format(path, format!("line {}", line(pos)), "UTF-8", "other bytes"),
        _ => Error::other(error).at(path.display().to_string()),
    }
}

/// The distinct values in order: by size if all are whole numbers, by alphabet otherwise.
fn categories(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = values.collect();
    names.sort();
    names.dedup();
    if names.iter().all(|name| name.parse::<i64>().is_ok()) {
        names.sort_by_key(|name| name.parse::<i64>().unwrap_or(0));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    const PETS: &str = "age,animal,weight\n3,cat,4.5\n10,dog,\n1,cat,3.5\n?,fish,1\n";

    fn read(reader: CsvReader, text: &str) -> Result<Table> {
        let dir = TempDir::new("csv");
        reader.read(dir.write("pets.csv", text.as_bytes()))
    }

    fn numbers(table: &Table, name: &str) -> Vec<f64> {
        table.numbers::<f64>(name).unwrap().to_vec()
    }

    fn error(reader: CsvReader, text: &str) -> String {
        let error = read(reader, text).unwrap_err().to_string();
        error[error.find("pets.csv").unwrap()..].to_string()
    }

    #[test]
    fn what_is_no_file_reads_like_one() {
        let reader = CsvReader::new().missing(Missing::Mean);
        assert_eq!(reader.read_from(PETS.as_bytes()).unwrap(), read(reader, PETS).unwrap());
        let error = CsvReader::new().read_from(PETS.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "csv: line 5, column age: expected a value, got `?`");
    }

    #[test]
    fn types_are_inferred() {
        let table = read(CsvReader::new(), "a, b ,c\n1,x,2\n-2e3, y ,x\n").unwrap();
        assert_eq!(numbers(&table, "a"), [1.0, -2000.0]);
        assert_eq!(table.labels("b").unwrap().1, ["x", "y"]);
        assert_eq!(table.labels("c").unwrap().0.to_vec(), [0, 1]);
        let table =
            read(CsvReader::new().header(false).delimiter(b';').kind("0", Kind::Category), "10;1\n9;2\n").unwrap();
        assert_eq!(
            table.columns()[0].values,
            Values::Categories { names: vec!["9".into(), "10".into()], codes: vec![1, 0] }
        );
    }

    #[test]
    fn missing_values_follow_the_policy() {
        let with = |missing| read(CsvReader::new().missing(missing), PETS).unwrap();
        assert_eq!(numbers(&with(Missing::DropRow), "age"), [3.0, 1.0]);
        assert_eq!(numbers(&with(Missing::Mean), "weight"), [4.5, 3.0, 3.5, 1.0]);
        assert_eq!(numbers(&with(Missing::Median), "age"), [3.0, 10.0, 1.0, 3.0]);
        assert_eq!(numbers(&with(Missing::Fill(-1.0)), "age"), [3.0, 10.0, 1.0, -1.0]);
        assert_eq!(error(CsvReader::new(), PETS), "pets.csv: line 5, column age: expected a value, got `?`");
        let gaps = "kind\nb\na\nNA\nb\n";
        let kinds = |missing| read(CsvReader::new().missing(missing), gaps).unwrap().labels("kind").unwrap();
        assert_eq!(kinds(Missing::Mean).0.to_vec(), [1, 0, 1, 1]);
        assert_eq!(kinds(Missing::Fill(0.0)).1, ["a", "b", "missing"]);
        assert!(error(CsvReader::new().missing(Missing::Mean), "x\nnan\n").contains("at least one value"));
    }

    #[test]
    fn ragged_rows_and_wrong_types_name_their_line() {
        assert_eq!(
            error(CsvReader::new(), "a,b\n1,2\n3\n"),
            "pets.csv: line 3: expected 2 fields, as in the first row, got 1"
        );
        let reader = CsvReader::new().kind("animal", Kind::Number);
        assert_eq!(error(reader, "animal\n1\ncat\n"), "pets.csv: line 3, column animal: expected a number, got `cat`");
        assert!(
            error(CsvReader::new().kind("b", Kind::Number), "a\n1\n").contains("header: expected a column `b`, got a")
        );
        let dir = TempDir::new("csv");
        let path = dir.write("latin.csv", b"a\n\xe4\n");
        assert!(CsvReader::new().read(path).unwrap_err().to_string().contains("line 2: expected UTF-8"));
        assert!(
            CsvReader::new().read(dir.path().join("absent.csv")).unwrap_err().to_string().contains("could not open")
        );
    }

    #[test]
    fn a_second_file_is_read_like_the_first() {
        let train = read(CsvReader::new(), "animal,age\ncat,1\ndog,2\n").unwrap();
        let test = read(CsvReader::new().like(&train), "animal,age\ndog,3\n").unwrap();
        assert_eq!(test.labels("animal").unwrap().0.to_vec(), [1]);
        assert!(
            error(CsvReader::new().like(&train), "animal,age\nfish,3\n")
                .contains("expected one of cat, dog, got `fish`")
        );
        assert!(error(CsvReader::new().like(&train), "animal,age\ncat,old\n").contains("expected a number"));
    }

    #[test]
    fn chunks_together_are_the_file() {
        let dir = TempDir::new("csv");
        let path = dir.write("pets.csv", b"x,kind\n1,a\n2,b\n3,b\n4,a\n5,a\n");
        let chunks: Vec<Table> = CsvReader::new().chunks(&path, 2).unwrap().collect::<Result<_>>().unwrap();
        assert_eq!(chunks.iter().map(Table::rows).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(chunks.iter().flat_map(|c| numbers(c, "x")).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(chunks[1].labels("kind").unwrap().0.to_vec(), [1, 0]);
        let path = dir.write("pets.csv", b"x\n1\n2\n3\nno\n5\n");
        let mut chunks = CsvReader::new().chunks(&path, 2).unwrap();
        assert!(chunks.next().unwrap().is_ok() && chunks.next().unwrap().is_err() && chunks.next().is_none());
        assert!(CsvReader::new().chunks(&path, 0).is_err());
    }
}
