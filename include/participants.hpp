/*
 * libparticipants for C++17: lists the participants of a Cloudflare RealtimeKit meeting: everyone who was added to it,
 * that is, who may join it.
 *
 * The list does not say who is connected at this moment. For that, ask RealtimeKit itself for the meeting's active
 * session (GET .../meetings/{meeting_id}/active-session) and for that session's participants
 * (GET .../sessions/{session_id}/participants).
 *
 * Everyone, in one call:
 *
 *     try {
 *         rtk::Client client; // the token comes from CLOUDFLARE_API_TOKEN
 *         rtk::Participants everyone = client.get_participants(account_id, app_id, meeting_id);
 *         for (const rtk::Participant &participant : everyone)
 *             std::cout << participant.id() << ' ' << participant.name().value_or("-") << '\n';
 *     } catch (const rtk::Error &error) {
 *         std::cerr << error.what() << '\n';
 *     }
 *
 * Find one participant by the id that your application assigned. The iterator requests only page 1 at first,
 * and fetches ahead once a second page is needed:
 *
 *     for (const rtk::Participant &participant : client.iter_participants(account_id, app_id, meeting_id)) {
 *         if (participant.custom_participant_id() == "user-41") {
 *             std::cout << participant.id() << '\n';
 *             break;
 *         }
 *     }
 *
 * This header needs participants.h beside it. Link with -lparticipants. All calls block. These rules hold everywhere:
 *
 *  1. A function that fails throws rtk::Error. Each kind of failure has a class of its own, such as rtk::NotFoundError.
 *     No function returns an incomplete list in place of an error. Functions that allocate may throw std::bad_alloc
 *     too.
 *  2. Config, Client, Participants and ParticipantRange own a handle and free it in their destructors. They can be
 *     moved, but not copied. Lists, errors, ranges and children outlive the client that they came from.
 *  3. Participant and every std::string_view borrow: they are cheap to copy, and live as long as the list, range or
 *     error that they were read from. A range-based `for` loop keeps a temporary list or range alive. Taking an element
 *     or iterator of a temporary does not compile. A U+0000 in a value reads as U+FFFD; the JSON keeps the original.
 *  4. Texts are UTF-8. You pass them as `const char *`, std::string or std::string_view. NULL, a U+0000 and text that
 *     is not UTF-8 throw rtk::InvalidArgumentError.
 *  5. Threads may call `const` member functions of one object at the same time. Other member functions belong to one
 *     thread at a time. Any object may move to another thread.
 *  6. An object that was moved from can only be destroyed or assigned to.
 *
 * The rules of participants.h about stack size, signal handlers, pthread_cancel and fork() hold for C++ too.
 */

#ifndef RTK_PARTICIPANTS_HPP
#define RTK_PARTICIPANTS_HPP

#if __cplusplus < 201703L
#error "participants.hpp needs C++17"
#endif

#include "participants.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rtk {

/*
 * Internals. Not part of the interface.
 */

namespace detail {

template <auto Free> struct Deleter {
    template <class T> void operator()(T *handle) const noexcept { Free(handle); }
};

/** Owns a handle of the C library and frees it. */
template <class T, auto Free> using Handle = std::unique_ptr<T, Deleter<Free>>;

/** What Config::log takes. */
using LogFunction = std::function<void(std::int32_t level, std::string_view message)>;

/** Frees a handle that calls a log function, and then releases the function. */
template <auto Free> struct LoggingDeleter {
    std::shared_ptr<LogFunction> log;

    template <class T> void operator()(T *handle) const noexcept { Free(handle); }
};

using ClientHandle = std::unique_ptr<rtk_client, LoggingDeleter<rtk_client_free>>;
using ConfigHandle = Handle<rtk_config, rtk_config_free>;
using ErrorHandle = Handle<rtk_error, rtk_error_free>;
using IterHandle = std::unique_ptr<rtk_iter, LoggingDeleter<rtk_iter_free>>;
using ParticipantsHandle = Handle<rtk_participants, rtk_participants_free>;

/** Passes a line of the C library on to the LogFunction at `log`. An exception must not reach the C library. */
inline void pass_on(void *log, std::int32_t level, const char *message) noexcept {
    try {
        (*static_cast<const LogFunction *>(log))(level, message);
    } catch (...) {
    }
}

/** Converts a text of the C library. NULL becomes an empty optional. */
inline std::optional<std::string_view> optional_text(const char *text) noexcept {
    return text == nullptr ? std::nullopt : std::optional<std::string_view>(text);
}

/** Converts a text of the C library. NULL becomes an empty text. */
inline std::string_view text(const char *text) noexcept { return optional_text(text).value_or(std::string_view()); }

/**
 * Converts a time of the C library, in milliseconds since 1970. INT64_MIN, and a time that the clock cannot represent,
 * become an empty optional.
 */
inline std::optional<std::chrono::system_clock::time_point> optional_time(std::int64_t unix_milliseconds) noexcept {
    using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
    const milliseconds since_epoch(unix_milliseconds);
    const auto first = duration_cast<milliseconds>(system_clock::duration::min());
    if (since_epoch <= first || since_epoch > duration_cast<milliseconds>(system_clock::duration::max()))
        return std::nullopt;
    return system_clock::time_point(duration_cast<system_clock::duration>(since_epoch));
}

} // namespace detail

