/*
 * libparticipants for C++17: lists the participants of a Cloudflare RealtimeKit meeting, everyone who was added to it,
 * that is, who may join it. The list does not say who is connected at this moment: for that, ask RealtimeKit for the
 * meeting's active session and its participants.
 *
 *     try {
 *         rtk::Client client;                                               // the token comes from CLOUDFLARE_API_TOKEN
 *         rtk::Participants everyone = client.get_participants(account_id, app_id, meeting_id);
 *         for (const rtk::Participant &participant : everyone)
 *             std::cout << participant.id() << ' ' << participant.name().value_or("-") << '\n';
 *     } catch (const rtk::Error &error) {
 *         std::cerr << error.what() << '\n';
 *     }
 *
 * It needs participants.h beside it, and the program is linked with -lparticipants. All calls block. The rules, which hold everywhere:
 *
 *  1. What fails throws rtk::Error, from which status() tells the kind of failure. Nothing is returned as if it were everything.
 *  2. Config, Client, Participants and ParticipantRange own what they stand for, and end it when they go out of scope, whatever was thrown:
 *     they can be moved, not copied. A result, an error and a range outlive the client they came from.
 *  3. Participant and every std::string_view borrow: they cost nothing to copy, and live as long as the list, range or
 *     error they were read from. A list or range that no variable holds can be walked by `for`, but gives no
 *     participant and no iterator: that does not compile. A U+0000 inside a value reads as U+FFFD; the JSON keeps the
 *     original.
 *  4. Texts are UTF-8. They are passed as `const char *`, std::string or std::string_view; NULL, a U+0000 and what is not UTF-8 throw
 *     RTK_STATUS_INVALID_ARGUMENT.
 *  5. Threads may call `const` member functions of one object at the same time; the others belong to one thread at a time. Any object may
 *     move to another thread.
 *  6. Of an object that was moved from, nothing may be asked; it can be assigned to.
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
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rtk {

namespace detail {

template <auto Free> struct Deleter {
    template <class T> void operator()(T *handle) const noexcept { Free(handle); }
};

/** Owns a handle of the C library. */
template <class T, auto Free> using Handle = std::unique_ptr<T, Deleter<Free>>;

using ClientHandle = Handle<rtk_client, rtk_client_free>;
using ConfigHandle = Handle<rtk_config, rtk_config_free>;
using ErrorHandle = Handle<rtk_error, rtk_error_free>;
using IterHandle = Handle<rtk_iter, rtk_iter_free>;
using ParticipantsHandle = Handle<rtk_participants, rtk_participants_free>;

/** A text of the C library, for which NULL is none. */
inline std::optional<std::string_view> optional_text(const char *text) noexcept {
    return text == nullptr ? std::nullopt : std::optional<std::string_view>(text);
}

inline std::string_view text(const char *text) noexcept { return optional_text(text).value_or(std::string_view()); }

/** A moment of the C library, in milliseconds since 1970. INT64_MIN, and what the clock has no number for, is none. */
inline std::optional<std::chrono::system_clock::time_point> optional_time(std::int64_t number) noexcept {
    using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
    const milliseconds since_epoch(number);
    const auto first = duration_cast<milliseconds>(system_clock::duration::min());
    if (since_epoch <= first || since_epoch > duration_cast<milliseconds>(system_clock::duration::max()))
        return std::nullopt;
    return system_clock::time_point(duration_cast<system_clock::duration>(since_epoch));
}

} // namespace detail

/** Why a call failed. `what()` says in one line what failed and what the service said about it, and never shows a credential. */
class Error : public std::runtime_error {
public:
    /** For failures that the C library knows nothing of. */
    Error(rtk_status status, const std::string &message) : std::runtime_error(message), status_(status) {}

    /** Takes over a failure that the C library reported. */
    explicit Error(detail::ErrorHandle error)
        : std::runtime_error(std::string(detail::text(rtk_error_message(error.get())))), status_(rtk_error_status(error.get())),
          error_(std::move(error)) {}

    /** The kind of failure: `RTK_STATUS_NOT_FOUND` and so on. */
    rtk_status status() const noexcept { return status_; }

    /** The HTTP status of the answer, such as 404; 0: there was no answer. */
    int http_status() const noexcept { return rtk_error_http_status(error_.get()); }

    /** The first code of Cloudflare's list of errors, such as 10000; 0: none. */
    std::int64_t api_code() const noexcept { return rtk_error_api_code(error_.get()); }

