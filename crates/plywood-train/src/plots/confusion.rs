//! The confusion matrix: what was true against what the model said.

use super::Chart;
use super::axes::{LABEL, TICK, TITLE};
use super::color::{Color, ColorMap};
use super::scene::{Anchor, Mark, Rect, Scene, Stroke, Text, text_width};
use crate::{Error, Result};

/// Counts of true class (row) against predicted class (column), with each class's recall and precision.
///
/// ```
/// use plywood_train::plots::{Chart, ConfusionChart};
///
/// let chart = ConfusionChart::new("Cats and dogs", &["cat", "dog"], &[vec![48, 2], vec![5, 45]])?;
/// assert!(chart.scene()?.to_svg().contains("recall"));
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConfusionChart {
    title: String,
    classes: Vec<String>,
    counts: Vec<Vec<u64>>,
}

impl ConfusionChart {
    /// A chart of `counts[truth][predicted]`.
    ///
    /// # Errors
    /// If `counts` isn't square with a row for each class, or there is no class.
    pub fn new<S: AsRef<str>>(title: impl Into<String>, classes: &[S], counts: &[Vec<u64>]) -> Result<Self> {
        let n = classes.len();
        if n == 0 || counts.len() != n || counts.iter().any(|row| row.len() != n) {
            let got = format!("{} rows of {:?}", counts.len(), counts.iter().map(Vec::len).collect::<Vec<_>>());
            return Err(Error::shape("confusion chart", "counts", format!("{n} rows of {n}, at least one"), got));
        }
        let classes = classes.iter().map(|c| c.as_ref().to_owned()).collect();
        Ok(Self { title: title.into(), classes, counts: counts.to_vec() })
    }

    fn column(&self, j: usize) -> u64 {
        self.counts.iter().map(|row| row[j]).sum()
    }

    fn draw_cell(&self, scene: &mut Scene, i: usize, j: usize, cell: Rect) {
        let total = self.counts[i].iter().sum::<u64>().max(1) as f64;
        let share = self.counts[i][j] as f64 / total;
        // Errors are few but are what the reader looks for: the root brings out the small shares.
        let color = if i == j {
            ColorMap::Blues.at(share * 0.9)
        } else {
            Color::WHITE.mix(Color::rgb(214, 64, 48), share.sqrt())
        };
        scene.fill(cell, color);
        if self.counts[i][j] > 0 {
            let at = [cell.x + cell.w / 2.0, cell.y + cell.h / 2.0 + LABEL * 0.32];
            let text = Text::new(at, self.counts[i][j].to_string(), LABEL);
            scene.text(text.anchor(Anchor::Middle).color(color.contrast()));
        }
    }

    /// Recall beside each row and precision under each column.
    fn draw_rates(&self, scene: &mut Scene, grid: Rect, cell: f64) {
        let percent = |part: u64, whole: u64| match whole {
            0 => "–".to_owned(),
            _ => format!("{:.0} %", 100.0 * part as f64 / whole as f64),
        };
        let soft = |at, text: String| Text::new(at, text, TICK).color(Color::SOFT);
        for (i, row) in self.counts.iter().enumerate() {
            let middle = (i as f64 + 0.5) * cell;
            let recall = percent(row[i], row.iter().sum());
            scene.text(soft([grid.right() + 12.0, grid.y + middle + TICK * 0.34], recall));
            let precision = percent(self.counts[i][i], self.column(i));
            scene.text(soft([grid.x + middle, grid.bottom() + 20.0], precision).anchor(Anchor::Middle));
        }
        scene.text(soft([grid.right() + 12.0, grid.y - 12.0], "recall".to_owned()));
        scene.text(soft([grid.x - 12.0, grid.bottom() + 20.0], "precision".to_owned()).anchor(Anchor::End));
    }
}

