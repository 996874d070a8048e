// The log function of a client.
#ifndef LOG_HPP
#define LOG_HPP

#include "check.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Keeps the lines. Its copies share them.
class Lines {
public:
    void operator()(std::int32_t level, std::string_view message) const {
        const std::lock_guard<std::mutex> lock(kept_->mutex);
        kept_->lines.emplace_back(level, message);
    }

    std::vector<std::pair<std::int32_t, std::string>> take() const {
        const std::lock_guard<std::mutex> lock(kept_->mutex);
        return std::exchange(kept_->lines, {});
    }

    // How many copies there are. A function that is not destroyed has one.
    long copies() const { return kept_.use_count(); }

private:
    struct Kept {
        std::mutex mutex;
        std::vector<std::pair<std::int32_t, std::string>> lines;
    };
    std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

// The service answers the first two requests with 503, and lists three participants.
inline void a_retried_call_logs_its_retries_and_pages() {
    const Lines lines;
    const rtk::Client client(settings().max_retries(3).log(lines));
    CHECK(everyone(client).size() == 3);
    std::vector<std::int32_t> levels;
    for (const auto &[level, line] : lines.take()) {
        levels.push_back(level);
        CHECK(contains(line, meeting_id) && !contains(line, variable("TOKEN")) && !contains(line, "\n"));
        CHECK(contains(line, level == RTK_LOG_WARN ? "503" : "3 of 3 participants in "));
    }
    CHECK((levels == std::vector<std::int32_t>{RTK_LOG_WARN, RTK_LOG_WARN, RTK_LOG_DEBUG}));
}

// The service lists 250 participants.
inline void an_exception_of_the_log_function_ends_nothing() {
    int calls = 0;
    const auto log = [&](int, std::string_view) {
        ++calls;
        throw std::runtime_error("from the log function");
    };
    const rtk::Client client(settings().max_connections(1).log(log));
    CHECK(everyone(client).size() == 250 && calls == 3);
}

// The service lists 250 participants.
inline void the_log_function_lives_as_long_as_it_is_called() {
    const Lines lines;
    std::optional<rtk::Config> config(settings().log(lines));
    std::optional<rtk::Client> client(*config);
    config.reset();
    CHECK(lines.copies() == 2 && everyone(*client).size() == 250 && !lines.take().empty());

    std::optional<rtk::Client> child(client->child());
    client.reset();
    CHECK(everyone(*child).size() == 250 && !lines.take().empty());

    std::optional<rtk::ParticipantRange> range(one_by_one(*child));
    child.reset();
    CHECK(std::count_if(range->begin(), range->end(), [](const auto &) { return true; }) == 250);
    CHECK(!lines.take().empty() && lines.copies() == 2);
    range.reset();
    CHECK(lines.copies() == 1);
}

// The service lists 250 participants.
inline void another_log_function_is_for_later_clients() {
    const Lines first, second;
    rtk::Config config = settings().log(first);
    rtk::Client of_first(config);
    const rtk::Client of_second(config.log(second)), of_nobody(config.log(nullptr));
    CHECK(first.copies() == 2 && second.copies() == 2);
    CHECK(everyone(of_nobody).size() == 250 && first.take().empty() && second.take().empty());
    CHECK(everyone(of_second).size() == 250 && first.take().empty() && !second.take().empty());
    CHECK(everyone(of_first).size() == 250 && !first.take().empty() && second.take().empty());
    of_first = rtk::Client(config);
    CHECK(first.copies() == 1 && everyone(of_first).size() == 250);
}

// The service lists 250 participants. Ranges are destroyed while their threads fetch pages and log them.
inline void threads_log_at_the_same_time() {
    const Lines lines;
    {
        const rtk::Client client(settings().per_page(10).log(lines));
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                CHECK(everyone(client.child()).size() == 250);
                for (std::ptrdiff_t read = 1; read < 100; read += 10) {
                    rtk::ParticipantRange range = one_by_one(client);
                    auto place = range.begin();
                    for (std::ptrdiff_t i_th = 0; i_th < read; ++i_th)
                        ++place;
                }
            });
        }
        for (std::thread &thread : threads)
            thread.join();
    }
    CHECK(lines.copies() == 1 && lines.take().size() >= 4 * 25);
}

#endif
