//! Hearing of changes that other nodes made.

use crate::{failure::Failure, listeners::Listeners};
use palisade_apikey::KeyId;
use sqlx::{
    PgPool,
    postgres::{PgListener, PgNotification},
};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// The channel of notifications.
pub(crate) const CHANNEL: &str = "palisade_keys";

/// A connection that has nothing to say and one that is dead look alike, so it is asked.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
const CONNECTING: Duration = Duration::from_secs(5);

/// A connection that hears of changes.
pub(crate) async fn connect(pool: &PgPool) -> Result<PgListener, Failure> {
    let connecting = async {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(listener)
    };
    timeout(CONNECTING, connecting).await.unwrap_or(Err(Failure::TimedOut))
}

/// Tells listeners of every change until the connection breaks.
pub(crate) async fn listen(mut listener: PgListener, listeners: &Listeners) -> Failure {
    let mut tick = interval(SIGN_OF_LIFE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let heard = tokio::select! {
            heard = listener.try_recv() => heard,
            _ = tick.tick() => {
                let asked = sqlx::query("SELECT 1").execute(&mut listener);
                match timeout(SIGN_OF_LIFE * 2, asked).await {
                    Ok(Ok(_)) => continue,
                    Ok(Err(error)) => return error.into(),
                    Err(_) => return Failure::TimedOut,
                }
            }
        };
        match heard {
            Ok(Some(notification)) => tell(&notification, listeners),
            Ok(None) => return Failure::Broken(std::io::ErrorKind::UnexpectedEof),
            Err(error) => return error.into(),
        }
    }
}

/// Whatever is not a list of ids may mean anything.
fn tell(notification: &PgNotification, listeners: &Listeners) {
    let ids: Result<Vec<KeyId>, _> = notification.payload().split(',').map(str::parse).collect();
    match ids {
        Ok(ids) => listeners.changed(&ids),
        Err(_) => listeners.missed(),
    }
}
