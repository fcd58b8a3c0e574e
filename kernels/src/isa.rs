//! Instruction sets: the only file that names CPU features, and with `per_isa!` the only `unsafe`
//! of the loops but for the one instruction of `bf16`.
//!
//! Every kernel is one plain Rust body. `per_isa!` compiles it once per instruction set and picks
//! the copy by the [`Isa`] it is given. The copies differ in speed and never in bits: Rust neither
//! contracts nor reassociates float arithmetic, and each body fixes the order of its sums.

use std::fmt;
use std::sync::OnceLock;

/// What `HORNPIPE_ISA` says and this host does not have; a sentence for the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownIsa(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "which of these can be made depends on the target")]
// in the order of the names that `Isa::name` has for them
pub(crate) enum Kind {
    Avx512Bf16,
    Avx512,
    Avx2,
    Neon,
    Portable,
}

/// An instruction set this host supports; no other can be made, which is what makes the calls in
/// `per_isa!` sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Kind);

impl Isa {
    /// All sets of this host, best first; the last is always `portable`.
    pub fn available() -> Vec<Isa> {
        let mut sets = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let avx512 = avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            let bf16 = avx512 && is_x86_feature_detected!("avx512bf16");
            let kinds = [(bf16, Kind::Avx512Bf16), (avx512, Kind::Avx512), (avx2, Kind::Avx2)];
            sets.extend(kinds.into_iter().filter(|(has, _)| *has).map(|(_, kind)| Isa(kind)));
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            sets.push(Isa(Kind::Neon));
        }
        sets.push(Isa(Kind::Portable));
        sets
    }

    /// The set named by the environment variable `HORNPIPE_ISA`, or the best one when it is unset
    /// or empty.
    ///
    /// # Errors
    /// The name is unknown or this CPU lacks the set.
    pub fn from_env() -> Result<Isa, UnknownIsa> {
        match std::env::var("HORNPIPE_ISA") {
            Ok(name) if !name.is_empty() => Isa::named(&name),
            Ok(_) | Err(std::env::VarError::NotPresent) => Ok(Isa::available()[0]),
            Err(error) => Err(UnknownIsa(format!("HORNPIPE_ISA can not be read: {error}"))),
        }
    }

    /// The set of that name.
    ///
    /// # Errors
    /// This host has none of that name; the error says which it has.
    pub fn named(name: &str) -> Result<Isa, UnknownIsa> {
        let sets = Isa::available();
        sets.iter().copied().find(|isa| isa.name() == name).ok_or_else(|| {
            let names: Vec<_> = sets.iter().map(|isa| isa.name()).collect();
            UnknownIsa(format!("HORNPIPE_ISA is '{name}', but this host has: {}", names.join(", ")))
        })
    }

    /// [`Isa::from_env`], asked once per process.
    ///
    /// # Panics
    /// With the message of `from_env` if that fails; a program checks `from_env` first.
    pub fn current() -> Isa {
        static CURRENT: OnceLock<Isa> = OnceLock::new();
        *CURRENT.get_or_init(|| Isa::from_env().unwrap_or_else(|error| panic!("{error}")))
    }

    /// `avx512bf16`, `avx512`, `avx2`, `neon` or `portable`.
    pub fn name(self) -> &'static str {
        ["avx512bf16", "avx512", "avx2", "neon", "portable"][self.0 as usize]
    }

    /// False where a fused multiply-add is a call into software: right, but many times slower.
    pub fn has_fma(self) -> bool {
        self.0 != Kind::Portable || cfg!(any(target_feature = "fma", target_arch = "aarch64"))
    }

    /// Columns of a panel of [`Packed`](crate::Packed): two registers of AVX-512 or AVX2, four of
    /// NEON or SSE. How many rows of them stay in registers is for [`product`](crate::product).
    #[inline(always)]
    pub fn panel_width(self) -> usize {
        if matches!(self.0, Kind::Avx512Bf16 | Kind::Avx512) { 32 } else { 16 }
    }

    // For per_isa! alone: the constants let each copy drop the code of the others.
    #[inline(always)]
    pub(crate) fn kind(self) -> Kind {
        self.0
    }

    #[inline(always)]
    pub(crate) const fn inside(kind: Kind) -> Isa {
        Isa(kind)
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `pub fn name[generics](isa, arguments) => body`: a public function that runs `body`, safe code,
/// compiled for the instruction set `isa`, a constant there. What it calls is `#[inline(always)]`.
macro_rules! per_isa {
    ($(#[$meta:meta])* pub fn $name:ident[$($generics:tt)*]
        ($isa:ident, $($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? => $body:expr) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments, reason = "as many as the equations have")]
        pub fn $name<$($generics)*>($isa: $crate::Isa, $($arg: $ty),*) $(-> $ret)? {
            use $crate::isa::{Isa, Kind};
            per_isa!(@copy avx512_bf16 Avx512Bf16 [cfg(target_arch = "x86_64"), target_feature(
                enable = "avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"
            )] [$($generics)*] ($isa, $($arg: $ty),*) [$($ret)?] $body);
            per_isa!(@copy avx512 Avx512 [cfg(target_arch = "x86_64"), target_feature(
                enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"
            )] [$($generics)*] ($isa, $($arg: $ty),*) [$($ret)?] $body);
            per_isa!(@copy avx2 Avx2 [cfg(target_arch = "x86_64"), target_feature(enable = "avx2,fma")]
                [$($generics)*] ($isa, $($arg: $ty),*) [$($ret)?] $body);
            per_isa!(@copy neon Neon [cfg(target_arch = "aarch64"), target_feature(enable = "neon")]
                [$($generics)*] ($isa, $($arg: $ty),*) [$($ret)?] $body);
            per_isa!(@copy portable Portable []
                [$($generics)*] ($isa, $($arg: $ty),*) [$($ret)?] $body);
            #[allow(unsafe_code, reason = "compiled for features that an `Isa` proves are there")]
            match $isa.kind() {
                // SAFETY: an `Isa` of this kind exists only where the host has these features.
                #[cfg(target_arch = "x86_64")]
                Kind::Avx512Bf16 => unsafe { avx512_bf16($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Kind::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Kind::Avx2 => unsafe { avx2($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "aarch64")]
                Kind::Neon => unsafe { neon($($arg),*) },
                _ => portable($($arg),*),
            }
        }
    };
    (@copy $copy:ident $kind:ident [$($attribute:meta),*] [$($generics:tt)*]
        ($isa:ident, $($arg:ident: $ty:ty),*) [$($ret:ty)?] $body:expr) => {
        $(#[$attribute])*
        fn $copy<$($generics)*>($($arg: $ty),*) $(-> $ret)? {
            let $isa = const { Isa::inside(Kind::$kind) };
            let _ = $isa;
            $body
        }
    };
}
pub(crate) use per_isa;
