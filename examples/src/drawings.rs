//! Drawings of networks.

use plywood::autograd::Graph;
use plywood::prelude::*;
use plywood::train::plots::{Anchor, Color, ColorMap, Mark, Point, Rect, Scene, Stroke, Text, text_width};

/// A line with a head at `to`.
pub fn arrow(scene: &mut Scene, from: Point, to: Point, color: Color) {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let (along, length) = ([dx, dy].map(|d| d / dx.hypot(dy)), 8.0);
    let side = |w: f64| [to[0] - length * along[0] - w * along[1], to[1] - length * along[1] + w * along[0]];
    scene.line(from, [to[0] - length * along[0], to[1] - length * along[1]], Stroke::new(color, 1.8));
    scene.push(Mark::Area(vec![to, side(4.5), side(-4.5)], color));
}

/// A title, to be put above other scenes.
pub fn heading(title: &str, width: f64) -> Scene {
    let mut scene = Scene::new(width, 48.0);
    scene.text(Text::new([20.0, 34.0], title, 18.0).bold());
    scene
}

/// Draws a graph without its parameters from left to right.
pub fn graph(title: &str, graph: &Graph) -> Scene {
    let nodes = &graph.nodes;
    let label = |i: usize| nodes[i].name.as_deref().unwrap_or(nodes[i].op);
    let is_parameter = |i: usize| label(i).ends_with("weight") || label(i).ends_with("bias");
    let shown: Vec<usize> = (0..nodes.len()).filter(|&i| !is_parameter(i)).collect();
    let inputs = |i: usize| nodes[i].inputs.iter().copied().filter(|&j| !is_parameter(j));

    // Each operation stands after all of its inputs; what depends on no other operation, just before its first use.
    let mut column = vec![0; nodes.len()];
    for &i in &shown {
        column[i] = inputs(i).map(|j| column[j] + 1).max().unwrap_or(0);
    }
    for &i in shown.iter().rev().filter(|&&i| inputs(i).all(|j| nodes[j].op == "leaf")) {
        let uses = shown.iter().filter(|&&user| nodes[user].inputs.contains(&i)).map(|&user| column[user]);
        column[i] = uses.min().map_or(column[i], |first| first - 1);
    }
    let level = |c: usize| {
        let mut level: Vec<usize> = shown.iter().copied().filter(|&i| column[i] == c).collect();
        level.sort_by_key(|&i| nodes[i].op == "leaf");
        level
    };
    let columns = column.iter().max().map_or(0, |last| last + 1);
    let rows = (0..columns).map(|c| level(c).len()).max().unwrap_or(0);
    let middle = 66.0 + 24.0 * rows as f64;
    let place = |i: usize| -> Point {
        let level = level(column[i]);
        let row = level.iter().position(|&j| j == i).unwrap_or(0) as f64 - (level.len() - 1) as f64 / 2.0;
        [64.0 + 96.0 * column[i] as f64, middle + 48.0 * row]
    };

    let mut scene = Scene::new(96.0 * columns as f64 + 40.0, 2.0 * middle - 66.0);
    scene.text(Text::new([20.0, 26.0], title, 15.0).bold());
    for (i, j) in shown.iter().flat_map(|&i| inputs(i).map(move |j| (i, j))) {
        // What passes several columns takes a lane without boxes: one of the two rows, or one above them all.
        let ([x0, y0], [x1, y1]) = (place(j), place(i));
        let blocked = |y: f64| (column[j] + 1..column[i]).flat_map(&level).any(|k| (place(k)[1] - y).abs() < 20.0);
        let above = middle - 24.0 * rows as f64 - 6.0;
        let lane = [y1, y0].into_iter().find(|&y| !blocked(y)).unwrap_or(above);
        let points = if column[i] > column[j] + 1 {
            vec![[x0, y0], [x0 + 64.0, lane], [x1 - 64.0, lane], [x1, y1]]
        } else {
            vec![[x0, y0], [x1, y1]]
        };
        scene.push(Mark::Line(points, Stroke::new(Color::SOFT, 1.6)));
    }
    for &i in &shown {
        let ([x, y], width) = (place(i), text_width(label(i), 13.0) + 18.0);
        let color = if nodes[i].op == "leaf" { Color::series(1) } else { Color::series(0) };
        let frame = Rect::new(x - width / 2.0, y - 13.0, width, 26.0);
        scene.push(Mark::Rect(frame, Some(color.mix(Color::WHITE, 0.82)), Some(Stroke::new(color, 1.4))));
        scene.text(Text::new([x, y + 4.5], label(i), 13.0).anchor(Anchor::Middle));
    }
    scene
}

