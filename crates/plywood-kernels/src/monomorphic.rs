//! Compiling a generic function for `f32` and `f64` here, once, while developing.

/// Wraps a public function that is generic over `T: Scalar` alone.
///
/// A generic function is compiled where it is used, so each of the workspace's tests would compile the kernels anew,
/// and with its own level of optimisation. With debug assertions on, this macro makes the two copies that can ever be
/// asked for in this crate, and a caller only chooses between two addresses. A release build leaves the function
/// generic, so that a program compiles what it uses and nothing else.
macro_rules! monomorphic {
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident<$T:ident: $bound:ident>($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block
    ) => {
        #[cfg(not(debug_assertions))]
        $(#[$meta])*
        #[allow(clippy::too_many_arguments)]
        $vis fn $name<$T: $bound>($($arg: $ty),*) $(-> $ret)? $body

        #[cfg(debug_assertions)]
        $(#[$meta])*
        #[inline]
        #[allow(clippy::too_many_arguments)]
        $vis fn $name<$T: $bound>($($arg: $ty),*) $(-> $ret)? {
            #[allow(clippy::too_many_arguments)]
            fn generic<$T: $bound>($($arg: $ty),*) $(-> $ret)? $body
            let single = {
                type $T = f32;
                #[allow(clippy::too_many_arguments)]
                fn single($($arg: $ty),*) $(-> $ret)? {
                    generic::<$T>($($arg),*)
                }
                single as fn($($ty),*) $(-> $ret)? as *const ()
            };
            let double = {
                type $T = f64;
                #[allow(clippy::too_many_arguments)]
                fn double($($arg: $ty),*) $(-> $ret)? {
                    generic::<$T>($($arg),*)
                }
                double as fn($($ty),*) $(-> $ret)? as *const ()
            };
            let copy = if size_of::<$T>() == size_of::<f32>() { single } else { double };
            // SAFETY: `Scalar` is sealed and implemented by `f32` and `f64` alone, so the copy chosen by size is the
            // one whose signature is this function's with the present type in it.
            let copy = unsafe { std::mem::transmute::<*const (), fn($($ty),*) $(-> $ret)?>(copy) };
            copy($($arg),*)
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::Scalar;

    monomorphic! {
        fn name<T: Scalar>(x: &mut [T], text: Option<&str>) -> (T, usize) {
            x[0] += T::ONE;
            (x[0], T::NAME.len() + text.map_or(0, str::len) + size_of::<T>())
        }
    }

    #[test]
    fn the_right_copy_is_called() {
        assert_eq!(name(&mut [1.0f32], None), (2.0, 7));
        assert_eq!(name(&mut [2.0f64], Some("ab")), (3.0, 13));
    }
}
