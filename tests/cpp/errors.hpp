// Exceptions and their accessors.
#ifndef ERRORS_HPP
#define ERRORS_HPP

#include "check.hpp"

#include <exception>
#include <future>
#include <optional>
#include <thread>

// The service answers 429 with a Retry-After, a Ray id and a body.
inline void errors_carry_what_the_service_said() {
    const rtk::Client client(settings().max_retry_wait(std::chrono::milliseconds(10)).max_retries(3));
    const auto begun = std::chrono::steady_clock::now();
    const rtk::Error error = CHECK_THROWS(RTK_STATUS_RATE_LIMITED, everyone(client));
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(30));
    CHECK(error.http_status() == 429 && error.api_code() == 971 && error.ray_id() == "8f0000000000abcd-FRA");
    CHECK(error.retry_after() == std::chrono::seconds(40));
    CHECK(contains(error.body(), "\"message\":\"Please wait\"") && error.body().back() == '}');
    CHECK(contains(error.what(), "429") && contains(error.what(), "Please wait") &&
          !contains(error.what(), variable("TOKEN")));
    CHECK(!contains(error.what(), "\n"));
    CHECK(error.page() == 1 && error.attempts() == 1);
    CHECK(!CHECK_THROWS(RTK_STATUS_RATE_LIMITED, client.get_participants_page(account_id, app_id, meeting_id))
               .page()
               .has_value());

    const std::runtime_error &base = error;
    CHECK(std::string(base.what()) == error.what());
    rtk::Error copy = error;
    copy = rtk::Error(RTK_STATUS_INTERNAL, "mine");
    CHECK(copy.status() == RTK_STATUS_INTERNAL && std::string_view(copy.what()) == "mine");
    CHECK(copy.http_status() == 0 && copy.api_code() == 0 && copy.ray_id().empty() && copy.body().empty() &&
          !copy.retry_after());
    CHECK(!copy.page() && copy.attempts() == 0);
}

// The account id ends with the HTTP status of the response.
inline void every_status_is_thrown() {
    const rtk::Client client(settings());
    const auto ask = [&](const char *account) { return client.get_participants(account, app_id, meeting_id); };
    CHECK(CHECK_THROWS(RTK_STATUS_AUTHENTICATION, ask("status-401")).http_status() == 401);
    CHECK(CHECK_THROWS(RTK_STATUS_PERMISSION_DENIED, ask("status-403")).http_status() == 403);
    CHECK(CHECK_THROWS(RTK_STATUS_NOT_FOUND, ask("status-404")).http_status() == 404);
    CHECK(CHECK_THROWS(RTK_STATUS_RATE_LIMITED, ask("status-429")).http_status() == 429);
    CHECK(CHECK_THROWS(RTK_STATUS_SERVER, ask("status-500")).http_status() == 500);
    CHECK(CHECK_THROWS(RTK_STATUS_API, ask("status-418")).http_status() == 418);
    CHECK(CHECK_THROWS(RTK_STATUS_DECODE, ask("status-200")).http_status() == 200);
    CHECK(!CHECK_THROWS(RTK_STATUS_NOT_FOUND, ask("status-404")).retry_after().has_value());
    CHECK_THROWS(RTK_STATUS_NOT_FOUND, client.get_participants_page("status-404", app_id, meeting_id));
}

// The service answers 404.
inline void errors_are_caught_by_kind() {
    const rtk::Client client(settings());
    std::string caught;
    std::exception_ptr kept;
    std::optional<rtk::NotFoundError> copy;
    try {
        everyone(client);
    } catch (const rtk::TimeoutError &) {
        caught += "another kind ";
    } catch (const rtk::NotFoundError &error) {
        caught += "the kind ";
        copy = error;
        kept = std::current_exception();
    }
    try {
        try {
            std::rethrow_exception(kept);
        } catch (const rtk::Error &error) {
            caught += "any ";
            CHECK(error.status() == RTK_STATUS_NOT_FOUND);
            throw;
        }
    } catch (const rtk::NotFoundError &error) {
        caught += "the kind again ";
        CHECK(error.http_status() == 404 && std::string_view(error.what()) == copy->what());
    }
    kept = nullptr;
    CHECK(caught == "the kind any the kind again ");

    // A copy as an Error loses the class alone.
    const rtk::Error sliced = *copy;
    copy.reset();
    CHECK(sliced.status() == RTK_STATUS_NOT_FOUND && sliced.http_status() == 404 && contains(sliced.what(), "404"));
    CHECK(!sliced.body().empty() && sliced.page() == 1 && sliced.attempts() == 1);
    try {
        throw sliced;
    } catch (const rtk::NotFoundError &) {
        CHECK(false);
    } catch (const rtk::Error &error) {
        CHECK(error.status() == RTK_STATUS_NOT_FOUND);
    }

    // A test of the caller's own code can throw any of them.
    const auto mine = [] { throw rtk::InternalError("mine"); };
    CHECK(std::string_view(CHECK_THROWS(RTK_STATUS_INTERNAL, mine()).what()) == "mine");
}