/*
 * Errors.
 */

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wweak-vtables" // There is no source file that the vtables could be in.
#endif

/**
 * Why a call failed. `what()` says in one line what failed and what the service said about it; it never contains a
 * credential. An error outlives the client, and copies are cheap and never throw. Threads may share it.
 *
 * Each kind of failure is thrown as a class of its own, derived from this one:
 *
 *     try {
 *         std::cout << client.get_participants(account_id, app_id, meeting_id).size() << std::endl;
 *     } catch (const rtk::NotFoundError &) {
 *         std::cerr << "no such meeting" << std::endl;
 *     } catch (const rtk::Error &error) {
 *         std::cerr << error.what() << std::endl;
 *     }
 *
 * A copy in a variable of type Error keeps everything but the class. To throw an error again later, keep a
 * std::exception_ptr.
 */
class Error : public std::runtime_error {
public:
    /** Creates an error with a status and a message, for your own use. */
    Error(rtk_status status, const std::string &message) : std::runtime_error(message), status_(status), error_() {}

    /** Takes ownership of an error of the C library. */
    explicit Error(detail::ErrorHandle error)
        : std::runtime_error(std::string(detail::text(rtk_error_message(error.get())))),
          status_(rtk_error_status(error.get())), error_(std::move(error)) {}

    /** Returns the kind of failure: `RTK_STATUS_NOT_FOUND` and so on. */
    rtk_status status() const noexcept { return status_; }

    /** Returns the HTTP status of the response, such as 404; 0 if there was no response. */
    int http_status() const noexcept { return rtk_error_http_status(error_.get()); }

    /** Returns the first code in Cloudflare's list of errors, such as 10000; 0 if there is none. */
    std::int64_t api_code() const noexcept { return rtk_error_api_code(error_.get()); }

    /**
     * Returns the CF-Ray of the response, which Cloudflare's support asks for; empty if there is none. The text lives
     * as long as the error or a copy of it.
     */
    std::string_view ray_id() const noexcept { return detail::text(rtk_error_ray_id(error_.get())); }

    /** Returns the service's Retry-After, the header's or else the body's; std::nullopt if it sent none. */
    std::optional<std::chrono::milliseconds> retry_after() const noexcept {
        const std::int64_t milliseconds = error_ ? rtk_error_retry_after_ms(error_.get()) : -1;
        return milliseconds < 0 ? std::nullopt : std::optional<std::chrono::milliseconds>(milliseconds);
    }

    /**
     * Returns the body of the response, truncated to 64 KiB; empty if there is none. Bytes that are not UTF-8 read as
     * U+FFFD. The text lives as long as the error or a copy of it.
     */
    std::string_view body() const noexcept {
        std::size_t size = 0;
        const char *body = rtk_error_body(error_.get(), &size);
        return {body, size};
    }

    /** Returns the number of the page that failed; std::nullopt if the failure is not about a numbered page. */
    std::optional<std::uint64_t> page() const noexcept {
        const std::int64_t page = error_ ? rtk_error_page(error_.get()) : -1;
        return page < 0 ? std::nullopt : std::optional<std::uint64_t>(static_cast<std::uint64_t>(page));
    }

    /** Returns how many requests were sent for the page that failed, failed connections included; 0 if none was. */
    std::uint32_t attempts() const noexcept { return rtk_error_attempts(error_.get()); }

private:
    rtk_status status_;
    std::shared_ptr<const rtk_error> error_; // Shared: exceptions are copied, and a copy must not throw.
};

namespace detail {

/** The base of the classes below. Its status is always this one. */
template <rtk_status Status> class ErrorOf : public Error {
public:
    /** Creates an error with a message, for your own use. */
    explicit ErrorOf(const std::string &message) : Error(Status, message) {}

    /** Takes ownership of an error of the C library, which has this status. */
    explicit ErrorOf(ErrorHandle error) : Error(std::move(error)) {}
};

} // namespace detail

/** An id, a setting or a credential is invalid. No request was sent. */
struct InvalidArgumentError : detail::ErrorOf<RTK_STATUS_INVALID_ARGUMENT> {
    using ErrorOf::ErrorOf;
};

/**
 * No complete response arrived: name look-up, connect, TLS or the proxy failed, or the connection was closed or reset.
 */
