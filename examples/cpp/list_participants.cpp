// Prints everyone who was added to a RealtimeKit meeting, one participant a line: id, creation time and name, separated
// by tabs.
//
//     export CLOUDFLARE_API_TOKEN=... CLOUDFLARE_ACCOUNT_ID=... REALTIMEKIT_APP_ID=... MEETING_ID=...
//     ./list_participants

#include <participants.hpp>

#include <chrono>
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

int main() {
    try {
        const std::string account_id = required("CLOUDFLARE_ACCOUNT_ID");
        const std::string app_id = required("REALTIMEKIT_APP_ID"), meeting_id = required("MEETING_ID");
        const rtk::Client client; // all settings come from the environment
        const rtk::Participants everyone = client.get_participants(account_id, app_id, meeting_id);
        for (const rtk::Participant &participant : everyone)
            std::cout << participant.id() << '\t' << participant.created_at().value_or("-") << '\t'
                      << participant.name().value_or("-") << '\n';
        const char *all = everyone.is_complete() ? "complete" : "perhaps not everyone";
        std::cout << everyone.size() << " participants: " << all << '\n';
    } catch (const rtk::Error &error) {
        std::cerr << error.what() << '\n';
        if (const auto wait = error.retry_after())
            std::cerr << "Retry-After: " << std::chrono::duration<double>(*wait).count() << " seconds\n";
        return EXIT_FAILURE;
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
