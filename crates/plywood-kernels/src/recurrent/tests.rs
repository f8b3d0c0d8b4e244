use super::*;
use crate::Scalar;

/// Numbers in `-1..1` that depend on `stream` alone.
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        2.0 * ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 1.0
    }

    fn vec(&mut self, n: usize, scale: f64) -> Vec<f64> {
        (0..n).map(|_| self.next() * scale).collect()
    }

    fn below(&mut self, n: usize) -> usize {
        ((self.next() + 1.0) / 2.0 * n as f64) as usize
    }
}

/// One unit's step: the sums over the input and over the state for each gate, then h and c before it, to those after it.
type Naive = fn(&[f64], &[f64], f64, f64) -> (f64, f64);

/// Everything that a layer reads, in f64.
#[derive(Clone)]
struct Problem {
    steps: usize,
    batch: usize,
    input: usize,
    hidden: usize,
    batch_first: bool,
    reverse: bool,
    lengths: Option<Vec<usize>>,
    /// x, weight_ih, weight_hh, bias_ih, bias_hh, h_0, c_0.
    values: [Vec<f64>; 7],
    with_bias: bool,
    with_state: bool,
}

impl Problem {
    fn random<C: Cell>(seed: u64) -> Self {
        let mut s = Stream(seed << 20);
        // Cells work in blocks of 16 units: now and then there is a whole one and a rest.
        if seed % 10 == 9 {
            let sizes = [1 + s.below(2), 1 + s.below(2), 1 + s.below(2), 17 + s.below(3)];
            return Self::new::<C>(&mut s, sizes);
        }
        let (steps, batch, input, hidden) = (s.below(6), 1 + s.below(12), 1 + s.below(5), 1 + s.below(6));
        Self::new::<C>(&mut s, [steps, batch, input, hidden])
    }

    fn new<C: Cell>(s: &mut Stream, [steps, batch, input, hidden]: [usize; 4]) -> Self {
        let gates = C::GATES * hidden;
        let scale = 1.0 / (hidden as f64).sqrt();
        let lengths = (s.next() > 0.0).then(|| (0..batch).map(|_| s.below(steps + 1)).collect());
        let mut vec = |n, scale| s.vec(n, scale);
        let values = [
            vec(steps * batch * input, 1.0),
            vec(gates * input, 1.0),
            vec(gates * hidden, scale),
            vec(gates, 0.5),
            vec(gates, 0.5),
            vec(batch * hidden, 1.0),
            vec(batch * hidden, 1.0),
        ];
        let mut coin = || s.next() > 0.0;
        let (batch_first, reverse, with_bias, with_state) = (coin(), coin(), coin(), coin());
        Self { steps, batch, input, hidden, batch_first, reverse, lengths, values, with_bias, with_state }
    }

    fn dims<C: Cell>(&self) -> RecurrentDims {
        let gates = C::GATES * self.hidden;
        let (outer, inner) = if self.batch_first { (self.batch, self.steps) } else { (self.steps, self.batch) };
        let shapes = Shapes {
            input: &[outer, inner, self.input],
            batch_first: self.batch_first,
            weight_ih: &[gates, self.input],
            weight_hh: &[gates, self.hidden],
            bias_ih: Some(&[gates]),
            bias_hh: Some(&[gates]),
            h_0: Some(&[self.batch, self.hidden]),
            c_0: Some(&[self.batch, self.hidden]),
        };
        RecurrentDims::new::<C>(&shapes, self.reverse, self.lengths.as_deref()).unwrap()
    }

    fn row(&self, time: usize, member: usize) -> usize {
        if self.batch_first { member * self.steps + time } else { time * self.batch + member }
    }

