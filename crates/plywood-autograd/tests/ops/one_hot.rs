use plywood_autograd::{Tensor, one_hot};

#[test]
fn classes_are_counted_and_checked() {
    let index = Tensor::from([[0, 2], [1, 1]]);
    let y = one_hot(&index, Some(4)).unwrap();
    assert_eq!(y.shape(), &[2, 2, 4]);
    assert_eq!(y.to_vec(), [1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
    assert_eq!(one_hot(&index, None).unwrap().shape(), &[2, 2, 3]);
    let message = |index, classes| one_hot(&index, classes).unwrap_err().to_string();
    assert_eq!(message(index, Some(2)), "one_hot: index 1: expected within 0..2, got 2 (input [2, 2])");
    assert_eq!(message(Tensor::from([-1]), None), "one_hot: index 0: expected within 0..0, got -1 (input [1])");
}
