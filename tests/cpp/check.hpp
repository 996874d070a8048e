// Helpers of the C++ test cases: checks that exit with a message, and settings for a service on loopback.
#ifndef CHECK_HPP
#define CHECK_HPP

#include "participants.hpp"

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <typeinfo>

#define CHECK(condition) check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)

// Runs the code, which must throw the class of this status, and returns the error.
#define CHECK_THROWS(expected, code) check_throws(expected, [&] { static_cast<void>(code); }, #code, __FILE__, __LINE__)

inline void check(bool holds, const char *what, const char *file, int line) {
    if (!holds) {
        std::cerr << file << ':' << line << ": check failed: " << what << '\n';
        std::exit(1);
    }
}

// Returns the class that the header throws for a status.
inline const std::type_info &class_of(rtk_status status) {
    switch (status) {
    case RTK_STATUS_INVALID_ARGUMENT:
        return typeid(rtk::InvalidArgumentError);
    case RTK_STATUS_CONNECTION:
        return typeid(rtk::ConnectionError);
    case RTK_STATUS_TIMEOUT:
        return typeid(rtk::TimeoutError);
    case RTK_STATUS_AUTHENTICATION:
        return typeid(rtk::AuthenticationError);
    case RTK_STATUS_PERMISSION_DENIED:
        return typeid(rtk::PermissionDeniedError);
    case RTK_STATUS_NOT_FOUND:
        return typeid(rtk::NotFoundError);
    case RTK_STATUS_RATE_LIMITED:
        return typeid(rtk::RateLimitedError);
    case RTK_STATUS_SERVER:
        return typeid(rtk::ServerError);
    case RTK_STATUS_API:
        return typeid(rtk::ApiError);
    case RTK_STATUS_DECODE:
        return typeid(rtk::DecodeError);
    case RTK_STATUS_CANCELLED:
        return typeid(rtk::CancelledError);
    case RTK_STATUS_INTERNAL:
        return typeid(rtk::InternalError);
    default:
        return typeid(rtk::Error);
    }
}

template <class Code>
rtk::Error check_throws(rtk_status expected, Code code, const char *what, const char *file, int line) {
    try {
        code();
    } catch (const rtk::Error &error) {
        if (error.status() != expected || typeid(error) != class_of(expected)) {
            std::cerr << file << ':' << line << ": " << what << ": " << typeid(error).name() << ' '
                      << rtk_status_name(error.status()) << ": " << error.what() << '\n';
            std::exit(1);
        }
        return error;
    }
    std::cerr << file << ':' << line << ": " << what << " threw nothing\n";
    std::exit(1);
}

// Returns an environment variable, which the Rust test that runs this program sets.
inline std::string variable(const char *name) {
    const char *value = std::getenv(name);
    check(value != nullptr, name, __FILE__, __LINE__);
    return value == nullptr ? std::string() : value;
}

inline const std::string account_id = variable("CLOUDFLARE_ACCOUNT_ID");
inline const std::string app_id = variable("REALTIMEKIT_APP_ID");
inline const std::string meeting_id = variable("MEETING_ID");

inline rtk::Config settings() {
    return rtk::Config().api_token(variable("TOKEN")).base_url(variable("BASE_URL")).proxy("").max_retries(0);
}

inline rtk::Participants everyone(const rtk::Client &client) {
    return client.get_participants(account_id, app_id, meeting_id);
}

inline rtk::ParticipantRange one_by_one(const rtk::Client &client) {
    return client.iter_participants(account_id, app_id, meeting_id);
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

#endif
