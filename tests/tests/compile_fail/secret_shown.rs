use palisade::Secret;

fn main() {
    let secret = Secret::new("canary");
    println!("{secret}");
}