    /// The definition, one sequence, step, gate and unit at a time: output, final h, final c.
    fn naive(&self, step: Naive) -> [Vec<f64>; 3] {
        let [x, ih, hh, b_ih, b_hh, h_0, c_0] = &self.values;
        let (n, f) = (self.hidden, self.input);
        let mut y = vec![0.0; self.steps * self.batch * n];
        let (mut h, mut c) = (vec![0.0; self.batch * n], vec![0.0; self.batch * n]);
        if self.with_state {
            (h, c) = (h_0.clone(), c_0.clone());
        }
        for member in 0..self.batch {
            let len = self.lengths.as_ref().map_or(self.steps, |l| l[member]);
            for step_no in 0..len {
                let row = self.row(if self.reverse { len - 1 - step_no } else { step_no }, member);
                let before = h[member * n..][..n].to_vec();
                for unit in 0..n {
                    let gate = |w: &[f64], v: &[f64], b: &[f64], g: usize| {
                        let j = g * n + unit;
                        let dot = w[j * v.len()..][..v.len()].iter().zip(v).map(|(w, v)| w * v).sum::<f64>();
                        dot + if self.with_bias { b[j] } else { 0.0 }
                    };
                    let gates = ih.len() / (n * f);
                    let of_x = (0..gates).map(|g| gate(ih, &x[row * f..][..f], b_ih, g)).collect::<Vec<_>>();
                    let of_h = (0..gates).map(|g| gate(hh, &before, b_hh, g)).collect::<Vec<_>>();
                    let place = member * n + unit;
                    (h[place], c[place]) = step(&of_x, &of_h, before[unit], c[place]);
                    y[row * n + unit] = h[place];
                }
            }
        }
        [y, h, c]
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn naive_tanh(x: &[f64], h: &[f64], _: f64, _: f64) -> (f64, f64) {
    ((x[0] + h[0]).tanh(), 0.0)
}

fn naive_relu(x: &[f64], h: &[f64], _: f64, _: f64) -> (f64, f64) {
    ((x[0] + h[0]).max(0.0), 0.0)
}

fn naive_lstm(x: &[f64], h: &[f64], _: f64, c: f64) -> (f64, f64) {
    let sum = |g: usize| x[g] + h[g];
    let c = sigmoid(sum(1)) * c + sigmoid(sum(0)) * sum(2).tanh();
    (sigmoid(sum(3)) * c.tanh(), c)
}

fn naive_gru(x: &[f64], h: &[f64], before: f64, _: f64) -> (f64, f64) {
    let (r, z) = (sigmoid(x[0] + h[0]), sigmoid(x[1] + h[1]));
    let n = (x[2] + r * h[2]).tanh();
    ((1.0 - z) * n + z * before, 0.0)
}

/// Output, final states, and for given cotangents of those the gradients in the order of [`Problem::values`].
struct Result {
    outputs: [Vec<f64>; 3],
    gradients: [Vec<f64>; 7],
}

/// The kernels, on values rounded to `T`.
fn run<T: Scalar, C: Cell>(cell: C, problem: &Problem, cotangents: &[Vec<f64>; 3]) -> Result {
    run_on::<T, C>(cell, problem, None, cotangents)
}

/// The kernels, with the input's values taken for a table if there is an index.
fn run_on<T: Scalar, C: Cell>(cell: C, problem: &Problem, index: Option<&[i64]>, cotangents: &[Vec<f64>; 3]) -> Result {
    let dims = problem.dims::<C>();
    let narrow = |v: &Vec<f64>| v.iter().map(|&x| T::from_f64(x)).collect::<Vec<_>>();
    let widen = |v: Vec<T>| v.into_iter().map(T::to_f64).collect::<Vec<_>>();
    let [x, ih, hh, b_ih, b_hh, h_0, c_0] = problem.values.each_ref().map(narrow);
    let weights = Weights {
        ih: &ih,
        hh: &hh,
        bias_ih: problem.with_bias.then_some(&b_ih),
        bias_hh: problem.with_bias.then_some(&b_hh),
    };
    let initial = State { h: problem.with_state.then_some(&h_0), c: problem.with_state.then_some(&c_0) };
    let nan = |n| vec![T::NAN; n];
    let c_state_len = if C::HAS_C { dims.state_len() } else { 0 };
    let (mut y, mut h_n, mut c_n) = (nan(dims.output_len()), nan(dims.state_len()), nan(c_state_len));
    let (mut gates, mut h, mut c) = (nan(dims.gates_len::<C>()), nan(dims.h_len()), nan(dims.c_len::<C>()));
    let output = Output { y: &mut y, h_n: &mut h_n, c_n: &mut c_n };
    let saved = Saved { gates: &mut gates, h: &mut h, c: &mut c };
    let input = index.map_or(Input::Values(&x), |index| Input::Rows { table: &x, index });
    forward(cell, &dims, input, weights, initial, output, saved);

    let [dy, dh_n, dc_n] = cotangents.each_ref().map(narrow);
    let mut grads = [&x, &ih, &hh, &b_ih, &b_hh, &h_0, &c_0].map(|v| nan(v.len()));
    let [dx, dih, dhh, db_ih, db_hh, dh_0, dc_0] = &mut grads;
    let wanted = Gradients {
        input: Some(dx),
        ih: Some(dih),
        hh: Some(dhh),
        bias_ih: Some(db_ih),
        bias_hh: Some(db_hh),
        h_0: Some(dh_0),
        c_0: C::HAS_C.then_some(dc_0),
    };
    let saved = Saved { gates: &mut gates, h: &mut h, c: &mut c };
    backward(cell, &dims, input, weights, saved, Some(&dy), State { h: Some(&dh_n), c: Some(&dc_n) }, wanted);
    Result { outputs: [y, h_n, c_n].map(widen), gradients: grads.map(widen) }
}

fn close(what: &str, got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        assert!((g - e).abs() <= tolerance * (1.0 + e.abs()), "{what}[{i}]: got {g}, expected {e}");
    }
}

/// Values against the definition, gradients against its central differences.
fn check<C: Cell>(cell: C, naive: Naive) {
    for seed in 0..40 {
        let mut problem = Problem::random::<C>(seed);
        let mut s = Stream(!seed);
        let outputs = problem.naive(naive);
        let cotangents = outputs.each_ref().map(|o| s.vec(o.len(), 1.0));
        let result = run::<f64, C>(cell, &problem, &cotangents);
        let single = run::<f32, C>(cell, &problem, &cotangents);
        let count = if C::HAS_C { 3 } else { 2 };
        for (k, expected) in outputs.iter().enumerate().take(count) {
            close("output in f64", &result.outputs[k], expected, 1e-12);
            close("output in f32", &single.outputs[k], expected, 1e-5);
        }
        let loss = |p: &Problem| {
            let products = p.naive(naive).into_iter().zip(&cotangents).take(count);
            products.map(|(o, c)| o.iter().zip(c).map(|(o, c)| o * c).sum::<f64>()).sum::<f64>()
        };
        let used = [true, true, true, problem.with_bias, problem.with_bias, problem.with_state, problem.with_state];
        for k in (0..if C::HAS_C { 7 } else { 6 }).filter(|&k| used[k]) {
            let expected = (0..problem.values[k].len()).map(|i| {
                let (x, step) = (problem.values[k][i], 1e-6);
                problem.values[k][i] = x + step;
                let above = loss(&problem);
                problem.values[k][i] = x - step;
                let below = loss(&problem);
                problem.values[k][i] = x;
                (above - below) / (2.0 * step)
            });
            let expected = expected.collect::<Vec<_>>();
            close(&format!("gradient {k}"), &result.gradients[k], &expected, 1e-7);
            close(&format!("gradient {k} in f32"), &single.gradients[k], &expected, 1e-4);
        }
    }
}

#[test]
fn rnn_follows_its_definition() {
    check(Rnn { nonlinearity: Nonlinearity::Tanh }, naive_tanh);
    check(Rnn { nonlinearity: Nonlinearity::Relu }, naive_relu);
}

#[test]
fn lstm_follows_its_definition() {
    check(Lstm, naive_lstm);
}

#[test]
fn gru_follows_its_definition() {
    check(Gru, naive_gru);
}

#[test]
fn rows_of_a_table_are_as_good_as_their_values() {
    fn check<C: Cell>(cell: C) {
        for seed in 0..40 {
            let mut problem = Problem::random::<C>(seed);
            let mut s = Stream(seed ^ 0xABCD);
            let (symbols, width) = (1 + s.below(4), problem.input);
            let table = s.vec(symbols * width, 1.0);
            let index: Vec<i64> = (0..problem.steps * problem.batch).map(|_| s.below(symbols) as i64).collect();
            problem.values[0] = index.iter().flat_map(|&i| &table[i as usize * width..][..width]).copied().collect();
            let dims = problem.dims::<C>();
            let c_len = if C::HAS_C { dims.state_len() } else { 0 };
            let cotangents = [dims.output_len(), dims.state_len(), c_len].map(|n| s.vec(n, 1.0));
            let mut expected = run::<f64, C>(cell, &problem, &cotangents);
            let mut dtable = vec![0.0; table.len()];
            for (dx, &i) in expected.gradients[0].chunks_exact(width).zip(&index) {
                dtable[i as usize * width..].iter_mut().zip(dx).for_each(|(sum, dx)| *sum += dx);
            }
            expected.gradients[0] = dtable;
            problem.values[0] = table;
            let got = run_on::<f64, C>(cell, &problem, Some(&index), &cotangents);
            for (got, expected) in got.outputs.iter().zip(&expected.outputs) {
                close("output", got, expected, 1e-12);
            }
            // Without a cell state there is nothing in the last place.
            let count = if C::HAS_C { 7 } else { 6 };
            for (k, (got, expected)) in got.gradients.iter().zip(&expected.gradients).enumerate().take(count) {
                close(&format!("gradient {k}"), got, expected, 1e-12);
            }
        }
    }
    check(Rnn::default());
    check(Lstm);
    check(Gru);
}

#[test]
fn results_do_not_depend_on_threads() {
    fn bits<C: Cell>(cell: C, threads: usize) -> Vec<u64> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let problem = Problem::new::<C>(&mut Stream(7), [9, 70, 33, 40]);
        let dims = problem.dims::<C>();
        let mut s = Stream(8);
        let cotangents = [dims.output_len(), dims.state_len(), dims.state_len()].map(|n| s.vec(n, 1.0));
        let index: Vec<i64> = (0..9 * 70).map(|_| s.below(5) as i64).collect();
        let mut of_rows = problem.clone();
        of_rows.values[0].truncate(5 * 33);
        let (values, rows) = pool.install(|| {
            let rows = run_on::<f32, C>(cell, &of_rows, Some(&index), &cotangents);
            (run::<f32, C>(cell, &problem, &cotangents), rows)
        });
        let all = [values, rows].into_iter().flat_map(|r| r.outputs.into_iter().chain(r.gradients));
        all.flatten().map(f64::to_bits).collect()
    }
    fn check<C: Cell>(cell: C) {
        let one = bits(cell, 1);
        for threads in [2, 3, 8] {
            assert!(bits(cell, threads) == one, "{threads} threads");
        }
    }
    check(Rnn::default());
    check(Lstm);
    check(Gru);
}

