//! What a model is made of: layers as a tree, shapes, parameters, multiply-adds, memory.

use std::fmt;

use plywood_autograd::{Result, Scalar, Shape, Tensor, Var};

use crate::{Call, Context, Layer};

/// The layers of a model as one evaluation calls them; `to_string` draws the tree.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The layers that computed something, in order.
    pub layers: Vec<LayerSummary>,
    /// All parameters of the model: values, and how many of those are trained.
    pub parameters: usize,
    /// The values that an optimizer changes.
    pub trainable: usize,
    /// Bytes of parameters.
    pub parameter_bytes: usize,
    /// Bytes of all layers' outputs.
    pub output_bytes: usize,
    /// Names of parameters and their numbers of values, from which the tree's sums come.
    sizes: Vec<(String, usize)>,
}

/// One call of a layer.
#[derive(Clone, Debug)]
pub struct LayerSummary {
    /// The layer's path in the model.
    pub path: String,
    /// Its type and settings.
    pub kind: String,
    /// The extents of its input.
    pub input: Shape,
    /// The extents of its output.
    pub output: Shape,
    /// Values of its parameters.
    pub parameters: usize,
    /// Multiplications with an addition each, of its weights alone.
    pub multiply_adds: usize,
}

/// Runs a model once on zeros of a shape, in evaluation mode, and sums up what it did.
///
/// ```
/// use plywood_nn::{Linear, ReLU, Sequential, Stream, summary};
///
/// let random = &mut Stream::new(0);
/// let net = Sequential::<f32>::new().then(Linear::new(4, 8, random)).then(ReLU::default()).then(Linear::new(8, 2, random));
/// let summary = summary(&net, [5, 4])?;
/// assert_eq!((summary.parameters, summary.multiply_adds()), (58, 5 * (4 * 8 + 8 * 2)));
/// println!("{summary}");
/// # Ok::<(), plywood_nn::Error>(())
/// ```
///
/// # Errors
/// If the model doesn't take inputs of this shape.
pub fn summary<T: Scalar>(model: &impl Layer<T>, input: impl Into<Shape>) -> Result<Summary> {
    let x = Var::from(Tensor::<T>::zeros(input));
    let parameters = model.named_parameters();
    let (result, calls) = Context::eval().traced(|cx| model.forward(&x, cx).map(drop));
    result?;
    let weights: Vec<(&str, Shape)> = parameters.iter().map(|(name, p)| (name.as_str(), *p.shape())).collect();
    let layers: Vec<LayerSummary> = calls.into_iter().map(|call| LayerSummary::new(call, &weights)).collect();
    let sizes: Vec<_> = parameters.iter().map(|(name, param)| (name.clone(), param.value().elements())).collect();
    let trained = parameters.iter().filter(|(_, param)| param.is_trainable());
    let total: usize = sizes.iter().map(|(_, n)| n).sum();
    Ok(Summary {
        parameters: total,
        trainable: trained.map(|(_, param)| param.value().elements()).sum(),
        parameter_bytes: total * size_of::<T>(),
        output_bytes: layers.iter().map(|layer| layer.output.elements()).sum::<usize>() * size_of::<T>(),
        layers,
        sizes,
    })
}

impl LayerSummary {
    fn new(call: Call, weights: &[(&str, Shape)]) -> Self {
        let Call { path, kind, input, output } = call;
        let own = weights.iter().filter(|(name, _)| name.rsplit_once('.').map_or("", |(place, _)| place) == path);
        let (mut parameters, mut multiply_adds) = (0, 0);
        let whole = kind.starts_with("Linear") || kind.starts_with("Conv");
        for (_, shape) in own {
            parameters += shape.elements();
            multiply_adds += match **shape {
                // One value of the output takes a row of the weight.
                [rows, ..] if shape.len() > 1 && whole => output.elements() * (shape.elements() / rows.max(1)),
                // A step of a recurrent layer takes each weight once; an embedding only looks up.
                [_, ..] if shape.len() > 1 && !kind.starts_with("Embedding") => {
                    output.elements() / output.last().map_or(1, |&d| d.max(1)) * shape.elements()
                }
                _ => 0,
            };
        }
        Self { path, kind, input, output, parameters, multiply_adds }
    }
}

