//! What must not compile, and what the compiler says about it.

#[test]
fn handlers_without_a_policy_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/*.rs");
}