    /** The CF-Ray of the answer, which Cloudflare's support asks for; empty: none. Borrowed from the error and its copies. */
    std::string_view ray_id() const noexcept { return detail::text(rtk_error_ray_id(error_.get())); }

    /** How long the service asks to wait before the next request. */
    std::optional<std::chrono::milliseconds> retry_after() const noexcept {
        const std::int64_t milliseconds = error_ ? rtk_error_retry_after_ms(error_.get()) : -1;
        return milliseconds < 0 ? std::nullopt : std::optional<std::chrono::milliseconds>(milliseconds);
    }

    /** What the service sent, at most 64 KiB of it; empty: nothing. Borrowed from the error and its copies. */
    std::string_view body() const noexcept {
        std::size_t size = 0;
        const char *body = rtk_error_body(error_.get(), &size);
        return {body, size};
    }

    /** The number of the page that failed; empty: no page was asked for by number. */
    std::optional<std::uint64_t> page() const noexcept {
        const std::int64_t page = error_ ? rtk_error_page(error_.get()) : -1;
        return page < 0 ? std::nullopt : std::optional<std::uint64_t>(static_cast<std::uint64_t>(page));
    }

    /** How many requests were sent for the page that failed, failed connections included; 0: nothing was sent. */
    std::uint32_t attempts() const noexcept { return rtk_error_attempts(error_.get()); }

private:
    rtk_status status_;
    std::shared_ptr<const rtk_error> error_; // Shared, because exceptions are copied, and copying must not fail.
};

/** A text that is passed to this library: any kind of string converts to it. It borrows, and is meant for parameters alone. */
class TextArgument {
public:
    TextArgument(const char *text) noexcept : text_(text) {}
    TextArgument(const std::string &text) noexcept : text_(text.c_str()), holds_nul_(text.find('\0') != std::string::npos) {}
    TextArgument(std::string_view text) : copy_(text), text_(copy_.c_str()), holds_nul_(text.find('\0') != std::string_view::npos) {}
    TextArgument(const TextArgument &) = delete;
    TextArgument &operator=(const TextArgument &) = delete;

    /** The text may be a credential, which is not left in memory. */
    ~TextArgument() {
        for (char &c : copy_)
            static_cast<volatile char &>(c) = '\0';
    }

    /** The text for the C library, which would read it as ending at its first U+0000. `name` is that of the parameter. */
    const char *c_str(const char *name) const {
        if (holds_nul_)
            throw Error(RTK_STATUS_INVALID_ARGUMENT, std::string(name) + " holds a U+0000");
        return text_;
    }

private:
    std::string copy_;
    const char *text_;
    bool holds_nul_ = false;
};

/**
 * Settings of a client. What is not set here is taken from the environment when the client is made, or has its default; what is set here
 * always wins. Values are checked when the client is made.
 *
 *     rtk::Client client(rtk::Config().timeout(std::chrono::seconds(10)).max_retries(5));
 */
