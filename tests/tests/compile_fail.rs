//! What must not compile, and the words in which the compiler says so.

#[test]
fn a282_a320_and_a_handler_without_a_policy() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