struct ConnectionError : detail::ErrorOf<RTK_STATUS_CONNECTION> {
    using ErrorOf::ErrorOf;
};

/** A timeout: of a connection, of a request, or of the whole call (its deadline). */
struct TimeoutError : detail::ErrorOf<RTK_STATUS_TIMEOUT> {
    using ErrorOf::ErrorOf;
};

/** HTTP 401: the service does not accept the credential. */
struct AuthenticationError : detail::ErrorOf<RTK_STATUS_AUTHENTICATION> {
    using ErrorOf::ErrorOf;
};

/** HTTP 403: the credential is not allowed to read this. */
struct PermissionDeniedError : detail::ErrorOf<RTK_STATUS_PERMISSION_DENIED> {
    using ErrorOf::ErrorOf;
};

/** HTTP 404: no such account, app or meeting. */
struct NotFoundError : detail::ErrorOf<RTK_STATUS_NOT_FOUND> {
    using ErrorOf::ErrorOf;
};

/** HTTP 429: too many requests. `retry_after()` returns how long to wait. */
struct RateLimitedError : detail::ErrorOf<RTK_STATUS_RATE_LIMITED> {
    using ErrorOf::ErrorOf;
};

/** HTTP 5xx: the service or the network edge in front of it failed. */
struct ServerError : detail::ErrorOf<RTK_STATUS_SERVER> {
    using ErrorOf::ErrorOf;
};

/** Any other failure that the service reports: another HTTP status, or a response with `"success": false`. */
struct ApiError : detail::ErrorOf<RTK_STATUS_API> {
    using ErrorOf::ErrorOf;
};

/** The response does not follow the API: it is not HTTP, not JSON, JSON of another shape, or longer than 64 MiB. */
struct DecodeError : detail::ErrorOf<RTK_STATUS_DECODE> {
    using ErrorOf::ErrorOf;
};

/** The client, or a client that it is a child of, was shut down. */
struct CancelledError : detail::ErrorOf<RTK_STATUS_CANCELLED> {
    using ErrorOf::ErrorOf;
};

/** A bug in this library. */
struct InternalError : detail::ErrorOf<RTK_STATUS_INTERNAL> {
    using ErrorOf::ErrorOf;
};

#ifdef __clang__
#pragma clang diagnostic pop
#endif

namespace detail {

/** Throws an error of the C library, if there is one, and takes ownership of it. */
inline void check(rtk_error *error) {
    if (error == nullptr)
        return;
    ErrorHandle owned(error);
    switch (rtk_error_status(error)) {
    case RTK_STATUS_INVALID_ARGUMENT:
        throw InvalidArgumentError(std::move(owned));
    case RTK_STATUS_CONNECTION:
        throw ConnectionError(std::move(owned));
    case RTK_STATUS_TIMEOUT:
        throw TimeoutError(std::move(owned));
    case RTK_STATUS_AUTHENTICATION:
        throw AuthenticationError(std::move(owned));
    case RTK_STATUS_PERMISSION_DENIED:
        throw PermissionDeniedError(std::move(owned));
    case RTK_STATUS_NOT_FOUND:
        throw NotFoundError(std::move(owned));
    case RTK_STATUS_RATE_LIMITED:
        throw RateLimitedError(std::move(owned));
    case RTK_STATUS_SERVER:
        throw ServerError(std::move(owned));
    case RTK_STATUS_API:
        throw ApiError(std::move(owned));
    case RTK_STATUS_DECODE:
        throw DecodeError(std::move(owned));
    case RTK_STATUS_CANCELLED:
        throw CancelledError(std::move(owned));
    case RTK_STATUS_INTERNAL:
        throw InternalError(std::move(owned));
    default: // A kind that a later version of the library has added.
        throw Error(std::move(owned));
    }
}

} // namespace detail

/**
 * The type of every text parameter: a `const char *`, a std::string or a std::string_view converts to it. It borrows
 * the text of the first two, so use it for parameters only. A NULL pointer is passed on; the C library rejects it.
 */
class TextArgument {
public:
    TextArgument(const char *text) noexcept : copy_(), text_(text) {}
    TextArgument(const std::string &text) noexcept
        : copy_(), text_(text.c_str()), has_nul_(text.find('\0') != std::string::npos) {}
    TextArgument(std::string_view text)
        : copy_(text), text_(copy_.c_str()), has_nul_(text.find('\0') != std::string_view::npos) {}
    TextArgument(const TextArgument &) = delete;
    TextArgument &operator=(const TextArgument &) = delete;

    /** Overwrites its copy of the text, which may be a credential. */
    ~TextArgument() {
        for (char &c : copy_)
            static_cast<volatile char &>(c) = '\0';
    }

