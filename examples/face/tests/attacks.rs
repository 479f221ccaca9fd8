//! Attacks on the service once the move is over.

#![allow(clippy::unwrap_used, reason = "a test may")]

use face::{
    permissions::{COMPARE, READ_MIGRATION, READ_STATS},
    server::watched,
    settings::{AuthMode, Settings},
};
use palisade::{StaticToken, StaticTokens, TrustedProxies};
use palisade_testing::attacks::Attacks;

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
const WEAK: &str = "0HkS1rN3mQ7yTz5wXcVbP2Ae";

#[tokio::test]
async fn the_service_holds() {
    let report = Attacks::on(|probe| {
        let all = StaticToken::named("all").value(TOKEN).scopes([COMPARE, READ_STATS, READ_MIGRATION]);
        let tokens = StaticTokens::new([all, StaticToken::named("weak").value(WEAK)]).unwrap();
        let settings = Settings {
            listen: ([127, 0, 0, 1], 0).into(),
            auth: AuthMode::Enforce,
            tokens: Some(tokens),
            jwt: None,
            proxies: Some(TrustedProxies::parse(["10.0.0.7/32"]).unwrap()),
            warnings: Vec::new(),
        };
        watched(&settings, |routes| probe.watch(routes)).unwrap()
    })
    .token(TOKEN)
    .weak_token(WEAK)
    .trusted_proxy([10, 0, 0, 7])
    .run()
    .await;
    println!("{report}");
    report.assert_held();
}
