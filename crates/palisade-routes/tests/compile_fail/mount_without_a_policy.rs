use palisade_routes::Routes;

fn main() {
    let _: Routes = Routes::new().mount("/docs", axum::Router::new());
}