    /**
     * Returns the text for the C library. Throws InvalidArgumentError if it contains a U+0000, where the C library
     * would stop reading; the message begins with `name`, the name of the parameter.
     */
    const char *c_str(const char *name) const {
        if (has_nul_)
            throw InvalidArgumentError(std::string(name) + " holds a U+0000");
        return text_;
    }

private:
    std::string copy_;
    const char *text_;
    bool has_nul_ = false;
};

/*
 * Settings.
 */

/**
 * Settings of a client. A setting that you do not set comes from the environment when the client is created, or else
 * has its default. A setter wins over the environment. A Config belongs to one thread at a time.
 *
 *     rtk::Client client(rtk::Config().timeout(std::chrono::seconds(10)).max_retries(5));
 *
 * A setter copies its arguments and returns the Config. It throws InvalidArgumentError, and changes nothing, for a text
 * that rule 4 excludes and for a negative time. The constructor of Client checks the values.
 */
class Config {
public:
    /** Creates a configuration in which nothing is set. */
    Config() : config_(rtk_config_new()), log_() {}

    /** The API token. It needs the permission Realtime or Realtime Admin. Default: `CLOUDFLARE_API_TOKEN`. */
    Config &api_token(const TextArgument &token) & {
        return checked("api_token", rtk_config_set_api_token(config_.get(), token.c_str("api_token")));
    }

    /**
     * An e-mail address and the API key that belongs to it, Cloudflare's older way to authenticate; used only if no
     * token is set. Default: `CLOUDFLARE_EMAIL` and `CLOUDFLARE_API_KEY`, used only if `CLOUDFLARE_API_TOKEN` is not
     * set either.
     */
    Config &api_key(const TextArgument &email, const TextArgument &key) & {
        return checked("api_key", rtk_config_set_api_key(config_.get(), email.c_str("email"), key.c_str("key")));
    }

    /**
     * The URL of the API; `http://` is accepted only for a loopback host. Default: `CLOUDFLARE_BASE_URL`, else
     * `https://api.cloudflare.com/client/v4`.
     */
    Config &base_url(const TextArgument &url) & {
        return checked("base_url", rtk_config_set_base_url(config_.get(), url.c_str("base_url")));
    }

    /** The time limit of one request, from connect to the last byte; more than 0. Default: 60 s. */
    Config &timeout(std::chrono::milliseconds time) & {
        return checked("timeout", rtk_config_set_timeout_ms(config_.get(), to_ms("timeout", time)));
    }

    /**
     * The time limit for the name look-up, and separately for the connection, proxy and TLS included; more than 0.
     * Default: 5 s.
     */
    Config &connect_timeout(std::chrono::milliseconds time) & {
        const std::uint64_t ms = to_ms("connect_timeout", time);
        return checked("connect_timeout", rtk_config_set_connect_timeout_ms(config_.get(), ms));
    }

    /**
     * The time limit of one whole call: every page, retry and wait. For an iterator: of all its calls together, without
     * the time between them. 0 means no limit. Default: 0.
     */
    Config &deadline(std::chrono::milliseconds time) & {
        return checked("deadline", rtk_config_set_deadline_ms(config_.get(), to_ms("deadline", time)));
    }

    /** How many times a failed request is sent again. Default: 3. */
    Config &max_retries(std::uint32_t retries) & {
        return checked("max_retries", rtk_config_set_max_retries(config_.get(), retries));
    }

    /**
     * The longest wait before a retry. If the service's `Retry-After` is longer, the call fails at once, and the error
     * has the `Retry-After`. Default: 60 s.
     */
    Config &max_retry_wait(std::chrono::milliseconds time) & {
        const std::uint64_t ms = to_ms("max_retry_wait", time);
        return checked("max_retry_wait", rtk_config_set_max_retry_wait_ms(config_.get(), ms));
    }

    /**
     * How many pages one call may request at the same time; at least 1. With 1, nothing is fetched ahead. Default: 4.
     */
    Config &max_connections(std::uint32_t connections) & {
        return checked("max_connections", rtk_config_set_max_connections(config_.get(), connections));
    }

    /** How many participants to request per page when a call reads the whole list; at least 1. Default: 100. */
    Config &per_page(std::uint32_t participants) & {
        return checked("per_page", rtk_config_set_per_page(config_.get(), participants));
    }

    /** The `User-Agent` header. Default: `participants/` and the version. */
    Config &user_agent(const TextArgument &text) & {
        return checked("user_agent", rtk_config_set_user_agent(config_.get(), text.c_str("user_agent")));
    }

    /**
     * The URL of an `http://` or `https://` proxy (SOCKS is not supported); an empty text means no proxy. `NO_PROXY`
     * does not apply to a proxy set here, which must be on loopback if `base_url` is `http://`. Default: the
     * environment, read as curl reads it: no proxy for the hosts in `no_proxy` or `NO_PROXY`; else, for `https://`, the
     * first of `https_proxy`, `HTTPS_PROXY`, `all_proxy` and `ALL_PROXY`; for `http://`, the first of `http_proxy`,
     * `HTTP_PROXY` (ignored if `REQUEST_METHOD` is set), `all_proxy` and `ALL_PROXY`; for a loopback host, only a proxy
     * on loopback.
     */
    Config &proxy(const TextArgument &url) & {
        return checked("proxy", rtk_config_set_proxy(config_.get(), url.c_str("proxy")));
    }

