use palisade_core::{Clock, Facts, Identity, Principal};

fn main() {
    let facts = Facts::new(Clock::system());
    facts.note_identity(Identity::Known(Principal::new("static", "admin")));
}
