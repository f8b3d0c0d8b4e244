//! N-dimensional values with shapes, views, broadcasting, seeded random streams and files.