/// A recurrent network unrolled in time: letters below, its state as cells, above the probabilities of each letter to
/// come next. `steps` holds the state and the probabilities after each of `word`, whose numbers index `letters`.
pub fn unrolled(title: &str, letters: &[char], word: &[usize], steps: &[(Tensor, Tensor)]) -> Scene {
    let mut scene = Scene::new(760.0, 420.0);
    scene.text(Text::new([24.0, 34.0], title, 17.0).bold());
    scene.text(Text::new([24.0, 56.0], "State: eight numbers, blue −1 to red 1. Bars: probabilities.", 13.0));
    for (t, ((h, y), letter)) in steps.iter().zip(word).enumerate() {
        let left = 60.0 + 175.0 * t as f64;
        for (i, &p) in y.values().iter().enumerate() {
            let (x, height) = (left + 30.0 * i as f64, 90.0 * f64::from(p));
            scene.fill(Rect::new(x + 3.0, 186.0 - height, 24.0, height), Color::series(if p > 0.5 { 1 } else { 0 }));
            scene.text(Text::new([x + 15.0, 204.0], letters[i], 15.0).anchor(Anchor::Middle));
            if p > 0.005 {
                let percent = Text::new([x + 15.0, 180.0 - height], format!("{:.0} %", 100.0 * p), 11.0);
                scene.text(percent.anchor(Anchor::Middle));
            }
        }
        for (i, &v) in h.values().iter().enumerate() {
            let cell = Rect::new(left + 15.0 * i as f64, 258.0, 15.0, 30.0);
            let color = ColorMap::Signed.at(f64::from(v) / 2.0 + 0.5);
            scene.push(Mark::Rect(cell, Some(color), Some(Stroke::new(Color::SOFT, 0.8))));
        }
        let middle = left + 60.0;
        arrow(&mut scene, [middle, 254.0], [middle, 212.0], Color::INK);
        arrow(&mut scene, [middle, 346.0], [middle, 292.0], Color::INK);
        scene.text(Text::new([middle + 8.0, 238.0], "W_hy", 12.0));
        scene.text(Text::new([middle + 8.0, 326.0], "W_hx", 12.0));
        if t > 0 {
            arrow(&mut scene, [left - 52.0, 273.0], [left - 4.0, 273.0], Color::INK);
            scene.text(Text::new([left - 28.0, 264.0], "W_hh", 12.0).anchor(Anchor::Middle));
        }
        scene.text(Text::new([middle, 374.0], letters[*letter], 22.0).anchor(Anchor::Middle).bold());
        scene.text(Text::new([middle, 400.0], format!("t = {}", t + 1), 13.0).anchor(Anchor::Middle));
    }
    scene
}

/// A sequence that went in, what came out of it, and at which step the output begins.
pub struct Sample {
    /// What went in, a step each.
    pub inputs: Vec<String>,
    /// What came out, a step each.
    pub outputs: Vec<String>,
    /// The step, counted from 0, at which the output begins.
    pub first_output: usize,
}

/// Inputs below, states in the middle, outputs above.
pub fn unfolded(panels: &[(&str, &Sample)]) -> Scene {
    let mut scene = Scene::new(800.0, 56.0 + 196.0 * panels.len() as f64);
    scene.text(Text::new([24.0, 36.0], "Orange: inputs. Blue: states. Green: outputs.", 16.0).bold());
    for (row, (title, sample)) in panels.iter().enumerate() {
        let top = 60.0 + 196.0 * row as f64;
        scene.text(Text::new([24.0, top + 18.0], *title, 15.0).bold());
        let middle = |t: usize| 72.0 + 100.0 * t as f64;
        let mut cell = |t: usize, y: f64, words: &str, color: usize| {
            let (color, frame) = (Color::series(color), Rect::new(middle(t) - 39.0, top + y, 78.0, 28.0));
            scene.push(Mark::Rect(frame, Some(color.mix(Color::WHITE, 0.75)), Some(Stroke::new(color, 1.5))));
            scene.text(Text::new([middle(t), top + y + 18.5], words, 13.0).anchor(Anchor::Middle));
        };
        let steps = sample.inputs.len().max(sample.first_output + sample.outputs.len());
        (0..steps).for_each(|t| cell(t, 82.0, &format!("h({})", t + 1), 0));
        sample.inputs.iter().enumerate().for_each(|(t, word)| cell(t, 134.0, word, 1));
        sample.outputs.iter().enumerate().for_each(|(i, word)| cell(sample.first_output + i, 30.0, word, 2));
        let mut arrow = |from: [f64; 2], to: [f64; 2]| arrow(&mut scene, from, to, Color::SOFT);
        (0..sample.inputs.len()).for_each(|t| arrow([middle(t), top + 133.0], [middle(t), top + 111.0]));
        let outputs = sample.first_output..sample.first_output + sample.outputs.len();
        outputs.for_each(|t| arrow([middle(t), top + 81.0], [middle(t), top + 59.0]));
        (1..steps).for_each(|t| arrow([middle(t) - 60.0, top + 96.0], [middle(t) - 40.0, top + 96.0]));
    }
    scene
}