    /**
     * A PEM file with the certificates of the authorities to trust instead of the bundled ones. Default:
     * `SSL_CERT_FILE`.
     */
    Config &ca_file(const TextArgument &path) & {
        return checked("ca_file", rtk_config_set_ca_file(config_.get(), path.c_str("ca_file")));
    }

    /**
     * Whether to trust the operating system's authorities instead of the bundled ones. The authorities in `ca_file`, or
     * else in `SSL_CERT_FILE`, are trusted too; on Linux, so are those in the folders of `SSL_CERT_DIR`. All are read
     * once, when the client is made. Default: false.
     */
    Config &native_ca(bool trust) & { return checked("native_ca", rtk_config_set_native_ca(config_.get(), trust)); }

    /**
     * The function that receives the log lines of the client and its children; nullptr means nobody. Default: nobody.
     *
     *     config.log([](std::int32_t level, std::string_view message) {
     *         if (level <= RTK_LOG_WARN)
     *             std::clog << message << std::endl;
     *     });
     *
     * - `level`: `RTK_LOG_ERROR` to `RTK_LOG_DEBUG`. Later versions may add levels.
     * - `message`: one line, UTF-8, without a credential. It is valid during this call only.
     *
     * It is called on the thread that makes a call, and on threads that the library starts, also between two steps of a
     * range. Several threads may call it at the same time. An exception that leaves it is ignored.
     *
     * It may use this library, but must not destroy the client or the range whose line it gets. If it makes calls with
     * the same client, it is called for those, too.
     *
     * While it runs, the call waits. The destructor of a range and a step that fails also wait until it has returned.
     * So a caller of this library must not hold a lock that the function takes.
     *
     * The Config, its clients, their children and ranges share the function, and destroy it with the last of them.
     */
    Config &log(std::function<void(std::int32_t level, std::string_view message)> function) & {
        auto log = function ? std::make_shared<detail::LogFunction>(std::move(function)) : nullptr;
        checked("log", rtk_config_set_log(config_.get(), log ? detail::pass_on : nullptr, log.get()));
        log_ = std::move(log);
        return *this;
    }

    // The same setters for a temporary, so that `rtk::Config config = rtk::Config().per_page(50);` compiles.
    Config api_token(const TextArgument &token) && { return std::move(api_token(token)); }
    Config api_key(const TextArgument &email, const TextArgument &key) && { return std::move(api_key(email, key)); }
    Config base_url(const TextArgument &url) && { return std::move(base_url(url)); }
    Config timeout(std::chrono::milliseconds time) && { return std::move(timeout(time)); }
    Config connect_timeout(std::chrono::milliseconds time) && { return std::move(connect_timeout(time)); }
    Config deadline(std::chrono::milliseconds time) && { return std::move(deadline(time)); }
    Config max_retries(std::uint32_t retries) && { return std::move(max_retries(retries)); }
    Config max_retry_wait(std::chrono::milliseconds time) && { return std::move(max_retry_wait(time)); }
    Config max_connections(std::uint32_t connections) && { return std::move(max_connections(connections)); }
    Config per_page(std::uint32_t participants) && { return std::move(per_page(participants)); }
    Config user_agent(const TextArgument &text) && { return std::move(user_agent(text)); }
    Config proxy(const TextArgument &url) && { return std::move(proxy(url)); }
    Config ca_file(const TextArgument &path) && { return std::move(ca_file(path)); }
    Config native_ca(bool trust) && { return std::move(native_ca(trust)); }
    Config log(std::function<void(std::int32_t level, std::string_view message)> function) && {
        return std::move(log(std::move(function)));
    }

private:
    friend class Client;

    Config &checked(const char *setting, rtk_status status) {
        if (status != RTK_STATUS_OK)
            throw InvalidArgumentError(std::string(setting) + " is NULL or not UTF-8");
        return *this;
    }

    static std::uint64_t to_ms(const char *setting, std::chrono::milliseconds time) {
        if (time.count() < 0)
            throw InvalidArgumentError(std::string(setting) + " is negative");
        return static_cast<std::uint64_t>(time.count());
    }

    detail::ConfigHandle config_;
    std::shared_ptr<detail::LogFunction> log_;
};

/*
 * Participants.
 */

/**
 * One participant. It is a view: the list or range that it came from owns it, and the texts that are read from it. It
 * does not change, so threads may share it.
 *
 * Only the id is always present. Any other field is empty if it is missing or null in the response.
 *
 * Two participants are equal if all of these fields are: both empty, or the same text. `==` ignores fields without an
 * accessor here, and compares dates as texts.
 */
