use palisade::routes::{Routes, get};
use palisade::{Auth, Principal, Scope, Stack, StaticToken, StaticTokens};
use tokio::net::TcpListener;

const READ: Scope = Scope::from_static("read_models");

async fn models(caller: Principal) -> String {
    format!("llama-7b, says {}\n", caller.id())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let routes = Routes::new()
        .route("/health", get(async || "ok").public())
        .route("/models", get(models).requires(READ)); // without a policy it does not compile
    let ci = StaticToken::named("ci").env("CI_TOKEN").scopes([READ]);
    let auth = Auth::with(StaticTokens::new([ci])?);
    let app = Stack::new(auth).address_limit("5/second burst 10").protect(routes)?;
    let listener = TcpListener::bind(std::env::var("ADDRESS")?).await?;
    Ok(palisade::serve(listener, app).await?)
}
