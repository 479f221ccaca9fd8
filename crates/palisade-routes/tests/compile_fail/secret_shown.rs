use palisade_core::Secret;

fn main() {
    let secret = Secret::new("canary");
    println!("{secret}");
}