#[test]
fn nothing_wanted_and_an_unused_output_are_fine() {
    let problem = Problem::new::<Gru>(&mut Stream(3), [2, 3, 2, 2]);
    let dims = problem.dims::<Gru>();
    let [x, ih, hh, ..] = &problem.values;
    let weights = Weights { ih, hh, bias_ih: None, bias_hh: None };
    let (mut gates, mut h) = (vec![0.0; dims.gates_len::<Gru>()], vec![0.0; dims.h_len()]);
    let saved = Saved { gates: &mut gates, h: &mut h, c: &mut [] };
    let none = Gradients { input: None, ih: None, hh: None, bias_ih: None, bias_hh: None, h_0: None, c_0: None };
    backward(Gru, &dims, Input::Values(x), weights, saved, None, State { h: None, c: None }, none);
    assert!(gates.iter().all(|&d| d == 0.0));
}

#[test]
fn wrong_shapes_are_named() {
    let good = Shapes {
        input: &[5, 2, 3],
        batch_first: false,
        weight_ih: &[16, 3],
        weight_hh: &[16, 4],
        bias_ih: None,
        bias_hh: None,
        h_0: None,
        c_0: None,
    };
    let message = |shapes| RecurrentDims::new::<Lstm>(&shapes, false, None).unwrap_err().to_string();
    assert!(RecurrentDims::new::<Lstm>(&good, false, None).is_ok());
    assert_eq!(
        message(Shapes { input: &[5, 2, 4], ..good }),
        "features of the input (dimension 2): expected 3, since weight_ih is [16, 3], got 4"
    );
    assert_eq!(message(Shapes { weight_ih: &[6, 3], ..good }), "weight_ih: expected [4 * hidden, input], got [6, 3]");
    assert_eq!(message(Shapes { weight_hh: &[16, 3], ..good }), "weight_hh: expected [16, 4], got [16, 3]");
    assert_eq!(
        message(Shapes { h_0: Some(&[5, 4]), ..good }),
        "h_0 of one layer and direction: expected [2, 4], got [5, 4]"
    );
}
