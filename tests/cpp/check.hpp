// Helpers of the C++ test cases: checks that exit with a message, and settings for a service on loopback.
#ifndef CHECK_HPP
#define CHECK_HPP

#include "participants.hpp"

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#define CHECK(condition) check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)

// Runs the code, which must throw an rtk::Error of this status, and returns the error.
#define CHECK_THROWS(expected, code) check_throws(expected, [&] { static_cast<void>(code); }, #code, __FILE__, __LINE__)

inline void check(bool holds, const char *what, const char *file, int line) {
    if (!holds) {
        std::cerr << file << ':' << line << ": check failed: " << what << '\n';
        std::exit(1);
    }
}

template <class Code>
rtk::Error check_throws(rtk_status expected, Code code, const char *what, const char *file, int line) {
    try {
        code();
    } catch (const rtk::Error &error) {
        if (error.status() != expected) {
            std::cerr << file << ':' << line << ": " << what << ": " << rtk_status_name(error.status()) << ": "
                      << error.what() << '\n';
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
inline const std::string app_id = variable("APP_ID");
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