class Config {
public:
    /** All settings from the environment. */
    Config() : config_(rtk_config_new()) {}

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
        return checked("timeout", rtk_config_set_timeout_ms(config_.get(), not_negative("timeout", time)));
    }

    /**
     * The time limit of looking up a host, and again of making a connection, TLS included; more than 0. Default: 5 s.
     */
    Config &connect_timeout(std::chrono::milliseconds time) & {
        return checked("connect_timeout", rtk_config_set_connect_timeout_ms(config_.get(), not_negative("connect_timeout", time)));
    }

    /**
     * The time limit of one whole call: every page, retry and wait. For an iterator, the limit of all its waiting
     * together. 0 means no limit. Default: 0.
     */
    Config &deadline(std::chrono::milliseconds time) & {
        return checked("deadline", rtk_config_set_deadline_ms(config_.get(), not_negative("deadline", time)));
    }

    /** How many times a failed request is sent again. Default: 3. */
    Config &max_retries(std::uint32_t retries) & { return checked("max_retries", rtk_config_set_max_retries(config_.get(), retries)); }

    /**
     * The longest wait before a retry. If the service asks for a longer one with `Retry-After`, the call fails at once,
     * and the error holds the time asked for. Default: 60 s.
     */
    Config &max_retry_wait(std::chrono::milliseconds time) & {
        return checked("max_retry_wait", rtk_config_set_max_retry_wait_ms(config_.get(), not_negative("max_retry_wait", time)));
    }

    /** How many pages one call may request at the same time; at least 1. Default: 4. */
    Config &max_connections(std::uint32_t connections) & {
        return checked("max_connections", rtk_config_set_max_connections(config_.get(), connections));
    }

    /** How many participants to request per page when a call reads the whole list; at least 1. Default: 100. */
    Config &per_page(std::uint32_t participants) & { return checked("per_page", rtk_config_set_per_page(config_.get(), participants)); }

    /** The `User-Agent` header. Default: `participants/` and the version. */
    Config &user_agent(const TextArgument &text) & {
        return checked("user_agent", rtk_config_set_user_agent(config_.get(), text.c_str("user_agent")));
    }

    /**
     * The URL of an `http://` or `https://` proxy (SOCKS is not supported); an empty text means no proxy. A proxy set
     * here is used whatever `NO_PROXY` says, and must be on loopback if `base_url` is `http://`. Default: the
     * environment, read as curl reads it: no proxy for the hosts in `no_proxy` or `NO_PROXY`; else, for `https://`, the
     * first of `https_proxy`, `HTTPS_PROXY`, `all_proxy` and `ALL_PROXY`; for `http://`, the first of `http_proxy`,
     * `HTTP_PROXY` (ignored if `REQUEST_METHOD` is set), `all_proxy` and `ALL_PROXY`; for a loopback host, only a proxy
     * on loopback.
     */
    Config &proxy(const TextArgument &url) & { return checked("proxy", rtk_config_set_proxy(config_.get(), url.c_str("proxy"))); }

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

    // The same for a temporary, so that a chain of setters can begin with `rtk::Config()`, and its end can be kept.
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

private:
    friend class Client;

    Config &checked(const char *setting, rtk_status status) {
        if (status != RTK_STATUS_OK)
            throw Error(status, std::string(setting) + " is NULL or not UTF-8");
        return *this;
    }

    static std::uint64_t not_negative(const char *setting, std::chrono::milliseconds time) {
        if (time.count() < 0)
            throw Error(RTK_STATUS_INVALID_ARGUMENT, std::string(setting) + " is negative");
        return static_cast<std::uint64_t>(time.count());
    }

    detail::ConfigHandle config_;
};

/** One participant. It is a view: it belongs to the Participants or the ParticipantRange it came from, and so do the texts read from it. */
class Participant {
public:
    /** `participant`: not NULL. */
    explicit Participant(const rtk_participant *participant) noexcept : participant_(participant) {}

    /** The participant's id, a UUID. */
    std::string_view id() const noexcept { return detail::text(rtk_participant_id(participant_)); }

    // Of the fields below, any may be missing: empty where the service gave none.

    /** The participant's name. */
    std::optional<std::string_view> name() const noexcept {
        return detail::optional_text(rtk_participant_name(participant_));
    }

    /** The URL of a picture of the participant. */
    std::optional<std::string_view> picture() const noexcept {
        return detail::optional_text(rtk_participant_picture(participant_));
    }

    /** The id that the client application gave the participant. */
    std::optional<std::string_view> custom_participant_id() const noexcept {
        return detail::optional_text(rtk_participant_custom_participant_id(participant_));
    }

    /** The name of the preset applied to the participant. */
    std::optional<std::string_view> preset_name() const noexcept {
        return detail::optional_text(rtk_participant_preset_name(participant_));
    }

    /** When the participant was created: the text as sent, such as "2019-12-27T18:11:19.117Z". */
    std::optional<std::string_view> created_at() const noexcept {
        return detail::optional_text(rtk_participant_created_at(participant_));
    }

    /** When the participant was last updated: the text as sent. */
    std::optional<std::string_view> updated_at() const noexcept {
        return detail::optional_text(rtk_participant_updated_at(participant_));
    }

    /**
     * When the participant was created. Empty, too, where the text is no RFC 3339 date, or one that the clock has no
     * number for (with nanoseconds, before 1678 or after 2261).
     */
    std::optional<std::chrono::system_clock::time_point> created_at_time() const noexcept {
        return detail::optional_time(rtk_participant_created_at_ms(participant_));
    }

    /** When the participant was last updated. Empty as `created_at_time()`. */
    std::optional<std::chrono::system_clock::time_point> updated_at_time() const noexcept {
        return detail::optional_time(rtk_participant_updated_at_ms(participant_));
    }

private:
    const rtk_participant *participant_;
};

/** The participants of a meeting, or one page of them, in the service's order: a random-access range. It outlives the client. */
class Participants {
public:
    using value_type = Participant;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using const_iterator = std::vector<Participant>::const_iterator;
    using iterator = const_iterator;