// Nothing listens at BASE_URL.
inline void a_missing_response_has_no_http_status() {
    const rtk::Client client(settings());
    const rtk::Error error = CHECK_THROWS(RTK_STATUS_CONNECTION, everyone(client));
    CHECK(error.http_status() == 0 && error.api_code() == 0 && error.ray_id().empty() && error.body().empty() &&
          !error.retry_after());
    CHECK(error.what()[0] != '\0');
}

// The service refuses the second page.
inline void a_failed_page_ends_the_range() {
    const rtk::Client client(settings().per_page(20).max_connections(1));
    rtk::ParticipantRange range = one_by_one(client);
    int seen = 0;
    const auto walk = [&] {
        for (const rtk::Participant &participant : range)
            seen += participant.id().empty() ? 0 : 1;
    };
    const rtk::Error error = CHECK_THROWS(RTK_STATUS_PERMISSION_DENIED, walk());
    CHECK(error.http_status() == 403 && error.page() == 2 && error.attempts() == 1);
    CHECK(seen == 20 && !range.is_complete());
    CHECK_THROWS(RTK_STATUS_PERMISSION_DENIED, walk());
    CHECK(seen == 20 && !range.is_complete());
    CHECK_THROWS(RTK_STATUS_PERMISSION_DENIED, everyone(client));
}

// The service never answers.
inline void shutdown_ends_calls_in_flight() {
    const rtk::Client client(settings());
    std::future<rtk_status> waiting = std::async(std::launch::async, [&] {
        try {
            everyone(client);
            return RTK_STATUS_OK;
        } catch (const rtk::Error &error) {
            return error.status();
        }
    });
    CHECK(waiting.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout);
    client.shutdown();
    CHECK(waiting.get() == RTK_STATUS_CANCELLED);
    CHECK(CHECK_THROWS(RTK_STATUS_CANCELLED, everyone(client)).attempts() == 0);
    rtk::ParticipantRange range = one_by_one(client);
    CHECK_THROWS(RTK_STATUS_CANCELLED, range.begin());
}

inline void invalid_arguments_are_refused() {
    using std::string;
    const rtk::Client client(settings());
    const auto refused = [&](const auto &account, const auto &app, const auto &meeting, const char *named) {
        const rtk::Error error =
            CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, client.get_participants(account, app, meeting));
        CHECK(contains(error.what(), named) && error.http_status() == 0);
        CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, client.get_participants_page(account, app, meeting, 1, 1));
        CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, client.iter_participants(account, app, meeting));
    };
    const char *null = nullptr;
    refused(null, app_id, meeting_id, "account_id");
    refused(account_id, null, meeting_id, "app_id");
    refused(account_id, app_id, null, "meeting_id");
    refused(string("a\0b", 3), app_id, meeting_id, "account_id holds a U+0000");
    refused(account_id, std::string_view("a\0", 2), meeting_id, "app_id holds a U+0000");
    refused(account_id, app_id, meeting_id + '\0', "meeting_id holds a U+0000");
    refused("\xFF", app_id, meeting_id, "account_id");
    refused("", app_id, meeting_id, "account");
    refused(account_id, "..", meeting_id, "app");
    refused(account_id, app_id, "not a UUID", "meeting");

    rtk::Config config;
    CHECK(contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, config.api_token(null)).what(), "api_token"));
    CHECK(
        contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, config.api_key("ops@example.com", null)).what(), "api_key"));
    CHECK(contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, config.base_url("\xFF")).what(), "base_url"));
    CHECK(
        contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, config.user_agent(string("a\0b", 3))).what(), "user_agent"));
    CHECK(contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, config.proxy(null)).what(), "proxy"));
    CHECK(contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, config.ca_file(null)).what(), "ca_file"));
    const std::chrono::milliseconds negative(-1);
    CHECK(contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, config.timeout(negative)).what(), "timeout is negative"));
    CHECK(contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, config.connect_timeout(negative)).what(),
                   "connect_timeout"));
    CHECK(contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, config.deadline(negative)).what(), "deadline"));
    CHECK(
        contains(CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, config.max_retry_wait(negative)).what(), "max_retry_wait"));

    const auto make = [](rtk::Config &&changed) { return rtk::Client(changed); };
    CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, make(settings().base_url("http://example.com")));
    CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, make(settings().ca_file("/there/is/no/such.pem")));
    CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, make(settings().timeout(std::chrono::seconds(0))));
    CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, make(settings().max_connections(0)));
    CHECK_THROWS(RTK_STATUS_INVALID_ARGUMENT, make(settings().api_token("two\nlines")));
}

#endif
