//! Static bearer tokens. Their timing and their configuration are tested where a clock or the code is at hand.

use crate::case::Case;
use crate::expect::Expect;
use crate::request::Request;

pub(crate) fn cases() -> Vec<Case> {
    let bearer = |token| Request::get("{protected}").line(format!("Authorization: Bearer {token}"));
    let refused = Expect::unauthenticated().header_starts("www-authenticate", "Bearer realm=\"");
    vec![
        Case::new("A047", "token that differs in one place (answer only, not timing)").send_all(
            ["{token_other_first}", "{token_other_last}", "{token_shorter}", "{token}x"].map(bearer),
            &refused,
        ),
        Case::new("A052", "token removed by a reload")
            .send(bearer("{retired_token}"), refused)
            .send(bearer("{token}"), Expect::success()),
    ]
}
