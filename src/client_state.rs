//! What the calls of a client and its children share: the settings, the connections, the requests in flight and the
//! quota.

use std::sync::Arc;

use crate::Error;
use crate::cancel::{CancelRegistry, CancelScope};
use crate::http::HttpClient;
use crate::per_process::PerProcess;
use crate::quota::Quota;
use crate::settings::CheckedSettings;

/// The state of a client, which its children and all their calls share.
pub(crate) struct ClientState {
    pub settings: Arc<CheckedSettings>,
    network: PerProcess<Network>,
}

/// What a forked child must not share with its parent: connections, requests in flight, the quota.
pub(crate) struct Network {
    pub http: HttpClient,
    pub cancel: CancelRegistry,
    pub quota: Quota,
}

impl Network {
    fn new(http: HttpClient) -> Self {
        Network { http, cancel: CancelRegistry::default(), quota: Quota::default() }
    }
}

impl ClientState {
    pub fn new(settings: CheckedSettings) -> Result<Self, Error> {
        let settings = Arc::new(settings);
        let network = PerProcess::new(Network::new(HttpClient::new(&settings)?));
        Ok(ClientState { settings, network })
    }

    pub fn network(&self) -> &Network {
        self.network.get(|forked| Network::new(forked.http.unconnected_copy()))
    }

    /// Ends everything in a scope. Closes the idle connections, unless the scope is a child's: its parent uses them.
    pub fn shut_down(&self, scope: &CancelScope) {
        let network = self.network();
        network.cancel.cancel(scope);
        if !scope.has_parent() {
            network.http.close();
        }
    }
}