    const_iterator begin() const & noexcept { return views_.begin(); }
    const_iterator end() const & noexcept { return views_.end(); }

    /** How many participants there are here. */
    std::size_t size() const noexcept { return views_.size(); }
    bool empty() const noexcept { return views_.empty(); }

    /** The participant at `index`, from 0, which must be less than `size()`. */
    const Participant &operator[](std::size_t index) const & noexcept { return views_[index]; }

    /** The participant at `index`, from 0. Throws std::out_of_range past the end. */
    const Participant &at(std::size_t index) const & { return views_.at(index); }

    // Of a list that ends with the statement, they would give what is freed then: keep the list in a variable.
    const_iterator begin() const && = delete;
    const_iterator end() const && = delete;
    const Participant &operator[](std::size_t index) const && = delete;
    const Participant &at(std::size_t index) const && = delete;

    /** How many participants the meeting has, as the service last said; 0 where it said nothing usable. */
    std::uint64_t total_count() const noexcept { return rtk_participants_total_count(list_.get()); }

    /**
     * For a page: the place of its first participant in the meeting's list, as the service said (it counts from 1); 0 where it said nothing
     * usable. For everyone: 1, or 0 where there is no participant.
     */
    std::uint64_t start_offset() const noexcept { return rtk_participants_start_offset(list_.get()); }

    /** For a page: the place of its last participant, as the service said; 0 where it said nothing usable. For everyone: their number. */
    std::uint64_t end_offset() const noexcept { return rtk_participants_end_offset(list_.get()); }

    /**
     * Whether this is certain to be everyone: the list held still while it was read, and there are as many different ids as the service
     * says there are participants.
     */
    bool is_complete() const noexcept { return rtk_participants_is_complete(list_.get()); }

    /**
     * All of this as one JSON object like the endpoint's: `data`, `paging`, `success`; every participant as the service sent it, unknown
     * fields and all. Made at the first call, and NUL-terminated. Of a list that no variable holds, it is a string of
     * your own.
     */
    std::string_view to_json() const & noexcept {
        std::size_t size = 0;
        const char *json = rtk_participants_json(list_.get(), &size);
        return {json, size};
    }
    std::string to_json() const && { return std::string(to_json()); }

private:
    friend class Client;

    explicit Participants(detail::ParticipantsHandle list) : list_(std::move(list)) {
        const std::size_t count = rtk_participants_count(list_.get());
        views_.reserve(count);
        for (std::size_t index = 0; index < count; ++index)
            views_.emplace_back(rtk_participants_at(list_.get(), index));
    }

    detail::ParticipantsHandle list_;
    std::vector<Participant> views_; // One pointer each, so that iterators are those of a vector, which give references.
};

/**
 * Everyone in a meeting, one by one, with one page in memory: an input range, to be walked once. It outlives the client.
 *
 *     for (const rtk::Participant &participant : client.iter_participants(account_id, app_id, meeting_id))
 *         std::cout << participant.id() << '\n';
 *
 * Nothing is sent before `begin()`. A participant is valid until its iterator moves on. The range must stay where it is while it is walked.
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

        /** The end. */
        iterator() = default;

        reference operator*() const noexcept { return *range_->current_; }
        pointer operator->() const noexcept { return &*range_->current_; }

        /** Blocks when a page must be fetched, and throws when that fails; then the walk is over. */
        iterator &operator++() {
            range_->next();
            return *this = range_->here();
        }
        /** Gives nothing back: the participant before is gone. */
        void operator++(int) { ++*this; }

        friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.range_ == b.range_; }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept { return !(a == b); }

    private:
        friend class ParticipantRange;
        explicit iterator(ParticipantRange *range) noexcept : range_(range) {}

        ParticipantRange *range_ = nullptr;
    };

    /** Where the walk is. The first time, it fetches the first page, and throws when that fails; after a failure it throws again. */
    iterator begin() & {
        if (!current_)
            next();
        return here();
    }
    iterator end() & noexcept { return {}; }

    // Of a range that ends with the statement, they would give what is freed then: keep the range in a variable.
    iterator begin() && = delete;
    iterator end() && = delete;

    /** After the end was reached: whether it is certain that this gave everyone, as `Participants::is_complete` says of a list. */
    bool is_complete() const noexcept { return rtk_iter_is_complete(iter_.get()); }

