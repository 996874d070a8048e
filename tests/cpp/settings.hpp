// The effect of every setting.
#ifndef SETTINGS_HPP
#define SETTINGS_HPP

#include "check.hpp"

#include <chrono>

// The service accepts only this token, user agent and page size. It answers the first two requests with 503.
inline void settings_reach_the_service() {
    using namespace std::chrono_literals;
    rtk::Config config = settings();
    // A view without a NUL at its end.
    const std::string longer = variable("TOKEN") + "-and-more";
    config.api_token(std::string_view(longer).substr(0, variable("TOKEN").size()));
    config.user_agent(std::string("attendance/2"))
        .per_page(7)
        .max_retries(2)
        .max_retry_wait(1s)
        .max_connections(2)
        .timeout(30s);
    const rtk::Client client(config);
    const rtk::Participants list = everyone(client);
    CHECK(list.size() == 1 && list.is_complete());
    // The client has a copy of the settings: a change has no effect on it.
    config.user_agent("another");
    CHECK(everyone(client).size() == 1);
    CHECK_THROWS(RTK_STATUS_API, everyone(rtk::Client(config)));
}

inline void the_older_key_pair_reaches_the_service() {
    const std::string email = variable("EMAIL"), key = variable("KEY");
    const rtk::Client client(rtk::Config().base_url(variable("BASE_URL")).proxy("").api_key(email, key));
    CHECK(everyone(client).size() == 1);
}

// The service never answers.
inline void timeout_and_deadline_end_a_call() {
    using namespace std::chrono_literals;
    const auto begun = std::chrono::steady_clock::now();
    CHECK_THROWS(RTK_STATUS_TIMEOUT, everyone(rtk::Client(settings().connect_timeout(10s).timeout(100ms))));
    CHECK_THROWS(RTK_STATUS_TIMEOUT, everyone(rtk::Client(settings().deadline(100ms).max_retries(10))));
    const rtk::Client client(settings().deadline(100ms));
    rtk::ParticipantRange range = one_by_one(client);
    CHECK_THROWS(RTK_STATUS_TIMEOUT, range.begin());
    CHECK(std::chrono::steady_clock::now() - begun < 20s);
}

// Nothing listens at BASE_URL, and PROXY refuses to open a tunnel.
inline void the_proxy_is_used() {
    CHECK(!contains(CHECK_THROWS(RTK_STATUS_CONNECTION, everyone(rtk::Client(settings()))).what(), "HTTP 403"));
    const rtk::Client client(settings().proxy(variable("PROXY")));
    CHECK(contains(CHECK_THROWS(RTK_STATUS_CONNECTION, everyone(client)).what(), "HTTP 403"));
}

// SSL_CERT_DIR contains the authority of the service's certificate.
inline void native_ca_trusts_the_systems_authorities() {
    CHECK(contains(CHECK_THROWS(RTK_STATUS_CONNECTION, everyone(rtk::Client(settings()))).what(), "native_ca"));
    rtk::Config config = settings().native_ca(true);
    CHECK(everyone(rtk::Client(config)).size() == 3);
    CHECK_THROWS(RTK_STATUS_CONNECTION, everyone(rtk::Client(config.native_ca(false))));
}

inline void the_default_client_uses_the_environment() {
    CHECK(everyone(rtk::Client()).size() == 250);
    CHECK(everyone(rtk::Client(rtk::Config())).size() == 250);
    CHECK_THROWS(RTK_STATUS_AUTHENTICATION, everyone(rtk::Client(rtk::Config().api_token("another-token-than-this"))));
}

#endif
