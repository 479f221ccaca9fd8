//! A connection to one server, or to a cluster of them.

use crate::{
    error::{BuildError, BuildErrorKind},
    failure::Failure,
    script::Script,
    trust::Trust,
    work::Exchange,
};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisResult, ServerErrorKind, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
    cmd,
};
use std::{fmt, time::Duration};

/// Where to connect to.
pub(crate) enum Target {
    Server(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// Many exchanges at once over one stream (to each node), in order.
#[derive(Clone)]
pub(crate) enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Target {
    pub(crate) fn server(url: &str, trust: &Trust) -> Result<Self, BuildError> {
        trust.admit(url)?;
        Ok(Self::Server(Box::new(trust.client(url)?)))
    }

    pub(crate) fn cluster(
        urls: &[String],
        trust: &Trust,
        connect: Duration,
        operation: Duration,
    ) -> Result<Self, BuildError> {
        urls.iter().try_for_each(|url| trust.admit(url))?;
        let client = trust
            .cluster(ClusterClient::builder(urls.iter().map(String::as_str)))?
            .connection_timeout(connect)
            .response_timeout(operation)
            // A redirect is followed; anything slower than the operation is a failure anyway.
            .retries(2)
            .min_retry_wait(1)
            .max_retry_wait(10)
            .build()
            .map_err(|_| BuildErrorKind::Nodes)?;
        Ok(Self::Cluster(Box::new(client)))
    }

    pub(crate) const fn is_cluster(&self) -> bool {
        matches!(self, Self::Cluster(_))
    }

    /// Connects anew, resolving names again.
    pub(crate) async fn connect(&self, within: Duration) -> Result<Connection, Failure> {
        let attempt = async {
            Ok::<_, Failure>(match self {
                Self::Server(client) => {
                    // Whoever uses the connection has a deadline of its own.
                    let config = AsyncConnectionConfig::new()
                        .set_connection_timeout(Some(within))
                        .set_response_timeout(None);
                    Connection::Server(client.get_multiplexed_async_connection_with_config(&config).await?)
                }
                Self::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
            })
        };
        match tokio::time::timeout(within, attempt).await {
            Ok(connected) => connected,
            Err(_) => Err(Failure::cannot_connect_in_time()),
        }
    }
}

impl Connection {
    /// Runs the script with these arguments, and brings it along where the server does not know it.
    pub(crate) async fn run(&mut self, script: &Script, call: &impl Exchange) -> Result<Value, Failure> {
        let command = |name: &str, script: &str| {
            let mut command = cmd(name);
            call.arguments(command.arg(script));
            command
        };
        match self.send(&command("EVALSHA", script.hash())).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                Ok(self.send(&command("EVAL", script.source())).await?)
            }
            answer => Ok(answer?),
        }
    }

    async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        let answer = match self {
            Self::Server(connection) => connection.req_packed_command(command).await,
            Self::Cluster(connection) => connection.req_packed_command(command).await,
        };
        // A server's error comes as a value.
        answer.and_then(Value::extract_error)
    }
}

/// Says nothing about where: an address may come with a password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_cluster() { "Cluster" } else { "Server" })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}
