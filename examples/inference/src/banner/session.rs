//! What is printed about logging in.

use super::{Banner, taken};
use crate::accounts::FirstUser;

/// How somebody can log in, in words.
pub(super) fn about_the_user(banner: &Banner<'_>) -> String {
    let place = banner.place;
    match banner.first_user {
        FirstUser::Made { password } => format!(
            "Password of the user `admin`, shown this once ({place} keeps only a hash):\n  {}\n",
            String::from_utf8_lossy(password.expose())
        ),
        FirstUser::Before => {
            "Paste the password of the user `admin` here; the lines that log in use it.\n  read -rs PASSWORD\n"
                .to_owned()
        }
    }
}

/// What may be pasted, one line after the other: a login from its beginning to its end.
pub(super) fn lines(banner: &Banner<'_>) -> Vec<(String, String)> {
    let (login, refresh) = (banner.url("/auth/login"), banner.url("/auth/refresh"));
    let (logout, whoami) = (banner.url("/auth/logout"), banner.url("/auth/whoami"));
    let body = match banner.first_user {
        // Letters and digits, which JSON and a shell leave alone.
        FirstUser::Made { password } => format!(
            r#"-H 'Content-Type: application/json' -d '{{"username":"admin","password":"{}"}}'"#,
            String::from_utf8_lossy(password.expose())
        ),
        FirstUser::Before => {
            "--data-urlencode \"username=admin\" --data-urlencode \"password=$PASSWORD\"".to_owned()
        }
    };
    let (access, next) = (taken("LOGIN", "token"), taken("LOGIN", "refresh_token"));
    let bearer = "-H \"Authorization: Bearer $JWT\"";
    [
        (
            "Log in; the answer has an access token, and a refresh token for the next one.",
            format!("LOGIN=$(curl -s {login} {body}); echo \"$LOGIN\""),
        ),
        (
            "Take the tokens out of the answer, and ask who that is.",
            format!("JWT={access} REFRESH={next}; curl -i {whoami} {bearer}"),
        ),
        ("List users.", format!("curl -i {} {bearer}", banner.url("/users"))),
        (
            "Trade the refresh token; it is good once.",
            format!("LOGIN=$(curl -s {refresh} -d \"refresh_token=$REFRESH\"); echo \"$LOGIN\""),
        ),
        ("Log out.", format!("JWT={access} REFRESH={next}; curl -i {logout} -d \"refresh_token=$REFRESH\"")),
        ("Refused with 401: logged out.", format!("curl -i {whoami} {bearer}")),
    ]
    .map(|(title, line)| (title.to_owned(), line))
    .into()
}