impl Chart for ConfusionChart {
    fn scene(&self) -> Result<Scene> {
        let n = self.classes.len() as f64;
        let names = self.classes.iter().map(|c| text_width(c, LABEL)).fold(text_width("precision", TICK), f64::max);
        let digits = self.counts.iter().flatten().map(|c| text_width(&c.to_string(), LABEL)).fold(0.0, f64::max);
        let cell = (digits + 14.0).max(40.0);
        // Class names wider than a cell are turned, so that neighbours don't run into each other.
        let turned = names > cell && self.classes.iter().any(|c| text_width(c, LABEL) > cell - 6.0);
        let head = if turned { self.classes.iter().map(|c| text_width(c, LABEL)).fold(0.0, f64::max) } else { LABEL };
        let grid = Rect::new(56.0 + names, 104.0 + head, n * cell, n * cell);
        let (right, total): (u64, u64) =
            ((0..self.classes.len()).map(|i| self.counts[i][i]).sum(), self.counts.iter().flatten().sum());
        let summary = format!("{right} of {total} right ({:.1} %)", 100.0 * right as f64 / total.max(1) as f64);
        let words = text_width(&self.title, TITLE * 1.08) + 40.0;
        let mut scene = Scene::new((grid.right() + 84.0).max(words).ceil(), (grid.bottom() + 36.0).ceil());
        scene.text(Text::new([20.0, 30.0], self.title.as_str(), TITLE).bold());
        scene.text(Text::new([20.0, 50.0], summary, TICK).color(Color::SOFT));
        for i in 0..self.classes.len() {
            for j in 0..self.classes.len() {
                self.draw_cell(
                    &mut scene,
                    i,
                    j,
                    Rect::new(grid.x + j as f64 * cell, grid.y + i as f64 * cell, cell, cell),
                );
            }
        }
        for (i, class) in self.classes.iter().enumerate() {
            let middle = (i as f64 + 0.5) * cell;
            let row = Text::new([grid.x - 12.0, grid.y + middle + LABEL * 0.32], class.as_str(), LABEL);
            scene.text(row.anchor(Anchor::End));
            let column = if turned {
                Text::new([grid.x + middle + LABEL * 0.32, grid.y - 12.0], class.as_str(), LABEL).upwards()
            } else {
                Text::new([grid.x + middle, grid.y - 12.0], class.as_str(), LABEL).anchor(Anchor::Middle)
            };
            scene.text(column);
        }
        for i in 0..=self.classes.len() {
            let (line, at) = (Stroke::new(Color::rgb(222, 226, 231), 1.0), i as f64 * cell);
            scene.push(Mark::Line(vec![[grid.x, grid.y + at], [grid.right(), grid.y + at]], line));
            scene.push(Mark::Line(vec![[grid.x + at, grid.y], [grid.x + at, grid.bottom()]], line));
        }
        let above = [grid.x + grid.w / 2.0, grid.y - 20.0 - head];
        scene.text(Text::new(above, "predicted", LABEL).anchor(Anchor::Middle).bold());
        let classes = self.classes.iter().map(|c| text_width(c, LABEL)).fold(0.0, f64::max);
        let beside = [grid.x - classes - 24.0, grid.y + grid.h / 2.0];
        scene.text(Text::new(beside, "true", LABEL).anchor(Anchor::Middle).bold().upwards());
        self.draw_rates(&mut scene, grid, cell);
        Ok(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_must_be_square() {
        let error = ConfusionChart::new("", &["a", "b"], &[vec![1, 2]]).unwrap_err().to_string();
        assert!(error.contains("2 rows of 2") && error.contains("1 rows of [2]"), "{error}");
        assert!(ConfusionChart::new::<&str>("", &[], &[]).is_err());
    }

    #[test]
    fn a_class_that_never_occurs_has_no_rate() {
        let svg = ConfusionChart::new("", &["a", "b"], &[vec![3, 0], vec![0, 0]]).unwrap().scene().unwrap().to_svg();
        assert!(svg.contains(">–<") && svg.contains(">100 %<"));
    }
}
