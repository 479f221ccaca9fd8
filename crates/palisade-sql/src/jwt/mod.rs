//! Users, refresh tokens and revocations.

#[cfg(feature = "login")]
mod family;
#[cfg(feature = "login")]
mod refresh;
mod revocations;
mod time;
#[cfg(feature = "login")]
mod user;
#[cfg(feature = "login")]
mod users;
