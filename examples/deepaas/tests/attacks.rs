//! Attacks on the service as it is.

#![allow(clippy::unwrap_used, reason = "a test may")]

use deepaas::{
    server::watched,
    settings::{self, Origin, Token, TokenChoice},
};
use palisade_testing::attacks::Attacks;

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

#[tokio::test]
async fn the_service_holds() {
    let origin = Origin::Environment;
    let token = Token::parse(TOKEN.to_owned().into(), &origin).unwrap();
    let loaded = settings::stack(&TokenChoice::Set { token, origin }).unwrap();
    let stack = loaded.build().await.unwrap().stack;
    let report = Attacks::on(move |probe| watched(stack.clone(), |routes| probe.watch(routes)).unwrap())
        .path("/v2/models/{model}/", "/v2/models/my-model/")
        .path("/v2/models/{model}/predict", "/v2/models/my-model/predict")
        .token(TOKEN)
        .run()
        .await;
    println!("{report}");
    report.assert_held();
}