class Participant {
public:
    /** Makes a view of a participant of the C library. `participant` must not be NULL. */
    explicit Participant(const rtk_participant *participant) noexcept : participant_(participant) {}

    /** Returns the participant's id, a UUID. */
    std::string_view id() const noexcept { return detail::text(rtk_participant_id(participant_)); }

    /** Returns the participant's name. */
    std::optional<std::string_view> name() const noexcept {
        return detail::optional_text(rtk_participant_name(participant_));
    }

    /** Returns the URL of a picture of the participant. */
    std::optional<std::string_view> picture() const noexcept {
        return detail::optional_text(rtk_participant_picture(participant_));
    }

    /** Returns the id that your application assigned when it added the participant. */
    std::optional<std::string_view> custom_participant_id() const noexcept {
        return detail::optional_text(rtk_participant_custom_participant_id(participant_));
    }

    /** Returns the name of the preset applied to the participant. */
    std::optional<std::string_view> preset_name() const noexcept {
        return detail::optional_text(rtk_participant_preset_name(participant_));
    }

    /** Returns when the participant was created: the text as sent, such as `"2019-12-27T18:11:19.117Z"`. */
    std::optional<std::string_view> created_at() const noexcept {
        return detail::optional_text(rtk_participant_created_at(participant_));
    }

    /** Returns when the participant was last updated: the text as sent. */
    std::optional<std::string_view> updated_at() const noexcept {
        return detail::optional_text(rtk_participant_updated_at(participant_));
    }

    /**
     * Returns when the participant was created. Also empty if the text is not an RFC 3339 date, or if the clock cannot
     * represent it (a clock of nanoseconds: before 1678 or after 2261).
     */
    std::optional<std::chrono::system_clock::time_point> created_at_time() const noexcept {
        return detail::optional_time(rtk_participant_created_at_ms(participant_));
    }

    /** Returns when the participant was last updated. Empty in the same cases as `created_at_time()`. */
    std::optional<std::chrono::system_clock::time_point> updated_at_time() const noexcept {
        return detail::optional_time(rtk_participant_updated_at_ms(participant_));
    }

    friend bool operator==(const Participant &a, const Participant &b) noexcept {
        return a.id() == b.id() && a.custom_participant_id() == b.custom_participant_id() &&
               a.preset_name() == b.preset_name() && a.created_at() == b.created_at() &&
               a.updated_at() == b.updated_at() && a.name() == b.name() && a.picture() == b.picture();
    }
    friend bool operator!=(const Participant &a, const Participant &b) noexcept { return !(a == b); }

private:
    const rtk_participant *participant_;
};

/*
 * Lists.
 */

/**
 * A list: everyone in a meeting, or one page, in the service's order. It is a random-access range of Participant. It
 * outlives the client. It does not change, so threads may share it.
 */
class Participants {
public:
    using value_type = Participant;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using const_iterator = std::vector<Participant>::const_iterator;
    using iterator = const_iterator;

    const_iterator begin() const & noexcept { return views_.begin(); }
    const_iterator end() const & noexcept { return views_.end(); }

    /** Returns how many participants are in the list. */
    std::size_t size() const noexcept { return views_.size(); }
    bool empty() const noexcept { return views_.empty(); }

    /** Returns the participant at `index`, which counts from 0 and must be less than `size()`. */
    const Participant &operator[](std::size_t index) const & noexcept { return views_[index]; }

    /** Returns the participant at `index`, which counts from 0. Throws std::out_of_range past the end. */
    const Participant &at(std::size_t index) const & { return views_.at(index); }

    // A temporary list is freed at the end of the statement, and its elements with it: keep the list in a variable.
    const_iterator begin() const && = delete;
    const_iterator end() const && = delete;
    const Participant &operator[](std::size_t index) const && = delete;
    const Participant &at(std::size_t index) const && = delete;

    /**
     * Returns how many participants the meeting has, as the service last said; 0 if the response had no usable number.
     */
    std::uint64_t total_count() const noexcept { return rtk_participants_total_count(list_.get()); }

    /**
     * Returns the position of the first participant in the service's list, counted from 1. For a list of
     * `get_participants`: 1, or 0 if the list is empty. For a page: as the service says, or 0 if the response had no
     * usable number.
     */
    std::uint64_t start_offset() const noexcept { return rtk_participants_start_offset(list_.get()); }

    /**
     * Returns the position of the last participant in the service's list, counted from 1. For a list of
     * `get_participants`: the number of participants. For a page: as the service says, or 0 if the response had no
     * usable number.
     */
    std::uint64_t end_offset() const noexcept { return rtk_participants_end_offset(list_.get()); }

