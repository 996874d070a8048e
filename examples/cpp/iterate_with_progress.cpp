// Prints the ids of everyone who was added to a RealtimeKit meeting, one a line, and a progress bar on stderr.
//
//     export CLOUDFLARE_API_TOKEN=... CLOUDFLARE_ACCOUNT_ID=... REALTIMEKIT_APP_ID=... MEETING_ID=...
//     ./iterate_with_progress >ids

#include <participants.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

// Returns an environment variable, or throws if it is not set.
static std::string required(const char *name) {
    const char *value = std::getenv(name);
    if (value == nullptr || *value == '\0')
        throw std::runtime_error(std::string(name) + " is not set");
    return value;
}

// Draws the bar over the last one. A list may grow or shrink while it is read, so there may be more than `total`.
static void draw(std::uint64_t read, std::uint64_t total) {
    const std::size_t width = 40, filled = total == 0 ? 0 : width * std::min(read, total) / total;
    std::cerr << '[' << std::string(filled, '#') << std::string(width - filled, ' ') << "] " << read << '/' << total
              << '\r' << std::flush;
}

int main() {
    try {
        const std::string account_id = required("CLOUDFLARE_ACCOUNT_ID");
        const std::string app_id = required("REALTIMEKIT_APP_ID"), meeting_id = required("MEETING_ID");
        const rtk::Client client; // all settings come from the environment
        rtk::ParticipantRange everyone = client.iter_participants(account_id, app_id, meeting_id);
        std::uint64_t read = 0;
        for (const rtk::Participant &participant : everyone) {
            std::cout << participant.id() << '\n';
            if (++read % 100 == 0)
                draw(read, everyone.total_count());
        }
        draw(read, everyone.total_count());
        std::cerr << (everyone.is_complete() ? "\n" : "\nperhaps not everyone\n");
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
