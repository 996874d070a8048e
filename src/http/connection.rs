//! Connections to the service. Each has a ureq agent of its own, so that it can be shut down without touching another
//! request.

use std::sync::Arc;
use std::time::Duration;

use ureq::Body;
use ureq::config::Config;
use ureq::http::{Response, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::Connector;

use super::credential::{CommonHeaders, CredentialConnector};
use super::happy_eyeballs::PreferredAddress;
use super::head::MAX_HEAD_LENGTH;
use super::pool::MAX_IDLE_AGE;
use super::receive::{Received, Receiver, ReceivingConnector};
use super::resolver::{NoLookUp, Resolver};
use super::tcp::TcpConnector;
use super::time_limit::ConnectLimit;
use super::tls::TlsConnector;
use super::tunnel::TunnelConnector;
use crate::settings::CheckedSettings;

/// The size of a connection's input buffer: more than the longest head of a response.
const INPUT_BUFFER: usize = 64 * 1024;

/// The size of a connection's output buffer: more than the longest head of a request, which has at most 4 KiB of the
/// base URL, 6 KiB of ids, 4 KiB of the user agent and 8 KiB of an e-mail address and its key.
const OUTPUT_BUFFER: usize = 24 * 1024;

/// Makes connections, which share everything but their sockets.
pub(super) struct ConnectionFactory {
    settings: Arc<CheckedSettings>,
    config: Config,
    headers: CommonHeaders,
    tls: TlsConnector,
    preferred: PreferredAddress,
}

impl ConnectionFactory {
    pub fn new(settings: &Arc<CheckedSettings>, roots: RootCerts) -> Self {
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(settings.timeout))
            // To ureq, the look-up of the name is a part of the connect.
            .timeout_connect(Some(settings.connect_timeout * 2))
            .max_response_header_size(MAX_HEAD_LENGTH)
            .input_buffer_size(INPUT_BUFFER)
            .output_buffer_size(OUTPUT_BUFFER)
            // `CommonHeaders` has them.
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .max_idle_age(MAX_IDLE_AGE)
            // ureq would read the environment otherwise.
            .proxy(None)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        ConnectionFactory {
            settings: Arc::clone(settings),
            config,
            headers: CommonHeaders::new(&settings.credential, &settings.user_agent),
            tls: TlsConnector::default(),
            preferred: PreferredAddress::default(),
        }
    }

    /// A factory with the same settings and no TLS sessions.
    pub fn unconnected_copy(&self) -> Self {
        ConnectionFactory {
            settings: Arc::clone(&self.settings),
            config: self.config.clone(),
            headers: self.headers.clone(),
            tls: TlsConnector::default(),
            preferred: PreferredAddress::default(),
        }
    }

    /// Makes a connection, which connects at its first request. The documentation of the module `http` explains the
    /// order of the connectors.
    pub fn create(&self) -> Connection {
        let resolver = Resolver::new(self.settings.on_thread_start.clone());
        let receiver = Receiver::default();
        let limit = ConnectLimit::default();
        let tcp = TcpConnector {
            resolver: resolver.clone(),
            timeout: self.settings.connect_timeout,
            look_up_counts: self.settings.proxy.is_some(),
            limit: limit.clone(),
            preferred: self.preferred.clone(),
        };
        let tunnel = TunnelConnector { settings: Arc::clone(&self.settings), tcp: tcp.clone(), tls: self.tls.clone() };
        let connector =
            ().chain(tunnel)
                .chain(tcp)
                .chain(self.tls.clone())
                .chain(CredentialConnector { headers: self.headers.clone(), limit })
                .chain(ReceivingConnector(receiver.clone()));
        Connection { agent: ureq::Agent::with_parts(self.config.clone(), connector, NoLookUp), resolver, receiver }
    }
}

/// A connection, which makes one request at a time.
#[derive(Clone)]
pub(super) struct Connection {
    agent: ureq::Agent,
    resolver: Resolver,
    receiver: Receiver,
}

impl Connection {
    /// Sends a request, and returns the response as soon as its head has arrived, with what else was received by then.
    /// `timeout` replaces that of the settings.
    pub fn get(&self, uri: Uri, timeout: Option<Duration>) -> Result<(Response<Body>, Received), ureq::Error> {
        let mut request = self.agent.get(uri);
        if timeout.is_some() {
            request = request.config().timeout_global(timeout).build();
        }
        Ok((request.call()?, self.receiver.take()))
    }

    /// Ends the running request, and refuses all later ones. May be called from any thread.
    pub fn shut_down(self) {
        self.resolver.shut_down();
        self.agent.shutdown();
    }
}
