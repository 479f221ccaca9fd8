//! Attacks on the service as it is.

#![allow(clippy::unwrap_used, reason = "a test may")]

use deepaas::{
    server::watched,
    settings::{Origin, Token, TokenChoice},
};
use palisade_testing::attacks::Attacks;

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

#[tokio::test]
async fn the_service_holds() {
    let report = Attacks::on(|probe| {
        let origin = Origin::Environment;
        let token = Token::parse(TOKEN.to_owned().into(), &origin).unwrap();
        watched(&TokenChoice::Set { token, origin }, |routes| probe.watch(routes)).unwrap()
    })
    .path("/v2/models/{model}/", "/v2/models/my-model/")
    .path("/v2/models/{model}/predict", "/v2/models/my-model/predict")
    .token(TOKEN)
    .run()
    .await;
    println!("{report}");
    report.assert_held();
}
