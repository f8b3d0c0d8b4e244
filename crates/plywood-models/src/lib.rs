//! Neural networks from a straight line to ResNet.