impl Summary {
    /// The multiply-adds of all layers.
    pub fn multiply_adds(&self) -> usize {
        self.layers.iter().map(|layer| layer.multiply_adds).sum()
    }

    /// The parameters of everything below a path.
    fn below(&self, path: &str) -> usize {
        let inside = |name: &str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        self.sizes.iter().filter(|(name, _)| inside(name)).map(|(_, n)| n).sum()
    }

    /// Rows of the table: the branches of the tree where they begin, and the layers.
    fn rows(&self) -> Vec<[String; 5]> {
        let mut rows = Vec::new();
        let mut open: Vec<&str> = Vec::new();
        for layer in &self.layers {
            let parts: Vec<&str> = layer.path.split('.').collect();
            let (outer, name) = parts.split_at(parts.len() - 1);
            let shared = open.iter().zip(outer).take_while(|(a, b)| a == b).count();
            for depth in shared..outer.len() {
                let label = format!("{}{}", "  ".repeat(depth), outer[depth]);
                let inside = grouped(self.below(&outer[..=depth].join(".")));
                rows.push([label, String::new(), String::new(), inside, String::new()]);
            }
            open = outer.to_vec();
            let separator = if name[0].is_empty() { "" } else { ": " };
            let label = format!("{}{}{separator}{}", "  ".repeat(outer.len()), name[0], layer.kind);
            let (parameters, work) = (grouped(layer.parameters), grouped(layer.multiply_adds));
            rows.push([label, layer.input.to_string(), layer.output.to_string(), parameters, work]);
        }
        rows
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![["layer", "input", "output", "parameters", "multiply-adds"].map(String::from)];
        rows.extend(self.rows());
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [0, 1, 2, 3, 4].map(width);
        for [label, input, output, parameters, work] in &rows {
            let [a, b, c, d, e] = widths;
            writeln!(f, "{label:<a$}  {input:<b$}  {output:<c$}  {parameters:>d$}  {work:>e$}")?;
        }
        writeln!(f, "parameters: {}, {} of them trained", grouped(self.parameters), grouped(self.trainable))?;
        writeln!(f, "multiply-adds: {}", grouped(self.multiply_adds()))?;
        let mib = |bytes: usize| bytes as f64 / (1 << 20) as f64;
        write!(f, "memory: parameters {:.2} MiB, outputs {:.2} MiB", mib(self.parameter_bytes), mib(self.output_bytes))
    }
}

/// A number with commas between thousands.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Conv2d, Flatten, Linear, Sequential, Stream};

    #[test]
    fn the_tree_shows_branches_and_sums() {
        let random = &mut Stream::new(0);
        let features = Sequential::<f32>::new().then(Conv2d::new(3, 8, 3, random)).then(Flatten::new());
        let net = Sequential::new().then(features).then(Linear::new(8 * 4 * 4, 10, random));
        let summary = summary(&net, [2, 3, 6, 6]).unwrap();
        assert_eq!(summary.layers[0].multiply_adds, 2 * 8 * 4 * 4 * 27);
        assert_eq!(summary.parameters, 8 * 27 + 8 + 1280 + 10);
        let text = summary.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].starts_with("0 ") && lines[1].trim_end().ends_with("224"), "{text}");
        assert!(lines[2].starts_with("  0: Conv2d(3, 8, kernel 3×3)  [2, 3, 6, 6]  [2, 8, 4, 4]"), "{text}");
        assert!(text.contains("parameters: 1,514, 1,514 of them trained"), "{text}");
        assert!(super::summary(&net, [2, 4, 6, 6]).is_err());
    }
}
