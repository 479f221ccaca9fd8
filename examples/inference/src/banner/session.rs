//! What is printed about logging in.

use crate::accounts::FirstUser;

/// How somebody can log in, in words.
pub(super) fn about_the_user(first_user: &FirstUser, place: &str, command: &str) -> String {
    match first_user {
        FirstUser::Made { password } => format!(
            "Password of the user `admin`, shown this once ({place} keeps only a hash):\n  {}\n",
            String::from_utf8_lossy(password.expose())
        ),
        FirstUser::Before => format!(
            "The password of the user `admin` was shown when it was made; {place} keeps only a hash.\n\
             To make another one:\n  {command}\n\n\
             Paste it here; the lines that log in use it.\n  read -rs PASSWORD\n"
        ),
    }
}

/// A member of the JSON object in a variable of the shell, for a line to paste.
pub(super) fn taken(variable: &str, field: &str) -> String {
    format!("$(echo \"${variable}\" | sed 's/.*\"{field}\":\"\\([^\"]*\\)\".*/\\1/')")
}

/// What may be pasted, one line after the other: a login from its beginning to its end.
pub(super) fn lines(first_user: &FirstUser, url: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let (login, refresh) = (url("/auth/login"), url("/auth/refresh"));
    let (logout, whoami) = (url("/auth/logout"), url("/auth/whoami"));
    let body = match first_user {
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
        ("List users.", format!("curl -i {} {bearer}", url("/users"))),
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