private:
    friend class Client;

    explicit ParticipantRange(detail::IterHandle iter) noexcept : iter_(std::move(iter)) {}

    void next() {
        current_.reset();
        const rtk_participant *participant = nullptr;
        rtk_error *error = nullptr;
        const rtk_status status = rtk_iter_next(iter_.get(), &participant, &error);
        if (status == RTK_STATUS_OK)
            current_.emplace(participant);
        else if (status != RTK_STATUS_DONE)
            throw Error(detail::ErrorHandle(error));
    }

    iterator here() noexcept { return current_ ? iterator(this) : iterator(); }

    detail::IterHandle iter_;
    std::optional<Participant> current_;
};

/** Asks for the participants of meetings. Threads may share it, and should: it keeps its connections for the next call. */
class Client {
public:
    /** All settings from the environment. Throws RTK_STATUS_INVALID_ARGUMENT, with the name of the variable that cannot be right. */
    Client() : client_(make(nullptr)) {}

    /** Copies the settings. Throws RTK_STATUS_INVALID_ARGUMENT, with the name of the setting or variable that cannot be right. */
    explicit Client(const Config &config)
        : client_(make(config.config_ ? config.config_.get() : throw Error(RTK_STATUS_INVALID_ARGUMENT, "the Config was moved from"))) {}

    /**
     * Everyone in a meeting: all pages, several at the same time. Nobody is in the answer twice, and its `is_complete()` tells whether
     * it is certain to be everyone. If one page fails, after its retries, the call throws.
     */
    Participants get_participants(const TextArgument &account_id, const TextArgument &app_id, const TextArgument &meeting_id) const {
        rtk_participants *list = nullptr;
        rtk_error *error = nullptr;
        rtk_get_participants(client_.get(), account_id.c_str("account_id"), app_id.c_str("app_id"), meeting_id.c_str("meeting_id"), &list,
                             &error);
        return given(list, error);
    }

    /** One page, as the service pages. `page_no` counts from 1, as far as is known. What is left out here is left out of the request. */
    Participants get_participants_page(const TextArgument &account_id, const TextArgument &app_id, const TextArgument &meeting_id,
                                       std::optional<std::uint64_t> page_no = std::nullopt,
                                       std::optional<std::uint64_t> per_page = std::nullopt) const {
        rtk_participants *list = nullptr;
        rtk_error *error = nullptr;
        rtk_get_participants_page(client_.get(), account_id.c_str("account_id"), app_id.c_str("app_id"), meeting_id.c_str("meeting_id"),
                                  number("page_no", page_no), number("per_page", per_page), &list, &error);
        return given(list, error);
    }

    /** Everyone in a meeting, one by one. Nothing is sent before the range's `begin()`; ids that cannot be right throw here. */
    ParticipantRange iter_participants(const TextArgument &account_id, const TextArgument &app_id, const TextArgument &meeting_id) const {
        rtk_iter *iter = nullptr;
        rtk_error *error = nullptr;
        rtk_iter_participants(client_.get(), account_id.c_str("account_id"), app_id.c_str("app_id"), meeting_id.c_str("meeting_id"), &iter,
                              &error);
        if (error != nullptr)
            throw Error(detail::ErrorHandle(error));
        return ParticipantRange(detail::IterHandle(iter));
    }

    /**
     * Ends the calls in flight, the waiting ones included, within a second, and all later ones at once: they throw
     * RTK_STATUS_CANCELLED. From any thread; not from a signal handler.
     */
    void shutdown() const noexcept { rtk_client_shutdown(client_.get()); }

private:
    static rtk_client *make(const rtk_config *config) {
        rtk_client *client = nullptr;
        rtk_error *error = nullptr;
        rtk_client_new(config, &client, &error);
        if (error != nullptr)
            throw Error(detail::ErrorHandle(error));
        return client;
    }

    static Participants given(rtk_participants *list, rtk_error *error) {
        if (error != nullptr)
            throw Error(detail::ErrorHandle(error));
        return Participants(detail::ParticipantsHandle(list));
    }

    /** In C a negative number leaves the parameter out. */
    static std::int64_t number(const char *name, std::optional<std::uint64_t> value) {
        if (value > static_cast<std::uint64_t>(INT64_MAX))
            throw Error(RTK_STATUS_INVALID_ARGUMENT, std::string(name) + " is negative or too large");
        return value ? static_cast<std::int64_t>(*value) : -1;
    }

    detail::ClientHandle client_;
};

} // namespace rtk

#endif // RTK_PARTICIPANTS_HPP
