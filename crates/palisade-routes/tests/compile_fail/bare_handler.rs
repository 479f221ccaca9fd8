use palisade_routes::Routes;

async fn handler() {}

fn main() {
    let _: Routes = Routes::new().fallback(handler);
}