    /**
     * Returns whether the list is complete: no change of the service's list was seen while it was read, and this list
     * has as many different ids as the total. A page is complete if it holds everyone.
     *
     * One change can't be seen: one participant leaves and another joins between two requests. Then somebody may be
     * missing all the same.
     */
    bool is_complete() const noexcept { return rtk_participants_is_complete(list_.get()); }

    /**
     * Returns the list as one JSON object like the endpoint's, with `data`, `paging` and `success`. Each participant is
     * as the service sent it, byte for byte, with all fields. The list owns the text, which is NUL-terminated, and
     * creates it on the first call. Threads may call it at the same time. A temporary list returns a string that you
     * own.
     */
    std::string_view to_json() const & noexcept {
        std::size_t size = 0;
        const char *json = rtk_participants_json(list_.get(), &size);
        return {json, size};
    }
    std::string to_json() const && { return std::string(to_json()); }

private:
    friend class Client;

    explicit Participants(detail::ParticipantsHandle list) : list_(std::move(list)), views_() {
        const std::size_t count = rtk_participants_count(list_.get());
        views_.reserve(count);
        for (std::size_t index = 0; index < count; ++index)
            views_.emplace_back(rtk_participants_at(list_.get(), index));
    }

    detail::ParticipantsHandle list_;
    std::vector<Participant> views_; // One pointer each. Iterators must return references, so the views are stored.
};

/*
 * Iterator.
 */

/**
 * Everyone in a meeting, one by one, with a few pages in memory: an input range, which can be walked once. It
 * outlives the client, and belongs to one thread at a time.
 *
 *     for (const rtk::Participant &participant : client.iter_participants(account_id, app_id, meeting_id))
 *         ids.emplace_back(participant.id());
 *
 * Nothing is sent before `begin()`, which requests only page 1. When a second page is needed, threads of the library
 * begin to fetch ahead: up to `max_connections` pages at the same time. They keep at most twice as many pages, the one
 * being read included; then they wait, without an open request, until you go on. The destructor ends them.
 *
 * A participant is valid until the iterator advances. Don't move the range while you walk it: its iterators point to
 * it.
 */
class ParticipantRange {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Participant;
        using difference_type = std::ptrdiff_t;
        using pointer = const Participant *;
        using reference = const Participant &;

        /** Creates an iterator at the end. */
        iterator() = default;

        reference operator*() const noexcept { return *range_->current_; }
        pointer operator->() const noexcept { return &*range_->current_; }

        /** Advances to the next participant. Blocks while it fetches a page. Throws if a page fails. */
        iterator &operator++() {
            range_->advance();
            return *this = range_->position();
        }
        /** Returns void: the previous participant is no longer valid. */
        void operator++(int) { ++*this; }

        friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.range_ == b.range_; }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept { return !(a == b); }

    private:
        friend class ParticipantRange;
        explicit iterator(ParticipantRange *range) noexcept : range_(range) {}

        ParticipantRange *range_ = nullptr;
    };

    /**
     * Returns an iterator at the current participant, which is the first one only on the first call. The first call
     * fetches the first page and throws if that fails. After a page has failed, every call throws the same failure.
     */
    iterator begin() & {
        if (!current_)
            advance();
        return position();
    }
    iterator end() & noexcept { return {}; }

    // A temporary range is freed at the end of the statement: keep the range in a variable.
    iterator begin() && = delete;
    iterator end() && = delete;

    /**
     * Returns how many participants the meeting has, as the service last said: for a progress bar. 0 before the first
     * page, and if the service said nothing usable.
     */
    std::uint64_t total_count() const noexcept { return rtk_iter_total_count(iter_.get()); }

    /**
     * At the end, returns whether the range returned everyone, as defined by `Participants::is_complete`.
     * False before the end and after a failure.
     */
    bool is_complete() const noexcept { return rtk_iter_is_complete(iter_.get()); }

private:
    friend class Client;

    explicit ParticipantRange(detail::IterHandle iter) noexcept : iter_(std::move(iter)), current_() {}

    void advance() {
        current_.reset();
        const rtk_participant *participant = nullptr;
        rtk_error *error = nullptr;
        const rtk_status status = rtk_iter_next(iter_.get(), &participant, &error);
        detail::check(error);
        if (status == RTK_STATUS_OK)
            current_.emplace(participant);
    }

    iterator position() noexcept { return current_ ? iterator(this) : iterator(); }

    detail::IterHandle iter_;
    std::optional<Participant> current_;
};

/*
 * Client and calls.
 */

/**
 * Makes calls to RealtimeKit and keeps connections open for the next call. Threads should share one client, because
 * they then share its connections. Destroy it when none of its calls is in flight; its lists, errors, ranges and
 * children stay valid.
 *
 * Calls block until they have a result. They throw an Error of any kind.
 */
