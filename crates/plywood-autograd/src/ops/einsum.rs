//! Sums of products in Einstein's notation, as matrix products.

use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;

/// A sum of products, written with a letter a dimension: `"ij,jk->ik"` is a matrix product, `"bij,bj->bi"` one for each
/// `b`, `"i,j->ij"` an outer product, `"ij->ji"` a transpose, `"ij->i"` the sums of rows. Letters that the result lacks
/// are summed over. Operands are multiplied from left to right, two at a time, each time as one batched matrix product.
///
/// ```
/// use plywood_autograd::{Tensor, Var, einsum};
/// let a = Var::leaf(Tensor::from([[1.0, 2.0], [3.0, 4.0]]));
/// let b = Var::from(Tensor::from([10.0, 1.0]));
/// assert_eq!(einsum("ij,j->i", &[&a, &b])?.value().to_vec(), [12.0, 34.0]);
/// # Ok::<(), plywood_autograd::Error>(())
/// ```
///
/// # Errors
/// If the equation is malformed, repeats a letter within an operand or the result, or doesn't fit the operands.
pub fn einsum<T: Scalar>(equation: &str, operands: &[&Var<T>]) -> Result<Var<T>> {
    let wrong = |expected: &str| Error::value("einsum", "equation", expected, format!("{equation:?}"));
    let compact: String = equation.chars().filter(|c| !c.is_whitespace()).collect();
    let (inputs, result) = compact.split_once("->").ok_or_else(|| wrong("operands, an arrow and the result"))?;
    let inputs: Vec<Vec<char>> = inputs.split(',').map(|s| s.chars().collect()).collect();
    let result: Vec<char> = result.chars().collect();
    let distinct = |s: &[char]| s.iter().enumerate().all(|(i, c)| c.is_ascii_alphabetic() && !s[..i].contains(c));
    if !inputs.iter().chain([&result]).all(|s| distinct(s)) {
        return Err(wrong("letters, each at most once in an operand and in the result"));
    }
    if !result.iter().all(|c| inputs.iter().any(|s| s.contains(c))) {
        return Err(wrong("a result of letters that operands have"));
    }
    if inputs.len() != operands.len() {
        return Err(wrong(&format!("{} operands", operands.len())));
    }
    let mut extents: Vec<(char, usize)> = Vec::new();
    let mut terms = Vec::with_capacity(operands.len());
    for (letters, operand) in inputs.iter().zip(operands) {
        if letters.len() != operand.shape().len() {
            let expected = format!("{}, as in {equation:?}", letters.len());
            return Err(Error::shape("einsum", "dimensions of an operand", expected, operand.shape().len()));
        }
        for (&letter, &extent) in letters.iter().zip(operand.shape().iter()) {
            match extents.iter().find(|e| e.0 == letter) {
                Some(&(_, known)) if known != extent => {
                    return Err(Error::shape("einsum", format!("extent of {letter} in {equation:?}"), known, extent));
                }
                Some(_) => {}
                None => extents.push((letter, extent)),
            }
        }
        terms.push(Term { letters: letters.clone(), var: (*operand).clone() });
    }
    let mut terms = terms.into_iter();
    let mut product = terms.next().ok_or_else(|| wrong("at least one operand"))?;
    while let Some(next) = terms.next() {
        let later = terms.as_slice();
        let kept = |c: char| result.contains(&c) || later.iter().any(|t| t.letters.contains(&c));
        product = product.times(next, kept)?;
    }
    product.sum_over(|c| !result.contains(&c))?.in_order(&result)
}

/// A tensor and the letters of its dimensions.
struct Term<T: Scalar> {
    letters: Vec<char>,
    var: Var<T>,
}

impl<T: Scalar> Term<T> {
    fn extent(&self, letter: char) -> usize {
        self.letters.iter().position(|&c| c == letter).map_or(1, |i| self.var.shape()[i])
    }

    fn in_order(&self, letters: &[char]) -> Result<Var<T>> {
        let place = |c: &char| self.letters.iter().position(|l| l == c).expect("the same letters in another order");
        self.var.permute(&letters.iter().map(place).collect::<Vec<_>>())
    }

    /// The dimensions as three: those of each list drawn together.
    fn as_matrices(&self, lists: [&[char]; 3]) -> Result<Var<T>> {
        let size = |list: &[char]| list.iter().map(|&c| self.extent(c)).product::<usize>();
        self.in_order(&lists.concat())?.reshape(lists.map(size))
    }

    /// Summed over some letters, as a product with ones.
    fn sum_over(self, dropped: impl Fn(char) -> bool) -> Result<Self> {
        let (gone, letters): (Vec<char>, Vec<char>) = self.letters.iter().partition(|&&c| dropped(c));
        if gone.is_empty() {
            return Ok(self);
        }
        let extents: Vec<usize> = letters.iter().map(|&c| self.extent(c)).collect();
        let matrix = self.as_matrices([&[], &letters, &gone])?;
        let ones = Var::from(Tensor::ones([matrix.shape()[2]]));
        let var = matrix.matmul(&ones)?.reshape(Shape::from_slice(&extents)?)?;
        Ok(Self { letters, var })
    }

    /// The product of two terms, with the letters that are needed later.
    fn times(self, other: Self, kept: impl Fn(char) -> bool) -> Result<Self> {
        let (left, right) = (self.letters.clone(), other.letters.clone());
        let a = self.sum_over(|c| !kept(c) && !right.contains(&c))?;
        let b = other.sum_over(|c| !kept(c) && !left.contains(&c))?;
        let of = |t: &Self, f: &dyn Fn(char) -> bool| t.letters.iter().copied().filter(|&c| f(c)).collect::<Vec<_>>();
        let both = |c| a.letters.contains(&c) && b.letters.contains(&c);
        let (batch, inner) = (of(&a, &|c| both(c) && kept(c)), of(&a, &|c| both(c) && !kept(c)));
        let (rows, cols) = (of(&a, &|c| !both(c)), of(&b, &|c| !both(c)));
        let product = a.as_matrices([&batch, &rows, &inner])?.matmul(&b.as_matrices([&batch, &inner, &cols])?)?;
        let letters = [batch, rows, cols].concat();
        let owner = |c: char| if a.letters.contains(&c) { &a } else { &b };
        let extents: Vec<usize> = letters.iter().map(|&c| owner(c).extent(c)).collect();
        Ok(Self { letters, var: product.reshape(Shape::from_slice(&extents)?)? })
    }
}
