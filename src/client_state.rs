//! What the calls of a client share: the settings, the connections, the cancellation and the quota.

use std::sync::Arc;

use crate::Error;
use crate::cancel::CancelRegistry;
use crate::http::HttpClient;
use crate::quota::Quota;
use crate::settings::CheckedSettings;

/// The state of a client, which its calls share.
pub(crate) struct ClientState {
    pub settings: Arc<CheckedSettings>,
    pub http: HttpClient,
    pub cancel: CancelRegistry,
    pub quota: Quota,
}

impl ClientState {
    pub fn new(settings: CheckedSettings) -> Result<Self, Error> {
        let settings = Arc::new(settings);
        let http = HttpClient::new(&settings)?;
        Ok(ClientState { settings, http, cancel: CancelRegistry::default(), quota: Quota::default() })
    }

    /// The same settings, with its own calls and connections.
    pub fn another(&self) -> Self {
        ClientState {
            settings: Arc::clone(&self.settings),
            http: self.http.empty_copy(),
            cancel: CancelRegistry::default(),
            quota: self.quota.independent_copy(),
        }
    }

    pub fn shut_down(&self) {
        self.cancel.shut_down();
        self.http.close_idle();
    }
}