class Client {
public:
    /**
     * Creates a client with all settings from the environment. Sends nothing. Throws InvalidArgumentError with a
     * message that names the environment variable that is invalid.
     */
    Client() : client_(make(nullptr, {})) {}

    /**
     * Creates a client with a copy of these settings. Sends nothing. Throws InvalidArgumentError with a message that
     * names the setting or the environment variable that is invalid.
     */
    explicit Client(const Config &config) : client_(make(handle_of(config), {config.log_})) {}

    /**
     * Creates a child of this client, for calls that you want to cancel together. A shutdown of the child ends only the
     * child's calls; one of this client also ends the child's. A child of a client that was shut down is shut down,
     * too. A child shares the settings and connections of this client. Making one takes less than a microsecond, so you
     * can make one for each call. The two may be destroyed in any order.
     */
    Client child() const {
        rtk_client *child = nullptr;
        rtk_error *error = nullptr;
        rtk_client_child(client_.get(), &child, &error);
        detail::check(error);
        return Client(detail::ClientHandle(child, client_.get_deleter()));
    }

    /**
     * Gets everyone in a meeting. No participant is in the list twice, and its `is_complete()` returns whether the list
     * is complete. Reads at most 10,000 pages, twice if the list changes. Requests up to `max_connections` pages at the
     * same time. If a page fails after its retries, the call throws.
     */
    Participants get_participants(const TextArgument &account_id, const TextArgument &app_id,
                                  const TextArgument &meeting_id) const {
        rtk_participants *list = nullptr;
        rtk_error *error = nullptr;
        rtk_get_participants(client_.get(), account_id.c_str("account_id"), app_id.c_str("app_id"),
                             meeting_id.c_str("meeting_id"), &list, &error);
        return list_or_throw(list, error);
    }

    /**
     * Gets one page of the service's list. Its `is_complete()` is true if it holds everyone.
     *
     * - `page_no`: the number of the page. The service counts from 1, as far as is known. Default: not sent.
     * - `per_page`: how many participants to request. The service may return fewer. Default: not sent.
     */
    Participants get_participants_page(const TextArgument &account_id, const TextArgument &app_id,
                                       const TextArgument &meeting_id,
                                       std::optional<std::uint64_t> page_no = std::nullopt,
                                       std::optional<std::uint64_t> per_page = std::nullopt) const {
        rtk_participants *list = nullptr;
        rtk_error *error = nullptr;
        rtk_get_participants_page(client_.get(), account_id.c_str("account_id"), app_id.c_str("app_id"),
                                  meeting_id.c_str("meeting_id"), number("page_no", page_no),
                                  number("per_page", per_page), &list, &error);
        return list_or_throw(list, error);
    }

    /**
     * Creates a range over everyone in a meeting, one by one. Nothing is sent before the range's `begin()`. Throws
     * InvalidArgumentError for an invalid id.
     */
    ParticipantRange iter_participants(const TextArgument &account_id, const TextArgument &app_id,
                                       const TextArgument &meeting_id) const {
        rtk_iter *iter = nullptr;
        rtk_error *error = nullptr;
        rtk_iter_participants(client_.get(), account_id.c_str("account_id"), app_id.c_str("app_id"),
                              meeting_id.c_str("meeting_id"), &iter, &error);
        detail::check(error);
        return ParticipantRange(detail::IterHandle(iter, {client_.get_deleter().log}));
    }

    /**
     * Cancels all calls and ranges of this client and its children. Calls in flight throw CancelledError within a
     * second, later calls at once. Any thread may call it. Do not call it from a signal handler.
     */
    void shutdown() const noexcept { rtk_client_shutdown(client_.get()); }

private:
    explicit Client(detail::ClientHandle client) noexcept : client_(std::move(client)) {}

    static const rtk_config *handle_of(const Config &config) {
        if (!config.config_)
            throw InvalidArgumentError("the Config was moved from");
        return config.config_.get();
    }

    static detail::ClientHandle make(const rtk_config *config, detail::ClientHandle::deleter_type deleter) {
        rtk_client *client = nullptr;
        rtk_error *error = nullptr;
        rtk_client_new(config, &client, &error);
        detail::check(error);
        return detail::ClientHandle(client, std::move(deleter));
    }

    static Participants list_or_throw(rtk_participants *list, rtk_error *error) {
        detail::check(error);
        return Participants(detail::ParticipantsHandle(list));
    }

    /** Converts an optional parameter to C, where a negative number leaves it out of the request. */
    static std::int64_t number(const char *name, std::optional<std::uint64_t> value) {
        if (value > static_cast<std::uint64_t>(INT64_MAX))
            throw InvalidArgumentError(std::string(name) + " is negative or too large");
        return value ? static_cast<std::int64_t>(*value) : -1;
    }

    detail::ClientHandle client_;
};

} // namespace rtk

#endif // RTK_PARTICIPANTS_HPP
