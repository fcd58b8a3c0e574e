//! What the host can run is what the tests run on.

use hornpipe_kernels::Isa;

#[test]
fn no_instruction_set_of_the_host_is_left_out() {
    let names: Vec<_> = Isa::available().iter().map(|isa| isa.name()).collect();
    println!("instruction sets: {}", names.join(", "));
    // Asked of the system, not of the detection that `Isa` itself uses.
    if let Ok(cpu) = std::fs::read_to_string("/proc/cpuinfo") {
        let has = |flag| cpu.split_whitespace().any(|word| word == flag);
        let avx2 = has("avx2") && has("fma");
        assert_eq!(names.contains(&"avx2"), avx2);
        let avx512 = avx2 && has("avx512dq") && has("avx512vl");
        assert_eq!(names.contains(&"avx512"), avx512);
        assert_eq!(names.contains(&"avx512bf16"), avx512 && has("avx512_bf16"));
    }
    assert_eq!(names.contains(&"neon"), cfg!(target_arch = "aarch64"));
    assert_eq!(names.last(), Some(&"portable"));
}

#[test]
fn a_set_the_host_lacks_is_an_error_that_names_those_it_has() {
    for name in ["", "AVX512", "sse9"] {
        let message = Isa::named(name).unwrap_err().to_string();
        assert!(message.contains("portable"), "{message}");
    }
    for isa in Isa::available() {
        assert_eq!(Isa::named(isa.name()), Ok(isa));
    }
}
